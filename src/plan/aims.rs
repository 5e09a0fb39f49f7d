//! What `-target` makes of a plan: what is looked at, and what of it is changed.
use std::collections::BTreeSet;

use crate::address::{Address, BlockAddress, InstanceKey};
use crate::graph::Node;
use crate::plan::Ground;

/// What `-target` makes of a plan.
pub(super) struct Aims {
    /// Nodes to look at.
    pub(super) nodes: BTreeSet<Node>,
    /// Blocks of which all instances are meant: with all that a target needs; when destroying, with
    /// all that needs it.
    whole: BTreeSet<BlockAddress>,
    /// Instances that are meant.
    instances: BTreeSet<Address>,
    destroy: bool,
}

impl Aims {
    /// None if there are no targets: then everything is meant.
    pub(super) fn of(ground: &Ground<'_>) -> Option<Self> {
        let Ground { graph, targets, intent, .. } = ground;
        if targets.is_empty() {
            return None;
        }
        let targeted: BTreeSet<Node> =
            targets.iter().map(|target| Node::Block(target.block.clone())).collect();
        let whole = targets.iter().filter(|target| target.key == InstanceKey::None);
        let mut whole: BTreeSet<BlockAddress> = whole.map(|target| target.block.clone()).collect();
        let closure = |from: &BTreeSet<Node>, next: &dyn Fn(&Node) -> Vec<Node>| {
            let mut found: BTreeSet<Node> = BTreeSet::new();
            let mut open: Vec<Node> = from.iter().flat_map(next).collect();
            while let Some(node) = open.pop() {
                if found.insert(node.clone()) {
                    open.extend(next(&node));
                }
            }
            found
        };
        let cloned = |nodes: Vec<&Node>| nodes.into_iter().cloned().collect::<Vec<Node>>();
        let users = |node: &Node| {
            let passes = |node: &&Node| matches!(node, Node::Block(_) | Node::Local(_));
            cloned(graph.needed_by(node).into_iter().filter(passes).collect())
        };
        let mut nodes = targeted;
        if intent.destroy {
            nodes.extend(closure(&nodes, &users));
        }
        let needed = closure(&nodes, &|node| cloned(graph.needs(node)));
        let meant = if intent.destroy { closure(&nodes, &users) } else { needed.clone() };
        whole.extend(meant.into_iter().filter_map(|node| match node {
            Node::Block(address) => Some(address),
            _ => None,
        }));
        nodes.extend(needed);
        let instances = targets.iter().cloned().collect();
        Some(Self { nodes, whole, instances, destroy: intent.destroy })
    }

    /// Whether the instance is to be changed.
    pub(super) fn acts_on(&self, address: &Address) -> bool {
        self.whole.contains(&address.block) || self.instances.contains(address)
    }

    /// Whether the instance is to be read. What is to be destroyed may need its siblings to be
    /// named.
    pub(super) fn looks_at(&self, address: &Address) -> bool {
        self.destroy || self.acts_on(address)
    }
}
