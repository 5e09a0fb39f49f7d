//! What stands beside the database: buses, queues, parameters, records.
use std::collections::BTreeSet;
use std::fs;

use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::asked;
use crate::estate::changes;
use crate::support::Emulator;
use crate::support::Place;

fn place(test: &str, configuration: &str) -> Place {
    let place = Place::new(test);
    place.write("main.tf", &format!("drctl {{\n  stack = \"services\"\n}}\n{configuration}"));
    place
}

fn statements(place: &Place) -> BTreeSet<String> {
    let found = place.python(
        "policy = json.loads(client('events').describe_event_bus().get('Policy', '{\"Statement\": []}'))\n\
         print(json.dumps([s['Sid'] for s in policy['Statement']]))",
    );
    serde_json::from_str(&found).expect("Python printed JSON")
}

/// EventBridge loses one of two permissions that are given at once; drctl gives them one by one.
#[test]
fn many_permissions_on_one_bus() {
    let place = place(
        "many_permissions_on_one_bus",
        r#"resource "aws_cloudwatch_event_permission" "accounts" {
             for_each     = toset(["a", "b", "c", "d", "e", "f"])
             statement_id = each.key
             principal    = "222222222222"
           }"#,
    );
    place.python(
        "client('events').put_permission(StatementId='theirs', Action='events:PutEvents', Principal='333333333333')",
    );
    let ours = ["a", "b", "c", "d", "e", "f"].map(str::to_owned);
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    let mut all: BTreeSet<String> = ours.iter().cloned().collect();
    all.insert("theirs".to_owned());
    assert_eq!(statements(&place), all, "{ran}");
    // None had to be given twice.
    assert_eq!(changes(&requests).len(), ours.len(), "{ran}");
    place.drctl("plan -detailed-exitcode").exits(0);
    place.drctl("destroy -auto-approve").exits(0);
    assert_eq!(statements(&place), BTreeSet::from(["theirs".to_owned()]));
}

const SECRET: &str = "correct-horse-battery";

/// The value of a parameter is written nowhere, whatever is done with it.
#[test]
fn the_value_of_a_parameter_is_told_nowhere() {
    let configuration = |value: &str| {
        format!(
            "resource \"aws_ssm_parameter\" \"password\" {{\n  name  = \"/orders/password\"\n  type  = \
             \"SecureString\"\n  value = \"{value}\"\n}}\n\
             data \"aws_ssm_parameter\" \"read\" {{\n  name = aws_ssm_parameter.password.name\n}}\n\
             resource \"aws_ssm_parameter\" \"copy\" {{\n  name  = \"copy\"\n  type  = \"String\"\n  value \
             = data.aws_ssm_parameter.read.value\n}}\n\
             output \"length\" {{\n  value     = length(data.aws_ssm_parameter.read.value)\n  sensitive = \
             true\n}}\n"
        )
    };
    let place = place("the_value_of_a_parameter_is_told_nowhere", "");
    let place = place.with("DRCTL_LOG", "trace");
    let mut told = String::new();
    for value in [SECRET, "another-correct-horse-battery"] {
        // It stands in a variable, so that the file of the plan does not hold it with the sources.
        place.write(
            "main.tf",
            &format!(
                "drctl {{\n  stack = \"services\"\n}}\nvariable \"secret\" {{\n  type      = string\n  \
                 sensitive = true\n}}\n{}",
                configuration("${var.secret}")
            ),
        );
        let variable = format!("-var=secret={value}");
        for command in [
            vec!["plan", "-out=plan", &variable],
            vec!["plan", "-json", &variable],
            vec!["show", "plan"],
            vec!["show", "-json", "plan"],
            vec!["apply", &variable, "plan"],
            vec!["plan", "-detailed-exitcode", &variable],
            vec!["apply", "-auto-approve", "-json", &variable],
        ] {
            let ran = place.drctl_with(&command, "").exits(0);
            told = told + &ran.out + &ran.err;
        }
        told += &fs::read_to_string(place.path().join("plan")).expect("it was saved");
        // What somebody else has put there is no less a secret.
        place.python(
            "client('ssm').put_parameter(Name='/orders/password', Value='drifted-battery', Overwrite=True, \
             Type='SecureString')",
        );
        let ran = place.drctl_with(&["plan", "-out=drift", &variable], "").exits(0);
        told = told + &ran.out + &ran.err;
        told += &fs::read_to_string(place.path().join("drift")).expect("it was saved");
    }
    assert!(told.contains("(sensitive"), "it is said that there is something");
    for line in told.lines() {
        assert!(!line.contains("battery"), "the secret is told: {line}");
    }
}

