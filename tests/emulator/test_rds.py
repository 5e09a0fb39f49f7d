"""Aurora's life cycle: the states on the way, and what is refused."""

import json
import time

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import WEST
from emulator.testing import Emulator
from emulator.testing import refused
from emulator.testing import wait_until

POSTGRES = "aurora-postgresql"


@pytest.fixture
def east(emulator: Emulator):
    return emulator.client("rds", EAST)


@pytest.fixture
def west(emulator: Emulator):
    return emulator.client("rds", WEST)


def cluster(rds, name):
    return rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def instance(rds, name):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def available(rds, name):
    return wait_until(lambda: (c := cluster(rds, name))["Status"] == "available" and c)


def instance_available(rds, name):
    return wait_until(lambda: (i := instance(rds, name))["DBInstanceStatus"] == "available" and i)


def global_cluster(rds, name="orders"):
    return rds.describe_global_clusters(GlobalClusterIdentifier=name)["GlobalClusters"][0]


def global_available(rds, name="orders"):
    return wait_until(lambda: (g := global_cluster(rds, name))["Status"] == "available" and g)


def make_cluster(rds, name="c1", **more):
    arguments = {"Engine": POSTGRES, "MasterUsername": "postgres", "MasterUserPassword": "password1", **more}
    return rds.create_db_cluster(DBClusterIdentifier=name, **arguments)["DBCluster"]


def make_instance(rds, name, cluster_name, **more):
    arguments = {"Engine": POSTGRES, "DBInstanceClass": "db.r6g.large", **more}
    return rds.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier=cluster_name, **arguments)[
        "DBInstance"
    ]


@pytest.fixture
def pair(emulator: Emulator, east, west):
    """A global database of two Regions, each with one instance."""
    found = emulator.seed()
    east.create_global_cluster(GlobalClusterIdentifier="orders", SourceDBClusterIdentifier=found["cluster"])
    available(east, "orders")
    global_available(east)
    key = emulator.client("kms", WEST).create_key()["KeyMetadata"]["Arn"]
    west.create_db_cluster(
        DBClusterIdentifier="orders-west", Engine=POSTGRES, GlobalClusterIdentifier="orders", KmsKeyId=key,
        EnableGlobalWriteForwarding=True,
    )  # fmt: skip
    make_instance(west, "orders-west-1", "orders-west")
    instance_available(west, "orders-west-1")
    global_available(west)
    return cluster(east, "orders")["DBClusterArn"], available(west, "orders-west")["DBClusterArn"]


# --- Clusters --------------------------------------------------------------------------------------------------------


def test_states_of_a_cluster(east):
    made = make_cluster(east, "UpPer", Tags=[{"Key": "a", "Value": "b"}])
    assert (made["DBClusterIdentifier"], made["Status"], made["EngineVersion"]) == ("upper", "creating", "16.6")
    assert available(east, "upper")["TagList"] == [{"Key": "a", "Value": "b"}]
    with refused("DBClusterAlreadyExistsFault"):
        make_cluster(east, "upper")
    changed = east.modify_db_cluster(DBClusterIdentifier="upper", BackupRetentionPeriod=9, ApplyImmediately=True)
    assert changed["DBCluster"]["Status"] == "modifying"
    with refused("InvalidDBClusterStateFault"):
        east.modify_db_cluster(DBClusterIdentifier="upper", BackupRetentionPeriod=8, ApplyImmediately=True)
    assert available(east, "upper")["BackupRetentionPeriod"] == 9
    with refused("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required"):
        east.delete_db_cluster(DBClusterIdentifier="upper")
    assert (
        east.delete_db_cluster(DBClusterIdentifier="upper", SkipFinalSnapshot=True)["DBCluster"]["Status"] == "deleting"
    )
    wait_until(lambda: not east.describe_db_clusters()["DBClusters"])
    with refused("DBClusterNotFoundFault"):
        cluster(east, "upper")


