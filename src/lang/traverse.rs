//! Steps into values: `.name`, `[key]`, `.*` and `[*]`.
use crate::diagnostic::nearest;
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::unmark;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Ranged;
use crate::lang::syntax::Step;
use crate::lang::syntax::StepKind;
use crate::lang::syntax::Traversal;
use crate::value::Number;
use crate::value::Object;
use crate::value::Value;

impl Evaluator<'_> {
    pub(super) fn traversal(&self, traversal: &Traversal) -> Outcome {
        let steps = &traversal.steps;
        let Kind::Name(name) = &traversal.from.kind else {
            return self.steps(self.expression(&traversal.from)?, steps);
        };
        let Some(mut value) = self.context.get(name) else {
            return self.no_name(&traversal.from, name);
        };
        // Down by reference as far as names and indices lead to what is there: what they lead
        // through may be large, such as all instances of a block.
        let mut taken = 0;
        while let Some(step) = steps.get(taken)
            && let Some(inner) = self.within(value, step)?
        {
            value = inner;
            taken += 1;
        }
        self.steps(value.clone(), &steps[taken..])
    }

    /// The member that a step takes out of a value, if that is simply there.
    fn within<'v>(
        &self,
        value: &'v Value,
        step: &Step,
    ) -> Result<Option<&'v Value>, Vec<crate::diagnostic::Diagnostic>> {
        Ok(match (&step.kind, value) {
            (StepKind::Attribute(name), Value::Object(object) | Value::Map(object)) => {
                object.0.get(name)
            }
            (StepKind::Index(index), Value::Object(object) | Value::Map(object)) => {
                match self.expression(index)? {
                    Value::String(name) => object.0.get(&name),
                    _ => None,
                }
            }
            (StepKind::Index(index), Value::Tuple(items) | Value::List(items)) => {
                match self.expression(index)? {
                    Value::Number(number) => number.as_usize().and_then(|at| items.get(at)),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    fn steps(&self, mut value: Value, steps: &[Step]) -> Outcome {
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            at += 1;
            value = match &step.kind {
                StepKind::Attribute(name) => self.attribute(step, value, name)?,
                StepKind::Position(number) => {
                    self.index(step, value, Value::Number(number.clone()))?
                }
                StepKind::Index(index) => {
                    let key = self.expression(index)?;
                    self.index(index, value, key)?
                }
                StepKind::AttributeSplat => {
                    let rest = steps[at..].iter().take_while(|step| {
                        matches!(step.kind, StepKind::Attribute(_) | StepKind::Position(_))
                    });
                    let end = at + rest.count();
                    let value = self.splat(value, &steps[at..end])?;
                    at = end;
                    value
                }
                StepKind::FullSplat => return self.splat(value, &steps[at..]),
            };
        }
        Ok(value)
    }

    /// `rest` applied to every member. What is no sequence counts as a sequence of one, null as
    /// one of none.
    fn splat(&self, value: Value, rest: &[Step]) -> Outcome {
        let (value, sensitive) = unmark(value);
        let (items, list) = match value {
            Value::Unknown(_) => return Ok(mark(value, sensitive)),
            Value::Null => (Vec::new(), false),
            Value::Tuple(items) => (items, false),
            Value::List(items) => (items, true),
            Value::Set(ref items) if items.iter().any(|item| !item.is_known()) => {
                return Ok(mark(unknown([&value]), sensitive));
            }
            Value::Set(items) => (items.into_iter().collect(), true),
            other => (vec![other], false),
        };
        let mut values = Vec::new();
        let mut errors = Vec::new();
        for item in items {
            match self.steps(item, rest) {
                Ok(value) => values.push(value),
                Err(found) => errors.extend(found),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let value = if list { Value::List(values) } else { Value::Tuple(values) };
        Ok(mark(value, sensitive))
    }

    /// `value.name`
    pub(super) fn attribute(&self, at: &impl Ranged, value: Value, name: &str) -> Outcome {
        let (value, sensitive) = unmark(value);
        let unsupported = "Unsupported attribute";
        match value {
            Value::Unknown(_) => Ok(mark(value, sensitive)),
            Value::Object(Object(mut members)) => match members.remove(name) {
                Some(value) => Ok(mark(value, sensitive)),
                None => {
                    let detail =
                        format!("This object does not have an attribute named \"{name}\".");
                    let error = self.diagnostic(at, unsupported, detail);
                    Err(vec![match nearest(name, members.keys().map(String::as_str)) {
                        Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
                        None => error,
                    }])
                }
            },
            Value::Map(Object(mut members)) => match members.remove(name) {
                Some(value) => Ok(mark(value, sensitive)),
                None => {
                    let detail =
                        format!("This map does not have an element with the key \"{name}\".");
                    let error = self.diagnostic(at, "Missing map element", detail);
                    Err(vec![match nearest(name, members.keys().map(String::as_str)) {
                        Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
                        None => error,
                    }])
                }
            },
            Value::Null => self.error(
                at,
                "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.",
            ),
            Value::List(items) if has_objects(items.iter()) => {
                self.error(at, unsupported, each_instead("list", name))
            }
            Value::Set(items) if has_objects(items.iter()) => {
                self.error(at, unsupported, each_instead("set", name))
            }
            _ => self.error(at, unsupported, "This value does not have any attributes."),
        }
    }

    /// `value[key]`
    pub(super) fn index(&self, at: &impl Ranged, value: Value, key: Value) -> Outcome {
        let invalid = "Invalid index";
        let (value, value_marked) = unmark(value);
        let (key, key_marked) = unmark(key);
        let sensitive = value_marked || key_marked;
        if value == Value::Null {
            let detail = "This value is null, so it does not have any indices.";
            return self.error(at, "Attempt to index null value", detail);
        }
        if key == Value::Null {
            return self.error(at, invalid, "Can't use a null value as an indexing key.");
        }
        let no_element = "The given key does not identify an element in this collection value";
        let value = match value {
            Value::Unknown(_) => unknown([&value, &key]),
            Value::Tuple(mut items) | Value::List(mut items) => {
                match self.position(at, &key, items.len())? {
                    Some(position) => items.swap_remove(position),
                    None => key,
                }
            }
            Value::Object(Object(mut members)) | Value::Map(Object(mut members)) => {
                match convert(key, &Type::String) {
                    Ok(Value::String(name)) => match members.remove(&name) {
                        Some(value) => value,
                        None => {
                            let error = self.diagnostic(at, invalid, format!("{no_element}."));
                            let near = nearest(&name, members.keys().map(String::as_str));
                            return Err(vec![match near {
                                Some(near) if !sensitive => {
                                    error.hint(format!("Did you mean \"{near}\"?"))
                                }
                                _ => error,
                            }]);
                        }
                    },
                    Ok(unknown) => unknown,
                    Err(error) => {
                        return self.error(at, invalid, format!("{no_element}: {error}."));
                    }
                }
            }
            Value::Set(_) => {
                let detail = "Elements of a set are identified only by their value and don't have \
                              any separate index or key to select with, so it's only possible to \
                              perform operations across all elements of the set.";
                return self.error(at, invalid, detail);
            }
            _ => return self.error(at, invalid, "This value does not have any indices."),
        };
        Ok(mark(value, sensitive))
    }

    /// A position in a sequence of `length`; `None` while the key is unknown.
    fn position(&self, at: &impl Ranged, key: &Value, length: usize) -> Outcome<Option<usize>> {
        let reason = match convert(key.clone(), &Type::Number) {
            Ok(Value::Number(number)) => match number.as_usize() {
                Some(position) if position < length => return Ok(Some(position)),
                _ if !number.decimal().is_integer() => {
                    "indexing a sequence requires a whole number, but the given index has a \
                     fractional part"
                }
                _ if number < Number::from(0) => {
                    "a negative number is not a valid index for a sequence"
                }
                _ if length == 0 => "the collection has no elements",
                _ => "the given index is greater than or equal to the length of the collection",
            },
            Ok(_) => return Ok(None),
            Err(_) => "a number is required",
        };
        let detail = format!(
            "The given key does not identify an element in this collection value: {reason}."
        );
        self.error(at, "Invalid index", detail)
    }
}

fn has_objects<'v>(mut items: impl Iterator<Item = &'v Value>) -> bool {
    items.next().is_some_and(|item| matches!(item.unmarked(), Value::Object(_)))
}

fn each_instead(collection: &str, name: &str) -> String {
    format!(
        "Can't access attributes on a {collection} of objects. Did you mean to access attribute \
         \"{name}\" for a specific element of the {collection}, or across all elements of the \
         {collection}?"
    )
}
