//! What is ours is known by its tags: what is no longer declared goes or stays, what was copied is
//! nobody's, what is no longer set is let go.
use insta::assert_snapshot;

use crate::estate::asked;
use crate::estate::calls;
use crate::estate::changes;
use crate::estate::nameless;
use crate::estate::said;
use crate::estate::section;
use crate::support::Place;

const HEAD: &str = r#"
drctl {
  stack = "ownership"
}

provider "aws" {
  region = "us-east-1"
}
"#;

const ALL: &str = r#"
resource "aws_sns_topic" "notices" {
  name = "notices"
}

resource "aws_cloudwatch_metric_alarm" "lag" {
  for_each            = toset(["us-east-1", "us-west-2"])
  region              = each.key
  alarm_name          = "lag"
  namespace           = "AWS/RDS"
  metric_name         = "AuroraGlobalDBReplicationLag"
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 1000
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = each.key == "us-east-1" ? [aws_sns_topic.notices.arn] : []
}

resource "aws_cloudwatch_event_rule" "failover" {
  name          = "failover"
  event_pattern = jsonencode({ source = ["aws.rds"] })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule = aws_cloudwatch_event_rule.failover.name
  arn  = aws_sqs_queue.events.arn
}

resource "aws_sqs_queue" "events" {
  name = "events"
}

resource "aws_iam_role" "responder" {
  name = "ownership-responder"
  path = "/dr/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "responder" {
  role = aws_iam_role.responder.name
  name = "may"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "rds:DescribeDBClusters", Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "responder" {
  role       = aws_iam_role.responder.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_ssm_parameter" "writer" {
  name  = "/ownership/writer"
  type  = "String"
  value = "us-east-1"
}

resource "aws_cloudwatch_log_group" "responder" {
  name = "/aws/lambda/responder"
}

resource "aws_kms_key" "backup" {
  description = "backups"
}

resource "aws_backup_vault" "kept" {
  name        = "kept"
  kms_key_arn = aws_kms_key.backup.arn
}

resource "aws_backup_plan" "daily" {
  name = "daily"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.kept.name
    schedule          = "cron(0 3 * * ? *)"
  }
}

resource "aws_backup_selection" "orders" {
  plan_id      = aws_backup_plan.daily.id
  name         = "orders"
  iam_role_arn = aws_iam_role.backup.arn
  resources    = ["arn:aws:rds:*:*:cluster:orders"]
}

resource "aws_iam_role" "backup" {
  name = "ownership-backup"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "backup.amazonaws.com" } }]
  })
}
"#;

/// What is there that a plan of this file made.
const LOOK: &str = r"
def names(service, call, members, name, region='us-east-1'):
    return sorted(one[name] for one in getattr(client(service, region), call)()[members])
print([
    names('sns', 'list_topics', 'Topics', 'TopicArn'),
    names('cloudwatch', 'describe_alarms', 'MetricAlarms', 'AlarmName'),
    names('cloudwatch', 'describe_alarms', 'MetricAlarms', 'AlarmName', 'us-west-2'),
    names('events', 'list_rules', 'Rules', 'Name'),
    client('sqs').list_queues().get('QueueUrls', []),
    names('iam', 'list_roles', 'Roles', 'RoleName'),
    names('ssm', 'describe_parameters', 'Parameters', 'Name'),
    names('logs', 'describe_log_groups', 'logGroups', 'logGroupName'),
    names('backup', 'list_backup_vaults', 'BackupVaultList', 'BackupVaultName'),
    names('backup', 'list_backup_plans', 'BackupPlansList', 'BackupPlanName'),
])
";

