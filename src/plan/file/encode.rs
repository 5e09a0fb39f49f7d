//! A plan as a tree of JSON.
use std::collections::BTreeMap;

use serde_json::{Map, Value as Tree, json};
use sha2::{Digest, Sha256};

use crate::address::Scope;
use crate::diff::FieldChange;
use crate::plan::file::decision::{Decision, as_secret};
use crate::plan::file::verb;
use crate::plan::{Because, Blocked, Change, Plan, Planned, ReplaceOrder};
use crate::schema::Key;
use crate::value::{Object, Observed, Reference, Value};

/// The plan as a tree. The same plan with the same salt gives the same tree.
pub fn encode_plan(plan: &Plan, salt: &str) -> Tree {
    let encoder = Encoder { salt };
    let changes: Map<String, Tree> = plan
        .changes
        .iter()
        .map(|(address, planned)| (address.to_string(), encoder.planned(planned)))
        .collect();
    let outputs: Map<String, Tree> = plan
        .outputs
        .iter()
        .map(|(name, output)| {
            let after = encoder.value(&output.after);
            (name.clone(), json!({"after": after, "sensitive": output.sensitive}))
        })
        .collect();
    let unreadable: Vec<Tree> = plan
        .unreadable
        .iter()
        .map(|one| {
            json!({
                "address": one.address.to_string(), "scope": one.scope.as_ref().map(scope),
                "reason": one.reason, "unreachable": one.unreachable,
            })
        })
        .collect();
    let steps: Vec<Tree> = plan
        .steps
        .iter()
        .map(|step| {
            let after: Vec<usize> = step.after.iter().map(|id| id.0).collect();
            json!({"address": step.address.to_string(), "verb": verb(step.verb), "after": after})
        })
        .collect();
    json!({
        "destroy": plan.destroy, "changes": changes, "outputs": outputs,
        "unreadable": unreadable, "steps": steps,
    })
}

/// A value as a tree; what is sensitive as a digest.
pub fn encode_value(value: &Value, salt: &str) -> Tree {
    Encoder { salt }.value(value)
}

fn scope(scope: &Scope) -> Tree {
    json!({"account": scope.account.as_str(), "region": scope.region.as_str()})
}

/// The tags that say whose it is. Those of the user are among its attributes.
fn ours(live: &Observed) -> Option<BTreeMap<&String, &String>> {
    let tags = live.tags.as_ref()?;
    Some(tags.iter().filter(|(key, _)| key.starts_with("drctl:")).collect())
}

struct Encoder<'a> {
    salt: &'a str,
}

impl Encoder<'_> {
    fn value(&self, value: &Value) -> Tree {
        let list = |items: Vec<Tree>| Tree::Array(items);
        let all = |items: &[Value]| list(items.iter().map(|item| self.value(item)).collect());
        match value {
            Value::Null => Tree::Null,
            Value::Bool(bool) => json!(bool),
            Value::Number(number) => json!({"number": number.to_string()}),
            Value::String(text) => json!(text),
            Value::Tuple(items) => json!({"tuple": all(items)}),
            Value::List(items) => json!({"list": all(items)}),
            Value::Set(items) => {
                json!({"set": items.iter().map(|item| self.value(item)).collect::<Vec<_>>()})
            }
            Value::Object(object) => json!({"object": self.members(object)}),
            Value::Map(object) => json!({"map": self.members(object)}),
            Value::Unknown(unknown) => {
                let source = |r: &Reference| json!([r.address.to_string(), r.attribute]);
                json!({"unknown": unknown.sources.iter().map(source).collect::<Vec<_>>()})
            }
            Value::Sensitive(inner) => {
                let text = format!("{}\n{}", self.salt, self.value(&inner.revealed()));
                let digest = Sha256::digest(text);
                let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                json!({"sensitive": hex})
            }
        }
    }
    fn members(&self, object: &Object) -> Map<String, Tree> {
        object.iter().map(|(name, value)| (name.to_owned(), self.value(value))).collect()
    }
    fn object(&self, object: &Object) -> Tree {
        json!({"object": self.members(object)})
    }
    fn fields(&self, fields: &[FieldChange]) -> Tree {
        let field = |f: &FieldChange| {
            let (before, after) =
                (self.value(&as_secret(&f.before, &f.after)), self.value(&f.after));
            json!({"name": f.name, "before": before, "after": after, "replaces": f.replaces})
        };
        Tree::Array(fields.iter().map(field).collect())
    }
    fn planned(&self, planned: &Planned) -> Tree {
        let Planned { address: _, spec, scope: place, key, live, want, after, change } = planned;
        let inputs = |live: &Observed| -> Object {
            let each = live.inputs.iter();
            each.map(|(name, value)| (name, as_secret(value, want.get(name)))).collect()
        };
        let live_tree = live.as_ref().map(|live| self.object(&inputs(live)));
        let observed = live.as_ref().map(|live| {
            let outputs = self.object(&live.outputs);
            json!({"outputs": outputs, "remarks": live.remarks, "tags": ours(live)})
        });
        json!({
            "type": spec.name, "scope": place.as_ref().map(scope), "key": key.as_ref().map(Key::all),
            "live": live_tree, "observed": observed, "want": self.object(want),
            "after": self.object(after), "action": self.change(change),
            "decided": self.decision(&Decision::of(planned)),
        })
    }
    /// What was decided upon, which is what the hash is over.
    fn decision(&self, decision: &Decision) -> Tree {
        let Decision { scope: place, key, exists, change, want, live, roles } = decision;
        json!({
            "scope": place.as_ref().map(scope), "key": key.as_ref().map(Key::all),
            "exists": exists, "action": self.change(change), "want": self.object(want),
            "live": self.object(live), "roles": self.object(roles),
        })
    }
    fn change(&self, change: &Change) -> Tree {
        match change {
            Change::Create => json!({"create": {}}),
            Change::Update { fields, moved_from } => {
                json!({"update": {"fields": self.fields(fields), "moved_from": moved_from}})
            }
            Change::Adopt { fields } => json!({"adopt": {"fields": self.fields(fields)}}),
            Change::Replace { fields, because, order } => {
                let because = match because {
                    Because::Attributes(names) => json!({"attributes": names}),
                    Because::Requested => json!("requested"),
                    Because::Triggered => json!("triggered"),
                };
                let first = *order == ReplaceOrder::CreateFirst;
                let fields = self.fields(fields);
                json!({"replace": {"fields": fields, "because": because, "create_first": first}})
            }
            Change::Delete => json!({"delete": {}}),
            Change::Keep => json!({"keep": {}}),
            Change::Read => json!({"read": {}}),
            Change::Blocked(blocked) => json!({"blocked": match blocked {
                Blocked::Unreadable(text) => json!({"unreadable": text}),
                Blocked::Upstream(address) => json!({"upstream": address.to_string()}),
                Blocked::NotOurs { key, owner } => json!({"not_ours": [key, owner]}),
                Blocked::Guarded(text) => json!({"guarded": text}),
            }}),
        }
    }
}
