//! What was done for an event where nothing else in AWS tells, remembered in tags of the cluster.
//!
//! RDS must answer anyway if anything is to be decided, so this asks no other service to be up on a
//! bad day. One tag for each phase, overwritten by the next event of it.
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::function::responder::Phase;
use crate::function::responder::decide::instant;

/// What was done for the last event of a phase.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// When that happened; empty if nothing is remembered.
    pub at: String,
    /// Marks of the actions that were done.
    done: BTreeSet<String>,
}

/// The longest value that AWS takes for a tag.
const LONGEST: usize = 256;

impl Ledger {
    /// Key of the tag.
    pub fn tag(phase: Phase) -> String {
        format!("drctl:responder:{phase}")
    }

    /// What the tags say. A tag that makes no sense says nothing.
    pub fn read(phase: Phase, tags: &BTreeMap<String, String>) -> Self {
        let text = tags.get(&Self::tag(phase)).map_or("", String::as_str);
        let (at, done) = text.split_once(' ').unwrap_or((text, ""));
        if instant(at).is_none() {
            return Self::default();
        }
        let done = done.split('.').filter(|mark| !mark.is_empty()).map(str::to_owned).collect();
        Self { at: at.to_owned(), done }
    }

    /// Value of the tag; `None` if it is more than a tag can hold.
    pub fn write(&self) -> Option<String> {
        let done: Vec<&str> = self.done.iter().map(String::as_str).collect();
        let text = format!("{} {}", self.at, done.join("."));
        (text.len() <= LONGEST).then(|| text.trim_end().to_owned())
    }

    /// Whether a later event than that was acted on.
    pub fn is_after(&self, at: &str) -> bool {
        matches!((instant(&self.at), instant(at)), (Some(own), Some(other)) if own > other)
    }

    /// What is remembered of the event of that time: nothing, if it is another one.
    #[must_use]
    pub fn of(&self, at: &str) -> Self {
        if self.at == at { self.clone() } else { Self { at: at.to_owned(), done: BTreeSet::new() } }
    }

    /// Whether the action was done.
    pub fn has(&self, action: &str) -> bool {
        self.done.contains(&mark(action))
    }

    /// Notes that the action was done.
    pub fn add(&mut self, action: &str) {
        self.done.insert(mark(action));
    }
}

fn mark(action: &str) -> String {
    let digest = Sha256::digest(action.as_bytes());
    digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect()
}
