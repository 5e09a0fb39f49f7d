"""CloudWatch over CBOR is moto's CloudWatch: botocore's own client says so."""

import datetime
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError

ALARM = {
    "AlarmName": "lag",
    "MetricName": "AuroraGlobalDBRPOLag",
    "Namespace": "AWS/RDS",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 5000.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "orders"}],
    "AlarmActions": ["arn:aws:sns:us-east-1:111111111111:t"],
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GATEWAY_PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"}
    server = [sys.executable, str(Path(__file__).parent)]
    process = subprocess.Popen(server, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert "ready" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def client(endpoint: str, protocol: str = "smithy-rpc-v2-cbor", account: str = "111111111111") -> Any:
    session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="t", region_name="us-east-1")
    with mock.patch("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,)):
        made = session.client("cloudwatch", endpoint_url=endpoint)
    assert made.meta.service_model.resolved_protocol == protocol
    return made


@pytest.fixture
def cloudwatch(endpoint: str) -> Any:
    made = client(endpoint)
    made.delete_alarms(AlarmNames=["lag"])
    return made


def test_what_is_asked_in_one_protocol_is_answered_in_another(endpoint, cloudwatch):
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "a", "Value": "b"}])
    answers = []
    for protocol in ("smithy-rpc-v2-cbor", "json", "query"):
        speaker = client(endpoint, protocol)
        found = speaker.describe_alarms(AlarmNames=["lag"])["MetricAlarms"][0]
        assert {key: found[key] for key in ALARM} == ALARM
        assert speaker.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
        # The protocols tell time with more or fewer digits.
        answers.append({key: value for key, value in found.items() if not isinstance(value, datetime.datetime)})
        assert isinstance(found["AlarmConfigurationUpdatedTimestamp"], datetime.datetime)
    assert answers[0] == answers[1]
    assert set(answers[0]) == set(answers[2])


def test_times_are_understood(cloudwatch):
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    hour = datetime.timedelta(hours=1)
    point = {"MetricName": "m", "Timestamp": now, "Value": 1.5}
    cloudwatch.put_metric_data(Namespace="n", MetricData=[point])
    asked = {"Namespace": "n", "MetricName": "m", "Period": 60, "Statistics": ["Sum"]}
    found = cloudwatch.get_metric_statistics(**asked, StartTime=now - hour, EndTime=now + hour)["Datapoints"]
    assert [datum["Sum"] for datum in found] == [1.5]
    assert cloudwatch.get_metric_statistics(**asked, StartTime=now - 2 * hour, EndTime=now - hour)["Datapoints"] == []


def test_errors_are_moto_s(cloudwatch):
    with pytest.raises(ClientError) as refused:
        cloudwatch.get_dashboard(DashboardName="none")
    assert refused.value.response["Error"]["Code"] in ("ResourceNotFound", "DashboardNotFoundError")


def test_what_moto_does_not_know_is_refused(cloudwatch):
    with pytest.raises(ClientError, match="UnknownOperationException.*put_composite_alarm"):
        cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="TRUE")


def test_a_key_of_twelve_digits_is_an_account(endpoint, cloudwatch):
    cloudwatch.put_metric_alarm(**ALARM)
    assert ":111111111111:" in cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    assert client(endpoint, account="222222222222").describe_alarms()["MetricAlarms"] == []
