//! Tests of the language that no other program can judge: what is unknown, what is wrong, what
//! is referred to. What Terraform can judge is in `tests/expressions.rs`.
mod files;
mod problems;
mod references;
mod robustness;
mod types;
mod unknown;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::BlockAddress;
use crate::address::InstanceKey;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::lang;
use crate::lang::Context;
use crate::lang::Expr;
use crate::lang::NoFiles;
use crate::value::Unknown;
use crate::value::Value;

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source { name: "main.hcl".to_owned(), text: text.to_owned() })
}

fn expression(text: &str) -> Expr {
    lang::parse_expression(&source(text)).expect("the test's expression is right")
}

/// The names of the tests: `unknown`, `other` (unknown too) and `secret`.
fn names() -> BTreeMap<String, Value> {
    let unknown = |attribute: &str| {
        let block = BlockAddress::managed("aws_rds_cluster", "main");
        let address = block.instance(InstanceKey::None);
        Value::Unknown(Unknown::of(&address, attribute))
    };
    BTreeMap::from([
        ("unknown".to_owned(), unknown("arn")),
        ("other".to_owned(), unknown("endpoint")),
        ("secret".to_owned(), Value::text("hunter2").sensitive()),
        ("map".to_owned(), Value::Map([("alpha", Value::int(1))].into_iter().collect())),
    ])
}

fn evaluate(text: &str) -> Result<Value, Vec<Diagnostic>> {
    let names = names();
    lang::evaluate(&expression(text), &Context::new(&names, &NoFiles))
}

/// The console's answer; with unknown values as what they wait for.
fn check(text: &str, expected: &str) {
    let shown = match evaluate(text) {
        Ok(value) => show(&value),
        Err(errors) => format!("error: {}", errors[0].detail),
    };
    assert_eq!(shown, expected, "{text}");
}

/// On one line, unlike the console.
fn show(value: &Value) -> String {
    let items =
        |items: &mut dyn Iterator<Item = &Value>| items.map(show).collect::<Vec<_>>().join(", ");
    match value {
        Value::Tuple(members) => format!("[{}]", items(&mut members.iter())),
        Value::List(members) => format!("tolist([{}])", items(&mut members.iter())),
        Value::Set(members) => format!("toset([{}])", items(&mut members.iter())),
        Value::Object(object) | Value::Map(object) => {
            let members = object.iter().map(|(name, value)| format!("{name} = {}", show(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Unknown(unknown) => {
            let sources = unknown.sources.iter().map(|source| source.attribute.clone());
            format!("?({})", sources.collect::<Vec<_>>().join(" "))
        }
        Value::Sensitive(inner) => format!("sensitive({})", show(inner)),
        other => lang::format::console(other),
    }
}
