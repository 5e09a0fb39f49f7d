//! Values of expressions.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::nearest;
use crate::lang::Context;
use crate::lang::Expr;
use crate::lang::Template;
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::parser;
use crate::lang::place;
use crate::lang::syntax::Conditional;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Member;
use crate::lang::syntax::Ranged;
use crate::lang::unify;
use crate::value::Object;
use crate::value::Value;

/// A value, or everything that is wrong.
pub(super) type Outcome<T = Value> = Result<T, Vec<Diagnostic>>;

/// Evaluates one file's syntax in one context.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) context: &'a Context<'a>,
}

pub(super) fn evaluate(expression: &Expr, context: &Context<'_>) -> Outcome {
    let text = expression.source.text.get(expression.ast.range.clone()).unwrap_or_default();
    parser::with_room_for(text, || {
        Evaluator { source: &expression.source, context }.expression(&expression.ast)
    })
    .map_err(once_each)
}

pub(super) fn evaluate_template(template: &Template, context: &Context<'_>) -> Outcome {
    parser::with_room_for(&template.source.text, || {
        Evaluator { source: &template.source, context }.template(&template.ast)
    })
    .map_err(once_each)
}

/// A `for` finds the same fault in every member; the reader wants it once.
fn once_each(errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    for error in errors {
        if !kept.contains(&error) {
            kept.push(error);
        }
    }
    kept
}

/// A string in normal form C, as every string of the language is.
pub(super) fn text(text: &str) -> Value {
    Value::text(parser::normal(text))
}

/// The value without its mark, and whether it had one.
pub(super) fn unmark(value: Value) -> (Value, bool) {
    match value {
        Value::Sensitive(inner) => (unmark(*inner).0, true),
        plain => (plain, false),
    }
}

/// The value, marked if `sensitive`.
pub(super) fn mark(value: Value, sensitive: bool) -> Value {
    if sensitive { value.sensitive() } else { value }
}

/// Where a key or condition stands: the messages differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In an object, before a `?`, in a template directive.
    Plain,
    /// In a `for` expression.
    For,
}

