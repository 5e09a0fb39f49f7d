//! Asks AWS what a planner must know.
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::stream::{FuturesUnordered, StreamExt};

use crate::address::{Address, Scope};
use crate::aws::{Aws, AwsError, Batch, Failure, Sessions};
use crate::config::provider::Provider;
use crate::diagnostic::Checked;
use crate::event::{Event, Reporter};
use crate::graph::Known;
use crate::plan::{
    Answer, Finished, Ground, Planner, REPLACES_TAG, Request, RequestId, Trouble, label,
};
use crate::resources::{Catalog, Error, Key, Machine, ResourceType};
use crate::schema::{Identity, TypeSpec, with_options};
use crate::value::{Object, Observed};

/// A live resource that carries the ownership tags of an address.
struct Tagged {
    arn: String,
    key: Key,
    live: Observed,
    replaces: Option<String>,
}

/// What keeps a resource from being deleted may be an option, which only the configuration has.
fn keeping(kind: &dyn ResourceType, live: Observed, want: &Object) -> Result<Observed, Error> {
    let inputs = with_options(kind.spec(), &live.inputs, want);
    let kept = kind.kept(&Observed { inputs, ..live.clone() })?;
    Ok(Observed { kept, ..live })
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
                running.push(self.ask(id, request));
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
    ) -> (RequestId, Request, Answer, std::time::Duration) {
        let started = Instant::now();
        let answer = self.find_out(&request).await;
        let answer = answer.unwrap_or_else(|error| Answer::Trouble(trouble(&error)));
        (id, request, answer, started.elapsed())
    }

    async fn find_out(&self, request: &Request) -> Result<Answer, Error> {
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
                let live = keeping(kind, live, want)?;
                if spec.identity == Identity::Child
                    && let Some(tags) = parent_tags(kind, &aws, &live).await
                {
                    return Ok(Answer::Part(key.clone(), live, tags));
                }
                Ok(Answer::Resource(Some((key.clone(), live))))
            }
            Request::Find { address, alias, scope, spec, want } => {
                let aws = self.aws(alias, scope).await?;
                match self.find(&aws, address, spec).await? {
                    Answer::Resource(Some((key, live))) => {
                        let live = keeping(self.catalog.resource(spec), live, want)?;
                        Ok(Answer::Resource(Some((key, live))))
                    }
                    other => Ok(other),
                }
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

    /// What AWS named itself, by its ownership tags.
    async fn find(
        &self,
        aws: &Aws,
        address: &Address,
        spec: &'static TypeSpec,
    ) -> Result<Answer, Error> {
        let Identity::Minted(tagged) = spec.identity else {
            unreachable!("only what AWS names is looked for")
        };
        let label = label(address);
        let mut found: Vec<Tagged> = Vec::new();
        for (arn, tags) in aws.owned(self.stack, tagged).await? {
            if tags.get("drctl:address") != Some(&label) {
                continue;
            }
            let key = Key::of_arn(&arn);
            if let Some(live) = self.catalog.resource(spec).read(aws, &key).await? {
                let replaces = tags.get(REPLACES_TAG).cloned();
                found.push(Tagged { arn, key, live, replaces });
            }
        }
        // A run that was cut off between the two halves of a replacement leaves both.
        let succeeds = |one: &Tagged, other: &Tagged| {
            other.replaces.as_deref() == Some(one.key.to_string().as_str())
        };
        if let [one, other] = found.as_slice()
            && let Some(old) = match (succeeds(one, other), succeeds(other, one)) {
                (true, false) => Some(one),
                (false, true) => Some(other),
                _ => None,
            }
        {
            let Tagged { key, live, .. } = old;
            let mut live = live.clone();
            live.remarks.push(
                "A run that was cut off has created the successor already; this run goes on from \
                 there."
                    .to_owned(),
            );
            return Ok(Answer::Unfinished(key.clone(), live));
        }
        if found.len() > 1 {
            let arns: Vec<&str> = found.iter().map(|one| one.arn.as_str()).collect();
            return Err(Error::Refused(format!(
                "several live resources carry the ownership tags of {address}: {}. Take the tag \
                 drctl:address off all but one.",
                arns.join(", ")
            )));
        }
        Ok(Answer::Resource(found.pop().map(|one| (one.key, one.live))))
    }

    async fn aws(&self, alias: &str, scope: &Scope) -> Result<Aws, AwsError> {
        let settings = {
            let settings = self.settings.lock().expect("no one panics while holding it");
            settings.get(alias).cloned().expect("a provider is identified before it is used")
        };
        let batch = {
            let mut batches = self.batches.lock().expect("no one panics while holding it");
            let key = (alias.to_owned(), scope.clone());
            Arc::clone(batches.entry(key).or_insert_with(|| Arc::new(Batch::new(self.stack))))
        };
        self.sessions.aws(&settings, scope.clone(), Some(batch)).await
    }
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
        Request::Identify { .. } => None,
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
