//! Walks the graph without doing anything itself: it says what must be asked, and is told.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{AccountId, Address, BlockAddress, Mode, Region, Scope};
use crate::config::provider::Provider;
use crate::config::{Block, Types};
use crate::diagnostic::{Checked, Diagnostic};
use crate::graph::{Each, Graph, Known, Node, Resolver, Wanted};
use crate::lang::{self, Traversal};
use crate::plan::decide::{self, Intent, decide};
use crate::plan::{Blocked, Change, OutputChange, Plan, Planned, Unreadable, order};
use crate::schema::{Identity, Key, Placement, TypeSpec};
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
    /// The only blocks to look at, with all that they need; all if there are none.
    pub targets: Vec<BlockAddress>,
}

/// A plan in the making.
pub struct Planner<'a> {
    ground: &'a Ground<'a>,
    known: Known,
    connected: BTreeMap<String, Connected>,
    state: BTreeMap<Node, State>,
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

impl<'a> Planner<'a> {
    /// Nothing asked yet.
    pub fn new(ground: &'a Ground<'a>, known: Known) -> Self {
        let mut state: BTreeMap<Node, State> = BTreeMap::new();
        let wanted = wanted_nodes(ground);
        for node in ground.graph.in_order() {
            let skip = wanted.as_ref().is_some_and(|wanted| !wanted.contains(node));
            state.insert(node.clone(), if skip { State::Skipped } else { State::Waiting });
        }
        Self {
            ground,
            known,
            connected: BTreeMap::new(),
            state,
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
        loop {
            let ready: Vec<Node> = self
                .ground
                .graph
                .in_order()
                .into_iter()
                .filter(|node| self.state[*node] == State::Waiting && self.settled(node))
                .cloned()
                .collect();
            if ready.is_empty() {
                return requests;
            }
            for node in ready {
                self.start(&node, &mut requests);
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
        if !self.problems.iter().any(Diagnostic::is_error) {
            self.plan.steps = order::steps(&self.plan.changes, self.ground.graph);
        }
        let Self { plan, known, connected, instances, problems, .. } = self;
        (Finished { plan, known, connected, instances }, problems)
    }

    /// Whether nothing that the node needs is still to come.
    fn settled(&self, node: &Node) -> bool {
        self.ground
            .graph
            .needs(node)
            .iter()
            .all(|needed| !matches!(self.state[*needed], State::Waiting | State::Running { .. }))
    }

    fn start(&mut self, node: &Node, requests: &mut Vec<(RequestId, Request)>) {
        let needs = self.ground.graph.needs(node);
        let states: Vec<&State> = needs.iter().map(|needed| &self.state[*needed]).collect();
        let failed = states.iter().any(|state| **state == State::Failed);
        let blocked = states.iter().find_map(|state| match state {
            State::Blocked(by) => Some(by.clone()),
            _ => None,
        });
        if failed {
            self.state.insert(node.clone(), State::Failed);
            return;
        }
        if let Some(by) = blocked {
            self.block(node, by);
            return;
        }
        let state = match node {
            Node::Variable(name) => {
                let found = self.ground.resolver.validate_variable(name, &self.known);
                self.note(found)
            }
            // Computed where it is used.
            Node::Local(_) => State::Done,
            Node::Provider(alias) => self.provider(alias, requests),
            Node::Block(address) => self.start_block(address, requests),
            Node::Output(name) => self.output(name),
        };
        self.state.insert(node.clone(), state);
    }

    fn note(&mut self, found: Vec<Diagnostic>) -> State {
        let failed = found.iter().any(Diagnostic::is_error);
        self.problems.extend(found);
        if failed { State::Failed } else { State::Done }
    }

    /// A node whose need is blocked: its instances are shown as waiting for that.
    fn block(&mut self, node: &Node, by: Address) {
        self.state.insert(node.clone(), State::Blocked(by.clone()));
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
            all.push(address.instance(crate::address::InstanceKey::None));
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
                let address = BlockAddress::managed("provider", &label)
                    .instance(crate::address::InstanceKey::None);
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
                self.note(vec![at(Diagnostic::error(summary, text))])
            }
            Answer::Trouble(Trouble::Wrong(text, hint)) => {
                let problem =
                    at(Diagnostic::error(format!("Provider {label} cannot be used"), text));
                let problem = match hint {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                };
                self.note(vec![problem])
            }
            Answer::Resource(_) | Answer::Data(_) => unreachable!("a provider was asked for"),
        };
        self.state.insert(node, state);
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
        let mut problems = Vec::new();
        let mut asked = 0;
        for each in all {
            let instance = address.instance(each.key.clone());
            let wanted = match ground.resolver.instance(block, &each, spec, &tags, &self.known) {
                Ok(wanted) => wanted,
                Err(found) => {
                    problems.extend(found);
                    continue;
                }
            };
            let scope = connected.as_ref().map(|connected| Scope {
                account: connected.account.clone(),
                region: wanted.region.clone().unwrap_or_else(|| connected.region.clone()),
            });
            let scope = scope.filter(|_| spec.placement != Placement::Local);
            let key = match (address.mode, spec.identity) {
                (Mode::Managed, Identity::Named | Identity::Child) => {
                    Key::of(spec.inputs, &wanted.object)
                }
                _ => None,
            };
            let about = Instance { each, wanted, spec, alias: alias.clone(), scope, key };
            self.instances.insert(instance.clone(), about);
            if self.ask(&instance, block, requests) {
                asked += 1;
            }
        }
        match self.note(problems) {
            State::Done if asked > 0 => State::Running { requests: asked },
            State::Done => self.finish_block(address),
            // Answers may still come; they change nothing.
            other => other,
        }
    }

    /// Asks for what an instance is now, if there is anything to ask.
    fn ask(
        &mut self,
        address: &Address,
        block: &Block,
        requests: &mut Vec<(RequestId, Request)>,
    ) -> bool {
        let Instance { wanted, spec, alias, scope, key, .. } = self.instances[address].clone();
        let request = match (address.block.mode, spec.identity, scope, key) {
            (Mode::Data, _, scope, _) => {
                if !Value::Object(wanted.object.clone()).is_known() || self.must_wait(block, spec) {
                    self.decide_data(address, None);
                    return false;
                }
                let (address, want) = (address.clone(), wanted.object);
                Request::Data { address, alias, scope, spec, want }
            }
            (Mode::Managed, Identity::Minted(_), Some(scope), _) => {
                Request::Find { address: address.clone(), alias, scope, spec }
            }
            (Mode::Managed, _, Some(scope), Some(key)) => {
                Request::Read { address: address.clone(), alias, scope, spec, key }
            }
            (Mode::Managed, _, _, _) => {
                self.decide_resource(address, None);
                return false;
            }
        };
        let id = self.request(Waiting::Instance(address.clone()));
        requests.push((id, request));
        true
    }

    /// A data source that speaks of what is still to change is read afterwards, even if all that it
    /// is asked for is known: it tells of the thing, not of its name. As in Terraform, only the
    /// source's own references count and those of `depends_on`, not what a local value leads to.
    fn must_wait(&self, block: &Block, spec: &TypeSpec) -> bool {
        let destroy = self.ground.intent.destroy;
        let changing = |address: &BlockAddress| {
            let mut changes = self.plan.changes.values().filter(|p| p.address.block == *address);
            // What is to be destroyed can be asked about as long as it is there.
            changes.any(|p| if destroy { p.live.is_none() } else { p.change != Change::Keep })
        };
        let spoken_of = |traversal: &Traversal| match traversal.steps.first() {
            Some(lang::Key::Attribute(name)) => {
                changing(&BlockAddress::managed(&traversal.root, name))
            }
            _ => false,
        };
        // What is computed here from what is known cannot change any more.
        let own = block.body.expressions().filter(|_| spec.placement != Placement::Local);
        block.depends_on.iter().any(spoken_of)
            || own.flat_map(lang::references).any(|traversal| spoken_of(&traversal))
    }

    fn told(&mut self, address: Address, answer: Answer) {
        let node = Node::Block(address.block.clone());
        let mut blocked = None;
        let mut failed = false;
        match answer {
            Answer::Resource(found) => {
                let live = found.map(|(key, live)| {
                    if let Some(instance) = self.instances.get_mut(&address) {
                        instance.key = Some(key);
                    }
                    live
                });
                self.decide_resource(&address, live);
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
        self.state.insert(node, state);
    }

    fn unreadable(&mut self, address: &Address, reason: String, unreachable: bool) {
        let instance = &self.instances[address];
        self.plan.unreadable.push(Unreadable {
            address: address.clone(),
            scope: instance.scope.clone(),
            reason: reason.clone(),
            unreachable,
        });
        let (want, spec) = (instance.wanted.object.clone(), instance.spec);
        let planned = Planned {
            address: address.clone(),
            spec,
            scope: instance.scope.clone(),
            key: instance.key.clone(),
            live: None,
            after: Object::default(),
            want,
            change: Change::Blocked(Blocked::Unreadable(reason)),
        };
        self.plan.changes.insert(address.clone(), planned);
    }

    fn decide_resource(&mut self, address: &Address, live: Option<Observed>) {
        let instance = self.instances[address].clone();
        let Instance { wanted, spec, scope, key, .. } = instance;
        let block = &self.ground.resolver.module.blocks[&address.block];
        let triggered = self.triggered(block);
        let intent = &self.ground.intent;
        let change = decide(address, spec, &wanted, live.as_ref(), triggered, intent);
        let after =
            decide::after(address, spec, scope.as_ref(), &wanted.object, live.as_ref(), &change);
        self.known.set(address, after.clone());
        let want = wanted.object;
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
        block.lifecycle.replace_triggered_by.iter().any(|traversal| {
            let Some(lang::Key::Attribute(name)) = traversal.steps.first() else {
                return false;
            };
            let address = BlockAddress::managed(&traversal.root, name);
            let attribute = traversal.steps.iter().skip(1).find_map(|step| match step {
                lang::Key::Attribute(name) => Some(name.as_str()),
                _ => None,
            });
            let of_block = self.plan.changes.values().filter(|p| p.address.block == address);
            of_block.into_iter().any(|planned| match &planned.change {
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
        let of_block = self.instances.iter().filter(|(a, _)| a.block == *address);
        let mut blocked = None;
        for (instance, about) in of_block {
            // What must not be destroyed is there and known; others can still be told from it.
            if let Some(planned) = self.plan.changes.get(instance)
                && matches!(planned.change, Change::Blocked(_))
                && !ground.intent.destroy
            {
                blocked = Some(instance.clone());
            }
            if let Some(object) =
                self.known.blocks.get(address).and_then(|all| all.get(&instance.key))
            {
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
        match self.ground.resolver.output(name, &self.known) {
            Ok(value) => {
                let sensitive = self.ground.resolver.module.outputs[name].sensitive;
                if !self.ground.intent.destroy {
                    let change = OutputChange { after: value, sensitive };
                    self.plan.outputs.insert(name.to_owned(), change);
                }
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

/// With targets, the nodes to look at: the targets and all that they need; when destroying, all
/// that needs them, too.
fn wanted_nodes(ground: &Ground<'_>) -> Option<BTreeSet<Node>> {
    if ground.targets.is_empty() {
        return None;
    }
    let mut wanted: BTreeSet<Node> = BTreeSet::new();
    let mut open: Vec<Node> = ground.targets.iter().cloned().map(Node::Block).collect();
    if ground.intent.destroy {
        let mut dependents = open.clone();
        while let Some(node) = dependents.pop() {
            for user in ground.graph.needed_by(&node) {
                if matches!(user, Node::Block(_) | Node::Local(_)) && !open.contains(user) {
                    open.push(user.clone());
                    dependents.push(user.clone());
                }
            }
        }
    }
    while let Some(node) = open.pop() {
        if wanted.insert(node.clone()) {
            open.extend(ground.graph.needs(&node).into_iter().cloned());
        }
    }
    Some(wanted)
}
