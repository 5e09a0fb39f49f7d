//! Saved plans: made, written, read again, and held against what is so when they are applied.
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::arguments::PlanArguments;
use crate::cli::screen::Screen;
use crate::cli::{Exit, show};
use crate::config::Types;
use crate::diagnostic::Diagnostic;
use crate::graph::Given;
use crate::plan::Plan;
use crate::plan::file::{FileError, Moved, Saved, encode_plan, encode_value};
use crate::report;
use crate::report::saved::About;
use crate::schema::Length;
use crate::value::Value;
use crate::workspace::{self, Request, Session, variables};

/// For how long a saved plan may be applied when nobody says.
const EXPIRY: Duration = Duration::from_hours(24);
/// As many digits of a hash are enough to tell a plan by.
const DIGITS: usize = 16;

const AGAIN: &str = "Make a new plan and have it approved.";

/// What `plan -out` writes, with a life of its own.
pub(super) fn of(
    session: &Session,
    plan: &Plan,
    arguments: &PlanArguments,
    expires: Option<Length>,
) -> Saved {
    let (created, workspace) = (OffsetDateTime::now_utc(), &session.workspace);
    let salt = random();
    let expiry = expires.or(workspace.module.settings.plan_expiry);
    let expiry = expiry.map_or(EXPIRY, Length::duration);
    let sensitive = |name: &str, value: &Value| match workspace.module.variables.get(name) {
        Some(variable) if variable.sensitive => value.clone().sensitive(),
        _ => value.clone(),
    };
    let variables = workspace.known.variables.iter();
    let sources = workspace.module.all_sources();
    Saved {
        format: Saved::format(),
        drctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        created: text(created),
        // So far away that no calendar has it is never.
        expires: text(
            created.checked_add(expiry.try_into().unwrap_or_default()).unwrap_or(created),
        ),
        applied: None,
        nonce: random(),
        stack: session.intent.stack.clone(),
        sources: sources.iter().map(|s| (s.name.clone(), s.text.clone())).collect(),
        variables: variables
            .map(|(name, value)| (name.clone(), encode_value(&sensitive(name, value), &salt)))
            .collect(),
        destroy: session.intent.destroy,
        targets: arguments.target.clone(),
        adopt: arguments.adopt.clone(),
        max_removals: arguments.max_removals,
        also_sweep: arguments.also_sweep.clone(),
        replace: session.intent.replace.iter().map(ToString::to_string).collect(),
        partial: arguments.partial,
        plan: encode_plan(plan, &salt),
        salt,
    }
}

/// 32 hexadecimal digits that nobody foresees.
pub(super) fn random() -> String {
    // The keys of a fresh state are random.
    let part = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}

/// To the second, which is as exact as a deadline needs to be.
pub(super) fn text(time: OffsetDateTime) -> String {
    let whole = time.replace_nanosecond(0).unwrap_or(time);
    whole.format(&Rfc3339).unwrap_or_default()
}

/// Writes a saved plan, whole or not at all.
pub(super) fn write(saved: &Saved, path: &Path) -> io::Result<()> {
    let text = serde_json::to_string_pretty(saved)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(".".as_ref()))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// Reads a plan that is to be applied.
