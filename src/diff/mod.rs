//! What differs between a live object and a wanted one. Pure.
use crate::schema::{AttributeSpec, Kind, Role, asked, same};
use crate::value::{Object, Value};

/// One attribute that is not as wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Name of the attribute.
    pub name: &'static str,
    /// What AWS has.
    pub before: Value,
    /// What is wanted; unknown where something must be applied first.
    pub after: Value,
    /// Whether this change replaces the resource.
    pub replaces: bool,
}

/// The attributes in which `live` is not as `want` asks, in the order of the table. Both must be
/// conformed to it.
pub fn diff(table: &'static [AttributeSpec], live: &Object, want: &Object) -> Vec<FieldChange> {
    let compared = |spec: &&AttributeSpec| matches!(spec.role, Role::State | Role::Key);
    let differs = |spec: &&AttributeSpec| !same(spec, live.get(spec.name), want.get(spec.name));
    let change = |spec: &AttributeSpec| FieldChange {
        name: spec.name,
        before: asked(spec, live.get(spec.name), want.get(spec.name)),
        after: want.get(spec.name).clone(),
        replaces: spec.replaces || replaces_within(spec, live.get(spec.name), want.get(spec.name)),
    };
    table.iter().filter(compared).filter(differs).map(change).collect()
}

/// Whether something differs inside a block that cannot be changed in place.
fn replaces_within(spec: &AttributeSpec, live: &Value, want: &Value) -> bool {
    let (Kind::Record(table), Some(live), Some(want)) =
        (spec.kind, live.as_object(), want.as_object())
    else {
        return false;
    };
    table.iter().filter(|inner| !same(inner, live.get(inner.name), want.get(inner.name))).any(
        |inner| {
            inner.replaces || replaces_within(inner, live.get(inner.name), want.get(inner.name))
        },
    )
}
