//! Waiting: the only place where applying sleeps, retries and counts time.
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::aws::{Aws, Failure};
use crate::resources::{Error, Key, ResourceType, Result, Retry};
use crate::schema::with_options;
use crate::value::{Object, Observed, Readiness};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// It is there and usable.
    Ready,
    /// It is usable, or gone.
    Settled,
}

/// Waits for one resource, for as long as its time-out allows.
pub(super) struct Settle<'a> {
    pub(super) aws: &'a Aws,
    pub(super) kind: &'static dyn ResourceType,
    wanted: &'a Object,
    deadline: Instant,
    allowed: Duration,
    patience: Patience,
    tell: &'a (dyn Fn(String) + Send + Sync),
    stop: &'a CancellationToken,
}

/// How long to wait between looks: short at first, since most things take a second, twice as long
/// each time, and never longer than the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Before the first look.
    pub first: Duration,
    /// Between any two.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_millis(400), longest: Duration::from_secs(15) }
    }
}

/// How long a refusal that passes by itself may last.
const PASSING: Duration = Duration::from_mins(5);

/// How many looks in a row may stay without an answer.
const UNANSWERED: u32 = 12;

fn no_answer(error: &Error) -> bool {
    let Error::Aws(error) = error else { return false };
    matches!(error.failure, Failure::Throttled | Failure::Unreachable | Failure::Fault)
}

/// `90 minutes`, `45 seconds`.
fn length(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 120 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

impl<'a> Settle<'a> {
    pub(super) fn new(
        aws: &'a Aws,
        kind: &'static dyn ResourceType,
        wanted: &'a Object,
        allowed: Duration,
        patience: Patience,
        tell: &'a (dyn Fn(String) + Send + Sync),
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            aws,
            kind,
            wanted,
            deadline: Instant::now() + allowed,
            allowed,
            patience,
            tell,
            stop,
        }
    }

    pub(super) async fn read(&self, key: &Key) -> Result<Option<Observed>> {
        let Some(mut live) = self.kind.read(self.aws, key).await? else { return Ok(None) };
        let mut told = live.clone();
        told.inputs = with_options(self.kind.spec(), &live.inputs, self.wanted);
        live.readiness = self.kind.readiness(&told)?;
        Ok(Some(live))
    }

    /// Looks until what is waited for is so.
    pub(super) async fn until(&self, key: &Key, until: Until) -> Result<Option<Observed>> {
        let (mut looks, mut unanswered) = (0, 0);
        loop {
            let seen = match self.read(key).await {
                // What is under way goes on whether or not we see it.
                Err(error) if unanswered < UNANSWERED && no_answer(&error) => {
                    unanswered += 1;
                    (self.tell)(format!("no answer: {error}"));
                    self.pause(unanswered).await;
                    continue;
                }
                seen => seen?,
            };
            unanswered = 0;
            let status = match (seen, until) {
                (None, Until::Settled) => return Ok(None),
                (None, Until::Ready) => "not seen yet".to_owned(),
                (Some(live), _) => match &live.readiness {
                    Readiness::Ready => return Ok(Some(live)),
                    // What has failed can still be deleted.
                    Readiness::Failed(_) if until == Until::Settled => return Ok(Some(live)),
                    Readiness::Failed(status) => {
                        return Err(Error::Refused(format!(
                            "{key} has failed: its status is {status}"
                        )));
                    }
                    Readiness::Settling(status) => status.clone(),
                },
            };
            (self.tell)(status.clone());
            if Instant::now() >= self.deadline {
                return Err(Error::Refused(format!(
                    "{key} is still {status} after {}, which is as long as it may take; AWS goes on \
                     with it. Apply again later, or allow more in a `timeouts` block",
                    length(self.allowed)
                )));
            }
            looks += 1;
            self.pause(looks).await;
        }
    }

    /// Waits a while, the longer the more often it was done.
    pub(super) async fn pause(&self, times: u32) {
        let Patience { first, longest } = self.patience;
        let wait = first * 2u32.saturating_pow(times.saturating_sub(1).min(16));
        tokio::time::sleep(wait.min(longest)).await;
    }

    /// Makes a call, again if AWS refuses it for a reason that passes by itself.
    pub(super) async fn retrying<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            let error = match call().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let Some((reason, longest)) = self.passes(&error) else { return Err(error) };
            if begun.elapsed() > longest
                || Instant::now() >= self.deadline
                || self.stop.is_cancelled()
            {
                return Err(error);
            }
            (self.tell)(reason);
            tries += 1;
            self.pause(tries).await;
        }
    }

    /// Why to try again, and for how long.
    fn passes(&self, error: &Error) -> Option<(String, Duration)> {
        let Error::Aws(aws) = error else { return None };
        let is = |retry: &Retry| {
            aws.code.as_deref() == Some(retry.code) && aws.message.contains(retry.saying)
        };
        let longest = if self.kind.busy().iter().any(is) {
            self.allowed
        } else if self.kind.retries().iter().any(is) {
            PASSING
        } else {
            return None;
        };
        Some((format!("trying again: {}", aws.message), longest))
    }
}
