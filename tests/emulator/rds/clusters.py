"""Aurora clusters, by themselves and as members of a global database.

What a cluster *is* in a global database (writer or not, whom it replicates from) is never stored in the
cluster: it is read off the global cluster each time somebody asks, as in AWS it changes under everybody's hands.
"""

import re
import secrets
import time

from ministack.core.responses import get_account_id
from ministack.core.responses import get_region

from emulator import ec2
from emulator import iam
from emulator import kms
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import catalogue
from emulator.rds import notices
from emulator.rds import parameter_groups
from emulator.rds import snapshots
from emulator.rds import store
from emulator.rds import subnet_groups

#: Copied from the request to the record under the same name, with the default AWS gives.
_PLAIN = {
    "BackupRetentionPeriod": 1,
    "PreferredBackupWindow": "03:00-03:30",
    "PreferredMaintenanceWindow": "sun:05:00-sun:05:30",
    "DeletionProtection": False,
    "CopyTagsToSnapshot": False,
    "EngineMode": "provisioned",
    "NetworkType": "IPV4",
    "AutoMinorVersionUpgrade": True,
    "MonitoringInterval": 0,
    "MonitoringRoleArn": None,
    "DatabaseInsightsMode": "standard",
    "EngineLifecycleSupport": "open-source-rds-extended-support",
    "BacktrackWindow": None,
    "ClusterScalabilityType": "standard",
}
_BUSY = "DB cluster {} is not in available state."


_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_DAY = r"(mon|tue|wed|thu|fri|sat|sun)"
_WINDOWS = {
    "PreferredBackupWindow": re.compile(f"{_TIME}-{_TIME}"),
    "PreferredMaintenanceWindow": re.compile(f"{_DAY}:{_TIME}-{_DAY}:{_TIME}"),
}


def check_values(parameters: Parameters) -> None:
    if not 1 <= parameters.get("BackupRetentionPeriod", 1) <= 35:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid backup retention period: {parameters['BackupRetentionPeriod']}. "
            "Backup retention period must be between 1 and 35.",
        )
    for field, form in _WINDOWS.items():
        if field in parameters and not form.fullmatch(parameters[field].lower()):
            raise AwsError("InvalidParameterValue", f"Invalid {field}: {parameters[field]}")
    if (interval := parameters.get("MonitoringInterval")) is not None:
        if interval not in (0, 1, 5, 10, 15, 30, 60):
            raise AwsError("InvalidParameterValue", f"Invalid monitoring interval: {interval}")
        if interval and not parameters.get("MonitoringRoleArn"):
            raise AwsError(
                "InvalidParameterCombination",
                "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.",
            )
    if role := parameters.get("MonitoringRoleArn"):
        check_role(role, "ENHANCED_MONITORING")


def check_role(role: str, purpose: str) -> None:
    if not iam.role_exists(role):
        raise AwsError(
            "InvalidParameterValue",
            f"IAM role ARN value is invalid or does not include the required permissions for: {purpose}",
        )


def _check_logs(engine: str, version: str, types: list[str]) -> None:
    unknown = [name for name in types if name not in catalogue.LOG_TYPES[engine]]
    if unknown:
        raise AwsError(
            "InvalidParameterCombination",
            f"You cannot use the log types '{', '.join(unknown)}' with engine version {engine} {version}. "
            f"For supported log types, see the documentation.",
        )


def _scaling(parameters: Parameters, before: dict | None = None) -> dict | None:
    asked = parameters.get("ServerlessV2ScalingConfiguration")
    if asked is None:
        return before
    merged = {**(before or {}), **asked}
    low, high = merged.get("MinCapacity"), merged.get("MaxCapacity")
    if low is None or high is None or low > high or not 0 <= low <= 256 or not 1 <= high <= 256:
        raise AwsError(
            "InvalidParameterValue",
            "Serverless v2 capacity is invalid: MinCapacity and MaxCapacity are needed, from 0 to 256.",
        )
    if (low * 2) % 1 or (high * 2) % 1:
        raise AwsError("InvalidParameterValue", "Serverless v2 capacity must be a multiple of 0.5.")
    if low == 0:
        merged.setdefault("SecondsUntilAutoPause", 300)
    elif "SecondsUntilAutoPause" in asked:
        raise AwsError("InvalidParameterCombination", "SecondsUntilAutoPause can only be set when MinCapacity is 0.")
    else:
        merged.pop("SecondsUntilAutoPause", None)
    return merged


