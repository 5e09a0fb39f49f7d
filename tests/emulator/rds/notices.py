"""What RDS tells: the list of DescribeEvents, and EventBridge's default bus.

ministack announces nothing for Aurora.  AWS announces at least once, in any order; tests that mean to see that
can post the events again.
"""

import json
import time
from collections.abc import Callable

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from emulator import clock
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import store

#: Told of every event, in the Region of its source: (source type, event).
listeners: list[Callable[[str, store.Record], None]] = []

CATEGORIES = {
    "db-instance": [
        "availability", "backup", "configuration change", "creation", "deletion", "failover", "failure",
        "global database", "low storage", "maintenance", "notification", "read replica", "recovery", "restoration",
    ],
    "db-cluster": [
        "configuration change", "creation", "deletion", "failover", "failure", "global failover", "maintenance",
        "migration", "notification", "serverless",
    ],
    "db-cluster-snapshot": ["backup", "notification"],
    "db-snapshot": ["creation", "deletion", "notification", "restoration"],
    "db-parameter-group": ["configuration change"],
    "db-security-group": ["configuration change", "failure"],
    "custom-engine-version": ["creation", "failure", "restoration"],
    "db-proxy": ["configuration change", "creation", "deletion", "failure"],
    "blue-green-deployment": ["creation", "deletion", "failure", "notification"],
}  # fmt: skip

_DETAIL_TYPE = {
    "db-cluster": ("RDS DB Cluster Event", "CLUSTER"),
    "db-instance": ("RDS DB Instance Event", "DB_INSTANCE"),
    "db-cluster-snapshot": ("RDS DB Cluster Snapshot Event", "CLUSTER_SNAPSHOT"),
}


def announce(kind: str, source_arn: str, event_id: str, message: str, categories: list[str]) -> None:
    """Tell it in the Region of the source."""
    region = source_arn.split(":")[3]
    with request_scope(get_account_id(), region):
        name = source_arn.split(":", 6)[6]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() * 1000) % 1000:03}Z"
        entry = {
            "SourceIdentifier": name,
            "SourceType": kind,
            "Message": message,
            "EventCategories": categories,
            "Date": stamp,
            "SourceArn": source_arn,
            "_id": event_id,
            "_at": time.time(),
        }
        store.history[get_region()] = [*store.history.get(get_region(), []), entry]
        detail_type, source_type = _DETAIL_TYPE[kind]
        event = {
            "Source": "aws.rds",
            "DetailType": detail_type,
            "Resources": [source_arn],
            "Detail": json.dumps(
                {
                    "EventCategories": categories,
                    "SourceType": source_type,
                    "SourceArn": source_arn,
                    "Date": stamp,
                    "Message": message,
                    "SourceIdentifier": name,
                    "EventID": event_id,
                }
            ),
        }
        clock.in_background(lambda: eventbridge._put_events({"Entries": [event]}, allow_aws_source=True))
        for listener in listeners:
            listener(kind, entry)


@operation("rds", "DescribeEvents")
def describe_events(parameters: Parameters) -> dict:
    since = time.time() - 60 * parameters.get("Duration", 60)
    categories = set(parameters.get("EventCategories") or [])
    found = []
    for number, entry in enumerate(store.history.get(get_region(), [])):
        if parameters.get("SourceIdentifier", entry["SourceIdentifier"]) != entry["SourceIdentifier"]:
            continue
        if parameters.get("SourceType", entry["SourceType"]) != entry["SourceType"]:
            continue
        if entry["_at"] < since and "StartTime" not in parameters:
            continue
        if parameters.get("StartTime", "") > entry["Date"]:
            continue
        if categories and not categories & set(entry["EventCategories"]):
            continue
        found.append({**entry, "_key": f"{number:08}"})
    return store.page(found, "_key", parameters, "Events")


@operation("rds", "DescribeEventCategories")
def describe_event_categories(parameters: Parameters) -> dict:
    wanted = parameters.get("SourceType")
    return {
        "EventCategoriesMapList": [
            {"SourceType": kind, "EventCategories": names}
            for kind, names in CATEGORIES.items()
            if wanted in (None, kind)
        ]
    }
