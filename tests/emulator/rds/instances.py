"""The instances of Aurora clusters.  What belongs to the cluster cannot be said here, and AWS refuses it by name."""

import time

from ministack.core.responses import get_region

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import catalogue
from emulator.rds import cluster_values
from emulator.rds import membership
from emulator.rds import notices
from emulator.rds import parameter_groups
from emulator.rds import store
from emulator.rds import subnet_groups

MOST_PER_CLUSTER = 16

#: Set on the cluster, not on its members.
_OF_THE_CLUSTER = {
    "AllocatedStorage": "storage",
    "BackupRetentionPeriod": "backup retention period",
    "DBName": "database name",
    "DeletionProtection": "deletion protection",
    "EnableCloudwatchLogsExports": "log exports",
    "EnableIAMDatabaseAuthentication": "IAM database authentication",
    "Iops": "IOPS",
    "KmsKeyId": "storage encryption key",
    "ManageMasterUserPassword": "master user password management",
    "MasterUserPassword": "master user password",
    "MasterUsername": "master user name",
    "MaxAllocatedStorage": "storage",
    "NetworkType": "network type",
    "Port": "database endpoint port",
    "PreferredBackupWindow": "backup window",
    "StorageEncrypted": "storage encryption",
    "StorageType": "storage type",
    "VpcSecurityGroupIds": "vpc security group",
}
_PLAIN = {
    "AutoMinorVersionUpgrade": True,
    "CACertificateIdentifier": "rds-ca-rsa2048-g1",
    "CopyTagsToSnapshot": False,
    "MonitoringInterval": 0,
    "MonitoringRoleArn": None,
    "PreferredMaintenanceWindow": "sun:07:00-sun:07:30",
    "PromotionTier": 1,
    "PubliclyAccessible": False,
    "DatabaseInsightsMode": None,
}


def _check(parameters: Parameters) -> None:
    for field, what in _OF_THE_CLUSTER.items():
        if field in parameters:
            if field == "DeletionProtection":
                raise AwsError(
                    "InvalidParameterCombination",
                    "Deletion Protection can only be applied on the Cluster level, not for individual instances",
                )
            verb = "should not be set directly" if field in ("KmsKeyId", "StorageEncrypted") else None
            if verb:
                text = f"The requested DB Instance will be a member of a DB Cluster and its {what} {verb}."
            else:
                text = f"The requested DB Instance will be a member of a DB Cluster. Set {what} for the DB Cluster."
            raise AwsError("InvalidParameterCombination", text)
    if not 0 <= parameters.get("PromotionTier", 1) <= 15:
        raise AwsError(
            "InvalidParameterValue", f"Invalid promotion tier: {parameters['PromotionTier']}. Must be between 0 and 15."
        )
    cluster_values.check_values(parameters)


def _check_class(name: str, cluster: store.Record) -> None:
    catalogue.check_class(name)
    if name == "db.serverless" and not cluster["ServerlessV2ScalingConfiguration"]:
        raise AwsError(
            "InvalidParameterCombination",
            "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 "
            "DB instance.",
        )
    if not catalogue.CLASSES[name] and membership.global_cluster_of(cluster):
        raise AwsError(
            "InvalidParameterCombination", f"DB Instance class {name} is not supported in a global database."
        )


def view(record: store.Record) -> store.Record:
    """The record as AWS shows it: much of it is the cluster's."""
    cluster = store.clusters.get(record["DBClusterIdentifier"]) or record["_cluster"]
    group = store.subnet_groups.get(cluster["DBSubnetGroup"])
    shown = dict(record)
    shown |= {
        "MasterUsername": cluster["MasterUsername"],
        "DBName": cluster["DatabaseName"],
        "BackupRetentionPeriod": cluster["BackupRetentionPeriod"],
        "PreferredBackupWindow": cluster["PreferredBackupWindow"],
        "VpcSecurityGroups": cluster["VpcSecurityGroups"],
        "DBSubnetGroup": group,
        "DeletionProtection": False,
        "StorageEncrypted": cluster["StorageEncrypted"],
        "StorageEncryptionType": cluster["StorageEncryptionType"],
        "KmsKeyId": cluster["KmsKeyId"],
        "StorageType": cluster["StorageType"] or "aurora",
        "IAMDatabaseAuthenticationEnabled": cluster["IAMDatabaseAuthenticationEnabled"],
        "EnabledCloudwatchLogsExports": cluster["EnabledCloudwatchLogsExports"],
        "NetworkType": cluster["NetworkType"],
        "EngineLifecycleSupport": cluster["EngineLifecycleSupport"],
        "DatabaseInsightsMode": record["DatabaseInsightsMode"] or cluster["DatabaseInsightsMode"],
    }
    for field in ("PerformanceInsightsEnabled", "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod"):
        shown[field] = record.get(field, cluster.get(field))
    if shown["PerformanceInsightsEnabled"] is None:
        shown["PerformanceInsightsEnabled"] = False
    if record["DBInstanceStatus"] == "creating":
        shown.pop("Endpoint", None)  # there is none yet
    return shown


