//! Does the actions of an event in order, and keeps a record of each.
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::address::Region;
use crate::aws::Failure;
use crate::function::Responder;
use crate::function::responder::{Ledger, Occasion, OnFailure, Planned, Step};
use crate::handlers::responder::actions::{self, Kind, Outcome, Scene};
use crate::handlers::responder::summary;
use crate::handlers::{Context, Error, Result, Status};

/// What is kept of the time of an invocation, to say how it ended.
pub(super) const RESERVE: Duration = Duration::from_secs(3);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Refusals of AWS that pass by themselves.
const PASSING: &[&str] = &[
    "ConflictException",
    "DBProxyTargetAlreadyRegisteredFault",
    "InvalidDBClusterSnapshotStateFault",
    "InvalidDBClusterStateFault",
    "InvalidDBProxyStateFault",
    "ResourceConflictException",
    "ResourceNotReadyException",
    "SnapshotQuotaExceeded",
];

/// The name under which it is remembered that the summary was told; no action can have it.
const SUMMARY: &str = " summary";

/// How one action ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    /// What it is called.
    pub(super) name: String,
    /// The kind of action.
    pub(super) kind: &'static str,
    /// How.
    pub(super) status: Status,
    /// What was done, or why not.
    pub(super) says: String,
    /// How often it was tried.
    pub(super) attempts: u32,
    /// How long all that took.
    pub(super) took: Duration,
}

