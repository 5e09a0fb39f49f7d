//! What the files declare, as Terraform's format tells it: constants, and what each expression
//! refers to. Blocks that `dynamic` makes are left out, as Terraform leaves them out.
use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value as Tree, json};

use crate::address::{BlockAddress, Mode, ModuleAddress};
use crate::config::provider::Provider;
use crate::config::{Argument, Block, Body, Call, Module, ProviderBlock, Repeat, Types};
use crate::lang::{self, Context, Expr, Key, NoFiles, Traversal};
use crate::report::document;
use crate::report::json::plan::provider;
use crate::schema::{AttributeSpec, Record};

/// All of it.
pub(super) fn configuration(root: &Module, types: Types<'_>) -> Tree {
    let teller = Teller { root, types };
    json!({
        "provider_config": teller.providers(),
        "root_module": teller.module(&ModuleAddress::root(), root),
    })
}

struct Teller<'a> {
    root: &'a Module,
    types: Types<'a>,
}

impl Teller<'_> {
    fn providers(&self) -> Tree {
        let mut all = Map::new();
        for (alias, block) in &self.root.providers {
            all.insert(key("aws", alias), one_provider("aws", alias, Some(block)));
        }
        for (address, block) in self.root.all_blocks() {
            let alias = self.root.provider(&address.module.declared(), &block.provider.0);
            let alias = alias.unwrap_or_default();
            let name = short(&address.type_name);
            let key = key(name, if name == "aws" { &alias } else { "" });
            if !all.contains_key(&key) {
                all.insert(key, one_provider(name, "", None));
            }
        }
        Tree::Object(all)
    }

    fn module(&self, at: &ModuleAddress, module: &Module) -> Tree {
        let mut members = Map::new();
        let mut add = |name: &str, told: Map<String, Tree>| {
            if !told.is_empty() {
                members.insert(name.to_owned(), Tree::Object(told));
            }
        };
        let outputs = module.outputs.iter().map(|(name, output)| {
            let mut told = Map::new();
            if output.sensitive {
                told.insert("sensitive".to_owned(), json!(true));
            }
            told.insert("expression".to_owned(), expression(&output.value, output.sensitive));
            if let Some(description) = &output.description {
                told.insert("description".to_owned(), json!(description));
            }
            depends_on(&mut told, &output.depends_on);
            (name.clone(), Tree::Object(told))
        });
        add("outputs", outputs.collect());
        let calls =
            module.calls.iter().map(|(name, call)| (name.clone(), self.call(at, name, call)));
        add("module_calls", calls.collect());
        let variables = module.variables.iter().map(|(name, variable)| {
            let mut told = Map::new();
            if let Some(default) = &variable.default
                && !variable.sensitive
                && let Some(constant) = constant(default)
            {
                told.insert("default".to_owned(), constant);
            }
            if let Some(description) = &variable.description {
                told.insert("description".to_owned(), json!(description));
            }
            if variable.sensitive {
                told.insert("sensitive".to_owned(), json!(true));
            }
            (name.clone(), Tree::Object(told))
        });
        add("variables", variables.collect());
        let resources: Vec<Tree> =
            module.blocks.iter().map(|(address, block)| self.block(at, address, block)).collect();
        if !resources.is_empty() {
            members.insert("resources".to_owned(), json!(resources));
        }
        Tree::Object(members)
    }

    fn call(&self, at: &ModuleAddress, name: &str, call: &Call) -> Tree {
        let mut told = Map::new();
        told.insert("source".to_owned(), json!(call.source.0));
        told.insert("expressions".to_owned(), Tree::Object(arguments(&call.arguments, &[])));
        repeat(&mut told, &call.repeat);
        let inside = at.child(name, crate::address::InstanceKey::None);
        told.insert("module".to_owned(), self.module(&inside, &call.module));
        depends_on(&mut told, &call.depends_on);
        Tree::Object(told)
    }

    fn block(&self, at: &ModuleAddress, address: &BlockAddress, block: &Block) -> Tree {
        let mode = match address.mode {
            Mode::Managed => "managed",
            Mode::Data => "data",
        };
        let name = short(&address.type_name);
        let alias = self.root.provider(at, &block.provider.0).unwrap_or_default();
        let spec = self.types.find(address.mode, &address.type_name);
        let mut expressions = body(&block.body, spec.map_or(&[], |spec| spec.inputs));
        if let Some(region) = &block.region {
            expressions.insert("region".to_owned(), expression(region, false));
        }
        if !block.timeouts.is_empty() {
            let all = block.timeouts.iter();
            let all = all.map(|(name, value)| (name.clone(), expression(value, false)));
            expressions.insert("timeouts".to_owned(), Tree::Object(all.collect()));
        }
        let mut told = Map::new();
        told.insert("address".to_owned(), json!(address.to_string()));
        told.insert("mode".to_owned(), json!(mode));
        told.insert("type".to_owned(), json!(address.type_name));
        told.insert("name".to_owned(), json!(address.name));
        let key = key(name, if name == "aws" { &alias } else { "" });
        told.insert("provider_config_key".to_owned(), json!(key));
        told.insert("expressions".to_owned(), Tree::Object(expressions));
        told.insert("schema_version".to_owned(), json!(0));
        repeat(&mut told, &block.repeat);
        depends_on(&mut told, &block.depends_on);
        Tree::Object(told)
    }
}

