//! Policy documents as Terraform merges and writes them; it writes a text that other tools and
//! people's own files already hold, so the layout is part of the contract.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value as Tree};

use crate::resources::{Error, Result};

/// A document on its way through merging.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) id: String,
    pub(super) statements: Vec<Statement>,
}

/// One statement. What is not said stays out of the text.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub(super) sid: String,
    pub(super) effect: String,
    pub(super) actions: Option<Tree>,
    pub(super) not_actions: Option<Tree>,
    pub(super) resources: Option<Tree>,
    pub(super) not_resources: Option<Tree>,
    pub(super) principals: Vec<Principal>,
    pub(super) not_principals: Vec<Principal>,
    pub(super) conditions: Vec<Condition>,
}

/// Principals of one type: one alone as a string, several as a list.
#[derive(Debug, Clone)]
pub(super) struct Principal {
    pub(super) kind: String,
    pub(super) identifiers: Texts,
}

/// One test of one key.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) test: String,
    pub(super) variable: String,
    pub(super) values: Vec<String>,
}

/// A string, or a list even of one: both are kept as they were written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    /// A configured set: alone as a string, several last first.
    pub(super) fn of_set(mut texts: Vec<String>) -> Self {
        texts.sort();
        texts.reverse();
        match <[String; 1]>::try_from(texts) {
            Ok([one]) => Self::One(one),
            Err(many) => Self::Many(many),
        }
    }
    /// As it stands in the document.
    pub(super) fn into_tree(self) -> Tree {
        match self {
            Self::One(text) => text.into(),
            Self::Many(texts) => texts.into(),
        }
    }
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

impl Document {
    /// Reads a document that another one builds on.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let tree: Tree = serde_json::from_str(text).map_err(|error| refused(&error))?;
        let Tree::Object(mut object) = tree else {
            return Err(refused(&"it is not a JSON object"));
        };
        let statements = match object.remove("Statement") {
            None | Some(Tree::Null) => Vec::new(),
            Some(Tree::Array(statements)) => statements,
            Some(one) => vec![one],
        };
        Ok(Self {
            version: text_of(object.remove("Version"), "Version")?,
            id: text_of(object.remove("Id"), "Id")?,
            statements: statements.into_iter().map(Statement::parse).collect::<Result<_>>()?,
        })
    }

    /// Takes over the other's id and its version if it is newer; a statement with a `Sid` that is
    /// here already takes its place, all others come behind.
    pub(super) fn merge(&mut self, other: Self) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let same = |here: &&mut Statement| !here.sid.is_empty() && here.sid == statement.sid;
            match self.statements.iter_mut().find(same) {
                Some(here) => *here = statement,
                None => self.statements.push(statement),
            }
        }
    }

    /// The document with an indent of two, and on one line.
    pub(super) fn texts(self) -> (String, String) {
        let mut object = Map::new();
        put_text(&mut object, "Version", self.version);
        put_text(&mut object, "Id", self.id);
        if !self.statements.is_empty() {
            let statements = self.statements.into_iter().map(Statement::into_tree).collect();
            object.insert("Statement".to_owned(), Tree::Array(statements));
        }
        let tree = Tree::Object(object);
        (escaped(&format!("{tree:#}")), escaped(&tree.to_string()))
    }
}

impl Statement {
    fn parse(tree: Tree) -> Result<Self> {
        let Tree::Object(mut object) = tree else {
            return Err(refused(&"a statement is not an object"));
        };
        let mut take = |name: &str| object.remove(name).filter(|value| !value.is_null());
        Ok(Self {
            sid: text_of(take("Sid"), "Sid")?,
            effect: text_of(take("Effect"), "Effect")?,
            actions: take("Action"),
            not_actions: take("NotAction"),
            resources: take("Resource"),
            not_resources: take("NotResource"),
            principals: principals(take("Principal"))?,
            not_principals: principals(take("NotPrincipal"))?,
            conditions: conditions(take("Condition"))?,
        })
    }

    fn into_tree(self) -> Tree {
        let mut object = Map::new();
        put_text(&mut object, "Sid", self.sid);
        put_text(&mut object, "Effect", self.effect);
        let lists = [
            ("Action", self.actions),
            ("NotAction", self.not_actions),
            ("Resource", self.resources),
            ("NotResource", self.not_resources),
            ("Principal", principals_tree(self.principals)),
            ("NotPrincipal", principals_tree(self.not_principals)),
            ("Condition", conditions_tree(self.conditions)),
        ];
        for (name, tree) in lists {
            if let Some(tree) = tree {
                object.insert(name.to_owned(), tree);
            }
        }
        Tree::Object(object)
    }
}

