//! Files in JSON: the text as a tree that knows its places, and what its values mean as
//! expressions. What is a block and what an argument only a schema can tell; `config` does.
mod read;

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::lang::Expr;
use crate::lang::fault::Fault;
use crate::lang::parser;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Member;
use crate::lang::syntax::Part;
use crate::lang::syntax::Ranged;
use crate::value::Number;

/// A value of JSON, with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands.
    pub range: Range<usize>,
}

/// The sorts of values.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1.5`
    Number(Number),
    /// `"text"`
    Text(Text),
    /// `[a, b]`
    Array(Vec<Node>),
    /// `{"a": b}`; names may be there more than once.
    Object(Vec<(Text, Node)>),
}

/// A string of JSON, without its escapes.
#[derive(Debug, Clone)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// Where it stands, quotes included.
    pub range: Range<usize>,
    /// Where in the file the text goes on behind an escape: position in `value`, position in the
    /// file. The first is the beginning.
    starts: Vec<(usize, usize)>,
}

/// How the strings in a value are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As templates: `"${a.b}"`.
    Template,
    /// As expressions: `"a.b"`, for references and types.
    Expression,
    /// As they are.
    Literal,
}

/// The tree of a file in JSON.
///
/// # Errors
/// What is wrong with the JSON.
pub fn parse_document(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    read::read(&source.text).map_err(|fault| fault.in_source(source))
}

impl Ranged for Node {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl Ranged for Text {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl Node {
    /// The value as an expression.
    ///
    /// # Errors
    /// What is wrong with the template or expression in one of its strings.
    pub fn expression(&self, source: &Arc<Source>, reading: Reading) -> Result<Expr, Diagnostic> {
        let written = source.text.get(self.range.clone()).unwrap_or_default();
        let ast = parser::with_room_for(written, || self.syntax(reading));
        ast.map(|ast| Expr::new(source, ast)).map_err(|fault| fault.in_source(source))
    }

    fn syntax(&self, reading: Reading) -> Result<Expression, Fault> {
        let kind = match &self.kind {
            NodeKind::Null => Kind::Null,
            NodeKind::Bool(bool) => Kind::Bool(*bool),
            NodeKind::Number(number) => Kind::Number(number.clone()),
            NodeKind::Text(text) => return text.syntax(reading),
            NodeKind::Array(items) => {
                let items = items.iter().map(|item| item.syntax(reading));
                Kind::Tuple(items.collect::<Result<_, _>>()?)
            }
            NodeKind::Object(members) => {
                let members = members.iter().map(|(name, value)| {
                    Ok(Member { key: name.key(reading)?, value: value.syntax(reading)? })
                });
                Kind::Object(members.collect::<Result<_, Fault>>()?)
            }
        };
        Ok(Expression { kind, range: self.range.clone() })
    }
}

impl Text {
    /// A name: one word is a name, whatever it may mean elsewhere.
    fn key(&self, reading: Reading) -> Result<Expression, Fault> {
        let mut key = self.syntax(reading)?;
        if let Kind::Name(name) = key.kind {
            key.kind = Kind::Text(name);
        }
        Ok(key)
    }

    fn syntax(&self, reading: Reading) -> Result<Expression, Fault> {
        let place = |at| self.place(at);
        let moved = |fault: Fault| fault.moved(&place);
        let kind = match reading {
            Reading::Literal => Kind::Text(parser::normal(&self.value).into_owned()),
            Reading::Expression => {
                let mut ast = parser::expression(&self.value).map_err(moved)?;
                ast.moved(&place);
                return Ok(ast);
            }
            Reading::Template => {
                let mut template = parser::template(&self.value).map_err(moved)?;
                template.moved(&place);
                let text = |part: &Part| match part {
                    Part::Text(text) => Some(text.clone()),
                    Part::Value(_) | Part::If(_) | Part::For(_) => None,
                };
                match template.parts.iter().map(text).collect::<Option<String>>() {
                    Some(text) => Kind::Text(parser::normal(&text).into_owned()),
                    None => Kind::Template(template),
                }
            }
        };
        Ok(Expression { kind, range: self.range.clone() })
    }

    /// Where in the file a position of `value` is.
    fn place(&self, at: usize) -> usize {
        let next = self.starts.partition_point(|(from, _)| *from <= at);
        match next.checked_sub(1).and_then(|last| self.starts.get(last)) {
            Some((from, place)) => (place + at - from).min(self.range.end),
            None => self.range.start,
        }
    }
}
