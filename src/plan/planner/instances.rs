//! The instances of a block: what must be asked about them, and what the answers are.
use std::collections::BTreeMap;

use crate::address::{Address, BlockAddress, InstanceKey, Mode, ModuleAddress, Scope};
use crate::config::Block;
use crate::diagnostic::Diagnostic;
use crate::graph::{Each, Node};
use crate::lang::{self, Traversal};
use crate::plan::planner::outcome::{Beside, named_block};
use crate::plan::planner::provider;
use crate::plan::planner::{
    Answer, Instance, Planner, Request, RequestId, State, Trouble, Waiting, of_block, of_block_set,
};
use crate::plan::{Blocked, Change, Planned, Unreadable};
use crate::schema::{Identity, Key, Placement, Role, TypeSpec};
use crate::value::{Object, Value};

impl Planner<'_> {
    pub(super) fn start_block(
        &mut self,
        address: &BlockAddress,
        requests: &mut Vec<(RequestId, Request)>,
    ) -> State {
        let mut asked = 0;
        let mut problems = Vec::new();
        let mut waits = false;
        for address in self.known.everywhere(address) {
            match self.start_in(&address, requests) {
                Ok(some) => asked += some,
                Err(_) if self.waits_for_gone(&address) => waits = true,
                Err(found) => problems.extend(found),
            }
        }
        match self.note(problems) {
            State::Done if asked > 0 => State::Running { requests: asked },
            State::Done if waits => State::Done,
            State::Done => self.finish_block(address),
            // Answers may still come; they change nothing.
            other => other,
        }
    }

    /// Begins with the instances of a block in one instance of its module; says how many questions
    /// there are.
    fn start_in(
        &mut self,
        address: &BlockAddress,
        requests: &mut Vec<(RequestId, Request)>,
    ) -> Result<usize, Vec<Diagnostic>> {
        let ground = self.ground;
        let block = ground.resolver.block(address);
        let Some(spec) = ground.types.find(address.mode, &address.type_name) else {
            return Ok(0);
        };
        let all = ground.resolver.expand(&address.module, &block.repeat, &self.known)?;
        let alias = ground.resolver.module.provider(&address.module, &block.provider.0);
        let alias = alias.unwrap_or_default();
        self.known.blocks.entry(address.clone()).or_default();
        let scene = ground.resolver.scene(address, &self.known)?;
        let mut problems = Vec::new();
        let mut asked = 0;
        for each in all {
            let instance = address.instance(each.key.clone());
            if self.aims.as_ref().is_some_and(|aims| !aims.looks_at(&instance)) {
                continue;
            }
            let alias =
                match scene.provider_key(&each).and_then(|key| self.named(&alias, &key, block)) {
                    Ok(alias) => alias,
                    Err(found) => {
                        problems.extend(found);
                        continue;
                    }
                };
            let connected = self.connected.get(&alias).cloned();
            let tags = connected
                .as_ref()
                .and_then(|c| c.settings.default_tags.as_ref())
                .map(|default| default.tags.clone())
                .unwrap_or_default();
            let wanted = match scene.instance(&each, spec, &tags) {
                Ok(wanted) => wanted,
                Err(found) => {
                    problems.extend(found);
                    continue;
                }
            };
            if !ground.intent.destroy
                && let Err(found) = scene.preconditions(&each)
            {
                problems.extend(found);
                continue;
            }
            if !ground.intent.destroy {
                self.warn(&wanted.warnings);
            }
            let scope = connected.as_ref().map(|connected| Scope {
                account: connected.account.clone(),
                region: wanted.region.clone().unwrap_or_else(|| connected.region.clone()),
            });
            let scope = scope.filter(|_| spec.placement != Placement::Local);
            let key = match (address.mode, spec.identity) {
                (Mode::Managed, Identity::Named | Identity::Child | Identity::Listed) => {
                    Key::of(spec.inputs, &wanted.object)
                        .or_else(|| self.key_until_now(address, &each, spec, &tags))
                }
                (Mode::Managed, Identity::Single) => {
                    scope.as_ref().map(|scope| single(spec, scope))
                }
                _ => None,
            };
            if let (Some(scope), Some(key)) = (&scope, &key)
                && let Some(twin) = self.claim(&instance, scope, spec, key)
            {
                problems.push(
                    Diagnostic::error(
                        "Two addresses for one resource",
                        format!(
                            "{twin} and {instance} both stand for the {} that AWS knows as {key} \
                             in {scope}. There can be only one.",
                            spec.name
                        ),
                    )
                    .at(block.span.clone()),
                );
                continue;
            }
            let silent = self.silent.get(&alias).cloned();
            if let Some(scope) = scope.as_ref().filter(|_| address.mode == Mode::Managed) {
                self.sweep(&alias, scope);
            }
            let about = Instance { each, wanted, spec, alias, scope, key, declared: true };
            self.instances.insert(instance.clone(), about);
            if let Some(provider) = silent {
                self.set_aside(&instance, Blocked::Upstream(provider));
                continue;
            }
            match self.ask(&instance, block) {
                Asked::Request(request) => {
                    requests.push((self.request(Waiting::Instance(instance)), request));
                    asked += 1;
                }
                Asked::Nothing => {}
            }
        }
        // What was asked already has its answer coming, which changes nothing then.
        if problems.is_empty() { Ok(asked) } else { Err(problems) }
    }

    /// The provider of that alias and key, which must be there.
    fn named(
        &self,
        alias: &str,
        key: &InstanceKey,
        block: &Block,
    ) -> Result<String, Vec<Diagnostic>> {
        let known_as = provider::label(alias, key);
        let is_there = *key == InstanceKey::None
            || self.connected.contains_key(&known_as)
            || self.silent.contains_key(&known_as);
        if is_there {
            return Ok(known_as);
        }
        let of_alias = format!("{alias}[");
        let all = self.connected.keys().chain(self.silent.keys());
        let mut all: Vec<String> = all
            .filter(|known| known.starts_with(&of_alias))
            .map(|known| format!("aws.{known}"))
            .collect();
        all.sort();
        let there = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        let text = format!("There is no provider aws.{known_as}; there is {there}.");
        let place = block.provider.1.clone().unwrap_or_else(|| block.span.clone());
        Err(vec![Diagnostic::error("Unknown provider", text).at(place)])
    }

    /// Instances of one block say the same: it is told once.
    fn warn(&mut self, warnings: &[Diagnostic]) {
        for warning in warnings {
            if !self.problems.contains(warning) {
                self.problems.push(warning.clone());
            }
        }
    }

    /// Notes whose key it is; tells who else has it.
    fn claim(
        &mut self,
        instance: &Address,
        scope: &Scope,
        spec: &'static TypeSpec,
        key: &Key,
    ) -> Option<Address> {
        let region = (spec.placement != Placement::Global).then(|| scope.region.clone());
        let claim = (scope.account.clone(), region, spec.name, key.clone());
        let first = self.claimed.entry(claim).or_insert_with(|| instance.clone());
        (first != instance).then(|| first.clone())
    }

    /// The key under which an instance is found now, when what its key speaks of is to be
    /// replaced: with that as it still is.
    fn key_until_now(
        &self,
        block: &BlockAddress,
        each: &Each,
        spec: &'static TypeSpec,
        tags: &BTreeMap<String, String>,
    ) -> Option<Key> {
        if self.replaced.is_empty() {
            return None;
        }
        let mut known = self.known.clone();
        for (address, object) in &self.replaced {
            known.set(address, object.clone());
        }
        let wanted = self.ground.resolver.instance(block, each, spec, tags, &known).ok()?;
        Key::of(spec.inputs, &wanted.object)
    }

    /// Whether something that the block needs is gone, in a destroy that was begun before.
    pub(super) fn waits_for_gone(&self, address: &BlockAddress) -> bool {
        if self.gone.is_empty() {
            return false;
        }
        let needed = self.ground.graph.blocks_needed(&Node::Block(address.declared()));
        let mut places = needed.into_iter().flat_map(|needed| self.known.everywhere(needed));
        places.any(|needed| of_block_set(&self.gone, &needed).next().is_some())
    }

    /// What must be asked to know what an instance is now, if there is anything to ask.
    fn ask(&mut self, address: &Address, block: &Block) -> Asked {
        let Instance { wanted, spec, alias, scope, key, .. } = &self.instances[address];
        let (spec, alias) = (*spec, alias.clone());
        let request = match (address.block.mode, spec.identity, scope.clone(), key.clone()) {
            (Mode::Data, _, scope, _) => {
                if !wanted.object.0.values().all(Value::is_known)
                    || self.must_wait(&address.block, block, spec)
                {
                    self.decide_data(address, None);
                    return Asked::Nothing;
                }
                let (address, want) = (address.clone(), wanted.object.clone());
                Request::Data { address, alias, scope, spec, want }
            }
            (Mode::Managed, Identity::Minted(_), Some(scope), _) => Request::Find {
                address: address.clone(),
                alias,
                scope,
                spec,
                before: self.ground.resolver.module.previous(address),
                adopt: self.to_adopt(address).and_then(|ids| ids.first()).map(|id| Key::of_arn(id)),
                want: wanted.object.clone(),
            },
            (Mode::Managed, Identity::Listed, Some(scope), Some(key)) => Request::Find {
                address: address.clone(),
                alias,
                scope,
                spec,
                before: Vec::new(),
                adopt: None,
                want: key.within(spec.inputs, &wanted.object),
            },
            (Mode::Managed, _, Some(scope), Some(key)) => Request::Read {
                address: address.clone(),
                alias,
                scope,
                spec,
                key,
                want: wanted.object.clone(),
            },
            (Mode::Managed, _, _, _) => {
                self.without_key(address);
                return Asked::Nothing;
            }
        };
        Asked::Request(request)
    }

    /// What AWS knows that by which is to be adopted.
    pub(super) fn to_adopt(&self, address: &Address) -> Option<&Vec<String>> {
        self.ground.intent.adopt.get(address).filter(|_| !self.ground.intent.destroy)
    }

    /// What has no key yet does not exist. When all is to be destroyed, what it waits for tells
    /// whether that is so: what is gone had to go after it.
    fn without_key(&mut self, address: &Address) {
        if !self.ground.intent.destroy {
            return self.decide_resource(address, None, Beside::Nothing);
        }
        let Instance { wanted, spec, .. } = &self.instances[address];
        let keys = spec.inputs.iter().filter(|spec| spec.role == Role::Key);
        let sources = keys.flat_map(|spec| wanted.object.get(spec.name).sources());
        let unseen =
            sources.map(|source| source.address).find(|source| !self.gone.contains(source));
        match unseen {
            None => self.decide_resource(address, None, Beside::Nothing),
            Some(by) => self.set_aside(address, Blocked::Upstream(by)),
        }
    }

    /// A data source that speaks of what is still to change is read afterwards, even when all that
    /// it asks by is known: it tells of the thing, not of its name. As in Terraform, what counts is
    /// what the source itself names, there or in `depends_on`, not what a local value leads to.
    fn must_wait(&self, address: &BlockAddress, block: &Block, spec: &TypeSpec) -> bool {
        // What is to be destroyed is still there now, and never again.
        if self.ground.intent.destroy {
            return false;
        }
        // What is computed here from known values comes out the same afterwards.
        let local = spec.placement == Placement::Local;
        let mut own = block.body.expressions().filter(|_| !local).flat_map(lang::references);
        let named = |named: &Traversal| self.changing(&address.module, named, false);
        own.any(|traversal| named(&traversal)) || self.after_changes(address, block)
    }

    /// Whether something changes that `depends_on` names, of the block or of a call around it.
    fn after_changes(&self, address: &BlockAddress, block: &Block) -> bool {
        let mut at = address.module.clone();
        let mut depends_on = &block.depends_on;
        loop {
            if depends_on.iter().any(|named| self.changing(&at, named, true)) {
                return true;
            }
            let Some((caller, call)) = at.parent().zip(self.ground.resolver.module.call(&at))
            else {
                return false;
            };
            (at, depends_on) = (caller.0, &call.depends_on);
        }
    }

    /// Whether what a reference names changes. `whole`: a module stands for all in it.
    fn changing(&self, at: &ModuleAddress, traversal: &Traversal, whole: bool) -> bool {
        let changes = |planned: &Planned| planned.change != Change::Keep;
        if let ("module", Some(lang::Key::Attribute(name))) =
            (traversal.root.as_str(), traversal.steps.first())
        {
            let module = at.child(name, InstanceKey::None);
            let mut all = self.plan.changes.iter().filter(|(a, _)| module.covers(&a.block.module));
            return whole && all.any(|(_, planned)| changes(planned));
        }
        let named = named_block(at, traversal);
        let mut all = named.iter().flat_map(|(a, _)| of_block(&self.plan.changes, a));
        all.any(|(_, planned)| changes(planned))
    }

    pub(super) fn told(&mut self, address: Address, answer: Answer) {
        let node = Node::Block(address.block.declared());
        let mut blocked = None;
        let mut failed = false;
        match answer {
            Answer::Resource(found) => {
                let live = found.map(|(key, live)| {
                    self.learn_key(&address, key);
                    live
                });
                self.decide_resource(&address, live, Beside::Nothing);
            }
            Answer::Part(key, live, tags) => {
                self.learn_key(&address, key);
                self.decide_resource(&address, Some(live), Beside::Parent(&tags));
            }
            Answer::Unfinished(key, live) => {
                self.learn_key(&address, key);
                self.decide_resource(&address, Some(live), Beside::Successor);
            }
            Answer::Data(object) => self.decide_data(&address, Some(object)),
            // A check that cannot be made stops nothing.
            Answer::Trouble(
                Trouble::Unreachable(text) | Trouble::Denied(text) | Trouble::Wrong(text, _),
            ) if self.ground.resolver.block(&address.block).check.is_some() => {
                let block = self.ground.resolver.block(&address.block);
                let problem = Diagnostic::warning(format!("Cannot read {address}"), text);
                self.problems.push(problem.at(block.span.clone()));
                failed = true;
            }
            Answer::Trouble(Trouble::Unreachable(text)) => {
                self.unreadable(&address, text, true);
                blocked = Some(address.clone());
            }
            Answer::Trouble(Trouble::Denied(text)) => {
                self.unreadable(&address, text, false);
                blocked = Some(address.clone());
            }
            // What it looks for may have gone in a destroy that was begun before.
            Answer::Trouble(Trouble::Wrong(text, _))
                if self.ground.intent.destroy && address.block.mode == Mode::Data =>
            {
                let problem = Diagnostic::warning(format!("Cannot read {address}"), text);
                let span = self.ground.resolver.block(&address.block).span.clone();
                self.problems.push(problem.at(span));
                self.decide_data(&address, None);
            }
            Answer::Trouble(Trouble::Wrong(text, hint)) => {
                let span = self.ground.resolver.block(&address.block).span.clone();
                let problem = Diagnostic::error(format!("Cannot read {address}"), text).at(span);
                self.problems.push(match hint {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                });
                failed = true;
            }
            Answer::Identified(..) | Answer::Swept(..) => unreachable!("an instance was asked for"),
        }
        let requests = match &self.state[&node] {
            State::Running { requests } => requests - 1,
            _ => return,
        };
        let state = match (failed, blocked, requests) {
            (true, _, _) => State::Failed,
            (_, Some(by), 0) => State::Blocked(by),
            (_, _, 0) => self.finish_block(&address.block.declared()),
            _ => State::Running { requests },
        };
        self.arrive(node, state);
    }

    fn learn_key(&mut self, address: &Address, key: Key) {
        if let Some(instance) = self.instances.get_mut(address) {
            instance.key = Some(key);
        }
    }

    fn unreadable(&mut self, address: &Address, reason: String, unreachable: bool) {
        self.plan.unreadable.push(Unreadable {
            address: address.clone(),
            scope: self.instances[address].scope.clone(),
            reason: reason.clone(),
            unreachable,
        });
        self.set_aside(address, Blocked::Unreadable(reason));
    }

    /// An instance about which nothing can be said.
    fn set_aside(&mut self, address: &Address, why: Blocked) {
        let Instance { wanted, spec, scope, key, .. } = &self.instances[address];
        let planned = Planned {
            address: address.clone(),
            spec,
            scope: scope.clone(),
            key: key.clone(),
            live: None,
            after: Object::default(),
            want: wanted.object.clone(),
            change: Change::Blocked(why),
        };
        self.plan.changes.insert(address.clone(), planned);
    }
}

/// What settings are known by: where they hold.
fn single(spec: &TypeSpec, scope: &Scope) -> Key {
    match spec.placement {
        Placement::Global => Key::only(scope.account.as_str()),
        Placement::Regional | Placement::Local => Key::only(scope.region.as_str()),
    }
}

/// What there is to ask about an instance.
enum Asked {
    Request(Request),
    Nothing,
}
