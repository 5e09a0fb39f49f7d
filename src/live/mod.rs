//! Asks AWS what a planner must know.
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::stream::{FuturesUnordered, StreamExt};

mod find;
mod sweep;

use crate::address::{Address, Scope};
use crate::aws::{Aws, AwsError, Batch, Failure, Sessions};
use crate::config::provider::Provider;
use crate::diagnostic::Checked;
use crate::event::{Event, Reporter};
use crate::graph::Known;
use crate::live::find::Search;
use crate::plan::{Answer, Finished, Ground, Planner, Request, RequestId, Trouble};
use crate::resources::{Catalog, Error, Key, Machine, ResourceType};
use crate::schema::{Identity, with_options};
use crate::value::{Object, Observed, Value};

/// What is to be known of a live resource beside itself: what keeps it from being deleted or from
/// becoming what is wanted. That may lie in options, which only the configuration has.
async fn weighed(
    kind: &dyn ResourceType,
    aws: &Aws,
    live: Observed,
    want: &Object,
    destroying: bool,
) -> Result<Observed, Error> {
    let inputs = with_options(kind.spec(), &live.inputs, want);
    if !inputs.0.values().all(Value::is_known) {
        return Ok(live);
    }
    let told = Observed { inputs, ..live.clone() };
    let kept = match kind.kept(&told)? {
        Some(kept) if destroying => Some(kind.kept_because(aws, &told, kept).await?),
        kept => kept,
    };
    let is_known = want.0.values().all(Value::is_known);
    let refused = if is_known { kind.refused(&told, want)? } else { None };
    Ok(Observed { refused, kept, ..live })
}

/// Reads what a planner asks for, with what one listing tells about many kept for all.
pub struct Reader<'a> {
    catalog: Catalog,
    sessions: &'a Sessions,
    stack: &'a str,
    machine: &'a Machine,
    batches: Mutex<HashMap<(String, Scope), Arc<Batch>>>,
    settings: Mutex<HashMap<String, Provider>>,
}

impl<'a> Reader<'a> {
    /// Nothing read yet. Local data sources are computed on `machine`.
    pub fn new(
        catalog: Catalog,
        sessions: &'a Sessions,
        stack: &'a str,
        machine: &'a Machine,
    ) -> Self {
        Self {
            catalog,
            sessions,
            stack,
            machine,
            batches: Mutex::default(),
            settings: Mutex::default(),
        }
    }

    /// Reads until the plan is complete. All questions that can be asked at once are.
    pub async fn plan(
        &self,
        ground: &Ground<'_>,
        known: Known,
        reporter: &mut dyn Reporter,
    ) -> std::io::Result<Checked<Finished>> {
        let mut planner = Planner::new(ground, known);
        let mut running = FuturesUnordered::new();
        loop {
            for (id, request) in planner.advance() {
                if let Some(address) = about(&request) {
                    reporter.report(&Event::ReadStarted { address })?;
                }
                running.push(self.ask(id, request, ground.intent.destroy));
            }
            let Some((id, request, answer, took)) = running.next().await else { break };
            if let Some(address) = about(&request) {
                let key = match &answer {
                    Answer::Resource(Some((key, _)))
                    | Answer::Part(key, ..)
                    | Answer::Unfinished(key, _) => Some(key.to_string()),
                    Answer::Data(_) => Some(String::new()),
                    _ => None,
                };
                reporter.report(&Event::ReadFinished { address, key, took })?;
            }
            planner.answer(id, answer);
        }
        Ok(planner.finish())
    }

    async fn ask(
        &self,
        id: RequestId,
        request: Request,
        destroying: bool,
    ) -> (RequestId, Request, Answer, std::time::Duration) {
        let started = Instant::now();
        let answer = Box::pin(self.find_out(&request, destroying)).await;
        let answer = answer.unwrap_or_else(|error| Answer::Trouble(trouble(&error)));
        (id, request, answer, started.elapsed())
    }

