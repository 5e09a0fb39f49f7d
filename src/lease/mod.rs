//! One run at a time: a lease, kept in Systems Manager's Parameter Store.
//!
//! Parameter Store knows no compare-and-set, but it creates a parameter only if there is none of
//! that name, and does so once whoever asks. So each lease is a parameter of its own: the next one
//! has the next number, and whoever creates it has it. A lease that was given back or has ended stays
//! until the next but one, so that who was slow to look finds its number taken. The highest number
//! holds, always; a lower one never does.
//!
//! A lease ends when nobody renews it: what is left of a run that was killed stops nobody for long.
//! The holder stops being sure of it before others may take it, so clocks may differ by a fifth of
//! its length.
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::aws::Result;

mod record;
mod ssm;

pub use record::{Applied, Record, State};
pub use ssm::Parameters;

/// For how long a lease holds that nobody renews, if nobody says.
pub const LENGTH: Duration = Duration::from_mins(10);

/// Between two looks at a lease that somebody else has.
const WAIT: Duration = Duration::from_secs(2);

/// Until the next look when somebody was quicker.
const AGAIN: Duration = Duration::from_millis(200);

/// Where leases are kept.
pub trait Store: Send + Sync + 'static {
    /// All that are there, in any order.
    fn list(&self) -> impl Future<Output = Result<Vec<Entry>>> + Send;
    /// Creates the one of that number, and says whether it was created; not if it is there.
    fn create(&self, number: u64, record: &Record) -> impl Future<Output = Result<bool>> + Send;
    /// Writes over the one of that number.
    fn write(&self, number: u64, record: &Record) -> impl Future<Output = Result<()>> + Send;
    /// Takes it away; it need not be there.
    fn delete(&self, number: u64) -> impl Future<Output = Result<()>> + Send;
}

/// A lease that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: u64,
    /// What it says.
    pub record: Record,
    /// How long ago it was written.
    pub age: Duration,
}

impl Entry {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.record.state == State::Held && self.age < self.record.length()
    }
}

/// The lease that counts: the one with the highest number.
///
/// # Errors
/// When the store cannot be asked.
pub async fn current(store: &impl Store) -> Result<Option<Entry>> {
    Ok(store.list().await?.into_iter().max_by_key(|entry| entry.number))
}

/// What came of trying to take a lease.
#[derive(Debug)]
pub enum Taken<S> {
    /// It is ours.
    Ours(Lease<S>),
    /// Somebody else has it.
    Theirs(Box<Entry>),
}

/// Tries to take the lease, for as long as `patience` allows; `tell` is told once of who has it.
///
/// # Errors
/// When the store cannot be asked.
pub async fn take<S: Store>(
    store: S,
    record: Record,
    patience: Duration,
    mut tell: impl FnMut(&Entry),
) -> Result<Taken<S>> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        match attempt(&store, &record).await? {
            Attempt::Ours(number, record, since) => {
                return Ok(Taken::Ours(Lease::new(store, number, record, since)));
            }
            Attempt::Lost => tokio::time::sleep(AGAIN).await,
            Attempt::Theirs(entry) => {
                let left = patience.saturating_sub(begun.elapsed());
                if left.is_zero() {
                    return Ok(Taken::Theirs(Box::new(entry)));
                }
                if !std::mem::replace(&mut told, true) {
                    tell(&entry);
                }
                tokio::time::sleep(left.min(WAIT)).await;
            }
        }
    }
}

enum Attempt {
    Ours(u64, Record, Instant),
    Theirs(Entry),
    /// Somebody was quicker; look again.
    Lost,
}

async fn attempt(store: &impl Store, record: &Record) -> Result<Attempt> {
    let before = current(store).await?;
    let (number, applied) = match before {
        Some(entry) if entry.holds() => return Ok(Attempt::Theirs(entry)),
        Some(entry) => (entry.number + 1, entry.record.applied),
        None => (1, Vec::new()),
    };
    let record = Record { applied, ..record.clone() };
    let since = Instant::now();
    if !store.create(number, &record).await? {
        return Ok(Attempt::Lost);
    }
    // Who looked long ago may have created a number that was gone again since.
    let entries = store.list().await?;
    if entries.iter().any(|entry| entry.number > number) {
        store.delete(number).await?;
        return Ok(Attempt::Lost);
    }
    // The one before stays: its number must be taken for who is slow to look.
    for old in entries.iter().filter(|entry| entry.number + 1 < number) {
        if let Err(error) = store.delete(old.number).await {
            tracing::debug!(%error, number = old.number, "an old lease stays");
        }
    }
    Ok(Attempt::Ours(number, record, since))
}

