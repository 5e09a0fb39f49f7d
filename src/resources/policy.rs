//! Policy documents, compared by what they allow and not by how they are written.
use std::collections::BTreeSet;

use serde_json::{Map, Value as Tree};

use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// A policy document of IAM's language, in canonical form.
///
/// One statement and a list of one are the same, as are one string and a list of one; order counts
/// nowhere; an account's number means its root. `Sid`, `Version` and `Id` do count. (The rules are
/// those of hashicorp/awspolicyequivalence.)
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    tree: Tree,
    text: String,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn parse(text: &str) -> Result<Self, Mismatch> {
        let tree: Tree = serde_json::from_str(text)
            .map_err(|error| Mismatch::Invalid(format!("the policy is not valid JSON: {error}")))?;
        let Tree::Object(object) = tree else {
            return Err(Mismatch::Invalid("the policy is not a JSON object".to_owned()));
        };
        let tree = document(object);
        Ok(Self { text: tree.to_string(), tree })
    }
    /// The canonical text, on one line.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// Principals that AWS shows by their unique id, because the role or user was deleted. One of the
    /// same name that is made later is somebody else, until the policy is set again.
    pub fn gone_principals(&self) -> BTreeSet<String> {
        let statements = self.tree.get("Statement").and_then(Tree::as_array);
        let principals = statements.into_iter().flatten().flat_map(|statement| {
            ["Principal", "NotPrincipal"].into_iter().filter_map(|name| statement.get(name))
        });
        let who = principals.filter_map(|principal| principal.get("AWS"));
        let names = who.flat_map(|who| list(who.clone()));
        names
            .filter_map(|name| name.as_str().filter(|id| is_unique_id(id)).map(str::to_owned))
            .collect()
    }
    /// The document as a tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

/// Whether this is the unique id of a role or user, as `AROAJQABLZS4A3QDU576Q`.
fn is_unique_id(text: &str) -> bool {
    let known = ["AROA", "AIDA", "AGPA"].iter().any(|prefix| text.starts_with(prefix));
    known && text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn document(object: Map<String, Tree>) -> Tree {
    let members = object.into_iter().map(|(name, value)| match name.as_str() {
        "Statement" => {
            let mut statements: Vec<Tree> = list(value).into_iter().map(statement).collect();
            statements.sort_by_key(Tree::to_string);
            statements.dedup();
            (name, Tree::Array(statements))
        }
        _ => (name, value),
    });
    ordered(members.collect())
}

fn statement(value: Tree) -> Tree {
    let Tree::Object(object) = value else { return value };
    let members = object.into_iter().map(|(name, value)| {
        let value = match name.as_str() {
            "Action" | "NotAction" => {
                let lower = |action| match action {
                    Tree::String(text) => Tree::String(action_name(&text)),
                    other => other,
                };
                single(strings(value).into_iter().map(lower).collect())
            }
            "Resource" | "NotResource" => single(strings(value)),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => condition(value),
            "Effect" => match value {
                Tree::String(effect) if effect.eq_ignore_ascii_case("allow") => "Allow".into(),
                Tree::String(effect) if effect.eq_ignore_ascii_case("deny") => "Deny".into(),
                other => other,
            },
            _ => value,
        };
        (name, value)
    });
    ordered(members.filter(|(name, value)| !(name == "Sid" && value == "")).collect())
}

/// Services' names are case-insensitive; the names of actions too, but people read them.
fn action_name(action: &str) -> String {
    match action.split_once(':') {
        Some((service, name)) => format!("{}:{name}", service.to_lowercase()),
        None => action.to_owned(),
    }
}

fn principal(value: Tree) -> Tree {
    let Tree::Object(object) = value else { return value };
    let root = |tree| match tree {
        Tree::String(text) => Tree::String(account(&text)),
        other => other,
    };
    ordered(
        object
            .into_iter()
            .map(|(kind, value)| {
                let who = strings(value);
                let who = if kind == "AWS" { who.into_iter().map(root).collect() } else { who };
                (kind, single(who))
            })
            .collect(),
    )
}

/// The number of an account, for the ARN of its root, which means the same.
fn account(principal: &str) -> String {
    let mut parts = principal.splitn(6, ':');
    let is_root = parts.clone().nth(2) == Some("iam") && parts.clone().nth(5) == Some("root");
    match parts.nth(4) {
        Some(account) if is_root && account.len() == 12 => account.to_owned(),
        _ => principal.to_owned(),
    }
}

fn condition(value: Tree) -> Tree {
    let Tree::Object(operators) = value else { return value };
    let operators = operators.into_iter().map(|(operator, keys)| {
        let Tree::Object(keys) = keys else { return (operator, keys) };
        let keys = keys.into_iter().map(|(key, value)| (key, single(strings(value))));
        (operator, ordered(keys.collect()))
    });
    ordered(operators.collect())
}

fn list(value: Tree) -> Vec<Tree> {
    match value {
        Tree::Array(items) => items,
        one => vec![one],
    }
}

/// A set of strings; booleans and numbers mean what they look like.
fn strings(value: Tree) -> Vec<Tree> {
    let text = |item| match item {
        Tree::Bool(bool) => Tree::String(bool.to_string()),
        Tree::Number(number) => Tree::String(number.to_string()),
        other => other,
    };
    let mut items: Vec<Tree> = list(value).into_iter().map(text).collect();
    items.sort_by_key(Tree::to_string);
    items.dedup();
    items
}

fn single(mut items: Vec<Tree>) -> Tree {
    match items.len() {
        1 => items.remove(0),
        _ => Tree::Array(items),
    }
}

/// Keys in the order in which people write them, then by name.
fn ordered(mut members: Vec<(String, Tree)>) -> Tree {
    const CUSTOM: [&str; 12] = [
        "Version",
        "Id",
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "Statement",
    ];
    let rank =
        |name: &str| CUSTOM.iter().position(|custom| *custom == name).unwrap_or(CUSTOM.len());
    members.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
    Tree::Object(members.into_iter().collect())
}

impl Attribute for Policy {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Self::parse(&String::decode(value)?)
    }
    fn encode(&self) -> Value {
        Value::text(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, same: bool) {
        assert_eq!(Policy::parse(a).unwrap() == Policy::parse(b).unwrap(), same, "{a}\n{b}");
    }

    #[test]
    fn order_and_single_members_mean_nothing() {
        check(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["b:x","a:y"],"Resource":"*"}}"#,
            r#"{"Statement":[{"Resource":["*"],"Effect":"allow","Action":["A:y","b:x"]}],"Version":"2012-10-17"}"#,
            true,
        );
    }

    #[test]
    fn an_account_means_its_root() {
        check(
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"}}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root"]}}}"#,
            true,
        );
    }

    #[test]
    fn another_action_is_another_policy() {
        check(
            r#"{"Statement":{"Effect":"Allow","Action":"a:x"}}"#,
            r#"{"Statement":{"Effect":"Allow","Action":"a:y"}}"#,
            false,
        );
    }

    #[test]
    fn who_was_deleted_is_an_id() {
        let text = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["AROAJQABLZS4A3QDU576Q",
            "arn:aws:iam::111111111111:role/AROAJQABLZS4A3QDU576Q"]}},{"Principal":"*"}]}"#;
        let gone = Policy::parse(text).unwrap().gone_principals();
        assert_eq!(gone.into_iter().collect::<Vec<_>>(), ["AROAJQABLZS4A3QDU576Q"]);
    }
}
