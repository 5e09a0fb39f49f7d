//! The ways in which a value can have become worse. Each gives words, or `None` if it has not.
use crate::recoverability::leaves::Leaf;
use crate::recoverability::{Effect, Severity};
use crate::value::{Object, Value};

fn effect(severity: Severity, text: String) -> Option<Effect> {
    Some(Effect { severity, text })
}

fn number(value: &Value) -> Option<f64> {
    match value.unmarked() {
        Value::Number(number) => Some(number.as_f64()),
        _ => None,
    }
}

/// A number as it is shown; `absent` for none.
fn shown(value: &Value, absent: &str) -> String {
    match value.unmarked() {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => absent.to_owned(),
    }
}

/// The names of the blocks on the way, as words before a subject: `rule "daily": `.
fn within(leaf: &Leaf) -> String {
    match leaf.labels.as_slice() {
        [] => String::new(),
        [rule] => format!("{rule}: "),
        [rule, inner] => format!("{rule}, to {}: ", vault(inner)),
        [rule, ..] => format!("{rule}: "),
    }
}

/// What a vault is called for people: its name and where it is.
fn vault(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    match parts.as_slice() {
        ["arn", _, _, region, account, _, name] => format!("{name} in {account}/{region}"),
        _ => arn.to_owned(),
    }
}

/// It differs, whatever from and to.
pub(super) fn differs(severity: Severity, text: &str, leaf: &Leaf) -> Option<Effect> {
    effect(severity, format!("{}{text}", within(leaf)))
}

/// A number of days that became smaller; without a number it is for ever.
pub(super) fn shortened(severity: Severity, what: &str, leaf: &Leaf) -> Option<Effect> {
    let days = |value: &Value| number(value).unwrap_or(f64::INFINITY);
    let (before, after) = (&leaf.before, &leaf.after);
    let severity = if days(after) < days(before) { severity } else { Severity::Low };
    let unit = if after.is_null() { "" } else { " days" };
    let (before, after) = (shown(before, "for ever"), shown(after, "for ever"));
    effect(severity, format!("{}{what} {before} -> {after}{unit}", within(leaf)))
}

/// A number that became smaller, where absence is nothing.
pub(super) fn lowered(severity: Severity, what: &str, leaf: &Leaf) -> Option<Effect> {
    let much = |value: &Value| number(value).unwrap_or(f64::NEG_INFINITY);
    let (before, after) = (&leaf.before, &leaf.after);
    let severity = if much(after) < much(before) { severity } else { Severity::Low };
    effect(
        severity,
        format!("{}{what} {} -> {}", within(leaf), shown(before, "none"), shown(after, "none")),
    )
}

/// A switch that is off now. To be switched on is no loss.
pub(super) fn switched_off(severity: Severity, text: &str, leaf: &Leaf) -> Option<Effect> {
    let on = |value: &Value| match value.unmarked() {
        Value::Bool(on) => *on,
        Value::String(state) => !state.eq_ignore_ascii_case("disabled"),
        _ => false,
    };
    match (on(&leaf.before), on(&leaf.after)) {
        (true, false) => differs(severity, text, leaf),
        _ => None,
    }
}

/// Something that was set and is not any more, or of a collection some members.
pub(super) fn lost(severity: Severity, what: &str, leaf: &Leaf) -> Option<Effect> {
    let gone: Vec<String> = match (members(&leaf.before), members(&leaf.after)) {
        (Some(before), Some(after)) => {
            before.into_iter().filter(|one| !after.contains(one)).collect()
        }
        _ if leaf.after.is_null() && !leaf.before.is_null() => Vec::new(),
        _ => return None,
    };
    if gone.is_empty() && !leaf.after.is_null() {
        return None;
    }
    let names = gone.join(", ");
    let names = if names.is_empty() { names } else { format!(" {names}") };
    effect(severity, format!("{}{what}{names} removed", within(leaf)))
}

/// Texts in a collection; `None` for what is none.
fn members(value: &Value) -> Option<Vec<String>> {
    let texts = |items: &mut dyn Iterator<Item = &Value>| {
        Some(items.filter_map(|item| item.as_str().map(str::to_owned)).collect())
    };
    match value.unmarked() {
        Value::List(items) | Value::Tuple(items) => texts(&mut items.iter()),
        Value::Set(items) => texts(&mut items.iter()),
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}

/// A block of that name which is gone, or has come; `named` makes a person's words of its label.
pub(super) fn block(severity: Severity, what: &str, leaf: &Leaf) -> Option<Effect> {
    let label = leaf.labels.last().map(|label| vault(label)).unwrap_or_default();
    let outer = match leaf.labels.as_slice() {
        [rule, _, ..] => format!("{rule}: "),
        _ => String::new(),
    };
    let named = |label: &str| if label.is_empty() { String::new() } else { format!(" {label}") };
    let is_block = |value: &Value| matches!(value.unmarked(), Value::Object(Object(_)));
    match (is_block(&leaf.before), is_block(&leaf.after)) {
        (true, false) => effect(severity, format!("{outer}{what}{} removed", named(&label))),
        (false, true) => effect(Severity::Low, format!("{outer}{what}{} added", named(&label))),
        _ => None,
    }
}

/// A map in which the switch of that name is off now.
pub(super) fn entry_off(
    severity: Severity,
    entry: &str,
    text: &str,
    leaf: &Leaf,
) -> Option<Effect> {
    let on = |value: &Value| match value.unmarked() {
        Value::Map(map) | Value::Object(map) => match map.get(entry).unmarked() {
            Value::Bool(on) => *on,
            Value::String(text) => text == "true",
            _ => false,
        },
        _ => false,
    };
    (on(&leaf.before) && !on(&leaf.after)).then(|| differs(severity, text, leaf)).flatten()
}
