"""AWS Backup: what is configured.  What happens is in test_backup_jobs."""

import json
import time

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import WEST
from emulator.testing import Emulator
from emulator.testing import refused
from emulator.testing import wait_until

MANAGEMENT = "333333333333"
TRUST = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
RULE = {"RuleName": "daily", "TargetBackupVaultName": "orders"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def backup(emulator: Emulator):
    return emulator.client("backup")


@pytest.fixture
def vault(backup):
    return backup.create_backup_vault(BackupVaultName="orders", BackupVaultTags={"team": "orders"})["BackupVaultArn"]


@pytest.fixture
def role(emulator: Emulator):
    made = emulator.client("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=document(TRUST))
    time.sleep(0.35)  # DR_IAM_STEP
    return made["Role"]["Arn"]


# --- Vaults ----------------------------------------------------------------------------------------------------------


def test_a_vault(emulator, backup, vault):
    found = backup.describe_backup_vault(BackupVaultName="orders")
    assert vault == f"arn:aws:backup:{EAST}:{ACCOUNT}:backup-vault:orders"
    assert (found["VaultType"], found["VaultState"], found["Locked"]) == ("BACKUP_VAULT", "AVAILABLE", False)
    assert found["NumberOfRecoveryPoints"] == 0 and ":key/" in found["EncryptionKeyArn"]
    managed = emulator.client("kms").describe_key(KeyId="alias/aws/backup")["KeyMetadata"]["Arn"]
    assert found["EncryptionKeyArn"] == managed
    assert [v["BackupVaultName"] for v in backup.list_backup_vaults()["BackupVaultList"]] == ["orders"]
    for other in (emulator.client("backup", WEST), emulator.client("backup", EAST, OTHER)):
        assert other.list_backup_vaults()["BackupVaultList"] == []
    backup.delete_backup_vault(BackupVaultName="orders")
    assert backup.list_backup_vaults()["BackupVaultList"] == []


def test_the_same_vault_twice(backup):
    first = backup.create_backup_vault(BackupVaultName="v-1", CreatorRequestId="token")
    assert (
        backup.create_backup_vault(BackupVaultName="v-1", CreatorRequestId="token")["CreationDate"]
        == (first["CreationDate"])
    )
    with refused("AlreadyExistsException", "same name") as caught:
        backup.create_backup_vault(BackupVaultName="v-1", CreatorRequestId="another")
    assert caught.value.response["Arn"] == first["BackupVaultArn"]
    with refused("AlreadyExistsException"):
        backup.create_backup_vault(BackupVaultName="v-1")


def test_a_vault_with_a_key_that_cannot_be_used(emulator, backup):
    key = emulator.client("kms").create_key()["KeyMetadata"]
    made = backup.create_backup_vault(BackupVaultName="mine", EncryptionKeyArn=key["Arn"])
    assert backup.describe_backup_vault(BackupVaultName="mine")["EncryptionKeyArn"] == key["Arn"] and made
    emulator.client("kms").disable_key(KeyId=key["KeyId"])
    with refused("InvalidParameterValueException", "encryption key"):
        backup.create_backup_vault(BackupVaultName="other", EncryptionKeyArn=key["Arn"])


def test_a_vault_that_is_not_there_is_not_allowed(backup):
    """AWS says nothing else; whoever takes this for absence cannot tell it from a missing permission."""
    for call in (
        backup.describe_backup_vault, backup.delete_backup_vault, backup.get_backup_vault_access_policy,
        backup.get_backup_vault_notifications, backup.list_recovery_points_by_backup_vault,
        backup.delete_backup_vault_lock_configuration, backup.delete_backup_vault_access_policy,
    ):  # fmt: skip
        with refused("AccessDeniedException", "Insufficient privileges") as caught:
            call(BackupVaultName="absent")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_names_are_checked(backup):
    with refused("InvalidParameterValueException"):
        backup.create_backup_vault(BackupVaultName="with space")


def test_tags(emulator, backup, vault):
    backup.tag_resource(ResourceArn=vault, Tags={"drctl:stack": "s"})
    assert backup.list_tags(ResourceArn=vault)["Tags"] == {"team": "orders", "drctl:stack": "s"}
    swept = emulator.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["backup:backup-vault"])
    assert [found["ResourceARN"] for found in swept["ResourceTagMappingList"]] == [vault]
    backup.untag_resource(ResourceArn=vault, TagKeyList=["team"])
    assert backup.list_tags(ResourceArn=vault)["Tags"] == {"drctl:stack": "s"}
    with refused("ResourceNotFoundException"):
        backup.list_tags(ResourceArn=vault + "-absent")
    with refused("ResourceNotFoundException"):
        emulator.client("backup", WEST).list_tags(ResourceArn=vault)


def test_lists_have_pages(backup):
    for number in range(5):
        backup.create_backup_vault(BackupVaultName=f"v{number}")
    pages = list(backup.get_paginator("list_backup_vaults").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["BackupVaultList"]) for page in pages] == [2, 2, 1]
    with refused("InvalidParameterValueException", "token"):
        backup.list_backup_vaults(NextToken="x")


