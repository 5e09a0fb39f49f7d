//! Whole plans.
use std::collections::BTreeMap;

use insta::assert_snapshot;

use crate::address::{BlockAddress, InstanceKey};
use crate::diagnostic::Diagnostic;
use crate::plan::file::{Attribute, Drifted, Moved, Side};
use crate::plan::{
    Because, Blocked, Change, OutputChange, Plan, Planned, ReplaceOrder, Unreadable,
};
use crate::report::fixtures::*;
use crate::report::plan::{footer, render};
use crate::report::saved::{About, heading, moved as moved_text, moved_json};
use crate::report::style::Paint;
use crate::schema::Key;
use crate::value::{Readiness, Value};

fn plan(changes: impl IntoIterator<Item = Planned>) -> Plan {
    let changes = changes.into_iter().map(|one| (one.address.clone(), one)).collect();
    Plan { changes, ..Plan::default() }
}

fn shown(changes: impl IntoIterator<Item = Planned>) -> String {
    render(&plan(changes), &[], Paint::PLAIN)
}

fn rule(name: &str, schedule: &str, days: i64) -> Value {
    record(&[
        ("rule_name", text(name)),
        ("schedule", text(schedule)),
        ("lifecycle", record(&[("delete_after", Value::int(days))])),
    ])
}

fn everything() -> Vec<(&'static str, Value)> {
    vec![
        ("name", text("a")),
        ("note", text("n")),
        ("size", Value::int(1)),
        ("engine", text("15.4")),
        ("password", text("hunter2").sensitive()),
        ("zones", Value::texts(["a", "b"])),
        ("actions", set(&["x", "y"])),
        ("tags", map(&[("env", text("prod")), ("aws:x", text("1"))])),
        ("scaling", record(&[("min", Value::int(1)), ("max", Value::int(2))])),
        ("rule", Value::List(vec![rule("daily", "d", 14), rule("weekly", "w", 90)])),
    ]
}

fn with(changed: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let mut all = everything();
    for (name, value) in changed {
        all.retain(|(other, _)| other != name);
        all.push((name, value.clone()));
    }
    all
}

#[test]
fn nothing_to_do() {
    assert_snapshot!(shown([]));
    let mut cluster = other("orders", Change::Keep);
    cluster.live = Some(observed(&everything()));
    let live = cluster.live.as_mut().expect("just set");
    live.remarks = vec!["writer: us-east-1 (orders)".into()];
    live.readiness = Readiness::Settling("backing-up".into());
    assert_snapshot!(shown([cluster]));
    assert_snapshot!(render(&Plan { destroy: true, ..Plan::default() }, &[], Paint::PLAIN));
}

#[test]
fn created() {
    assert_snapshot!(shown([create("a", &everything()), create("b", &[("name", text("b"))])]));
}

#[test]
fn destroyed() {
    assert_snapshot!(shown([delete("a", &everything())]));
    let whole = Plan { destroy: true, ..plan([delete("a", &[("name", text("a"))])]) };
    assert_snapshot!(render(&whole, &[], Paint::PLAIN));
}

#[test]
fn updated() {
    let want = with(&[
        ("note", Value::Null),
        ("size", Value::int(2)),
        ("password", text("hunter3").sensitive()),
        ("zones", unknown()),
        ("actions", set(&["x", "z"])),
        ("tags", map(&[("env", text("test")), ("aws:x", text("1"))])),
        ("scaling", record(&[("min", Value::int(1)), ("max", Value::int(4))])),
        ("rule", Value::List(vec![rule("weekly", "w", 91), rule("monthly", "m", 365)])),
    ]);
    let shown = shown([update("a", &everything(), &want)]);
    assert!(!shown.contains("hunter"), "{shown}");
    assert_snapshot!(shown);
}

#[test]
fn what_stays_is_counted_not_shown() {
    assert_snapshot!(shown([update("a", &everything(), &with(&[("size", Value::int(2))]))]));
}

#[test]
fn blocks_that_change_places() {
    let turned = Value::List(vec![rule("weekly", "w", 90), rule("daily", "d", 14)]);
    assert_snapshot!(shown([update("a", &everything(), &with(&[("rule", turned)]))]));
}

#[test]
fn blocks_that_are_not_known_or_not_shown() {
    let secret = rule("weekly", "w", 90).sensitive();
    assert_snapshot!(shown([
        create("a", &[("name", text("a")), ("rule", unknown())]),
        update("b", &everything(), &with(&[("rule", unknown())])),
        update("c", &everything(), &with(&[("rule", Value::List(vec![secret]).sensitive())])),
        update("d", &everything(), &with(&[("scaling", Value::Null)])),
    ]));
}

