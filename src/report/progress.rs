//! A run as lines of text, in Terraform's words.
//!
//! [`line`] says one event; [`Ending`] remembers what must be said when all is over. [`Lines`]
//! joins the two for a pipe or a log; bars on a terminal take the same two.
use std::io;
use std::io::Write;
use std::time::Duration;

use crate::address::{Address, Mode};
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Outcome, Reporter};
use crate::plan::{Counts, Plan, Verb};
use crate::report::diagnostics;
use crate::report::places::Places;
use crate::report::style::{Paint, Style};
use crate::report::text;

/// Writes a line for each event, and what is to be said at the end.
#[derive(Debug)]
pub struct Lines<W> {
    out: W,
    places: Places,
    paint: Paint,
    ending: Ending,
}

impl<W: Write> Lines<W> {
    /// For reading, when there is no plan yet.
    pub fn new(out: W, paint: Paint) -> Self {
        Self { out, places: Places::default(), paint, ending: Ending::default() }
    }
    /// For the apply of a plan: lines say where, if the plan spans several scopes.
    pub fn of_plan(out: W, plan: &Plan, paint: Paint) -> Self {
        Self { out, places: Places::of(plan), paint, ending: Ending::of(plan) }
    }
    /// What the lines were written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write + Send> Reporter for Lines<W> {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        self.ending.note(event);
        if let Some(line) = line(event, &self.places, self.paint) {
            writeln!(self.out, "{line}")?;
        }
        if let Some(ending) = self.ending.render(event, self.paint) {
            write!(self.out, "\n{ending}")?;
        }
        self.out.flush()
    }
}

/// What there is to say about one event, on one line; nothing about some. The end of a run is
/// [`Ending`]'s.
pub fn line(event: &Event, places: &Places, paint: Paint) -> Option<String> {
    let say = |address: &Address, place: Option<String>, what: &str| {
        let place = place.or_else(|| places.of_instance(address));
        let place = place.map_or(String::new(), |place| format!(" ({place})"));
        let who = paint.paint(Style::Bold, &format!("{}{place}:", text::address(address)));
        Some(format!("{who} {what}"))
    };
    match event {
        Event::ReadStarted { address } => match address.block.mode {
            Mode::Managed => say(address, None, "Refreshing state..."),
            Mode::Data => say(address, None, "Reading..."),
        },
        Event::ReadFinished { address, key, took } => match address.block.mode {
            Mode::Managed => None,
            Mode::Data => say(address, None, &complete(Verb::Read, *took, key.as_deref())),
        },
        Event::StepStarted { address, scope, verb, id, .. } => {
            let place = scope.as_ref().and_then(|scope| places.name(scope));
            say(address, place, &begun(*verb, id.as_deref()))
        }
        Event::StepWaiting { address, verb, waited, on, .. } => {
            say(address, None, &still(*verb, *waited, on))
        }
        Event::StepFinished { address, verb, took, outcome, .. } => match outcome {
            Outcome::Done { id } => say(address, None, &complete(*verb, *took, id.as_deref())),
            Outcome::Unchanged => say(address, None, "Nothing left to do"),
            Outcome::Left { why } => {
                say(address, None, &format!("Left in place: {}", text::safe(why)))
            }
            Outcome::Failed { error, .. } => {
                let what = failed(*verb, *took);
                let why = text::safe(error.lines().next().unwrap_or_default());
                say(address, None, &format!("{}: {why}", paint.paint(Style::Error, &what)))
            }
            Outcome::Stale { moved } => {
                let what = paint.paint(Style::Error, "Stopped");
                say(address, None, &format!("{what}: {}", stale(moved)))
            }
            Outcome::Skipped { because } => {
                say(address, None, &paint.paint(Style::Dim, &skipped(because.as_ref())))
            }
        },
        Event::Stopping { lock } => {
            let again = if lock.is_some() { "" } else { " Interrupt again to stop at once." };
            let said = format!("{}.{again}", stopping(lock.as_deref()));
            Some(paint.paint(Style::Warning, &said))
        }
        Event::ApplyStarted { .. } | Event::ApplyFinished { .. } => None,
    }
}

/// That nothing new begins, and why if that is not the user's wish.
pub(super) fn stopping(lock: Option<&str>) -> String {
    let rest = "what runs may finish, nothing new begins";
    match lock {
        Some(why) => format!("The lock is lost: {}. Stopping: {rest}", text::safe(why)),
        None => format!("Stopping: {rest}"),
    }
}

/// How a verb is said.
pub(super) struct Words {
    /// "Creating".
    pub doing: &'static str,
    /// "Creation".
    pub done: &'static str,
    /// "created".
    pub past: &'static str,
}

pub(super) const fn words(verb: Verb) -> Words {
    match verb {
        Verb::Read => Words { doing: "Reading", done: "Read", past: "read" },
        Verb::Create => Words { doing: "Creating", done: "Creation", past: "created" },
        Verb::Update => Words { doing: "Modifying", done: "Modifications", past: "changed" },
        Verb::Delete => Words { doing: "Destroying", done: "Destruction", past: "destroyed" },
        Verb::Forget => Words { doing: "Forgetting", done: "Forgetting", past: "forgotten" },
    }
}

