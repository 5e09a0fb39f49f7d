//! What happens during a run, as data. The engine emits; `report` renders.
use std::time::Duration;

use crate::address::{Address, Scope};
use crate::plan::{Counts, StepId, Verb};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A resource or data source is being read.
    ReadStarted {
        /// Which.
        address: Address,
    },
    /// It has been read.
    ReadFinished {
        /// Which.
        address: Address,
        /// Its natural key, if it exists.
        key: Option<String>,
        /// How long that took.
        took: Duration,
    },
    /// Changes begin.
    ApplyStarted {
        /// How many effects there are.
        steps: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its number.
        step: StepId,
        /// What it changes.
        address: Address,
        /// Where.
        scope: Option<Scope>,
        /// How.
        verb: Verb,
        /// What AWS knows it by, if it exists.
        id: Option<String>,
    },
    /// A step still goes on; told every ten seconds.
    StepWaiting {
        /// Its number.
        step: StepId,
        /// What it changes.
        address: Address,
        /// How.
        verb: Verb,
        /// Since it began.
        waited: Duration,
        /// AWS's status of the resource, or what is being retried.
        on: String,
    },
    /// A step is over.
    StepFinished {
        /// Its number.
        step: StepId,
        /// What it changed.
        address: Address,
        /// How.
        verb: Verb,
        /// Since it began.
        took: Duration,
        /// How it went.
        outcome: Outcome,
    },
    /// What runs may finish, nothing new begins.
    Stopping {
        /// Why the lock was lost, if it is that; else the user asked to stop.
        lock: Option<String>,
    },
    /// All is over.
    ApplyFinished {
        /// What was done.
        done: Counts,
        /// Steps that failed.
        failed: usize,
        /// Steps that were not begun.
        skipped: usize,
    },
}

/// How a step went.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done, and seen to be so; the resource's natural key.
    Done {
        /// `id` of the resource, if it has one.
        id: Option<String>,
    },
    /// There was nothing left to do.
    Unchanged,
    /// It was to be deleted and stays for now, as an option says or because AWS drops it by itself.
    Left {
        /// Why.
        why: String,
    },
    /// It failed, and why; what to do about it, where we know.
    Failed {
        /// What went wrong.
        error: String,
        /// What to do.
        hint: Option<String>,
    },
    /// What the plan was made for is no longer what AWS has.
    Stale {
        /// What moved.
        moved: Vec<String>,
    },
    /// Not begun: a step before it failed, or the user stopped the run.
    Skipped {
        /// The step that failed; none if the user stopped the run.
        because: Option<Address>,
    },
}

/// Renders events as they come.
pub trait Reporter: Send {
    /// Renders one.
    ///
    /// # Errors
    /// When it cannot be written.
    fn report(&mut self, event: &Event) -> std::io::Result<()>;
}

/// Tells nothing: where what is done is quick, or has nobody who watches.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&mut self, _event: &Event) -> std::io::Result<()> {
        Ok(())
    }
}
