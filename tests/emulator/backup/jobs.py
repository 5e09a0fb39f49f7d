"""Backup jobs, and the schedule that starts them.

The clock of the emulator does not wait for five in the morning.  ``POST /_dr/backup/run`` starts what the plans of
an account and Region would start next, for what their selections choose; ``{"plan": ..., "rule": ...}`` narrows it
down.  AWS would do the same by itself at the time that the rule says.
"""

import time

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id

from emulator import kms
from emulator import paging
from emulator.backup import copies
from emulator.backup import notices
from emulator.backup import plans
from emulator.backup import preferences
from emulator.backup import progress
from emulator.backup import recovery_points
from emulator.backup import selections
from emulator.backup import store
from emulator.backup import vault_locks
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import control
from emulator.operations import operation
from emulator.rds import store as rds

_ENDED = ("COMPLETED", "FAILED", "ABORTED", "EXPIRED")


def _cluster(arn: str) -> rds.Record:
    """The only sort of resource that is backed up here: an Aurora cluster of this account and Region."""
    spec = parse_arn(arn)
    if spec.service != "rds" or not spec.resource.startswith("cluster:"):
        raise store.invalid(f"Unsupported resource type: {arn}")
    found = rds.clusters.get(rds.name_of(arn, "cluster") or "")
    if found is None:
        raise store.missing(f"Could not find resource {arn}")
    return found


@operation("backup", "StartBackupJob")
def start(parameters: Parameters) -> dict:
    if found := store.repeated(store.backup_jobs.values(), parameters, "IdempotencyToken"):
        return found
    vault = store.vault(parameters["BackupVaultName"])
    _cluster(parameters["ResourceArn"])
    store.check_role(parameters["IamRoleArn"])
    plans.check_lifecycle(parameters.get("Lifecycle"), "lifecycle")
    store.check_tags(parameters.get("RecoveryPointTags"))
    return _begin(vault, parameters)


def _begin(vault: store.Record, asked: Parameters, created_by: dict | None = None, then=lambda record: None) -> dict:
    identity = store.new_id().upper()
    cluster = _cluster(asked["ResourceArn"])
    record = {
        "BackupJobId": identity,
        "AccountId": get_account_id(),
        "BackupVaultName": vault["BackupVaultName"],
        "BackupVaultArn": vault["BackupVaultArn"],
        "VaultType": vault["VaultType"],
        "RecoveryPointArn": rds.arn("cluster-snapshot", f"awsbackup:job-{identity.lower()}"),
        "RecoveryPointLifecycle": asked.get("Lifecycle"),
        "ResourceArn": asked["ResourceArn"],
        "ResourceType": "Aurora",
        "ResourceName": cluster["DBClusterIdentifier"],
        "EncryptionKeyArn": cluster["KmsKeyId"],
        "IsEncrypted": cluster["StorageEncrypted"],
        "IamRoleArn": asked["IamRoleArn"],
        "CreationDate": time.time(),
        "StartBy": time.time() + 60 * asked.get("StartWindowMinutes", 480),
        "PercentDone": "0.0",
        "BackupSizeInBytes": recovery_points.SIZE,
        "BytesTransferred": 0,
        "CreatedBy": created_by,
        "IsParent": False,
        "_token": asked.get("IdempotencyToken"),
    }
    store.backup_jobs[identity] = record
    progress.start(
        record,
        "State",
        "CREATED",
        notices.backup_job,
        work=lambda: _take(record, asked),
        then=lambda: then(record),
    )
    return record


def _take(record: store.Record, asked: Parameters) -> None:
    cluster, vault = rds.cluster(record["ResourceArn"]), store.vaults.get(record["BackupVaultName"])
    if vault is None:
        raise progress.JobError(f"Backup vault {record['BackupVaultName']} does not exist.")
    if why := vault_locks.refusal(vault, asked.get("Lifecycle")):
        raise progress.JobError(why)
    if cluster["Status"] != "available":
        raise progress.JobError(rds.BUSY.format(cluster["DBClusterIdentifier"]))
    store.check_role(record["IamRoleArn"])
    if cluster["StorageEncrypted"]:
        kms.usable_key(cluster["KmsKeyId"])
    tags = {tag["Key"]: tag["Value"] for tag in cluster["TagList"]} | (asked.get("RecoveryPointTags") or {})
    point = recovery_points.add(
        vault,
        cluster,
        f"job-{record['BackupJobId'].lower()}",
        tags,
        ResourceArn=record["ResourceArn"],
        IamRoleArn=record["IamRoleArn"],
        CreationDate=record["CreationDate"],
        InitiationDate=record["CreationDate"],
        Lifecycle=asked.get("Lifecycle"),
        CreatedBy=record["CreatedBy"],
    )
    record |= {"RecoveryPointArn": point["RecoveryPointArn"], "BytesTransferred": recovery_points.SIZE}
    notices.recovery_point(point, "COMPLETED")