# --- Policy, lock, notifications -------------------------------------------------------------------------------------

LET_IN = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
    "Action": "backup:CopyIntoBackupVault",
    "Resource": "*",
}


def test_an_access_policy(backup, vault):
    with refused("ResourceNotFoundException"):
        backup.get_backup_vault_access_policy(BackupVaultName="orders")
    backup.put_backup_vault_access_policy(BackupVaultName="orders", Policy=document(LET_IN))
    found = backup.get_backup_vault_access_policy(BackupVaultName="orders")
    assert json.loads(found["Policy"])["Statement"] == [LET_IN] and found["BackupVaultArn"] == vault
    backup.delete_backup_vault_access_policy(BackupVaultName="orders")
    with refused("ResourceNotFoundException"):
        backup.get_backup_vault_access_policy(BackupVaultName="orders")


@pytest.mark.parametrize(
    ("statement", "code", "text"),
    [
        ({**LET_IN, "Action": ["backup:CopyIntoBackupVault", "backup:StartRestoreJob"]}, "AccessDeniedException",
         "cross-account sharing restrictions"),
        ({**LET_IN, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/absent"}}, "InvalidParameterValueException",
         "principal"),
        ({"Effect": "Allow"}, "InvalidParameterValueException", "Principal"),
    ],
)  # fmt: skip
def test_policies_that_are_refused(backup, vault, statement, code, text):
    with refused(code, text):
        backup.put_backup_vault_access_policy(BackupVaultName="orders", Policy=document(statement))
    with refused("InvalidParameterValueException"):
        backup.put_backup_vault_access_policy(BackupVaultName="orders", Policy="{")


def test_a_principal_that_is_gone_shows_as_its_id(emulator, backup, vault, role):
    mine = {**LET_IN, "Principal": {"AWS": role}}
    backup.put_backup_vault_access_policy(BackupVaultName="orders", Policy=document(mine))

    def shown():
        policy = backup.get_backup_vault_access_policy(BackupVaultName="orders")["Policy"]
        return json.loads(policy)["Statement"][0]["Principal"]["AWS"]

    assert shown() == role
    emulator.client("iam").delete_role(RoleName="backup")
    gone = shown()
    assert gone.startswith("AROA")
    emulator.client("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=document(TRUST))
    assert shown() == gone, "another role of the same name is another role"


def lock(backup):
    found = backup.describe_backup_vault(BackupVaultName="orders")
    return {key: found[key] for key in ("Locked", "MinRetentionDays", "MaxRetentionDays", "LockDate") if key in found}


def test_a_lock_in_governance_mode_can_be_taken_away(backup, vault):
    backup.put_backup_vault_lock_configuration(BackupVaultName="orders", MinRetentionDays=7, MaxRetentionDays=35)
    assert lock(backup) == {"Locked": True, "MinRetentionDays": 7, "MaxRetentionDays": 35}
    backup.put_backup_vault_lock_configuration(BackupVaultName="orders", MinRetentionDays=1)
    assert lock(backup) == {"Locked": True, "MinRetentionDays": 1}
    backup.delete_backup_vault_lock_configuration(BackupVaultName="orders")
    assert lock(backup) == {"Locked": False}


def test_a_lock_in_compliance_mode_cannot(emulator, backup, vault):
    emulator.control("/_dr/settings", "POST", {"BACKUP_DAY": 0.1})
    backup.put_backup_vault_lock_configuration(BackupVaultName="orders", MinRetentionDays=7, ChangeableForDays=3)
    first = lock(backup)["LockDate"]
    backup.put_backup_vault_lock_configuration(BackupVaultName="orders", MinRetentionDays=7, ChangeableForDays=3)
    assert lock(backup)["LockDate"] > first, "each time it is sent the days are counted anew"
    time.sleep(0.4)
    for call, more in (
        (backup.put_backup_vault_lock_configuration, {"MinRetentionDays": 8}),
        (backup.delete_backup_vault_lock_configuration, {}),
    ):
        with refused("InvalidRequestException", "immutable"):
            call(BackupVaultName="orders", **more)
    assert lock(backup)["MinRetentionDays"] == 7


@pytest.mark.parametrize(
    "wrong",
    [{"MinRetentionDays": 0}, {"MinRetentionDays": 8, "MaxRetentionDays": 7}, {"ChangeableForDays": 2}],
)
def test_locks_that_are_refused(backup, vault, wrong):
    with refused("InvalidParameterValueException"):
        backup.put_backup_vault_lock_configuration(BackupVaultName="orders", **wrong)
    assert lock(backup) == {"Locked": False}


def test_notifications(emulator, backup, vault):
    topic = emulator.client("sns").create_topic(Name="t")["TopicArn"]
    with refused("ResourceNotFoundException"):
        backup.get_backup_vault_notifications(BackupVaultName="orders")
    backup.put_backup_vault_notifications(
        BackupVaultName="orders", SNSTopicArn=topic, BackupVaultEvents=["COPY_JOB_FAILED", "BACKUP_JOB_COMPLETED"]
    )
    found = backup.get_backup_vault_notifications(BackupVaultName="orders")
    assert (found["SNSTopicArn"], found["BackupVaultEvents"]) == (topic, ["BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED"])
    with refused("InvalidParameterValueException"):
        backup.put_backup_vault_notifications(
            BackupVaultName="orders", SNSTopicArn=topic + ".fifo", BackupVaultEvents=["COPY_JOB_FAILED"]
        )
    backup.delete_backup_vault_notifications(BackupVaultName="orders")
    with refused("ResourceNotFoundException"):
        backup.get_backup_vault_notifications(BackupVaultName="orders")


def test_an_air_gapped_vault(backup):
    def make(**more):
        return backup.create_logically_air_gapped_backup_vault(
            **{"BackupVaultName": "gap", "MinRetentionDays": 7, "MaxRetentionDays": 30, **more}
        )

    with refused("InvalidParameterValueException", "7"):
        make(MinRetentionDays=6)
    assert make()["VaultState"] == "CREATING"
    found = wait_until(
        lambda: next(
            (v for v in backup.list_backup_vaults()["BackupVaultList"] if v["VaultState"] == "AVAILABLE"), None
        )
    )
    assert (found["VaultType"], found["Locked"], found["MinRetentionDays"], found["EncryptionKeyType"]) == (
        "LOGICALLY_AIR_GAPPED_BACKUP_VAULT", True, 7, "AWS_OWNED_KMS_KEY",
    )  # fmt: skip
    with refused("InvalidRequestException", "air-gapped"):
        backup.delete_backup_vault_lock_configuration(BackupVaultName="gap")
    with refused("AlreadyExistsException"):
        backup.create_backup_vault(BackupVaultName="gap")
    backup.delete_backup_vault(BackupVaultName="gap")


# --- Plans and selections --------------------------------------------------------------------------------------------


@pytest.fixture
def plan(backup, vault):
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": "orders", "Rules": [RULE]}, CreatorRequestId="t")
    return made["BackupPlanId"]


def test_a_plan_with_defaults_and_versions(backup, plan):
    first = backup.get_backup_plan(BackupPlanId=plan)
    rule = first["BackupPlan"]["Rules"][0]
    assert (rule["ScheduleExpression"], rule["ScheduleExpressionTimezone"]) == ("cron(0 5 ? * * *)", "Etc/UTC")
    assert (rule["StartWindowMinutes"], rule["CompletionWindowMinutes"]) == (480, 10080)
    assert (rule["RecoveryPointTags"], rule["CopyActions"], rule["EnableContinuousBackup"]) == ({}, [], False)
    changed = {"BackupPlanName": "renamed", "Rules": [{**RULE, "Lifecycle": {"DeleteAfterDays": 35}}]}
    second = backup.update_backup_plan(BackupPlanId=plan, BackupPlan=changed)
    assert second["VersionId"] != first["VersionId"]
    now = backup.get_backup_plan(BackupPlanId=plan)
    assert now["BackupPlan"]["BackupPlanName"] == "renamed"
    assert now["BackupPlan"]["Rules"][0]["RuleId"] != rule["RuleId"]
    old = backup.get_backup_plan(BackupPlanId=plan, VersionId=first["VersionId"])
    assert old["BackupPlan"]["BackupPlanName"] == "orders"
    versions = backup.list_backup_plan_versions(BackupPlanId=plan)["BackupPlanVersionsList"]
    assert [v["BackupPlanName"] for v in versions] == ["orders", "renamed"]
    assert [p["BackupPlanName"] for p in backup.list_backup_plans()["BackupPlansList"]] == ["renamed"]


def test_the_same_plan_twice(backup, plan):
    same = {"BackupPlanName": "orders", "Rules": [RULE]}
    assert backup.create_backup_plan(BackupPlan=same, CreatorRequestId="t")["BackupPlanId"] == plan
    with refused("AlreadyExistsException", "same plan document"):
        backup.create_backup_plan(BackupPlan=same, CreatorRequestId="another")
    other = backup.create_backup_plan(BackupPlan={"BackupPlanName": "orders", "Rules": [{**RULE, "RuleName": "x"}]})
    assert other["BackupPlanId"] != plan, "names are not unique"


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ([], "at least one rule"),
        ([RULE, RULE], "unique"),
        ([{**RULE, "TargetBackupVaultName": "absent"}], "Cannot find Backup vault"),
        ([{**RULE, "ScheduleExpression": "every day"}], "schedule"),
        ([{**RULE, "StartWindowMinutes": 30}], "60"),
        ([{**RULE, "StartWindowMinutes": 600, "CompletionWindowMinutes": 600}], "60 minutes more"),
        ([{**RULE, "Lifecycle": {"DeleteAfterDays": 0}}], "at least 1 day"),
        ([{**RULE, "Lifecycle": {"DeleteAfterDays": 100, "MoveToColdStorageAfterDays": 30}}], "90 days"),
        ([{**RULE, "EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 36}}], "35"),
        ([{**RULE, "CopyActions": [{"DestinationBackupVaultArn": "x"}]}], "destination"),
    ],
)
def test_plans_that_are_refused(backup, vault, rules, text):
    with refused("InvalidParameterValueException", text):
        backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": rules})


def test_a_selection(backup, plan, role):
    by_tag = {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}
    made = backup.create_backup_selection(
        BackupPlanId=plan,
        BackupSelection={"SelectionName": "tagged", "IamRoleArn": role, "ListOfTags": [by_tag]},
        CreatorRequestId="t",
    )
    got = backup.get_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])
    assert got["BackupSelection"] == {
        "SelectionName": "tagged", "IamRoleArn": role, "ListOfTags": [by_tag],
        "Resources": [], "NotResources": [], "Conditions": {},
    }  # fmt: skip
    listed = backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    assert [(s["SelectionName"], s["IamRoleArn"]) for s in listed] == [("tagged", role)]
    with refused("InvalidRequestException", "selections must be deleted"):
        backup.delete_backup_plan(BackupPlanId=plan)
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])
    with refused("ResourceNotFoundException"):
        backup.get_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])
    assert "DeletionDate" in backup.delete_backup_plan(BackupPlanId=plan)
    with refused("ResourceNotFoundException", "Cannot find Backup plan"):
        backup.get_backup_plan(BackupPlanId=plan)
    with refused("InvalidParameterValueException", "Cannot find Backup plan"):
        backup.list_backup_selections(BackupPlanId=plan)
    assert backup.list_backup_plans()["BackupPlansList"] == []
    assert len(backup.list_backup_plans(IncludeDeleted=True)["BackupPlansList"]) == 1


