"""Tags, by ARN, of every kind of RDS resource.  ministack keeps them apart from the resource, and for any ARN."""

from collections.abc import Iterator

from ministack.core.arn import ArnParseError
from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import store

MOST = 50

#: Kind in the ARN -> its store, the member that holds the ARN, the error for one that does not exist.
_KINDS = {
    "cluster": (store.clusters, "DBClusterArn", "DBClusterNotFoundFault"),
    "db": (store.instances, "DBInstanceArn", "DBInstanceNotFound"),
    "global-cluster": (store.global_clusters, "GlobalClusterArn", "GlobalClusterNotFoundFault"),
    "subgrp": (store.subnet_groups, "DBSubnetGroupArn", "DBSubnetGroupNotFoundFault"),
    "cluster-pg": (store.cluster_parameter_groups, "DBClusterParameterGroupArn", "DBParameterGroupNotFound"),
    "pg": (store.parameter_groups, "DBParameterGroupArn", "DBParameterGroupNotFound"),
    "es": (store.subscriptions, "EventSubscriptionArn", "SubscriptionNotFound"),
    "cluster-snapshot": (store.snapshots, "DBClusterSnapshotArn", "DBClusterSnapshotNotFoundFault"),
}


def all_tagged() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """(ARN, tags) of everything in this account that this Region shows."""
    for kind, (records, arn_field, _) in _KINDS.items():
        for record in records.values():
            if kind != "global-cluster" or get_region() in regions_of(record):
                yield record[arn_field], record["TagList"]


def regions_of(global_cluster: store.Record) -> set[str]:
    """The Regions in which a global cluster is seen: those of its members and the one in which it was made."""
    regions = {member["DBClusterArn"].split(":")[3] for member in global_cluster["GlobalClusterMembers"]}
    return regions | {global_cluster["_home"]}


def _record(arn: str) -> store.Record:
    try:
        spec = parse_arn(arn)
    except ArnParseError as error:
        raise AwsError("InvalidParameterValue", f"Invalid resource name: {arn}") from error
    kind, _, name = spec.resource.partition(":")
    if spec.service != "rds" or kind not in _KINDS or spec.account_id != get_account_id():
        raise AwsError("InvalidParameterValue", f"Invalid resource name: {arn}")
    if spec.region not in ("", get_region()):
        raise AwsError(
            "InvalidParameterValue", f"The specified resource name does not match an RDS resource in this region: {arn}"
        )
    records, _, missing = _KINDS[kind]
    record = records.get(name.lower())
    if record is None:
        raise AwsError(missing, f"{arn} not found.")
    return record


@operation("rds", "AddTagsToResource")
def add(parameters: Parameters) -> None:
    record = _record(parameters["ResourceName"])
    tags = {tag["Key"]: tag for tag in record["TagList"]}
    tags |= {tag["Key"]: tag for tag in store.tag_list(parameters)}
    if len(tags) > MOST:
        raise AwsError("InvalidParameterValue", f"The resource cannot have more than {MOST} tags")
    record["TagList"] = list(tags.values())


@operation("rds", "RemoveTagsFromResource")
def remove(parameters: Parameters) -> None:
    record = _record(parameters["ResourceName"])
    record["TagList"] = [tag for tag in record["TagList"] if tag["Key"] not in parameters["TagKeys"]]


@operation("rds", "ListTagsForResource")
def show(parameters: Parameters) -> dict:
    return {"TagList": _record(parameters["ResourceName"])["TagList"]}
