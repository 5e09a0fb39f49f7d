//! Exit codes: what a script may rely on.
use std::process::ExitCode;

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
