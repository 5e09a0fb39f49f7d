"""What AWS Backup does: jobs, copies to other accounts and Regions and what stops them, restores, the news of it."""

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
CLUSTER = f"arn:aws:rds:{EAST}:{ACCOUNT}:cluster:orders"
USE = ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*"]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def root(account):
    return {"AWS": f"arn:aws:iam::{account}:root"}


def key_policy(owner, *users):
    """A key that these accounts may use by way of RDS and AWS Backup."""
    via = {"StringLike": {"kms:ViaService": ["rds.*.amazonaws.com", "backup.*.amazonaws.com"]}}
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    statements = [{"Effect": "Allow", "Principal": root(owner), "Action": "kms:*", "Resource": "*"}]
    for user in users:
        common = {"Effect": "Allow", "Principal": root(user), "Resource": "*"}
        statements.append({**common, "Action": USE, "Condition": via})
        statements.append({**common, "Action": "kms:CreateGrant", "Condition": {**via, **grant}})
    return document(*statements)


class Estate:
    """A cluster with a key of its own in one account, vaults in two accounts and two Regions."""

    def __init__(self, emulator: Emulator):
        self.emulator = emulator
        emulator.control("/_dr/organization", "POST", {"management": MANAGEMENT, "members": [ACCOUNT, OTHER]})
        self.backup(MANAGEMENT).update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
        kms, rds = emulator.client("kms"), emulator.client("rds")
        self.key = kms.create_key(Policy=key_policy(ACCOUNT, OTHER))["KeyMetadata"]["Arn"]
        rds.create_db_cluster(
            DBClusterIdentifier="orders", Engine="aurora-postgresql", MasterUsername="p",
            MasterUserPassword="password1", StorageEncrypted=True, KmsKeyId=self.key,
            Tags=[{"Key": "backup", "Value": "daily"}, {"Key": "drctl:stack", "Value": "s"}],
        )  # fmt: skip
        trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.roles = {}
        for account in (ACCOUNT, OTHER):
            iam = emulator.client("iam", EAST, account)
            made = iam.create_role(RoleName="backup", AssumeRolePolicyDocument=document(trust))
            self.roles[account] = made["Role"]["Arn"]
        self.vaults, self.keys = {}, {}
        for account, region in ((ACCOUNT, EAST), (ACCOUNT, WEST), (OTHER, EAST), (OTHER, WEST)):
            key = emulator.client("kms", region, account).create_key()["KeyMetadata"]["Arn"]
            made = self.backup(account, region).create_backup_vault(BackupVaultName="vault", EncryptionKeyArn=key)
            self.vaults[account, region], self.keys[account, region] = made["BackupVaultArn"], key
        for region in (EAST, WEST):
            self.let_in(region)
        self.news = {place: self.listen(*place) for place in self.vaults}
        wait_until(lambda: rds.describe_db_clusters()["DBClusters"][0]["Status"] == "available")
        time.sleep(0.35)  # DR_IAM_STEP

    def backup(self, account=ACCOUNT, region=EAST):
        return self.emulator.client("backup", region, account)

    def let_in(self, region, **change):
        allow = {"Effect": "Allow", "Action": "backup:CopyIntoBackupVault", "Resource": "*"}
        self.backup(OTHER, region).put_backup_vault_access_policy(
            BackupVaultName="vault", Policy=document({**allow, "Principal": root(ACCOUNT), **change})
        )

    def listen(self, account, region):
        """Everything that AWS Backup tells there lands in a queue."""
        sqs, events = (self.emulator.client(name, region, account) for name in ("sqs", "events"))
        url = sqs.create_queue(QueueName="news")["QueueUrl"]
        events.put_rule(Name="news", EventPattern='{"source": ["aws.backup"]}')
        events.put_targets(Rule="news", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{region}:{account}:news"}])
        heard = []

        def told(detail_type, state):
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                heard.append(json.loads(message["Body"]))
            return next(
                (
                    event
                    for event in heard
                    if event["detail-type"] == detail_type
                    and state in (event["detail"].get("state"), event["detail"].get("status"))
                ),
                None,
            )

        return told

    def take(self, **more):
        """A recovery point in the first vault."""
        backup = self.backup()
        asked = {"BackupVaultName": "vault", "ResourceArn": CLUSTER, "IamRoleArn": self.roles[ACCOUNT], **more}
        job = backup.start_backup_job(**asked)["BackupJobId"]
        return self.job(backup.describe_backup_job, BackupJobId=job)["RecoveryPointArn"]

    def copy(self, point, account=OTHER, region=EAST, **more):
        backup = self.backup()
        job = backup.start_copy_job(
            RecoveryPointArn=point,
            SourceBackupVaultName="vault",
            DestinationBackupVaultArn=self.vaults[account, region],
            IamRoleArn=self.roles[ACCOUNT],
            **more,
        )["CopyJobId"]
        return self.job(backup.describe_copy_job, CopyJobId=job)

    @staticmethod
    def job(describe, **which):
        def ended():
            found = describe(**which)
            found = found.get("CopyJob", found)
            return found if found.get("State", found.get("Status")) in ("COMPLETED", "FAILED", "ABORTED") else None

        return wait_until(ended)

    def points(self, account=ACCOUNT, region=EAST):
        return self.backup(account, region).list_recovery_points_by_backup_vault(BackupVaultName="vault")[
            "RecoveryPoints"
        ]


@pytest.fixture
def estate(emulator: Emulator):
    return Estate(emulator)


def test_a_backup_job(emulator, estate):
    backup = estate.backup()
    asked = {
        "BackupVaultName": "vault", "ResourceArn": CLUSTER, "IamRoleArn": estate.roles[ACCOUNT],
        "IdempotencyToken": "t", "Lifecycle": {"DeleteAfterDays": 7}, "RecoveryPointTags": {"from": "test"},
    }  # fmt: skip
    job = backup.start_backup_job(**asked)["BackupJobId"]
    assert backup.describe_backup_job(BackupJobId=job)["State"] == "CREATED"
    assert backup.start_backup_job(**asked)["BackupJobId"] == job, "the same token is the same job"
    done = estate.job(backup.describe_backup_job, BackupJobId=job)
    assert (done["State"], done["PercentDone"], done["ResourceType"]) == ("COMPLETED", "100.0", "Aurora")
    point = backup.describe_recovery_point(BackupVaultName="vault", RecoveryPointArn=done["RecoveryPointArn"])
    assert point["RecoveryPointArn"] == f"arn:aws:rds:{EAST}:{ACCOUNT}:cluster-snapshot:awsbackup:job-{job.lower()}"
    assert (point["Status"], point["EncryptionKeyArn"], point["ResourceArn"]) == ("COMPLETED", estate.key, CLUSTER)
    assert (point["CalculatedLifecycle"]["DeleteAt"] - point["CreationDate"]).days == 7
    tags = backup.list_tags(ResourceArn=point["RecoveryPointArn"])["Tags"]
    assert tags == {"backup": "daily", "drctl:stack": "s", "from": "test"}, "those of the cluster are copied"
    assert backup.describe_backup_vault(BackupVaultName="vault")["NumberOfRecoveryPoints"] == 1
    with refused("InvalidRequestException", "contains recovery points"):
        backup.delete_backup_vault(BackupVaultName="vault")
    snapshot = emulator.client("rds").describe_db_cluster_snapshots(DBClusterIdentifier="orders")
    assert [s["SnapshotType"] for s in snapshot["DBClusterSnapshots"]] == ["awsbackup"]
    with refused("InvalidDBClusterSnapshotStateFault", "awsbackup"):
        emulator.client("rds").delete_db_cluster_snapshot(
            DBClusterSnapshotIdentifier=snapshot["DBClusterSnapshots"][0]["DBClusterSnapshotIdentifier"]
        )
    event = wait_until(lambda: estate.news[ACCOUNT, EAST]("Backup Job State Change", "COMPLETED"))
    assert event["resources"] == [point["RecoveryPointArn"]]
    assert (event["detail"]["backupJobId"], event["detail"]["resourceType"]) == (job, "Aurora")
    assert wait_until(lambda: estate.news[ACCOUNT, EAST]("Recovery Point State Change", "COMPLETED"))
    backup.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point["RecoveryPointArn"])
    assert estate.points() == []
    assert emulator.client("rds").describe_db_cluster_snapshots()["DBClusterSnapshots"] == []


