//! A tree of JSON as the plan that it was made from.
use serde_json::Value as Tree;

use crate::address::{AccountId, Address, Mode, Region, Scope};
use crate::config::Types;
use crate::diff::FieldChange;
use crate::plan::file::VERBS;
use crate::plan::{
    Because, Blocked, Change, LetGo, OutputChange, Plan, Planned, ReplaceOrder, Stay, Step, StepId,
    Unreadable,
};
use crate::schema::{Key, TypeSpec, find};
use crate::value::{Number, Object, Observed, Readiness, Reference, Unknown, Value};

/// The plan, if the tree is one of types that are known.
pub(super) fn plan(tree: &Tree, types: Types<'_>) -> Option<Plan> {
    Decoder { types }.plan(tree)
}

/// A value that [`encode_value`] made.
pub(super) fn value(tree: &Tree) -> Option<Value> {
    let (kind, inner) = match tree {
        Tree::Null => return Some(Value::Null),
        Tree::Bool(bool) => return Some(Value::Bool(*bool)),
        Tree::String(text) => return Some(Value::text(text)),
        Tree::Object(tagged) => tagged.iter().next()?,
        Tree::Number(_) | Tree::Array(_) => return None,
    };
    let items = || inner.as_array()?.iter().map(value).collect::<Option<Vec<_>>>();
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
        .map(|(name, tree)| Some((name.clone(), value(tree)?)))
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
            let after = value(tree.get("after")?)?;
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
        let object = |name: &str| match value(tree.get(name)?)? {
            Value::Object(object) => Some(object),
            _ => None,
        };
        let live = match tree.get("live")? {
            Tree::Null => None,
            _ => {
                let observed = tree.get("observed")?;
                Some(Observed {
                    refused: None,
                    kept: None,
                    inputs: object("live")?,
                    outputs: match value(observed.get("outputs")?)? {
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
            before: value(tree.get("before")?)?,
            after: value(tree.get("after")?)?,
            replaces: tree.get("replaces")?.as_bool()?,
        })
    };
    tree.as_array()?.iter().map(field).collect()
}

fn decode_names(spec: &'static TypeSpec, tree: &Tree) -> Option<Vec<&'static str>> {
    let name = |name: &Tree| Some(find(spec.inputs, name.as_str()?)?.name);
    tree.as_array()?.iter().map(name).collect()
}

fn decode_change(spec: &'static TypeSpec, tree: &Tree) -> Option<Change> {
    let (action, inner) = tree.as_object()?.iter().next()?;
    Some(match action.as_str() {
        "create" => Change::Create,
        "update" => Change::Update {
            fields: decode_fields(spec, inner.get("fields")?)?,
            moved_from: inner.get("moved_from")?.as_str().map(str::to_owned),
            let_go: LetGo {
                released: decode_names(spec, inner.get("let_go")?.get("released")?)?,
                reset: decode_names(spec, inner.get("let_go")?.get("reset")?)?,
            },
        },
        "adopt" => Change::Adopt { fields: decode_fields(spec, inner.get("fields")?)? },
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
            order: if inner.get("create_first")?.as_bool()? {
                ReplaceOrder::CreateFirst
            } else {
                ReplaceOrder::DeleteFirst
            },
        },
        "delete" => Change::Delete,
        "forget" => Change::Forget,
        "stay" => Change::Stay(match inner.as_str()? {
            "holds_data" => Stay::HoldsData,
            "unread" => Stay::Unread,
            _ => Stay::Unsettled,
        }),
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
