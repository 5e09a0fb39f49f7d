"""Restore testing: plans that restore on a schedule, and selections of what they restore."""

import re
import time

from ministack.services import eventbridge

from emulator import paging
from emulator.backup import store
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

_NAME = re.compile(r"\w{1,50}$", re.ASCII)
_HOURS, _DAYS = range(1, 169), range(1, 366)
_MOST_PLANS, _MOST_SELECTIONS = 100, 30


def _plan(name: str) -> store.Record:
    if name not in store.restore_testing_plans:
        raise store.missing(f"Restore testing plan {name} does not exist.")
    return store.restore_testing_plans[name]


def _already(word: str, name: str, arn: str) -> AwsError:
    return AwsError("AlreadyExistsException", f"{word} {name} already exists.", Code="AlreadyExistsException", Arn=arn)


def _check_plan(values: dict) -> None:
    if not eventbridge._validate_schedule_expression(values["ScheduleExpression"]):
        raise store.invalid(f"Invalid schedule expression: {values['ScheduleExpression']}")
    if values["StartWindowHours"] not in _HOURS:
        raise store.invalid("StartWindowHours must be from 1 to 168.")
    chosen = values["RecoveryPointSelection"]
    for name in ("Algorithm", "IncludeVaults", "RecoveryPointTypes"):
        if not chosen.get(name):
            raise store.invalid(f"RecoveryPointSelection must have {name}.")
    if chosen["SelectionWindowDays"] not in _DAYS:
        raise store.invalid("SelectionWindowDays must be from 1 to 365.")


def _choice(asked: dict) -> dict:
    return {"ExcludeVaults": [], "SelectionWindowDays": 30, **asked}


@operation("backup", "CreateRestoreTestingPlan")
def create_plan(parameters: Parameters) -> dict:
    asked = parameters["RestoreTestingPlan"]
    name = asked["RestoreTestingPlanName"]
    if not _NAME.match(name):
        raise store.invalid(f"Invalid restore testing plan name: {name}")
    if found := store.restore_testing_plans.get(name):
        if store.repeated([found], parameters):
            return found
        raise _already("Restore testing plan", name, found["RestoreTestingPlanArn"])
    if len(store.restore_testing_plans) >= _MOST_PLANS:
        raise AwsError("LimitExceededException", f"No more than {_MOST_PLANS} restore testing plans are allowed.")
    record = {
        "ScheduleExpressionTimezone": "Etc/UTC",
        "StartWindowHours": 24,
        **asked,
        "RecoveryPointSelection": _choice(asked["RecoveryPointSelection"]),
        "RestoreTestingPlanArn": store.arn("restore-testing-plan", f"{name}-{store.new_id()}"),
        "CreationTime": time.time(),
        "LastUpdateTime": time.time(),
        "CreatorRequestId": parameters.get("CreatorRequestId"),
        "_token": parameters.get("CreatorRequestId"),
    }
    _check_plan(record)
    tags = store.check_tags(parameters.get("Tags"))
    store.restore_testing_plans[name] = record
    store.tags[record["RestoreTestingPlanArn"]] = tags
    return record


@operation("backup", "GetRestoreTestingPlan")
def get_plan(parameters: Parameters) -> dict:
    return {"RestoreTestingPlan": _plan(parameters["RestoreTestingPlanName"])}


@operation("backup", "ListRestoreTestingPlans")
def list_plans(parameters: Parameters) -> dict:
    plans = store.restore_testing_plans.values()
    return paging.page(plans, "RestoreTestingPlanName", parameters, "RestoreTestingPlans")


@operation("backup", "UpdateRestoreTestingPlan")
def update_plan(parameters: Parameters) -> dict:
    record, asked = _plan(parameters["RestoreTestingPlanName"]), parameters["RestoreTestingPlan"]
    changed = {**record, **asked}
    if "RecoveryPointSelection" in asked:
        # What is not said of the selection stays.
        changed["RecoveryPointSelection"] = {**record["RecoveryPointSelection"], **asked["RecoveryPointSelection"]}
    _check_plan(changed)
    record.update(changed, LastUpdateTime=time.time())
    return {**record, "UpdateTime": record["LastUpdateTime"]}


@operation("backup", "DeleteRestoreTestingPlan")
def delete_plan(parameters: Parameters) -> None:
    name = parameters["RestoreTestingPlanName"]
    found = store.restore_testing_plans.get(name)
    if found is None:
        return  # the model has no error for it
    if _selections(name):
        raise AwsError("InvalidRequestException", f"Restore testing plan {name} still has selections.")
    del store.restore_testing_plans[name]
    store.tags.pop(found["RestoreTestingPlanArn"], None)


