//! What the configuration wants of each instance of a block.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::address::{InstanceKey, Mode, ModuleAddress, Region};
use crate::config::{Block, Body, Ignored};
use crate::diagnostic::{Diagnostic, Span};
use crate::graph::expand::own_names;
use crate::graph::resolve::Found;
use crate::graph::{Each, Resolver, body};
use crate::lang::{self, Context, Expr, NoFiles};
use crate::schema::{AttributeSpec, Length, Problem, TypeSpec, conform, fill_defaults};
use crate::value::{Object, Value};
/// What the configuration wants of one instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its attributes: conformed to the table, defaults filled in, the provider's tags added.
    pub object: Object,
    /// Attributes that the configuration does not set; it has their defaults or nothing.
    pub defaulted: BTreeSet<&'static str>,
    /// Its Region, if the block names one.
    pub region: Option<Region>,
    /// `lifecycle { prevent_destroy }`.
    pub prevent_destroy: bool,
    /// `lifecycle { create_before_destroy }`.
    pub create_before_destroy: bool,
    /// Attributes in which a difference does not count; none stands for all.
    pub ignored: Option<BTreeSet<String>>,
    /// `timeouts`, by name.
    pub timeouts: BTreeMap<String, Duration>,
    /// What a person should know about it, though it is no error.
    pub warnings: Vec<Diagnostic>,
}

/// The names that the expressions of one block use, in one instance of its module.
pub struct Scene<'a> {
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) at: ModuleAddress,
    pub(super) block: &'a Block,
    pub(super) names: BTreeMap<String, Value>,
    /// Which instance of its provider the calls above it say.
    pub(super) handed: Option<(Value, Span)>,
}
impl Scene<'_> {
    /// What the configuration wants of one instance. Unknown leaves say what they wait for.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions and values.
    pub fn instance(
        &self,
        each: &Each,
        spec: &'static TypeSpec,
        default_tags: &BTreeMap<String, String>,
    ) -> Found<Wanted> {
        let found = self.wanted(each, spec, default_tags);
        self.resolver.inside(&self.at, found)
    }

    fn wanted(
        &self,
        each: &Each,
        spec: &'static TypeSpec,
        default_tags: &BTreeMap<String, String>,
    ) -> Found<Wanted> {
        let Self { resolver, at: _, block, names, handed: _ } = self;
        let outer = Context::new(names, resolver.files);
        let context = outer.with(own_names(each));
        let mut problems = Vec::new();
        let raw = body::evaluate(&block.body, spec.inputs, &context, &mut problems);
        // What already is wrong must not be called missing too.
        let wrong = !problems.is_empty();
        let (object, found) = conform(spec.inputs, &raw);
        let missing = |problem: &Problem| problem.path.is_empty();
        let found = found.into_iter().filter(|problem| !(wrong && missing(problem)));
        problems.extend(found.map(|problem| place(problem, &block.body)));
        let region = block.region.as_ref().and_then(|region| {
            text(region, &context, &mut problems).map(|name| Region::new(&name))
        });
        let lifecycle = &block.lifecycle;
        let mut flag = |expression: &Option<Expr>, context: &Context<'_>| {
            expression.as_ref().is_some_and(|e| truth(e, context, &mut problems))
        };
        let prevent_destroy = flag(&lifecycle.prevent_destroy, &context);
        let create_before_destroy = flag(&lifecycle.create_before_destroy, &context);
        let mut timeouts = BTreeMap::new();
        for (name, expression) in &block.timeouts {
            let Some(written) = text(expression, &context, &mut problems) else { continue };
            match Length::parse(&written) {
                Ok(length) => drop(timeouts.insert(name.clone(), length.duration())),
                Err(wrong) => problems.push(
                    Diagnostic::error("Invalid time-out", format!("{wrong}."))
                        .at(expression.span()),
                ),
            }
        }
        if problems.iter().any(Diagnostic::is_error) {
            return Err(problems);
        }
        let object = (spec.reworded)(object);
        let mut object = object;
        if block.address.mode == Mode::Managed {
            add_tags(&mut object, spec.inputs, default_tags);
        }
        let unset = spec.inputs.iter().map(|spec| spec.name);
        let defaulted = unset.filter(|name| object.get(name).is_null()).collect();
        let object = fill_defaults(spec.inputs, &object);
        let found = judged(block, spec, &raw, &object).into_iter();
        let (wrong, warnings): (Vec<_>, Vec<_>) = found.partition(Diagnostic::is_error);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Wanted {
            object,
            defaulted,
            region,
            prevent_destroy,
            create_before_destroy,
            ignored: ignored(&lifecycle.ignore_changes),
            timeouts,
            warnings,
        })
    }

    /// Which instance of its provider an instance uses; none if that is only one.
    ///
    /// # Errors
    /// When that is not known, or no text.
    pub fn provider_key(&self, each: &Each) -> Found<InstanceKey> {
        let found = match (&self.block.provider_key, &self.handed) {
            (Some(expression), _) => {
                let outer = Context::new(&self.names, self.resolver.files);
                let context = outer.with(own_names(each));
                lang::evaluate(expression, &context).and_then(|key| named(&key, expression.span()))
            }
            (None, Some((key, span))) => named(key, span.clone()),
            (None, None) => Ok(InstanceKey::None),
        };
        self.resolver.inside(&self.at, found)
    }

    /// Whether `prevent_destroy` holds of an instance that is no longer there; where it depends on
    /// what only that one had, it does.
    pub fn prevents_destroy(&self, each: &Each) -> bool {
        let Some(expression) = &self.block.lifecycle.prevent_destroy else { return false };
        let outer = Context::new(&self.names, self.resolver.files);
        let context = outer.with(own_names(each));
        match lang::evaluate(expression, &context) {
            Ok(value) => !matches!(value.unmarked(), Value::Bool(false) | Value::Null),
            Err(_) => true,
        }
    }

    /// Rules that must hold before the instance is changed.
    ///
    /// # Errors
    /// Those that do not.
    pub fn preconditions(&self, each: &Each) -> Found<()> {
        let rules = &self.block.lifecycle.preconditions;
        if rules.is_empty() {
            return Ok(());
        }
        let outer = Context::new(&self.names, self.resolver.files);
        let context = outer.with(own_names(each));
        let found = self.resolver.rules_in(rules, "Resource precondition failed", &context);
        self.resolver.inside(&self.at, found)
    }
}

