//! One instance: what it is to become, given what is wanted and what is there.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::diff::{FieldChange, diff};
use crate::graph::Wanted;
use crate::plan::owner::{Claim, ID_TAG, Owner, managed_tags, released, told_managed};
use crate::plan::{Because, Blocked, Change, LetGo, Removals, ReplaceOrder, guard};
use crate::schema::{Identity, Role, TypeSpec, Unset, view, with_options};
use crate::value::{Object, Observed, Unknown, Value};

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
    /// What becomes of what is ours and nobody declares; none if nobody wants to know what that is.
    pub removals: Option<Removals>,
}

/// What was found about one instance beside itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evidence<'a> {
    /// Tags of what it is part of.
    pub(super) parent: Option<&'a BTreeMap<String, String>>,
    /// Addresses that it had before.
    pub(super) before: &'a [Address],
    /// What the tag that binds the others to it says, if it can be known.
    pub(super) id: Option<&'a str>,
}

/// What is to happen with one instance. `trigger`: why it is to be replaced though nothing differs.
pub(super) fn decide(
    address: &Address,
    spec: &'static TypeSpec,
    wanted: &Wanted,
    live: Option<&Observed>,
    evidence: Evidence<'_>,
    trigger: Option<Because>,
    intent: &Intent,
) -> Change {
    let Some(live) = live else {
        return if intent.destroy { Change::Keep } else { Change::Create };
    };
    let moved_from = match owner(address, spec, wanted, live, evidence, intent) {
        Owner::Us { .. } => None,
        Owner::UsElsewhere(from) => Some(from),
        // What is not ours is not ours to destroy, and nothing to complain about either.
        Owner::Nobody | Owner::Unproven(_) | Owner::Other(_) if intent.destroy => {
            return Change::Keep;
        }
        Owner::Nobody | Owner::Unproven(_) if intent.adopt.contains_key(address) => {
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
        Owner::Unproven(from) => {
            return Change::Blocked(Blocked::Guarded(guard::unproven(address, &from)));
        }
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
        None => {
            let let_go = let_go(spec, wanted, live, &fields);
            let tagged = is_tagged_so(spec, wanted, live, evidence.id);
            if fields.is_empty() && moved_from.is_none() && tagged {
                Change::Keep
            } else {
                Change::Update { fields, moved_from, let_go }
            }
        }
    };
    match guard::change(address, spec, &change, live, wanted) {
        Some(reason) => Change::Blocked(Blocked::Guarded(reason)),
        None => change,
    }
}

/// Whose a live resource is. What cannot be tagged belongs to whoever the thing that it is part of
/// belongs to.
fn owner(
    address: &Address,
    spec: &'static TypeSpec,
    wanted: &Wanted,
    live: &Observed,
    evidence: Evidence<'_>,
    intent: &Intent,
) -> Owner {
    let Evidence { parent, before, id } = evidence;
    let claim = Claim { stack: &intent.stack, address, before, id };
    match (&live.tags, parent) {
        (Some(tags), _) => claim.on(tags),
        (None, Some(tags)) => match (Claim { id: None, ..claim }).on(tags) {
            Owner::Us { .. } | Owner::UsElsewhere(_) | Owner::Unproven(_) => {
                Owner::Us { proven: true }
            }
            // A part of ours may hang on a thing of others: then it is just as we ask for.
            Owner::Nobody | Owner::Other(_) if differences(spec, wanted, live).is_empty() => {
                Owner::Us { proven: true }
            }
            theirs => theirs,
        },
        (None, None) => Owner::Us { proven: true },
    }
}

/// Whether the tags that say what is ours of it are there as they must be.
fn is_tagged_so(
    spec: &'static TypeSpec,
    wanted: &Wanted,
    live: &Observed,
    id: Option<&str>,
) -> bool {
    let Some(tags) = &live.tags else { return true };
    let told = managed_tags(spec, &wanted.object);
    id.is_none_or(|id| tags.get(ID_TAG).is_some_and(|told| told == id))
        && told_managed(tags) == told.iter().collect()
}

/// Attributes about which the configuration says nothing any more.
fn let_go(
    spec: &'static TypeSpec,
    wanted: &Wanted,
    live: &Observed,
    fields: &[FieldChange],
) -> LetGo {
    let tags = live.tags.as_ref();
    let released = tags.map(|tags| released(spec, &wanted.object, tags)).unwrap_or_default();
    let reset = fields.iter().map(|field| field.name);
    let reset = reset.filter(|name| wanted.defaulted.contains(*name)).collect();
    LetGo { released, reset }
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
