"""Global databases: who belongs to them.  How the writer moves is in `switching`."""

import secrets

from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id
from ministack.core.responses import get_region

from emulator import clock
from emulator import settings
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import catalogue
from emulator.rds import membership
from emulator.rds import store
from emulator.rds import tags

MOST_SECONDARIES = 10


def find(name: str) -> store.Record:
    """A global cluster that this Region shows."""
    record = store.global_clusters.get(name.removeprefix(f"arn:aws:rds::{get_account_id()}:global-cluster:").lower())
    if record is None or get_region() not in tags.regions_of(record):
        raise AwsError("GlobalClusterNotFoundFault", f"Global cluster {name} not found")
    return record


def find_from_anywhere(name: str) -> store.Record:
    """A global cluster as CreateDBCluster sees it: from the Region that is about to join, too."""
    record = store.global_clusters.get(name.lower())
    if record is None:
        raise AwsError("GlobalClusterNotFoundFault", f"Global cluster {name} not found")
    return record


def writer_of(record: store.Record) -> store.Record | None:
    arn = next((m["DBClusterArn"] for m in record["GlobalClusterMembers"] if m["IsWriter"]), None)
    return store.cluster_anywhere(arn) if arn else None


def member_of(record: store.Record, arn: str) -> dict | None:
    return next((m for m in record["GlobalClusterMembers"] if m["DBClusterArn"] == arn), None)


def view(record: store.Record) -> store.Record:
    shown = dict(record)
    shown["GlobalClusterMembers"] = []
    secondaries = [m["DBClusterArn"] for m in record["GlobalClusterMembers"] if not m["IsWriter"]]
    for member in record["GlobalClusterMembers"]:
        cluster = store.cluster_anywhere(member["DBClusterArn"])
        forwarding = "enabled" if cluster and cluster["_forwarding"] else "disabled"
        shown["GlobalClusterMembers"].append(
            {
                **member,
                "Readers": secondaries if member["IsWriter"] else [],
                "GlobalWriteForwardingStatus": None if member["IsWriter"] else forwarding,
            }
        )
    return shown


def check_available(record: store.Record) -> None:
    if record["Status"] != "available":
        raise AwsError(
            "InvalidGlobalClusterStateFault",
            f"Global cluster {record['GlobalClusterIdentifier']} is in an invalid state: {record['Status']}",
        )


# --- Create, describe ------------------------------------------------------------------------------------------------


@operation("rds", "CreateGlobalCluster")
def create(parameters: Parameters) -> dict:
    name = store.identifier(parameters, "GlobalClusterIdentifier")
    if name in store.global_clusters:
        raise AwsError("GlobalClusterAlreadyExistsFault", f"Global Cluster {name} already exists")
    source = None
    if wanted := parameters.get("SourceDBClusterIdentifier"):
        source = _source(wanted, parameters)
        engine, version = source["Engine"], source["EngineVersion"]
    else:
        if not parameters.get("Engine"):
            raise AwsError(
                "InvalidParameterCombination", "Either Engine or SourceDBClusterIdentifier must be specified."
            )
        engine = parameters["Engine"].lower()
        catalogue.check_engine(engine)
        version = catalogue.resolve_version(engine, parameters.get("EngineVersion"))
    record = {
        "GlobalClusterIdentifier": name,
        "GlobalClusterArn": f"arn:aws:rds::{get_account_id()}:global-cluster:{name}",
        "GlobalClusterResourceId": f"cluster-{secrets.token_hex(8)}",
        "Engine": engine,
        "EngineVersion": version,
        "EngineLifecycleSupport": (source or parameters).get(
            "EngineLifecycleSupport", "open-source-rds-extended-support"
        ),
        "DatabaseName": (source or parameters).get("DatabaseName"),
        "StorageEncrypted": (source or parameters).get("StorageEncrypted", False),
        "DeletionProtection": parameters.get("DeletionProtection", False),
        "Endpoint": f"{name}.global-{secrets.token_hex(6)}.global.rds.amazonaws.com",
        "GlobalClusterMembers": [],
        "TagList": store.tag_list(parameters),
        "_home": get_region(),
    }
    record["StorageEncryptionType"] = "sse-kms" if record["StorageEncrypted"] else "none"
    if source:
        record["GlobalClusterMembers"].append(_new_member(source, is_writer=True))
        store.become(source, "Status", "modifying", (1, "available"))
    store.global_clusters[name] = record
    store.become(record, "Status", "creating", (1, "available"))
    return {"GlobalCluster": view(record)}


