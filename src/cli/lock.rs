//! The lock of a run that changes something: where it is, who has it, what keeps it from being had.
use std::time::Duration;

use time::OffsetDateTime;

use crate::address::{InstanceKey, Region, Scope};
use crate::aws::{AwsError, Failure};
use crate::cli::Exit;
use crate::cli::arguments::PlanArguments;
use crate::cli::saved;
use crate::cli::screen::Screen;
use crate::config::Lock;
use crate::config::provider::Provider;
use crate::diagnostic::{Diagnostic, Span};
use crate::lease::{self, Applied, Entry, Lease, Parameters, Record, State, Taken};
use crate::plan::file::Saved;
use crate::report::lock::Holder;
use crate::schema::Length;
use crate::workspace::Session;

/// What stops a run before it begins: why, and how it ends.
pub(super) type Stopped = (Vec<Diagnostic>, Exit);

/// The lock as a configuration, or `-lock=true`, asks for it.
struct Wanted<'a> {
    provider: &'a str,
    region: Option<&'a Region>,
    length: Duration,
    span: Option<&'a Span>,
}

/// Where the lock is kept.
pub(super) struct Place {
    pub(super) store: Parameters,
    scope: Scope,
    length: Duration,
}

impl Wanted<'_> {
    fn of(lock: Option<&Lock>) -> Wanted<'_> {
        Wanted {
            provider: lock.map_or("", |lock| lock.provider.as_str()),
            region: lock.and_then(|lock| lock.region.as_ref()),
            length: lock.and_then(|lock| lock.lease).map_or(lease::LENGTH, Length::duration),
            span: lock.map(|lock| &lock.span),
        }
    }

    fn wrong(&self, problem: Diagnostic) -> Stopped {
        let problem = match self.span {
            Some(span) => problem.at(span.clone()),
            None => problem,
        };
        (vec![problem], Exit::Error)
    }

    /// The one provider of that alias.
    fn settings(&self, session: &Session) -> Result<Provider, Stopped> {
        let known = &session.workspace.known;
        let name = if self.provider.is_empty() { "aws" } else { self.provider };
        if !self.provider.is_empty()
            && !session.workspace.module.providers.contains_key(self.provider)
        {
            let text = format!("There is no provider \"aws\" with the alias \"{name}\".");
            return Err(self.wrong(Diagnostic::error("Unknown provider of the lock", text)));
        }
        let all = session.resolver().providers(self.provider, known);
        let mut all = all.map_err(|problems| (problems, Exit::Error))?;
        match all.pop() {
            Some((InstanceKey::None, settings)) if all.is_empty() => Ok(settings),
            _ => {
                let text = format!(
                    "The lock is kept in one account, and the provider {name} stands for several."
                );
                Err(self.wrong(Diagnostic::error("Invalid provider of the lock", text)))
            }
        }
    }

    /// The Region that is named, or else the first that a provider names and that is not the own one
    /// of the lock's: where the primary is lost, the lock is not.
    async fn region(&self, session: &Session, settings: &Provider) -> Result<Region, Stopped> {
        if let Some(region) = self.region {
            return Ok(region.clone());
        }
        let own = session.sessions.region(settings).await.ok();
        let module = &session.workspace.module;
        let all = module
            .providers
            .keys()
            .filter_map(|alias| session.resolver().providers(alias, &session.workspace.known).ok());
        let regions = all.flatten().filter_map(|(_, provider)| provider.region);
        let mut regions = regions.map(|region| Region::new(&region));
        regions.find(|region| Some(region) != own.as_ref()).ok_or_else(|| {
            let text = "The lock is to be in another Region than the one where most happens, and no \
                        provider names one.";
            let hint = "Name it: `drctl { lock { region = \"us-west-2\" } }`.";
            self.wrong(Diagnostic::error("No Region for the lock", text).hint(hint))
        })
    }
}

/// Where the lock of a session is kept; none if none is asked for.
pub(super) async fn place(
    session: &Session,
    asked: Option<bool>,
) -> Result<Option<Place>, Stopped> {
    let lock = session.workspace.module.settings.lock.as_ref();
    let wanted = match (asked, lock) {
        (Some(false), _) | (None, None) => return Ok(None),
        (Some(true) | None, lock) => Wanted::of(lock),
    };
    let stack = &session.intent.stack;
    if stack.split('/').any(str::is_empty) {
        let text =
            format!("{stack:?} cannot be part of the name of a parameter, which the lock is.");
        let hint = "Give the stack a name without `/` at its ends and without `//`.";
        return Err(wanted.wrong(Diagnostic::error("Stack cannot be locked", text).hint(hint)));
    }
    let settings = wanted.settings(session)?;
    let region = wanted.region(session, &settings).await?;
    let account = session.sessions.account(&settings, &region).await;
    let account = account.map_err(|error| not_had(&error, &format!("{region}"), stack))?;
    let scope = Scope { account, region };
    let aws = session.sessions.aws(&settings, scope.clone(), None).await;
    let aws = aws.map_err(|error| not_had(&error, &scope.to_string(), stack))?;
    Ok(Some(Place { store: Parameters::new(&aws, stack), scope, length: wanted.length }))
}