/// The name of a queue is free only a minute after it was deleted: drctl waits for it.
#[test]
fn a_queue_that_was_deleted_just_now() {
    let place = place(
        "a_queue_that_was_deleted_just_now",
        "resource \"aws_sqs_queue\" \"lost\" {\n  name = \"lost\"\n}\n",
    );
    Emulator::get().takes(&place.account, &json!({ "SQS_STEP": 3 }));
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("destroy -auto-approve").exits(0);
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    let refused = requests.iter().filter(|request| request["error"].is_string());
    let refused = refused.filter(|request| request["action"] == "CreateQueue").count();
    assert!(refused > 0, "the name was free at once\n{ran}");
    place.drctl("plan -detailed-exitcode").exits(0);
}

/// IAM keeps five versions: the oldest that does not count makes room.
#[test]
fn versions_of_a_policy() {
    let place = place(
        "versions_of_a_policy",
        "variable \"resource\" {}\nresource \"aws_iam_policy\" \"read\" {\n  name   = \"read\"\n  policy = \
         jsonencode({\n    Version   = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \
         \"rds:*\", Resource = var.resource }]\n  })\n}\n",
    );
    for number in 1..=6 {
        place.drctl(&format!("apply -auto-approve -var=resource={number}")).exits(0);
    }
    let versions = place.python(&format!(
        "found = client('iam').list_policy_versions(PolicyArn='arn:aws:iam::{}:policy/read')['Versions']\n\
         print(json.dumps(sorted([v['VersionId'], v['IsDefaultVersion']] for v in found)))",
        place.account
    ));
    let versions: Tree = serde_json::from_str(&versions).expect("Python printed JSON");
    assert_eq!(
        versions,
        json!([["v2", false], ["v3", false], ["v4", false], ["v5", false], ["v6", true]])
    );
    place.drctl("plan -detailed-exitcode -var=resource=6").exits(0);
}

/// A record that is there is shown as a difference before it is changed, and one that comes in
/// between is not written over.
#[test]
fn records_that_are_there_already() {
    let place = place(
        "records_that_are_there_already",
        "data \"aws_route53_zone\" \"orders\" {\n  name = \"example.com.\"\n}\nresource \
         \"aws_route53_record\" \"writer\" {\n  zone_id = data.aws_route53_zone.orders.zone_id\n  name    = \
         \"writer\"\n  type    = \"CNAME\"\n  ttl     = 5\n  records = [\"new.example.com\"]\n}\noutput \
         \"fqdn\" {\n  value = aws_route53_record.writer.fqdn\n}\n",
    );
    let put = "route53 = client('route53')\n\
               zone = (route53.list_hosted_zones()['HostedZones'] or [None])[0] or \
               route53.create_hosted_zone(Name='example.com', CallerReference='x')['HostedZone']\n\
               record = {'Name': 'Writer.example.com', 'Type': 'CNAME', 'TTL': 300, 'ResourceRecords': \
               [{'Value': 'old.example.com'}]}\n\
               change = lambda action: route53.change_resource_record_sets(HostedZoneId=zone['Id'], \
               ChangeBatch={'Changes': [{'Action': action, 'ResourceRecordSet': record}]})\n";
    place.python(put);
    place.drctl("plan -out=plan").exits(0).says("1 to add");
    place.python(&format!("{put}change('CREATE')"));
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(4));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    place.drctl("plan").exits(0).says("old.example.com").says("1 to change");
    let ran = place.drctl("apply -auto-approve").exits(0).says("writer.example.com");
    let waited = asked(&place, || place.drctl("plan -detailed-exitcode").exits(0)).1;
    assert!(waited.iter().all(|request| request["action"] != "GetChange"), "{ran}");
}

#[test]
fn data_sources_tell_what_is_there() {
    let place = place(
        "data_sources_tell_what_is_there",
        r#"
data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

data "aws_cloudwatch_event_bus" "default" {
  name = "default"
}

data "aws_sns_topic" "alerts" {
  name = "alerts"
}

output "told" {
  value = {
    vpc     = data.aws_vpc.default.cidr_block
    subnets = length(data.aws_subnets.default.ids)
    bus     = data.aws_cloudwatch_event_bus.default.arn
    topic   = data.aws_sns_topic.alerts.arn
  }
}
"#,
    );
    place.drctl("plan").exits(1).says("there is no topic \"alerts\"");
    place.python("client('sns').create_topic(Name='alerts')");
    let told = place.drctl("output -json told").exits(0).out;
    let told: Tree = serde_json::from_str(&told).expect("outputs are JSON");
    let arn =
        |service: &str, name: &str| format!("arn:aws:{service}:us-east-1:{}:{name}", place.account);
    assert_eq!(told["bus"], arn("events", "event-bus/default"));
    assert_eq!(told["topic"], arn("sns", "alerts"));
    assert_eq!(told["vpc"], "172.31.0.0/16");
    assert!(told["subnets"].as_u64().is_some_and(|count| count > 0), "{told}");
    place
        .write("more.tf", "data \"aws_vpc\" \"none\" {\n  cidr_block = \"10.99.0.0/16\"\n}\n")
        .drctl("plan")
        .exits(1)
        .says("no VPC in us-east-1");
}
