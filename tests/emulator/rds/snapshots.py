"""Cluster snapshots: taken by hand, when a cluster is deleted, or by AWS at a failover; and copies of them."""

import time

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope

from emulator import kms
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import store


def take(cluster: store.Record, name: str, tags: list[dict[str, str]], kind: str = "manual") -> store.Record:
    if name in store.snapshots:
        raise AwsError(
            "DBClusterSnapshotAlreadyExistsFault",
            f"Cannot create the cluster snapshot because one with the name {name} already exists.",
        )
    copied = (
        "AvailabilityZones", "DBClusterIdentifier", "Engine", "EngineVersion", "EngineMode", "Port", "MasterUsername",
        "StorageEncrypted", "KmsKeyId", "IAMDatabaseAuthenticationEnabled", "ClusterCreateTime", "DbClusterResourceId",
    )  # fmt: skip
    record = {
        **{field: cluster.get(field) for field in copied},
        "DBClusterSnapshotIdentifier": name,
        "DBClusterSnapshotArn": store.arn("cluster-snapshot", name),
        "SnapshotCreateTime": time.time(),
        "AllocatedStorage": 1,
        "LicenseModel": "postgresql-license",
        "SnapshotType": kind,
        "PercentProgress": 0,
        "VpcId": cluster.get("_vpc"),
        "TagList": tags,
        "_owner": get_account_id(),
    }
    store.snapshots[name] = record
    store.become(record, "Status", "creating", (1, "available"), finish=lambda: record.update(PercentProgress=100))
    return record


def find(reference: str) -> store.Record:
    name = store.name_of(reference, "cluster-snapshot")
    record = store.snapshots.get(name) if name else None
    if record is None:
        raise AwsError("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot not found: {reference}")
    return record


@operation("rds", "CreateDBClusterSnapshot")
def create(parameters: Parameters) -> dict:
    cluster = store.cluster(parameters["DBClusterIdentifier"])
    if cluster["Status"] != "available":
        raise AwsError(
            "InvalidDBClusterStateFault", f"DB cluster {cluster['DBClusterIdentifier']} is not in available state."
        )
    name = store.identifier(parameters, "DBClusterSnapshotIdentifier", 255)
    tags = store.tag_list(parameters)
    if cluster.get("CopyTagsToSnapshot"):
        tags = list({tag["Key"]: tag for tag in [*cluster["TagList"], *tags]}.values())
    return {"DBClusterSnapshot": take(cluster, name, tags)}


@operation("rds", "CopyDBClusterSnapshot")
def copy(parameters: Parameters) -> dict:
    reference = parameters["SourceDBClusterSnapshotIdentifier"]
    source = _anywhere(reference)
    if source["Status"] != "available":
        raise AwsError("InvalidDBClusterSnapshotStateFault", "The snapshot is not available.")
    key = parameters.get("KmsKeyId")
    if source["StorageEncrypted"] and not key and source["KmsKeyId"].split(":")[3] != get_region():
        raise AwsError("InvalidParameterCombination", "KmsKeyId must be specified for a copy from another Region.")
    name = store.identifier(parameters, "TargetDBClusterSnapshotIdentifier", 255)
    tags = store.tag_list(parameters)
    if parameters.get("CopyTags"):
        tags = list({tag["Key"]: tag for tag in [*source["TagList"], *tags]}.values())
    copied = {**source, "_vpc": source["VpcId"]}
    if key:
        copied |= {"KmsKeyId": kms.usable_key(key), "StorageEncrypted": True}
    record = take(copied, name, tags)
    record["SourceDBClusterSnapshotArn"] = source["DBClusterSnapshotArn"]
    return {"DBClusterSnapshot": record}


def _anywhere(reference: str) -> store.Record:
    """A snapshot of this account, in whatever Region its ARN names."""
    if not reference.startswith("arn:"):
        return find(reference)
    spec = parse_arn(reference)
    with request_scope(get_account_id(), spec.region):
        return find(reference)


@operation("rds", "DescribeDBClusterSnapshots")
def describe(parameters: Parameters) -> dict:
    chosen = store.filters(
        parameters, {"db-cluster-id", "db-cluster-snapshot-id", "snapshot-type", "engine", "db-cluster-resource-id"}
    )
    found = store.snapshots.values()
    if wanted := parameters.get("DBClusterSnapshotIdentifier"):
        found = [find(wanted)]
    cluster = parameters.get("DBClusterIdentifier")
    clusters = [store.name_of(cluster, "cluster")] if cluster else None
    clusters = clusters or [store.name_of(value, "cluster") for value in chosen.get("db-cluster-id", [])]
    found = [
        snapshot
        for snapshot in found
        if (not clusters or snapshot["DBClusterIdentifier"] in clusters)
        and parameters.get("SnapshotType", snapshot["SnapshotType"]) == snapshot["SnapshotType"]
        and snapshot["SnapshotType"] in chosen.get("snapshot-type", [snapshot["SnapshotType"]])
    ]
    return store.page(found, "DBClusterSnapshotIdentifier", parameters, "DBClusterSnapshots")


@operation("rds", "DeleteDBClusterSnapshot")
def delete(parameters: Parameters) -> dict:
    record = find(parameters["DBClusterSnapshotIdentifier"])
    if record["SnapshotType"] != "manual":
        raise AwsError(
            "InvalidDBClusterSnapshotStateFault",
            f"The snapshot {record['DBClusterSnapshotIdentifier']} cannot be deleted because it is of type "
            f"{record['SnapshotType']}.",
        )
    del store.snapshots[record["DBClusterSnapshotIdentifier"]]
    return {"DBClusterSnapshot": {**record, "Status": "deleted"}}