def test_a_change_that_is_late_to_begin(emulator, east):
    make_cluster(east)
    available(east, "c1")
    emulator.control("/_dr/settings", "POST", {"RDS_LAG": 0.3})
    changed = east.modify_db_cluster(DBClusterIdentifier="c1", BackupRetentionPeriod=9)["DBCluster"]
    assert changed["Status"] == "available"
    wait_until(lambda: cluster(east, "c1")["Status"] == "modifying")
    available(east, "c1")


def test_changes_that_wait_for_the_maintenance_window(east):
    make_cluster(east, EngineVersion="16.4")
    available(east, "c1")
    assert "PendingModifiedValues" not in cluster(east, "c1")
    east.modify_db_cluster(DBClusterIdentifier="c1", EngineVersion="16.6", DeletionProtection=True)
    found = available(east, "c1")
    assert (found["EngineVersion"], found["PendingModifiedValues"]) == ("16.4", {"EngineVersion": "16.6"})
    assert found["DeletionProtection"]
    east.modify_db_cluster(DBClusterIdentifier="c1", EngineVersion="16.6", ApplyImmediately=True)
    found = available(east, "c1")
    assert (found["EngineVersion"], "PendingModifiedValues" in found) == ("16.6", False)
    with refused("InvalidParameterCombination", "AllowMajorVersionUpgrade"):
        east.modify_db_cluster(DBClusterIdentifier="c1", EngineVersion="17.5", ApplyImmediately=True)


def test_a_cluster_without_password_is_refused(east):
    with refused("InvalidParameterValue", "MasterUserPassword must be provided"):
        east.create_db_cluster(DBClusterIdentifier="c1", Engine=POSTGRES, MasterUsername="postgres")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"DBSubnetGroupName": "nope"}, "DBSubnetGroupNotFoundFault"),
        ({"DBClusterParameterGroupName": "nope"}, "DBClusterParameterGroupNotFound"),
        ({"StorageEncrypted": True, "KmsKeyId": "alias/nope"}, "KMSKeyNotAccessibleFault"),
        ({"GlobalClusterIdentifier": "nope"}, "GlobalClusterNotFoundFault"),
        ({"EngineVersion": "9.9"}, "InvalidParameterCombination"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"EnableCloudwatchLogsExports": ["audit"]}, "InvalidParameterCombination"),
        ({"VpcSecurityGroupIds": ["sg-1"]}, "InvalidParameterValue"),
        ({"MonitoringInterval": 60}, "InvalidParameterCombination"),
    ],
)
def test_what_a_cluster_needs(east, more, code):
    with refused(code):
        make_cluster(east, **more)


def test_a_key_must_be_enabled_and_of_the_region(emulator, east):
    kms = emulator.client("kms", EAST)
    key = kms.create_key()["KeyMetadata"]
    other = emulator.client("kms", WEST).create_key()["KeyMetadata"]["Arn"]
    with refused("KMSKeyNotAccessibleFault"):
        make_cluster(east, StorageEncrypted=True, KmsKeyId=other)
    kms.disable_key(KeyId=key["KeyId"])
    with refused("KMSKeyNotAccessibleFault"):
        make_cluster(east, StorageEncrypted=True, KmsKeyId=key["KeyId"])
    kms.enable_key(KeyId=key["KeyId"])
    assert make_cluster(east, StorageEncrypted=True, KmsKeyId=key["KeyId"])["KmsKeyId"] == key["Arn"]
    managed = make_cluster(east, "c2", StorageEncrypted=True)["KmsKeyId"]
    assert kms.describe_key(KeyId=managed)["KeyMetadata"]["KeyManager"] == "AWS"


