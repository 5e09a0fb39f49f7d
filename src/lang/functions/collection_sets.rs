//! Sets.
use std::collections::BTreeSet;

use super::{Answer, Body, Failure, Function, Kind, any, fixed, items, members, of, variadic};
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::unify::unify;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    variadic(
        "setintersection",
        &[of("first_set", Kind::Set)],
        of("other_sets", Kind::Set),
        Body::Plain(|a| fold(a, |all, set| all.intersection(set).cloned().collect())),
    ),
    variadic("setproduct", &[], any("sets"), Body::Partial(setproduct)),
    fixed(
        "setsubtract",
        &[of("a", Kind::Set), of("b", Kind::Set)],
        Body::Plain(|a| fold(a, |all, set| all.difference(set).cloned().collect())),
    ),
    variadic(
        "setunion",
        &[of("first_set", Kind::Set)],
        of("other_sets", Kind::Set),
        Body::Plain(|a| fold(a, |all, set| all.union(set).cloned().collect())),
    ),
];

/// All sets brought to one type, then combined one by one.
fn fold(
    arguments: &[Value],
    combine: fn(&BTreeSet<Value>, &BTreeSet<Value>) -> BTreeSet<Value>,
) -> Answer {
    let kinds: Vec<Type> = arguments.iter().map(Type::of).collect();
    let kind = unify(&kinds).ok_or("all given sets must have the same element type")?;
    let mut result: Option<BTreeSet<Value>> = None;
    for argument in arguments {
        let Ok(Value::Set(set)) = convert(argument.clone(), &kind) else {
            return Err("all given sets must have the same element type".into());
        };
        result = Some(match result {
            None => set,
            Some(all) => combine(&all, &set),
        });
    }
    Ok(Value::Set(result.unwrap_or_default()))
}

fn setproduct(arguments: &[Value]) -> Answer {
    if arguments.len() < 2 {
        return Err("at least two arguments are required".into());
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for (at, argument) in arguments.iter().enumerate() {
        if members(argument).is_none() {
            let message = "a set or a list is required";
            return Err(Failure::Argument(at, message.to_owned()));
        }
        if matches!(argument, Value::Set(_)) && !argument.is_known() {
            return Ok(unknown(arguments));
        }
        let items = items(&one_type(argument.clone()));
        if rows.len().saturating_mul(items.len()) > 1 << 20 {
            return Err("the result would have more than a million members".into());
        }
        rows = rows
            .into_iter()
            .flat_map(|row| {
                items.iter().map(move |item| {
                    let mut row = row.clone();
                    row.push(item.clone());
                    row
                })
            })
            .collect();
    }
    let rows = rows.into_iter().map(Value::Tuple);
    // With a list among them the order counts, and so the result is a list.
    let ordered = arguments.iter().any(|argument| !matches!(argument, Value::Set(_)));
    Ok(if ordered {
        Value::List(rows.collect())
    } else {
        crate::lang::convert::set(rows.collect())
    })
}

/// A tuple as a list, if its members have a common type.
fn one_type(value: Value) -> Value {
    match value {
        Value::Tuple(_) => convert(value.clone(), &Type::List(Box::default())).unwrap_or(value),
        other => other,
    }
}
