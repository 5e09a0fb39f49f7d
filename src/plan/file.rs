//! A plan as a file: all that applying it needs, and no secret.
//!
//! Values that are sensitive are there as salted digests, which say whether they are the same and
//! not what they are.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Tree, json};
use sha2::{Digest, Sha256};

use crate::address::{AccountId, Address, Mode, Region, Scope};
use crate::config::Types;
use crate::diff::FieldChange;
use crate::plan::{
    Because, Blocked, Change, OutputChange, Plan, Planned, ReplaceOrder, Step, StepId, Unreadable,
    Verb,
};
use crate::schema::{Key, TypeSpec, find};
use crate::value::{Number, Object, Observed, Readiness, Reference, Unknown, Value};

/// Version of the format; another one is refused.
const FORMAT: u32 = 1;

/// A saved plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    /// Version of the format.
    pub format: u32,
    /// Version of drctl that made it.
    pub drctl_version: String,
    /// When, in RFC 3339.
    pub created: String,
    /// Name of the stack.
    pub stack: String,
    /// Files of the configuration: name and text.
    pub sources: Vec<(String, String)>,
    /// Values of variables.
    pub variables: BTreeMap<String, Tree>,
    /// `-destroy`.
    pub destroy: bool,
    /// `-target`.
    pub targets: Vec<String>,
    /// `-replace`.
    pub replace: BTreeSet<String>,
    /// Makes digests of this file unlike those of any other.
    pub salt: String,
    /// The plan itself.
    pub plan: Tree,
}

/// Why a saved plan cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is no plan.
    #[error("this is not a plan that drctl has saved: {0}")]
    Syntax(#[from] serde_json::Error),
    /// Another version made it.
    #[error("the plan was saved by drctl {0}, and another version must not apply it")]
    Version(String),
    /// It is damaged.
    #[error("the plan is damaged: {0}")]
    Damaged(String),
}

impl Saved {
    /// The format that this version writes.
    pub const fn format() -> u32 {
        FORMAT
    }

    /// Reads what was written by the same version.
    ///
    /// # Errors
    /// When it is no plan, or that of another version.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let tree: Tree = serde_json::from_str(text)?;
        let version = tree.get("drctl_version").and_then(Tree::as_str).unwrap_or("unknown");
        if tree.get("format").is_some() && version != env!("CARGO_PKG_VERSION") {
            return Err(FileError::Version(version.to_owned()));
        }
        let saved: Self = serde_json::from_value(tree)?;
        if saved.format == FORMAT {
            Ok(saved)
        } else {
            Err(FileError::Version(saved.drctl_version))
        }
    }

    /// The plan, for showing it.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn plan(&self, types: Types<'_>) -> Result<Plan, FileError> {
        Decoder { types }.plan(&self.plan).ok_or_else(|| FileError::Damaged("changes".to_owned()))
    }

    /// A variable's value: known, or the digest of a secret as a sensitive string.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn variable(&self, name: &str) -> Result<Value, FileError> {
        let tree = self.variables.get(name).unwrap_or(&Tree::Null);
        decode(tree).ok_or_else(|| FileError::Damaged(format!("variable {name}")))
    }

    /// In what another plan, encoded with the same salt, is not this one: an address and an
    /// attribute each.
    pub fn moved(&self, now: &Tree) -> Vec<String> {
        let mut moved = Vec::new();
        let empty = Map::new();
        let changes = |tree: &'_ Tree| tree.get("changes").and_then(Tree::as_object).cloned();
        let (before, now) = (changes(&self.plan), changes(now));
        let (before, now) = (before.as_ref().unwrap_or(&empty), now.as_ref().unwrap_or(&empty));
        let addresses: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for address in addresses {
            match (before.get(address), now.get(address)) {
                (Some(before), Some(now)) => parts(address, before, now, &mut moved),
                (None, _) => moved.push(format!("{address} is new")),
                (_, None) => moved.push(format!("{address} is no longer declared")),
            }
        }
        moved
    }
}

/// Names what differs between two encoded changes.
fn parts(address: &str, before: &Tree, now: &Tree, moved: &mut Vec<String>) {
    let attribute = |tree: &Tree, side: &str, name: &str| {
        tree.pointer(&format!("/{side}/object/{name}")).cloned().unwrap_or_default()
    };
    let names = |tree: &Tree, side: &str| {
        let object = tree.pointer(&format!("/{side}/object")).and_then(Tree::as_object);
        object.map(|o| o.keys().cloned().collect::<BTreeSet<_>>()).unwrap_or_default()
    };
    let known = moved.len();
    for (side, what) in [("live", "in AWS"), ("want", "in the configuration")] {
        let all: BTreeSet<String> =
            names(before, side).into_iter().chain(names(now, side)).collect();
        for name in all {
            if attribute(before, side, &name) != attribute(now, side, &name) {
                moved.push(format!("{address}: {name} has changed {what}"));
            }
        }
    }
    if moved.len() == known && before.get("action") != now.get("action") {
        let exists = |tree: &Tree| tree.get("live").is_some_and(|live| !live.is_null());
        moved.push(match (exists(before), exists(now)) {
            (true, false) => format!("{address} no longer exists"),
            (false, true) => format!("{address} exists by now"),
            _ => format!("{address}: what is to be done has changed"),
        });
    }
}

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