def test_log_exports_and_scaling(east):
    make_cluster(
        east,
        EnableCloudwatchLogsExports=["postgresql"],
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 8},
    )
    assert available(east, "c1")["EnabledCloudwatchLogsExports"] == ["postgresql"]
    east.modify_db_cluster(
        DBClusterIdentifier="c1",
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["instance"], "DisableLogTypes": ["postgresql"]},
        ServerlessV2ScalingConfiguration={"MaxCapacity": 16},
    )
    found = available(east, "c1")
    assert found["EnabledCloudwatchLogsExports"] == ["instance"]
    assert found["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 16.0}
    assert make_instance(east, "i1", "c1", DBInstanceClass="db.serverless")["DBInstanceClass"] == "db.serverless"


def test_deletion_is_guarded(east):
    make_cluster(east, DeletionProtection=True)
    make_instance(east, "i1", "c1")
    available(east, "c1")
    with refused("InvalidParameterCombination", "Cannot delete protected Cluster"):
        east.delete_db_cluster(DBClusterIdentifier="c1", SkipFinalSnapshot=True)
    east.modify_db_cluster(DBClusterIdentifier="c1", DeletionProtection=False)
    available(east, "c1")
    with refused("InvalidDBClusterStateFault", "it still contains DB instances in non-deleting state"):
        east.delete_db_cluster(DBClusterIdentifier="c1", SkipFinalSnapshot=True)
    instance_available(east, "i1")
    east.delete_db_instance(DBInstanceIdentifier="i1")
    east.delete_db_cluster(DBClusterIdentifier="c1", FinalDBSnapshotIdentifier="last")
    wait_until(lambda: not east.describe_db_clusters()["DBClusters"])
    assert east.describe_db_cluster_snapshots()["DBClusterSnapshots"][0]["DBClusterSnapshotIdentifier"] == "last"


def test_snapshots_are_copied_and_restored(emulator, east, west):
    found = emulator.seed()
    taken = east.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="s")
    arn = taken["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    with refused("DBClusterSnapshotAlreadyExistsFault"):
        east.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="s")
    east.get_waiter("db_cluster_snapshot_available").wait(DBClusterSnapshotIdentifier="s", WaiterConfig={"Delay": 0.1})
    copied = {"SourceDBClusterSnapshotIdentifier": arn, "TargetDBClusterSnapshotIdentifier": "copy"}
    with refused("InvalidParameterCombination", "KmsKeyId"):
        west.copy_db_cluster_snapshot(**copied)
    west.copy_db_cluster_snapshot(**copied, KmsKeyId="alias/aws/rds")
    restored = east.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="again", SnapshotIdentifier="s", Engine=POSTGRES, DBSubnetGroupName="orders"
    )["DBCluster"]
    assert (restored["KmsKeyId"], restored["MasterUsername"]) == (found["key"], "postgres")
    east.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="past", SourceDBClusterIdentifier="orders", UseLatestRestorableTime=True
    )
    available(east, "past")


def test_accounts_and_regions_are_apart(emulator, east, west):
    make_cluster(east)
    assert west.describe_db_clusters()["DBClusters"] == []
    assert emulator.client("rds", EAST, OTHER).describe_db_clusters()["DBClusters"] == []


def test_pages(east):
    for number in range(25):
        make_cluster(east, f"c{number:02}")
    first = east.describe_db_clusters(MaxRecords=20)
    assert len(first["DBClusters"]) == 20
    second = east.describe_db_clusters(MaxRecords=20, Marker=first["Marker"])
    assert [c["DBClusterIdentifier"] for c in second["DBClusters"]] == [f"c{n}" for n in range(20, 25)]
    assert "Marker" not in second
    with refused("InvalidParameterValue"):
        east.describe_db_clusters(MaxRecords=5)
    wanted = [{"Name": "db-cluster-id", "Values": ["c03", "unknown"]}]
    assert len(east.describe_db_clusters(Filters=wanted)["DBClusters"]) == 1


# --- Instances -------------------------------------------------------------------------------------------------------


