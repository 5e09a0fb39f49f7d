//! Tags, which almost every resource has.
use std::collections::{BTreeMap, HashMap};

use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// User tags. Tags that AWS itself sets (`aws:…`, `rds:…`) are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(BTreeMap<String, String>);

/// What turns one set of tags into another.
#[derive(Debug, PartialEq, Eq)]
pub struct TagChanges {
    /// Keys to set, with their values.
    pub set: BTreeMap<String, String>,
    /// Keys to take away.
    pub unset: Vec<String>,
}

impl Tags {
    /// What AWS holds, less what AWS itself put there.
    pub fn from_aws(tags: impl IntoIterator<Item = (String, String)>) -> Self {
        let reserved = |key: &str| key.starts_with("aws:") || key.starts_with("rds:");
        Self(tags.into_iter().filter(|(key, _)| !reserved(key)).collect())
    }
    /// All keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
    /// The value of a tag.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
    /// For SDK calls that take a map.
    pub fn to_map(&self) -> HashMap<String, String> {
        self.0.clone().into_iter().collect()
    }
    /// What turns these into `want`.
    pub fn changes_to(&self, want: &Self) -> TagChanges {
        let differs = |(key, value): &(&String, &String)| self.0.get(*key) != Some(*value);
        TagChanges {
            set: want.0.iter().filter(differs).map(|(k, v)| (k.clone(), v.clone())).collect(),
            unset: self.0.keys().filter(|key| !want.0.contains_key(*key)).cloned().collect(),
        }
    }
}

impl Attribute for Tags {
    const KIND: Kind = Kind::Map(&Kind::Text);
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        BTreeMap::decode(value).map(Self)
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
}
