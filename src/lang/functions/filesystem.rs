//! Files and paths.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use super::{Answer, Body, Context, Failure, Function, any, as_text, fixed, string, text};
use crate::lang::convert::set;
use crate::lang::evaluate;
use crate::lang::parse_template;
use crate::lang::template::inline_source;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed(
        "abspath",
        &[text("path")],
        Body::Files(|c, a| Ok(Value::text(clean(&c.files().absolute(as_text(&a[0]))?)))),
    ),
    fixed("basename", &[text("path")], Body::Plain(|a| Ok(Value::text(basename(as_text(&a[0])))))),
    fixed("dirname", &[text("path")], Body::Plain(|a| Ok(Value::text(dirname(as_text(&a[0])))))),
    fixed("file", &[text("path")], Body::Files(|c, a| Ok(evaluate::text(&read_text(c, a)?)))),
    fixed(
        "filebase64",
        &[text("path")],
        Body::Files(|c, a| Ok(Value::text(STANDARD.encode(read(c, a)?)))),
    ),
    fixed("fileexists", &[text("path")], Body::Files(fileexists)),
    fixed("fileset", &[text("path"), text("pattern")], Body::Files(fileset)),
    fixed(
        "pathexpand",
        &[text("path")],
        Body::Files(|c, a| Ok(Value::text(expand(c, as_text(&a[0]))))),
    ),
    fixed("templatefile", &[text("path"), any("vars")], Body::Files(templatefile)),
];

/// `~` stands for the home directory.
fn expand(context: &Context<'_>, path: &str) -> String {
    match (path.strip_prefix('~'), context.files().home()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => home + rest,
        _ => path.to_owned(),
    }
}

/// The bytes of the file that the first argument names.
pub(super) fn read(context: &Context<'_>, arguments: &[Value]) -> Result<Vec<u8>, Failure> {
    let path = expand(context, as_text(&arguments[0]));
    context.files().read(&path).map_err(|error| Failure::Argument(0, error))
}

fn read_text(context: &Context<'_>, arguments: &[Value]) -> Result<String, Failure> {
    String::from_utf8(read(context, arguments)?).map_err(|_| {
        let path = as_text(&arguments[0]);
        let message = format!(
            "contents of \"{path}\" are not valid UTF-8; use the filebase64 function to obtain \
             the Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) \
             to obtain file hashing results instead"
        );
        Failure::Argument(0, message)
    })
}

fn fileexists(context: &Context<'_>, arguments: &[Value]) -> Answer {
    let path = expand(context, as_text(&arguments[0]));
    let exists = context.files().exists(&path).map_err(|error| Failure::Argument(0, error))?;
    Ok(Value::Bool(exists))
}

fn fileset(context: &Context<'_>, arguments: &[Value]) -> Answer {
    let path = expand(context, as_text(&arguments[0]));
    let pattern = glob(as_text(&arguments[1])).ok_or_else(|| {
        Failure::Argument(
            1,
            "the pattern is not valid: a bracket or brace is not closed".to_owned(),
        )
    })?;
    let files = context.files().list(&path).map_err(|error| Failure::Argument(0, error))?;
    Ok(set(files.into_iter().filter(|file| pattern.is_match(file)).map(Value::text).collect()))
}

/// A file pattern as a regular expression: `**` crosses directories, `*` and `?` do not.
fn glob(pattern: &str) -> Option<Regex> {
    let mut out = String::from("(?s)^");
    let mut rest = pattern.chars().peekable();
    let mut braces = 0;
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                if rest.next_if_eq(&'/').is_some() {
                    out.push_str("(?:.*/)?");
                } else {
                    out.push_str(".*");
                }
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => {
                braces += 1;
                out.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                out.push(')');
            }
            ',' if braces > 0 => out.push('|'),
            '[' => {
                out.push('[');
                if rest.next_if(|c| matches!(c, '^' | '!')).is_some() {
                    out.push('^');
                }
                loop {
                    match rest.next()? {
                        ']' => break,
                        c @ ('\\' | '[' | '&' | '~') => out.extend(['\\', c]),
                        c => out.push(c),
                    }
                }
                out.push(']');
            }
            '\\' => out.push_str(&regex::escape(&rest.next()?.to_string())),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    if braces > 0 { None } else { Regex::new(&out).ok() }
}

fn templatefile(context: &Context<'_>, arguments: &[Value]) -> Answer {
    let text = read_text(context, arguments)?;
    let source = inline_source(as_text(&arguments[0]), &text);
    let template = parse_template(&source).map_err(|error| {
        let at = error.span.as_ref().map(|span| {
            let (line, column) = span.start();
            format!("{}:{line},{column}: ", span.source.name)
        });
        format!("{}{}; {}", at.unwrap_or_default(), error.summary, error.detail)
    })?;
    string::render(context, &template, &arguments[1])
}

fn basename(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    match path.trim_end_matches('/').rsplit('/').next() {
        None | Some("") => "/".to_owned(),
        Some(name) => name.to_owned(),
    }
}

fn dirname(path: &str) -> String {
    match path.rfind('/') {
        None => ".".to_owned(),
        Some(slash) => clean(&path[..=slash]),
    }
}

/// The shortest path that means the same, as far as the text alone tells.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
