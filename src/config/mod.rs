//! Files of HCL as declared blocks: what stands there, checked as far as it can be without
//! evaluating anything.
use std::sync::Arc;

use indexmap::IndexMap;

use crate::address::{BlockAddress, Region, Target};
use crate::diagnostic::{Source, Span};
use crate::lang::Traversal;
use crate::lang::{Expr, Type};
use crate::schema::Length;

mod block;
mod call;
mod check;
mod file;
mod json;
mod load;
pub mod provider;
mod refactor;
mod removed;
mod safety;
mod syntax;
mod tree;

pub use check::{Types, check};
pub use file::{holds_values, is_built_in, is_configuration, is_read_by_itself};
pub use load::{Library, NoModules, load};
pub use syntax::{Argument, Body, Nested};

/// Everything that the files of one directory declare.
#[derive(Debug, Clone)]
pub struct Module {
    /// Where its files lie, as `path.module` gives it: `.` for the root module.
    pub directory: String,
    /// Its files.
    pub sources: Vec<Arc<Source>>,
    /// `drctl {}`.
    pub settings: Settings,
    /// `variable` blocks, by name.
    pub variables: IndexMap<String, Variable>,
    /// Members of `locals` blocks, by name.
    pub locals: IndexMap<String, Expr>,
    /// `output` blocks, by name.
    pub outputs: IndexMap<String, Output>,
    /// `provider "aws"` blocks by alias; the one without has the empty alias.
    pub providers: IndexMap<String, ProviderBlock>,
    /// `resource` and `data` blocks; their addresses are those within this module.
    pub blocks: IndexMap<BlockAddress, Block>,
    /// `module` blocks, by name.
    pub calls: IndexMap<String, Call>,
    /// `check` blocks, by name.
    pub checks: IndexMap<String, Check>,
    /// `moved` blocks; their addresses are those within this module.
    pub moved: Vec<Moved>,
    /// `removed` blocks; their addresses are those within this module.
    pub removed: Vec<Removed>,
    /// `import` blocks.
    pub imports: Vec<Import>,
}

/// A `check` block: what should hold, told as a warning when it does not.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its `assert` blocks.
    pub asserts: Vec<Condition>,
    /// Its own data source, which nobody else can refer to.
    pub data: Option<BlockAddress>,
    /// The header of the block.
    pub span: Span,
}

/// A `moved` block: what has another address now.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The address until now.
    pub from: Target,
    /// The address from now on.
    pub to: Target,
    /// The header of the block.
    pub span: Span,
}

/// A `removed` block: what is no longer declared, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Removed {
    /// The address that it had.
    pub from: Target,
    /// Whether it is destroyed; otherwise it stays, and is nobody's.
    pub destroy: bool,
    /// How to go about it: attributes such as `skip_final_snapshot`, which AWS does not hold.
    pub options: Body,
    /// The header of the block.
    pub span: Span,
}

/// An `import` block: what exists and is to be looked after from here on.
#[derive(Debug, Clone)]
pub struct Import {
    /// The address that it gets.
    pub to: Expr,
    /// What AWS knows it by, if that is said.
    pub id: Option<Expr>,
    /// The same as an object of attributes.
    pub identity: Option<Expr>,
    /// Once, or for each member of a collection.
    pub repeat: Repeat,
    /// The header of the block.
    pub span: Span,
}

/// A `module` block, with the module that it calls.
#[derive(Debug, Clone)]
pub struct Call {
    /// `./network` or `drctl:aurora-global-database`, and where that is said.
    pub source: (String, Span),
    /// How many instances it has.
    pub repeat: Repeat,
    /// Which provider the module finds under which alias.
    pub providers: IndexMap<String, Handed>,
    /// What must have been done before anything in the module is looked at.
    pub depends_on: Vec<Traversal>,
    /// Values for the module's variables.
    pub arguments: IndexMap<String, Argument>,
    /// What the module declares; the same for all calls of one directory.
    pub module: Arc<Module>,
    /// The header of the block.
    pub span: Span,
}

/// A provider that a call hands on to its module.
#[derive(Debug, Clone)]
pub struct Handed {
    /// Its alias in the module that calls.
    pub alias: String,
    /// Which instance of it, if it has `for_each` and one is meant.
    pub key: Option<Expr>,
    /// Where that is said.
    pub span: Span,
}