#[test]
fn what_is_no_longer_declared_goes_and_what_holds_data_stays() {
    let place = Place::new("orphans");
    place.write("main.tf", HEAD).write("all.tf", ALL);
    let before = place.python(LOOK);
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes. What AWS has matches");

    // Nothing is declared any more, but the provider, which is the way there.
    place.write("all.tf", "");
    let (plan, requests) = asked(&place, || place.drctl("plan -also-sweep=us-west-2").exits(0));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("orphans_calls_of_a_plan", calls(&requests));
    let text = nameless(&place.normal(&plan.out));
    assert_snapshot!("orphans_plan", said(&text));
    assert_snapshot!("orphans_rule", section(&text, "aws_cloudwatch_event_rule.failover"));
    let (_, kept) = text.split_once("\nNot in the configuration").expect("something stays");
    assert_snapshot!("orphans_kept", kept);
    let json = place.drctl("plan -json -also-sweep=us-west-2").exits(0);
    let told = |kind: &str| json.out.lines().filter(|line| line.contains(kind)).count();
    assert_eq!(told("undeclared_resource"), 3, "{}", json.out);
    assert_eq!(told(r#""reason":"delete_because_no_resource_config""#), 9, "{}", json.out);

    // To look for drift is to see them too.
    let drift = place.drctl("drift -no-trail").exits(2);
    assert_snapshot!("orphans_drift", place.normal(&drift.out));

    // So many go only when that is said.
    place
        .drctl("apply -auto-approve -also-sweep=us-west-2 -max-removals=8")
        .exits(5)
        .says("-max-removals=9");
    let (done, requests) =
        asked(&place, || place.drctl("apply -auto-approve -also-sweep=us-west-2"));
    done.exits(0).says("Apply complete! Resources: 0 added, 0 changed, 9 destroyed.");
    let made = changes(&requests);
    let at = |name: &str| made.iter().position(|one| one == name).expect(name);
    assert!(at("DeleteAlarms") < at("DeleteTopic"), "{made:?}");
    assert!(at("RemoveTargets") < at("DeleteRule"), "{made:?}");
    assert!(at("DeleteBackupSelection") < at("DeleteBackupPlan"), "{made:?}");
    let last = made.iter().rposition(|one| one == "DeleteRole").expect("roles go");
    assert!(at("DetachRolePolicy") < last, "{made:?}");
    let kept = place.drctl("plan -detailed-exitcode").exits(0);
    kept.says("3 resources that are not declared are left as they are");

    // What holds data goes when it is said of it.
    place.write(
        "all.tf",
        "removed {\n  from = aws_backup_vault.kept\n}\nremoved {\n  from = aws_kms_key.backup\n}\n\
         removed {\n  from = aws_cloudwatch_log_group.responder\n  lifecycle {\n    destroy = false\n  \
         }\n}\n",
    );
    place
        .drctl("apply -auto-approve")
        .exits(0)
        .says("Resources: 0 added, 0 changed, 2 destroyed, 1 forgotten.");
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes. What AWS has matches");
    place.python("client('logs').delete_log_group(logGroupName='/aws/lambda/responder')");
    assert_eq!(place.python(LOOK), before);
}

#[test]
fn nothing_goes_by_copied_tags_and_a_plan_says_so() {
    let place = Place::new("copied_tags");
    let topic = "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n}\n";
    place.write("main.tf", &format!("{HEAD}{topic}"));
    place.drctl("apply -auto-approve").exits(0);
    let copy = place.python(
        r"
sns = client('sns')
arn = [t['TopicArn'] for t in sns.list_topics()['Topics']][0]
tags = sns.list_tags_for_resource(ResourceArn=arn)['Tags']
print(sorted(t['Key'] for t in tags))
print(sns.create_topic(Name='copy', Tags=tags)['TopicArn'])
",
    );
    assert!(copy.contains("['drctl:address', 'drctl:id', 'drctl:stack']"), "{copy}");
    let plan = place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
    assert_snapshot!("copied_tags", place.normal(&plan.out));
    place.drctl("destroy -auto-approve").exits(0).says("Resources: 1 destroyed.");
    let left =
        place.python("print([t['TopicArn'] for t in client('sns').list_topics()['Topics']])");
    assert!(left.contains(":copy"), "{left}");

    // What an earlier version has tagged, without an id, is ours where it is declared, and gets one.
    place.python(
        r"
sns = client('sns')
sns.delete_topic(TopicArn=[t['TopicArn'] for t in sns.list_topics()['Topics']][0])
sns.create_topic(Name='a', Tags=[{'Key': 'drctl:stack', 'Value': 'ownership'},
                                 {'Key': 'drctl:address', 'Value': 'aws_sns_topic.a'}])
",
    );
    place.drctl("apply -auto-approve").exits(0).says("only its tags change");
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
}

#[test]
fn what_is_no_longer_set_is_released_or_reset() {
    let place = Place::new("let_go");
    let queue = |more: &str| {
        format!("{HEAD}resource \"aws_kms_key\" \"k\" {{\n  description = \"k\"\n{more}}}\n")
    };
    let policy = "  enable_key_rotation     = true\n  rotation_period_in_days = 180\n";
    place.write("main.tf", &queue(policy));
    place.drctl("apply -auto-approve").exits(0);
    place.write("main.tf", &queue("  enable_key_rotation     = true\n"));
    let plan = place.drctl("plan").exits(0);
    assert_snapshot!("let_go", nameless(&place.normal(&plan.out)));
    place.drctl("apply -auto-approve").exits(0).says("0 added, 1 changed");
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
}
