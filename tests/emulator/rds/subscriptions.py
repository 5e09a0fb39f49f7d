"""Event subscriptions: from RDS straight to a topic.  ministack has none."""

import json
import time

from ministack.core.arn import ArnParseError
from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.core.responses import request_scope
from ministack.services import sns

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import notices
from emulator.rds import store

QUOTA = 20

_SOURCES = {
    "db-instance": store.instances,
    "db-cluster": store.clusters,
    "db-parameter-group": store.parameter_groups,
    "db-cluster-snapshot": store.snapshots,
}


def find(name: str) -> store.Record:
    record = store.subscriptions.get(name.lower())
    if record is None:
        raise AwsError("SubscriptionNotFound", f"Event Subscription {name} not found.")
    return record


def _check_topic(topic: str) -> None:
    try:
        spec = parse_arn(topic)
    except ArnParseError as error:
        raise AwsError("SNSInvalidTopic", f"SNS topic {topic} is not valid") from error
    with request_scope(spec.account_id, spec.region):
        if topic not in sns._topics:
            raise AwsError("SNSTopicArnNotFound", f"SNS topic {topic} does not exist")


def _check_categories(source_type: str | None, categories: list[str]) -> None:
    known = (
        notices.CATEGORIES.get(source_type, [])
        if source_type
        else [name for names in notices.CATEGORIES.values() for name in names]
    )
    for category in categories:
        if category not in known:
            raise AwsError("SubscriptionCategoryNotFound", f"The category {category} does not exist")


def _check_source(source_type: str, name: str) -> None:
    records = _SOURCES.get(source_type)
    if records is not None and name.lower() not in records:
        raise AwsError("SourceNotFound", f"Source {name} of type {source_type} not found")


def _check_source_type(source_type: str | None) -> None:
    if source_type and source_type not in notices.CATEGORIES:
        raise AwsError("InvalidParameterValue", f"The source type {source_type} is not valid")


def _deliver(kind: str, event: store.Record) -> None:
    """Publish an event to the topics of the subscriptions that want it."""
    message = {
        "Event Source": kind,
        "Event Time": event["Date"],
        "Source ID": event["SourceIdentifier"],
        "Source ARN": event["SourceArn"],
        "Event ID": f"http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#{event['_id']}",
        "Event Message": event["Message"],
    }
    for record in store.subscriptions.values():
        if (
            record["Enabled"]
            and record["Status"] == "active"
            and record["SourceType"] in (None, kind)
            and (not record["SourceIdsList"] or event["SourceIdentifier"] in record["SourceIdsList"])
            and (not record["EventCategoriesList"] or {*record["EventCategoriesList"]} & {*event["EventCategories"]})
        ):
            sns.publish_internal(record["SnsTopicArn"], json.dumps(message), "RDS Notification Message")


notices.listeners.append(_deliver)


@operation("rds", "CreateEventSubscription")
def create(parameters: Parameters) -> dict:
    name, source_type = parameters["SubscriptionName"].lower(), parameters.get("SourceType")
    if name in store.subscriptions:
        raise AwsError("SubscriptionAlreadyExist", f"Subscription {name} already exists.")
    if len(store.subscriptions) >= QUOTA:
        raise AwsError("EventSubscriptionQuotaExceeded", "You have reached the maximum number of event subscriptions")
    _check_topic(parameters["SnsTopicArn"])
    _check_source_type(source_type)
    _check_categories(source_type, parameters.get("EventCategories") or [])
    sources = parameters.get("SourceIds") or []
    if sources and not source_type:
        raise AwsError("InvalidParameterCombination", "SourceType must be provided when SourceIds are given")
    for source in sources:
        _check_source(source_type, source)
    record = {
        "CustomerAwsId": get_account_id(),
        "CustSubscriptionId": name,
        "SnsTopicArn": parameters["SnsTopicArn"],
        "SubscriptionCreationTime": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        "SourceType": source_type,
        "SourceIdsList": [source.lower() for source in sources],
        "EventCategoriesList": list(parameters.get("EventCategories") or []),
        "Enabled": parameters.get("Enabled", True),
        "EventSubscriptionArn": store.arn("es", name),
        "TagList": store.tag_list(parameters),
    }
    store.subscriptions[name] = record
    store.become(record, "Status", "creating", (1, "active"))
    return {"EventSubscription": record}


@operation("rds", "DescribeEventSubscriptions")
def describe(parameters: Parameters) -> dict:
    wanted = parameters.get("SubscriptionName")
    found = [find(wanted)] if wanted else store.subscriptions.values()
    return store.page(found, "CustSubscriptionId", parameters, "EventSubscriptionsList")


@operation("rds", "ModifyEventSubscription")
def modify(parameters: Parameters) -> dict:
    record = find(parameters["SubscriptionName"])
    if topic := parameters.get("SnsTopicArn"):
        _check_topic(topic)
    source_type = parameters.get("SourceType", record["SourceType"])
    _check_source_type(source_type)
    _check_categories(source_type, parameters.get("EventCategories") or [])
    record["SnsTopicArn"] = parameters.get("SnsTopicArn", record["SnsTopicArn"])
    record["SourceType"] = source_type
    record["EventCategoriesList"] = parameters.get("EventCategories", record["EventCategoriesList"])
    record["Enabled"] = parameters.get("Enabled", record["Enabled"])
    store.become(record, "Status", "modifying", (1, "active"))
    return {"EventSubscription": record}


@operation("rds", "AddSourceIdentifierToSubscription")
def add_source(parameters: Parameters) -> dict:
    record, source = find(parameters["SubscriptionName"]), parameters["SourceIdentifier"].lower()
    if not record["SourceType"]:
        raise AwsError("InvalidParameterCombination", "The subscription has no source type")
    _check_source(record["SourceType"], source)
    record["SourceIdsList"] = sorted({*record["SourceIdsList"], source})
    return {"EventSubscription": record}


@operation("rds", "RemoveSourceIdentifierFromSubscription")
def remove_source(parameters: Parameters) -> dict:
    record, source = find(parameters["SubscriptionName"]), parameters["SourceIdentifier"].lower()
    if source not in record["SourceIdsList"]:
        raise AwsError("SourceNotFound", f"Source {source} is not in the subscription")
    record["SourceIdsList"] = [name for name in record["SourceIdsList"] if name != source]
    return {"EventSubscription": record}


@operation("rds", "DeleteEventSubscription")
def delete(parameters: Parameters) -> dict:
    record = find(parameters["SubscriptionName"])
    name = record["CustSubscriptionId"]
    store.become(record, "Status", "deleting", (1, "deleted"), finish=lambda: store.subscriptions.pop(name, None))
    return {"EventSubscription": record}