def _source(reference: str, parameters: Parameters) -> store.Record:
    for field, what in (
        ("Engine", "engineName"),
        ("EngineVersion", "engineVersion"),
        ("DatabaseName", "databaseName"),
        ("StorageEncrypted", "storageEncrypted"),
    ):
        if field in parameters:
            raise AwsError(
                "InvalidParameterCombination",
                f"When creating global cluster from existing db cluster, value for {what} should not be specified "
                "since it will be inherited from source cluster",
            )
    if not reference.startswith("arn:"):
        raise AwsError("InvalidParameterValue", f"Malformed db cluster arn {reference}")
    source = store.cluster(reference)
    if membership.global_cluster_of(source):
        raise AwsError("InvalidDBClusterStateFault", f"Cluster {reference} is already a member of a global cluster")
    if source["Status"] != "available":
        raise AwsError(
            "InvalidDBClusterStateFault", f"Source cluster: {reference} is in an invalid state: {source['Status']}"
        )
    if source.get("BacktrackWindow"):
        raise AwsError("InvalidDBClusterStateFault", f"Source cluster: {reference} has backtrack enabled")
    for instance in store.members(source):
        if not catalogue.CLASSES[instance["DBInstanceClass"]]:
            raise AwsError(
                "InvalidDBClusterStateFault",
                f"Source cluster: {reference} has an instance of class {instance['DBInstanceClass']}, which global "
                "databases do not support",
            )
    return source


def _new_member(cluster: store.Record, is_writer: bool) -> dict:
    return {"DBClusterArn": cluster["DBClusterArn"], "IsWriter": is_writer, "SynchronizationStatus": "connected"}


@operation("rds", "DescribeGlobalClusters")
def describe(parameters: Parameters) -> dict:
    chosen = store.filters(parameters, {"region", "db-cluster-id"})
    if wanted := parameters.get("GlobalClusterIdentifier"):
        found = [find(wanted)]
    else:
        found = [r for r in store.global_clusters.values() if get_region() in tags.regions_of(r)]
    for field, select in (("region", lambda arn: arn.split(":")[3]), ("db-cluster-id", lambda arn: arn)):
        if field in chosen:
            found = [
                r for r in found if any(select(m["DBClusterArn"]) in chosen[field] for m in r["GlobalClusterMembers"])
            ]
    return store.page([view(record) for record in found], "GlobalClusterIdentifier", parameters, "GlobalClusters")


# --- Members ---------------------------------------------------------------------------------------------------------


def check_joining(record: store.Record, name: str, parameters: Parameters) -> None:
    """May a new cluster of this name join from this Region?"""
    check_available(record)
    members = record["GlobalClusterMembers"]
    if not members:
        return
    for field, what in (
        ("MasterUsername", "user name"),
        ("MasterUserPassword", "password"),
        ("ManageMasterUserPassword", "managed password"),
        ("DatabaseName", "database name"),
    ):
        if parameters.get(field):
            raise AwsError("InvalidParameterCombination", f"Cannot specify {what} for cross region replication cluster")
    if parameters.get("StorageEncrypted") is False and record["StorageEncrypted"]:
        raise AwsError(
            "InvalidParameterCombination", "The global cluster is encrypted: a secondary cluster must be encrypted too."
        )
    if parameters.get("StorageEncrypted") and not record["StorageEncrypted"]:
        raise AwsError(
            "InvalidParameterCombination",
            "The global cluster is not encrypted: a secondary cluster cannot be encrypted.",
        )
    if len(members) > MOST_SECONDARIES:
        raise AwsError(
            "InvalidGlobalClusterStateFault", "The global cluster has the maximum number of secondary clusters."
        )
    for member in members:
        spec = parse_arn(member["DBClusterArn"])
        if spec.region == get_region():
            raise AwsError(
                "InvalidGlobalClusterStateFault",
                f"Global cluster {record['GlobalClusterIdentifier']} already has a member in {get_region()}",
            )
        if spec.resource == f"cluster:{name}":
            raise AwsError("DBClusterAlreadyExistsFault", f"A member of the global cluster is already named {name}")
    writer = writer_of(record)
    if writer["Status"] != "available":
        raise AwsError(
            "InvalidDBClusterStateFault",
            f"Source cluster: {writer['DBClusterArn']} is in an invalid state: {writer['Status']}",
        )
    if writer.get("MasterUserSecret"):
        raise AwsError(
            "InvalidParameterCombination",
            "Secrets Manager doesn't support Aurora Global Database: turn off ManageMasterUserPassword first.",
        )


def join(record: store.Record, cluster: store.Record) -> None:
    first = not record["GlobalClusterMembers"]
    record["GlobalClusterMembers"].append(_new_member(cluster, is_writer=first))
    if first:
        record["StorageEncrypted"] = record["StorageEncrypted"] or cluster["StorageEncrypted"]
    store.become(record, "Status", "modifying", (1, "available"))