impl Ended {
    fn record(&self) -> Json {
        json!({
            "action": self.name,
            "kind": self.kind,
            "status": self.status,
            "says": self.says,
            "attempts": self.attempts,
            "milliseconds": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// One event's actions.
#[derive(Debug)]
pub(super) struct Run<'a> {
    responder: &'a Responder,
    context: &'a Context,
    occasion: &'a Occasion,
    /// What is remembered of this event; `None` where nothing is to be remembered.
    ledger: Option<Ledger>,
    dry_run: bool,
    ended: Vec<Ended>,
    /// The action whose failure stops all behind it.
    stopped: Option<String>,
    began: Instant,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        responder: &'a Responder,
        context: &'a Context,
        occasion: &'a Occasion,
        ledger: Option<Ledger>,
        dry_run: bool,
    ) -> Self {
        Self {
            responder,
            context,
            occasion,
            ledger,
            dry_run,
            ended: Vec::new(),
            stopped: None,
            began: Instant::now(),
        }
    }

    /// Does one action, or says why not. Each leaves a line in the log, whatever happens.
    pub(super) async fn step(&mut self, planned: &Planned) {
        let Planned { step, remembered } = planned;
        let name = step.called();
        let kind = actions::ALL.iter().copied().find(|kind| kind.is(step));
        let Some(kind) = kind else { return self.end(&name, "?", none(), 0, Duration::ZERO) };
        let began = Instant::now();
        let (ended, attempts) = if let Some(failed) = &self.stopped {
            (not_begun(&format!("{failed} failed, and stops what is behind it")), 0)
        } else if *remembered && kind.remembered() {
            let at = &self.occasion.at;
            ((Status::Skipped, format!("it was done for this event ({at}) before")), 0)
        } else {
            self.attempts(step, &name, kind).await
        };
        let (status, _) = &ended;
        if *status == Status::Failed && step.on_failure == OnFailure::Stop && self.stopped.is_none()
        {
            self.stopped = Some(name.clone());
        }
        let done = *status == Status::Done;
        self.end(&name, kind.name(), ended, attempts, began.elapsed());
        if done && kind.remembered() {
            self.remember(&name).await;
        }
    }

    /// Tells people, and gives what whoever invoked the function is to know.
    ///
    /// # Errors
    /// When an action failed or was not begun, so that Lambda tries again what is left to do.
    pub(super) async fn finish(mut self) -> Result<Json> {
        let failures = self.failures();
        let told = self.ledger.as_ref().is_some_and(|ledger| ledger.has(SUMMARY));
        let changed = self.ended.iter().any(|ended| ended.status != Status::Skipped);
        if let Some(topic) = self.responder.summary_topic_arn.clone()
            && !self.dry_run
            && (changed || !told)
        {
            self.summary(&topic, failures.is_empty()).await;
        }
        if failures.is_empty() {
            return Ok(self.told());
        }
        let of = self.ended.len();
        Err(Error::Failed(format!("{} of {of} actions: {}", failures.len(), failures.join("; "))))
    }

    /// What failed, and why.
    pub(super) fn failures(&self) -> Vec<String> {
        let failed = self.ended.iter().filter(|ended| ended.status == Status::Failed);
        failed.map(|ended| format!("{}: {}", ended.name, ended.says)).collect()
    }

    /// What happened and what was done, as data.
    pub(super) fn told(&self) -> Json {
        let actions: Vec<Json> = self.ended.iter().map(Ended::record).collect();
        let mut told = self.occasion.notice("");
        if let Some(told) = told.as_object_mut() {
            told.remove("action");
            told.remove("idempotency_key");
            told.insert("dry_run".to_owned(), self.dry_run.into());
            told.insert("actions".to_owned(), actions.into());
        }
        told
    }

    /// Tries, and tries again what may pass.
    async fn attempts(
        &self,
        step: &Step,
        name: &str,
        kind: &'static dyn Kind,
    ) -> ((Status, String), u32) {
        let filled = match step.filled(&self.occasion.words()) {
            Ok(filled) => filled,
            Err(wrong) => return ((Status::Failed, wrong.to_string()), 0),
        };
        let aws = self.context.aws.within(step.timeout.duration());
        let aws = match &filled.region {
            Some(region) => aws.in_region(&Region::new(region)),
            None => aws,
        };
        let occasion = self.occasion;
        let scene = Scene { aws, occasion, name: name.to_owned(), context: self.context };
        let begins = |what: &str| {
            let entry = self.context.entry(name, &occasion.event_id, Status::Started);
            self.context.audit.write(&entry.why(what));
        };
        let mut pause = step.backoff.duration();
        let mut attempts = 0;
        loop {
            if let Some(late) = self.late(step, attempts) {
                return (late, attempts);
            }
            attempts += 1;
            let attempt = async { kind.attempt(&filled, &scene, self.dry_run, &begins).await };
            let failure = match self.context.within(step.timeout.duration(), attempt).await {
                Ok(Outcome::Unchanged(why)) => return ((Status::Skipped, why), attempts),
                Ok(Outcome::Would(what)) => return ((Status::Planned, what), attempts),
                Ok(Outcome::Done(what)) => return ((Status::Done, what), attempts),
                Err(failure) => failure,
            };
            let left = u32::try_from(step.retries).unwrap_or(0) + 1 - attempts;
            if left == 0 || !passes(&failure) {
                return ((Status::Failed, failure.to_string()), attempts);
            }
            tracing::warn!(action = name, error = %failure, ?pause, left, "trying again");
            if self.context.pause(pause).await.is_err() {
                let says = format!("{failure}; there is no time left to try again");
                return ((Status::Failed, says), attempts);
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Why an attempt is not begun: it may not be over when Lambda ends the function. The first
    /// attempt of an invocation is begun in any case, or nothing would ever be.
    fn late(&self, step: &Step, attempts: u32) -> Option<(Status, String)> {
        let first = attempts == 0 && self.ended.iter().all(|ended| ended.attempts == 0);
        let needs = step.timeout.duration() + RESERVE;
        let left = self.context.remaining();
        if first || left >= needs {
            return None;
        }
        Some(not_begun(&format!(
            "it may take {} s, and the function has {} s left; it is tried again when Lambda invokes \
             the function again",
            step.timeout.duration().as_secs(),
            left.saturating_sub(RESERVE).as_secs()
        )))
    }

    fn end(
        &mut self,
        name: &str,
        kind: &'static str,
        ended: (Status, String),
        attempts: u32,
        took: Duration,
    ) {
        let (status, says) = ended;
        let ended = Ended { name: name.to_owned(), kind, status, says, attempts, took };
        let entry = self.context.entry(name, &self.occasion.event_id, status).took(took);
        let detail = json!({
            "kind": kind,
            "attempts": attempts,
            "phase": self.occasion.phase.as_str(),
            "event_time": self.occasion.at,
        });
        self.context.audit.write(&entry.why(&ended.says).with(detail));
        self.ended.push(ended);
    }

    /// Notes in the cluster's tags that an action was done. If that fails, the action was done all
    /// the same; should the event come again, it is done again.
    async fn remember(&mut self, name: &str) {
        let (Some(ledger), Some(own)) = (&mut self.ledger, &self.occasion.own) else { return };
        ledger.add(name);
        let key = Ledger::tag(self.occasion.phase);
        let noted = match ledger.write() {
            None => Err("these are more actions than a tag can hold".to_owned()),
            Some(value) => {
                let tag = aws_sdk_rds::types::Tag::builder().key(&key).value(value).build();
                let call = self.context.aws.rds().add_tags_to_resource();
                let call = call.resource_name(own.as_str()).tags(tag).send();
                let noted = self.context.within(RESERVE * 3, async { Ok(call.await?) }).await;
                noted.map(|_| ()).map_err(|error| error.to_string())
            }
        };
        if let Err(error) = noted {
            let says = format!(
                "that {} was done cannot be remembered, and it is done again should this event come \
                 twice: {error}",
                name.trim()
            );
            let entry = self.context.entry(name.trim(), own.as_str(), Status::Failed);
            self.context.audit.write(&entry.why(&says));
        }
    }

    async fn summary(&mut self, topic: &str, well: bool) {
        let began = Instant::now();
        let words = self.occasion.words();
        let (subject, text) = summary::write(self.occasion, &self.ended, self.began.elapsed());
        let published = async {
            let wrong = |error: crate::schema::Mismatch| Error::Configuration(error.to_string());
            let topic = crate::function::responder::fill_text(topic, &words).map_err(wrong)?;
            let call = self.context.aws.sns().publish().topic_arn(&topic).message(text);
            let call = if topic.ends_with(".fifo") {
                let key = self.occasion.key(&format!("{SUMMARY} {well}"));
                call.message_group_id(&self.occasion.global).message_deduplication_id(key)
            } else {
                call.subject(subject)
            };
            Ok(call.send().await?.message_id.unwrap_or_default())
        };
        let published = self.context.within(RESERVE * 3, published).await;
        let status = if published.is_ok() { Status::Done } else { Status::Failed };
        let entry = self.context.entry("summary", topic, status).took(began.elapsed());
        let says = match &published {
            Ok(id) => format!("published message {id}"),
            Err(error) => error.to_string(),
        };
        self.context.audit.write(&entry.why(&says));
        if published.is_ok() && well {
            self.remember(SUMMARY).await;
        }
    }
}

fn none() -> (Status, String) {
    (Status::Failed, "no block says what is done".to_owned())
}

fn not_begun(why: &str) -> (Status, String) {
    (Status::Failed, format!("not begun: {why}"))
}

/// Whether a failure may pass by itself.
fn passes(error: &Error) -> bool {
    match error {
        Error::Aws(error) => match error.failure {
            Failure::Throttled | Failure::Unreachable | Failure::Fault => true,
            Failure::Refused => error.is(PASSING),
            Failure::Credentials | Failure::Denied => false,
        },
        Error::Failed(_) => true,
        Error::Refused(_) | Error::Configuration(_) | Error::Late(_) => false,
    }
}
