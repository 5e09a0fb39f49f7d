//! Plans as they are posted where changes are reviewed.
use insta::assert_snapshot;
use proptest::prelude::*;

use crate::address::{Address, BlockAddress, InstanceKey};
use crate::plan::{Blocked, Change, LetGo, Plan, Planned, Step, StepId, Verb};
use crate::report::fixtures::*;
use crate::report::markdown::Marker;
use crate::report::review::{About, GITHUB, Review, Verdict, failed, render};
use crate::value::Value;

fn about(limit: usize) -> About<'static> {
    let link = Some("https://github.com/a/b/actions/runs/1");
    About { stack: "orders", hash: Some("0123456789abcdef0123456789abcdef"), limit, link }
}

fn plan(changes: impl IntoIterator<Item = Planned>) -> Plan {
    let changes: std::collections::BTreeMap<Address, Planned> =
        changes.into_iter().map(|one| (one.address.clone(), one)).collect();
    let step = |(id, address): (usize, &Address)| Step {
        id: StepId(id),
        address: address.clone(),
        verb: Verb::Create,
        after: Vec::new(),
    };
    let steps = changes.keys().enumerate().map(step).collect();
    Plan { changes, steps, ..Plan::default() }
}

/// Of each line of Markdown, whether it stands in a fence; fails where fences are not balanced.
fn outside(markdown: &str) -> Vec<&str> {
    let mut fence = None;
    let mut lines = Vec::new();
    for line in markdown.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            None => lines.push(line),
            Some(open) if ticks >= open && line.trim_start_matches('`').trim().is_empty() => {
                fence = None;
            }
            Some(_) => {}
        }
    }
    assert_eq!(fence, None, "a fence is open:\n{markdown}");
    let opened = lines.iter().filter(|line| line.starts_with("<details>")).count();
    assert_eq!(opened, lines.iter().filter(|line| **line == "</details>").count());
    lines
}

/// The type of a backup plan, whose retention matters.
fn backup_plan() -> Planned {
    use crate::resources::specs;
    let spec = specs().0.into_iter().find(|spec| spec.name == "aws_backup_plan").expect("there is");
    let rule = |days: i64, copies: &[&str]| {
        let copy = |arn: &&str| record(&[("destination_vault_arn", text(arn))]);
        Value::List(vec![record(&[
            ("rule_name", text("daily")),
            ("target_vault_name", text("orders")),
            ("lifecycle", record(&[("delete_after", Value::int(days))])),
            ("copy_action", Value::List(copies.iter().map(copy).collect())),
        ])])
    };
    let live = observed(&[
        ("name", text("orders")),
        ("rule", rule(35, &["arn:aws:backup:us-west-2:222222222222:backup-vault:far"])),
    ]);
    let want = object(&[("name", text("orders")), ("rule", rule(7, &[]))]);
    let fields = crate::diff::diff(spec.inputs, &live.inputs, &want);
    let address = BlockAddress::managed("aws_backup_plan", "orders").instance(InstanceKey::None);
    Planned {
        address,
        spec,
        scope: Some(scope(1, "us-east-1")),
        key: None,
        live: Some(live),
        after: want.clone(),
        want,
        change: Change::Update { fields, moved_from: None, let_go: LetGo::default() },
    }
}

#[test]
fn what_is_dangerous_stands_on_top() {
    let mut gone = delete("old", &[("name", text("old"))]);
    gone.spec = &STORE;
    gone.scope = Some(scope(2, "us-west-2"));
    let note = ("note", text("a"));
    let Review { text: shown, approves } = render(
        &plan([
            create("new", &[("name", text("new")), note.clone()]),
            gone,
            replace("b", &[("name", text("a")), note.clone()], &[("name", text("b")), note]),
            backup_plan(),
        ]),
        &about(GITHUB),
    );
    outside(&shown);
    assert!(approves.is_some());
    assert_snapshot!(shown);
}

#[test]
fn nothing_to_do_and_nothing_to_approve() {
    let quiet = render(&plan([other("a", Change::Keep)]), &about(GITHUB));
    assert_snapshot!("quiet", quiet.text);
    let refused = plan([
        other("a", Change::Blocked(Blocked::NotOurs { key: "k".into(), owner: None })),
        other("b", Change::Blocked(Blocked::Unreadable("AccessDenied".into()))),
    ]);
    let Review { text: shown, .. } = render(&refused, &About { hash: None, ..about(GITHUB) });
    assert_snapshot!("refused", shown);
}

const NASTY: &str = "x\r\n```\n</details><script>alert(1)</script> @org/team [a](http://evil) ![i](http://evil/x) \
                     `tick` | #1 --> <!-- drctl v1 {} --> \u{202e}\u{200b}";

