//! Looks through accounts for what a recovery needs, and writes it down as a configuration.
//!
//! Databases and backups are where the search begins. From there it follows what they need (keys,
//! groups, roles), what belongs to them (instances, policies, targets) and what watches them
//! (alarms, rules, dashboards). What AWS keeps by itself is passed over; what somebody else manages
//! is told and not written.
use std::collections::BTreeMap;

use crate::address::Scope;
use crate::config::provider::Provider;
use crate::resources::{Key, ResourceType};
use crate::value::{Observed, Value};

mod choice;
mod documents;
mod labels;
mod leaves;
mod links;
mod owner;
mod search;
mod write;

pub use search::search;
pub use write::{File, write};

/// One account and Region that is looked through, and how it is reached.
#[derive(Debug, Clone)]
pub struct Place {
    /// How it is reached.
    pub provider: Provider,
    /// The account and Region.
    pub scope: Scope,
}

/// Where the search begins, and where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With all databases, vaults and plans.
    Recovery,
    /// With what has one of these names, ids or ARNs.
    From(Vec<String>),
    /// Only what is of these types.
    Types(Vec<String>),
    /// Everything that can be found.
    Everything,
}

/// What tells one live resource from all others of the search: its type, its place, its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// Position of its place.
    pub place: usize,
    /// Its type.
    pub type_name: &'static str,
    /// What AWS knows it by.
    pub key: Key,
}

/// A live resource.
#[derive(Clone)]
pub struct Found {
    /// Its type.
    pub kind: &'static dyn ResourceType,
    /// As AWS has it.
    pub live: Observed,
    /// Who else manages it.
    pub owner: Option<String>,
}

/// A question that was not answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Where it was asked.
    pub scope: Scope,
    /// What was asked for.
    pub type_name: &'static str,
    /// Why there is no answer.
    pub why: String,
    /// Whether a policy does not allow it; otherwise nobody answered.
    pub denied: bool,
}

/// All that a search has found.
#[derive(Default)]
pub struct Estate {
    /// What is to be written, and what is others'.
    pub found: BTreeMap<Id, Found>,
    /// Ids of keys that AWS keeps for its services.
    pub keys_of_aws: std::collections::BTreeSet<String>,
    /// What was not answered.
    pub unread: Vec<Unread>,
    /// What the search was to begin with and is not there.
    pub missing: Vec<String>,
}

impl Found {
    /// Its type's name.
    fn type_name(&self) -> &'static str {
        self.kind.spec().name
    }
    /// What AWS tells under that name, whether it can be configured or not.
    fn told(&self, name: &str) -> &Value {
        match self.live.outputs.get(name) {
            Value::Null => self.live.inputs.get(name),
            told => told,
        }
    }
    /// Its ARN, if it has one.
    fn arn(&self) -> Option<&str> {
        let named = ["arn", "dashboard_arn"].into_iter();
        // Of what has no ARN of its own, this is that of something else.
        let own = |name: &&str| self.live.outputs.get(name) != &Value::Null;
        named.filter(own).find_map(|name| self.told(name).as_str())
    }
}

impl Estate {
    /// What is to be written: all that nobody else manages.
    pub fn ours(&self) -> impl Iterator<Item = (&Id, &Found)> {
        self.found.iter().filter(|(_, found)| found.owner.is_none())
    }
}

/// Whether both are in the same account and, where that matters, in the same Region.
fn within_reach(one: &Scope, other: &Scope, is_global: bool) -> bool {
    one.account == other.account && (is_global || one.region == other.region)
}
