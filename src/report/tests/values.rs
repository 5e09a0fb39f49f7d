//! One value before and after, in every shape.
use insta::assert_snapshot;

use crate::report::compare::compare;
use crate::report::fixtures::{map, record, set, text, unknown};
use crate::report::style::Paint;
use crate::report::tree::Writer;
use crate::value::Value;

/// Each pair as an attribute.
fn shown(cases: &[(Option<Value>, Option<Value>)]) -> String {
    let mut writer = Writer::new(Paint::PLAIN);
    for (before, after) in cases {
        writer.top("x", &compare(before.as_ref(), after.as_ref()));
    }
    writer.out
}

fn change(before: Value, after: Value) -> String {
    shown(&[(Some(before), Some(after))])
}

fn numbers(numbers: &[i64]) -> Value {
    Value::List(numbers.iter().map(|number| Value::int(*number)).collect())
}

#[test]
fn scalars() {
    let some = Some;
    assert_snapshot!(shown(&[
        (None, some(text("a"))),
        (some(text("a")), None),
        (some(text("a")), some(text("b"))),
        (some(text("a")), some(text("a"))),
        (some(Value::Bool(true)), some(Value::Bool(false))),
        (some(Value::int(1)), some(text("1"))),
        (some(text("a")), some(unknown())),
        (None, some(unknown())),
        (some(text("a")), some(text("b").sensitive())),
        (some(text("a")), some(text("a").sensitive())),
        (some(text("a").sensitive()), None),
        (some(text("a")), some(numbers(&[1]))),
    ]));
}

#[test]
fn lists() {
    assert_snapshot!(change(
        Value::texts(["a", "b", "c", "d", "e", "f"]),
        Value::texts(["a", "x", "c", "d", "e", "f", "g"]),
    ));
    assert_snapshot!(change(numbers(&[1, 2, 3, 4, 5, 6, 7]), numbers(&[1, 2, 3, 5, 6, 7])));
    assert_snapshot!(shown(&[
        (Some(numbers(&[])), Some(numbers(&[1]))),
        (Some(numbers(&[1])), Some(numbers(&[]))),
        (None, Some(numbers(&[]))),
        (Some(numbers(&[])), None),
        (Some(numbers(&[1])), Some(unknown())),
        (Some(numbers(&[1])), None),
    ]));
}

#[test]
fn objects_in_lists_are_matched_by_their_names() {
    let thing = |name: &str, size| record(&[("name", text(name)), ("size", Value::int(size))]);
    assert_snapshot!(change(
        Value::Tuple(vec![thing("a", 1), thing("b", 1), thing("c", 1)]),
        Value::Tuple(vec![thing("c", 2), thing("a", 1)]),
    ));
}

#[test]
fn sets() {
    assert_snapshot!(change(set(&["a", "b", "c"]), set(&["a", "c", "d"])));
    assert_snapshot!(shown(&[(None, Some(set(&["a"]))), (Some(set(&["a"])), None)]));
}

#[test]
fn maps() {
    let before = map(&[("a", text("1")), ("b c", text("2")), ("long", text("2"))]);
    let after = map(&[("a", text("1")), ("b c", text("3")), ("d", text("4"))]);
    assert_snapshot!(change(before, after));
    let deep = |leaf| record(&[("m", map(&[("l", numbers(&[1, leaf]))])), ("n", Value::Null)]);
    assert_snapshot!(change(deep(2), deep(3)));
    assert_snapshot!(shown(&[
        (None, Some(deep(1))),
        (Some(deep(1)), None),
        (None, Some(map(&[]))),
        (Some(map(&[("a", text("b"))])), Some(map(&[]))),
    ]));
}

#[test]
fn secrets_hide_their_neighbours_where_it_is_not_known_which_is_which() {
    let secret = || text("new secret").sensitive();
    let shown = shown(&[
        (Some(Value::texts(["old secret", "b"])), Some(Value::List(vec![secret(), text("b")]))),
        (
            Some(map(&[("OLD", text("old secret")), ("A", text("1"))])),
            Some(map(&[("NEW", secret()), ("A", text("2"))])),
        ),
        (Some(text("old secret")), Some(map(&[("a", secret())]))),
    ]);
    assert!(!shown.contains("secret\""), "{shown}");
    assert_snapshot!(shown);
}

#[test]
fn texts_of_several_lines() {
    assert_snapshot!(change(text("one\ntwo\n\tthree\n"), text("one\n2\n\tthree\n")));
    assert_snapshot!(change(text("one"), text("one\ntwo\n")));
    assert_snapshot!(change(text("one\ntwo\n"), text("one\ntwo")));
    assert_snapshot!(change(text("a\n  EOT\nb\n"), text("a\n  EOT\n\nc\n")));
    assert_snapshot!(shown(&[
        (None, Some(text("a\nb"))),
        (Some(text("a\nb\n")), None),
        (Some(text("a\nb\n")), Some(unknown())),
    ]));
}

#[test]
fn documents() {
    let policy = |actions: &str, more: &str| {
        text(&format!(
            r#"{{"Version":"2012","Statement":[{{"Sid":"a","Action":{actions},"Effect":"Allow"}}{more}]}}"#
        ))
    };
    assert_snapshot!(change(
        policy(r#"["x","y"]"#, ""),
        policy(r#"["x","z"]"#, r#",{"Sid":"b","n":1.50}"#),
    ));
    assert_snapshot!(change(text(r#"{"a":1}"#), text(r#"{ "a": 1 }"#)));
    assert_snapshot!(change(text(r#"{"a":1}"#), text("plain")));
    assert_snapshot!(shown(&[
        (None, Some(text(r#"{"a":[],"b":{}}"#))),
        (Some(text("[1]")), None),
        (None, Some(text("[1"))),
        (None, Some(text("12"))),
        (Some(text("[1]")), Some(unknown())),
    ]));
}
