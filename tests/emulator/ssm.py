"""Systems Manager: commands and automations, which are told and not run.

ministack sends commands only to instances that are containers, knows no targets by tags, ignores the filters of
ListCommands, and has no automations.  Here every running instance has an agent.
"""

import re
import time
from datetime import datetime
from datetime import timezone

from ministack.core.responses import new_uuid
from ministack.services import ec2

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.operations import regional

_commands = regional()
_executions = regional()

#: Documents of AWS's own, with the parameters that they must be told.
_AUTOMATIONS = {"AWS-RestartEC2Instance": {"InstanceId"}, "AWS-StartEC2Instance": {"InstanceId"}}
_RUN = {"AWS-RunShellScript": {"commands"}}
_OF_OTHERS = re.compile(r"AWS-|AmazonCloudWatch-")


def _check_document(name: str, known: dict[str, set[str]], parameters: dict, code: str) -> None:
    if name not in known and _OF_OTHERS.match(name):
        raise AwsError(code, f"Document with name {name} does not exist.")
    missing = known.get(name, set()) - set(parameters)
    if missing:
        raise AwsError("InvalidParameters", f"Missing required parameters: {', '.join(sorted(missing))}")


def _running(identity: str) -> bool:
    instance = ec2._instances.get(identity)
    return bool(instance) and instance["State"]["Name"] == "running"


@operation("ssm", "SendCommand")
def send_command(parameters: Parameters) -> dict:
    name, instances = parameters["DocumentName"], parameters.get("InstanceIds") or []
    targets = parameters.get("Targets") or []
    _check_document(name, _RUN, parameters.get("Parameters") or {}, "InvalidDocument")
    if bool(instances) == bool(targets):
        raise AwsError("InvalidParameters", "Either InstanceIds or Targets must be specified.")
    for identity in instances:
        if not _running(identity):
            raise AwsError("InvalidInstanceId", f"Instances [[{identity}]] not in a valid state")
    identity = new_uuid()
    _commands[identity] = {
        "CommandId": identity,
        "DocumentName": name,
        "DocumentVersion": parameters.get("DocumentVersion", "$DEFAULT"),
        "Comment": parameters.get("Comment", ""),
        "Parameters": parameters.get("Parameters") or {},
        "InstanceIds": instances,
        "Targets": targets,
        "RequestedDateTime": time.time(),
        "Status": "Success",
        "StatusDetails": "Success",
        "MaxConcurrency": parameters.get("MaxConcurrency", "50"),
        "MaxErrors": parameters.get("MaxErrors", "0"),
        "TargetCount": len(instances),
        "CompletedCount": len(instances),
    }
    return {"Command": _commands[identity]}


@operation("ssm", "ListCommands")
def list_commands(parameters: Parameters) -> dict:
    found = list(_commands.values())
    if wanted := parameters.get("CommandId"):
        found = [command for command in found if command["CommandId"] == wanted]
    for chosen in parameters.get("Filters") or []:
        key, value = chosen["key"], chosen["value"]
        if key == "DocumentName":
            found = [command for command in found if command["DocumentName"] == value]
        elif key == "InvokedAfter":
            since = _instant(value)
            found = [command for command in found if command["RequestedDateTime"] >= since]
        else:
            raise AwsError("InvalidFilterKey", f"The filter {key} is not known here.")
    return {"Commands": sorted(found, key=lambda command: command["RequestedDateTime"], reverse=True)}


def _instant(text: str) -> float:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError as error:
        raise AwsError("ValidationException", f"{text} is not a date such as 2026-11-22T16:01:02Z.") from error


@operation("ssm", "StartAutomationExecution")
def start_automation(parameters: Parameters) -> dict:
    """The same token starts nothing again, and must not come with something else."""
    name, told = parameters["DocumentName"], parameters.get("Parameters") or {}
    _check_document(name, _AUTOMATIONS, told, "AutomationDefinitionNotFoundException")
    token = parameters.get("ClientToken")
    for execution in _executions.values():
        if token and execution["_token"] == token:
            if (execution["DocumentName"], execution["Parameters"]) != (name, told):
                raise AwsError("IdempotentParameterMismatch", "The token was used with other parameters.")
            return {"AutomationExecutionId": execution["AutomationExecutionId"]}
    identity = new_uuid()
    _executions[identity] = {
        "AutomationExecutionId": identity,
        "DocumentName": name,
        "DocumentVersion": parameters.get("DocumentVersion", "1"),
        "AutomationExecutionStatus": "Success",
        "ExecutionStartTime": time.time(),
        "Parameters": told,
        "_token": token,
    }
    return {"AutomationExecutionId": identity}


@operation("ssm", "GetAutomationExecution")
def get_automation(parameters: Parameters) -> dict:
    execution = _executions.get(parameters["AutomationExecutionId"])
    if execution is None:
        raise AwsError("AutomationExecutionNotFoundException", "There is no such execution.")
    return {"AutomationExecution": execution}


@operation("ssm", "DescribeAutomationExecutions")
def describe_automations(parameters: Parameters) -> dict:
    return {"AutomationExecutionMetadataList": list(_executions.values())}