def test_a_lock_keeps_what_is_in_the_vault(estate):
    backup, point = estate.backup(), estate.take(Lifecycle={"DeleteAfterDays": 7})
    backup.put_backup_vault_lock_configuration(BackupVaultName="vault", MinRetentionDays=10)
    for call, more in (
        (backup.delete_recovery_point, {}),
        (backup.update_recovery_point_lifecycle, {"Lifecycle": {"DeleteAfterDays": 1}}),
    ):
        with refused("InvalidRequestException", "locked"):
            call(BackupVaultName="vault", RecoveryPointArn=point, **more)
    job = backup.start_backup_job(
        BackupVaultName="vault", ResourceArn=CLUSTER, IamRoleArn=estate.roles[ACCOUNT], Lifecycle={"DeleteAfterDays": 7}
    )["BackupJobId"]
    done = estate.job(backup.describe_backup_job, BackupJobId=job)
    assert done["State"] == "FAILED" and "vault lock configuration" in done["StatusMessage"]
    backup.delete_backup_vault_lock_configuration(BackupVaultName="vault")
    changed = backup.update_recovery_point_lifecycle(
        BackupVaultName="vault", RecoveryPointArn=point, Lifecycle={"DeleteAfterDays": 30}
    )
    assert changed["Lifecycle"]["DeleteAfterDays"] == 30


