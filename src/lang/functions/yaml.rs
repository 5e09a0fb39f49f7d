//! YAML.
use serde_yaml_ng::Value as Yaml;

use super::Answer;
use super::Failure;
use crate::lang::evaluate;
use crate::lang::json;
use crate::value::Number;
use crate::value::Object;
use crate::value::Value;

pub(super) fn decode(text: &str) -> Answer {
    let mut yaml: Yaml = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    yaml.apply_merge().map_err(|error| error.to_string())?;
    from_yaml(&yaml)
}

fn from_yaml(yaml: &Yaml) -> Answer {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(bool) => Value::Bool(*bool),
        Yaml::Number(number) => {
            let exact = match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => Some(Number::from(whole)),
                (None, Some(whole)) => Number::parse(&whole.to_string()),
                (None, None) => number.as_f64().and_then(Number::from_f64),
            };
            exact.map(Value::Number).ok_or("infinities and NaN are not supported")?
        }
        Yaml::String(text) => evaluate::text(text),
        Yaml::Sequence(items) => {
            Value::Tuple(items.iter().map(from_yaml).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(members) => {
            let members =
                members.iter().map(|(key, value)| Ok((key_text(key)?, from_yaml(value)?)));
            Value::Object(
                members.collect::<Result<Vec<_>, Failure>>()?.into_iter().collect::<Object>(),
            )
        }
        Yaml::Tagged(tagged) => {
            return Err(format!("unsupported tag \"{}\"", tagged.tag).into());
        }
    })
}

fn key_text(key: &Yaml) -> Result<String, Failure> {
    match from_yaml(key)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(bool) => Ok(bool.to_string()),
        _ => Err("a mapping key must be a string".into()),
    }
}

/// Strings are always quoted, so that no reader takes one for something else.
pub(super) fn encode(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, false);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    // A plain word alone is an open document, which wants an end.
    if matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) {
        out.push_str("...\n");
    }
    out
}

/// Writes a value where `indent` columns stand in front of it. `inline` says that something of
/// the same line does, a `- `, so that a mapping or sequence starts right there.
fn write(out: &mut String, value: &Value, indent: usize, inline: bool) {
    match value {
        Value::Tuple(items) | Value::List(items) => {
            write_sequence(out, &items.iter().collect::<Vec<_>>(), indent, inline);
        }
        Value::Set(items) => {
            write_sequence(out, &items.iter().collect::<Vec<_>>(), indent, inline);
        }
        Value::Object(object) | Value::Map(object) => {
            if object.0.is_empty() {
                out.push_str("{}");
            }
            for (at, (name, value)) in object.iter().enumerate() {
                if at > 0 || !inline {
                    new_line(out, indent);
                }
                out.push_str(&quoted(name));
                out.push(':');
                write_behind(out, value, indent);
            }
        }
        Value::String(text) if is_block(text) => write_block(out, text, indent),
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Sensitive(inner) => write(out, inner, indent, inline),
        other => out.push_str(&json::encode(other).unwrap_or_default()),
    }
}

/// A value behind `name:`.
fn write_behind(out: &mut String, value: &Value, indent: usize) {
    let empty = value.members().next().is_none();
    match value {
        Value::Object(_) | Value::Map(_) if !empty => write(out, value, indent + 2, false),
        // A sequence in a mapping is not indented.
        Value::Tuple(_) | Value::List(_) | Value::Set(_) if !empty => {
            write(out, value, indent, false);
        }
        other => {
            out.push(' ');
            write(out, other, indent, true);
        }
    }
}

fn write_sequence(out: &mut String, items: &[&Value], indent: usize, inline: bool) {
    if items.is_empty() {
        out.push_str("[]");
    }
    for (at, item) in items.iter().enumerate() {
        if at > 0 || !inline {
            new_line(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::String(text) if is_block(text) => write_block(out, text, indent),
            other => write(out, other, indent + 2, true),
        }
    }
}

fn new_line(out: &mut String, indent: usize) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether a text is written as it is, line by line.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with('\t')
        && text.chars().all(|c| c == '\n' || !c.is_control())
}

fn write_block(out: &mut String, text: &str, indent: usize) {
    // The reader guesses the indentation from the first line, unless it is told.
    let told = if text.starts_with([' ', '\n']) { "2" } else { "" };
    let trailing = text.len() - text.trim_end_matches('\n').len();
    out.push('|');
    out.push_str(told);
    out.push_str(match trailing {
        0 => "-",
        1 => "",
        _ => "+",
    });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent + 2));
            out.push_str(line);
        }
    }
    out.push('\n');
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => {
                out.push_str(&format!("\\x{:02X}", u32::from(c)));
            }
            '\u{85}' => out.push_str("\\N"),
            '\u{a0}' => out.push_str("\\_"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            '\u{feff}' => out.push_str("\\uFEFF"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