def test_instances_follow_their_cluster(emulator, east):
    emulator.seed()
    east.create_db_parameter_group(
        DBParameterGroupName="old", DBParameterGroupFamily="aurora-postgresql15", Description="d"
    )
    with refused("InvalidParameterCombination", "cannot be used for this instance"):
        make_instance(east, "i1", "orders", DBParameterGroupName="old")
    with refused("InvalidParameterCombination", "will be a member of a DB Cluster"):
        make_instance(east, "i1", "orders", StorageEncrypted=True)
    with refused("InvalidParameterCombination", "doesn't match the engine name"):
        make_instance(east, "i1", "orders", Engine="aurora-mysql")
    with refused("InvalidParameterValue", "Invalid DB Instance class"):
        make_instance(east, "i1", "orders", DBInstanceClass="db.x9.huge")
    with refused("InvalidParameterCombination", "Serverless v2"):
        make_instance(east, "i1", "orders", DBInstanceClass="db.serverless")
    with refused("DBClusterNotFoundFault"):
        make_instance(east, "i1", "nope")
    made = make_instance(east, "I2", "orders", PromotionTier=0, EnablePerformanceInsights=True)
    assert made["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in made
    found = instance_available(east, "i2")
    of = cluster(east, "orders")
    assert (found["KmsKeyId"], found["EngineVersion"], found["PromotionTier"]) == (of["KmsKeyId"], "16.6", 0)
    assert found["DBSubnetGroup"]["DBSubnetGroupName"] == "orders"
    assert found["PerformanceInsightsRetentionPeriod"] == 7
    assert {m["DBInstanceIdentifier"]: m["IsClusterWriter"] for m in of["DBClusterMembers"]} == {
        "orders-1": True,
        "i2": False,
    }
    east.modify_db_instance(
        DBInstanceIdentifier="i2", PromotionTier=15, DBInstanceClass="db.r6g.xlarge", ApplyImmediately=True
    )
    assert instance_available(east, "i2")["PromotionTier"] == 15
    with refused("DBInstanceNotFound"):
        instance(east, "nope")


def test_deleting_the_writer_moves_it(emulator, east):
    emulator.seed()
    make_instance(east, "i2", "orders")
    instance_available(east, "i2")
    east.delete_db_instance(DBInstanceIdentifier="orders-1")
    assert [m["IsClusterWriter"] for m in cluster(east, "orders")["DBClusterMembers"]] == [True]


# --- Global databases ------------------------------------------------------------------------------------------------


def test_creating_a_global_database(emulator, east, west):
    found = emulator.seed()
    with refused("InvalidParameterCombination", "inherited from source cluster"):
        east.create_global_cluster(
            GlobalClusterIdentifier="orders", SourceDBClusterIdentifier=found["cluster"], Engine=POSTGRES
        )
    with refused("DBClusterNotFoundFault"):
        east.create_global_cluster(GlobalClusterIdentifier="orders", SourceDBClusterIdentifier=found["cluster"] + "x")
    made = east.create_global_cluster(GlobalClusterIdentifier="Orders", SourceDBClusterIdentifier=found["cluster"])
    assert made["GlobalCluster"]["GlobalClusterArn"] == f"arn:aws:rds::{ACCOUNT}:global-cluster:orders"
    assert cluster(east, "orders")["Status"] == "modifying"
    with refused("InvalidGlobalClusterStateFault"):
        west.create_db_cluster(DBClusterIdentifier="w", Engine=POSTGRES, GlobalClusterIdentifier="orders")
    available(east, "orders")
    global_available(east)
    with refused("GlobalClusterAlreadyExistsFault"):
        east.create_global_cluster(GlobalClusterIdentifier="orders", Engine=POSTGRES)
    assert west.describe_global_clusters()["GlobalClusters"] == []
    base = {"DBClusterIdentifier": "w", "Engine": POSTGRES, "GlobalClusterIdentifier": "orders"}
    with refused("InvalidParameterCombination", "Cannot specify user name"):
        west.create_db_cluster(**base, MasterUsername="postgres", MasterUserPassword="password1")
    with refused("InvalidParameterCombination", "KmsKeyId"):
        west.create_db_cluster(**base)
    with refused("InvalidParameterCombination", "engine version"):
        west.create_db_cluster(**base, KmsKeyId="alias/aws/rds", EngineVersion="15.10")
    with refused("DBClusterAlreadyExistsFault"):
        west.create_db_cluster(**{**base, "DBClusterIdentifier": "orders"}, KmsKeyId="alias/aws/rds")
    with refused("KMSKeyNotAccessibleFault"):
        west.create_db_cluster(**base, KmsKeyId=found["key"])
    made = west.create_db_cluster(**base, KmsKeyId="alias/aws/rds", EngineVersion="16")["DBCluster"]
    assert (made["Status"], made["GlobalClusterIdentifier"], made["EngineVersion"]) == ("creating", "orders", "16.6")
    assert made["ReplicationSourceIdentifier"] == found["cluster"]
    with refused("InvalidGlobalClusterStateFault"):
        west.create_db_cluster(**{**base, "DBClusterIdentifier": "w2"}, KmsKeyId="alias/aws/rds")
    assert len(global_cluster(west)["GlobalClusterMembers"]) == 2
    assert cluster(east, "orders")["ReadReplicaIdentifiers"] == [made["DBClusterArn"]]


def test_members_of_a_global_database(pair, east, west):
    primary, secondary = pair
    writer, reader = sorted(global_cluster(west)["GlobalClusterMembers"], key=lambda m: not m["IsWriter"])
    assert (writer["DBClusterArn"], writer["Readers"]) == (primary, [secondary])
    assert (reader["DBClusterArn"], reader["Readers"], reader["SynchronizationStatus"]) == (secondary, [], "connected")
    assert reader["GlobalWriteForwardingStatus"] == "enabled"
    assert cluster(west, "orders-west")["MasterUsername"] == "postgres"
    assert not cluster(west, "orders-west")["DBClusterMembers"][0]["IsClusterWriter"]


def test_taking_a_global_database_apart(pair, east, west):
    primary, secondary = pair
    with refused("InvalidDBClusterStateFault", "please remove it from globalcluster first"):
        west.delete_db_cluster(DBClusterIdentifier="orders-west", SkipFinalSnapshot=True)
    with refused("InvalidGlobalClusterStateFault", "primary member of global cluster"):
        east.delete_db_cluster(DBClusterIdentifier="orders", SkipFinalSnapshot=True)
    with refused("InvalidDBClusterStateFault", "Cannot delete the last instance of the master cluster"):
        east.delete_db_instance(DBInstanceIdentifier="orders-1")
    with refused("InvalidGlobalClusterStateFault", "is not empty"):
        east.delete_global_cluster(GlobalClusterIdentifier="orders")
    with refused("InvalidGlobalClusterStateFault", "primary member of global cluster"):
        east.remove_from_global_cluster(GlobalClusterIdentifier="orders", DbClusterIdentifier=primary)
    with refused("InvalidParameterValue", "is not found in global cluster"):
        east.remove_from_global_cluster(GlobalClusterIdentifier="orders", DbClusterIdentifier=primary + "x")
    west.remove_from_global_cluster(GlobalClusterIdentifier="orders", DbClusterIdentifier=secondary)
    assert cluster(west, "orders-west")["Status"] == "promoting"
    alone = available(west, "orders-west")
    assert "GlobalClusterIdentifier" not in alone
    assert "ReplicationSourceIdentifier" not in alone
    assert alone["DBClusterMembers"][0]["IsClusterWriter"]
    global_available(east)
    east.remove_from_global_cluster(GlobalClusterIdentifier="orders", DbClusterIdentifier=primary)
    wait_until(lambda: not global_cluster(east)["GlobalClusterMembers"])
    global_available(east)
    east.modify_global_cluster(GlobalClusterIdentifier="orders", DeletionProtection=True)
    global_available(east)
    with refused("InvalidParameterCombination"):
        east.delete_global_cluster(GlobalClusterIdentifier="orders")
    east.modify_global_cluster(GlobalClusterIdentifier="orders", DeletionProtection=False)
    global_available(east)
    assert east.delete_global_cluster(GlobalClusterIdentifier="orders")["GlobalCluster"]["Status"] == "deleting"
    wait_until(lambda: not east.describe_global_clusters()["GlobalClusters"])
    with refused("GlobalClusterNotFoundFault"):
        global_cluster(east)


def test_switchover(pair, east, west):
    _, secondary = pair
    with refused("InvalidGlobalClusterStateFault", "must be requested in us-east-1"):
        west.switchover_global_cluster(GlobalClusterIdentifier="orders", TargetDbClusterIdentifier=secondary)
    started = east.switchover_global_cluster(GlobalClusterIdentifier="orders", TargetDbClusterIdentifier=secondary)
    assert started["GlobalCluster"]["Status"] == "switching-over"
    assert started["GlobalCluster"]["FailoverState"]["ToDbClusterArn"] == secondary
    assert cluster(east, "orders")["Status"] != "available"
    with refused("InvalidGlobalClusterStateFault"):
        east.modify_global_cluster(GlobalClusterIdentifier="orders", DeletionProtection=True)
    done = global_available(west)
    assert "FailoverState" not in done
    assert next(m["DBClusterArn"] for m in done["GlobalClusterMembers"] if m["IsWriter"]) == secondary
    old, new = available(east, "orders"), available(west, "orders-west")
    assert old["ReplicationSourceIdentifier"] == secondary
    assert "ReplicationSourceIdentifier" not in new
    assert [m["IsClusterWriter"] for m in new["DBClusterMembers"] + old["DBClusterMembers"]] == [True, False]


def test_failover_leaves_the_old_writer_behind_for_a_while(pair, east, west):
    _, secondary = pair
    with refused("InvalidParameterCombination"):
        west.failover_global_cluster(
            GlobalClusterIdentifier="orders", TargetDbClusterIdentifier=secondary, AllowDataLoss=True, Switchover=True
        )
    started = west.failover_global_cluster(
        GlobalClusterIdentifier="orders", TargetDbClusterIdentifier=secondary, AllowDataLoss=True
    )
    assert started["GlobalCluster"]["Status"] == "failing-over"
    assert started["GlobalCluster"]["FailoverState"]["IsDataLossAllowed"]
    done = global_available(west)
    states = {m["IsWriter"]: m["SynchronizationStatus"] for m in done["GlobalClusterMembers"]}
    assert states == {True: "connected", False: "pending-resync"}
    assert cluster(east, "orders")["Status"] != "available"
    available(east, "orders")
    wait_until(
        lambda: {m["SynchronizationStatus"] for m in global_cluster(west)["GlobalClusterMembers"]} == {"connected"}
    )


def test_a_switchover_is_announced_on_the_default_bus(emulator, pair, east, west):
    _, secondary = pair
    urls = {}
    for region in (EAST, WEST):
        sqs, events = emulator.client("sqs", region), emulator.client("events", region)
        urls[region] = sqs.create_queue(QueueName="heard")["QueueUrl"]
        pattern = '{"source": ["aws.rds"], "detail-type": ["RDS DB Cluster Event"]}'
        events.put_rule(Name="rds", EventPattern=pattern)
        events.put_targets(Rule="rds", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{region}:{ACCOUNT}:heard"}])
    east.switchover_global_cluster(GlobalClusterIdentifier="orders", TargetDbClusterIdentifier=secondary)
    global_available(east)

    def heard(region):
        found = emulator.client("sqs", region).receive_message(QueueUrl=urls[region], MaxNumberOfMessages=10)
        return {json.loads(m["Body"])["detail"]["EventID"][-4:] for m in found.get("Messages", [])}

    ids = {EAST: set(), WEST: set()}

    def all_heard():
        for region, found in ids.items():
            found |= heard(region)
        return ids[EAST] >= {"0181", "0182", "0185"} and ids[WEST] >= {"0184", "0185"}

    wait_until(all_heard)
    assert "Global switchover of orders finished." in [
        e["Message"] for e in west.describe_events(SourceType="db-cluster")["Events"]
    ]


# --- Groups, subscriptions, tags, catalogue --------------------------------------------------------------------------


def test_subnet_groups(emulator, east):
    found = emulator.seed()
    subnets = found[EAST]["subnets"]
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs"):
        east.create_db_subnet_group(DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=subnets[:1])
    with refused("InvalidSubnet"):
        east.create_db_subnet_group(
            DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=found[WEST]["subnets"]
        )
    made = east.create_db_subnet_group(DBSubnetGroupName="G", DBSubnetGroupDescription="d", SubnetIds=subnets[:2])
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == "g"
    assert made["DBSubnetGroup"]["VpcId"] == found[EAST]["vpc"]
    changed = east.modify_db_subnet_group(DBSubnetGroupName="g", SubnetIds=subnets, DBSubnetGroupDescription="e")
    assert len(changed["DBSubnetGroup"]["Subnets"]) == 3
    with refused("InvalidDBSubnetGroupStateFault"):
        east.delete_db_subnet_group(DBSubnetGroupName="orders")
    east.delete_db_subnet_group(DBSubnetGroupName="g")
    with refused("DBSubnetGroupNotFoundFault"):
        east.describe_db_subnet_groups(DBSubnetGroupName="g")


def test_parameter_groups(east):
    name = {"DBClusterParameterGroupName": "p"}
    east.create_db_cluster_parameter_group(**name, DBParameterGroupFamily="aurora-postgresql16", Description="d")

    def change(*changes):
        parameters = [{"ParameterName": n, "ParameterValue": v, "ApplyMethod": m} for n, v, m in changes]
        return east.modify_db_cluster_parameter_group(**name, Parameters=parameters)

    with refused("InvalidParameterCombination", "static"):
        change(("rds.logical_replication", "1", "immediate"))
    with refused("InvalidParameterValue", "Could not find parameter"):
        change(("no_such_thing", "1", "immediate"))
    with refused("InvalidParameterValue", "maximum of 20"):
        change(*[("work_mem", "64", "immediate")] * 21)
    with refused("InvalidParameterValue", "allowed values"):
        change(("rds.global_db_rpo", "5", "immediate"))
    change(("rds.logical_replication", "1", "pending-reboot"), ("rds.global_db_rpo", "60", "immediate"))
    by_user = east.describe_db_cluster_parameters(**name, Source="user")["Parameters"]
    assert {p["ParameterName"]: p["ParameterValue"] for p in by_user} == {
        "rds.logical_replication": "1",
        "rds.global_db_rpo": "60",
    }
    defaults = east.describe_engine_default_cluster_parameters(DBParameterGroupFamily="aurora-postgresql16")
    kinds = {p["ParameterName"]: p["ApplyType"] for p in defaults["EngineDefaults"]["Parameters"]}
    assert kinds["rds.logical_replication"] == "static"
    east.reset_db_cluster_parameter_group(
        **name, Parameters=[{"ParameterName": "rds.global_db_rpo", "ApplyMethod": "immediate"}]
    )
    assert len(east.describe_db_cluster_parameters(**name, Source="user")["Parameters"]) == 1
    make_cluster(east, DBClusterParameterGroupName="p")
    with refused("InvalidDBParameterGroupState"):
        east.delete_db_cluster_parameter_group(**name)
    with refused("DBParameterGroupNotFound"):
        east.describe_db_parameter_groups(DBParameterGroupName="nope")


def test_event_subscriptions(emulator, east):
    emulator.seed()
    topic = emulator.client("sns").create_topic(Name="t")["TopicArn"]
    with refused("SNSTopicArnNotFound"):
        east.create_event_subscription(SubscriptionName="s", SnsTopicArn=topic + "x")
    with refused("SubscriptionCategoryNotFound"):
        east.create_event_subscription(
            SubscriptionName="s", SnsTopicArn=topic, SourceType="db-cluster", EventCategories=["global-failover"]
        )
    with refused("SourceNotFound"):
        east.create_event_subscription(
            SubscriptionName="s", SnsTopicArn=topic, SourceType="db-cluster", SourceIds=["x"]
        )
    made = east.create_event_subscription(
        SubscriptionName="S", SnsTopicArn=topic, SourceType="db-cluster", EventCategories=["global failover"]
    )["EventSubscription"]
    assert (made["CustSubscriptionId"], made["Status"]) == ("s", "creating")

    def show():
        return east.describe_event_subscriptions(SubscriptionName="s")["EventSubscriptionsList"][0]

    wait_until(lambda: show()["Status"] == "active")
    east.add_source_identifier_to_subscription(SubscriptionName="s", SourceIdentifier="orders")
    assert show()["SourceIdsList"] == ["orders"]
    east.remove_source_identifier_from_subscription(SubscriptionName="s", SourceIdentifier="orders")
    east.modify_event_subscription(SubscriptionName="s", Enabled=False)
    assert (show()["SourceIdsList"], show()["Enabled"]) == ([], False)
    east.modify_event_subscription(SubscriptionName="s", Enabled=True, EventCategories=["creation"])
    sqs = emulator.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    emulator.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{EAST}:{ACCOUNT}:q")
    make_cluster(east)
    message = wait_until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))[0]
    said = json.loads(json.loads(message["Body"])["Message"])
    assert (said["Source ID"], said["Event ID"][-14:]) == ("c1", "RDS-EVENT-0170")
    east.delete_event_subscription(SubscriptionName="s")
    wait_until(lambda: not east.describe_event_subscriptions()["EventSubscriptionsList"])
    with refused("SubscriptionNotFound"):
        show()


