"""Aurora clusters, once they are there: what can be changed, and what AWS refuses to change."""

from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import catalogue
from emulator.rds import cluster_values
from emulator.rds import membership
from emulator.rds import parameter_groups
from emulator.rds import store
from emulator.rds import subnet_groups


@operation("rds", "ModifyDBCluster")
def modify(parameters: Parameters) -> dict:
    record = store.cluster(parameters["DBClusterIdentifier"])
    name, engine = record["DBClusterIdentifier"], record["Engine"]
    if record["Status"] != "available":
        raise AwsError("InvalidDBClusterStateFault", store.BUSY.format(name))
    cluster_values.check_values(parameters)
    found = membership.global_cluster_of(record)
    if found and found["Status"] not in ("available", "modifying"):
        raise AwsError(
            "InvalidGlobalClusterStateFault", f"Global cluster {found['GlobalClusterIdentifier']} is {found['Status']}."
        )
    changed = {
        field: parameters[field]
        for field in cluster_values.PLAIN
        if field in parameters and field not in ("EngineMode", "EngineLifecycleSupport", "ClusterScalabilityType")
    }
    if window := changed.get("PreferredMaintenanceWindow"):
        changed["PreferredMaintenanceWindow"] = window.lower()
    changed |= _modified_version(parameters, record, found)
    version = changed.get("EngineVersion", record["EngineVersion"])
    if "DBInstanceParameterGroupName" in parameters and "EngineVersion" not in changed:
        raise AwsError(
            "InvalidParameterCombination",
            "The parameter db-instance-parameter-group-name can only be specified for a major engine version upgrade.",
        )
    if "DBClusterParameterGroupName" in parameters:
        changed["DBClusterParameterGroup"] = parameter_groups.CLUSTER.use(
            parameters["DBClusterParameterGroupName"], engine, version
        )
    if parameters.get("VpcSecurityGroupIds"):
        group = subnet_groups.find(record["DBSubnetGroup"])
        changed["VpcSecurityGroups"] = cluster_values.security_groups(parameters, group)
    if "StorageType" in parameters:
        changed["StorageType"] = cluster_values.storage_type(parameters["StorageType"])
    if "EnableIAMDatabaseAuthentication" in parameters:
        changed["IAMDatabaseAuthenticationEnabled"] = parameters["EnableIAMDatabaseAuthentication"]
    if "EnableLocalWriteForwarding" in parameters:
        changed["LocalWriteForwardingStatus"] = "enabled" if parameters["EnableLocalWriteForwarding"] else "disabled"
    if "EnableGlobalWriteForwarding" in parameters:
        changed["_forwarding"] = parameters["EnableGlobalWriteForwarding"]
    if "Port" in parameters:
        changed["Port"] = parameters["Port"]
    if "EnableHttpEndpoint" in parameters:
        raise AwsError(
            "InvalidParameterCombination", "EnableHttpEndpoint is for Aurora Serverless v1; use EnableHttpEndpoint."
        )
    changed["ServerlessV2ScalingConfiguration"] = cluster_values.scaling(
        parameters, record["ServerlessV2ScalingConfiguration"]
    )
    changed["EnabledCloudwatchLogsExports"] = _modified_logs(parameters, record, version)
    _modify_secret(parameters, record)
    cluster_values.set_insights(parameters, record)
    _rename(parameters, record, found)
    pending = {}
    if not parameters.get("ApplyImmediately"):
        waits = ("EngineVersion", "IAMDatabaseAuthenticationEnabled", "BackupRetentionPeriod", "StorageType")
        pending = {field: changed.pop(field) for field in waits if field in changed and changed[field] != record[field]}
        if "EngineVersion" in pending:
            changed.pop("DBClusterParameterGroup", None)
    record.update(changed)
    if "EngineVersion" in changed:
        for instance in store.members(record):
            instance["EngineVersion"] = version
    store.note_pending(record, changed, pending)
    store.become(record, "Status", "modifying", (1, "available"))
    return {"DBCluster": membership.view(record)}


