"""IAM roles, STS sessions, Lambda functions: who may be whom."""

import datetime
import io
import json
import time
import zipfile

import boto3
import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import Emulator
from emulator.testing import refused
from emulator.testing import wait_until

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
SOURCE = """
import os, json
def handler(event, context):
    names = ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION", "COLOUR")
    return {name: os.environ.get(name) for name in names}
"""


def trust(principal, **more):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


LAMBDA = trust({"Service": "lambda.amazonaws.com"})


def package(source=SOURCE):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


@pytest.fixture
def iam(emulator: Emulator):
    return emulator.client("iam")


@pytest.fixture
def functions(emulator: Emulator):
    return emulator.client("lambda", EAST)


def make(functions, name="f", role="r", **more):
    arguments = {
        "Role": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "Code": {"ZipFile": package()},
        "Runtime": "python3.12",
        "Handler": "index.handler",
        **more,
    }
    return functions.create_function(FunctionName=name, **arguments)


@pytest.fixture
def ready(iam, functions):
    """A function that is ready for whatever."""
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=LAMBDA)
    time.sleep(0.3)
    make(functions, Tags={"a": "b"}, Environment={"Variables": {"COLOUR": "red"}})
    wait_until(lambda: functions.get_function(FunctionName="f")["Configuration"]["State"] == "Active")
    return functions


def test_roles(iam):
    with refused("MalformedPolicyDocument"):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument="{")
    with refused("MalformedPolicyDocument", "Invalid principal"):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/none"}))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=LAMBDA, Tags=[{"Key": "a", "Value": "b"}])
    with refused("EntityAlreadyExists"):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=LAMBDA)
    iam.attach_role_policy(RoleName="r", PolicyArn=BASIC)
    with refused("NoSuchEntity"):
        iam.attach_role_policy(RoleName="r", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/none")
    with refused("NoSuchEntity"):
        iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "rds:*", "Resource": "*"}]}))  # fmt: skip
    assert iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"]["Statement"][0]["Action"] == "rds:*"
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="r")
    iam.detach_role_policy(RoleName="r", PolicyArn=BASIC)
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="r")


def test_assuming_a_role_of_another_account(emulator):
    sts = emulator.client("sts")
    arn = f"arn:aws:iam::{OTHER}:role/operator"
    with refused("AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="session")
    condition = {"StringEquals": {"sts:ExternalId": "secret"}}
    emulator.client("iam", EAST, OTHER).create_role(
        RoleName="operator", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}, Condition=condition)
    )
    with refused("AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="session", ExternalId="wrong")
    with refused("AccessDenied"):
        emulator.client("sts", EAST, "333333333333").assume_role(RoleArn=arn, RoleSessionName="s1", ExternalId="secret")
    found = sts.assume_role(RoleArn=arn, RoleSessionName="session", ExternalId="secret")["Credentials"]
    session = boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], region_name=EAST)
    identity = session.client("sts", endpoint_url=emulator.endpoint).get_caller_identity()
    assert identity["Account"] == OTHER
    assert identity["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/operator/session"
    session.client("sns", endpoint_url=emulator.endpoint).create_topic(Name="there")
    assert len(emulator.client("sns", EAST, OTHER).list_topics()["Topics"]) == 1
    assert emulator.client("sns", EAST, ACCOUNT).list_topics()["Topics"] == []


def test_a_session_that_ends(emulator):
    arn = f"arn:aws:iam::{OTHER}:role/operator"
    emulator.client("iam", EAST, OTHER).create_role(
        RoleName="operator", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT})
    )
    emulator.control(f"/_dr/settings?account={ACCOUNT}", "POST", {"STS_LIFE": 1})
    found = emulator.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    assert abs((found["Expiration"] - datetime.datetime.now(datetime.UTC)).total_seconds()) < 3
    session = boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], region_name=EAST)
    topics = session.client("sns", endpoint_url=emulator.endpoint)
    assert topics.list_topics()["Topics"] == []
    time.sleep(1.1)
    with refused("ExpiredToken"):
        topics.list_topics()


def test_a_role_that_lambda_cannot_assume(iam, functions):
    with refused("InvalidParameterValueException", "cannot be assumed by Lambda"):
        make(functions)
    iam.create_role(RoleName="rds", AssumeRolePolicyDocument=trust({"Service": "rds.amazonaws.com"}))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=LAMBDA)
    with refused("InvalidParameterValueException", "cannot be assumed by Lambda"):
        make(functions)  # the news has not reached Lambda yet
    time.sleep(0.35)
    with refused("InvalidParameterValueException", "cannot be assumed by Lambda"):
        make(functions, role="rds")
    assert make(functions)["State"] == "Pending"


def test_one_change_at_a_time(ready):
    ready.update_function_configuration(FunctionName="f", Timeout=9)
    found = ready.get_function_configuration(FunctionName="f")
    assert (found["State"], found["LastUpdateStatus"], found["Timeout"]) == ("Active", "InProgress", 9)
    with refused("ResourceConflictException", "An update is in progress"):
        ready.update_function_code(FunctionName="f", ZipFile=package("x = 1"))
    wait_until(lambda: ready.get_function_configuration(FunctionName="f")["LastUpdateStatus"] == "Successful")
    before = found["CodeSha256"]
    assert ready.update_function_code(FunctionName="f", ZipFile=package("x = 1"), DryRun=True)["CodeSha256"]
    ready.update_function_code(FunctionName="f", ZipFile=package("x = 1"))
    assert ready.get_function_configuration(FunctionName="f")["CodeSha256"] != before


def test_what_belongs_to_a_function(ready):
    assert ready.get_function(FunctionName="f")["Tags"] == {"a": "b"}
    logging = {"LogFormat": "JSON", "LogGroup": "/x"}
    ready.update_function_configuration(FunctionName="f", LoggingConfig=logging)
    assert ready.get_function_configuration(FunctionName="f")["LoggingConfig"] == logging
    permission = {"FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": OTHER}
    ready.add_permission(**permission)
    with refused("ResourceConflictException", "already exists"):
        ready.add_permission(**permission)
    statement = json.loads(ready.get_policy(FunctionName="f")["Policy"])["Statement"][0]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    ready.remove_permission(FunctionName="f", StatementId="s")
    with refused("ResourceNotFoundException"):
        ready.get_policy(FunctionName="f")
    ready.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    assert ready.get_function_event_invoke_config(FunctionName="f")["MaximumRetryAttempts"] == 1
    with refused("InvalidParameterValueException", "UnreservedConcurrentExecution"):
        ready.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=901)
    ready.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    assert ready.get_function(FunctionName="f")["Concurrency"]["ReservedConcurrentExecutions"] == 2
    with refused("ResourceConflictException"):
        make(ready)


def test_a_function_runs_and_can_call_back(emulator, ready):
    found = json.loads(ready.invoke(FunctionName="f")["Payload"].read())
    assert found["AWS_ACCESS_KEY_ID"] == ACCOUNT
    assert not found["AWS_SESSION_TOKEN"]
    assert found["AWS_ENDPOINT_URL"] == emulator.endpoint
    assert (found["AWS_REGION"], found["COLOUR"]) == (EAST, "red")
