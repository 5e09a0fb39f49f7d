//! The handler `drift`: `examples/drift-cron/lambda` deployed, invoked and left to its schedule; and
//! the same on this machine.
use insta::assert_snapshot;
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::asked;
use crate::estate::changes;
use crate::estate::script;
use crate::estate::until;
use crate::support::Emulator;
use crate::support::Place;

fn call(place: &Place, call: &str) -> Tree {
    let told = script(place, "drift_function.py", &format!("print({call})"));
    serde_json::from_str(&told).unwrap_or_else(|error| panic!("{call}: {error}: {told}"))
}

/// The example, which watches itself, deployed.
fn watch(test: &str) -> Place {
    let place = Place::new(test);
    place.copy("examples/drift-cron/lambda");
    place.drctl("apply -auto-approve").exits(0);
    place
}

fn rename(place: &Place, name: &str) {
    place.python(&format!(
        "client('sns', 'us-west-2').set_topic_attributes(\
         TopicArn=f'arn:aws:sns:us-west-2:{{ACCOUNT}}:drift-watch', \
         AttributeName='DisplayName', AttributeValue={name:?})"
    ));
}

fn lines<'a>(log: &'a Tree, status: &str) -> Vec<&'a Tree> {
    let lines = log.as_array().expect("a list").iter();
    lines.filter(|line| line["status"] == status).collect()
}

/// Whether a policy allows what was asked, whatever it was asked of.
fn allows(policy: &Tree, request: &Tree) -> bool {
    let word = |name: &str| request[name].as_str().unwrap_or_default();
    let service = if word("service") == "tagging" { "tag" } else { word("service") };
    let asked = format!("{service}:{}", word("action"));
    let statements = policy["Statement"].as_array().expect("a list").iter();
    let texts = |value: &Tree| match value {
        Tree::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    let actions = statements.flat_map(|statement| texts(&statement["Action"]));
    let mut patterns = actions.filter_map(|action| action.as_str().map(str::to_owned));
    patterns.any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => asked.starts_with(start),
        None => asked == pattern,
    })
}

#[test]
fn a_deployed_function_finds_what_was_changed_by_hand_and_tells_it() {
    let place = watch("a_deployed_function_finds");
    place.drctl("plan -detailed-exitcode").says("No changes.").exits(0);
    call(&place, "inbox() or '{}'");

    // All is as declared, its own package included: the metric is told, nobody else.
    let (looked, requests) = asked(&place, || call(&place, "invoke({})"));
    assert_eq!(looked["error"], Tree::Null, "{looked}");
    assert_eq!(looked["answer"]["verdict"], "clean", "{looked}");
    let mut told = changes(&requests);
    told.sort();
    assert_eq!(told, ["Invoke", "PutMetricData"], "it only looks");
    assert_eq!(call(&place, "messages()"), json!([]));
    assert_eq!(call(&place, "metrics()"), json!(["DriftedResources", "UnknownResources"]));

    let policy = place.python(
        "import json\n\
         iam = client('iam')\n\
         print(json.dumps(iam.get_role_policy(RoleName='drift-watch', PolicyName='drift')['PolicyDocument']))",
    );
    let policy: Tree = serde_json::from_str(&policy).expect("it is JSON");
    for request in requests.iter().filter(|request| request["action"] != "Invoke") {
        assert!(allows(&policy, request), "the policy does not allow {request}");
    }

    rename(&place, "Changed");
    let looked = call(&place, "invoke({'dry_run': True})");
    assert_eq!(looked["answer"]["told"], json!([]), "{looked}");
    assert_eq!(lines(&looked["log"], "planned").len(), 2, "{looked}");
    assert_eq!(call(&place, "messages()"), json!([]), "a dry run tells nobody");

    let looked = call(&place, "invoke({})");
    assert_eq!(looked["answer"]["verdict"], "drifted", "{looked}");
    let found = lines(&looked["log"], "found");
    assert_eq!(found.len(), 1, "a line for each finding: {looked}");
    assert_eq!(found[0]["target"], "aws_sns_topic.drift");
    assert_eq!(found[0]["detail"]["attributes"][0]["actual"], "Changed");
    let messages = call(&place, "messages()");
    assert_eq!(messages.as_array().map(Vec::len), Some(1), "{messages}");
    assert_eq!(messages[0]["subject"], "drctl: drift in drift-watch");
    let text = place.normal(messages[0]["text"].as_str().expect("a text"));
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT[0-9:.]+Z").expect("it is a pattern");
    assert_snapshot!("drift_message", time.replace_all(&text, "<when>"));
}