/// What the type says of a block, as far as that is plain to see before anything is evaluated for
/// good: `names` has unknown values for the rest. What is wrong in single values is told elsewhere.
pub fn plain(
    block: &Block,
    spec: &'static TypeSpec,
    names: &BTreeMap<String, Value>,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let context = Context::new(names, &NoFiles);
    let raw = body::evaluate(&block.body, spec.inputs, &context, &mut problems);
    let (object, found) = conform(spec.inputs, &raw);
    let missing = |problem: &Problem| problem.path.is_empty();
    if !problems.is_empty() || !found.iter().all(missing) {
        return Vec::new();
    }
    judged(block, spec, &raw, &fill_defaults(spec.inputs, &(spec.reworded)(object)))
}

/// What the type says of values that are each right by themselves. `raw` is what the block makes,
/// `object` the same conformed and with defaults.
fn judged(block: &Block, spec: &TypeSpec, raw: &Object, object: &Object) -> Vec<Diagnostic> {
    let found = (spec.check)(object).into_iter().map(|problem| {
        let path = as_written(spec.inputs, raw, object, &problem.path);
        place(Problem { path, ..problem }, &block.body)
    });
    found.collect()
}

/// The key of a provider.
fn named(key: &Value, span: Span) -> Found<InstanceKey> {
    match key.unmarked() {
        Value::String(key) => Ok(InstanceKey::Key(key.clone())),
        other => {
            let text =
                format!("The key of a provider is a string, but this is {}.", other.describe());
            Err(vec![Diagnostic::error("Invalid provider reference", text).at(span)])
        }
    }
}

