//! What becomes of instances, once all about them is known.
use std::collections::BTreeMap;

use crate::address::{Address, BlockAddress, InstanceKey, ModuleAddress};
use crate::config::Block;
use crate::diagnostic::Diagnostic;
use crate::graph::Node;
use crate::lang::Traversal;
use crate::plan::decide::{self, decide};
use crate::plan::planner::{Instance, Planner, State, of_block};
use crate::plan::{Because, Blocked, Change, Planned};
use crate::value::{Object, Observed, Unknown, Value};

impl Planner<'_> {
    pub(super) fn decide_resource(
        &mut self,
        address: &Address,
        live: Option<Observed>,
        beside: Beside<'_>,
    ) {
        let Instance { wanted, spec, scope, key, .. } = &self.instances[address];
        let (spec, scope, key) = (*spec, scope.clone(), key.clone());
        let block = self.ground.resolver.block(&address.block);
        let (parent, trigger) = match beside {
            Beside::Nothing => (None, None),
            Beside::Parent(tags) => (Some(tags), None),
            Beside::Successor => (None, Some(Because::Requested)),
        };
        let trigger = trigger
            .or_else(|| self.triggered(&address.block.module, block).then_some(Because::Triggered));
        let intent = &self.ground.intent;
        if let Some(problem) = self.wrong_import(address, live.as_ref()) {
            self.problems.push(problem);
        }
        let change = match &self.aims {
            Some(aims) if intent.destroy && !aims.acts_on(address) => Change::Keep,
            _ => decide(address, spec, wanted, live.as_ref(), parent, trigger, intent),
        };
        let change = match self.left_behind(address, &change) {
            Some(reason) => Change::Blocked(Blocked::Guarded(reason)),
            None => change,
        };
        let after =
            decide::after(address, spec, scope.as_ref(), &wanted.object, live.as_ref(), &change);
        self.known.set(address, after.clone());
        match (&change, &live) {
            (Change::Replace { .. }, Some(live)) => {
                let Observed { inputs, outputs, .. } = live;
                let now = decide::whole(spec, inputs, outputs, scope.as_ref());
                self.replaced.insert(address.clone(), now);
            }
            (_, None) if intent.destroy => drop(self.gone.insert(address.clone())),
            _ => {}
        }
        let want = wanted.object.clone();
        let planned =
            Planned { address: address.clone(), spec, scope, key, live, want, after, change };
        self.plan.changes.insert(address.clone(), planned);
    }

    /// Why what holds data may not be replaced, if what lives on it is not looked at: it cannot
    /// object.
    fn left_behind(&self, address: &Address, change: &Change) -> Option<String> {
        let holds_data = |block: &BlockAddress| {
            let spec = self.ground.types.find(block.mode, &block.type_name);
            spec.is_some_and(|spec| spec.data_bearing)
        };
        if !matches!(change, Change::Replace { .. }) || !holds_data(&address.block) {
            return None;
        }
        let node = Node::Block(address.block.declared());
        let users = self.ground.graph.blocks_needing_directly(&node).into_iter();
        let skipped =
            |user: &BlockAddress| self.state[&Node::Block(user.clone())] == State::Skipped;
        let user = users.filter(|user| skipped(user)).find(|user| holds_data(user))?;
        Some(format!(
            "it would be replaced, which destroys it, and {user} needs it but is not among the \
             targets. Add -target='{user}', to see what becomes of that."
        ))
    }

    /// Why what is to be adopted cannot be, if so.
    fn wrong_import(&self, address: &Address, live: Option<&Observed>) -> Option<Diagnostic> {
        let ids = self.to_adopt(address)?;
        let block = self.ground.resolver.block(&address.block);
        let told = |summary: &str, text: String| {
            Some(Diagnostic::error(summary, text).at(block.span.clone()))
        };
        let Some(live) = live else {
            return told(
                "Nothing to adopt",
                format!(
                    "{address} is to be adopted, but AWS has no such {}. Take the import away to \
                     create it.",
                    address.block.type_name
                ),
            );
        };
        let key = self.instances[address].key.as_ref()?;
        let known = |id: &String| {
            let told = |name| [live.inputs.get(name), live.outputs.get(name)];
            *id == key.to_string()
                || key.all().contains(id)
                || ["id", "arn", "url"].into_iter().flat_map(told).any(|v| v.as_str() == Some(id))
        };
        let other = ids.iter().find(|id| !known(id))?;
        told(
            "Another thing than the configuration names",
            format!(
                "{address} is to be adopted as \"{other}\", but the block stands for what AWS knows \
                 as \"{key}\"."
            ),
        )
    }

    pub(super) fn decide_data(&mut self, address: &Address, found: Option<Object>) {
        let Instance { wanted, spec, scope, .. } = self.instances[address].clone();
        let unknown = |name: &str| Value::Unknown(Unknown::of(address, name));
        let known = found.is_some();
        let outputs = found.unwrap_or_else(|| {
            spec.outputs.iter().map(|spec| (spec.name, unknown(spec.name))).collect()
        });
        let mut after = decide::whole(spec, &wanted.object, &outputs, scope.as_ref());
        if !known {
            for spec in spec.inputs {
                if *after.get(spec.name) == Value::Null
                    && spec.unset == crate::schema::Unset::AwsDecides
                {
                    after.set(spec.name, unknown(spec.name));
                }
            }
            after.set("id", unknown("id"));
        }
        self.known.set(address, after.clone());
        if !known && self.ground.intent.destroy && self.waits_for_gone(&address.block) {
            self.gone.insert(address.clone());
        }
        // What only a check asks for is read by the next plan.
        let asked = self.ground.resolver.block(&address.block).check.is_none();
        if !known && asked && !self.ground.intent.destroy {
            let planned = Planned {
                address: address.clone(),
                spec,
                scope,
                key: None,
                live: None,
                want: wanted.object,
                after,
                change: Change::Read,
            };
            self.plan.changes.insert(address.clone(), planned);
        }
    }

    /// Whether something that `replace_triggered_by` names changes.
    fn triggered(&self, at: &ModuleAddress, block: &Block) -> bool {
        let references = &block.lifecycle.replace_triggered_by;
        let mut named = references.iter().filter_map(|r| Some((r, named_block(at, r)?)));
        named.any(|(traversal, named)| {
            let (address, behind) = named;
            let mut steps = traversal.steps.iter().skip(behind).peekable();
            let index = steps.next_if(|step| !matches!(step, crate::lang::Key::Attribute(_)));
            let attribute = steps.find_map(|step| match step {
                crate::lang::Key::Attribute(name) => Some(name.as_str()),
                _ => None,
            });
            of_block(&self.plan.changes, &address)
                .filter(|(instance, _)| index.is_none_or(|index| may_be(index, &instance.key)))
                .any(|(_, planned)| match &planned.change {
                    Change::Update { fields, .. } => {
                        attribute.is_none_or(|name| fields.iter().any(|field| field.name == name))
                    }
                    Change::Replace { .. } => true,
                    _ => false,
                })
        })
    }

    /// All instances are decided: checks what must hold of them.
    pub(super) fn finish_block(&mut self, address: &BlockAddress) -> State {
        let ground = self.ground;
        let mut problems = Vec::new();
        let mut blocked = None;
        for address in self.known.everywhere(address) {
            for (instance, about) in of_block(&self.instances, &address) {
                // What must not be destroyed is there and known; others can still be told from it.
                if let Some(planned) = self.plan.changes.get(instance)
                    && matches!(planned.change, Change::Blocked(_))
                    && !ground.intent.destroy
                {
                    blocked = Some(instance.clone());
                    continue;
                }
                let object = self.known.blocks.get(&address).and_then(|all| all.get(&instance.key));
                if let Some(object) = object.filter(|_| !ground.intent.destroy) {
                    let resolver = &ground.resolver;
                    let found = resolver.postconditions(&address, &about.each, object, &self.known);
                    problems.extend(found);
                }
            }
        }
        match (self.note(problems), blocked) {
            (State::Done, Some(by)) => State::Blocked(by),
            (state, _) => state,
        }
    }
}

