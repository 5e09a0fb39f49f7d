"""Looks at what examples/global-database-module made, and moves the database about."""

import time

from botocore.exceptions import ClientError

EAST, WEST, IRELAND = "us-east-1", "us-west-2", "eu-west-1"
CLUSTERS = {EAST: "orders", WEST: "orders-us-west-2", IRELAND: "orders-eu-west-1"}
EVENTS = {f"RDS-EVENT-{id:04}" for id in (*range(181, 188), *range(238, 242), 397, 423, 517, 518, 519)}


def networks():
    """Makes what exists before; the ids that stand for it in the example."""
    found = seed.seed(ENDPOINT, ACCOUNT)
    ireland = seed._network(client("ec2", IRELAND), "orders-db")
    return json.dumps(
        {
            "subnet-0a1b2c3d4e5f60001": found[WEST]["subnets"][0],
            "subnet-0a1b2c3d4e5f60002": found[WEST]["subnets"][1],
            "sg-0a1b2c3d4e5f60001": found[WEST]["security_group"],
            "subnet-0a1b2c3d4e5f60003": ireland["subnets"][0],
            "subnet-0a1b2c3d4e5f60004": ireland["subnets"][1],
        }
    )


def arn(region):
    return f"arn:aws:rds:{region}:{ACCOUNT}:cluster:{CLUSTERS[region]}"


def database():
    return client("rds").describe_global_clusters(GlobalClusterIdentifier="orders-global")["GlobalClusters"][0]


def until(what, so, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if so():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what}: not after {seconds} s")


def estate():
    """What was there before drctl: the cluster and its instances.  What functions remember in tags is left behind."""
    rds = client("rds")
    cluster = rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0]
    members = sorted(m["DBInstanceIdentifier"] for m in cluster["DBClusterMembers"])
    tags = [tag for tag in cluster["TagList"] if not tag["Key"].startswith("drctl:responder:")]
    return json.dumps([cluster["DBClusterArn"], cluster["Status"], members, tags])


def check_made():
    members = {m["DBClusterArn"] for m in database()["GlobalClusterMembers"]}
    assert members == {arn(region) for region in CLUSTERS}, members
    for region, name in CLUSTERS.items():
        rds, events = client("rds", region), client("events", region)
        cluster = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
        assert cluster["StorageEncrypted"] and f":{region}:" in cluster["KmsKeyId"], cluster["KmsKeyId"]
        instances = [m["DBInstanceIdentifier"] for m in cluster["DBClusterMembers"]]
        wanted = {EAST: ["orders-1", "orders-reader"], WEST: ["orders-us-west-2-1"], IRELAND: []}
        assert sorted(instances) == wanted[region], instances
        for instance in instances:
            found = rds.describe_db_instances(DBInstanceIdentifier=instance)["DBInstances"][0]
            assert found["DBInstanceClass"] == "db.r6g.large", found["DBInstanceClass"]
        pattern = json.loads(events.describe_rule(Name="orders-dr-cluster")["EventPattern"])
        assert set(pattern["detail"]["EventID"]) == EVENTS, pattern
        assert pattern["resources"] == [arn(region)], pattern
        pattern = json.loads(events.describe_rule(Name="orders-dr-fencing")["EventPattern"])
        assert set(pattern["detail"]["EventID"]) == {"RDS-EVENT-0390", "RDS-EVENT-0391"}, pattern
        [alarm] = client("cloudwatch", region).describe_alarms(AlarmNames=["orders-dr-rpo-lag"])["MetricAlarms"]
        assert alarm["MetricName"] == "AuroraGlobalDBRPOLag" and alarm["InsufficientDataActions"], alarm
        assert alarm["Dimensions"] == [{"Name": "DBClusterIdentifier", "Value": name}], alarm
        topic = f"arn:aws:sns:{region}:{ACCOUNT}:orders-dr"
        subscriptions = client("sns", region).list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert [s["Endpoint"] for s in subscriptions] == ["on-call@example.com"], subscriptions
    body = json.loads(client("cloudwatch").get_dashboard(DashboardName="orders-dr")["DashboardBody"])
    widgets = [w["properties"]["endpoint"] for w in body["widgets"] if w["type"] == "custom"]
    assert widgets == [f"arn:aws:lambda:{r}:{ACCOUNT}:function:orders-dr-responder" for r in sorted(CLUSTERS)], widgets
    names = sorted(client("iam").list_role_policies(RoleName="orders-dr-responder")["PolicyNames"])
    assert names == ["log", "messages", "responder"], names


def move(region, loses_data=False):
    writer = next(m["DBClusterArn"] for m in database()["GlobalClusterMembers"] if m["IsWriter"]).split(":")[3]
    arguments = {"GlobalClusterIdentifier": "orders-global", "TargetDbClusterIdentifier": arn(region)}
    if loses_data:
        client("rds", region).failover_global_cluster(**arguments, AllowDataLoss=True)
    else:
        client("rds", writer).switchover_global_cluster(**arguments)


def settled():
    def so():
        found = database()
        states = {m.get("SynchronizationStatus", "connected") for m in found["GlobalClusterMembers"]}
        return found["Status"] == "available" and not found.get("FailoverState") and states <= {"connected"}

    until("the global database has settled", so)


def resynchronising():
    """The new writer writes, and somebody does not follow it yet."""

    def so():
        states = {m.get("SynchronizationStatus") for m in database()["GlobalClusterMembers"]}
        return "pending-resync" in states

    until("a member is rebuilt", so)


def lose(region):
    """Somebody takes a member out and deletes it."""
    rds = client("rds", region)
    name = CLUSTERS[region]
    state = lambda: rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["Status"]  # noqa: E731
    rds.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=False)
    until("it may be taken out", lambda: state() == "available")
    rds.remove_from_global_cluster(GlobalClusterIdentifier="orders-global", DbClusterIdentifier=arn(region))
    until("it is out", lambda: arn(region) not in {m["DBClusterArn"] for m in database()["GlobalClusterMembers"]})
    until("it stands alone", lambda: state() == "available")
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)

    def gone():
        try:
            state()
        except ClientError as error:
            return error.response["Error"]["Code"] == "DBClusterNotFoundFault"

    until("it is gone", gone)


def check_nothing_left():
    assert not client("rds").describe_global_clusters()["GlobalClusters"]
    for region in (WEST, IRELAND):
        assert not client("rds", region).describe_db_clusters()["DBClusters"], region
    for region in CLUSTERS:
        assert not client("sns", region).list_topics()["Topics"], region
        assert not client("lambda", region).list_functions()["Functions"], region
        assert not client("events", region).list_rules()["Rules"], region
        assert not client("cloudwatch", region).describe_alarms()["MetricAlarms"], region
        assert not client("logs", region).describe_log_groups(logGroupNamePrefix="/aws/lambda")["logGroups"], region
    assert not client("iam").list_roles()["Roles"]
