"""Topics and subscriptions: what is asked twice must be the same, and e-mail must be confirmed.

ministack takes a second CreateTopic with other attributes for the first, any text for a policy, and confirms
e-mail addresses by itself.
"""

import json
import re

from ministack.services import sns

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import around
from emulator.operations import operation
from emulator.wire import Answer
from emulator.wire import Request

_EMAIL = ("email", "email-json")
_PENDING = "PendingConfirmation"
_JSON_ATTRIBUTES = (
    "Policy",
    "DeliveryPolicy",
    "FilterPolicy",
    "RedrivePolicy",
    "ArchivePolicy",
    "DataProtectionPolicy",
)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {message}")


def _check_json(attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        if name in _JSON_ATTRIBUTES and value:
            try:
                json.loads(value)
            except ValueError as error:
                raise _invalid(f"{name} Error: null" if name == "Policy" else f"{name}: not valid JSON") from error


@around("sns", "CreateTopic")
async def create_topic(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    name, attributes = parameters["Name"], parameters.get("Attributes") or {}
    _check_json(attributes)
    topic = sns._topics.get(f"arn:aws:sns:{sns.get_region()}:{sns.get_account_id()}:{name}")
    if topic is not None:
        if any(topic["attributes"].get(key, "") != value for key, value in attributes.items()):
            raise _invalid("Attributes Reason: Topic already exists with different attributes")
        tags = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or []}
        if tags and tags != topic["tags"]:
            raise _invalid("Tags Reason: Topic already exists with different tags")
    elif not re.fullmatch(r"[A-Za-z0-9_-]{1,256}(\.fifo)?", name):
        raise _invalid("Topic Name")
    return await ministack()


@around("sns", "SetTopicAttributes", "SetSubscriptionAttributes")
async def set_attributes(request: Request, ministack) -> Answer:
    parameters = request.parameters or {}
    if parameters.get("SubscriptionArn", "arn:").startswith("arn:") is False:
        raise _invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not 1")
    _check_json({parameters["AttributeName"]: parameters.get("AttributeValue", "")})
    return await ministack()


@operation("sns", "Subscribe")
def subscribe(parameters: Parameters) -> dict:
    attributes = parameters.get("Attributes") or {}
    _check_json(attributes)
    form = {name: [parameters[name]] for name in ("TopicArn", "Protocol", "Endpoint") if name in parameters}
    for number, (key, value) in enumerate(attributes.items(), 1):
        form |= {f"Attributes.entry.{number}.key": [key], f"Attributes.entry.{number}.value": [value]}
    status, _, body = sns._subscribe(form)
    if status != 200:
        raise _error_of(body, status)
    topic = sns._topics.get(parameters["TopicArn"])
    record = next(
        s
        for s in topic["subscriptions"]
        if (s["protocol"], s["endpoint"]) == (parameters["Protocol"], parameters.get("Endpoint", ""))
    )
    if record["protocol"] in _EMAIL and "_asked" not in record:
        record |= {"confirmed": False, "token": sns.new_uuid(), "_asked": True}
        record["attributes"] |= {_PENDING: "true", "ConfirmationWasAuthenticated": "false"}
        sns._refresh_subscription_counts(topic)
    shown = record["confirmed"] or parameters.get("ReturnSubscriptionArn")
    return {"SubscriptionArn": record["arn"] if shown else "pending confirmation"}


def _error_of(body: bytes, status: int) -> AwsError:
    code, message = (re.search(rb"<%s>(.*?)</%s>" % (tag, tag), body) for tag in (b"Code", b"Message"))
    return AwsError(code[1].decode(), message[1].decode() if message else "", status)


@around("sns", "Unsubscribe")
async def unsubscribe(request: Request, ministack) -> Answer:
    arn = (request.parameters or {}).get("SubscriptionArn", "")
    if not arn.startswith("arn:"):
        raise _invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not 1")
    topic = sns._topics.get(arn.rpartition(":")[0])
    for record in topic["subscriptions"] if topic else []:
        if record["arn"] == arn and not record["confirmed"]:
            raise _invalid("This subscription is not confirmed: it cannot be unsubscribed.")
    return await ministack()


@operation("sns", "ListSubscriptionsByTopic")
def list_subscriptions_by_topic(parameters: Parameters) -> dict:
    topic = sns._topics.get(parameters["TopicArn"])
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist")
    start, size = int(parameters.get("NextToken") or 0), 100
    records = topic["subscriptions"]
    answer = {
        "Subscriptions": [
            {
                "SubscriptionArn": record["arn"] if record["confirmed"] else _PENDING,
                "Owner": record["owner"],
                "Protocol": record["protocol"],
                "Endpoint": record["endpoint"],
                "TopicArn": topic["arn"],
            }
            for record in records[start : start + size]
        ]
    }
    if len(records) > start + size:
        answer["NextToken"] = str(start + size)
    return answer
