//! Saved plans: for a while, for once, and for what AWS was when they were made.
use std::fs;

use insta::assert_snapshot;
use regex::Regex;
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::asked;
use crate::estate::changes;
use crate::support::Emulator;
use crate::support::Place;
use crate::support::Ran;

const TOPIC: &str = r#"
drctl {
  stack = "saved"
}

variable "label" {
  type      = string
  sensitive = true
  default   = null
}

resource "aws_sns_topic" "this" {
  name         = "alerts"
  display_name = var.label

  lifecycle {
    ignore_changes = [http_success_feedback_sample_rate]
  }
}
"#;

fn place(test: &str) -> Place {
    let place = Place::new(test);
    place.write("main.tf", TOPIC);
    place
}

/// What somebody sees, without hashes and times of day.
fn seen(place: &Place, ran: &Ran) -> String {
    let text = place.normal(&format!("{}--\n{}--\n{}\n", ran.out, ran.err, ran.code));
    timeless(&text)
}

fn timeless(text: &str) -> String {
    let times = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").expect("it is a pattern");
    let hashes = Regex::new(r"\b[0-9a-f]{64}\b").expect("it is a pattern");
    hashes.replace_all(&times.replace_all(text, "<then>"), "<hash>").into_owned()
}

fn hash(ran: &Ran) -> String {
    let line = ran.err.lines().find_map(|line| line.strip_prefix("Hash: "));
    line.unwrap_or_else(|| panic!("no hash\n{ran}")).to_owned()
}

fn file(place: &Place) -> Tree {
    let text = fs::read_to_string(place.path().join("plan")).expect("it was saved");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn told_what_it_is_and_until_when() {
    let place = place("told_what_it_is_and_until_when");
    let ran = place.drctl("plan -out=plan").exits(0);
    assert_snapshot!("plan", timeless(&place.normal(&ran.err)));
    let shown = place.drctl("show plan").exits(0).says(&hash(&ran));
    assert_snapshot!("show", timeless(&place.normal(&shown.out)));
    // An hour, a day, what the file says, what the command line says.
    let hours = |text: &str, arguments: &str| {
        place.write("main.tf", &TOPIC.replace("\"saved\"\n", text));
        place.drctl(&format!("plan -out=plan {arguments}")).exits(0);
        let file = file(&place);
        let code = "from datetime import datetime as d\n\
                    print((d.fromisoformat(B) - d.fromisoformat(A)).total_seconds() / 3600)";
        let code = code.replace('A', &file["created"].to_string());
        place.python(&code.replace('B', &file["expires"].to_string()))
    };
    assert_eq!(hours("\"saved\"\n", ""), "24.0");
    let said = "\"saved\"\n  plan_expiry = \"90m\"\n";
    assert_eq!(hours(said, ""), "1.5");
    assert_eq!(hours(said, "-expires=2h"), "2.0");
    place.drctl("plan -out=plan -expires=soon").exits(1).says("not a length of time");
    place.drctl("plan -expires=2h").exits(1);
}

#[test]
fn expired() {
    let place = place("expired");
    place.drctl("plan -out=plan").exits(0);
    let mut file = file(&place);
    file["expires"] = json!("2026-01-01T00:00:00Z");
    place.write("plan", &file.to_string());
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(4));
    assert_eq!(requests.len(), 0, "AWS is not asked");
    assert_snapshot!("expired", seen(&place, &ran));
    place.drctl("show plan").exits(0).says("Expired at 2026-01-01T00:00:00Z.");
}

/// Undone by hand, all is as it was when the plan was made; it still was applied.
#[test]
fn applied_once() {
    let place = place("applied_once");
    place.drctl("plan -out=plan").exits(0);
    place.drctl("apply plan").exits(0).says("1 added");
    place.python(
        "sns = client('sns')\nsns.delete_topic(TopicArn=sns.list_topics()['Topics'][0]['TopicArn'])",
    );
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(4));
    assert_eq!(requests.len(), 0, "AWS is not asked");
    assert_snapshot!("applied_once", seen(&place, &ran));
    place.drctl("show plan").exits(0).says("not again");
}

#[test]
fn applied_in_part_is_applied() {
    let place = place("applied_in_part_is_applied");
    place.drctl("plan -out=plan").exits(0);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic",
        "code": "AuthorizationError", "status": 403, "message": "not allowed",
    }));
    place.drctl("apply plan").exits(1);
    Emulator::get().calm(&place.account);
    place.drctl("apply plan").exits(4).says("a new plan goes on from there");
}

/// The hash is that of the plan, not of the file: the same plan of another day has it too.
#[test]
fn approved() {
    let place = place("approved");
    let planned = hash(&place.drctl("plan -out=plan -var label=Secret").exits(0));
    let again = hash(&place.drctl("plan -out=plan -var label=Other").exits(0));
    assert_eq!(planned, again, "a secret is no part of it");
    let (ran, requests) = asked(&place, || {
        let other = "0".repeat(64);
        place.drctl(&format!("apply -approved={other} plan")).exits(4)
    });
    assert_eq!(requests.len(), 0, "AWS is not asked");
    assert_snapshot!("not_approved", seen(&place, &ran));
    place.drctl("apply -approved=1234 plan").exits(4).says("first 16 digits");
    place
        .drctl(&format!("apply -approved={} -var label=Other plan", &planned[..16]))
        .exits(0)
        .says("1 added");

    // Without a file, today's plan must be it.
    place.write("main.tf", &TOPIC.replace("\"alerts\"", "\"alarms\""));
    let ran = place.drctl("plan -out=plan -target=aws_sns_topic.this").exits(0);
    let (targeted, today) = (hash(&ran), hash(&place.drctl("plan -out=plan").exits(0)));
    assert_ne!(targeted, today, "what was asked for is part of it");
    let (ran, requests) =
        asked(&place, || place.drctl(&format!("apply -approved={targeted}")).exits(4));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("not_approved_today", timeless(&place.normal(&ran.err)));
    place.drctl(&format!("apply -approved={today}")).exits(0).says("1 added");
}

