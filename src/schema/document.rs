//! JSON documents as attributes: dashboards, event patterns, filter policies.
use serde_json::Value as Tree;

use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// A JSON document, compared by meaning: white space and the order of keys do not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Json {
    tree: Tree,
}

impl Json {
    /// Reads a document.
    ///
    /// # Errors
    /// When the text is not JSON; the error says where.
    pub fn parse(text: &str) -> Result<Self, Mismatch> {
        let tree = serde_json::from_str(text)
            .map_err(|error| Mismatch::Invalid(format!("this is not valid JSON: {error}")))?;
        Ok(Self { tree: sorted(tree) })
    }
    /// The document with its keys in order, on one line.
    pub fn to_text(&self) -> String {
        self.tree.to_string()
    }
    /// The document as a tree, keys in order.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

/// The same tree with the keys of every object in order.
fn sorted(tree: Tree) -> Tree {
    match tree {
        Tree::Object(object) => {
            let mut members: Vec<_> = object.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Tree::Object(members.into_iter().collect())
        }
        Tree::Array(items) => Tree::Array(items.into_iter().map(sorted).collect()),
        leaf => leaf,
    }
}

impl Attribute for Json {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Self::parse(&String::decode(value)?)
    }
    fn encode(&self) -> Value {
        Value::text(self.to_text())
    }
}
