"""Says who writes to a global database, whenever something happened to it.

Events only wake this function up. They may come twice, late or in another order, so what is told
is what AWS says now, not what the event says was.
"""

import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

GLOBAL_CLUSTER = os.environ["GLOBAL_CLUSTER"]
TOPIC_ARN = os.environ["TOPIC_ARN"]
HERE = os.environ.get("AWS_REGION", "")

# This Region first. The other one is asked too when this one does not answer: one of them may be
# the reason why we are called.
REGIONS = sorted(os.environ["REGIONS"].split(","), key=lambda region: region != HERE)

PATIENCE = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})

# What a person has to do something about.
URGENT = {
    "RDS-EVENT-0186": "The switchover was cancelled.",
    "RDS-EVENT-0187": "The switchover failed.",
    "RDS-EVENT-0239": "The failover failed.",
    "RDS-EVENT-0391": "The old writer could not be fenced: two Regions may be writing. Stop one.",
    "RDS-EVENT-0519": "The failover left a cluster without instances: add one.",
}


def handle(event, _context):
    """The entry point. An error makes Lambda try again and, at last, send the event to people."""
    detail = event.get("detail", {})
    cluster = describe()
    subject, body = report(cluster, detail)
    boto3.client("sns", region_name=HERE or None, config=PATIENCE).publish(
        TopicArn=TOPIC_ARN,
        Subject=subject[:100],
        Message=body,
        MessageAttributes={
            "event": {"DataType": "String", "StringValue": detail.get("EventID") or "none"},
        },
    )
    print(json.dumps({"event": detail.get("EventID"), "told": subject}))
    return {"subject": subject}


def describe():
    """The global database as the first Region that answers has it."""
    failure = None
    for region in REGIONS:
        rds = boto3.client("rds", region_name=region, config=PATIENCE)
        try:
            found = rds.describe_global_clusters(GlobalClusterIdentifier=GLOBAL_CLUSTER)
            return found["GlobalClusters"][0]
        except (BotoCoreError, ClientError, IndexError) as error:
            print(json.dumps({"region": region, "error": str(error)}))
            failure = error
    raise RuntimeError(f"no Region could say anything about {GLOBAL_CLUSTER}") from failure


def report(cluster, detail):
    """Subject and text for people."""
    members = cluster.get("GlobalClusterMembers", [])
    writers = [name(member) for member in members if member.get("IsWriter")]
    subject = f"{GLOBAL_CLUSTER}: {' and '.join(writers) or 'nobody'} writes"
    lines = [f"Global database {GLOBAL_CLUSTER} is {cluster.get('Status', 'in an unknown state')}.", ""]
    urgent = URGENT.get(detail.get("EventID"))
    if urgent:
        subject = f"ACT: {subject}"
        lines += [urgent, ""]
    for member in members:
        state = member.get("SynchronizationStatus")
        role = "writes" if member.get("IsWriter") else "follows"
        lines.append(f"  {name(member)} {role}" + (f" ({state})" if state else ""))
    under_way = cluster.get("FailoverState")
    if under_way:
        loss = "data may be lost" if under_way.get("IsDataLossAllowed") else "no data is lost"
        lines += ["", f"Under way: {under_way.get('Status')}, {loss}."]
    if detail:
        lines += ["", f"Event {detail.get('EventID')} of {detail.get('SourceIdentifier')}:"]
        lines.append(f"  {detail.get('Message')}")
    lines += ["", "Applications connect to:", f"  {cluster.get('Endpoint', '(no endpoint)')}"]
    return subject, "\n".join(lines)


def name(member):
    """`orders in us-east-1`, from the ARN of a cluster."""
    parts = member["DBClusterArn"].split(":")
    return f"{parts[-1]} in {parts[3]}"
