//! What identifies a plan to whoever approves it.
use serde_json::{Map, Value as Tree, json};
use sha2::{Digest as _, Sha256};

use crate::config::Types;
use crate::plan::file::{FileError, Saved};

impl Saved {
    /// What stands for this plan where it is approved: the same for plans of one stack that would do
    /// the same, whenever and with whatever salt they were made.
    ///
    /// It covers what is done to which resource, from which values to which. Of a secret it covers
    /// only that there is one, or whoever reads it could try secrets until one fits.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn fingerprint(&self, types: Types<'_>) -> Result<String, FileError> {
        self.plan(types)?;
        Ok(fingerprint(&self.stack, &self.plan))
    }
}

fn fingerprint(stack: &str, plan: &Tree) -> String {
    let acts = |change: &Tree| change.pointer("/action/keep").is_none();
    let changes = plan.get("changes").and_then(Tree::as_object).into_iter().flatten();
    let changes: Map<String, Tree> = changes
        .filter(|(_, change)| acts(change))
        .map(|(address, change)| {
            let part = |name: &str| veiled(change.get(name).unwrap_or(&Tree::Null));
            let told: Map<String, Tree> = ["action", "key", "scope", "type", "want"]
                .into_iter()
                .map(|name| (name.to_owned(), part(name)))
                .collect();
            (address.clone(), Tree::Object(told))
        })
        .collect();
    let whole = json!({ "stack": stack, "destroy": plan.get("destroy"), "changes": changes });
    Sha256::digest(whole.to_string()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The tree with all digests of secrets taken out.
fn veiled(tree: &Tree) -> Tree {
    match tree {
        Tree::Object(members) => {
            let one = |(name, inner): (&String, &Tree)| match (name.as_str(), inner) {
                ("sensitive", Tree::String(_)) => (name.clone(), Tree::Null),
                _ => (name.clone(), veiled(inner)),
            };
            Tree::Object(members.iter().map(one).collect())
        }
        Tree::Array(items) => items.iter().map(veiled).collect(),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_deeds_have_the_same_fingerprint() {
        let plan = |secret: &str, size: &str, kept: &str| {
            json!({ "destroy": false, "changes": {
                "a.b": { "action": { "create": {} }, "type": "a", "scope": null, "key": null,
                    "want": { "object": { "size": { "number": size }, "pw": { "sensitive": secret } } } },
                "a.c": { "action": { "keep": {} }, "live": { "object": { "status": kept } } },
            } })
        };
        let one = fingerprint("s", &plan("1234", "1", "x"));
        assert_eq!(one.len(), 32);
        assert_eq!(
            one,
            fingerprint("s", &plan("5678", "1", "y")),
            "neither salts nor what stays count"
        );
        assert_ne!(one, fingerprint("s", &plan("1234", "2", "x")));
        assert_ne!(one, fingerprint("t", &plan("1234", "1", "x")));
    }
}
