//! Values as configuration and AWS describe them: the only place where a value may be unknown.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};

use crate::address::Address;

/// A value of the language.
///
/// As in Terraform, what brackets write is a [`Tuple`](Self::Tuple) or an
/// [`Object`](Self::Object), whose members may differ in type; [`List`](Self::List),
/// [`Set`](Self::Set) and [`Map`](Self::Map) come from conversions and from resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing; for an attribute the same as not writing it.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An exact decimal.
    Number(Number),
    /// Unicode text, in normal form C where the language makes it.
    String(String),
    /// Members of any types, by position.
    Tuple(Vec<Value>),
    /// Members of one type, by position.
    List(Vec<Value>),
    /// Members of one type, each once, in no order.
    Set(BTreeSet<Value>),
    /// Members of any types, by name.
    Object(Object),
    /// Members of one type, by name.
    Map(Object),
    /// Not known before something has been applied.
    Unknown(Unknown),
    /// Known, and never to be shown. May stand anywhere inside another value.
    Sensitive(Box<Value>),
}

/// Why a value is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Unknown {
    /// The attributes that must be known first; a plan names them.
    pub sources: BTreeSet<Reference>,
}

/// An attribute of an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The instance.
    pub address: Address,
    /// The attribute; empty for the whole instance.
    pub attribute: String,
}

/// Values by name. An absent name reads as [`Value::Null`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Object(pub BTreeMap<String, Value>);

/// An exact decimal number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

/// What AWS has, as plain data.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Attributes that a configuration can set.
    pub inputs: Object,
    /// Attributes that only AWS tells.
    pub outputs: Object,
    /// Whether it has settled.
    pub readiness: Readiness,
    /// Facts that a person should see beside the plan, such as the role of a cluster.
    pub remarks: Vec<String>,
    /// Why nothing may be changed now: a failover is under way, say.
    pub locked: Option<String>,
    /// Why it cannot become what is wanted: a sentence without its full stop.
    pub refused: Option<String>,
    /// Why it must not be deleted as things are.
    pub kept: Option<Kept>,
    /// Tags that AWS holds, without `aws:` ones; `None` for what cannot be tagged.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What keeps a resource from being deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Why, and what to do: a sentence without its full stop.
    pub reason: String,
    /// ARNs of what must be gone before; if there are none, nothing that is deleted helps.
    pub by: BTreeSet<String>,
}

/// Whether a resource has settled after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Usable.
    Ready,
    /// Changing by itself; the text is AWS's status.
    Settling(String),
    /// Will not become usable by itself; the text is AWS's status.
    Failed(String),
}

impl Object {
    /// The value of `name`, or [`Value::Null`].
    pub fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }
    /// Sets `name`; setting it to null takes it away.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        if value == Value::Null {
            self.0.remove(&name)
        } else {
            self.0.insert(name, value)
        };
    }
    /// All names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<K: Into<String>> FromIterator<(K, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(items: I) -> Self {
        Self(items.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl From<BigDecimal> for Number {
    fn from(number: BigDecimal) -> Self {
        Self(number)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl Number {
    /// Reads a number as the language writes it. `None` for what is no number, and for exponents
    /// that would take more than a few thousand digits to write out.
    pub fn parse(text: &str) -> Option<Self> {
        let exponent = text.split(['e', 'E']).nth(1).map(str::parse::<i32>);
        match exponent {
            Some(Ok(exponent)) if exponent.abs() > 4096 => None,
            Some(Err(_)) => None,
            Some(Ok(_)) | None => text.parse().ok().map(Self),
        }
    }
    /// The nearest decimal to a binary float; `None` for infinities and NaN.
    pub fn from_f64(number: f64) -> Option<Self> {
        // Through the shortest text that reads back as the same float: 0.1 is to stay 0.1.
        number.is_finite().then(|| format!("{number}").parse().ok()).flatten().map(Self)
    }
    /// The number as an `i64`, if it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.is_integer().then(|| self.0.to_i64()).flatten()
    }
    /// The number as a `usize`, if it is whole and fits.
    pub fn as_usize(&self) -> Option<usize> {
        self.0.is_integer().then(|| self.0.to_usize()).flatten()
    }
    /// The nearest binary float.
    pub fn as_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }
    /// The decimal itself.
    pub fn decimal(&self) -> &BigDecimal {
        &self.0
    }
    /// A count as a number.
    pub fn from_usize(number: usize) -> Self {
        Self(BigDecimal::from_usize(number).unwrap_or_default())
    }
}

impl fmt::Display for Number {
    /// Without exponent and without needless zeros, as Terraform writes numbers into text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.normalized().to_plain_string())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.attribute.is_empty() { Ok(()) } else { write!(f, ".{}", self.attribute) }
    }
}

