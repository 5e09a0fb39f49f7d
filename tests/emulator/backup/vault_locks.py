"""The lock of a vault: in governance mode it can be taken away; in compliance mode it cannot, once its date is past.

A day of the grace time is ``DR_BACKUP_DAY`` seconds long, so that a test can see it end.
"""

import time

from emulator import settings
from emulator.backup import store
from emulator.backup import vaults
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation

_GRACE = range(3, 36501)
_FIELDS = ("MinRetentionDays", "MaxRetentionDays", "LockDate")


def is_immutable(record: store.Record) -> bool:
    return "LockDate" in record and record["LockDate"] <= time.time()


def _changeable(parameters: Parameters) -> store.Record:
    record = store.vault(parameters["BackupVaultName"])
    if record["VaultType"] == vaults.AIR_GAPPED:
        raise AwsError(
            "InvalidRequestException", "Vault lock configuration cannot be changed on a logically air-gapped vault."
        )
    if is_immutable(record):
        raise AwsError(
            "InvalidRequestException",
            f"The lock configuration of backup vault {record['BackupVaultName']} cannot be changed: it is immutable.",
        )
    return record


@operation("backup", "PutBackupVaultLockConfiguration")
def put(parameters: Parameters) -> None:
    record = _changeable(parameters)
    least, most = parameters.get("MinRetentionDays"), parameters.get("MaxRetentionDays")
    grace = parameters.get("ChangeableForDays")
    if least is not None and least < 1:
        raise store.invalid("MinRetentionDays must be at least 1 day.")
    if most is not None and not (least or 1) <= most <= vaults.LONGEST_RETENTION:
        raise store.invalid("MaxRetentionDays must not be less than MinRetentionDays, and not more than 36500.")
    if grace is not None and grace not in _GRACE:
        raise store.invalid("ChangeableForDays must be from 3 to 36500 days.")
    for field in _FIELDS:
        record.pop(field, None)
    if least is not None:
        record["MinRetentionDays"] = least
    if most is not None:
        record["MaxRetentionDays"] = most
    if grace is not None:
        # Counted from now, each time it is said.
        record["LockDate"] = time.time() + grace * settings.seconds("BACKUP_DAY")
    record["Locked"] = True


@operation("backup", "DeleteBackupVaultLockConfiguration")
def delete(parameters: Parameters) -> None:
    record = _changeable(parameters)
    for field in _FIELDS:
        record.pop(field, None)
    record["Locked"] = False


def refusal(record: store.Record, lifecycle: dict | None) -> str | None:
    """Why a recovery point that is kept so long may not come into this vault."""
    if not record["Locked"]:
        return None
    days = (lifecycle or {}).get("DeleteAfterDays")
    least, most = record.get("MinRetentionDays"), record.get("MaxRetentionDays")
    kept_for_ever = days is None or days < 0
    if (least and not kept_for_ever and days < least) or (most and (kept_for_ever or days > most)):
        shown = "always" if kept_for_ever else f"{days} days"
        return (
            f"Retention period ({shown}) doesn't match the vault lock configuration: the backup vault "
            f"{record['BackupVaultName']} requires a retention of at least {least or 1} and at most {most or 'any'} "
            "days."
        )
    return None
