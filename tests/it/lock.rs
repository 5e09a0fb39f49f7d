//! One run at a time: a lease in Parameter Store.
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use insta::assert_snapshot;
use regex::Regex;
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::asked;
use crate::estate::changes;
use crate::estate::until_asked;
use crate::support::Emulator;
use crate::support::Place;
use crate::support::Ran;

const TOPICS: &str = r#"
resource "aws_sns_topic" "first" {
  name = "first"
}

resource "aws_sns_topic" "second" {
  name       = "second"
  depends_on = [aws_sns_topic.first]
}
"#;

/// A stack that is locked as the block says.
fn place(test: &str, lock: &str) -> Place {
    let place = Place::new(test).with("USER", "ann").with("DRCTL_RUN", "https://ci.example/7");
    place.write("main.tf", &format!("drctl {{\n  stack = \"locked/here\"\n{lock}\n}}\n{TOPICS}"));
    place
}

const WEST: &str = "  lock {\n    region = \"us-west-2\"\n  }";
/// Ends soon.
const SHORT: &str = "  lock {\n    region = \"us-west-2\"\n    lease  = \"10s\"\n  }";

/// What somebody sees, without times of day and the name of the machine.
fn seen(place: &Place, ran: &Ran) -> String {
    let text = place.normal(&format!("{}--\n{}--\n{}\n", ran.out, ran.err, ran.code));
    let times = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").expect("it is a pattern");
    let machine = Regex::new(r"ann@\S+[^\s,]").expect("it is a pattern");
    let seconds = Regex::new(r"\b\d+ seconds").expect("it is a pattern");
    let text = times.replace_all(&text, "<then>");
    let text = machine.replace_all(&text, "ann@<machine>");
    seconds.replace_all(&text, "<some> seconds").into_owned()
}

/// The leases that are there: number, state and holder.
fn leases(place: &Place, region: &str) -> String {
    place.python(&format!(
        "found = client('ssm', '{region}').get_parameters_by_path(Path='/drctl/locked/here/lock')\n\
         for p in sorted(found['Parameters'], key=lambda p: p['Name']):\n    \
             record = json.loads(p['Value'])\n    \
             print(p['Name'], record['state'], record['holder'].split('@')[0], record['command'])"
    ))
}

/// Somebody else takes the lease, now.
fn held_by_bob(place: &Place) {
    let record = json!({
        "state": "held", "holder": "bob@desk", "run": "https://ci.example/6", "command": "destroy",
        "since": "2026-11-22T16:00:00Z", "seconds": 600, "nonce": "x", "applied": [],
    });
    place.python(&format!(
        "client('ssm', 'us-west-2').put_parameter(Name='/drctl/locked/here/lock/4', Type='String',\n\
         Value={:?})",
        record.to_string()
    ));
}

fn of_ssm(requests: &[Tree]) -> Vec<String> {
    let ours = requests.iter().filter(|request| request["service"] == "ssm");
    let name = |request: &Tree| {
        let word = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", word("action"), word("region"))
    };
    ours.map(name).collect()
}

#[test]
fn taken_before_the_plan_and_given_back() {
    let place = place("taken_before_the_plan_and_given_back", WEST);
    for looks in ["plan", "plan -out=plan", "drift"] {
        let (_, requests) = asked(&place, || place.drctl(looks));
        assert_eq!(of_ssm(&requests), [""; 0], "{looks}");
    }
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    let calls = of_ssm(&requests);
    assert_eq!(calls.first().map(String::as_str), Some("GetParametersByPath us-west-2"), "{ran}");
    assert_eq!(calls.last().map(String::as_str), Some("PutParameter us-west-2"), "{ran}");
    let position =
        |service: &str| requests.iter().position(|request| request["service"] == service);
    assert!(position("ssm") < position("sns"), "{ran}");
    assert_eq!(leases(&place, "us-west-2"), "/drctl/locked/here/lock/1 released ann apply");
    // A refusal gives it back, too; what is long over is cleared away.
    place.drctl("apply").exits(0);
    place.write("wrong.tf", "output \"x\" {\n  value = aws_sns_topic.first.nothing\n}\n");
    place.drctl("apply -auto-approve").exits(1);
    fs::remove_file(place.path().join("wrong.tf")).expect("it is there");
    place.drctl("destroy -auto-approve").exits(0);
    let leases = leases(&place, "us-west-2");
    assert!(leases.ends_with("released ann destroy"), "{leases}");
    assert!(leases.lines().count() <= 2, "{leases}");
    // It can be had without a block.
    place.write("main.tf", &format!("drctl {{\n  stack = \"locked/here\"\n}}\n{TOPICS}"));
    let (_, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    assert_eq!(of_ssm(&requests), [""; 0]);
    let ran = place.drctl("apply -auto-approve -lock=true").exits(1);
    assert_snapshot!("no_region_to_choose", seen(&place, &ran));
}

#[test]
fn in_another_region_than_the_primarys() {
    let lock = "  lock {}\n}\nprovider \"aws\" {\n  alias  = \"here\"\n  region = \"us-east-1\"\n}\n\
                provider \"aws\" {\n  alias  = \"standby\"\n  region = \"eu-west-1\"";
    let place = place("in_another_region_than_the_primarys", lock);
    place.drctl("apply -auto-approve").exits(0);
    assert_eq!(leases(&place, "eu-west-1"), "/drctl/locked/here/lock/1 released ann apply");
    let wrong = |lock: &str| {
        place.write(
            "main.tf",
            &format!("drctl {{\n  stack = \"locked/here\"\n  lock {{{lock}}}\n}}\n"),
        );
        seen(&place, &place.drctl("apply -auto-approve").exits(1))
    };
    let wrong =
        ["\n    provider = aws.nowhere\n", "\n    lease = \"1s\"\n", "\n    regoin = \"x\"\n"]
            .map(wrong);
    assert_snapshot!("wrong_locks", wrong.concat());
}

#[test]
fn somebody_else_has_it() {
    let place = place("somebody_else_has_it", WEST);
    held_by_bob(&place);
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(1));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("somebody_else_has_it", seen(&place, &ran));
    let json = place.drctl("apply -auto-approve -json").exits(1);
    assert!(json.out.contains("Another run has the lock"), "{json}");
    // Waited for in vain.
    place.drctl("apply -auto-approve -lock-timeout=1s").exits(1).says("bob@desk");
    let ran = place.drctl("unlock").exits(1);
    assert_snapshot!("not_unlocked", seen(&place, &ran));
    // Who knows better goes on.
    place.drctl("apply -auto-approve -lock=false").exits(0).says("2 added");
    let ran = place.drctl("unlock -force").exits(0);
    assert_snapshot!("unlocked", seen(&place, &ran));
    place.drctl("unlock").exits(0).says("Nobody has the lock");
    place.drctl("destroy -auto-approve").exits(0);
}

