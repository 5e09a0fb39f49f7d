//! What a plan was decided upon, and what of that is no longer so.
//!
//! Not all that AWS tells was used: a status, a time, how many recovery points there are. What was
//! used is what is to be done, where, with which thing; the attributes that differ; of what is to
//! be destroyed all that was shown; and which cluster of a global database writes.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Scope};
use crate::plan::{Blocked, Change, Plan, Planned, Unreadable};
use crate::schema::{AttributeSpec, Key, Role, Unset};
use crate::value::{Object, Value};

/// Of one instance, what was used to decide about it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decision {
    pub(super) scope: Option<Scope>,
    pub(super) key: Option<Key>,
    pub(super) exists: bool,
    /// What is to be done, without the words of what could not be read.
    pub(super) change: Change,
    /// What is wanted, if something is to be done.
    pub(super) want: Object,
    /// What AWS has, of what is to be destroyed.
    pub(super) live: Object,
    /// What AWS tells that weighs: the writer's place.
    pub(super) roles: Object,
}

/// Something that is no longer as it was when a plan was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Of which instance.
    pub address: Address,
    /// Where it lives.
    pub scope: Option<Scope>,
    /// In what way.
    pub what: Drifted,
}

/// In what way an instance is no longer what a plan was made for.
#[derive(Debug, Clone, PartialEq)]
pub enum Drifted {
    /// It was not there and is.
    Appeared,
    /// It was there and is not.
    Gone,
    /// The plan does not speak of it.
    New,
    /// The plan speaks of it, and nothing declares it now.
    Undeclared,
    /// It could not be read, and can be now.
    Readable,
    /// It could be read, and cannot be now; why.
    Unreadable(String),
    /// It was in another account or Region.
    Elsewhere(Option<Scope>),
    /// AWS knows it by another id: it is another one.
    Another(Option<Key>, Option<Key>),
    /// These attributes have moved.
    Attributes(Vec<Attribute>),
    /// Something else is to be done.
    Change,
}

/// An attribute that has moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Whose value.
    pub side: Side,
    /// The value that the plan was made for.
    pub before: Value,
    /// The value now.
    pub now: Value,
}

/// Whose value an attribute has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What AWS has.
    Live,
    /// What the configuration asks for, by what it refers to.
    Wanted,
}

impl Decision {
    /// What was used to decide about an instance.
    pub(super) fn of(planned: &Planned) -> Self {
        let Planned { spec, scope, key, live, want, change, .. } = planned;
        let change = match change {
            Change::Blocked(Blocked::Unreadable(_) | Blocked::Upstream(_)) => {
                Change::Blocked(Blocked::Unreadable(String::new()))
            }
            change => change.clone(),
        };
        let acts = !matches!(change, Change::Keep | Change::Blocked(_));
        let goes = matches!(change, Change::Delete | Change::Replace { .. });
        let told = |spec: &&AttributeSpec| {
            let left = spec.unset == Unset::AwsDecides && want.get(spec.name).is_null();
            matches!(spec.role, Role::State | Role::Key) && !left
        };
        let of_live = |live: &Object| {
            let mut shown = Object::default();
            for spec in spec.inputs.iter().filter(told) {
                shown.set(spec.name, as_secret(live.get(spec.name), want.get(spec.name)));
            }
            shown
        };
        let seen = live.as_ref();
        Self {
            scope: scope.clone(),
            key: key.clone(),
            exists: seen.is_some(),
            change,
            want: if acts { want.clone() } else { Object::default() },
            live: seen.filter(|_| goes).map(|live| of_live(&live.inputs)).unwrap_or_default(),
            roles: seen.map(|live| weighing(spec.outputs, &live.outputs)).unwrap_or_default(),
        }
    }
}

/// AWS's own copy of a secret carries no mark: it is as secret as what is asked for.
pub(super) fn as_secret(live: &Value, want: &Value) -> Value {
    if want.has_sensitive() && !live.is_null() { live.clone().sensitive() } else { live.clone() }
}

