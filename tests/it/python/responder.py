"""What the responder finds and what it leaves, seen by boto3."""

import io
import time
import zipfile

EAST, WEST = "us-east-1", "us-west-2"
CLUSTERS = {EAST: "orders", WEST: "orders-west"}
TOPIC = f"arn:aws:sns:{WEST}:{ACCOUNT}:orders-dr"


def wait(what, so):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if result := so():
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what}: not after 30 s")


def cluster(region):
    return client("rds", region).describe_db_clusters(DBClusterIdentifier=CLUSTERS[region])["DBClusters"][0]


def global_cluster():
    return client("rds").describe_global_clusters(GlobalClusterIdentifier="orders-global")["GlobalClusters"][0]


def settled():
    def so():
        found = global_cluster()
        connected = {m.get("SynchronizationStatus") or "connected" for m in found["GlobalClusterMembers"]}
        states = {cluster(region)["Status"] for region in CLUSTERS}
        calm = found["Status"] == "available" and not found.get("FailoverState")
        return calm and connected == {"connected"} and states == {"available"}

    wait("settled", so)


def database():
    """The global database of the examples: `orders` writes, `orders-west` follows."""
    found = seed.seed(ENDPOINT, ACCOUNT)
    east, west = client("rds", EAST), client("rds", WEST)
    east.create_global_cluster(GlobalClusterIdentifier="orders-global", SourceDBClusterIdentifier=found["cluster"])
    wait("global", lambda: global_cluster()["Status"] == "available" and cluster(EAST)["Status"] == "available")
    west.create_db_subnet_group(
        DBSubnetGroupName="orders-west", DBSubnetGroupDescription="west", SubnetIds=found[WEST]["subnets"]
    )
    west.create_db_cluster(
        DBClusterIdentifier="orders-west",
        Engine="aurora-postgresql",
        GlobalClusterIdentifier="orders-global",
        DBSubnetGroupName="orders-west",
        KmsKeyId=client("kms", WEST).create_key()["KeyMetadata"]["Arn"],
    )
    west.create_db_instance(
        DBInstanceIdentifier="orders-west-1",
        DBClusterIdentifier="orders-west",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    settled()
    return found


def surroundings(found):
    """What applications in the West consist of; the ids that AWS made up."""
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name="example.com.", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
    old = cluster(EAST)["Endpoint"]

    def record(name, value, **more):
        record = {"Name": name, "Type": "CNAME", "TTL": 5, "ResourceRecords": [{"Value": value}], **more}
        return {"Action": "CREATE", "ResourceRecordSet": record}

    changes = [
        record("db.example.com.", old),
        record("shared.example.com.", "east.example.com", SetIdentifier=EAST, Weight=100),
        record("shared.example.com.", "west.example.com", SetIdentifier=WEST, Weight=0),
        record("db-us-west-2.example.com.", cluster(WEST)["Endpoint"]),
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    ec2 = client("ec2", WEST)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "role", "Value": "app"}]}]
    made = ec2.run_instances(ImageId="ami-12345678", MinCount=2, MaxCount=2, TagSpecifications=tags)["Instances"]
    other = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]

    ecs = client("ecs", WEST)
    ecs.create_cluster(clusterName="apps")
    ecs.register_task_definition(family="orders", containerDefinitions=[{"name": "a", "image": "a", "memory": 64}])
    for name in ("orders", "billing"):
        ecs.create_service(cluster="apps", serviceName=name, taskDefinition="orders:1", desiredCount=0)

    rds = client("rds", WEST)
    secrets = client("secretsmanager", WEST)
    rds.create_db_proxy(
        DBProxyName="orders",
        EngineFamily="POSTGRESQL",
        Auth=[{"SecretArn": f"arn:aws:secretsmanager:{WEST}:{ACCOUNT}:secret:orders-abcdef"}],
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/proxy",
        VpcSubnetIds=found[WEST]["subnets"],
    )
    secrets.create_secret(Name="orders", SecretString=json.dumps({"host": old, "password": "never-to-be-told"}))
    ssm = client("ssm", WEST)
    ssm.put_parameter(Name="/orders/writer", Value=old, Type="SecureString")
    ssm.put_parameter(Name="/orders/hook", Value="a secret of both", Type="SecureString")

    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}}]}  # fmt: skip
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    machine = client("stepfunctions", WEST).create_state_machine(
        name="runbook",
        roleArn=role,
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}),
    )["stateMachineArn"]
    functions = client("lambda", WEST)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("own.py", "def handle(event, _):\n    if event.get('fail'):\n        raise ValueError('as told')\n")
    functions.create_function(
        FunctionName="own", Runtime="python3.12", Role=role, Handler="own.handle", Code={"ZipFile": code.getvalue()}
    )
    wait("function", lambda: functions.get_function(FunctionName="own")["Configuration"]["State"] == "Active")
    letters()
    return {"zone": zone, "machine": machine, "instances": [i["InstanceId"] for i in made], "other": other}


