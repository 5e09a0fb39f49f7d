//! Values of outputs: for people as Terraform writes them, for programs as JSON with their types.
use std::collections::BTreeMap;

use serde_json::{Map, Value as Tree, json};

use crate::plan::OutputChange;
use crate::report::document;
use crate::report::text;
use crate::value::Value;

/// What becomes of sensitive values. They are shown only to who asks for them by name or in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They are replaced by a word.
    Hidden,
    /// They are written out.
    Shown,
}

/// All outputs, a line or more each; sensitive ones as `<sensitive>`. Ends in a line break unless
/// there are none.
pub fn list(outputs: &BTreeMap<String, OutputChange>) -> String {
    let line = |(name, output): (&String, &OutputChange)| {
        let shown = if output.sensitive {
            "<sensitive>".to_owned()
        } else {
            expression(&output.after, 0, Secrets::Hidden)
        };
        format!("{} = {shown}\n", text::name(name))
    };
    outputs.iter().map(line).collect()
}

/// What follows an apply: a heading and all outputs; empty if there are none.
pub fn after_apply(outputs: &BTreeMap<String, OutputChange>) -> String {
    if outputs.is_empty() { String::new() } else { format!("\nOutputs:\n\n{}", list(outputs)) }
}

/// One output that was asked for by name.
pub fn one(output: &OutputChange, secrets: Secrets) -> String {
    expression(&output.after, 0, secrets) + "\n"
}

/// One output for a shell: a string, number or bool as it is, without quotation marks. `None` for
/// what is a collection, null or not known.
pub fn raw(output: &OutputChange) -> Option<String> {
    match output.after.unmarked() {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}

/// All outputs as `{"name":{"sensitive":..,"type":..,"value":..}}`. A hidden value is left out.
pub fn json(outputs: &BTreeMap<String, OutputChange>, secrets: Secrets) -> Tree {
    let one = |(name, output): (&String, &OutputChange)| {
        let mut members = Map::new();
        let OutputChange { after, sensitive } = output;
        members.insert("sensitive".to_owned(), json!(sensitive));
        members.insert("type".to_owned(), type_of(after));
        if !sensitive || secrets == Secrets::Shown {
            members.insert("value".to_owned(), value_json(after, secrets));
        }
        (name.clone(), Tree::Object(members))
    };
    Tree::Object(outputs.iter().map(one).collect())
}

/// The value of one output as JSON.
pub fn one_json(output: &OutputChange, secrets: Secrets) -> Tree {
    value_json(&output.after, secrets)
}

fn value_json(value: &Value, secrets: Secrets) -> Tree {
    match secrets {
        Secrets::Hidden => document::to_json(value, &Tree::Null),
        Secrets::Shown => document::to_json(&value.revealed(), &Tree::Null),
    }
}

/// The type of a value as Terraform writes types in JSON: `"string"`, `["list","number"]`.
pub fn type_of(value: &Value) -> Tree {
    fn member<'a>(mut values: impl Iterator<Item = &'a Value>) -> Tree {
        values.next().map_or(json!("dynamic"), type_of)
    }
    match value {
        Value::Null | Value::Unknown(_) => json!("dynamic"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Tuple(items) => json!(["tuple", items.iter().map(type_of).collect::<Vec<_>>()]),
        Value::List(items) => json!(["list", member(items.iter())]),
        Value::Set(items) => json!(["set", member(items.iter())]),
        Value::Map(object) => json!(["map", member(object.0.values())]),
        Value::Object(object) => {
            let members = object.iter().map(|(name, value)| (name.to_owned(), type_of(value)));
            json!(["object", Tree::Object(members.collect())])
        }
        Value::Sensitive(inner) => type_of(inner),
    }
}

/// The value as the language would write it, at a depth of nesting.
fn expression(value: &Value, depth: usize, secrets: Secrets) -> String {
    let inside = |value: &Value| expression(value, depth + 1, secrets);
    let (indent, close) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    let items = |values: &mut dyn Iterator<Item = &Value>| {
        let lines: String = values.map(|one| format!("{indent}{},\n", inside(one))).collect();
        if lines.is_empty() { "[]".to_owned() } else { format!("[\n{lines}{close}]") }
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(string) if string.contains('\n') => heredoc(string, depth),
        Value::String(string) => text::quote(string),
        Value::Tuple(values) => items(&mut values.iter()),
        Value::List(values) => format!("tolist({})", items(&mut values.iter())),
        Value::Set(values) => format!("toset({})", items(&mut values.iter())),
        Value::Object(object) | Value::Map(object) => {
            let line = |(name, value): (&str, &Value)| {
                format!("{indent}{} = {}\n", text::quote(name), inside(value))
            };
            let lines: String = object.iter().map(line).collect();
            let map = matches!(value, Value::Map(_));
            match (lines.is_empty(), map) {
                (true, true) => "tomap({})".to_owned(),
                (true, false) => "{}".to_owned(),
                (false, true) => format!("tomap({{\n{lines}{close}}})"),
                (false, false) => format!("{{\n{lines}{close}}}"),
            }
        }
        Value::Unknown(_) => "(known after apply)".to_owned(),
        Value::Sensitive(inner) => match secrets {
            Secrets::Hidden => "(sensitive value)".to_owned(),
            Secrets::Shown => expression(inner, depth, secrets),
        },
    }
}

fn heredoc(string: &str, depth: usize) -> String {
    let mut mark = "EOT".to_owned();
    while string.lines().any(|line| line.trim() == mark) {
        mark.push('_');
    }
    let indent = "  ".repeat(depth);
    let begin = if depth == 0 { "<<" } else { "<<-" };
    let body = string.strip_suffix('\n').unwrap_or(string);
    let line = |line: &str| format!("{indent}{}\n", text::safe(&line.replace('\t', "    ")));
    let lines: String = body.split('\n').map(line).collect();
    format!("{begin}{mark}\n{lines}{indent}{mark}")
}
