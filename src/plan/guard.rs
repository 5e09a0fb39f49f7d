//! What must not be touched, and why. Every answer says what to do.
use std::collections::BTreeSet;

use crate::address::Address;
use crate::graph::Wanted;
use crate::plan::{Because, Blocked, Change, Plan, Step, StepId, Verb};
use crate::schema::TypeSpec;
use crate::value::{Observed, Value};

/// Why this change may not be made, if so.
pub(super) fn change(
    address: &Address,
    spec: &'static TypeSpec,
    change: &Change,
    live: &Observed,
    wanted: &Wanted,
) -> Option<String> {
    if matches!(change, Change::Keep) {
        return None;
    }
    if let Some(reason) = &live.locked {
        return Some(format!("{reason}. Nothing is changed until that is over; plan again then."));
    }
    if let Some(reason) = &live.refused {
        return Some(format!("{reason}."));
    }
    let Change::Replace { because, .. } = change else { return None };
    if wanted.prevent_destroy {
        return Some(format!(
            "it would be replaced, which destroys it, and `prevent_destroy` is set{}.",
            by(because)
        ));
    }
    if spec.data_bearing && *because != Because::Requested {
        return Some(format!(
            "it would be replaced, which destroys its data{}. Undo that change, or say \
             -replace='{address}' if the data may go.",
            by(because)
        ));
    }
    protected(live)
}

/// Why what carries our tags, with the address in them, is not taken for ours.
pub(super) fn unproven(address: &Address, from: &str) -> String {
    format!(
        "it exists and carries the tags of this stack, as {from}, but no `drctl:id` that is its own: \
         they may have been copied by AWS, from what it was restored from, say. To manage it from \
         here on, add an import block for it, or say -adopt='{address}' once."
    )
}

/// Why it may not be destroyed, if so.
pub(super) fn destroy(address: &Address, live: &Observed, wanted: &Wanted) -> Option<String> {
    if let Some(reason) = &live.locked {
        return Some(format!("{reason}. Nothing is changed until that is over; plan again then."));
    }
    if wanted.prevent_destroy {
        return Some(format!(
            "`prevent_destroy` is set for {address}. Take it away first if it may go."
        ));
    }
    protected(live)
}

/// Why what nobody declares any more may not be destroyed, if so.
pub(super) fn remove(address: &Address, live: &Observed, wanted: &Wanted) -> Option<String> {
    if let Some(reason) = &live.locked {
        return Some(format!("{reason}. Nothing is changed until that is over; plan again then."));
    }
    if wanted.prevent_destroy {
        return Some(format!(
            "`prevent_destroy` is set for {}. Take it away first if it may go.",
            address.block
        ));
    }
    let on = protection(live)?;
    Some(format!(
        "AWS protects it from deletion. Declare it again with `{on} = false` and apply that before \
         it is removed."
    ))
}

/// Why a thing with data is not created under another name beside the one that has its address.
pub(super) fn renamed(former: &str) -> String {
    format!(
        "the thing with its data is there under another name: AWS knows it as \"{former}\". A new \
         one would begin empty. Give it that name again, or give the new one another address and \
         say with a `removed` block what becomes of the old one."
    )
}

/// Why one of many is not removed.
pub(super) fn too_many(number: usize, limit: usize) -> String {
    format!(
        "it is one of {number} that nobody declares any more, and no more than {limit} of those go \
         at once. If all of them may go, say -max-removals={number}."
    )
}

/// AWS would refuse to delete it, perhaps after much else was done.
fn protected(live: &Observed) -> Option<String> {
    let on = protection(live)?;
    Some(format!(
        "AWS protects it from deletion. Set `{on} = false` and apply that first, if it may go."
    ))
}

/// The attribute by which AWS protects it from deletion, if it does.
fn protection(live: &Observed) -> Option<&'static str> {
    let mut names = ["deletion_protection", "deletion_protection_enabled"].into_iter();
    names.find(|name| *live.inputs.get(name) == Value::Bool(true))
}

/// Refuses deletions that AWS would refuse, or that would cost more than the thing itself, unless
/// what they must wait for goes before them. True if there are any.
pub(super) fn keep(plan: &mut Plan) -> bool {
    let refused: Vec<(Address, String)> = plan
        .steps
        .iter()
        .filter(|step| step.verb == Verb::Delete)
        .filter_map(|step| {
            let kept = plan.changes[&step.address].live.as_ref()?.kept.as_ref()?;
            let gone = gone_before(plan, step.id);
            let holds = kept.by.is_empty() || !kept.by.is_subset(&gone);
            holds.then(|| (step.address.clone(), format!("{}.", kept.reason)))
        })
        .collect();
    for (address, reason) in &refused {
        let planned = plan.changes.get_mut(address).expect("a step is of a change");
        planned.change = Change::Blocked(Blocked::Guarded(reason.clone()));
    }
    !refused.is_empty()
}

/// ARNs of all that is deleted before a step.
fn gone_before(plan: &Plan, step: StepId) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = plan.steps[step.0].after.clone();
    let mut gone = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id.0) {
            continue;
        }
        let Step { address, verb, after, .. } = &plan.steps[id.0];
        open.extend(after);
        let arn = plan.changes[address].live.as_ref().map(|live| live.outputs.get("arn"));
        if let (Verb::Delete, Some(Some(arn))) = (verb, arn.map(Value::as_str)) {
            gone.insert(arn.to_owned());
        }
    }
    gone
}

fn by(because: &Because) -> String {
    match because {
        Because::Attributes(names) => {
            let names: Vec<&str> = names.iter().copied().collect();
            format!(": {} cannot be changed in place", names.join(", "))
        }
        Because::Requested => " (asked for with -replace)".to_owned(),
        Because::Triggered => " (by replace_triggered_by)".to_owned(),
    }
}