const VERBS: [(&str, Verb); 4] = [
    ("read", Verb::Read),
    ("create", Verb::Create),
    ("update", Verb::Update),
    ("delete", Verb::Delete),
];

fn verb(verb: Verb) -> &'static str {
    VERBS.iter().find(|(_, known)| *known == verb).map_or("", |(name, _)| name)
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
            let (before, after) = (self.value(&f.before), self.value(&f.after));
            json!({"name": f.name, "before": before, "after": after, "replaces": f.replaces})
        };
        Tree::Array(fields.iter().map(field).collect())
    }
    fn planned(&self, planned: &Planned) -> Tree {
        let Planned { address: _, spec, scope: place, key, live, want, after, change } = planned;
        let live_tree = live.as_ref().map(|live| self.object(&live.inputs));
        let observed =
            live.as_ref().map(|live| json!({"remarks": live.remarks, "tags": live.tags}));
        json!({
            "type": spec.name, "scope": place.as_ref().map(scope), "key": key.as_ref().map(Key::all),
            "live": live_tree, "observed": observed, "want": self.object(want),
            "after": self.object(after), "action": self.change(change),
        })
    }
    fn change(&self, change: &Change) -> Tree {
        match change {
            Change::Create => json!({"create": {}}),
            Change::Update { fields, moved_from } => {
                json!({"update": {"fields": self.fields(fields), "moved_from": moved_from}})
            }
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

/// A value that [`encode_value`] made.
fn decode(tree: &Tree) -> Option<Value> {
    let (kind, inner) = match tree {
        Tree::Null => return Some(Value::Null),
        Tree::Bool(bool) => return Some(Value::Bool(*bool)),
        Tree::String(text) => return Some(Value::text(text)),
        Tree::Object(tagged) => tagged.iter().next()?,
        Tree::Number(_) | Tree::Array(_) => return None,
    };
    let items = || inner.as_array()?.iter().map(decode).collect::<Option<Vec<_>>>();
    Some(match kind.as_str() {
        "number" => Value::Number(Number::parse(inner.as_str()?)?),
        "tuple" => Value::Tuple(items()?),
        "list" => Value::List(items()?),
        "set" => Value::Set(items()?.into_iter().collect()),
        "object" => Value::Object(decode_members(inner)?),
        "map" => Value::Map(decode_members(inner)?),
        "unknown" => {
            let source = |pair: &Tree| {
                let address = Address::parse(pair.get(0)?.as_str()?)?;
                Some(Reference { address, attribute: pair.get(1)?.as_str()?.to_owned() })
            };
            let sources = inner.as_array()?.iter().map(source).collect::<Option<_>>()?;
            Value::Unknown(Unknown { sources })
        }
        "sensitive" => Value::text(inner.as_str()?).sensitive(),
        _ => return None,
    })
}

fn decode_members(tree: &Tree) -> Option<Object> {
    let members = tree.as_object()?.iter();
    members
        .map(|(name, value)| Some((name.clone(), decode(value)?)))
        .collect::<Option<Vec<_>>>()
        .map(|members| members.into_iter().collect())
}

struct Decoder<'a> {
    types: Types<'a>,
}

impl Decoder<'_> {
    fn plan(&self, tree: &Tree) -> Option<Plan> {
        let changes = tree.get("changes")?.as_object()?.iter();
        let changes = changes.map(|(address, tree)| {
            let address = Address::parse(address)?;
            Some((address.clone(), self.planned(address, tree)?))
        });
        let outputs = tree.get("outputs")?.as_object()?.iter().map(|(name, tree)| {
            let after = decode(tree.get("after")?)?;
            Some((
                name.clone(),
                OutputChange { after, sensitive: tree.get("sensitive")?.as_bool()? },
            ))
        });
        let unreadable = tree.get("unreadable")?.as_array()?.iter().map(|tree| {
            Some(Unreadable {
                address: Address::parse(tree.get("address")?.as_str()?)?,
                scope: decode_scope(tree.get("scope")?),
                reason: tree.get("reason")?.as_str()?.to_owned(),
                unreachable: tree.get("unreachable")?.as_bool()?,
            })
        });
        let steps = tree.get("steps")?.as_array()?.iter().enumerate().map(|(id, tree)| {
            let name = tree.get("verb")?.as_str()?;
            let after = tree
                .get("after")?
                .as_array()?
                .iter()
                .map(|id| Some(StepId(usize::try_from(id.as_u64()?).ok()?)));
            Some(Step {
                id: StepId(id),
                address: Address::parse(tree.get("address")?.as_str()?)?,
                verb: VERBS.iter().find(|(known, _)| *known == name)?.1,
                after: after.collect::<Option<_>>()?,
            })
        });
        Some(Plan {
            changes: changes.collect::<Option<_>>()?,
            steps: steps.collect::<Option<_>>()?,
            outputs: outputs.collect::<Option<_>>()?,
            unreadable: unreadable.collect::<Option<_>>()?,
            destroy: tree.get("destroy")?.as_bool()?,
        })
    }

    fn planned(&self, address: Address, tree: &Tree) -> Option<Planned> {
        let mode: Mode = address.block.mode;
        let spec = self.types.find(mode, tree.get("type")?.as_str()?)?;
        let object = |name: &str| match decode(tree.get(name)?)? {
            Value::Object(object) => Some(object),
            _ => None,
        };
        let live = match tree.get("live")? {
            Tree::Null => None,
            _ => {
                let observed = tree.get("observed")?;
                Some(Observed {
                    kept: None,
                    inputs: object("live")?,
                    outputs: match decode(observed.get("outputs")?)? {
                        Value::Object(outputs) => outputs,
                        _ => return None,
                    },
                    readiness: Readiness::Ready,
                    remarks: serde_json::from_value(observed.get("remarks")?.clone()).ok()?,
                    locked: None,
                    tags: serde_json::from_value(observed.get("tags")?.clone()).ok()?,
                })
            }
        };
        let key = match tree.get("key")? {
            Tree::Null => None,
            parts => Some(Key::parts(serde_json::from_value::<Vec<String>>(parts.clone()).ok()?)),
        };
        Some(Planned {
            spec,
            scope: decode_scope(tree.get("scope")?),
            key,
            live,
            want: object("want")?,
            after: object("after")?,
            change: decode_change(spec, tree.get("action")?)?,
            address,
        })
    }
}