#[test]
fn many_at_once_go_one_after_the_other() {
    let place = place("many_at_once_go_one_after_the_other", WEST);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "latency_ms": 500,
    }));
    let arguments = ["apply", "-auto-approve", "-lock-timeout=2m"];
    let runs: Vec<_> = (0..4).map(|_| place.begin(&arguments)).collect();
    let runs: Vec<Ran> = runs.into_iter().map(|run| place.wait(run).exits(0)).collect();
    let added = runs.iter().filter(|ran| ran.out.contains("2 added")).count();
    assert_eq!(added, 1, "one of them did it");
    let made = Emulator::get().requests(&place.account);
    assert_eq!(made.iter().filter(|request| request["action"] == "CreateTopic").count(), 2);
    assert!(runs.iter().any(|ran| ran.err.contains("Waiting for the lock: ann@")));
}

#[test]
fn the_lease_of_the_dead_ends_by_itself() {
    let place = place("the_lease_of_the_dead_ends_by_itself", SHORT);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "hang": true,
    }));
    let running = place.begin(&["apply", "-auto-approve"]);
    until_asked(&place, "CreateTopic", 1);
    running.signal("KILL");
    place.wait(running);
    Emulator::get().calm(&place.account);
    place.drctl("apply -auto-approve").exits(1).says("Another run has the lock");
    place.drctl("apply -auto-approve -lock-timeout=1m").exits(0).says("2 added");
}

#[test]
fn renewed_while_a_run_goes_on() {
    let place = place("renewed_while_a_run_goes_on", SHORT);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "latency_ms": 14_000,
        "times": 1,
    }));
    let running = place.begin(&["apply", "-auto-approve"]);
    until_asked(&place, "GetCallerIdentity", 1);
    sleep(Duration::from_secs(12));
    place.drctl("apply -auto-approve").exits(1).says("Another run has the lock");
    place.wait(running).exits(0).says("2 added");
}

#[test]
fn forced_open_the_run_begins_nothing_new() {
    let place = place("forced_open_the_run_begins_nothing_new", SHORT);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "latency_ms": 6000,
        "times": 1,
    }));
    let running = place.begin(&["apply", "-auto-approve"]);
    sleep(Duration::from_secs(2));
    place.drctl("unlock -force").exits(0);
    let ran = place.wait(running).exits(1);
    assert_snapshot!("forced_open", seen(&place, &ran));
    // It is the next one's.
    place.drctl("apply -auto-approve").exits(0).says("1 added");
}

#[test]
fn not_allowed_to_lock() {
    let place = place("not_allowed_to_lock", WEST);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "ssm", "code": "AccessDeniedException", "status": 400,
        "message": "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: ssm:GetParametersByPath",
    }));
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(1));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("not_allowed_to_lock", seen(&place, &ran));
}

/// That the lock's Region is down must not keep anybody from recovering, nor be taken for consent.
#[test]
fn the_locks_region_is_down() {
    let place = place("the_locks_region_is_down", WEST);
    Emulator::get()
        .fault(&json!({ "account": place.account, "region": "us-west-2", "drop": true }));
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(3));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("the_locks_region_is_down", seen(&place, &ran));
    let ran = place.drctl("apply -auto-approve -lock=false").exits(0);
    ran.says("2 added").says("Without the lock, as asked");
}

/// A copy of the file does not carry the mark; the lock's record knows.
#[test]
fn a_saved_plan_is_applied_once_whatever_is_copied() {
    let place = place("a_saved_plan_is_applied_once_whatever_is_copied", WEST);
    place.drctl("plan -out=plan").exits(0);
    let plan = fs::read_to_string(place.path().join("plan")).expect("it was saved");
    place.write("copy", &plan);
    place.drctl("apply plan").exits(0).says("2 added");
    let undo = "for t in client('sns').list_topics()['Topics']:\n    \
                client('sns').delete_topic(TopicArn=t['TopicArn'])";
    place.python(undo);
    place.drctl("apply -auto-approve -target=aws_sns_topic.first").exits(0);
    place.python(undo);
    let (ran, requests) = asked(&place, || place.drctl("apply copy").exits(4));
    let changed = changes(&requests);
    assert!(changed.iter().all(|call| call.ends_with("Parameter")), "{changed:?}");
    ran.says("applied already");
}
