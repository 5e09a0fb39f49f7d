//! Kinds of text whose meaning RDS has its own opinion of.
use std::collections::BTreeSet;

use crate::schema::{Attribute, Kind, Mismatch};
use crate::text_type;
use crate::value::Value;

/// A KMS key that RDS encrypts with: its ARN, or its id in the Region of the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey(String);

impl KmsKey {
    /// The key that AWS names.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
    /// ARN or id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Attribute for KmsKey {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        if text.is_empty() || text.contains("alias/") {
            return Err(Mismatch::Invalid(format!(
                "{text:?} is not the ARN or id of a key: RDS keeps the key behind an alias and not \
                 the alias, so name the key itself"
            )));
        }
        Ok(Self(text))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
    fn same(live: &Self, want: &Self) -> bool {
        live == want || live.0.rsplit_once(":key/").is_some_and(|(_, id)| id == want.0)
    }
}

/// Availability zones of a cluster's storage. AWS always takes three, so having those that were
/// asked for and more is as asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zones(pub BTreeSet<String>);

impl Attribute for Zones {
    const KIND: Kind = BTreeSet::<String>::KIND;
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        BTreeSet::decode(value).map(Self)
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
    fn same(live: &Self, want: &Self) -> bool {
        want.0.is_subset(&live.0)
    }
}

/// A daily window `07:00-09:00` or a weekly one `sun:05:00-sun:06:00`, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window(String);

impl Window {
    /// The window that AWS names.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().to_lowercase())
    }
}

impl Attribute for Window {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        let clock = |text: &str| {
            let (hours, minutes) = text.rsplit_once(':')?;
            let hours = hours.rsplit(':').next()?;
            let digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
            (digits(hours) && digits(minutes)).then_some(())
        };
        match text.split_once('-') {
            Some((from, to)) if clock(from).is_some() && clock(to).is_some() => Ok(Self::new(text)),
            _ => Err(Mismatch::Invalid(format!(
                "{text:?} is not a window: `hh:mm-hh:mm` for a daily one, \
                 `ddd:hh:mm-ddd:hh:mm` for a weekly one"
            ))),
        }
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// How a cluster stores: `aurora`, `aurora-iopt1`. AWS leaves the first out of its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageType(String);

impl StorageType {
    /// What AWS says, which is nothing for Aurora's standard storage.
    pub fn new(text: Option<String>, engine: &str) -> Option<Self> {
        let text = text.filter(|text| !text.is_empty());
        text.or_else(|| engine.starts_with("aurora").then(|| "aurora".to_owned())).map(Self)
    }
}

impl Attribute for StorageType {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?.to_lowercase();
        Ok(Self(if text.is_empty() { "aurora".to_owned() } else { text }))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// How a cluster computes: `provisioned` or `serverless` (version 1). `global` and
/// `parallelquery` are old words for what `provisioned` does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineMode(String);

impl EngineMode {
    /// The mode that AWS names.
    pub fn new(text: &str) -> Self {
        match text {
            "" | "global" | "parallelquery" => Self("provisioned".to_owned()),
            mode => Self(mode.to_owned()),
        }
    }
    /// Whether the first version of Serverless is meant, which has rules of its own.
    pub(super) fn is_serverless(&self) -> bool {
        self.0 == "serverless"
    }
}

impl Attribute for EngineMode {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Ok(Self::new(&String::decode(value)?))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

text_type! {
    /// `IPV4` or `DUAL`.
    pub struct NetworkType, |s| matches!(s, "IPV4" | "DUAL"), "a network type: `IPV4` or `DUAL`";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_arn_or_its_id() {
        let same = |live: &str, want: &str| KmsKey::same(&KmsKey::new(live), &KmsKey::new(want));
        let arn = "arn:aws:kms:us-east-1:111111111111:key/mrk-1";
        assert!(same(arn, arn));
        assert!(same(arn, "mrk-1"));
        assert!(!same(arn, "1"));
        assert!(!same(arn, "arn:aws:kms:us-west-2:111111111111:key/mrk-1"));
        assert!(KmsKey::decode(&Value::text("alias/orders")).is_err());
    }

    #[test]
    fn aws_may_add_zones() {
        let zones = |names: &[&str]| Zones(names.iter().map(|name| (*name).to_owned()).collect());
        assert!(Zones::same(&zones(&["a", "b", "c"]), &zones(&["a", "b"])));
        assert!(!Zones::same(&zones(&["a", "b", "c"]), &zones(&["a", "d"])));
    }

    #[test]
    fn windows_are_lower_case() {
        let decode = |text| Window::decode(&Value::text(text));
        assert_eq!(decode("Sun:05:00-Sun:06:00"), Ok(Window::new("sun:05:00-sun:06:00")));
        assert!(decode("07:00-09:00").is_ok());
        assert!(decode("seven").is_err());
        assert!(decode("7-9").is_err());
    }

    #[test]
    fn standard_storage_has_a_name() {
        let standard = StorageType::decode(&Value::text("")).ok();
        assert_eq!(StorageType::new(None, "aurora-mysql"), standard);
        assert_eq!(StorageType::new(Some(String::new()), "aurora-postgresql"), standard);
        assert_eq!(StorageType::new(None, "postgres"), None);
    }

    #[test]
    fn old_engine_modes() {
        assert_eq!(EngineMode::new("global"), EngineMode::new("provisioned"));
        assert_eq!(EngineMode::new(""), EngineMode::new("provisioned"));
        assert!(EngineMode::new("serverless").is_serverless());
    }
}
