"""Backup plans: every update is a new version of the whole document."""

import copy
import json
import re
import time

from ministack.services import eventbridge

from emulator import paging
from emulator.backup import selections
from emulator.backup import store
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

_MOST_RULES, _MOST_COPIES, _MOST_VERSIONS, _MOST_POINT_TAGS = 10, 5, 2000, 10
_COLD_AT_LEAST, _CONTINUOUS_AT_MOST = 90, 35
_RULE_NAME = re.compile(r"[a-zA-Z0-9\-_.]{1,50}$")
#: What AWS holds where nothing is said.
_DEFAULTS = {
    "ScheduleExpression": "cron(0 5 ? * * *)",
    "ScheduleExpressionTimezone": "Etc/UTC",
    "StartWindowMinutes": 480,
    "CompletionWindowMinutes": 10080,
    "EnableContinuousBackup": False,
}


def find(plan_id: str) -> store.Record:
    record = store.plans.get(plan_id)
    if record is None or "DeletionDate" in record:
        raise store.missing(f"Cannot find Backup plan with ID {plan_id}")
    return record


# --- What a plan may say ---------------------------------------------------------------------------------------------


def check_lifecycle(lifecycle: dict | None, at: str) -> None:
    if lifecycle is None:
        return
    cold, delete = lifecycle.get("MoveToColdStorageAfterDays"), lifecycle.get("DeleteAfterDays")
    if "DeleteAfterEvent" in lifecycle:
        raise store.invalid(f"{at}: DeleteAfterEvent is not valid as an input.")
    for name, days in (("MoveToColdStorageAfterDays", cold), ("DeleteAfterDays", delete)):
        if days is not None and days < 1 and days != -1:
            raise store.invalid(f"{at}: {name} must be at least 1 day.")
    if cold and delete and cold > 0 and 0 < delete < cold + _COLD_AT_LEAST:
        raise store.invalid(
            f"{at}: DeleteAfterDays must be at least {_COLD_AT_LEAST} days after MoveToColdStorageAfterDays."
        )


def _document(plan: dict) -> dict:
    """The plan as AWS keeps it: checked, with defaults, without ids."""
    rules = plan["Rules"]
    if not rules:
        raise store.invalid("A backup plan must have at least one rule.")
    if len(rules) > _MOST_RULES:
        raise AwsError("LimitExceededException", f"A backup plan cannot have more than {_MOST_RULES} rules.")
    names = [rule["RuleName"] for rule in rules]
    if len(set(names)) != len(names):
        raise store.invalid("Rule names must be unique within a backup plan.")
    return {**plan, "Rules": [_rule(rule) for rule in rules]}


def _rule(rule: dict) -> dict:
    name = rule["RuleName"]
    if not _RULE_NAME.match(name):
        raise store.invalid(f"Invalid rule name: {name}")
    if rule["TargetBackupVaultName"] not in store.vaults:
        raise store.invalid(f"Cannot find Backup vault with name {rule['TargetBackupVaultName']}")
    kept = {**_DEFAULTS, "RecoveryPointTags": {}, "CopyActions": [], **rule}
    if not eventbridge._validate_schedule_expression(kept["ScheduleExpression"]):
        raise store.invalid(f"Invalid schedule expression: {kept['ScheduleExpression']}")
    if kept["StartWindowMinutes"] < 60:
        raise store.invalid("StartWindowMinutes must be at least 60 minutes.")
    if kept["CompletionWindowMinutes"] < kept["StartWindowMinutes"] + 60:
        raise store.invalid("CompletionWindowMinutes must be at least 60 minutes more than StartWindowMinutes.")
    store.check_tags(kept["RecoveryPointTags"], _MOST_POINT_TAGS)
    lifecycle = rule.get("Lifecycle")
    check_lifecycle(lifecycle, f"rule {name}")
    if kept["EnableContinuousBackup"]:
        days = (lifecycle or {}).get("DeleteAfterDays")
        if days is None or not 0 < days <= _CONTINUOUS_AT_MOST:
            raise store.invalid(f"Retention of a continuous backup must be from 1 to {_CONTINUOUS_AT_MOST} days.")
        if (lifecycle or {}).get("MoveToColdStorageAfterDays"):
            raise store.invalid("Continuous backups cannot be moved to cold storage.")
    if len(kept["CopyActions"]) > _MOST_COPIES:
        raise AwsError("LimitExceededException", f"A rule cannot have more than {_MOST_COPIES} copy actions.")
    destinations = [action["DestinationBackupVaultArn"] for action in kept["CopyActions"]]
    if len(set(destinations)) != len(destinations):
        raise store.invalid(f"rule {name}: a destination vault can only be named once.")
    for action in kept["CopyActions"]:
        if not re.match(r"arn:aws[\w-]*:backup:[\w-]+:\d{12}:backup-vault:.+$", action["DestinationBackupVaultArn"]):
            raise store.invalid(f"Invalid destination vault ARN: {action['DestinationBackupVaultArn']}")
        check_lifecycle(action.get("Lifecycle"), f"a copy action of rule {name}")
    return kept


