"""Backup vaults, and logically air-gapped ones: create, describe, list, delete."""

import time

from emulator import kms
from emulator import paging
from emulator.backup import store
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

ORDINARY, AIR_GAPPED = "BACKUP_VAULT", "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
_AIR_GAPPED_LEAST, LONGEST_RETENTION = 7, 36500


def view(record: store.Record) -> store.Record:
    """The record as AWS shows it now."""
    points = [p for p in store.recovery_points.values() if p["BackupVaultName"] == record["BackupVaultName"]]
    return {**record, "NumberOfRecoveryPoints": len(points)}


def _earlier(parameters: Parameters) -> store.Record | None:
    """What the same request made before; an error if another request took the name."""
    found = store.vaults.get(parameters["BackupVaultName"])
    if found is None:
        return None
    if store.repeated([found], parameters):
        return found
    raise AwsError(
        "AlreadyExistsException",
        "Backup vault with the same name already exists",
        Code="AlreadyExistsException",
        Arn=found["BackupVaultArn"],
        CreatorRequestId=found.get("CreatorRequestId", ""),
    )


def _make(parameters: Parameters, **more: object) -> store.Record:
    name, tags = parameters["BackupVaultName"], store.check_tags(parameters.get("BackupVaultTags"))
    record = {
        "BackupVaultName": name,
        "BackupVaultArn": store.arn("backup-vault", name),
        "VaultType": ORDINARY,
        "VaultState": "AVAILABLE",
        "CreationDate": time.time(),
        "CreatorRequestId": parameters.get("CreatorRequestId") or store.new_id(),
        "Locked": False,
        "_token": parameters.get("CreatorRequestId"),
        **more,
    }
    store.vaults[name] = record
    store.tags[record["BackupVaultArn"]] = tags
    return record


@operation("backup", "CreateBackupVault")
def create(parameters: Parameters) -> dict:
    if found := _earlier(parameters):
        return found
    return _make(parameters, EncryptionKeyArn=_key(parameters.get("EncryptionKeyArn") or "alias/aws/backup"))


def _key(reference: str) -> str:
    try:
        return kms.usable_key(reference)
    except AwsError as error:
        raise store.invalid(f"Invalid encryption key provided: {reference}") from error


@operation("backup", "CreateLogicallyAirGappedBackupVault")
def create_air_gapped(parameters: Parameters) -> dict:
    if found := _earlier(parameters):
        return found
    least, most = parameters["MinRetentionDays"], parameters["MaxRetentionDays"]
    if least < _AIR_GAPPED_LEAST:
        raise store.invalid(f"MinRetentionDays must be at least {_AIR_GAPPED_LEAST} days.")
    if not least <= most <= LONGEST_RETENTION:
        raise store.invalid("MaxRetentionDays must not be less than MinRetentionDays, and not more than 36500.")
    key = parameters.get("EncryptionKeyArn")
    record = _make(
        parameters,
        VaultType=AIR_GAPPED,
        EncryptionKeyArn=_key(key) if key else None,
        EncryptionKeyType="CUSTOMER_MANAGED_KMS_KEY" if key else "AWS_OWNED_KMS_KEY",
        Locked=True,
        MinRetentionDays=least,
        MaxRetentionDays=most,
    )
    store.become(record, "VaultState", "CREATING", "AVAILABLE")
    return record


@operation("backup", "DescribeBackupVault")
def describe(parameters: Parameters) -> dict:
    return view(store.vault(parameters["BackupVaultName"]))


@operation("backup", "ListBackupVaults")
def show(parameters: Parameters) -> dict:
    kind = parameters.get("ByVaultType")
    found = [view(record) for record in store.vaults.values() if kind in (None, record["VaultType"])]
    if parameters.get("ByShared"):
        found = []  # shared by RAM, which is not here
    return paging.page(found, "BackupVaultName", parameters, "BackupVaultList")


@operation("backup", "DeleteBackupVault")
def delete(parameters: Parameters) -> None:
    record = store.vault(parameters["BackupVaultName"])
    if view(record)["NumberOfRecoveryPoints"]:
        raise AwsError("InvalidRequestException", "Backup vault cannot be deleted because it contains recovery points.")
    del store.vaults[record["BackupVaultName"]]
    store.tags.pop(record["BackupVaultArn"], None)
