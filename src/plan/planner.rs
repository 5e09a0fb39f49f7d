//! Walks the graph without doing anything itself: it says what must be asked, and is told.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{AccountId, Address, BlockAddress, InstanceKey, Mode, Region, Scope};
use crate::config::provider::Provider;
use crate::config::{Block, Types};
use crate::diagnostic::{Checked, Diagnostic};
use crate::graph::{Each, Graph, Known, Node, Resolver, Wanted};
use crate::lang::Traversal;
use crate::plan::aims::Aims;
use crate::plan::decide::{self, Intent, decide};
use crate::plan::{
    Because, Blocked, Change, OutputChange, Plan, Planned, Unreadable, guard, order,
};
use crate::schema::{Identity, Key, Placement, Role, TypeSpec};
use crate::value::{Object, Observed, Unknown, Value};

/// Number of a [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(usize);

/// Something that must be asked before the plan can go on.
#[derive(Debug, Clone)]
pub enum Request {
    /// Which account and Region a provider means.
    Identify {
        /// Alias of the provider.
        alias: String,
        /// How to reach it.
        settings: Provider,
    },
    /// A resource, by its key.
    Read {
        /// Its address.
        address: Address,
        /// Alias of its provider.
        alias: String,
        /// Where it lives.
        scope: Scope,
        /// Its type.
        spec: &'static TypeSpec,
        /// What AWS knows it by.
        key: Key,
        /// What the configuration wants, for the options that AWS does not hold.
        want: Object,
    },
    /// A resource that AWS named, by its ownership tags.
    Find {
        /// Its address.
        address: Address,
        /// Alias of its provider.
        alias: String,
        /// Where it lives.
        scope: Scope,
        /// Its type.
        spec: &'static TypeSpec,
        /// What the configuration wants, for the options that AWS does not hold.
        want: Object,
    },
    /// A data source.
    Data {
        /// Its address.
        address: Address,
        /// Alias of its provider.
        alias: String,
        /// Where to look; none for what is local.
        scope: Option<Scope>,
        /// Its type.
        spec: &'static TypeSpec,
        /// What to look for.
        want: Object,
    },
}

/// What was found out.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Account and Region of a provider.
    Identified(AccountId, Region),
    /// The resource, if it exists, and its key.
    Resource(Option<(Key, Observed)>),
    /// A resource that has no tags itself, and the tags of what it is part of.
    Part(Key, Observed, BTreeMap<String, String>),
    /// The resource, and that a run which was cut off has created its successor already.
    Unfinished(Key, Observed),
    /// What the data source tells.
    Data(Object),
    /// It could not be found out.
    Trouble(Trouble),
}

/// Why something could not be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No answer came: the Region may be down.
    Unreachable(String),
    /// AWS did not let us see it.
    Denied(String),
    /// What was asked for is wrong: the user must fix it. Text and advice.
    Wrong(String, Option<String>),
}

/// What a provider turned out to mean.
#[derive(Debug, Clone)]
pub struct Connected {
    /// How to reach it.
    pub settings: Provider,
    /// Its account.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
}

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
    /// The only instances to look at, with all that they need; all if there are none. An address
    /// without a key stands for all instances of its block.
    pub targets: Vec<Address>,
}

