//! What has drifted, in every form.
use insta::assert_snapshot;

use crate::drift::{Culprit, Drift};
use crate::plan::{Blocked, Change, Plan, Planned, Unreadable};
use crate::report::drift::{json, junit, markdown, message, render, summary};
use crate::report::fixtures::*;
use crate::report::style::Paint;
use crate::value::Value;

fn found(changes: impl IntoIterator<Item = Planned>) -> Drift {
    let changes = changes.into_iter().map(|one| (one.address.clone(), one)).collect();
    Drift::of("orders", &Plan { changes, ..Plan::default() })
}

/// One of each kind.
fn all() -> Drift {
    let live = [
        ("name", text("a")),
        ("size", Value::int(3)),
        ("note", text("`code` | <b>@all</b>\u{1b}[2J")),
        ("password", text("hunter2")),
        ("actions", set(&["x"])),
    ];
    let want = [
        ("name", text("a")),
        ("size", Value::int(1)),
        ("note", text("plain")),
        ("password", text("hunter1").sensitive()),
        ("actions", set(&["x", "y"])),
    ];
    let owner = Some("the CloudFormation stack web".to_owned());
    let mut drift = found([
        update("a", &live, &want),
        replace("b", &[("engine", text("15"))], &[("engine", text("16"))]),
        create("c", &[("name", text("c"))]),
        delete("d", &[("name", text("d"))]),
        other("e", Change::Blocked(Blocked::NotOurs { key: "e".to_owned(), owner })),
        other("f", Change::Blocked(Blocked::Guarded("a failover is under way".to_owned()))),
        update("g", &[], &[]),
        other("h", Change::Keep),
        other("i", Change::Blocked(Blocked::Unreadable("AccessDenied: no".to_owned()))),
        other("j", Change::Blocked(Blocked::Upstream(address("i")))),
    ]);
    drift.unreadable.push(Unreadable {
        address: address("i"),
        scope: Some(scope(1, "us-west-2")),
        reason: "AccessDenied: no".to_owned(),
        unreachable: false,
    });
    let changed = drift.findings.iter_mut().find(|one| one.address == address("a"));
    changed.expect("it has changed").culprit = Some(Culprit {
        who: "arn:aws:iam::111111111111:user/ann".to_owned(),
        call: "PutThing".to_owned(),
        at: "2026-11-22T03:00:00Z".to_owned(),
    });
    drift
}

#[test]
fn for_a_person() {
    assert_snapshot!(render(&all(), Paint::PLAIN));
}

#[test]
fn no_drift() {
    let clean = found([other("a", Change::Keep), other("b", Change::Keep)]);
    assert_eq!(
        render(&clean, Paint::PLAIN),
        "No drift in orders. What AWS has matches the configuration (2 resources).\n"
    );
}

#[test]
fn nothing_is_claimed_about_what_was_not_read() {
    let why = "us-east-1 did not answer".to_owned();
    let unknown =
        found([other("a", Change::Keep), other("b", Change::Blocked(Blocked::Unreadable(why)))]);
    assert_eq!(
        summary(&unknown),
        "Incomplete: orders could not be read whole; nothing is claimed about 1 resource; 1 of 2 as \
         declared."
    );
}

#[test]
fn what_waits_for_something_missing_has_not_drifted_itself() {
    let waits = update("b", &[("note", text("n"))], &[("note", unknown())]);
    let drift = found([create("a", &[("name", text("a"))]), waits]);
    let names: Vec<String> = drift.findings.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(names, ["test_thing.a"]);
}

#[test]
fn for_machines() {
    assert_snapshot!(json::render(&[all()]));
}

#[test]
fn for_issues() {
    assert_snapshot!(markdown::render(&[all()]));
}

#[test]
fn for_ci() {
    assert_snapshot!(junit::render(&[all()]));
}

#[test]
fn for_people_who_are_told() {
    let (title, body) = message::message(&all());
    assert!(title.len() <= 100 && !title.contains('\n'), "{title}");
    assert_snapshot!(format!("{title}\n---\n{body}"));
}
