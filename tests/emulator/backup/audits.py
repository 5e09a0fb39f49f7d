"""AWS Backup Audit Manager: frameworks of controls, and report plans.  Changes of both take time."""

import time

from emulator import clock
from emulator import paging
from emulator import settings
from emulator.backup import store
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

#: Controls, and the input parameters that AWS fills in.
CONTROLS = {
    "BACKUP_LAST_RECOVERY_POINT_CREATED": {"recoveryPointAgeUnit": "days", "recoveryPointAgeValue": "1"},
    "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK": {
        "requiredFrequencyUnit": "days", "requiredFrequencyValue": "1", "requiredRetentionDays": "35",
    },
    "BACKUP_RECOVERY_POINT_ENCRYPTED": {},
    "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED": {},
    "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK": {"requiredRetentionDays": "35"},
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN": {},
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK": {},
    "BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT": {},
    "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION": {},
    "BACKUP_RESOURCES_IN_LOGICALLY_AIR_GAPPED_VAULT": {"recoveryPointAgeUnit": "days", "recoveryPointAgeValue": "1"},
    "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET": {"maxRestoreTime": "720"},
}  # fmt: skip
TEMPLATES = (
    "RESOURCE_COMPLIANCE_REPORT", "CONTROL_COMPLIANCE_REPORT", "BACKUP_JOB_REPORT", "COPY_JOB_REPORT",
    "RESTORE_JOB_REPORT",
)  # fmt: skip
_NAMED = {"framework": ("Framework", store.frameworks), "report-plan": ("ReportPlan", store.report_plans)}


def _find(kind: str, name: str) -> store.Record:
    word, records = _NAMED[kind]
    if name not in records:
        raise store.missing(f"{word} {name} does not exist.")
    return records[name]


def _idle(record: store.Record) -> store.Record:
    if record["DeploymentStatus"].endswith("IN_PROGRESS"):
        raise AwsError("ConflictException", f"Another operation is in progress: {record['DeploymentStatus']}.")
    return record


def _add(kind: str, parameters: Parameters, values: store.Record) -> store.Record:
    word, records = _NAMED[kind]
    name = parameters[f"{word}Name"]
    if name in records:
        if store.repeated([records[name]], parameters, "IdempotencyToken"):
            return records[name]
        raise AwsError(
            "AlreadyExistsException",
            f"{word} {name} already exists.",
            Code="AlreadyExistsException",
            Arn=records[name][f"{word}Arn"],
        )
    arn = store.arn(kind, f"{name}-{store.new_id()}")
    tags = store.check_tags(parameters.get(f"{word}Tags"))
    record = {
        f"{word}Name": name,
        f"{word}Arn": arn,
        "CreationTime": time.time(),
        "_token": parameters.get("IdempotencyToken"),
        **values,
    }
    records[name] = record
    store.tags[arn] = tags
    store.become(record, "DeploymentStatus", "CREATE_IN_PROGRESS", "COMPLETED")
    return record


def _delete(kind: str, name: str) -> None:
    word, records = _NAMED[kind]
    record = _idle(_find(kind, name))
    record["DeploymentStatus"] = "DELETE_IN_PROGRESS"

    def gone() -> None:
        records.pop(name, None)
        store.tags.pop(record[f"{word}Arn"], None)

    clock.after(settings.seconds("BACKUP_STEP"), gone)


# --- Frameworks ------------------------------------------------------------------------------------------------------


def _controls(asked: list[dict]) -> list[dict]:
    if not asked:
        raise store.invalid("A framework must have at least one control.")
    names = [control["ControlName"] for control in asked]
    if len(set(names)) != len(names):
        raise store.invalid("A control can only be named once.")
    for name in names:
        if name not in CONTROLS:
            raise store.invalid(f"Control {name} is not supported.")
    return [
        {**control, "ControlInputParameters": _inputs(control)} if _inputs(control) else control for control in asked
    ]


