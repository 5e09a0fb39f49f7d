//! What is to be done, from the configuration, an event, and what AWS was seen to have.
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{Copier, Lifecycle, Source, vault_name};
use crate::address::Scope;
use crate::function::notice::Notice;
use crate::schema::Arn;

/// What an event asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Look at one recovery point in the staging vault.
    Look(Arn),
    /// Look at all of them.
    LookAtAll,
    /// Tell people of a copy job that failed.
    Tell(Failed),
    /// Nothing; the text says why.
    Nothing(String),
}

/// A copy job that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its id.
    pub job: String,
    /// `FAILED` or `PARTIAL`.
    pub state: String,
    /// The recovery point, if the event names it.
    pub recovery_point: Option<String>,
    /// ARN of what was backed up.
    pub resource: Option<String>,
    /// ARN of the vault it was copied from.
    pub from: String,
    /// ARN of the vault it was to be copied to.
    pub to: String,
    /// Why, in AWS's words.
    pub reason: Option<String>,
}

/// A recovery point in the staging vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its ARN.
    pub arn: Arn,
    /// Its status; only `COMPLETED` ones can be copied.
    pub status: String,
    /// Type of what was backed up.
    pub resource_type: String,
    /// ARN of the vault that it was copied from, where AWS knows it.
    pub source_vault: Option<String>,
    /// How long it is kept.
    pub lifecycle: Lifecycle,
    /// How many days ago the backup was made, begun ones counted whole.
    pub age: i64,
}

/// A copy job that started from a recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// ARN of the vault that it copies to.
    pub to: String,
    /// Its state.
    pub state: String,
}

/// What is to be done for one target.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// Start a copy job.
    Copy {
        /// ARN of the vault.
        to: Arn,
        /// How long the copy is kept.
        lifecycle: Lifecycle,
        /// The same for the same copy, so that two who start it at once start one.
        token: String,
    },
    /// It is there or on its way.
    Already {
        /// ARN of the vault.
        to: Arn,
        /// Id of the job.
        job: String,
        /// Its state.
        state: String,
    },
}

/// What is to be done about the staging copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letting {
    /// Nothing.
    Keep(Keep),
    /// Delete it.
    Delete,
    /// Let it expire that many days after the backup.
    After(i64),
}

/// Why a staging copy is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The configuration does not ask for more.
    NotAsked,
    /// It is not in all targets yet.
    NotEverywhere,
    /// It expires soon enough.
    Expires,
}

const COPY_JOB: &str = "Copy Job State Change";

impl Asked {
    /// What an event asks for, `here` being where the function lives.
    ///
    /// # Errors
    /// When it is not for this function; the text says why.
    pub fn of(copier: &Copier, here: &Scope, event: &Json) -> Result<Self, String> {
        let notice = Notice::read(event)?;
        let account = here.account.as_str();
        if notice.is_scheduled() {
            return match notice.account == account {
                true => Ok(Self::LookAtAll),
                false => Err(format!("the schedule is of account {}, not ours", notice.account)),
            };
        }
        if (notice.source, notice.kind) != ("aws.backup", COPY_JOB) {
            let Notice { source, kind, .. } = notice;
            return Err(format!("{kind:?} of {source} is no {COPY_JOB:?} of aws.backup"));
        }
        let state = notice.text("state")?;
        let (from, to) =
            (notice.text("sourceBackupVaultArn")?, notice.text("destinationBackupVaultArn")?);
        let staging = copier.staging_vault_arn.as_str();
        if from == staging {
            onward(copier, account, &notice, state, to)
        } else if to == staging {
            arrival(copier, &notice, state, from)
        } else {
            Err(format!("the copy is from {from} to {to}, and the staging vault is {staging}"))
        }
    }
}

/// A copy came into the staging vault, or did not.
fn arrival(copier: &Copier, notice: &Notice<'_>, state: &str, from: &str) -> Result<Asked, String> {
    let account = notice.account;
    let mut sources = copier.source.0.iter();
    let source = sources
        .find(|source| source.account_id.as_str() == account && source.vault_arn.as_str() == from)
        .ok_or_else(|| format!("no `source` is the vault {from} of account {account}"))?;
    if let Some(running) = unfinished(state)? {
        return Ok(running);
    }
    of_type(source, notice.text("resourceType")?)?;
    if state != "COMPLETED" {
        return Ok(Asked::Tell(failed(notice, state)?));
    }
    let point = notice.text("destinationRecoveryPointArn")?;
    staged(copier, point).map(Asked::Look)
}

/// A copy out of the staging vault ended.
fn onward(
    copier: &Copier,
    account: &str,
    notice: &Notice<'_>,
    state: &str,
    to: &str,
) -> Result<Asked, String> {
    if notice.account != account {
        return Err(format!("the copy is of account {}, not ours", notice.account));
    }
    if !copier.target.0.iter().any(|target| target.vault_arn.as_str() == to) {
        return Err(format!("no `target` is the vault {to}"));
    }
    if let Some(running) = unfinished(state)? {
        return Ok(running);
    }
    if state != "COMPLETED" {
        return Ok(Asked::Tell(failed(notice, state)?));
    }
    let point = notice.resources.first().ok_or("the event does not name its recovery point")?;
    staged(copier, point).map(Asked::Look)
}

fn unfinished(state: &str) -> Result<Option<Asked>, String> {
    match state {
        "CREATED" | "PENDING" | "RUNNING" => {
            Ok(Some(Asked::Nothing(format!("the copy job is {state}"))))
        }
        "COMPLETED" | "FAILED" | "PARTIAL" => Ok(None),
        _ => Err(format!("{state:?} is no state of a copy job that is known")),
    }
}

