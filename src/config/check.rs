//! Holds what is declared against the tables of the types, without evaluating anything.
use std::collections::BTreeMap;

use crate::address::{Mode, ModuleAddress};
use crate::config::{Body, Module, Nested, call, removed};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::lang::{self, Context, Expr, NoFiles};
use crate::schema::{
    AttributeSpec, Kind, Problem, Record, Role, TypeSpec, check_value, remembered,
};

/// The tables of all types: of resources, and of data sources.
#[derive(Debug, Clone, Copy)]
pub struct Types<'a> {
    /// Of resources.
    pub resources: &'a [&'static TypeSpec],
    /// Of data sources.
    pub data: &'a [&'static TypeSpec],
}

impl Types<'_> {
    /// The table of a type.
    pub fn find(&self, mode: Mode, name: &str) -> Option<&'static TypeSpec> {
        self.of(mode).iter().copied().find(|spec| spec.name == name)
    }
    fn of(&self, mode: Mode) -> &[&'static TypeSpec] {
        match mode {
            Mode::Managed => self.resources,
            Mode::Data => self.data,
        }
    }
}

/// Everything in the module, and in those that it calls, that the tables do not allow.
pub fn check(root: &Module, types: Types<'_>) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = Vec::new();
    // What is wrong in a module is wrong in every call of it; it is told once.
    let mut seen: Vec<*const Module> = Vec::new();
    for (at, module) in root.all() {
        let mut found = aliases(root, &at, module);
        found.extend(provider_keys(root, &at, module));
        let first = !seen.contains(&std::ptr::from_ref(module));
        if first {
            seen.push(std::ptr::from_ref(module));
            found.extend(self::module(module, types));
        }
        problems.extend(found.into_iter().map(|problem| root.called(&at, problem)));
    }
    problems
}

/// Everything in one module that the tables do not allow.
fn module(module: &Module, types: Types<'_>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    problems.extend(removed::check(module, types));
    for (address, block) in &module.blocks {
        let Some(spec) = types.find(address.mode, &address.type_name) else {
            problems.push(unknown_type(address.mode, &address.type_name, &block.body, types));
            continue;
        };
        body(spec.inputs, &block.body, &format!("\"{}\"", spec.name), &mut problems);
        for (name, value) in &block.timeouts {
            if !["create", "read", "update", "delete"].contains(&name.as_str()) {
                problems.push(
                    Diagnostic::error(
                        "Unsupported argument",
                        format!("There is no time-out \"{name}\"."),
                    )
                    .at(value.span())
                    .hint("Time-outs are create, update and delete."),
                );
            }
        }
    }
    for provider in module.providers.values() {
        let table = crate::config::provider::Provider::TABLE;
        body(table, &provider.body, "provider \"aws\"", &mut problems);
    }
    call::check(module, &mut problems);
    problems
}

/// Of a provider with `for_each`, blocks or the calls above them say which instance; of others they
/// cannot.
fn provider_keys(root: &Module, at: &ModuleAddress, module: &Module) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let several = |alias: &str| {
        let called = root.provider(at, alias)?;
        Some(root.providers.get(&called)?.each.is_some())
    };
    let mut check = |alias: &str, key: Option<&Expr>, several: bool, place: Span| {
        let handed = root.handed(at, alias).is_some();
        let (summary, text, hint) = match (several && !handed, key) {
            (true, None) => (
                "Several providers",
                format!("The provider aws.{alias} has for_each: it is several."),
                format!("Say which, as `provider = aws.{alias}[each.key]`."),
            ),
            (false, Some(_)) if handed => (
                "One provider",
                "The call of this module already says which provider this is.".to_owned(),
                format!("Write `provider = aws.{alias}`."),
            ),
            (false, Some(_)) => (
                "One provider",
                "This provider has no for_each: there is one, and no key to it.".to_owned(),
                format!("Write `provider = aws.{alias}`, or give the provider block a for_each."),
            ),
            _ => return,
        };
        problems.push(Diagnostic::error(summary, text).at(place).hint(hint));
    };
    for block in module.blocks.values() {
        let (alias, span) = &block.provider;
        let Some(several) = several(alias) else { continue };
        let place = span.clone().unwrap_or_else(|| block.span.clone());
        check(alias, block.provider_key.as_ref(), several, place);
    }
    // A call may also hand on all of them: then the blocks say which.
    for handed in module.calls.values().flat_map(|call| call.providers.values()) {
        let Some(several) = several(&handed.alias) else { continue };
        if handed.key.is_some() {
            check(&handed.alias, handed.key.as_ref(), several, handed.span.clone());
        }
    }
    problems
}

