"""Copies of recovery points: to another vault, Region, account, and what stands in their way.

Whatever the other side decides, it decides while the job runs: StartCopyJob accepts, and the job fails, in the words
that AWS uses.  The order is that of a copy of an Aurora snapshot: the organisation, the vault, the key of the
source (the snapshot is shared with the other account, which must be able to read it), the key of the vault.
"""

import time

from ministack.core.arn import ArnParseError
from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region
from ministack.core.responses import request_scope

from emulator import kms
from emulator import organizations
from emulator import paging
from emulator import policy
from emulator.backup import notices
from emulator.backup import plans
from emulator.backup import preferences
from emulator.backup import progress
from emulator.backup import recovery_points
from emulator.backup import store
from emulator.backup import vault_locks
from emulator.backup import vault_policies
from emulator.backup import vaults
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

_COPY_INTO = "backup:CopyIntoBackupVault"
_NO_KEY = "The {} snapshot KMS key [{}] does not exist, is not enabled or you do not have permissions to access it."


# --- The operations --------------------------------------------------------------------------------------------------


@operation("backup", "StartCopyJob")
def start(parameters: Parameters) -> dict:
    if found := store.repeated(store.copy_jobs.values(), parameters, "IdempotencyToken"):
        return found
    recovery_points.find(parameters["SourceBackupVaultName"], parameters["RecoveryPointArn"])
    destination = parameters["DestinationBackupVaultArn"]
    try:
        spec = parse_arn(destination)
    except ArnParseError as error:
        raise store.invalid(f"Invalid destination vault ARN: {destination}") from error
    if spec.service != "backup" or not spec.resource.startswith("backup-vault:"):
        raise store.invalid(f"Invalid destination vault ARN: {destination}")
    if destination == store.vault(parameters["SourceBackupVaultName"])["BackupVaultArn"]:
        raise AwsError("InvalidRequestException", "Source and destination backup vault cannot be the same.")
    store.check_role(parameters["IamRoleArn"])
    plans.check_lifecycle(parameters.get("Lifecycle"), "lifecycle")
    return begin(parameters)


def begin(asked: Parameters, created_by: dict | None = None, backup_job: str | None = None) -> store.Record:
    source = recovery_points.find(asked["SourceBackupVaultName"], asked["RecoveryPointArn"])
    identity = store.new_id().upper()
    record = {
        "CopyJobId": identity,
        "AccountId": get_account_id(),
        "SourceBackupVaultArn": source["BackupVaultArn"],
        "SourceRecoveryPointArn": source["RecoveryPointArn"],
        "DestinationBackupVaultArn": asked["DestinationBackupVaultArn"],
        "DestinationRecoveryPointLifecycle": asked.get("Lifecycle"),
        "ResourceArn": source["ResourceArn"],
        "ResourceType": source["ResourceType"],
        "ResourceName": source["ResourceName"],
        "BackupSizeInBytes": source["BackupSizeInBytes"],
        "IamRoleArn": asked["IamRoleArn"],
        "CreationDate": time.time(),
        "CreatedBy": created_by,
        "CreatedByBackupJobId": backup_job,
        "IsParent": False,
        "_token": asked.get("IdempotencyToken"),
    }
    store.copy_jobs[identity] = record
    progress.start(record, "State", "CREATED", notices.copy_job, work=lambda: _copy(record, source))
    return record


def _find(identity: str) -> store.Record:
    if identity not in store.copy_jobs:
        raise store.missing(f"Cannot find Copy job with ID {identity}")
    return store.copy_jobs[identity]


@operation("backup", "DescribeCopyJob")
def describe(parameters: Parameters) -> dict:
    return {"CopyJob": _find(parameters["CopyJobId"])}


@operation("backup", "ListCopyJobs")
def show(parameters: Parameters) -> dict:
    found = [
        record
        for record in store.copy_jobs.values()
        if progress.chosen(
            record,
            parameters,
            ByResourceArn="ResourceArn",
            ByState="State",
            ByDestinationVaultArn="DestinationBackupVaultArn",
            ByResourceType="ResourceType",
            BySourceRecoveryPointArn="SourceRecoveryPointArn",
        )
    ]
    return paging.page(found, "CopyJobId", parameters, "CopyJobs")


# --- What the job does -----------------------------------------------------------------------------------------------