/// A plan in the making.
pub struct Planner<'a> {
    ground: &'a Ground<'a>,
    known: Known,
    connected: BTreeMap<String, Connected>,
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
    /// What each provider turned out to mean, by alias.
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
    /// Alias of its provider.
    pub alias: String,
    /// Where it lives; none for what is local.
    pub scope: Option<Scope>,
    /// What AWS knows it by, if it exists or that is known.
    pub key: Option<Key>,
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
    Provider(String, Provider),
    Instance(Address),
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
            state,
            aims,
            needs,
            ready,
            position,
            claimed: BTreeMap::new(),
            gone: BTreeSet::new(),
            replaced: BTreeMap::new(),
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
            Some(Waiting::Provider(alias, settings)) => self.identified(alias, settings, answer),
            Some(Waiting::Instance(address)) => self.told(address, answer),
            None => {}
        }
    }

    /// The plan, with all that was found wrong.
    pub fn finish(mut self) -> Checked<Finished> {
        self.check_named();
        if !self.problems.iter().any(Diagnostic::is_error) {
            let steps = order::steps(&self.plan.changes, self.ground.graph).map(|steps| {
                self.plan.steps = steps;
                guard::keep(&mut self.plan)
            });
            // Without what must be kept there are other steps.
            let steps = steps.and_then(|kept| match kept {
                true => order::steps(&self.plan.changes, self.ground.graph),
                false => Ok(std::mem::take(&mut self.plan.steps)),
            });
            match steps {
                Ok(steps) => self.plan.steps = steps,
                Err(conflict) => {
                    let order::Conflict { first, last } = conflict;
                    let span = self.ground.resolver.module.blocks[&first.block].span.clone();
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

    /// Instances that `-target` and `-replace` name must exist.
    fn check_named(&mut self) {
        let Ground { intent, targets, .. } = self.ground;
        let targets = targets.iter().filter(|address| address.key != InstanceKey::None);
        let targets = targets.map(|address| ("-target", address));
        let replace = intent.replace.iter().map(|address| ("-replace", address));
        let mut found = Vec::new();
        for (option, address) in targets.chain(replace) {
            let state = self.state.get(&Node::Block(address.block.clone()));
            let says = match state {
                _ if self.instances.contains_key(address) => continue,
                Some(State::Failed | State::Blocked(_)) => continue,
                Some(State::Skipped) => "is not among the targets".to_owned(),
                _ => {
                    let Resolver { module, .. } = &self.ground.resolver;
                    let block = &module.blocks[&address.block];
                    let all = self.ground.resolver.expand(block, &self.known).unwrap_or_default();
                    let all = all.into_iter().map(|each| address.block.instance(each.key));
                    let all: Vec<String> = all.map(|address| address.to_string()).collect();
                    match all.as_slice() {
                        [] => "has no instances".to_owned(),
                        some => format!("is none of its instances: {}", some.join(", ")),
                    }
                }
            };
            found.push(Diagnostic::error(
                "Unknown instance",
                format!("{option}={address}: {address} {says}."),
            ));
        }
        for address in intent.replace.iter().filter(|a| a.block.mode == Mode::Data) {
            found.push(Diagnostic::error(
                "Nothing to replace",
                format!("{address} is a data source: it is read, not made."),
            ));
        }
        self.problems.extend(found);
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
            Node::Variable(name) => {
                let found = self.ground.resolver.validate_variable(name, &self.known);
                self.note(found)
            }
            // Computed where it is used.
            Node::Local(_) => State::Done,
            Node::Provider(alias) => self.provider(alias, requests),
            Node::Block(address) => self.start_block(address, requests),
            Node::Output(name) => self.output(name),
        }
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
        let block = &self.ground.resolver.module.blocks[address];
        let each = self.ground.resolver.expand(block, &self.known).unwrap_or_default();
        let keys = each.into_iter().map(|each| address.instance(each.key));
        let mut all: Vec<Address> = keys.collect();
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

    fn provider(&mut self, alias: &str, requests: &mut Vec<(RequestId, Request)>) -> State {
        let module = self.ground.resolver.module;
        let in_aws = |block: &Block| {
            let spec = self.ground.types.find(block.address.mode, &block.address.type_name);
            let skipped =
                self.state.get(&Node::Block(block.address.clone())) == Some(&State::Skipped);
            spec.is_some_and(|spec| spec.placement != Placement::Local) && !skipped
        };
        if !module.blocks.values().any(|block| block.provider.0 == alias && in_aws(block)) {
            return State::Done;
        }
        match self.ground.resolver.provider(alias, &self.known) {
            Err(found) => self.note(found),
            Ok(settings) => {
                let id = self.request(Waiting::Provider(alias.to_owned(), settings.clone()));
                requests.push((id, Request::Identify { alias: alias.to_owned(), settings }));
                State::Running { requests: 1 }
            }
        }
    }

    fn identified(&mut self, alias: String, settings: Provider, answer: Answer) {
        let node = Node::Provider(alias.clone());
        let span = self.ground.resolver.module.providers.get(&alias).map(|p| p.span.clone());
        let at = |problem: Diagnostic| match &span {
            Some(span) => problem.at(span.clone()),
            None => problem,
        };
        let label = if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
        let state = match answer {
            Answer::Identified(account, region) => match refused_account(&settings, &account) {
                Some(text) => {
                    let summary = format!("Provider {label} is for another account");
                    self.note(vec![at(Diagnostic::error(summary, text))])
                }
                None => {
                    self.connected.insert(alias, Connected { settings, account, region });
                    State::Done
                }
            },
            Answer::Trouble(Trouble::Unreachable(text)) => {
                let address = BlockAddress::managed("provider", &label).instance(InstanceKey::None);
                self.plan.unreadable.push(Unreadable {
                    address: address.clone(),
                    scope: None,
                    reason: text,
                    unreachable: true,
                });
                State::Blocked(address)
            }
            Answer::Trouble(Trouble::Denied(text)) => {
                let summary = format!("Provider {label} is not allowed in");
                let problem = at(Diagnostic::error(summary, text));
                self.note(vec![match &settings.assume_role {
                    Some(role) => problem.hint(format!(
                        "{} must exist, its trust policy must name who calls, and who calls must be \
                         allowed sts:AssumeRole on it.",
                        role.role_arn.as_str()
                    )),
                    None => problem,
                }])
            }
            Answer::Trouble(Trouble::Wrong(text, hint)) => {
                let problem =
                    at(Diagnostic::error(format!("Provider {label} cannot be used"), text));
                let problem = match (hint, &settings.profile) {
                    (Some(_), Some(profile)) => problem.hint(format!(
                        "The provider takes them from the profile \"{profile}\": look whether \
                         ~/.aws/config or ~/.aws/credentials has it, and log in again if it is \
                         there (`aws sso login --profile {profile}`)."
                    )),
                    (Some(hint), None) => problem.hint(hint),
                    (None, _) => problem,
                };
                self.note(vec![problem])
            }
            Answer::Resource(_) | Answer::Part(..) | Answer::Unfinished(..) | Answer::Data(_) => {
                unreachable!("a provider was asked for")
            }
        };
        self.arrive(node, state);
    }

    fn start_block(
        &mut self,
        address: &BlockAddress,
        requests: &mut Vec<(RequestId, Request)>,
    ) -> State {
        let ground = self.ground;
        let block = &ground.resolver.module.blocks[address];
        let Some(spec) = ground.types.find(address.mode, &address.type_name) else {
            return State::Failed;
        };
        let all = match ground.resolver.expand(block, &self.known) {
            Ok(all) => all,
            Err(_) if self.waits_for_gone(address) => return State::Done,
            Err(found) => return self.note(found),
        };
        let alias = &block.provider.0;
        let connected = self.connected.get(alias).cloned();
        let tags = connected
            .as_ref()
            .and_then(|c| c.settings.default_tags.as_ref())
            .map(|default| default.tags.clone())
            .unwrap_or_default();
        self.known.blocks.entry(address.clone()).or_default();
        let scene = match ground.resolver.scene(block, &self.known) {
            Ok(scene) => scene,
            Err(found) => return self.note(found),
        };
        let mut problems = Vec::new();
        let mut asked = 0;
        for each in all {
            let instance = address.instance(each.key.clone());
            if self.aims.as_ref().is_some_and(|aims| !aims.looks_at(&instance)) {
                continue;
            }
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
            let scope = connected.as_ref().map(|connected| Scope {
                account: connected.account.clone(),
                region: wanted.region.clone().unwrap_or_else(|| connected.region.clone()),
            });
            let scope = scope.filter(|_| spec.placement != Placement::Local);
            let key = match (address.mode, spec.identity) {
                (Mode::Managed, Identity::Named | Identity::Child) => {
                    Key::of(spec.inputs, &wanted.object)
                        .or_else(|| self.key_until_now(block, &each, spec, &tags))
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
            let about = Instance { each, wanted, spec, alias: alias.clone(), scope, key };
            self.instances.insert(instance.clone(), about);
            match self.ask(&instance, block) {
                Asked::Request(request) => {
                    requests.push((self.request(Waiting::Instance(instance)), request));
                    asked += 1;
                }
                Asked::Nothing => {}
            }
        }
        match self.note(problems) {
            State::Done if asked > 0 => State::Running { requests: asked },
            State::Done => self.finish_block(address),
            // Answers may still come; they change nothing.
            other => other,
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
        block: &Block,
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
    fn waits_for_gone(&self, address: &BlockAddress) -> bool {
        if self.gone.is_empty() {
            return false;
        }
        let needed = self.ground.graph.blocks_needed(&Node::Block(address.clone()));
        needed.into_iter().any(|needed| of_block_set(&self.gone, needed).next().is_some())
    }

    /// What must be asked to know what an instance is now, if there is anything to ask.
    fn ask(&mut self, address: &Address, block: &Block) -> Asked {
        let Instance { wanted, spec, alias, scope, key, .. } = &self.instances[address];
        let (spec, alias) = (*spec, alias.clone());
        let request = match (address.block.mode, spec.identity, scope.clone(), key.clone()) {
            (Mode::Data, _, scope, _) => {
                if !wanted.object.0.values().all(Value::is_known) || self.must_wait(block) {
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
                want: wanted.object.clone(),
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

    /// A data source that depends by `depends_on` on what is still to change is read afterwards.
    fn must_wait(&self, block: &Block) -> bool {
        // What is to be destroyed is still there now, and never again.
        if self.ground.intent.destroy {
            return false;
        }
        let changing = |address: &BlockAddress| {
            of_block(&self.plan.changes, address).any(|(_, p)| p.change != Change::Keep)
        };
        block.depends_on.iter().filter_map(named_block).any(|(address, _)| changing(&address))
    }

    fn told(&mut self, address: Address, answer: Answer) {
        let node = Node::Block(address.block.clone());
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
                let span = self.ground.resolver.module.blocks[&address.block].span.clone();
                self.problems.push(problem.at(span));
                self.decide_data(&address, None);
            }
            Answer::Trouble(Trouble::Wrong(text, hint)) => {
                let span = self.ground.resolver.module.blocks[&address.block].span.clone();
                let problem = Diagnostic::error(format!("Cannot read {address}"), text).at(span);
                self.problems.push(match hint {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                });
                failed = true;
            }
            Answer::Identified(..) => unreachable!("an instance was asked for"),
        }
        let requests = match &self.state[&node] {
            State::Running { requests } => requests - 1,
            _ => return,
        };
        let state = match (failed, blocked, requests) {
            (true, _, _) => State::Failed,
            (_, Some(by), 0) => State::Blocked(by),
            (_, _, 0) => self.finish_block(&address.block),
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

    fn decide_resource(&mut self, address: &Address, live: Option<Observed>, beside: Beside<'_>) {
        let Instance { wanted, spec, scope, key, .. } = &self.instances[address];
        let (spec, scope, key) = (*spec, scope.clone(), key.clone());
        let block = &self.ground.resolver.module.blocks[&address.block];
        let (parent, trigger) = match beside {
            Beside::Nothing => (None, None),
            Beside::Parent(tags) => (Some(tags), None),
            Beside::Successor => (None, Some(Because::Requested)),
        };
        let trigger = trigger.or_else(|| self.triggered(block).then_some(Because::Triggered));
        let intent = &self.ground.intent;
        let change = match &self.aims {
            Some(aims) if intent.destroy && !aims.acts_on(address) => Change::Keep,
            _ => decide(address, spec, wanted, live.as_ref(), parent, trigger, intent),
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

    fn decide_data(&mut self, address: &Address, found: Option<Object>) {
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
        if !known && !self.ground.intent.destroy {
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
    fn triggered(&self, block: &Block) -> bool {
        let references = &block.lifecycle.replace_triggered_by;
        references.iter().filter_map(|r| Some((r, named_block(r)?))).any(|(traversal, named)| {
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
    fn finish_block(&mut self, address: &BlockAddress) -> State {
        let ground = self.ground;
        let block = &ground.resolver.module.blocks[address];
        let mut problems = Vec::new();
        let mut blocked = None;
        for (instance, about) in of_block(&self.instances, address) {
            // What must not be destroyed is there and known; others can still be told from it.
            if let Some(planned) = self.plan.changes.get(instance)
                && matches!(planned.change, Change::Blocked(_))
                && !ground.intent.destroy
            {
                blocked = Some(instance.clone());
                continue;
            }
            let object = self.known.blocks.get(address).and_then(|all| all.get(&instance.key));
            if let Some(object) = object.filter(|_| !ground.intent.destroy) {
                let found = ground.resolver.postconditions(block, &about.each, object, &self.known);
                problems.extend(found);
            }
        }
        match (self.note(problems), blocked) {
            (State::Done, Some(by)) => State::Blocked(by),
            (state, _) => state,
        }
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

fn refused_account(settings: &Provider, account: &AccountId) -> Option<String> {
    let Provider { allowed_account_ids, forbidden_account_ids, .. } = settings;
    if forbidden_account_ids.contains(account.as_str()) {
        return Some(format!(
            "The credentials belong to account {account}, which forbidden_account_ids names."
        ));
    }
    if allowed_account_ids.is_empty() || allowed_account_ids.contains(account.as_str()) {
        return None;
    }
    let allowed: Vec<&str> = allowed_account_ids.iter().map(String::as_str).collect();
    Some(format!(
        "The credentials belong to account {account}, but allowed_account_ids has only {}. Nothing \
         was read or changed.",
        allowed.join(", ")
    ))
}

/// What was found beside a resource.
enum Beside<'a> {
    Nothing,
    /// Tags of what it is part of.
    Parent(&'a BTreeMap<String, String>),
    /// What a run that was cut off has created to replace it.
    Successor,
}

/// What there is to ask about an instance.
enum Asked {
    Request(Request),
    Nothing,
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

/// The block that a reference names, and how many of its steps do that.
fn named_block(traversal: &Traversal) -> Option<(BlockAddress, usize)> {
    let word = |index: usize| match traversal.steps.get(index) {
        Some(crate::lang::Key::Attribute(name)) => Some(name.as_str()),
        _ => None,
    };
    match traversal.root.as_str() {
        "data" => Some((BlockAddress::data(word(0)?, word(1)?), 2)),
        root => Some((BlockAddress::managed(root, word(0)?), 1)),
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
