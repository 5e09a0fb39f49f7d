use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::*;
use crate::address::{AccountId, Region};
use crate::function::Configuration;

const EAST: &str = "arn:aws:rds:us-east-1:111111111111:cluster:orders";
const WEST: &str = "arn:aws:rds:us-west-2:111111111111:cluster:orders-west";
const AT: &str = "2026-11-22T16:01:02.123Z";

fn here(region: &str) -> Scope {
    let account = AccountId::parse("111111111111").expect("twelve digits");
    Scope { account, region: Region::new(region) }
}

/// A responder with these actions.
fn responder(actions: &Json) -> Responder {
    let told = json!({ "responder": {
        "global_cluster_identifier": "orders-global",
        "member_cluster_arns": [EAST, WEST],
        "action": actions,
    } });
    let read = Configuration::parse(&told.to_string()).expect("it is valid");
    read.responder.expect("it is there")
}

fn actions() -> Json {
    let act = |name: &str, on: &[&str], more: Json| {
        let mut act = json!({ "name": name, "on": on, "ssm_parameter": { "name": "/x" } });
        for (name, value) in more.as_object().expect("an object") {
            act[name] = value.clone();
        }
        act
    };
    json!([
        act("dns", &["switchover", "failover"], json!({})),
        act("west", &["switchover", "failover"], json!({ "regions": ["us-west-2"] })),
        act("everywhere", &["failover"], json!({ "acts_in": "any" })),
        act("page", &["failed", "fencing_timed_out"], json!({})),
        act("writer's page", &["failed"], json!({ "acts_in": "writer" })),
        act("keep", &["resynchronised"], json!({})),
    ])
}

fn event(id: &str, region: &str) -> Json {
    let of_instance = ["RDS-EVENT-0390", "RDS-EVENT-0391"].contains(&id);
    let (kind, arn) = match (of_instance, region) {
        (false, "us-east-1") => ("RDS DB Cluster Event", EAST.to_owned()),
        (false, _) => ("RDS DB Cluster Event", WEST.to_owned()),
        (true, region) => {
            ("RDS DB Instance Event", format!("arn:aws:rds:{region}:111111111111:db:orders-1"))
        }
    };
    json!({
        "source": "aws.rds", "detail-type": kind, "account": "111111111111", "region": region,
        "resources": [arn], "detail": { "EventID": id, "SourceArn": arn, "Date": AT },
    })
}

/// What AWS says when the cluster of that ARN writes.
fn seen(writer: &str, region: &str) -> Observed {
    let member = |arn: &str| Member {
        arn: Arn::parse(arn).expect("an ARN"),
        writer: arn == writer,
        synchronization: None,
    };
    Observed {
        global: Some(Global {
            status: "available".to_owned(),
            moving: false,
            endpoint: Some("global".to_owned()),
            members: vec![member(EAST), member(WEST)],
        }),
        cluster: Some(Cluster {
            status: "available".to_owned(),
            endpoint: Some(format!("writer.{region}")),
            reader_endpoint: Some(format!("reader.{region}")),
            instances: vec!["orders-1".to_owned()],
            tags: BTreeMap::new(),
        }),
    }
}

/// The decision in one line: what is done, or why nothing.
fn said(decision: Decision) -> String {
    match decision {
        Decision::Act(occasion, planned) => {
            let mark = |p: &Planned| if p.remembered { " (remembered)" } else { "" };
            let names: Vec<_> =
                planned.iter().map(|p| format!("{}{}", p.step.called(), mark(p))).collect();
            format!("{}: {}", occasion.phase, names.join(", "))
        }
        Decision::Nothing(why) => format!("nothing: {why}"),
        Decision::Wait(why) => format!("wait: {why}"),
        Decision::Refuse(why) => format!("refuse: {why}"),
        Decision::Misfit(why) => format!("misfit: {why}"),
    }
}

fn decided(id: &str, region: &str, seen: &Observed) -> String {
    let responder = responder(&actions());
    let heard = hear(&responder, &here(region), &event(id, region)).expect("it is for us");
    said(decide(&responder, &here(region), &heard, seen))
}

