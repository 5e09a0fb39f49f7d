//! A plan in Terraform's JSON format 1.2, which policy tools read. What Terraform does not have
//! stands under keys named `drctl`.
//!
//! Two things differ by design. What is sensitive is null, never its value: no plan of drctl's holds
//! secrets. And `resource_drift` is always empty: without a state file nothing tells a difference
//! that somebody made in AWS from one that somebody made in the configuration, so all of them are
//! changes.
use std::collections::BTreeMap;

use serde_json::{Map, Value as Tree, json};

use crate::config::{Module, Types};
use crate::plan::{Change, OutputChange, Plan, Unreadable};
use crate::report::json::change as stream;
use crate::report::saved::About;
use crate::value::Value;

mod change;
mod configuration;
mod sides;
mod value;
mod values;

/// The version of Terraform's plan format.
pub const PLAN_FORMAT: &str = "1.2";
/// The version of what stands under `drctl`.
pub const OURS: &str = "1.0";
/// The version of Terraform whose language and format these are; tools look for it.
const TERRAFORM: &str = "1.11.4";

/// A plan, and what tools want to know beside it.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The configuration that it was made from.
    pub module: &'a Module,
    /// All types.
    pub types: Types<'a>,
    /// Values of variables.
    pub variables: &'a BTreeMap<String, Value>,
    /// What the file says beside the plan.
    pub about: &'a About,
    /// Whether only a part of the configuration was looked at.
    pub targeted: bool,
}

/// The document.
pub fn document(told: &Document<'_>) -> Tree {
    let Document { plan, module, types, variables, about, targeted } = told;
    let changes: Vec<Tree> =
        plan.changes.values().filter_map(|one| change::entry(one, plan.destroy)).collect();
    let blocked: Vec<Tree> = plan
        .changes
        .values()
        .filter_map(|one| match &one.change {
            Change::Blocked(why) => Some(change::blocked(one, why)),
            _ => None,
        })
        .collect();
    let unreadable: Vec<Tree> = plan.unreadable.iter().map(unread).collect();
    let complete = blocked.is_empty() && unreadable.is_empty() && !targeted;
    let variables: Map<String, Tree> = variables
        .iter()
        .map(|(name, value)| (name.clone(), json!({ "value": value::shown(value) })))
        .collect();
    json!({
        "format_version": PLAN_FORMAT,
        "terraform_version": TERRAFORM,
        "variables": variables,
        "planned_values": values::planned(plan),
        "resource_drift": [],
        "resource_changes": changes,
        "output_changes": outputs(plan),
        "prior_state": {
            "format_version": "1.0",
            "terraform_version": TERRAFORM,
            "values": values::prior(plan),
        },
        "configuration": configuration::configuration(module, *types),
        "checks": checks(module),
        "timestamp": about.created,
        "applyable": !plan.is_empty(),
        "complete": complete,
        "errored": false,
        "drctl": {
            "format_version": OURS,
            "version": about.drctl_version,
            "stack": about.stack,
            "hash": about.hash,
            "expires": about.expires,
            "expired": about.expired,
            "applied": about.applied,
            "destroy": plan.destroy,
            "counts": stream::summary(plan)["changes"],
            "blocked": blocked,
            "unreadable": unreadable,
        },
    })
}

/// The provider that Terraform has a type from.
fn provider(type_name: &str) -> String {
    match type_name.split('_').next().unwrap_or_default() {
        "drctl" => "drctl.io/builtin/drctl".to_owned(),
        name => format!("registry.terraform.io/hashicorp/{name}"),
    }
}

fn unread(one: &Unreadable) -> Tree {
    json!({
        "address": one.address.to_string(),
        "scope": change::scope(one.scope.as_ref()),
        "reason": one.reason,
        "unreachable": one.unreachable,
    })
}

/// Outputs. Nothing keeps what they were before, so each one that is known counts as unchanged
/// unless all of the plan is new.
fn outputs(plan: &Plan) -> Tree {
    let actions = stream::outputs(plan);
    let one = |(name, output): (&String, &OutputChange)| {
        let action = match actions[name]["action"].as_str() {
            Some("noop") | None => "no-op",
            Some(action) => action,
        };
        let known = output.after.is_known();
        let shown = if output.sensitive { Tree::Null } else { value::shown(&output.after) };
        let (before, after) = match action {
            "delete" => (shown, Tree::Null),
            "no-op" => (shown.clone(), shown),
            _ => (Tree::Null, shown),
        };
        let mut told = json!({ "actions": [action], "before": before });
        let gone = action == "delete";
        if gone || !value::is_unknown(&output.after) {
            told["after"] = after;
        }
        told["after_unknown"] =
            if gone || known { json!(false) } else { value::unknown(&output.after) };
        told["before_sensitive"] = json!(output.sensitive);
        told["after_sensitive"] = json!(output.sensitive);
        (name.clone(), told)
    };
    Tree::Object(plan.outputs.iter().map(one).collect())
}

/// `check` blocks. A saved plan does not hold what they found.
fn checks(root: &Module) -> Tree {
    let all = root.all();
    let each = all.iter().flat_map(|(at, module)| {
        module.checks.keys().map(move |name| {
            let dot = if at.is_root() { "" } else { "." };
            let shown = format!("{at}{dot}check.{name}");
            let mut address = json!({ "kind": "check", "name": name, "to_display": shown });
            if !at.is_root() {
                address["module"] = json!(at.to_string());
            }
            json!({ "address": address, "status": "unknown" })
        })
    });
    Tree::Array(each.collect())
}
