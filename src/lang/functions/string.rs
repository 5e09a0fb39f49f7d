//! Texts.
use std::borrow::Cow;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Answer, Body, Context, Failure, Function, Kind, any, as_text, fixed, of, text, texts, variadic,
    whole,
};
use crate::lang::convert::unknown;
use crate::lang::evaluate;
use crate::lang::evaluate_template;
use crate::lang::parse_template;
use crate::lang::template::inline_source;
use crate::value::Object;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed(
        "chomp",
        &[text("str")],
        Body::Plain(|a| ok(as_text(&a[0]).trim_end_matches(['\r', '\n']))),
    ),
    fixed(
        "endswith",
        &[text("str"), text("suffix")],
        Body::Plain(|a| Ok(Value::Bool(as_text(&a[0]).ends_with(as_text(&a[1]))))),
    ),
    fixed("indent", &[super::number("spaces"), text("str")], Body::Plain(indent)),
    variadic("join", &[text("separator")], of("lists", Kind::Strings), Body::Partial(join)),
    fixed(
        "lower",
        &[text("str")],
        // Only İ has two characters as its small form, and Go takes the first of them.
        Body::Plain(|a| ok(map_chars(as_text(&a[0]), |c| c.to_lowercase().next().unwrap_or(c)))),
    ),
    fixed("regex", &[text("pattern"), text("string")], Body::Plain(regex)),
    fixed("regexall", &[text("pattern"), text("string")], Body::Plain(regexall)),
    fixed("replace", &[text("str"), text("substr"), text("replace")], Body::Plain(replace)),
    fixed("split", &[text("separator"), text("str")], Body::Plain(split)),
    fixed(
        "startswith",
        &[text("str"), text("prefix")],
        Body::Plain(|a| Ok(Value::Bool(as_text(&a[0]).starts_with(as_text(&a[1]))))),
    ),
    fixed(
        "strcontains",
        &[text("str"), text("substr")],
        Body::Plain(|a| Ok(Value::Bool(as_text(&a[0]).contains(as_text(&a[1]))))),
    ),
    fixed(
        "strrev",
        &[text("str")],
        Body::Plain(|a| ok(as_text(&a[0]).graphemes(true).rev().collect::<String>())),
    ),
    fixed(
        "substr",
        &[text("str"), super::number("offset"), super::number("length")],
        Body::Plain(substr),
    ),
    fixed("templatestring", &[text("template"), any("vars")], Body::Files(templatestring)),
    fixed("title", &[text("str")], Body::Plain(|a| ok(title(as_text(&a[0]))))),
    fixed(
        "trim",
        &[text("str"), text("cutset")],
        Body::Plain(|a| ok(as_text(&a[0]).trim_matches(|c| as_text(&a[1]).contains(c)))),
    ),
    fixed(
        "trimprefix",
        &[text("str"), text("prefix")],
        Body::Plain(|a| ok(as_text(&a[0]).strip_prefix(as_text(&a[1])).unwrap_or(as_text(&a[0])))),
    ),
    fixed("trimspace", &[text("str")], Body::Plain(|a| ok(as_text(&a[0]).trim()))),
    fixed(
        "trimsuffix",
        &[text("str"), text("suffix")],
        Body::Plain(|a| ok(as_text(&a[0]).strip_suffix(as_text(&a[1])).unwrap_or(as_text(&a[0])))),
    ),
    fixed(
        "upper",
        &[text("str")],
        Body::Plain(|a| ok(map_chars(as_text(&a[0]), |c| one(c, c.to_uppercase())))),
    ),
];

fn ok<'t>(text: impl Into<Cow<'t, str>>) -> Answer {
    Ok(evaluate::text(&text.into()))
}

/// A character's other case where that is one character, as Go has it.
fn one(c: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

fn map_chars(text: &str, change: impl FnMut(char) -> char) -> String {
    text.chars().map(change).collect()
}

fn title(text: &str) -> String {
    let mut before = ' ';
    map_chars(text, |c| {
        let start = !(before.is_alphanumeric() || before == '_');
        before = c;
        if start { one(c, c.to_uppercase()) } else { c }
    })
}

fn indent(arguments: &[Value]) -> Answer {
    let spaces = whole(arguments, 0)?;
    let text = as_text(&arguments[1]);
    let spaces = usize::try_from(spaces).ok().filter(|spaces| *spaces <= 4096);
    let Some(spaces) = spaces else {
        return Err(Failure::Argument(0, "a number from 0 to 4096 is required".to_owned()));
    };
    ok(text.replace('\n', &format!("\n{}", " ".repeat(spaces))))
}

fn join(arguments: &[Value]) -> Answer {
    if arguments.len() < 2 {
        return Err("at least one list is required".into());
    }
    let sensitive = arguments.iter().any(Value::has_sensitive);
    if !arguments.iter().all(Value::is_known) {
        return Ok(evaluate::mark(unknown(arguments), sensitive));
    }
    let mut all = Vec::new();
    for at in 1..arguments.len() {
        all.extend(texts(arguments, at)?);
    }
    Ok(evaluate::mark(evaluate::text(&all.join(as_text(&arguments[0]))), sensitive))
}

fn compile(at: usize, pattern: &str) -> Result<Regex, Failure> {
    Regex::new(pattern).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Failure::Argument(at, format!("invalid regexp pattern: {reason}"))
    })
}

