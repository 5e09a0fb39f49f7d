//! One instance: what it is to become, given what is wanted and what is there.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::address::{Address, Scope};
use crate::diff::{FieldChange, diff};
use crate::graph::Wanted;
use crate::plan::{Because, Blocked, Change, ReplaceOrder, guard};
use crate::schema::{AttributeSpec, Identity, Role, TypeSpec, Unset, view, with_options};
use crate::value::{Object, Observed, Unknown, Value};

/// Tag that names the stack of a resource.
const STACK_TAG: &str = "drctl:stack";
/// Tag that names the address of a resource within its stack.
const ADDRESS_TAG: &str = "drctl:address";
/// Tag that says which resource this one was created to replace, before that was destroyed.
pub const REPLACES_TAG: &str = "drctl:replaces";

/// How many characters the value of a tag may have.
const LONGEST: usize = 256;

/// What is asked for beside the configuration.
#[derive(Debug, Clone, Default)]
pub struct Intent {
    /// Name of the stack, as the tags of what is ours say.
    pub stack: String,
    /// Everything is to be destroyed.
    pub destroy: bool,
    /// Instances that the user wants replaced.
    pub replace: BTreeSet<Address>,
    /// Instances that may be taken over though they carry no tags, and what AWS knows them by, as
    /// far as that was said.
    pub adopt: BTreeMap<Address, Vec<String>>,
}

/// Whose a live resource is.
#[derive(Debug, PartialEq)]
enum Owner {
    /// This stack's, at this address.
    Us,
    /// This stack's, at another address.
    UsElsewhere(String),
    /// Nobody's that we know of.
    Nobody,
    /// Somebody else's.
    Other(String),
}

fn owner(tags: &BTreeMap<String, String>, stack: &str, address: &Address) -> Owner {
    match (tags.get(STACK_TAG), tags.get(ADDRESS_TAG)) {
        (Some(theirs), _) if theirs != stack => Owner::Other(format!("the drctl stack {theirs}")),
        (Some(_), Some(at)) if *at == label(address) => Owner::Us,
        (Some(_), at) => Owner::UsElsewhere(at.cloned().unwrap_or_default()),
        (None, _) => match tags.get("aws:cloudformation:stack-name") {
            Some(stack) => Owner::Other(format!("the CloudFormation stack {stack}")),
            None => Owner::Nobody,
        },
    }
}

/// The address as a tag can hold it: tags allow no `[`, `]` or `"`.
pub fn label(address: &Address) -> String {
    let text = address.to_string();
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    let replaced = text.replace("[\"", "/").replace("\"]", "").replace('[', "/").replace(']', "");
    let label: String = replaced.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    if label.chars().count() <= LONGEST {
        return label;
    }
    // What is cut off still tells two addresses apart.
    let mut digest = String::with_capacity(16);
    for byte in Sha256::digest(text).iter().take(8) {
        let _ = write!(digest, "{byte:02x}");
    }
    let kept: String = label.chars().take(LONGEST - digest.len() - 1).collect();
    format!("{kept}+{digest}")
}

/// The tags that say whose a resource is.
pub fn ownership(stack: &str, address: &Address) -> BTreeMap<String, String> {
    BTreeMap::from([
        (STACK_TAG.to_owned(), stack.to_owned()),
        (ADDRESS_TAG.to_owned(), label(address)),
    ])
}

/// Tag that names the attributes which the configuration set and which AWS would else decide.
pub const MANAGED_TAG: &str = "drctl:managed";