/// Providers that are named here and not to be had here.
fn aliases(root: &Module, at: &ModuleAddress, module: &Module) -> Vec<Diagnostic> {
    let blocks = module.blocks.values().filter_map(|block| {
        let (alias, span) = &block.provider;
        Some((alias, span.as_ref()?))
    });
    let calls = module.calls.values().flat_map(|call| call.providers.values());
    let named = blocks.chain(calls.map(|handed| (&handed.alias, &handed.span)));
    let call = root.call(at);
    let mut problems = Vec::new();
    for (alias, span) in named.filter(|(alias, _)| !alias.is_empty()) {
        let (known, text): (Vec<&str>, String) = match call {
            None => (
                module.providers.keys().map(String::as_str).collect(),
                format!("There is no provider \"aws\" block with alias = \"{alias}\"."),
            ),
            Some(call) => (
                call.providers.keys().map(String::as_str).collect(),
                format!("The call of this module hands it no provider aws.{alias}."),
            ),
        };
        if known.contains(&alias.as_str()) {
            continue;
        }
        let wrong = Diagnostic::error("Provider configuration not present", text).at(span.clone());
        problems.push(match nearest(alias, known) {
            Some(near) if !near.is_empty() => wrong.hint(format!("Did you mean aws.{near}?")),
            _ if call.is_some() => wrong.hint(format!(
                "Write `providers = {{ aws.{alias} = aws.{alias} }}` in the module block."
            )),
            _ => wrong,
        });
    }
    problems
}

fn unknown_type(mode: Mode, name: &str, body: &Body, types: Types<'_>) -> Diagnostic {
    let (what, other_mode, other) = match mode {
        Mode::Managed => ("resource", Mode::Data, "data source"),
        Mode::Data => ("data source", Mode::Managed, "resource"),
    };
    let wrong = Diagnostic::error(
        format!("Invalid {what} type"),
        format!("drctl knows no {what} of type \"{name}\"."),
    )
    .at(body.span.clone());
    if types.find(other_mode, name).is_some() {
        return wrong.hint(format!("There is a {other} of that type."));
    }
    match nearest(name, types.of(mode).iter().map(|spec| spec.name)) {
        Some(near) => wrong.hint(format!("Did you mean \"{near}\"?")),
        None => wrong.hint("`drctl schema` lists the types."),
    }
}

fn body(table: &'static [AttributeSpec], body: &Body, place: &str, problems: &mut Vec<Diagnostic>) {
    for (name, argument) in &body.arguments {
        match table.iter().find(|spec| spec.name == name) {
            Some(spec) if spec.kind.block().is_some() => problems.push(
                Diagnostic::error(
                    "Unsupported argument",
                    format!("\"{name}\" of {place} is a block, not an argument."),
                )
                .at(argument.name.clone())
                .hint(format!("Write `{name} {{ ... }}` without the equals sign.")),
            ),
            Some(spec) => constant(spec, &argument.value, problems),
            None => {
                problems.push(unexpected("argument", name, table, place).at(argument.name.clone()));
            }
        }
    }
    for block in &body.blocks {
        nested(table, block, place, problems);
    }
    for spec in table.iter().filter(|spec| spec.required) {
        let dynamic = |block: &Nested| block.labels.first().is_some_and(|(l, _)| l == spec.name);
        let present = body.arguments.contains_key(spec.name)
            || body.blocks.iter().any(|block| block.kind == spec.name || dynamic(block));
        if !present {
            let what = if spec.kind.block().is_some() { "block" } else { "argument" };
            let missing = Diagnostic::error(
                format!("Missing required {what}"),
                format!("The {what} \"{}\" of {place} is required.", spec.name),
            )
            .at(body.span.clone());
            problems.push(match spec.role {
                Role::Key => missing.hint(
                    "drctl keeps no state: by this it finds what exists, so it must be known before \
                     AWS is asked. Where Terraform would have AWS make one up, write it out, as in \
                     \"orders-${count.index + 1}\".",
                ),
                Role::State | Role::Initial | Role::Option => missing,
            });
        }
    }
}

