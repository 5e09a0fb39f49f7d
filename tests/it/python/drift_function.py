"""The function that looks for drift: invoked, and what it told."""

import base64
import json
import time


def invoke(event, name="drift-watch", region="us-west-2"):
    """What it answered, whether that is an error, and the end of its log."""
    answer = client("lambda", region).invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    log = base64.b64decode(answer.get("LogResult", "")).decode()
    return json.dumps(
        {
            "answer": json.loads(answer["Payload"].read()),
            "error": answer.get("FunctionError"),
            "log": [json.loads(line) for line in log.splitlines() if line.startswith("{")],
        }
    )


def inbox(region="us-west-2", topic="drift-watch"):
    """A queue that gets what the topic is told."""
    sqs = client("sqs", region)
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = f"arn:aws:sns:{region}:{ACCOUNT}:{topic}"
    client("sns", region).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)


def messages(region="us-west-2"):
    """All that has come into the queue since it was last looked at."""
    sqs = client("sqs", region)
    queue = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    found = []
    while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in batch]
        for message in batch:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return json.dumps([{"subject": one.get("Subject"), "text": one["Message"]} for one in found])


def metrics(region="us-west-2"):
    found = client("cloudwatch", region).list_metrics(Namespace="drctl")["Metrics"]
    return json.dumps(sorted({metric["MetricName"] for metric in found}))
