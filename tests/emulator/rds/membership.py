"""What a cluster is in its global database, and which of its instances writes.

None of it is stored in the cluster: it is read off the global cluster each time somebody asks, as in AWS it
changes under everybody's hands.
"""

from emulator.rds import store


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
    if not record["PendingModifiedValues"]:
        del shown["PendingModifiedValues"]
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
