"""Aurora clusters, by themselves and as members of a global database: describe, create, delete."""

import time

from ministack.core.responses import get_region

from emulator import kms
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import catalogue
from emulator.rds import cluster_values
from emulator.rds import global_clusters
from emulator.rds import membership
from emulator.rds import notices
from emulator.rds import parameter_groups
from emulator.rds import snapshots
from emulator.rds import store
from emulator.rds import subnet_groups


@operation("rds", "DescribeDBClusters")
def describe(parameters: Parameters) -> dict:
    chosen = store.filters(
        parameters, {"db-cluster-id", "db-cluster-resource-id", "engine", "clone-group-id", "domain"}
    )
    if wanted := parameters.get("DBClusterIdentifier"):
        found = [store.cluster(wanted)]
    else:
        found = store.clusters.values()
    if "db-cluster-id" in chosen:
        names = {store.name_of(value, "cluster") for value in chosen["db-cluster-id"]}
        found = [record for record in found if record["DBClusterIdentifier"] in names]
    found = [
        record
        for record in found
        if record["Engine"] in chosen.get("engine", [record["Engine"]])
        and record["DbClusterResourceId"] in chosen.get("db-cluster-resource-id", [record["DbClusterResourceId"]])
    ]
    return store.page([membership.view(record) for record in found], "DBClusterIdentifier", parameters, "DBClusters")


# --- Create ----------------------------------------------------------------------------------------------------------


@operation("rds", "CreateDBCluster")
def create(parameters: Parameters) -> dict:
    name, engine = store.identifier(parameters, "DBClusterIdentifier"), parameters["Engine"].lower()
    if name in store.clusters:
        raise AwsError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
    catalogue.check_engine(engine)
    if parameters.get("EngineMode", "provisioned") not in ("provisioned", "global"):
        raise AwsError(
            "InvalidParameterValue",
            f"The engine mode {parameters['EngineMode']} you requested is currently unavailable.",
        )
    cluster_values.check_values(parameters)
    joining = None
    if wanted := parameters.get("GlobalClusterIdentifier"):
        joining = global_clusters.find_from_anywhere(wanted)
        global_clusters.check_joining(joining, name, parameters)
    primary = global_clusters.writer_of(joining) if joining else None
    version = _version(engine, parameters, joining)
    group = subnet_groups.find(parameters.get("DBSubnetGroupName", "default"))
    record = {
        **{field: parameters.get(field, default) for field, default in cluster_values.PLAIN.items()},
        "DBClusterIdentifier": name,
        "DBClusterArn": store.arn("cluster", name),
        "DbClusterResourceId": store.resource_id("cluster-"),
        "Engine": engine,
        "EngineMode": "provisioned",
        "EngineVersion": version,
        "AllocatedStorage": 1,
        "AvailabilityZones": _zones(parameters),
        "ClusterCreateTime": time.time(),
        "EarliestRestorableTime": time.time(),
        "LatestRestorableTime": time.time(),
        "DatabaseName": (primary or parameters).get("DatabaseName"),
        "MasterUsername": (primary or parameters).get("MasterUsername"),
        "Port": parameters.get("Port", catalogue.PORT[engine]),
        "Endpoint": f"{name}.cluster-{cluster_values.endpoint_suffix()}.{get_region()}.rds.amazonaws.com",
        "ReaderEndpoint": f"{name}.cluster-ro-{cluster_values.endpoint_suffix()}.{get_region()}.rds.amazonaws.com",
        "HostedZoneId": "Z2R2ITUGPM61AM",
        "DBSubnetGroup": group["DBSubnetGroupName"],
        "DBClusterParameterGroup": parameter_groups.CLUSTER.use(
            parameters.get("DBClusterParameterGroupName"), engine, version
        ),
        "VpcSecurityGroups": cluster_values.security_groups(parameters, group),
        "IAMDatabaseAuthenticationEnabled": parameters.get("EnableIAMDatabaseAuthentication", False),
        "HttpEndpointEnabled": parameters.get("EnableHttpEndpoint", False),
        "EnabledCloudwatchLogsExports": sorted(parameters.get("EnableCloudwatchLogsExports") or []),
        "ServerlessV2ScalingConfiguration": cluster_values.scaling(parameters),
        "LocalWriteForwardingStatus": "enabled" if parameters.get("EnableLocalWriteForwarding") else None,
        "StorageType": cluster_values.storage_type(parameters.get("StorageType")),
        "AssociatedRoles": [],
        "PendingModifiedValues": {},
        "CrossAccountClone": False,
        "DomainMemberships": [],
        "ActivityStreamStatus": "stopped",
        "TagList": store.tag_list(parameters),
        "_forwarding": parameters.get("EnableGlobalWriteForwarding", False),
        "_vpc": group["VpcId"],
        "_writer": None,
    }
    record["PreferredMaintenanceWindow"] = record["PreferredMaintenanceWindow"].lower()
    cluster_values.check_logs(engine, version, record["EnabledCloudwatchLogsExports"])
    _encrypt(parameters, record, joining)
    if primary is None:
        _secret(parameters, record)
    cluster_values.set_insights(parameters, record)
    store.clusters[name] = record
    if joining:
        global_clusters.join(joining, record)
    store.become(record, "Status", "creating", (1, "available"), finish=lambda: _created(record))
    return {"DBCluster": membership.view(record)}


