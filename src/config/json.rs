//! Files in JSON. What is a block and what an argument is said by what may stand in a block: the
//! tables of the types, and the blocks of the language.
use std::sync::Arc;

use indexmap::IndexMap;

use crate::address::Mode;
use crate::config::provider::Provider;
use crate::config::{Argument, Body, Nested, Types};
use crate::diagnostic::{Checked, Diagnostic, Source, Span};
use crate::lang::{Node, NodeKind, Reading, Text, parse_document, place};
use crate::schema::{AttributeSpec, Record};

/// What may stand in a block.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Arguments only.
    Arguments,
    /// These blocks, each with the number of its labels, and arguments.
    Blocks(&'static [(&'static str, usize, Shape)]),
    /// What the table of a type has.
    Table(&'static [AttributeSpec]),
    /// The same, and what every resource and data source has.
    Resource(&'static [AttributeSpec]),
    /// A block that makes others, of which the label tells the type.
    Dynamic(&'static [AttributeSpec]),
    /// `content` of a dynamic block.
    Content(&'static [AttributeSpec]),
    /// A resource or data source; the first label tells the type.
    Typed(Mode),
}

/// Blocks that stand at the top of a file.
const TOP: &[(&str, usize, Shape)] = &[
    (
        "check",
        1,
        Shape::Blocks(&[("assert", 0, Shape::Arguments), ("data", 2, Shape::Typed(Mode::Data))]),
    ),
    ("data", 2, Shape::Typed(Mode::Data)),
    ("drctl", 0, Shape::Blocks(&[("lock", 0, Shape::Arguments)])),
    ("import", 0, Shape::Arguments),
    ("locals", 0, Shape::Arguments),
    ("module", 1, Shape::Arguments),
    ("moved", 0, Shape::Arguments),
    ("output", 1, Shape::Blocks(&[("precondition", 0, Shape::Arguments)])),
    ("provider", 1, Shape::Table(Provider::TABLE)),
    ("removed", 0, Shape::Blocks(&[("lifecycle", 0, Shape::Arguments)])),
    ("resource", 2, Shape::Typed(Mode::Managed)),
    ("terraform", 0, Shape::Arguments),
    ("variable", 1, Shape::Blocks(&[("validation", 0, Shape::Arguments)])),
];

const LIFECYCLE: Shape =
    Shape::Blocks(&[("precondition", 0, Shape::Arguments), ("postcondition", 0, Shape::Arguments)]);

/// The body of a file.
pub(super) fn file(source: &Arc<Source>, types: Types<'_>) -> Checked<Body> {
    let span = Span { source: source.clone(), range: 0..0 };
    let mut body = Body { span, arguments: IndexMap::new(), blocks: Vec::new() };
    let mut reader = Reader { source, types, problems: Vec::new() };
    match parse_document(source) {
        Ok(node) => reader.fill(&mut body, &node, "", Shape::Blocks(TOP)),
        Err(problem) => reader.problems.push(problem),
    }
    (body, reader.problems)
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    types: Types<'a>,
    problems: Vec<Diagnostic>,
}

/// A block whose labels are being collected.
struct Header<'n> {
    kind: &'n Text,
    labels: Vec<&'n Text>,
}

impl Reader<'_> {
    fn wrong(&mut self, node: &Node, detail: &str) {
        let problem = Diagnostic::error("Incorrect JSON value type", detail);
        self.problems.push(problem.at(place(self.source, node)));
    }

    /// The members of an object, or of all objects of an array.
    fn members<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n (Text, Node)> {
        match &node.kind {
            NodeKind::Null => Vec::new(),
            NodeKind::Object(members) => members.iter().collect(),
            NodeKind::Array(items) => {
                let mut all = Vec::new();
                for item in items {
                    if let NodeKind::Object(members) = &item.kind {
                        all.extend(members);
                    } else {
                        self.wrong(item, &format!("A JSON object is required here, with {what}."));
                    }
                }
                all
            }
            NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Text(_) => {
                let text =
                    format!("A JSON object or an array of objects is required here, with {what}.");
                self.wrong(node, &text);
                Vec::new()
            }
        }
    }

    fn fill(&mut self, body: &mut Body, node: &Node, kind: &str, shape: Shape) {
        for (name, value) in self.members(node, "arguments and blocks") {
            // A comment.
            if name.value == "//" {
                continue;
            }
            if let Some((labels, shape)) = self.inner(shape, &name.value) {
                let header = Header { kind: name, labels: Vec::new() };
                self.block(&mut body.blocks, header, value, labels, shape);
                continue;
            }
            let argument = match value.expression(self.source, reading(kind, &name.value)) {
                Ok(value) => Argument { name: place(self.source, name), value },
                Err(problem) => {
                    self.problems.push(problem);
                    continue;
                }
            };
            if let Some(first) = body.arguments.get(&name.value) {
                let (line, _) = first.name.start();
                let text =
                    format!("The argument \"{}\" was already set on line {line}.", name.value);
                let problem = Diagnostic::error("Attribute redefined", text);
                self.problems.push(problem.at(argument.name));
            } else {
                body.arguments.insert(name.value.clone(), argument);
            }
        }
    }

    /// What a block of this name is here; nothing if it is an argument.
    fn inner(&self, shape: Shape, name: &str) -> Option<(usize, Shape)> {
        let of_table = |table: &'static [AttributeSpec]| {
            let spec = table.iter().find(|spec| spec.name == name);
            let block = spec.and_then(|spec| spec.kind.block());
            let dynamic = (name == "dynamic").then_some((1, Shape::Dynamic(table)));
            block.map(|table| (0, Shape::Table(table))).or(dynamic)
        };
        match shape {
            Shape::Arguments | Shape::Typed(_) => None,
            Shape::Blocks(blocks) => {
                let found = blocks.iter().find(|(kind, ..)| *kind == name);
                found.map(|(_, labels, shape)| (*labels, *shape))
            }
            Shape::Table(table) => of_table(table),
            Shape::Content(table) | Shape::Dynamic(table) => {
                (name == "content").then_some((0, Shape::Table(table)))
            }
            Shape::Resource(table) => match name {
                "lifecycle" => Some((0, LIFECYCLE)),
                "timeouts" | "connection" => Some((0, Shape::Arguments)),
                "provisioner" => Some((1, Shape::Arguments)),
                _ => of_table(table),
            },
        }
    }

    /// Blocks of one type, with as many labels as are still to come.
    fn block(
        &mut self,
        blocks: &mut Vec<Nested>,
        header: Header<'_>,
        node: &Node,
        labels: usize,
        shape: Shape,
    ) {
        if labels > 0 {
            let members = self.members(node, "the labels of the blocks as names");
            for (label, inside) in members.into_iter().filter(|(label, _)| label.value != "//") {
                let mut more = header.labels.clone();
                more.push(label);
                let header = Header { kind: header.kind, labels: more };
                let shape =
                    if header.labels.len() == 1 { self.labelled(shape, label) } else { shape };
                self.block(blocks, header, inside, labels - 1, shape);
            }
            return;
        }
        let bodies = match &node.kind {
            NodeKind::Null => Vec::new(),
            NodeKind::Array(items) => items.iter().collect(),
            _ => vec![node],
        };
        for inside in bodies {
            let last = header.labels.last().unwrap_or(&header.kind);
            let mut body = Body {
                span: place(self.source, *last),
                arguments: IndexMap::new(),
                blocks: Vec::new(),
            };
            self.fill(&mut body, inside, &header.kind.value, shape);
            let labels = header.labels.iter();
            let labels = labels.map(|label| (label.value.clone(), place(self.source, *label)));
            let kind = header.kind.value.clone();
            blocks.push(Nested { kind, labels: labels.collect(), body });
        }
    }

    /// What the first label says of a block.
    fn labelled(&self, shape: Shape, label: &Text) -> Shape {
        match shape {
            Shape::Typed(mode) => {
                let spec = self.types.find(mode, &label.value);
                Shape::Resource(spec.map_or(&[], |spec| spec.inputs))
            }
            Shape::Dynamic(table) => {
                let spec = table.iter().find(|spec| spec.name == label.value);
                Shape::Content(spec.and_then(|spec| spec.kind.block()).unwrap_or(&[]))
            }
            other => other,
        }
    }
}

/// How the strings of an argument are read: most are templates, but a reference that is not to be
/// evaluated is written as it is, and a default is a plain value.
fn reading(kind: &str, name: &str) -> Reading {
    match (kind, name) {
        ("variable", "type") => Reading::Expression,
        ("variable", "default") => Reading::Literal,
        ("resource" | "data" | "output" | "module", "depends_on") => Reading::Expression,
        ("resource" | "data" | "import", "provider") => Reading::Expression,
        ("lifecycle", "ignore_changes" | "replace_triggered_by") => Reading::Expression,
        ("module", "providers") => Reading::Expression,
        ("moved" | "removed", "from") | ("moved" | "import", "to") => Reading::Expression,
        _ => Reading::Template,
    }
}
