//! What `-target` makes of a plan: what is looked at, and what of it is changed.
use std::collections::BTreeSet;

use crate::address::{Address, BlockAddress, Target};
use crate::graph::Node;
use crate::plan::Ground;

/// What `-target` makes of a plan.
pub(super) struct Aims {
    /// Nodes to look at.
    pub(super) nodes: BTreeSet<Node>,
    /// Blocks of which all instances are meant: with all that a target needs; when destroying, with
    /// all that needs it.
    whole: BTreeSet<BlockAddress>,
    /// What is meant.
    targets: Vec<Target>,
    destroy: bool,
}

impl Aims {
    /// None if there are no targets: then everything is meant.
    pub(super) fn of(ground: &Ground<'_>) -> Option<Self> {
        let Ground { graph, targets, intent, .. } = ground;
        if targets.is_empty() {
            return None;
        }
        let concerned = |block: &&BlockAddress| targets.iter().any(|target| target.concerns(block));
        let blocks = graph.blocks().into_iter().filter(concerned);
        let targeted: BTreeSet<Node> = blocks.map(|block| Node::Block(block.clone())).collect();
        let mut whole: BTreeSet<BlockAddress> = BTreeSet::new();
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
            // Outputs of the root module and providers are nothing that could be destroyed.
            let passes = |node: &&Node| match node {
                Node::Output(module, _) => !module.is_root(),
                Node::Provider(_) => false,
                _ => true,
            };
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
        Some(Self { nodes, whole, targets: targets.clone(), destroy: intent.destroy })
    }

    /// Whether the instance is to be changed.
    pub(super) fn acts_on(&self, address: &Address) -> bool {
        self.whole.contains(&address.block.declared())
            || self.targets.iter().any(|target| target.covers(address))
    }

    /// Whether the instance is to be read. What is to be destroyed may need its siblings to be
    /// named.
    pub(super) fn looks_at(&self, address: &Address) -> bool {
        self.destroy || self.acts_on(address)
    }
}
