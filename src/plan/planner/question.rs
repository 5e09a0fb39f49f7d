//! What a planner asks, and what it is told.
use std::collections::BTreeMap;

use crate::address::{AccountId, Address, Region, Scope};
use crate::config::provider::Provider;
use crate::plan::planner::Ours;
use crate::schema::{Key, TypeSpec};
use crate::value::{Object, Observed};

/// Number of a [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(super) usize);

/// Something that must be asked before the plan can go on.
#[derive(Debug, Clone)]
pub enum Request {
    /// Which account and Region a provider means.
    Identify {
        /// Alias of the provider.
        alias: String,
        /// How to reach it.
        settings: Provider,
    },
    /// A resource, by its key.
    Read {
        /// Its address.
        address: Address,
        /// Alias of its provider.
        alias: String,
        /// Where it lives.
        scope: Scope,
        /// Its type.
        spec: &'static TypeSpec,
        /// What AWS knows it by.
        key: Key,
        /// What the configuration wants, for the options that AWS does not hold.
        want: Object,
    },
    /// A resource that AWS named, by its ownership tags.
    Find {
        /// Its address.
        address: Address,
        /// Alias of its provider.
        alias: String,
        /// Where it lives.
        scope: Scope,
        /// Its type.
        spec: &'static TypeSpec,
        /// Addresses that it had before.
        before: Vec<Address>,
        /// What AWS knows it by, if it may be adopted.
        adopt: Option<Key>,
        /// What the configuration wants, for the options that AWS does not hold.
        want: Object,
    },
    /// Everything that carries the tags of the stack.
    Sweep {
        /// Alias of the provider that leads there.
        alias: String,
        /// Where.
        scope: Scope,
        /// Whether what has no Region is asked for too.
        account: bool,
    },
    /// What carries the tags of the stack and is not declared: is it there, and is it ours? The
    /// service itself says it.
    Confirm {
        /// The address that it had.
        address: Address,
        /// Alias of the provider that leads there.
        alias: String,
        /// Where it lives.
        scope: Scope,
        /// Its type.
        spec: &'static TypeSpec,
        /// What AWS knows it by.
        key: Key,
        /// How it would be removed.
        want: Object,
    },
    /// A data source.
    Data {
        /// Its address.
        address: Address,
        /// Alias of its provider.
        alias: String,
        /// Where to look; none for what is local.
        scope: Option<Scope>,
        /// Its type.
        spec: &'static TypeSpec,
        /// What to look for.
        want: Object,
    },
}

/// What was found out.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Account and Region of a provider.
    Identified(AccountId, Region),
    /// The resource, if it exists, and its key.
    Resource(Option<(Key, Observed)>),
    /// A resource that has no tags itself, and the tags of what it is part of.
    Part(Key, Observed, BTreeMap<String, String>),
    /// The resource, and that a run which was cut off has created its successor already.
    Unfinished(Key, Observed),
    /// What carries the tags of the stack; and what AWS says if it does not let us see all.
    Swept(Vec<Ours>, Option<String>),
    /// What the data source tells.
    Data(Object),
    /// It could not be found out.
    Trouble(Trouble),
}

/// Why something could not be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No answer came: the Region may be down.
    Unreachable(String),
    /// AWS did not let us see it.
    Denied(String),
    /// What was asked for is wrong: the user must fix it. Text and advice.
    Wrong(String, Option<String>),
}
