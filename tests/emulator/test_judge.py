"""The judge must be seen to fail."""

import json

import cbor2
import pytest

from emulator import judge
from emulator import wire
from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import Emulator


def recorded(method="POST", path="/", query="", body=b"", **headers):
    """A request as the recorder writes it."""
    service = headers.pop("service")
    scope = f"{ACCOUNT}/20260101/{EAST}/{service}/aws4_request"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    request = wire.decode(method, path, path, query, headers, body)
    entry = {
        "service": request.service, "action": request.operation, "account": ACCOUNT, "region": EAST,
        "parameters": request.parameters, "problems": request.problems,
    }  # fmt: skip
    return json.loads(json.dumps(entry, default=lambda value: {"$bytes": ""}))


def query(service, text):
    return recorded(service=service, body=text.encode(), content_type="application/x-www-form-urlencoded")


def document(service, target, content):
    return recorded(service=service, body=json.dumps(content).encode(), x_amz_target=target)


def cbor(operation, content):
    path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
    return recorded(service="monitoring", path=path, body=cbor2.dumps(content), smithy_protocol="rpc-v2-cbor")


def record(content):
    """A change of a record set, with this in it."""
    body = (
        '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes>'
        "<Change><Action>UPSERT</Action><ResourceRecordSet><Name>a.example.com</Name>" + content + "</ResourceRecordSet>"
        "</Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    )
    return recorded("POST", "/2013-04-01/hostedzone/Z1/rrset", service="route53", body=body.encode())


VALUES = "<ResourceRecords><ResourceRecord><Value>b</Value></ResourceRecord></ResourceRecords>"
FIRST = "Action=CreateGlobalCluster&GlobalClusterIdentifier=a"
GOOD = [
    record(f"<Type>CNAME</Type><TTL>5</TTL>{VALUES}"),
    recorded("GET", "/2013-04-01/hostedzone/Z1/rrset", "name=a&type=CNAME&maxitems=300", service="route53"),
    query("rds", FIRST + "&Tags.Tag.1.Key=k&Tags.Tag.1.Value=v&DeletionProtection=true"),
    query("sns", "Action=CreateTopic&Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=x"),
    query("ec2", "Action=DescribeSubnets&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1"),
    document("kms", "TrentService.DescribeKey", {"KeyId": "alias/x"}),
    document("events", "AWSEvents.PutRule", {"Name": "r", "EventPattern": "{}"}),
    cbor("DescribeAlarms", {"AlarmNames": ["a"], "AlarmTypes": ["CompositeAlarm"]}),
    recorded(
        "PUT", "/2019-09-25/functions/f/event-invoke-config", service="lambda", body=b'{"MaximumRetryAttempts": 1}'
    ),
]
BAD = [
    (record(f"<TTL>5</TTL>{VALUES}"), "Missing required parameter"),
    (record(f"<Type>CNAME</Type><TTL>long</TTL>{VALUES}"), "Invalid type"),
    (record("<Type>CNAME</Type><Colour>red</Colour>"), "unknown member 'Colour'"),
    (query("rds", "Action=CreateGlobalClustr"), "no operation"),
    (query("rds", "Action=RemoveFromGlobalCluster&GlobalClusterIdentifier=a"), "Missing required parameter"),
    (query("rds", FIRST + "&Colour=red"), "unknown member 'Colour'"),
    (query("rds", FIRST + "&DeletionProtection=yes"), "Invalid type"),
    (query("rds", FIRST + "&Tags.member.1.Key=k"), "must be named 'Tag'"),
    (query("rds", FIRST + "&Tags.Tag.2.Key=k"), "numbered from 1"),
    (query("rds", "Action=CreateGlobalCluster&GlobalClusterIdentifier=9-"), "does not match"),
    (query("rds", "Action=DescribeDBClusters&MaxRecords=many"), "Invalid type"),
    (document("kms", "TrentService.CreateKey", {"KeyUsage": "ENCRYPT"}), "is not one of"),
    (document("kms", "TrentService.EnableKeyRotation", {"KeyId": "k", "RotationPeriodInDays": 10}), "min"),
    (document("kms", "TrentService.EnableKeyRotation", {"KeyId": "k", "RotationPeriodInDays": 9000}), "greater than"),
    (document("events", "AWSEvents.PutRule", {"Name": "r" * 65}), "65 elements"),
    (document("events", "AWSEvents.PutRule", {"Name": "r", "eventPattern": "{}"}), "unknown member 'eventPattern'"),
    (document("logs", "Logs_20140328.PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": "7"}), "Invalid"),
    (cbor("PutMetricAlarm", {"EvaluationPeriods": 1}), "Missing required parameter"),
    (cbor("DescribeAlarms", {"AlarmTypes": ["Composite"]}), "is not one of"),
    (recorded("PUT", "/2099-01-01/functions/f", service="lambda", body=b"{}"), "no operation at"),
    (recorded("POST", "/2015-03-31/functions", service="lambda", body=b'{"FunctionName": "a b"}'), "does not match"),
    (recorded(service="nosuchservice"), "no service"),
]  # fmt: skip


@pytest.mark.parametrize("entry", GOOD, ids=lambda e: e["action"])
def test_good_requests_pass(entry):
    assert judge.verdict(entry) == []


@pytest.mark.parametrize(("entry", "reason"), BAD, ids=lambda x: x if isinstance(x, str) else None)
def test_bad_requests_are_seen(entry, reason):
    assert reason in "\n".join(judge.verdict(entry))


def test_the_command(tmp_path, capsys):
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text("".join(json.dumps(entry) + "\n" for entry in GOOD))
    bad.write_text(json.dumps(BAD[0][0]) + "\n")
    assert judge.main([str(good)]) == 0
    assert judge.main([str(good), str(bad)]) == 1
    assert "route53 ChangeResourceRecordSets" in capsys.readouterr().out
    assert judge.main([]) == 1


def test_seeding_is_valid(emulator: Emulator):
    emulator.control("/_dr/requests", "DELETE")
    emulator.seed()
    count, bad = judge.judge(emulator.control("/_dr/requests"))
    assert count > 10
    assert bad == []