def set_insights(parameters: Parameters, record: store.Record) -> None:
    """Performance Insights: its key is AWS's own if none is named, and cannot be changed afterwards."""
    enabled = parameters.get("EnablePerformanceInsights", record.get("PerformanceInsightsEnabled"))
    mode = parameters.get("DatabaseInsightsMode", record.get("DatabaseInsightsMode", "standard"))
    retention = parameters.get("PerformanceInsightsRetentionPeriod", record.get("PerformanceInsightsRetentionPeriod"))
    if mode == "advanced" and (not enabled or (retention or 7) < 465):
        raise AwsError(
            "InvalidParameterCombination",
            "Database Insights advanced mode needs Performance Insights with a retention period of at least 465 days.",
        )
    if enabled is None:
        return
    record["PerformanceInsightsEnabled"] = enabled
    if not enabled:
        record.pop("PerformanceInsightsKMSKeyId", None)
        record.pop("PerformanceInsightsRetentionPeriod", None)
        return
    key = parameters.get("PerformanceInsightsKMSKeyId")
    key = kms.usable_key(key) if key else record.get("PerformanceInsightsKMSKeyId") or kms.usable_key("alias/aws/rds")
    if record.get("PerformanceInsightsKMSKeyId", key) != key:
        raise AwsError("InvalidParameterCombination", "You cannot change your Performance Insights KMS key.")
    record["PerformanceInsightsKMSKeyId"] = key
    record["PerformanceInsightsRetentionPeriod"] = retention or 7


# --- What others see -------------------------------------------------------------------------------------------------


def global_cluster_of(record: store.Record) -> store.Record | None:
    return next(
        (
            found
            for found in store.global_clusters.values()
            if any(member["DBClusterArn"] == record["DBClusterArn"] for member in found["GlobalClusterMembers"])
        ),
        None,
    )


def view(record: store.Record) -> store.Record:
    """The record as AWS shows it now."""
    shown = dict(record)
    shown["DBClusterMembers"] = [
        {
            "DBInstanceIdentifier": instance["DBInstanceIdentifier"],
            "IsClusterWriter": instance["DBInstanceIdentifier"] == record.get("_writer"),
            "DBClusterParameterGroupStatus": "in-sync",
            "PromotionTier": instance["PromotionTier"],
        }
        for instance in store.members(record)
        if instance["DBInstanceStatus"] != "deleting"
    ]
    shown["MultiAZ"] = len({i["AvailabilityZone"] for i in store.members(record)}) > 1
    shown["ReadReplicaIdentifiers"] = []
    found = global_cluster_of(record)
    if found is None:
        return shown
    shown["GlobalClusterIdentifier"] = found["GlobalClusterIdentifier"]
    shown["GlobalWriteForwardingRequested"] = record["_forwarding"]
    writer = next((m["DBClusterArn"] for m in found["GlobalClusterMembers"] if m["IsWriter"]), None)
    if writer == record["DBClusterArn"]:
        shown["ReadReplicaIdentifiers"] = [
            member["DBClusterArn"] for member in found["GlobalClusterMembers"] if not member["IsWriter"]
        ]
    else:
        shown["ReplicationSourceIdentifier"] = writer
        shown["GlobalWriteForwardingStatus"] = "enabled" if record["_forwarding"] else "disabled"
    return shown


def is_secondary(record: store.Record) -> bool:
    return "ReplicationSourceIdentifier" in view(record)


def elect_writer(record: store.Record) -> None:
    """The writer of a cluster that has one: the instance of the lowest promotion tier, if there is none."""
    if is_secondary(record):
        record["_writer"] = None
        return
    living = [i for i in store.members(record) if i["DBInstanceStatus"] != "deleting"]
    if record.get("_writer") not in [i["DBInstanceIdentifier"] for i in living]:
        living.sort(key=lambda i: (i["DBInstanceStatus"] != "available", i["PromotionTier"], i["InstanceCreateTime"]))
        record["_writer"] = living[0]["DBInstanceIdentifier"] if living else None


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
    return store.page([view(record) for record in found], "DBClusterIdentifier", parameters, "DBClusters")


# --- Create ----------------------------------------------------------------------------------------------------------


