//! A plan as a person reads it, in Terraform's layout.
//!
//! Above what Terraform shows stands what destroys data; below the changes stand what was refused
//! or could not be read, and what was observed.
use crate::diagnostic::Diagnostic;
use crate::plan::{Because, Change, Plan, Planned, ReplaceOrder};
use crate::report::compare::{Action, Node, compare};
use crate::report::diagnostics;
use crate::report::places::Places;
use crate::report::saved::About;
use crate::report::style::{Paint, Style};
use crate::report::text;
use crate::report::tree::Writer;
use crate::report::{blocked, observed, resource};
use crate::value::Value;

/// The whole plan, with the diagnostics that came with it. Ends in a line break.
pub fn render(plan: &Plan, diagnostics: &[Diagnostic], paint: Paint) -> String {
    let places = Places::of(plan);
    let mut sections = vec![data_loss(plan, paint)];
    let changes: Vec<&Planned> = plan.changes.values().filter(|one| acts(&one.change)).collect();
    if !changes.is_empty() {
        sections.push(legend(&changes, paint));
        sections.push(paint.paint(Style::Bold, "drctl will perform the following actions:") + "\n");
    }
    for planned in &changes {
        sections.push(resource::render(planned, &places, plan.destroy, paint));
    }
    sections.push(blocked::render(plan, &places, paint));
    sections.push(observed::render(plan, paint));
    sections.push(format!("{}\n", verdict(plan, paint)));
    sections.push(blocked::incomplete(plan, &places, paint).unwrap_or_default());
    sections.push(outputs(plan, paint));
    sections.push(diagnostics::render(diagnostics, paint));
    let sections: Vec<&str> = sections.iter().map(|one| one.trim_end_matches('\n')).collect();
    let shown: Vec<&str> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    shown.join("\n\n") + "\n"
}

/// What follows a plan: where it was saved, what stands for it and how it is applied, or that it
/// was not saved.
pub fn footer(saved: Option<(&str, &About)>, paint: Paint) -> String {
    let wrapped = |note: &str| text::wrap(note, paint.width.min(78)).join("\n");
    let note = match saved {
        Some((path, about)) => format!(
            "Saved the plan to: {path}\nHash: {}\n\n{}\n    drctl apply {}",
            about.hash,
            wrapped(&format!(
                "To perform exactly these actions, once and until {}, run:",
                text::safe(&about.expires)
            )),
            text::quote(path)
        ),
        None => wrapped(
            "Note: You didn't use the -out option to save this plan, so drctl can't guarantee to \
             take exactly these actions if you run \"drctl apply\" now.",
        ),
    };
    format!("{}\n\n{note}\n", paint.paint(Style::Dim, &paint.rule()))
}

/// The last word on a plan, on one line without colours: `Plan: 1 to add, ...` or `No changes. ...`.
pub fn summary(plan: &Plan) -> String {
    let counts = plan.counts();
    let (refused, unknown) = blocked::counts(plan);
    let acting = plan.changes.values().any(|one| acts(&one.change));
    if !acting && refused + unknown == 0 && plan.unreadable.is_empty() {
        return if plan.destroy {
            "No changes. There is nothing left to destroy.".to_owned()
        } else {
            "No changes. What AWS has matches the configuration.".to_owned()
        };
    }
    let mut parts = Vec::new();
    if counts.import > 0 {
        parts.push(format!("{} to import", counts.import));
    }
    parts.extend([
        format!("{} to add", counts.add),
        format!("{} to change", counts.change),
        format!("{} to destroy", counts.destroy),
    ]);
    if refused > 0 {
        parts.push(format!("{refused} refused"));
    }
    if unknown > 0 {
        parts.push(format!("{unknown} not planned"));
    }
    format!("Plan: {}.", parts.join(", "))
}

fn verdict(plan: &Plan, paint: Paint) -> String {
    let summary = summary(plan);
    match summary.split_once(' ') {
        Some(("Plan:", rest)) => format!("{} {rest}", paint.paint(Style::Bold, "Plan:")),
        _ => paint.paint(Style::Done, &summary),
    }
}