/// "Modifying... [id=x]".
pub(super) fn begun(verb: Verb, id: Option<&str>) -> String {
    let id = id.map_or(String::new(), |id| format!(" [id={}]", text::safe(id)));
    format!("{}...{id}", words(verb).doing)
}

/// "Still creating... [10s elapsed, creating]".
pub(super) fn still(verb: Verb, waited: Duration, on: &str) -> String {
    let doing = words(verb).doing.to_lowercase();
    let on = if on.is_empty() { String::new() } else { format!(", {}", text::safe(on)) };
    format!("Still {doing}... [{} elapsed{on}]", text::duration(waited))
}

/// "Creation complete after 3s [id=x]".
pub(super) fn complete(verb: Verb, took: Duration, id: Option<&str>) -> String {
    // The id of some data sources is all that they tell.
    let id = id.filter(|id| verb != Verb::Delete && id.len() <= 200);
    let id = id.map_or(String::new(), |id| format!(" [id={}]", text::safe(id)));
    format!("{} complete after {}{id}", words(verb).done, text::duration(took))
}

/// "Creation errored after 3s".
pub(super) fn failed(verb: Verb, took: Duration) -> String {
    format!("{} errored after {}", words(verb).done, text::duration(took))
}

/// What has moved since the plan was made.
pub(super) fn stale(moved: &[String]) -> String {
    let moved: Vec<String> = moved.iter().map(|name| text::safe(name)).collect();
    let what = if moved.is_empty() { "it".to_owned() } else { moved.join(", ") };
    format!("{what} changed in AWS since the plan was made")
}

/// Why a step was not begun.
pub(super) fn skipped(because: Option<&Address>) -> String {
    match because {
        Some(other) => format!("Not begun, because {} failed", text::address(other)),
        None => "Not begun, because the run was stopped".to_owned(),
    }
}

/// The diagnostic of a step that failed or was stopped; none for others.
pub(super) fn diagnostic(address: &Address, verb: Verb, outcome: &Outcome) -> Option<Diagnostic> {
    let summary = format!("{} was not {}", address, words(verb).past);
    match outcome {
        Outcome::Failed { error, hint } => {
            Some(Diagnostic { hint: hint.clone(), ..Diagnostic::error(summary, error) })
        }
        Outcome::Stale { moved } => Some(
            Diagnostic::error(summary, format!("{}.", stale(moved)))
                .hint("Plan again: the new plan shows what AWS has now."),
        ),
        Outcome::Done { .. }
        | Outcome::Unchanged
        | Outcome::Left { .. }
        | Outcome::Skipped { .. } => None,
    }
}

/// What is said when a run is over: its result, and each failure once more, whole.
#[derive(Debug, Default)]
pub struct Ending {
    destroy: bool,
    failures: Vec<Diagnostic>,
    not_begun: Vec<(Address, Option<Address>)>,
}

impl Ending {
    /// For the apply of this plan.
    pub fn of(plan: &Plan) -> Self {
        Self { destroy: plan.destroy, ..Self::default() }
    }
    /// Remembers what has to be said at the end.
    pub fn note(&mut self, event: &Event) {
        let Event::StepFinished { address, verb, outcome, .. } = event else { return };
        self.failures.extend(diagnostic(address, *verb, outcome));
        if let Outcome::Skipped { because } = outcome {
            self.not_begun.push((address.clone(), because.clone()));
        }
    }
    /// The end, if this event is the last one. Ends in a line break.
    pub fn render(&self, event: &Event, paint: Paint) -> Option<String> {
        let Event::ApplyFinished { done, failed, skipped } = event else { return None };
        let summary = summary(self.destroy, *done, *failed, *skipped);
        if failed + skipped == 0 {
            return Some(paint.paint(Style::Done, &summary) + "\n");
        }
        let mut out = paint.paint(Style::Error, &summary) + "\n";
        if !self.failures.is_empty() {
            out.push_str(&format!("\n{}", diagnostics::render(&self.failures, paint)));
        }
        if !self.not_begun.is_empty() {
            out.push_str("\nNot begun:\n");
            for (address, because) in &self.not_begun {
                let because = because.as_ref().map(text::address);
                let because =
                    because.map_or("the run was stopped".into(), |one| format!("waits for {one}"));
                out.push_str(&format!("  {} ({because})\n", text::address(address)));
            }
        }
        let again = "What is done is done: plan again, and the new plan goes on from there.";
        out.push_str(&format!("\n{again}\n"));
        Some(out)
    }
}

/// "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
pub(super) fn summary(destroy: bool, done: Counts, failed: usize, skipped: usize) -> String {
    let operation = if destroy { "Destroy" } else { "Apply" };
    let Counts { import, add, change, destroy: gone, forget, stay: _, blocked: _ } = done;
    let forgotten = if forget > 0 { format!(", {forget} forgotten") } else { String::new() };
    let counts = if destroy && add + change == 0 {
        format!("{gone} destroyed")
    } else if import > 0 {
        format!("{import} imported, {add} added, {change} changed, {gone} destroyed")
    } else {
        format!("{add} added, {change} changed, {gone} destroyed")
    };
    let counts = counts + &forgotten;
    if failed + skipped == 0 {
        return format!("{operation} complete! Resources: {counts}.");
    }
    format!("{operation} incomplete! Resources: {counts}; {failed} failed, {skipped} not begun.")
}
