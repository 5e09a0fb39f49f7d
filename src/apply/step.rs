//! One step: look again, do it, wait until it is seen to be done.
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::address::{Address, Scope};
use crate::apply::data;
use crate::apply::settle::{Patience, Settle, Until};
use crate::aws::{Aws, Failure, Sessions};
use crate::config::provider::Provider;
use crate::diff::FieldChange;
use crate::event::Outcome;
use crate::graph::Wanted;
use crate::plan::{
    ID_TAG, REPLACES_TAG, STACK_TAG, Verb, differences, identity, managed_tags, ownership,
    told_managed,
};
use crate::resources::{Catalog, Error, Key, Machine, ResourceType, Token};
use crate::schema::{Identity, Role, TypeSpec, Unset, with_options};
use crate::value::{Object, Observed, Readiness, Value};

/// How many calls one step may make towards what is wanted: many things take several, and what
/// swings to and fro takes no end of them.
const CALLS: u32 = 24;

/// A step with all that it needs.
pub(super) struct Task {
    pub(super) address: Address,
    /// Addresses that it had before.
    pub(super) before: Vec<Address>,
    pub(super) verb: Verb,
    pub(super) spec: &'static TypeSpec,
    pub(super) settings: Option<Provider>,
    pub(super) scope: Option<Scope>,
    pub(super) key: Option<Key>,
    /// What is to be there afterwards.
    pub(super) wanted: Wanted,
    /// What the configuration says; another thing only for what is adopted.
    pub(super) declared: Object,
    /// What the step is half of, if it is half of a replacement.
    pub(super) replaced: Option<Replaced>,
    /// Nobody declares it any more, nor what is part of it.
    pub(super) undeclared: bool,
    /// What the plan was made for.
    pub(super) based_on: Option<Observed>,
    pub(super) catalog: Catalog,
    pub(super) patience: Patience,
    pub(super) sessions: Arc<Sessions>,
    pub(super) stack: String,
    pub(super) machine: Machine,
    pub(super) stop: CancellationToken,
    pub(super) tell: Box<dyn Fn(String) + Send + Sync>,
}

/// How a resource is replaced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replaced {
    /// The new one is created before the old one is destroyed.
    pub(super) create_first: bool,
    /// Whether or not anything differs that cannot be changed in place.
    pub(super) anyway: bool,
}

/// What a step has brought about.
pub(super) enum Done {
    /// The resource or data source is there, with these attributes.
    Live { inputs: Object, outputs: Object },
    /// The resource is there as wanted, and was before.
    Found { inputs: Object, outputs: Object },
    /// The resource is gone.
    Gone,
    /// There was nothing left to do.
    Nothing,
}

impl Task {
    pub(super) async fn run(self) -> Result<Done, Outcome> {
        if self.verb == Verb::Read {
            return data::read(&self).await.map_err(|error| failed(&error));
        }
        let (settings, scope) = match (&self.settings, &self.scope) {
            (Some(settings), Some(scope)) => (settings, scope.clone()),
            _ => unreachable!("a resource has a provider"),
        };
        let aws = self.sessions.aws(settings, scope, None).await;
        let aws = aws.map_err(|error| failed(&error.into()))?;
        let kind = self.catalog.resource(self.spec);
        match self.verb {
            Verb::Create => self.create(&aws, kind).await,
            Verb::Update => self.update(&aws, kind).await,
            Verb::Delete => self.delete(&aws, kind).await,
            Verb::Forget => self.forget(&aws, kind).await,
            Verb::Read => unreachable!("handled above"),
        }
    }

