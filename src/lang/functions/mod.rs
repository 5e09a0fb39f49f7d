//! Functions. Each family is a table; this is what they have in common.
mod collection;
mod collection_sets;
mod conversion;
mod date;
mod encoding;
mod filesystem;
mod formatting;
mod hash;
mod network;
mod numeric;
mod string;
mod yaml;

use hcl_edit::expr::Expression;
use hcl_edit::expr::FuncCall;

use crate::diagnostic::nearest;
use crate::lang::Context;
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::unmark;
use crate::value::Number;
use crate::value::Value;

/// A function of the language.
struct Function {
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
    Lazy(fn(&Evaluator<'_>, &FuncCall) -> Outcome),
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

impl Evaluator<'_> {
    pub(super) fn call(&self, at: &Expression, call: &FuncCall) -> Outcome {
        let name = call.name.name.as_str();
        let core = match call.name.namespace.as_slice() {
            [] => true,
            [one] => one.as_str() == "core",
            _ => false,
        };
        let function = all().find(|function| core && function.name == name);
        let Some(function) = function.filter(|_| self.context.has_functions()) else {
            return self.no_function(call, name, function.is_some());
        };
        match function.body {
            Body::Lazy(body) => return body(self, call),
            Body::Missing(why) => {
                let detail = format!("The function \"{name}\" is not supported: {why}.");
                return self.error(&call.name.name, "Unsupported function", detail);
            }
            _ => {}
        }
        let Some(arguments) = self.arguments(call)? else { return self.waiting(call) };
        self.check_count(at, call, function, arguments.len())?;
        let mut errors = Vec::new();
        let mut converted = Vec::new();
        for (position, argument) in arguments.into_iter().enumerate() {
            match function.parameter(position).map(|parameter| accept(parameter, argument)) {
                Some(Ok(value)) => converted.push(value),
                Some(Err(message)) => errors.push(self.failure(
                    at,
                    call,
                    function,
                    Failure::Argument(position, message),
                    false,
                )),
                None => {}
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let sensitive = converted.iter().any(Value::has_sensitive);
        function
            .run(self.context, converted)
            .map_err(|failure| vec![self.failure(at, call, function, failure, sensitive)])
    }

    /// The arguments; `None` while it is not known how many there are.
    fn arguments(&self, call: &FuncCall) -> Outcome<Option<Vec<Value>>> {
        let mut values = self.all(call.args.iter())?;
        let Some(last) = call.args.iter().last().filter(|_| call.args.expand_final()) else {
            return Ok(Some(values));
        };
        let (expanded, sensitive) = unmark(values.pop().unwrap_or(Value::Null));
        let items: Vec<Value> = match expanded {
            Value::Tuple(items) | Value::List(items) => items,
            Value::Set(items) => items.into_iter().collect(),
            Value::Unknown(_) => return Ok(None),
            other => {
                let detail = if other == Value::Null {
                    "The expanding argument (indicated by ...) must not be null."
                } else {
                    "The expanding argument (indicated by ...) must be of a tuple, list, or set \
                     type."
                };
                return self.error(last, "Invalid expanding argument value", detail);
            }
        };
        values.extend(items.into_iter().map(|item| mark(item, sensitive)));
        Ok(Some(values))
    }

    fn waiting(&self, call: &FuncCall) -> Outcome {
        let values = self.all(call.args.iter())?;
        Ok(mark(unknown(&values), values.iter().any(Value::has_sensitive)))
    }

    fn no_function(&self, call: &FuncCall, name: &str, exists: bool) -> Outcome {
        if exists {
            let detail = "Only constants may stand here: no variables, no functions.";
            return self.error(&call.name.name, "Function calls not allowed", detail);
        }
        let namespace: String =
            call.name.namespace.iter().map(|part| format!("{}::", part.as_str())).collect();
        let detail = format!("There is no function named \"{namespace}{name}\".");
        let error = self.diagnostic(&call.name.name, "Call to unknown function", detail);
        Err(vec![match nearest(name, names()) {
            Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
            None => error,
        }])
    }

    fn check_count(
        &self,
        at: &Expression,
        call: &FuncCall,
        function: &Function,
        count: usize,
    ) -> Outcome<()> {
        let least = function.parameters.len();
        let name = function.name;
        if let Some(missing) = function.parameters.get(count) {
            let qualifier = if function.rest.is_some() { "at least " } else { "" };
            let detail = format!(
                "Function \"{name}\" expects {qualifier}{least} argument(s). Missing value for \
                 \"{}\".",
                missing.name
            );
            return self.error(at, "Not enough function arguments", detail);
        }
        if count > least && function.rest.is_none() {
            let detail = format!("Function \"{name}\" expects only {least} argument(s).");
            let summary = "Too many function arguments";
            return match call.args.get(least) {
                Some(extra) => self.error(extra, summary, detail),
                None => self.error(at, summary, detail),
            };
        }
        Ok(())
    }

    fn failure(
        &self,
        at: &Expression,
        call: &FuncCall,
        function: &Function,
        failure: Failure,
        sensitive: bool,
    ) -> crate::diagnostic::Diagnostic {
        let withheld = "the reason is not shown because an argument is sensitive".to_owned();
        let show = |message: String| if sensitive { withheld } else { message };
        match failure {
            Failure::Argument(position, message) => {
                let name = function.parameter(position).map_or("", |parameter| parameter.name);
                let message = show(message);
                let detail = format!("Invalid value for \"{name}\" parameter: {message}.");
                let last = call.args.len().saturating_sub(1);
                match call.args.get(position.min(last)) {
                    Some(argument) => {
                        self.diagnostic(argument, "Invalid function argument", detail)
                    }
                    None => self.diagnostic(at, "Invalid function argument", detail),
                }
            }
            Failure::Call(message) => {
                let message = show(message);
                let detail = format!("Call to function \"{}\" failed: {message}.", function.name);
                self.diagnostic(at, "Error in function call", detail)
            }
        }
    }
}

/// An argument as its parameter wants it.
fn accept(parameter: &Parameter, argument: Value) -> Result<Value, String> {
    if argument.is_null() && !parameter.nullable {
        return Err("argument must not be null".to_owned());
    }
    convert(argument, &parameter.kind.kind()).map_err(|error| error.to_string())
}

impl Function {
    fn run(&self, context: &Context<'_>, arguments: Vec<Value>) -> Answer {
        let whole = |arguments: &[Value]| -> Result<(Vec<Value>, bool), Value> {
            let sensitive = arguments.iter().any(Value::has_sensitive);
            if arguments.iter().all(Value::is_known) {
                Ok((arguments.iter().map(Value::revealed).collect(), sensitive))
            } else {
                Err(mark(unknown(arguments), sensitive))
            }
        };
        match self.body {
            Body::Plain(body) => match whole(&arguments) {
                Ok((arguments, sensitive)) => Ok(mark(body(&arguments)?, sensitive)),
                Err(unknown) => Ok(unknown),
            },
            Body::Files(body) => match whole(&arguments) {
                Ok((arguments, sensitive)) => Ok(mark(body(context, &arguments)?, sensitive)),
                Err(unknown) => Ok(unknown),
            },
            Body::Partial(body) => {
                let sensitive = arguments.iter().any(|value| matches!(value, Value::Sensitive(_)));
                let arguments: Vec<Value> =
                    arguments.into_iter().map(|value| unmark(value).0).collect();
                if arguments.iter().any(|value| matches!(value, Value::Unknown(_))) {
                    return Ok(mark(unknown(&arguments), sensitive));
                }
                Ok(mark(body(&arguments)?, sensitive))
            }
            Body::Raw(body) => body(&arguments),
            Body::Later => Ok(Value::Unknown(crate::value::Unknown::default())),
            Body::Lazy(_) | Body::Missing(_) => Err("it cannot be called like this".into()),
        }
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
    let number = arguments.get(at).map(as_number).unwrap_or(Number::from(0));
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
