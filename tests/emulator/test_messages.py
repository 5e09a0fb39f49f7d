"""Topics, buses, log groups: what carries the news."""

import json

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import WEST
from emulator.testing import Emulator
from emulator.testing import refused

TOPIC = f"arn:aws:sns:{EAST}:{ACCOUNT}:t"
PATTERN = '{"source": ["orders"]}'


@pytest.fixture
def sns(emulator: Emulator):
    return emulator.client("sns")


@pytest.fixture
def events(emulator: Emulator):
    return emulator.client("events")


@pytest.fixture
def logs(emulator: Emulator):
    return emulator.client("logs")


def test_a_topic_asked_for_twice(sns):
    asked = {"Name": "t", "Attributes": {"KmsMasterKeyId": "alias/x"}, "Tags": [{"Key": "a", "Value": "b"}]}
    assert sns.create_topic(**asked) and sns.create_topic(**asked)["TopicArn"] == TOPIC
    with refused("InvalidParameter", "different attributes"):
        sns.create_topic(Name="t", Attributes={"DisplayName": "x"})
    with refused("InvalidParameter", "different tags"):
        sns.create_topic(Name="t", Tags=[{"Key": "c", "Value": "d"}])
    with refused("InvalidParameter", "Policy"):
        sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue="{")
    assert sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]["KmsMasterKeyId"] == "alias/x"
    with refused("NotFound"):
        sns.get_topic_attributes(TopicArn=TOPIC + "x")


def test_email_waits_for_its_confirmation(sns):
    sns.create_topic(Name="t")
    asked = {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@example.com"}
    assert sns.subscribe(**asked)["SubscriptionArn"] == "pending confirmation"
    policy = {"FilterPolicy": '{"a": ["b"]}', "FilterPolicyScope": "MessageBody"}
    queue = sns.subscribe(
        TopicArn=TOPIC, Protocol="lambda", Endpoint=f"arn:aws:lambda:{EAST}:{ACCOUNT}:function:f", Attributes=policy
    )["SubscriptionArn"]
    found = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    assert [s["SubscriptionArn"] for s in found] == ["PendingConfirmation", queue]
    counts = sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]
    assert (counts["SubscriptionsPending"], counts["SubscriptionsConfirmed"]) == ("1", "1")
    pending = sns.subscribe(**asked, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=pending)["Attributes"]["PendingConfirmation"] == "true"
    attributes = sns.get_subscription_attributes(SubscriptionArn=queue)["Attributes"]
    assert {key: attributes[key] for key in policy} == policy
    with refused("InvalidParameter"):
        sns.unsubscribe(SubscriptionArn="PendingConfirmation")
    sns.unsubscribe(SubscriptionArn=queue)
    assert len(sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]) == 1


def test_a_second_rule_resets_what_it_does_not_say(events):
    events.put_rule(
        Name="r", EventPattern=PATTERN, Description="d", State="DISABLED", Tags=[{"Key": "a", "Value": "b"}]
    )
    arn = events.put_rule(Name="r", EventPattern=PATTERN, Tags=[{"Key": "c", "Value": "d"}])["RuleArn"]
    found = events.describe_rule(Name="r")
    assert (found["State"], "Description" in found) == ("ENABLED", False)
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    with refused("InvalidEventPatternException"):
        events.put_rule(Name="r", EventPattern="{")
    with refused("ResourceNotFoundException"):
        events.describe_rule(Name="none")


def test_targets(events):
    events.put_rule(Name="r", EventPattern=PATTERN)
    target = {
        "Id": "f",
        "Arn": f"arn:aws:lambda:{EAST}:{ACCOUNT}:function:f",
        "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{EAST}:{ACCOUNT}:q"},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60},
        "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '"<id>"'},
    }
    assert events.put_targets(Rule="r", Targets=[target])["FailedEntryCount"] == 0
    assert events.list_targets_by_rule(Rule="r")["Targets"] == [target]
    with refused("ValidationException", "has targets"):
        events.delete_rule(Name="r")
    with refused("LimitExceededException"):
        events.put_targets(Rule="r", Targets=[{**target, "Id": f"f{n}"} for n in range(5)])
    with refused("ValidationException", "RoleArn"):
        events.put_targets(Rule="r", Targets=[{"Id": "b", "Arn": f"arn:aws:events:{WEST}:{ACCOUNT}:event-bus/default"}])
    events.remove_targets(Rule="r", Ids=["f"])
    events.delete_rule(Name="r")


def test_log_groups(emulator, logs):
    arn = f"arn:aws:logs:{EAST}:{ACCOUNT}:log-group:/g"
    with refused("InvalidParameterException", "KMS key"):
        logs.create_log_group(logGroupName="/g", kmsKeyId=f"arn:aws:kms:{EAST}:{ACCOUNT}:key/none")
    logs.create_log_group(logGroupName="/g", tags={"a": "b"}, logGroupClass="INFREQUENT_ACCESS")
    with refused("ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName="/g")
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName="/g", retentionInDays=2)
    logs.put_retention_policy(logGroupName="/g", retentionInDays=30)
    logs.put_log_group_deletion_protection(logGroupIdentifier="/g", deletionProtectionEnabled=True)
    found = logs.describe_log_groups(logGroupNamePrefix="/g")["logGroups"][0]
    assert (found["retentionInDays"], found["logGroupClass"]) == (30, "INFREQUENT_ACCESS")
    assert (found["arn"], found["logGroupArn"], found["deletionProtectionEnabled"]) == (arn + ":*", arn, True)
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    with refused("ValidationException", "protected"):
        logs.delete_log_group(logGroupName="/g")
    logs.put_log_group_deletion_protection(logGroupIdentifier="/g", deletionProtectionEnabled=False)
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": f"logs.{EAST}.amazonaws.com"}, "Action": "kms:*", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    key = emulator.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    logs.associate_kms_key(logGroupName="/g", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="/g")
    logs.delete_log_group(logGroupName="/g")
    assert logs.describe_log_groups()["logGroups"] == []
