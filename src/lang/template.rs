//! Templates: quoted strings, heredocs and template files.
use std::sync::Arc;

use crate::diagnostic::Source;
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::each::Items;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::Place;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::text;
use crate::lang::evaluate::unmark;
use crate::lang::syntax::Choice;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Part;
use crate::lang::syntax::Repetition;
use crate::lang::syntax::Template;
use crate::value::Value;

/// What has been written so far.
#[derive(Default)]
struct Written {
    text: String,
    waiting: Vec<Value>,
    sensitive: bool,
}

impl Evaluator<'_> {
    pub(super) fn template(&self, template: &Template) -> Outcome {
        if let [Part::Value(expression)] = template.parts.as_slice() {
            return self.expression(expression);
        }
        let mut written = Written::default();
        self.write(template, &mut written)?;
        let Written { text: all, waiting, sensitive } = written;
        let value = if waiting.is_empty() { text(&all) } else { unknown(&waiting) };
        Ok(mark(value, sensitive))
    }

    fn write(&self, template: &Template, out: &mut Written) -> Outcome<()> {
        let mut errors = Vec::new();
        for part in &template.parts {
            let result = match part {
                Part::Text(text) => {
                    out.text.push_str(text);
                    Ok(())
                }
                Part::Value(expression) => self.interpolate(expression, out),
                Part::If(choice) => self.choice(choice, out),
                Part::For(each) => self.repeat(each, out),
            };
            errors.extend(result.err().into_iter().flatten());
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn interpolate(&self, expression: &Expression, out: &mut Written) -> Outcome<()> {
        let (value, sensitive) = unmark(self.expression(expression)?);
        out.sensitive |= sensitive;
        let summary = "Invalid template interpolation value";
        match convert(value, &Type::String) {
            Ok(Value::String(text)) => out.text.push_str(&text),
            Ok(Value::Null) => {
                let detail = "The expression result is null. Cannot include a null value in a \
                              string template.";
                return self.error(expression, summary, detail);
            }
            Ok(unknown) => out.waiting.push(unknown),
            Err(error) => {
                let detail =
                    format!("Cannot include the given value in a string template: {error}.");
                return self.error(expression, summary, detail);
            }
        }
        Ok(())
    }

    fn choice(&self, choice: &Choice, out: &mut Written) -> Outcome<()> {
        let Choice { condition, yes, no } = choice;
        let (condition, sensitive) = self.condition(condition, Place::Plain)?;
        out.sensitive |= sensitive;
        match condition {
            Ok(true) => self.write(yes, out),
            Ok(false) => self.write(no, out),
            Err(value) => {
                out.waiting.push(value);
                // What the arms wait for counts too; that one of them fails does not.
                for arm in [yes, no] {
                    let mut aside = Written::default();
                    if self.write(arm, &mut aside).is_ok() {
                        out.waiting.extend(aside.waiting);
                        out.sensitive |= aside.sensitive;
                    }
                }
                Ok(())
            }
        }
    }

    fn repeat(&self, each: &Repetition, out: &mut Written) -> Outcome<()> {
        let items = match self.items(&each.collection)? {
            Items::Known { items, sensitive } => {
                out.sensitive |= sensitive;
                items
            }
            Items::Unknown(value) => {
                let (value, sensitive) = unmark(value);
                out.sensitive |= sensitive;
                out.waiting.push(value);
                return Ok(());
            }
        };
        let mut errors = Vec::new();
        for item in items {
            let key = each.key.as_ref().map(|name| name.text.as_str());
            let context = self.context.with(Self::bind(key, &each.value.text, item));
            let inner = Evaluator { source: self.source, context: &context };
            errors.extend(inner.write(&each.body, out).err().into_iter().flatten());
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A source for a template that stands in no file.
pub(super) fn inline_source(name: &str, text: &str) -> Arc<Source> {
    Arc::new(Source { name: name.to_owned(), text: text.to_owned() })
}
