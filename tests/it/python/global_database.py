"""Looks at the global database that the example describes, and at nothing that drctl says about it."""

import time

EAST, WEST = "us-east-1", "us-west-2"
REGIONS = {EAST: "orders", WEST: "orders-west"}
OURS = {"drctl:stack": "orders-dr", "service": "orders", "purpose": "disaster-recovery"}


def same(has, want, what):
    assert has == want, f"{what}: {has!r}, not {want!r}"


def tagged(tags, address):
    found = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
    # What drctl notes for itself, and what the function remembers to have done.
    found = {k: v for k, v in found.items() if not k.startswith(("drctl:id", "drctl:managed", "drctl:responder:"))}
    same(found, OURS | {"drctl:address": address}, f"tags of {address}")


def check_databases(writer=EAST, protected=True):
    rds = client("rds")
    cluster = rds.describe_global_clusters(GlobalClusterIdentifier="orders-global")["GlobalClusters"][0]
    same(cluster["Status"], "available", "status")
    same(cluster["DeletionProtection"], protected, "protection")
    same(cluster["StorageEncrypted"], True, "encryption")
    tagged(cluster["TagList"], "aws_rds_global_cluster.this")
    members = {member["DBClusterArn"].split(":")[3]: member for member in cluster["GlobalClusterMembers"]}
    same({r: m["DBClusterArn"].split(":")[-1] for r, m in members.items()}, REGIONS, "members")
    same([r for r, m in members.items() if m["IsWriter"]], [writer], "writer")

    west = client("rds", WEST)
    follower = west.describe_db_clusters(DBClusterIdentifier="orders-west")["DBClusters"][0]
    key = client("kms", WEST).describe_key(KeyId="alias/orders-west")["KeyMetadata"]
    for name, value in {
        "Status": "available",
        "Engine": "aurora-postgresql",
        "EngineVersion": seed.VERSION,
        "StorageEncrypted": True,
        "KmsKeyId": key["Arn"],
        "DBSubnetGroup": "orders-west",
        "DBClusterParameterGroup": "orders-west",
        "BackupRetentionPeriod": 7,
        "CopyTagsToSnapshot": True,
        "DeletionProtection": protected,
        "EnabledCloudwatchLogsExports": ["postgresql"],
    }.items():
        same(follower.get(name), value, name)
    groups = client("ec2", WEST).describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["orders-db"]}]
    )["SecurityGroups"]
    same([g["VpcSecurityGroupId"] for g in follower["VpcSecurityGroups"]], [groups[0]["GroupId"]], "groups")
    tagged(follower["TagList"], "aws_rds_cluster.secondary")
    same(key["KeyState"], "Enabled", "key")
    same(client("kms", WEST).get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"], True, "rotation")

    for region, name, at in ((EAST, "orders-reader", "reader/0"), (WEST, "orders-west-1", "secondary")):
        instance = client("rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        same(instance["DBInstanceStatus"], "available", name)
        same(instance["DBInstanceClass"], "db.r6g.large", name)
        same(instance["MonitoringInterval"], 30, name)
        same(instance["MonitoringRoleArn"], f"arn:aws:iam::{ACCOUNT}:role/orders-dr-monitoring", name)
        tagged(instance["TagList"], f"aws_rds_cluster_instance.{at}")
    pages = west.get_paginator("describe_db_cluster_parameters")
    pages = pages.paginate(DBClusterParameterGroupName="orders-west", Source="user")
    set_by_us = {p["ParameterName"]: p["ParameterValue"] for page in pages for p in page["Parameters"]}
    same(set_by_us, {"rds.force_ssl": "1"}, "parameters")


def check_watching(threshold=60000.0):
    for region, cluster in REGIONS.items():
        topic = f"arn:aws:sns:{region}:{ACCOUNT}:orders-dr"
        cloudwatch = client("cloudwatch", region)
        found = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        alarms = {alarm["AlarmName"]: alarm for alarm in found["MetricAlarms"]}
        lags = {"orders-dr-rpo-lag", "orders-dr-replication-lag"}
        undelivered = {"orders-dr-cluster-undelivered", "orders-dr-fencing-undelivered"}
        same(set(alarms), lags | undelivered, f"alarms in {region}")
        for name in lags:
            same(alarms[name]["Threshold"], threshold, name)
            same(alarms[name]["Statistic"], "Maximum", name)
            same(alarms[name]["Dimensions"], [{"Name": "DBClusterIdentifier", "Value": cluster}], name)
        same(alarms["orders-dr-rpo-lag"]["InsufficientDataActions"], [topic], "actions")
        (both,) = found["CompositeAlarms"]
        same(both["AlarmName"], "orders-dr-lag", "composite alarm")
        same((both["AlarmActions"], both["OKActions"]), ([topic], [topic]), "its actions")
        for name in lags:
            assert f'ALARM("{name}")' in both["AlarmRule"], both["AlarmRule"]

        sns = client("sns", region)
        about = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        (statement,) = json.loads(about["Policy"])["Statement"]
        same(statement["Resource"], topic, "policy of the topic")
        same(set(statement["Principal"]["Service"]), {"cloudwatch.amazonaws.com", "events.rds.amazonaws.com"}, "who")
        same(statement["Condition"], {"StringEquals": {"aws:SourceAccount": ACCOUNT}}, "condition")
        key = client("kms", region).describe_key(KeyId=about["KmsMasterKeyId"])["KeyMetadata"]
        same(key["KeyState"], "Enabled", "key of the topic")
        subscription = client("rds", region).describe_event_subscriptions(SubscriptionName="orders-dr")
        (subscription,) = subscription["EventSubscriptionsList"]
        same(subscription["SourceIdsList"], [cluster], "sources")
        same(subscription["Status"], "active", "subscription")

    body = json.loads(client("cloudwatch").get_dashboard(DashboardName="orders-dr")["DashboardBody"])
    same([w["type"] for w in body["widgets"]], ["text"] + 5 * ["metric"], "widgets")
    for widget in body["widgets"][1:]:
        regions = [metric[-1]["region"] for metric in widget["properties"]["metrics"]]
        same(sorted(regions), [EAST, WEST], "Regions of a widget")


def check_responder():
    for region, cluster in REGIONS.items():
        functions = client("lambda", region)
        function = functions.get_function(FunctionName="orders-dr-responder")
        settings = function["Configuration"]
        same(settings["Runtime"], "provided.al2023", "runtime")
        same(settings["Handler"], "responder", "handler")
        same(settings["Architectures"], ["x86_64"], "architecture")
        same(function["Concurrency"], {"ReservedConcurrentExecutions": 1}, "concurrency")
        tagged(function["Tags"], f"aws_lambda_function.responder/{region}")
        allowed = json.loads(functions.get_policy(FunctionName="orders-dr-responder")["Policy"])["Statement"]
        rules = {s["Condition"]["ArnLike"]["AWS:SourceArn"].split("/")[-1] for s in allowed}
        same(rules, {"orders-dr-cluster", "orders-dr-fencing"}, "who may invoke it")
        later = functions.get_function_event_invoke_config(FunctionName="orders-dr-responder")
        same(later["MaximumRetryAttempts"], 2, "retries")
        events = client("events", region)
        for rule in sorted(rules):
            about = events.describe_rule(Name=rule)
            same(about["State"], "ENABLED", rule)
            pattern = json.loads(about["EventPattern"])
            same(pattern["source"], ["aws.rds"], rule)
            arn = f"arn:aws:rds:{region}:{ACCOUNT}:cluster:{cluster}"
            same(pattern.get("resources"), [arn] if rule.endswith("cluster") else None, rule)
            (target,) = events.list_targets_by_rule(Rule=rule)["Targets"]
            same(target["Arn"], settings["FunctionArn"], rule)
        (group,) = client("logs", region).describe_log_groups(
            logGroupNamePrefix="/aws/lambda/orders-dr-responder"
        )["logGroups"]
        same(group["retentionInDays"], 90, "log group")
    roles = {role["RoleName"]: role for role in client("iam").list_roles()["Roles"]}
    assert {"orders-dr-responder", "orders-dr-monitoring"} <= set(roles), roles


def estate():
    """What was there before, as JSON."""
    rds = client("rds")
    cluster = rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0]
    for moving in ("LatestRestorableTime", "EarliestRestorableTime"):
        cluster.pop(moving, None)
    # What the function has done is noted there.
    cluster["TagList"] = [tag for tag in cluster["TagList"] if not tag["Key"].startswith("drctl:responder:")]
    instance = rds.describe_db_instances(DBInstanceIdentifier="orders-1")["DBInstances"][0]
    instance.pop("LatestRestorableTime", None)
    found = {
        "cluster": cluster,
        "instance": instance,
        "instances": sorted(i["DBInstanceIdentifier"] for i in rds.describe_db_instances()["DBInstances"]),
        "subnets": rds.describe_db_subnet_groups(DBSubnetGroupName="orders")["DBSubnetGroups"],
        "key": client("kms").describe_key(KeyId="alias/orders")["KeyMetadata"],
    }
    return json.dumps(found, default=str, sort_keys=True, indent=1)


def check_nothing_left():
    iam = client("iam")
    left = [f"role {r['RoleName']}" for r in iam.list_roles()["Roles"] if r["RoleName"].startswith("orders")]
    for region in REGIONS:
        rds = client("rds", region)
        left += [f"global {g['GlobalClusterIdentifier']}" for g in rds.describe_global_clusters()["GlobalClusters"]]
        clusters = [c["DBClusterIdentifier"] for c in rds.describe_db_clusters()["DBClusters"]]
        left += [f"cluster {c}" for c in clusters if c != "orders"]
        instances = [i["DBInstanceIdentifier"] for i in rds.describe_db_instances()["DBInstances"]]
        left += [f"instance {i}" for i in instances if i != "orders-1"]
        groups = rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
        left += [f"group {g['DBClusterParameterGroupName']}" for g in groups if g["DBClusterParameterGroupName"].startswith("orders")]
        groups = rds.describe_db_subnet_groups()["DBSubnetGroups"]
        left += [f"subnets {g['DBSubnetGroupName']}" for g in groups if g["DBSubnetGroupName"] == "orders-west"]
        left += [f"subscription {s['CustSubscriptionId']}" for s in rds.describe_event_subscriptions()["EventSubscriptionsList"]]
        cloudwatch = client("cloudwatch", region)
        found = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        left += [f"alarm {a['AlarmName']}" for a in found["MetricAlarms"] + found["CompositeAlarms"]]
        left += [f"dashboard {d['DashboardName']}" for d in cloudwatch.list_dashboards()["DashboardEntries"]]
        left += [f"topic {t['TopicArn']}" for t in client("sns", region).list_topics()["Topics"]]
        left += [f"rule {r['Name']}" for r in client("events", region).list_rules()["Rules"]]
        left += [f"function {f['FunctionName']}" for f in client("lambda", region).list_functions()["Functions"]]
        left += [f"logs {g['logGroupName']}" for g in client("logs", region).describe_log_groups()["logGroups"] if "responder" in g["logGroupName"]]
        kms = client("kms", region)
        left += [f"alias {a['AliasName']}" for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/orders-west"]
        for key in kms.list_keys()["Keys"]:
            about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if about["KeyState"] == "Enabled" and about["Description"].startswith(("Messages", "Storage of")):
                left.append(f"key {about['Description']}")
    same(left, [], "what is left")
    snapshots = client("rds", WEST).describe_db_cluster_snapshots()["DBClusterSnapshots"]
    same([s["DBClusterSnapshotIdentifier"] for s in snapshots], ["orders-west-final"], "final snapshot")


def move(region, loses_data=False):
    """Begins a switchover, or a failover, to the cluster in this Region."""
    target = f"arn:aws:rds:{region}:{ACCOUNT}:cluster:{REGIONS[region]}"
    other = next(r for r in REGIONS if r != region)
    if loses_data:
        client("rds", region).failover_global_cluster(
            GlobalClusterIdentifier="orders-global", TargetDbClusterIdentifier=target, AllowDataLoss=True
        )
    else:
        client("rds", other).switchover_global_cluster(
            GlobalClusterIdentifier="orders-global", TargetDbClusterIdentifier=target
        )


def settled():
    """Waits until a switchover or failover is over, with all that it leaves to do."""
    for _ in range(300):
        cluster = client("rds").describe_global_clusters(GlobalClusterIdentifier="orders-global")["GlobalClusters"][0]
        states = {m.get("SynchronizationStatus") or "connected" for m in cluster["GlobalClusterMembers"]}
        clusters = [
            client("rds", r).describe_db_clusters(DBClusterIdentifier=c)["DBClusters"][0]["Status"]
            for r, c in REGIONS.items()
        ]
        done = cluster["Status"] == "available" and not cluster.get("FailoverState")
        if done and states == {"connected"} and set(clusters) == {"available"}:
            return
        time.sleep(0.1)
    raise AssertionError(f"never settled: {cluster}")


def set_alarm(region, **changed):
    cloudwatch = client("cloudwatch", region)
    alarm = cloudwatch.describe_alarms(AlarmNames=["orders-dr-rpo-lag"])["MetricAlarms"][0]
    members = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    cloudwatch.put_metric_alarm(**{k: v for k, v in alarm.items() if k in members} | changed)