def _inputs(control: dict) -> list[dict]:
    given = {p["ParameterName"]: p["ParameterValue"] for p in control.get("ControlInputParameters") or []}
    return [
        {"ParameterName": name, "ParameterValue": value}
        for name, value in {**CONTROLS[control["ControlName"]], **given}.items()
    ]


@operation("backup", "CreateFramework")
def create_framework(parameters: Parameters) -> dict:
    values = {
        "FrameworkDescription": parameters.get("FrameworkDescription"),
        "FrameworkControls": _controls(parameters["FrameworkControls"]),
        "FrameworkStatus": "ACTIVE",
    }
    return _add("framework", parameters, values)


@operation("backup", "DescribeFramework")
def describe_framework(parameters: Parameters) -> dict:
    return _find("framework", parameters["FrameworkName"])


@operation("backup", "ListFrameworks")
def list_frameworks(parameters: Parameters) -> dict:
    found = [{**f, "NumberOfControls": len(f["FrameworkControls"])} for f in store.frameworks.values()]
    return paging.page(found, "FrameworkName", parameters, "Frameworks")


@operation("backup", "UpdateFramework")
def update_framework(parameters: Parameters) -> dict:
    record = _idle(_find("framework", parameters["FrameworkName"]))
    controls = parameters.get("FrameworkControls")
    changed = {} if controls is None else {"FrameworkControls": _controls(controls)}
    if "FrameworkDescription" in parameters:
        changed["FrameworkDescription"] = parameters["FrameworkDescription"]
    record.update(changed)
    store.become(record, "DeploymentStatus", "UPDATE_IN_PROGRESS", "COMPLETED")
    return record


@operation("backup", "DeleteFramework")
def delete_framework(parameters: Parameters) -> None:
    _delete("framework", parameters["FrameworkName"])


# --- Report plans ----------------------------------------------------------------------------------------------------


def _report(parameters: Parameters) -> store.Record:
    """What a report plan says, as AWS keeps it; only what is in the request."""
    values = {}
    if "ReportPlanDescription" in parameters:
        values["ReportPlanDescription"] = parameters["ReportPlanDescription"]
    if channel := parameters.get("ReportDeliveryChannel"):
        formats = channel.get("Formats") or ["CSV"]
        if unknown := set(formats) - {"CSV", "JSON"}:
            raise store.invalid(f"Unsupported report format: {', '.join(unknown)}")
        values["ReportDeliveryChannel"] = {**channel, "Formats": formats}
    if setting := parameters.get("ReportSetting"):
        template = setting["ReportTemplate"]
        if template not in TEMPLATES:
            raise store.invalid(f"Report template {template} is not supported.")
        if template.endswith("COMPLIANCE_REPORT") and not setting.get("FrameworkArns"):
            raise store.invalid(f"{template} needs FrameworkArns.")
        values["ReportSetting"] = setting
    return values


@operation("backup", "CreateReportPlan")
def create_report_plan(parameters: Parameters) -> dict:
    return _add("report-plan", parameters, _report(parameters))


@operation("backup", "DescribeReportPlan")
def describe_report_plan(parameters: Parameters) -> dict:
    return {"ReportPlan": _find("report-plan", parameters["ReportPlanName"])}


@operation("backup", "ListReportPlans")
def list_report_plans(parameters: Parameters) -> dict:
    return paging.page(store.report_plans.values(), "ReportPlanName", parameters, "ReportPlans")


@operation("backup", "UpdateReportPlan")
def update_report_plan(parameters: Parameters) -> dict:
    record = _idle(_find("report-plan", parameters["ReportPlanName"]))
    record.update(_report(parameters))
    store.become(record, "DeploymentStatus", "UPDATE_IN_PROGRESS", "COMPLETED")
    return record


@operation("backup", "DeleteReportPlan")
def delete_report_plan(parameters: Parameters) -> None:
    _delete("report-plan", parameters["ReportPlanName"])
