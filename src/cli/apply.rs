//! `drctl apply`: plans, asks, and does; or does exactly what was saved.
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::apply::{self, Ground, Patience, Summary};
use crate::cli::arguments::{Adopted, PlanArguments};
use crate::cli::plan::{Silent, failed, nothing};
use crate::cli::screen::Screen;
use crate::cli::session::{Session, verdict};
use crate::cli::{Exit, check, interrupt, progress, show, variables, workspace};
use crate::diagnostic::{Diagnostic, Source};
use crate::event::Reporter;
use crate::graph::Given;
use crate::plan::file::{Saved, encode_plan, encode_value};
use crate::plan::{Finished, OutputChange};
use crate::report;
use crate::resources::CATALOG;

#[derive(Debug, Args)]
pub(super) struct Apply {
    /// A plan that `plan -out` has saved. It is refused if what it was made for has changed.
    pub(super) file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) arguments: PlanArguments,
    /// Do not ask.
    #[arg(long = "auto-approve")]
    pub(super) auto_approve: bool,
}

impl Apply {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { file, arguments, auto_approve } = self;
        let json = arguments.output.json;
        if arguments.output.no_color {
            screen.plain();
        }
        let saved = match file.as_deref().map(read).transpose() {
            Ok(saved) => saved,
            Err(problem) => return failed(&[problem], json, screen),
        };
        let opened = match &saved {
            Some(saved) => reopen(saved, &arguments),
            None => Session::open(&arguments),
        };
        let session = match opened {
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
        if let Some(saved) = &saved {
            let moved = saved.moved(&encode_plan(plan, &saved.salt));
            if !moved.is_empty() {
                stale(&moved, json, screen)?;
                return Ok(Exit::Stale);
            }
        } else if json {
            let mut stream = show::stream()?;
            stream.plan(plan)?;
            stream.diagnostics(&problems)?;
        } else {
            screen.result(&report::plan::render(plan, &problems, screen.paint))?;
        }
        if let Some(Adopted { address, .. }) = &arguments.import
            && plan.steps.iter().any(|step| step.address.to_string() != *address)
        {
            let problem = Diagnostic::error(
                "Import would change more",
                format!("{address} needs other changes, which are no part of an import."),
            );
            let hint = "Apply those first, or write an import block and apply all together.";
            return failed(&[problem.hint(hint)], json, screen);
        }
        if let Some(exit) = verdict(plan) {
            if !json {
                screen.error(
                    "Nothing was changed",
                    "Parts of the plan could not be made or are refused; see above.",
                );
            }
            return Ok(exit);
        }
        if nothing(plan) {
            if !json {
                show_outputs(&finished.plan.outputs, screen)?;
            }
            return Ok(Exit::Success);
        }
        // In short; it is no reason to stop, for this run may be what sets it right.
        if !json && !plan.destroy {
            let found = check::findings(&session, &finished).await;
            let text = report::findings::brief(&found, screen.side);
            if !text.is_empty() {
                screen.say(&format!("\n{text}"));
            }
        }
        if saved.is_none() && !auto_approve {
            if json || !screen.interactive {
                let problem = Diagnostic::error(
                    "Nobody to ask",
                    "Changes must be approved, and there is no terminal to ask at.",
                );
                let problem = problem.hint(
                    "Save the plan with `plan -out=FILE` and apply that, or use -auto-approve.",
                );
                return failed(&[problem], json, screen);
            }
            if !approved(plan.destroy, screen)? {
                screen.say(if plan.destroy {
                    "\nDestroy cancelled.\n"
                } else {
                    "\nApply cancelled.\n"
                });
                return Ok(Exit::Error);
            }
        }
        carry_out(&session, &finished, &problems, &arguments, screen).await
    }
}