@operation("rds", "RemoveFromGlobalCluster")
def remove_member(parameters: Parameters) -> dict:
    record, arn = find(parameters["GlobalClusterIdentifier"]), parameters["DbClusterIdentifier"]
    name, member = record["GlobalClusterIdentifier"], member_of(record, arn)
    if member is None:
        raise AwsError("InvalidParameterValue", f"Cluster {arn} is not found in global cluster {name}")
    if member["IsWriter"] and len(record["GlobalClusterMembers"]) > 1:
        raise AwsError(
            "InvalidGlobalClusterStateFault",
            "Unable to delete cluster that is a primary member of global cluster while there are other global cluster "
            "members",
        )
    if record.get("FailoverState"):
        check_available(record)
    cluster = store.cluster_anywhere(arn)
    if cluster["Status"] != "available":
        raise AwsError("InvalidDBClusterStateFault", f"DB cluster {arn} is not in available state.")

    def removed() -> None:
        if member in record["GlobalClusterMembers"]:
            record["GlobalClusterMembers"].remove(member)
        store.in_region_of(cluster, membership.elect_writer)

    way = "modifying" if member["IsWriter"] else "promoting"
    store.become(cluster, "Status", way, (1, way), (0.5, "available"))
    clock.after(settings.seconds("RDS_STEP"), removed)
    store.become(record, "Status", "modifying", (1.5, "available"))
    return {"GlobalCluster": view(record)}


# --- Modify, delete --------------------------------------------------------------------------------------------------


@operation("rds", "ModifyGlobalCluster")
def modify(parameters: Parameters) -> dict:
    record = find(parameters["GlobalClusterIdentifier"])
    name = record["GlobalClusterIdentifier"]
    check_available(record)
    if "EngineVersion" in parameters:
        _upgrade(record, parameters)
    if "DeletionProtection" in parameters:
        record["DeletionProtection"] = parameters["DeletionProtection"]
    if "NewGlobalClusterIdentifier" in parameters:
        new = store.identifier(parameters, "NewGlobalClusterIdentifier")
        if new != name and new in store.global_clusters:
            raise AwsError("GlobalClusterAlreadyExistsFault", f"Global Cluster {new} already exists")
        del store.global_clusters[name]
        record["GlobalClusterIdentifier"] = new
        record["GlobalClusterArn"] = f"arn:aws:rds::{get_account_id()}:global-cluster:{new}"
        record["Endpoint"] = new + record["Endpoint"][len(name) :]
        store.global_clusters[new] = record
    store.become(record, "Status", "modifying", (0.5, "available"))
    return {"GlobalCluster": view(record)}


def _upgrade(record: store.Record, parameters: Parameters) -> None:
    engine, old = record["Engine"], record["EngineVersion"]
    new = catalogue.resolve_version(engine, parameters["EngineVersion"])
    if new == old:
        return
    versions = catalogue.VERSIONS[engine]
    if versions.index(new) < versions.index(old):
        raise AwsError("InvalidParameterCombination", f"Cannot upgrade {engine} from {old} to {new}")
    is_major = catalogue.major(engine, new) != catalogue.major(engine, old)
    if is_major and not parameters.get("AllowMajorVersionUpgrade"):
        raise AwsError(
            "InvalidParameterCombination",
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
        )
    if not is_major and engine == catalogue.MYSQL:
        raise AwsError("InvalidParameterValue", "ModifyGlobalCluster only supports Major Version Upgrades.")
    record["EngineVersion"] = new
    for member in record["GlobalClusterMembers"]:
        cluster = store.cluster_anywhere(member["DBClusterArn"])
        cluster["EngineVersion"] = new
        if is_major:
            cluster["DBClusterParameterGroup"] = f"default.{catalogue.family(engine, new)}"
        store.become(cluster, "Status", "upgrading", (1, "available"))


@operation("rds", "DeleteGlobalCluster")
def delete(parameters: Parameters) -> dict:
    record = find(parameters["GlobalClusterIdentifier"])
    name = record["GlobalClusterIdentifier"]
    if record["Status"] == "deleting":
        raise AwsError("InvalidGlobalClusterStateFault", f"Global cluster {name} is already being deleted")
    if record["DeletionProtection"]:
        raise AwsError(
            "InvalidParameterCombination",
            "Cannot delete protected Global Cluster, please disable deletion protection and try again.",
        )
    if record["GlobalClusterMembers"]:
        raise AwsError("InvalidGlobalClusterStateFault", f"Global Cluster {record['GlobalClusterArn']} is not empty")
    store.become(record, "Status", "deleting", (1, "deleted"), finish=lambda: store.global_clusters.pop(name, None))
    return {"GlobalCluster": view(record)}