/// The members that weigh, of nested blocks as well; those in a list in no order.
fn weighing(table: &'static [AttributeSpec], object: &Object) -> Object {
    let mut found = Object::default();
    for spec in table {
        let value = object.get(spec.name);
        let inner = spec.kind.block().filter(|inner| inner.iter().any(|spec| spec.weighs));
        match (spec.weighs, inner, value) {
            (true, _, _) => found.set(spec.name, value.clone()),
            (false, Some(inner), Value::List(items) | Value::Tuple(items)) => {
                let items = items.iter().map(|item| of_item(inner, item));
                found.set(spec.name, Value::Set(items.collect()));
            }
            (false, Some(inner), Value::Set(items)) => {
                let items = items.iter().map(|item| of_item(inner, item));
                found.set(spec.name, Value::Set(items.collect()));
            }
            (false, Some(inner), Value::Object(_)) => {
                found.set(spec.name, of_item(inner, value));
            }
            (false, _, _) => {}
        }
    }
    found
}

fn of_item(table: &'static [AttributeSpec], item: &Value) -> Value {
    match item {
        Value::Object(object) | Value::Map(object) => Value::Object(weighing(table, object)),
        other => other.clone(),
    }
}

/// In what a plan of now is not the one of before. Secrets of both are digests with one salt.
pub(super) fn moved(before: &Plan, now: &Plan) -> Vec<Moved> {
    let decisions = |plan: &Plan| -> BTreeMap<Address, Decision> {
        let each = plan.changes.iter();
        each.map(|(address, one)| (address.clone(), Decision::of(one))).collect()
    };
    let (then, today) = (decisions(before), decisions(now));
    let addresses: BTreeSet<&Address> = then.keys().chain(today.keys()).collect();
    let mut moved = Vec::new();
    for address in addresses {
        let what = match (then.get(address), today.get(address)) {
            (Some(then), Some(today)) if then == today => continue,
            (Some(then), Some(today)) => {
                let pair = (&before.changes[address], &now.changes[address]);
                in_what(pair, (then, today), &now.unreadable)
            }
            (None, _) => Drifted::New,
            (_, None) => Drifted::Undeclared,
        };
        let planned = now.changes.get(address).or_else(|| before.changes.get(address));
        let scope = planned.and_then(|planned| planned.scope.clone());
        moved.push(Moved { address: address.clone(), scope, what });
    }
    moved
}

fn in_what(
    (before, now): (&Planned, &Planned),
    (then, today): (&Decision, &Decision),
    unreadable: &[Unreadable],
) -> Drifted {
    let blocked =
        |decision: &Decision| matches!(decision.change, Change::Blocked(Blocked::Unreadable(_)));
    match (blocked(then), blocked(today)) {
        (true, false) => return Drifted::Readable,
        (false, true) => {
            let why = unreadable.iter().find(|one| one.address == now.address);
            return Drifted::Unreadable(why.map(|one| one.reason.clone()).unwrap_or_default());
        }
        (true, true) | (false, false) => {}
    }
    if then.scope != today.scope {
        return Drifted::Elsewhere(then.scope.clone());
    }
    match (then.exists, today.exists) {
        (true, false) => return Drifted::Gone,
        (false, true) => return Drifted::Appeared,
        (true, true) | (false, false) => {}
    }
    let attributes = attributes((before, now), (then, today));
    if !attributes.is_empty() {
        return Drifted::Attributes(attributes);
    }
    if then.key != today.key {
        return Drifted::Another(then.key.clone(), today.key.clone());
    }
    Drifted::Change
}