fn of_type(source: &Source, kind: &str) -> Result<(), String> {
    let types = source.types();
    if types.contains(kind) {
        return Ok(());
    }
    let types = types.into_iter().collect::<Vec<_>>().join(", ");
    Err(format!("what was copied is of type {kind:?}, and `resource_types` are {types}"))
}

/// The ARN of a recovery point that may be in the staging vault.
fn staged(copier: &Copier, point: &str) -> Result<Arn, String> {
    let arn = Arn::parse(point).map_err(|error| error.to_string())?;
    let vault = &copier.staging_vault_arn;
    if (arn.account(), arn.region()) != (vault.account(), vault.region()) {
        let vault = vault.as_str();
        return Err(format!(
            "the recovery point {point} is not where the staging vault {vault} is"
        ));
    }
    Ok(arn)
}

fn failed(notice: &Notice<'_>, state: &str) -> Result<Failed, String> {
    Ok(Failed {
        job: notice.text("copyJobId")?.to_owned(),
        state: state.to_owned(),
        recovery_point: notice.resources.first().map(|&arn| arn.to_owned()),
        resource: notice.said("resourceArn").map(str::to_owned),
        from: notice.text("sourceBackupVaultArn")?.to_owned(),
        to: notice.text("destinationBackupVaultArn")?.to_owned(),
        reason: notice.said("statusMessage").map(str::to_owned),
    })
}

impl Failed {
    /// Subject and text of the message to people.
    pub fn message(&self) -> (String, String) {
        let Self { job, state, recovery_point, resource, from, to, reason } = self;
        let name = |arn: &str| arn.rsplit(':').next().unwrap_or_default().to_owned();
        // SNS takes a hundred characters of ASCII.
        let subject = format!("Copy {state}: {} to {}", name(from), name(to));
        let subject = subject.chars().filter(char::is_ascii).take(100).collect();
        let none = "(not told)".to_owned();
        let lines = [
            format!("The copy job {job} ended as {state}."),
            String::new(),
            format!("Reason:         {}", reason.as_ref().unwrap_or(&none)),
            format!("Backup of:      {}", resource.as_ref().unwrap_or(&none)),
            format!("Recovery point: {}", recovery_point.as_ref().unwrap_or(&none)),
            format!("From:           {from}"),
            format!("To:             {to}"),
        ];
        (subject, lines.join("\n"))
    }
}

/// What is to be started for a recovery point, target by target.
///
/// # Errors
/// When it is none that is carried on; the text says why.
pub fn starts(copier: &Copier, point: &Point, jobs: &[Job]) -> Result<Vec<Start>, String> {
    let Point { arn, status, resource_type, source_vault, lifecycle, age: _ } = point;
    let arn = arn.as_str();
    if status != "COMPLETED" {
        return Err(format!("the recovery point {arn} is {status}"));
    }
    let from = |source: &&Source| match source_vault {
        Some(vault) => source.vault_arn.as_str() == vault,
        // AWS does not always know; then the type alone must do.
        None => true,
    };
    let mut sources = copier.source.0.iter().filter(from).peekable();
    if sources.peek().is_none() {
        let vault = source_vault.as_deref().unwrap_or_default();
        return Err(format!("the recovery point {arn} came from {vault}, which is no `source`"));
    }
    if !sources.any(|source| source.types().contains(resource_type.as_str())) {
        return Err(format!("the recovery point {arn} is of type {resource_type:?}"));
    }
    let start = |target: &super::Target| {
        let to = &target.vault_arn;
        let to_there = || jobs.iter().filter(|job| job.to == to.as_str());
        let has_failed = |job: &&Job| ["FAILED", "PARTIAL"].contains(&job.state.as_str());
        match to_there().find(|job| !has_failed(job)) {
            Some(Job { id, state, .. }) => {
                Start::Already { to: to.clone(), job: id.clone(), state: state.clone() }
            }
            None => Start::Copy {
                to: to.clone(),
                lifecycle: target.lifecycle.clone().unwrap_or_else(|| lifecycle.clone()),
                token: token(arn, to.as_str(), to_there().count()),
            },
        }
    };
    Ok(copier.target.0.iter().map(start).collect())
}

/// The same for the same copy; another one only after the last try has failed.
fn token(point: &str, vault: &str, failures: usize) -> String {
    let digest = Sha256::digest(format!("{point}\n{vault}\n{failures}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is to be done about a staging copy whose jobs are these.
pub fn expiry(copier: &Copier, point: &Point, jobs: &[Job]) -> Letting {
    let Some(days) = copier.staging_expiry_days else { return Letting::Keep(Keep::NotAsked) };
    let there =
        |vault: &Arn| jobs.iter().any(|job| job.to == vault.as_str() && job.state == "COMPLETED");
    if !copier.target.0.iter().all(|target| there(&target.vault_arn)) {
        return Letting::Keep(Keep::NotEverywhere);
    }
    if days == 0 {
        return Letting::Delete;
    }
    let after = point.age + days;
    match point.lifecycle.delete_after {
        Some(already) if already > 0 && already <= after => Letting::Keep(Keep::Expires),
        _ => Letting::After(after),
    }
}

impl Copier {
    /// Name of the staging vault.
    ///
    /// # Errors
    /// When its ARN is none of a vault.
    pub fn staging_vault(&self) -> Result<&str, String> {
        vault_name(&self.staging_vault_arn).ok_or_else(|| {
            format!(
                "`staging_vault_arn` is {:?}, not the ARN of a vault",
                self.staging_vault_arn.as_str()
            )
        })
    }
}

#[cfg(test)]
mod tests;