/// What was found beside a resource.
pub(super) enum Beside<'a> {
    Nothing,
    /// Tags of what it is part of.
    Parent(&'a BTreeMap<String, String>),
    /// What a run that was cut off has created to replace it.
    Successor,
}

/// The block that a reference in an instance of a module names, and how many of its steps do that.
pub(super) fn named_block(
    at: &ModuleAddress,
    traversal: &Traversal,
) -> Option<(BlockAddress, usize)> {
    let word = |index: usize| match traversal.steps.get(index) {
        Some(crate::lang::Key::Attribute(name)) => Some(name.as_str()),
        _ => None,
    };
    match traversal.root.as_str() {
        "data" => Some((BlockAddress::data(word(0)?, word(1)?).within(at), 2)),
        root => Some((BlockAddress::managed(root, word(0)?).within(at), 1)),
    }
}

/// Whether an index names that instance, as far as can be told without evaluating it.
fn may_be(index: &crate::lang::Key, key: &InstanceKey) -> bool {
    match (index, key) {
        (crate::lang::Key::Name(name), InstanceKey::Key(key)) => name == key,
        (crate::lang::Key::Index(index), InstanceKey::Index(key)) => {
            index.as_usize().is_some_and(|index| index as u64 == *key)
        }
        (crate::lang::Key::Attribute(_), _) => true,
        (crate::lang::Key::Name(_) | crate::lang::Key::Index(_), _) => false,
    }
}
