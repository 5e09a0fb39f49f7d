//! Functions. Each family is a table; this is what they have in common.
mod call;
mod collection;
mod collection_maps;
mod collection_sets;
mod conversion;
mod date;
mod decrypt;
mod encoding;
mod filesystem;
mod formatting;
mod hash;
mod network;
mod numeric;
mod string;
mod yaml;

use crate::lang::Context;
use crate::lang::Type;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::syntax::Call;
use crate::value::Number;
use crate::value::Value;

pub(in crate::lang) use call::named;

/// A function of the language.
pub(in crate::lang) struct Function {
    name: &'static str,
    parameters: &'static [Parameter],
    /// Takes any number of further arguments.
    rest: Option<Parameter>,
    body: Body,
}

struct Parameter {
    name: &'static str,
    kind: Kind,
    nullable: bool,
}

/// What a parameter's argument is converted to.
#[derive(Clone, Copy)]
enum Kind {
    Any,
    Number,
    String,
    Bools,
    List,
    Lists,
    Set,
    Strings,
}

enum Body {
    /// Sees arguments that are wholly known and bear no marks.
    Plain(fn(&[Value]) -> Answer),
    /// The same, and asks for files.
    Files(fn(&Context<'_>, &[Value]) -> Answer),
    /// Sees what is unknown or sensitive *inside* an argument, and leaves it where it is.
    Partial(fn(&[Value]) -> Answer),
    /// Sees arguments just as they are, whatever is unknown, sensitive or null.
    Raw(fn(&[Value]) -> Answer),
    /// Sees its arguments before they are evaluated.
    Lazy(fn(&Evaluator<'_>, &Call) -> Outcome),
    /// Another value at each call: not known before it is needed.
    Later,
    /// Exists in Terraform and not here; the text says why or what to use.
    Missing(&'static str),
}

/// What a function answers.
type Answer = Result<Value, Failure>;

/// Why a function has no answer.
enum Failure {
    /// The argument at this position is to blame.
    Argument(usize, String),
    /// The call as a whole is.
    Call(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Call(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Call(message.to_owned())
    }
}

const fn any(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Any, nullable: false }
}
const fn nullable(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Any, nullable: true }
}
const fn of(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, nullable: false }
}
const fn text(name: &'static str) -> Parameter {
    of(name, Kind::String)
}
const fn number(name: &'static str) -> Parameter {
    of(name, Kind::Number)
}
const fn fixed(name: &'static str, parameters: &'static [Parameter], body: Body) -> Function {
    Function { name, parameters, rest: None, body }
}
const fn variadic(
    name: &'static str,
    parameters: &'static [Parameter],
    rest: Parameter,
    body: Body,
) -> Function {
    Function { name, parameters, rest: Some(rest), body }
}

static FAMILIES: &[&[Function]] = &[
    collection::FUNCTIONS,
    collection_maps::FUNCTIONS,
    collection_sets::FUNCTIONS,
    conversion::FUNCTIONS,
    date::FUNCTIONS,
    encoding::FUNCTIONS,
    filesystem::FUNCTIONS,
    formatting::FUNCTIONS,
    hash::FUNCTIONS,
    network::FUNCTIONS,
    numeric::FUNCTIONS,
    string::FUNCTIONS,
];

fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The name of every function that can be called.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = all()
        .filter(|function| !matches!(function.body, Body::Missing(_)))
        .map(|function| function.name)
        .collect();
    names.sort_unstable();
    names
}

impl Kind {
    fn kind(self) -> Type {
        match self {
            Self::Any => Type::Any,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::Bools => Type::List(Box::new(Type::Bool)),
            Self::List => Type::List(Box::default()),
            Self::Lists => Type::Map(Box::new(Type::List(Box::new(Type::String)))),
            Self::Set => Type::Set(Box::default()),
            Self::Strings => Type::List(Box::new(Type::String)),
        }
    }
}

impl Function {
    fn parameter(&self, at: usize) -> Option<&Parameter> {
        self.parameters.get(at).or(self.rest.as_ref())
    }
}

/// The text of an argument that its parameter has made one.
fn as_text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn as_number(value: &Value) -> Number {
    match value.unmarked() {
        Value::Number(number) => number.clone(),
        _ => Number::from(0),
    }
}

/// A whole number as an argument.
fn whole(arguments: &[Value], at: usize) -> Result<i64, Failure> {
    let number = arguments.get(at).map_or(Number::from(0), as_number);
    let message = "a whole number is required";
    number.as_i64().ok_or_else(|| Failure::Argument(at, message.to_owned()))
}

/// The members of a list, set or tuple; `None` for anything else.
fn members(value: &Value) -> Option<Vec<Value>> {
    match value.unmarked() {
        Value::Tuple(items) | Value::List(items) => Some(items.clone()),
        Value::Set(items) => Some(items.iter().cloned().collect()),
        _ => None,
    }
}

/// The members of an argument that its parameter has made a list or set.
fn items(value: &Value) -> Vec<Value> {
    members(value).unwrap_or_default()
}

/// The texts in an argument that its parameter has made a list of strings; null ones are an error.
fn texts(arguments: &[Value], at: usize) -> Result<Vec<String>, Failure> {
    let items = arguments.get(at).map(items).unwrap_or_default();
    items
        .iter()
        .enumerate()
        .map(|(index, item)| match item.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(Failure::Argument(
                at,
                format!("element {index} is null; cannot use null values here"),
            )),
        })
        .collect()
}
