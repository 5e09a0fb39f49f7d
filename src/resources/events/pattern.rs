//! Event patterns, compared by what they match.
use serde_json::Value as Tree;

use crate::schema::{Attribute, Json, Kind, Mismatch};
use crate::value::Value;

/// A pattern of events. Its arrays are sets: neither their order nor repetition counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Tree);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn parse(text: &str) -> Result<Self, Mismatch> {
        match Json::parse(text)?.tree() {
            Tree::Object(pattern) => Ok(Self(canonical("", &Tree::Object(pattern.clone())))),
            _ => Err(Mismatch::Invalid("an event pattern is a JSON object".to_owned())),
        }
    }
    /// The pattern on one line.
    pub fn to_text(&self) -> String {
        self.0.to_string()
    }
}

/// The same tree with the members of arrays in one order. Only `numeric` holds a sequence:
/// operators, each before its number.
fn canonical(name: &str, tree: &Tree) -> Tree {
    match tree {
        Tree::Object(members) => Tree::Object(
            members.iter().map(|(name, tree)| (name.clone(), canonical(name, tree))).collect(),
        ),
        Tree::Array(items) if name == "numeric" => Tree::Array(items.clone()),
        Tree::Array(items) => {
            let mut items: Vec<Tree> = items.iter().map(|item| canonical("", item)).collect();
            items.sort_by_key(Tree::to_string);
            items.dedup();
            Tree::Array(items)
        }
        leaf => leaf.clone(),
    }
}

impl Attribute for Pattern {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Self::parse(&String::decode(value)?)
    }
    fn encode(&self) -> Value {
        Value::text(self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, same: bool) {
        assert_eq!(Pattern::parse(a).unwrap() == Pattern::parse(b).unwrap(), same, "{a}\n{b}");
    }

    #[test]
    fn arrays_are_sets() {
        check(
            r#"{"source":["aws.rds"],"detail":{"EventID":["RDS-EVENT-0239","RDS-EVENT-0238"]}}"#,
            r#"{"detail":{"EventID":["RDS-EVENT-0238","RDS-EVENT-0239","RDS-EVENT-0238"]},"source":["aws.rds"]}"#,
            true,
        );
        check(
            r#"{"$or":[{"a":["1","2"]},{"b":[1]}]}"#,
            r#"{"$or":[{"b":[1]},{"a":["2","1"]}]}"#,
            true,
        );
        check(r#"{"a":[1]}"#, r#"{"a":["1"]}"#, false);
        check(r#"{"a":["1"]}"#, r#"{"a":["1","2"]}"#, false);
    }

    #[test]
    fn operators_stay_with_their_numbers() {
        check(
            r#"{"a":[{"numeric":[">",0,"<",5]}]}"#,
            r#"{"a":[{"numeric":["<",0,">",5]}]}"#,
            false,
        );
    }

    #[test]
    fn a_pattern_is_an_object() {
        assert!(Pattern::parse("[]").is_err());
        assert!(Pattern::parse("{").is_err());
    }
}
