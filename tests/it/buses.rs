//! Event buses of one's own: rules and targets on them, and what they let through.
use serde_json::Value as Tree;

use crate::support::Place;

const BUSES: &str = r#"
drctl {
  stack = "buses"
}

resource "aws_cloudwatch_event_bus" "apps" {
  name = "apps"
}

resource "aws_cloudwatch_event_bus" "archive" {
  name = "archive"
}

resource "aws_cloudwatch_event_rule" "moved" {
  name           = "moved"
  event_bus_name = aws_cloudwatch_event_bus.apps.name
  event_pattern  = jsonencode({ source = ["orders"] })
  ENABLED
}

resource "aws_cloudwatch_event_target" "queue" {
  rule           = aws_cloudwatch_event_rule.moved.name
  event_bus_name = aws_cloudwatch_event_bus.apps.name
  target_id      = "queue"
  arn            = aws_sqs_queue.news.arn
}

resource "aws_cloudwatch_event_target" "bus" {
  rule           = aws_cloudwatch_event_rule.moved.name
  event_bus_name = aws_cloudwatch_event_bus.apps.arn
  target_id      = "archive"
  arn            = aws_cloudwatch_event_bus.archive.arn
  role_arn       = aws_iam_role.events.arn
}

# On the other bus everything goes into the same queue.
resource "aws_cloudwatch_event_rule" "all" {
  name           = "moved"
  event_bus_name = aws_cloudwatch_event_bus.archive.name
  event_pattern  = jsonencode({ source = [{ prefix = "" }] })
}

resource "aws_cloudwatch_event_target" "all" {
  rule           = aws_cloudwatch_event_rule.all.name
  event_bus_name = aws_cloudwatch_event_bus.archive.name
  target_id      = "queue"
  arn            = aws_sqs_queue.news.arn
}

resource "aws_iam_role" "events" {
  name = "events"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }]
  })
}

resource "aws_sqs_queue" "news" {
  name = "news"
}
"#;

fn buses(place: &Place, enabled: &str) {
    place.write("main.hcl", &BUSES.replace("ENABLED", enabled));
}

/// Puts an event on a bus, and says how often it came to the queue.
fn came(place: &Place, bus: &str) -> u64 {
    let told = place.python(&format!(
        "import time\n\
         client('events').put_events(Entries=[{{'Source': 'orders', 'DetailType': 'x', \
         'Detail': '{{}}', 'EventBusName': {bus:?}}}])\n\
         sqs, found = client('sqs'), 0\n\
         url = sqs.get_queue_url(QueueName='news')['QueueUrl']\n\
         for _ in range(15):\n    \
             messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get('Messages', [])\n    \
             found += len(messages)\n    \
             [sqs.delete_message(QueueUrl=url, ReceiptHandle=m['ReceiptHandle']) for m in messages]\n    \
             time.sleep(0.1)\n\
         print(found)"
    ));
    told.trim().parse().expect("a number")
}

#[test]
fn rules_and_targets_on_buses_of_ones_own() {
    let place = Place::new("rules_and_targets_on_buses");
    buses(&place, "");
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
    // By way of the rule, and by way of the other bus; the bus `default` has no such rule.
    assert_eq!((came(&place, "apps"), came(&place, "archive"), came(&place, "default")), (2, 1, 0));

    // Terraform's older word for the state of a rule.
    buses(&place, "is_enabled = false");
    let plan = place.drctl("plan -detailed-exitcode").exits(2);
    let plan = plan.says("~ state").says("\"ENABLED\" -> \"DISABLED\"");
    plan.says("Plan: 0 to add, 1 to change, 0 to destroy.");
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
    assert_eq!((came(&place, "apps"), came(&place, "archive")), (0, 1));
    buses(&place, "is_enabled = true\n  state = \"DISABLED\"");
    place.drctl("validate").exits(1).says("`is_enabled` says ENABLED, and `state` says DISABLED.");
    buses(&place, "is_enabled = true");
    place.drctl("apply -auto-approve").exits(0);
    assert_eq!(came(&place, "apps"), 2);

    // A target that somebody took away is seen, on the bus that it belongs to.
    place.python(
        "client('events').remove_targets(Rule='moved', EventBusName='apps', Ids=['archive'])",
    );
    let plan = place.drctl("plan -detailed-exitcode").exits(2);
    plan.says("aws_cloudwatch_event_target.bus will be created").says("Plan: 1 to add");
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("destroy -auto-approve").exits(0);
    let left = place.python(
        "import json\nprint(json.dumps([b['Name'] for b in client('events').list_event_buses()['EventBuses']]))",
    );
    let left: Tree = serde_json::from_str(&left).expect("it is JSON");
    assert_eq!(left, serde_json::json!(["default"]));
}

#[test]
fn names_that_terraform_makes_up_are_refused_with_what_to_do() {
    let place = Place::new("names_that_terraform_makes_up");
    place.write(
        "main.hcl",
        "drctl {\n  stack = \"names\"\n}\n\nresource \"aws_sns_topic\" \"it\" {\n  name_prefix = \"orders-\"\n}\n",
    );
    let ran = place.drctl("validate").exits(1);
    ran.says("name_prefix").says("set \"name\" to a whole name.");
}
