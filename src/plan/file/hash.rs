//! What stands for a saved plan where it is approved.
use serde_json::{Map, Value as Tree, json};
use sha2::{Digest as _, Sha256};

use crate::plan::file::Saved;

impl Saved {
    /// What stands for this plan where it is approved: 64 hexadecimal digits over the
    /// configuration, the variables, the options, the version of drctl, and all that was decided
    /// upon. The same again means the same plan, whoever made it and when.
    ///
    /// The configuration is part of it, for what is not known yet is computed by it later. Of a
    /// secret it covers only that there is one, or whoever reads the hash could try secrets until
    /// one fits.
    pub fn hash(&self) -> String {
        let Self { drctl_version, stack, sources, variables, targets, replace, adopt, .. } = self;
        let changes = self.plan.get("changes").and_then(Tree::as_object).into_iter().flatten();
        let decided: Map<String, Tree> = changes
            .filter_map(|(address, change)| Some((address.clone(), change.get("decided")?.clone())))
            .collect();
        let all = json!({
            "drctl_version": drctl_version, "stack": stack, "sources": sources,
            "variables": variables, "destroy": self.destroy, "partial": self.partial,
            "targets": targets, "replace": replace, "adopt": adopt, "decided": decided,
        });
        let digest = Sha256::digest(without_secrets(&all).to_string());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The tree with all digests of secrets taken out; that there are secrets stays.
fn without_secrets(tree: &Tree) -> Tree {
    match tree {
        Tree::Object(members) => {
            let digest = members.len() == 1;
            let one = |(name, inner): (&String, &Tree)| match (name.as_str(), inner) {
                ("sensitive", Tree::String(_)) if digest => (name.clone(), Tree::Null),
                _ => (name.clone(), without_secrets(inner)),
            };
            Tree::Object(members.iter().map(one).collect())
        }
        Tree::Array(items) => items.iter().map(without_secrets).collect(),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::String(_) => tree.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(change: impl FnOnce(&mut Saved)) -> String {
        let decided = json!({ "want": { "object": { "pw": { "sensitive": "12ab" } } } });
        let mut saved = Saved {
            format: Saved::format(),
            drctl_version: "1.0.0".to_owned(),
            created: "then".to_owned(),
            expires: "later".to_owned(),
            applied: None,
            nonce: "n".to_owned(),
            stack: "s".to_owned(),
            sources: vec![("main.tf".to_owned(), "locals {}".to_owned())],
            variables: [("v".to_owned(), json!({ "sensitive": "34cd" }))].into(),
            destroy: false,
            targets: Vec::new(),
            replace: std::collections::BTreeSet::new(),
            salt: "salt".to_owned(),
            adopt: Vec::new(),
            partial: false,
            plan: json!({ "changes": { "a.b": { "decided": decided, "observed": "x" } } }),
        };
        change(&mut saved);
        saved.hash()
    }

    #[test]
    fn the_same_plan_has_the_same_hash_whenever_it_was_made() {
        let hash = saved(|_| {});
        assert_eq!(hash.len(), 64);
        let same = saved(|saved| {
            saved.created = "now".to_owned();
            saved.expires = "never".to_owned();
            saved.applied = Some("once".to_owned());
            saved.nonce = "m".to_owned();
            saved.salt = "pepper".to_owned();
            saved.variables = [("v".to_owned(), json!({ "sensitive": "56ef" }))].into();
            saved.plan["changes"]["a.b"]["observed"] = json!("y");
            saved.plan["changes"]["a.b"]["decided"]["want"]["object"]["pw"]["sensitive"] =
                json!("7");
        });
        assert_eq!(hash, same);
    }

    #[test]
    fn another_plan_has_another_hash() {
        let changes: [fn(&mut Saved); 9] = [
            |saved| saved.drctl_version = "1.0.1".to_owned(),
            |saved| saved.stack = "t".to_owned(),
            |saved| saved.sources[0].1.push('\n'),
            |saved| saved.variables = [("v".to_owned(), json!("plain"))].into(),
            |saved| saved.destroy = true,
            |saved| saved.targets.push("a.b".to_owned()),
            |saved| saved.adopt.push("a.b".to_owned()),
            |saved| saved.partial = true,
            |saved| saved.plan["changes"]["a.b"]["decided"]["exists"] = json!(true),
        ];
        let mut all: Vec<String> = changes.into_iter().map(saved).collect();
        all.push(saved(|_| {}));
        let number = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), number);
    }
}
