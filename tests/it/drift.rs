//! `drctl drift`: what it finds, whom it tells, and what it does not claim.
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::thread;

use insta::assert_snapshot;
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::applied;
use crate::estate::asked;
use crate::estate::changes;
use crate::estate::nameless;
use crate::estate::script;
use crate::support::Emulator;
use crate::support::Place;

const TOPIC: &str = r#"
drctl {
  stack = "NAME"
}

resource "aws_sns_topic" "alerts" {
  name         = "NAME-alerts"
  display_name = "Alerts"
}
"#;

/// A directory with one topic, in this directory of the place.
fn stack(place: &Place, directory: &str, name: &str) {
    place.write(&format!("{directory}/main.hcl"), &TOPIC.replace("NAME", name));
}

/// Without what differs from run to run.
fn normal(place: &Place, text: &str) -> String {
    let time = regex::Regex::new(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z").expect("it is a pattern");
    time.replace_all(&nameless(&place.normal(text)), "<when>").into_owned()
}

fn rename(place: &Place, region: &str, name: &str) {
    place.python(&format!(
        "topic = f'arn:aws:sns:{region}:{{ACCOUNT}}:{name}-alerts'\n\
         client('sns', '{region}').set_topic_attributes(\
         TopicArn=topic, AttributeName='DisplayName', AttributeValue='Changed')"
    ));
}

#[test]
fn what_matters_most_comes_first_with_who_did_it() {
    let place = applied("what_matters_most_comes_first_with_who_did_it");
    place.drctl("drift -no-trail").exits(0).says("No drift in orders-dr.");

    let look = |call: &str| script(&place, "global_database.py", call);
    look("set_alarm(WEST, Threshold=1.0, AlarmDescription='quieter')");
    place.python(
        "keys = client('kms', 'us-west-2')\n\
         aliases = keys.list_aliases()['Aliases']\n\
         key = [a['TargetKeyId'] for a in aliases if a['AliasName'] == 'alias/orders-west'][0]\n\
         keys.disable_key(KeyId=key)\n\
         client('events', 'us-west-2').disable_rule(Name='orders-dr-cluster')\n\
         client('cloudwatch').delete_dashboards(DashboardNames=['orders-dr'])",
    );
    let (found, requests) = asked(&place, || place.drctl("drift").exits(2));
    assert_eq!(changes(&requests), [""; 0], "it only looks");
    assert_snapshot!(normal(&place, &found.out));
}

#[test]
fn every_form_of_the_report_says_the_same() {
    let place = Place::new("every_form_of_the_report_says_the_same");
    stack(&place, ".", "forms");
    place.drctl("apply -auto-approve").exits(0);
    rename(&place, "us-east-1", "forms");
    let ran = place.drctl("drift -json -out=r.md -out=r.xml -out=r.txt").exits(2);
    assert_snapshot!("drift_json", normal(&place, &ran.out));
    for name in ["r.md", "r.xml", "r.txt"] {
        let text = std::fs::read_to_string(place.path().join(name)).expect("it was written");
        assert_snapshot!(format!("drift_{name}"), normal(&place, &text));
    }
    place.drctl("drift -out=report.pdf").exits(1).says("ends in none of .json, .md, .xml and .txt");
}

#[test]
fn a_fleet_is_looked_at_in_shares() {
    let place = Place::new("a_fleet_is_looked_at_in_shares");
    for name in ["a", "b", "c"] {
        stack(&place, &format!("fleet/{name}"), name);
        place.drctl(&format!("-chdir=fleet/{name} apply -auto-approve")).exits(0);
    }
    // A module has no stack of its own.
    place.write("fleet/modules/topic/main.hcl", "variable \"name\" {}\n");
    rename(&place, "us-east-1", "b");
    let of = |arguments: &str, code| {
        let ran = place.drctl(&format!("drift -json -recursive fleet {arguments}")).exits(code);
        let report: Tree = serde_json::from_str(&ran.out).expect("it is JSON");
        let stacks = report["stacks"].as_array().cloned().unwrap_or_default();
        let verdict = |one: &Tree| format!("{} {}", one["stack"], one["verdict"]).replace('"', "");
        stacks.iter().map(verdict).collect::<Vec<_>>()
    };
    assert_eq!(of("", 2), ["a clean", "b drifted", "c clean"]);
    assert_eq!(of("-shard=1/2", 0), ["a clean", "c clean"]);
    assert_eq!(of("-shard=2/2", 2), ["b drifted"]);
    assert_eq!(of("-shard=4/4", 0), [""; 0]);
    place.drctl("drift -shard=auto/2 fleet/a").exits(1).says("JOB_COMPLETION_INDEX");
    let pod = place.with("JOB_COMPLETION_INDEX", "1");
    pod.drctl("drift -recursive fleet -shard=auto/3").exits(2).says("Drift in b");
    // One that is broken hides nothing of the others.
    pod.write("fleet/a/main.hcl", "drctl {\n  stack = \"a\"\n}\nnonsense \"x\" {}\n");
    let ran = pod.drctl("drift -recursive fleet").exits(1);
    ran.says("nonsense").says("Drift in b").says("No drift in c.");
}

#[test]
fn what_could_not_be_read_is_not_said_to_be_fine() {
    let place = Place::new("what_could_not_be_read_is_not_said_to_be_fine");
    let west = "\nresource \"aws_sns_topic\" \"west\" {\n  region = \"us-west-2\"\n  \
                name   = \"west\"\n}\n";
    place.write("main.hcl", &(TOPIC.replace("NAME", "silent") + west));
    place.drctl("apply -auto-approve").exits(0);
    rename(&place, "us-east-1", "silent");
    Emulator::get().fault(&json!({
        "account": place.account, "region": "us-west-2", "code": "AccessDenied", "status": 403,
    }));
    let ran = place.drctl("drift -no-trail").exits(3);
    assert_snapshot!(normal(&place, &ran.out));
}

/// Takes one request, answers it, and gives its body back.
fn listen(status: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody calls");
        let mut request = Vec::new();
        let mut part = [0; 4096];
        loop {
            let read = stream.read(&mut part).expect("it can be read");
            request.extend_from_slice(&part[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).expect("it can be written");
                return body.to_owned();
            }
        }
    });
    (format!("http://{address}/services/T0/secret"), taken)
}

