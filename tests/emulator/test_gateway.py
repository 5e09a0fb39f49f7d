"""Faults, the recording, credentials, reset: what stands in front of every service."""

import http.client
import json
import socket
import threading
import time
import urllib.error

import pytest
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionClosedError
from botocore.exceptions import HTTPClientError

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import WEST
from emulator.testing import Emulator

#: One read per protocol: query, EC2's query, JSON 1.1, REST-JSON, rpc-v2-cbor.
READS = [
    ("rds", "describe_db_clusters", "DescribeDBClusters"),
    ("ec2", "describe_vpcs", "DescribeVpcs"),
    ("kms", "list_keys", "ListKeys"),
    ("lambda", "list_functions", "ListFunctions"),
    ("cloudwatch", "list_dashboards", "ListDashboards"),
]


@pytest.fixture(autouse=True)
def fresh(emulator: Emulator):
    emulator.control("/_dr/requests", "DELETE")


def client(emulator, service, account=ACCOUNT):
    if service == "cloudwatch" and account == ACCOUNT:
        return emulator.client_of_protocol(service, "smithy-rpc-v2-cbor")
    return emulator.client(service, EAST, account)


@pytest.mark.parametrize(("service", "method", "action"), READS)
def test_an_error_in_every_protocol(emulator, service, method, action):
    call = getattr(client(emulator, service), method)
    emulator.fault(service=service, action=action, code="ThrottlingException", status=429, message="slow down", times=1)
    with pytest.raises(ClientError) as raised:
        call()
    assert raised.value.response["Error"]["Code"] == "ThrottlingException"
    assert raised.value.response["Error"]["Message"] == "slow down"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    call()


@pytest.mark.parametrize(("service", "method", "action"), READS)
def test_bad_keys_in_every_protocol(emulator, service, method, action):
    codes = {}
    for key in ("AKIAEXPIRED000000000", "AKIAINVALID000000000"):
        with pytest.raises(ClientError) as raised:
            getattr(client(emulator, service, key), method)()
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        codes[key[4:11]] = raised.value.response["Error"]["Code"]
    expected = {
        "rds": {"EXPIRED": "ExpiredToken", "INVALID": "InvalidClientTokenId"},
        "ec2": {"EXPIRED": "RequestExpired", "INVALID": "AuthFailure"},
    }
    assert codes == expected.get(
        service, {"EXPIRED": "ExpiredTokenException", "INVALID": "UnrecognizedClientException"}
    )


def test_faults_by_account_and_region(emulator):
    emulator.fault(account=OTHER, region=WEST, code="AccessDenied", status=403)
    emulator.client("rds", EAST, OTHER).describe_db_clusters()
    emulator.client("rds", WEST, ACCOUNT).describe_db_clusters()
    with pytest.raises(ClientError, match="AccessDenied"):
        emulator.client("rds", WEST, OTHER).describe_db_clusters()


def test_a_fault_for_one_resource(emulator):
    sns = emulator.client("sns")
    emulator.fault(service="sns", action="CreateTopic", parameters={"Name": "b"}, code="InternalError", status=500)
    sns.create_topic(Name="a")
    with pytest.raises(ClientError, match="InternalError"):
        sns.create_topic(Name="b")


def test_the_first_two_pass_then_one_fails(emulator):
    sns = emulator.client("sns")
    emulator.fault(service="sns", action="CreateTopic", code="InternalError", status=500, skip=2, times=1)
    sns.create_topic(Name="a")
    sns.create_topic(Name="b")
    with pytest.raises(ClientError, match="InternalError"):
        sns.create_topic(Name="c")
    sns.create_topic(Name="c")


def test_done_but_not_told(emulator):
    sns = emulator.client("sns")
    emulator.fault(service="sns", action="CreateTopic", drop=True, after=True, times=1)
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        sns.create_topic(Name="a")
    assert len(sns.list_topics()["Topics"]) == 1


def test_dropped_before(emulator):
    sns = emulator.client("sns")
    emulator.fault(service="sns", action="CreateTopic", drop=True, times=1)
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        sns.create_topic(Name="a")
    assert sns.list_topics()["Topics"] == []


def test_hanging_is_not_answered(emulator):
    emulator.fault(service="sns", action="ListTopics", hang=True, times=1)
    outcome = []
    sns = emulator.client("sns")

    def ask():
        try:
            outcome.append(sns.list_topics())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(0.5)
    assert outcome == []
    emulator.client("kms").list_keys()  # others are served


