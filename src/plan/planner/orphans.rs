//! What is ours and in no configuration: found by its tags, told apart from what is declared.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{AccountId, Address, BlockAddress, InstanceKey, Scope, Target};
use crate::config::Removed;
use crate::diagnostic::Diagnostic;
use crate::graph::{Each, Wanted};
use crate::plan::owner::address_of;
use crate::plan::owner::is_everywhere;
use crate::plan::planner::{Answer, Instance, Planner, Request, RequestId, Trouble, Waiting};
use crate::plan::removal::Orphan;
use crate::plan::{
    ADDRESS_TAG, Blocked, Change, ID_TAG, Planned, REPLACES_TAG, STACK_TAG, Stay, Unreadable,
    guard, identity, label,
};
use crate::schema::{Identity, Key, Placement, TypeSpec, fill_defaults};
use crate::value::{Object, Observed, Value};

/// Something that carries the tags of the stack.
#[derive(Debug, Clone)]
pub struct Ours {
    /// Its type.
    pub spec: &'static TypeSpec,
    /// What AWS knows it by.
    pub key: Key,
    /// Its ARN.
    pub arn: String,
    /// All its tags.
    pub tags: BTreeMap<String, String>,
}

/// Where was looked for what is ours, and what was found.
#[derive(Default)]
pub(super) struct Sweeps {
    /// Where was looked, each with the provider that leads there.
    asked: BTreeMap<Scope, String>,
    /// Accounts that were asked for what has no Region.
    accounts: BTreeSet<AccountId>,
    /// Where still is to be looked.
    queue: Vec<Scope>,
    found: Vec<(Scope, Ours)>,
    /// Where it was not possible to look, why, and whether there was no answer at all.
    blind: BTreeMap<Scope, (String, bool)>,
    /// Accounts that do not let us see what has no Region.
    untold: BTreeMap<AccountId, String>,
    /// Whether what was found was held against what is declared.
    confirmed: bool,
    suspects: BTreeMap<Address, Suspect>,
    orphans: BTreeMap<Address, (Suspect, Observed)>,
}

/// Something of ours that is not declared, as far as tags tell.
#[derive(Debug, Clone)]
struct Suspect {
    alias: String,
    scope: Scope,
    spec: &'static TypeSpec,
    key: Key,
    /// What a `removed` block says becomes of it: whether it is destroyed.
    named: Option<bool>,
    stay: Option<Stay>,
    want: Object,
}

