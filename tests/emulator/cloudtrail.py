"""LookupEvents: the changes that were asked for and made, by the names of what they are about.

AWS is minutes late, answers twice a second, and files an event under the names that the service told; here every
name, id and ARN in the request counts.
"""

import json
import time
from typing import Any

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.services import sts

from emulator import recorder
from emulator.operations import WHOLLY_OURS
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

WHOLLY_OURS.add("cloudtrail")

_READS = ("Describe", "Get", "List", "Lookup")
_SOURCES = {"cloudwatch": "monitoring"}
_NAMES = ("Name", "Id", "Arn", "ARN", "Identifier", "name", "Rule")


def _named(parameters: dict[str, Any]) -> list[str]:
    found = []
    for key, value in parameters.items():
        if isinstance(value, str) and key.endswith(_NAMES):
            found.append(value)
        elif isinstance(value, list) and key.removesuffix("s").endswith(_NAMES):
            found.extend(item for item in value if isinstance(item, str))
    return found


def _arn(entry: dict[str, Any]) -> str:
    session = sts._sessions.get(entry["key"])
    return session["Arn"] if session else f"arn:aws:iam::{entry['account']}:root"


def _event(number: int, entry: dict[str, Any]) -> dict[str, Any]:
    names = _named(entry["parameters"] or {})
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "arn": _arn(entry), "accountId": entry["account"]},
        "eventSource": f"{_SOURCES.get(entry['service'], entry['service'])}.amazonaws.com",
        "eventName": entry["action"],
        "awsRegion": entry["region"],
        "readOnly": entry["action"].startswith(_READS),
    }
    if entry["error"]:
        detail["errorCode"] = entry["error"]
    return {
        "EventId": f"{number:032x}",
        "EventName": entry["action"],
        "ReadOnly": "true" if detail["readOnly"] else "false",
        "EventTime": entry["at"],
        "EventSource": detail["eventSource"],
        "Username": _arn(entry).rpartition("/")[2],
        "Resources": [{"ResourceName": name} for name in names],
        "CloudTrailEvent": json.dumps(detail),
    }


@operation("cloudtrail", "LookupEvents")
def lookup_events(parameters: Parameters) -> dict[str, Any]:
    attributes = parameters.get("LookupAttributes", [])
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    place = {"account": get_account_id(), "region": get_region()}
    found = [_event(number, entry) for number, entry in enumerate(recorder.show(place))]
    now = time.time()
    since = parameters.get("StartTime")
    found = [event for event in found if since is None or since.timestamp() <= event["EventTime"] <= now]
    for attribute in attributes:
        key, value = attribute["AttributeKey"], attribute["AttributeValue"]
        if key == "ResourceName":
            found = [event for event in found if {"ResourceName": value} in event["Resources"]]
        else:
            found = [event for event in found if event.get(key) == value]
    return {"Events": found[::-1][: parameters.get("MaxResults", 50)]}