#[test]
fn every_event_leads_to_what_is_configured_where_the_writer_is() {
    let nothing = |about: &str| format!("nothing: {about}: nothing is done on that");
    let other = |about: &str| {
        format!("nothing: {about}; us-east-1 does not write, and no action is configured for that")
    };
    // The event; what is done in the West, which writes; what is done in the East, which does not.
    let table = [
        ("0181", nothing("a switchover has begun"), None),
        ("0182", nothing("the old writer was shut down"), None),
        ("0183", nothing("a switchover waits until all data is there"), None),
        ("0184", nothing("the new writer was promoted"), None),
        ("0185", "switchover: dns, west".to_owned(), Some(other("a switchover has finished"))),
        ("0186", "failed: page, writer's page".to_owned(), Some("failed: page".to_owned())),
        ("0187", "failed: page, writer's page".to_owned(), Some("failed: page".to_owned())),
        (
            "0238",
            "failover: dns, west, everywhere".to_owned(),
            Some("failover: everywhere".to_owned()),
        ),
        ("0239", "failed: page, writer's page".to_owned(), Some("failed: page".to_owned())),
        ("0240", nothing("members are being rebuilt after a failover"), None),
        ("0241", "resynchronised: keep".to_owned(), Some(other("all members were rebuilt"))),
        ("0390", nothing("the old writer was fenced"), None),
        ("0391", "fencing_timed_out: page".to_owned(), Some("fencing_timed_out: page".to_owned())),
        ("0397", nothing("the global writer endpoint has moved"), None),
        ("0423", nothing("a switchover waits until all data is there"), None),
        ("0517", nothing("an upgrade was cancelled because of a failover"), None),
        ("0518", nothing("a member's version was changed to the new writer's"), None),
        ("0519", "failed: page, writer's page".to_owned(), Some("failed: page".to_owned())),
    ];
    assert_eq!(table.len(), EVENTS.len());
    for (number, in_the_west, in_the_east) in table {
        let id = format!("RDS-EVENT-{number}");
        let (west, east) = (seen(WEST, "us-west-2"), seen(WEST, "us-east-1"));
        assert_eq!(decided(&id, "us-west-2", &west), in_the_west, "{id}");
        assert_eq!(decided(&id, "us-east-1", &east), in_the_east.unwrap_or(in_the_west), "{id}");
    }
}

#[test]
fn only_what_is_seen_counts() {
    let check = |id: &str, change: &dyn Fn(&mut Observed), expected: &str| {
        let mut seen = seen(WEST, "us-west-2");
        change(&mut seen);
        assert_eq!(decided(id, "us-west-2", &seen), expected);
    };
    let global = |change: &dyn Fn(&mut Global)| {
        let mut global = seen(WEST, "us-west-2").global.expect("it is there");
        change(&mut global);
        Some(global)
    };
    let moving = global(&|g| (g.moving, g.status) = (true, "failing-over".to_owned()));
    let nobody = global(&|g| g.members[1].writer = false);
    let both = global(&|g| g.members[0].writer = true);
    let detached = global(&|g| g.members.truncate(1));
    let still = "wait: the global database is still failing-over";
    check("RDS-EVENT-0238", &|seen| seen.global.clone_from(&moving), still);
    check("RDS-EVENT-0185", &|seen| seen.global.clone_from(&moving), still);
    check(
        "RDS-EVENT-0238",
        &|seen| seen.global.clone_from(&nobody),
        "wait: no member of the global database writes yet",
    );
    check(
        "RDS-EVENT-0238",
        &|seen| seen.global.clone_from(&both),
        &format!("wait: RDS names several writers: {EAST}, {WEST}"),
    );
    // What tells people waits for nothing.
    check("RDS-EVENT-0391", &|seen| seen.global.clone_from(&both), "fencing_timed_out: page");
    check("RDS-EVENT-0239", &|seen| seen.global.clone_from(&moving), "failed: page, writer's page");
    check(
        "RDS-EVENT-0238",
        &|seen| seen.global.clone_from(&detached),
        &format!(
            "misfit: {WEST} is not a member of orders-global any more: was it detached? The \
             configuration must follow"
        ),
    );
    check(
        "RDS-EVENT-0238",
        &|seen| seen.global = None,
        "misfit: there is no global database orders-global in account 111111111111: was it renamed?",
    );
    check(
        "RDS-EVENT-0238",
        &|seen| seen.cluster = None,
        &format!("misfit: there is no cluster {WEST}"),
    );
    check(
        "RDS-EVENT-0391",
        &|seen| seen.cluster.as_mut().expect("it is there").instances.clear(),
        &format!("refuse: an event of orders-1, which is no instance of {WEST}"),
    );
}

