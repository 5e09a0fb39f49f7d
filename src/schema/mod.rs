//! What attributes a type has: one declaration gives the typed struct, the table and the manual.
//!
//! [`attributes!`](crate::attributes) declares a struct and its table at once. The table is what
//! the diff, the plan, the manual and the JSON Schemas work from; the struct is what a resource's
//! code works with. Neither can know an attribute that the other does not.
use crate::value::{Object, Value};

mod conform;
mod document;
mod fields;
pub mod json;
mod key;
mod scalars;

pub use conform::{
    Problem, check_value, conform, fill_defaults, marked, remembered, view, with_options,
};
pub use document::Json;
pub use fields::{as_object, decode_field, plain};
pub use json::prose;
pub use key::Key;
pub use scalars::{Arn, Given, Length, LowerName, Unordered};

/// A Rust type that can be an attribute. Its own canonical form decides what "equal" means.
pub trait Attribute: Sized + PartialEq {
    /// What it looks like in the language.
    const KIND: Kind;
    /// Whether it must be written. The type says so (`Option`, `Vec`, maps: no), no marker does.
    const REQUIRED: bool = true;
    /// Reads a known value.
    ///
    /// # Errors
    /// When the value is of another kind or breaks the type's rule.
    fn decode(value: &Value) -> Result<Self, Mismatch>;
    /// The canonical form.
    fn encode(&self) -> Value;
    /// Whether AWS's value is what was asked for. Differs from equality where AWS completes what
    /// it was given, as it does with versions.
    fn same(live: &Self, want: &Self) -> bool {
        live == want
    }
}

/// A group of attributes; written by [`attributes!`](crate::attributes), never by hand.
pub trait Record: Attribute {
    /// What the group is for.
    const ABOUT: &'static str;
    /// Its attributes, in the order of declaration.
    const TABLE: &'static [AttributeSpec];
}

/// What a value looks like in the language.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// Any number.
    Float,
    /// A string.
    Text,
    /// Members in order. Of records: a block that may be repeated.
    List(&'static Kind),
    /// Members in no order. Of records: a block that may be repeated in any order.
    Set(&'static Kind),
    /// Members by name.
    Map(&'static Kind),
    /// One nested block. References see it as Terraform shows it: a list of at most one object.
    Record(&'static [AttributeSpec]),
}

/// What part an attribute plays in the life of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Describes the resource; compared with what AWS has.
    State,
    /// Part of its identity in AWS; a different value is a different resource.
    Key,
    /// Counts when the resource is created and is not compared afterwards: AWS does not tell it,
    /// or events such as a failover rightly change it.
    Initial,
    /// Says how drctl goes about it (`skip_final_snapshot`); AWS does not hold it.
    Option,
}

/// What it means when the configuration does not set an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unset {
    /// AWS is to hold nothing; something there is a difference.
    Absent,
    /// AWS chooses; whatever it chose is no difference.
    AwsDecides,
    /// AWS's documented default.
    Bool(bool),
    /// AWS's documented default.
    Int(i64),
    /// AWS's documented default.
    Text(&'static str),
}

/// One row of the table: all that the plan, the manual and the JSON Schema need to know.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a marker that a declaration may bear")]
pub struct AttributeSpec {
    /// Name in the language; Terraform's.
    pub name: &'static str,
    /// Manual entry.
    pub doc: &'static str,
    /// What it looks like.
    pub kind: Kind,
    /// Whether it must be written.
    pub required: bool,
    /// The part it plays.
    pub role: Role,
    /// Cannot be changed in place: another value replaces the resource.
    pub replaces: bool,
    /// What leaving it out means.
    pub unset: Unset,
    /// Of a map or of blocks in no order: what AWS has beside what is asked for is no difference.
    pub partial: bool,
    /// Never shown.
    pub sensitive: bool,
    /// Of what only AWS tells: a saved plan that was made for another value must not be applied.
    pub weighs: bool,
    /// Brings one known value into canonical form, or says what is wrong with it.
    pub canonical: fn(&Value) -> Result<Value, Mismatch>,
    /// Whether AWS's value (first) is what was asked for (second). Both are known and canonical.
    pub same: fn(&Value, &Value) -> bool,
}

/// All that the core knows of a type of resource or data source.
#[derive(Debug, Clone, Copy)]
pub struct TypeSpec {
    /// Terraform's name: `aws_backup_vault`.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Where it lives.
    pub placement: Placement,
    /// How a live one is found.
    pub identity: Identity,
    /// The attribute that `id` repeats.
    pub id: &'static str,
    /// Its ARN, foretold before it exists: `{partition}`, `{region}`, `{account}` and names of
    /// attributes in braces are filled in. `None` where AWS mints a part of it.
    pub arn: Option<&'static str>,
    /// Holds data that cannot be had back, so it is never deleted because a block vanished.
    pub data_bearing: bool,
    /// Where it is replaced and nothing is in the way, the successor comes first.
    pub created_first: bool,
    /// How long it may take to settle, when the configuration says nothing.
    pub timeouts: Timeouts,
    /// What a configuration can set.
    pub inputs: &'static [AttributeSpec],
    /// What only AWS tells.
    pub outputs: &'static [AttributeSpec],
    /// What is wrong, or worth a warning, in attributes that are each right by themselves. They are
    /// conformed, with defaults filled in, and need not all be known.
    pub check: fn(&Object) -> Vec<Problem>,
    /// What a block says by arguments that others have replaced, said by those; before defaults are
    /// filled in.
    pub reworded: fn(Object) -> Object,
}

/// For a type that has no argument but today's.
pub fn as_written(object: Object) -> Object {
    object
}

/// For a type whose attributes have nothing to do with each other.
pub fn nothing_to_check(_want: &Object) -> Vec<Problem> {
    Vec::new()
}

/// Where resources of a type live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// One account and Region.
    Regional,
    /// One account, whatever the Region.
    Global,
    /// Nowhere in AWS: computed on this machine.
    Local,
}

/// How a live resource of a type is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The configuration names it uniquely, and its tags tell whose it is.
    Named,
    /// The configuration names it uniquely; it has no tags. Ours if what is there is as asked
    /// for or was not there before; `owner` names the key attribute that names its parent, if any.
    Child,
    /// AWS picks its id: found by its ownership tags, as this type of the tagging service, for
    /// example `kms:key`.
    Minted(&'static str),
    /// AWS picks its id, and it has no tags: found in a listing by its `key` attributes. Two of the
    /// same may be there for a while, so that a successor can come first.
    Listed,
    /// There is always exactly one in each account and Region, or account: settings. It is never
    /// created and never gone.
    Single,
}

/// Minutes that each kind of change may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a new resource is usable.
    pub create: u32,
    /// Until a change has settled.
    pub update: u32,
    /// Until it is gone.
    pub delete: u32,
}