pub(super) fn read(path: &Path) -> Result<Saved, Diagnostic> {
    let failed = |text: String| Diagnostic::error(format!("Cannot apply {}", path.display()), text);
    if path.is_dir() {
        return Err(failed("This is a directory.".to_owned())
            .hint("Use -chdir=DIR to apply the configuration in another directory."));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Saved::parse(&text).map_err(|error| failed(error.to_string()))
}

/// What is to be known of a saved plan beside what it does.
pub(super) fn about(saved: &Saved) -> About {
    About::of(saved, expired(saved))
}

fn expired(saved: &Saved) -> bool {
    let until = OffsetDateTime::parse(&saved.expires, &Rfc3339);
    // A file whose time cannot be read is not to be trusted.
    until.map_or(true, |until| until <= OffsetDateTime::now_utc())
}

/// Why a saved plan may not be applied, as far as it says itself.
pub(super) fn unfit(saved: &Saved) -> Option<Diagnostic> {
    if let Some(at) = &saved.applied {
        return Some(applied_already(at));
    }
    expired(saved).then(|| {
        let text = format!(
            "The plan was made at {} and could be applied until {}.",
            saved.created, saved.expires
        );
        Diagnostic::error("Saved plan has expired", text).hint(AGAIN)
    })
}

/// Why a plan is not applied again.
pub(super) fn applied_already(at: &str) -> Diagnostic {
    let text = format!(
        "Applying this plan was begun at {at}, and a plan is applied once: what it was made for is not \
         what AWS has since. If that run did not finish, a new plan goes on from there."
    );
    Diagnostic::error("Saved plan was applied already", text).hint(AGAIN)
}

/// Why a plan is not the one that was approved, if so. `what` it is: the saved plan, or today's.
pub(super) fn not_approved(approved: &str, hash: &str, what: &str) -> Option<Diagnostic> {
    let asked = approved.trim().to_ascii_lowercase();
    if asked.len() >= DIGITS && hash.starts_with(&asked) {
        return None;
    }
    let problem = if asked.len() < DIGITS || !asked.chars().all(|c| c.is_ascii_hexdigit()) {
        let text =
            format!("{approved:?} is not the hash of a plan, nor its first {DIGITS} digits.");
        Diagnostic::error("Not a hash", text)
    } else {
        Diagnostic::error(
            "Another plan than the approved one",
            format!("Approved was {asked}, and {what} is {hash}."),
        )
    };
    Some(
        problem
            .hint("Nothing was changed. Have this plan approved, or find out why it is another."),
    )
}

/// The session that a saved plan was made in. Secrets are not in the file: they must be given
/// again, and be the same.
pub(super) fn reopen(saved: &Saved, arguments: &PlanArguments) -> Result<Session, Vec<Diagnostic>> {
    let PlanArguments { target, replace, adopt, destroy, max_removals, also_sweep, .. } = arguments;
    let asks = [target, replace, adopt, also_sweep].into_iter().any(|given| !given.is_empty());
    if asks || *destroy || max_removals.is_some() {
        return Err(vec![Diagnostic::error(
            "Options do not go with a saved plan",
            "What a saved plan does was decided when it was made: -target, -replace, -adopt, \
             -max-removals, -also-sweep and -destroy have no effect on it.",
        )]);
    }
    let damaged = |error: FileError| {
        vec![Diagnostic::error("Cannot apply the saved plan", error.to_string())]
    };
    let mut given = variables::given(&arguments.variables, Path::new("."))?;
    given.retain(|name, _| saved.variables.contains_key(name));
    let mut secrets = Vec::new();
    for name in saved.variables.keys() {
        let value = saved.variable(name).map_err(damaged)?;
        if value.has_sensitive() {
            secrets.push(name.clone());
        } else {
            given.insert(name.clone(), Given::Value(value));
        }
    }
    let kept = workspace::Kept::of_saved(saved);
    let workspace = workspace::Workspace::open(&kept.root(), &kept, Some(&given))?;
    for name in secrets {
        let value = workspace.known.variables[&name].clone().sensitive();
        if encode_value(&value, &saved.salt) != saved.variables[&name] {
            return Err(vec![
                Diagnostic::error(
                    "Another secret than the plan was made with",
                    format!("The sensitive variable \"{name}\" has another value now."),
                )
                .hint("Give the same value as for `plan`, or plan again."),
            ]);
        }
    }
    let request = Request {
        target: saved.targets.clone(),
        replace: saved.replace.iter().cloned().collect(),
        destroy: saved.destroy,
        adopt: saved.adopt.clone(),
        max_removals: saved.max_removals,
        also_sweep: saved.also_sweep.clone(),
        ..arguments.request()
    };
    Session::of(workspace, &request)
}

/// In what today's plan is not the saved one.
pub(super) fn moved(saved: &Saved, now: &Plan) -> Result<Vec<Moved>, Diagnostic> {
    let (specs, data) = workspace::types();
    let types = Types { resources: &specs, data: &data };
    saved
        .moved(now, types)
        .map_err(|error| Diagnostic::error("Cannot apply the saved plan", error.to_string()))
}

/// Tells why a plan is not applied.
pub(super) fn stale(problem: &Diagnostic, json: bool, screen: &mut Screen) -> io::Result<Exit> {
    if json {
        show::stream()?.diagnostics(std::slice::from_ref(problem))?;
    } else {
        screen.diagnostics(std::slice::from_ref(problem));
    }
    Ok(Exit::Stale)
}

/// Tells what has moved since a plan was made.
pub(super) fn has_moved(moved: &[Moved], json: bool, screen: &mut Screen) -> io::Result<Exit> {
    if json {
        show::stream()?.moved(moved)?;
    }
    let problem = Diagnostic::error(
        "Saved plan is stale",
        format!(
            "What the plan was made for is no longer so:\n\n{}",
            report::saved::moved(moved).trim_end_matches('\n')
        ),
    )
    .hint("Nothing was changed. Make a new plan and have it approved.");
    stale(&problem, json, screen)
}

/// Notes in the file that applying it begins, so that it is not begun again.
pub(super) fn begin(saved: &mut Saved, path: &Path) -> Result<(), Diagnostic> {
    saved.applied = Some(text(OffsetDateTime::now_utc()));
    write(saved, path).map_err(|error| {
        Diagnostic::warning(
            "The plan file could not be marked as applied",
            format!(
                "{}: {error}. Nothing but what AWS has then keeps it from being applied again.",
                path.display()
            ),
        )
    })
}
