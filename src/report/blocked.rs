//! What a plan leaves out and why, with what to do about it: never a line among others.
use std::collections::BTreeSet;

use crate::plan::{Blocked, Change, Plan, Planned, Unreadable};
use crate::report::places::Places;
use crate::report::style::{Paint, Style};
use crate::report::text;

/// What must not be touched, then what nothing can be said about; empty if there is neither.
pub(super) fn render(plan: &Plan, places: &Places, paint: Paint) -> String {
    let (mut refused, mut unknown) = (String::new(), String::new());
    for planned in plan.changes.values() {
        let Change::Blocked(blocked) = &planned.change else { continue };
        let entry = entry(plan, planned, blocked, places, paint);
        if is_refused(blocked) { refused.push_str(&entry) } else { unknown.push_str(&entry) }
    }
    for unreadable in &plan.unreadable {
        if !plan.changes.contains_key(&unreadable.address) {
            let address = text::address(&unreadable.address);
            let why = format!("is not known: {}", silence(unreadable, places));
            unknown.push_str(&lines(&address, &why, None, &unreadable.reason, paint));
        }
    }
    let mut out = String::new();
    for (title, entries) in [("Refused:", refused), ("Not planned:", unknown)] {
        if !entries.is_empty() {
            out.push_str(&format!("{}\n\n{entries}", paint.paint(Style::Error, title)));
        }
    }
    out
}

/// How many are refused, and about how many nothing can be said.
pub(super) fn counts(plan: &Plan) -> (usize, usize) {
    let blocked = |one: &Planned| match &one.change {
        Change::Blocked(blocked) => Some(is_refused(blocked)),
        _ => None,
    };
    let all: Vec<bool> = plan.changes.values().filter_map(blocked).collect();
    let refused = all.iter().filter(|refused| **refused).count();
    (refused, all.len() - refused)
}

/// Whether somebody decided so, as opposed to that nothing is known; and what it is, in short.
pub(super) fn in_short(blocked: &Blocked) -> (bool, String) {
    let said = match blocked {
        Blocked::NotOurs { key, owner: None } => {
            format!("{key} exists, and nothing says that it is ours")
        }
        Blocked::NotOurs { key, owner: Some(owner) } => format!("{key} belongs to {owner}"),
        Blocked::Guarded(reason) => reason.clone(),
        Blocked::Unreadable(reason) => reason.clone(),
        Blocked::Upstream(other) => format!("it waits for {other}"),
    };
    (is_refused(blocked), said)
}

/// True where a person decides; false where we do not know.
fn is_refused(blocked: &Blocked) -> bool {
    match blocked {
        Blocked::NotOurs { .. } | Blocked::Guarded(_) => true,
        Blocked::Unreadable(_) | Blocked::Upstream(_) => false,
    }
}

fn entry(
    plan: &Plan,
    planned: &Planned,
    blocked: &Blocked,
    places: &Places,
    paint: Paint,
) -> String {
    let address = text::address(&planned.address);
    let place = places.of_instance(&planned.address);
    let (why, advice) = match blocked {
        Blocked::NotOurs { key, owner: None } => (
            "is not touched: it exists, and nothing says that it is ours".to_owned(),
            format!(
                "AWS knows it as {0}. To manage it from here on, add this block and plan again; the \
                 plan then shows in what it differs, and only tags are written:\n\n    import {{\n    \
                 \x20 to = {address}\n      id = {0}\n    }}\n\nOr say -adopt='{address}' once, or \
                 give it another name here.",
                text::quote(key),
            ),
        ),
        Blocked::NotOurs { key, owner: Some(owner) } => (
            format!("is not touched: it belongs to {}", text::safe(owner)),
            format!(
                "AWS knows it as {}. Take it out of one of the two: what it belongs to, or this \
                 configuration.",
                text::quote(key)
            ),
        ),
        Blocked::Guarded(reason) => ("is not changed".to_owned(), sentence(reason)),
        Blocked::Unreadable(reason) => {
            let same = |one: &&Unreadable| one.address == planned.address;
            let silence = plan.unreadable.iter().find(same).map(|one| silence(one, places));
            let silence = silence.unwrap_or_else(|| "it could not be read".to_owned());
            (format!("is not known: {silence}"), text::safe_lines(reason))
        }
        Blocked::Upstream(other) => (format!("waits for {}", text::address(other)), String::new()),
    };
    lines(&address, &why, place.as_deref(), &advice, paint)
}

/// The text with a capital first.
fn sentence(text: &str) -> String {
    let text = text::safe_lines(text);
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

pub(super) fn lines(
    address: &str,
    why: &str,
    place: Option<&str>,
    advice: &str,
    paint: Paint,
) -> String {
    let mut out = format!("  {} {why}\n", paint.paint(Style::Bold, &format!("# {address}")));
    if let Some(place) = place {
        out.push_str(&format!("  {}\n", paint.paint(Style::Dim, &format!("# {place}"))));
    }
    for line in text::wrap(advice, paint.width.saturating_sub(4).max(20)) {
        out.push_str(format!("    {line}").trim_end());
        out.push('\n');
    }
    out.push('\n');
    out
}

/// "us-east-1 did not answer".
fn silence(unreadable: &Unreadable, places: &Places) -> String {
    let scope = unreadable.scope.as_ref().or_else(|| places.scope(&unreadable.address));
    match (scope, unreadable.unreachable) {
        (Some(scope), true) => format!("{} did not answer", text::safe(scope.region.as_str())),
        (Some(scope), false) => format!("{scope} did not let us read it"),
        (None, true) => "AWS did not answer".to_owned(),
        (None, false) => "AWS did not let us read it".to_owned(),
    }
}

/// The accounts and Regions about which the plan is incomplete, as one paragraph.
pub(super) fn incomplete(plan: &Plan, places: &Places, paint: Paint) -> Option<String> {
    if plan.unreadable.is_empty() {
        return None;
    }
    let silent = |one: &Unreadable| {
        let scope = one.scope.as_ref().or_else(|| places.scope(&one.address));
        scope.map(|scope| text::safe(&scope.to_string()))
    };
    let scopes: BTreeSet<String> = plan.unreadable.iter().filter_map(silent).collect();
    let scopes: Vec<String> = scopes.into_iter().collect();
    let whom = if scopes.is_empty() { "some resources".to_owned() } else { scopes.join(", ") };
    let sentence = format!(
        "Incomplete: {whom} could not be read. Nothing is claimed about what lives there, and \
         nothing is removed in this run."
    );
    let lines = text::wrap(&sentence, paint.width);
    let lines: Vec<String> = lines.iter().map(|line| paint.paint(Style::Warning, line)).collect();
    Some(lines.join("\n") + "\n")
}