@operation("rds", "CreateDBInstance")
def create(parameters: Parameters) -> dict:
    name = store.identifier(parameters, "DBInstanceIdentifier")
    if name in store.instances:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    if not parameters.get("DBClusterIdentifier"):
        raise AwsError("InvalidParameterValue", "The emulator has Aurora only: DBClusterIdentifier must be given.")
    cluster = store.cluster(parameters["DBClusterIdentifier"])
    if cluster["Status"] in ("deleting", "stopped", "stopping", "promoting"):
        raise AwsError(
            "InvalidDBClusterStateFault",
            f"DB cluster {cluster['DBClusterIdentifier']} is in {cluster['Status']} state.",
        )
    engine, version = cluster["Engine"], cluster["EngineVersion"]
    if parameters["Engine"].lower() != engine:
        raise AwsError(
            "InvalidParameterCombination",
            f"The engine name requested for your DB instance ({parameters['Engine']}) doesn't match the engine name of "
            f"your DB cluster ({engine}).",
        )
    asked = parameters.get("EngineVersion")
    if asked and asked != version and not version.startswith(asked + "."):
        raise AwsError(
            "InvalidParameterCombination",
            "The engine version that you requested for your DB instance does not match the engine version of your "
            "DB cluster.",
        )
    _check(parameters)
    _check_class(parameters["DBInstanceClass"], cluster)
    group = subnet_groups.find(parameters.get("DBSubnetGroupName") or cluster["DBSubnetGroup"])
    if group["DBSubnetGroupName"] != cluster["DBSubnetGroup"]:
        raise AwsError(
            "InvalidParameterCombination",
            f"The DB instance must use the subnet group {cluster['DBSubnetGroup']} of its DB cluster.",
        )
    zones = sorted({subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"]})
    zone = parameters.get("AvailabilityZone", zones[len(store.members(cluster)) % len(zones)])
    if zone not in zones:
        raise AwsError("InvalidVPCNetworkStateFault", f"The DB subnet group does not cover {zone}.")
    if len(store.members(cluster)) >= MOST_PER_CLUSTER:
        raise AwsError("InstanceQuotaExceeded", "Cluster already has the maximum number of instances.")
    record = {
        **{field: parameters.get(field, default) for field, default in _PLAIN.items()},
        "DBInstanceIdentifier": name,
        "DBInstanceArn": store.arn("db", name),
        "DbiResourceId": store.resource_id("db-"),
        "DBInstanceClass": parameters["DBInstanceClass"],
        "DBClusterIdentifier": cluster["DBClusterIdentifier"],
        "Engine": engine,
        "EngineVersion": version,
        "AllocatedStorage": 1,
        "InstanceCreateTime": time.time(),
        "AvailabilityZone": zone,
        "MultiAZ": False,
        "DbInstancePort": 0,
        "LicenseModel": "postgresql-license" if engine == catalogue.POSTGRES else "general-public-license",
        "Endpoint": {
            "Address": f"{name}.{cluster_values.endpoint_suffix()}.{get_region()}.rds.amazonaws.com",
            "Port": cluster["Port"],
            "HostedZoneId": cluster["HostedZoneId"],
        },
        "DBParameterGroups": [
            {
                "DBParameterGroupName": parameter_groups.INSTANCE.use(
                    parameters.get("DBParameterGroupName"), engine, version
                ),
                "ParameterApplyStatus": "in-sync",
            }
        ],
        "DBSecurityGroups": [],
        "OptionGroupMemberships": [],
        "PendingModifiedValues": {},
        "ReadReplicaDBInstanceIdentifiers": [],
        "BackupTarget": "region",
        "TagList": store.tag_list(parameters),
        "_cluster": cluster,
    }
    record["PreferredMaintenanceWindow"] = record["PreferredMaintenanceWindow"].lower()
    cluster_values.set_insights({k: v for k, v in parameters.items() if k != "DatabaseInsightsMode"}, record)
    store.instances[name] = record
    store.become(record, "DBInstanceStatus", "creating", (1, "available"), finish=lambda: _created(record))
    membership.elect_writer(cluster)
    return {"DBInstance": view(record)}


def _created(record: store.Record) -> None:
    notices.announce("db-instance", record["DBInstanceArn"], "RDS-EVENT-0005", "DB instance created", ["creation"])


@operation("rds", "DescribeDBInstances")
def describe(parameters: Parameters) -> dict:
    chosen = store.filters(parameters, {"db-cluster-id", "db-instance-id", "dbi-resource-id", "engine", "domain"})
    if wanted := parameters.get("DBInstanceIdentifier"):
        found = [store.instance(wanted)]
    else:
        found = store.instances.values()
    if "db-cluster-id" in chosen:
        names = {store.name_of(value, "cluster") for value in chosen["db-cluster-id"]}
        found = [record for record in found if record["DBClusterIdentifier"] in names]
    if "db-instance-id" in chosen:
        names = {store.name_of(value, "db") for value in chosen["db-instance-id"]}
        found = [record for record in found if record["DBInstanceIdentifier"] in names]
    found = [record for record in found if record["Engine"] in chosen.get("engine", [record["Engine"]])]
    return store.page([view(record) for record in found], "DBInstanceIdentifier", parameters, "DBInstances")


@operation("rds", "ModifyDBInstance")
def modify(parameters: Parameters) -> dict:
    record = store.instance(parameters["DBInstanceIdentifier"])
    name = record["DBInstanceIdentifier"]
    cluster = store.cluster(record["DBClusterIdentifier"])
    if record["DBInstanceStatus"] != "available":
        raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
    if "EngineVersion" in parameters and parameters["EngineVersion"] != record["EngineVersion"]:
        raise AwsError(
            "InvalidParameterCombination", "The engine version of a cluster's instance is changed with its cluster."
        )
    parameters = {**parameters, "Port": parameters.get("DBPortNumber")}
    _check({field: value for field, value in parameters.items() if value is not None})
    changed = {field: parameters[field] for field in _PLAIN if field in parameters}
    if window := changed.get("PreferredMaintenanceWindow"):
        changed["PreferredMaintenanceWindow"] = window.lower()
    if "DBInstanceClass" in parameters:
        _check_class(parameters["DBInstanceClass"], cluster)
        changed["DBInstanceClass"] = parameters["DBInstanceClass"]
    if "DBParameterGroupName" in parameters:
        group = parameter_groups.INSTANCE.use(
            parameters["DBParameterGroupName"], record["Engine"], record["EngineVersion"]
        )
        if group != record["DBParameterGroups"][0]["DBParameterGroupName"]:
            changed["DBParameterGroups"] = [{"DBParameterGroupName": group, "ParameterApplyStatus": "pending-reboot"}]
    cluster_values.set_insights({k: v for k, v in parameters.items() if k != "DatabaseInsightsMode"}, record)
    if new := parameters.get("NewDBInstanceIdentifier"):
        new = store.identifier(parameters, "NewDBInstanceIdentifier")
        if new in store.instances:
            raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
        changed |= {"DBInstanceIdentifier": new, "DBInstanceArn": store.arn("db", new)}
        store.instances[new] = store.instances.pop(name)
        if cluster["_writer"] == name:
            cluster["_writer"] = new
    pending = {}
    if not parameters.get("ApplyImmediately"):
        waits = ("DBInstanceClass", "CACertificateIdentifier")
        pending = {f: changed.pop(f) for f in waits if f in changed and changed[f] != record[f]}
    record.update(changed)
    store.note_pending(record, changed, pending)
    store.become(record, "DBInstanceStatus", "modifying", (1, "available"))
    return {"DBInstance": view(record)}


@operation("rds", "RebootDBInstance")
def reboot(parameters: Parameters) -> dict:
    record = store.instance(parameters["DBInstanceIdentifier"])
    if record["DBInstanceStatus"] != "available":
        raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")

    def done() -> None:
        record["DBParameterGroups"] = [{**record["DBParameterGroups"][0], "ParameterApplyStatus": "in-sync"}]

    store.become(record, "DBInstanceStatus", "rebooting", (1, "available"), finish=done)
    return {"DBInstance": view(record)}


@operation("rds", "DeleteDBInstance")
def delete(parameters: Parameters) -> dict:
    record = store.instance(parameters["DBInstanceIdentifier"])
    name, cluster = record["DBInstanceIdentifier"], store.cluster(record["DBClusterIdentifier"])
    if record["DBInstanceStatus"] == "deleting":
        raise AwsError("InvalidDBInstanceState", f"Instance {name} is already being deleted.")
    if parameters.get("FinalDBSnapshotIdentifier"):
        raise AwsError(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance.",
        )
    living = [i for i in store.members(cluster) if i["DBInstanceStatus"] != "deleting"]
    if len(living) == 1 and membership.view(cluster)["ReadReplicaIdentifiers"]:
        raise AwsError(
            "InvalidDBClusterStateFault",
            "Cannot delete the last instance of the master cluster. Delete the replica cluster before deleting the "
            "last master cluster instance.",
        )

    def gone() -> None:
        store.instances.pop(name, None)
        notices.announce("db-instance", record["DBInstanceArn"], "RDS-EVENT-0003", "DB instance deleted", ["deletion"])

    store.become(record, "DBInstanceStatus", "deleting", (1, "deleted"), finish=gone)
    membership.elect_writer(cluster)
    return {"DBInstance": view(record)}
