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

/// A module, by the calls that lead to it: `module.network["a"].module.subnet`.
///
/// Where every step is without a key it stands for the module as it is declared, in all instances
/// of its calls together.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleAddress(pub Vec<ModuleStep>);

/// One `module` block on the way to a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// Label of the `module` block.
    pub name: String,
    /// Which of its instances.
    pub key: InstanceKey,
}

/// A `resource` or `data` block: all its instances together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockAddress {
    /// The module in which the block stands.
    pub module: ModuleAddress,
    /// `resource` or `data`.
    pub mode: Mode,
    /// For example `aws_rds_cluster`.
    pub type_name: String,
    /// The second label of the block.
    pub name: String,
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
    /// What had this address until another thing got it, and is still there: the instance's key, and
    /// what AWS knows the old thing by.
    Former(Box<InstanceKey>, String),
}

/// One instance of a block, as `aws_backup_vault.main["b"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The block.
    pub block: BlockAddress,
    /// The instance of it.
    pub key: InstanceKey,
}

/// What an option such as `-target` names. Where a key is left out, all instances are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// All that a module holds, and the modules in it.
    Module(ModuleAddress),
    /// A resource or data source.
    Instance(Address),
}

impl ModuleAddress {
    /// The module whose files lie where the command runs.
    pub const fn root() -> Self {
        Self(Vec::new())
    }
    /// True for the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
    /// An instance of a module that this one calls.
    pub fn child(&self, name: &str, key: InstanceKey) -> Self {
        let step = ModuleStep { name: name.to_owned(), key };
        Self(self.0.iter().cloned().chain([step]).collect())
    }
    /// The module that calls this one, and the last step; none for the root module.
    pub fn parent(&self) -> Option<(Self, &ModuleStep)> {
        let (last, before) = self.0.split_last()?;
        Some((Self(before.to_vec()), last))
    }
    /// The module as it is declared: without keys.
    pub fn declared(&self) -> Self {
        let plain = |step: &ModuleStep| ModuleStep { key: InstanceKey::None, ..step.clone() };
        Self(self.0.iter().map(plain).collect())
    }
    /// Whether this names the other or a module around it. A step without a key names all instances.
    pub fn covers(&self, other: &Self) -> bool {
        let same = |(mine, theirs): (&ModuleStep, &ModuleStep)| {
            mine.name == theirs.name && (mine.key == InstanceKey::None || mine.key == theirs.key)
        };
        self.0.len() <= other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

impl BlockAddress {
    /// A `resource` block of the root module.
    pub fn managed(type_name: &str, name: &str) -> Self {
        Self {
            module: ModuleAddress::root(),
            mode: Mode::Managed,
            type_name: type_name.to_owned(),
            name: name.to_owned(),
        }
    }
    /// A `data` block of the root module.
    pub fn data(type_name: &str, name: &str) -> Self {
        Self { mode: Mode::Data, ..Self::managed(type_name, name) }
    }
    /// A block of the same names in a module.
    #[must_use]
    pub fn within(&self, module: &ModuleAddress) -> Self {
        Self { module: module.clone(), ..self.clone() }
    }
    /// The block as it is declared: in all instances of its module.
    pub fn declared(&self) -> Self {
        self.within(&self.module.declared())
    }
    /// The instance with this key.
    pub fn instance(&self, key: InstanceKey) -> Address {
        Address { block: self.clone(), key }
    }
}

impl InstanceKey {
    /// The key as the configuration has it or had it.
    pub fn own(&self) -> &Self {
        match self {
            Self::Former(key, _) => key.own(),
            Self::None | Self::Index(_) | Self::Key(_) => self,
        }
    }
}

impl Address {
    /// What has this address still, though another thing has got it since.
    #[must_use]
    pub fn former(&self, id: &str) -> Self {
        let key = InstanceKey::Former(Box::new(self.key.own().clone()), id.to_owned());
        self.block.instance(key)
    }
    /// Reads an address as it is written: `data.aws_x.y`, `module.a["k"].aws_x.y[0]`.
    pub fn parse(text: &str) -> Option<Self> {
        match Target::parse(text)? {
            Target::Instance(address) => Some(address),
            Target::Module(_) => None,
        }
    }
}

impl Target {
    /// Reads what is written: an [`Address`], or a module such as `module.a["k"]`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut module = ModuleAddress::root();
        let mut rest = text;
        while let Some(behind) = rest.strip_prefix("module.") {
            let (name, key, behind) = step(behind)?;
            module = module.child(name, key);
            match behind.strip_prefix('.') {
                Some(more) => rest = more,
                None if behind.is_empty() => return Some(Self::Module(module)),
                None => return None,
            }
        }
        let (mode, rest) = match rest.strip_prefix("data.") {
            Some(rest) => (Mode::Data, rest),
            None => (Mode::Managed, rest),
        };
        let (type_name, rest) = rest.split_once('.')?;
        let (name, key, rest) = step(rest)?;
        let (key, rest) = match rest.strip_prefix(FORMERLY).and_then(|id| id.strip_suffix(')')) {
            Some(id) => (InstanceKey::Former(Box::new(key), id.to_owned()), ""),
            None => (key, rest),
        };
        let block = BlockAddress { module, mode, ..BlockAddress::managed(type_name, name) };
        let word = !type_name.is_empty() && !type_name.contains(['[', '"']);
        (word && rest.is_empty()).then(|| Self::Instance(block.instance(key)))
    }

    /// Whether an instance is among what is named.
    pub fn covers(&self, address: &Address) -> bool {
        match self {
            Self::Module(module) => module.covers(&address.block.module),
            Self::Instance(named) => {
                let same_module = named.block.module.0.len() == address.block.module.0.len()
                    && named.block.module.covers(&address.block.module);
                same_module
                    && named.block.within(&address.block.module) == address.block
                    && (named.key == InstanceKey::None || named.key == *address.key.own())
            }
        }
    }

    /// Whether a block, as it is declared, has instances among what is named.
    pub fn concerns(&self, block: &BlockAddress) -> bool {
        match self {
            Self::Module(module) => module.declared().covers(&block.module),
            Self::Instance(named) => named.block.declared() == *block,
        }
    }

    /// The module that is named, or in which the named thing stands.
    pub fn module(&self) -> &ModuleAddress {
        match self {
            Self::Module(module) => module,
            Self::Instance(address) => &address.block.module,
        }
    }
}

/// What stands between an address and what once had it.
const FORMERLY: &str = " (formerly ";

/// A name and the key behind it, and what follows them.
fn step(text: &str) -> Option<(&str, InstanceKey, &str)> {
    let end = text.find(['.', '[', ' ']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let Some(inside) = rest.strip_prefix('[') else { return Some((name, InstanceKey::None, rest)) };
    if !inside.starts_with('"') {
        let (number, rest) = inside.split_once(']')?;
        return Some((name, InstanceKey::Index(number.parse().ok()?), rest));
    }
    let mut quoted = serde_json::Deserializer::from_str(inside).into_iter::<String>();
    let key = quoted.next()?.ok()?;
    let rest = inside.get(quoted.byte_offset()..)?.strip_prefix(']')?;
    Some((name, InstanceKey::Key(key), rest))
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
            Self::Former(key, id) => write!(f, "{key}{FORMERLY}{id})"),
        }
    }
}

