//! The everyday attribute types.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::schema::{Attribute, Kind, Mismatch};
use crate::text_type;
use crate::value::{Number, Object, Value};

fn mismatch<T>(expected: &'static str, found: &Value) -> Result<T, Mismatch> {
    Err(Mismatch::Kind { expected, found: found.describe() })
}

impl Attribute for String {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::String(text) => Ok(text.clone()),
            other => mismatch("a string", other),
        }
    }
    fn encode(&self) -> Value {
        Value::text(self)
    }
}

impl Attribute for bool {
    const KIND: Kind = Kind::Bool;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Bool(bool) => Ok(*bool),
            other => mismatch("a bool", other),
        }
    }
    fn encode(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Attribute for i64 {
    const KIND: Kind = Kind::Int;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let Value::Number(number) = value else { return mismatch("a whole number", value) };
        number.as_i64().ok_or_else(|| Mismatch::Invalid(format!("{number} is not a whole number")))
    }
    fn encode(&self) -> Value {
        Value::int(*self)
    }
}

impl Attribute for i32 {
    const KIND: Kind = Kind::Int;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let number = i64::decode(value)?;
        Self::try_from(number).map_err(|_| Mismatch::Invalid(format!("{number} is too large")))
    }
    fn encode(&self) -> Value {
        Value::int(i64::from(*self))
    }
}

impl Attribute for f64 {
    const KIND: Kind = Kind::Float;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Number(number) => Ok(number.as_f64()),
            other => mismatch("a number", other),
        }
    }
    fn encode(&self) -> Value {
        Number::from_f64(*self).map_or(Value::Null, Value::Number)
    }
}

impl<T: Attribute> Attribute for Option<T> {
    const KIND: Kind = T::KIND;
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(None),
            known => T::decode(known).map(Some),
        }
    }
    fn encode(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::encode)
    }
    fn same(live: &Self, want: &Self) -> bool {
        match (live, want) {
            (Some(live), Some(want)) => T::same(live, want),
            (live, want) => live == want,
        }
    }
}

fn items(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::List(items) | Value::Tuple(items) => Some(items.iter().collect()),
        Value::Set(items) => Some(items.iter().collect()),
        _ => None,
    }
}

impl<T: Attribute> Attribute for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match items(value) {
            Some(items) => items.into_iter().map(T::decode).collect(),
            None => mismatch("a list", value),
        }
    }
    fn encode(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        Value::List(self.iter().map(T::encode).collect())
    }
    fn same(live: &Self, want: &Self) -> bool {
        live.len() == want.len() && live.iter().zip(want).all(|(live, want)| T::same(live, want))
    }
}

impl<T: Attribute + Ord> Attribute for BTreeSet<T> {
    const KIND: Kind = Kind::Set(&T::KIND);
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match items(value) {
            Some(items) => items.into_iter().map(T::decode).collect(),
            None => mismatch("a set", value),
        }
    }
    fn encode(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        Value::Set(self.iter().map(T::encode).collect())
    }
}

impl<T: Attribute> Attribute for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map(&T::KIND);
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(Self::new()),
            Value::Map(object) | Value::Object(object) => {
                object.iter().map(|(k, v)| Ok((k.to_owned(), T::decode(v)?))).collect()
            }
            other => mismatch("a map", other),
        }
    }
    fn encode(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        Value::Map(self.iter().map(|(k, v)| (k.clone(), v.encode())).collect::<Object>())
    }
}

/// Nested blocks whose order means nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Unordered<T>(pub Vec<T>);

impl<T> Default for Unordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Attribute> Attribute for Unordered<T> {
    const KIND: Kind = Kind::Set(&T::KIND);
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Vec::<T>::decode(value).map(Self)
    }
    fn encode(&self) -> Value {
        let mut members: Vec<Value> = self.0.iter().map(T::encode).collect();
        members.sort();
        members.dedup();
        if members.is_empty() { Value::Null } else { Value::List(members) }
    }
}

text_type! {
    /// An Amazon Resource Name.
    pub struct Arn, |s| s.starts_with("arn:") && s.splitn(6, ':').count() == 6, "an ARN";
}

impl Arn {
    fn part(&self, index: usize) -> &str {
        self.as_str().splitn(6, ':').nth(index).unwrap_or_default()
    }
    /// The service, as `rds`.
    pub fn service(&self) -> &str {
        self.part(2)
    }
    /// The Region; empty for what is global.
    pub fn region(&self) -> &str {
        self.part(3)
    }
    /// The account; empty for what belongs to AWS.
    pub fn account(&self) -> &str {
        self.part(4)
    }
    /// All behind the account: `cluster:orders`.
    pub fn resource(&self) -> &str {
        self.part(5)
    }
    /// What stands behind the last `:` or `/`: `orders`.
    pub fn name(&self) -> &str {
        self.resource().rsplit([':', '/']).next().unwrap_or_default()
    }
}

/// A name that AWS stores in lower case, whatever case it was given in, as RDS does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LowerName(String);

impl LowerName {
    /// The name, in lower case.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().to_lowercase())
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Attribute for LowerName {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let name = String::decode(value)?;
        if name.is_empty() {
            return Err(Mismatch::Invalid("a name must not be empty".to_owned()));
        }
        Ok(Self::new(name))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// A length of time as people write it: `90s`, `30m`, `2h`, `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(Duration);

impl Length {
    /// Reads one.
    ///
    /// # Errors
    /// When the text is none, or none that is longer than nothing.
    pub fn parse(text: &str) -> Result<Self, Mismatch> {
        let wrong = || {
            Mismatch::Invalid(format!(
                "{text:?} is not a length of time: a number and a unit, as \"90s\", \"30m\" or \"1h30m\""
            ))
        };
        let mut total: u64 = 0;
        let mut digits = String::new();
        for letter in text.chars() {
            let unit: u64 = match letter {
                '0'..='9' => {
                    digits.push(letter);
                    continue;
                }
                's' => 1,
                'm' => 60,
                'h' => 3600,
                _ => return Err(wrong()),
            };
            let number: u64 = std::mem::take(&mut digits).parse().map_err(|_| wrong())?;
            let seconds = number.checked_mul(unit).and_then(|part| total.checked_add(part));
            total = seconds.ok_or_else(wrong)?;
        }
        if digits.is_empty() && total > 0 {
            Ok(Self(Duration::from_secs(total)))
        } else {
            Err(wrong())
        }
    }
    /// The length.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl Attribute for Length {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Self::parse(&String::decode(value)?)
    }
    fn encode(&self) -> Value {
        Value::text(format!("{}s", self.0.as_secs()))
    }
}

/// For fields that the AWS SDK makes optional and AWS always fills.
pub trait Given<T> {
    /// The field's value.
    ///
    /// # Errors
    /// When AWS left it out after all; the error names the field.
    fn given(self, field: &'static str) -> Result<T, Mismatch>;
}

impl<T> Given<T> for Option<T> {
    fn given(self, field: &'static str) -> Result<T, Mismatch> {
        self.ok_or_else(|| Mismatch::Invalid(format!("AWS left out `{field}`")))
    }
}
