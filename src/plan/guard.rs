//! What must not be touched, and why. Every answer says what to do.
use crate::address::Address;
use crate::graph::Wanted;
use crate::plan::{Because, Change};
use crate::schema::TypeSpec;
use crate::value::{Observed, Value};

/// Why this change may not be made, if so.
pub(super) fn change(
    address: &Address,
    spec: &'static TypeSpec,
    change: &Change,
    live: &Observed,
    wanted: &Wanted,
) -> Option<String> {
    if matches!(change, Change::Keep) {
        return None;
    }
    if let Some(reason) = &live.locked {
        return Some(format!("{reason}. Nothing is changed until that is over; plan again then."));
    }
    let Change::Replace { because, .. } = change else { return None };
    if wanted.prevent_destroy {
        return Some(format!(
            "it would be replaced, which destroys it, and `prevent_destroy` is set{}.",
            by(because)
        ));
    }
    if spec.data_bearing && *because != Because::Requested {
        return Some(format!(
            "it would be replaced, which destroys its data{}. Undo that change, or say \
             -replace='{address}' if the data may go.",
            by(because)
        ));
    }
    None
}

/// Why it may not be destroyed, if so.
pub(super) fn destroy(address: &Address, live: &Observed, wanted: &Wanted) -> Option<String> {
    if let Some(reason) = &live.locked {
        return Some(format!("{reason}. Nothing is changed until that is over; plan again then."));
    }
    if wanted.prevent_destroy {
        return Some(format!(
            "`prevent_destroy` is set for {address}. Take it away first if it may go."
        ));
    }
    let protected = *live.inputs.get("deletion_protection") == Value::Bool(true);
    protected.then(|| {
        "AWS protects it from deletion. Set `deletion_protection = false` and apply that first, if \
         it may go."
            .to_owned()
    })
}

fn by(because: &Because) -> String {
    match because {
        Because::Attributes(names) => {
            let names: Vec<&str> = names.iter().copied().collect();
            format!(": {} cannot be changed in place", names.join(", "))
        }
        Because::Requested => " (asked for with -replace)".to_owned(),
        Because::Triggered => " (by replace_triggered_by)".to_owned(),
    }
}
