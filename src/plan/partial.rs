//! What of a plan may be carried out while something could not be read.
use std::collections::BTreeMap;

use crate::address::{Address, BlockAddress};
use crate::graph::{Graph, Node};
use crate::plan::planner::Finished;
use crate::plan::{Blocked, Change, order};

impl Finished {
    /// If something could not be read, leaves out what must wait until it can be: whatever would be
    /// destroyed, and what waits for that. What waits for the unknown itself is left out already.
    pub fn hold_back(&mut self, graph: &Graph) {
        let Some(unknown) = self.plan.unreadable.first().map(|one| one.address.clone()) else {
            return;
        };
        let goes = |change: &Change| matches!(change, Change::Delete | Change::Replace { .. });
        let acts = |change: &Change| !matches!(change, Change::Keep | Change::Blocked(_));
        let changes = &mut self.plan.changes;
        let mut held: BTreeMap<BlockAddress, Address> = BTreeMap::new();
        for (address, planned) in changes.iter_mut().filter(|(_, one)| goes(&one.change)) {
            planned.change = Change::Blocked(Blocked::Upstream(unknown.clone()));
            held.insert(address.block.declared(), address.clone());
        }
        for (address, planned) in changes.iter_mut().filter(|(_, one)| acts(&one.change)) {
            let needed = graph.blocks_needed(&Node::Block(address.block.declared()));
            if let Some(by) = needed.into_iter().find_map(|block| held.get(block)) {
                planned.change = Change::Blocked(Blocked::Upstream(by.clone()));
            }
        }
        // Without replacements there are no two that stand in each other's way.
        self.plan.steps = order::steps(&self.plan.changes, graph).unwrap_or_default();
    }
}