def _find(identity: str) -> store.Record:
    if identity not in store.backup_jobs:
        raise store.missing(f"Cannot find Backup job with ID {identity}")
    return store.backup_jobs[identity]


@operation("backup", "DescribeBackupJob")
def describe(parameters: Parameters) -> dict:
    return _find(parameters["BackupJobId"])


@operation("backup", "ListBackupJobs")
def show(parameters: Parameters) -> dict:
    found = [
        record
        for record in store.backup_jobs.values()
        if progress.chosen(
            record,
            parameters,
            ByResourceArn="ResourceArn",
            ByState="State",
            ByBackupVaultName="BackupVaultName",
            ByResourceType="ResourceType",
        )
    ]
    return paging.page(found, "BackupJobId", parameters, "BackupJobs")


@operation("backup", "StopBackupJob")
def stop(parameters: Parameters) -> None:
    record = _find(parameters["BackupJobId"])
    if record["State"] in _ENDED:
        raise AwsError("InvalidRequestException", f"Backup job {record['BackupJobId']} has already ended.")
    record |= {"State": "ABORTED", "CompletionDate": time.time()}
    notices.backup_job(record)


# --- The schedule ----------------------------------------------------------------------------------------------------


@control("/_dr/backup/run")
def run(_: dict[str, str], document: dict | None) -> dict:
    """Start what the plans say, now; answers with the ids of the jobs."""
    wanted = document or {}
    started = []
    for plan in [record for record in store.plans.values() if "DeletionDate" not in record]:
        latest = plan["_versions"][-1]
        if wanted.get("plan") not in (None, plan["BackupPlanId"], latest["BackupPlan"]["BackupPlanName"]):
            continue
        for rule in latest["BackupPlan"]["Rules"]:
            if wanted.get("rule") in (None, rule["RuleName"]):
                started += _run_rule(plan, latest, rule)
    return {"backup_jobs": started}


def _run_rule(plan: store.Record, version: dict, rule: dict) -> list[str]:
    vault = store.vaults.get(rule["TargetBackupVaultName"])
    if vault is None:
        return []
    created_by = {
        "BackupPlanId": plan["BackupPlanId"],
        "BackupPlanArn": plan["BackupPlanArn"],
        "BackupPlanName": version["BackupPlan"]["BackupPlanName"],
        "BackupPlanVersion": version["VersionId"],
        "BackupRuleId": rule["RuleId"],
        "BackupRuleName": rule["RuleName"],
        "BackupRuleCron": rule["ScheduleExpression"],
        "BackupRuleTimezone": rule["ScheduleExpressionTimezone"],
    }
    started = []
    for arn, role in _chosen(plan["BackupPlanId"]).items():
        asked = {**rule, "ResourceArn": arn, "IamRoleArn": role}
        job = _begin(vault, asked, created_by, then=lambda record: _copy_on(record, rule["CopyActions"]))
        started.append(job["BackupJobId"])
    return started


def _chosen(plan_id: str) -> dict[str, str]:
    """Cluster -> role, of all that the selections of a plan choose; nobody is told of what is not opted in."""
    found = {}
    for record in selections.of_plan(plan_id):
        selection = record["BackupSelection"]
        for cluster in rds.clusters.values():
            arn, tags = cluster["DBClusterArn"], {tag["Key"]: tag["Value"] for tag in cluster["TagList"]}
            by_name = arn in selection["Resources"]
            if selections.chooses(selection, arn, tags) and (by_name or preferences.is_opted_in("Aurora")):
                found.setdefault(arn, selection["IamRoleArn"])
    return found


def _copy_on(record: store.Record, actions: list[dict]) -> None:
    for action in actions:
        asked = {
            "RecoveryPointArn": record["RecoveryPointArn"],
            "SourceBackupVaultName": record["BackupVaultName"],
            "DestinationBackupVaultArn": action["DestinationBackupVaultArn"],
            "IamRoleArn": record["IamRoleArn"],
            "Lifecycle": action.get("Lifecycle"),
        }
        copies.begin(asked, created_by=record["CreatedBy"], backup_job=record["BackupJobId"])
