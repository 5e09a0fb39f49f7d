//! Terraform's machine-readable UI stream: one JSON object a line, type by type as Terraform has
//! them. What Terraform does not have stands in fields and types of our own.
use std::collections::BTreeMap;
use std::io;
use std::io::Write;
use std::time::Duration;

use serde_json::{Map, Value as Tree, json};

use crate::address::{Address, Mode};
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Outcome, Reporter};
use crate::plan::file::Moved;
use crate::plan::{OutputChange, Plan, Verb};
use crate::report::outputs;
use crate::report::outputs::Secrets;
use crate::report::places::Places;
use crate::report::progress;
use crate::report::saved;
use crate::report::saved::About;

mod change;
pub mod plan;
mod problem;
mod subject;

pub use problem::diagnostic;
pub use subject::resource;

/// The version of Terraform's stream that this one follows.
pub const UI_VERSION: &str = "1.2";

/// The answer of `validate -json`: Terraform's format 1.0.
pub fn validate(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|one| one.is_error()).count();
    let all: Vec<Tree> = diagnostics.iter().map(|one| diagnostic(one, None)).collect();
    let answer = json!({
        "format_version": "1.0", "valid": errors == 0, "error_count": errors,
        "warning_count": diagnostics.len() - errors, "diagnostics": all,
    });
    format!("{answer:#}\n")
}

/// Writes the stream. The clock gives the time as RFC 3339 text, since this room has none.
#[derive(Debug)]
pub struct Stream<W, C> {
    out: W,
    clock: C,
    places: Places,
    destroy: bool,
}

impl<W: Write, C: FnMut() -> String> Stream<W, C> {
    /// A stream to `out`.
    pub fn new(out: W, clock: C) -> Self {
        Self { out, clock, places: Places::default(), destroy: false }
    }
    /// What the stream was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// The first message: which program and which version of the stream.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn version(&mut self, drctl: &str) -> io::Result<()> {
        let fields = json!({ "drctl": drctl, "ui": UI_VERSION });
        self.say("info", &format!("drctl {drctl}"), "version", fields)
    }

    /// All changes of a plan, its summary and what becomes of the outputs. What is reported after
    /// this belongs to the apply of this plan.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn plan(&mut self, plan: &Plan) -> io::Result<()> {
        self.places = Places::of(plan);
        self.destroy = plan.destroy;
        for planned in plan.changes.values() {
            if let Some(message) = change::message(planned) {
                self.say("info", &message.text, message.kind, message.fields)?;
            }
        }
        let summary = crate::report::plan::summary(plan);
        self.say("info", &summary, "change_summary", change::summary(plan))?;
        if plan.outputs.is_empty() {
            return Ok(());
        }
        let message = format!("Outputs: {}", plan.outputs.len());
        self.say("info", &message, "outputs", json!({ "outputs": change::outputs(plan) }))
    }

    /// Where a plan was saved, what stands for it and until when it may be applied.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn saved(&mut self, path: &str, about: &About) -> io::Result<()> {
        let mut fields = about.json();
        fields["file"] = json!(path);
        self.say(
            "info",
            &format!("Saved the plan to: {path}"),
            "plan_saved",
            json!({ "plan": fields }),
        )
    }

    /// In what a saved plan is no longer what it was made for, a message each.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn moved(&mut self, moved: &[Moved]) -> io::Result<()> {
        for one in moved {
            let fields = saved::moved_json(one);
            let text = fields["text"].as_str().unwrap_or_default().to_owned();
            let text = format!("{}: {text}", one.address);
            self.say("error", &text, "plan_stale", json!({ "moved": fields }))?;
        }
        Ok(())
    }

    /// The values of the outputs after an apply; sensitive ones without their value.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn outputs(&mut self, outputs: &BTreeMap<String, OutputChange>) -> io::Result<()> {
        let fields = json!({ "outputs": outputs::json(outputs, Secrets::Hidden) });
        self.say("info", &format!("Outputs: {}", outputs.len()), "outputs", fields)
    }

    /// Diagnostics, a message each.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn diagnostics(&mut self, diagnostics: &[Diagnostic]) -> io::Result<()> {
        diagnostics.iter().try_for_each(|one| self.diagnostic(one, None))
    }

    fn diagnostic(&mut self, one: &Diagnostic, address: Option<&Address>) -> io::Result<()> {
        let (level, word) = if one.is_error() { ("error", "Error") } else { ("warn", "Warning") };
        let fields = json!({ "diagnostic": problem::diagnostic(one, address) });
        self.say(level, &format!("{word}: {}", one.summary), "diagnostic", fields)
    }

    fn say(&mut self, level: &str, message: &str, kind: &str, fields: Tree) -> io::Result<()> {
        let mut object = Map::new();
        object.insert("@level".to_owned(), json!(level));
        object.insert("@message".to_owned(), json!(message));
        object.insert("@module".to_owned(), json!("drctl.ui"));
        object.insert("@timestamp".to_owned(), json!((self.clock)()));
        if let Tree::Object(fields) = fields {
            object.extend(fields);
        }
        object.insert("type".to_owned(), json!(kind));
        writeln!(self.out, "{}", Tree::Object(object))?;
        self.out.flush()
    }

    /// A message of the kind Terraform calls a hook: something happens with one resource.
    fn hook(&mut self, kind: &str, address: &Address, what: &str, fields: Tree) -> io::Result<()> {
        let scope = self.places.scope(address);
        let mut hook = Map::new();
        hook.insert("resource".to_owned(), subject::resource(address, scope));
        if let Tree::Object(fields) = fields {
            hook.extend(fields);
        }
        let message = format!("{address}: {what}");
        self.say("info", &message, kind, json!({ "hook": Tree::Object(hook) }))
    }

    fn finished(
        &mut self,
        address: &Address,
        verb: Verb,
        took: Duration,
        outcome: &Outcome,
    ) -> io::Result<()> {
        let mut fields = json!({ "action": subject::action(verb) });
        match outcome {
            Outcome::Done { id } => {
                identify(&mut fields, id.as_deref().filter(|_| verb != Verb::Delete));
                fields["elapsed_seconds"] = json!(took.as_secs());
                let what = progress::complete(verb, took, id.as_deref());
                self.hook("apply_complete", address, &what, fields)
            }
            Outcome::Unchanged => {
                fields["elapsed_seconds"] = json!(took.as_secs());
                fields["unchanged"] = json!(true);
                self.hook("apply_complete", address, "Nothing left to do", fields)
            }
            Outcome::Left { why } => {
                fields["elapsed_seconds"] = json!(took.as_secs());
                fields["left"] = json!(why);
                self.hook("apply_complete", address, &format!("Left in place: {why}"), fields)
            }
            Outcome::Failed { .. } | Outcome::Stale { .. } => {
                fields["elapsed_seconds"] = json!(took.as_secs());
                if let Outcome::Stale { moved } = outcome {
                    fields["stale"] = json!(moved);
                }
                self.hook("apply_errored", address, &progress::failed(verb, took), fields)?;
                match progress::diagnostic(address, verb, outcome) {
                    Some(problem) => self.diagnostic(&problem, Some(address)),
                    None => Ok(()),
                }
            }
            Outcome::Skipped { because } => {
                fields["because"] = json!(because.as_ref().map(ToString::to_string));
                let what = progress::skipped(because.as_ref());
                self.hook("apply_skipped", address, &what, fields)
            }
        }
    }
}