def _copy(record: store.Record, source: store.Record) -> None:
    spec, account, region = parse_arn(record["DestinationBackupVaultArn"]), get_account_id(), get_region()
    name = spec.resource.removeprefix("backup-vault:")
    if source["RecoveryPointArn"] not in store.recovery_points:
        raise progress.JobError(f"Recovery point {source['RecoveryPointArn']} does not exist.")
    foreign = spec.account_id != account
    if foreign:
        _check_organization(account, spec.account_id)
    with request_scope(spec.account_id, spec.region):
        vault = store.vaults.get(name)
        _check_vault(vault, name, policy.Caller(account, record["IamRoleArn"]), foreign)
        if why := vault_locks.refusal(vault, record["DestinationRecoveryPointLifecycle"]):
            raise progress.JobError(why)
        if source["IsEncrypted"]:
            _check_keys(source["EncryptionKeyArn"], vault["EncryptionKeyArn"], region, foreign)
        elif vault["VaultType"] == vaults.AIR_GAPPED:
            raise progress.JobError("Unencrypted recovery points cannot be copied to a logically air-gapped vault.")
        copied = {**source["_taken"], "_vpc": None}
        if source["IsEncrypted"] and vault["EncryptionKeyArn"]:
            copied["KmsKeyId"] = vault["EncryptionKeyArn"]
        point = recovery_points.add(
            vault,
            copied,
            f"copyjob-{record['CopyJobId'].lower()}",
            dict(store.tags.get_scoped(account, region, source["RecoveryPointArn"]) or {}),
            ResourceArn=record["ResourceArn"],
            SourceBackupVaultArn=record["SourceBackupVaultArn"],
            IamRoleArn=record["IamRoleArn"],
            # The date is that of the source, from which its days are counted.
            CreationDate=source["CreationDate"],
            InitiationDate=record["CreationDate"],
            Lifecycle=record["DestinationRecoveryPointLifecycle"],
            CreatedBy=record["CreatedBy"],
        )
        record |= {
            "DestinationRecoveryPointArn": point["RecoveryPointArn"],
            "DestinationEncryptionKeyArn": point["EncryptionKeyArn"],
            "DestinationVaultType": vault["VaultType"],
        }


def _check_organization(account: str, other: str) -> None:
    if not organizations.same(account, other):
        raise progress.JobError(
            "Copy job failed. Both source and destination account must be a member of the same organization."
        )
    if not preferences.cross_account_is_enabled():
        raise progress.JobError("Copy job failed. Cross-account backup is not enabled for your organization.")


def _check_vault(vault: store.Record | None, name: str, caller: policy.Caller, foreign: bool) -> None:
    """In the account and Region of the vault: is there one, and does it let the caller in?"""
    if vault is None and not foreign:
        raise progress.JobError(f"Backup vault {name} does not exist.")
    text = vault_policies.policy_of(vault) if vault else None
    arn = vault["BackupVaultArn"] if vault else ""
    allowed = policy.allows(text, caller, _COPY_INTO, arn) if foreign else True
    if vault is None or not allowed or policy.denies(text, caller, _COPY_INTO, arn):
        raise progress.JobError("Access Denied trying to call AWS Backup service")
    if foreign and name == "Default":
        raise progress.JobError("Copy job failed. The default backup vault cannot be a cross-account destination.")


def _check_keys(source_key: str, vault_key: str | None, source_region: str, foreign: bool) -> None:
    """In the account and Region of the vault: can it read the source, and write the copy?"""
    if foreign and vault_key and kms.is_aws_managed(vault_key):
        raise progress.JobError(
            "Copy job failed because the destination Backup vault is encrypted with the default Backup service managed "
            "key. The contents of this vault cannot be copied. Only the contents of a Backup vault encrypted by an AWS "
            "KMS key may be copied."
        )
    if foreign and kms.is_aws_managed(source_key):
        raise progress.JobError("Snapshots encrypted with the AWS Managed CMK can't be shared.")
    for word, key, region in (("source", source_key, source_region), ("target", vault_key, get_region())):
        if key and not _may_use(key, get_account_id(), region):
            raise progress.JobError(_NO_KEY.format(word, key))


def _may_use(key: str, account: str, region: str) -> bool:
    """May the service-linked role of AWS Backup in this account use a key, through RDS or AWS Backup there?"""
    arn = f"arn:aws:iam::{account}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
    return any(
        kms.allows(key, policy.Caller(account, arn, context={"kms:ViaService": via}))
        for via in (f"rds.{region}.amazonaws.com", f"backup.{region}.amazonaws.com")
    )
