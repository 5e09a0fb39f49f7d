//! `drctl plan`.
use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::{PlanArguments, length};
use crate::cli::exit::{refused, verdict};
use crate::cli::screen::Screen;
use crate::cli::{Exit, saved, show};
use crate::diagnostic::Diagnostic;
use crate::event::Silent;
use crate::plan::Plan as Changes;
use crate::report;
use crate::schema::Length;
use crate::workspace::{Planned, Session};

#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    arguments: PlanArguments,
    /// Save the plan to this file, to apply exactly it later.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For how long the saved plan may be applied: "30m", "24h". The configuration says it with
    /// `drctl { plan_expiry = "24h" }`, and 24 hours are what it is when nobody says.
    #[arg(long, value_name = "TIME", requires = "out", value_parser = length)]
    expires: Option<Length>,
    /// End with 2 if there are changes, with 0 if there are none.
    #[arg(long = "detailed-exitcode")]
    detailed_exitcode: bool,
}

impl Plan {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { arguments, out, expires, detailed_exitcode } = self;
        let json = arguments.output.json;
        if arguments.output.no_color {
            screen.plain();
        }
        let opened = Session::open(&arguments.request());
        let (session, mut finished, problems) = match planned(opened, json).await? {
            Ok(planned) => planned,
            Err(problems) => return failed(&problems, json, screen),
        };
        if arguments.partial {
            finished.hold_back(&session.workspace.graph);
        }
        let plan = &finished.plan;
        if json {
            let mut stream = show::stream()?;
            stream.plan(plan)?;
            stream.diagnostics(&problems)?;
            stream.outputs(&plan.outputs)?;
        } else {
            screen.result(&report::plan::render(plan, &problems, screen.paint))?;
        }
        let exit = verdict(plan);
        // What could not be planned whole is applied as approved only if that was approved.
        let whole = exit.is_none() || may_go_on(plan, arguments.partial);
        let kept = match &out {
            Some(_) if !whole => {
                screen.error(
                    "The plan was not saved",
                    "Parts of it could not be planned, so there is nothing whole to apply.",
                );
                None
            }
            Some(path) => {
                let saved = saved::of(&session, plan, &arguments, expires);
                if let Err(error) = saved::write(&saved, path) {
                    screen.error(&format!("Cannot write {}", path.display()), &error.to_string());
                    return Ok(Exit::Error);
                }
                Some((path.display().to_string(), saved::about(&saved)))
            }
            None => None,
        };
        if json {
            if let Some((path, about)) = &kept {
                show::stream()?.saved(path, about)?;
            }
        } else if kept.is_some() || (exit.is_none() && !nothing(plan)) {
            let kept = kept.as_ref().map(|(path, about)| (path.as_str(), about));
            screen.say(&format!("\n{}", report::plan::footer(kept, screen.side)));
        }
        Ok(match exit {
            Some(exit) => exit,
            None if detailed_exitcode && !nothing(plan) => Exit::Changes,
            None => Exit::Success,
        })
    }
}

/// Whether an incomplete plan may be carried out: nothing was refused, and what is missing was to be
/// left out.
pub fn may_go_on(plan: &Changes, partial: bool) -> bool {
    partial && !plan.destroy && verdict(plan) == Some(Exit::Incomplete) && !refused(plan)
}

/// A session and its plan; reading is quick, and reported only in JSON.
pub(super) async fn planned(
    opened: Result<Session, Vec<Diagnostic>>,
    json: bool,
) -> io::Result<Result<Planned, Vec<Diagnostic>>> {
    if json {
        Session::planned(opened, &mut show::stream()?).await
    } else {
        Session::planned(opened, &mut Silent).await
    }
}

/// True if applying would change nothing.
pub(super) fn nothing(plan: &Changes) -> bool {
    plan.is_empty()
}

/// Tells what is wrong, as the user asked to be told.
pub(super) fn failed(problems: &[Diagnostic], json: bool, screen: &mut Screen) -> io::Result<Exit> {
    if json {
        show::stream()?.diagnostics(problems)?;
    } else {
        screen.diagnostics(problems);
    }
    Ok(Exit::Error)
}
