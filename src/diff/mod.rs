//! What differs between a live object and a wanted one. Pure.
use crate::schema::{AttributeSpec, Role, same};
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
        before: live.get(spec.name).clone(),
        after: want.get(spec.name).clone(),
        replaces: spec.replaces,
    };
    table.iter().filter(compared).filter(differs).map(change).collect()
}