/// A value that depends on nothing can be judged at once.
fn constant(spec: &'static AttributeSpec, value: &Expr, problems: &mut Vec<Diagnostic>) {
    if !lang::references(value).is_empty() {
        return;
    }
    // What is wrong inside the expression itself is told when it is evaluated for good, with
    // files at hand.
    let none = BTreeMap::new();
    let Ok(known) = lang::evaluate(value, &Context::new(&none, &NoFiles)) else { return };
    for Problem { severity, path: _, summary, message, hint } in check_value(spec, &known) {
        let problem =
            Diagnostic { severity, ..Diagnostic::error(summary, message).at(value.span()) };
        problems.push(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
    }
}

fn nested(
    table: &'static [AttributeSpec],
    block: &Nested,
    place: &str,
    problems: &mut Vec<Diagnostic>,
) {
    if block.kind == "dynamic" {
        dynamic(table, block, place, problems);
        return;
    }
    let Some(spec) = table.iter().find(|spec| spec.name == block.kind) else {
        problems.push(unexpected("block", &block.kind, table, place).at(block.body.span.clone()));
        return;
    };
    match spec.kind.block() {
        Some(table) => body(table, &block.body, &format!("block \"{}\"", block.kind), problems),
        None => problems.push(
            Diagnostic::error(
                "Unsupported block type",
                format!("\"{}\" of {place} is an argument, not a block.", block.kind),
            )
            .at(block.body.span.clone())
            .hint(match spec.kind {
                Kind::Map(_) => format!("Write `{} = {{ ... }}` with an equals sign.", block.kind),
                _ => format!("Write `{} = ...` with an equals sign.", block.kind),
            }),
        ),
    }
}

fn dynamic(
    table: &'static [AttributeSpec],
    block: &Nested,
    place: &str,
    problems: &mut Vec<Diagnostic>,
) {
    let span = || block.body.span.clone();
    let [(name, at)] = block.labels.as_slice() else {
        let text = "A dynamic block has one label: the type of the blocks that it makes.";
        problems.push(Diagnostic::error("Invalid dynamic block", text).at(span()));
        return;
    };
    let inner = table.iter().find(|spec| spec.name == name).and_then(|spec| spec.kind.block());
    let Some(inner) = inner else {
        problems.push(unexpected("block", name, table, place).at(at.clone()));
        return;
    };
    if !block.body.arguments.contains_key("for_each") {
        let text = "A dynamic block needs the argument \"for_each\".";
        problems.push(Diagnostic::error("Missing required argument", text).at(span()));
    }
    match block.body.blocks.iter().find(|inner| inner.kind == "content") {
        Some(content) => body(inner, &content.body, &format!("block \"{name}\""), problems),
        None => {
            let text = "A dynamic block needs one block \"content\".";
            problems.push(Diagnostic::error("Missing required block", text).at(span()));
        }
    }
}

fn unexpected(what: &str, name: &str, table: &'static [AttributeSpec], place: &str) -> Diagnostic {
    let summary = if what == "block" { "Unsupported block type" } else { "Unsupported argument" };
    let wrong = Diagnostic::error(summary, format!("There is no {what} \"{name}\" in {place}."));
    let near = || nearest(name, table.iter().map(|spec| spec.name));
    let near = || near().map(|near| format!("Did you mean \"{near}\"?"));
    match remembered(table, name).or_else(near) {
        Some(hint) => wrong.hint(hint),
        None => wrong,
    }
}
