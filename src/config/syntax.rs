//! Bodies of blocks: arguments and nested blocks with their places, nothing evaluated.
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Source, Span};
use crate::lang::syntax::{Body as Syntax, Item};
use crate::lang::{Expr, place};

/// What stands between the braces of a block.
#[derive(Debug, Clone)]
pub struct Body {
    /// The header of the block, or the whole file.
    pub span: Span,
    /// `name = value`, by name.
    pub arguments: IndexMap<String, Argument>,
    /// Nested blocks, in order.
    pub blocks: Vec<Nested>,
}

/// `name = value`.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Where the name stands.
    pub name: Span,
    /// The value.
    pub value: Expr,
}

/// A block inside another.
#[derive(Debug, Clone)]
pub struct Nested {
    /// Its type: `dynamic`, `metric_query`.
    pub kind: String,
    /// Its labels, each with its place.
    pub labels: Vec<(String, Span)>,
    /// What stands in it.
    pub body: Body,
}

impl Body {
    /// The body of a file.
    pub(super) fn of_file(source: &Arc<Source>, syntax: Syntax) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let span = Span { source: source.clone(), range: 0..0 };
        (Self::new(source, syntax, span, &mut problems), problems)
    }

    fn new(
        source: &Arc<Source>,
        syntax: Syntax,
        span: Span,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut body = Self { span, arguments: IndexMap::new(), blocks: Vec::new() };
        for item in syntax.items {
            match item {
                Item::Argument(argument) => {
                    let name = argument.name.text.clone();
                    let argument = Argument {
                        name: place(source, &argument.name),
                        value: Expr::new(source, argument.value),
                    };
                    if let Some(first) = body.arguments.get(&name) {
                        let (line, _) = first.name.start();
                        problems.push(
                            Diagnostic::error(
                                "Attribute redefined",
                                format!(
                                    "The argument \"{name}\" was already set on line {line}. Each \
                                     argument may be set only once."
                                ),
                            )
                            .at(argument.name.clone()),
                        );
                    } else {
                        body.arguments.insert(name, argument);
                    }
                }
                Item::Block(block) => {
                    let mut header = place(source, &block.kind);
                    let labels = block.labels.into_iter().map(|label| {
                        let span = place(source, &label);
                        header.range.end = header.range.end.max(span.range.end);
                        (label.text, span)
                    });
                    let labels: Vec<_> = labels.collect();
                    let inner = Self::new(source, block.body, header, problems);
                    body.blocks.push(Nested { kind: block.kind.text, labels, body: inner });
                }
            }
        }
        body
    }

    /// Every expression in it, at any depth.
    pub fn expressions(&self) -> Box<dyn Iterator<Item = &Expr> + '_> {
        let own = self.arguments.values().map(|argument| &argument.value);
        Box::new(own.chain(self.blocks.iter().flat_map(|block| block.body.expressions())))
    }

    /// Takes an argument out.
    pub(super) fn take(&mut self, name: &str) -> Option<Argument> {
        self.arguments.shift_remove(name)
    }

    /// Takes all nested blocks of a type out.
    pub(super) fn take_blocks(&mut self, kind: &str) -> Vec<Nested> {
        let (taken, kept) =
            std::mem::take(&mut self.blocks).into_iter().partition(|b| b.kind == kind);
        self.blocks = kept;
        taken
    }
}
