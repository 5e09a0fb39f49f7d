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

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::address::{AccountId, Region, Scope};
    use crate::aws::Sessions;
    use crate::config::provider::Provider;

    /// A context whose function is ended after so many milliseconds.
    async fn ends_in(milliseconds: u64) -> Context {
        let account = AccountId::parse("111111111111").unwrap();
        let scope = Scope { account, region: Region::new("us-east-1") };
        let provider = Provider { region: Some("us-east-1".to_owned()), ..Provider::default() };
        Context {
            handler: "test",
            request: "1".to_owned(),
            aws: Sessions::new().aws(&provider, scope, None).await.unwrap(),
            files: PathBuf::new(),
            dry_run: false,
            audit: Audit::new(io::sink()),
            deadline: Instant::now() + Duration::from_millis(milliseconds),
        }
    }

    fn is_late<T: std::fmt::Debug>(ended: &Result<T>) -> bool {
        matches!(ended, Err(Error::Late(_)))
    }

    #[tokio::test]
    async fn what_would_outlast_the_function_is_late_before_lambda_ends_it() {
        let context = ends_in(600).await;
        // To wait longer than is left is not begun.
        let began = Instant::now();
        assert!(is_late(&context.pause(Duration::from_secs(5)).await));
        assert!(began.elapsed() < Duration::from_millis(100));
        // Work is cut off while there is time to say so, and the record has how it ended.
        let endless = std::future::pending::<Result<Json>>();
        assert!(is_late(&context.act("Copy", "vault", endless).await));
        assert!(Instant::now() < context.deadline, "nothing is left to say that it is late");
        let written = context.audit.written();
        let said: Vec<Status> = written.iter().map(|entry| entry.status).collect();
        assert_eq!(said, [Status::Started, Status::Failed]);
        assert!(written[1].reason.as_deref().unwrap_or_default().contains("longer `timeout`"));
        // Nothing else is begun in vain.
        assert!(is_late(
            &context.within(Duration::from_secs(1), std::future::pending::<Result<()>>()).await
        ));
        assert_eq!(context.remaining(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_limit_of_the_works_own_is_another_matter() {
        let context = ends_in(60_000).await;
        let limit = Duration::from_millis(20);
        let ended = context.within(limit, std::future::pending::<Result<()>>()).await;
        assert!(
            matches!(&ended, Err(Error::Failed(why)) if why.contains("not done within 0.02 s"))
        );
        assert!(context.pause(Duration::ZERO).await.is_ok());
    }
}
