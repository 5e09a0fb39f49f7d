//! One step: look again, do it, wait until it is seen to be done.
use std::path::Path;
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
use crate::plan::{Verb, differences, ownership};
use crate::resources::{Catalog, Error, Key, ResourceType, Token};
use crate::schema::{Role, TypeSpec, with_options};
use crate::value::{Object, Observed, Value};

/// A step with all that it needs.
pub(super) struct Task {
    pub(super) address: Address,
    pub(super) verb: Verb,
    pub(super) spec: &'static TypeSpec,
    pub(super) settings: Option<Provider>,
    pub(super) scope: Option<Scope>,
    pub(super) key: Option<Key>,
    pub(super) wanted: Wanted,
    /// Whether the step is half of a replacement.
    pub(super) replaced: bool,
    /// What the plan was made for.
    pub(super) based_on: Option<Observed>,
    pub(super) catalog: Catalog,
    pub(super) patience: Patience,
    pub(super) sessions: Arc<Sessions>,
    pub(super) stack: String,
    pub(super) directory: Arc<Path>,
    pub(super) stop: CancellationToken,
    pub(super) tell: Box<dyn Fn(String) + Send + Sync>,
}

/// What a step has brought about.
pub(super) enum Done {
    /// The resource or data source is there, with these attributes.
    Live { inputs: Object, outputs: Object },
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
            Verb::Read => unreachable!("handled above"),
        }
    }

    fn settle<'a>(&'a self, aws: &'a Aws, kind: &'static dyn ResourceType) -> Settle<'a> {
        let minutes = |minutes: u32| std::time::Duration::from_secs(u64::from(minutes) * 60);
        let timeouts = &self.spec.timeouts;
        let (name, default) = match self.verb {
            Verb::Create | Verb::Read => ("create", timeouts.create),
            Verb::Update => ("update", timeouts.update),
            Verb::Delete => ("delete", timeouts.delete),
        };
        let allowed = self.wanted.timeouts.get(name).copied();
        let allowed = allowed.unwrap_or_else(|| minutes(default));
        Settle::new(aws, kind, &self.wanted.object, allowed, self.patience, &self.tell, &self.stop)
    }

    /// What is wanted, with the tags that say whose it is.
    fn stamped(&self) -> Object {
        let mut want = self.wanted.object.clone();
        if self.spec.inputs.iter().any(|spec| spec.name == "tags") {
            let mut tags = match want.get("tags").unmarked() {
                Value::Map(tags) | Value::Object(tags) => tags.clone(),
                _ => Object::default(),
            };
            for (key, value) in ownership(&self.stack, &self.address) {
                tags.set(key, Value::text(value));
            }
            want.set("tags", Value::Map(tags));
        }
        want
    }

    fn owned(&self, live: &Observed) -> bool {
        live.tags.as_ref().is_none_or(|tags| {
            ownership(&self.stack, &self.address).iter().all(|(k, v)| tags.get(k) == Some(v))
        })
    }

    async fn create(&self, aws: &Aws, kind: &'static dyn ResourceType) -> Result<Done, Outcome> {
        let mut settle = self.settle(aws, kind);
        let want = self.stamped();
        let key = match &self.key {
            Some(key) => Some(key.clone()),
            None => Key::of(self.spec.inputs, &want)
                .filter(|_| !matches!(self.spec.identity, crate::schema::Identity::Minted(_))),
        };
        // It may be there after all: made by a run that was cut off, or by somebody else.
        if let Some(key) = &key
            && let Some(live) = settle.read(key).await.map_err(|error| failed(&error))?
        {
            if !self.owned(&live) {
                return Err(Outcome::Stale {
                    moved: vec![format!("{key} did not exist when this was planned, and now does")],
                });
            }
            if !(self.replaced && self.based_on.is_some()) || live.tags.is_none() {
                return self.converge(&mut settle, key.clone(), want).await;
            }
        }
        let token = Token(token(&self.stack, &self.address, aws));
        let key = settle
            .retrying(|| kind.create(aws, &want, &token))
            .await
            .map_err(|error| failed(&error))?;
        self.converge(&mut settle, key, want).await
    }

    async fn update(&self, aws: &Aws, kind: &'static dyn ResourceType) -> Result<Done, Outcome> {
        let mut settle = self.settle(aws, kind);
        let key = self.key.clone().expect("what is updated has been read");
        let live = settle.read(&key).await.map_err(|error| failed(&error))?;
        let Some(live) = live else {
            return Err(Outcome::Stale { moved: vec![format!("{key} no longer exists")] });
        };
        if let Some(reason) = &live.locked {
            return Err(Outcome::Failed { error: reason.clone(), hint: None });
        }
        let moved = self.moved(&live);
        if !moved.is_empty() {
            return Err(Outcome::Stale { moved });
        }
        if differences(self.spec, &self.wanted, &live).is_empty() && self.owned(&live) {
            return Ok(Done::Nothing);
        }
        let want = self.stamped();
        self.converge(&mut settle, key, want).await
    }

    /// Attributes that no longer are what the plan was made for.
    fn moved(&self, live: &Observed) -> Vec<String> {
        let Some(before) = &self.based_on else { return Vec::new() };
        let compared = |spec: &&crate::schema::AttributeSpec| {
            matches!(spec.role, Role::State | Role::Key)
                && *self.wanted.object.get(spec.name) != Value::Null
        };
        let changed = |spec: &&crate::schema::AttributeSpec| {
            let (before, now) = (before.inputs.get(spec.name), live.inputs.get(spec.name));
            // To have become what is wanted is no reason to stop.
            let arrived = crate::schema::same(spec, now, self.wanted.object.get(spec.name));
            before != now && !arrived
        };
        let moved = self.spec.inputs.iter().filter(compared).filter(changed);
        moved.map(|spec| format!("{} has changed since the plan was made", spec.name)).collect()
    }

    /// Changes what still differs until nothing does.
    async fn converge(
        &self,
        settle: &mut Settle<'_>,
        key: Key,
        want: Object,
    ) -> Result<Done, Outcome> {
        let fail = |error: Error| failed(&error);
        let mut before: Option<Vec<FieldChange>> = None;
        let mut patience = 0;
        loop {
            let live = settle.until(&key, Until::Ready).await.map_err(fail)?;
            let live = live.expect("until ready, the resource is there");
            let left = differences(self.spec, &self.wanted, &live);
            if left.is_empty() && self.owned(&live) {
                let inputs = with_options(self.spec, &live.inputs, &self.wanted.object);
                return Ok(Done::Live { inputs, outputs: live.outputs });
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
            let (aws, kind) = (settle.aws, settle.kind);
            settle.retrying(|| kind.update(aws, &live, &want)).await.map_err(fail)?;
            before = Some(left);
        }
    }

    async fn delete(&self, aws: &Aws, kind: &'static dyn ResourceType) -> Result<Done, Outcome> {
        let fail = |error: Error| failed(&error);
        let settle = self.settle(aws, kind);
        let key = self.key.clone().expect("what is deleted has been read");
        let mut first = true;
        let mut last: Option<Observed> = None;
        let mut patience = 0;
        loop {
            let live = settle.until(&key, Until::Settled).await.map_err(fail)?;
            let Some(mut live) = live else {
                return Ok(if first { Done::Nothing } else { Done::Gone });
            };
            if first {
                if let Some(reason) = &live.locked {
                    return Err(Outcome::Failed { error: reason.clone(), hint: None });
                }
                if !self.still_ours(&live) {
                    let moved = vec![format!("{key} no longer carries our ownership tags")];
                    return Err(Outcome::Stale { moved });
                }
            }
            if last.as_ref() == Some(&live) {
                patience += 1;
                if patience > 12 {
                    return Err(Outcome::Failed {
                        error: format!("AWS accepted the deletion of {key}, but it is still there"),
                        hint: None,
                    });
                }
                settle.pause(patience).await;
                if patience % 4 != 0 {
                    continue;
                }
            } else {
                patience = 0;
            }
            last = Some(live.clone());
            live.inputs = with_options(self.spec, &live.inputs, &self.wanted.object);
            match settle.retrying(|| kind.delete(aws, &live)).await {
                Ok(()) => first = false,
                Err(Error::Left(_)) => return Ok(Done::Gone),
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    /// Before anything is deleted, the service itself says whose it is.
    fn still_ours(&self, live: &Observed) -> bool {
        let stack = |tags: &std::collections::BTreeMap<String, String>| {
            tags.get("drctl:stack") == Some(&self.stack)
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

/// The same for the same resource of the same stack, whatever the run.
fn token(stack: &str, address: &Address, aws: &Aws) -> String {
    use sha2::Digest as _;
    let text = format!("{stack}\n{address}\n{}", aws.scope);
    let hash = sha2::Sha256::digest(text);
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
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