impl Timeouts {
    /// For what AWS does at once, with time for what is eventually consistent.
    pub const SHORT: Self = Self { create: 5, update: 5, delete: 5 };
    /// The same time for all three.
    pub const fn minutes(minutes: u32) -> Self {
        Self { create: minutes, update: minutes, delete: minutes }
    }
}

/// Why a value cannot be an attribute.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Mismatch {
    /// Another kind of value is needed.
    #[error("{expected} is required, but this is {found}")]
    Kind {
        /// What is needed, with its article.
        expected: &'static str,
        /// What was given, with its article.
        found: &'static str,
    },
    /// The value breaks a rule; the text says which.
    #[error("{0}")]
    Invalid(String),
    /// The value of an attribute further inside is wrong.
    #[error("`{name}`: {source}")]
    At {
        /// The attribute.
        name: &'static str,
        /// What is wrong with it.
        source: Box<Mismatch>,
    },
}

impl AttributeSpec {
    /// A row for an attribute of type `T`.
    pub const fn new<T: Attribute>(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            kind: T::KIND,
            required: T::REQUIRED,
            role: Role::State,
            replaces: false,
            unset: Unset::Absent,
            partial: false,
            sensitive: false,
            weighs: false,
            canonical: |value| T::decode(value).map(|known| known.encode()),
            same: |live, want| match (T::decode(live), T::decode(want)) {
                (Ok(live), Ok(want)) => T::same(&live, &want),
                _ => live == want,
            },
        }
    }
    /// Part of the resource's identity in AWS; a different value is a different resource.
    pub const fn key(self) -> Self {
        Self { role: Role::Key, replaces: true, ..self }
    }
    /// Cannot be changed in place.
    pub const fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }
    /// Counts at creation only.
    pub const fn initial(self) -> Self {
        Self { role: Role::Initial, ..self }
    }
    /// Says how drctl goes about it.
    pub const fn option(self) -> Self {
        Self { role: Role::Option, ..self }
    }
    /// AWS chooses when the configuration is silent.
    pub const fn aws_decides(self) -> Self {
        Self { unset: Unset::AwsDecides, ..self }
    }
    /// AWS's documented default; need not be written, whatever the type.
    pub const fn default_bool(self, default: bool) -> Self {
        Self { unset: Unset::Bool(default), required: false, ..self }
    }
    /// AWS's documented default; need not be written, whatever the type.
    pub const fn default_int(self, default: i64) -> Self {
        Self { unset: Unset::Int(default), required: false, ..self }
    }
    /// AWS's documented default; need not be written, whatever the type.
    pub const fn default_text(self, default: &'static str) -> Self {
        Self { unset: Unset::Text(default), required: false, ..self }
    }
    /// What AWS has beside what is asked for, of a map or of blocks in no order, is no difference.
    pub const fn partial(self) -> Self {
        Self { partial: true, unset: Unset::AwsDecides, ..self }
    }
    /// Never shown.
    pub const fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }
    /// A saved plan that was made for another value must not be applied.
    pub const fn weighs(self) -> Self {
        Self { weighs: true, ..self }
    }
}

