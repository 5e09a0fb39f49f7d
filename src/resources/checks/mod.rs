//! What AWS would refuse, or what would do no good, although each argument alone is right: what the
//! types say of their own blocks, and checks over several blocks, one file each. They see values that
//! the configuration itself tells, and are silent about all others.
use std::collections::BTreeMap;

use crate::address::{Mode, ModuleAddress};
use crate::config::{Block, Body, Module, Nested, Types};
use crate::diagnostic::{Diagnostic, Span};
use crate::graph;
use crate::lang::{self, Context, Expr, Key, NoFiles};
use crate::value::{Number, Object, Unknown, Value};

mod cluster;
mod metric;
mod permission;
mod region;
#[cfg(test)]
mod tests;

static CHECKS: &[fn(&Scene<'_>, &mut Vec<Diagnostic>)] =
    &[cluster::check, metric::check, permission::check, region::check];

/// Everything that the checks find in a configuration.
pub fn check(root: &Module, types: Types<'_>) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for (at, module) in root.all() {
        let scene = Scene { root, at, module };
        let mut problems: Vec<Diagnostic> =
            module.blocks.values().flat_map(|block| scene.own(block, types)).collect();
        for check in CHECKS {
            check(&scene, &mut problems);
        }
        all.extend(problems.into_iter().map(|problem| root.called(&scene.at, problem)));
    }
    all
}

/// How often a local value may lead to another.
const LOCALS: usize = 16;

/// One module, and what is plain to see in it.
struct Scene<'a> {
    root: &'a Module,
    at: ModuleAddress,
    module: &'a Module,
}

impl<'a> Scene<'a> {
    /// The resources of a type.
    fn resources(&self, kind: &str) -> impl Iterator<Item = &'a Block> {
        let wanted = move |block: &&Block| {
            block.address.mode == Mode::Managed && block.address.type_name == kind
        };
        self.module.blocks.values().filter(wanted).collect::<Vec<_>>().into_iter()
    }

    /// What the type of a block says of it. Warnings wait for a plan, which knows more.
    fn own(&self, block: &Block, types: Types<'_>) -> Vec<Diagnostic> {
        let Some(spec) = types.find(block.address.mode, &block.address.type_name) else {
            return Vec::new();
        };
        let names = self.names(block.body.expressions(), LOCALS);
        let mut found = graph::plain(block, spec, &names);
        found.retain(Diagnostic::is_error);
        found
    }

    /// The value of an expression, if nothing but the configuration decides about it.
    fn known(&self, expression: &Expr) -> Option<Value> {
        self.evaluated(expression, LOCALS).filter(Value::is_known)
    }

    fn evaluated(&self, expression: &Expr, levels: usize) -> Option<Value> {
        let names = self.names([expression], levels);
        lang::evaluate(expression, &Context::new(&names, &NoFiles)).ok()
    }

    /// The names that expressions use: local values as far as they can be followed, the rest unknown.
    fn names<'e>(
        &self,
        expressions: impl IntoIterator<Item = &'e Expr>,
        levels: usize,
    ) -> BTreeMap<String, Value> {
        let unknown = || Value::Unknown(Unknown::default());
        let mut names: BTreeMap<String, Value> = BTreeMap::new();
        let mut locals = Object::default();
        for reference in expressions.into_iter().flat_map(lang::references) {
            if let ("local", Some(Key::Attribute(name))) =
                (reference.root.as_str(), reference.steps.first())
            {
                let local = self.module.locals.get(name);
                let value =
                    local.filter(|_| levels > 0).and_then(|e| self.evaluated(e, levels - 1));
                locals.0.insert(name.clone(), value.unwrap_or_else(unknown));
            } else {
                names.insert(reference.root, unknown());
            }
        }
        names.insert("local".to_owned(), Value::Object(locals));
        names
    }

    /// The value of an argument, and where it stands.
    fn value(&self, body: &Body, name: &str) -> Option<(Value, Span)> {
        let argument = body.arguments.get(name)?;
        let value = self.known(&argument.value).filter(|value| !value.is_null())?;
        Some((value, argument.value.span()))
    }

    fn text(&self, body: &Body, name: &str) -> Option<(String, Span)> {
        let (value, span) = self.value(body, name)?;
        value.as_str().map(|text| (text.to_owned(), span))
    }

    fn number(&self, body: &Body, name: &str) -> Option<(Number, Span)> {
        let (value, span) = self.value(body, name)?;
        match lang::convert(value, &lang::Type::Number) {
            Ok(Value::Number(number)) => Some((number, span)),
            _ => None,
        }
    }

    /// The resources of this module that an argument refers to.
    fn referred(&self, body: &Body, name: &str) -> Vec<(&'a Block, Span)> {
        let Some(argument) = body.arguments.get(name) else { return Vec::new() };
        let block = |reference: &lang::Traversal| {
            let Some(Key::Attribute(label)) = reference.steps.first() else { return None };
            let found = self.resources(&reference.root).find(|b| b.address.name == *label);
            found.map(|block| (block, reference.span.clone()))
        };
        lang::references(&argument.value).iter().filter_map(block).collect()
    }

    /// The Region in which a resource lives, if the configuration says it.
    fn region(&self, block: &Block) -> Option<String> {
        if let Some(region) = &block.region {
            return self.known(region)?.as_str().map(str::to_owned);
        }
        let provider = self.root.providers.get(&self.provider(block)?)?;
        let scene = Scene { root: self.root, at: ModuleAddress::root(), module: self.root };
        scene.text(&provider.body, "region").map(|(region, _)| region)
    }

    /// The alias of the root module's provider that a resource uses.
    fn provider(&self, block: &Block) -> Option<String> {
        self.root.provider(&self.at, &block.provider.0)
    }
}

/// The nested blocks of a type.
fn nested<'b>(body: &'b Body, kind: &'b str) -> impl Iterator<Item = &'b Nested> {
    body.blocks.iter().filter(move |block| block.kind == kind)
}

/// Whether an argument or a block of this name is there, made by a `dynamic` block perhaps.
fn is_set(body: &Body, name: &str) -> bool {
    let dynamic = |block: &Nested| {
        block.kind == "dynamic" && block.labels.first().is_some_and(|(label, _)| label == name)
    };
    body.arguments.contains_key(name)
        || body.blocks.iter().any(|block| block.kind == name || dynamic(block))
}
