//! `drctl plan`.
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::PlanArguments;
use crate::cli::screen::Screen;
use crate::cli::session::{Session, verdict};
use crate::cli::{Exit, show};
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Reporter};
use crate::plan::file::{Saved, encode_plan, encode_value};
use crate::plan::{Finished, Plan as Changes};
use crate::report;
use crate::value::Value;

#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    arguments: PlanArguments,
    /// Save the plan to this file, to apply exactly it later.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// End with 2 if there are changes, with 0 if there are none.
    #[arg(long = "detailed-exitcode")]
    detailed_exitcode: bool,
}

impl Plan {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { arguments, out, detailed_exitcode } = self;
        let json = arguments.output.json;
        if arguments.output.no_color {
            screen.plain();
        }
        let session = match Session::open(&arguments) {
            Ok(session) => session,
            Err(problems) => return failed(&problems, json, screen),
        };
        let (finished, problems) = if json {
            session.plan(&mut show::stream()?).await?
        } else {
            session.plan(&mut Silent).await?
        };
        if problems.iter().any(Diagnostic::is_error) {
            return failed(&problems, json, screen);
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
        if let Some(path) = &out {
            // What could not be planned whole cannot be applied as approved.
            if exit.is_some() {
                screen.error(
                    "The plan was not saved",
                    "Parts of it could not be planned, so there is nothing whole to apply.",
                );
            } else if let Err(error) = save(&session, &finished, &arguments, path) {
                screen.error(&format!("Cannot write {}", path.display()), &error.to_string());
                return Ok(Exit::Error);
            }
        }
        if !json && exit.is_none() && !nothing(plan) {
            let saved = out.as_ref().map(|path| path.display().to_string());
            screen.say(&format!("\n{}", report::plan::footer(saved.as_deref(), screen.side)));
        }
        Ok(match exit {
            Some(exit) => exit,
            None if detailed_exitcode && !nothing(plan) => Exit::Changes,
            None => Exit::Success,
        })
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

/// Reading is quick; it is not reported.
pub(super) struct Silent;

impl Reporter for Silent {
    fn report(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }
}

fn save(
    session: &Session,
    finished: &Finished,
    arguments: &PlanArguments,
    path: &std::path::Path,
) -> io::Result<()> {
    let created = show::now();
    let salt = format!("{created}-{}", std::process::id());
    let workspace = &session.workspace;
    let sensitive = |name: &str, value: &Value| match workspace.module.variables.get(name) {
        Some(variable) if variable.sensitive => value.clone().sensitive(),
        _ => value.clone(),
    };
    let variables = workspace.known.variables.iter();
    let sources = workspace.module.all_sources();
    let saved = Saved {
        format: Saved::format(),
        drctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        created,
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
        plan: encode_plan(&finished.plan, &salt),
        salt,
    };
    let text = serde_json::to_string_pretty(&saved)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(".".as_ref()))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
