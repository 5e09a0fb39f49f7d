//! From changes to single effects, each with what it waits for.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, BlockAddress};
use crate::graph::{Graph, Node};
use crate::plan::{Because, Change, Planned, ReplaceOrder, Step, StepId, Verb};

/// Two replacements that cannot both be made in the order in which each must be.
pub(super) struct Conflict {
    /// Is to be created anew before it is destroyed.
    pub(super) first: Address,
    /// Is needed by it, and must be destroyed before it is created anew.
    pub(super) last: Address,
}

/// The steps of a plan. Things are made after what they need and deleted before it.
pub(super) fn steps(
    changes: &BTreeMap<Address, Planned>,
    graph: &Graph,
) -> Result<Vec<Step>, Conflict> {
    let steps = effects(changes);
    let mut order = Order { graph, made: BTreeMap::new(), gone: BTreeMap::new() };
    for step in &steps {
        let all = if makes(step) { &mut order.made } else { &mut order.gone };
        all.entry(step.address.block.declared()).or_default().push(step.id);
    }
    order.check(changes)?;
    let mut waits: Vec<BTreeSet<StepId>> = vec![BTreeSet::new(); steps.len()];
    for (block, all) in &order.made {
        for needed in order.nearest(block, &order.made) {
            for made in all {
                waits[made.0].extend(&order.made[needed]);
            }
        }
    }
    for (block, all) in &order.gone {
        for needed in order.nearest(block, &order.gone) {
            for later in &order.gone[needed] {
                waits[later.0].extend(all);
            }
        }
    }
    // What may turn out to stay is deleted only once that is known.
    for (block, all) in &order.gone {
        let perhaps = |id: &&StepId| may_stay(&changes[&steps[id.0].address]);
        if !all.iter().any(|id| perhaps(&id)) || order.needs_what_goes(block) {
            continue;
        }
        for needed in order.nearest(block, &order.made) {
            for gone in all.iter().filter(perhaps) {
                waits[gone.0].extend(&order.made[needed]);
            }
        }
    }
    // A successor that comes first is to be in use before the predecessor goes.
    let first = |step: &&Step| step.verb == Verb::Delete && created_first(&changes[&step.address]);
    for step in steps.iter().filter(first) {
        for user in order.users(&step.address.block.declared()) {
            waits[step.id.0].extend(order.made.get(user).into_iter().flatten());
        }
    }
    for pair in steps.windows(2).filter(|pair| pair[0].address == pair[1].address) {
        waits[pair[1].id.0].insert(pair[0].id);
    }
    let after = |(step, waits): (Step, BTreeSet<StepId>)| Step {
        after: waits.into_iter().filter(|id| *id != step.id).collect(),
        ..step
    };
    Ok(steps.into_iter().zip(waits).map(after).collect())
}

/// Each effect, waiting for nothing yet. The two of a replacement stand side by side.
fn effects(changes: &BTreeMap<Address, Planned>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut push = |address: &Address, verb| {
        let id = StepId(steps.len());
        steps.push(Step { id, address: address.clone(), verb, after: Vec::new() });
    };
    for (address, planned) in changes {
        match &planned.change {
            Change::Create => push(address, Verb::Create),
            Change::Update { .. } | Change::Adopt { .. } => push(address, Verb::Update),
            Change::Read => push(address, Verb::Read),
            Change::Delete => push(address, Verb::Delete),
            Change::Forget => push(address, Verb::Forget),
            Change::Replace { order: ReplaceOrder::DeleteFirst, .. } => {
                push(address, Verb::Delete);
                push(address, Verb::Create);
            }
            Change::Replace { order: ReplaceOrder::CreateFirst, .. } => {
                push(address, Verb::Create);
                push(address, Verb::Delete);
            }
            Change::Keep | Change::Stay(_) | Change::Blocked(_) => {}
        }
    }
    steps
}

fn makes(step: &Step) -> bool {
    !matches!(step.verb, Verb::Delete | Verb::Forget)
}

fn created_first(planned: &Planned) -> bool {
    matches!(planned.change, Change::Replace { order: ReplaceOrder::CreateFirst, .. })
}

fn deleted_first(planned: &Planned) -> bool {
    matches!(planned.change, Change::Replace { order: ReplaceOrder::DeleteFirst, .. })
}

/// Whether it is replaced only because of what is not known yet.
fn may_stay(planned: &Planned) -> bool {
    let Change::Replace { fields, because: Because::Attributes(_), .. } = &planned.change else {
        return false;
    };
    fields.iter().filter(|field| field.replaces).all(|field| !field.after.is_known())
}

/// By the declared address of the block: all instances of a module together.
type ByBlock = BTreeMap<BlockAddress, Vec<StepId>>;

struct Order<'a> {
    graph: &'a Graph,
    /// Steps that make something.
    made: ByBlock,
    /// Steps that delete something.
    gone: ByBlock,
}

impl<'a> Order<'a> {
    /// The blocks with such steps that a block needs with no other such block between: those behind
    /// are waited for by way of them.
    fn nearest(&self, block: &BlockAddress, steps: &ByBlock) -> BTreeSet<&'a BlockAddress> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = self.graph.needs(&Node::Block(block.clone()));
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            match node {
                Node::Block(needed) if steps.contains_key(needed) => drop(found.insert(needed)),
                _ => open.extend(self.graph.needs(node)),
            }
        }
        found
    }

    /// Whether something that a block needs is deleted, which must be after this block's own.
    fn needs_what_goes(&self, block: &BlockAddress) -> bool {
        let needed = self.graph.blocks_needed(&Node::Block(block.clone()));
        needed.into_iter().any(|needed| self.gone.contains_key(needed))
    }

    /// The blocks that need a block, directly or through others.
    fn users(&self, block: &BlockAddress) -> BTreeSet<&'a BlockAddress> {
        let mut seen = BTreeSet::new();
        let mut open = self.graph.needed_by(&Node::Block(block.clone()));
        while let Some(node) = open.pop() {
            if seen.insert(node) {
                open.extend(self.graph.needed_by(node));
            }
        }
        let blocks = seen.into_iter().filter_map(|node| match node {
            Node::Block(address) => Some(address),
            _ => None,
        });
        blocks.collect()
    }

    /// What is created first cannot stand on what must be destroyed first.
    fn check(&self, changes: &BTreeMap<Address, Planned>) -> Result<(), Conflict> {
        for planned in changes.values().filter(|planned| created_first(planned)) {
            let needed = self.graph.blocks_needed(&Node::Block(planned.address.block.declared()));
            let last = changes.values().find(|other| {
                deleted_first(other) && needed.contains(&other.address.block.declared())
            });
            if let Some(last) = last {
                let (first, last) = (planned.address.clone(), last.address.clone());
                return Err(Conflict { first, last });
            }
        }
        Ok(())
    }
}
