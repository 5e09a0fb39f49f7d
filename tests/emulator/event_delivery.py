"""What becomes of an event: to which buses and functions it is delivered, and from which it is kept.

ministack delivers to buses of its own account and Region only, asks nobody's permission, and knows no dead letters.
Here a bus of another account takes an event only from a role that exists, that EventBridge can assume, that may put
events there, and that the policy of the bus lets in; a function only if its policy names the rule.  What is not
delivered is lost, or goes to the queue for dead letters if there is one that takes it.
"""

import contextvars
import json
import threading
import time
from typing import Any

from ministack.core.arn import Arn
from ministack.core.arn import parse_arn
from ministack.core.responses import error_response_json
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import json_response
from ministack.core.responses import new_uuid
from ministack.core.responses import request_scope
from ministack.services import eventbridge
from ministack.services import lambda_svc
from ministack.services import sqs

from emulator import iam
from emulator import policy

_SERVICE, _PUT = "events.amazonaws.com", "events:PutEvents"

_invoke = eventbridge._invoke_target
_to_own_bus = eventbridge._dispatch_to_event_bus
_put_own_events = eventbridge._put_events

#: The target, rule and event that are being delivered.
_delivery: contextvars.ContextVar[tuple[dict, dict, dict]] = contextvars.ContextVar("delivery")


def _invoke_target(target: dict, event: dict, rule: dict, view: Any = None) -> None:
    token = _delivery.set((target, rule, event))
    try:
        _invoke(target, event, rule, view)
    finally:
        _delivery.reset(token)


# --- Buses -----------------------------------------------------------------------------------------------------------


def _is_here(spec: Arn) -> bool:
    return (spec.account_id, spec.region) == (get_account_id(), get_region())


def _lets_in(name: str, caller: policy.Caller) -> bool:
    """Does this bus, of this account and Region, exist and take events from the caller?"""
    if name != "default" and name not in eventbridge._event_buses:
        return False
    arn = f"arn:aws:events:{get_region()}:{get_account_id()}:event-bus/{name}"
    document = eventbridge._event_bus_policies.get(name)
    if caller.account == get_account_id():
        return not policy.denies(document, caller, _PUT, arn)
    return policy.allows(document, caller, _PUT, arn)


def _dispatch_to_event_bus(spec: Arn, event: dict, rule: dict, path: set, payload: str | None = None) -> None:
    if _is_here(spec) or not spec.resource.startswith("event-bus/"):
        _to_own_bus(spec, event, rule, path, payload)
        return
    name, here = spec.resource.split("/", 1)[1], (get_account_id(), get_region())
    if why := _refusal_of_role(spec, event):
        _bury(why)
        return
    caller = policy.Caller(here[0], _delivery.get()[0]["RoleArn"])
    with request_scope(spec.account_id, spec.region):
        if allowed := _lets_in(name, caller):
            passed = [*event.get("_Passed", []), here]
            forwarded = {**event, "EventBusName": name, "_Passed": passed}
            forwarded.pop("_DispatchPath", None)
            if payload is not None:
                forwarded["Detail"] = payload
            eventbridge._dispatch_event(forwarded)
            eventbridge._archive_event(forwarded)
    if not allowed:
        _bury(f"{caller.arn} is not authorized to perform {_PUT} on {_delivery.get()[0]['Arn']}")


def _refusal_of_role(spec: Arn, event: dict) -> str | None:
    """Why the event does not even leave: what is said here of the role and of where the event has been."""
    target, account = _delivery.get()[0], get_account_id()
    if spec.account_id != account and event.get("Account", account) != account:
        return "An event that came from another account is not sent on to a third."
    if (spec.account_id, spec.region) in event.get("_Passed", []):
        return "The event has been there."
    role = target["RoleArn"]
    found = iam.role(role)
    if found is None or role.split(":")[4] != account or _SERVICE not in found["AssumeRolePolicyDocument"]:
        return f"EventBridge cannot assume the role {role}."
    if not iam.permits(role, _PUT, target["Arn"]):
        return f"{role} is not authorized to perform {_PUT} on {target['Arn']}: no identity-based policy allows it."
    return None


# --- Functions -------------------------------------------------------------------------------------------------------


def _dispatch_to_lambda(arn: str, payload: str) -> None:
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    rule = _delivery.get()[1]
    caller = policy.Caller(get_account_id(), service=_SERVICE, context={"aws:SourceArn": rule["Arn"]})
    if function is None or not policy.allows(function["policy"], caller, "lambda:InvokeFunction", arn):
        _bury(f"{_SERVICE} is not authorized to perform lambda:InvokeFunction on {arn}")
        return
    record = lambda_svc._execution_record_for_config(function, config)
    threading.Thread(target=_call, args=(record, json.loads(payload)), daemon=True).start()


def _call(record: dict, event: dict) -> None:
    """An event for which a function has no room waits in Lambda's queue until it has."""
    given_up = time.monotonic() + 120
    while time.monotonic() < given_up:
        if not lambda_svc._execute_function_with_config_scope(record, event).get("throttle"):
            return
        time.sleep(0.1)


# --- Dead letters ----------------------------------------------------------------------------------------------------


def _bury(message: str) -> None:
    """What cannot be delivered for want of a permission is not tried again."""
    target, rule, event = _delivery.get()
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    queue = sqs._queue_by_arn(queue_arn) if queue_arn else None
    caller = policy.Caller(get_account_id(), service=_SERVICE, context={"aws:SourceArn": rule["Arn"]})
    if queue is None or not policy.allows(queue["attributes"].get("Policy"), caller, "sqs:SendMessage", queue_arn):
        return
    body = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
    eventbridge._dispatch_to_sqs(parse_arn(queue_arn), body)
    queue["messages"][-1]["message_attributes"] = {
        name: {"DataType": "String", "StringValue": value}
        for name, value in {
            "RULE_ARN": rule["Arn"],
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": "NO_PERMISSIONS",
            "ERROR_MESSAGE": message,
        }.items()
    }


# --- PutEvents to a bus of somebody else -----------------------------------------------------------------------------


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
            if not _lets_in(name, policy.Caller(sender)):
                message = f"User: {sender} is not authorized to perform: {_PUT} on resource: {bus}"
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


eventbridge._invoke_target = _invoke_target
eventbridge._dispatch_to_event_bus = _dispatch_to_event_bus
eventbridge._dispatch_to_lambda = _dispatch_to_lambda
eventbridge._put_events = _put_events