/// Ends whatever lease there is, so that the next run can take one. Says what there was.
///
/// # Errors
/// When the store cannot be asked.
pub async fn clear(store: &impl Store, record: Record) -> Result<Option<Entry>> {
    loop {
        let Some(entry) = current(store).await? else { return Ok(None) };
        if entry.record.state != State::Held {
            return Ok(None);
        }
        let applied = entry.record.applied.clone();
        let forced = Record { state: State::Forced, applied, ..record.clone() };
        if store.create(entry.number + 1, &forced).await? {
            return Ok(Some(entry));
        }
    }
}

/// A lease that is ours, renewed for as long as this lives.
#[derive(Debug)]
pub struct Lease<S> {
    store: Arc<S>,
    number: u64,
    record: Arc<tokio::sync::Mutex<Record>>,
    lost: CancellationToken,
    why: Arc<OnceLock<String>>,
    keeper: tokio::task::JoinHandle<()>,
}

impl<S: Store> Lease<S> {
    fn new(store: S, number: u64, record: Record, since: Instant) -> Self {
        let (store, length) = (Arc::new(store), record.length());
        let record = Arc::new(tokio::sync::Mutex::new(record));
        let (lost, why) = (CancellationToken::new(), Arc::new(OnceLock::new()));
        let keeper = tokio::spawn(keep(
            Arc::clone(&store),
            number,
            Arc::clone(&record),
            (since, length),
            (lost.clone(), Arc::clone(&why)),
        ));
        Self { store, number, record, lost, why, keeper }
    }

    /// Cancelled when the lease is lost.
    pub fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// Why it was lost, once it was.
    pub fn why(&self) -> &Arc<OnceLock<String>> {
        &self.why
    }

    /// Whether applying a saved plan was begun under this lock before, by the plan's own number.
    pub async fn has_applied(&self, nonce: &str) -> Option<Applied> {
        let record = self.record.lock().await;
        record.applied.iter().find(|applied| applied.nonce == nonce).cloned()
    }

    /// Notes for all runs to come that applying a saved plan was begun.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn note(&self, applied: Applied, now: &str) -> Result<()> {
        let mut record = self.record.lock().await;
        record.note(applied, now);
        self.store.write(self.number, &record).await
    }

    /// Gives the lease back.
    ///
    /// # Errors
    /// When it cannot be written: it then ends by itself.
    pub async fn release(self) -> Result<()> {
        self.keeper.abort();
        if self.lost.is_cancelled() {
            return Ok(());
        }
        let mut record = self.record.lock().await;
        record.state = State::Released;
        self.store.write(self.number, &record).await
    }
}

impl<S> Drop for Lease<S> {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Looks often whether the lease is still ours, and renews it in time.
async fn keep<S: Store>(
    store: Arc<S>,
    number: u64,
    record: Arc<tokio::sync::Mutex<Record>>,
    (since, length): (Instant, Duration),
    (lost, why): (CancellationToken, Arc<OnceLock<String>>),
) {
    let lose = |text: String| {
        // It is lost once.
        let _ = why.set(text);
        lost.cancel();
    };
    let mut renewed = since;
    let mut trouble = String::new();
    loop {
        tokio::time::sleep(length / 20).await;
        let record = record.lock().await;
        let begun = Instant::now();
        let looked = match store.list().await {
            Ok(entries) => {
                if let Some(other) = superseded(&entries, number, &record) {
                    return lose(other);
                }
                Ok(())
            }
            Err(error) => Err(error),
        };
        let written = match looked {
            Ok(()) if renewed.elapsed() < length / 3 => continue,
            Ok(()) => store.write(number, &record).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => renewed = begun,
            Err(error) => {
                tracing::warn!(%error, "the lock was not renewed");
                trouble = error.to_string();
            }
        }
        // Others may take it when all of its length is over.
        if renewed.elapsed() > length * 4 / 5 {
            return lose(format!("it could not be renewed in time: {trouble}"));
        }
    }
}

/// Why the lease of that number is no longer ours, if so.
fn superseded(entries: &[Entry], number: u64, ours: &Record) -> Option<String> {
    let highest = entries.iter().max_by_key(|entry| entry.number);
    match highest {
        Some(entry) if entry.number > number => Some(match entry.record.state {
            State::Forced => format!("{} has ended it with `drctl unlock`", entry.record.holder),
            State::Held | State::Released => format!("{} has taken it", entry.record.holder),
        }),
        Some(entry) if entry.number == number && entry.record.nonce == ours.nonce => None,
        Some(_) | None => Some("its parameter is gone".to_owned()),
    }
}

#[cfg(test)]
mod tests;
