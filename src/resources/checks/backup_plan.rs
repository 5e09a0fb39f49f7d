//! Rules of backup plans that AWS Backup refuses.
use super::{Scene, nested};
use crate::config::{Body, Nested};
use crate::diagnostic::Diagnostic;

/// What is moved to cold storage stays there for so many days at least.
const COLD_DAYS: i64 = 90;
/// A point in time can be restored for so many days at most.
const CONTINUOUS_DAYS: i64 = 35;

pub(super) fn check(scene: &Scene<'_>, problems: &mut Vec<Diagnostic>) {
    for plan in scene.resources("aws_backup_plan") {
        for rule in nested(&plan.body, "rule") {
            lifecycles(scene, &rule.body, problems);
            windows(scene, &rule.body, problems);
            continuous(scene, &rule.body, problems);
        }
    }
}

fn lifecycles(scene: &Scene<'_>, rule: &Body, problems: &mut Vec<Diagnostic>) {
    let copies = nested(rule, "copy_action").flat_map(|copy| nested(&copy.body, "lifecycle"));
    for Nested { body, .. } in nested(rule, "lifecycle").chain(copies) {
        let cold = scene.whole(body, "cold_storage_after");
        let delete = scene.whole(body, "delete_after");
        if let (Some((cold, _)), Some((delete, span))) = (cold, delete)
            && delete < cold.saturating_add(COLD_DAYS)
        {
            let least = cold + COLD_DAYS;
            let detail = format!(
                "A recovery point that moves to cold storage after {cold} days must be kept for \
                 {COLD_DAYS} days more, which is {least}; {delete} is less."
            );
            let problem = Diagnostic::error("Invalid lifecycle", detail).at(span);
            problems.push(problem.hint(format!("Set delete_after to {least} or more.")));
        }
    }
}

fn windows(scene: &Scene<'_>, rule: &Body, problems: &mut Vec<Diagnostic>) {
    let start = scene.whole(rule, "start_window");
    let completion = scene.whole(rule, "completion_window");
    if let Some((start, span)) = &start
        && *start < 60
    {
        let detail = format!("A start window has 60 minutes at least, not {start}.");
        problems.push(Diagnostic::error("Invalid value", detail).at(span.clone()));
    }
    // What the type takes when it is not told.
    let start = start.map_or(60, |(start, _)| start);
    if let Some((completion, span)) = completion
        && completion < start.saturating_add(60)
    {
        let detail = format!(
            "A backup that may start until {start} minutes after its time cannot be complete \
             {completion} minutes after it: 60 minutes must lie between them."
        );
        let problem = Diagnostic::error("Invalid value", detail).at(span);
        problems.push(problem.hint(format!("Set completion_window to {} or more.", start + 60)));
    }
}

fn continuous(scene: &Scene<'_>, rule: &Body, problems: &mut Vec<Diagnostic>) {
    let enabled = scene.value(rule, "enable_continuous_backup");
    if enabled.is_none_or(|(value, _)| value != crate::value::Value::Bool(true)) {
        return;
    }
    for Nested { body, .. } in nested(rule, "lifecycle") {
        if let Some((delete, span)) = scene.whole(body, "delete_after")
            && delete > CONTINUOUS_DAYS
        {
            let detail = format!(
                "Continuous backups are kept for {CONTINUOUS_DAYS} days at most, not {delete}."
            );
            let problem = Diagnostic::error("Invalid lifecycle", detail).at(span);
            problems.push(problem.hint("Keep snapshots of a second rule for longer."));
        }
        if let Some((_, span)) = scene.whole(body, "cold_storage_after") {
            let detail = "Continuous backups cannot move to cold storage.";
            problems.push(Diagnostic::error("Invalid lifecycle", detail).at(span));
        }
    }
}