impl fmt::Display for ModuleAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, ModuleStep { name, key }) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}module.{name}{key}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(module) => write!(f, "{module}"),
            Self::Instance(address) => write!(f, "{address}"),
        }
    }
}

impl fmt::Display for BlockAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
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
            "aws_sns_topic.main (formerly old/one)",
            "module.a[\"x\"].aws_sns_topic.main[\"k\"] (formerly old (1))",
            "module.a.aws_sns_topic.main",
            "module.a[\"x.y]\"].module.b[2].data.aws_region.current[0]",
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        for text in ["module.a", "module.a[\"x\"].module.b[0]"] {
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
            assert_eq!(Address::parse(text), None);
        }
        for text in [
            "aws_sns_topic",
            "",
            "a.",
            ".b",
            "a.b.c",
            "a.b[",
            "a.b[x]",
            "a.b[\"x]",
            "a.b[0]c",
            "a[0].b",
            "module.a.",
            "module..a.b",
            "module.a[0]x.b.c",
        ] {
            assert_eq!(Target::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_target_without_a_key_names_all_instances() {
        let check = |target: &str, address: &str, expected: bool| {
            let (target, address) = (Target::parse(target).unwrap(), Address::parse(address));
            let address = address.unwrap();
            assert_eq!(target.covers(&address), expected, "{target} {address}");
            // What covers an instance concerns its block.
            assert!(!expected || target.concerns(&address.block.declared()));
        };
        check("a.b", "a.b", true);
        check("a.b", "a.b[0]", true);
        check("a.b[0]", "a.b[1]", false);
        check("a.b[0]", "a.b", false);
        check("a.b", "module.m.a.b", false);
        check("module.m", "module.m[0].a.b", true);
        check("module.m", "module.m[0].module.n.a.b", true);
        check("module.m[1]", "module.m[0].a.b", false);
        check("module.m.a.b", "module.m[\"x\"].a.b[3]", true);
        check("module.m[\"x\"].a.b", "module.m[\"y\"].a.b", false);
        check("module.m.module.n", "module.m.a.b", false);
    }
}