/// The attributes in which two plans of one instance differ, as far as they were decided upon.
fn attributes(
    (before, now): (&Planned, &Planned),
    (then, today): (&Decision, &Decision),
) -> Vec<Attribute> {
    let spec = now.spec;
    let mut found = Vec::new();
    let mut note = |name: &'static str, side, before: &Value, now: &Value| {
        if before != now {
            found.push(Attribute { name, side, before: before.clone(), now: now.clone() });
        }
    };
    let nothing = Object::default();
    let inputs = |planned: &'_ Planned| planned.live.as_ref().map(|live| live.inputs.clone());
    let (had, has) = (inputs(before).unwrap_or_default(), inputs(now).unwrap_or_default());
    let differing: BTreeSet<&str> =
        [then, today].into_iter().flat_map(|one| fields(&one.change)).collect();
    for spec in spec.inputs {
        let shown = |decision: &Decision| decision.live.0.contains_key(spec.name);
        if differing.contains(spec.name) || shown(then) || shown(today) {
            note(spec.name, Side::Live, had.get(spec.name), has.get(spec.name));
        }
    }
    for spec in spec.outputs {
        note(spec.name, Side::Live, then.roles.get(spec.name), today.roles.get(spec.name));
    }
    for spec in spec.inputs {
        // What is wanted is kept only where something is to be done.
        let (wanted, wants) = match (then.want == nothing, today.want == nothing) {
            (true, true) => continue,
            _ => (before.want.get(spec.name), now.want.get(spec.name)),
        };
        note(spec.name, Side::Wanted, wanted, wants);
    }
    found
}

fn fields(change: &Change) -> Vec<&'static str> {
    match change {
        Change::Update { fields, .. }
        | Change::Adopt { fields }
        | Change::Replace { fields, .. } => fields.iter().map(|field| field.name).collect(),
        Change::Create | Change::Delete | Change::Keep | Change::Read | Change::Blocked(_) => {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes;
    use crate::schema::Record;

    attributes! {
        /// What a database tells.
        struct Told {
            /// A status.
            status: String,
            /// Who writes.
            role: Option<String> => weighs,
            /// Its members.
            members: Vec<Member>,
            /// Its zones.
            zones: Vec<Zone>,
        }
    }
    attributes! {
        /// A member.
        struct Member {
            /// Its name.
            name: String => weighs,
            /// Whether it follows.
            synchronization: String,
        }
    }
    attributes! {
        /// A zone.
        struct Zone {
            /// Its name.
            name: String,
        }
    }

    fn told(status: &str, role: &str, members: &[(&str, &str)]) -> Object {
        let member = |(name, how): &(&str, &str)| Member {
            name: (*name).to_owned(),
            synchronization: (*how).to_owned(),
        };
        let told = Told {
            status: status.to_owned(),
            role: Some(role.to_owned()),
            members: members.iter().map(member).collect(),
            zones: vec![Zone { name: status.to_owned() }],
        };
        let value = crate::schema::Attribute::encode(&told);
        value.as_object().expect("a record is an object").clone()
    }

    #[test]
    fn who_writes_weighs_and_what_passes_does_not() {
        let weight = |told: Object| weighing(Told::TABLE, &told);
        let before = weight(told("available", "writer", &[("a", "connected"), ("b", "connected")]));
        let same = weight(told("modifying", "writer", &[("b", "pending"), ("a", "connected")]));
        assert_eq!(before, same, "nor does the order of members");
        for other in [
            told("available", "reader", &[("a", "connected"), ("b", "connected")]),
            told("available", "writer", &[("a", "connected")]),
        ] {
            assert_ne!(before, weight(other));
        }
    }

    #[test]
    fn a_secret_of_aws_is_as_secret_as_ours() {
        let check = |live: Value, want: Value, expected: Value| {
            assert_eq!(as_secret(&live, &want), expected);
        };
        let (text, secret) = (|| Value::text("x"), || Value::text("y").sensitive());
        check(text(), text(), text());
        check(text(), secret(), text().sensitive());
        check(Value::Null, secret(), Value::Null);
        check(text(), Value::texts(["z"]), text());
    }
}