#[test]
fn replaced() {
    let live = with(&[("key_id", text("k-1"))]);
    let engine = with(&[("engine", text("16.1")), ("snapshot", text("s-1"))]);
    let mut store = replace("store", &live, &engine);
    store.spec = &STORE;
    let mut first = replace("first", &everything(), &with(&[("engine", unknown())]));
    if let Change::Replace { order, .. } = &mut first.change {
        *order = ReplaceOrder::CreateFirst;
    }
    let mut requested = replace("requested", &everything(), &everything());
    let mut triggered = replace("triggered", &everything(), &everything());
    for (planned, why) in
        [(&mut requested, Because::Requested), (&mut triggered, Because::Triggered)]
    {
        if let Change::Replace { because, .. } = &mut planned.change {
            *because = why;
        }
    }
    let mut gone = delete("zz", &[("name", text("zz"))]);
    gone.spec = &STORE;
    assert_snapshot!(shown([store, first, requested, triggered, gone]));
}

#[test]
fn moved_adopted_and_read() {
    let mut moved = update("moved", &everything(), &everything());
    moved.change = Change::Update { fields: Vec::new(), moved_from: Some("test_thing.old".into()) };
    let mut both = update("moved_too", &everything(), &with(&[("size", Value::int(3))]));
    if let Change::Update { moved_from, .. } = &mut both.change {
        *moved_from = Some("test_thing.older".into());
    }
    let mut adopted = update("adopted", &everything(), &everything());
    adopted.live.as_mut().expect("an update has one").tags = Some(BTreeMap::new());
    let imported = |name: &str, want: &[(&str, Value)]| {
        let mut imported = update(name, &everything(), want);
        if let Change::Update { fields, .. } = imported.change {
            imported.change = Change::Adopt { fields };
        }
        imported
    };
    let as_it_is = imported("imported", &everything());
    let otherwise = imported("imported_too", &with(&[("size", Value::int(3))]));
    let mut read = create("found", &[("name", unknown())]);
    read.address = BlockAddress::data("test_thing", "found").instance(InstanceKey::None);
    read.change = Change::Read;
    assert_snapshot!(shown([moved, both, adopted, as_it_is, otherwise, read]));
}

#[test]
fn blocked() {
    let not_ours = |owner: Option<&str>| {
        Change::Blocked(Blocked::NotOurs { key: "a".into(), owner: owner.map(str::to_owned) })
    };
    let elsewhere =
        |name: &str, change| Planned { scope: Some(scope(2, "eu-west-1")), ..other(name, change) };
    let silent = "connection timed out after 5 s".to_owned();
    let mut plan = plan([
        other("adopt", not_ours(None)),
        other("theirs", not_ours(Some("the CloudFormation stack web"))),
        other(
            "guarded",
            Change::Blocked(Blocked::Guarded(
                "a failover is under way. Nothing is changed until that is over; plan again then."
                    .into(),
            )),
        ),
        elsewhere("silent", Change::Blocked(Blocked::Unreadable(silent.clone()))),
        elsewhere("waits", Change::Blocked(Blocked::Upstream(address("silent")))),
        create("new", &[("name", text("new"))]),
    ]);
    plan.unreadable = vec![
        Unreadable {
            address: address("silent"),
            scope: Some(scope(2, "eu-west-1")),
            reason: silent,
            unreachable: true,
        },
        Unreadable {
            address: BlockAddress::data("test_thing", "d").instance(InstanceKey::Index(0)),
            scope: Some(scope(1, "us-east-1")),
            reason: "AccessDenied: no".into(),
            unreachable: false,
        },
    ];
    assert_snapshot!(render(&plan, &[], Paint::PLAIN));
    plan.changes.remove(&address("new"));
    assert!(!render(&plan, &[], Paint::PLAIN).contains("No changes"));
}

#[test]
fn several_places() {
    let there = |name: &str, region: &str| Planned {
        scope: Some(scope(1, region)),
        ..create(name, &[("name", text(name))])
    };
    let mut east = there("x", "us-east-1");
    east.address = keyed("x", "us-east-1");
    let mut west = there("x", "us-west-2");
    west.address = keyed("x", "us-west-2");
    assert_snapshot!(shown([east, west]));
}