    async fn find_out(&self, request: &Request, destroying: bool) -> Result<Answer, Error> {
        match request {
            Request::Identify { alias, settings } => {
                self.settings
                    .lock()
                    .expect("no one panics while holding it")
                    .insert(alias.clone(), settings.clone());
                let region = self.sessions.region(settings).await?;
                let account = self.sessions.account(settings, &region).await?;
                Ok(Answer::Identified(account, region))
            }
            Request::Read { alias, scope, spec, key, want, .. } => {
                let aws = self.aws(alias, scope).await?;
                let kind = self.catalog.resource(spec);
                let Some(live) = kind.read(&aws, key).await? else {
                    return Ok(Answer::Resource(None));
                };
                let live = weighed(kind, &aws, live, want, destroying).await?;
                Ok(belonging(kind, &aws, key.clone(), live).await)
            }
            Request::Find { address, alias, scope, spec, before, adopt, want } => {
                let aws = self.aws(alias, scope).await?;
                let kind = self.catalog.resource(spec);
                let (stack, adopt) = (self.stack, adopt.as_ref());
                let search = Search { kind, aws: &aws, stack, address, before, adopt, want };
                match search.run().await? {
                    Answer::Resource(Some((key, live))) => {
                        let live = weighed(kind, &aws, live, want, destroying).await?;
                        Ok(belonging(kind, &aws, key, live).await)
                    }
                    other => Ok(other),
                }
            }
            Request::Sweep { alias, scope, account } => {
                let aws = self.aws(alias, scope).await?;
                sweep::sweep(self.catalog, &aws, self.stack, *account).await
            }
            Request::Confirm { alias, scope, spec, key, want, .. } => {
                // Not what one sweep told of all: the service itself.
                let aws = self.sessions.aws(&self.settings(alias), scope.clone(), None).await?;
                sweep::confirm(self.catalog.resource(spec), &aws.quick(), key, want).await
            }
            Request::Data { alias, scope, spec, want, .. } => {
                let kind = self.catalog.data(spec);
                let aws = match scope {
                    Some(scope) => Some(self.aws(alias, scope).await?),
                    None => None,
                };
                Ok(Answer::Data(kind.read(aws.as_ref(), self.machine, want).await?))
            }
        }
    }

    fn settings(&self, alias: &str) -> Provider {
        let settings = self.settings.lock().expect("no one panics while holding it");
        settings.get(alias).cloned().expect("a provider is identified before it is used")
    }

    async fn aws(&self, alias: &str, scope: &Scope) -> Result<Aws, AwsError> {
        let settings = self.settings(alias);
        let batch = {
            let mut batches = self.batches.lock().expect("no one panics while holding it");
            let key = (alias.to_owned(), scope.clone());
            Arc::clone(batches.entry(key).or_insert_with(|| Arc::new(Batch::new(self.stack))))
        };
        self.sessions.aws(&settings, scope.clone(), Some(batch)).await
    }
}

/// A live resource, with the tags of what it is part of if it has none itself.
async fn belonging(kind: &dyn ResourceType, aws: &Aws, key: Key, live: Observed) -> Answer {
    if matches!(kind.spec().identity, Identity::Child | Identity::Listed)
        && let Some(tags) = parent_tags(kind, aws, &live).await
    {
        return Answer::Part(key, live, tags);
    }
    Answer::Resource(Some((key, live)))
}

/// Whose the thing is that this one is part of. Not to be allowed to know is no reason to stop.
async fn parent_tags(
    kind: &dyn ResourceType,
    aws: &Aws,
    live: &Observed,
) -> Option<BTreeMap<String, String>> {
    match kind.parent_tags(aws, live).await {
        Ok(tags) => tags,
        Err(error) => {
            tracing::debug!(%error, kind = kind.spec().name, "cannot tell whose its parent is");
            None
        }
    }
}

fn about(request: &Request) -> Option<Address> {
    match request {
        Request::Identify { .. } | Request::Sweep { .. } | Request::Confirm { .. } => None,
        Request::Read { address, .. }
        | Request::Find { address, .. }
        | Request::Data { address, .. } => Some(address.clone()),
    }
}

/// What a failure means for a plan.
pub fn trouble(error: &Error) -> Trouble {
    let Error::Aws(error) = error else { return Trouble::Wrong(error.to_string(), None) };
    let text = error.to_string();
    match error.failure {
        Failure::Unreachable | Failure::Throttled | Failure::Fault => Trouble::Unreachable(text),
        Failure::Denied => Trouble::Denied(text),
        Failure::Credentials => Trouble::Wrong(text, credentials_hint(error)),
        Failure::Refused => Trouble::Wrong(text, None),
    }
}

fn credentials_hint(error: &AwsError) -> Option<String> {
    let hint = match error.code.as_deref() {
        Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired") => {
            "The credentials have expired: log in again (`aws sso login`) or renew the session."
        }
        Some(_) => {
            "AWS does not accept these credentials: check AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, or the profile."
        }
        // What it says is all there is to say: no Region is set, for one.
        None if error.operation == "configuration" => return None,
        None => {
            "No credentials were found: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the provider \
             block a `profile` or `assume_role`."
        }
    };
    Some(hint.to_owned())
}
