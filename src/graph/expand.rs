//! `count` and `for_each`: the instances of a block.
use std::collections::BTreeMap;

use crate::address::{InstanceKey, ModuleAddress};
use crate::config::Repeat;
use crate::diagnostic::{Diagnostic, Span};
use crate::graph::resolve::Found;
use crate::graph::{Known, Resolver};
use crate::value::{Number, Value};
/// One instance of a block: its key, and what `each` and `count` mean in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// Its key.
    pub key: InstanceKey,
    /// `each.value`; null unless the block has `for_each`.
    pub value: Value,
}
impl Resolver<'_> {
    /// The instances of a block or call that stands in an instance of a module.
    ///
    /// # Errors
    /// When `count` or `for_each` is of the wrong type or not known yet.
    pub fn expand(&self, at: &ModuleAddress, repeat: &Repeat, known: &Known) -> Found<Vec<Each>> {
        let one = |problem: Diagnostic| Err(vec![problem]);
        match repeat {
            Repeat::Once => Ok(vec![Each { key: InstanceKey::None, value: Value::Null }]),
            Repeat::Count(count) => {
                let value = self.evaluate(at, count, known)?;
                let number = match value.unmarked() {
                    Value::Number(number) => number.as_usize(),
                    Value::String(text) => Number::parse(text).and_then(|n| n.as_usize()),
                    Value::Unknown(_) => return one(not_known("count", &value, count.span())),
                    _ => None,
                };
                let Some(number) = number.filter(|number| *number <= 10_000) else {
                    let text = format!(
                        "\"count\" must be a whole number from 0, but this is {}.",
                        value.describe()
                    );
                    return one(Diagnostic::error("Invalid count argument", text).at(count.span()));
                };
                let each = |index: usize| Each {
                    key: InstanceKey::Index(index as u64),
                    value: Value::Null,
                };
                Ok((0..number).map(each).collect())
            }
            Repeat::ForEach(each) => {
                let value = self.evaluate(at, each, known)?;
                if value.has_sensitive() && matches!(value, Value::Sensitive(_)) {
                    let text = "The keys of for_each are shown, so they must not be sensitive.";
                    return one(
                        Diagnostic::error("Invalid for_each argument", text).at(each.span())
                    );
                }
                let invalid = |text: String| {
                    vec![Diagnostic::error("Invalid for_each argument", text).at(each.span())]
                };
                match &value {
                    Value::Unknown(_) => one(not_known("for_each", &value, each.span())),
                    Value::Object(object) | Value::Map(object) => Ok(object
                        .iter()
                        .map(|(key, value)| Each {
                            key: InstanceKey::Key(key.to_owned()),
                            value: value.clone(),
                        })
                        .collect()),
                    Value::Set(items) => items
                        .iter()
                        .map(|item| match item {
                            Value::String(key) => {
                                Ok(Each { key: InstanceKey::Key(key.clone()), value: item.clone() })
                            }
                            Value::Unknown(_) => {
                                Err(vec![not_known("for_each", item, each.span())])
                            }
                            other => Err(invalid(format!(
                                "A set for for_each holds strings, but this one holds {}.",
                                other.describe()
                            ))),
                        })
                        .collect(),
                    other => Err(invalid(format!(
                        "\"for_each\" must be a map or a set of strings, but this is {}. Use \
                         toset() for a list.",
                        other.describe()
                    ))),
                }
            }
        }
    }
}

/// `each` or `count` of an instance.
pub(super) fn own_names(each: &Each) -> BTreeMap<String, Value> {
    let object = |members: Vec<(&str, Value)>| Value::Object(members.into_iter().collect());
    match each.key.own() {
        InstanceKey::None | InstanceKey::Former(..) => BTreeMap::new(),
        InstanceKey::Index(index) => {
            let index = Value::Number(Number::from_usize(usize::try_from(*index).unwrap_or(0)));
            BTreeMap::from([("count".to_owned(), object(vec![("index", index)]))])
        }
        InstanceKey::Key(key) => {
            let members = vec![("key", Value::text(key)), ("value", each.value.clone())];
            BTreeMap::from([("each".to_owned(), object(members))])
        }
    }
}

fn not_known(argument: &str, value: &Value, span: Span) -> Diagnostic {
    let waits: Vec<String> = value.sources().iter().map(ToString::to_string).collect();
    Diagnostic::error(
        format!("Invalid {argument} argument"),
        format!(
            "The \"{argument}\" value depends on {}, which is not known before it is applied, so \
             drctl cannot tell how many instances there will be.",
            if waits.is_empty() { "something".to_owned() } else { waits.join(", ") }
        ),
    )
    .at(span)
    .hint(
        "Use keys that stand in the configuration, or apply what it waits for first with -target.",
    )
}