#[test]
fn outputs_and_warnings() {
    let output = |after, sensitive| OutputChange { after, sensitive };
    let outputs = BTreeMap::from([
        ("known".to_owned(), output(text("k"), false)),
        ("later".to_owned(), output(record(&[("a", unknown())]), false)),
        ("secret".to_owned(), output(text("hunter2"), true)),
    ]);
    let warning = [Diagnostic::warning("Something is odd", "It is.").hint("Look at it.")];
    let new = Plan { outputs: outputs.clone(), ..plan([create("a", &[("name", text("a"))])]) };
    assert_snapshot!(render(&new, &warning, Paint::PLAIN));
    let want = with(&[("size", Value::int(2))]);
    let old = Plan { outputs, ..plan([update("a", &everything(), &want)]) };
    assert_snapshot!(render(&old, &[], Paint::PLAIN));
}

#[test]
fn a_secret_stays_one_where_aws_holds_the_same() {
    let secret = |text: &str| Value::text(text).sensitive();
    let live = with(&[("tags", map(&[("env", text("hunter2"))]))]);
    let want = with(&[("tags", map(&[("env", secret("hunter2"))])), ("size", Value::int(2))]);
    let mut gone = delete("b", &live);
    gone.want = object(&want);
    let mut kept = update("a", &live, &want);
    if let Change::Update { fields, .. } = &mut kept.change {
        fields.retain(|field| field.name == "size");
    }
    let shown = shown([kept, gone]);
    assert!(!shown.contains("hunter"), "{shown}");
    assert_snapshot!(shown);
}

#[test]
fn in_colours() {
    let mut want = with(&[("size", Value::int(2)), ("zones", unknown())]);
    want.retain(|(name, _)| *name != "note");
    let mut store = replace("b", &everything(), &with(&[("engine", text("16"))]));
    store.spec = &STORE;
    let plan = plan([update("a", &everything(), &want), store]);
    let color = render(&plan, &[], Paint { color: true, ..Paint::PLAIN });
    let plain = render(&plan, &[], Paint::PLAIN);
    let mut stripped = color.clone();
    while let Some(start) = stripped.find('\x1b') {
        let end = start + stripped[start..].find('m').expect("a colour ends in m");
        stripped.replace_range(start..=end, "");
    }
    assert_eq!(stripped, plain);
    assert_snapshot!(color.replace('\x1b', "␛"));
}

fn about() -> About {
    About {
        hash: "1f2e3d4c5b6a79880011223344556677".repeat(2),
        created: "2026-11-22T16:00:00Z".to_owned(),
        expires: "2026-11-23T16:00:00Z".to_owned(),
        expired: false,
        applied: None,
        stack: "orders".to_owned(),
        drctl_version: "0.1.0".to_owned(),
    }
}

#[test]
fn footers() {
    assert_snapshot!(footer(None, Paint::PLAIN));
    let ascii = Paint { unicode: false, ..Paint::PLAIN };
    assert_snapshot!(footer(Some(("out.plan", &about())), ascii));
}

#[test]
fn headings_of_saved_plans() {
    let used = About { applied: Some("2026-11-22T17:00:00Z".to_owned()), ..about() };
    let old = About { expired: true, ..about() };
    let all = [about(), old, used].map(|about| heading(&about, Paint::PLAIN));
    assert_snapshot!(all.concat());
}

#[test]
fn what_has_moved_since_a_plan_was_saved() {
    let planned = other("orders", Change::Keep);
    let moved = |what| Moved { address: planned.address.clone(), scope: None, what };
    let attribute = |name, side, before: Value, now: Value| Attribute { name, side, before, now };
    let all = [
        moved(Drifted::Appeared),
        moved(Drifted::Gone),
        moved(Drifted::New),
        moved(Drifted::Undeclared),
        moved(Drifted::Readable),
        moved(Drifted::Unreadable("rds DescribeDBClusters: no answer\u{1b}[2J".to_owned())),
        moved(Drifted::Elsewhere(planned.scope.clone())),
        moved(Drifted::Another(Some(Key::only("k-1")), Some(Key::only("k-2")))),
        moved(Drifted::Change),
        moved(Drifted::Attributes(vec![
            attribute("note", Side::Live, text("one"), text("two")),
            attribute("size", Side::Wanted, Value::int(1), Value::int(2)),
            attribute("engine", Side::Live, Value::Null, text("15.4")),
            attribute("password", Side::Live, text("a").sensitive(), text("b").sensitive()),
            attribute("zones", Side::Live, Value::texts(["a", "b"]), Value::texts(["a", "c"])),
        ])),
    ];
    let json: Vec<String> = all.iter().map(|one| moved_json(one).to_string()).collect();
    assert_snapshot!(format!("{}{}\n", moved_text(&all), json.join("\n")));
}