async fn carry_out(
    session: &Session,
    finished: &Finished,
    told: &[Diagnostic],
    arguments: &PlanArguments,
    screen: &mut Screen,
) -> io::Result<Exit> {
    let resolver = session.resolver();
    let stop = interrupt::watch();
    let ground = Ground {
        resolver: &resolver,
        catalog: CATALOG,
        patience: Patience::default(),
        sessions: Arc::clone(&session.sessions),
        stack: session.intent.stack.clone(),
        machine: session.machine.clone(),
        parallelism: arguments.parallelism.max(1),
        stop: stop.clone(),
    };
    let mut reporter: Box<dyn Reporter> = if arguments.output.json {
        Box::new(show::stream()?)
    } else {
        progress::reporter(&finished.plan, screen)
    };
    let summary = apply::run(&ground, finished, reporter.as_mut()).await?;
    drop(reporter);
    tracing::info!(requests = session.sessions.meter().total(), "requests sent to AWS");
    let outputs = outputs(session, &summary);
    if finished.plan.destroy {
        // Nothing is left that could be told.
    } else if arguments.output.json {
        show::stream()?.outputs(&outputs)?;
    } else {
        show_outputs(&outputs, screen)?;
    }
    // What a check could not tell before may be known now.
    let mut warnings =
        if finished.plan.destroy { Vec::new() } else { resolver.checks(&summary.known) };
    warnings.retain(|warning| !told.contains(warning));
    if arguments.output.json {
        show::stream()?.diagnostics(&warnings)?;
    } else {
        screen.diagnostics(&warnings);
    }
    Ok(match summary {
        _ if stop.is_cancelled() => Exit::Interrupted,
        Summary { failed, .. } if failed > 0 => Exit::Error,
        Summary { stale, .. } if stale > 0 => Exit::Stale,
        _ => Exit::Success,
    })
}

/// The outputs with what is known after applying.
fn outputs(
    session: &Session,
    summary: &Summary,
) -> std::collections::BTreeMap<String, OutputChange> {
    let resolver = session.resolver();
    let value = |name: &String| {
        let sensitive = session.workspace.module.outputs[name].sensitive;
        let after = resolver
            .output(name, &summary.known)
            .ok()
            .filter(super::super::value::Value::is_known)?;
        Some((name.clone(), OutputChange { after, sensitive }))
    };
    session.workspace.module.outputs.keys().filter_map(value).collect()
}

fn show_outputs(
    outputs: &std::collections::BTreeMap<String, OutputChange>,
    screen: &mut Screen,
) -> io::Result<()> {
    screen.result(&report::outputs::after_apply(outputs))
}

fn approved(destroy: bool, screen: &mut Screen) -> io::Result<bool> {
    let question = if destroy {
        "Do you really want to destroy all resources?\n  drctl will destroy everything shown above. \
         There is no undo."
    } else {
        "Do you want to perform these actions?\n  drctl will perform the actions described above."
    };
    screen.say(&format!(
        "\n{question}\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: "
    ));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    screen.say("\n");
    Ok(answer.trim() == "yes")
}

fn read(path: &Path) -> Result<Saved, Diagnostic> {
    let failed = |text: String| Diagnostic::error(format!("Cannot apply {}", path.display()), text);
    if path.is_dir() {
        return Err(failed("This is a directory.".to_owned())
            .hint("Use -chdir=DIR to apply the configuration in another directory."));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Saved::parse(&text).map_err(|error| failed(error.to_string()))
}

/// The session that a saved plan was made in. Secrets are not in the file: they must be given
/// again, and be the same.
fn reopen(saved: &Saved, arguments: &PlanArguments) -> Result<Session, Vec<Diagnostic>> {
    let PlanArguments { target, replace, adopt, destroy, max_removals, also_sweep, .. } = arguments;
    let asks = [target, replace, adopt, also_sweep].into_iter().any(|given| !given.is_empty());
    if asks || *destroy || max_removals.is_some() {
        return Err(vec![Diagnostic::error(
            "Options do not go with a saved plan",
            "What a saved plan does was decided when it was made: -target, -replace, -adopt, \
             -max-removals, -also-sweep and -destroy have no effect on it.",
        )]);
    }
    let sources: Vec<Arc<Source>> = saved
        .sources
        .iter()
        .map(|(name, text)| Arc::new(Source { name: name.clone(), text: text.clone() }))
        .collect();
    let damaged = |error: crate::plan::file::FileError| {
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
    let kept = workspace::Kept(sources);
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
    let arguments = PlanArguments {
        target: saved.targets.clone(),
        replace: saved.replace.iter().cloned().collect(),
        destroy: saved.destroy,
        adopt: saved.adopt.clone(),
        max_removals: saved.max_removals,
        also_sweep: saved.also_sweep.clone(),
        ..arguments.clone()
    };
    Session::of(workspace, &arguments)
}

fn stale(moved: &[String], json: bool, screen: &mut Screen) -> io::Result<()> {
    let list: Vec<String> = moved.iter().map(|line| format!("- {line}")).collect();
    let problem = Diagnostic::error(
        "Saved plan is stale",
        format!("What the plan was made for is no longer so:\n{}", list.join("\n")),
    )
    .hint("Nothing was changed. Make a new plan and have it approved.");
    if json {
        show::stream()?.diagnostics(&[problem])
    } else {
        screen.diagnostics(&[problem]);
        Ok(())
    }
}