def _modified_version(parameters: Parameters, record: store.Record, found: store.Record | None) -> dict:
    if "EngineVersion" not in parameters:
        return {}
    engine, old = record["Engine"], record["EngineVersion"]
    new = catalogue.resolve_version(engine, parameters["EngineVersion"])
    if new == old or old.startswith(parameters["EngineVersion"] + "."):
        return {}
    versions = catalogue.VERSIONS[engine]
    if versions.index(new) < versions.index(old):
        raise AwsError("InvalidParameterCombination", f"Cannot upgrade {engine} from {old} to {new}")
    if catalogue.major(engine, new) != catalogue.major(engine, old):
        if found:
            raise AwsError(
                "InvalidDBClusterStateFault",
                "The DB cluster is a member of a global cluster: use ModifyGlobalCluster for a major version upgrade.",
            )
        if not parameters.get("AllowMajorVersionUpgrade"):
            raise AwsError(
                "InvalidParameterCombination",
                "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
            )
        return {"EngineVersion": new, "DBClusterParameterGroup": f"default.{catalogue.family(engine, new)}"}
    if found and not membership.is_secondary(record):
        for member in found["GlobalClusterMembers"]:
            other = store.cluster_anywhere(member["DBClusterArn"])
            if not member["IsWriter"] and versions.index(other["EngineVersion"]) < versions.index(new):
                raise AwsError("InvalidDBClusterStateFault", "Upgrade global replicas first")
    return {"EngineVersion": new}


def _modified_logs(parameters: Parameters, record: store.Record, version: str) -> list[str]:
    asked = parameters.get("CloudwatchLogsExportConfiguration") or {}
    logs = set(record["EnabledCloudwatchLogsExports"])
    cluster_values.check_logs(
        record["Engine"], version, [*(asked.get("EnableLogTypes") or []), *(asked.get("DisableLogTypes") or [])]
    )
    for log in asked.get("DisableLogTypes") or []:
        if log not in logs:
            raise AwsError("InvalidParameterCombination", f"You cannot disable the log type {log}: it is not enabled.")
    return sorted((logs | set(asked.get("EnableLogTypes") or [])) - set(asked.get("DisableLogTypes") or []))


def _modify_secret(parameters: Parameters, record: store.Record) -> None:
    managed, password = parameters.get("ManageMasterUserPassword"), parameters.get("MasterUserPassword")
    if membership.is_secondary(record) and (managed is not None or password):
        raise AwsError(
            "InvalidDBClusterStateFault", "The master user password of a secondary cluster cannot be changed."
        )
    if managed and membership.global_cluster_of(record):
        raise AwsError(
            "InvalidParameterCombination", "ManageMasterUserPassword isn't supported for a member of a global cluster."
        )
    if managed:
        record["MasterUserSecret"] = cluster_values.managed_secret(parameters, record)
    elif managed is False:
        if record.get("MasterUserSecret") and not password:
            raise AwsError(
                "InvalidParameterCombination",
                "MasterUserPassword must be specified when ManageMasterUserPassword is turned off.",
            )
        record["MasterUserSecret"] = None


def _rename(parameters: Parameters, record: store.Record, found: store.Record | None) -> None:
    if "NewDBClusterIdentifier" not in parameters:
        return
    if found:
        raise AwsError(
            "InvalidDBClusterStateFault",
            "This cluster is a part of a global cluster, please remove it from globalcluster first",
        )
    new = store.identifier(parameters, "NewDBClusterIdentifier")
    if new in store.clusters:
        raise AwsError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
    for instance in store.members(record):
        instance["DBClusterIdentifier"] = new
    del store.clusters[record["DBClusterIdentifier"]]
    record["DBClusterIdentifier"], record["DBClusterArn"] = new, store.arn("cluster", new)
    store.clusters[new] = record


# --- Smaller changes -------------------------------------------------------------------------------------------------