def test_a_selection_needs_a_role_that_can_be_assumed(emulator, backup, plan):
    def select(arn):
        backup.create_backup_selection(
            BackupPlanId=plan, BackupSelection={"SelectionName": "s", "IamRoleArn": arn, "Resources": ["*"]}
        )

    with refused("InvalidParameterValueException", "cannot be assumed"):
        select(f"arn:aws:iam::{ACCOUNT}:role/absent")
    made = emulator.client("iam").create_role(RoleName="new", AssumeRolePolicyDocument=document(TRUST))
    with refused("InvalidParameterValueException", "cannot be assumed"):
        select(made["Role"]["Arn"])
    time.sleep(0.35)
    select(made["Role"]["Arn"])


def test_selections_of_one_plan_may_share_a_name(backup, plan, role):
    for resources in (["*"], ["arn:aws:rds:*:*:cluster:*"]):
        backup.create_backup_selection(
            BackupPlanId=plan, BackupSelection={"SelectionName": "s", "IamRoleArn": role, "Resources": resources}
        )
    assert len(backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]) == 2


# --- Settings --------------------------------------------------------------------------------------------------------


def test_settings_of_a_region(emulator, backup):
    backup.update_region_settings(ResourceTypeOptInPreference={"Aurora": False})
    backup.update_region_settings(ResourceTypeOptInPreference={"RDS": False})
    found = backup.describe_region_settings()["ResourceTypeOptInPreference"]
    assert (found["Aurora"], found["RDS"], found["EFS"]) == (False, False, True), "what is not named stays"
    assert emulator.client("backup", WEST).describe_region_settings()["ResourceTypeOptInPreference"]["Aurora"]
    with refused("InvalidParameterValueException", "Toaster"):
        backup.update_region_settings(ResourceTypeOptInPreference={"Toaster": True})


