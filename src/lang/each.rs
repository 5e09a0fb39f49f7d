//! `for`: in brackets, in braces, in templates.
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::lang::Type;
use crate::lang::convert::unknown;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::Place;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::unmark;
use crate::lang::syntax::Expression;
use crate::lang::syntax::For;
use crate::value::Number;
use crate::value::Object;
use crate::value::Value;

/// What a `for` goes through.
pub(super) enum Items {
    Known { items: Vec<(Value, Value)>, sensitive: bool },
    Unknown(Value),
}

/// What a `for` has made so far.
#[derive(Default)]
struct Gathered {
    members: Vec<(String, Value)>,
    names: BTreeSet<String>,
    /// Unknown keys and conditions: with them nothing is known of the result.
    waiting: Vec<Value>,
}

impl Evaluator<'_> {
    /// The keys and values of a collection, in the order in which a `for` visits them.
    pub(super) fn items(&self, at: &Expression) -> Outcome<Items> {
        let summary = "Iteration over null value";
        let (value, sensitive) = unmark(self.expression(at)?);
        let items = match value {
            Value::Tuple(items) | Value::List(items) => items
                .into_iter()
                .enumerate()
                .map(|(at, item)| (Value::Number(Number::from_usize(at)), item))
                .collect(),
            Value::Set(ref items) if items.iter().any(|item| !item.is_known()) => {
                return Ok(Items::Unknown(mark(unknown([&value]), sensitive)));
            }
            Value::Set(items) => items.into_iter().map(|item| (item.clone(), item)).collect(),
            Value::Object(Object(members)) | Value::Map(Object(members)) => {
                members.into_iter().map(|(name, value)| (Value::String(name), value)).collect()
            }
            Value::Unknown(_) => return Ok(Items::Unknown(mark(value, sensitive))),
            Value::Null => {
                let detail = "A null value cannot be used as the collection in a 'for' expression.";
                return self.error(at, summary, detail);
            }
            other => {
                let detail = format!(
                    "A value of type {} cannot be used as the collection in a 'for' expression.",
                    Type::of(&other).words()
                );
                return self.error(at, "Iteration over non-iterable value", detail);
            }
        };
        Ok(Items::Known { items, sensitive })
    }

    /// The names that a `for` makes for one of its items.
    pub(super) fn bind(
        key: Option<&str>,
        value: &str,
        item: (Value, Value),
    ) -> BTreeMap<String, Value> {
        let key = key.map(|name| (name.to_owned(), item.0));
        key.into_iter().chain([(value.to_owned(), item.1)]).collect()
    }

    pub(super) fn for_expression(&self, each: &For) -> Outcome {
        let (items, mut sensitive) = match self.items(&each.collection)? {
            Items::Known { items, sensitive } => (items, sensitive),
            Items::Unknown(value) => return Ok(value),
        };
        let mut result = Gathered::default();
        let mut errors = Vec::new();
        for item in items {
            let key = each.key_name.as_ref().map(|name| name.text.as_str());
            let names = Self::bind(key, &each.value_name.text, item);
            let context = self.context.with(names);
            let inner = Evaluator { source: self.source, context: &context };
            match inner.for_item(each, &mut result) {
                Ok(marked) => sensitive |= marked,
                Err(found) => errors.extend(found),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        if !result.waiting.is_empty() {
            let members = result.members.iter().map(|(_, value)| value);
            return Ok(mark(unknown(result.waiting.iter().chain(members)), sensitive));
        }
        let value = match (&each.key, each.group) {
            (None, _) => Value::Tuple(result.members.into_iter().map(|(_, value)| value).collect()),
            (Some(_), false) => Value::Object(result.members.into_iter().collect()),
            (Some(_), true) => {
                let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
                for (name, value) in result.members {
                    groups.entry(name).or_default().push(value);
                }
                Value::Object(groups.into_iter().map(|(k, v)| (k, Value::Tuple(v))).collect())
            }
        };
        Ok(mark(value, sensitive))
    }

    /// Adds one item of a `for`; tells whether a sensitive value decided about it.
    fn for_item(&self, each: &For, result: &mut Gathered) -> Outcome<bool> {
        let mut sensitive = false;
        if let Some(condition) = &each.condition {
            let (included, marked) = self.condition(condition, Place::For)?;
            sensitive |= marked;
            match included {
                Ok(true) => {}
                Ok(false) => return Ok(sensitive),
                Err(value) => {
                    result.waiting.push(value);
                    return Ok(sensitive);
                }
            }
        }
        let Some(key) = &each.key else {
            result.members.push((String::new(), self.expression(&each.value)?));
            return Ok(sensitive);
        };
        let name = self.expression(key);
        let name = name.and_then(|value| self.object_key(key, value, Place::For));
        let (name, value) = match (name, self.expression(&each.value)) {
            (Ok(name), Ok(value)) => (name, value),
            (name, value) => {
                let errors = name.err().into_iter().chain(value.err()).flatten();
                return Err(errors.collect());
            }
        };
        let (name, marked) = unmark(name);
        sensitive |= marked;
        match name {
            Value::String(name) if !each.group && !result.names.insert(name.clone()) => {
                let detail = format!(
                    "Two different items produced the key {} in this 'for' expression. If \
                     duplicates are expected, use the ellipsis (...) after the value expression \
                     to enable grouping by key.",
                    if marked {
                        "(sensitive value)".to_owned()
                    } else {
                        crate::lang::format::quote(&name)
                    }
                );
                self.error(key, "Duplicate object key", detail)
            }
            Value::String(name) => {
                result.members.push((name, value));
                Ok(sensitive)
            }
            other => {
                result.waiting.extend([other, value]);
                Ok(sensitive)
            }
        }
    }
}