impl Evaluator<'_> {
    pub(super) fn error<T>(
        &self,
        at: &impl Ranged,
        summary: &str,
        detail: impl Into<String>,
    ) -> Outcome<T> {
        Err(vec![self.diagnostic(at, summary, detail)])
    }

    pub(super) fn diagnostic(
        &self,
        at: &impl Ranged,
        summary: &str,
        detail: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(summary, detail).at(place(self.source, at))
    }

    pub(super) fn expression(&self, expression: &Expression) -> Outcome {
        match &expression.kind {
            Kind::Null => Ok(Value::Null),
            Kind::Bool(bool) => Ok(Value::Bool(*bool)),
            Kind::Number(number) => Ok(Value::Number(number.clone())),
            Kind::Text(text) => Ok(Value::text(text)),
            Kind::Template(template) => self.template(template),
            Kind::Tuple(items) => Ok(Value::Tuple(self.all(items.iter())?)),
            Kind::Object(members) => self.object(members),
            Kind::Parentheses(inner) => self.expression(inner),
            Kind::Name(name) => match self.context.get(name) {
                Some(value) => Ok(value.clone()),
                None => self.no_name(expression, name),
            },
            Kind::Conditional(conditional) => self.conditional(expression, conditional),
            Kind::Call(call) => self.call(expression, call),
            Kind::Traversal(traversal) => self.traversal(traversal),
            Kind::Not(inner) => self.not(inner),
            Kind::Negative(inner) => self.negative(inner),
            Kind::Operation(row) => self.operation(row),
            Kind::For(each) => self.for_expression(each),
        }
    }

    /// The values of several expressions, or the errors of all of them.
    pub(super) fn all<'e>(
        &self,
        expressions: impl Iterator<Item = &'e Expression>,
    ) -> Outcome<Vec<Value>> {
        let mut values = Vec::new();
        let mut errors = Vec::new();
        for expression in expressions {
            match self.expression(expression) {
                Ok(value) => values.push(value),
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() { Ok(values) } else { Err(errors) }
    }

    pub(super) fn no_name<T>(&self, at: &impl Ranged, name: &str) -> Outcome<T> {
        let error = self.diagnostic(
            at,
            "Unknown variable",
            format!("There is no variable named \"{name}\"."),
        );
        Err(vec![match nearest(name, self.context.names()) {
            Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
            None if !self.context.has_functions() => {
                error.hint("Only constants may stand here: no variables, no functions.")
            }
            None => error,
        }])
    }

    fn object(&self, object: &[Member]) -> Outcome {
        let mut members = BTreeMap::new();
        let mut waiting = Vec::new();
        let mut errors = Vec::new();
        let mut sensitive = false;
        for Member { key, value } in object {
            let name = match &key.kind {
                Kind::Text(name) => Ok(Value::text(name)),
                Kind::Traversal(_) => self.ambiguous_key(key),
                _ => {
                    let value = self.expression(key);
                    value.and_then(|value| self.object_key(key, value, Place::Plain))
                }
            };
            match (name, self.expression(value)) {
                (Ok(name), Ok(value)) => match unmark(name) {
                    (Value::String(name), marked) => {
                        sensitive |= marked;
                        members.insert(name, value);
                    }
                    (name, _) => waiting.extend([name, value]),
                },
                (name, value) => {
                    errors.extend(name.err().into_iter().flatten());
                    errors.extend(value.err().into_iter().flatten());
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        if !waiting.is_empty() {
            return Ok(mark(unknown(waiting.iter().chain(members.values())), sensitive));
        }
        Ok(mark(Value::Object(Object(members)), sensitive))
    }

    fn ambiguous_key(&self, key: &Expression) -> Outcome {
        let detail = "If this expression is intended to be a reference, wrap it in parentheses. \
                      If it's instead intended as a literal name containing periods, wrap it in \
                      quotes to create a string literal.";
        self.error(key, "Ambiguous attribute key", detail)
    }

    /// A key as text, marked if it was, or unknown.
    pub(super) fn object_key(&self, at: &Expression, value: Value, place: Place) -> Outcome {
        let (value, sensitive) = unmark(value);
        let (summary, detail) = match (convert(value, &Type::String), place) {
            (Ok(Value::Null), Place::Plain) => {
                ("Null value as key", "Can't use a null value as a key.".to_owned())
            }
            (Ok(Value::Null), Place::For) => (
                "Invalid object key",
                "The key expression of a 'for' expression must not produce null.".to_owned(),
            ),
            (Ok(value), _) => return Ok(mark(value, sensitive)),
            (Err(error), Place::Plain) => {
                ("Incorrect key type", format!("Can't use this value as a key: {error}."))
            }
            (Err(error), Place::For) => {
                ("Invalid object key", format!("The key expression produced no key: {error}."))
            }
        };
        self.error(at, summary, detail)
    }

    /// A condition: known, or the unknown value; and whether it is sensitive.
    pub(super) fn condition(
        &self,
        at: &Expression,
        place: Place,
    ) -> Outcome<(Result<bool, Value>, bool)> {
        let (value, sensitive) = unmark(self.expression(at)?);
        let (summary, detail) = match (convert(value, &Type::Bool), place) {
            (Ok(Value::Bool(bool)), _) => return Ok((Ok(bool), sensitive)),
            (Ok(Value::Null), Place::Plain) => (
                "Null condition",
                "The condition value is null. Conditions must either be true or false.".to_owned(),
            ),
            (Ok(Value::Null), Place::For) => (
                "Condition is null",
                "The 'if' clause of a 'for' expression must be true or false, not null.".to_owned(),
            ),
            (Ok(value), _) => return Ok((Err(value), sensitive)),
            (Err(error), Place::Plain) => (
                "Incorrect condition type",
                format!("The condition expression must be of type bool: {error}."),
            ),
            (Err(error), Place::For) => (
                "Invalid 'for' condition",
                format!("The 'if' clause of a 'for' expression must be a bool: {error}."),
            ),
        };
        self.error(at, summary, detail)
    }

    fn conditional(&self, at: &Expression, conditional: &Conditional) -> Outcome {
        let (condition, sensitive) = self.condition(&conditional.condition, Place::Plain)?;
        let yes = self.expression(&conditional.yes);
        let no = self.expression(&conditional.no);
        let kind = self.common_type(at, &yes, &no)?;
        // The result tells which arm was taken, and so bears the marks of both.
        let marked = |arm: &Outcome| matches!(arm, Ok(Value::Sensitive(_)));
        let sensitive = sensitive || marked(&yes) || marked(&no);
        let arm = |arm: Outcome| -> Outcome {
            convert(arm?, &kind).or_else(|error| {
                self.error(at, "Inconsistent conditional result types", error.to_string())
            })
        };
        let value = match condition {
            Ok(true) => arm(yes)?,
            Ok(false) => arm(no)?,
            Err(condition) => match (arm(yes), arm(no)) {
                (Ok(yes), Ok(no)) if yes == no && yes.is_known() => yes,
                (yes, no) => {
                    let arms: Vec<Value> = [yes, no].into_iter().flatten().collect();
                    let hidden = arms.iter().any(Value::has_sensitive);
                    mark(unknown(arms.iter().chain([&condition])), hidden)
                }
            },
        };
        Ok(mark(value, sensitive))
    }

    /// Both arms take one type. An arm that failed has none, and is not asked.
    fn common_type(&self, at: &Expression, yes: &Outcome, no: &Outcome) -> Outcome<Type> {
        let (Ok(yes), Ok(no)) = (yes, no) else { return Ok(Type::Any) };
        let kinds = [Type::of(yes), Type::of(no)];
        if kinds.contains(&Type::Any) {
            return Ok(Type::Any);
        }
        if let Some(kind) = unify::unify(&kinds) {
            return Ok(kind);
        }
        let [yes, no] = kinds;
        let detail = format!(
            "The true and false result expressions must have consistent types. {}",
            unify::difference(&yes, &no)
        );
        self.error(at, "Inconsistent conditional result types", detail)
    }
}