@operation("rds", "AddRoleToDBCluster")
def add_role(parameters: Parameters) -> None:
    record, role = store.cluster(parameters["DBClusterIdentifier"]), parameters["RoleArn"]
    cluster_values.check_role(role, parameters.get("FeatureName", "the feature"))
    if any(
        r["RoleArn"] == role and r.get("FeatureName") == parameters.get("FeatureName")
        for r in record["AssociatedRoles"]
    ):
        raise AwsError("DBClusterRoleAlreadyExists", f"Role {role} is already associated with the cluster.")
    record["AssociatedRoles"].append(
        {"RoleArn": role, "Status": "ACTIVE", "FeatureName": parameters.get("FeatureName")}
    )


@operation("rds", "RemoveRoleFromDBCluster")
def remove_role(parameters: Parameters) -> None:
    record, role = store.cluster(parameters["DBClusterIdentifier"]), parameters["RoleArn"]
    kept = [
        r
        for r in record["AssociatedRoles"]
        if (r["RoleArn"], r.get("FeatureName")) != (role, parameters.get("FeatureName"))
    ]
    if len(kept) == len(record["AssociatedRoles"]):
        raise AwsError("DBClusterRoleNotFound", f"Role {role} is not associated with the cluster.")
    record["AssociatedRoles"] = kept


@operation("rds", "EnableHttpEndpoint")
def enable_http_endpoint(parameters: Parameters) -> dict:
    return _http_endpoint(parameters, True)


@operation("rds", "DisableHttpEndpoint")
def disable_http_endpoint(parameters: Parameters) -> dict:
    return _http_endpoint(parameters, False)


def _http_endpoint(parameters: Parameters, enabled: bool) -> dict:
    arn = parameters["ResourceArn"]
    name = store.name_of(arn, "cluster")
    if not name or name not in store.clusters:
        raise AwsError("ResourceNotFoundFault", f"{arn} not found.")
    store.clusters[name]["HttpEndpointEnabled"] = enabled
    return {"ResourceArn": arn, "HttpEndpointEnabled": enabled}


@operation("rds", "FailoverDBCluster")
def failover(parameters: Parameters) -> dict:
    """Failover inside the Region: another instance becomes the writer."""
    record = store.cluster(parameters["DBClusterIdentifier"])
    name = record["DBClusterIdentifier"]
    if record["Status"] != "available" or membership.is_secondary(record):
        raise AwsError("InvalidDBClusterStateFault", store.BUSY.format(name))
    others = [
        i
        for i in store.members(record)
        if i["DBInstanceIdentifier"] != record["_writer"] and i["DBInstanceStatus"] == "available"
    ]
    if target := parameters.get("TargetDBInstanceIdentifier"):
        others = [i for i in others if i["DBInstanceIdentifier"] == target.lower()]
    if not others:
        raise AwsError("InvalidDBClusterStateFault", "Cluster does not contain a viable failover target.")
    target = min(others, key=lambda i: i["PromotionTier"])["DBInstanceIdentifier"]
    store.become(record, "Status", "failing-over", (1, "available"), finish=lambda: record.update(_writer=target))
    return {"DBCluster": membership.view(record)}


def _start_or_stop(parameters: Parameters, needed: str, going: str, arrived: str) -> dict:
    record = store.cluster(parameters["DBClusterIdentifier"])
    if record["Status"] != needed or membership.global_cluster_of(record):
        raise AwsError(
            "InvalidDBClusterStateFault",
            f"DbCluster {record['DBClusterIdentifier']} is in {record['Status']} state or cannot be stopped.",
        )
    for instance in store.members(record):
        store.become(instance, "DBInstanceStatus", going, (1, arrived))
    store.become(record, "Status", going, (1, arrived))
    return {"DBCluster": membership.view(record)}


@operation("rds", "StopDBCluster")
def stop(parameters: Parameters) -> dict:
    return _start_or_stop(parameters, "available", "stopping", "stopped")


@operation("rds", "StartDBCluster")
def start(parameters: Parameters) -> dict:
    return _start_or_stop(parameters, "stopped", "starting", "available")
