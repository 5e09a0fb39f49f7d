//! `drctl apply`: plans, asks, and does; or does exactly what was saved.
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::apply::{self, Ground, Patience, Summary};
use crate::cli::arguments::PlanArguments;
use crate::cli::comment::{self, Unapproved};
use crate::cli::exit::{refused, verdict};
use crate::cli::forge::ForgeName;
use crate::cli::plan::{failed, may_go_on, nothing, planned};
use crate::cli::screen::Screen;
use crate::cli::{Exit, check, interrupt, lock, progress, saved, show};
use crate::diagnostic::Diagnostic;
use crate::event::Reporter;
use crate::lease::{Lease, Parameters};
use crate::plan::file::Saved;
use crate::plan::{Finished, OutputChange, Plan};
use crate::report;
use crate::resources::CATALOG;
use crate::workspace::{Adopted, Session};

#[derive(Debug, Args)]
pub(super) struct Apply {
    /// A plan that `plan -out` has saved. It is refused if what it was made for has changed.
    pub(super) file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) arguments: PlanArguments,
    /// Only if this is the plan that was approved: the hash that `plan -out` prints, or its first 16
    /// digits. Without a file, today's plan must be that one.
    #[arg(long, value_name = "HASH")]
    pub(super) approved: Option<String>,
    /// The same with the hash in the comment that `drctl comment` has posted about this stack, on the
    /// change that brought this commit. In GitHub Actions and GitLab CI it is known which forge.
    #[arg(long = "approved-from-comment", value_name = "FORGE", conflicts_with = "approved")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "here")]
    pub(super) approved_from_comment: Option<ForgeName>,
    /// Do not ask.
    #[arg(long = "auto-approve")]
    pub(super) auto_approve: bool,
}

impl Apply {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { file, mut arguments, approved, approved_from_comment, auto_approve } = self;
        let json = arguments.output.json;
        if arguments.output.no_color {
            screen.plain();
        }
        let mut saved = match file.as_deref().map(saved::read).transpose() {
            Ok(saved) => saved,
            Err(problem) => return failed(&[problem], json, screen),
        };
        if let Some(saved) = &saved {
            let another =
                || saved::not_approved(approved.as_ref()?, &saved.hash(), "the saved plan");
            if let Some(problem) = saved::unfit(saved).or_else(another) {
                return saved::stale(&problem, json, screen);
            }
            arguments.partial = saved.partial;
        }
        if arguments.partial && arguments.destroy {
            let text = "While something cannot be read, nothing is destroyed: what is out of sight \
                        may need what would go.";
            let problem = Diagnostic::error("A destroy is whole or not at all", text);
            return failed(&[problem], json, screen);
        }
        let opened = match &saved {
            Some(saved) => saved::reopen(saved, &arguments),
            None => Session::open(&arguments.request()),
        };
        let session = match opened {
            Ok(session) => session,
            Err(problems) => return failed(&problems, json, screen),
        };
        if let Some(text) = lock::without(&session, &arguments).filter(|_| !json) {
            screen.say(&text);
        }
        let lease = match lock::take(&session, &arguments, screen).await {
            Ok(lease) => lease,
            Err((problems, exit)) => {
                failed(&problems, json, screen)?;
                return Ok(exit);
            }
        };
        let saved = saved.as_mut().zip(file.as_deref());
        let lease_held = lease.as_ref();
        let run =
            Run { arguments, approved, approved_from_comment, auto_approve, lease: lease_held };
        let exit = run.go(session, saved, screen).await;
        if let Some(Err(error)) = match lease {
            Some(lease) => Some(lease.release().await),
            None => None,
        } {
            let text = format!("{error}. It ends by itself.");
            tell(&[Diagnostic::warning("The lock was not given back", text)], json, screen)?;
        }
        exit
    }
}

/// A run that has the lock, if there is one to have.
struct Run<'a> {
    arguments: PlanArguments,
    approved: Option<String>,
    approved_from_comment: Option<Option<ForgeName>>,
    auto_approve: bool,
    lease: Option<&'a Lease<Parameters>>,
}