fn decode_scope(tree: &Tree) -> Option<Scope> {
    Some(Scope {
        account: AccountId::parse(tree.get("account")?.as_str()?)?,
        region: Region::new(tree.get("region")?.as_str()?),
    })
}

fn decode_fields(spec: &'static TypeSpec, tree: &Tree) -> Option<Vec<FieldChange>> {
    let field = |tree: &Tree| {
        Some(FieldChange {
            name: find(spec.inputs, tree.get("name")?.as_str()?)?.name,
            before: decode(tree.get("before")?)?,
            after: decode(tree.get("after")?)?,
            replaces: tree.get("replaces")?.as_bool()?,
        })
    };
    tree.as_array()?.iter().map(field).collect()
}

fn decode_change(spec: &'static TypeSpec, tree: &Tree) -> Option<Change> {
    let (action, inner) = tree.as_object()?.iter().next()?;
    Some(match action.as_str() {
        "create" => Change::Create,
        "update" => Change::Update {
            fields: decode_fields(spec, inner.get("fields")?)?,
            moved_from: inner.get("moved_from")?.as_str().map(str::to_owned),
        },
        "replace" => Change::Replace {
            fields: decode_fields(spec, inner.get("fields")?)?,
            because: match inner.get("because")? {
                Tree::String(text) if text == "requested" => Because::Requested,
                Tree::String(_) => Because::Triggered,
                names => {
                    let names = names.get("attributes")?.as_array()?.iter();
                    let name = |name: &Tree| Some(find(spec.inputs, name.as_str()?)?.name);
                    Because::Attributes(names.map(name).collect::<Option<_>>()?)
                }
            },
            order: match inner.get("create_first")?.as_bool()? {
                true => ReplaceOrder::CreateFirst,
                false => ReplaceOrder::DeleteFirst,
            },
        },
        "delete" => Change::Delete,
        "keep" => Change::Keep,
        "read" => Change::Read,
        "blocked" => {
            let (why, inner) = inner.as_object()?.iter().next()?;
            Change::Blocked(match why.as_str() {
                "unreadable" => Blocked::Unreadable(inner.as_str()?.to_owned()),
                "upstream" => Blocked::Upstream(Address::parse(inner.as_str()?)?),
                "not_ours" => Blocked::NotOurs {
                    key: inner.get(0)?.as_str()?.to_owned(),
                    owner: inner.get(1)?.as_str().map(str::to_owned),
                },
                _ => Blocked::Guarded(inner.as_str()?.to_owned()),
            })
        }
        _ => return None,
    })
}
