//! Declared blocks as an acyclic graph, and the values that expressions see.
use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::algo::{is_cyclic_directed, tarjan_scc};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::address::{BlockAddress, InstanceKey, Mode, ModuleAddress};
use crate::config::{Block, Call, Ignored, Module, Repeat, Types};
use crate::diagnostic::{Checked, Diagnostic, Span, nearest};
use crate::lang::{self, Expr, Traversal};

mod body;
mod expand;
mod imports;
mod known;
mod names;
mod reference;
mod resolve;
mod scene;
mod sight;
mod variables;

pub use expand::Each;
pub use imports::imports;
pub use known::Known;
pub use resolve::Resolver;
pub use scene::{Scene, Wanted, plain};
pub use variables::{Given, variables};

/// Something that has a value or makes one. Modules, and blocks in them, are at their declared
/// addresses: one node stands for all instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A variable.
    Variable(ModuleAddress, String),
    /// A local value.
    Local(ModuleAddress, String),
    /// A provider of the root module, by alias.
    Provider(String),
    /// The call of a module: how many instances there are. All in the module needs it.
    Call(ModuleAddress),
    /// All that a module makes; it needs all in the module.
    Whole(ModuleAddress),
    /// A resource or data source.
    Block(BlockAddress),
    /// An output.
    Output(ModuleAddress, String),
    /// A `check` block.
    Check(ModuleAddress, String),
}

/// Which node needs which.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    graph: DiGraph<Node, ()>,
    index: BTreeMap<Node, NodeIndex>,
}

impl Node {
    /// The block that it is, if it is one.
    fn as_block(&self) -> Option<&BlockAddress> {
        match self {
            Self::Block(address) => Some(address),
            _ => None,
        }
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let within = |module: &ModuleAddress| {
            if module.is_root() { String::new() } else { format!("{module}.") }
        };
        match self {
            Self::Variable(module, name) => write!(f, "{}var.{name}", within(module)),
            Self::Local(module, name) => write!(f, "{}local.{name}", within(module)),
            Self::Provider(alias) if alias.is_empty() => write!(f, "provider.aws"),
            Self::Provider(alias) => write!(f, "provider.aws.{alias}"),
            Self::Call(module) | Self::Whole(module) => write!(f, "{module}"),
            Self::Block(address) => write!(f, "{address}"),
            Self::Output(module, name) => write!(f, "{}output.{name}", within(module)),
            Self::Check(module, name) => write!(f, "{}check.{name}", within(module)),
        }
    }
}

impl Graph {
    /// Draws the arrows. References to what is not declared, and cycles, are reported.
    pub fn build(root: &Module, types: Types<'_>) -> Checked<Self> {
        let mut graph = Self::default();
        let mut problems: Vec<Diagnostic> = Vec::new();
        let all = root.all();
        for (at, module) in &all {
            graph.nodes(at, module);
        }
        for (at, module) in &all {
            let mut builder =
                Builder { root, at, module, types, graph: &mut graph, problems: Vec::new() };
            builder.edges();
            for problem in builder.problems {
                // What is wrong in a module is wrong in every call of it; it is told once.
                let known = |other: &Diagnostic| {
                    other.span == problem.span && other.summary == problem.summary
                };
                if !problems.iter().any(known) {
                    problems.push(root.called(at, problem));
                }
            }
        }
        problems.extend(graph.cycles(root));
        (graph, problems)
    }

    fn nodes(&mut self, at: &ModuleAddress, module: &Module) {
        let Module { variables, locals, outputs, providers, blocks, checks, .. } = module;
        if at.is_root() {
            providers.keys().cloned().map(Node::Provider).for_each(|node| self.add(node));
            if !providers.contains_key("") {
                self.add(Node::Provider(String::new()));
            }
        } else {
            self.add(Node::Call(at.clone()));
            self.add(Node::Whole(at.clone()));
        }
        variables.keys().for_each(|name| self.add(Node::Variable(at.clone(), name.clone())));
        locals.keys().for_each(|name| self.add(Node::Local(at.clone(), name.clone())));
        blocks.keys().for_each(|address| self.add(Node::Block(address.within(at))));
        outputs.keys().for_each(|name| self.add(Node::Output(at.clone(), name.clone())));
        checks.keys().for_each(|name| self.add(Node::Check(at.clone(), name.clone())));
    }

