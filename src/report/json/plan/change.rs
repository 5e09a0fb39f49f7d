//! What happens with each instance, as Terraform's format tells it; what Terraform does not know
//! stands under `drctl`.
use serde_json::{Map, Value as Tree, json};

use crate::address::{Address, InstanceKey, Mode, Scope};
use crate::plan::{Because, Blocked, Change, Planned, ReplaceOrder};
use crate::report::json::plan::{provider, sides, value};
use crate::value::{Object, Value};

/// The address of an instance, taken apart, as every part of the format names it.
pub(super) fn subject(address: &Address) -> Map<String, Tree> {
    let block = &address.block;
    let mode = match block.mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
    };
    let mut members = Map::new();
    let mut add = |name: &str, value: Tree| drop(members.insert(name.to_owned(), value));
    add("address", json!(address.to_string()));
    if !block.module.is_root() {
        add("module_address", json!(block.module.to_string()));
    }
    add("mode", json!(mode));
    add("type", json!(block.type_name));
    add("name", json!(block.name));
    match &address.key {
        InstanceKey::None => {}
        InstanceKey::Index(index) => add("index", json!(index)),
        InstanceKey::Key(key) => add("index", json!(key)),
        InstanceKey::Former(..) => add("deposed", json!(address.key.to_string())),
    }
    add("provider_name", json!(provider(&block.type_name)));
    members
}

/// The entry of `resource_changes`; none for what is blocked, of which nothing is claimed.
pub(super) fn entry(planned: &Planned, destroy: bool) -> Option<Tree> {
    let actions: &[&str] = match &planned.change {
        Change::Keep | Change::Stay(_) => &["no-op"],
        Change::Forget => &["forget"],
        Change::Create => &["create"],
        Change::Read => &["read"],
        Change::Update { .. } | Change::Adopt { .. } => &["update"],
        Change::Delete => &["delete"],
        Change::Replace { order: ReplaceOrder::DeleteFirst, .. } => &["delete", "create"],
        Change::Replace { order: ReplaceOrder::CreateFirst, .. } => &["create", "delete"],
        Change::Blocked(_) => return None,
    };
    let before = sides::before(planned);
    let after = sides::after(planned, before.as_ref());
    if before.is_none() && after.is_none() {
        // It does not exist and is not to exist.
        return None;
    }
    let unknown = match (&planned.change, &after) {
        (Change::Keep | Change::Stay(_) | Change::Delete | Change::Forget, _) | (_, None) => {
            json!({})
        }
        (_, Some(after)) => value::unknown(&Value::Object(after.clone())),
    };
    let mut change = json!({
        "actions": actions,
        "before": before.as_ref().map(value::known),
        "after": after.as_ref().map(value::known),
        "after_unknown": unknown,
        "before_sensitive": secrets(before.as_ref()),
        "after_sensitive": secrets(after.as_ref()),
    });
    let mut entry = subject(&planned.address);
    match &planned.change {
        Change::Replace { fields, .. } => {
            let replacing = fields.iter().filter(|field| field.replaces);
            change["replace_paths"] = replacing.map(|field| json!([field.name])).collect();
        }
        Change::Adopt { .. } => {
            let id = planned.key.as_ref().map(ToString::to_string);
            change["importing"] = json!({ "id": id });
        }
        Change::Update { moved_from: Some(from), .. } if Address::parse(from).is_some() => {
            entry.insert("previous_address".to_owned(), json!(from));
        }
        _ => {}
    }
    entry.insert("change".to_owned(), change);
    if let Some(reason) = reason(planned, destroy) {
        entry.insert("action_reason".to_owned(), json!(reason));
    }
    entry.insert("drctl".to_owned(), ours(planned));
    Some(Tree::Object(entry))
}

/// The entry about something that was refused, or of which nothing is known.
pub(super) fn blocked(planned: &Planned, blocked: &Blocked) -> Tree {
    let mut entry = subject(&planned.address);
    let (reason, detail) = match blocked {
        Blocked::Unreadable(why) => ("unreadable", json!({ "detail": why })),
        Blocked::Upstream(other) => ("upstream", json!({ "waits_for": other.to_string() })),
        Blocked::NotOurs { key, owner } => ("not_ours", json!({ "key": key, "owner": owner })),
        Blocked::Guarded(why) => ("guarded", json!({ "detail": why })),
    };
    entry.insert("reason".to_owned(), json!(reason));
    entry.insert("scope".to_owned(), scope(planned.scope.as_ref()));
    if let Tree::Object(detail) = detail {
        entry.extend(detail);
    }
    Tree::Object(entry)
}

/// The account and Region.
pub(super) fn scope(scope: Option<&Scope>) -> Tree {
    let tell = |Scope { account, region }: &Scope| json!({ "account": account.as_str(), "region": region.as_str() });
    scope.map_or(Tree::Null, tell)
}

fn secrets(object: Option<&Object>) -> Tree {
    object.map_or(json!(false), |object| value::sensitive(&Value::Object(object.clone())))
}

fn reason(planned: &Planned, destroy: bool) -> Option<&'static str> {
    Some(match &planned.change {
        Change::Replace { because: Because::Attributes(_), .. } => "replace_because_cannot_update",
        Change::Replace { because: Because::Requested, .. } => "replace_by_request",
        Change::Replace { because: Because::Triggered, .. } => "replace_by_triggers",
        Change::Delete | Change::Forget | Change::Stay(_) if !destroy => {
            "delete_because_no_resource_config"
        }
        Change::Read if planned.want.0.values().all(Value::is_known) => {
            "read_because_dependency_pending"
        }
        Change::Read => "read_because_config_unknown",
        _ => return None,
    })
}

fn ours(planned: &Planned) -> Tree {
    let mut ours = json!({ "scope": scope(planned.scope.as_ref()) });
    if let Some(key) = &planned.key {
        ours["id"] = json!(key.to_string());
    }
    let effects = planned.effects();
    if !effects.is_empty() {
        let one = |effect: &crate::recoverability::Effect| json!({ "severity": effect.severity.name(), "text": effect.text });
        ours["effects"] = effects.iter().map(one).collect();
    }
    if planned.destroys_data() {
        ours["destroys_data"] = json!(true);
    }
    match &planned.change {
        Change::Update { fields, moved_from, .. } => {
            ours["tags_only"] = json!(fields.is_empty());
            if let Some(from) = moved_from {
                ours["moved_from"] = json!(from);
            }
        }
        Change::Adopt { fields } => {
            ours["tags_only"] = json!(true);
            ours["differs_in"] = fields.iter().map(|field| json!(field.name)).collect();
        }
        _ => {}
    }
    ours
}
