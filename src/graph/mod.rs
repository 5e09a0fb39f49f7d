//! Declared blocks as an acyclic graph, and the values that expressions see.
use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::algo::{is_cyclic_directed, tarjan_scc};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::address::{BlockAddress, Mode};
use crate::config::{Block, Ignored, Module, Repeat, Types};
use crate::diagnostic::{Checked, Diagnostic, Span, nearest};
use crate::lang::{self, Expr, Traversal};

mod body;
mod expand;
mod known;
mod names;
mod reference;
mod resolve;
mod scene;
mod variables;

pub use expand::Each;
pub use known::Known;
pub use resolve::Resolver;
pub use scene::{Scene, Wanted};
pub use variables::{Given, variables};

/// Something that has a value or makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A variable.
    Variable(String),
    /// A local value.
    Local(String),
    /// A provider, by alias.
    Provider(String),
    /// A resource or data source.
    Block(BlockAddress),
    /// An output.
    Output(String),
}

/// Which node needs which.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    graph: DiGraph<Node, ()>,
    index: BTreeMap<Node, NodeIndex>,
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Provider(alias) if alias.is_empty() => write!(f, "provider.aws"),
            Self::Provider(alias) => write!(f, "provider.aws.{alias}"),
            Self::Block(address) => write!(f, "{address}"),
            Self::Output(name) => write!(f, "output.{name}"),
        }
    }
}

impl Graph {
    /// Draws the arrows. References to what is not declared, and cycles, are reported.
    pub fn build(module: &Module, types: Types<'_>) -> Checked<Self> {
        let mut builder = Builder { module, types, graph: Self::default(), problems: Vec::new() };
        builder.nodes();
        builder.edges();
        let Builder { graph, mut problems, .. } = builder;
        problems.extend(graph.cycles(module));
        (graph, problems)
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
        let mut found = BTreeSet::new();
        let mut open = self.needs(node);
        while let Some(next) = open.pop() {
            match next {
                Node::Block(address) => drop(found.insert(address)),
                _ => open.extend(self.needs(next)),
            }
        }
        found
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
        seen.into_iter()
            .filter_map(|node| match node {
                Node::Block(address) => Some(address),
                _ => None,
            })
            .collect()
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

fn span(module: &Module, node: &Node) -> Option<Span> {
    match node {
        Node::Variable(name) => module.variables.get(name).map(|v| v.span.clone()),
        Node::Local(name) => module.locals.get(name).map(Expr::span),
        Node::Provider(alias) => module.providers.get(alias).map(|p| p.span.clone()),
        Node::Block(address) => module.blocks.get(address).map(|b| b.span.clone()),
        Node::Output(name) => module.outputs.get(name).map(|o| o.span.clone()),
    }
}

struct Builder<'a> {
    module: &'a Module,
    types: Types<'a>,
    graph: Graph,
    problems: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn nodes(&mut self) {
        let Module { settings: _, variables, locals, outputs, providers, blocks } = self.module;
        let nodes = variables.keys().cloned().map(Node::Variable);
        let nodes = nodes.chain(locals.keys().cloned().map(Node::Local));
        let nodes = nodes.chain(providers.keys().cloned().map(Node::Provider));
        let nodes = nodes.chain(blocks.keys().cloned().map(Node::Block));
        let nodes: Vec<Node> = nodes.chain(outputs.keys().cloned().map(Node::Output)).collect();
        for node in nodes {
            self.graph.add(node);
        }
        if !providers.contains_key("") {
            self.graph.add(Node::Provider(String::new()));
        }
    }

    fn edges(&mut self) {
        let module = self.module;
        for (name, variable) in &module.variables {
            let node = Node::Variable(name.clone());
            for rule in &variable.validations {
                // A rule speaks of the variable itself, which is no dependency on itself.
                for expression in [&rule.condition, &rule.error_message] {
                    self.expression(&node, expression, &[]);
                }
            }
        }
        for (name, expression) in &module.locals {
            self.expression(&Node::Local(name.clone()), expression, &[]);
        }
        for (alias, provider) in &module.providers {
            for expression in provider.body.expressions() {
                self.expression(&Node::Provider(alias.clone()), expression, &[]);
            }
        }
        for (name, output) in &module.outputs {
            let node = Node::Output(name.clone());
            self.expression(&node, &output.value, &[]);
            for rule in &output.preconditions {
                self.expression(&node, &rule.condition, &[]);
                self.expression(&node, &rule.error_message, &[]);
            }
            self.references(&node, &output.depends_on, &[]);
        }
        for (address, block) in &module.blocks {
            self.block(address, block);
        }
    }

    fn block(&mut self, address: &BlockAddress, block: &Block) {
        let node = Node::Block(address.clone());
        self.graph.arrow(&Node::Provider(block.provider.0.clone()), &node);
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
            match reference::target(traversal, self.module, self.types) {
                Ok(Some(target)) => {
                    let itself = matches!(node, Node::Variable(_)) && target == *node;
                    if !itself {
                        self.graph.arrow(&target, node);
                    }
                }
                Ok(None) => {}
                Err(problem) => self.problems.push(*problem),
            }
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
