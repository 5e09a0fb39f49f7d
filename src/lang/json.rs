//! JSON as `jsonencode` and `jsondecode` treat it.
use serde_json::Value as Json;

use crate::lang::arithmetic;
use crate::value::Unknown;
use crate::value::Value;

/// The value as JSON; the unknown part, if it has one. Marks are dropped: ask
/// [`Value::has_sensitive`] first.
pub fn to_json(value: &Value) -> Result<Json, Unknown> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(bool) => Json::Bool(*bool),
        Value::Number(number) => {
            number.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
        }
        Value::String(text) => Json::String(text.clone()),
        Value::Tuple(items) | Value::List(items) => {
            Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?)
        }
        Value::Set(items) => Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Value::Object(object) | Value::Map(object) => Json::Object(
            object
                .iter()
                .map(|(name, value)| Ok((name.to_owned(), to_json(value)?)))
                .collect::<Result<_, Unknown>>()?,
        ),
        Value::Unknown(unknown) => return Err(unknown.clone()),
        Value::Sensitive(inner) => to_json(inner)?,
    })
}

/// What `jsondecode` makes of JSON: arrays become tuples, objects become objects. An error is a
/// text for a person.
pub fn from_json(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => arithmetic::parse(&number.to_string())
            .map(Value::Number)
            .ok_or("a number has too many digits")?,
        Json::String(text) => super::evaluate::text(text),
        Json::Array(items) => Value::Tuple(items.iter().map(from_json).collect::<Result<_, _>>()?),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| Ok((name, from_json(value)?)));
            Value::Object(members.collect::<Result<Vec<_>, String>>()?.into_iter().collect())
        }
    })
}

/// Reads JSON text; an error is a text for a person.
pub fn parse(text: &str) -> Result<Value, String> {
    let json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    from_json(&json)
}

/// JSON text without spaces, names in order, and `<`, `>` and `&` escaped, so that the same value
/// always gives the same bytes, and the same as Terraform's.
pub fn encode(value: &Value) -> Result<String, Unknown> {
    let mut out = String::new();
    write(&mut out, &to_json(value)?);
    Ok(out)
}

fn write(out: &mut String, json: &Json) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Json::Number(number) => out.push_str(&number.to_string()),
        Json::String(text) => write_string(out, text),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(out, name);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