#[test]
fn no_name_and_no_value_gets_out() {
    let mut thing = create(
        "a",
        &[
            ("name", text(NASTY)),
            ("note", text(&format!("{NASTY}\n+ resource\n- resource\n````\n"))),
        ],
    );
    thing.address = keyed("a", NASTY);
    let blocked = |name: &str, why| {
        let mut one = other(name, Change::Blocked(why));
        one.address = keyed(name, NASTY);
        one
    };
    let all = plan([
        thing,
        blocked("b", Blocked::NotOurs { key: NASTY.into(), owner: Some(NASTY.into()) }),
        blocked("c", Blocked::Guarded(NASTY.into())),
        blocked("d", Blocked::Unreadable(NASTY.into())),
    ]);
    let about = About { stack: NASTY, link: Some("javascript:alert(1)"), ..about(GITHUB) };
    let shown = render(&all, &about).text;
    assert!(!shown.contains("javascript:"));
    for line in outside(&shown) {
        // What is outside of fences is in code: there it is neither markup, mention nor link.
        let plain = without_code(line);
        for wrong in ["@org", "<script", "[a]", "![i]", "#1", "evil", "\u{202e}", "\u{200b}"] {
            assert!(!plain.contains(wrong), "{wrong} in {line}");
        }
    }
    assert_eq!(shown.matches("\n<!--").count(), 0, "there is one marker");
    assert_eq!(Marker::of(&shown).expect("there is one").stack, NASTY);
    assert_snapshot!(shown);
}

/// The line without code spans and elements of code, and without the marker.
fn without_code(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    if rest.starts_with("<!-- drctl") && rest.matches("-->").count() == 1 {
        return plain;
    }
    while let Some(at) = rest.find('`').into_iter().chain(rest.find("<code>")).min() {
        plain.push_str(&rest[..at]);
        let inside = &rest[at..];
        let (open, close) = if inside.starts_with('`') {
            let ticks = inside.chars().take_while(|c| *c == '`').count();
            (ticks, "`".repeat(ticks))
        } else {
            ("<code>".len(), "</code>".to_owned())
        };
        let mut behind = &inside[open..];
        let length = loop {
            let end = behind.find(&close).expect("a span ends");
            // A longer row of backticks does not end it.
            let row = behind[end..].chars().take_while(|c| *c == '`').count();
            if row <= close.len() {
                break inside.len() - behind.len() + end + close.len();
            }
            behind = &behind[end + row..];
        };
        rest = &inside[length..];
    }
    plain + rest
}

fn many(number: usize, size: usize) -> Plan {
    plan((0..number).map(|index| {
        let name = format!("thing_{index:03}");
        let note = "a line of text\n".repeat(size);
        let mut one = create(&name, &[("name", text(&name)), ("note", text(&note))]);
        if index % 50 == 7 {
            one = delete(&name, &[("name", text(&name)), ("note", text(&note))]);
            one.spec = &STORE;
        }
        one
    }))
}

#[test]
fn a_huge_plan_is_told_as_far_as_it_fits() {
    let Review { text: shown, approves } = render(&many(400, 30), &about(GITHUB));
    assert!(shown.len() <= GITHUB);
    assert_eq!(approves, None, "what was not shown cannot be approved");
    let lines = outside(&shown);
    assert_eq!(Marker::of(&shown).and_then(|marker| marker.hash), None);
    assert!(!shown.contains("-approved"));
    let named = (0..400).filter(|i| shown.contains(&format!("thing_{i:03}"))).count();
    assert_eq!(named, 400, "everything is named");
    let short: Vec<&str> = lines.into_iter().filter(|l| !l.starts_with("* `+`")).collect();
    assert_snapshot!(short.join("\n"));
}

#[test]
fn what_could_not_be_planned_is_told_too() {
    let said = format!("\u{1b}[31mError\u{1b}[0m: no\n```\n{}", "line\n".repeat(30_000));
    let shown = failed("orders", &said, GITHUB);
    assert!(shown.len() <= GITHUB && shown.len() > GITHUB / 2);
    outside(&shown);
    assert!(shown.contains("Error: no"), "colours are gone");
    assert!(shown.contains("lines left out"));
    outside(&failed("orders", "", GITHUB));
    let one_line = failed("orders", &"x".repeat(GITHUB), GITHUB);
    assert!(one_line.len() <= GITHUB, "{}", one_line.len());
    outside(&one_line);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_limit_is_kept_and_fences_are_whole(
        number in 0usize..120,
        size in 0usize..60,
        limit in 8192usize..200_000,
        name in "(`{0,5}|[a-z<>@|\n]){0,60}",
    ) {
        let mut all = many(number, size);
        let mut odd = create("odd", &[("name", text(&name)), ("note", text(&format!("{name}\n{name}")))]);
        odd.address = keyed("odd", &name);
        all.changes.insert(odd.address.clone(), odd);
        let about = About { stack: &name, ..about(limit) };
        let Review { text, approves } = render(&all, &about);
        prop_assert!(text.len() <= limit, "{} > {limit}", text.len());
        outside(&text);
        prop_assert_eq!(approves.is_some(), !text.contains("**Truncated**"));
        prop_assert_eq!(Marker::of(&text).expect("there is one").hash, approves);
    }
}

#[test]
fn verdicts_are_the_worst_that_is_true() {
    let check = |plan: Plan, expected: Verdict| assert_eq!(Verdict::of(&plan), expected);
    check(plan([]), Verdict::NoChanges);
    check(plan([create("a", &[])]), Verdict::Changes);
    check(plan([create("a", &[]), delete("b", &[])]), Verdict::Destroys);
    check(plan([delete("b", &[]), backup_plan()]), Verdict::LowersRecoverability);
    let blocked = other("c", Change::Blocked(Blocked::Guarded("no".into())));
    check(plan([blocked, backup_plan()]), Verdict::Incomplete);
}
