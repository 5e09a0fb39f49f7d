//! What is ours, is not in the configuration and stays: why, and what to do about it.
use crate::address::InstanceKey;
use crate::plan::{Change, Plan, Planned, Stay};
use crate::report::blocked::lines;
use crate::report::places::Places;
use crate::report::style::{Paint, Style};
use crate::report::text;

/// All that stays; empty if there is nothing.
pub(super) fn render(plan: &Plan, places: &Places, paint: Paint) -> String {
    let stays = |planned: &&Planned| matches!(planned.change, Change::Stay(_));
    let entries: String =
        plan.changes.values().filter(stays).map(|one| entry(one, places, paint)).collect();
    if entries.is_empty() {
        return entries;
    }
    let title = "Not in the configuration, and left as it is:";
    format!("{}\n\n{entries}", paint.paint(Style::Warning, title))
}

fn entry(planned: &Planned, places: &Places, paint: Paint) -> String {
    let Change::Stay(stay) = planned.change else { return String::new() };
    let address = text::address(&planned.address);
    let key = planned.key.as_ref().map(ToString::to_string).unwrap_or_default();
    let known = format!("AWS knows it as {}.", text::quote(&key));
    let (why, advice) = match stay {
        Stay::HoldsData => ("holds data", remove(planned, &known)),
        Stay::Unread => (
            "is not removed in this run",
            format!("{known} Not everything could be looked at, and then nothing is removed."),
        ),
        Stay::Unsettled => (
            "may be what will have that address",
            format!("{known} That is known once this plan is applied: plan again then."),
        ),
    };
    lines(&address, why, places.of_instance(&planned.address).as_deref(), &advice, paint)
}

/// How what holds data is removed, or left to others.
fn remove(planned: &Planned, known: &str) -> String {
    if let InstanceKey::Former(..) = planned.address.key {
        return format!(
            "{known} Another thing has its address now. Give that one another address, and what \
             becomes of this one can be said with a `removed` block."
        );
    }
    let address = text::address(&planned.address);
    format!(
        "{known} It is never removed because a block is gone. To destroy it with its data, add this \
         block; with `destroy = false` drctl only takes its tags off:\n\n    removed {{\n      from = \
         {address}\n      lifecycle {{\n        destroy = true\n      }}\n    }}"
    )
}
