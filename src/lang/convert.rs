//! Conversion of values to types.
use std::collections::BTreeMap;
use std::fmt;

use crate::lang::arithmetic;
use crate::lang::types::Attribute;
use crate::lang::types::Type;
use crate::lang::unify;
use crate::value::Object;
use crate::value::Unknown;
use crate::value::Value;

/// Why a value does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertError {
    /// Where inside the value, outermost step first.
    pub path: Vec<Step>,
    /// What is wrong there, in lower case: "a number is required".
    pub message: String,
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into an object.
    Attribute(String),
    /// Into a map.
    Key(String),
    /// Into a list or tuple.
    Index(usize),
    /// Into a set, whose members have no names.
    Member,
}

impl ConvertError {
    fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into() }
    }
    fn inside(mut self, step: Step) -> Self {
        self.path.insert(0, step);
        self
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.path {
            match step {
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(name) => write!(f, "[{}]", super::format::quote(name))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Member => f.write_str("[a member]")?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConvertError {}

/// The value as `kind`, by Terraform's rules.
///
/// Null and unknown values fit every type; marks stay where they are, except that a set with a
/// sensitive member is sensitive as a whole. Attributes that an object type does not name are
/// dropped, optional ones that are missing or null get their default.
pub fn convert(value: Value, kind: &Type) -> Result<Value, ConvertError> {
    match (value, kind) {
        (Value::Sensitive(inner), kind) => convert(*inner, kind).map(Value::sensitive),
        (value, Type::Any) => Ok(value),
        (value @ (Value::Null | Value::Unknown(_)), _) => Ok(value),
        (value, Type::Bool) => to_bool(&value).map(Value::Bool),
        (value, Type::Number) => to_number(&value).map(Value::Number),
        (value, Type::String) => to_text(&value).map(Value::String),
        (value, Type::List(inner)) => {
            let (items, indexed) = sequence(value, kind)?;
            let inner = member_type(inner, &items, kind)?;
            Ok(Value::List(convert_items(items, &inner, indexed)?))
        }
        (value, Type::Set(inner)) => {
            let (items, indexed) = sequence(value, kind)?;
            let inner = member_type(inner, &items, kind)?;
            Ok(set(convert_items(items, &inner, indexed)?))
        }
        (value, Type::Map(inner)) => to_map(value, inner, kind),
        (value, Type::Tuple(kinds)) => to_tuple(value, kinds, kind),
        (value, Type::Object(attributes)) => to_object(value, attributes, kind),
    }
}

/// A set of these; sensitive as a whole if one of them is.
pub(super) fn set(items: Vec<Value>) -> Value {
    let sensitive = items.iter().any(Value::has_sensitive);
    if sensitive {
        Value::Set(items.iter().map(Value::revealed).collect()).sensitive()
    } else {
        Value::Set(items.into_iter().collect())
    }
}

fn required(kind: &Type) -> ConvertError {
    match kind {
        Type::Number => ConvertError::new("a number is required"),
        other => ConvertError::new(format!("{} required", other.words())),
    }
}

fn to_bool(value: &Value) -> Result<bool, ConvertError> {
    match value {
        Value::Bool(bool) => Ok(*bool),
        Value::String(text) => match text.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other if other.eq_ignore_ascii_case("true") || other.eq_ignore_ascii_case("false") => {
                Err(ConvertError::new(format!(
                    "a bool is required; to convert from string, use lowercase \"{}\"",
                    other.to_ascii_lowercase()
                )))
            }
            _ => Err(ConvertError::new("a bool is required")),
        },
        _ => Err(required(&Type::Bool)),
    }
}

fn to_number(value: &Value) -> Result<crate::value::Number, ConvertError> {
    match value {
        Value::Number(number) => Ok(number.clone()),
        Value::String(text) => arithmetic::parse(text).ok_or_else(|| required(&Type::Number)),
        _ => Err(ConvertError::new("number required")),
    }
}

fn to_text(value: &Value) -> Result<String, ConvertError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(bool) => Ok(bool.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(required(&Type::String)),
    }
}

/// The members of a list, set or tuple, and whether they have positions.
fn sequence(value: Value, kind: &Type) -> Result<(Vec<Value>, bool), ConvertError> {
    match value {
        Value::List(items) | Value::Tuple(items) => Ok((items, true)),
        Value::Set(items) => Ok((items.into_iter().collect(), false)),
        _ => Err(required(kind)),
    }
}

/// What the members become: for `any`, the one type that fits all of them.
fn member_type(inner: &Type, items: &[Value], kind: &Type) -> Result<Type, ConvertError> {
    if *inner != Type::Any {
        return Ok(inner.clone());
    }
    let kinds: Vec<Type> = items.iter().map(Type::of).collect();
    unify::unify(&kinds).ok_or_else(|| {
        ConvertError::new(format!("all members of a {} must have the same type", word(kind)))
    })
}

fn word(kind: &Type) -> &'static str {
    match kind {
        Type::Set(_) => "set",
        Type::Map(_) => "map",
        _ => "list",
    }
}

