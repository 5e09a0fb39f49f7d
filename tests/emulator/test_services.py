"""Buses, queues, records: what stands beside the database."""

import json
import threading

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import Emulator
from emulator.testing import refused

ORGANISATION = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-abc1234567"}


@pytest.fixture
def events(emulator: Emulator):
    return emulator.client("events")


def _statements(events, bus: str = "default") -> dict:
    policy = json.loads(events.describe_event_bus(Name=bus).get("Policy", '{"Statement": []}'))
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_a_bus_is_known_by_its_name_and_its_arn(events):
    arn = events.create_event_bus(Name="b", Description="d")["EventBusArn"]
    assert events.describe_event_bus(Name=arn)["Name"] == "b"
    events.update_event_bus(Name="b", Description="")
    assert "Description" not in events.describe_event_bus(Name="b")
    events.put_rule(Name="r", EventBusName="b", EventPattern='{"source": ["a"]}')
    with refused("ValidationException", "rules"):
        events.delete_event_bus(Name="b")
    events.put_targets(Rule="r", EventBusName=arn, Targets=[{"Id": "t", "Arn": "arn:aws:sqs:us-east-1:1:q"}])
    assert events.list_targets_by_rule(Rule="r", EventBusName="b")["Targets"][0]["Id"] == "t"
    assert events.describe_rule(Name="r", EventBusName=arn)["EventBusName"] == "b"
    events.remove_targets(Rule="r", EventBusName=arn, Ids=["t"])
    events.delete_rule(Name="r", EventBusName="b")
    events.delete_event_bus(Name="b")
    with refused("ResourceNotFoundException"):
        events.describe_event_bus(Name="b")
    with refused("ValidationException"):
        events.create_event_bus(Name="default")


def test_statements_are_merged_by_their_names(events):
    events.put_permission(StatementId="a", Action="events:PutEvents", Principal=ACCOUNT)
    events.put_permission(StatementId="b", Action="events:PutEvents", Principal="*", Condition=ORGANISATION)
    found = _statements(events)
    assert found["a"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert found["b"]["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}
    with refused("ResourceNotFoundException"):
        events.put_permission(StatementId="a", Action="events:PutEvents", Principal="*", EventBusName="none")
    with refused("ValidationException"):
        events.put_permission(Action="events:PutEvents", Principal="*")
    events.remove_permission(StatementId="a")
    assert list(_statements(events)) == ["b"]


def test_of_two_writes_at_once_one_is_lost(emulator, events):
    def put(name: str) -> None:
        emulator.client("events").put_permission(StatementId=name, Action="events:PutEvents", Principal=ACCOUNT)

    events.describe_event_bus()
    writers = [threading.Thread(target=put, args=(name,)) for name in ("a", "b", "c", "d")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert 1 <= len(_statements(events)) < 4


def test_the_name_of_a_queue_is_not_free_at_once(emulator):
    sqs = emulator.client("sqs")
    emulator.control("/_dr/settings", "POST", {"SQS_STEP": 60})
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    with refused("AWS.SimpleQueueService.QueueDeletedRecently", "60 seconds"):
        sqs.create_queue(QueueName="q")
    emulator.control("/_dr/settings", "POST", {"SQS_STEP": 0})
    assert sqs.create_queue(QueueName="q")["QueueUrl"] == url


def test_what_is_empty_is_taken_away_from_a_queue(emulator):
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": "alias/a"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})
    assert "KmsMasterKeyId" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_records_lead_by_nearness(emulator):
    route53 = emulator.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    place = {"AWSRegion": EAST, "Bias": -5}
    record = {
        "Name": "*.example.com",
        "Type": "A",
        "SetIdentifier": "one",
        "TTL": 5,
        "GeoProximityLocation": place,
        "ResourceRecords": [{"Value": "10.0.0.1"}],
    }

    def change(action: str) -> None:
        changes = [{"Action": action, "ResourceRecordSet": record}]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    change("CREATE")
    found = [r for r in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] if r["Type"] == "A"]
    assert (found[0]["Name"], found[0]["GeoProximityLocation"]) == ("\\052.example.com.", place)
    change("DELETE")
    asked = emulator.control("/_dr/requests?service=route53&action=ChangeResourceRecordSets")[-1]
    assert (asked["problems"], asked["parameters"]["ChangeBatch"]["Changes"][0]["Action"]) == ([], "DELETE")
    assert asked["parameters"]["ChangeBatch"]["Changes"][0]["ResourceRecordSet"]["TTL"] == 5