def test_tags(pair, east, west):
    primary, _ = pair
    arns = [
        primary,
        instance(east, "orders-1")["DBInstanceArn"],
        global_cluster(east)["GlobalClusterArn"],
        east.describe_db_subnet_groups(DBSubnetGroupName="orders")["DBSubnetGroups"][0]["DBSubnetGroupArn"],
    ]
    for arn in arns:
        east.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "k", "Value": "1"}, {"Key": "l", "Value": "2"}])
        east.remove_tags_from_resource(ResourceName=arn, TagKeys=["l"])
        assert {"Key": "k", "Value": "1"} in east.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert cluster(east, "orders")["TagList"] == [{"Key": "team", "Value": "orders"}, {"Key": "k", "Value": "1"}]
    assert global_cluster(west)["TagList"] == [{"Key": "k", "Value": "1"}]
    with refused("DBClusterNotFoundFault"):
        east.list_tags_for_resource(ResourceName=primary + "x")
    with refused("InvalidParameterValue"):
        east.add_tags_to_resource(ResourceName=primary, Tags=[{"Key": "aws:x", "Value": "1"}])


def test_catalogue(east):
    versions = east.describe_db_engine_versions(Engine=POSTGRES)["DBEngineVersions"]
    assert {v["MajorEngineVersion"] for v in versions} >= {"15", "16"}
    assert all(v["SupportsGlobalDatabases"] for v in versions)
    default = east.describe_db_engine_versions(Engine=POSTGRES, EngineVersion="16", DefaultOnly=True)[
        "DBEngineVersions"
    ]
    assert [v["EngineVersion"] for v in default] == ["16.6"]
    options = east.describe_orderable_db_instance_options(Engine=POSTGRES, EngineVersion="16.6")
    classes = {o["DBInstanceClass"]: o["SupportsGlobalDatabases"] for o in options["OrderableDBInstanceOptions"]}
    assert (classes["db.r6g.large"], classes["db.t4g.medium"], classes["db.serverless"]) == (True, False, True)
    assert len(options["OrderableDBInstanceOptions"][0]["AvailabilityZones"]) == 3


def test_a_cluster_can_fail(emulator, east):
    east.create_db_cluster(
        DBClusterIdentifier="c", Engine="aurora-postgresql", MasterUsername="p", MasterUserPassword="password1"
    )
    emulator.control("/_dr/rds/status", "POST", {"cluster": "c", "status": "failed"})
    time.sleep(0.3)  # more than it would have been creating
    assert east.describe_db_clusters(DBClusterIdentifier="c")["DBClusters"][0]["Status"] == "failed"
    with refused("InvalidDBClusterStateFault"):
        east.create_db_cluster_snapshot(DBClusterIdentifier="c", DBClusterSnapshotIdentifier="s")
    east.delete_db_cluster(DBClusterIdentifier="c", SkipFinalSnapshot=True)
    wait_until(lambda: east.describe_db_clusters()["DBClusters"] == [])
