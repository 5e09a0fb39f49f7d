//! Who has the lock, and what can be done about it.
use crate::diagnostic::Diagnostic;
use crate::report::text;

/// What is to be known of a lease that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// `ann@laptop`.
    pub who: String,
    /// Where that run can be looked at.
    pub run: Option<String>,
    /// What it does: `apply`.
    pub command: String,
    /// Since when, in RFC 3339.
    pub since: String,
    /// In how many seconds it ends, if nobody renews it.
    pub ends_in: u64,
}

impl Holder {
    /// In one line: `ann@laptop (apply since 2026-11-22T16:00:00Z, https://...)`.
    pub fn describe(&self) -> String {
        let Self { who, run, command, since, ends_in: _ } = self;
        let [who, command, since] = [who, command, since].map(|part| text::safe(part));
        let run = run.as_ref().map(|run| format!(", {}", text::safe(run))).unwrap_or_default();
        format!("{who} ({command} since {since}{run})")
    }

    /// Why a run does not begin. `place`: where the lock is kept.
    pub fn refuses(&self, place: &str) -> Diagnostic {
        let ends = self.ends_in;
        Diagnostic::error(
            "Another run has the lock",
            format!(
                "{} has the lock {}. Nothing was changed.",
                self.describe(),
                text::safe(place)
            ),
        )
        .hint(format!(
            "Wait for it with -lock-timeout=10m. If that run is dead, its lease ends by itself, in \
             {ends} seconds at the latest. `drctl unlock -force` ends it now: look first whether that \
             run still goes on."
        ))
    }
}