@operation("rds", "CreateDBCluster")
def create(parameters: Parameters) -> dict:
    from emulator.rds import global_clusters

    name, engine = store.identifier(parameters, "DBClusterIdentifier"), parameters["Engine"].lower()
    if name in store.clusters:
        raise AwsError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
    catalogue.check_engine(engine)
    if parameters.get("EngineMode", "provisioned") not in ("provisioned", "global"):
        raise AwsError(
            "InvalidParameterValue",
            f"The engine mode {parameters['EngineMode']} you requested is currently unavailable.",
        )
    check_values(parameters)
    joining = None
    if wanted := parameters.get("GlobalClusterIdentifier"):
        joining = global_clusters.find_from_anywhere(wanted)
        global_clusters.check_joining(joining, name, parameters)
    primary = global_clusters.writer_of(joining) if joining else None
    version = _version(engine, parameters, joining)
    group = subnet_groups.find(parameters.get("DBSubnetGroupName", "default"))
    record = {
        **{field: parameters.get(field, default) for field, default in _PLAIN.items()},
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
        "DatabaseName": parameters.get("DatabaseName"),
        "MasterUsername": primary["MasterUsername"] if primary else parameters.get("MasterUsername"),
        "Port": parameters.get("Port", catalogue.PORT[engine]),
        "Endpoint": f"{name}.cluster-{endpoint_suffix()}.{get_region()}.rds.amazonaws.com",
        "ReaderEndpoint": f"{name}.cluster-ro-{endpoint_suffix()}.{get_region()}.rds.amazonaws.com",
        "HostedZoneId": "Z2R2ITUGPM61AM",
        "DBSubnetGroup": group["DBSubnetGroupName"],
        "DBClusterParameterGroup": parameter_groups.CLUSTER.use(
            parameters.get("DBClusterParameterGroupName"), engine, version
        ),
        "VpcSecurityGroups": _security_groups(parameters, group),
        "IAMDatabaseAuthenticationEnabled": parameters.get("EnableIAMDatabaseAuthentication", False),
        "HttpEndpointEnabled": parameters.get("EnableHttpEndpoint", False),
        "EnabledCloudwatchLogsExports": sorted(parameters.get("EnableCloudwatchLogsExports") or []),
        "ServerlessV2ScalingConfiguration": _scaling(parameters),
        "LocalWriteForwardingStatus": "enabled" if parameters.get("EnableLocalWriteForwarding") else None,
        "StorageType": _storage_type(parameters.get("StorageType")),
        "AssociatedRoles": [],
        "CrossAccountClone": False,
        "DomainMemberships": [],
        "ActivityStreamStatus": "stopped",
        "TagList": store.tag_list(parameters),
        "_forwarding": parameters.get("EnableGlobalWriteForwarding", False),
        "_vpc": group["VpcId"],
        "_writer": None,
    }
    record["PreferredMaintenanceWindow"] = record["PreferredMaintenanceWindow"].lower()
    _check_logs(engine, version, record["EnabledCloudwatchLogsExports"])
    _encrypt(parameters, record, joining)
    if primary is None:
        _secret(parameters, record)
    set_insights(parameters, record)
    store.clusters[name] = record
    if joining:
        global_clusters.join(joining, record)
    store.become(record, "Status", "creating", (1, "available"), finish=lambda: _created(record))
    return {"DBCluster": view(record)}


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


def endpoint_suffix() -> str:
    return secrets.token_hex(6)


def _storage_type(asked: str | None) -> str | None:
    """`aurora` is what it is when nothing is said, and AWS says nothing then."""
    if asked not in (None, "", "aurora", "aurora-iopt1"):
        raise AwsError("InvalidParameterValue", f"Invalid storage type: {asked}")
    return asked if asked == "aurora-iopt1" else None


def _security_groups(parameters: Parameters, group: store.Record) -> list[dict]:
    asked = parameters.get("VpcSecurityGroupIds")
    found = ec2.security_groups(asked) if asked else {ec2.default_security_group(group["VpcId"]): group["VpcId"]}
    for identity in asked or []:
        if identity not in found:
            raise AwsError("InvalidParameterValue", f"Invalid security group , groupId= {identity}, groupName=.")
        if found[identity] != group["VpcId"]:
            raise AwsError(
                "InvalidParameterCombination",
                f"The DB instance and EC2 security group are in different VPCs. The DB instance is in {group['VpcId']} "
                f"and the EC2 security group is in {found[identity]}",
            )
    return [{"VpcSecurityGroupId": identity, "Status": "active"} for identity in found]


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
        record["MasterUserSecret"] = _managed_secret(parameters, record)
    elif not password and parameters.get("MasterUserAuthenticationType") != "iam-db-auth":
        raise AwsError(
            "InvalidParameterValue", "The parameter MasterUserPassword must be provided and must not be blank."
        )
    elif password and len(password) < 8:
        raise AwsError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
        )


def _managed_secret(parameters: Parameters, record: store.Record) -> dict:
    key = parameters.get("MasterUserSecretKmsKeyId", "alias/aws/secretsmanager")
    return {
        "SecretArn": f"arn:aws:secretsmanager:{get_region()}:{get_account_id()}:secret:rds!"
        f"{record['DbClusterResourceId'].lower()}",
        "SecretStatus": "active",
        "KmsKeyId": kms.usable_key(key),
    }


# --- Modify ----------------------------------------------------------------------------------------------------------