/// One thing in AWS; its Region unless it is the same in all.
type Thing = (AccountId, Option<String>, &'static str, Key);

fn thing(scope: &Scope, spec: &'static TypeSpec, key: &Key) -> Thing {
    let region = (!is_everywhere(spec)).then(|| scope.region.as_str().to_owned());
    (scope.account.clone(), region, spec.name, key.clone())
}

/// Whether the tags are a thing's own. What AWS named itself has no id before that was written in a
/// second call; tags of such things are copied by nobody.
fn is_proven(
    stack: &str,
    spec: &TypeSpec,
    scope: &Scope,
    key: &Key,
    tags: &BTreeMap<String, String>,
) -> bool {
    match tags.get(ID_TAG) {
        Some(id) => *id == identity(stack, spec, scope, key),
        None => matches!(spec.identity, Identity::Minted(_)),
    }
}

impl Planner<'_> {
    /// Whether anybody wants to know what is ours and not declared. With targets only those count.
    pub(super) fn looks_around(&self) -> bool {
        self.ground.intent.removals.is_some() && self.aims.is_none()
    }

    /// This place is to be looked at, once.
    pub(super) fn sweep(&mut self, alias: &str, scope: &Scope) {
        if self.looks_around() && !self.sweeps.asked.contains_key(scope) {
            self.sweeps.asked.insert(scope.clone(), alias.to_owned());
            self.sweeps.queue.push(scope.clone());
        }
    }

    /// The places that a provider leads to are to be looked at: its own, and those that were named.
    pub(super) fn sweep_from(&mut self, alias: &str) {
        let Some(connected) = self.connected.get(alias) else { return };
        let (account, region) = (connected.account.clone(), connected.region.clone());
        let also = self.ground.intent.removals.iter().flat_map(|removals| &removals.also);
        let here = also.filter(|(of, _)| of.as_ref().is_none_or(|of| *of == account));
        let regions: BTreeSet<_> = here.map(|(_, region)| region.clone()).chain([region]).collect();
        for region in regions {
            self.sweep(alias, &Scope { account: account.clone(), region });
        }
    }

    /// What must be asked to know what is ours. Once all that is declared is known, what else was
    /// found is looked at.
    pub(super) fn look_around(&mut self, requests: &mut Vec<(RequestId, Request)>) {
        for scope in std::mem::take(&mut self.sweeps.queue) {
            let alias = self.sweeps.asked[&scope].clone();
            let account = self.sweeps.accounts.insert(scope.account.clone());
            let id = self.request(Waiting::Sweep(scope.clone()));
            requests.push((id, Request::Sweep { alias, scope, account }));
        }
        let still = requests.is_empty() && self.open.is_empty();
        let failed = self.problems.iter().any(Diagnostic::is_error);
        if !still || failed || !self.looks_around() || self.sweeps.confirmed {
            return;
        }
        self.sweeps.confirmed = true;
        self.suspect();
        for (address, suspect) in self.sweeps.suspects.clone() {
            let Suspect { alias, scope, spec, key, want, .. } = suspect;
            let id = self.request(Waiting::Orphan(address.clone()));
            requests.push((id, Request::Confirm { address, alias, scope, spec, key, want }));
        }
    }

    pub(super) fn swept(&mut self, scope: Scope, answer: Answer) {
        match answer {
            Answer::Swept(found, untold) => {
                self.sweeps.untold.extend(untold.map(|why| (scope.account.clone(), why)));
                self.sweeps.found.extend(found.into_iter().map(|ours| (scope.clone(), ours)));
            }
            Answer::Trouble(Trouble::Unreachable(text)) => {
                self.sweeps.blind.insert(scope, (text, true));
            }
            Answer::Trouble(Trouble::Denied(text) | Trouble::Wrong(text, _)) => {
                self.sweeps.blind.insert(scope, (text, false));
            }
            _ => unreachable!("a sweep was asked for"),
        }
    }

    /// Holds what was found against what is declared.
    fn suspect(&mut self) {
        let declared: BTreeSet<Thing> = self
            .instances
            .values()
            .filter_map(|one| Some(thing(one.scope.as_ref()?, one.spec, one.key.as_ref()?)))
            .collect();
        let arns: BTreeSet<&str> = self
            .plan
            .changes
            .values()
            .filter_map(|planned| planned.live.as_ref()?.outputs.get("arn").as_str())
            .collect();
        let holders: BTreeMap<String, &Address> =
            self.plan.changes.keys().map(|address| (label(address), address)).collect();
        let removed = self.ground.resolver.module.all_removed();
        let stack = &self.ground.intent.stack;
        let mut seen: BTreeSet<Thing> = BTreeSet::new();
        let mut suspects: BTreeMap<Address, Suspect> = BTreeMap::new();
        let mut strangers = Vec::new();
        for (scope, Ours { spec, key, arn, tags }) in &self.sweeps.found {
            let thing = thing(scope, spec, key);
            if declared.contains(&thing) || arns.contains(arn.as_str()) || !seen.insert(thing) {
                continue;
            }
            if !is_proven(stack, spec, scope, key, tags) {
                strangers.push(format!("- {} {key} in {scope}", spec.name));
                continue;
            }
            let at = tags.get(ADDRESS_TAG).map(String::as_str).unwrap_or_default();
            let holder = holders.get(at).copied();
            // What a run that was cut off has created is the successor of what is declared; and what
            // cannot be planned is what it was.
            let successor = tags.contains_key(REPLACES_TAG);
            if holder.is_some_and(|holder| successor || self.is_blocked(holder)) {
                continue;
            }
            let address = match holder {
                Some(holder) => holder.former(&key.to_string()),
                None => address_of(at, spec.name).unwrap_or_else(|| {
                    BlockAddress::managed(spec.name, "unknown").instance(InstanceKey::None)
                }),
            };
            let taken = |address: &Address| {
                suspects.contains_key(address) || self.plan.changes.contains_key(address)
            };
            let address = if taken(&address) { address.former(&key.to_string()) } else { address };
            let names = |(from, _): &&(Target, &Removed)| {
                from.covers(&address) || matches!(from, Target::Instance(from) if label(from) == at)
            };
            let named = removed.iter().find(names).map(|(_, removed)| *removed);
            let options = named.map(|removed| removed.options_of(spec)).unwrap_or_default();
            let suspect = Suspect {
                alias: self.sweeps.asked[scope].clone(),
                scope: scope.clone(),
                spec,
                key: key.clone(),
                named: named.map(|removed| removed.destroy),
                stay: holder.filter(|holder| self.is_unsettled(holder)).map(|_| Stay::Unsettled),
                want: fill_defaults(spec.inputs, &options),
            };
            suspects.insert(address, suspect);
        }
        self.sweeps.suspects = suspects;
        if !strangers.is_empty() {
            strangers.sort();
            self.problems.push(
                Diagnostic::warning(
                    "Tags of this stack on what it may not have made",
                    format!(
                        "These carry drctl:stack = {stack}, but no drctl:id that is their own: AWS \
                         has copied the tags, or an earlier version wrote them. They are left \
                         alone.\n{}",
                        strangers.join("\n")
                    ),
                )
                .hint("Take those tags off, or declare and import what is yours."),
            );
        }
    }

    fn is_blocked(&self, holder: &Address) -> bool {
        matches!(self.plan.changes[holder].change, Change::Blocked(_))
    }

    /// Whether it is not known what has an address from now on.
    fn is_unsettled(&self, holder: &Address) -> bool {
        let nameless = self.instances.get(holder).is_none_or(|instance| instance.key.is_none());
        !self.ground.intent.destroy && nameless
    }

    /// What AWS has of what was found by its tags, which may be late.
    pub(super) fn told_orphan(&mut self, address: Address, answer: Answer) {
        let Some(suspect) = self.sweeps.suspects.get(&address).cloned() else { return };
        let Suspect { scope, spec, key, .. } = &suspect;
        match answer {
            Answer::Resource(Some((_, live))) => {
                let stack = &self.ground.intent.stack;
                let ours = live.tags.as_ref().is_some_and(|tags| {
                    tags.get(STACK_TAG) == Some(stack) && is_proven(stack, spec, scope, key, tags)
                });
                if ours {
                    self.sweeps.orphans.insert(address, (suspect, live));
                }
            }
            Answer::Trouble(Trouble::Unreachable(reason)) => {
                let scope = Some(scope.clone());
                let unreadable = Unreadable { address, scope, reason, unreachable: true };
                self.plan.unreadable.push(unreadable);
            }
            Answer::Trouble(Trouble::Denied(reason)) => {
                let scope = Some(scope.clone());
                let unreadable = Unreadable { address, scope, reason, unreachable: false };
                self.plan.unreadable.push(unreadable);
            }
            Answer::Trouble(Trouble::Wrong(text, _)) => {
                let problem = Diagnostic::warning(format!("Cannot read {address}"), text);
                self.problems.push(problem);
            }
            _ => {}
        }
    }

    /// Says what becomes of what is ours and not declared.
    pub(super) fn settle_orphans(&mut self) {
        self.tell_blind();
        let unread = !self.plan.unreadable.is_empty() || !self.sweeps.blind.is_empty();
        let destroy = self.ground.intent.destroy;
        let mut unnamed = Vec::new();
        for (address, (suspect, live)) in std::mem::take(&mut self.sweeps.orphans) {
            let Suspect { alias, scope, spec, key, named, stay, want } = suspect;
            let wanted = Wanted {
                object: want.clone(),
                defaulted: BTreeSet::new(),
                region: None,
                prevent_destroy: self.prevents_destroy(&address),
                create_before_destroy: false,
                ignored: None,
                timeouts: BTreeMap::new(),
                warnings: Vec::new(),
            };
            let stay = if unread { Some(Stay::Unread) } else { stay };
            let orphan = Orphan {
                address: &address,
                spec,
                live: &live,
                wanted: &wanted,
                named,
                destroy,
                stay,
            };
            let change = orphan.decide();
            if change == Change::Delete && named.is_none() && !destroy {
                unnamed.push(address.clone());
            }
            self.not_beside_its_data(&address, spec, &key);
            let each = Each { key: address.key.clone(), value: Value::Null };
            let (scope, key) = (Some(scope), Some(key));
            let instance = Instance {
                each,
                wanted,
                spec,
                alias,
                scope: scope.clone(),
                key: key.clone(),
                declared: false,
            };
            self.instances.insert(address.clone(), instance);
            let (live, after) = (Some(live), Object::default());
            let planned =
                Planned { address: address.clone(), spec, scope, key, live, want, after, change };
            self.plan.changes.insert(address, planned);
        }
        let limit = self.ground.intent.removals.as_ref().map_or(0, |removals| removals.limit);
        if unnamed.len() > limit {
            let text = guard::too_many(unnamed.len(), limit);
            for address in &unnamed {
                let planned = self.plan.changes.get_mut(address).expect("it was put there");
                planned.change = Change::Blocked(Blocked::Guarded(text.clone()));
            }
        }
    }

    /// A thing with data that has another name now is not made anew beside the old one.
    fn not_beside_its_data(&mut self, address: &Address, spec: &TypeSpec, key: &Key) {
        let InstanceKey::Former(own, _) = &address.key else { return };
        let holder = address.block.instance((**own).clone());
        if let Some(planned) = self.plan.changes.get_mut(&holder)
            && spec.data_bearing
            && planned.key.is_some()
            && planned.change == Change::Create
        {
            let reason = guard::renamed(&key.to_string());
            planned.change = Change::Blocked(Blocked::Guarded(reason));
        }
    }

    /// Whether the block that an instance was of still is there and says that it must not go.
    fn prevents_destroy(&self, address: &Address) -> bool {
        let module = &address.block.module;
        let declared = self.ground.resolver.module.block(&address.block).is_some()
            && self.known.instances(&module.declared()).contains(module);
        if !declared {
            return false;
        }
        let each = Each { key: address.key.own().clone(), value: Value::Null };
        let scene = self.ground.resolver.scene(&address.block, &self.known);
        scene.is_ok_and(|scene| scene.prevents_destroy(&each))
    }

    /// Says where it was not possible to look.
    fn tell_blind(&mut self) {
        for (scope, (reason, silent)) in &self.sweeps.blind {
            let told = |one: &Unreadable| match &one.scope {
                Some(known) => known == scope,
                None => true,
            };
            if self.plan.unreadable.iter().any(told) {
                continue;
            }
            let lives = |one: &Instance| one.scope.as_ref() == Some(scope);
            if *silent && !self.instances.values().any(lives) {
                let alias = &self.sweeps.asked[scope];
                let label =
                    if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
                self.plan.unreadable.push(Unreadable {
                    address: BlockAddress::managed("provider", &label).instance(InstanceKey::None),
                    scope: Some(scope.clone()),
                    reason: reason.clone(),
                    unreachable: true,
                });
                continue;
            }
            self.problems.push(
                Diagnostic::warning(
                    format!("Cannot look for what is no longer declared in {scope}"),
                    format!("{reason}. Nothing that is no longer declared is removed in this run."),
                )
                .hint("drctl finds it by its tags: allow tag:GetResources."),
            );
        }
        for (account, reason) in &self.sweeps.untold {
            let global = |one: &Instance| {
                let here = one.scope.as_ref().is_some_and(|scope| scope.account == *account);
                here && one.spec.placement == Placement::Global
            };
            if self.instances.values().any(global) {
                self.problems.push(
                    Diagnostic::warning(
                        format!("Cannot look for roles that are no longer declared in {account}"),
                        format!("{reason}. There may be some, and they stay."),
                    )
                    .hint(
                        "drctl finds them by their tags: allow iam:GetAccountAuthorizationDetails.",
                    ),
                );
            }
        }
        let also = self.ground.intent.removals.iter().flat_map(|removals| &removals.also);
        for (account, region) in also {
            let reached = self.sweeps.asked.keys().any(|scope| {
                scope.region == *region && account.as_ref().is_none_or(|a| *a == scope.account)
            });
            if !reached && self.looks_around() {
                let account = account.as_ref().map_or("any account", AccountId::as_str);
                self.problems.push(
                    Diagnostic::error(
                        "Nobody leads there",
                        format!("No provider of the configuration leads to {account}, where {region} is to be looked at."),
                    )
                    .hint("Keep a provider block for the account until it is empty."),
                );
            }
        }
    }

    /// What is removed must not be declared.
    pub(super) fn check_removed(&mut self) {
        for (from, removed) in self.ground.resolver.module.all_removed() {
            let Some(still) = self.instances.keys().find(|address| from.covers(address)) else {
                continue;
            };
            let text = format!(
                "This statement declares that {from} was removed, but {still} is still declared in \
                 the configuration."
            );
            let problem = Diagnostic::error("Removed resource still exists", text);
            self.problems.push(problem.at(removed.span.clone()));
        }
    }
}