@pytest.mark.parametrize(("account", "region"), [(ACCOUNT, WEST), (OTHER, EAST), (OTHER, WEST)])
def test_a_copy(estate, account, region):
    point = estate.take(Lifecycle={"DeleteAfterDays": 7})
    done = estate.copy(point, account, region, Lifecycle={"DeleteAfterDays": 30}, IdempotencyToken="once")
    assert done["State"] == "COMPLETED", done.get("StatusMessage")
    again = estate.copy(point, account, region, IdempotencyToken="once")
    assert again["CopyJobId"] == done["CopyJobId"]
    [copied] = estate.points(account, region)
    name = f"cluster-snapshot:awsbackup:copyjob-{done['CopyJobId'].lower()}"
    assert copied["RecoveryPointArn"] == done["DestinationRecoveryPointArn"] == f"arn:aws:rds:{region}:{account}:{name}"
    assert copied["EncryptionKeyArn"] == estate.keys[account, region], "a copy has the key of its vault"
    assert copied["CreationDate"] == estate.points()[0]["CreationDate"], "a copy is as old as its source"
    assert (copied["Lifecycle"], copied["ResourceArn"]) == ({"DeleteAfterDays": 30}, CLUSTER)
    assert copied["SourceBackupVaultArn"] == estate.vaults[ACCOUNT, EAST]
    tags = estate.backup(account, region).list_tags(ResourceArn=copied["RecoveryPointArn"])["Tags"]
    assert tags["backup"] == "daily"
    event = wait_until(lambda: estate.news[ACCOUNT, EAST]("Copy Job State Change", "COMPLETED"))
    assert event["resources"] == [point]
    detail = event["detail"]
    assert (detail["copyJobId"], detail["resourceType"], detail["resourceArn"]) == (
        done["CopyJobId"],
        "Aurora",
        CLUSTER,
    )
    assert detail["destinationRecoveryPointArn"] == copied["RecoveryPointArn"]
    assert detail["sourceBackupVaultArn"] == estate.vaults[ACCOUNT, EAST]
    assert detail["destinationBackupVaultArn"] == estate.vaults[account, region]
    running = wait_until(lambda: estate.news[ACCOUNT, EAST]("Copy Job State Change", "RUNNING"))
    assert running["detail"]["destinationRecoveryPointArn"] == {}
    created = wait_until(lambda: estate.news[ACCOUNT, EAST]("Copy Job State Change", "CREATED"))
    assert "resourceArn" not in created["detail"]
    assert estate.news[account, region]("Copy Job State Change", "COMPLETED") is None, "the other side is not told"
    listed = estate.backup().list_copy_jobs(ByDestinationVaultArn=estate.vaults[account, region])["CopyJobs"]
    assert [job["CopyJobId"] for job in listed] == [done["CopyJobId"]]
    assert estate.backup(account, region).list_copy_jobs()["CopyJobs"] == []


def break_policy(estate):
    estate.backup(OTHER).delete_backup_vault_access_policy(BackupVaultName="vault")


def break_policy_by_account(estate):
    estate.let_in(EAST, Principal=root(MANAGEMENT))


def break_policy_by_organisation(estate):
    estate.let_in(EAST, Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-another0001"}})


def break_policy_by_root_id(estate):
    """An id that starts with r- is that of the root, and matches nobody."""
    estate.let_in(EAST, Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "r-ab12"}})


def break_key(estate):
    estate.emulator.client("kms").put_key_policy(KeyId=estate.key, PolicyName="default", Policy=key_policy(ACCOUNT))


def break_grant(estate):
    """The other account may read with the key, but not hand it on to RDS."""
    policy = json.loads(key_policy(ACCOUNT, OTHER))
    policy["Statement"] = policy["Statement"][:-1]
    kms = estate.emulator.client("kms")
    kms.put_key_policy(KeyId=estate.key, PolicyName="default", Policy=json.dumps(policy))


def break_key_of_vault(estate):
    estate.emulator.client("kms", EAST, OTHER).disable_key(KeyId=estate.keys[OTHER, EAST])