#[test]
fn what_moved_is_named_with_both_values() {
    let place = place("what_moved_is_named_with_both_values");
    let topic = |rest: &str| {
        place.write("main.tf", &TOPIC.replace("  display_name = var.label\n", rest));
    };
    topic("  signature_version = 2\n");
    place.drctl("apply -auto-approve").exits(0);
    topic("  signature_version = 2\n  display_name = \"Us\"\n");
    let set = |name: &str, value: &str| {
        place.python(&format!(
            "sns = client('sns')\n\
             sns.set_topic_attributes(TopicArn=sns.list_topics()['Topics'][0]['TopicArn'],\n\
             AttributeName='{name}', AttributeValue='{value}')"
        ))
    };
    place.drctl("plan -out=plan").exits(0);
    // What the configuration leaves to others decides nothing.
    set("HTTPSuccessFeedbackSampleRate", "7");
    set("DisplayName", "Them");
    set("SignatureVersion", "1");
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(4));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("moved", seen(&place, &ran));
    let ran = place.drctl("apply -json plan").exits(4);
    let moved = ran.out.lines().find(|line| line.contains("plan_stale")).expect("a message");
    let moved: Tree = serde_json::from_str(moved).expect("it is JSON");
    assert_snapshot!("moved_json", place.normal(&format!("{:#}", moved["moved"])));
    set("DisplayName", "");
    set("SignatureVersion", "2");
    place.drctl("apply plan").exits(0).says("1 changed");
}

/// AWS's copy of what we call a secret carries no mark, and stands in no file.
#[test]
fn secrets_of_aws_stand_in_no_file() {
    let place = place("secrets_of_aws_stand_in_no_file");
    place.drctl("apply -auto-approve -var label=hunter2-first").exits(0);
    for arguments in ["-var label=hunter2-first", "-var label=hunter2-second", "-destroy"] {
        let arguments = match arguments {
            "-destroy" => "-destroy -var label=hunter2-first",
            other => other,
        };
        place.drctl(&format!("plan -out=plan {arguments}")).exits(0);
        let text = file(&place).to_string();
        assert!(!text.contains("hunter2"), "{arguments}: {text}");
    }
}

const GLOBAL: &str = r#"
drctl {
  stack = "roles"
}

resource "aws_rds_global_cluster" "this" {
  global_cluster_identifier = "orders"
  engine                    = "aurora-postgresql"
  engine_version            = "16.6"
}

resource "aws_rds_cluster" "east" {
  cluster_identifier        = "orders-east"
  global_cluster_identifier = aws_rds_global_cluster.this.id
  engine                    = aws_rds_global_cluster.this.engine
  engine_version            = "16.6"
  master_username           = "postgres"
  master_password           = "very-secret-1"
  skip_final_snapshot       = true
}

resource "aws_rds_cluster" "west" {
  region                    = "us-west-2"
  cluster_identifier        = "orders-west"
  global_cluster_identifier = aws_rds_global_cluster.this.id
  engine                    = aws_rds_global_cluster.this.engine
  engine_version            = "16.6"
  skip_final_snapshot       = true
  depends_on                = [aws_rds_cluster_instance.east]
}

resource "aws_rds_cluster_instance" "east" {
  identifier         = "orders-east-1"
  cluster_identifier = aws_rds_cluster.east.id
  engine             = aws_rds_cluster.east.engine
  instance_class     = "db.r6g.large"
}

resource "aws_rds_cluster_instance" "west" {
  region             = "us-west-2"
  identifier         = "orders-west-1"
  cluster_identifier = aws_rds_cluster.west.id
  engine             = aws_rds_cluster.west.engine
  instance_class     = "db.r6g.large"
}
"#;

/// A plan that was made while one Region wrote is none for when another does.
#[test]
fn the_writers_place_counts() {
    let place = Place::new("the_writers_place_counts");
    place.write("main.tf", GLOBAL);
    place.drctl("apply -auto-approve").exits(0);
    let topic = "resource \"aws_sns_topic\" \"this\" {\n  name = \"alerts\"\n}\n";
    place.write("topic.tf", topic);
    place.drctl("plan -out=plan").exits(0);
    place.python(
        "import time\n\
         west = client('rds', 'us-west-2')\n\
         arn = west.describe_db_clusters()['DBClusters'][0]['DBClusterArn']\n\
         client('rds').switchover_global_cluster(GlobalClusterIdentifier='orders', TargetDbClusterIdentifier=arn)\n\
         deadline = time.time() + 60\n\
         while west.describe_global_clusters()['GlobalClusters'][0]['Status'] != 'available':\n    \
             assert time.time() < deadline\n    \
             time.sleep(0.1)",
    );
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(4));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("writer", seen(&place, &ran));
    place.drctl("plan -out=plan").exits(0).says("1 to add");
    place.drctl("apply plan").exits(0);
}
