//! `module` blocks: what they say, held against the module that they call.
use std::sync::Arc;

use indexmap::IndexMap;

use crate::config::block::Reader;
use crate::config::{Body, Call, Handed, Module, Nested};
use crate::diagnostic::{Diagnostic, nearest};
use crate::lang::syntax::{Kind, Member};
use crate::lang::{self, Context, Expr, NoFiles, convert};

/// A `module` block before the module that it calls has been read.
pub(super) struct Unread {
    pub(super) name: String,
    pub(super) directory: String,
    pub(super) call: Call,
}

/// Reads a block. None if it does not say what it calls.
pub(super) fn read(block: Nested, caller: &str, reader: &mut Reader<'_>) -> Option<Unread> {
    let Nested { labels, mut body, .. } = block;
    let span = body.span.clone();
    let name = labels[0].0.clone();
    if !body.arguments.contains_key("source") {
        reader.missing("source", &span);
    }
    let source = reader.take_text(&mut body, "source");
    let version = body.take("version");
    let repeat = reader.repeat(&mut body);
    let providers = providers(&mut body, reader);
    let depends_on = reader.take_references(&mut body, "depends_on");
    for block in std::mem::take(&mut body.blocks) {
        reader.problems.push(
            Diagnostic::error(
                "Unsupported block type",
                format!("A module block has no \"{}\" blocks, only arguments.", block.kind),
            )
            .at(block.body.span)
            .hint(format!("Write `{} = {{ ... }}` for an object.", block.kind)),
        );
    }
    let source = source?;
    if let Some(version) = version {
        reader.problems.push(
            Diagnostic::error(
                "Invalid module version",
                "Modules are read from this machine or from drctl itself, where there is only one \
                 version of each.",
            )
            .at(version.name)
            .hint("Take the argument away."),
        );
    }
    let directory = match directory(caller, &source.0) {
        Ok(directory) => directory,
        Err((text, hint)) => {
            let problem = Diagnostic::error("Unsupported module source", text).at(source.1);
            reader.problems.push(problem.hint(hint));
            return None;
        }
    };
    let module = Arc::default();
    let call =
        Call { source, repeat, providers, depends_on, arguments: body.arguments, module, span };
    Some(Unread { name, directory, call })
}

/// Where the files of a module lie that a module in `caller` calls as `source`.
fn directory(caller: &str, source: &str) -> Result<String, (String, &'static str)> {
    if let Some(name) = source.strip_prefix("drctl:") {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        return if !name.is_empty() && name.chars().all(plain) {
            Ok(source.to_owned())
        } else {
            let text = format!("\"{source}\" is no name of a built-in module.");
            Err((text, "`drctl modules list` shows them."))
        };
    }
    if source.starts_with('/') {
        return Ok(source.trim_end_matches('/').to_owned());
    }
    if !(source.starts_with("./") || source.starts_with("../") || source == "." || source == "..") {
        return Err((
            format!(
                "\"{source}\" is no local path: drctl fetches no modules, so that what runs is \
                 what you have seen."
            ),
            "Copy the module beside this configuration and write \"./\" and its path, or use a \
             built-in one, such as \"drctl:aurora-global-database\".",
        ));
    }
    let (fixed, caller) = match caller.split_once('/') {
        Some((builtin, inside)) if builtin.starts_with("drctl:") => (builtin, inside),
        None if caller.starts_with("drctl:") => (caller, ""),
        _ => ("", caller),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in caller.split('/').chain(source.split('/')) {
        match part {
            "" if parts.is_empty() && caller.starts_with('/') => parts.push(""),
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"") => {}
                Some(&"..") | None => parts.push(".."),
                Some(_) => drop(parts.pop()),
            },
            name => parts.push(name),
        }
    }
    if !fixed.is_empty() && parts.first() == Some(&"..") {
        let text = format!("\"{source}\" leads out of the built-in module.");
        return Err((text, "What a built-in module calls must be part of it."));
    }
    let parts: Vec<&str> =
        [fixed].into_iter().filter(|fixed| !fixed.is_empty()).chain(parts).collect();
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// `providers = { aws = aws.west, aws.backup = aws.by_account[each.key] }`.
fn providers(body: &mut Body, reader: &mut Reader<'_>) -> IndexMap<String, Handed> {
    let mut found = IndexMap::new();
    let Some(argument) = body.take("providers") else { return found };
    let Kind::Object(members) = &argument.value.ast.kind else {
        let text = "\"providers\" is an object, as in `{ aws = aws.west }`.";
        let problem = Diagnostic::error("Invalid providers argument", text);
        reader.problems.push(problem.at(argument.value.span()));
        return found;
    };
    for Member { key, value } in members {
        let source = &argument.value.source;
        let inner = match &key.kind {
            Kind::Text(name) => Some((name.clone(), lang::place(source, key))),
            _ => reader.alias(&Expr::new(source, key.clone())).map(|alias| {
                let written =
                    if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
                (written, lang::place(source, key))
            }),
        };
        let outer = Expr::new(source, value.clone());
        let Some((inner, at)) = inner else { continue };
        let inner = match inner.as_str() {
            "aws" => String::new(),
            other => {
                match other.strip_prefix("aws.") {
                    Some(alias) => alias.to_owned(),
                    None => {
                        reader.problems.push(
                        Diagnostic::error(
                            "Unknown provider",
                            format!("There is no provider \"{other}\" here; the only one is \"aws\"."),
                        )
                        .at(at),
                    );
                        continue;
                    }
                }
            }
        };
        let (named, key) = reader.keyed(&outer);
        found.insert(inner, Handed { alias: named, key, span: outer.span() });
    }
    found
}

/// Everything in the calls of a module that what they call does not allow.
pub(super) fn check(module: &Module, problems: &mut Vec<Diagnostic>) {
    for (name, call) in &module.calls {
        let variables = &call.module.variables;
        for (argument, given) in &call.arguments {
            let Some(variable) = variables.get(argument) else {
                let problem = Diagnostic::error(
                    "Unsupported argument",
                    format!(
                        "Module \"{name}\" ({}) has no variable \"{argument}\".",
                        call.source.0
                    ),
                )
                .at(given.name.clone());
                problems.push(match nearest(argument, variables.keys().map(String::as_str)) {
                    Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
                    None => problem,
                });
                continue;
            };
            if !lang::references(&given.value).is_empty() {
                continue;
            }
            let none = std::collections::BTreeMap::new();
            let value = lang::evaluate(&given.value, &Context::new(&none, &NoFiles));
            if let Some(Err(error)) = value.ok().map(|value| convert(value, &variable.kind)) {
                problems.push(
                    Diagnostic::error(
                        "Invalid value for variable",
                        format!("The value for var.{argument} of module \"{name}\" does not fit its type: {error}."),
                    )
                    .at(given.value.span()),
                );
            }
        }
        for (variable, declared) in variables {
            if declared.default.is_none() && !call.arguments.contains_key(variable) {
                let (line, _) = declared.span.start();
                problems.push(
                    Diagnostic::error(
                        "Missing required argument",
                        format!(
                            "The argument \"{variable}\" is required: {}:{line} declares it without \
                             a default.",
                            declared.span.source.name
                        ),
                    )
                    .at(call.span.clone()),
                );
            }
        }
    }
}
