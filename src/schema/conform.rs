//! Brings what the language made into the shape that a table asks for, and back.
use std::collections::BTreeSet;

use crate::diagnostic::{Severity, nearest};
use crate::schema::{AttributeSpec, Kind, Mismatch, Role, TypeSpec, Unset};
use crate::value::{Number, Object, Value};

/// Something in a value that the table does not allow.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Names of attributes and positions in lists that lead to it, outermost first.
    pub path: Vec<String>,
    /// One line, as the summary of a diagnostic.
    pub summary: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// An error in the value that `path` leads to.
    pub fn error(path: &[&str], summary: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            path: path.iter().map(|step| (*step).to_owned()).collect(),
            summary: summary.to_owned(),
            message: message.into(),
            hint: None,
        }
    }
    /// A warning about the value that `path` leads to.
    pub fn warning(path: &[&str], summary: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, summary, message) }
    }
    /// The same with a piece of advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Converts the attributes of `object` to what `table` asks for, and brings each that is known
/// into canonical form. Unknown and sensitive values keep their place and their mark.
///
/// Every problem is reported, not only the first; what has a problem is left out of the result.
pub fn conform(table: &[AttributeSpec], object: &Object) -> (Object, Vec<Problem>) {
    let mut done = Object::default();
    let mut problems = Vec::new();
    for (name, value) in object.iter() {
        let Some(spec) = table.iter().find(|spec| spec.name == name) else {
            problems.push(unsupported(table, name));
            continue;
        };
        match attribute(spec, value) {
            Ok(value) => done.set(name, value),
            Err(found) => problems.extend(found.into_iter().map(|p| within(name, p))),
        }
    }
    for spec in table.iter().filter(|spec| spec.required && object.get(spec.name).is_null()) {
        problems.push(Problem {
            severity: Severity::Error,
            path: Vec::new(),
            summary: "Missing required argument".to_owned(),
            message: format!("The argument \"{}\" is required, but no value was set.", spec.name),
            hint: None,
        });
    }
    (done, problems)
}

/// What of one attribute's value the table does not allow.
pub fn check_value(spec: &AttributeSpec, value: &Value) -> Vec<Problem> {
    attribute(spec, value).err().unwrap_or_default()
}

fn unsupported(table: &[AttributeSpec], name: &str) -> Problem {
    let known = table.iter().map(|spec| spec.name);
    Problem {
        severity: Severity::Error,
        path: vec![name.to_owned()],
        summary: "Unsupported argument".to_owned(),
        message: format!("An argument named \"{name}\" is not expected here."),
        hint: remembered(table, name)
            .or_else(|| nearest(name, known).map(|near| format!("Did you mean \"{near}\"?"))),
    }
}

/// What to do for want of what Terraform makes up and remembers: `name_prefix` and its like.
pub fn remembered(table: &[AttributeSpec], name: &str) -> Option<String> {
    let whole = name.strip_suffix("_prefix")?;
    let spec = table.iter().find(|spec| spec.name == whole)?;
    Some(format!(
        "Terraform adds a suffix at random and remembers it in its state, which drctl does not have: \
         set \"{}\" to a whole name.",
        spec.name
    ))
}

fn within(name: &str, problem: Problem) -> Problem {
    let mut path = vec![name.to_owned()];
    path.extend(problem.path);
    Problem { path, ..problem }
}

fn attribute(spec: &AttributeSpec, value: &Value) -> Result<Value, Vec<Problem>> {
    let converted = convert(&spec.kind, value)?;
    let sensitive = spec.sensitive && !converted.is_null();
    let converted = if sensitive { converted.sensitive() } else { converted };
    if !converted.is_known() || spec.kind.block().is_some() {
        return Ok(converted);
    }
    let canonical = (spec.canonical)(&converted.revealed()).map_err(|mismatch| {
        let shown = if converted.has_sensitive() {
            "The value is sensitive, so it is not shown here; it breaks the rule of this argument."
                .to_owned()
        } else {
            sentence(&mismatch)
        };
        vec![invalid(shown)]
    })?;
    Ok(if converted.has_sensitive() { canonical.sensitive() } else { canonical })
}

fn sentence(mismatch: &Mismatch) -> String {
    let text = mismatch.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

fn invalid(message: String) -> Problem {
    Problem {
        severity: Severity::Error,
        path: Vec::new(),
        summary: "Invalid value for argument".to_owned(),
        message,
        hint: None,
    }
}

fn wrong_kind(kind: &Kind, value: &Value) -> Vec<Problem> {
    vec![Problem {
        severity: Severity::Error,
        path: Vec::new(),
        summary: "Incorrect attribute value type".to_owned(),
        message: format!(
            "Inappropriate value: {} is required, but this is {}.",
            kind.describe(),
            value.describe()
        ),
        hint: None,
    }]
}

/// Converts as Terraform does: between strings, numbers and bools where nothing is lost, and
/// between the kinds of collections.
fn convert(kind: &Kind, value: &Value) -> Result<Value, Vec<Problem>> {
    match (kind, value) {
        (_, Value::Null | Value::Unknown(_)) => Ok(value.clone()),
        (_, Value::Sensitive(inner)) => convert(kind, inner).map(Value::sensitive),
        (Kind::Bool, Value::Bool(_))
        | (Kind::Int | Kind::Float, Value::Number(_))
        | (Kind::Text, Value::String(_)) => Ok(value.clone()),
        (Kind::Text, Value::Bool(bool)) => Ok(Value::text(bool.to_string())),
        (Kind::Text, Value::Number(number)) => Ok(Value::text(number.to_string())),
        (Kind::Bool, Value::String(text)) => match text.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(wrong_kind(kind, value)),
        },
        (Kind::Int | Kind::Float, Value::String(text)) => {
            Number::parse(text).map(Value::Number).ok_or_else(|| wrong_kind(kind, value))
        }
        (Kind::List(item), Value::List(items) | Value::Tuple(items)) => {
            each(item, items).map(Value::List)
        }
        (Kind::List(item), Value::Set(items)) => each(item, items).map(Value::List),
        (Kind::Set(item), Value::List(items) | Value::Tuple(items)) => to_set(item, items),
        (Kind::Set(item), Value::Set(items)) => to_set(item, items),
        (Kind::Map(item), Value::Map(object) | Value::Object(object)) => {
            let mut done = Object::default();
            let mut problems = Vec::new();
            for (name, value) in object.iter() {
                match convert(item, value) {
                    Ok(value) => done.set(name, value),
                    Err(found) => problems.extend(found.into_iter().map(|p| within(name, p))),
                }
            }
            if problems.is_empty() { Ok(Value::Map(done)) } else { Err(problems) }
        }
        (Kind::Record(table), Value::Map(object) | Value::Object(object)) => {
            let (done, problems) = conform(table, object);
            if problems.is_empty() { Ok(Value::Object(done)) } else { Err(problems) }
        }
        _ => Err(wrong_kind(kind, value)),
    }
}