impl Kind {
    /// The table, if this is one nested block or a repeated one.
    pub fn block(&self) -> Option<&'static [AttributeSpec]> {
        match self {
            Self::Record(table)
            | Self::List(Self::Record(table))
            | Self::Set(Self::Record(table)) => Some(table),
            _ => None,
        }
    }
    /// In words for an error: "a string".
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Bool => "a bool",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Text => "a string",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Record(_) => "an object",
        }
    }
}

/// The row of that name.
pub fn find(table: &'static [AttributeSpec], name: &str) -> Option<&'static AttributeSpec> {
    table.iter().find(|spec| spec.name == name)
}

/// Whether what AWS has is what was asked for, wherever the configuration has a say.
pub fn same(spec: &AttributeSpec, live: &Value, want: &Value) -> bool {
    let (live, want) = (live.unmarked(), want.unmarked());
    match (want, spec.unset) {
        (Value::Null, Unset::AwsDecides) => true,
        _ if nothing(live) && nothing(want) => true,
        (Value::Null | Value::Unknown(_), _) => live == want,
        _ if *live == Value::Null => false,
        _ if spec.partial => {
            same(&AttributeSpec { partial: false, ..*spec }, &asked(spec, live, want), want)
        }
        _ => same_kind(&spec.kind, live, want)
            .unwrap_or_else(|| want.is_known() && (spec.same)(&live.revealed(), &want.revealed())),
    }
}

/// What of AWS's value the configuration speaks of; less than all only where an attribute is
/// [`partial`](AttributeSpec::partial).
pub fn asked(spec: &AttributeSpec, live: &Value, want: &Value) -> Value {
    if !spec.partial {
        return live.clone();
    }
    match (&spec.kind, live.unmarked(), want.unmarked()) {
        (_, Value::Map(live), Value::Map(want)) => {
            let named = live.iter().filter(|(name, _)| want.0.contains_key(*name));
            Value::Map(named.map(|(name, value)| (name, value.clone())).collect())
        }
        (Kind::Set(item), Value::List(all), Value::List(want)) => {
            let matches = |one: &&Value| want.iter().any(|w| same_kind(item, one, w) == Some(true));
            Value::List(all.iter().filter(matches).cloned().collect())
        }
        _ => live.clone(),
    }
}

/// Nothing is set: a block in which nothing is set asks for nothing, and says no more than none.
fn nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(block) => block.iter().next().is_none(),
        _ => false,
    }
}

/// Compares nested blocks attribute by attribute; `None` where the attribute's own type compares.
fn same_kind(kind: &Kind, live: &Value, want: &Value) -> Option<bool> {
    match (kind, live, want) {
        (Kind::Record(table), Value::Object(live), Value::Object(want)) => {
            Some(same_record(table, live, want))
        }
        (Kind::List(item), Value::List(live), Value::List(want)) => {
            item.block()?;
            let pairs = || live.iter().zip(want);
            Some(
                live.len() == want.len()
                    && pairs().all(|(l, w)| same_kind(item, l, w) == Some(true)),
            )
        }
        (Kind::Set(item), Value::List(live), Value::List(want)) => {
            item.block()?;
            let matched = |w: &Value| live.iter().any(|l| same_kind(item, l, w) == Some(true));
            Some(live.len() == want.len() && want.iter().all(matched))
        }
        _ => None,
    }
}

fn same_record(table: &[AttributeSpec], live: &Object, want: &Object) -> bool {
    table
        .iter()
        .filter(|spec| matches!(spec.role, Role::State | Role::Key))
        .all(|spec| same(spec, live.get(spec.name), want.get(spec.name)))
}
