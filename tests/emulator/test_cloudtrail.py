"""LookupEvents tells who changed what."""

import json

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import WEST
from emulator.testing import Emulator


def _lookup(emulator: Emulator, name: str, **place: str) -> list[str]:
    attribute = {"AttributeKey": "ResourceName", "AttributeValue": name}
    found = emulator.client("cloudtrail", **place).lookup_events(LookupAttributes=[attribute])["Events"]
    return [f"{event['EventName']} {event['EventSource']} {event['ReadOnly']}" for event in found]


def test_events_are_found_by_the_name_of_what_they_are_about(emulator: Emulator):
    emulator.client("sns").create_topic(Name="trail-a")
    emulator.client("sns").get_topic_attributes(TopicArn=f"arn:aws:sns:{EAST}:{ACCOUNT}:trail-a")
    emulator.client("cloudwatch").put_dashboard(DashboardName="trail-a", DashboardBody='{"widgets": []}')
    emulator.client("cloudwatch").delete_dashboards(DashboardNames=["trail-a"])
    assert _lookup(emulator, "trail-a") == [
        "DeleteDashboards monitoring.amazonaws.com false",
        "PutDashboard monitoring.amazonaws.com false",
        "CreateTopic sns.amazonaws.com false",
    ]
    assert _lookup(emulator, f"arn:aws:sns:{EAST}:{ACCOUNT}:trail-a") == [
        "GetTopicAttributes sns.amazonaws.com true"
    ]
    assert _lookup(emulator, "trail-a", region=WEST) == []
    assert _lookup(emulator, "trail-a", account=OTHER) == []


def test_an_event_says_who_it_was_and_whether_it_failed(emulator: Emulator):
    emulator.client("sns").create_topic(Name="trail-b")
    emulator.fault(service="sns", action="CreateTopic", code="AuthorizationError", status=403, times=1)
    try:
        emulator.client("sns").create_topic(Name="trail-b")
    except emulator.client("sns").exceptions.AuthorizationErrorException:
        pass
    attribute = {"AttributeKey": "ResourceName", "AttributeValue": "trail-b"}
    found = emulator.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"]
    details = [json.loads(event["CloudTrailEvent"]) for event in found]
    assert details[0]["errorCode"] == "AuthorizationError"
    assert "errorCode" not in details[1]
    assert details[1]["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
