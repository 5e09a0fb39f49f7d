//! What becomes of what is ours and in no configuration. Pure.
use crate::address::{AccountId, Address, Region};
use crate::graph::Wanted;
use crate::plan::{Blocked, Change, guard};
use crate::schema::TypeSpec;
use crate::value::Observed;

/// What may be removed because nobody declares it, and where to look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removals {
    /// How many may be destroyed at once without being named.
    pub limit: usize,
    /// Where to look beside the accounts and Regions of the configuration; in every account if none
    /// is said.
    pub also: Vec<(Option<AccountId>, Region)>,
}

impl Removals {
    /// How many may go at once when nobody says another number.
    pub const LIMIT: usize = 10;
}

impl Default for Removals {
    fn default() -> Self {
        Self { limit: Self::LIMIT, also: Vec::new() }
    }
}

/// Why something stays that is ours and that nobody declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// It holds data, and nobody has said that it may go.
    HoldsData,
    /// Not everything could be looked at, so nothing is removed.
    Unread,
    /// It had the address of something whose name is not known yet: it may be the same.
    Unsettled,
}

/// What is known of one thing that is ours and not declared.
pub(super) struct Orphan<'a> {
    pub(super) address: &'a Address,
    pub(super) spec: &'static TypeSpec,
    pub(super) live: &'a Observed,
    pub(super) wanted: &'a Wanted,
    /// Whether a `removed` block names it, and whether it says to destroy.
    pub(super) named: Option<bool>,
    /// Everything is to be destroyed.
    pub(super) destroy: bool,
    /// Why it stays whatever else is so.
    pub(super) stay: Option<Stay>,
}

impl Orphan<'_> {
    /// What becomes of it.
    pub(super) fn decide(&self) -> Change {
        let Self { address, spec, live, wanted, named, destroy, stay } = self;
        if let Some(stay) = stay {
            return Change::Stay(*stay);
        }
        match named {
            Some(false) if live.tags.is_some() => return Change::Forget,
            None if spec.data_bearing && !destroy => return Change::Stay(Stay::HoldsData),
            _ => {}
        }
        match guard::remove(address, live, wanted) {
            Some(reason) => Change::Blocked(Blocked::Guarded(reason)),
            None => Change::Delete,
        }
    }
}
