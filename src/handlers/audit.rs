//! The record of what handlers do: one JSON object a line, in the function's log.
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Where lines go. Clones write to the same place.
#[derive(Clone)]
pub struct Audit {
    out: Arc<Mutex<Box<dyn Write + Send>>>,
    written: Arc<Mutex<Vec<Entry>>>,
}

/// One line: what was begun, or how it ended.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When, in UTC.
    pub time: String,
    /// Lambda's id of the invocation.
    pub request: String,
    /// The handler.
    pub handler: &'static str,
    /// What is done: AWS's name of the call, or the name of the action in the configuration.
    pub action: String,
    /// What it is done to; empty for the event as a whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// How far it is.
    pub status: Status,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    /// Why it failed, was refused or was not necessary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What AWS answered that is worth keeping: ids of jobs and messages.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub detail: Json,
}

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Begun. If no other line follows, the function was ended in the middle of it.
    Started,
    /// Done.
    Done,
    /// Not done.
    Failed,
    /// Not necessary: it is as it should be.
    Skipped,
    /// Not for us.
    Refused,
    /// What would be done, if this were no dry run.
    Planned,
    /// Nothing was done: this is how it is.
    Found,
}

impl Entry {
    /// The same with a reason.
    pub fn why(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }
    /// The same with what is worth keeping.
    pub fn with(self, detail: Json) -> Self {
        Self { detail, ..self }
    }
    /// The same with the time it took.
    pub fn took(self, time: Duration) -> Self {
        Self { milliseconds: u64::try_from(time.as_millis()).ok(), ..self }
    }
}

impl Audit {
    /// Writes there.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self { out: Arc::new(Mutex::new(Box::new(out))), written: Arc::default() }
    }

    /// Writes one line.
    ///
    /// # Panics
    /// When another thread panicked while it wrote.
    pub fn write(&self, entry: &Entry) {
        let mut line = serde_json::to_string(entry).expect("texts and numbers are JSON");
        line.push('\n');
        let mut out = self.out.lock().expect("writing does not panic");
        // The work is more important than its record: a log that is full must not stop it.
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        self.written.lock().expect("pushing does not panic").push(entry.clone());
    }

    /// All that was written, for a summary.
    ///
    /// # Panics
    /// When another thread panicked while it wrote.
    pub fn written(&self) -> Vec<Entry> {
        self.written.lock().expect("pushing does not panic").clone()
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("written", &self.written).finish_non_exhaustive()
    }
}

/// Now, as it stands in the log.
pub(super) fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
