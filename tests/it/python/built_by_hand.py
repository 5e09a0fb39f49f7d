"""An estate that people have built with boto3 and without drctl: a global database, what watches it, its backups.

Run after ``tests/emulator/seed.py``, which makes the cluster.  ``state()`` tells all of it without tags, to see that
nothing but tags was written; ``tags()`` tells those.
"""

import json
import time

WEST = "us-west-2"


def tagged(**tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def await_(describe, ready, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ready(describe()):
            return
        time.sleep(0.1)
    raise TimeoutError(describe())


def build():
    found = seed.seed(ENDPOINT, ACCOUNT)
    databases(found)
    topics = {region: topic(region) for region in ("us-east-1", WEST)}
    watching(topics)
    function(topics["us-east-1"])
    backups(found)
    others()


def databases(found):
    east, west = client("rds"), client("rds", WEST)
    key = client("kms", WEST).create_key(Description="the copy in the west", Tags=[{"TagKey": "team", "TagValue": "dba"}])
    key = key["KeyMetadata"]
    client("kms", WEST).create_alias(AliasName="alias/orders", TargetKeyId=key["KeyId"])
    for rds, name in ((east, "orders-pg16"), (west, "orders-pg16")):
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            DBParameterGroupFamily="aurora-postgresql16",
            Description="parameters of orders",
            Tags=tagged(team="dba"),
        )
        rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            Parameters=[
                {"ParameterName": "log_min_duration_statement", "ParameterValue": "1000", "ApplyMethod": "immediate"}
            ],
        )
    east.create_db_parameter_group(
        DBParameterGroupName="orders-instances", DBParameterGroupFamily="aurora-postgresql16", Description="instances"
    )
    east.modify_db_cluster(
        DBClusterIdentifier="orders",
        DBClusterParameterGroupName="orders-pg16",
        CopyTagsToSnapshot=True,
        DeletionProtection=True,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
        ApplyImmediately=True,
    )
    east.modify_db_instance(
        DBInstanceIdentifier="orders-1", DBParameterGroupName="orders-instances", ApplyImmediately=True
    )
    cluster = lambda rds, name: lambda: rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["Status"]
    await_(cluster(east, "orders"), lambda status: status == "available")
    east.create_global_cluster(
        GlobalClusterIdentifier="orders-global", SourceDBClusterIdentifier=found["cluster"], DeletionProtection=True
    )
    global_ = lambda: east.describe_global_clusters(GlobalClusterIdentifier="orders-global")["GlobalClusters"][0]
    await_(global_, lambda found: found["Status"] == "available")
    west.create_db_subnet_group(
        DBSubnetGroupName="orders",
        DBSubnetGroupDescription="subnets in the west",
        SubnetIds=found[WEST]["subnets"],
        Tags=tagged(team="dba"),
    )
    west.create_db_cluster(
        DBClusterIdentifier="orders-west",
        Engine="aurora-postgresql",
        EngineVersion=seed.VERSION,
        GlobalClusterIdentifier="orders-global",
        DBSubnetGroupName="orders",
        VpcSecurityGroupIds=[found[WEST]["security_group"]],
        DBClusterParameterGroupName="orders-pg16",
        KmsKeyId=key["Arn"],
        BackupRetentionPeriod=14,
        Tags=tagged(team="dba"),
    )
    await_(cluster(west, "orders-west"), lambda status: status == "available")
    west.create_db_instance(
        DBInstanceIdentifier="orders-west-1",
        DBClusterIdentifier="orders-west",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
        PromotionTier=1,
    )
    instance = lambda: west.describe_db_instances(DBInstanceIdentifier="orders-west-1")["DBInstances"][0]
    await_(instance, lambda found: found["DBInstanceStatus"] == "available")


def topic(region):
    sns = client("sns", region)
    arn = sns.create_topic(Name="orders-alarms", Tags=tagged(team="dba"))["TopicArn"]
    statement = {
        "Sid": "services",
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com", "backup.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="dba@example.com")
    return arn


