//! Types, marks, and expressions that may fail.
use super::{Answer, Body, Failure, Function, Parameter, fixed, nullable, variadic};
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::format;
use crate::lang::syntax::Call;
use crate::value::Value;

const VALUE: &[Parameter] = &[nullable("value")];
const V: &[Parameter] = &[nullable("v")];

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("can", &[], Body::Lazy(can)),
    fixed("ephemeralasnull", VALUE, Body::Raw(|a| Ok(a[0].clone()))),
    fixed(
        "issensitive",
        VALUE,
        Body::Raw(|a| Ok(Value::Bool(matches!(a[0], Value::Sensitive(_))))),
    ),
    variadic("list", &[], nullable("vals"), Body::Missing("write tolist([ ... ]) instead")),
    variadic("map", &[], nullable("vals"), Body::Missing("write tomap({ ... }) instead")),
    fixed("nonsensitive", VALUE, Body::Raw(nonsensitive)),
    fixed("sensitive", VALUE, Body::Raw(|a| Ok(a[0].clone().sensitive()))),
    fixed("tobool", V, Body::Raw(|a| to(a, &Type::Bool))),
    fixed("tolist", V, Body::Raw(|a| to(a, &Type::List(Box::default())))),
    fixed("tomap", V, Body::Raw(|a| to(a, &Type::Map(Box::default())))),
    fixed("tonumber", V, Body::Raw(|a| to(a, &Type::Number))),
    fixed("toset", V, Body::Raw(|a| to(a, &Type::Set(Box::default())))),
    fixed("tostring", V, Body::Raw(|a| to(a, &Type::String))),
    fixed("try", &[], Body::Lazy(try_each)),
    fixed("type", VALUE, Body::Missing("it is for the console only, and there only outermost")),
];

fn nonsensitive(arguments: &[Value]) -> Answer {
    Ok(match &arguments[0] {
        Value::Sensitive(inner) => inner.unmarked().clone(),
        plain => plain.clone(),
    })
}

fn to(arguments: &[Value], kind: &Type) -> Answer {
    let value = arguments[0].clone();
    convert(value, kind).map_err(|error| {
        let given = &arguments[0];
        let message = match (given.unmarked(), kind) {
            _ if given.has_sensitive() => format!("cannot convert this to {}", kind.words()),
            (Value::String(text), Type::Bool) => format!(
                "cannot convert {} to bool; only the strings \"true\" or \"false\" are allowed",
                format::quote(text)
            ),
            (Value::String(text), Type::Number) => format!(
                "cannot convert {} to number; given string must be a decimal representation of a \
                 number",
                format::quote(text)
            ),
            (given, _) if error.path.is_empty() => {
                format!("cannot convert {} to {}", Type::of(given).words(), kind.words())
            }
            _ => error.to_string(),
        };
        Failure::Argument(0, message)
    })
}

fn can(evaluator: &Evaluator<'_>, call: &Call) -> Outcome {
    let [argument] = call.arguments.as_slice() else {
        let detail = "Function \"can\" expects 1 argument(s).";
        return evaluator.error(&call.name, "Not enough function arguments", detail);
    };
    match evaluator.expression(argument) {
        // It may still fail when more is known.
        Ok(value) if !value.is_known() => Ok(crate::lang::convert::unknown([&value])),
        Ok(_) => Ok(Value::Bool(true)),
        Err(_) => Ok(Value::Bool(false)),
    }
}

fn try_each(evaluator: &Evaluator<'_>, call: &Call) -> Outcome {
    let mut reasons = Vec::new();
    for argument in &call.arguments {
        match evaluator.expression(argument) {
            Ok(value) => return Ok(value),
            Err(errors) => reasons.extend(errors.into_iter().next()),
        }
    }
    if reasons.is_empty() {
        let detail = "Call to function \"try\" failed: at least one argument is required.";
        return evaluator.error(&call.name, "Error in function call", detail);
    }
    let reasons: Vec<String> = reasons
        .iter()
        .map(|error| {
            let place = error.span.as_ref().map(|span| {
                let (line, column) = span.start();
                format!(" (at {}:{line},{column})", span.source.name)
            });
            format!("\n- {}{}\n  {}", error.summary, place.unwrap_or_default(), error.detail)
        })
        .collect();
    let detail = format!(
        "Call to function \"try\" failed: no expression succeeded:{}\n\nAt least one expression \
         must produce a successful result.",
        reasons.concat()
    );
    evaluator.error(&call.name, "Error in function call", detail)
}
