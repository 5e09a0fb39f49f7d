"""GetResources sees everything that is tagged, where it should, and nothing else."""

import io
import json
import time
import zipfile

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import WEST
from emulator.testing import Emulator
from emulator.testing import wait_until

KEY = "drctl:stack"


def tags(name="Key", value="Value"):
    return [{name: KEY, value: "s"}]


@pytest.fixture
def estate(emulator: Emulator):
    """One of everything, tagged."""
    client = emulator.client
    client("rds").create_db_cluster_parameter_group(
        DBClusterParameterGroupName="cpg", DBParameterGroupFamily="aurora-postgresql16", Description="d", Tags=tags()
    )
    client("rds").create_db_parameter_group(
        DBParameterGroupName="pg", DBParameterGroupFamily="aurora-postgresql16", Description="d", Tags=tags()
    )
    subnets = [s["SubnetId"] for s in client("ec2").describe_subnets()["Subnets"]]
    client("rds").create_db_subnet_group(
        DBSubnetGroupName="sg", DBSubnetGroupDescription="d", SubnetIds=subnets, Tags=tags()
    )
    client("rds").create_global_cluster(GlobalClusterIdentifier="g", Engine="aurora-postgresql", Tags=tags())
    client("rds").create_db_cluster(
        DBClusterIdentifier="c",
        Engine="aurora-postgresql",
        MasterUsername="p",
        MasterUserPassword="password1",
        Tags=tags(),
    )
    client("rds").create_db_instance(
        DBInstanceIdentifier="i",
        DBClusterIdentifier="c",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
        Tags=tags(),
    )
    topic = client("sns").create_topic(Name="t", Tags=tags())["TopicArn"]
    client("rds").create_event_subscription(SubscriptionName="es", SnsTopicArn=topic, Tags=tags())
    key = client("kms").create_key(Tags=tags("TagKey", "TagValue"))["KeyMetadata"]["Arn"]
    client("events").put_rule(Name="r", EventPattern='{"source": ["x"]}', Tags=tags())
    client("logs").create_log_group(logGroupName="/l", tags={KEY: "s"})
    client("cloudwatch").put_metric_alarm(
        AlarmName="a", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", Tags=tags(),
    )  # fmt: skip
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    time.sleep(0.3)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "")
    client("lambda").create_function(
        FunctionName="f",
        Role=role,
        Runtime="python3.12",
        Handler="index.h",
        Code={"ZipFile": buffer.getvalue()},
        Tags={KEY: "s"},
    )
    client("ssm").put_parameter(Name="/p/q", Value="v", Type="String", Tags=tags())
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    policy = client("iam").create_policy(PolicyName="p", PolicyDocument=json.dumps(policy), Tags=tags())
    rds = f"arn:aws:rds:{EAST}:{ACCOUNT}:"
    return {
        *(rds + rest for rest in ("cluster-pg:cpg", "pg:pg", "subgrp:sg", "cluster:c", "db:i", "es:es")),
        f"arn:aws:rds::{ACCOUNT}:global-cluster:g",
        topic,
        key,
        f"arn:aws:events:{EAST}:{ACCOUNT}:rule/r",
        f"arn:aws:logs:{EAST}:{ACCOUNT}:log-group:/l",
        f"arn:aws:cloudwatch:{EAST}:{ACCOUNT}:alarm:a",
        f"arn:aws:lambda:{EAST}:{ACCOUNT}:function:f",
        f"arn:aws:ssm:{EAST}:{ACCOUNT}:parameter/p/q",
        policy["Policy"]["Arn"],
    }


def found(client, **filters):
    pages = client.get_paginator("get_resources").paginate(**filters)
    return {entry["ResourceARN"] for page in pages for entry in page["ResourceTagMappingList"]}