/// True for what a run would do something about.
pub(super) fn acts(change: &Change) -> bool {
    match change {
        Change::Create
        | Change::Update { .. }
        | Change::Adopt { .. }
        | Change::Replace { .. }
        | Change::Delete
        | Change::Read => true,
        Change::Keep | Change::Blocked(_) => false,
    }
}

fn data_loss(plan: &Plan, paint: Paint) -> String {
    let mut entries = String::new();
    let mut number = 0;
    for planned in plan.changes.values().filter(|planned| planned.spec.data_bearing) {
        let why = match &planned.change {
            Change::Delete => "destroyed".to_owned(),
            Change::Replace { because: Because::Attributes(names), .. } => {
                let names: Vec<&str> = names.iter().copied().collect();
                format!("replaced: {} cannot be changed in place", names.join(", "))
            }
            Change::Replace { because: Because::Requested, .. } => "replaced, as requested".into(),
            Change::Replace { because: Because::Triggered, .. } => {
                "replaced: replace_triggered_by".to_owned()
            }
            _ => continue,
        };
        number += 1;
        let sign = paint.paint(Style::Removed, "-");
        entries.push_str(&format!("  {sign} {} ({why})\n", text::address(&planned.address)));
    }
    if number == 0 {
        return entries;
    }
    let title = paint.paint(Style::Error, "DESTROYS DATA:");
    let what = text::count(number, "resource");
    format!("{title} {what} with data that cannot be had back\n{entries}")
}

fn legend(changes: &[&Planned], paint: Paint) -> String {
    let plus = paint.paint(Style::Added, "+");
    let minus = paint.paint(Style::Removed, "-");
    let has = |test: fn(&Change) -> bool| changes.iter().any(|one| test(&one.change));
    let order = |change: &Change| match change {
        Change::Replace { order, .. } => Some(*order),
        _ => None,
    };
    let ordered = |wanted| changes.iter().any(|one| order(&one.change) == Some(wanted));
    let rows = [
        (has(|c| matches!(c, Change::Create)), format!("  {plus} create")),
        (
            has(|c| matches!(c, Change::Update { .. } | Change::Adopt { .. })),
            format!("  {} update in-place", paint.paint(Style::Changed, "~")),
        ),
        (has(|c| matches!(c, Change::Delete)), format!("  {minus} destroy")),
        (
            ordered(ReplaceOrder::DeleteFirst),
            format!("{minus}/{plus} destroy and then create replacement"),
        ),
        (
            ordered(ReplaceOrder::CreateFirst),
            format!("{plus}/{minus} create replacement and then destroy"),
        ),
        (
            has(|c| matches!(c, Change::Read)),
            format!(" {} read (data resources)", paint.paint(Style::Read, "<=")),
        ),
    ];
    let used: Vec<String> = rows.into_iter().filter(|row| row.0).map(|row| row.1).collect();
    format!("Resource actions are indicated with the following symbols:\n{}\n", used.join("\n"))
}

/// Outputs that will be known only afterwards. Of the others nothing says what they were before,
/// so they are shown only where all is new.
fn outputs(plan: &Plan, paint: Paint) -> String {
    if plan.destroy || !plan.changes.values().any(|one| acts(&one.change)) {
        return String::new();
    }
    let first = plan.changes.values().all(|one| one.live.is_none());
    let told = |value: &Value| first || !value.is_known();
    let shown = || plan.outputs.iter().filter(|(_, output)| told(&output.after));
    let columns = shown().map(|(name, _)| text::width(&text::name(name))).max().unwrap_or_default();
    let mut writer = Writer::new(paint);
    for (name, output) in shown() {
        let after = &output.after;
        let after = if output.sensitive { after.clone().sensitive() } else { after.clone() };
        let node = Node { action: Action::Create, ..compare(None, Some(&after)) };
        writer.top(&text::padded(&text::name(name), columns), &node);
    }
    if writer.out.is_empty() {
        return writer.out;
    }
    let hidden = plan.outputs.len() - shown().count();
    if hidden > 0 {
        let note = format!("# ({} hidden)", text::count(hidden, "known output"));
        writer.out.push_str(&format!("    {}\n", paint.paint(Style::Dim, &note)));
    }
    format!("Changes to Outputs:\n{}", writer.out)
}