#[test]
fn the_schedule_invokes_it_and_what_cannot_be_read_is_told_too() {
    let place = Place::new("the_schedule_invokes_it");
    place.copy("examples/drift-cron/lambda");
    place.write("often.auto.tfvars", "schedule = \"rate(1 minute)\"\n");
    place.drctl("apply -auto-approve").exits(0);
    call(&place, "inbox() or '{}'");
    Emulator::get().fault(&json!({
        "account": place.account, "service": "cloudwatch", "action": "DescribeAlarms",
        "code": "AccessDenied", "status": 403,
    }));
    let mut messages = Tree::Null;
    until("the schedule", || {
        messages = call(&place, "messages()");
        messages.as_array().is_some_and(|all| !all.is_empty())
    });
    let subject = "drctl: not known whether there is drift in drift-watch";
    assert_eq!(messages[0]["subject"], subject, "{messages}");
    let text = messages[0]["text"].as_str().expect("a text");
    assert!(text.contains("aws_cloudwatch_metric_alarm.silent"), "{text}");
}

#[test]
fn it_runs_here_as_it_would_there() {
    let place = watch("it_runs_here_as_it_would_there");
    rename(&place, "Changed");
    let event = "examples/events/schedule.json";
    let event = std::fs::read_to_string(event).expect("there is an example");
    place.write("event.json", &event);
    let (ran, requests) = asked(&place, || place.drctl("invoke drift event.json").exits(0));
    assert_eq!(changes(&requests), ["PutMetricData"], "{ran}");
    let answer: Tree = serde_json::from_str(&ran.out).expect("it answers with JSON");
    assert_eq!(answer["verdict"], "drifted");
    assert_eq!(answer["told"].as_array().map(Vec::len), Some(2));
    assert!(requests.iter().any(|request| request["action"] == "Publish"), "{ran}");
    // From the package alone, in another directory.
    place.write("elsewhere/event.json", "{\"dry_run\": true}");
    let package = "-config=../.drctl/drift.zip";
    let ran = place.drctl(&format!("-chdir=elsewhere invoke drift event.json {package}")).exits(0);
    let ran = ran.says(r#""target":"aws_sns_topic.drift""#).says(r#""status":"planned""#);
    assert!(ran.out.contains(r#""told": []"#), "{ran}");
}

#[test]
fn what_keeps_it_from_looking_is_an_error_that_says_why() {
    let place = Place::new("what_keeps_it_from_looking");
    place.write("event.json", "{}");
    let configured = |files: &[(&str, &str)], drift: &Tree, code: i32| {
        for (name, text) in files {
            place.write(&format!("configuration/{name}"), text);
        }
        place.write("drctl.json", &json!({ "drift": drift }).to_string());
        let ran = place.drctl("invoke drift event.json -config=drctl.json").exits(code);
        let line = |line: &str| match serde_json::from_str::<Tree>(line) {
            Ok(line) => format!("{}: {}\n", line["status"], line["reason"]),
            Err(_) => format!("{line}\n"),
        };
        place.normal(&ran.err.lines().map(line).collect::<String>())
    };
    let main = |name: &str| {
        format!(
            "variable \"name\" {{}}\n\ndrctl {{\n  stack = \"lost\"\n}}\n\n\
             resource \"aws_sns_topic\" \"it\" {{\n  name = {name}\n}}\n"
        )
    };
    let topic = format!("arn:aws:sns:us-east-1:{}:gone", place.account);
    let said = [
        configured(&[], &json!({ "directory": "." }), 1),
        configured(&[("main.hcl", &main("var.name"))], &json!({ "directory": "." }), 1),
        configured(&[("main.hcl", &main("var.nmae"))], &json!({ "directory": "." }), 1),
        configured(
            &[("main.hcl", &main("var.name"))],
            &json!({ "directory": ".", "variables": { "name": "lost" }, "notify": [topic] }),
            1,
        ),
        configured(
            &[("main.hcl", &main("file(\"name.txt\")"))],
            &json!({ "directory": ".", "variables": { "name": "lost" } }),
            1,
        ),
        configured(&[], &json!({ "directory": "", "notify": ["cloudwatch:a", "cloudwatch:a"] }), 1),
    ];
    assert_snapshot!("what_keeps_it_from_looking", said.join("\n"));
}