def test_settings_of_the_organisation(emulator, backup):
    with refused("InvalidRequestException", "not a member"):
        backup.describe_global_settings()
    emulator.control("/_dr/organization", "POST", {"management": MANAGEMENT, "members": [ACCOUNT, OTHER]})
    assert backup.describe_global_settings()["GlobalSettings"]["isCrossAccountBackupEnabled"] == "false"
    with refused("InvalidRequestException", "management account"):
        backup.update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
    management = emulator.client("backup", EAST, MANAGEMENT)
    management.update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
    assert backup.describe_global_settings()["GlobalSettings"]["isCrossAccountBackupEnabled"] == "true"
    with refused("InvalidParameterValueException"):
        management.update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "yes"})


# --- Audits and restore testing --------------------------------------------------------------------------------------


def test_a_framework(backup):
    made = backup.create_framework(
        FrameworkName="f",
        FrameworkControls=[{"ControlName": "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK"}],
        FrameworkTags={"k": "v"},
    )
    with refused("ConflictException"):
        backup.delete_framework(FrameworkName="f")

    def settled():
        found = backup.describe_framework(FrameworkName="f")
        return found if found["DeploymentStatus"] == "COMPLETED" else None

    control = wait_until(settled)["FrameworkControls"][0]
    assert control["ControlInputParameters"] == [{"ParameterName": "requiredRetentionDays", "ParameterValue": "35"}]
    backup.update_framework(FrameworkName="f", FrameworkDescription="d")
    assert backup.describe_framework(FrameworkName="f")["DeploymentStatus"] == "UPDATE_IN_PROGRESS"
    assert wait_until(settled)["FrameworkDescription"] == "d"
    assert backup.list_tags(ResourceArn=made["FrameworkArn"])["Tags"] == {"k": "v"}
    backup.delete_framework(FrameworkName="f")
    wait_until(lambda: backup.list_frameworks()["Frameworks"] == [])
    with refused("ResourceNotFoundException"):
        backup.describe_framework(FrameworkName="f")
    with refused("InvalidParameterValueException", "not supported"):
        backup.create_framework(FrameworkName="f", FrameworkControls=[{"ControlName": "MADE_UP"}])


