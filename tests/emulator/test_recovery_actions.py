"""What functions do after a failover: proxies, commands, automations."""

import time

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import Emulator
from emulator.testing import refused


@pytest.fixture
def instance(emulator: Emulator) -> str:
    ec2 = emulator.client("ec2")
    return ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]


def test_a_target_group_has_one_cluster(emulator: Emulator):
    found, rds = emulator.seed(), emulator.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="other", Engine="aurora-postgresql", MasterUsername="a", MasterUserPassword="b" * 8
    )
    rds.create_db_proxy(
        DBProxyName="orders",
        EngineFamily="POSTGRESQL",
        Auth=[{"SecretArn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:orders-abcdef"}],
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/proxy",
        VpcSubnetIds=found["us-east-1"]["subnets"][:2],
    )
    rds.register_db_proxy_targets(DBProxyName="orders", DBClusterIdentifiers=["orders"])
    targets = rds.describe_db_proxy_targets(DBProxyName="orders", TargetGroupName="default")["Targets"]
    assert [(t["Type"], t["RdsResourceId"]) for t in targets] == [
        ("TRACKED_CLUSTER", "orders"),
        ("RDS_INSTANCE", "orders-1"),
    ]
    with refused("DBProxyTargetAlreadyRegisteredFault"):
        rds.register_db_proxy_targets(DBProxyName="orders", DBClusterIdentifiers=["orders"])
    with refused("InvalidDBProxyStateFault"):
        rds.register_db_proxy_targets(DBProxyName="orders", DBClusterIdentifiers=["other"])
    rds.deregister_db_proxy_targets(DBProxyName="orders", DBClusterIdentifiers=["orders"])
    rds.register_db_proxy_targets(DBProxyName="orders", DBClusterIdentifiers=["other"])
    with refused("DBProxyNotFoundFault"):
        rds.describe_db_proxy_targets(DBProxyName="none")


def test_commands_are_found_again(emulator: Emulator, instance: str):
    ssm = emulator.client("ssm")
    told = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]}}
    with refused("InvalidInstanceId"):
        ssm.send_command(**told, InstanceIds=["i-0123456789abcdef0"])
    with refused("InvalidDocument"):
        ssm.send_command(DocumentName="AWS-RunNothing", InstanceIds=[instance])
    with refused("InvalidParameters"):
        ssm.send_command(DocumentName="AWS-RunShellScript", InstanceIds=[instance])
    ssm.send_command(**told, InstanceIds=[instance], Comment="ours")
    ssm.send_command(**told, Targets=[{"Key": "tag:role", "Values": ["app"]}])
    since = {"key": "InvokedAfter", "value": "2020-01-01T00:00:00Z"}
    of = {"key": "DocumentName", "value": "AWS-RunShellScript"}
    found = ssm.list_commands(Filters=[since, of])["Commands"]
    assert sorted(command["Comment"] for command in found) == ["", "ours"]
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    assert ssm.list_commands(Filters=[{**since, "value": later}])["Commands"] == []
    assert ssm.list_commands(Filters=[{**of, "value": "other"}])["Commands"] == []


def test_an_automation_is_started_once(emulator: Emulator, instance: str):
    ssm = emulator.client("ssm")
    token = "01234567-89ab-cdef-0123-456789abcdef"
    told = {"DocumentName": "AWS-RestartEC2Instance", "ClientToken": token}
    first = ssm.start_automation_execution(**told, Parameters={"InstanceId": [instance]})
    again = ssm.start_automation_execution(**told, Parameters={"InstanceId": [instance]})
    assert first["AutomationExecutionId"] == again["AutomationExecutionId"]
    with refused("IdempotentParameterMismatch"):
        ssm.start_automation_execution(**told, Parameters={"InstanceId": ["i-other"]})
    with refused("AutomationDefinitionNotFoundException"):
        ssm.start_automation_execution(DocumentName="AWS-Nothing")
    execution = ssm.get_automation_execution(AutomationExecutionId=first["AutomationExecutionId"])
    assert execution["AutomationExecution"]["Parameters"] == {"InstanceId": [instance]}