/// What [`MANAGED_TAG`] says of an object; none if there is nothing to say. A tag holds 256
/// characters: names that do not fit are left out.
pub fn managed(spec: &'static TypeSpec, want: &Object) -> Option<String> {
    let decided = |spec: &&AttributeSpec| spec.unset == Unset::AwsDecides;
    let set = spec.inputs.iter().filter(decided).filter(|spec| !want.get(spec.name).is_null());
    let mut text = String::new();
    for spec in set {
        if text.len() + spec.name.len() < 256 {
            let space = if text.is_empty() { "" } else { " " };
            text = format!("{text}{space}{}", spec.name);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// What is to happen with one instance. `parent`: tags of what it is part of. `trigger`: why it is
/// to be replaced though nothing differs.
pub(super) fn decide(
    address: &Address,
    spec: &'static TypeSpec,
    wanted: &Wanted,
    live: Option<&Observed>,
    parent: Option<&BTreeMap<String, String>>,
    trigger: Option<Because>,
    intent: &Intent,
) -> Change {
    let Some(live) = live else {
        return if intent.destroy { Change::Keep } else { Change::Create };
    };
    let owner = match (&live.tags, parent) {
        (Some(tags), _) => owner(tags, &intent.stack, address),
        // What cannot be tagged belongs to whoever the thing that it is part of belongs to.
        (None, Some(tags)) => match owner(tags, &intent.stack, address) {
            Owner::Us | Owner::UsElsewhere(_) => Owner::Us,
            // A part of ours may hang on a thing of others: then it is just as we ask for.
            Owner::Nobody | Owner::Other(_) if differences(spec, wanted, live).is_empty() => {
                Owner::Us
            }
            theirs => theirs,
        },
        (None, None) => Owner::Us,
    };
    let moved_from = match owner {
        Owner::Us => None,
        Owner::UsElsewhere(from) => Some(from),
        // What is not ours is not ours to destroy, and nothing to complain about either.
        Owner::Nobody | Owner::Other(_) if intent.destroy => return Change::Keep,
        Owner::Nobody if intent.adopt.contains_key(address) => {
            // What has no tags of its own has nothing to be written on.
            if live.tags.is_some() {
                let change = Change::Adopt { fields: differences(spec, wanted, live) };
                return match guard::change(address, spec, &change, live, wanted) {
                    Some(reason) => Change::Blocked(Blocked::Guarded(reason)),
                    None => change,
                };
            }
            None
        }
        Owner::Nobody => return not_ours(spec, wanted, None),
        Owner::Other(owner) => return not_ours(spec, wanted, Some(owner)),
    };
    if intent.destroy && spec.identity == Identity::Single {
        return Change::Keep;
    }
    if intent.destroy {
        return match guard::destroy(address, live, wanted) {
            Some(reason) => Change::Blocked(Blocked::Guarded(reason)),
            None => Change::Delete,
        };
    }
    let fields = differences(spec, wanted, live);
    let requested = intent.replace.contains(address).then_some(Because::Requested);
    let forced: BTreeSet<&'static str> =
        fields.iter().filter(|field| field.replaces).map(|field| field.name).collect();
    let forced = (!forced.is_empty()).then_some(Because::Attributes(forced));
    let because = match trigger {
        Some(Because::Requested) => requested.or(forced).or(trigger),
        _ => requested.or(trigger).or(forced),
    };
    // What keeps its key cannot exist twice.
    let twice = matches!(spec.identity, Identity::Minted(_) | Identity::Listed)
        || fields.iter().any(|field| field.replaces && is_key(spec, field.name));
    if because.is_some() && wanted.create_before_destroy && !twice {
        return Change::Blocked(Blocked::Guarded(format!(
            "it must be replaced and `create_before_destroy` is set, but the new one would have \
             the same {}, and AWS holds only one of that name. Take `create_before_destroy` away, \
             or give the new one another name.",
            key_names(spec)
        )));
    }
    // What it is part of may be replaced too, and then the old one must go before that.
    let created_first = spec.created_first
        && !fields.iter().any(|field| is_key(spec, field.name) && !field.after.is_known());
    let change = match because {
        Some(because) => Change::Replace {
            fields,
            because,
            order: if wanted.create_before_destroy || created_first {
                ReplaceOrder::CreateFirst
            } else {
                ReplaceOrder::DeleteFirst
            },
        },
        None if fields.is_empty() && moved_from.is_none() => Change::Keep,
        None => Change::Update { fields, moved_from },
    };
    match guard::change(address, spec, &change, live, wanted) {
        Some(reason) => Change::Blocked(Blocked::Guarded(reason)),
        None => change,
    }
}

fn is_key(spec: &TypeSpec, name: &str) -> bool {
    spec.inputs.iter().any(|spec| spec.name == name && spec.role == Role::Key)
}

fn key_names(spec: &TypeSpec) -> String {
    let keys = spec.inputs.iter().filter(|spec| spec.role == Role::Key);
    keys.map(|spec| spec.name).collect::<Vec<_>>().join(" and ")
}

fn not_ours(spec: &'static TypeSpec, wanted: &Wanted, owner: Option<String>) -> Change {
    let key = crate::schema::Key::of(spec.inputs, &wanted.object);
    let key = key.map(|key| key.to_string()).unwrap_or_default();
    Change::Blocked(Blocked::NotOurs { key, owner })
}

/// In which attributes the live resource is not as wanted, less those that are to be ignored.
pub fn differences(spec: &'static TypeSpec, wanted: &Wanted, live: &Observed) -> Vec<FieldChange> {
    let Some(ignored) = &wanted.ignored else { return Vec::new() };
    let mut fields = diff(spec.inputs, &live.inputs, &wanted.object);
    fields.retain(|field| !ignored.contains(field.name));
    fields
}

/// The instance as it will be, as expressions see it.
pub(super) fn after(
    address: &Address,
    spec: &'static TypeSpec,
    scope: Option<&Scope>,
    wanted: &Object,
    live: Option<&Observed>,
    change: &Change,
) -> Object {
    let stays = matches!(
        change,
        Change::Keep | Change::Update { .. } | Change::Adopt { .. } | Change::Delete
    );
    let live = live.filter(|_| stays);
    let unknown = |name: &str| Value::Unknown(Unknown::of(address, name));
    let mut inputs = match (live, change) {
        (Some(live), Change::Adopt { .. }) => with_options(spec, &live.inputs, wanted),
        _ => wanted.clone(),
    };
    for spec in spec.inputs {
        let unset = *wanted.get(spec.name) == Value::Null;
        let told = spec.unset == Unset::AwsDecides || spec.role == Role::Initial;
        if !unset || !told {
            continue;
        }
        match live {
            Some(live) => inputs.set(spec.name, live.inputs.get(spec.name).clone()),
            None if spec.unset == Unset::AwsDecides => inputs.set(spec.name, unknown(spec.name)),
            None => {}
        }
    }
    let outputs: Object = match live {
        Some(live) => live.outputs.clone(),
        None => spec.outputs.iter().map(|spec| (spec.name, unknown(spec.name))).collect(),
    };
    let mut object = whole(spec, &inputs, &outputs, scope);
    if live.is_none() {
        if let (Some(arn), Some(scope)) = (foretold_arn(spec, scope, wanted), scope) {
            let _ = scope;
            object.set("arn", Value::text(arn));
        }
        let id = object.get(spec.id).clone();
        object.set("id", if id.is_null() { unknown("id") } else { id });
    }
    object
}

/// Inputs, outputs and what every resource has, as expressions see them.
pub fn whole(
    spec: &'static TypeSpec,
    inputs: &Object,
    outputs: &Object,
    scope: Option<&Scope>,
) -> Object {
    let mut object = view(spec.inputs, inputs);
    object.0.extend(view(spec.outputs, outputs).0);
    if spec.inputs.iter().any(|spec| spec.name == "tags") {
        let tags = match object.get("tags") {
            Value::Null => Value::Map(Object::default()),
            tags => tags.clone(),
        };
        object.set("tags_all", tags);
    }
    if let Some(scope) = scope
        && *object.get("region") == Value::Null
    {
        object.set("region", Value::text(scope.region.as_str()));
    }
    let id = object.get(spec.id).clone();
    if *object.get("id") == Value::Null {
        object.0.insert("id".to_owned(), id);
    }
    object
}

/// The ARN of what does not exist yet, where AWS mints no part of it.
fn foretold_arn(spec: &'static TypeSpec, scope: Option<&Scope>, wanted: &Object) -> Option<String> {
    let (template, scope) = (spec.arn?, scope?);
    let mut arn = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, behind) = behind.split_once('}')?;
        arn.push_str(before);
        match name {
            "partition" => arn.push_str(scope.region.partition()),
            "region" => arn.push_str(scope.region.as_str()),
            "account" => arn.push_str(scope.account.as_str()),
            attribute => match wanted.get(attribute).unmarked() {
                Value::String(text) => arn.push_str(text),
                _ => return None,
            },
        }
        rest = behind;
    }
    arn.push_str(rest);
    Some(arn)
}