impl Place {
    /// What a lease of this run says.
    pub(super) fn record(&self, command: &str) -> Record {
        Record {
            state: State::Held,
            holder: holder(),
            run: run(),
            command: command.to_owned(),
            since: saved::text(OffsetDateTime::now_utc()),
            seconds: self.length.as_secs(),
            nonce: saved::random(),
            applied: Vec::new(),
        }
    }

    /// Why it cannot be had.
    pub(super) fn not_had(&self, error: &AwsError, stack: &str) -> Stopped {
        not_had(error, &self.scope.to_string(), stack)
    }

    /// The parameters and where they are, for people.
    pub(super) fn describe(&self) -> String {
        format!("{} in {}", self.store.path(), self.scope)
    }
}

/// Takes the lock if the configuration or the command line asks for it.
pub(super) async fn take(
    session: &Session,
    arguments: &PlanArguments,
    screen: &mut Screen,
) -> Result<Option<Lease<Parameters>>, Stopped> {
    let Some(place) = place(session, arguments.lock).await? else { return Ok(None) };
    let stack = &session.intent.stack;
    let patience = arguments.lock_timeout.unwrap_or_default();
    let command = if arguments.import.is_some() {
        "import"
    } else if arguments.destroy {
        "destroy"
    } else {
        "apply"
    };
    let tell = |entry: &Entry| {
        screen.say(&format!("Waiting for the lock: {} has it.\n", who(entry).describe()));
    };
    let record = place.record(command);
    match lease::take(place.store.clone(), record, patience, tell).await {
        Ok(Taken::Ours(lease)) => Ok(Some(lease)),
        Ok(Taken::Theirs(entry)) => {
            Err((vec![who(&entry).refuses(&place.describe())], Exit::Error))
        }
        Err(error) => Err(place.not_had(&error, stack)),
    }
}

/// Notes that applying a saved plan begins, unless it was begun before.
pub(super) async fn note(lease: &Lease<Parameters>, saved: &Saved) -> Result<(), Stopped> {
    if let Some(applied) = lease.has_applied(&saved.nonce).await {
        return Err((vec![saved::applied_already(&applied.at)], Exit::Stale));
    }
    let now = saved::text(OffsetDateTime::now_utc());
    let Saved { nonce, expires, .. } = saved;
    let (nonce, expires) = (nonce.clone(), expires.clone());
    lease.note(Applied { nonce, expires, at: now.clone() }, &now).await.map_err(|error| {
        let text =
            format!("That the plan is applied could not be noted: {error}. Nothing was changed.");
        (vec![Diagnostic::error("The lock is not sure", text)], Exit::Error)
    })
}

/// Why the lock cannot be had, and what can be done.
fn not_had(error: &AwsError, place: &str, stack: &str) -> Stopped {
    let problem = |text: String| Diagnostic::error("The lock cannot be had", text);
    match error.failure {
        Failure::Unreachable | Failure::Throttled | Failure::Fault => (
            vec![problem(format!("{place}, where the lock is kept, did not answer: {error}.")).hint(
                "If that Region is down and you know that nobody else changes this stack now, use \
                 -lock=false.",
            )],
            Exit::Incomplete,
        ),
        Failure::Denied => (
            vec![problem(format!("{place}, where the lock is kept, did not allow it: {error}.")).hint(
                format!(
                    "Whoever applies needs ssm:GetParametersByPath, ssm:GetParameter, \
                     ssm:PutParameter and ssm:DeleteParameter on parameter/drctl/{stack}/lock and \
                     parameter/drctl/{stack}/lock/* there. -lock=false goes on without the lock."
                ),
            )],
            Exit::Error,
        ),
        Failure::Credentials | Failure::Refused => {
            (vec![problem(format!("{place}, where the lock is kept: {error}."))], Exit::Error)
        }
    }
}

/// Who has a lease.
pub(super) fn who(entry: &Entry) -> Holder {
    let Entry { record, age, .. } = entry;
    Holder {
        who: record.holder.clone(),
        run: record.run.clone(),
        command: record.command.clone(),
        since: record.since.clone(),
        ends_in: record.length().saturating_sub(*age).as_secs(),
    }
}

/// Who this is: the person or the bot, and the machine.
fn holder() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"].into_iter().find_map(set);
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let machine = machine.map(|name| name.trim().to_owned()).or_else(|| set("HOSTNAME"));
    let user = user.unwrap_or_else(|| "somebody".to_owned());
    short(match machine {
        Some(machine) => format!("{user}@{machine}"),
        None => user,
    })
}

/// Where this run can be looked at, if it runs in CI.
fn run() -> Option<String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let github = || {
        let [server, repository, id] =
            ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(set);
        Some(format!("{}/{}/actions/runs/{}", server?, repository?, id?))
    };
    let others = ["CI_JOB_URL", "BUILD_URL", "CODEBUILD_BUILD_ARN"];
    set("DRCTL_RUN").or_else(github).or_else(|| others.into_iter().find_map(set)).map(short)
}

/// A parameter holds little.
fn short(text: String) -> String {
    text.chars().take(200).collect()
}

/// Where nothing is locked, nothing is said.
pub(super) fn without(session: &Session, arguments: &PlanArguments) -> Option<String> {
    let configured = session.workspace.module.settings.lock.is_some();
    (configured && arguments.lock == Some(false))
        .then(|| "Without the lock, as asked: nothing keeps another run out.\n".to_owned())
}
