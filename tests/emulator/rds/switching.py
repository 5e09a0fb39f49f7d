"""Switchover and failover of a global database.

ministack moves the writer in an instant.  AWS takes minutes, in which the global cluster has a FailoverState, its
members are not available, every other change is refused, and events tell how far it is.  After a failover the
old writer is away for longer: it is rebuilt, and until then `pending-resync`.
"""

import time

from ministack.core.arn import ArnParseError
from ministack.core.arn import parse_arn
from ministack.core.responses import get_region

from emulator import clock
from emulator import settings
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import operation
from emulator.rds import catalogue
from emulator.rds import global_clusters
from emulator.rds import membership
from emulator.rds import notices
from emulator.rds import snapshots
from emulator.rds import store

_CATEGORY = ["global failover"]


@operation("rds", "SwitchoverGlobalCluster")
def switchover(parameters: Parameters) -> dict:
    return _swap(parameters, loses_data=False)


@operation("rds", "FailoverGlobalCluster")
def failover(parameters: Parameters) -> dict:
    loses_data = parameters.get("AllowDataLoss", False)
    if loses_data and parameters.get("Switchover"):
        raise AwsError("InvalidParameterCombination", "AllowDataLoss and Switchover cannot both be specified.")
    return _swap(parameters, loses_data)


def _swap(parameters: Parameters, loses_data: bool) -> dict:
    record = global_clusters.find(parameters["GlobalClusterIdentifier"])
    target = parameters["TargetDbClusterIdentifier"]
    try:
        parse_arn(target)
    except ArnParseError as error:
        raise AwsError("InvalidParameterValue", f"Malformed db cluster arn {target}") from error
    member, source = global_clusters.member_of(record, target), global_clusters.writer_of(record)
    if member is None:
        raise AwsError(
            "DBClusterNotFoundFault", f"Cluster {target} is not a member of {record['GlobalClusterIdentifier']}"
        )
    if member["IsWriter"]:
        raise AwsError("InvalidDBClusterStateFault", f"Cluster {target} is already the primary cluster")
    here = get_region()
    wanted = target.split(":")[3] if loses_data else source["DBClusterArn"].split(":")[3]
    if here != wanted:
        raise AwsError(
            "InvalidGlobalClusterStateFault",
            f"A {'failover' if loses_data else 'switchover'} must be requested in {wanted}, not in {here}",
        )
    global_clusters.check_available(record)
    new = store.cluster_anywhere(target)
    for cluster in (new,) if loses_data else (new, source):
        if cluster["Status"] != "available":
            raise AwsError(
                "InvalidDBClusterStateFault", f"DB cluster {cluster['DBClusterArn']} is not in available state."
            )
    if not store.instances_of(new):
        raise AwsError("InvalidDBClusterStateFault", f"Cluster {target} has no DB instances.")
    majors = {catalogue.major(cluster["Engine"], cluster["EngineVersion"]) for cluster in (new, source)}
    if len(majors) > 1:
        raise AwsError("InvalidDBClusterStateFault", "The clusters run different major versions.")
    record["FailoverState"] = {
        "Status": "pending",
        "FromDbClusterArn": source["DBClusterArn"],
        "ToDbClusterArn": target,
        "IsDataLossAllowed": loses_data,
    }
    if loses_data:
        _fail_over(record, source, new)
    else:
        _switch_over(record, source, new)
    return {"GlobalCluster": global_clusters.view(record)}


def _tell(cluster: store.Record, number: str, message: str) -> None:
    notices.announce("db-cluster", cluster["DBClusterArn"], f"RDS-EVENT-{number}", message, _CATEGORY)


def _tell_writer(cluster: store.Record, number: str, message: str) -> None:
    """Told about the writer instance, not about the cluster."""
    for instance in store.instances_of(cluster):
        if instance["DBInstanceIdentifier"] == cluster["_writer"]:
            categories = ["notification", "global database"]
            notices.announce("db-instance", instance["DBInstanceArn"], f"RDS-EVENT-{number}", message, categories)


def _move_writer(record: store.Record, new: store.Record) -> None:
    for member in record["GlobalClusterMembers"]:
        member["IsWriter"] = member["DBClusterArn"] == new["DBClusterArn"]
    for member in record["GlobalClusterMembers"]:
        if cluster := store.cluster_anywhere(member["DBClusterArn"]):
            store.in_region_of(cluster, membership.elect_writer)


def _switch_over(record: store.Record, source: store.Record, new: store.Record) -> None:
    name = record["GlobalClusterIdentifier"]
    store.become(record, "Status", "switching-over", (2, "switching-over"), (1, "available"), finish=lambda: finished())
    for cluster in (source, new):
        store.become(cluster, "Status", "modifying", (3, "available"))
    _tell(source, "0181", f"Global switchover to DB cluster {new['DBClusterIdentifier']} in Region started.")

    def syncing() -> None:
        record["FailoverState"]["Status"] = "switching-over"
        _tell_writer(source, "0390", "Write fencing succeeded.")
        _tell(source, "0182", f"Old primary DB cluster {source['DBClusterIdentifier']} successfully shut down.")

    def moved() -> None:
        _move_writer(record, new)
        _tell(new, "0184", f"New primary DB cluster {new['DBClusterIdentifier']} was successfully promoted.")

    def finished() -> None:
        record.pop("FailoverState", None)
        for cluster in (new, source):
            _tell(cluster, "0185", f"Global switchover of {name} finished.")
        _tell(new, "0397", f"The global writer endpoint of {name} points to {new['DBClusterIdentifier']}.")

    clock.after(settings.seconds("RDS_STEP"), syncing)
    clock.after(2 * settings.seconds("RDS_STEP"), moved)


def _keep_old_volume(source: store.Record) -> None:
    """The snapshot that AWS takes of the old writer's volume before it is rebuilt."""
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime())
    name = f"rds:unplanned-global-failover-{source['DBClusterIdentifier']}-{stamp}"
    if name not in store.snapshots:
        snapshots.take(source, name, [], "automated")


def _fail_over(record: store.Record, source: store.Record, new: store.Record) -> None:
    name, old_member = record["GlobalClusterIdentifier"], global_clusters.member_of(record, source["DBClusterArn"])
    store.become(record, "Status", "failing-over", (2, "available"), finish=lambda: promoted())
    store.become(new, "Status", "failing-over", (2, "available"))
    store.become(source, "Status", "failing-over", (2, "modifying"), (3, "available"))

    def moving() -> None:
        record["FailoverState"]["Status"] = "failing-over"
        _tell_writer(source, "0390", "Write fencing succeeded.")

    def promoted() -> None:
        record.pop("FailoverState", None)
        _move_writer(record, new)
        old_member["SynchronizationStatus"] = "pending-resync"
        _tell(new, "0238", f"Global failover of {name} to {new['DBClusterIdentifier']} completed.")
        _tell(new, "0397", f"The global writer endpoint of {name} points to {new['DBClusterIdentifier']}.")
        store.in_region_of(source, _keep_old_volume)
        _tell(new, "0240", f"Started resynchronizing members of {name}.")
        clock.after(3 * settings.seconds("RDS_STEP"), resynchronised)

    def resynchronised() -> None:
        old_member["SynchronizationStatus"] = "connected"
        _tell(new, "0241", f"Finished resynchronizing members of {name}.")

    clock.after(settings.seconds("RDS_STEP"), moving)