/// What `drctl {}` says about the whole.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Name of the stack, which the tags of all its resources carry.
    pub stack: Option<(String, Span)>,
    /// Versions of drctl that may be used, as `>= 0.1, < 2.0`.
    pub required_version: Option<(String, Span)>,
    /// For how long a saved plan may be applied.
    pub plan_expiry: Option<Length>,
    /// Where a run that changes something says that it does.
    pub lock: Option<Lock>,
    /// How many resources may be destroyed at once because nobody declares them any more.
    pub removal_limit: Option<usize>,
}

/// `lock {}`: a run that changes something first takes a lease, and no other has it meanwhile.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Alias of the provider whose account keeps it.
    pub provider: String,
    /// The Region that keeps it; chosen if it is not said.
    pub region: Option<Region>,
    /// For how long a lease holds that nobody renews.
    pub lease: Option<Length>,
    /// The header of the block.
    pub span: Span,
}

/// An input of the module.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Type that values are converted to.
    pub kind: Type,
    /// Value when none is given.
    pub default: Option<Expr>,
    /// For people.
    pub description: Option<String>,
    /// Whether the value is never to be shown.
    pub sensitive: bool,
    /// Whether null is a value like any other.
    pub nullable: bool,
    /// Rules that the value must keep.
    pub validations: Vec<Condition>,
    /// The header of the block.
    pub span: Span,
}

/// A rule: a condition, and what to say when it does not hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Must be true.
    pub condition: Expr,
    /// Said when it is not.
    pub error_message: Expr,
}

/// A result of the module.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its value.
    pub value: Expr,
    /// For people.
    pub description: Option<String>,
    /// Whether the value is never to be shown.
    pub sensitive: bool,
    /// What must have been done before it holds.
    pub depends_on: Vec<Traversal>,
    /// Rules that must hold.
    pub preconditions: Vec<Condition>,
    /// The header of the block.
    pub span: Span,
}

/// A `provider "aws"` block.
#[derive(Debug, Clone)]
pub struct ProviderBlock {
    /// `for_each`: one provider for each member, told apart by its key.
    pub each: Option<Expr>,
    /// Its arguments, still unevaluated.
    pub body: Body,
    /// The header of the block.
    pub span: Span,
}

/// A `resource` or `data` block.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it is called.
    pub address: BlockAddress,
    /// How many instances it has.
    pub repeat: Repeat,
    /// Alias of its provider, and where that is said.
    pub provider: (String, Option<Span>),
    /// Which instance of the provider, if that has `for_each`.
    pub provider_key: Option<Expr>,
    /// Region of its own.
    pub region: Option<Expr>,
    /// What must have been done before, beside what it refers to.
    pub depends_on: Vec<Traversal>,
    /// The `check` block that it is part of.
    pub check: Option<String>,
    /// How its life is led.
    pub lifecycle: Lifecycle,
    /// `create`, `update` and `delete` as texts such as `30m`.
    pub timeouts: IndexMap<String, Expr>,
    /// Its other arguments, still unevaluated.
    pub body: Body,
    /// The header of the block.
    pub span: Span,
}

/// How many instances a block has.
#[derive(Debug, Clone)]
pub enum Repeat {
    /// One.
    Once,
    /// As many as the number says.
    Count(Expr),
    /// One for each member of a map or a set of strings.
    ForEach(Expr),
}

/// `lifecycle {}`.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// Refuse to destroy it.
    pub prevent_destroy: Option<Expr>,
    /// When it must be replaced, create the new one first.
    pub create_before_destroy: Option<Expr>,
    /// Attributes in which a difference does not count.
    pub ignore_changes: Ignored,
    /// Replace it when one of these changes.
    pub replace_triggered_by: Vec<Traversal>,
    /// Rules that must hold before it is changed.
    pub preconditions: Vec<Condition>,
    /// Rules that must hold afterwards.
    pub postconditions: Vec<Condition>,
}

/// `ignore_changes`.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Ignored {
    /// It is not there.
    #[default]
    Nothing,
    /// These attributes.
    Attributes(Vec<Traversal>),
    /// `all`.
    All,
}

impl Lifecycle {
    /// Every expression in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let Self {
            prevent_destroy,
            create_before_destroy,
            ignore_changes: _,
            replace_triggered_by: _,
            preconditions,
            postconditions,
        } = self;
        let rules = preconditions.iter().chain(postconditions);
        prevent_destroy
            .iter()
            .chain(create_before_destroy)
            .chain(rules.flat_map(|rule| [&rule.condition, &rule.error_message]))
    }
}