    /// All blocks, at their declared addresses, each after those that it needs.
    pub fn blocks(&self) -> Vec<&BlockAddress> {
        self.in_order().into_iter().filter_map(Node::as_block).collect()
    }

    /// All nodes, each after those that it needs.
    pub fn in_order(&self) -> Vec<&Node> {
        let order = petgraph::algo::toposort(&self.graph, None).unwrap_or_default();
        order.into_iter().map(|index| &self.graph[index]).collect()
    }

    /// What a node needs, directly.
    pub fn needs(&self, node: &Node) -> Vec<&Node> {
        self.neighbours(node, Direction::Incoming)
    }

    /// What needs a node, directly.
    pub fn needed_by(&self, node: &Node) -> Vec<&Node> {
        self.neighbours(node, Direction::Outgoing)
    }

    fn neighbours(&self, node: &Node, direction: Direction) -> Vec<&Node> {
        let Some(index) = self.index.get(node) else { return Vec::new() };
        let mut found: Vec<&Node> =
            self.graph.neighbors_directed(*index, direction).map(|n| &self.graph[n]).collect();
        found.sort();
        found
    }

    /// The blocks that a node needs with no other block between: through local values only.
    pub fn blocks_needed_directly(&self, node: &Node) -> BTreeSet<&BlockAddress> {
        next_blocks(node, |node| self.needs(node))
    }

    /// The blocks that need a node with no other block between.
    pub fn blocks_needing_directly(&self, node: &Node) -> BTreeSet<&BlockAddress> {
        next_blocks(node, |node| self.needed_by(node))
    }

    /// The blocks that a node needs, directly or through others.
    pub fn blocks_needed(&self, node: &Node) -> BTreeSet<&BlockAddress> {
        let mut seen = BTreeSet::new();
        let mut open = self.needs(node);
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(self.needs(next));
            }
        }
        seen.into_iter().filter_map(Node::as_block).collect()
    }

    fn add(&mut self, node: Node) {
        let index = self.graph.add_node(node.clone());
        self.index.insert(node, index);
    }

    fn arrow(&mut self, from: &Node, to: &Node) {
        if let (Some(from), Some(to)) = (self.index.get(from), self.index.get(to)) {
            self.graph.update_edge(*from, *to, ());
        }
    }

    fn cycles(&self, module: &Module) -> Vec<Diagnostic> {
        if !is_cyclic_directed(&self.graph) {
            return Vec::new();
        }
        let in_cycle = |members: &Vec<NodeIndex>| {
            members.len() > 1 || self.graph.contains_edge(members[0], members[0])
        };
        let mut problems = Vec::new();
        for members in tarjan_scc(&self.graph).into_iter().filter(in_cycle) {
            let mut names: Vec<&Node> = members.iter().map(|index| &self.graph[*index]).collect();
            names.sort();
            let listed: Vec<String> = names.iter().map(ToString::to_string).collect();
            let problem = Diagnostic::error(
                "Cycle",
                format!("These need each other, so none can come first: {}.", listed.join(", ")),
            );
            problems.push(match names.iter().find_map(|node| span(module, node)) {
                Some(span) => problem.at(span),
                None => problem,
            });
        }
        problems
    }
}

fn next_blocks<'g>(
    node: &Node,
    neighbours: impl Fn(&Node) -> Vec<&'g Node>,
) -> BTreeSet<&'g BlockAddress> {
    let mut found = BTreeSet::new();
    let mut open = neighbours(node);
    while let Some(next) = open.pop() {
        match next {
            Node::Block(address) => drop(found.insert(address)),
            _ => open.extend(neighbours(next)),
        }
    }
    found
}

