//! What a handler works with: clients, the time it has, and the record of what it does.
use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::aws::Aws;
use crate::handlers::audit::{self, Audit, Entry, Status};
use crate::handlers::{Error, Result};

/// One invocation.
#[derive(Debug, Clone)]
pub struct Context {
    /// The handler that is invoked.
    pub handler: &'static str,
    /// Lambda's id of the invocation.
    pub request: String,
    /// Clients for the account and Region that the function lives in. Other Regions:
    /// [`Aws::in_region`].
    pub aws: Aws,
    /// Where the files are that the package carries for its handlers. Others may be written beside
    /// them, and stay there until the process ends.
    pub files: PathBuf,
    /// Whether to say what would be done and do nothing.
    pub dry_run: bool,
    /// The record of what is done.
    pub audit: Audit,
    /// When Lambda ends the function, whatever it is doing.
    pub deadline: Instant,
}

/// What is kept to tell that the time is over, before Lambda ends the function without a word.
const RESERVE: Duration = Duration::from_millis(500);

impl Context {
    /// The time that is left for work.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).saturating_sub(RESERVE)
    }

    /// Waits, as between two looks at something that is under way.
    ///
    /// # Errors
    /// At once, when there is not so much time left.
    pub async fn pause(&self, length: Duration) -> Result<()> {
        if length > self.remaining() {
            return Err(late());
        }
        tokio::time::sleep(length).await;
        Ok(())
    }

    /// The work, for at most `limit` and never beyond the deadline.
    ///
    /// # Errors
    /// The work's own, or that it took too long.
    pub async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let limit = limit.min(self.remaining());
        match tokio::time::timeout(limit, work).await {
            Ok(done) => done,
            Err(_) if self.remaining().is_zero() => Err(late()),
            Err(_) => Err(Error::Failed(format!("not done within {} s", limit.as_secs_f32()))),
        }
    }

    /// A line of the record.
    pub fn entry(&self, action: &str, target: &str, status: Status) -> Entry {
        Entry {
            time: audit::now(),
            request: self.request.clone(),
            handler: self.handler,
            action: action.to_owned(),
            target: target.to_owned(),
            status,
            milliseconds: None,
            reason: None,
            detail: Json::Null,
        }
    }

    /// Writes down that something is as it should be already.
    pub fn skip(&self, action: &str, target: &str, reason: &str) {
        self.audit.write(&self.entry(action, target, Status::Skipped).why(reason));
    }

    /// The one door to changing anything: writes down that it begins, does it before the deadline,
    /// and writes down how it ended. What the work gives is what is worth keeping in the record,
    /// such as the id of a job. In a dry run the work is not begun, and `None` is given.
    ///
    /// # Errors
    /// The work's own, or that the time is over.
    pub async fn act(
        &self,
        action: &str,
        target: &str,
        work: impl Future<Output = Result<Json>>,
    ) -> Result<Option<Json>> {
        if self.dry_run {
            self.audit.write(&self.entry(action, target, Status::Planned));
            return Ok(None);
        }
        self.audit.write(&self.entry(action, target, Status::Started));
        let began = Instant::now();
        let ended = self.within(self.remaining(), work).await;
        let entry = |status| self.entry(action, target, status).took(began.elapsed());
        match ended {
            Ok(detail) => {
                self.audit.write(&entry(Status::Done).with(detail.clone()));
                Ok(Some(detail))
            }
            Err(error) => {
                self.audit.write(&entry(Status::Failed).why(&error.to_string()));
                Err(error)
            }
        }
    }
}

fn late() -> Error {
    Error::Late(
        "the time that the function has is over: give it a longer `timeout`, or less to do"
            .to_owned(),
    )
}
