"""Tags of vaults, plans, frameworks, report plans, restore testing plans and recovery points, by ARN."""

from collections.abc import Iterator

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region

from emulator import paging
from emulator.backup import store
from emulator.operations import Parameters
from emulator.operations import operation


def all_tagged() -> Iterator[tuple[str, dict[str, str]]]:
    """(ARN, tags) of everything of AWS Backup's own; the recovery point of a cluster is a snapshot of RDS's."""
    for arn, found in store.tags.items():
        if arn.split(":")[2] == "backup":
            yield arn, found


def _tags(arn: str) -> dict[str, str]:
    here = arn.split(":")[3:5] == [get_region(), get_account_id()]
    if not here or arn not in store.tags:
        raise store.missing(f"Resource {arn} does not exist.")
    return store.tags[arn]


@operation("backup", "TagResource")
def add(parameters: Parameters) -> None:
    found = _tags(parameters["ResourceArn"])
    found.update(store.check_tags({**found, **parameters["Tags"]}))


@operation("backup", "UntagResource")
def remove(parameters: Parameters) -> None:
    found = _tags(parameters["ResourceArn"])
    for key in parameters["TagKeyList"]:
        found.pop(key, None)


@operation("backup", "ListTags")
def show(parameters: Parameters) -> dict:
    pairs = [{"Key": key, "Value": value} for key, value in _tags(parameters["ResourceArn"]).items()]
    answer = paging.page(pairs, "Key", parameters, "Tags")
    answer["Tags"] = {pair["Key"]: pair["Value"] for pair in answer["Tags"]}
    return answer
