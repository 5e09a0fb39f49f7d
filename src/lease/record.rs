//! What a lease says: who has it, for how long, and which saved plans were applied under the lock.
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A lease, as its parameter holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whether it is held.
    pub state: State,
    /// Who has it: `ann@laptop`.
    pub holder: String,
    /// Where that run can be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What it does: `apply`.
    pub command: String,
    /// Since when, in RFC 3339.
    pub since: String,
    /// For how many seconds it holds after it was written last.
    pub seconds: u64,
    /// Tells this lease from all others.
    pub nonce: String,
    /// Saved plans that were applied, until they have expired.
    #[serde(default)]
    pub applied: Vec<Applied>,
}

/// Whether a lease is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody has it.
    Held,
    /// It was given back.
    Released,
    /// Somebody has ended it for another.
    Forced,
}

/// A saved plan of which applying was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The plan's own number.
    pub nonce: String,
    /// Until when it could be applied, in RFC 3339 in UTC.
    pub expires: String,
    /// When applying it was begun.
    pub at: String,
}

/// A parameter holds 4,096 characters.
const MOST: usize = 24;

impl Record {
    /// For how long it holds after it was written last.
    pub fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Adds a plan, and forgets those that have expired, which are refused by their own words. If
    /// there are still too many, the oldest go.
    pub(super) fn note(&mut self, applied: Applied, now: &str) {
        // Times in UTC, to the second, are in the order of their texts.
        self.applied.retain(|one| one.expires.as_str() > now);
        self.applied.push(applied);
        let more = self.applied.len().saturating_sub(MOST);
        self.applied.drain(..more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_applied_is_remembered_until_it_expires_and_fits() {
        let mut record = Record {
            state: State::Held,
            holder: "h".repeat(200),
            run: Some("r".repeat(200)),
            command: "apply".to_owned(),
            since: "2026-11-22T16:00:00Z".to_owned(),
            seconds: 600,
            nonce: "n".repeat(32),
            applied: Vec::new(),
        };
        let plan = |day: usize| Applied {
            nonce: format!("{day:032}"),
            expires: format!("2026-11-{day:02}T16:00:00Z"),
            at: "2026-11-01T16:00:00Z".to_owned(),
        };
        (1..=30).for_each(|day| record.note(plan(day), "2026-11-01T00:00:00Z"));
        assert_eq!(record.applied.len(), MOST);
        assert_eq!(record.applied.last(), Some(&plan(30)));
        let text = serde_json::to_string(&record).expect("it is JSON");
        assert!(text.len() < 4096, "{} characters", text.len());
        assert_eq!(serde_json::from_str::<Record>(&text).expect("it is a record"), record);
        record.note(plan(30), "2026-11-29T00:00:00Z");
        assert_eq!(record.applied.len(), 3, "29 and 30, and the one that is added");
    }
}
