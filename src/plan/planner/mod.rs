//! Walks the graph without doing anything itself: it says what must be asked, and is told.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{
    AccountId, Address, BlockAddress, InstanceKey, Mode, ModuleAddress, Region, Scope, Target,
};
use crate::config::Types;
use crate::diagnostic::{Checked, Diagnostic};
use crate::graph::{Each, Graph, Known, Node, Resolver, Wanted};
use crate::plan::aims::Aims;
use crate::plan::decide::Intent;
use crate::plan::planner::orphans::Sweeps;
use crate::plan::{Blocked, Change, OutputChange, Plan, Planned, Step, guard, order, refer};
use crate::schema::{Key, TypeSpec};
use crate::value::Object;

mod instances;
mod orphans;
mod outcome;
mod provider;
mod question;

pub use orphans::Ours;
pub use provider::Connected;
pub use question::{Answer, Request, RequestId, Trouble};

/// What a plan is made from.
pub struct Ground<'a> {
    /// Evaluates expressions.
    pub resolver: Resolver<'a>,
    /// Which block needs which.
    pub graph: &'a Graph,
    /// The tables of all types.
    pub types: Types<'a>,
    /// What is asked for beside the configuration.
    pub intent: Intent,
    /// The only instances to look at, with all that they need; all if there are none.
    pub targets: Vec<Target>,
}

/// A plan in the making.
pub struct Planner<'a> {
    ground: &'a Ground<'a>,
    known: Known,
    connected: BTreeMap<String, Connected>,
    /// Providers of several that did not answer, by alias and key, as what waits for them.
    silent: BTreeMap<String, Address>,
    state: BTreeMap<Node, State>,
    aims: Option<Aims>,
    /// For each node that has not begun, how many of its needs are still to come.
    needs: BTreeMap<Node, usize>,
    /// What can begin, in the order of the graph.
    ready: BTreeSet<(usize, Node)>,
    position: BTreeMap<Node, usize>,
    /// Whose keys are taken.
    claimed: BTreeMap<Claim, Address>,
    /// What a destroy finds gone already, and what cannot be known because of it.
    gone: BTreeSet<Address>,
    /// Instances that are to be replaced, as they are now.
    replaced: BTreeMap<Address, Object>,
    /// What is ours by its tags.
    sweeps: Sweeps,
    open: BTreeMap<RequestId, Waiting>,
    instances: BTreeMap<Address, Instance>,
    plan: Plan,
    problems: Vec<Diagnostic>,
    next: usize,
}

/// A plan, what it is based on, and what was found wrong.
pub struct Finished {
    /// The plan.
    pub plan: Plan,
    /// Values of everything.
    pub known: Known,
    /// What each provider turned out to mean, by alias and key: `west`, `by_account["b"]`.
    pub connected: BTreeMap<String, Connected>,
    /// For each instance, what the configuration wants.
    pub instances: BTreeMap<Address, Instance>,
}

/// What is known of one instance while planning, and what applying it needs again.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its block's `each` or `count`.
    pub each: Each,
    /// What the configuration wants.
    pub wanted: Wanted,
    /// Its type.
    pub spec: &'static TypeSpec,
    /// Alias of its provider, with its key if that has `for_each`.
    pub alias: String,
    /// Where it lives; none for what is local.
    pub scope: Option<Scope>,
    /// What AWS knows it by, if it exists or that is known.
    pub key: Option<Key>,
    /// Whether the configuration declares it; what it does not is ours by its tags.
    pub declared: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Waiting,
    Running {
        requests: usize,
    },
    Done,
    /// Something in the files is wrong; what depends on it is not looked at.
    Failed,
    /// This could not be read or must not be touched; what depends on it cannot be planned.
    Blocked(Address),
    /// Not among the targets.
    Skipped,
}

enum Waiting {
    Provider(Box<provider::Asked>),
    Instance(Address),
    Sweep(Scope),
    Orphan(Address),
}