def _with_ids(document: dict) -> dict:
    numbered = copy.deepcopy(document)
    for rule in numbered["Rules"]:
        rule["RuleId"] = store.new_id()
    return numbered


def _version(document: dict) -> dict:
    return {"VersionId": store.new_id(), "CreationDate": time.time(), "BackupPlan": _with_ids(document)}


def _view(record: store.Record) -> store.Record:
    latest = record["_versions"][-1]
    name, settings = latest["BackupPlan"]["BackupPlanName"], latest["BackupPlan"].get("AdvancedBackupSettings")
    # The date is that of the plan, not that of its version.
    return {**latest, "BackupPlanName": name, "AdvancedBackupSettings": settings, **record}


# --- The operations --------------------------------------------------------------------------------------------------


@operation("backup", "CreateBackupPlan")
def create(parameters: Parameters) -> dict:
    living = [record for record in store.plans.values() if "DeletionDate" not in record]
    document = _document(parameters["BackupPlan"])
    text = json.dumps(document, sort_keys=True)
    earlier = store.repeated(living, parameters)
    twin = earlier or next((record for record in living if record["_document"] == text), None)
    if earlier and earlier["_document"] == text:
        return _view(earlier)
    if twin:
        raise AwsError(
            "AlreadyExistsException",
            "Backup plan with the same plan document already exists",
            Code="AlreadyExistsException",
            Arn=twin["BackupPlanArn"],
            CreatorRequestId=twin["CreatorRequestId"],
        )
    tags = store.check_tags(parameters.get("BackupPlanTags"))
    identity = store.new_id()
    record = {
        "BackupPlanId": identity,
        "BackupPlanArn": store.arn("backup-plan", identity),
        "CreationDate": time.time(),
        "CreatorRequestId": parameters.get("CreatorRequestId") or store.new_id(),
        "_token": parameters.get("CreatorRequestId"),
        "_document": text,
        "_versions": [_version(document)],
    }
    store.plans[identity] = record
    store.tags[record["BackupPlanArn"]] = tags
    return _view(record)


@operation("backup", "GetBackupPlan")
def get(parameters: Parameters) -> dict:
    record = find(parameters["BackupPlanId"])
    wanted = parameters.get("VersionId")
    if wanted is None:
        return _view(record)
    version = next((v for v in record["_versions"] if v["VersionId"] == wanted), None)
    if version is None:
        raise store.missing(f"Cannot find version {wanted} of backup plan {record['BackupPlanId']}")
    return {**_view(record), **version}


@operation("backup", "UpdateBackupPlan")
def update(parameters: Parameters) -> dict:
    record = find(parameters["BackupPlanId"])
    document = _document(parameters["BackupPlan"])
    if len(record["_versions"]) >= _MOST_VERSIONS:
        raise AwsError("LimitExceededException", f"A backup plan cannot have more than {_MOST_VERSIONS} versions.")
    record["_document"] = json.dumps(document, sort_keys=True)
    record["_versions"].append(_version(document))
    return {**_view(record), "ScanSettings": document.get("ScanSettings")}


@operation("backup", "DeleteBackupPlan")
def delete(parameters: Parameters) -> dict:
    record = find(parameters["BackupPlanId"])
    if selections.of_plan(record["BackupPlanId"]):
        raise AwsError(
            "InvalidRequestException",
            "Related backup plan selections must be deleted prior to backup plan deletion.",
        )
    record["DeletionDate"] = time.time()
    store.tags.pop(record["BackupPlanArn"], None)
    return _view(record)


@operation("backup", "ListBackupPlans")
def show(parameters: Parameters) -> dict:
    deleted = parameters.get("IncludeDeleted", False)
    found = [_view(record) for record in store.plans.values() if deleted or "DeletionDate" not in record]
    return paging.page(found, "BackupPlanId", parameters, "BackupPlansList")


@operation("backup", "ListBackupPlanVersions")
def versions(parameters: Parameters) -> dict:
    record = find(parameters["BackupPlanId"])
    found = [
        {**_view(record), **version, "_key": f"{number:05}", "BackupPlanName": version["BackupPlan"]["BackupPlanName"]}
        for number, version in enumerate(record["_versions"])
    ]
    return paging.page(found, "_key", parameters, "BackupPlanVersionsList")