impl Unknown {
    /// Not known before `address` has been applied.
    pub fn of(address: &Address, attribute: &str) -> Self {
        let reference = Reference { address: address.clone(), attribute: attribute.to_owned() };
        Self { sources: BTreeSet::from([reference]) }
    }
}

impl Value {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }
    /// A whole number.
    pub fn int(number: i64) -> Self {
        Self::Number(number.into())
    }
    /// A list of strings.
    pub fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Self::text).collect())
    }
    /// The same value, marked as one that is never shown. Marking twice changes nothing.
    pub fn sensitive(self) -> Self {
        match self {
            Self::Sensitive(_) => self,
            plain => Self::Sensitive(Box::new(plain)),
        }
    }
    /// The value without a mark at its top.
    pub fn unmarked(&self) -> &Self {
        match self {
            Self::Sensitive(inner) => inner.unmarked(),
            plain => plain,
        }
    }
    /// The value without any mark at any depth.
    pub fn revealed(&self) -> Self {
        match self {
            Self::Sensitive(inner) => inner.revealed(),
            Self::Tuple(items) => Self::Tuple(items.iter().map(Self::revealed).collect()),
            Self::List(items) => Self::List(items.iter().map(Self::revealed).collect()),
            Self::Set(items) => Self::Set(items.iter().map(Self::revealed).collect()),
            Self::Object(object) => Self::Object(object.revealed()),
            Self::Map(object) => Self::Map(object.revealed()),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Unknown(_) => {
                self.clone()
            }
        }
    }
    /// True when a mark stands anywhere inside.
    pub fn has_sensitive(&self) -> bool {
        matches!(self, Self::Sensitive(_)) || self.members().any(Self::has_sensitive)
    }
    /// True when nothing inside is unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown(_)) && self.members().all(Self::is_known)
    }
    /// True for null, marked or not.
    pub fn is_null(&self) -> bool {
        *self.unmarked() == Self::Null
    }
    /// Everything that must be known before all of this value is.
    pub fn sources(&self) -> BTreeSet<Reference> {
        match self {
            Self::Unknown(unknown) => unknown.sources.clone(),
            other => other.members().flat_map(Self::sources).collect(),
        }
    }
    /// The values directly inside: of a collection its members, of a marked value what it hides.
    pub fn members(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match self {
            Self::Sensitive(inner) => Box::new(std::iter::once(&**inner)),
            Self::Tuple(items) | Self::List(items) => Box::new(items.iter()),
            Self::Set(items) => Box::new(items.iter()),
            Self::Object(object) | Self::Map(object) => Box::new(object.0.values()),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Unknown(_) => {
                Box::new(std::iter::empty())
            }
        }
    }
    /// The text of a string, marked or not.
    pub fn as_str(&self) -> Option<&str> {
        match self.unmarked() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
    /// The members of an object or map, marked or not.
    pub fn as_object(&self) -> Option<&Object> {
        match self.unmarked() {
            Self::Object(object) | Self::Map(object) => Some(object),
            _ => None,
        }
    }
    /// The number, marked or not, if it is a whole one.
    pub fn as_i64(&self) -> Option<i64> {
        match self.unmarked() {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }
    /// What kind of value this is, in words for an error: "a string".
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Object(_) => "an object",
            Self::Map(_) => "a map",
            Self::Unknown(_) => "a value that is not known yet",
            Self::Sensitive(inner) => inner.describe(),
        }
    }
}

impl Object {
    fn revealed(&self) -> Self {
        Self(self.0.iter().map(|(name, value)| (name.clone(), value.revealed())).collect())
    }
}
