//! An instance before and after, so that the two differ only where the plan says they do.
use crate::plan::{Change, Planned, whole};
use crate::schema::{self, AttributeSpec, Role, with_options};
use crate::value::{Object, Value};

/// What AWS has, as expressions see it; none for what does not exist. What the configuration calls
/// sensitive is so here too, though AWS's side carries no mark.
pub(super) fn before(planned: &Planned) -> Option<Object> {
    let live = planned.live.as_ref()?;
    let spec = planned.spec;
    let inputs = with_options(spec, &live.inputs, &planned.want);
    let mut inputs = schema::marked(spec.inputs, inputs);
    for (name, value) in &mut inputs.0 {
        let secret =
            planned.want.get(name).has_sensitive() || planned.after.get(name).has_sensitive();
        if secret && !value.is_null() {
            *value = value.clone().sensitive();
        }
    }
    let outputs = schema::marked(spec.outputs, live.outputs.clone());
    Some(whole(spec, &inputs, &outputs, planned.scope.as_ref()))
}

/// What there will be; none for what goes away.
pub(super) fn after(planned: &Planned, before: Option<&Object>) -> Option<Object> {
    match (&planned.change, before) {
        (Change::Delete | Change::Forget, _) => None,
        (Change::Create | Change::Read, _) => Some(planned.after.clone()),
        (Change::Keep | Change::Stay(_) | Change::Adopt { .. } | Change::Blocked(_), before) => {
            before.cloned()
        }
        (Change::Update { .. } | Change::Replace { .. }, None) => Some(planned.after.clone()),
        (Change::Update { fields, .. } | Change::Replace { fields, .. }, Some(before)) => {
            let mut after = planned.after.clone();
            let differs = |name: &str| fields.iter().any(|field| field.name == name);
            for spec in planned.spec.inputs.iter().filter(|spec| !differs(spec.name)) {
                if !anew(planned, spec) {
                    after.0.insert(spec.name.to_owned(), before.get(spec.name).clone());
                }
            }
            if after.0.contains_key("tags_all") && !differs("tags") {
                after.0.insert("tags_all".to_owned(), before.get("tags_all").clone());
            }
            Some(after)
        }
    }
}

/// Whether a replacement sets anew what is no difference today: what AWS decides again, and what
/// counts at creation only.
fn anew(planned: &Planned, spec: &AttributeSpec) -> bool {
    let replaced = matches!(planned.change, Change::Replace { .. });
    let after = planned.after.get(spec.name);
    replaced && (matches!(after, Value::Unknown(_)) || spec.role == Role::Initial)
}
