//! `drctl unlock`: who has the lock; with `-force`, nobody any more.
use std::io;

use clap::Args;

use crate::cli::Exit;
use crate::cli::arguments::PlanArguments;
use crate::cli::lock;
use crate::cli::plan::failed;
use crate::cli::screen::Screen;
use crate::diagnostic::Diagnostic;
use crate::lease::{self, State};
use crate::workspace::Session;
use crate::workspace::variables::VariableArguments;

#[derive(Debug, Args)]
pub(super) struct Unlock {
    #[command(flatten)]
    variables: VariableArguments,
    /// End the lease though it holds. The run that has it begins nothing new, as soon as it notices;
    /// what it is at goes on.
    #[arg(long)]
    force: bool,
    /// No colours.
    #[arg(long = "no-color")]
    no_color: bool,
}

impl Unlock {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { variables, force, no_color } = self;
        if no_color {
            screen.plain();
        }
        let arguments = PlanArguments { variables, ..PlanArguments::default() };
        let session = match Session::open(&arguments.request()) {
            Ok(session) => session,
            Err(problems) => return failed(&problems, false, screen),
        };
        match unlock(&session, force).await {
            Ok(text) => {
                screen.result(&text)?;
                Ok(Exit::Success)
            }
            Err((problems, exit)) => {
                screen.diagnostics(&problems);
                Ok(exit)
            }
        }
    }
}

async fn unlock(session: &Session, force: bool) -> Result<String, lock::Stopped> {
    let stack = &session.intent.stack;
    let Some(place) = lock::place(session, Some(true)).await? else {
        return Ok("Nothing is locked.\n".to_owned());
    };
    let not_had = |error| place.not_had(&error, stack);
    let entry = lease::current(&place.store).await.map_err(not_had)?;
    let held = entry.filter(|entry| entry.record.state == State::Held);
    let Some(entry) = held else {
        return Ok(format!("Nobody has the lock {}.\n", place.describe()));
    };
    let who = lock::who(&entry);
    if entry.holds() && !force {
        let text = format!("{} has the lock {}.", who.describe(), place.describe());
        let hint = format!(
            "It ends by itself {} seconds after that run is dead, or sooner. -force ends it now: look \
             first whether that run still goes on.",
            entry.record.seconds
        );
        return Err((vec![Diagnostic::error("The lock is held", text).hint(hint)], Exit::Error));
    }
    lease::clear(&place.store, place.record("unlock")).await.map_err(not_had)?;
    let ended = if entry.holds() { "was ended" } else { "had ended, and is cleared" };
    Ok(format!("The lease of {} {ended}.\n", who.describe()))
}