def _created(record: store.Record) -> None:
    notices.announce("db-cluster", record["DBClusterArn"], "RDS-EVENT-0170", "DB cluster created", ["creation"])


def _version(engine: str, parameters: Parameters, joining: store.Record | None) -> str:
    if joining is None:
        return catalogue.resolve_version(engine, parameters.get("EngineVersion"))
    asked, fixed = parameters.get("EngineVersion"), joining["EngineVersion"]
    if engine != joining["Engine"]:
        raise AwsError(
            "InvalidParameterCombination",
            f"The engine {engine} doesn't match the engine {joining['Engine']} of the global cluster.",
        )
    if asked and asked != fixed and not fixed.startswith(asked + "."):
        raise AwsError(
            "InvalidParameterCombination",
            f"The engine version {asked} doesn't match the engine version {fixed} of the global cluster.",
        )
    return fixed


def _zones(parameters: Parameters) -> list[str]:
    asked = parameters.get("AvailabilityZones") or []
    for zone in asked:
        if zone not in catalogue.zones():
            raise AwsError("InvalidParameterValue", f"Invalid availability zone {zone}")
    return [*asked, *(zone for zone in catalogue.zones() if zone not in asked)][:3]


def _encrypt(parameters: Parameters, record: store.Record, joining: store.Record | None) -> None:
    key, encrypted = parameters.get("KmsKeyId"), parameters.get("StorageEncrypted", False)
    if joining and joining["StorageEncrypted"]:
        encrypted = True
        if not key and joining["GlobalClusterMembers"]:
            raise AwsError(
                "InvalidParameterCombination",
                "KmsKeyId should be explicitly specified for an encrypted cross-region replication cluster.",
            )
    if key and not encrypted:
        raise AwsError("InvalidParameterCombination", "KmsKeyId can only be specified when StorageEncrypted is true.")
    record["StorageEncrypted"] = encrypted
    record["StorageEncryptionType"] = "sse-kms" if encrypted else "none"
    record["KmsKeyId"] = kms.usable_key(key or "alias/aws/rds") if encrypted else None


def _secret(parameters: Parameters, record: store.Record) -> None:
    if not parameters.get("MasterUsername"):
        raise AwsError("InvalidParameterValue", "The parameter MasterUsername must be provided and must not be blank.")
    managed, password = parameters.get("ManageMasterUserPassword"), parameters.get("MasterUserPassword")
    if managed and password:
        raise AwsError(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.",
        )
    if managed:
        record["MasterUserSecret"] = cluster_values.managed_secret(parameters, record)
    elif not password and parameters.get("MasterUserAuthenticationType") != "iam-db-auth":
        raise AwsError(
            "InvalidParameterValue", "The parameter MasterUserPassword must be provided and must not be blank."
        )
    elif password and len(password) < 8:
        raise AwsError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
        )


# --- Delete ----------------------------------------------------------------------------------------------------------


@operation("rds", "DeleteDBCluster")
def delete(parameters: Parameters) -> dict:
    record = store.cluster(parameters["DBClusterIdentifier"])
    name, final = record["DBClusterIdentifier"], parameters.get("FinalDBSnapshotIdentifier")
    if record["Status"] == "deleting":
        raise AwsError("InvalidDBClusterStateFault", f"DB cluster {name} is already being deleted.")
    if record["DeletionProtection"]:
        raise AwsError(
            "InvalidParameterCombination",
            "Cannot delete protected Cluster, please disable deletion protection and try again.",
        )
    if membership.view(record)["ReadReplicaIdentifiers"]:
        raise AwsError(
            "InvalidGlobalClusterStateFault",
            "Unable to delete cluster that is a primary member of global cluster while there are other global cluster "
            "members",
        )
    if membership.global_cluster_of(record):
        raise AwsError(
            "InvalidDBClusterStateFault",
            "This cluster is a part of a global cluster, please remove it from globalcluster first",
        )
    if any(instance["DBInstanceStatus"] != "deleting" for instance in store.members(record)):
        raise AwsError(
            "InvalidDBClusterStateFault",
            "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
        )
    if parameters.get("SkipFinalSnapshot") and final:
        raise AwsError(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is enabled.",
        )
    if not parameters.get("SkipFinalSnapshot") and not final:
        raise AwsError(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
        )
    if record["Status"] not in ("available", "stopped", "failed"):
        raise AwsError("InvalidDBClusterStateFault", store.BUSY.format(name))
    if final:
        snapshots.take(record, final.lower(), record["TagList"] if record["CopyTagsToSnapshot"] else [])

    def gone() -> None:
        store.clusters.pop(name, None)
        notices.announce("db-cluster", record["DBClusterArn"], "RDS-EVENT-0171", "DB cluster deleted", ["deletion"])

    store.become(record, "Status", "deleting", (1.5, "deleted"), finish=gone)
    return {"DBCluster": membership.view(record)}