def test_the_sweep(emulator, estate):
    tagging = emulator.client("resourcegroupstaggingapi")
    assert found(tagging, TagFilters=[{"Key": KEY, "Values": ["s", "t"]}]) == estate
    assert found(tagging, TagFilters=[{"Key": KEY}], ResourcesPerPage=3) == estate
    assert found(tagging, TagFilters=[{"Key": KEY, "Values": ["t"]}]) == set()
    assert found(tagging) == estate
    kinds = {
        "rds": 7, "rds:cluster": 1, "rds:global-cluster": 1, "rds:subgrp": 1, "rds:es": 1, "kms:key": 1, "sns": 1,
        "lambda:function": 1, "events:rule": 1, "cloudwatch:alarm": 1, "logs:log-group": 1, "s3": 0,
        "ssm:parameter": 1, "iam:policy": 1,
    }  # fmt: skip
    assert {kind: len(found(tagging, ResourceTypeFilters=[kind])) for kind in kinds} == kinds
    arn = f"arn:aws:rds:{EAST}:{ACCOUNT}:cluster:c"
    assert found(tagging, ResourceARNList=[arn]) == {arn}


def test_accounts_and_regions_are_apart(emulator, estate):
    assert found(emulator.client("resourcegroupstaggingapi", WEST)) == set()
    assert found(emulator.client("resourcegroupstaggingapi", EAST, OTHER)) == set()


def test_a_global_cluster_is_seen_where_its_members_are(emulator, estate):
    arn = f"arn:aws:rds::{ACCOUNT}:global-cluster:g"
    west = emulator.client("resourcegroupstaggingapi", WEST)
    assert arn not in found(west)
    rds = emulator.client("rds")
    wait_until(lambda: rds.describe_global_clusters()["GlobalClusters"][0]["Status"] == "available")
    emulator.client("rds", WEST).create_db_cluster(
        DBClusterIdentifier="w", Engine="aurora-postgresql", GlobalClusterIdentifier="g", MasterUsername="p",
        MasterUserPassword="password1",
    )  # fmt: skip
    assert found(west) == {arn}
    assert arn in found(emulator.client("resourcegroupstaggingapi", EAST))


def test_changes_through_the_services_are_seen(emulator, estate):
    tagging, client = emulator.client("resourcegroupstaggingapi"), emulator.client
    for arn in sorted(estate):
        service = arn.split(":")[2]
        if service == "rds":
            client("rds").remove_tags_from_resource(ResourceName=arn, TagKeys=[KEY])
        elif service == "kms":
            client("kms").untag_resource(KeyId=arn, TagKeys=[KEY])
        elif service == "sns":
            client("sns").untag_resource(ResourceArn=arn, TagKeys=[KEY])
        elif service == "lambda":
            client("lambda").untag_resource(Resource=arn, TagKeys=[KEY])
        elif service == "ssm":
            name = arn.split(":parameter")[1]
            client("ssm").remove_tags_from_resource(ResourceType="Parameter", ResourceId=name, TagKeys=[KEY])
        elif service == "iam":
            client("iam").untag_policy(PolicyArn=arn, TagKeys=[KEY])
        elif service == "logs":
            client("logs").untag_resource(resourceArn=arn, tagKeys=[KEY])
        else:
            client({"events": "events", "cloudwatch": "cloudwatch"}[service]).untag_resource(
                ResourceARN=arn, TagKeys=[KEY]
            )
        assert arn not in found(tagging)
    assert found(tagging) == set()


def test_the_sweep_is_late(emulator):
    emulator.control("/_dr/settings", "POST", {"TAG_STEP": 0.5})
    tagging, sns = emulator.client("resourcegroupstaggingapi"), emulator.client("sns")
    arn = sns.create_topic(Name="t", Tags=tags())["TopicArn"]
    assert found(tagging) == set()
    wait_until(lambda: found(tagging) == {arn})
    sns.untag_resource(ResourceArn=arn, TagKeys=[KEY])
    assert found(tagging) == {arn}
    wait_until(lambda: found(tagging) == set())