def test_a_report_plan(backup):
    channel = {"S3BucketName": "reports"}
    with refused("InvalidParameterValueException"):
        backup.create_report_plan(
            ReportPlanName="r", ReportDeliveryChannel=channel, ReportSetting={"ReportTemplate": "ANY"}
        )
    backup.create_report_plan(
        ReportPlanName="r", ReportDeliveryChannel=channel, ReportSetting={"ReportTemplate": "COPY_JOB_REPORT"}
    )

    def settled():
        found = backup.describe_report_plan(ReportPlanName="r")["ReportPlan"]
        return found if found["DeploymentStatus"] == "COMPLETED" else None

    assert wait_until(settled)["ReportDeliveryChannel"]["Formats"] == ["CSV"]
    backup.update_report_plan(ReportPlanName="r", ReportPlanDescription="d")
    assert wait_until(settled)["ReportPlanDescription"] == "d"
    backup.delete_report_plan(ReportPlanName="r")
    wait_until(lambda: backup.list_report_plans()["ReportPlans"] == [])


def test_restore_testing(backup, role):
    choice = {"Algorithm": "LATEST_WITHIN_WINDOW", "IncludeVaults": ["*"], "RecoveryPointTypes": ["SNAPSHOT"]}
    plan = {
        "RestoreTestingPlanName": "weekly", "ScheduleExpression": "cron(0 1 ? * 1 *)",
        "RecoveryPointSelection": choice,
    }  # fmt: skip
    made = backup.create_restore_testing_plan(RestoreTestingPlan=plan, Tags={"k": "v"})
    found = backup.get_restore_testing_plan(RestoreTestingPlanName="weekly")["RestoreTestingPlan"]
    assert found["RecoveryPointSelection"] == {**choice, "ExcludeVaults": [], "SelectionWindowDays": 30}
    assert (found["StartWindowHours"], found["ScheduleExpressionTimezone"]) == (24, "Etc/UTC")
    assert backup.list_tags(ResourceArn=made["RestoreTestingPlanArn"])["Tags"] == {"k": "v"}
    changed = backup.update_restore_testing_plan(
        RestoreTestingPlanName="weekly", RestoreTestingPlan={"StartWindowHours": 2}
    )
    assert changed["RestoreTestingPlanArn"] == made["RestoreTestingPlanArn"]

    selection = {
        "RestoreTestingSelectionName": "aurora", "IamRoleArn": role, "ProtectedResourceType": "Aurora",
        "ProtectedResourceArns": ["*"], "RestoreMetadataOverrides": {"DBSubnetGroupName": "orders"},
    }  # fmt: skip
    backup.create_restore_testing_selection(RestoreTestingPlanName="weekly", RestoreTestingSelection=selection)
    got = backup.get_restore_testing_selection(RestoreTestingPlanName="weekly", RestoreTestingSelectionName="aurora")[
        "RestoreTestingSelection"
    ]
    assert got["RestoreMetadataOverrides"] == {"dBSubnetGroupName": "orders"}
    with refused("InvalidRequestException", "selections"):
        backup.delete_restore_testing_plan(RestoreTestingPlanName="weekly")
    conditions = {"StringEquals": [{"Key": "aws:ResourceTag/team", "Value": "orders"}]}
    backup.update_restore_testing_selection(
        RestoreTestingPlanName="weekly",
        RestoreTestingSelectionName="aurora",
        RestoreTestingSelection={"ProtectedResourceConditions": conditions},
    )
    got = backup.get_restore_testing_selection(RestoreTestingPlanName="weekly", RestoreTestingSelectionName="aurora")[
        "RestoreTestingSelection"
    ]
    assert got["ProtectedResourceConditions"] == conditions and "ProtectedResourceArns" not in got
    backup.delete_restore_testing_selection(RestoreTestingPlanName="weekly", RestoreTestingSelectionName="aurora")
    backup.delete_restore_testing_plan(RestoreTestingPlanName="weekly")
    with refused("ResourceNotFoundException"):
        backup.get_restore_testing_plan(RestoreTestingPlanName="weekly")
    with refused("InvalidParameterValueException", "restore testing plan name"):
        backup.create_restore_testing_plan(RestoreTestingPlan={**plan, "RestoreTestingPlanName": "with-hyphen"})
