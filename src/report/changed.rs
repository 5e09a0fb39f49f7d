//! One planned instance as a block: every attribute that it has or will have, before and after.
use crate::plan::{Change, Planned};
use crate::report::compare::{Action, Node, compare};
use crate::report::record::Parts;
use crate::schema::{AttributeSpec, Role, view};
use crate::value::{Object, Value};

/// The inside of the instance's block.
pub(super) fn node(planned: &Planned) -> Node {
    let whole = match &planned.change {
        Change::Create | Change::Read => Some(Action::Create),
        Change::Delete => Some(Action::Delete),
        Change::Update { .. } | Change::Adopt { .. } | Change::Replace { .. } => {
            Some(Action::Update)
        }
        Change::Keep | Change::Forget | Change::Stay(_) | Change::Blocked(_) => None,
    };
    let mut parts = Parts::default();
    inputs(planned, &mut parts);
    outputs(planned, &mut parts);
    parts.node(whole)
}

fn inputs(planned: &Planned, parts: &mut Parts) {
    let nothing = Object::default();
    let live = planned.live.as_ref().map_or(&nothing, |live| &live.inputs);
    for spec in planned.spec.inputs {
        let plain = &AttributeSpec { replaces: false, ..*spec };
        let before = live.get(spec.name);
        let wanted = match planned.want.get(spec.name) {
            Value::Null => planned.after.get(spec.name),
            wanted => wanted,
        };
        match &planned.change {
            Change::Create | Change::Read => parts.add(plain, (&Value::Null, wanted), true),
            Change::Delete if wanted.has_sensitive() => {
                parts.add(plain, (&before.clone().sensitive(), &Value::Null), true);
            }
            Change::Delete => parts.add(plain, (before, &Value::Null), true),
            Change::Update { fields, .. }
            | Change::Adopt { fields }
            | Change::Replace { fields, .. } => {
                match fields.iter().find(|field| field.name == spec.name) {
                    Some(field) => parts.add(spec, (&field.before, &field.after), true),
                    None if anew(planned, spec, wanted) => {
                        parts.add(plain, (before, wanted), before != wanted);
                    }
                    None => parts.add(plain, (before, wanted), false),
                }
            }
            Change::Forget => parts.add(plain, (before, before), false),
            Change::Keep | Change::Stay(_) | Change::Blocked(_) => {
                parts.add(plain, (before, wanted), false);
            }
        }
    }
}

/// Whether a replacement sets an attribute anew that is no difference today: what AWS decides,
/// and what counts at creation only.
fn anew(planned: &Planned, spec: &AttributeSpec, wanted: &Value) -> bool {
    let replaced = matches!(planned.change, Change::Replace { .. });
    let unknown = matches!(wanted, Value::Unknown(_));
    replaced && (unknown || (spec.role == Role::Initial && !wanted.is_null()))
}

fn outputs(planned: &Planned, parts: &mut Parts) {
    let nothing = Object::default();
    let live = planned.live.as_ref();
    let told = live.map_or(&nothing, |live| &live.outputs);
    // What is foretold is as expressions see it: absent members of blocks are null.
    let seen = view(planned.spec.outputs, told);
    // What a data source is asked by it also tells; that line is there already.
    let named = |name: &str| planned.spec.inputs.iter().any(|spec| spec.name == name);
    for spec in planned.spec.outputs.iter().filter(|spec| !named(spec.name)) {
        let (before, after) = (told.get(spec.name), planned.after.get(spec.name));
        match &planned.change {
            Change::Delete => parts.add(spec, (before, &Value::Null), true),
            Change::Create | Change::Read => parts.add(spec, (&Value::Null, after), true),
            Change::Update { .. } | Change::Replace { .. } => {
                // Nothing is claimed about what the plan does not foretell.
                if after.is_null() || seen.get(spec.name) == after {
                    parts.add(spec, (before, before), false);
                } else {
                    parts.add(spec, (before, after), true);
                }
            }
            Change::Keep
            | Change::Adopt { .. }
            | Change::Forget
            | Change::Stay(_)
            | Change::Blocked(_) => {
                parts.add(spec, (before, before), false);
            }
        }
    }
    let tables = || planned.spec.inputs.iter().chain(planned.spec.outputs);
    if tables().any(|spec| spec.name == "id") {
        return;
    }
    let repeated = |name| match live {
        Some(live) if !live.inputs.get(name).is_null() => live.inputs.get(name).clone(),
        _ => told.get(name).clone(),
    };
    let foretold = match planned.after.get("id") {
        Value::Null => planned.after.get(planned.spec.id),
        id => id,
    };
    let before = repeated(planned.spec.id);
    let id = match (&planned.change, foretold) {
        (Change::Create | Change::Read, after) => compare(None, Some(after)),
        (Change::Delete, _) => compare(Some(&before), None),
        (_, Value::Null) => compare(Some(&before), Some(&before)),
        (Change::Update { .. } | Change::Replace { .. }, after) => {
            compare(Some(&before), Some(after))
        }
        (
            Change::Keep
            | Change::Adopt { .. }
            | Change::Forget
            | Change::Stay(_)
            | Change::Blocked(_),
            _,
        ) => compare(Some(&before), Some(&before)),
    };
    let absent = before.is_null() && foretold.is_null();
    if !absent {
        parts.attributes.push(("id".to_owned(), id));
    }
}