/// One match: its text, its groups by position, or its groups by name.
fn matched(pattern: &Regex, captures: &regex::Captures<'_>) -> Result<Value, Failure> {
    let group = |group: Option<regex::Match<'_>>| {
        group.map_or(Value::Null, |group| evaluate::text(group.as_str()))
    };
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    match (pattern.captures_len() - 1, names.len()) {
        (0, _) => Ok(group(captures.get(0))),
        (_, 0) => Ok(Value::Tuple(captures.iter().skip(1).map(group).collect())),
        (all, named) if all == named => {
            let members = names.into_iter().map(|name| (name, group(captures.name(name))));
            Ok(Value::Object(members.collect::<Object>()))
        }
        _ => {
            let message =
                "invalid regexp pattern: cannot mix both named and unnamed capture groups";
            Err(Failure::Argument(0, message.to_owned()))
        }
    }
}

fn regex(arguments: &[Value]) -> Answer {
    let pattern = compile(0, as_text(&arguments[0]))?;
    match pattern.captures(as_text(&arguments[1])) {
        Some(captures) => matched(&pattern, &captures),
        None => Err("pattern did not match any part of the given string".into()),
    }
}

fn regexall(arguments: &[Value]) -> Answer {
    let pattern = compile(0, as_text(&arguments[0]))?;
    let all = pattern.captures_iter(as_text(&arguments[1]));
    Ok(Value::List(all.map(|captures| matched(&pattern, &captures)).collect::<Result<_, _>>()?))
}

/// A pattern between slashes is a regular expression.
fn replace(arguments: &[Value]) -> Answer {
    let [text, from, to] = [0, 1, 2].map(|at| as_text(&arguments[at]));
    let pattern = from.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let length = text.len().saturating_add(1).saturating_mul(to.len().saturating_add(1));
    if length > 64 << 20 {
        return Err("the result would be too long".into());
    }
    match pattern {
        Some(pattern) => ok(compile(1, pattern)?.replace_all(text, to).into_owned()),
        None => ok(text.replace(from, to)),
    }
}

fn split(arguments: &[Value]) -> Answer {
    let [separator, text] = [0, 1].map(|at| as_text(&arguments[at]));
    if separator.is_empty() {
        return Ok(Value::texts(text.chars()));
    }
    Ok(Value::texts(text.split(separator)))
}

/// Counts what a reader sees as characters.
fn substr(arguments: &[Value]) -> Answer {
    let (offset, length) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let all: Vec<&str> = as_text(&arguments[0]).graphemes(true).collect();
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    let [start, end] = [start, end].map(|at| usize::try_from(at).unwrap_or(0));
    ok(all.get(start..end).unwrap_or_default().concat())
}

fn templatestring(context: &Context<'_>, arguments: &[Value]) -> Answer {
    let source = inline_source("<templatestring argument>", as_text(&arguments[0]));
    let template =
        parse_template(&source).map_err(|error| format!("{}: {}", error.summary, error.detail))?;
    render(context, &template, &arguments[1])
}

/// A template with names of its own, for `templatestring` and `templatefile`.
pub(super) fn render(
    context: &Context<'_>,
    template: &crate::lang::Template,
    names: &Value,
) -> Answer {
    let (Value::Object(Object(names)) | Value::Map(Object(names))) = names else {
        return Err(Failure::Argument(1, "invalid vars value: must be a map".to_owned()));
    };
    if context.depth() >= 32 {
        return Err("templates render each other without end".into());
    }
    let inner = context.inside_template(names.clone());
    let value = evaluate_template(template, &inner).map_err(|errors| {
        let first = errors.first().map(|error| {
            let at = error.span.as_ref().map(|span| {
                let (line, column) = span.start();
                format!("{}:{line},{column}: ", span.source.name)
            });
            format!(
                "{}{}; {}",
                at.unwrap_or_default(),
                error.summary,
                error.detail.trim_end_matches('.')
            )
        });
        first.unwrap_or_default()
    })?;
    Ok(value)
}
