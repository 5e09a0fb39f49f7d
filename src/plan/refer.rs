//! What refers to what, told by what AWS has: for what no configuration says it of any more.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, InstanceKey};
use crate::plan::{Change, Planned, Step, StepId, Verb};
use crate::schema::{Key, Role};
use crate::value::{Object, Observed, Value};

/// Lets steps that take away what nobody declares wait for those that take away, or turn away from
/// it, what refers to it.
pub(super) fn wait(
    steps: &mut [Step],
    changes: &BTreeMap<Address, Planned>,
    orphans: &BTreeSet<Address>,
) {
    if !steps.iter().any(|step| orphans.contains(&step.address)) {
        return;
    }
    let going: Vec<(StepId, Names<'_>)> = steps
        .iter()
        .filter(|step| matches!(step.verb, Verb::Delete | Verb::Forget))
        .filter_map(|step| Some((step.id, Names::of(&changes[&step.address])?)))
        .collect();
    let mut edges: Vec<(StepId, StepId)> = Vec::new();
    for step in steps.iter() {
        let Planned { live: Some(live), spec, .. } = &changes[&step.address] else { continue };
        let own: Vec<&Value> = spec
            .inputs
            .iter()
            .filter(|spec| spec.role != Role::Key && spec.name != "tags")
            .map(|spec| live.inputs.get(spec.name))
            .collect();
        // The last part of a key is its own name, those before name what it is part of.
        let keys = spec.inputs.iter().filter(|spec| spec.role == Role::Key);
        let mut keys: Vec<&Value> = keys.map(|spec| live.inputs.get(spec.name)).collect();
        let name = keys.pop();
        for (gone, names) in &going {
            let other = &steps[gone.0].address;
            let concerned = orphans.contains(other) || orphans.contains(&step.address);
            if !concerned || *other == step.address {
                continue;
            }
            let refers = own.iter().chain(&keys).any(|value| names.are_in(value))
                || name.is_some_and(|value| names.whole_in(value));
            if refers && turns_away(&changes[&step.address], names) {
                edges.push((*gone, step.id));
            }
        }
    }
    edges.extend(after_successors(steps, changes));
    // Two may refer to each other; then it does not matter which goes first.
    for (later, first) in edges {
        if !reaches(steps, first, later) && !steps[later.0].after.contains(&first) {
            steps[later.0].after.push(first);
            steps[later.0].after.sort();
        }
    }
}

/// Whether the thing refers to the other no longer once its step is done.
fn turns_away(planned: &Planned, names: &Names<'_>) -> bool {
    match planned.change {
        Change::Delete | Change::Forget | Change::Replace { .. } => true,
        Change::Update { .. } => !planned.want.iter().any(|(_, value)| names.are_in(value)),
        _ => false,
    }
}

/// What had an address goes once what has it now is there.
fn after_successors(steps: &[Step], changes: &BTreeMap<Address, Planned>) -> Vec<(StepId, StepId)> {
    let mut edges = Vec::new();
    for step in steps.iter().filter(|step| step.verb == Verb::Delete) {
        let InstanceKey::Former(own, _) = &step.address.key else { continue };
        let now = step.address.block.instance((**own).clone());
        if !changes.contains_key(&now) {
            continue;
        }
        let makes = |other: &&Step| other.address == now && other.verb != Verb::Delete;
        edges.extend(steps.iter().filter(makes).map(|other| (step.id, other.id)));
    }
    edges
}

/// Whether a step waits for another, directly or by way of others.
fn reaches(steps: &[Step], from: StepId, to: StepId) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(&steps[id.0].after);
        }
    }
    false
}

/// What others know a thing by.
struct Names<'a> {
    /// An ARN, an id that AWS made up: it may stand inside a document.
    unique: Vec<&'a str>,
    /// A name: it counts only where it stands alone.
    plain: Vec<&'a str>,
}

/// Outputs by which others know a thing.
const UNIQUE: [&str; 6] = ["arn", "id", "uid", "url", "key_id", "qualified_arn"];

/// Shorter texts stand inside others by chance.
const TELLING: usize = 12;

impl<'a> Names<'a> {
    fn of(planned: &'a Planned) -> Option<Self> {
        let Observed { inputs, outputs, .. } = planned.live.as_ref()?;
        let told = |object: &'a Object, name: &str| object.get(name).as_str();
        let unique = UNIQUE.iter().filter_map(|name| told(outputs, name)).collect();
        let mut plain: Vec<&str> =
            planned.key.iter().flat_map(Key::all).map(String::as_str).collect();
        plain.extend(told(inputs, planned.spec.id));
        plain.retain(|name| !name.is_empty());
        Some(Self { unique, plain })
    }

    /// Whether one of them stands in the value.
    fn are_in(&self, value: &Value) -> bool {
        self.whole_in(value)
            || value.as_str().is_some_and(|text| self.plain.contains(&text))
            || value.members().any(|member| self.are_in(member))
    }

    /// Whether one that is unique stands in the value.
    fn whole_in(&self, value: &Value) -> bool {
        let within = |text: &str| {
            let long = |name: &&&str| name.len() >= TELLING;
            self.unique.contains(&text) || self.unique.iter().filter(long).any(|n| text.contains(n))
        };
        value.as_str().is_some_and(within) || value.members().any(|member| self.whole_in(member))
    }
}
