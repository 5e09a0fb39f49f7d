"""Recovery points: what is in the vaults.

The recovery point of an Aurora cluster is a cluster snapshot of RDS's, named ``awsbackup:...``, with the key of the
cluster or, for a copy, of the vault; in an air-gapped vault it is AWS Backup's own and RDS does not show it.
"""

import time

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region

from emulator import paging
from emulator.backup import notices
from emulator.backup import plans
from emulator.backup import store
from emulator.backup import vaults
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import snapshots
from emulator.rds import store as rds

_DAY = 86400
SIZE = 1 << 30


def find(vault: str, arn: str) -> store.Record:
    store.vault(vault)
    record = store.recovery_points.get(arn)
    if record is None or record["BackupVaultName"] != vault:
        raise store.missing(f"Recovery point {arn} does not exist in backup vault {vault}.")
    return record


def add(vault: store.Record, source: rds.Record, name: str, tags: dict[str, str], **values: object) -> store.Record:
    """Put what was taken of a cluster into a vault of this account and Region, under its name there.

    `source` is the cluster, or the snapshot of which this is a copy.
    """
    if vault["VaultType"] == vaults.AIR_GAPPED:
        arn, taken = store.arn("recovery-point", name.partition("-")[2]), dict(source)
        store.tags[arn] = tags
    else:
        taken = snapshots.take(source, f"awsbackup:{name}", as_list(tags), kind="awsbackup")
        rds.become(taken, "Status", "available")  # the time it takes is that of the job
        taken["PercentProgress"] = 100
        arn = taken["DBClusterSnapshotArn"]
        store.tags[arn] = tags
    record = {
        "RecoveryPointArn": arn,
        "BackupVaultName": vault["BackupVaultName"],
        "BackupVaultArn": vault["BackupVaultArn"],
        "VaultType": vault["VaultType"],
        "ResourceType": "Aurora",
        "ResourceName": source["DBClusterIdentifier"],
        "Status": "COMPLETED",
        "CreationDate": time.time(),
        "InitiationDate": time.time(),
        "CompletionDate": time.time(),
        "BackupSizeInBytes": SIZE,
        "EncryptionKeyArn": source["KmsKeyId"],
        "IsEncrypted": bool(source["StorageEncrypted"]),
        "IsParent": False,
        "StorageClass": "WARM",
        "_taken": taken,
        **values,
    }
    store.recovery_points[arn] = record
    return record


def as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def view(record: store.Record) -> store.Record:
    lifecycle = record.get("Lifecycle") or {}
    calculated = {
        f"{what}At": record["CreationDate"] + _DAY * lifecycle[f"{what}AfterDays"]
        for what in ("MoveToColdStorage", "Delete")
        if lifecycle.get(f"{what}AfterDays", -1) > 0
    }
    return {**record, "CalculatedLifecycle": calculated} if calculated else record


@operation("backup", "DescribeRecoveryPoint")
def describe(parameters: Parameters) -> dict:
    return view(find(parameters["BackupVaultName"], parameters["RecoveryPointArn"]))


@operation("backup", "ListRecoveryPointsByBackupVault")
def of_vault(parameters: Parameters) -> dict:
    name = store.vault(parameters["BackupVaultName"])["BackupVaultName"]
    plan = parameters.get("ByBackupPlanId")
    found = [
        view(record)
        for record in store.recovery_points.values()
        if record["BackupVaultName"] == name
        and parameters.get("ByResourceArn", record["ResourceArn"]) == record["ResourceArn"]
        and parameters.get("ByResourceType", record["ResourceType"]) == record["ResourceType"]
        and plan in (None, (record.get("CreatedBy") or {}).get("BackupPlanId"))
    ]
    return paging.page(found, "RecoveryPointArn", parameters, "RecoveryPoints")


@operation("backup", "ListRecoveryPointsByResource")
def of_resource(parameters: Parameters) -> dict:
    found = [
        {**record, "BackupSizeBytes": record["BackupSizeInBytes"]}
        for record in store.recovery_points.values()
        if record["ResourceArn"] == parameters["ResourceArn"]
    ]
    return paging.page(found, "RecoveryPointArn", parameters, "RecoveryPoints")


@operation("backup", "GetRecoveryPointRestoreMetadata")
def restore_metadata(parameters: Parameters) -> dict:
    record = find(parameters["BackupVaultName"], parameters["RecoveryPointArn"])
    taken = record["_taken"]
    metadata = {
        "DBClusterIdentifier": taken["DBClusterIdentifier"],
        "Engine": taken["Engine"],
        "EngineMode": taken.get("EngineMode", "provisioned"),
        "EngineVersion": taken["EngineVersion"],
        "Port": str(taken["Port"]),
    }
    return {**record, "RestoreMetadata": metadata}


@operation("backup", "UpdateRecoveryPointLifecycle")
def update_lifecycle(parameters: Parameters) -> dict:
    record = find(parameters["BackupVaultName"], parameters["RecoveryPointArn"])
    lifecycle = parameters.get("Lifecycle") or {}
    plans.check_lifecycle(lifecycle, "lifecycle")
    _check_unlocked(record, "updated")
    record["Lifecycle"] = {**(record.get("Lifecycle") or {}), **lifecycle}
    notices.recovery_point(record, "MODIFIED")
    return view(record)


@operation("backup", "DeleteRecoveryPoint")
def delete(parameters: Parameters) -> None:
    record = find(parameters["BackupVaultName"], parameters["RecoveryPointArn"])
    _check_unlocked(record, "deleted")
    remove(record)
    notices.recovery_point(record, "DELETED")


def _check_unlocked(record: store.Record, word: str) -> None:
    if store.vault(record["BackupVaultName"])["Locked"]:
        raise AwsError(
            "InvalidRequestException",
            f"Recovery point cannot be {word}: backup vault {record['BackupVaultName']} is locked.",
        )


def remove(record: store.Record) -> None:
    arn = record["RecoveryPointArn"]
    del store.recovery_points[arn]
    store.tags.pop(arn, None)
    rds.snapshots.pop(arn.split(":", 6)[6], None)


# --- Protected resources ---------------------------------------------------------------------------------------------


@operation("backup", "ListProtectedResources")
def protected(parameters: Parameters) -> dict:
    mine = f":{get_region()}:{get_account_id()}:"
    found: dict[str, store.Record] = {}
    for record in sorted(store.recovery_points.values(), key=lambda r: r["CreationDate"]):
        if mine in record["ResourceArn"]:
            found[record["ResourceArn"]] = _protected(record)
    return paging.page(found.values(), "ResourceArn", parameters, "Results")


def _protected(record: store.Record) -> store.Record:
    return {
        "ResourceArn": record["ResourceArn"],
        "ResourceType": record["ResourceType"],
        "ResourceName": record["ResourceName"],
        "LastBackupTime": record["CreationDate"],
        "LastBackupVaultArn": record["BackupVaultArn"],
        "LastRecoveryPointArn": record["RecoveryPointArn"],
    }


@operation("backup", "DescribeProtectedResource")
def describe_protected(parameters: Parameters) -> dict:
    found = [r for r in store.recovery_points.values() if r["ResourceArn"] == parameters["ResourceArn"]]
    if not found:
        raise store.missing(f"Resource {parameters['ResourceArn']} is not protected.")
    return _protected(max(found, key=lambda record: record["CreationDate"]))
