//! Names for things: a resource in the configuration, and a place in AWS.
//!
//! An [`Address`] is a label that a person chose; moving it moves nothing in AWS. What exists in
//! AWS is known by its natural key within a [`Scope`].
use std::fmt;

/// Whether a block asks for something to exist or only looks it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A `resource` block.
    Managed,
    /// A `data` block.
    Data,
}

/// A `resource` or `data` block: all its instances together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockAddress {
    /// Calls of modules that lead to the block; empty in the root module.
    pub module: Vec<ModuleStep>,
    /// `resource` or `data`.
    pub mode: Mode,
    /// For example `aws_rds_cluster`.
    pub type_name: String,
    /// The second label of the block.
    pub name: String,
}

/// One `module` block on the way to a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// Label of the `module` block.
    pub name: String,
    /// Which of its instances.
    pub key: InstanceKey,
}

/// Which instance of a block with `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// The block has neither.
    None,
    /// `count`: a position, from 0.
    Index(u64),
    /// `for_each`: a key of the map or set.
    Key(String),
}

/// One instance of a block, as `aws_backup_vault.main["b"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The block.
    pub block: BlockAddress,
    /// The instance of it.
    pub key: InstanceKey,
}

impl BlockAddress {
    /// A `resource` block of the root module.
    pub fn managed(type_name: &str, name: &str) -> Self {
        Self {
            module: Vec::new(),
            mode: Mode::Managed,
            type_name: type_name.to_owned(),
            name: name.to_owned(),
        }
    }
    /// A `data` block of the root module.
    pub fn data(type_name: &str, name: &str) -> Self {
        Self { mode: Mode::Data, ..Self::managed(type_name, name) }
    }
    /// The instance with this key.
    pub fn instance(&self, key: InstanceKey) -> Address {
        Address { block: self.clone(), key }
    }
}

impl Address {
    /// Reads an address of the root module as it is written: `data.aws_x.y`, `aws_x.y["key"]`.
    pub fn parse(text: &str) -> Option<Self> {
        let (mode, rest) = match text.strip_prefix("data.") {
            Some(rest) => (Mode::Data, rest),
            None => (Mode::Managed, text),
        };
        let (block, key) = match rest.split_once('[') {
            None => (rest, InstanceKey::None),
            Some((block, key)) => {
                let key = key.strip_suffix(']')?;
                let key = match key.strip_prefix('"') {
                    Some(_) => InstanceKey::Key(serde_json::from_str(key).ok()?),
                    None => InstanceKey::Index(key.parse().ok()?),
                };
                (block, key)
            }
        };
        let (type_name, name) = block.split_once('.')?;
        let block = BlockAddress { mode, ..BlockAddress::managed(type_name, name) };
        Some(block.instance(key))
    }
}

/// A 12-digit AWS account number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// `None` unless `text` is twelve digits.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| Self(text.to_owned()))
    }
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An AWS Region, as `us-east-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// A Region of this name; AWS says whether it exists.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The partition that the Region belongs to: `aws`, `aws-cn` or `aws-us-gov`.
    pub fn partition(&self) -> &'static str {
        match self.0.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.0.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

/// Where a resource lives. Every AWS call is made through exactly one scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The account.
    pub account: AccountId,
    /// The Region; for services that are global, the one that was asked for.
    pub region: Region,
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str())),
        }
    }
}

impl fmt::Display for BlockAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ModuleStep { name, key } in &self.module {
            write!(f, "module.{name}{key}.")?;
        }
        let data = if self.mode == Mode::Data { "data." } else { "" };
        write!(f, "{data}{}.{}", self.type_name, self.name)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.block, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_is_written() {
        for text in [
            "aws_sns_topic.main",
            "data.aws_region.current",
            "aws_sns_topic.main[3]",
            "aws_sns_topic.main[\"us-east-1\"]",
            "aws_sns_topic.main[\"a \\\"quoted\\\" [key]\"]",
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Address::parse("aws_sns_topic"), None);
    }
}
