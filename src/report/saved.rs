//! Saved plans: what they are, and why one is not applied.
use serde_json::{Value as Tree, json};

use crate::plan::file::{Attribute, Drifted, Moved, Saved, Side};
use crate::report::compare::{Action, Node, compare};
use crate::report::document;
use crate::report::style::{Paint, Style};
use crate::report::text;
use crate::report::tree::Writer;

/// What is to be known of a saved plan beside what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What stands for it where it is approved.
    pub hash: String,
    /// When it was made, in RFC 3339.
    pub created: String,
    /// Until when it may be applied, in RFC 3339.
    pub expires: String,
    /// Whether that is over.
    pub expired: bool,
    /// When applying it was begun.
    pub applied: Option<String>,
    /// Name of the stack.
    pub stack: String,
    /// Version of drctl that made it.
    pub drctl_version: String,
}

impl About {
    /// Of a saved plan.
    pub fn of(saved: &Saved, expired: bool) -> Self {
        let Saved { created, expires, applied, stack, drctl_version, .. } = saved;
        Self {
            hash: saved.hash(),
            created: created.clone(),
            expires: expires.clone(),
            expired,
            applied: applied.clone(),
            stack: stack.clone(),
            drctl_version: drctl_version.clone(),
        }
    }

    /// The same for machines.
    pub fn json(&self) -> Tree {
        let Self { hash, created, expires, expired, applied, stack, drctl_version } = self;
        json!({
            "hash": hash, "created": created, "expires": expires, "expired": expired,
            "applied": applied, "stack": stack, "drctl": drctl_version,
        })
    }
}

/// What stands above a saved plan that is shown. Ends in an empty line.
pub fn heading(about: &About, paint: Paint) -> String {
    let About { hash, created, expires, expired, applied, stack, drctl_version } = about;
    let [created, expires, stack, version] =
        [created, expires, stack, drctl_version].map(|part| text::safe(part));
    let until = match (applied, expired) {
        (Some(at), _) => {
            paint.paint(Style::Warning, &format!("Applied at {}: not again.", text::safe(at)))
        }
        (None, true) => paint.paint(Style::Warning, &format!("Expired at {expires}.")),
        (None, false) => format!("May be applied once, until {expires}."),
    };
    format!(
        "Plan of the stack {stack}, made by drctl {version} at {created}.\n{until}\nHash: \
         {hash}\n\n"
    )
}

/// What is no longer as it was when a plan was made, a paragraph each. Ends in a line break.
pub fn moved(all: &[Moved]) -> String {
    all.iter().map(one).collect()
}

fn one(moved: &Moved) -> String {
    let Moved { address, scope, what } = moved;
    let mut out = format!("  # {} {}\n", text::address(address), fate(what));
    if let Some(scope) = scope {
        out.push_str(&format!("  # {}\n", text::safe(&scope.to_string())));
    }
    let mut writer = Writer::new(Paint::PLAIN);
    if let Drifted::Attributes(attributes) = what {
        for Attribute { name, side, before, now } in attributes {
            let name = match side {
                Side::Live => (*name).to_owned(),
                Side::Wanted => format!("{name} (as configured)"),
            };
            let node = compare(Some(before), Some(now));
            // It is the same attribute with another value, whatever became of that.
            writer.attribute(1, &name, &Node { action: changed(node.action), ..node });
        }
    }
    out + &writer.out + "\n"
}

const fn changed(action: Action) -> Action {
    match action {
        Action::Keep => Action::Update,
        Action::Create | Action::Update | Action::Delete => action,
    }
}

fn fate(what: &Drifted) -> String {
    match what {
        Drifted::Appeared => "exists by now".to_owned(),
        Drifted::Gone => "no longer exists".to_owned(),
        Drifted::New => "is not in the saved plan".to_owned(),
        Drifted::Undeclared => "is no longer declared".to_owned(),
        Drifted::Readable => "could not be read then, and can be now".to_owned(),
        Drifted::Unreadable(why) => format!("cannot be read now: {}", text::safe(why)),
        Drifted::Elsewhere(Some(scope)) => {
            format!("was planned for {}", text::safe(&scope.to_string()))
        }
        Drifted::Elsewhere(None) => "was planned for where nobody knew yet".to_owned(),
        Drifted::Another(before, now) => {
            let name = |key: &Option<crate::schema::Key>| match key {
                Some(key) => text::safe(&key.to_string()),
                None => "unknown".to_owned(),
            };
            format!("is another one now: {} -> {}", name(before), name(now))
        }
        Drifted::Attributes(_) => "has changed".to_owned(),
        Drifted::Change => "needs something else to be done now".to_owned(),
    }
}

/// The same for machines, secrets hidden.
pub fn moved_json(moved: &Moved) -> Tree {
    let Moved { address, scope, what } = moved;
    let mut tree = json!({ "address": address.to_string(), "text": fate(what) });
    if let Some(scope) = scope {
        tree["account"] = json!(scope.account.as_str());
        tree["region"] = json!(scope.region.as_str());
    }
    if let Drifted::Attributes(attributes) = what {
        let each = attributes.iter().map(|attribute| {
            let Attribute { name, side, before, now } = attribute;
            let of = match side {
                Side::Live => "live",
                Side::Wanted => "configuration",
            };
            let (before, now) =
                (document::to_json(before, &Tree::Null), document::to_json(now, &Tree::Null));
            json!({ "attribute": name, "of": of, "before": before, "now": now })
        });
        tree["attributes"] = each.collect();
    }
    tree
}