@operation("rds", "ModifyDBCluster")
def modify(parameters: Parameters) -> dict:
    record = store.cluster(parameters["DBClusterIdentifier"])
    name, engine = record["DBClusterIdentifier"], record["Engine"]
    if record["Status"] != "available":
        raise AwsError("InvalidDBClusterStateFault", _BUSY.format(name))
    check_values(parameters)
    found = global_cluster_of(record)
    if found and found["Status"] not in ("available", "modifying"):
        raise AwsError(
            "InvalidGlobalClusterStateFault", f"Global cluster {found['GlobalClusterIdentifier']} is {found['Status']}."
        )
    changed = {
        field: parameters[field]
        for field in _PLAIN
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
        changed["VpcSecurityGroups"] = _security_groups(parameters, group)
    if "StorageType" in parameters:
        changed["StorageType"] = _storage_type(parameters["StorageType"])
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
    changed["ServerlessV2ScalingConfiguration"] = _scaling(parameters, record["ServerlessV2ScalingConfiguration"])
    changed["EnabledCloudwatchLogsExports"] = _modified_logs(parameters, record, version)
    _modify_secret(parameters, record)
    set_insights(parameters, record)
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
    if pending:
        record["PendingModifiedValues"] = {**record.get("PendingModifiedValues", {}), **pending}
    store.become(record, "Status", "modifying", (1, "available"))
    return {"DBCluster": view(record)}


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
    if found and not is_secondary(record):
        for member in found["GlobalClusterMembers"]:
            other = store.cluster_anywhere(member["DBClusterArn"])
            if not member["IsWriter"] and versions.index(other["EngineVersion"]) < versions.index(new):
                raise AwsError("InvalidDBClusterStateFault", "Upgrade global replicas first")
    return {"EngineVersion": new}


def _modified_logs(parameters: Parameters, record: store.Record, version: str) -> list[str]:
    asked = parameters.get("CloudwatchLogsExportConfiguration") or {}
    logs = set(record["EnabledCloudwatchLogsExports"])
    _check_logs(
        record["Engine"], version, [*(asked.get("EnableLogTypes") or []), *(asked.get("DisableLogTypes") or [])]
    )
    for log in asked.get("DisableLogTypes") or []:
        if log not in logs:
            raise AwsError("InvalidParameterCombination", f"You cannot disable the log type {log}: it is not enabled.")
    return sorted((logs | set(asked.get("EnableLogTypes") or [])) - set(asked.get("DisableLogTypes") or []))


def _modify_secret(parameters: Parameters, record: store.Record) -> None:
    managed, password = parameters.get("ManageMasterUserPassword"), parameters.get("MasterUserPassword")
    if is_secondary(record) and (managed is not None or password):
        raise AwsError(
            "InvalidDBClusterStateFault", "The master user password of a secondary cluster cannot be changed."
        )
    if managed and global_cluster_of(record):
        raise AwsError(
            "InvalidParameterCombination", "ManageMasterUserPassword isn't supported for a member of a global cluster."
        )
    if managed:
        record["MasterUserSecret"] = _managed_secret(parameters, record)
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
    if global_cluster_of(record):
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
        raise AwsError("InvalidDBClusterStateFault", _BUSY.format(name))
    if final:
        snapshots.take(record, final.lower(), record["TagList"] if record["CopyTagsToSnapshot"] else [])

    def gone() -> None:
        store.clusters.pop(name, None)
        notices.announce("db-cluster", record["DBClusterArn"], "RDS-EVENT-0171", "DB cluster deleted", ["deletion"])

    store.become(record, "Status", "deleting", (1.5, "deleted"), finish=gone)
    return {"DBCluster": view(record)}


# --- Smaller changes -------------------------------------------------------------------------------------------------


@operation("rds", "AddRoleToDBCluster")
def add_role(parameters: Parameters) -> None:
    record, role = store.cluster(parameters["DBClusterIdentifier"]), parameters["RoleArn"]
    check_role(role, parameters.get("FeatureName", "the feature"))
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
    if record["Status"] != "available" or is_secondary(record):
        raise AwsError("InvalidDBClusterStateFault", _BUSY.format(name))
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
    return {"DBCluster": view(record)}


def _start_or_stop(parameters: Parameters, needed: str, going: str, arrived: str) -> dict:
    record = store.cluster(parameters["DBClusterIdentifier"])
    if record["Status"] != needed or global_cluster_of(record):
        raise AwsError(
            "InvalidDBClusterStateFault",
            f"DbCluster {record['DBClusterIdentifier']} is in {record['Status']} state or cannot be stopped.",
        )
    for instance in store.members(record):
        store.become(instance, "DBInstanceStatus", going, (1, arrived))
    store.become(record, "Status", going, (1, arrived))
    return {"DBCluster": view(record)}


@operation("rds", "StopDBCluster")
def stop(parameters: Parameters) -> dict:
    return _start_or_stop(parameters, "available", "stopping", "stopped")


@operation("rds", "StartDBCluster")
def start(parameters: Parameters) -> dict:
    return _start_or_stop(parameters, "stopped", "starting", "available")
