//! Attributes that AWS tells only once a subscription is confirmed.
use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// An attribute of a subscription, which nobody can read before the subscription is confirmed.
///
/// It was sent along when the subscription was made, and will hold then; until then it differs
/// from nothing that a configuration may say.
#[derive(Debug, Clone, PartialEq)]
pub enum Told<T> {
    /// What AWS tells, or what a configuration says.
    Is(T),
    /// AWS does not tell yet.
    NotYet,
}

/// Stands for [`Told::NotYet`] where only values can stand.
const NOT_YET: &str = "(told once the subscription is confirmed)";

impl<T> Told<T> {
    /// What it is, if it is told.
    pub fn is(&self) -> Option<&T> {
        match self {
            Self::Is(known) => Some(known),
            Self::NotYet => None,
        }
    }
}

impl<T: Attribute> Attribute for Told<T> {
    const KIND: Kind = T::KIND;
    const REQUIRED: bool = T::REQUIRED;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::String(text) if text == NOT_YET => Ok(Self::NotYet),
            known => T::decode(known).map(Self::Is),
        }
    }
    fn encode(&self) -> Value {
        match self {
            Self::Is(known) => known.encode(),
            Self::NotYet => Value::text(NOT_YET),
        }
    }
    fn same(live: &Self, want: &Self) -> bool {
        match (live, want) {
            (Self::Is(live), Self::Is(want)) => T::same(live, want),
            (Self::NotYet, _) | (_, Self::NotYet) => true,
        }
    }
}
