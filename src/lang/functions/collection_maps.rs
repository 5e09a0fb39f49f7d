//! Maps and objects.
use std::collections::BTreeMap;

use super::collection::{blame, words};
use super::{
    Answer, Body, Function, Kind, any, as_text, fixed, items, nullable, of, text, texts, variadic,
};
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate::mark;
use crate::lang::unify::unify;
use crate::value::Object;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("keys", &[any("inputMap")], Body::Partial(keys)),
    variadic("lookup", &[any("inputMap"), text("key")], nullable("default"), Body::Partial(lookup)),
    fixed(
        "matchkeys",
        &[of("values", Kind::List), of("keys", Kind::List), of("searchset", Kind::List)],
        Body::Plain(matchkeys),
    ),
    variadic("merge", &[], nullable("maps"), Body::Partial(merge)),
    fixed("transpose", &[of("values", Kind::Lists)], Body::Plain(transpose)),
    fixed("values", &[any("mapping")], Body::Partial(values)),
    fixed("zipmap", &[of("keys", Kind::Strings), any("values")], Body::Partial(zipmap)),
];

fn keys(arguments: &[Value]) -> Answer {
    let names = |object: &Object| object.0.keys().map(Value::text).collect();
    match &arguments[0] {
        Value::Object(object) => Ok(Value::Tuple(names(object))),
        Value::Map(object) => Ok(Value::List(names(object))),
        _ => Err(blame(0, "must have map or object type")),
    }
}

fn lookup(arguments: &[Value]) -> Answer {
    let (Value::Object(object) | Value::Map(object)) = &arguments[0] else {
        return Err(blame(0, "lookup() requires a map as the first argument"));
    };
    let name = as_text(&arguments[1]);
    let map = matches!(arguments[0], Value::Map(_));
    match (object.0.get(name), &arguments[2..]) {
        (Some(value), [] | [_]) => Ok(value.clone()),
        (None, []) if map => {
            Err(blame(0, format!("the given map does not have the key \"{name}\"")))
        }
        (None, []) => Err(blame(0, format!("the given object has no attribute \"{name}\""))),
        (None, [default]) => {
            let kinds: Vec<Type> = object.0.values().map(Type::of).collect();
            let member = unify(&kinds).filter(|_| map).unwrap_or_default();
            let wrong = "the default value must have the same type as the map elements";
            convert(default.clone(), &member).map_err(|_| blame(2, wrong))
        }
        (_, more) => {
            Err(format!("lookup() takes two or three arguments, got {}", more.len() + 2).into())
        }
    }
}

fn matchkeys(arguments: &[Value]) -> Answer {
    let [values, keys, wanted] = [0, 1, 2].map(|at| items(&arguments[at]));
    if values.len() != keys.len() {
        return Err("length of keys and values should be equal".into());
    }
    let kinds = [Type::of(&arguments[1]), Type::of(&arguments[2])];
    if !wanted.is_empty() && unify(&kinds).is_none() {
        return Err("keys and searchset must be of the same type".into());
    }
    let kept = values.into_iter().zip(keys).filter(|(_, key)| wanted.contains(key));
    Ok(Value::List(kept.map(|(value, _)| value).collect()))
}

/// All maps of one type make a map, anything else an object.
fn merge(arguments: &[Value]) -> Answer {
    let mut all = BTreeMap::new();
    let mut maps = Vec::new();
    for argument in arguments {
        match argument {
            Value::Null => {}
            Value::Object(object) | Value::Map(object) => {
                all.extend(object.0.clone());
                maps.push(argument);
            }
            other => {
                let found = words(other);
                return Err(format!("arguments must be maps or objects, got \"{found}\"").into());
            }
        }
    }
    let kinds: Vec<Type> = maps
        .iter()
        .map(|map| Type::of(map))
        .filter(|kind| *kind != Type::Map(Box::default()))
        .collect();
    let same = kinds.windows(2).all(|pair| pair[0] == pair[1]);
    if !maps.is_empty() && same && maps.iter().all(|map| matches!(map, Value::Map(_))) {
        return Ok(Value::Map(Object(all)));
    }
    Ok(Value::Object(Object(all)))
}

fn transpose(arguments: &[Value]) -> Answer {
    let Value::Map(map) = &arguments[0] else { return Err("a map is required".into()) };
    let mut turned: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, list) in map.iter() {
        for (at, item) in items(list).iter().enumerate() {
            let Some(text) = item.as_str() else {
                return Err(blame(0, format!("element {at} of \"{name}\" is null")));
            };
            turned.entry(text.to_owned()).or_default().push(Value::text(name));
        }
    }
    Ok(Value::Map(turned.into_iter().map(|(name, list)| (name, Value::List(list))).collect()))
}

fn values(arguments: &[Value]) -> Answer {
    match &arguments[0] {
        Value::Object(object) => Ok(Value::Tuple(object.0.values().cloned().collect())),
        Value::Map(object) => Ok(Value::List(object.0.values().cloned().collect())),
        _ => Err("values() requires a map as the first argument".into()),
    }
}

fn zipmap(arguments: &[Value]) -> Answer {
    let names = items(&arguments[0]);
    let sensitive = names.iter().any(Value::has_sensitive);
    if !names.iter().all(Value::is_known) {
        return Ok(mark(unknown(arguments), sensitive));
    }
    let names = texts(arguments, 0)?;
    let (Value::Tuple(values) | Value::List(values)) = &arguments[1] else {
        return Err(blame(1, format!("must be a list or tuple, not {}", words(&arguments[1]))));
    };
    if names.len() != values.len() {
        let (names, values) = (names.len(), values.len());
        let message =
            format!("number of keys ({names}) does not match number of values ({values})");
        return Err(message.into());
    }
    let members = names.into_iter().zip(values.iter().cloned()).collect();
    let list = matches!(arguments[1], Value::List(_));
    let value = if list { Value::Map(members) } else { Value::Object(members) };
    Ok(mark(value, sensitive))
}
