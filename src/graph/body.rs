//! Evaluates a body against a table: arguments, nested blocks, `dynamic` blocks.
use std::collections::BTreeMap;

use crate::config::{Body, Nested};
use crate::diagnostic::Diagnostic;
use crate::lang::{self, Context};
use crate::schema::{AttributeSpec, Kind};
use crate::value::{Object, Value};

/// The object that a body makes, not yet conformed to the table.
pub(super) fn evaluate(
    body: &Body,
    table: &[AttributeSpec],
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Object {
    let mut object = Object::default();
    for (name, argument) in &body.arguments {
        match lang::evaluate(&argument.value, context) {
            Ok(value) => object.set(name.clone(), value),
            Err(found) => problems.extend(found),
        }
    }
    for spec in table {
        let Some(inner) = spec.kind.block() else { continue };
        let mut made = Made::default();
        for block in &body.blocks {
            if block.kind == spec.name {
                made.values.push(Value::Object(evaluate(&block.body, inner, context, problems)));
                made.last = Some(block);
            } else if block.kind == "dynamic" && block.labels.iter().any(|(l, _)| l == spec.name) {
                dynamic(block, spec.name, inner, context, &mut made, problems);
            }
        }
        if let Some(value) = made.into_value(spec, problems) {
            object.set(spec.name, value);
        }
    }
    object
}

/// The blocks of one type so far.
#[derive(Default)]
struct Made<'a> {
    values: Vec<Value>,
    unknown: Option<Value>,
    last: Option<&'a Nested>,
}

impl Made<'_> {
    fn into_value(self, spec: &AttributeSpec, problems: &mut Vec<Diagnostic>) -> Option<Value> {
        let Self { mut values, unknown, last } = self;
        if unknown.is_some() {
            return unknown;
        }
        let block = last?;
        match spec.kind {
            Kind::Record(_) => {
                if values.len() > 1 {
                    problems.push(
                        Diagnostic::error(
                            "Too many blocks",
                            format!("There may be only one block \"{}\" here.", spec.name),
                        )
                        .at(block.body.span.clone()),
                    );
                }
                values.pop()
            }
            _ => Some(Value::List(values)),
        }
    }
}

fn dynamic<'a>(
    block: &'a Nested,
    name: &str,
    table: &[AttributeSpec],
    context: &Context<'_>,
    made: &mut Made<'a>,
    problems: &mut Vec<Diagnostic>,
) {
    let (Some(each), Some(content)) = (
        block.body.arguments.get("for_each"),
        block.body.blocks.iter().find(|inner| inner.kind == "content"),
    ) else {
        return;
    };
    let collection = match lang::evaluate(&each.value, context) {
        Ok(value) => value,
        Err(found) => {
            problems.extend(found);
            return;
        }
    };
    let members: Vec<(Value, Value)> = match collection.unmarked() {
        Value::Unknown(_) => {
            made.unknown = Some(collection.unmarked().clone());
            return;
        }
        Value::Tuple(items) | Value::List(items) => {
            let index = |index| Value::Number(crate::value::Number::from_usize(index));
            items.iter().enumerate().map(|(i, value)| (index(i), value.clone())).collect()
        }
        Value::Set(items) => items.iter().map(|item| (item.clone(), item.clone())).collect(),
        Value::Object(object) | Value::Map(object) => {
            object.iter().map(|(name, value)| (Value::text(name), value.clone())).collect()
        }
        other => {
            problems.push(
                Diagnostic::error(
                    "Invalid dynamic for_each value",
                    format!("A collection is required, but this is {}.", other.describe()),
                )
                .at(each.value.span()),
            );
            return;
        }
    };
    let iterator = block.body.arguments.get("iterator").and_then(|a| a.value.keyword());
    let iterator = iterator.unwrap_or(name).to_owned();
    made.last = Some(block);
    for (key, value) in members {
        let member = Value::Object([("key", key), ("value", value)].into_iter().collect());
        let inner = context.with(BTreeMap::from([(iterator.clone(), member)]));
        made.values.push(Value::Object(evaluate(&content.body, table, &inner, problems)));
    }
}
