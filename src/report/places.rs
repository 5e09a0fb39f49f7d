//! Where resources live, said only as far as it tells them apart.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{AccountId, Address, Region, Scope};
use crate::plan::Plan;
use crate::report::text;

/// The scopes of a run. A run in one scope never mentions it; a run in one account mentions
/// Regions only.
#[derive(Debug, Clone, Default)]
pub struct Places {
    scopes: BTreeMap<Address, Scope>,
    accounts: usize,
    regions: usize,
}

impl Places {
    /// Of everything that a plan speaks of.
    pub fn of(plan: &Plan) -> Self {
        let planned = plan.changes.values().map(|one| (one.address.clone(), one.scope.clone()));
        let unread = plan.unreadable.iter().map(|one| (one.address.clone(), one.scope.clone()));
        unread.chain(planned).filter_map(|(address, scope)| Some((address, scope?))).collect()
    }
    /// Where the instance lives, if several scopes are at play.
    pub fn of_instance(&self, address: &Address) -> Option<String> {
        self.scopes.get(address).and_then(|scope| self.name(scope))
    }
    /// The scope as far as it tells resources apart; none if there is only one.
    pub fn name(&self, scope: &Scope) -> Option<String> {
        match (self.accounts, self.regions) {
            (0 | 1, 0 | 1) => None,
            (0 | 1, _) => Some(text::safe(scope.region.as_str())),
            _ => Some(text::safe(&scope.to_string())),
        }
    }
    /// The account and Region of the instance, if known, whether or not there are several.
    pub fn scope(&self, address: &Address) -> Option<&Scope> {
        self.scopes.get(address)
    }
}

impl FromIterator<(Address, Scope)> for Places {
    fn from_iter<I: IntoIterator<Item = (Address, Scope)>>(items: I) -> Self {
        let scopes: BTreeMap<_, _> = items.into_iter().collect();
        let accounts: BTreeSet<&AccountId> = scopes.values().map(|scope| &scope.account).collect();
        let regions: BTreeSet<&Region> = scopes.values().map(|scope| &scope.region).collect();
        Self { accounts: accounts.len(), regions: regions.len(), scopes }
    }
}
