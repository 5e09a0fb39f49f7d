"""A cluster, its backup in one vault, and a copy of that in the staging vault; what became of it."""

import json
import time

EAST, WEST = "us-east-1", "us-west-2"


def until(look, what):
    for _ in range(200):
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit(f"it never came: {what}")


def estate():
    """Three vaults, a role that copies, and a cluster with a backup in the first vault."""
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    client("rds").create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-postgresql", MasterUsername="p",
        MasterUserPassword="password1", StorageEncrypted=True, KmsKeyId=key,
        Tags=[{"Key": "keep", "Value": "me"}],
    )  # fmt: skip
    trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    client("iam").create_role(
        RoleName="backup", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    for region, name in ((EAST, "prod"), (EAST, "staging"), (WEST, "archive")):
        client("backup", region).create_backup_vault(BackupVaultName=name)
    until(cluster_is_available, "the cluster")
    job = client("backup").start_backup_job(
        BackupVaultName="prod", ResourceArn=f"arn:aws:rds:{EAST}:{ACCOUNT}:cluster:orders", IamRoleArn=role()
    )
    until(lambda: client("backup").describe_backup_job(BackupJobId=job["BackupJobId"])["State"] == "COMPLETED", "the backup")


def cluster_is_available():
    return client("rds").describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0]["Status"] == "available"


def role():
    return f"arn:aws:iam::{ACCOUNT}:role/backup"


def vault(region, name):
    return f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}"


def points(region, name):
    return client("backup", region).list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]


def copy_to_staging(wait=True):
    """Copies the backup to the staging vault, as a plan's copy action would; its recovery point there."""
    backup = client("backup")
    job = backup.start_copy_job(
        RecoveryPointArn=points(EAST, "prod")[0]["RecoveryPointArn"], SourceBackupVaultName="prod",
        DestinationBackupVaultArn=vault(EAST, "staging"), IamRoleArn=role(),
    )["CopyJobId"]  # fmt: skip
    done = lambda: backup.describe_copy_job(CopyJobId=job)["CopyJob"]["State"] == "COMPLETED"  # noqa: E731
    until(done, "the copy to staging")
    return backup.describe_copy_job(CopyJobId=job)["CopyJob"]["DestinationRecoveryPointArn"]


def onward():
    """Copy jobs out of the staging vault."""
    jobs = client("backup").list_copy_jobs()["CopyJobs"]
    return [job for job in jobs if job["SourceBackupVaultArn"] == vault(EAST, "staging")]


def carried_on():
    """Waits until the copy is in the other Region and has left the staging vault."""
    until(lambda: points(WEST, "archive") and not points(EAST, "staging"), "the copy in the other Region")


def report():
    """What is where, for a snapshot."""
    archive = points(WEST, "archive")
    tags = [client("backup", WEST).list_tags(ResourceArn=p["RecoveryPointArn"])["Tags"] for p in archive]
    return json.dumps(
        {
            "prod": len(points(EAST, "prod")),
            "staging": len(points(EAST, "staging")),
            "archive": [[p["Status"], p["Lifecycle"]["DeleteAfterDays"], t.get("keep")] for p, t in zip(archive, tags)],
            "onward": [job["State"] for job in onward()],
        }
    )


def event(point, state="COMPLETED", **detail):
    """The event that AWS Backup sends when a copy has come into the staging vault."""
    return {
        "version": "0", "id": "1", "detail-type": "Copy Job State Change", "source": "aws.backup",
        "account": ACCOUNT, "time": "2026-03-01T05:20:31Z", "region": EAST, "resources": ["arn:x"],
        "detail": {
            "copyJobId": "1", "state": state, "resourceType": "Aurora", "resourceArn": "arn:y",
            "sourceBackupVaultArn": vault(EAST, "prod"), "destinationBackupVaultArn": vault(EAST, "staging"),
            "destinationRecoveryPointArn": point, **detail,
        },
    }  # fmt: skip


def invoke(event, name="copier"):
    """What the function answers, with the records in its log."""
    import base64

    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    log = base64.b64decode(answer.get("LogResult", "")).decode()
    return answer.get("FunctionError"), json.loads(answer["Payload"].read()), log
