//! Decides what to do. After this there is nothing left to decide.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::diff::FieldChange;
use crate::schema::{Key, TypeSpec};
use crate::value::{Object, Observed, Reference, Value};

mod aims;
mod decide;
mod effect;
pub mod file;
mod guard;
mod order;
mod owner;
mod partial;
mod planner;
mod refer;
mod removal;

pub use decide::{Intent, differences, whole};
pub use owner::{
    ADDRESS_TAG, ID_TAG, MANAGED_TAG, REPLACES_TAG, STACK_TAG, identity, label, managed_tags,
    ownership, told_managed,
};
pub use planner::{
    Answer, Connected, Finished, Ground, Instance, Ours, Planner, Request, RequestId, Trouble,
};
pub use removal::{Removals, Stay};

/// What a run is to do, whole.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// One entry for each instance of a resource, and for each data source that must wait.
    pub changes: BTreeMap<Address, Planned>,
    /// Single effects and what each waits for.
    pub steps: Vec<Step>,
    /// Outputs of the root module: before (none is kept, so always null) and after.
    pub outputs: BTreeMap<String, OutputChange>,
    /// Accounts and Regions of which something could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Whether everything is to be destroyed.
    pub destroy: bool,
}

/// What is to happen with one instance.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Which instance.
    pub address: Address,
    /// Its type.
    pub spec: &'static TypeSpec,
    /// Where it lives; none while that is not known, and for what is local.
    pub scope: Option<Scope>,
    /// What AWS knows it by, if that is known before it exists.
    pub key: Option<Key>,
    /// What AWS has now.
    pub live: Option<Observed>,
    /// What is wanted: conformed to the table, defaults filled in.
    pub want: Object,
    /// The whole instance as it will be, as expressions see it: inputs, outputs, unknown leaves.
    pub after: Object,
    /// What is to happen.
    pub change: Change,
}

/// What is to happen with a resource; for people.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It does not exist yet.
    Create,
    /// Some of its attributes change in place.
    Update {
        /// The attributes.
        fields: Vec<FieldChange>,
        /// The address in its tags, if that is another: then the tags are set anew.
        moved_from: Option<String>,
        /// Attributes about which the configuration says nothing any more.
        let_go: LetGo,
    },
    /// It exists and nobody's tags are on it: ours are written, nothing else.
    Adopt {
        /// In what it is not as wanted; the next plan changes that.
        fields: Vec<FieldChange>,
    },
    /// It is deleted and created anew.
    Replace {
        /// All attributes that change.
        fields: Vec<FieldChange>,
        /// Why it cannot be changed in place.
        because: Because,
        /// Which comes first.
        order: ReplaceOrder,
    },
    /// It is deleted.
    Delete,
    /// Nobody declares it any more, and a `removed` block says that it stays: its tags are taken off.
    Forget,
    /// It is ours, nobody declares it, and it stays as it is for now.
    Stay(Stay),
    /// Nothing.
    Keep,
    /// A data source whose configuration is not known yet is read while applying.
    Read,
    /// Nothing can be said, or nothing may be done.
    Blocked(Blocked),
}

/// Attributes that the configuration does not set, though it did or somebody else has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetGo {
    /// They keep their values, and AWS decides about them from now on.
    pub released: Vec<&'static str>,
    /// They go back to what they are when nobody sets them; they are among what changes.
    pub reset: Vec<&'static str>,
}

/// Why a resource cannot be changed in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// These attributes cannot be changed.
    Attributes(BTreeSet<&'static str>),
    /// The user asked for it with `-replace`.
    Requested,
    /// One of the things that `replace_triggered_by` names changes.
    Triggered,
}

/// Which of the two effects of a replacement comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplaceOrder {
    /// Delete, then create.
    DeleteFirst,
    /// Create, then delete: `create_before_destroy`.
    CreateFirst,
}

/// Why a resource cannot be planned, or must not be changed; shown, never guessed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// AWS did not let us see it.
    Unreadable(String),
    /// It waits for another that is blocked.
    Upstream(Address),
    /// It exists, and nothing says that it is ours.
    NotOurs {
        /// What AWS knows it by.
        key: String,
        /// Whose it is, if its tags say so.
        owner: Option<String>,
    },
    /// A guard forbids the change; the text says which and what to do.
    Guarded(String),
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What was to be read.
    pub address: Address,
    /// Where, if known.
    pub scope: Option<Scope>,
    /// Why not.
    pub reason: String,
    /// Whether there was no answer at all, as opposed to a refusal.
    pub unreachable: bool,
}

/// An output of the root module.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputChange {
    /// Its value after the run.
    pub after: Value,
    /// Whether the block says `sensitive`.
    pub sensitive: bool,
}

/// One effect on AWS; for the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number, from 0.
    pub id: StepId,
    /// Of which instance.
    pub address: Address,
    /// What is done.
    pub verb: Verb,
    /// What must be done before.
    pub after: Vec<StepId>,
}

/// Number of a step in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub usize);

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads a data source that had to wait.
    Read,
    /// Creates a resource.
    Create,
    /// Changes one in place.
    Update,
    /// Deletes one.
    Delete,
    /// Takes our tags off one.
    Forget,
}

/// How many resources each kind of change touches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// To adopt.
    pub import: usize,
    /// To create, replacements among them.
    pub add: usize,
    /// To change in place.
    pub change: usize,
    /// To destroy, replacements among them.
    pub destroy: usize,
    /// To leave to others from now on.
    pub forget: usize,
    /// Ours and declared by nobody, and staying for now.
    pub stay: usize,
    /// Of which nothing can be said, or which must not be changed.
    pub blocked: usize,
}

impl Plan {
    /// How many of each.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for planned in self.changes.values() {
            match planned.change {
                Change::Create => counts.add += 1,
                Change::Adopt { .. } => counts.import += 1,
                Change::Update { .. } => counts.change += 1,
                Change::Replace { .. } => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                Change::Delete => counts.destroy += 1,
                Change::Forget => counts.forget += 1,
                Change::Stay(_) => counts.stay += 1,
                Change::Blocked(_) => counts.blocked += 1,
                Change::Keep | Change::Read => {}
            }
        }
        counts
    }
    /// True if applying it would do nothing.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
    /// What the unknown values inside a change wait for.
    pub fn waits_for(planned: &Planned) -> BTreeSet<Reference> {
        planned.want.0.values().flat_map(Value::sources).collect()
    }
}