#[test]
fn what_was_done_is_remembered_for_its_event_alone() {
    let remember = |at: &str, done: &[&str]| {
        let mut ledger = Ledger { at: at.to_owned(), ..Ledger::default() };
        done.iter().for_each(|name| ledger.add(name));
        let tag = ledger.write().expect("it is short");
        assert!(tag.bytes().all(|b| b.is_ascii_alphanumeric() || b" :.-".contains(&b)), "{tag}");
        let mut seen = seen(WEST, "us-west-2");
        let tags = &mut seen.cluster.as_mut().expect("it is there").tags;
        tags.insert("drctl:responder:failover".to_owned(), tag);
        decided("RDS-EVENT-0238", "us-west-2", &seen)
    };
    assert_eq!(remember(AT, &["west"]), "failover: dns, west (remembered), everywhere");
    assert_eq!(
        remember("2026-11-22T15:00:00Z", &["dns", "west"]),
        "failover: dns, west, everywhere",
        "another failover"
    );
    assert_eq!(
        remember("2026-11-22T17:00:00Z", &[]),
        "nothing: it comes late: of the phase failover, what happened at 2026-11-22T17:00:00Z was \
         acted on already"
    );
    assert_eq!(remember("coffee", &["dns"]), "failover: dns, west, everywhere");
    let mut many = Ledger { at: AT.to_owned(), ..Ledger::default() };
    (0..33).for_each(|number| many.add(&number.to_string()));
    assert!(many.write().is_some());
    (0..99).for_each(|number| many.add(&number.to_string()));
    assert_eq!(many.write(), None, "more than a tag holds");
}

