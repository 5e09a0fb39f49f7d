"""Restore jobs: of an Aurora cluster, which is made without instances, as AWS Backup makes it."""

import json
import time

from ministack.core.responses import get_account_id

from emulator import paging
from emulator.backup import notices
from emulator.backup import progress
from emulator.backup import recovery_points
from emulator.backup import store
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import restores as rds_restores

_REQUIRED = ("DBClusterIdentifier", "Engine")
#: What the metadata may say, and how RDS wants to hear it: a text, a number, a list in JSON.
_AS = {
    "DBClusterIdentifier": str,
    "Engine": str,
    "EngineVersion": str,
    "EngineMode": str,
    "Port": int,
    "DBSubnetGroupName": str,
    "DBClusterParameterGroupName": str,
    "VpcSecurityGroupIds": json.loads,
    "AvailabilityZones": json.loads,
    "KmsKeyId": str,
    "EnableCloudwatchLogsExports": json.loads,
    "DeletionProtection": json.loads,
    "CopyTagsToSnapshot": json.loads,
}


@operation("backup", "StartRestoreJob")
def start(parameters: Parameters) -> dict:
    if found := store.repeated(store.restore_jobs.values(), parameters, "IdempotencyToken"):
        return found
    arn, metadata = parameters["RecoveryPointArn"], parameters["Metadata"]
    source = store.recovery_points.get(arn)
    if source is None:
        raise store.missing(f"Recovery point {arn} does not exist.")
    if absent := [name for name in _REQUIRED if not metadata.get(name)]:
        raise store.invalid(f"Metadata must contain {', '.join(absent)}.")
    if parameters.get("ResourceType", source["ResourceType"]) != source["ResourceType"]:
        raise store.invalid(f"The recovery point is not of type {parameters['ResourceType']}.")
    if "IamRoleArn" in parameters:
        store.check_role(parameters["IamRoleArn"])
    identity = store.new_id().upper()
    record = {
        "RestoreJobId": identity,
        "AccountId": get_account_id(),
        "RecoveryPointArn": arn,
        "SourceResourceArn": source["ResourceArn"],
        "BackupVaultArn": source["BackupVaultArn"],
        "ResourceType": source["ResourceType"],
        "RecoveryPointCreationDate": source["CreationDate"],
        "BackupSizeInBytes": source["BackupSizeInBytes"],
        "IamRoleArn": parameters.get("IamRoleArn"),
        "CreationDate": time.time(),
        "PercentDone": "0.00%",
        "IsParent": False,
        "_metadata": metadata,
        "_token": parameters.get("IdempotencyToken"),
    }
    tags = store.tags.get(arn) if parameters.get("CopySourceTagsToRestoredResource") else None
    store.restore_jobs[identity] = record
    progress.start(
        record,
        "Status",
        "PENDING",
        notices.restore_job,
        work=lambda: _restore(record, source, tags or {}),
    )
    return record


def _restore(record: store.Record, source: store.Record, tags: dict[str, str]) -> None:
    asked = {name: _AS[name](value) for name, value in record["_metadata"].items() if name in _AS}
    asked["Tags"] = recovery_points.as_list(tags)
    made = rds_restores.restore(asked, source["_taken"])["DBCluster"]
    record["CreatedResourceArn"] = made["DBClusterArn"]
    source["LastRestoreTime"] = time.time()


def _find(identity: str) -> store.Record:
    if identity not in store.restore_jobs:
        raise store.missing(f"Cannot find Restore job with ID {identity}")
    return store.restore_jobs[identity]


def _view(record: store.Record) -> store.Record:
    done = record["PercentDone"].rstrip("%")
    return {**record, "PercentDone": f"{float(done):.2f}%"}


@operation("backup", "DescribeRestoreJob")
def describe(parameters: Parameters) -> dict:
    return _view(_find(parameters["RestoreJobId"]))


@operation("backup", "GetRestoreJobMetadata")
def metadata(parameters: Parameters) -> dict:
    record = _find(parameters["RestoreJobId"])
    return {"RestoreJobId": record["RestoreJobId"], "Metadata": record["_metadata"]}


@operation("backup", "ListRestoreJobs")
def show(parameters: Parameters) -> dict:
    found = [
        _view(record)
        for record in store.restore_jobs.values()
        if progress.chosen(record, parameters, ByStatus="Status", ByResourceType="ResourceType")
    ]
    return paging.page(found, "RestoreJobId", parameters, "RestoreJobs")


@operation("backup", "ListRestoreJobsByProtectedResource")
def of_resource(parameters: Parameters) -> dict:
    found = [
        _view(record)
        for record in store.restore_jobs.values()
        if record["SourceResourceArn"] == parameters["ResourceArn"]
        and progress.chosen(record, parameters, ByStatus="Status")
    ]
    return paging.page(found, "RestoreJobId", parameters, "RestoreJobs")
