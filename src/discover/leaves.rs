//! The texts in a resource, each with the names that lead to it.
use serde_json::Value as Tree;

use crate::value::{Object, Value};

/// A text and where it stands: names of attributes and keys, positions left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    /// `rule.target_vault_name`; inside a document only that of the attribute.
    pub(super) path: String,
    /// The text.
    pub(super) text: String,
}

/// All texts of an object, those inside JSON documents among them.
pub(super) fn leaves(object: &Object) -> Vec<Leaf> {
    let mut found = Vec::new();
    for (name, value) in object.iter().filter(|(name, _)| *name != "tags") {
        collect(name, value, &mut found);
    }
    found
}

fn collect(path: &str, value: &Value, found: &mut Vec<Leaf>) {
    match value {
        // What is never shown is not looked through either.
        Value::Sensitive(_) => {}
        Value::String(text) => match document(text) {
            Some(tree) => of_tree(path, &tree, found),
            None => found.push(Leaf { path: path.to_owned(), text: text.clone() }),
        },
        Value::Object(object) | Value::Map(object) => {
            for (name, value) in object.iter() {
                collect(&format!("{path}.{name}"), value, found);
            }
        }
        other => other.members().for_each(|value| collect(path, value, found)),
    }
}

/// The document that a text is, if it is one of JSON.
pub(super) fn document(text: &str) -> Option<Tree> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

fn of_tree(path: &str, tree: &Tree, found: &mut Vec<Leaf>) {
    match tree {
        Tree::String(text) => found.push(Leaf { path: path.to_owned(), text: text.clone() }),
        Tree::Array(items) => items.iter().for_each(|item| of_tree(path, item, found)),
        Tree::Object(members) => members.values().for_each(|item| of_tree(path, item, found)),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) => {}
    }
}

/// What stands in quotes in a text, as names of alarms do in the rule of a composite one.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_looked_into() {
        let pattern = r#"{"source":["aws.rds"],"detail":{"SourceIdentifier":["orders"]}}"#;
        let rule = [("pattern".to_owned(), Value::text(pattern))];
        let inner = Value::Object(Object::from_iter([("vault", Value::text("main"))]));
        let object: Object =
            rule.into_iter().chain([("rule".to_owned(), Value::List(vec![inner]))]).collect();
        let found: Vec<_> = leaves(&object).into_iter().map(|l| (l.path, l.text)).collect();
        let expected = [("pattern", "aws.rds"), ("pattern", "orders"), ("rule.vault", "main")];
        assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
        let rule = r#"ALARM("lag") OR ALARM("no data")"#;
        assert_eq!(quoted(rule).collect::<Vec<_>>(), ["lag", "no data"]);
    }
}