def break_vault(estate):
    estate.backup(OTHER).delete_backup_vault(BackupVaultName="vault")


def break_setting(estate):
    estate.backup(MANAGEMENT).update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "false"})


def break_organisation(estate):
    estate.emulator.client("organizations", EAST, MANAGEMENT).remove_account_from_organization(AccountId=OTHER)


def break_lock(estate):
    estate.backup(OTHER).put_backup_vault_lock_configuration(BackupVaultName="vault", MaxRetentionDays=3)


def break_default_key(estate):
    backup = estate.backup(OTHER)
    backup.delete_backup_vault(BackupVaultName="vault")
    backup.create_backup_vault(BackupVaultName="vault")
    estate.let_in(EAST)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (break_policy, "Access Denied trying to call AWS Backup service"),
        (break_policy_by_account, "Access Denied trying to call AWS Backup service"),
        (break_policy_by_organisation, "Access Denied trying to call AWS Backup service"),
        (break_policy_by_root_id, "Access Denied trying to call AWS Backup service"),
        (break_vault, "Access Denied trying to call AWS Backup service"),
        (break_key, "source snapshot KMS key"),
        (break_grant, "source snapshot KMS key"),
        (break_key_of_vault, "target snapshot KMS key"),
        (break_default_key, "encrypted with the default Backup service managed key"),
        (break_setting, "Cross-account backup is not enabled"),
        (break_organisation, "must be a member of the same organization"),
        (break_lock, "vault lock configuration"),
    ],
)
def test_what_stops_a_copy_to_another_account(estate, broken, message):
    point = estate.take()
    broken(estate)
    done = estate.copy(point)
    assert done["State"] == "FAILED" and message in done["StatusMessage"], done.get("StatusMessage")
    event = wait_until(lambda: estate.news[ACCOUNT, EAST]("Copy Job State Change", "FAILED"))
    assert message in event["detail"]["statusMessage"]
    assert event["detail"]["destinationRecoveryPointArn"] == {}
    if broken is not break_vault:
        assert estate.points(OTHER, EAST) == []


