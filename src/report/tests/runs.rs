//! One run through every renderer.
use std::collections::BTreeMap;

use insta::assert_snapshot;

use crate::diagnostic::Diagnostic;
use crate::event::{Event, Reporter};
use crate::plan::{Blocked, Change, Counts, LetGo, OutputChange, Plan};
use crate::report::fixtures::*;
use crate::report::json::Stream;
use crate::report::outputs::{self, Secrets};
use crate::report::progress::Lines;
use crate::report::style::Paint;
use crate::value::{Number, Value};

fn plan() -> Plan {
    let mut west = create("a", &[("name", text("a"))]);
    west.scope = Some(scope(1, "us-west-2"));
    let engine = |version| [("name", text("s")), ("engine", text(version))];
    let mut store = replace("store", &engine("15"), &engine("16"));
    store.spec = &STORE;
    let mut moved = update("moved", &[], &[]);
    moved.change = Change::Update {
        fields: Vec::new(),
        moved_from: Some("test_thing.old".into()),
        let_go: LetGo::default(),
    };
    let changes = [
        west,
        update("b", &[("size", Value::int(1))], &[("size", Value::int(2))]),
        delete("c", &[]),
        store,
        moved,
        other("kept", Change::Keep),
        other("theirs", Change::Blocked(Blocked::NotOurs { key: "k".into(), owner: None })),
        other("waits", Change::Blocked(Blocked::Upstream(address("theirs")))),
    ];
    let changes = changes.map(|one| (one.address.clone(), one)).into();
    Plan { changes, outputs: values(), ..Plan::default() }
}

fn values() -> BTreeMap<String, OutputChange> {
    let output = |after, sensitive| OutputChange { after, sensitive };
    BTreeMap::from([
        ("list".to_owned(), output(Value::texts(["a", "b"]), false)),
        ("lines".to_owned(), output(text("x\ny \"q\" ${z}\n"), false)),
        ("none".to_owned(), output(Value::Null, false)),
        (
            "number".to_owned(),
            output(Value::Number(Number::parse("1.50").expect("a number")), false),
        ),
        (
            "object".to_owned(),
            output(
                record(&[
                    ("empty", Value::Tuple(Vec::new())),
                    ("map", map(&[("k k", Value::Bool(true))])),
                    ("none", Value::Null),
                    ("secret", text("hunter2").sensitive()),
                    ("set", set(&["a"])),
                    ("lines", text("l1\nl2")),
                    ("escape", text("\u{1b}[1m")),
                ]),
                false,
            ),
        ),
        ("secret".to_owned(), output(text("hunter2").sensitive(), true)),
        ("later".to_owned(), output(unknown(), false)),
    ])
}

fn lines(plan: &Plan, events: &[Event], paint: Paint) -> String {
    let mut lines = Lines::of_plan(Vec::new(), plan, paint);
    for event in events {
        lines.report(event).expect("a vector takes everything");
    }
    String::from_utf8(lines.into_inner()).expect("text is text")
}

#[test]
fn as_lines() {
    assert_snapshot!(lines(&plan(), &run(), Paint::PLAIN));
}

#[test]
fn as_coloured_lines() {
    let color = lines(&Plan::default(), &run(), Paint { color: true, ..Paint::PLAIN });
    assert_snapshot!(color.replace('\x1b', "␛"));
}

#[test]
fn as_a_stream() {
    let mut time = 0;
    let clock = move || {
        time += 1;
        format!("2026-01-01T00:00:{time:02}Z")
    };
    let mut stream = Stream::new(Vec::new(), clock);
    stream.version("0.1.0").expect("a vector takes everything");
    stream.plan(&plan()).expect("a vector takes everything");
    stream.diagnostics(&[Diagnostic::warning("Odd", "It is.").hint("Look.")]).expect("as before");
    for event in run() {
        stream.report(&event).expect("a vector takes everything");
    }
    stream.outputs(&values()).expect("a vector takes everything");
    let shown = String::from_utf8(stream.into_inner()).expect("JSON is text");
    assert!(!shown.contains("hunter2") && !shown.contains('\x1b'));
    assert_snapshot!(shown);
}

#[test]
fn success() {
    let finished = |add, destroy| Event::ApplyFinished {
        done: Counts { add, destroy, ..Counts::default() },
        failed: 0,
        skipped: 0,
    };
    assert_snapshot!(lines(&Plan::default(), &[finished(2, 0)], Paint::PLAIN));
    let destroy = Plan { destroy: true, ..Plan::default() };
    assert_snapshot!(lines(&destroy, &[finished(0, 3)], Paint::PLAIN));
}

#[test]
fn outputs_as_text() {
    assert_snapshot!(outputs::after_apply(&values()));
    assert_eq!(outputs::after_apply(&BTreeMap::new()), "");
    let secret = &values()["secret"];
    assert_eq!(outputs::one(secret, Secrets::Hidden), "(sensitive value)\n");
    assert_eq!(outputs::one(secret, Secrets::Shown), "\"hunter2\"\n");
    assert_eq!(outputs::raw(&values()["number"]).as_deref(), Some("1.5"));
    assert_eq!(outputs::raw(&values()["list"]), None);
}

#[test]
fn outputs_as_json() {
    let shown = |secrets| {
        let all = outputs::json(&values(), secrets);
        serde_json::to_string_pretty(&all).expect("it is JSON")
    };
    assert!(!shown(Secrets::Hidden).contains("hunter2"));
    assert_snapshot!(shown(Secrets::Shown));
}
