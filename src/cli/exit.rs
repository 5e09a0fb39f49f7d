//! Exit codes: what a script may rely on.
use std::process::ExitCode;

use crate::plan::{Blocked, Change, Plan};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; nothing differs, or nobody asked whether something does.
    Success = 0,
    /// It failed.
    Error = 1,
    /// Something differs (`plan -detailed-exitcode`).
    Changes = 2,
    /// Some account or Region could not be read; nothing is claimed about it.
    Incomplete = 3,
    /// The saved plan no longer is what AWS has.
    Stale = 4,
    /// A guard refused.
    Refused = 5,
    /// Something that must be true before an apply can succeed is not (`check`).
    Unmet = 6,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a plan alone means for the exit code, before it is asked whether there are changes.
pub fn verdict(plan: &Plan) -> Option<Exit> {
    if !plan.unreadable.is_empty() {
        return Some(Exit::Incomplete);
    }
    if refused(plan) {
        return Some(Exit::Refused);
    }
    let blocked = plan.changes.values().any(|one| matches!(one.change, Change::Blocked(_)));
    blocked.then_some(Exit::Incomplete)
}

/// Whether a guard refuses some of it.
pub(super) fn refused(plan: &Plan) -> bool {
    let refused = |change: &Change| {
        matches!(change, Change::Blocked(Blocked::NotOurs { .. } | Blocked::Guarded(_)))
    };
    plan.changes.values().any(|one| refused(&one.change))
}