fn refused(why: &dyn std::fmt::Display) -> Error {
    Error::Refused(format!("a policy document cannot be merged: {why}"))
}

fn put_text(object: &mut Map<String, Tree>, name: &str, text: String) {
    if !text.is_empty() {
        object.insert(name.to_owned(), text.into());
    }
}

fn text_of(tree: Option<Tree>, name: &str) -> Result<String> {
    match tree {
        None | Some(Tree::Null) => Ok(String::new()),
        Some(Tree::String(text)) => Ok(text),
        Some(other) => Err(refused(&format!("`{name}` is {other}, not a string"))),
    }
}

/// Strings, or what looks like one: IAM takes `true` and `3` for `"true"` and `"3"`.
fn texts_of(tree: Tree, name: &str) -> Result<Texts> {
    let text = |tree| match tree {
        Tree::String(text) => Ok(text),
        Tree::Bool(bool) => Ok(bool.to_string()),
        Tree::Number(number) => Ok(number.to_string()),
        other => Err(refused(&format!("{other} in `{name}` is not a string"))),
    };
    match tree {
        Tree::Array(items) => Ok(Texts::Many(items.into_iter().map(text).collect::<Result<_>>()?)),
        one => text(one).map(Texts::One),
    }
}

fn principals(tree: Option<Tree>) -> Result<Vec<Principal>> {
    match tree {
        None => Ok(Vec::new()),
        Some(Tree::String(_)) => {
            let identifiers = Texts::Many(vec!["*".to_owned()]);
            Ok(vec![Principal { kind: "*".to_owned(), identifiers }])
        }
        Some(Tree::Object(kinds)) => {
            let principal = |(kind, tree)| {
                let identifiers = texts_of(tree, "Principal")?;
                Ok(Principal { kind, identifiers })
            };
            kinds.into_iter().map(principal).collect()
        }
        Some(other) => Err(refused(&format!("`Principal` is {other}"))),
    }
}

/// `"*"` for everybody; otherwise types in order, each with its principals last first.
fn principals_tree(principals: Vec<Principal>) -> Option<Tree> {
    let mut kinds = BTreeMap::<String, Texts>::new();
    for Principal { kind, identifiers } in principals {
        let more = match identifiers {
            Texts::One(one) => Texts::One(one),
            Texts::Many(mut many) => {
                many.sort();
                many.reverse();
                Texts::Many(many)
            }
        };
        let all = match kinds.remove(&kind) {
            None => more,
            Some(before) => {
                let mut all = before.into_vec();
                all.extend(more.into_vec());
                Texts::Many(all)
            }
        };
        kinds.insert(kind, all);
    }
    if kinds.is_empty() {
        return None;
    }
    if kinds.len() == 1 && kinds.get("*").is_some_and(|who| who.clone().into_vec() == ["*"]) {
        return Some("*".into());
    }
    Some(Tree::Object(kinds.into_iter().map(|(kind, who)| (kind, who.into_tree())).collect()))
}

fn conditions(tree: Option<Tree>) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    let tests = match tree {
        None => return Ok(conditions),
        Some(Tree::Object(tests)) => tests,
        Some(other) => return Err(refused(&format!("`Condition` is {other}"))),
    };
    for (test, keys) in tests {
        let Tree::Object(keys) = keys else {
            return Err(refused(&format!("the condition `{test}` is {keys}")));
        };
        for (variable, values) in keys {
            let values = texts_of(values, &variable)?.into_vec();
            conditions.push(Condition { test: test.clone(), variable, values });
        }
    }
    Ok(conditions)
}

/// Tests and keys in order; values in the order in which they were written.
fn conditions_tree(conditions: Vec<Condition>) -> Option<Tree> {
    let mut tests = BTreeMap::<String, BTreeMap<String, Vec<String>>>::new();
    for Condition { test, variable, values } in conditions {
        tests.entry(test).or_default().entry(variable).or_default().extend(values);
    }
    let value = |values: Vec<String>| match <[String; 1]>::try_from(values) {
        Ok([one]) => Tree::String(one),
        Err(many) => many.into(),
    };
    let keys = |keys: BTreeMap<String, Vec<String>>| {
        Tree::Object(keys.into_iter().map(|(key, values)| (key, value(values))).collect())
    };
    let tests: Map<_, _> = tests.into_iter().map(|(test, by)| (test, keys(by))).collect();
    (!tests.is_empty()).then_some(Tree::Object(tests))
}

/// Go writes these so, to be safe within HTML; in a JSON text they stand only inside strings.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                write!(text, "\\u{:04x}", u32::from(letter)).expect("a string takes all text");
            }
            plain => text.push(plain),
        }
    }
    text
}