def test_a_vault_can_let_the_organisation_in(estate):
    organization = estate.emulator.client("organizations").describe_organization()["Organization"]["Id"]
    estate.let_in(EAST, Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": organization}})
    assert estate.copy(estate.take())["State"] == "COMPLETED"


def test_the_managed_key_of_rds_cannot_be_shared(emulator, estate):
    emulator.client("rds").create_db_cluster(
        DBClusterIdentifier="managed", Engine="aurora-postgresql", MasterUsername="p", MasterUserPassword="password1",
        StorageEncrypted=True,
    )  # fmt: skip
    arn = CLUSTER.replace("orders", "managed")
    wait_until(
        lambda: (
            emulator.client("rds").describe_db_clusters(DBClusterIdentifier="managed")["DBClusters"][0]["Status"]
            == "available"
        )
    )
    done = estate.copy(estate.take(ResourceArn=arn))
    assert done["State"] == "FAILED" and "AWS Managed CMK" in done["StatusMessage"]
    assert estate.copy(done["SourceRecoveryPointArn"], ACCOUNT, WEST)["State"] == "COMPLETED", "at home it is enough"


def test_copies_that_are_refused_at_once(estate):
    point = estate.take()
    backup = estate.backup()
    asked = {
        "RecoveryPointArn": point, "SourceBackupVaultName": "vault", "IamRoleArn": estate.roles[ACCOUNT],
        "DestinationBackupVaultArn": estate.vaults[OTHER, EAST],
    }  # fmt: skip
    with refused("ResourceNotFoundException"):
        backup.start_copy_job(**{**asked, "RecoveryPointArn": point + "x"})
    with refused("InvalidParameterValueException", "destination"):
        backup.start_copy_job(**{**asked, "DestinationBackupVaultArn": "arn:aws:s3:::bucket"})
    with refused("InvalidRequestException", "same"):
        backup.start_copy_job(**{**asked, "DestinationBackupVaultArn": estate.vaults[ACCOUNT, EAST]})
    with refused("InvalidParameterValueException", "cannot be assumed"):
        backup.start_copy_job(**{**asked, "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/absent"})


def test_a_restore(emulator, estate):
    point = estate.copy(estate.take(), OTHER, WEST)["DestinationRecoveryPointArn"]
    backup, rds = estate.backup(OTHER, WEST), emulator.client("rds", WEST, OTHER)
    metadata = backup.get_recovery_point_restore_metadata(BackupVaultName="vault", RecoveryPointArn=point)
    assert metadata["RestoreMetadata"]["Engine"] == "aurora-postgresql"
    asked = {"RecoveryPointArn": point, "IamRoleArn": estate.roles[OTHER]}
    with refused("InvalidParameterValueException", "DBClusterIdentifier"):
        backup.start_restore_job(**asked, Metadata={"Engine": "aurora-postgresql"})
    wanted = {"DBClusterIdentifier": "restored", "Engine": "aurora-postgresql"}
    job = backup.start_restore_job(**asked, Metadata=wanted)["RestoreJobId"]
    done = estate.job(backup.describe_restore_job, RestoreJobId=job)
    assert done["Status"] == "COMPLETED", done.get("StatusMessage")
    assert done["CreatedResourceArn"] == f"arn:aws:rds:{WEST}:{OTHER}:cluster:restored"
    cluster = rds.describe_db_clusters(DBClusterIdentifier="restored")["DBClusters"][0]
    assert (cluster["KmsKeyId"], cluster["DBClusterMembers"]) == (estate.keys[OTHER, WEST], [])
    event = wait_until(lambda: estate.news[OTHER, WEST]("Restore Job State Change", "COMPLETED"))
    assert event["detail"]["createdResourceArn"] == done["CreatedResourceArn"]
    again = backup.start_restore_job(**asked, Metadata=wanted)["RestoreJobId"]
    failed = estate.job(backup.describe_restore_job, RestoreJobId=again)
    assert failed["Status"] == "FAILED" and "already exists" in failed["StatusMessage"]
    with refused("ResourceNotFoundException"):
        estate.backup(OTHER, EAST).start_restore_job(**asked, Metadata=wanted)


# --- The schedule ----------------------------------------------------------------------------------------------------


def schedule(estate, **selection):
    backup = estate.backup()
    plan = backup.create_backup_plan(
        BackupPlan={
            "BackupPlanName": "p",
            "Rules": [
                {
                    "RuleName": "daily", "TargetBackupVaultName": "vault", "Lifecycle": {"DeleteAfterDays": 7},
                    "CopyActions": [
                        {
                            "DestinationBackupVaultArn": estate.vaults[OTHER, WEST],
                            "Lifecycle": {"DeleteAfterDays": 30},
                        }
                    ],
                },
            ],
        }
    )["BackupPlanId"]  # fmt: skip
    backup.create_backup_selection(
        BackupPlanId=plan,
        BackupSelection={"SelectionName": "s", "IamRoleArn": estate.roles[ACCOUNT], **selection},
    )
    return plan


TAG = {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}


def test_a_plan_is_carried_out(estate):
    plan = schedule(estate, ListOfTags=[TAG])
    [job] = estate.emulator.control("/_dr/backup/run", "POST", {"plan": "p"})["backup_jobs"]
    done = estate.job(estate.backup().describe_backup_job, BackupJobId=job)
    assert (done["CreatedBy"]["BackupPlanId"], done["CreatedBy"]["BackupRuleName"]) == (plan, "daily")
    [copied] = wait_until(lambda: estate.points(OTHER, WEST))
    assert copied["Lifecycle"] == {"DeleteAfterDays": 30}
    event = wait_until(lambda: estate.news[ACCOUNT, EAST]("Copy Job State Change", "COMPLETED"))
    assert event["detail"]["createdBy"]["backupPlanId"] == plan


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        ({"ListOfTags": [{**TAG, "ConditionValue": "never"}, TAG]}, True),
        ({"ListOfTags": [{**TAG, "ConditionValue": "never"}]}, False),
        ({"Resources": ["arn:aws:rds:*:*:cluster:*"]}, True),
        ({"Resources": ["arn:aws:rds:*:*:cluster:other*"]}, False),
        ({"Resources": ["*"], "NotResources": [CLUSTER]}, False),
        ({"Resources": ["*"], "Conditions": {"StringEquals": [
            {"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "daily"},
            {"ConditionKey": "aws:ResourceTag/team", "ConditionValue": "x"}]}}, False),
        ({"Resources": ["*"], "Conditions": {"StringNotEquals": [
            {"ConditionKey": "aws:ResourceTag/team", "ConditionValue": "x"}]}}, True),
    ],
)  # fmt: skip
def test_what_a_selection_chooses(estate, selection, chosen):
    schedule(estate, **selection)
    started = estate.emulator.control("/_dr/backup/run", "POST", {})["backup_jobs"]
    assert len(started) == (1 if chosen else 0)


def test_what_is_not_opted_in_is_skipped_without_a_word(estate):
    schedule(estate, ListOfTags=[TAG])
    estate.backup().update_region_settings(ResourceTypeOptInPreference={"Aurora": False})
    assert estate.emulator.control("/_dr/backup/run", "POST", {})["backup_jobs"] == []