#[test]
fn everybody_is_told() {
    let place = Place::new("everybody_is_told");
    stack(&place, ".", "told");
    place.drctl("apply -auto-approve").exits(0);
    // Where messages can be read again: queues.
    let account = &place.account;
    place.python(
        "queue = client('sqs').create_queue(QueueName='heard')['QueueUrl']\n\
         arn = f'arn:aws:sqs:us-east-1:{ACCOUNT}:heard'\n\
         topic = client('sns').create_topic(Name='ears')['TopicArn']\n\
         client('sns').subscribe(TopicArn=topic, Protocol='sqs', Endpoint=arn)\n\
         pattern = json.dumps({'source': ['drctl'], 'detail': {'stack': ['told']}})\n\
         client('events').put_rule(Name='heard', EventPattern=pattern)\n\
         client('events').put_targets(Rule='heard', Targets=[{'Id': 'q', 'Arn': arn}])",
    );
    let topic = format!("arn:aws:sns:us-east-1:{account}:ears");
    let bus = format!("arn:aws:events:us-east-1:{account}:event-bus/default");
    let run = |hook: &str| {
        place.drctl(&format!(
            "drift -no-trail -notify={topic} -notify={bus} -notify=cloudwatch:drctl -notify={hook}"
        ))
    };
    let heard = || {
        let text = place.python(
            "url = client('sqs').get_queue_url(QueueName='heard')['QueueUrl']\n\
             got = client('sqs').receive_message(QueueUrl=url, MaxNumberOfMessages=10).get('Messages', [])\n\
             [client('sqs').delete_message(QueueUrl=url, ReceiptHandle=m['ReceiptHandle']) for m in got]\n\
             print(json.dumps([json.loads(m['Body']) for m in got]))",
        );
        serde_json::from_str::<Vec<Tree>>(&text).expect("it is JSON")
    };
    let put = || {
        let all = Emulator::get().requests(account);
        let puts: Vec<Tree> =
            all.into_iter().filter(|one| one["action"] == "PutMetricData").collect();
        let data = puts.last().map(|one| one["parameters"]["MetricData"].clone());
        data.and_then(|data| data[0]["Value"].as_f64())
    };

    // Nobody is bothered with good news, but machines hear that somebody looked.
    run("http://127.0.0.1:9/nobody-listens").exits(0);
    let good = heard();
    assert_eq!(good.len(), 1, "{good:?}");
    assert_eq!(good[0]["detail"]["verdict"], "clean");
    assert_eq!(put(), Some(0.0));

    rename(&place, "us-east-1", "told");
    let (url, taken) = listen("200 OK");
    run(&url).exits(2);
    let body: Tree = serde_json::from_str(&taken.join().expect("it listens")).expect("it is JSON");
    assert_snapshot!("drift_told", normal(&place, body["text"].as_str().unwrap_or_default()));
    let bad = heard();
    assert_eq!(bad.len(), 2, "{bad:?}");
    let message = bad.iter().find(|one| one["Type"] == "Notification").expect("the topic told it");
    assert_eq!(message["Subject"], "drctl: drift in told");
    assert_eq!(message["MessageAttributes"]["verdict"]["Value"], "drifted");
    let event = bad.iter().find(|one| one["source"] == "drctl").expect("the bus told it");
    assert_eq!(event["detail-type"], "drctl Drift");
    assert_eq!(event["detail"]["findings"][0]["attributes"][0]["name"], "display_name");
    assert_eq!(put(), Some(1.0));

    // Who could not be told is named, without the secret in the address.
    let (url, taken) = listen("403 Forbidden");
    let ran = run(&url).exits(1);
    taken.join().expect("it listens");
    let ran = ran.says("the webhook at 127.0.0.1 answered 403 Forbidden").says("Drift in told");
    assert!(!ran.err.contains("secret"), "{ran}");
    place.drctl("drift -notify=http://example.com/x").exits(1).says("use https://");
}
