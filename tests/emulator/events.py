"""Rules, targets and the policies of buses; `event_delivery` has what becomes of an event.

ministack merges a whole policy into its statements as if it were one, forgets the tags of a rule that is put again,
deletes a rule with its targets, and does not know the bus of a rule by its ARN.
"""

import json

from ministack.core.arn import parse_arn
from ministack.core.responses import error_response_json
from ministack.core.responses import get_region
from ministack.core.responses import json_response
from ministack.services import eventbridge

from emulator.operations import AwsError
from emulator.operations import around
from emulator.wire import Answer
from emulator.wire import Request

_put_statement = eventbridge._put_permission
_MOST_TARGETS = 5


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


eventbridge._put_permission = _put_permission


def _by_name(call):
    """The same for a bus that is given by its ARN."""

    def named(data: dict) -> tuple:
        if bus := data.get("EventBusName"):
            data = {**data, "EventBusName": bus.rpartition("/")[2]}
        return call(data)

    return named


for _call in (
    "_put_rule", "_describe_rule", "_list_rules", "_delete_rule", "_enable_rule", "_disable_rule",
    "_put_targets", "_remove_targets", "_list_targets_by_rule",
):  # fmt: skip
    setattr(eventbridge, _call, _by_name(getattr(eventbridge, _call)))


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
