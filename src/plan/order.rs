//! From changes to single effects, each with what it waits for.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, BlockAddress};
use crate::graph::{Graph, Node};
use crate::plan::{Change, Planned, ReplaceOrder, Step, StepId, Verb};

/// The steps of a plan. Things are made after what they need and deleted before it.
pub(super) fn steps(changes: &BTreeMap<Address, Planned>, graph: &Graph) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut push = |address: &Address, verb| {
        let id = StepId(steps.len());
        steps.push(Step { id, address: address.clone(), verb, after: Vec::new() });
    };
    for (address, planned) in changes {
        match &planned.change {
            Change::Create => push(address, Verb::Create),
            Change::Update { .. } => push(address, Verb::Update),
            Change::Read => push(address, Verb::Read),
            Change::Delete => push(address, Verb::Delete),
            Change::Replace { order: ReplaceOrder::DeleteFirst, .. } => {
                push(address, Verb::Delete);
                push(address, Verb::Create);
            }
            Change::Replace { order: ReplaceOrder::CreateFirst, .. } => {
                push(address, Verb::Create);
                push(address, Verb::Delete);
            }
            Change::Keep | Change::Blocked(_) => {}
        }
    }
    let makes = |step: &Step| step.verb != Verb::Delete;
    let mut by_block: BTreeMap<&BlockAddress, Vec<&Step>> = BTreeMap::new();
    for step in &steps {
        by_block.entry(&step.address.block).or_default().push(step);
    }
    let mut waits: Vec<BTreeSet<StepId>> = vec![BTreeSet::new(); steps.len()];
    for step in &steps {
        let node = Node::Block(step.address.block.clone());
        let needed = graph.blocks_needed(&node);
        let of_needed = || needed.iter().filter_map(|block| by_block.get(*block)).flatten();
        if makes(step) {
            waits[step.id.0].extend(of_needed().filter(|other| makes(other)).map(|o| o.id));
        } else {
            // What this one needed goes after it, unless it goes to make room for its successor
            // that this one, too, is to be moved to.
            for other in of_needed().filter(|other| !makes(other)) {
                waits[other.id.0].insert(step.id);
            }
            // A successor that comes first is to be in use before the predecessor goes.
            let create_first = matches!(
                changes[&step.address].change,
                Change::Replace { order: ReplaceOrder::CreateFirst, .. }
            );
            if create_first {
                let users = steps.iter().filter(|other| {
                    makes(other) && other.address.block != step.address.block && {
                        let node = Node::Block(other.address.block.clone());
                        graph.blocks_needed(&node).contains(&step.address.block)
                    }
                });
                waits[step.id.0].extend(users.map(|user| user.id));
            }
        }
    }
    for pair in steps.windows(2).filter(|pair| pair[0].address == pair[1].address) {
        waits[pair[1].id.0].insert(pair[0].id);
    }
    for (step, waits) in steps.iter_mut().zip(waits) {
        step.after = waits.into_iter().filter(|id| *id != step.id).collect();
    }
    steps
}
