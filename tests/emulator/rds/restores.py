"""Clusters made of snapshots or of other clusters; ministack has neither for Aurora."""

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import clusters
from emulator.rds import snapshots
from emulator.rds import store

#: Said of the restore, not of the cluster it makes.
_OF_THE_RESTORE = {
    "SnapshotIdentifier",
    "SourceDBClusterIdentifier",
    "SourceDbClusterResourceId",
    "RestoreType",
    "RestoreToTime",
    "UseLatestRestorableTime",
}


def restore(parameters: Parameters, source: store.Record) -> dict:
    """Create a cluster with what is said, and with what the source has where nothing is said."""
    asked = {name: value for name, value in parameters.items() if name not in _OF_THE_RESTORE}
    asked.setdefault("Engine", source["Engine"])
    asked.setdefault("EngineVersion", source["EngineVersion"])
    if source["StorageEncrypted"] or "KmsKeyId" in asked:
        asked |= {"StorageEncrypted": True, "KmsKeyId": asked.get("KmsKeyId") or source["KmsKeyId"]}
    asked |= {"MasterUsername": source["MasterUsername"], "MasterUserPassword": "kept from the source"}
    return clusters.create(asked)


@operation("rds", "RestoreDBClusterFromSnapshot")
def restore_from_snapshot(parameters: Parameters) -> dict:
    source = snapshots.find(parameters["SnapshotIdentifier"])
    if source["Status"] != "available":
        raise AwsError("InvalidDBClusterSnapshotStateFault", "The snapshot is not available.")
    return restore(parameters, source)


@operation("rds", "RestoreDBClusterToPointInTime")
def restore_to_point_in_time(parameters: Parameters) -> dict:
    if "SourceDBClusterIdentifier" not in parameters:
        raise AwsError("InvalidParameterCombination", "SourceDBClusterIdentifier must be specified.")
    if bool(parameters.get("UseLatestRestorableTime")) == ("RestoreToTime" in parameters):
        raise AwsError(
            "InvalidParameterCombination", "Exactly one of RestoreToTime and UseLatestRestorableTime must be specified."
        )
    return restore(parameters, store.cluster(parameters["SourceDBClusterIdentifier"]))