def watching(topics):
    for region, cluster in (("us-east-1", "orders"), (WEST, "orders-west")):
        client("cloudwatch", region).put_metric_alarm(
            AlarmName=f"{cluster} lag",
            AlarmDescription="Replication is late: see ${runbook} and %{this}.\nCall the \"dba\".",
            Namespace="AWS/RDS",
            MetricName="AuroraGlobalDBReplicationLag",
            Dimensions=[{"Name": "DBClusterIdentifier", "Value": cluster}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=5,
            Threshold=5000.5,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[topics[region]],
            OKActions=[topics[region]],
            Tags=tagged(team="dba", **{"cost:center": "42"}),
        )
        client("cloudwatch", region).put_composite_alarm(
            AlarmName=f"{cluster} in danger", AlarmRule=f'ALARM("{cluster} lag")', AlarmActions=[topics[region]]
        )
        events = client("events", region)
        pattern = {
            "source": ["aws.rds"],
            "detail-type": ["RDS DB Cluster Event"],
            "detail": {"SourceIdentifier": [cluster], "EventCategories": ["global failover"]},
        }
        events.put_rule(Name="orders-failover", EventPattern=json.dumps(pattern), Description="tells of failovers")
        paths = {"what": "$.detail.Message"}
        template = '{"text": "<what>", "static": "${not a reference}"}'
        target = {"Id": "tell", "Arn": topics[region]}
        target["InputTransformer"] = {"InputPathsMap": paths, "InputTemplate": template}
        events.put_targets(Rule="orders-failover", Targets=[target])
        client("rds", region).create_event_subscription(
            SubscriptionName="orders",
            SnsTopicArn=topics[region],
            SourceType="db-cluster",
            SourceIds=[cluster],
            EventCategories=["failover"],
        )
    metrics = [["AWS/RDS", "AuroraGlobalDBReplicationLag", "DBClusterIdentifier", "orders-west"]]
    widget = {"type": "metric", "width": 12, "height": 6, "properties": {"metrics": metrics, "region": WEST}}
    client("cloudwatch").put_dashboard(DashboardName="orders", DashboardBody=json.dumps({"widgets": [widget]}))
    # About nothing that a recovery needs.
    client("cloudwatch").put_metric_alarm(
        AlarmName="web latency",
        Namespace="Web",
        MetricName="Latency",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


def role(name, service):
    iam = client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Description=name)["Role"]["Arn"]


def function(topic):
    import io
    import zipfile

    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(zipfile.ZipInfo("main.py"), "def handle(event, context):\n    return event\n")
    arn = role("orders-responder", "lambda.amazonaws.com")
    allow = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    client("iam").put_role_policy(RoleName="orders-responder", PolicyName="publish", PolicyDocument=policy)
    client("logs").create_log_group(logGroupName="/aws/lambda/orders-responder")
    client("logs").put_retention_policy(logGroupName="/aws/lambda/orders-responder", retentionInDays=30)
    created = client("lambda").create_function(
        FunctionName="orders-responder",
        Runtime="python3.12",
        Handler="main.handle",
        Role=arn,
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
        Environment={"Variables": {"TOPIC": topic, "GREETING": "${hello}"}},
    )
    rule = client("events").describe_rule(Name="orders-failover")["Arn"]
    client("lambda").add_permission(
        FunctionName="orders-responder",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    target = {"Id": "respond", "Arn": created["FunctionArn"]}
    client("events").put_targets(Rule="orders-failover", Targets=[target])


def backups(found):
    vaults = {}
    for region in ("us-east-1", WEST):
        kms = client("kms", region)
        key = kms.create_key(Description="backups")["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/backups", TargetKeyId=key)
        vault = client("backup", region).create_backup_vault(
            BackupVaultName="orders", EncryptionKeyArn=key, BackupVaultTags={"team": "dba"}
        )
        vaults[region] = vault["BackupVaultArn"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    client("backup", WEST).put_backup_vault_access_policy(BackupVaultName="orders", Policy=policy)
    arn = role("orders-backup", "backup.amazonaws.com")
    managed = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    client("iam").attach_role_policy(RoleName="orders-backup", PolicyArn=managed)
    rule = {
        "RuleName": "daily",
        "TargetBackupVaultName": "orders",
        "ScheduleExpression": "cron(0 3 ? * * *)",
        "StartWindowMinutes": 60,
        "CompletionWindowMinutes": 240,
        "Lifecycle": {"DeleteAfterDays": 35},
        "CopyActions": [{"DestinationBackupVaultArn": vaults[WEST], "Lifecycle": {"DeleteAfterDays": 90}}],
    }
    plan = {"BackupPlanName": "orders", "Rules": [rule]}
    backup = client("backup")
    plan = backup.create_backup_plan(BackupPlan=plan)["BackupPlanId"]
    selection = {"SelectionName": "orders", "IamRoleArn": arn, "Resources": [found["cluster"]]}
    backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)


def others():
    """What somebody else manages, and what AWS does."""
    for name, tags in (("of-terraform", {"ManagedBy": "Terraform"}), ("of-drctl", {"drctl:stack": "another"})):
        client("backup").create_backup_vault(BackupVaultName=name, BackupVaultTags=tags)
    client("sns").create_topic(Name="web")


def state():
    """Everything that a plan could change, tags left out."""
    told = {}

    def add(name, answer):
        answer.pop("ResponseMetadata", None)
        told[name] = answer

    for region in ("us-east-1", WEST):
        rds = client("rds", region)
        add(f"{region} clusters", rds.describe_db_clusters())
        add(f"{region} instances", rds.describe_db_instances())
        add(f"{region} global", rds.describe_global_clusters())
        add(f"{region} subnet groups", rds.describe_db_subnet_groups())
        add(f"{region} parameters", rds.describe_db_cluster_parameters(DBClusterParameterGroupName="orders-pg16"))
        add(f"{region} event subscriptions", rds.describe_event_subscriptions())
        add(f"{region} alarms", client("cloudwatch", region).describe_alarms())
        events = client("events", region)
        add(f"{region} rules", events.list_rules())
        add(f"{region} targets", events.list_targets_by_rule(Rule="orders-failover"))
        sns = client("sns", region)
        for topic in sns.list_topics()["Topics"]:
            add(topic["TopicArn"], sns.get_topic_attributes(TopicArn=topic["TopicArn"]))
        backup = client("backup", region)
        add(f"{region} vaults", backup.list_backup_vaults())
        add(f"{region} plans", backup.list_backup_plans())
        kms = client("kms", region)
        for key in kms.list_keys()["Keys"]:
            add(key["KeyArn"], kms.describe_key(KeyId=key["KeyId"]))
            add(key["KeyArn"] + " policy", kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default"))
    configuration = client("lambda").get_function_configuration(FunctionName="orders-responder")
    add("function", configuration)
    for name in ("orders-responder", "orders-backup"):
        role = client("iam").get_role(RoleName=name)
        role["Role"].pop("Tags", None)
        add(name, role)
    return json.dumps(without_tags(told), sort_keys=True, default=str)


def without_tags(value):
    if isinstance(value, dict):
        return {k: without_tags(v) for k, v in value.items() if k not in ("TagList", "Tags", "LatestRestorableTime")}
    return [without_tags(item) for item in value] if isinstance(value, list) else value


def tags():
    """Everything that is tagged as drctl's, with the tags that people gave it."""
    lines = []
    for region in ("us-east-1", WEST):
        pages = client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate()
        for page in pages:
            for found in page["ResourceTagMappingList"]:
                given = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
                if given.get("drctl:stack") == "taken-over":
                    lines.append(f"{given['drctl:address']} team={given.get('team')}")
    return "\n".join(sorted(set(lines)))