fn identify(fields: &mut Tree, id: Option<&str>) {
    if let Some(id) = id {
        fields["id_key"] = json!("id");
        fields["id_value"] = json!(id);
    }
}

impl<W: Write + Send, C: FnMut() -> String + Send> Reporter for Stream<W, C> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::ReadStarted { address } => match address.block.mode {
                Mode::Managed => {
                    self.hook("refresh_start", address, "Refreshing state...", json!({}))
                }
                Mode::Data => {
                    self.hook("apply_start", address, "Reading...", json!({ "action": "read" }))
                }
            },
            Event::ReadFinished { address, key, took } => match address.block.mode {
                Mode::Managed => {
                    let mut fields = json!({});
                    identify(&mut fields, key.as_deref());
                    let id = key.as_ref().map_or(String::new(), |key| format!(" [id={key}]"));
                    let what = format!("Refresh complete{id}");
                    self.hook("refresh_complete", address, &what, fields)
                }
                Mode::Data => {
                    let outcome = Outcome::Done { id: key.clone() };
                    self.finished(address, Verb::Read, *took, &outcome)
                }
            },
            Event::StepStarted { address, verb, id, .. } => {
                let what = progress::begun(*verb, id.as_deref());
                let mut fields = json!({ "action": subject::action(*verb) });
                identify(&mut fields, id.as_deref());
                self.hook("apply_start", address, &what, fields)
            }
            Event::StepWaiting { address, verb, waited, on, .. } => {
                let what = progress::still(*verb, *waited, on);
                let action = subject::action(*verb);
                let seconds = waited.as_secs();
                let fields = json!({ "action": action, "elapsed_seconds": seconds, "status": on });
                self.hook("apply_progress", address, &what, fields)
            }
            Event::StepFinished { address, verb, took, outcome, .. } => {
                self.finished(address, *verb, *took, outcome)
            }
            Event::Stopping { lock } => {
                let what = progress::stopping(lock.as_deref());
                self.say("warn", &what, "log", json!({}))
            }
            Event::ApplyStarted { .. } => Ok(()),
            Event::ApplyFinished { done, failed, skipped } => {
                let what = progress::summary(self.destroy, *done, *failed, *skipped);
                let fields = change::applied(*done, *failed, *skipped, self.destroy);
                self.say("info", &what, "change_summary", fields)
            }
        }
    }
}
