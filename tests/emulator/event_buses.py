"""Event buses: their names, their conditions, and what keeps them from being deleted.

ministack writes the condition of a statement as it came, which is no policy; takes permissions on buses that do not
exist; knows a bus by its name but not by its ARN; deletes a bus together with its rules; and never loses one of two
permissions that are given at once, as EventBridge does.
"""

import asyncio
import copy
import json
import re

from ministack.services import eventbridge

from emulator.operations import AwsError
from emulator.operations import around
from emulator.wire import Answer
from emulator.wire import Request

#: Seconds between reading a policy and writing it.
_WRITING = 0.05


def _name(parameters: dict, key: str) -> str:
    return (parameters.get(key) or "default").rpartition("event-bus/")[2]


def _there(name: str) -> None:
    eventbridge._ensure_default_bus()
    if name not in eventbridge._event_buses:
        raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")


@around("events", "DescribeEventBus")
async def describe_event_bus(request: Request, ministack) -> Answer:
    name = _name(request.parameters or {}, "Name")
    _there(name)
    status, headers, body = eventbridge._describe_event_bus({"Name": name})
    document = {key: value for key, value in json.loads(body).items() if value != ""}
    return status, headers, json.dumps(document).encode()


@around("events", "CreateEventBus")
async def create_event_bus(request: Request, ministack) -> Answer:
    name = (request.parameters or {}).get("Name", "")
    if not re.fullmatch(r"[/.\-_A-Za-z0-9]{1,256}", name) or name == "default":
        raise AwsError("ValidationException", f"Value '{name}' at 'name' failed to satisfy constraint.")
    return await ministack()


@around("events", "DeleteEventBus")
async def delete_event_bus(request: Request, ministack) -> Answer:
    name = _name(request.parameters or {}, "Name")
    if any(rule.get("EventBusName") == name for rule in eventbridge._rules.values()):
        raise AwsError("ValidationException", f"Event bus {name} can't be deleted since it has rules.")
    eventbridge._event_bus_policies.pop(name, None)
    return await ministack()


@around("events", "PutPermission")
async def put_permission(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    name, identity = _name(parameters, "EventBusName"), parameters.get("StatementId")
    _there(name)
    if parameters.get("Policy") is None and not (identity and parameters.get("Principal") and parameters.get("Action")):
        raise AwsError("ValidationException", "StatementId, Principal and Action, or Policy, must be specified.")
    if parameters.get("Policy") is not None and len(parameters) > 1 + ("EventBusName" in parameters):
        raise AwsError("ValidationException", "Policy cannot be specified with other parameters.")
    # EventBridge reads the policy, changes it and writes it: of two writes at once, one is lost.
    before = copy.deepcopy(eventbridge._event_bus_policies.get(name))
    await asyncio.sleep(_WRITING)
    if before is None:
        eventbridge._event_bus_policies.pop(name, None)
    else:
        eventbridge._event_bus_policies[name] = before
    answer = eventbridge._put_permission({**parameters, "EventBusName": name})
    for statement in (eventbridge._event_bus_policies.get(name) or {}).get("Statement", []):
        condition = statement.get("Condition")
        if statement.get("Sid") == identity and condition and "Type" in condition:
            statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return answer