fn span(root: &Module, node: &Node) -> Option<Span> {
    match node {
        Node::Variable(at, name) => root.at(at)?.variables.get(name).map(|v| v.span.clone()),
        Node::Local(at, name) => root.at(at)?.locals.get(name).map(Expr::span),
        Node::Provider(alias) => root.providers.get(alias).map(|p| p.span.clone()),
        Node::Call(at) | Node::Whole(at) => root.call(at).map(|call| call.span.clone()),
        Node::Block(address) => root.block(address).map(|b| b.span.clone()),
        Node::Output(at, name) => root.at(at)?.outputs.get(name).map(|o| o.span.clone()),
        Node::Check(at, name) => root.at(at)?.checks.get(name).map(|c| c.span.clone()),
    }
}

/// Draws the arrows of one module.
struct Builder<'a> {
    root: &'a Module,
    at: &'a ModuleAddress,
    module: &'a Module,
    types: Types<'a>,
    graph: &'a mut Graph,
    problems: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn edges(&mut self) {
        let (module, at) = (self.module, self.at);
        for (name, variable) in &module.variables {
            let node = Node::Variable(at.clone(), name.clone());
            for rule in &variable.validations {
                // A rule speaks of the variable itself, which is no dependency on itself.
                for expression in [&rule.condition, &rule.error_message] {
                    self.expression(&node, expression, &[]);
                }
            }
            self.inside(&node);
        }
        for (name, expression) in &module.locals {
            self.expression(&Node::Local(at.clone(), name.clone()), expression, &[]);
        }
        for (alias, provider) in &module.providers {
            let node = Node::Provider(alias.clone());
            provider.each.iter().for_each(|each| self.expression(&node, each, &[]));
            let own: &[&str] = if provider.each.is_some() { &["each"] } else { &[] };
            for expression in provider.body.expressions() {
                self.expression(&node, expression, own);
            }
        }
        for (name, output) in &module.outputs {
            let node = Node::Output(at.clone(), name.clone());
            self.expression(&node, &output.value, &[]);
            for rule in &output.preconditions {
                self.expression(&node, &rule.condition, &[]);
                self.expression(&node, &rule.error_message, &[]);
            }
            self.references(&node, &output.depends_on, &[]);
            self.inside(&node);
        }
        for (address, block) in &module.blocks {
            self.block(address, block);
        }
        for (name, check) in &module.checks {
            let node = Node::Check(at.clone(), name.clone());
            for rule in &check.asserts {
                self.expression(&node, &rule.condition, &[]);
                self.expression(&node, &rule.error_message, &[]);
            }
            // What cannot be read makes the check say so.
            if let Some(data) = &check.data {
                self.graph.arrow(&Node::Block(data.within(at)), &node);
            }
            if !at.is_root() {
                self.graph.arrow(&Node::Call(at.clone()), &node);
            }
        }
        for (name, call) in &module.calls {
            self.call(&at.child(name, InstanceKey::None), call);
        }
    }

    /// What stands in a module is there once the module is called, and is part of all it makes.
    fn inside(&mut self, node: &Node) {
        if !self.at.is_root() {
            self.graph.arrow(&Node::Call(self.at.clone()), node);
            self.graph.arrow(node, &Node::Whole(self.at.clone()));
        }
    }

    fn call(&mut self, called: &ModuleAddress, call: &Call) {
        let node = Node::Call(called.clone());
        let own: &[&str] = match &call.repeat {
            Repeat::Once => &[],
            Repeat::Count(count) => {
                self.expression(&node, count, &[]);
                &["count"]
            }
            Repeat::ForEach(each) => {
                self.expression(&node, each, &[]);
                &["each"]
            }
        };
        self.references(&node, &call.depends_on, own);
        for (name, argument) in &call.arguments {
            self.expression(&Node::Variable(called.clone(), name.clone()), &argument.value, own);
        }
        if !self.at.is_root() {
            self.graph.arrow(&Node::Call(self.at.clone()), &node);
            self.graph.arrow(&Node::Whole(called.clone()), &Node::Whole(self.at.clone()));
        }
        self.graph.arrow(&node, &Node::Whole(called.clone()));
    }

    fn block(&mut self, address: &BlockAddress, block: &Block) {
        let node = Node::Block(address.within(self.at));
        if let Some(alias) = self.root.provider(self.at, &block.provider.0) {
            self.graph.arrow(&Node::Provider(alias), &node);
        }
        self.inside(&node);
        let own: &[&str] = match &block.repeat {
            Repeat::Once => &[],
            Repeat::Count(count) => {
                self.expression(&node, count, &[]);
                &["count"]
            }
            Repeat::ForEach(each) => {
                self.expression(&node, each, &[]);
                &["each"]
            }
        };
        block.provider_key.iter().for_each(|key| self.expression(&node, key, own));
        block.region.iter().for_each(|region| self.expression(&node, region, own));
        block.timeouts.values().for_each(|value| self.expression(&node, value, own));
        self.references(&node, &block.depends_on, own);
        self.references(&node, &block.lifecycle.replace_triggered_by, own);
        let with_self: Vec<&str> = own.iter().copied().chain(["self"]).collect();
        for expression in block.lifecycle.expressions() {
            self.expression(&node, expression, &with_self);
        }
        self.body(&node, &block.body, own);
        if let Ignored::Attributes(paths) = &block.lifecycle.ignore_changes
            && let Some(spec) = self.types.find(address.mode, &address.type_name)
        {
            for path in paths {
                let known = spec.inputs.iter().map(|spec| spec.name);
                if !known.clone().any(|name| name == path.root) {
                    let wrong = Diagnostic::error(
                        "Invalid ignore_changes",
                        format!("\"{}\" has no attribute \"{}\".", spec.name, path.root),
                    )
                    .at(path.span.clone());
                    self.problems.push(match nearest(&path.root, known) {
                        Some(near) => wrong.hint(format!("Did you mean \"{near}\"?")),
                        None => wrong,
                    });
                }
            }
        }
    }

    fn body(&mut self, node: &Node, body: &crate::config::Body, own: &[&str]) {
        for argument in body.arguments.values() {
            self.expression(node, &argument.value, own);
        }
        for block in &body.blocks {
            // A dynamic block gives its members a name of their own.
            let mut inner = own.to_vec();
            if block.kind == "dynamic" {
                let iterator = block.body.arguments.get("iterator").and_then(|a| a.value.keyword());
                inner.extend(iterator.or(block.labels.first().map(|(label, _)| label.as_str())));
                for (name, argument) in &block.body.arguments {
                    match name.as_str() {
                        "iterator" => {}
                        "for_each" => self.expression(node, &argument.value, own),
                        _ => self.expression(node, &argument.value, &inner),
                    }
                }
                for content in &block.body.blocks {
                    self.body(node, &content.body, &inner);
                }
            } else {
                self.body(node, &block.body, &inner);
            }
        }
    }

    fn expression(&mut self, node: &Node, expression: &Expr, own: &[&str]) {
        self.problems.extend(lang::wrong_calls(expression));
        self.references(node, &lang::references(expression), own);
    }

    /// Draws an arrow for each reference. `own` are names that the place itself defines.
    fn references(&mut self, node: &Node, references: &[Traversal], own: &[&str]) {
        for traversal in references {
            if own.contains(&traversal.root.as_str()) {
                continue;
            }
            let place = reference::Place { at: self.at, module: self.module, types: self.types };
            match place.targets(traversal) {
                Ok(targets) => {
                    for target in targets {
                        self.scoped(node, &target, traversal);
                        let itself = matches!(node, Node::Variable(..)) && target == *node;
                        if !itself {
                            self.graph.arrow(&target, node);
                        }
                    }
                }
                Err(problem) => self.problems.push(*problem),
            }
        }
    }
}

impl Builder<'_> {
    /// What stands in a check block is seen only there.
    fn scoped(&mut self, node: &Node, target: &Node, traversal: &Traversal) {
        let Node::Block(address) = target else { return };
        let Some(check) = self.root.block(address).and_then(|block| block.check.as_ref()) else {
            return;
        };
        if *node != Node::Check(self.at.clone(), check.clone()) {
            let text =
                format!("{address} stands in check \"{check}\", and can be named only there.");
            let problem = Diagnostic::error("Reference to scoped data source", text);
            self.problems.push(problem.at(traversal.span.clone()));
        }
    }
}

/// `resource` or `data`, in words.
fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "resource",
        Mode::Data => "data source",
    }
}
