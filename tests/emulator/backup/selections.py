"""What a plan backs up: resources by ARN, by tag, by condition.  A selection cannot be changed."""

import re
import time

from emulator import paging
from emulator.backup import store
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.policy import like

_MOST, _MOST_BY_TAG, _MOST_PATTERNS, _MOST_ARNS = 100, 10, 30, 500
_NAME = re.compile(r"[a-zA-Z0-9\-_.]{1,50}$")
_TAG_KEY = "aws:ResourceTag/"
_CONDITIONS = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringNotEquals": lambda value, wanted: value != wanted,
    "StringLike": lambda value, wanted: value is not None and like(value, wanted),
    "StringNotLike": lambda value, wanted: value is None or not like(value, wanted),
}


def of_plan(plan_id: str) -> list[store.Record]:
    return [record for record in store.selections.values() if record["BackupPlanId"] == plan_id]


def _check_plan(plan_id: str) -> None:
    record = store.plans.get(plan_id)
    if record is None or "DeletionDate" in record:
        raise store.invalid(f"Cannot find Backup plan with ID {plan_id}")


def _find(parameters: Parameters) -> store.Record:
    _check_plan(parameters["BackupPlanId"])
    record = store.selections.get(parameters["SelectionId"])
    if record is None or record["BackupPlanId"] != parameters["BackupPlanId"]:
        raise store.missing(f"Cannot find Backup selection with ID {parameters['SelectionId']}")
    return record


@operation("backup", "CreateBackupSelection")
def create(parameters: Parameters) -> dict:
    plan_id, asked = parameters["BackupPlanId"], parameters["BackupSelection"]
    _check_plan(plan_id)
    present = of_plan(plan_id)
    # Where nothing is said AWS answers with nothing of the right sort.
    kept = {"Resources": [], "ListOfTags": [], "NotResources": [], "Conditions": {}, **asked}
    if earlier := store.repeated(present, parameters):
        if earlier["BackupSelection"] == kept:
            return earlier
        raise AwsError(
            "AlreadyExistsException",
            "Backup selection with the same creator request ID already exists",
            Code="AlreadyExistsException",
            CreatorRequestId=parameters["CreatorRequestId"],
        )
    _check(kept)
    store.check_role(kept["IamRoleArn"])
    if len(present) >= _MOST or (
        kept["ListOfTags"] and len([s for s in present if s["BackupSelection"]["ListOfTags"]]) >= _MOST_BY_TAG
    ):
        raise AwsError("LimitExceededException", "Limit exceeded for resource selections of this backup plan.")
    identity = store.new_id()
    record = {
        "SelectionId": identity,
        "BackupPlanId": plan_id,
        "CreationDate": time.time(),
        "CreatorRequestId": parameters.get("CreatorRequestId") or store.new_id(),
        "SelectionName": kept["SelectionName"],
        "IamRoleArn": kept["IamRoleArn"],
        "BackupSelection": kept,
        "_token": parameters.get("CreatorRequestId"),
    }
    store.selections[identity] = record
    return record


def _check(selection: dict) -> None:
    if not _NAME.match(selection["SelectionName"]):
        raise store.invalid(f"Invalid selection name: {selection['SelectionName']}")
    if not any(selection[part] for part in ("Resources", "ListOfTags", "Conditions", "NotResources")):
        raise store.invalid("A selection must have Resources, NotResources, ListOfTags or Conditions.")
    for part in ("Resources", "NotResources"):
        found = selection[part]
        if len([text for text in found if "*" in text]) > _MOST_PATTERNS or len(found) > _MOST_ARNS:
            raise AwsError("LimitExceededException", f"Too many entries in {part}.")
        if bad := [text for text in found if text != "*" and not text.startswith("arn:")]:
            raise store.invalid(f"Invalid ARN in {part}: {bad[0]}")
    for operator, conditions in selection["Conditions"].items():
        for condition in conditions:
            if not condition.get("ConditionKey", "").startswith(_TAG_KEY):
                raise store.invalid(f"{operator}: a condition key must start with {_TAG_KEY}.")


@operation("backup", "GetBackupSelection")
def get(parameters: Parameters) -> dict:
    return _find(parameters)


@operation("backup", "ListBackupSelections")
def show(parameters: Parameters) -> dict:
    _check_plan(parameters["BackupPlanId"])
    return paging.page(of_plan(parameters["BackupPlanId"]), "SelectionId", parameters, "BackupSelectionsList")


@operation("backup", "DeleteBackupSelection")
def delete(parameters: Parameters) -> None:
    del store.selections[_find(parameters)["SelectionId"]]


# --- What is selected ------------------------------------------------------------------------------------------------


def chooses(selection: dict, arn: str, tags: dict[str, str]) -> bool:
    """Does a selection take this resource?  ARNs, any of the tags, all of the conditions, and no exception."""
    wanted = selection["Resources"] or ["*"]
    by_tag = selection["ListOfTags"]
    return (
        any(like(arn, pattern) for pattern in wanted)
        and not any(like(arn, pattern) for pattern in selection["NotResources"])
        and (not by_tag or any(tags.get(t["ConditionKey"]) == t["ConditionValue"] for t in by_tag))
        and all(
            _CONDITIONS[operator](tags.get(c["ConditionKey"].removeprefix(_TAG_KEY)), c["ConditionValue"])
            for operator, conditions in selection["Conditions"].items()
            for c in conditions
        )
    )