impl Run<'_> {
    /// Plans, asks and does.
    async fn go(
        &self,
        session: Session,
        saved: Option<(&mut Saved, &Path)>,
        screen: &mut Screen,
    ) -> io::Result<Exit> {
        let Self { arguments, approved, approved_from_comment, auto_approve, lease } = self;
        let json = arguments.output.json;
        let (session, mut finished, problems) = match planned(Ok(session), json).await? {
            Ok(planned) => planned,
            Err(problems) => return failed(&problems, json, screen),
        };
        let approved = match approved_from_comment {
            Some(which) => match comment::approved(*which, &session.intent.stack).await {
                Ok(hash) => Some(hash),
                Err(Unapproved::Unknown(problem)) => return failed(&[*problem], json, screen),
                Err(Unapproved::No(problem)) => return saved::stale(&problem, json, screen),
            },
            None => approved.clone(),
        };
        if let (Some((saved, _)), Some(approved)) = (&saved, &approved)
            && let Some(problem) = saved::not_approved(approved, &saved.hash(), "the saved plan")
        {
            return saved::stale(&problem, json, screen);
        }
        if arguments.partial {
            finished.hold_back(&session.workspace.graph);
        }
        let plan = &finished.plan;
        if let Some((saved, _)) = &saved {
            match saved::moved(saved, plan) {
                Ok(moved) if moved.is_empty() => {}
                Ok(moved) => return saved::has_moved(&moved, json, screen),
                Err(problem) => return failed(&[problem], json, screen),
            }
        } else if json {
            let mut stream = show::stream()?;
            stream.plan(plan)?;
            stream.diagnostics(&problems)?;
        } else {
            screen.result(&report::plan::render(plan, &problems, screen.paint))?;
        }
        if let (None, Some(approved)) = (&saved, &approved) {
            let today = saved::of(&session, plan, arguments, None).hash();
            if let Some(problem) = saved::not_approved(approved, &today, "today's plan") {
                return saved::stale(&problem, json, screen);
            }
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
        let incomplete = verdict(plan);
        if let Some(exit) = incomplete.filter(|_| !may_go_on(plan, arguments.partial)) {
            if !json {
                unchanged(plan, screen);
            }
            return Ok(exit);
        }
        if nothing(plan) {
            if !json {
                show_outputs(&finished.plan.outputs, screen)?;
            }
            return Ok(incomplete.unwrap_or(Exit::Success));
        }
        // In short; it is no reason to stop, for this run may be what sets it right.
        if !json && !plan.destroy && incomplete.is_none() {
            let found = check::findings(&session, &finished).await;
            let text = report::findings::brief(&found, screen.side);
            if !text.is_empty() {
                screen.say(&format!("\n{text}"));
            }
        }
        if saved.is_none() && approved.is_none() && !auto_approve {
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
            if !confirmed(plan.destroy, screen)? {
                screen.say(if plan.destroy {
                    "\nDestroy cancelled.\n"
                } else {
                    "\nApply cancelled.\n"
                });
                return Ok(Exit::Error);
            }
        }
        if let Some((saved, path)) = saved {
            if let Some(lease) = lease
                && let Err((problems, exit)) = lock::note(lease, saved).await
            {
                failed(&problems, json, screen)?;
                return Ok(exit);
            }
            if let Err(warning) = saved::begin(saved, path) {
                tell(&[warning], json, screen)?;
            }
        }
        let exit = self.carry_out(&session, &finished, &problems, screen).await?;
        Ok(if exit == Exit::Success { incomplete.unwrap_or(exit) } else { exit })
    }

    /// Carries the plan out.
    async fn carry_out(
        &self,
        session: &Session,
        finished: &Finished,
        told: &[Diagnostic],
        screen: &mut Screen,
    ) -> io::Result<Exit> {
        let Self { arguments, lease, .. } = self;
        let resolver = session.resolver();
        let stop = interrupt::watch();
        let lost = lease.map(|lease| Arc::clone(lease.why())).unwrap_or_default();
        if let Some(lease) = lease {
            let (token, stop) = (lease.lost().clone(), stop.clone());
            tokio::spawn(async move {
                token.cancelled().await;
                stop.cancel();
            });
        }
        let ground = Ground {
            resolver: &resolver,
            catalog: CATALOG,
            patience: Patience::default(),
            sessions: Arc::clone(&session.sessions),
            stack: session.intent.stack.clone(),
            machine: session.machine.clone(),
            parallelism: arguments.parallelism.max(1),
            stop: stop.clone(),
            lost: Arc::clone(&lost),
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
        tell(&warnings, arguments.output.json, screen)?;
        Ok(match summary {
            _ if lost.get().is_some() => Exit::Error,
            _ if stop.is_cancelled() => Exit::Interrupted,
            Summary { failed, .. } if failed > 0 => Exit::Error,
            Summary { stale, .. } if stale > 0 => Exit::Stale,
            _ => Exit::Success,
        })
    }
}

/// Says that nothing was done, and what could be.
fn unchanged(plan: &Plan, screen: &mut Screen) {
    let problem = Diagnostic::error(
        "Nothing was changed",
        "Parts of the plan could not be made or are refused; see above.",
    );
    let reachable = !plan.destroy && !refused(plan) && !nothing(plan);
    screen.diagnostics(&[if reachable {
        problem.hint("Apply with -partial to do now what waits for nothing unknown.")
    } else {
        problem
    }]);
}

/// Tells what is no reason to stop.
fn tell(warnings: &[Diagnostic], json: bool, screen: &mut Screen) -> io::Result<()> {
    if json {
        return show::stream()?.diagnostics(warnings);
    }
    screen.diagnostics(warnings);
    Ok(())
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

fn confirmed(destroy: bool, screen: &mut Screen) -> io::Result<bool> {
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
