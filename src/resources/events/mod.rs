//! Amazon EventBridge.
use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

mod pattern;
pub mod rule;
pub mod target;

pub use pattern::Pattern;

/// The name or ARN of an event bus. AWS's own services send their events to `default`, which is
/// there in every account and is meant when nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBus(String);

impl EventBus {
    /// The bus that every account has.
    pub const DEFAULT: &'static str = "default";

    fn new(name: &str) -> Self {
        Self(if name.is_empty() { Self::DEFAULT } else { name }.to_owned())
    }
    /// The name or ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Attribute for EventBus {
    const KIND: Kind = Kind::Text;
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(Self::new("")),
            given => String::decode(given).map(|name| Self::new(&name)),
        }
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}
