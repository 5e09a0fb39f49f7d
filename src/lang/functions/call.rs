//! A call: arguments evaluated, counted, converted; the answer marked, the failure explained.
use std::sync::Arc;

use super::{Answer, Body, Failure, Function, Parameter, all, names};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::nearest;
use crate::lang::Context;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::unmark;
use crate::lang::place;
use crate::lang::syntax::Call;
use crate::lang::syntax::Expression;
use crate::value::Unknown;
use crate::value::Value;

/// The function that is called, or why there is none.
pub(in crate::lang) fn named(
    source: &Arc<Source>,
    call: &Call,
) -> Result<&'static Function, Box<Diagnostic>> {
    let name = call.name.text.strip_prefix("core::").unwrap_or(&call.name.text);
    let at = || place(source, &call.name);
    let Some(function) = all().find(|function| function.name == name) else {
        let detail = format!("There is no function named \"{}\".", call.name.text);
        let error = Diagnostic::error("Call to unknown function", detail).at(at());
        return Err(Box::new(match nearest(name, names()) {
            Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
            None => error,
        }));
    };
    if let Body::Missing(why) = function.body {
        let detail = format!("The function \"{name}\" is not supported: {why}.");
        return Err(Box::new(Diagnostic::error("Unsupported function", detail).at(at())));
    }
    Ok(function)
}

impl Evaluator<'_> {
    pub(in crate::lang) fn call(&self, at: &Expression, call: &Call) -> Outcome {
        let function = match named(self.source, call) {
            Ok(_) if !self.context.has_functions() => {
                let detail = "Only constants may stand here: no variables, no functions.";
                return self.error(&call.name, "Function calls not allowed", detail);
            }
            Ok(function) => function,
            Err(problem) => return Err(vec![*problem]),
        };
        if let Body::Lazy(body) = function.body {
            return body(self, call);
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
    fn arguments(&self, call: &Call) -> Outcome<Option<Vec<Value>>> {
        let mut values = self.all(call.arguments.iter())?;
        let Some(last) = call.arguments.last().filter(|_| call.expand) else {
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

    fn waiting(&self, call: &Call) -> Outcome {
        let values = self.all(call.arguments.iter())?;
        Ok(mark(unknown(&values), values.iter().any(Value::has_sensitive)))
    }

    fn check_count(
        &self,
        at: &Expression,
        call: &Call,
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
            return match call.arguments.get(least) {
                Some(extra) => self.error(extra, summary, detail),
                None => self.error(at, summary, detail),
            };
        }
        Ok(())
    }

    fn failure(
        &self,
        at: &Expression,
        call: &Call,
        function: &Function,
        failure: Failure,
        sensitive: bool,
    ) -> Diagnostic {
        let withheld = "the reason is not shown because an argument is sensitive".to_owned();
        let show = |message: String| if sensitive { withheld } else { message };
        match failure {
            Failure::Argument(position, message) => {
                let name = function.parameter(position).map_or("", |parameter| parameter.name);
                let message = show(message);
                let detail = format!("Invalid value for \"{name}\" parameter: {message}.");
                let last = call.arguments.len().saturating_sub(1);
                match call.arguments.get(position.min(last)) {
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
            Body::Later => Ok(Value::Unknown(Unknown::default())),
            Body::Lazy(_) | Body::Missing(_) => Err("it cannot be called like this".into()),
        }
    }
}