fn each<'a>(
    item: &Kind,
    items: impl IntoIterator<Item = &'a Value>,
) -> Result<Vec<Value>, Vec<Problem>> {
    let (mut done, mut problems) = (Vec::new(), Vec::new());
    for (index, value) in items.into_iter().enumerate() {
        match convert(item, value) {
            Ok(value) => done.push(value),
            Err(found) => {
                problems.extend(found.into_iter().map(|p| within(&index.to_string(), p)));
            }
        }
    }
    if problems.is_empty() { Ok(done) } else { Err(problems) }
}

/// Blocks in no order stay a list, in canonical order, since a record may hold what is unknown.
fn to_set<'a>(
    item: &Kind,
    items: impl IntoIterator<Item = &'a Value>,
) -> Result<Value, Vec<Problem>> {
    let mut members = each(item, items)?;
    if item.block().is_none() {
        return Ok(Value::Set(members.into_iter().collect::<BTreeSet<_>>()));
    }
    members.sort();
    members.dedup();
    Ok(Value::List(members))
}

/// Adds what AWS would take for each attribute that is not set, so that a plan can show it and an
/// update sends it.
pub fn fill_defaults(table: &[AttributeSpec], object: &Object) -> Object {
    let mut filled = object.clone();
    for spec in table {
        let set = filled.get(spec.name);
        let value = match (set, spec.unset, &spec.kind) {
            (Value::Null, Unset::Bool(default), _) => Value::Bool(default),
            (Value::Null, Unset::Int(default), _) => Value::int(default),
            (Value::Null, Unset::Text(default), _) => Value::text(default),
            (Value::Object(inner), _, Kind::Record(table)) => {
                Value::Object(fill_defaults(table, inner))
            }
            (
                Value::List(items),
                _,
                Kind::List(Kind::Record(table)) | Kind::Set(Kind::Record(table)),
            ) => {
                let filled = items.iter().map(|item| match item {
                    Value::Object(inner) => Value::Object(fill_defaults(table, inner)),
                    other => other.clone(),
                });
                Value::List(filled.collect())
            }
            _ => continue,
        };
        filled.set(spec.name, value);
    }
    filled
}

/// The object as expressions and Terraform's plan format see it: every attribute is there, null
/// if it is not set, and a single nested block is a list of at most one.
pub fn view(table: &[AttributeSpec], object: &Object) -> Object {
    table.iter().map(|spec| (spec.name, view_value(&spec.kind, object.get(spec.name)))).collect()
}

fn view_value(kind: &Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Record(_), Value::Null) => Value::List(Vec::new()),
        (Kind::Record(table), Value::Object(inner)) => {
            Value::List(vec![Value::Object(view(table, inner))])
        }
        (Kind::List(Kind::Record(_)) | Kind::Set(Kind::Record(_)), Value::Null) => {
            Value::List(Vec::new())
        }
        (Kind::List(Kind::Record(table)) | Kind::Set(Kind::Record(table)), Value::List(items)) => {
            let viewed = items.iter().map(|item| match item {
                Value::Object(inner) => Value::Object(view(table, inner)),
                other => other.clone(),
            });
            Value::List(viewed.collect())
        }
        (Kind::Map(_), Value::Object(inner)) => Value::Map(inner.clone()),
        _ => value.clone(),
    }
}

/// The object with what its table calls sensitive marked so, wherever it came from.
pub fn marked(table: &[AttributeSpec], object: Object) -> Object {
    let mark = |(name, value): (String, Value)| {
        let Some(spec) = table.iter().find(|spec| spec.name == name) else { return (name, value) };
        let value = match (spec.kind.block(), value) {
            (Some(inner), Value::Object(object)) => Value::Object(marked(inner, object)),
            (Some(inner), Value::List(items)) => {
                let each = items.into_iter().map(|item| match item {
                    Value::Object(object) => Value::Object(marked(inner, object)),
                    other => other,
                });
                Value::List(each.collect())
            }
            (_, value) => value,
        };
        let hidden = spec.sensitive && !value.is_null();
        (name, if hidden { value.sensitive() } else { value })
    };
    Object(object.0.into_iter().map(mark).collect())
}

/// Live inputs of a resource, with those that AWS does not hold taken from the configuration.
pub fn with_options(spec: &TypeSpec, live: &Object, wanted: &Object) -> Object {
    let mut inputs = live.clone();
    for spec in spec.inputs {
        if matches!(spec.role, Role::Option | Role::Initial) {
            inputs.set(spec.name, wanted.get(spec.name).clone());
        }
    }
    inputs
}