    fn settle<'a>(&'a self, aws: &'a Aws, kind: &'static dyn ResourceType) -> Settle<'a> {
        let minutes = |minutes: u32| std::time::Duration::from_secs(u64::from(minutes) * 60);
        let timeouts = &self.spec.timeouts;
        let (name, default) = match self.verb {
            Verb::Create | Verb::Read => ("create", timeouts.create),
            Verb::Update | Verb::Forget => ("update", timeouts.update),
            Verb::Delete => ("delete", timeouts.delete),
        };
        let allowed = self.wanted.timeouts.get(name).copied();
        let allowed = allowed.unwrap_or_else(|| minutes(default));
        Settle::new(aws, kind, &self.wanted.object, allowed, self.patience, &self.tell, &self.stop)
    }

    /// What the tag says that binds the others to one thing; none while AWS has not named it.
    fn id(&self, key: Option<&Key>) -> Option<String> {
        let scope = self.scope.as_ref()?;
        Some(identity(&self.stack, self.spec, scope, key?))
    }

    /// The tags that say whose it is and what was set.
    fn ours_on(&self, key: Option<&Key>) -> BTreeMap<String, String> {
        let mut tags = ownership(&self.stack, &self.address, self.id(key));
        tags.extend(managed_tags(self.spec, &self.declared));
        tags
    }

    /// What is wanted, with the tags that say whose it is.
    fn stamped(&self, key: Option<&Key>) -> Object {
        let mut want = self.wanted.object.clone();
        if self.spec.inputs.iter().any(|spec| spec.name == "tags") {
            let mut tags = match want.get("tags").unmarked() {
                Value::Map(tags) | Value::Object(tags) => tags.clone(),
                _ => Object::default(),
            };
            for (key, value) in self.ours_on(key) {
                tags.set(key, Value::text(value));
            }
            if let Some(old) = self.predecessor().filter(|_| self.verb == Verb::Create) {
                tags.set(REPLACES_TAG, Value::text(old.to_string()));
            }
            want.set("tags", Value::Map(tags));
        }
        want
    }

    /// Whether its tags say all that they are to say.
    fn owned(&self, live: &Observed, key: &Key) -> bool {
        live.tags.as_ref().is_none_or(|tags| {
            let told = managed_tags(self.spec, &self.declared);
            self.ours_on(Some(key)).iter().all(|(k, v)| tags.get(k) == Some(v))
                && told_managed(tags) == told.iter().collect()
        })
    }

    /// Whether what is there is ours: made by a run that was cut off before all its tags were on it.
    fn begun(&self, live: &Observed, key: &Key) -> bool {
        live.tags.as_ref().is_none_or(|tags| self.ours(tags) && self.not_copied(tags, key))
    }

    /// Tags that AWS copied from another thing prove nothing.
    fn not_copied(&self, tags: &BTreeMap<String, String>, key: &Key) -> bool {
        tags.get(ID_TAG).is_none_or(|told| self.id(Some(key)).as_ref() == Some(told))
    }

    /// Whether tags are those of this address or of one that it had before.
    fn ours(&self, tags: &BTreeMap<String, String>) -> bool {
        let mut addresses = self.before.iter().chain([&self.address]);
        addresses.any(|address| {
            ownership(&self.stack, address, None).iter().all(|(k, v)| tags.get(k) == Some(v))
        })
    }

    /// What is destroyed only after its successor was created.
    fn predecessor(&self) -> Option<&Key> {
        let minted = matches!(self.spec.identity, Identity::Minted(_) | Identity::Listed);
        self.key.as_ref().filter(|_| minted && self.replaced.is_some_and(|how| how.create_first))
    }

    /// Whether what lives there must give way to what is wanted now. Plans are made before all is
    /// known, so a replacement may turn out to be none.
    fn gives_way(&self, live: &Observed) -> bool {
        self.replaced.is_some_and(|how| how.anyway)
            || differences(self.spec, &self.wanted, live).iter().any(|field| field.replaces)
    }

    async fn create(&self, aws: &Aws, kind: &'static dyn ResourceType) -> Result<Done, Outcome> {
        let fail = |error: Error| failed(&error);
        let mut settle = self.settle(aws, kind);
        let named = match self.spec.identity {
            Identity::Named | Identity::Child => Key::of(self.spec.inputs, &self.wanted.object),
            Identity::Minted(_) | Identity::Listed | Identity::Single => None,
        };
        let want = self.stamped(named.as_ref());
        if let (Some(_), Some(old)) = (self.replaced, &self.key)
            && let Some(live) = settle.read(old).await.map_err(fail)?
            && live.tags.as_ref().is_none_or(|tags| self.ours(tags))
            && !self.gives_way(&live)
        {
            return self.converge(&mut settle, old.clone(), want).await;
        }
        let key = match self.spec.identity {
            Identity::Named | Identity::Child => named,
            Identity::Listed => self.listed(aws, kind, &want).await.map_err(fail)?,
            Identity::Minted(_) | Identity::Single => None,
        };
        // It may be there after all: made by a run that was cut off, or by somebody else.
        if let Some(key) = key
            && let Some(live) = self.unless_old(&settle, &key).await?
        {
            let another =
                live.tags.is_none() && !differences(self.spec, &self.wanted, &live).is_empty();
            if !self.begun(&live, &key) || another {
                return Err(Outcome::Stale { moved: vec!["whether it exists".to_owned()] });
            }
            return self.converge(&mut settle, key, want).await;
        }
        if let Some(made) = self.made_already(&settle, None).await.map_err(fail)? {
            return self.converge(&mut settle, made, want).await;
        }
        if let Some(successor) = self.successor(&settle).await.map_err(fail)? {
            let live = settle.read(&successor).await.map_err(fail)?;
            match live {
                Some(live) if !self.gives_way_to_another(&live) => {
                    return self.converge(&mut settle, successor, want).await;
                }
                Some(_) if self.spec.data_bearing => {
                    return Err(Outcome::Failed {
                        error: format!(
                            "a run that was cut off has created {successor}, which is not as \
                             wanted now and holds data"
                        ),
                        hint: Some("Delete it by hand if it may go, and apply again.".to_owned()),
                    });
                }
                Some(_) => drop(self.take_away(&settle, &successor, false).await?),
                None => {}
            }
        }
        let token = self.token(aws, self.key.as_ref().filter(|_| self.replaced.is_some()));
        let key = settle
            .retrying(|| kind.create(aws, &want, &token))
            .await
            .map_err(|error| failed(&error))?;
        Ok(match self.converge(&mut settle, key, want).await? {
            Done::Found { inputs, outputs } => Done::Live { inputs, outputs },
            done => done,
        })
    }

    fn gives_way_to_another(&self, live: &Observed) -> bool {
        differences(self.spec, &self.wanted, live).iter().any(|field| field.replaces)
    }

    /// What answers to what is wanted and is not there to be replaced, nor to replace.
    async fn listed(
        &self,
        aws: &Aws,
        kind: &'static dyn ResourceType,
        want: &Object,
    ) -> Result<Option<Key>, Error> {
        let successors = self.predecessor().map(|old| self.token(aws, Some(old)).0);
        let mut alike = kind.alike(aws, want).await?.into_iter();
        let other = alike.find(|one| {
            let successor = successors.is_some() && one.token == successors;
            self.key.as_ref() != Some(&one.key) && !successor
        });
        Ok(other.map(|other| other.key))
    }

    fn token(&self, aws: &Aws, predecessor: Option<&Key>) -> Token {
        Token::of(&self.stack, &self.address, &aws.scope, predecessor)
    }

    /// What a run that was cut off has created already in place of the predecessor.
    async fn successor(&self, settle: &Settle<'_>) -> Result<Option<Key>, Error> {
        let Some(old) = self.predecessor() else { return Ok(None) };
        if let Identity::Minted(_) = self.spec.identity {
            return self.made_already(settle, Some(old)).await;
        }
        let (aws, kind) = (settle.aws, settle.kind);
        let successors = self.token(aws, Some(old)).0;
        let mut alike = kind.alike(aws, &self.wanted.object).await?.into_iter();
        let found = alike.find(|one| one.token.as_ref() == Some(&successors));
        Ok(found.map(|found| found.key))
    }

    /// What AWS has named and carries our tags, though the plan did not know of it: in place of the
    /// predecessor if one is named, else where there should be none.
    async fn made_already(
        &self,
        settle: &Settle<'_>,
        old: Option<&Key>,
    ) -> Result<Option<Key>, Error> {
        let Identity::Minted(tagged) = self.spec.identity else { return Ok(None) };
        if old.is_none() && self.predecessor().is_some() {
            return Ok(None);
        }
        let (aws, kind) = (settle.aws, settle.kind);
        let swept = aws.owned(&self.stack, tagged).await?;
        let mut keys: Vec<Key> = swept
            .iter()
            .filter(|(_, tags)| self.ours(tags))
            .map(|(arn, _)| Key::of_arn(arn))
            .collect();
        keys.extend(kind.recent(aws).await?);
        let replaces = old.map(ToString::to_string);
        for key in keys.into_iter().filter(|key| self.key.as_ref() != Some(key)) {
            let Some(live) = settle.read(&key).await? else { continue };
            let tags = live.tags.unwrap_or_default();
            let meant = replaces.is_none() || tags.get(REPLACES_TAG) == replaces.as_ref();
            if meant && self.ours(&tags) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// What has the key now, once the one that was destroyed is no longer seen.
    async fn unless_old(
        &self,
        settle: &Settle<'_>,
        key: &Key,
    ) -> Result<Option<Observed>, Outcome> {
        let old = self.based_on.as_ref().filter(|_| self.replaced.is_some());
        let old = old.filter(|_| self.key.as_ref() == Some(key));
        let mut looks = 0;
        loop {
            let live = settle.read(key).await.map_err(|error| failed(&error))?;
            let lingers = match (&live, old) {
                (Some(live), Some(old)) => {
                    live.readiness != Readiness::Ready
                        || (live.inputs == old.inputs && live.outputs == old.outputs)
                }
                _ => false,
            };
            if !lingers {
                return Ok(live);
            }
            looks += 1;
            if looks > 12 {
                return Err(Outcome::Failed {
                    error: format!("{key} was destroyed, but AWS still shows it"),
                    hint: Some("Apply again: it is created once the old one is gone.".to_owned()),
                });
            }
            settle.pause(looks).await;
        }
    }

    async fn update(&self, aws: &Aws, kind: &'static dyn ResourceType) -> Result<Done, Outcome> {
        let mut settle = self.settle(aws, kind);
        let key = self.key.clone().expect("what is updated has been read");
        let live = settle.read(&key).await.map_err(|error| failed(&error))?;
        let Some(live) = live else {
            return Err(Outcome::Stale { moved: vec!["whether it exists".to_owned()] });
        };
        if let Some(reason) = &live.locked {
            return Err(Outcome::Failed { error: reason.clone(), hint: None });
        }
        let moved = self.moved(&live);
        if !moved.is_empty() {
            return Err(Outcome::Stale { moved });
        }
        let want = self.stamped(Some(&key));
        self.converge(&mut settle, key, want).await
    }

    /// What no longer is as it was when the plan was made.
    fn moved(&self, live: &Observed) -> Vec<String> {
        let Some(before) = &self.based_on else { return Vec::new() };
        let matters = |spec: &&crate::schema::AttributeSpec| {
            let left_to_aws = spec.unset == Unset::AwsDecides
                && *self.wanted.object.get(spec.name) == Value::Null;
            let ignored = match &self.wanted.ignored {
                Some(names) => names.contains(spec.name),
                None => true,
            };
            matches!(spec.role, Role::State | Role::Key) && !left_to_aws && !ignored
        };
        let changed = |spec: &&crate::schema::AttributeSpec| {
            let (before, now) = (before.inputs.get(spec.name), live.inputs.get(spec.name));
            // To have become what is wanted is no reason to stop.
            let arrived = crate::schema::same(spec, now, self.wanted.object.get(spec.name));
            before != now && !arrived
        };
        let moved = self.spec.inputs.iter().filter(matters).filter(changed);
        let mut moved: Vec<String> = moved.map(|spec| spec.name.to_owned()).collect();
        let stack =
            |seen: &Observed| seen.tags.as_ref().map(|tags| tags.get("drctl:stack").cloned());
        if stack(before) != stack(live) {
            moved.push("its ownership tags".to_owned());
        }
        moved
    }

    /// Changes what still differs until nothing does.
    async fn converge(
        &self,
        settle: &mut Settle<'_>,
        key: Key,
        mut want: Object,
    ) -> Result<Done, Outcome> {
        let fail = |error: Error| failed(&error);
        let mut before: Option<Vec<FieldChange>> = None;
        let (mut patience, mut calls) = (0, 0);
        loop {
            let live = settle.until(&key, Until::Ready).await.map_err(fail)?;
            let live = live.expect("until ready, the resource is there");
            let left = differences(self.spec, &self.wanted, &live);
            if left.is_empty() && self.owned(&live, &key) {
                let (inputs, outputs) =
                    (with_options(self.spec, &live.inputs, &self.wanted.object), live.outputs);
                return Ok(match calls {
                    0 => Done::Found { inputs, outputs },
                    _ => Done::Live { inputs, outputs },
                });
            }
            if before.as_ref() == Some(&left) {
                // What was written may not be seen everywhere at once.
                patience += 1;
                if patience > 8 {
                    return Err(not_taken(&left));
                }
                settle.pause(patience).await;
                if patience % 4 != 0 {
                    continue;
                }
            } else {
                patience = 0;
            }
            let replacing: Vec<&str> =
                left.iter().filter(|field| field.replaces).map(|field| field.name).collect();
            if !replacing.is_empty() {
                return Err(Outcome::Failed {
                    error: format!(
                        "AWS holds other values than asked for in what cannot be changed: {}",
                        replacing.join(", ")
                    ),
                    hint: Some("Plan again to see them.".to_owned()),
                });
            }
            calls += 1;
            if calls > CALLS {
                return Err(not_taken(&left));
            }
            if calls == 1 {
                // What AWS named only now can be bound to that name.
                self.bind(&mut want, &key);
            }
            let (aws, kind) = (settle.aws, settle.kind);
            settle.retrying(|| kind.update(aws, &live, &want)).await.map_err(fail)?;
            before = Some(left);
        }
    }

    /// Writes into the wanted tags what binds them to that key.
    fn bind(&self, want: &mut Object, key: &Key) {
        let (Some(Value::Map(tags)), Some(id)) = (want.0.get_mut("tags"), self.id(Some(key)))
        else {
            return;
        };
        tags.set(ID_TAG, Value::text(id));
    }

    /// Takes our tags off and leaves the rest as it is.
    async fn forget(&self, aws: &Aws, kind: &'static dyn ResourceType) -> Result<Done, Outcome> {
        let fail = |error: Error| failed(&error);
        let settle = self.settle(aws, kind);
        let key = self.key.clone().expect("what is left to others has been read");
        let mut looks = 0;
        loop {
            let live = settle.until(&key, Until::Settled).await.map_err(fail)?;
            let Some(live) = live else { return Ok(Done::Nothing) };
            let Some(tags) = &live.tags else { return Ok(Done::Nothing) };
            if tags.keys().all(|key| !key.starts_with("drctl:")) {
                return Ok(if looks == 0 { Done::Nothing } else { Done::Gone });
            }
            if looks == 0 && !self.still_ours(&live, &key) {
                return Err(Outcome::Stale { moved: vec!["its ownership tags".to_owned()] });
            }
            looks += 1;
            if looks > 12 {
                return Err(not_taken(&[]));
            }
            if looks > 1 {
                // What was written may not be seen everywhere at once.
                settle.pause(looks).await;
            }
            let want = with_options(self.spec, &live.inputs, &self.wanted.object);
            settle.retrying(|| kind.update(aws, &live, &want)).await.map_err(fail)?;
        }
    }

    async fn delete(&self, aws: &Aws, kind: &'static dyn ResourceType) -> Result<Done, Outcome> {
        let settle = self.settle(aws, kind);
        let key = self.key.clone().expect("what is deleted has been read");
        self.take_away(&settle, &key, self.replaced.is_some()).await
    }

    /// Deletes until it is gone. `planned`: it goes because of how it was when the plan was made,
    /// so it must still be so.
    async fn take_away(
        &self,
        settle: &Settle<'_>,
        key: &Key,
        planned: bool,
    ) -> Result<Done, Outcome> {
        let fail = |error: Error| failed(&error);
        let (aws, kind) = (settle.aws, settle.kind);
        let mut first = true;
        let mut last: Option<Observed> = None;
        let (mut patience, mut calls) = (0, 0);
        loop {
            let live = settle.until(key, Until::Settled).await.map_err(fail)?;
            let Some(mut live) = live else {
                return Ok(if first { Done::Nothing } else { Done::Gone });
            };
            if first {
                if let Some(reason) = &live.locked {
                    return Err(Outcome::Failed { error: reason.clone(), hint: None });
                }
                if !self.still_ours(&live, key) {
                    return Err(Outcome::Stale { moved: vec!["its ownership tags".to_owned()] });
                }
                if planned && !self.gives_way(&live) {
                    return Ok(Done::Nothing);
                }
                let moved = if planned { self.moved(&live) } else { Vec::new() };
                if !moved.is_empty() {
                    return Err(Outcome::Stale { moved });
                }
            }
            let unseen = last.as_ref() == Some(&live);
            patience = if unseen { patience + 1 } else { 0 };
            if patience > 12 || calls > CALLS {
                return Err(Outcome::Failed {
                    error: format!("AWS accepted the deletion of {key}, but it is still there"),
                    hint: None,
                });
            }
            if unseen {
                settle.pause(patience).await;
                if patience % 4 != 0 {
                    continue;
                }
            }
            last = Some(live.clone());
            live.inputs = with_options(self.spec, &live.inputs, &self.wanted.object);
            calls += 1;
            if self.undeclared {
                settle.retrying(|| kind.clear(aws, &live)).await.map_err(fail)?;
            }
            match settle.retrying(|| kind.delete(aws, &live)).await {
                Ok(()) => first = false,
                Err(Error::Left(why)) => return Err(Outcome::Left { why }),
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    /// Before anything is deleted, the service itself says whose it is.
    fn still_ours(&self, live: &Observed, key: &Key) -> bool {
        let stack = |tags: &BTreeMap<String, String>| {
            tags.get(STACK_TAG) == Some(&self.stack) && self.not_copied(tags, key)
        };
        live.tags.as_ref().is_none_or(stack)
    }
}

fn not_taken(left: &[FieldChange]) -> Outcome {
    let names: Vec<&str> = left.iter().map(|field| field.name).collect();
    let names = if names.is_empty() { vec!["tags"] } else { names };
    Outcome::Failed {
        error: format!(
            "AWS accepted the change, but still reports other values for: {}",
            names.join(", ")
        ),
        hint: Some("Plan again: what is left is shown there.".to_owned()),
    }
}

/// A failure as an outcome, with advice where the sort of failure gives it.
pub(super) fn failed(error: &Error) -> Outcome {
    let hint = match error {
        Error::Aws(error) => match error.failure {
            Failure::Denied => Some("The credentials are good, but a policy forbids this call."),
            Failure::Credentials => {
                Some("Renew the credentials and apply again; it goes on where it stopped.")
            }
            Failure::Throttled => {
                Some("AWS throttles this account; apply again, or with a lower -parallelism.")
            }
            Failure::Unreachable => Some(
                "There was no answer; what was asked for may still have happened. Apply again: it goes on from what is there.",
            ),
            Failure::Fault => Some("AWS has a fault of its own; apply again later."),
            Failure::Refused => None,
        },
        Error::Attributes(_) | Error::NotFound(_) | Error::Refused(_) | Error::Left(_) => None,
    };
    Outcome::Failed { error: error.to_string(), hint: hint.map(str::to_owned) }
}
