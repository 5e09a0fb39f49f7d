"""Alarms and dashboards, in each protocol that CloudWatch speaks; the Rust SDK speaks CBOR only."""

import datetime

import pytest

from emulator.testing import EAST
from emulator.testing import WEST
from emulator.testing import Emulator
from emulator.testing import refused

PROTOCOLS = ["smithy-rpc-v2-cbor", "json", "query"]

SIMPLE = {
    "AlarmName": "lag",
    "MetricName": "AuroraGlobalDBRPOLag",
    "Namespace": "AWS/RDS",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 5000.5,
    "ComparisonOperator": "GreaterThanThreshold",
    "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "orders"}],
    "AlarmActions": ["arn:aws:sns:us-east-1:111111111111:t"],
}
MATH = {
    "AlarmName": "math",
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "Metrics": [
        {"Id": "e", "Expression": "m * 2", "Label": "twice"},
        {
            "Id": "m",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/RDS", "MetricName": "X", "Dimensions": [{"Name": "a", "Value": "b"}]},
                "Period": 60,
                "Stat": "Average",
            },
        },
    ],
}


@pytest.fixture(params=PROTOCOLS)
def cloudwatch(emulator: Emulator, request):
    return emulator.client_of_protocol("cloudwatch", request.param)


def test_a_metric_alarm_is_kept_as_it_was_said(cloudwatch):
    cloudwatch.put_metric_alarm(**SIMPLE, Tags=[{"Key": "a", "Value": "b"}])
    found = cloudwatch.describe_alarms(AlarmNames=["lag"])["MetricAlarms"][0]
    assert {key: found[key] for key in SIMPLE} == SIMPLE
    assert (found["StateValue"], found["ActionsEnabled"], found["OKActions"]) == ("INSUFFICIENT_DATA", True, [])
    assert "TreatMissingData" not in found
    assert isinstance(found["AlarmConfigurationUpdatedTimestamp"], datetime.datetime)
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_second_put_replaces_everything_but_state_and_tags(cloudwatch):
    cloudwatch.put_metric_alarm(**SIMPLE, AlarmDescription="old", Tags=[{"Key": "a", "Value": "b"}])
    cloudwatch.set_alarm_state(AlarmName="lag", StateValue="ALARM", StateReason="test")
    cloudwatch.put_metric_alarm(**{**SIMPLE, "AlarmActions": [], "Tags": [{"Key": "c", "Value": "d"}]})
    found = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"][0]
    assert (found["AlarmActions"], "AlarmDescription" in found) == ([], False)
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    cloudwatch.tag_resource(ResourceARN=found["AlarmArn"], Tags=[{"Key": "a", "Value": "e"}])
    cloudwatch.untag_resource(ResourceARN=found["AlarmArn"], TagKeys=["zz"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [{"Key": "a", "Value": "e"}]


def test_metric_math_is_kept(cloudwatch):
    cloudwatch.put_metric_alarm(**MATH)
    found = cloudwatch.describe_alarms(AlarmNames=["math"])["MetricAlarms"][0]
    queries = {query["Id"]: query for query in found["Metrics"]}
    assert queries["e"] == {"Id": "e", "Expression": "m * 2", "Label": "twice", "ReturnData": True}
    assert queries["m"] == MATH["Metrics"][1]
    assert "MetricName" not in found
    with refused("ValidationError", "cannot both"):
        cloudwatch.put_metric_alarm(**MATH, MetricName="X")


def test_composite_alarms(cloudwatch):
    said = {
        "AlarmName": "all",
        "AlarmRule": 'ALARM("lag") AND NOT ALARM("quiet")',
        "ActionsSuppressor": "quiet",
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 120,
        "InsufficientDataActions": ["arn:aws:sns:us-east-1:111111111111:t"],
    }
    with refused("ValidationError", "do not exist"):
        cloudwatch.put_composite_alarm(**said)
    cloudwatch.put_metric_alarm(**SIMPLE)
    cloudwatch.put_metric_alarm(**{**SIMPLE, "AlarmName": "quiet"})
    cloudwatch.put_composite_alarm(**said)
    found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert {key: found[key] for key in said} == said
    cloudwatch.set_alarm_state(AlarmName="lag", StateValue="ALARM", StateReason="test")
    assert cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]["StateValue"] == "ALARM"
    with refused("ValidationError", "depending on it"):
        cloudwatch.delete_alarms(AlarmNames=["lag"])
    cloudwatch.delete_alarms(AlarmNames=["all"])
    cloudwatch.delete_alarms(AlarmNames=["lag", "quiet"])
    assert cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm", "MetricAlarm"])["MetricAlarms"] == []


def test_an_alarm_looks_at_its_own_dimensions(cloudwatch):
    cloudwatch.put_metric_alarm(**SIMPLE)
    point = {"MetricName": SIMPLE["MetricName"], "Value": 9000.0}
    other = [{"Name": "DBClusterIdentifier", "Value": "other"}]
    cloudwatch.put_metric_data(Namespace="AWS/RDS", MetricData=[{**point, "Dimensions": other}])
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"
    cloudwatch.put_metric_data(Namespace="AWS/RDS", MetricData=[{**point, "Dimensions": SIMPLE["Dimensions"]}])
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"


def test_pages_and_prefixes(cloudwatch):
    for number in range(5):
        cloudwatch.put_metric_alarm(**{**SIMPLE, "AlarmName": f"a{number}"})
    first = cloudwatch.describe_alarms(MaxRecords=3)
    second = cloudwatch.describe_alarms(MaxRecords=3, NextToken=first["NextToken"])
    names = [alarm["AlarmName"] for alarm in first["MetricAlarms"] + second["MetricAlarms"]]
    assert names == [f"a{number}" for number in range(5)]
    assert "NextToken" not in second
    assert len(cloudwatch.describe_alarms(AlarmNamePrefix="a4")["MetricAlarms"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"Statistic": None},
        {"Period": 45},
        {"DatapointsToAlarm": 4},
        {"Threshold": None},
        {"AlarmActions": ["arn:x"] * 6},
    ],
)
def test_what_an_alarm_needs(cloudwatch, change):
    with refused("ValidationError"):
        cloudwatch.put_metric_alarm(**{k: v for k, v in {**SIMPLE, **change}.items() if v is not None})


def test_dashboards_belong_to_the_account(emulator, cloudwatch):
    body = '{"widgets": [{"type": "metric", "properties": {"region": "us-east-1"}}]}'
    with refused("InvalidParameterInput"):
        cloudwatch.put_dashboard(DashboardName="d", DashboardBody="{")
    with refused("InvalidParameterInput", "region"):
        cloudwatch.put_dashboard(DashboardName="d", DashboardBody='{"widgets": [{"type": "metric", "properties": {}}]}')
    assert cloudwatch.put_dashboard(DashboardName="d", DashboardBody=body)["DashboardValidationMessages"] == []
    other = emulator.client("cloudwatch", WEST)
    assert other.get_dashboard(DashboardName="d")["DashboardBody"] == body
    entry = cloudwatch.list_dashboards()["DashboardEntries"][0]
    assert entry["DashboardArn"] == "arn:aws:cloudwatch::111111111111:dashboard/d"
    assert isinstance(entry["LastModified"], datetime.datetime)
    cloudwatch.delete_dashboards(DashboardNames=["d"])
    with refused("ResourceNotFound"):
        cloudwatch.get_dashboard(DashboardName="d")


def test_regions_are_apart(emulator):
    emulator.client("cloudwatch", EAST).put_metric_alarm(**SIMPLE)
    assert emulator.client("cloudwatch", WEST).describe_alarms()["MetricAlarms"] == []
