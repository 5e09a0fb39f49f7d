"""Keys: states, policies, rotation, replicas, aliases, the keys of AWS itself."""

import json
import time

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import WEST
from emulator.testing import Emulator
from emulator.testing import refused
from emulator.testing import wait_until

ROOT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def kms(emulator: Emulator):
    return emulator.client("kms", EAST)


def test_the_life_of_a_key(kms):
    made = kms.create_key(Description="d", Policy=policy(ROOT), Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    key = made["KeyId"]
    assert (made["KeyState"], made["KeyManager"]) == ("Enabled", "CUSTOMER")
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])["Statement"] == [ROOT]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=made["Arn"])["KeyMetadata"]["KeyState"] == "Disabled"
    assert kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    for call, arguments in (
        (kms.enable_key, {}),
        (kms.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "c"}]}),
        (kms.schedule_key_deletion, {"PendingWindowInDays": 7}),
    ):
        with refused("KMSInvalidStateException"):
            call(KeyId=key, **arguments)
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    with refused("KMSInvalidStateException"):
        kms.cancel_key_deletion(KeyId=key)


def test_rotation(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    found = kms.get_key_rotation_status(KeyId=key)
    assert (found["KeyRotationEnabled"], found["RotationPeriodInDays"]) == (True, 90)
    kms.disable_key(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], "a disabled key keeps its setting"
    for change in (kms.disable_key_rotation, kms.enable_key_rotation):
        with refused("DisabledException"):
            change(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_a_policy_must_be_sound(emulator, kms):
    with refused("MalformedPolicyDocumentException"):
        kms.create_key(Policy="{")
    with refused("MalformedPolicyDocumentException", "update the key policy"):
        kms.create_key(Policy=policy({**ROOT, "Action": "kms:Decrypt"}))
    role = {**ROOT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/later"}, "Action": "kms:Decrypt"}
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    with refused("MalformedPolicyDocumentException", "invalid principals"):
        kms.put_key_policy(KeyId=key, Policy=policy(ROOT, role))
    emulator.client("iam").create_role(RoleName="later", AssumeRolePolicyDocument=policy())
    kms.put_key_policy(KeyId=key, Policy=policy(ROOT, role))

    def shown():
        return json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1]["Principal"]["AWS"]

    assert shown() == role["Principal"]["AWS"]
    emulator.client("iam").delete_role(RoleName="later")
    assert shown().startswith("AROA"), "a role that is gone shows as its id"


def test_aliases_and_the_keys_of_aws(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    with refused("AlreadyExistsException"):
        kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    with refused("NotAuthorizedException"):
        kms.create_alias(AliasName="alias/aws/x", TargetKeyId=key)
    with refused("NotFoundException"):
        kms.update_alias(AliasName="alias/y", TargetKeyId=key)
    with refused("NotFoundException"):
        kms.describe_key(KeyId="alias/y")
    pages = list(kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 3}))
    names = [alias["AliasName"] for page in pages for alias in page["Aliases"]]
    assert len(pages) > 1
    assert {"alias/x", "alias/aws/rds", "alias/aws/sns", "alias/aws/lambda"} <= set(names)
    assert [a["AliasName"] for a in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/x"]
    managed = kms.describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    with refused("AccessDeniedException"):
        kms.schedule_key_deletion(KeyId=managed["KeyId"])


def test_replicas(emulator, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    assert key.startswith("mrk-")
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST, Description="replica")
    with refused("AlreadyExistsException"):
        kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    west = emulator.client("kms", WEST)
    found = west.describe_key(KeyId=key)["KeyMetadata"]
    assert found["MultiRegionConfiguration"]["PrimaryKey"]["Region"] == EAST
    assert found["Description"] == "replica"
    assert kms.schedule_key_deletion(KeyId=key)["KeyState"] == "PendingReplicaDeletion"
    west.schedule_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_the_news_of_a_key_spreads(emulator, kms):
    emulator.control("/_dr/settings", "POST", {"KMS_STEP": 2})
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    for _ in range(2):
        for call in (kms.describe_key, kms.enable_key_rotation):
            with refused("NotFoundException", "does not exist"):
                call(KeyId=key)
        assert kms.get_key_policy(KeyId=key)["Policy"], "every third knows it"
    with refused("KMSKeyNotAccessibleFault"):
        emulator.client("rds", EAST).create_db_cluster(
            DBClusterIdentifier="c",
            Engine="aurora-postgresql",
            MasterUsername="u",
            MasterUserPassword="very-secret-1",
            StorageEncrypted=True,
            KmsKeyId=key,
        )
    with refused("InvalidParameterException", "does not exist"):
        emulator.client("logs", EAST).create_log_group(logGroupName="g", kmsKeyId=key)
    wait_until(lambda: not time.sleep(0.2) and known(kms, key) and known(kms, key) and known(kms, key))
    kms.create_alias(AliasName="alias/new", TargetKeyId=key)
    assert "alias/new" not in [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]]
    wait_until(lambda: "alias/new" in [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]])


def known(kms, key):
    try:
        return kms.describe_key(KeyId=key)
    except kms.exceptions.NotFoundException:
        return None


def test_a_replica_takes_time(emulator, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    time.sleep(0.6)
    emulator.control("/_dr/settings", "POST", {"KMS_STEP": 0.6})
    made = kms.replicate_key(KeyId=key, ReplicaRegion=WEST)["ReplicaKeyMetadata"]
    west = emulator.client("kms", WEST)

    def state():
        found = known(west, made["KeyId"])
        return found and found["KeyMetadata"]["KeyState"]

    assert wait_until(state) == "Creating"
    wait_until(lambda: state() == "Enabled")


def test_a_new_role_cannot_be_named_at_once(emulator, kms):
    emulator.control("/_dr/settings", "POST", {"KMS_STEP": 0.6})
    emulator.client("iam").create_role(RoleName="new", AssumeRolePolicyDocument=policy())
    role = {**ROOT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/new"}, "Action": "kms:Decrypt"}
    with refused("MalformedPolicyDocumentException", "invalid principals"):
        kms.create_key(Policy=policy(ROOT, role))
    time.sleep(0.6)
    assert kms.create_key(Policy=policy(ROOT, role))
