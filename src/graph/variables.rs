//! Values for variables: given ones converted to their type, defaults for the others.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Module, Variable};
use crate::diagnostic::{Checked, Diagnostic, Source, Span, nearest};
use crate::graph::Known;
use crate::lang::{self, Context, Expr, Type, convert};
use crate::value::Value;

/// A value for a variable, and how it was given.
#[derive(Debug, Clone)]
pub enum Given {
    /// From a file of variables: an expression.
    Expression(Expr),
    /// From a saved plan: a value that was converted and checked then.
    Value(Value),
    /// From the command line or the environment: text, which is an expression only if the
    /// variable's type is not a simple one, as in Terraform.
    Text {
        /// The text.
        text: String,
        /// `-var`, or the name of the environment variable, for messages.
        from: String,
        /// Whether a name that is not declared is an error: it is on the command line.
        strict: bool,
    },
}

/// Values for all variables of the module. Rules are checked by the resolver, since they may speak
/// of other things.
pub fn variables(module: &Module, given: &BTreeMap<String, Given>) -> Checked<Known> {
    let mut known = Known::default();
    let mut problems = Vec::new();
    for (name, value) in given {
        if !module.variables.contains_key(name) {
            problems.extend(undeclared(module, name, value));
        }
    }
    for (name, variable) in &module.variables {
        match value(name, variable, given.get(name)) {
            Ok(value) => {
                known.variables.insert(name.clone(), value);
            }
            Err(found) => {
                problems.extend(found);
                known
                    .variables
                    .insert(name.clone(), Value::Unknown(crate::value::Unknown::default()));
            }
        }
    }
    (known, problems)
}

fn undeclared(module: &Module, name: &str, value: &Given) -> Option<Diagnostic> {
    let near = nearest(name, module.variables.keys().map(String::as_str));
    let detail = format!("There is no variable \"{name}\".");
    let problem = match value {
        Given::Text { strict: false, .. } | Given::Value(_) => return None,
        Given::Text { .. } => Diagnostic::error("Value for undeclared variable", detail),
        Given::Expression(value) => {
            Diagnostic::warning("Value for undeclared variable", detail).at(value.span())
        }
    };
    Some(match near {
        Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
        None => problem,
    })
}

fn value(name: &str, variable: &Variable, given: Option<&Given>) -> Result<Value, Vec<Diagnostic>> {
    let constant = |expression: &Expr| lang::evaluate(expression, &Context::constant());
    let (value, span) = match (given, &variable.default) {
        (None, None) => {
            return Err(vec![
                Diagnostic::error(
                    "No value for required variable",
                    format!("The variable \"{name}\" has no default and no value was given."),
                )
                .at(variable.span.clone())
                .hint(format!(
                    "Give one with -var '{name}=...', in a *.auto.tfvars file or as TF_VAR_{name}."
                )),
            ]);
        }
        (None, Some(default)) => (constant(default)?, default.span()),
        (Some(Given::Value(value)), _) => (value.clone(), variable.span.clone()),
        (Some(Given::Expression(expression)), _) => (constant(expression)?, expression.span()),
        (Some(Given::Text { text, from, strict: _ }), _) => {
            (from_text(text, from, &variable.kind)?, variable.span.clone())
        }
    };
    converted(name, variable, value, span)
}

/// The value of a variable of a module to which the call gives none.
pub(super) fn unset(name: &str, variable: &Variable) -> Result<Value, Vec<Diagnostic>> {
    value(name, variable, None)
}

/// A value as the variable takes it: of its type, null only where that may be.
pub(super) fn converted(
    name: &str,
    variable: &Variable,
    value: Value,
    span: Span,
) -> Result<Value, Vec<Diagnostic>> {
    let constant = |expression: &Expr| lang::evaluate(expression, &Context::constant());
    let value = match (&variable.default, value) {
        // Not nullable: null means the default.
        (Some(default), value) if value.is_null() && !variable.nullable => constant(default)?,
        (_, value) => value,
    };
    if value.is_null() && !variable.nullable {
        return Err(vec![
            Diagnostic::error(
                "Required variable not set",
                format!("The variable \"{name}\" must not be null."),
            )
            .at(span),
        ]);
    }
    let value = convert(value, &variable.kind).map_err(|error| {
        vec![
            Diagnostic::error(
                "Invalid value for variable",
                format!("The value for var.{name} does not fit its type: {error}."),
            )
            .at(span),
        ]
    })?;
    Ok(if variable.sensitive { value.sensitive() } else { value })
}

/// Text is taken as it stands for a simple type, and as an expression for any other.
fn from_text(text: &str, from: &str, kind: &Type) -> Result<Value, Vec<Diagnostic>> {
    if kind.is_primitive() || matches!(kind, Type::Any) {
        return Ok(Value::text(text));
    }
    let source = Arc::new(Source { name: from.to_owned(), text: text.to_owned() });
    let expression = lang::parse_expression(&source).map_err(|problem| vec![problem])?;
    lang::evaluate(&expression, &Context::constant())
}
