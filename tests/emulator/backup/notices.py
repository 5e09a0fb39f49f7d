"""What AWS Backup tells: events on the default bus of the account and Region in which it happens.

ministack has none.  AWS sends them at best effort, in any order; tests that mean to see that can post them again.
"""

import datetime
import json
from typing import Any

from ministack.services import eventbridge

from emulator import clock
from emulator.backup import store


def stamp(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _tell(detail_type: str, resource: str, detail: dict[str, Any]) -> None:
    event = {
        "Source": "aws.backup",
        "DetailType": detail_type,
        "Resources": [resource],
        "Detail": json.dumps({key: value for key, value in detail.items() if value is not None}),
    }
    clock.in_background(lambda: eventbridge._put_events({"Entries": [event]}, allow_aws_source=True))


def _created_by(record: store.Record) -> dict | None:
    creator = record.get("CreatedBy")
    if not creator:
        return None
    return {
        "backupPlanId": creator["BackupPlanId"],
        "backupPlanArn": creator["BackupPlanArn"],
        "backupPlanVersion": creator["BackupPlanVersion"],
        "backupPlanRuleId": creator["BackupRuleId"],
    }


def backup_job(record: store.Record) -> None:
    done = record.get("CompletionDate")
    _tell(
        "Backup Job State Change",
        record["RecoveryPointArn"] if record["State"] == "COMPLETED" else record["ResourceArn"],
        {
            "backupJobId": record["BackupJobId"],
            "backupVaultArn": record["BackupVaultArn"],
            "backupVaultName": record["BackupVaultName"],
            "bytesTransferred": str(record.get("BytesTransferred", 0)),
            "creationDate": stamp(record["CreationDate"]),
            "completionDate": stamp(done) if done else None,
            "iamRoleArn": record["IamRoleArn"],
            "resourceArn": record["ResourceArn"],
            "resourceType": record["ResourceType"],
            "state": record["State"],
            "statusMessage": record.get("StatusMessage"),
            "percentDone": float(record["PercentDone"]),
            "startBy": stamp(record["StartBy"]),
            "createdBy": _created_by(record),
        },
    )


def copy_job(record: store.Record) -> None:
    vaults = {
        "sourceBackupVaultArn": record["SourceBackupVaultArn"],
        "destinationBackupVaultArn": record["DestinationBackupVaultArn"],
    }
    detail: dict[str, Any] = {
        "copyJobId": record["CopyJobId"],
        "creationDate": stamp(record["CreationDate"]),
        "state": record["State"],
        **vaults,
    }
    if record["State"] != "CREATED":
        done = record.get("CompletionDate")
        detail |= {
            "backupSizeInBytes": record["BackupSizeInBytes"],
            "completionDate": stamp(done) if done else None,
            "iamRoleArn": record["IamRoleArn"],
            "resourceArn": record["ResourceArn"],
            "resourceType": record["ResourceType"],
            # No text where there is none yet, but an object.
            "destinationRecoveryPointArn": record.get("DestinationRecoveryPointArn") or {},
            "statusMessage": record.get("StatusMessage"),
            "createdBy": _created_by(record),
        }
    _tell("Copy Job State Change", record["SourceRecoveryPointArn"], detail)


def restore_job(record: store.Record) -> None:
    _tell(
        "Restore Job State Change",
        record["RecoveryPointArn"],
        {
            "restoreJobId": record["RestoreJobId"],
            "backupSizeInBytes": str(record["BackupSizeInBytes"]),
            "creationDate": stamp(record["CreationDate"]),
            "iamRoleArn": record["IamRoleArn"],
            "percentDone": float(record["PercentDone"].rstrip("%")),
            "recoveryPointArn": record["RecoveryPointArn"],
            "resourceType": record["ResourceType"],
            "sourceResourceArn": record["SourceResourceArn"],
            "createdResourceArn": record.get("CreatedResourceArn"),
            "status": record["Status"],
            "statusMessage": record.get("StatusMessage"),
        },
    )


def recovery_point(record: store.Record, status: str) -> None:
    _tell(
        "Recovery Point State Change",
        record["RecoveryPointArn"],
        {
            "backupVaultArn": record["BackupVaultArn"],
            "backupVaultName": record["BackupVaultName"],
            "recoveryPointArn": record["RecoveryPointArn"],
            "resourceArn": record["ResourceArn"],
            "resourceType": record["ResourceType"],
            "creationDate": stamp(record["CreationDate"]),
            "completionDate": stamp(record["CompletionDate"]),
            "iamRoleArn": record["IamRoleArn"],
            "backupSizeInBytes": str(record["BackupSizeInBytes"]),
            "encryptionKeyArn": record["EncryptionKeyArn"],
            "isEncrypted": record["IsEncrypted"],
            "storageClass": record["StorageClass"],
            "status": status,
            "createdBy": _created_by(record),
        },
    )