def test_latency(emulator):
    emulator.fault(service="sns", latency_ms=300, times=1)
    start = time.monotonic()
    emulator.client("sns").list_topics()
    assert time.monotonic() - start >= 0.3


def test_a_misspelt_fault_is_refused(emulator):
    with pytest.raises(urllib.error.HTTPError):
        emulator.fault(servce="rds", code="X")


def test_the_recording(emulator):
    emulator.client("rds", WEST).describe_db_clusters(MaxRecords=20, Filters=[{"Name": "engine", "Values": ["x"]}])
    emulator.client_of_protocol("cloudwatch", "smithy-rpc-v2-cbor").describe_alarms(AlarmNames=["a"])
    with pytest.raises(ClientError):
        emulator.client("lambda").get_function(FunctionName="f")
    found = emulator.control(f"/_dr/requests?service=rds&region={WEST}")
    assert len(found) == 1
    assert (found[0]["action"], found[0]["account"], found[0]["status"]) == ("DescribeDBClusters", ACCOUNT, 200)
    assert found[0]["parameters"] == {"MaxRecords": 20, "Filters": [{"Name": "engine", "Values": ["x"]}]}
    by_cbor = emulator.control("/_dr/requests?action=DescribeAlarms")[0]
    assert (by_cbor["protocol"], by_cbor["parameters"]) == ("cbor", {"AlarmNames": ["a"]})
    rest = emulator.control("/_dr/requests?service=lambda")[0]
    assert (rest["parameters"], rest["error"]) == ({"FunctionName": "f"}, "ResourceNotFoundException")
    lines = [json.loads(line) for line in emulator.record.read_text().splitlines()]
    assert rest in lines


def test_what_the_model_does_not_allow_is_refused(emulator):
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port)
    scope = f"{ACCOUNT}/20260101/{EAST}/rds/aws4_request"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "content-type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/", "Action=CreateDBCluster&DBClusterIdentifier=a&Version=2014-10-31", headers)
    answer = connection.getresponse()
    assert answer.status == 400
    assert b"<Code>MissingParameter</Code>" in answer.read()


def test_settings_can_be_changed_until_the_reset(emulator):
    before = emulator.control("/_dr/settings")
    assert emulator.control("/_dr/settings", "POST", {"RDS_STEP": 5})["RDS_STEP"] == 5
    with pytest.raises(urllib.error.HTTPError):
        emulator.control("/_dr/settings", "POST", {"RDS_STEPS": 5})
    emulator.control("/_ministack/reset", "POST")
    assert emulator.control("/_dr/settings") == before


def test_reset_clears_everything(emulator):
    emulator.seed()
    emulator.client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    emulator.fault(service="ec2", code="X")
    emulator.control("/_ministack/reset", "POST")
    assert emulator.control("/_dr/faults") == []
    assert emulator.client("rds").describe_db_clusters()["DBClusters"] == []
    assert emulator.client("rds").describe_db_subnet_groups()["DBSubnetGroups"] == []
    assert emulator.client("cloudwatch").list_dashboards()["DashboardEntries"] == []
    assert len(emulator.client("ec2").describe_security_groups()["SecurityGroups"]) == 1


def test_seeding_twice_changes_nothing(emulator):
    first = emulator.seed()
    emulator.control("/_dr/requests", "DELETE")
    assert emulator.seed() == first
    assert len(emulator.client("rds").describe_db_clusters()["DBClusters"]) == 1


def test_half_a_request_is_none(emulator):
    """A client that dies while it sends (kill -9 in an upload) has asked for nothing."""
    before = len(emulator.control("/_dr/requests?service=lambda"))
    line = f"POST /2015-03-31/functions HTTP/1.1\r\nHost: 127.0.0.1:{emulator.port}\r\n"
    key = f"Credential={ACCOUNT}/20260101/{EAST}/lambda/aws4_request"
    with socket.create_connection(("127.0.0.1", emulator.port)) as connection:
        connection.sendall(f"{line}Authorization: AWS4-HMAC-SHA256 {key}\r\nContent-Length: 1000\r\n\r\n".encode())
        connection.sendall(b'{"Code": {"ZipFile": "UEsDB')
    time.sleep(0.5)
    assert len(emulator.control("/_dr/requests?service=lambda")) == before