/// The name of a provider as addresses have it: `aws`.
fn short(type_name: &str) -> &str {
    type_name.split('_').next().unwrap_or_default()
}

fn key(name: &str, alias: &str) -> String {
    if alias.is_empty() { name.to_owned() } else { format!("{name}.{alias}") }
}

fn one_provider(name: &str, alias: &str, block: Option<&ProviderBlock>) -> Tree {
    let mut told = json!({ "name": name, "full_name": provider(name) });
    if !alias.is_empty() {
        told["alias"] = json!(alias);
    }
    if let Some(block) = block {
        told["expressions"] = Tree::Object(body(&block.body, Provider::TABLE));
        if let Some(each) = &block.each {
            told["for_each_expression"] = expression(each, false);
        }
    }
    told
}

fn repeat(told: &mut Map<String, Tree>, repeat: &Repeat) {
    match repeat {
        Repeat::Once => {}
        Repeat::Count(count) => {
            told.insert("count_expression".to_owned(), expression(count, false));
        }
        Repeat::ForEach(each) => {
            told.insert("for_each_expression".to_owned(), expression(each, false));
        }
    }
}

fn depends_on(told: &mut Map<String, Tree>, needed: &[Traversal]) {
    if !needed.is_empty() {
        let names: Vec<String> = needed.iter().map(|one| written(one, one.steps.len())).collect();
        told.insert("depends_on".to_owned(), json!(names));
    }
}

/// Arguments and nested blocks; what the table calls sensitive without its constant.
fn body(body: &Body, table: &'static [AttributeSpec]) -> Map<String, Tree> {
    let mut told = arguments(&body.arguments, table);
    let mut blocks: BTreeMap<&str, Vec<Tree>> = BTreeMap::new();
    for block in body.blocks.iter().filter(|block| block.kind != "dynamic") {
        let spec = table.iter().find(|spec| spec.name == block.kind);
        let inner = spec.and_then(|spec| spec.kind.block()).unwrap_or(&[]);
        let inside = Tree::Object(self::body(&block.body, inner));
        blocks.entry(&block.kind).or_default().push(inside);
    }
    told.extend(blocks.into_iter().map(|(kind, all)| (kind.to_owned(), Tree::Array(all))));
    told
}

fn arguments(
    arguments: &IndexMap<String, Argument>,
    table: &'static [AttributeSpec],
) -> Map<String, Tree> {
    let one = |(name, argument): (&String, &Argument)| {
        let secret = table.iter().any(|spec| spec.name == name && spec.sensitive);
        (name.clone(), expression(&argument.value, secret))
    };
    arguments.iter().map(one).collect()
}

/// `{"constant_value": ...}`, `{"references": [...]}`, or `{}` for what is neither.
fn expression(expression: &Expr, secret: bool) -> Tree {
    let references = lang::references(expression);
    if !references.is_empty() {
        let mut names: Vec<String> = Vec::new();
        for name in references.iter().flat_map(unwrapped) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        return json!({ "references": names });
    }
    match constant(expression).filter(|_| !secret) {
        Some(constant) => json!({ "constant_value": constant }),
        None => json!({}),
    }
}

/// The value of what refers to nothing, if no file is needed to tell it.
fn constant(expression: &Expr) -> Option<Tree> {
    let names = BTreeMap::new();
    let value = lang::evaluate(expression, &Context::new(&names, &NoFiles)).ok()?;
    (value.is_known() && !value.has_sensitive()).then(|| document::to_json(&value, &Tree::Null))
}

/// A reference, then the same with ever fewer steps, down to what it is that is referred to.
fn unwrapped(traversal: &Traversal) -> Vec<String> {
    let least = match traversal.root.as_str() {
        "data" => 2,
        "self" => 0,
        _ => 1,
    };
    let longest = traversal.steps.len();
    (least.min(longest)..=longest).rev().map(|steps| written(traversal, steps)).collect()
}

fn written(traversal: &Traversal, steps: usize) -> String {
    let mut text = traversal.root.clone();
    for step in traversal.steps.iter().take(steps) {
        match step {
            Key::Attribute(name) => text.push_str(&format!(".{name}")),
            Key::Name(name) => text.push_str(&format!("[{}]", json!(name))),
            Key::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
