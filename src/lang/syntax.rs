//! The syntax tree: what a text says, before anybody asks what it means. Every part knows its
//! place, in bytes of its text.
mod moved;

use std::ops::Range;

use crate::value::Number;

/// Arguments and blocks, in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    /// What stands in it.
    pub items: Vec<Item>,
}

/// An argument or a block.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `name = value`
    Argument(Argument),
    /// `kind "label" { ... }`
    Block(Block),
}

/// `name = value`
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: Word,
    /// Its value.
    pub value: Expression,
}

/// `kind "label" { ... }`
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its type.
    pub kind: Word,
    /// Its labels.
    pub labels: Vec<Word>,
    /// What stands between its braces.
    pub body: Body,
}

/// A name, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The name, without quotes.
    pub text: String,
    /// Where it stands, quotes included.
    pub range: Range<usize>,
}

/// An expression, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub range: Range<usize>,
}

/// The sorts of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1.5`
    Number(Number),
    /// A text without `${}` and `%{}`.
    Text(String),
    /// A text with them.
    Template(Template),
    /// `[a, b]`
    Tuple(Vec<Expression>),
    /// `{ a = b }`
    Object(Vec<Member>),
    /// A name that stands alone, or in front of steps.
    Name(String),
    /// `(a)`
    Parentheses(Box<Expression>),
    /// `a ? b : c`
    Conditional(Box<Conditional>),
    /// `f(a)`
    Call(Box<Call>),
    /// `a.b[c]`
    Traversal(Box<Traversal>),
    /// `!a`
    Not(Box<Expression>),
    /// `-a`
    Negative(Box<Expression>),
    /// `a + b - c`
    Operation(Box<Operation>),
    /// `[for a in b : c]`
    For(Box<For>),
}

/// A text with expressions in it. One that is nothing but one `${}` stands for the value itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template {
    /// Its parts, in order; `~` and the indentation of `<<-` have already had their effect.
    pub parts: Vec<Part>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Plain text.
    Text(String),
    /// `${a}`
    Value(Expression),
    /// `%{ if a }b%{ else }c%{ endif }`
    If(Choice),
    /// `%{ for a in b }c%{ endfor }`
    For(Repetition),
}

/// `%{ if }`
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Decides.
    pub condition: Expression,
    /// What is written when it holds.
    pub yes: Template,
    /// What is written when it does not.
    pub no: Template,
}

/// `%{ for }`
#[derive(Debug, Clone, PartialEq)]
pub struct Repetition {
    /// The name of the key, if it has one.
    pub key: Option<Word>,
    /// The name of the member.
    pub value: Word,
    /// What it goes through.
    pub collection: Expression,
    /// What is written for each member.
    pub body: Template,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name; a bare word is a [`Kind::Text`].
    pub key: Expression,
    /// Its value.
    pub value: Expression,
}

/// `a ? b : c`
#[derive(Debug, Clone, PartialEq)]
pub struct Conditional {
    /// Decides.
    pub condition: Expression,
    /// The result when it holds.
    pub yes: Expression,
    /// The result when it does not.
    pub no: Expression,
}

/// `f(a, b...)`
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The name, `::` included.
    pub name: Word,
    /// What is passed.
    pub arguments: Vec<Expression>,
    /// The last argument stands for its members.
    pub expand: bool,
}

/// Steps into a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Traversal {
    /// The value.
    pub from: Expression,
    /// The steps; at least one.
    pub steps: Vec<Step>,
}

/// A step, with its place: the dot or the brackets included.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// Where it stands.
    pub range: Range<usize>,
}

/// The sorts of steps.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `.name`
    Attribute(String),
    /// `.0`
    Position(Number),
    /// `[a]`
    Index(Expression),
    /// `.*`
    AttributeSplat,
    /// `[*]`
    FullSplat,
}

/// Operators of one rank in a row, which are computed from left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The first operand.
    pub first: Expression,
    /// Operators, each with what stands behind it; at least one.
    pub rest: Vec<(Operator, Expression)>,
}

/// Operators with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// `[for k, v in a : b if c]` and `{for k, v in a : b => c... if d}`
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    /// The name of the key, if it has one.
    pub key_name: Option<Word>,
    /// The name of the member.
    pub value_name: Word,
    /// What it goes through.
    pub collection: Expression,
    /// The key of the result; there is one in braces only.
    pub key: Option<Expression>,
    /// The result.
    pub value: Expression,
    /// Results with the same key are gathered.
    pub group: bool,
    /// Which members count.
    pub condition: Option<Expression>,
}

/// What has a place in its text.
pub trait Ranged {
    /// Its bytes.
    fn range(&self) -> Range<usize>;
}

impl Ranged for Expression {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl Ranged for Word {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl Ranged for Step {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl Ranged for Range<usize> {
    fn range(&self) -> Range<usize> {
        self.clone()
    }
}

impl Ranged for Item {
    /// Of a block only its header.
    fn range(&self) -> Range<usize> {
        match self {
            Self::Argument(argument) => argument.name.range.start..argument.value.range.end,
            Self::Block(block) => {
                let last = block.labels.last().unwrap_or(&block.kind);
                block.kind.range.start..last.range.end
            }
        }
    }
}

impl Operator {
    /// How tightly it binds: the higher the more so.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Remainder => 6,
        }
    }
}