def letters():
    """A topic, and a queue in which its messages stay."""
    sqs, sns = client("sqs", WEST), client("sns", WEST)
    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.create_topic(Name="orders-dr")
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)


def messages():
    """What has come since the last look: subject and text."""
    sqs = client("sqs", WEST)
    url = sqs.get_queue_url(QueueName="letters")["QueueUrl"]
    found = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            body = json.loads(message["Body"])
            found.append([body.get("Subject"), body["Message"]])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def move(region, loses_data):
    """Moves the writer, and waits until all that follows is over."""
    target = f"arn:aws:rds:{region}:{ACCOUNT}:cluster:{CLUSTERS[region]}"
    chosen = {"GlobalClusterIdentifier": "orders-global", "TargetDbClusterIdentifier": target}
    if loses_data:
        client("rds", region).failover_global_cluster(**chosen, AllowDataLoss=True)
    else:
        other = next(r for r in CLUSTERS if r != region)
        client("rds", other).switchover_global_cluster(**chosen)
    settled()


def state(made):
    """All that the responder may change."""
    route53, ecs, rds = client("route53"), client("ecs", WEST), client("rds", WEST)
    records = {}
    for record in route53.list_resource_record_sets(HostedZoneId=made["zone"])["ResourceRecordSets"]:
        if record["Type"] in ("CNAME", "A") and record["Name"] != "example.com.":
            value = record.get("AliasTarget", {}).get("DNSName") or record["ResourceRecords"][0]["Value"]
            weight = f" {record['Weight']}" if "Weight" in record else ""
            records[f"{record['Name']} {record.get('SetIdentifier', '')}".strip()] = f"{record['Type']} {value}{weight}"
    services = ecs.describe_services(cluster="apps", services=["orders", "billing"])["services"]
    secret = client("secretsmanager", WEST).get_secret_value(SecretId="orders")
    parameter = client("ssm", WEST).get_parameter(Name="/orders/writer", WithDecryption=True)["Parameter"]
    targets = rds.describe_db_proxy_targets(DBProxyName="orders")["Targets"]
    states = client("stepfunctions", WEST)
    executions = states.list_executions(stateMachineArn=made["machine"])["executions"]
    ssm = client("ssm", WEST)
    snapshots = client("rds", EAST).describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    return {
        "records": records,
        "deployments": {s["serviceName"]: len({d["id"] for d in s["deployments"]}) for s in services},
        "deployed": {s["serviceName"]: s["deployments"][0]["id"] for s in services},
        "secret": json.loads(secret["SecretString"]),
        "secret version": secret["VersionId"],
        "parameter": [parameter["Value"], parameter["Type"], parameter["Version"]],
        "proxy": [t["RdsResourceId"] for t in targets if t["Type"] == "TRACKED_CLUSTER"],
        "executions": [json.loads(states.describe_execution(executionArn=e["executionArn"])["input"]) for e in executions],
        "commands": [c["Parameters"] for c in ssm.list_commands()["Commands"]],
        "automations": [
            ssm.get_automation_execution(AutomationExecutionId=e["AutomationExecutionId"])["AutomationExecution"]["Parameters"]
            for e in ssm.describe_automation_executions()["AutomationExecutionMetadataList"]
        ],
        "snapshots": [s["DBClusterSnapshotIdentifier"] for s in snapshots],
        "endpoint": cluster(WEST)["Endpoint"],
        "tags": {t["Key"]: t["Value"] for t in cluster(WEST)["TagList"]},
    }
