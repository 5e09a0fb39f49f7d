//! JSON documents inside strings: policies, event patterns, dashboards.
use serde_json::Value as Tree;

use crate::value::{Number, Object, Value};

/// The document, if the text is an object or an array in JSON. Numbers and bare words are left
/// as the text they are.
pub(super) fn parse(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    value(serde_json::from_str(text).ok()?)
}

fn value(tree: Tree) -> Option<Value> {
    Some(match tree {
        Tree::Null => Value::Null,
        Tree::Bool(bool) => Value::Bool(bool),
        Tree::Number(number) => Value::Number(Number::parse(&number.to_string())?),
        Tree::String(text) => Value::String(text),
        Tree::Array(items) => Value::Tuple(items.into_iter().map(value).collect::<Option<_>>()?),
        Tree::Object(members) => {
            let members = members.into_iter().map(|(name, tree)| Some((name, value(tree)?)));
            Value::Object(Object(members.collect::<Option<_>>()?))
        }
    })
}

/// The value as JSON. `hidden` stands where a value is sensitive or not known yet.
pub(super) fn to_json(shown: &Value, hidden: &Tree) -> Tree {
    let items = |values: &mut dyn Iterator<Item = &Value>| {
        Tree::Array(values.map(|value| to_json(value, hidden)).collect())
    };
    match shown {
        Value::Null => Tree::Null,
        Value::Bool(bool) => Tree::Bool(*bool),
        Value::Number(number) => {
            serde_json::from_str(&number.to_string()).unwrap_or(Tree::String(number.to_string()))
        }
        Value::String(text) => Tree::String(text.clone()),
        Value::Tuple(values) | Value::List(values) => items(&mut values.iter()),
        Value::Set(values) => items(&mut values.iter()),
        Value::Object(object) | Value::Map(object) => Tree::Object(
            object.iter().map(|(name, value)| (name.to_owned(), to_json(value, hidden))).collect(),
        ),
        Value::Unknown(_) | Value::Sensitive(_) => hidden.clone(),
    }
}
