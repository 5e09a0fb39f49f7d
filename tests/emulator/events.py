"""EventBridge across accounts and Regions.

ministack delivers to buses of its own account and Region only, merges a whole policy into its statements as if
it were one, and lets PutEvents name only a bus of one's own.
"""

import json
import time

from ministack.core.arn import parse_arn
from ministack.core.responses import error_response_json
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import json_response
from ministack.core.responses import new_uuid
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from emulator.operations import AwsError
from emulator.operations import around
from emulator.wire import Answer
from emulator.wire import Request

_to_own_bus = eventbridge._dispatch_to_event_bus
_put_statement = eventbridge._put_permission
_put_own_events = eventbridge._put_events
_MOST_TARGETS = 5


def _is_here(spec) -> bool:
    return (spec.account_id, spec.region) == (get_account_id(), get_region())


def _bus_exists(name: str) -> bool:
    return name == "default" or name in eventbridge._event_buses


def _lets_in(bus: str, account: str) -> bool:
    """Does the policy of this bus let another account put events?"""
    policy = eventbridge._event_bus_policies.get(bus) or {}
    for statement in policy.get("Statement", []):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Allow" and (principal == "*" or account in json.dumps(principal)):
            return True
    return False


def _dispatch_to_event_bus(spec, event, rule, event_path, payload=None) -> None:
    if _is_here(spec) or spec.service != "events":
        _to_own_bus(spec, event, rule, event_path, payload)
        return
    sender, bus = get_account_id(), spec.resource.split("/", 1)[1]
    with request_scope(spec.account_id, spec.region):
        if not _bus_exists(bus) or (spec.account_id != sender and not _lets_in(bus, sender)):
            return  # AWS would retry for a day and then use the dead-letter queue
        forwarded = {**event, "EventBusName": bus}
        if payload is not None:
            forwarded["Detail"] = payload
        eventbridge._dispatch_event(forwarded)


def _put_permission(data: dict) -> tuple:
    bus = data.get("EventBusName", "default")
    if not data.get("Policy"):
        principal = data.get("Principal", "")
        if principal.isdigit():
            data = {**data, "Principal": {"AWS": f"arn:aws:iam::{principal}:root"}}
        return _put_statement(data)
    try:
        policy = json.loads(data["Policy"])
        policy["Statement"] = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    except (ValueError, KeyError, TypeError):
        return error_response_json("ValidationException", "The policy is not valid JSON", 400)
    eventbridge._event_bus_policies[bus] = policy
    return json_response({})


def _put_events(data: dict, allow_aws_source: bool = False) -> tuple:
    mine, answers = [], []
    for entry in data.get("Entries", []):
        bus = entry.get("EventBusName", "")
        spec = parse_arn(bus) if bus.startswith("arn:") else None
        if spec is None or _is_here(spec):
            mine.append(entry)
            continue
        sender, region, name = get_account_id(), get_region(), spec.resource.split("/", 1)[1]
        with request_scope(spec.account_id, spec.region):
            if not _bus_exists(name) or (spec.account_id != sender and not _lets_in(name, sender)):
                message = f"User: {sender} is not authorized to perform: events:PutEvents on resource: {bus}"
                return error_response_json("AccessDeniedException", message, 400)
            event = {
                "EventId": new_uuid(),
                "Source": entry.get("Source"),
                "DetailType": entry.get("DetailType"),
                "Detail": entry.get("Detail", "{}"),
                "EventBusName": name,
                "Time": int(time.time()),
                "Resources": entry.get("Resources", []),
                "Account": sender,
                "Region": region,
            }
            eventbridge._dispatch_event(event)
            answers.append({"EventId": event["EventId"]})
    if not mine:
        return json_response({"FailedEntryCount": 0, "Entries": answers})
    return _put_own_events({**data, "Entries": mine}, allow_aws_source)


eventbridge._dispatch_to_event_bus = _dispatch_to_event_bus
eventbridge._put_permission = _put_permission
eventbridge._put_events = _put_events


@around("events", "PutTargets")
async def put_targets(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    bus = (parameters.get("EventBusName") or "default").rpartition("/")[2]
    present = eventbridge._targets.get(eventbridge._rule_key(parameters["Rule"], bus)) or []
    ids = {target["Id"] for target in present} | {target["Id"] for target in parameters["Targets"]}
    if len(ids) > _MOST_TARGETS:
        raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    for target in parameters["Targets"]:
        spec = parse_arn(target["Arn"])
        is_bus = spec.service == "events" and spec.resource.startswith("event-bus/")
        if is_bus and spec.region != get_region() and not target.get("RoleArn"):
            raise AwsError("ValidationException", f"RoleArn is required for target {target['Arn']}.")
        if sum(key in target for key in ("Input", "InputPath", "InputTransformer")) > 1:
            raise AwsError(
                "ValidationException",
                "Only one of Input, InputPath, or InputTransformer must be provided for target " + target["Id"],
            )
    return await ministack()


def _rule(parameters: dict) -> tuple[str, dict | None]:
    bus = (parameters.get("EventBusName") or "default").rpartition("/")[2]
    key = eventbridge._rule_key(parameters["Name"], bus)
    return key, eventbridge._rules.get(key)


@around("events", "PutRule")
async def put_rule(request: Request, ministack) -> Answer:
    """What is not said is reset, except for tags, which a second PutRule does not touch."""
    parameters = request.parameters or {}
    _, old = _rule(parameters)
    if not parameters.get("EventPattern") and not parameters.get("ScheduleExpression"):
        raise AwsError("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
    tags = dict(eventbridge._tags.get(old["Arn"]) or {}) if old else None
    answer = await ministack()
    if answer[0] == 200 and old:
        _, new = _rule(parameters)
        new |= {
            "Description": parameters.get("Description", ""),
            "RoleArn": parameters.get("RoleArn", ""),
            "State": parameters.get("State", "ENABLED"),
        }
        eventbridge._tags[new["Arn"]] = tags
    return answer


@around("events", "DeleteRule")
async def delete_rule(request: Request, ministack) -> Answer:
    key, rule = _rule(request.parameters or {})
    if rule and eventbridge._targets.get(key):
        raise AwsError("ValidationException", "Rule can't be deleted since it has targets.")
    return await ministack()


@around("events", "RemovePermission")
async def remove_permission(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    bus = (parameters.get("EventBusName") or "default").rpartition("/")[2]
    statements = (eventbridge._event_bus_policies.get(bus) or {}).get("Statement", [])
    sid = parameters.get("StatementId")
    if not parameters.get("RemoveAllPermissions") and sid not in [s.get("Sid") for s in statements]:
        raise AwsError("ResourceNotFoundException", f"Statement with id {sid} does not exist.")
    return await ministack()