/// One thing in AWS: account, Region unless it is global, type and key.
type Claim = (AccountId, Option<Region>, &'static str, Key);
impl<'a> Planner<'a> {
    /// Nothing asked yet.
    pub fn new(ground: &'a Ground<'a>, known: Known) -> Self {
        let aims = Aims::of(ground);
        let mut state: BTreeMap<Node, State> = BTreeMap::new();
        let mut position = BTreeMap::new();
        for (index, node) in ground.graph.in_order().into_iter().enumerate() {
            let skip = aims.as_ref().is_some_and(|aims| !aims.nodes.contains(node));
            state.insert(node.clone(), if skip { State::Skipped } else { State::Waiting });
            position.insert(node.clone(), index);
        }
        let to_come = |node: &Node| {
            let needs = ground.graph.needs(node).into_iter();
            needs.filter(|needed| state[*needed] != State::Skipped).count()
        };
        let waiting = state.iter().filter(|(_, state)| **state == State::Waiting);
        let needs: BTreeMap<Node, usize> =
            waiting.map(|(node, _)| (node.clone(), to_come(node))).collect();
        let free = needs.iter().filter(|(_, to_come)| **to_come == 0);
        let ready = free.map(|(node, _)| (position[node], node.clone())).collect();
        Self {
            ground,
            known,
            connected: BTreeMap::new(),
            silent: BTreeMap::new(),
            state,
            aims,
            needs,
            ready,
            position,
            claimed: BTreeMap::new(),
            gone: BTreeSet::new(),
            replaced: BTreeMap::new(),
            sweeps: Sweeps::default(),
            open: BTreeMap::new(),
            instances: BTreeMap::new(),
            plan: Plan { destroy: ground.intent.destroy, ..Plan::default() },
            problems: Vec::new(),
            next: 0,
        }
    }

    /// Goes as far as possible and says what must be asked now. When it says nothing and nothing
    /// is left unanswered, the plan is complete.
    pub fn advance(&mut self) -> Vec<(RequestId, Request)> {
        let mut requests = Vec::new();
        while let Some((_, node)) = self.ready.pop_first() {
            let state = self.start(&node, &mut requests);
            self.arrive(node, state);
        }
        self.look_around(&mut requests);
        requests
    }

    /// Notes how far a node has come. What waited for no other node may begin.
    fn arrive(&mut self, node: Node, state: State) {
        let settled = |state: &State| !matches!(state, State::Waiting | State::Running { .. });
        let first = settled(&state) && !self.state.get(&node).is_some_and(settled);
        self.state.insert(node.clone(), state);
        if !first {
            return;
        }
        for user in self.ground.graph.needed_by(&node) {
            let Some(to_come) = self.needs.get_mut(user) else { continue };
            *to_come -= 1;
            if *to_come == 0 {
                self.ready.insert((self.position[user], user.clone()));
            }
        }
    }

    /// Takes an answer.
    pub fn answer(&mut self, id: RequestId, answer: Answer) {
        match self.open.remove(&id) {
            Some(Waiting::Provider(asked)) => self.identified(*asked, answer),
            Some(Waiting::Instance(address)) => self.told(address, answer),
            Some(Waiting::Sweep(scope)) => self.swept(scope, answer),
            Some(Waiting::Orphan(address)) => self.told_orphan(address, answer),
            None => {}
        }
    }

    /// The plan, with all that was found wrong.
    pub fn finish(mut self) -> Checked<Finished> {
        self.check_named();
        self.check_moved();
        self.check_removed();
        if !self.problems.iter().any(Diagnostic::is_error) {
            self.settle_orphans();
        }
        if !self.problems.iter().any(Diagnostic::is_error) {
            let steps = self.steps().map(|steps| {
                self.plan.steps = steps;
                guard::keep(&mut self.plan)
            });
            // Without what must be kept there are other steps.
            let steps = steps.and_then(|kept| {
                if kept { self.steps() } else { Ok(std::mem::take(&mut self.plan.steps)) }
            });
            match steps {
                Ok(steps) => self.plan.steps = steps,
                Err(conflict) => {
                    let order::Conflict { first, last } = conflict;
                    let span = self.ground.resolver.block(&first.block).span.clone();
                    self.problems.push(
                        Diagnostic::error(
                            "Cannot create before destroying",
                            format!(
                                "{first} is to be created anew before it is destroyed, but it \
                                 needs {last}, which must be destroyed before it is created anew, \
                                 and that only after {first} is gone."
                            ),
                        )
                        .at(span)
                        .hint(format!(
                            "Take create_before_destroy from {}, or set it for {} too if that can \
                             exist twice.",
                            first.block, last.block
                        )),
                    );
                }
            }
        }
        let Self { plan, known, connected, instances, problems, .. } = self;
        (Finished { plan, known, connected, instances }, problems)
    }

    /// All effects, each with what it waits for.
    fn steps(&self) -> Result<Vec<Step>, order::Conflict> {
        let mut steps = order::steps(&self.plan.changes, self.ground.graph)?;
        let orphans = self.instances.iter().filter(|(_, instance)| !instance.declared);
        let orphans = orphans.map(|(address, _)| address.clone()).collect();
        refer::wait(&mut steps, &self.plan.changes, &orphans);
        Ok(steps)
    }

    /// Instances that `-target` and `-replace` name must exist.
    fn check_named(&mut self) {
        let Ground { intent, targets, .. } = self.ground;
        let one = |target: &Target| match target {
            // What is declared without keys was found; which keys there are is known only now.
            Target::Instance(Address { key: InstanceKey::None, block }) => {
                let module = &block.module;
                let known = || self.known.instances(&module.declared()).contains(module);
                *module != module.declared() && !known()
            }
            Target::Instance(_) => true,
            Target::Module(module) => *module != module.declared(),
        };
        let targets = targets.iter().filter(|target| one(target)).cloned();
        let replace = intent.replace.iter().cloned().map(Target::Instance);
        let named = targets.map(|target| ("-target", target));
        let named = named.chain(replace.map(|target| ("-replace", target)));
        let mut found = Vec::new();
        for (option, target) in named {
            if let Some(says) = self.unknown(&target) {
                found.push(Diagnostic::error(
                    "Unknown instance",
                    format!("{option}={target}: {target} {says}."),
                ));
            }
        }
        for address in intent.replace.iter().filter(|a| a.block.mode == Mode::Data) {
            found.push(Diagnostic::error(
                "Nothing to replace",
                format!("{address} is a data source: it is read, not made."),
            ));
        }
        self.problems.extend(found);
    }

    /// What has moved must be gone from where it was.
    fn check_moved(&mut self) {
        let root = self.ground.resolver.module;
        if root.all().iter().all(|(_, module)| module.moved.is_empty()) {
            return;
        }
        for address in self.instances.keys() {
            let before = root.previous(address);
            let Some(still) = before.iter().find(|before| self.instances.contains_key(before))
            else {
                continue;
            };
            let text =
                format!("{still} is said to have moved to {address}, but is still declared.");
            let span = self.ground.resolver.block(&still.block).span.clone();
            self.problems.push(Diagnostic::error("Moved object still exists", text).at(span));
        }
    }

    /// Why what is named does not exist, if so.
    fn unknown(&self, target: &Target) -> Option<String> {
        let address = match target {
            Target::Instance(address) if self.instances.contains_key(address) => return None,
            Target::Instance(address) => Some(address),
            Target::Module(_) => None,
        };
        let module = target.module();
        let node = match address {
            Some(address) => Node::Block(address.block.declared()),
            None => Node::Call(module.declared()),
        };
        match self.state.get(&node) {
            Some(State::Failed | State::Blocked(_)) => return None,
            Some(State::Skipped) => return Some("is not among the targets".to_owned()),
            _ => {}
        }
        let modules = self.known.instances(&module.declared());
        let listed = |all: Vec<String>| match all.as_slice() {
            [] => "has no instances".to_owned(),
            some => format!("is none of its instances: {}", some.join(", ")),
        };
        let Some(address) = address.filter(|_| modules.contains(module)) else {
            let there = modules.iter().any(|instance| module.covers(instance));
            let modules = modules.iter().map(ToString::to_string).collect();
            return (!there || address.is_some()).then(|| listed(modules));
        };
        let block = self.ground.resolver.block(&address.block);
        let all = self.ground.resolver.expand(module, &block.repeat, &self.known);
        let all = all.unwrap_or_default().into_iter();
        Some(listed(all.map(|each| address.block.instance(each.key).to_string()).collect()))
    }

    fn start(&mut self, node: &Node, requests: &mut Vec<(RequestId, Request)>) -> State {
        let needs = self.ground.graph.needs(node);
        let states: Vec<&State> = needs.iter().map(|needed| &self.state[*needed]).collect();
        let failed = states.iter().any(|state| **state == State::Failed);
        let blocked = states.iter().find_map(|state| match state {
            State::Blocked(by) => Some(by.clone()),
            _ => None,
        });
        if failed {
            return State::Failed;
        }
        if let Some(by) = blocked {
            self.block(node, &by);
            return State::Blocked(by);
        }
        match node {
            Node::Variable(at, name) => {
                let instances = self.known.instances(at).into_iter();
                let resolver = &self.ground.resolver;
                let found =
                    instances.flat_map(|at| resolver.validate_variable(&at, name, &self.known));
                let found = found.collect();
                self.note(found)
            }
            // Computed where it is used.
            Node::Local(..) | Node::Whole(_) => State::Done,
            Node::Call(module) => self.call(module),
            Node::Provider(alias) => self.provider(alias, requests),
            Node::Block(address) => self.start_block(address, requests),
            Node::Check(..) if self.ground.intent.destroy => State::Done,
            Node::Check(at, name) => {
                let instances = self.known.instances(at).into_iter();
                let resolver = &self.ground.resolver;
                let found = instances.flat_map(|at| resolver.check(&at, name, &self.known));
                self.problems.extend(found.collect::<Vec<_>>());
                State::Done
            }
            Node::Output(at, name) if at.is_root() => self.output(name),
            Node::Output(at, name) => self.output_of(at, name),
        }
    }

    /// The instances of a module, one after another of those of the module that calls it.
    fn call(&mut self, module: &ModuleAddress) -> State {
        let Resolver { module: root, .. } = self.ground.resolver;
        let (Some((caller, step)), Some(call)) = (module.parent(), root.call(module)) else {
            return State::Done;
        };
        let mut problems = Vec::new();
        for caller in self.known.instances(&caller) {
            match self.ground.resolver.expand(&caller, &call.repeat, &self.known) {
                Ok(all) => {
                    for each in all {
                        self.known.add_module(caller.child(&step.name, each.key));
                    }
                }
                Err(found) => problems.extend(found),
            }
        }
        self.note(problems)
    }

    /// What a module hands on is computed where it is used; here it is only checked.
    fn output_of(&mut self, at: &ModuleAddress, name: &str) -> State {
        if self.ground.intent.destroy {
            return State::Done;
        }
        let instances = self.known.instances(at).into_iter();
        let resolver = &self.ground.resolver;
        let found = instances.filter_map(|at| resolver.output_of(&at, name, &self.known).err());
        let found = found.flatten().collect();
        self.note(found)
    }

    fn note(&mut self, found: Vec<Diagnostic>) -> State {
        let failed = found.iter().any(Diagnostic::is_error);
        self.problems.extend(found);
        if failed { State::Failed } else { State::Done }
    }

    /// A node whose need is blocked: its instances are shown as waiting for that.
    fn block(&mut self, node: &Node, by: &Address) {
        let Node::Block(address) = node else { return };
        if address.mode == Mode::Data {
            return;
        }
        let Some(spec) = self.ground.types.find(address.mode, &address.type_name) else { return };
        let block = self.ground.resolver.block(address);
        let mut all: Vec<Address> = Vec::new();
        for address in self.known.everywhere(address) {
            let each = self.ground.resolver.expand(&address.module, &block.repeat, &self.known);
            let each = each.unwrap_or_default().into_iter();
            let before = all.len();
            all.extend(each.map(|each| address.instance(each.key)));
            if all.len() == before {
                all.push(address.instance(InstanceKey::None));
            }
        }
        if all.is_empty() {
            all.push(address.instance(InstanceKey::None));
        }
        for address in all {
            let planned = Planned {
                address: address.clone(),
                spec,
                scope: None,
                key: None,
                live: None,
                want: Object::default(),
                after: Object::default(),
                change: Change::Blocked(Blocked::Upstream(by.clone())),
            };
            self.plan.changes.insert(address, planned);
        }
    }

    fn request(&mut self, waiting: Waiting) -> RequestId {
        let id = RequestId(self.next);
        self.next += 1;
        self.open.insert(id, waiting);
        id
    }

    fn output(&mut self, name: &str) -> State {
        if self.ground.intent.destroy {
            return State::Done;
        }
        match self.ground.resolver.output(name, &self.known) {
            Ok(value) => {
                let sensitive = self.ground.resolver.module.outputs[name].sensitive;
                let change = OutputChange { after: value, sensitive };
                self.plan.outputs.insert(name.to_owned(), change);
                State::Done
            }
            Err(found) => self.note(found),
        }
    }
}

/// What belongs to the instances of one block.
fn of_block<'m, T>(
    all: &'m BTreeMap<Address, T>,
    block: &BlockAddress,
) -> impl Iterator<Item = (&'m Address, &'m T)> {
    let block = block.clone();
    all.range(block.instance(InstanceKey::None)..).take_while(move |(a, _)| a.block == block)
}

fn of_block_set<'m>(
    all: &'m BTreeSet<Address>,
    block: &BlockAddress,
) -> impl Iterator<Item = &'m Address> {
    let block = block.clone();
    all.range(block.instance(InstanceKey::None)..).take_while(move |a| a.block == block)
}