fn text(
    expression: &Expr,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    match lang::evaluate(expression, context) {
        Ok(value) => match value.unmarked() {
            Value::String(text) => return Some(text.clone()),
            Value::Null => return None,
            other => problems.push(
                Diagnostic::error(
                    "Incorrect attribute value type",
                    format!("A string is required, but this is {}.", other.describe()),
                )
                .at(expression.span()),
            ),
        },
        Err(found) => problems.extend(found),
    }
    None
}

fn truth(expression: &Expr, context: &Context<'_>, problems: &mut Vec<Diagnostic>) -> bool {
    match lang::evaluate(expression, context) {
        Ok(value) => match value.unmarked() {
            Value::Bool(bool) => return *bool,
            Value::Null => return false,
            other => problems.push(
                Diagnostic::error(
                    "Incorrect attribute value type",
                    format!("True or false is required, but this is {}.", other.describe()),
                )
                .at(expression.span()),
            ),
        },
        Err(found) => problems.extend(found),
    }
    false
}
fn ignored(ignored: &Ignored) -> Option<BTreeSet<String>> {
    match ignored {
        Ignored::Nothing => Some(BTreeSet::new()),
        Ignored::Attributes(paths) => Some(paths.iter().map(|path| path.root.clone()).collect()),
        Ignored::All => None,
    }
}

/// Adds the provider's tags; the resource's own win.
fn add_tags(object: &mut Object, table: &[AttributeSpec], tags: &BTreeMap<String, String>) {
    if tags.is_empty() || !table.iter().any(|spec| spec.name == "tags") {
        return;
    }
    let mut all: Object = tags.iter().map(|(key, value)| (key, Value::text(value))).collect();
    match object.get("tags").unmarked() {
        Value::Map(own) | Value::Object(own) => all.0.extend(own.0.clone()),
        Value::Unknown(_) => return,
        _ => {}
    }
    object.set("tags", Value::Map(all));
}

/// A path that counts blocks as they are written, from one that counts them in canonical order.
fn as_written(
    table: &[AttributeSpec],
    raw: &Object,
    object: &Object,
    path: &[String],
) -> Vec<String> {
    let [name, index, rest @ ..] = path else { return path.to_vec() };
    let spec = table.iter().find(|spec| spec.name == name);
    let (Some(table), Some(at)) =
        (spec.and_then(|spec| spec.kind.block()), index.parse::<usize>().ok())
    else {
        return path.to_vec();
    };
    let blocks = |object: &Object| -> Vec<Object> {
        let members = object.get(name).members();
        members.filter_map(|member| member.as_object().cloned()).collect()
    };
    let (written, done) = (blocks(raw), blocks(object));
    let canonical = |block: &Object| fill_defaults(table, &conform(table, block).0);
    let found = done.get(at).and_then(|done| {
        let place = written.iter().position(|block| canonical(block) == *done)?;
        Some((place, as_written(table, &written[place], done, rest)))
    });
    match found {
        Some((place, rest)) => [vec![name.clone(), place.to_string()], rest].concat(),
        None => path.to_vec(),
    }
}

/// Where in the files the value stands that the table does not allow.
pub(super) fn place(problem: Problem, body: &Body) -> Diagnostic {
    let Problem { severity, path, summary, message, hint } = problem;
    let mut here = body;
    let mut span = body.span.clone();
    let mut steps = path.iter().peekable();
    while let Some(step) = steps.next() {
        if let Some(argument) = here.arguments.get(step) {
            span = argument.value.span();
            break;
        }
        let mut blocks = here.blocks.iter().filter(|block| block.kind == *step);
        let index = steps.peek().and_then(|next| next.parse::<usize>().ok());
        if index.is_some() {
            steps.next();
        }
        let Some(block) = blocks.nth(index.unwrap_or(0)) else { break };
        span = block.body.span.clone();
        here = &block.body;
    }
    let inside = match path.as_slice() {
        [] | [_] => message,
        _ => format!("{}: {message}", path.join(".")),
    };
    let diagnostic = Diagnostic { severity, ..Diagnostic::error(summary, inside).at(span) };
    match hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}
