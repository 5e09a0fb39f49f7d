//! Text from outside stays where it belongs.
use insta::assert_snapshot;
use proptest::prelude::*;

use crate::plan::{Blocked, Change, Plan};
use crate::report::fixtures::*;
use crate::report::plan::render;
use crate::report::style::Paint;
use crate::value::Value;

const NASTY: &str =
    "\u{1b}[2J\r\n}\n  # test_thing.x will be destroyed \u{202e}\"${a}\" %{b} \u{7}";

#[test]
fn a_plan_keeps_its_layout() {
    let doc = serde_json::json!({ NASTY: [NASTY] }).to_string();
    let mut thing = create(
        "a",
        &[
            ("name", text(NASTY)),
            ("note", text(&doc)),
            ("zones", Value::texts([NASTY])),
            ("tags", map(&[(NASTY, text("x\u{9b}31m"))])),
            ("engine", text(&"wide 日本 ".repeat(30))),
        ],
    );
    thing.address = keyed("a", NASTY);
    let blocked = other(
        "b",
        Change::Blocked(Blocked::NotOurs { key: NASTY.into(), owner: Some(NASTY.into()) }),
    );
    let guarded = other("c", Change::Blocked(Blocked::Guarded(NASTY.into())));
    let mut kept = other("d", Change::Keep);
    kept.live = Some(observed(&[]));
    kept.live.as_mut().expect("just set").remarks = vec![NASTY.into()];
    let changes = [thing, blocked, guarded, kept].map(|one| (one.address.clone(), one));
    let plan = Plan { changes: changes.into(), ..Plan::default() };
    let shown = render(&plan, &[], Paint::PLAIN);
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    assert_snapshot!(shown);
}

proptest! {
    #[test]
    fn no_text_makes_a_line_of_its_own(before in ".*", after in "(.|\n)*") {
        let live = [("name", text("a")), ("note", text(&before))];
        let want = [("name", text("a")), ("note", text(&after))];
        let planned = update("a", &live, &want);
        let changes = [(planned.address.clone(), planned)];
        let shown = render(&Plan { changes: changes.into(), ..Plan::default() }, &[], Paint::PLAIN);
        prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
        let body = shown.lines().skip_while(|line| !line.contains("resource \""));
        let inside = |line: &&str| line.starts_with("      ") || line.is_empty();
        prop_assert_eq!(body.skip(1).take_while(inside).count() + 1,
            shown.lines().skip_while(|line| !line.contains("resource \"")).position(|l| l == "    }").unwrap());
    }
}