# --- Selections ------------------------------------------------------------------------------------------------------


def _selections(plan: str) -> list[store.Record]:
    return [s for (of, _), s in store.restore_testing_selections.items() if of == plan]


def _selection(parameters: Parameters) -> store.Record:
    plan, name = parameters["RestoreTestingPlanName"], parameters["RestoreTestingSelectionName"]
    _plan(plan)
    if (plan, name) not in store.restore_testing_selections:
        raise store.missing(f"Restore testing selection {name} does not exist.")
    return store.restore_testing_selections[plan, name]


def _check_selection(values: dict) -> None:
    conditions = values.get("ProtectedResourceConditions") or {}
    if bool(values.get("ProtectedResourceArns")) == any(conditions.values()):
        raise store.invalid("Exactly one of ProtectedResourceArns and ProtectedResourceConditions must be given.")
    for pair in [pair for pairs in conditions.values() for pair in pairs]:
        if not pair["Key"].startswith("aws:ResourceTag/"):
            raise store.invalid("A condition key must start with aws:ResourceTag/.")
    if "ValidationWindowHours" in values and values["ValidationWindowHours"] not in range(169):
        raise store.invalid("ValidationWindowHours must be from 0 to 168.")
    store.check_role(values["IamRoleArn"])


def _kept(asked: dict) -> dict:
    """The keys of the overrides come back in lower case."""
    if "RestoreMetadataOverrides" not in asked:
        return dict(asked)
    lower = {key[:1].lower() + key[1:]: value for key, value in asked["RestoreMetadataOverrides"].items()}
    return {**asked, "RestoreMetadataOverrides": lower}


@operation("backup", "CreateRestoreTestingSelection")
def create_selection(parameters: Parameters) -> dict:
    plan, asked = _plan(parameters["RestoreTestingPlanName"]), parameters["RestoreTestingSelection"]
    plan_name, name = plan["RestoreTestingPlanName"], asked["RestoreTestingSelectionName"]
    if not _NAME.match(name):
        raise store.invalid(f"Invalid restore testing selection name: {name}")
    if found := store.restore_testing_selections.get((plan_name, name)):
        if store.repeated([found], parameters):
            return found
        raise _already("Restore testing selection", name, plan["RestoreTestingPlanArn"])
    if len(_selections(plan_name)) >= _MOST_SELECTIONS:
        raise AwsError("LimitExceededException", f"No more than {_MOST_SELECTIONS} selections are allowed.")
    _check_selection(asked)
    record = {
        **_kept(asked),
        "RestoreTestingPlanName": plan_name,
        "RestoreTestingPlanArn": plan["RestoreTestingPlanArn"],
        "CreationTime": time.time(),
        "CreatorRequestId": parameters.get("CreatorRequestId"),
        "_token": parameters.get("CreatorRequestId"),
    }
    store.restore_testing_selections[plan_name, name] = record
    return record


@operation("backup", "GetRestoreTestingSelection")
def get_selection(parameters: Parameters) -> dict:
    return {"RestoreTestingSelection": _selection(parameters)}


@operation("backup", "ListRestoreTestingSelections")
def list_selections(parameters: Parameters) -> dict:
    plan = _plan(parameters["RestoreTestingPlanName"])["RestoreTestingPlanName"]
    return paging.page(_selections(plan), "RestoreTestingSelectionName", parameters, "RestoreTestingSelections")


@operation("backup", "UpdateRestoreTestingSelection")
def update_selection(parameters: Parameters) -> dict:
    record = _selection(parameters)
    asked = _kept(parameters["RestoreTestingSelection"])
    changed = {**record, **asked}
    # One of the two takes the place of the other.
    if asked.get("ProtectedResourceArns"):
        changed.pop("ProtectedResourceConditions", None)
    elif asked.get("ProtectedResourceConditions"):
        changed.pop("ProtectedResourceArns", None)
    _check_selection(changed)
    record.clear()
    record.update(changed)
    return {**record, "UpdateTime": time.time()}


@operation("backup", "DeleteRestoreTestingSelection")
def delete_selection(parameters: Parameters) -> None:
    _selection(parameters)
    del store.restore_testing_selections[
        parameters["RestoreTestingPlanName"], parameters["RestoreTestingSelectionName"]
    ]
