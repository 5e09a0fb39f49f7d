//! The handler `responder`, invoked as a user would: real actions on the emulator, and on stand-ins
//! for Kubernetes and for the receiver of a webhook.
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use base64::Engine as _;
use insta::assert_snapshot;
use serde_json::Value as Json;
use serde_json::json;

use crate::estate::asked;
use crate::estate::changes;
use crate::estate::script;
use crate::support::Emulator;
use crate::support::Place;
use crate::support::Ran;
use crate::support::python;

const FAILED_OVER: &str = "RDS-EVENT-0238";
const SECRET: &str = "a secret of both";

/// The stand-in; it ends with this.
struct StandIn {
    process: Child,
    port: u64,
    pem: String,
}

impl StandIn {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python/stand_in.py");
        let mut process = Command::new(python())
            .arg("-B")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a Python");
        let mut line = String::new();
        let out = process.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut line).expect("it says where it listens");
        let told: Json = serde_json::from_str(&line).expect("it says so as JSON");
        Self {
            process,
            port: told["port"].as_u64().expect("a number"),
            pem: told["pem"].as_str().expect("a text").to_owned(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// What it has seen, and what its deployments are now.
    fn state(&self, place: &Place) -> Json {
        let told = place.python(&format!(
            "import ssl, urllib.request\n\
             context = ssl._create_unverified_context()\n\
             print(urllib.request.urlopen({:?}, context=context).read().decode())",
            self.url("/state")
        ));
        serde_json::from_str(&told).expect("it answers with JSON")
    }

    fn webhook(&self, path: &str) -> Json {
        json!({
            "url": self.url(path),
            "secret_variable": "HOOK_SECRET",
            "certificate_authority": self.pem,
        })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn run(place: &Place, call: &str) -> Json {
    let told = script(place, "responder.py", &format!("print(json.dumps({call}))"));
    serde_json::from_str(&told).unwrap_or_else(|error| panic!("{call}: {error}: {told}"))
}

/// A place with the global database, and with this configuration of the responder.
fn database(test: &str) -> Place {
    let place = Place::new(test).with("HOOK_SECRET", SECRET);
    run(&place, "database() and 1");
    place
}

fn members(place: &Place) -> Json {
    let account = &place.account;
    json!([
        format!("arn:aws:rds:us-east-1:{account}:cluster:orders"),
        format!("arn:aws:rds:us-west-2:{account}:cluster:orders-west"),
    ])
}

fn configure(place: &Place, actions: &Json, more: &Json) {
    let mut responder = json!({
        "global_cluster_identifier": "orders-global",
        "member_cluster_arns": members(place),
        "action": actions,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        responder[name] = value.clone();
    }
    place.write("drctl.json", &json!({ "responder": responder }).to_string());
}

/// An event of a member in that Region, as RDS sends it.
fn event(place: &Place, id: &str, region: &str, date: &str) -> Json {
    let cluster = if region == "us-east-1" { "orders" } else { "orders-west" };
    let arn = format!("arn:aws:rds:{region}:{}:cluster:{cluster}", place.account);
    json!({
        "version": "0",
        "id": "0d8b8f4f-6d6e-4b0a-9f0b-2f1f7a3b9b1c",
        "detail-type": "RDS DB Cluster Event",
        "source": "aws.rds",
        "account": place.account,
        "time": date,
        "region": region,
        "resources": [arn],
        "detail": {
            "EventCategories": ["global failover"],
            "SourceType": "CLUSTER",
            "SourceArn": arn,
            "Date": date,
            "Message": "Global failover completed.",
            "SourceIdentifier": cluster,
            "EventID": id,
        },
    })
}

fn invoke(place: &Place, region: &str, event: &Json) -> Ran {
    place.write("event.json", &event.to_string());
    let region = format!("-region={region}");
    let arguments = ["invoke", "responder", "event.json", "-config=drctl.json", &region];
    place.drctl_with(&arguments, "")
}

/// The lines of the log, as JSON.
fn log(ran: &Ran) -> Vec<Json> {
    ran.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// How each action ended: `name: status: what it says`.
fn ended(ran: &Ran) -> String {
    let lines = log(ran).into_iter().filter(|line| line["status"] != "started");
    let word = |line: &Json, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    lines
        .map(|line| {
            let (action, status) = (word(&line, "action"), word(&line, "status"));
            format!("{action}: {status}: {}\n", word(&line, "reason"))
        })
        .collect()
}

/// The same with what AWS makes up under one name.
fn normal(place: &Place, text: &str) -> String {
    let patterns = [
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
        (r"\bdrctl-[0-9a-f]{64}\b", "drctl-<key>"),
        (r"\b(i|cluster|cluster-ro|global)-[0-9a-f]{8,17}\b", "$1-<id>"),
        (r"\b\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\b", "<time>"),
        (r"change [A-Z0-9]+ is", "change <id> is"),
        (r"127\.0\.0\.1:\d+", "<stand-in>"),
        (r"\d+\.\d s\b", "<time>"),
    ];
    patterns.iter().fold(place.normal(text), |text, (pattern, name)| {
        regex::Regex::new(pattern).expect("a pattern").replace_all(&text, *name).into_owned()
    })
}

fn now(place: &Place) -> String {
    place.python(
        "import datetime; print(datetime.datetime.now(datetime.timezone.utc)\
         .strftime('%Y-%m-%dT%H:%M:%S.123Z'))",
    )
}

/// One of each kind of action, and two ways to do some.
fn every_action(place: &Place, stand_in: &StandIn, made: &Json) -> Json {
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    let account = &place.account;
    let authority = base64::engine::general_purpose::STANDARD.encode(&stand_in.pem);
    let record = |more: Json| {
        let mut record = json!({ "zone_id": made["zone"] });
        for (name, value) in more.as_object().expect("an object") {
            record[name] = value.clone();
        }
        record
    };
    let eks = json!({
        "cluster_name": "apps", "endpoint": stand_in.url(""), "namespace": "prod",
        "certificate_authority_data": authority, "selector": "tier=backend",
    });
    let hook = json!({
        "url": stand_in.url("/moved"), "secret_parameter": "/orders/hook",
        "certificate_authority": stand_in.pem,
    });
    let mut actions = json!([
        { "name": "dns", "route53_record": record(json!({ "name": "db.example.com" })) },
        { "name": "dns alias", "route53_record": record(json!({
            "name": "alias.example.com", "type": "A",
            "alias": { "name": "db-{region}.example.com", "zone_id": made["zone"] },
        })) },
        { "name": "dns weights", "route53_record": record(json!({
            "name": "shared.example.com", "value": "west.example.com", "weighted": { "others": 0 },
        })) },
        { "ec2_restart": { "tags": { "role": "app" } } },
        { "name": "restart", "ec2_restart": {
            "instance_ids": [made["other"]], "method": "automation",
            "automation_role_arn": format!("arn:aws:iam::{account}:role/r"),
        } },
        { "ecs_deployment": { "cluster": "apps", "services": ["orders", "billing"] } },
        { "eks_restart": eks },
        { "rds_proxy_target": { "proxy_name": "orders" } },
        { "secret_endpoint": { "secret_id": "orders", "values": {
            "host": "{cluster_endpoint}", "readers": "{reader_endpoint}",
        } } },
        { "ssm_parameter": { "name": "/orders/writer" } },
        { "ssm_command": {
            "document_name": "AWS-RunShellScript", "tags": { "role": ["app"] },
            "parameters": { "commands": ["reconnect {cluster_endpoint}"] },
        } },
        { "ssm_automation": {
            "document_name": "AWS-StartEC2Instance",
            "parameters": { "InstanceId": [made["other"]] },
        } },
        { "step_function": { "state_machine_arn": text(&made["machine"]) } },
        { "lambda_invoke": { "function_name": "own" } },
        { "webhook": hook },
        { "sns_message": { "topic_arn": "arn:aws:sns:{region}:{account}:orders-dr", "subject": "{phase}" } },
        { "snapshot_copy": {} },
    ]);
    for action in actions.as_array_mut().expect("a list") {
        action["on"] = json!(["failover"]);
    }
    actions
}

#[test]
fn every_action_is_done_once() {
    let place = Place::new("every_action_is_done_once");
    let made = run(&place, "surroundings(database())");
    let stand_in = StandIn::start();
    let topic = json!({ "summary_topic_arn": "arn:aws:sns:{region}:{account}:orders-dr" });
    configure(&place, &every_action(&place, &stand_in, &made), &topic);
    let look = format!("state(json.loads({:?}))", made.to_string());
    let date = now(&place);
    run(&place, "move(WEST, True)");
    let before = run(&place, &look);

    // A rehearsal tells, and changes nothing.
    let ask = json!({ "dry_run": true, "phase": "failover" });
    let (ran, requests) = asked(&place, || invoke(&place, "us-west-2", &ask).exits(0));
    assert_snapshot!("would", normal(&place, &ended(&ran)));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    let mut dry = event(&place, FAILED_OVER, "us-west-2", &date);
    dry["dry_run"] = true.into();
    let (ran, requests) = asked(&place, || invoke(&place, "us-west-2", &dry).exits(0));
    assert_eq!(ended(&ran).matches(": planned: ").count(), 17, "{ran}");
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    assert_eq!(run(&place, &look), before);

    // The event: everything is done.
    let event = event(&place, FAILED_OVER, "us-west-2", &date);
    let (ran, requests) = asked(&place, || invoke(&place, "us-west-2", &event).exits(0));
    assert_snapshot!("done", normal(&place, &ended(&ran)));
    assert!(!ran.to_string().contains("never-to-be-told"), "{ran}");
    let after = run(&place, &look);
    let (old, new) = (&before["records"]["db.example.com."], &after["endpoint"]);
    let new = new.as_str().expect("an endpoint");
    assert_ne!(old, new);
    assert_eq!(after["records"]["db.example.com."], format!("CNAME {new}"));
    assert_eq!(after["records"]["alias.example.com."], "A db-us-west-2.example.com.");
    assert_eq!(after["records"]["shared.example.com. us-east-1"], "CNAME east.example.com 0");
    assert_eq!(after["records"]["shared.example.com. us-west-2"], "CNAME west.example.com 100");
    for service in ["orders", "billing"] {
        assert_ne!(after["deployed"][service], before["deployed"][service], "{service}");
    }
    assert_eq!(after["secret"]["host"], new);
    assert_eq!(after["secret"]["password"], "never-to-be-told");
    assert_eq!(after["parameter"], json!([new, "SecureString", 2]));
    assert_eq!(after["proxy"], json!(["orders-west"]));
    assert_eq!(after["executions"].as_array().map(Vec::len), Some(1));
    assert_eq!(after["executions"][0]["phase"], "failover");
    assert_eq!(after["executions"][0]["cluster_endpoint"], new);
    assert_eq!(after["commands"], json!([{ "commands": [format!("reconnect {new}")] }]));
    let started = after["automations"].as_array().expect("a list");
    assert!(started.iter().any(|told| told["AutomationAssumeRole"][0].is_string()), "{started:?}");
    assert_eq!(started.len(), 2);
    let copies = after["snapshots"].as_array().expect("a list");
    assert!(
        copies[0].as_str().expect("a name").starts_with("kept-unplanned-global-failover-orders-")
    );
    assert_eq!(copies.len(), 1);
    let rebooted = requests.iter().filter(|request| request["action"] == "RebootInstances");
    let rebooted: Vec<&Json> =
        rebooted.map(|request| &request["parameters"]["InstanceIds"]).collect();
    let ids = |list: &Json| {
        let mut ids: Vec<String> = list.as_array().expect("a list").iter().map(text).collect();
        ids.sort();
        ids
    };
    assert_eq!(rebooted.len(), 1);
    assert_eq!(ids(rebooted[0]), ids(&made["instances"]));
    let invoked = requests.iter().filter(|request| request["action"] == "Invoke").count();
    assert_eq!(invoked, 1);
    let others = stand_in.state(&place);
    for (name, generation) in [("orders", 2), ("billing", 2), ("shop", 1)] {
        assert_eq!(others["deployments"][name]["metadata"]["generation"], generation, "{name}");
    }
    let hooks = others["seen"].as_array().expect("a list");
    assert_eq!(hooks.len(), 2, "redirected once: {hooks:?}");
    assert_eq!(hooks[1]["path"], "/hook");
    assert_eq!(hooks[1]["signed"], true);
    assert_eq!(hooks[1]["body"]["writer"], members(&place)[1]);
    let letters = run(&place, "messages()");
    let letters = letters.as_array().expect("a list");
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0][0], "failover");
    assert_eq!(letters[1][0], "orders-global: failover, us-west-2 (orders-west) writes");
    assert_snapshot!("summary", normal(&place, &text(&letters[1][1])));

    // The same event again, and an older one: nothing.
    let (ran, requests) = asked(&place, || invoke(&place, "us-west-2", &event).exits(0));
    assert_snapshot!("again", normal(&place, &ended(&ran)));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    let older = self::event(&place, FAILED_OVER, "us-west-2", "2026-01-01T00:00:00Z");
    let (ran, requests) = asked(&place, || invoke(&place, "us-west-2", &older).exits(0));
    ran.says("it comes late");
    assert_eq!(changes(&requests), [""; 0]);
    assert_eq!(run(&place, &look), after);
    assert_eq!(stand_in.state(&place), others);
    assert_eq!(run(&place, "messages()"), json!([]));

    // In the other Region, which does not write, there is nothing to do.
    let there = self::event(&place, FAILED_OVER, "us-east-1", &date);
    let (ran, requests) = asked(&place, || invoke(&place, "us-east-1", &there).exits(0));
    ran.says("us-east-1 does not write");
    assert_eq!(changes(&requests), [""; 0]);
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn failures_stop_or_do_not() {
    let place = database("failures_stop_or_do_not");
    run(&place, "letters() or 1");
    let stand_in = StandIn::start();
    let hook = |name: &str, path: &str, more: Json| {
        let mut action = json!({
            "name": name, "on": ["failed"], "timeout": "2s", "backoff": "1s",
            "webhook": stand_in.webhook(path),
        });
        for (name, value) in more.as_object().expect("an object") {
            action[name] = value.clone();
        }
        action
    };
    let actions = json!([
        hook("shaky", "/shaky", json!({})),
        hook("plain", "/plain", json!({ "retries": 0 })),
        hook("never", "/never", json!({ "retries": 1 })),
        hook("broken", "/once-broken", json!({ "on_failure": "stop" })),
        hook("behind", "/behind", json!({})),
    ]);
    let topic = json!({ "summary_topic_arn": "arn:aws:sns:us-west-2:{account}:orders-dr" });
    configure(&place, &actions, &topic);
    let date = now(&place);
    let event = event(&place, "RDS-EVENT-0239", "us-west-2", &date);
    let ran = invoke(&place, "us-west-2", &event).exits(1);
    assert_snapshot!("failures", normal(&place, &ended(&ran)));
    let seen = |path: &str| {
        let state = stand_in.state(&place);
        let seen = state["seen"].as_array().expect("a list").iter();
        seen.filter(|seen| seen["path"] == path).count()
    };
    let paths = ["/shaky", "/plain", "/caught", "/never", "/once-broken", "/behind"];
    assert_eq!(paths.map(seen), [3, 1, 0, 2, 1, 0]);
    let letters = run(&place, "messages()");
    assert_eq!(letters[0][0], "ACT: orders-global: failed, us-east-1 (orders) writes");
    assert_snapshot!("failures_summary", normal(&place, &text(&letters[0][1])));

    // Lambda invokes it again: only what is left is done.
    let ran = invoke(&place, "us-west-2", &event).exits(1);
    assert_snapshot!("failures_again", normal(&place, &ended(&ran)));
    assert_eq!(paths.map(seen), [3, 2, 0, 4, 2, 1]);
    let state = stand_in.state(&place);
    let keys = |path: &str| {
        let seen = state["seen"].as_array().expect("a list").iter();
        seen.filter(|seen| seen["path"] == path).map(|seen| text(&seen["key"])).collect::<Vec<_>>()
    };
    let shaky = keys("/shaky");
    assert!(shaky.iter().all(|key| *key == shaky[0] && key.len() == 64), "{shaky:?}");
    assert_ne!(shaky[0], keys("/behind")[0]);
}

#[test]
fn what_is_not_for_it_is_refused() {
    let place = database("what_is_not_for_it_is_refused");
    let actions = json!([{ "on": ["failover"], "ssm_parameter": { "name": "/orders/writer" } }]);
    configure(&place, &actions, &json!({}));
    let good = || event(&place, FAILED_OVER, "us-west-2", "2026-11-22T16:00:00Z");
    let with = |pointer: &str, value: Json| {
        let mut event = good();
        *event.pointer_mut(pointer).expect("it is in the event") = value;
        event
    };
    let arn = |account: &str, resource: &str| format!("arn:aws:rds:us-west-2:{account}:{resource}");
    let instance = |name: &str| {
        let mut event = with("/detail-type", "RDS DB Instance Event".into());
        event["detail"]["EventID"] = "RDS-EVENT-0391".into();
        event["detail"]["SourceArn"] = arn(&place.account, &format!("db:{name}")).into();
        event
    };
    let mut told = String::new();
    for event in [
        json!([]),
        json!({ "detail": 1, "source": "aws.rds" }),
        with("/source", "aws.backup".into()),
        with("/account", "999999999999".into()),
        with("/region", "eu-west-1".into()),
        with("/detail", Json::Null),
        with("/detail/EventID", "RDS-EVENT-0228".into()),
        with("/detail/EventID", "RDS-EVENT-0390".into()),
        with("/detail/EventID", 238.into()),
        with("/detail/SourceArn", "orders".into()),
        with("/detail/SourceArn", arn(&place.account, "cluster:other").into()),
        with("/detail/SourceArn", arn("999999999999", "cluster:orders-west").into()),
        with("/detail/Date", "yesterday".into()),
        instance("someone-elses"),
        json!({ "dry_run": true, "phase": "coffee" }),
    ] {
        let (ran, requests) = asked(&place, || invoke(&place, "us-west-2", &event).exits(5));
        assert_eq!(changes(&requests), [""; 0], "{ran}");
        assert_eq!(log(&ran).len(), 1, "{ran}");
        told += &normal(&place, &ended(&ran));
    }
    assert_snapshot!("refused", told);

    // What is on the way is noted, without a call; what nothing is configured for, too.
    let (ran, requests) = asked(&place, || {
        invoke(&place, "us-west-2", &with("/detail/EventID", "RDS-EVENT-0184".into())).exits(0)
    });
    ran.says("nothing is done on that");
    let calls: Vec<&str> =
        requests.iter().filter_map(|request| request["action"].as_str()).collect();
    assert_eq!(calls, ["GetCallerIdentity"]);
    invoke(&place, "us-west-2", &instance("orders-west-1"))
        .exits(0)
        .says("no action is configured");

    // A configuration that does not fit any more is an error: a person must look.
    let mut told = String::new();
    for (name, value) in [
        ("global_cluster_identifier", json!("renamed")),
        ("member_cluster_arns", json!([members(&place)[0]])),
    ] {
        configure(&place, &actions, &json!({ name: value }));
        let ran = invoke(&place, "us-west-2", &good());
        told += &normal(&place, &ended(&ran));
    }
    configure(&place, &actions, &json!({}));
    run(
        &place,
        "client('rds', WEST).remove_from_global_cluster(GlobalClusterIdentifier='orders-global', \
         DbClusterIdentifier=cluster(WEST)['DBClusterArn']) and wait('gone', lambda: \
         len(global_cluster()['GlobalClusterMembers']) == 1)",
    );
    told += &normal(&place, &ended(&invoke(&place, "us-west-2", &good()).exits(1)));
    assert_snapshot!("misfits", told);
}

#[test]
fn another_region_is_asked_when_this_one_is_silent() {
    let place = database("another_region_is_asked_when_this_one_is_silent");
    let actions = json!([{ "on": ["failover"], "ssm_parameter": { "name": "/orders/writer" } }]);
    configure(&place, &actions, &json!({}));
    run(&place, "move(WEST, True) or 1");
    Emulator::get().fault(&json!({
        "account": place.account, "service": "rds", "action": "DescribeGlobalClusters",
        "region": "us-west-2", "code": "InternalFailure", "status": 500,
    }));
    let event = event(&place, FAILED_OVER, "us-west-2", &now(&place));
    let ran = invoke(&place, "us-west-2", &event).exits(0);
    assert!(
        ended(&ran).contains("ssm_parameter: done: wrote version 1 of /orders/writer"),
        "{ran}"
    );

    // When no Region answers, nothing is done and Lambda is to come again.
    Emulator::get().fault(&json!({
        "account": place.account, "service": "rds", "action": "DescribeGlobalClusters",
        "code": "InternalFailure", "status": 500,
    }));
    let (ran, requests) = asked(&place, || invoke(&place, "us-west-2", &event).exits(1));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    Emulator::get().calm(&place.account);
}

#[test]
fn it_waits_until_the_writer_has_moved() {
    let place = database("it_waits_until_the_writer_has_moved");
    let actions = json!([
        { "on": ["switchover"], "ssm_parameter": { "name": "/orders/writer" } },
        { "on": ["fencing_timed_out"], "name": "page", "ssm_parameter": { "name": "/page", "value": "{event_id}" } },
    ]);
    configure(&place, &actions, &json!({}));
    // The event comes while RDS still moves the writer.
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 1 }));
    let date = now(&place);
    run(
        &place,
        "client('rds', EAST).switchover_global_cluster(GlobalClusterIdentifier='orders-global', \
         TargetDbClusterIdentifier=cluster(WEST)['DBClusterArn']) and 1",
    );
    let ran =
        invoke(&place, "us-west-2", &event(&place, "RDS-EVENT-0185", "us-west-2", &date)).exits(0);
    assert!(ended(&ran).contains("ssm_parameter: done"), "{ran}");
    let told = run(
        &place,
        "client('ssm', WEST).get_parameter(Name='/orders/writer')['Parameter']['Value']",
    );
    assert_eq!(told, run(&place, "cluster(WEST)['Endpoint']"));

    // Two writers are told at once, by whoever hears of it; the old one's Region here.
    let mut fencing = event(&place, "RDS-EVENT-0391", "us-east-1", &date);
    fencing["detail-type"] = "RDS DB Instance Event".into();
    fencing["detail"]["SourceArn"] =
        format!("arn:aws:rds:us-east-1:{}:db:orders-1", place.account).into();
    let ran = invoke(&place, "us-east-1", &fencing).exits(0);
    assert!(ended(&ran).contains("page: done: wrote version 1 of /page"), "{ran}");
}

#[test]
fn the_dashboard_is_answered() {
    let place = database("the_dashboard_is_answered");
    configure(&place, &json!([]), &json!({}));
    place.write("event.json", "{}");
    let ran = invoke(&place, "us-east-1", &json!({ "describe": true })).exits(0);
    ran.says("### Global database");
    run(
        &place,
        "client('cloudwatch', WEST).put_metric_data(Namespace='AWS/RDS', MetricData=[{'MetricName': \
         'AuroraGlobalDBRPOLag', 'Dimensions': [{'Name': 'DBClusterIdentifier', 'Value': 'orders-west'}], \
         'Value': 1234.0, 'Unit': 'Milliseconds'}]) and 1",
    );
    let shown = |place: &Place| {
        let ran = invoke(place, "us-east-1", &json!({ "widgetContext": {} })).exits(0);
        let html: String = serde_json::from_str(&ran.out).expect("a text");
        assert!(!html.contains("<script"), "{html}");
        let dates = regex::Regex::new(r"\d{4}-\d\d-\d\dT[0-9:.]+Z").expect("a pattern");
        dates.replace_all(&normal(place, &html), "<date>").replace("<tr>", "\n<tr>")
    };
    assert_snapshot!("widget", shown(&place));
    run(&place, "move(WEST, True) or 1");
    assert_snapshot!("widget_after_a_failover", shown(&place));
    Emulator::get().fault(&json!({
        "account": place.account, "service": "rds", "action": "DescribeEvents", "code": "AccessDenied",
        "status": 403, "message": "<b>not you</b>",
    }));
    let html = shown(&place);
    assert!(html.contains("&lt;b&gt;not you&lt;/b&gt;"), "{html}");
    Emulator::get().calm(&place.account);
}

#[test]
fn mistakes_are_found_when_the_configuration_is_read() {
    let place = Place::new("mistakes_are_found_when_the_configuration_is_read");
    let actions = json!([
        { "on": [], "webhook": { "url": "http://example.com" } },
        { "on": ["failover"] },
        { "name": "both", "on": ["failover"], "lambda_invoke": { "function_name": "own", "payload": "{" },
          "sns_message": { "topic_arn": "arn" } },
        { "name": "both", "on": ["failover"], "retries": 11, "ec2_restart": {} },
        { "name": "typed", "on": ["failover"], "route53_record": {
            "zone_id": "Z", "name": "a.example.com", "type": "A" } },
    ]);
    configure(
        &place,
        &actions,
        &json!({ "member_cluster_arns": ["arn:aws:rds:us-east-1:1:db:orders"] }),
    );
    let ran = invoke(&place, "us-east-1", &json!({})).exits(1);
    assert_snapshot!("mistakes", normal(&place, &ran.err));
    fs::remove_file(place.path().join("drctl.json")).expect("it was written");
}
