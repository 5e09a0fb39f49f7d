//! What the stream tells about a plan.
use serde_json::{Map, Value as Tree, json};

use crate::diff::FieldChange;
use crate::plan::{Because, Blocked, Change, Counts, LetGo, Plan, Planned, Stay};
use crate::report::json::subject;
use crate::report::plan::acts;

/// A message about one change.
pub(super) struct Message {
    /// Its type.
    pub kind: &'static str,
    /// For people.
    pub text: String,
    /// Its own fields.
    pub fields: Tree,
}

/// The message about what is to happen with an instance; none if nothing is.
pub(super) fn message(planned: &Planned) -> Option<Message> {
    let address = &planned.address;
    let resource = subject::resource(address, planned.scope.as_ref());
    let told = |action: &str, reason: Option<&str>| {
        let mut change = json!({ "resource": resource.clone(), "action": action });
        if let Some(reason) = reason {
            change["reason"] = json!(reason);
        }
        change
    };
    let mut change = match &planned.change {
        Change::Keep => return None,
        Change::Create => told("create", None),
        Change::Read => told("read", Some("read_because_config_unknown")),
        Change::Delete => told("delete", Some("delete_because_no_resource_config")),
        Change::Forget => told("forget", Some("delete_because_no_resource_config")),
        Change::Stay(stay) => return Some(stays(planned, *stay)),
        Change::Update { fields, moved_from: Some(from), .. } => {
            let action = if fields.is_empty() { "move" } else { "update" };
            let mut change = told(action, None);
            change["previous_address"] = json!(from);
            change
        }
        Change::Update { moved_from: None, .. } => told("update", None),
        Change::Adopt { .. } => {
            let mut change = told("import", None);
            let id = planned.key.as_ref().map(ToString::to_string);
            change["importing"] = json!({ "id": id });
            change
        }
        Change::Replace { because, .. } => told("replace", Some(reason(because))),
        Change::Blocked(blocked) => return Some(refusal(planned, blocked)),
    };
    if let Change::Update { fields, .. }
    | Change::Adopt { fields }
    | Change::Replace { fields, .. } = &planned.change
    {
        change["attributes"] = fields.iter().map(|FieldChange { name, .. }| json!(name)).collect();
    }
    if let Change::Update { let_go: LetGo { released, reset }, .. } = &planned.change {
        for (name, attributes) in [("released", released), ("reset", reset)] {
            if !attributes.is_empty() {
                change[name] = json!(attributes);
            }
        }
    }
    if planned.spec.data_bearing && destroys(&planned.change) {
        change["destroys_data"] = json!(true);
    }
    let action = change["action"].as_str().unwrap_or_default();
    let text = format!("{address}: Plan to {action}");
    Some(Message { kind: "planned_change", text, fields: json!({ "change": change }) })
}

fn destroys(change: &Change) -> bool {
    matches!(change, Change::Delete | Change::Replace { .. })
}

const fn reason(because: &Because) -> &'static str {
    match because {
        Because::Attributes(_) => "cannot_update",
        Because::Requested => "requested",
        Because::Triggered => "replace_triggered_by",
    }
}

/// A type of our own: Terraform destroys what is not in the configuration, whatever it holds.
fn stays(planned: &Planned, stay: Stay) -> Message {
    let address = &planned.address;
    let reason = match stay {
        Stay::HoldsData => "holds_data",
        Stay::Unread => "unread",
        Stay::Unsettled => "unsettled",
    };
    let change = json!({
        "resource": subject::resource(address, planned.scope.as_ref()), "reason": reason,
        "key": planned.key.as_ref().map(ToString::to_string),
    });
    let text = format!("{address}: Not in the configuration, and left as it is");
    Message { kind: "undeclared_resource", text, fields: json!({ "change": change }) }
}

/// A type of our own: Terraform has no change that is left out.
fn refusal(planned: &Planned, blocked: &Blocked) -> Message {
    let address = &planned.address;
    let resource = subject::resource(address, planned.scope.as_ref());
    let (reason, detail) = match blocked {
        Blocked::Unreadable(reason) => ("unreadable", json!({ "detail": reason })),
        Blocked::Upstream(other) => ("upstream", json!({ "waits_for": other.to_string() })),
        Blocked::NotOurs { key, owner } => ("not_ours", json!({ "key": key, "owner": owner })),
        Blocked::Guarded(reason) => ("guarded", json!({ "detail": reason })),
    };
    let mut change = Map::new();
    change.insert("resource".to_owned(), resource);
    change.insert("reason".to_owned(), json!(reason));
    if let Tree::Object(detail) = detail {
        change.extend(detail);
    }
    let text = match blocked {
        Blocked::NotOurs { .. } | Blocked::Guarded(_) => format!("{address}: Refused"),
        Blocked::Unreadable(_) | Blocked::Upstream(_) => format!("{address}: Not planned"),
    };
    Message { kind: "blocked_change", text, fields: json!({ "change": change }) }
}

/// The numbers of a plan.
pub(super) fn summary(plan: &Plan) -> Tree {
    let Counts { import, add, change, destroy, forget, stay, blocked } = plan.counts();
    json!({ "changes": {
        "add": add, "change": change, "import": import, "remove": destroy, "operation": "plan",
        "forget": forget, "stay": stay, "blocked": blocked, "unreadable": plan.unreadable.len(),
    } })
}

/// The numbers of an apply.
pub(super) fn applied(done: Counts, failed: usize, skipped: usize, destroy: bool) -> Tree {
    let operation = if destroy { "destroy" } else { "apply" };
    let Counts { import, add, change, destroy, forget, stay: _, blocked: _ } = done;
    json!({ "changes": {
        "add": add, "change": change, "import": import, "remove": destroy, "operation": operation,
        "forget": forget, "failed": failed, "skipped": skipped,
    } })
}

/// What becomes of each output. No earlier values are kept: one that is known already counts as
/// unchanged unless all of the plan is new.
pub(super) fn outputs(plan: &Plan) -> Tree {
    let first = plan.changes.values().all(|one| one.live.is_none())
        && plan.changes.values().any(|one| acts(&one.change));
    let action = |known: bool| match (plan.destroy, first, known) {
        (true, _, _) => "delete",
        (false, true, _) => "create",
        (false, false, false) => "update",
        (false, false, true) => "noop",
    };
    let one = |(name, output): (&String, &crate::plan::OutputChange)| {
        let action = action(output.after.is_known());
        (name.clone(), json!({ "sensitive": output.sensitive, "action": action }))
    };
    Tree::Object(plan.outputs.iter().map(one).collect())
}