fn convert_items(
    items: Vec<Value>,
    inner: &Type,
    indexed: bool,
) -> Result<Vec<Value>, ConvertError> {
    let step = |at| if indexed { Step::Index(at) } else { Step::Member };
    items
        .into_iter()
        .enumerate()
        .map(|(at, item)| convert(item, inner).map_err(|error| error.inside(step(at))))
        .collect()
}

fn to_map(value: Value, inner: &Type, kind: &Type) -> Result<Value, ConvertError> {
    let (Value::Map(Object(members)) | Value::Object(Object(members))) = value else {
        return Err(required(kind));
    };
    let values: Vec<Value> = members.values().cloned().collect();
    let inner = member_type(inner, &values, kind)?;
    let members = members.into_iter().map(|(name, value)| match convert(value, &inner) {
        Ok(value) => Ok((name, value)),
        Err(error) => Err(error.inside(Step::Key(name))),
    });
    Ok(Value::Map(Object(members.collect::<Result<_, _>>()?)))
}

fn to_tuple(value: Value, kinds: &[Type], kind: &Type) -> Result<Value, ConvertError> {
    let (Value::Tuple(items) | Value::List(items)) = value else {
        return Err(required(kind));
    };
    if items.len() != kinds.len() {
        let message =
            format!("a tuple of {} members is required, not {}", kinds.len(), items.len());
        return Err(ConvertError::new(message));
    }
    let items = items.into_iter().zip(kinds).enumerate().map(|(at, (item, kind))| {
        convert(item, kind).map_err(|error| error.inside(Step::Index(at)))
    });
    Ok(Value::Tuple(items.collect::<Result<_, _>>()?))
}

fn to_object(
    value: Value,
    attributes: &BTreeMap<String, Attribute>,
    kind: &Type,
) -> Result<Value, ConvertError> {
    let (Value::Object(Object(mut members)) | Value::Map(Object(mut members))) = value else {
        return Err(required(kind));
    };
    let missing: Vec<&str> = attributes
        .iter()
        .filter(|(name, attribute)| !attribute.optional && !members.contains_key(*name))
        .map(|(name, _)| name.as_str())
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return Err(ConvertError::new(format!("attribute \"{one}\" is required"))),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("\"{name}\"")).collect();
            let message = format!("attributes {} and \"{last}\" are required", first.join(", "));
            return Err(ConvertError::new(message));
        }
    }
    let mut converted = BTreeMap::new();
    for (name, attribute) in attributes {
        let value = members.remove(name).unwrap_or(Value::Null);
        let value = match &attribute.default {
            Some(default) if value.is_null() => default.clone(),
            _ => value,
        };
        let value = convert(value, &attribute.kind)
            .map_err(|error| error.inside(Step::Attribute(name.clone())))?;
        converted.insert(name.clone(), value);
    }
    Ok(Value::Object(Object(converted)))
}

/// A value that waits for everything these wait for.
pub(super) fn unknown<'v>(values: impl IntoIterator<Item = &'v Value>) -> Value {
    Value::Unknown(Unknown { sources: values.into_iter().flat_map(Value::sources).collect() })
}
