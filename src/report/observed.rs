//! What is seen in AWS and is nobody's desired state: roles, statuses.
use crate::plan::{Change, Plan};
use crate::report::style::{Paint, Style};
use crate::report::text;
use crate::value::{Observed, Readiness};

/// What a person should see about a live resource, a line each.
pub(super) fn remarks(live: &Observed) -> Vec<String> {
    let mut remarks: Vec<String> = live.remarks.iter().map(|remark| text::safe(remark)).collect();
    match &live.readiness {
        Readiness::Ready => {}
        Readiness::Settling(status) => remarks.push(format!("status: {}", text::safe(status))),
        Readiness::Failed(status) => {
            remarks.push(format!("status: {} (does not settle by itself)", text::safe(status)));
        }
    }
    if let Some(reason) = &live.locked {
        remarks.push(format!("nothing may be changed now: {}", text::safe(reason)));
    }
    remarks
}

/// The remarks about everything that stays as it is; empty if there are none.
pub(super) fn render(plan: &Plan, paint: Paint) -> String {
    let mut out = String::new();
    for planned in plan.changes.values().filter(|one| matches!(one.change, Change::Keep)) {
        for remark in planned.live.iter().flat_map(remarks) {
            let line = format!("# {}: {remark}", text::address(&planned.address));
            out.push_str(&format!("  {}\n", paint.paint(Style::Dim, &line)));
        }
    }
    if out.is_empty() { out } else { format!("Observed, and left as it is:\n\n{out}") }
}
