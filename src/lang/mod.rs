//! The language: text to syntax, syntax to values.
//!
//! Names and meanings are those of Terraform 1.11. What differs is deliberate: numbers are exact
//! decimals, `1 / 0` and `1 % 0` are errors, `&&` and `||` look at the right side only when it
//! matters, and an unknown value says which attributes it waits for.
//!
//! Nothing here reads a clock, an environment or a file; functions that need files ask [`Files`].
mod arithmetic;
mod context;
mod convert;
mod document;
mod each;
mod evaluate;
mod fault;
pub mod format;
mod functions;
mod json;
mod layout;
mod lexer;
mod operators;
mod parser;
mod references;
pub mod syntax;
mod template;
mod traverse;
pub mod types;
mod unify;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Ranged;
use crate::lang::syntax::Template as TemplateSyntax;
use crate::value::Value;

pub use context::{Context, Files, NoFiles};
pub use convert::{ConvertError, Step, convert};
pub use document::{Node, NodeKind, Reading, Text, parse_document};
pub use functions::names as function_names;
pub use json::{encode as encode_json, from_json, parse as parse_json, to_json};
pub use layout::layout;
pub use parser::{parse, parse_expression, parse_template};
pub use references::{Key, Traversal, references, references_in_template, wrong_calls};
pub use types::{Attribute as TypeAttribute, Type};

/// An expression of a file, still unevaluated.
#[derive(Debug, Clone)]
pub struct Expr {
    /// The file it stands in.
    pub source: Arc<Source>,
    /// Its syntax; places in it are bytes of `source`.
    pub ast: Arc<Expression>,
}

/// A text with `${}` and `%{}` in it that is a file of its own, still unevaluated.
#[derive(Debug, Clone)]
pub struct Template {
    /// The file.
    pub source: Arc<Source>,
    /// Its syntax; places in it are bytes of `source`.
    pub ast: Arc<TemplateSyntax>,
}

impl Expr {
    /// An expression that stands in `source`.
    pub fn new(source: &Arc<Source>, ast: Expression) -> Self {
        Self { source: source.clone(), ast: Arc::new(ast) }
    }
    /// Where it stands.
    pub fn span(&self) -> Span {
        place(&self.source, &*self.ast)
    }
    /// What stands before the last `[...]` of the expression and what stands in it, if it ends so:
    /// `aws.by_account` and `each.key` of `aws.by_account[each.key]`.
    pub fn indexed(&self) -> Option<(Self, Self)> {
        let Kind::Traversal(traversal) = &self.ast.kind else { return None };
        let (last, before) = traversal.steps.split_last()?;
        let syntax::StepKind::Index(index) = &last.kind else { return None };
        let from = traversal.from.clone();
        let before = match before.last() {
            None => from,
            Some(step) => {
                let range = from.range.start..step.range.end;
                let inner = syntax::Traversal { from, steps: before.to_vec() };
                Expression { kind: Kind::Traversal(Box::new(inner)), range }
            }
        };
        Some((Self::new(&self.source, before), Self::new(&self.source, index.clone())))
    }
    /// The word, if the expression is one: `string` in `type = string`.
    pub fn keyword(&self) -> Option<&str> {
        match &self.ast.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }
    /// Whether it is written in brackets, member by member.
    pub fn is_list(&self) -> bool {
        matches!(self.ast.kind, Kind::Tuple(_))
    }
}

/// The place of a piece of syntax in `source`.
pub fn place(source: &Arc<Source>, syntax: &impl Ranged) -> Span {
    Span { source: source.clone(), range: syntax.range() }
}

/// The value of an expression, or everything that is wrong with it.
pub fn evaluate(expression: &Expr, context: &Context<'_>) -> Result<Value, Vec<Diagnostic>> {
    evaluate::evaluate(expression, context)
}

/// The text that a template makes, or everything that is wrong with it.
///
/// A template that is nothing but one `${}` gives the value itself, whatever its type.
pub fn evaluate_template(
    template: &Template,
    context: &Context<'_>,
) -> Result<Value, Vec<Diagnostic>> {
    evaluate::evaluate_template(template, context)
}

/// What the console prints for an expression. `type(x)`, which exists only here, prints the type.
pub fn console(expression: &Expr, context: &Context<'_>) -> Result<String, Vec<Diagnostic>> {
    if let Kind::Call(call) = &expression.ast.kind
        && call.name.text == "type"
        && let [argument] = call.arguments.as_slice()
    {
        let value = evaluate(&Expr::new(&expression.source, argument.clone()), context)?;
        return Ok(Type::of(&value).tree(0));
    }
    Ok(format::console(&evaluate(expression, context)?))
}