#[test]
fn words_are_filled_in_once_and_braces_stay() {
    let words =
        [("region", Some("{phase}".to_owned())), ("phase", Some("x".to_owned())), ("none", None)];
    let fill = |text: &str| fill_text(text, &words);
    for (text, expected) in [
        ("", ""),
        ("db-{region}.{phase}", "db-{phase}.x"),
        (r#"{"a": {"b": "{phase}"}}"#, r#"{"a": {"b": "x"}}"#),
        ("{phase", "{phase"),
        ("{phases}{}", "{phases}{}"),
        ("{{phase}}", "{x}"),
        ("é{phase}é", "éxé"),
    ] {
        assert_eq!(fill(text).as_deref(), Ok(expected), "{text}");
    }
    assert_eq!(fill("{none}").unwrap_err().to_string(), "there is no {none} now");
    let step = &responder(&json!([{ "on": ["failed"], "lambda_invoke": {
        "function_name": "f-{region}", "payload": r#"{"host": "{cluster_endpoint}"}"#,
    } }]))
    .action[0];
    let occasion = rehearsed("us-west-2");
    let filled = step.filled(&occasion.words()).expect("all words have values");
    let told = filled.lambda_invoke.expect("it is one");
    assert_eq!(told.function_name, "f-us-west-2");
    assert_eq!(told.payload.as_deref(), Some(r#"{"host": "writer.us-west-2"}"#));
}

fn rehearsed(region: &str) -> Occasion {
    let seen = seen(WEST, region);
    let (occasion, _) = rehearse(&responder(&actions()), &here(region), Phase::Failover, AT, &seen)
        .expect("it fits");
    occasion
}

#[test]
fn keys_are_the_same_for_the_same_event_only() {
    let occasion = rehearsed("us-west-2");
    assert_eq!(occasion.key("a"), occasion.clone().key("a"));
    let mut others: Vec<String> = vec![occasion.key("a"), occasion.key("b")];
    others.push(rehearsed("us-east-1").key("a"));
    others
        .push(Occasion { at: "2026-11-22T16:01:02.124Z".to_owned(), ..occasion.clone() }.key("a"));
    others.push(Occasion { phase: Phase::Switchover, ..occasion.clone() }.key("a"));
    others.push(Occasion { event_id: "RDS-EVENT-0185".to_owned(), ..occasion.clone() }.key("a"));
    let all = others.len();
    others.sort();
    others.dedup();
    assert_eq!(others.len(), all);
    let token = occasion.token("a");
    assert_eq!(token.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
}

#[test]
fn a_rehearsal_shows_a_reader_what_it_would_do_as_the_writer() {
    let seen = seen(EAST, "us-west-2");
    let (occasion, planned) =
        rehearse(&responder(&actions()), &here("us-west-2"), Phase::Failover, AT, &seen)
            .expect("it fits");
    assert!(!occasion.writes);
    let names: Vec<String> = planned.iter().map(|planned| planned.step.called()).collect();
    assert_eq!(names, ["dns", "west", "everywhere"]);
}

#[test]
fn the_policy_allows_what_is_configured_and_no_more() {
    let role = "arn:aws:iam::{account}:role/restart";
    let responder = responder(&json!([
        { "on": ["failover"], "route53_record": { "zone_id": "Z1", "name": "db.example.com" } },
        { "on": ["failover"], "ec2_restart": { "tags": { "a": "b" } } },
        { "name": "two", "on": ["failover"], "ec2_restart": {
            "instance_ids": ["i-1"], "method": "automation", "automation_role_arn": role } },
        { "on": ["failover"], "ecs_deployment": { "cluster": "apps", "services": ["orders"] } },
        { "on": ["failover"], "rds_proxy_target": { "proxy_name": "orders" } },
        { "on": ["failover"], "secret_endpoint": { "secret_id": "orders", "values": { "a": "b" } } },
        { "on": ["failover"], "ssm_parameter": { "name": "/orders/writer" } },
        { "on": ["failover"], "ssm_command": {
            "document_name": "AWS-RunShellScript", "instance_ids": ["i-1"] } },
        { "on": ["failover"], "ssm_automation": { "document_name": "own" } },
        { "on": ["failover"], "step_function": {
            "state_machine_arn": "arn:aws:states:{region}:{account}:stateMachine:runbook" } },
        { "on": ["failover"], "lambda_invoke": { "function_name": "own", "qualifier": "live" } },
        { "on": ["failover"], "webhook": {
            "url": "https://example.com", "secret_parameter": "/hook" } },
        { "on": ["failover"], "sns_message": { "topic_arn": "arn:aws:sns:{region}:{account}:t" } },
        { "on": ["failover"], "snapshot_copy": {} },
    ]));
    let policy = responder.policy(&here("us-west-2"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&policy).expect("it is JSON"));
}

#[test]
fn a_widget_escapes_all_that_it_is_told() {
    let bad = "<script>&'\"";
    let shown = |lag: widget::Lag, writer: bool| widget::Shown {
        region: bad.to_owned(),
        cluster: bad.to_owned(),
        writer,
        synchronization: Some(bad.to_owned()),
        lag,
        last: Ok(Some((bad.to_owned(), bad.to_owned()))),
    };
    let picture = |status: Result<String, String>| widget::Picture {
        global: bad.to_owned(),
        status,
        endpoint: Some(bad.to_owned()),
        members: vec![
            shown(widget::Lag::Writer, true),
            shown(widget::Lag::Milliseconds(12.4), false),
            shown(widget::Lag::Milliseconds(1234.0), false),
            shown(widget::Lag::Milliseconds(600_000.0), false),
            shown(widget::Lag::Silent, false),
            shown(widget::Lag::Unreadable(bad.to_owned()), false),
        ],
    };
    for html in
        [widget::html(&picture(Ok(bad.to_owned()))), widget::html(&picture(Err(bad.to_owned())))]
    {
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains('\'') && !html.contains('"'), "{html}");
        for lag in ["&ndash;", "12 ms", "1.2 s", "10 min", "no data for 15 minutes"] {
            assert!(html.contains(lag), "{lag}: {html}");
        }
    }
}
