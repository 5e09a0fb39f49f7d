//! Two values side by side as a tree of what stays and what changes; [`tree`](super::tree) writes
//! it out.
//!
//! Where either side is sensitive, neither is shown: AWS's own copy of a secret carries no mark.
use std::collections::BTreeSet;

use crate::report::document;
use crate::report::sequence;
use crate::value::{Object, Value};

/// What happens with a part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It stays.
    Keep,
    /// It is new.
    Create,
    /// It becomes another.
    Update,
    /// It goes away.
    Delete,
}

/// A part of a value, before and after.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// What happens with it.
    pub action: Action,
    /// Whether that replaces the resource.
    pub replaces: bool,
    /// What it looks like.
    pub body: Body,
}

/// What a part of a value looks like.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// One word or line: before, after, or both.
    Leaf { before: Value, after: Value },
    /// Text of several lines, line by line.
    Lines { lines: Vec<(Action, String)>, end: LastLine },
    /// A string that holds a JSON document.
    Document { tree: Box<Node>, spaces_only: bool },
    /// Members by name; of a map the names are data, so they stand in quotation marks.
    Members { members: Vec<(String, Node)>, map: bool },
    /// Members by position or in no order.
    Items { items: Vec<Node>, ordered: bool },
    /// Not shown.
    Sensitive,
    /// Not known before something is applied; what was there before.
    Unknown { before: Option<Box<Node>> },
    /// One sort of value becomes another.
    Retyped { before: Box<Node>, after: Box<Node> },
    /// The inside of a resource or of a nested block.
    Block {
        attributes: Vec<(String, Node)>,
        blocks: Vec<(String, Node)>,
        reordered: bool,
        /// The attribute that says which of several blocks this is.
        key: Option<&'static str>,
    },
}

/// Whether the last line of a text ends in a line break, where that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastLine {
    /// It does not change.
    Same,
    /// It will.
    BreakAdded,
    /// It no longer will.
    BreakRemoved,
}

impl Node {
    /// A node that does not replace anything.
    pub(super) fn new(action: Action, body: Body) -> Self {
        Self { action, replaces: false, body }
    }
    fn both(action: Action, before: &Value, after: &Value) -> Self {
        Self::new(action, Body::Leaf { before: before.clone(), after: after.clone() })
    }
}

/// Compares two values; `None` for one that is not there, which in a map is not the same as null.
pub(super) fn compare(before: Option<&Value>, after: Option<&Value>) -> Node {
    match (before, after) {
        (None, None) => whole(&Value::Null, Action::Keep),
        (None | Some(Value::Null), Some(after)) if after.is_null() => whole(after, Action::Keep),
        (None | Some(Value::Null), Some(after)) => whole(after, Action::Create),
        (Some(before), None | Some(Value::Null)) => whole(before, Action::Delete),
        (Some(before), Some(after)) => changed(before, after),
    }
}

fn changed(before: &Value, after: &Value) -> Node {
    if before == after {
        return whole(before, Action::Keep);
    }
    match (before, after) {
        (Value::Sensitive(_), _) | (_, Value::Sensitive(_)) => {
            let same = before.revealed() == after.revealed();
            Node::new(if same { Action::Keep } else { Action::Update }, Body::Sensitive)
        }
        (Value::Unknown(_), _) => whole(after, Action::Create),
        (_, Value::Unknown(_)) => {
            let before = Some(Box::new(whole(before, Action::Delete)));
            Node::new(Action::Update, Body::Unknown { before })
        }
        (Value::Object(old) | Value::Map(old), Value::Object(new) | Value::Map(new)) => {
            let members = members(old, new);
            let action = overall(members.iter().map(|(_, node)| node));
            let map = matches!(after, Value::Map(_));
            Node::new(action, Body::Members { members, map })
        }
        _ => match (items(before), items(after)) {
            (Some((before, ordered)), Some((after, _))) => {
                sequence::compare(&before, &after, ordered)
            }
            (None, None) => single(before, after),
            _ => retyped(before, after),
        },
    }
}

/// Of two that are not collections.
fn single(before: &Value, after: &Value) -> Node {
    let collection = |value: &Value| matches!(value, Value::Object(_) | Value::Map(_));
    let (Value::String(old), Value::String(new)) = (before, after) else {
        return if collection(before) || collection(after) {
            retyped(before, after)
        } else {
            Node::both(Action::Update, before, after)
        };
    };
    match (document::parse(old), document::parse(new)) {
        (Some(old), Some(new)) => {
            let tree = Box::new(compare(Some(&old), Some(&new)));
            let spaces_only = tree.action == Action::Keep;
            Node::new(Action::Update, Body::Document { tree, spaces_only })
        }
        (None, None) if old.contains('\n') || new.contains('\n') => sequence::lines(old, new),
        (None, None) => Node::both(Action::Update, before, after),
        (Some(_), None) | (None, Some(_)) => retyped(before, after),
    }
}

fn retyped(before: &Value, after: &Value) -> Node {
    if before.has_sensitive() || after.has_sensitive() {
        return Node::new(Action::Update, Body::Sensitive);
    }
    let before = Box::new(whole(before, Action::Delete));
    let after = Box::new(whole(after, Action::Create));
    Node::new(Action::Update, Body::Retyped { before, after })
}

fn items(value: &Value) -> Option<(Vec<&Value>, bool)> {
    match value {
        Value::Tuple(items) | Value::List(items) => Some((items.iter().collect(), true)),
        Value::Set(items) => Some((items.iter().collect(), false)),
        _ => None,
    }
}

fn members(before: &Object, after: &Object) -> Vec<(String, Node)> {
    let names: BTreeSet<&String> = before.0.keys().chain(after.0.keys()).collect();
    // What AWS has under an old name may be the secret that the configuration has under a new one.
    let secret = after.0.values().any(Value::has_sensitive);
    let member = |name: &String| match (before.0.get(name), after.0.get(name)) {
        (Some(_), None) if secret => Node::new(Action::Delete, Body::Sensitive),
        (Some(before), None) => whole(before, Action::Delete),
        (None, Some(after)) => whole(after, Action::Create),
        (before, after) => compare(before, after),
    };
    names.into_iter().map(|name| (name.clone(), member(name))).collect()
}

/// What happens with a collection of which this happens with the members.
pub(super) fn overall<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Action {
    let keep = nodes.into_iter().all(|node| node.action == Action::Keep);
    if keep { Action::Keep } else { Action::Update }
}

/// One value of which all is new, goes away or stays.
pub(super) fn whole(value: &Value, action: Action) -> Node {
    let inside = |value: &Value| whole(value, action);
    let body = match value {
        Value::Sensitive(_) => Body::Sensitive,
        Value::Unknown(_) => Body::Unknown { before: None },
        Value::Object(object) | Value::Map(object) => {
            let members = object.iter().map(|(name, value)| (name.to_owned(), inside(value)));
            Body::Members { members: members.collect(), map: matches!(value, Value::Map(_)) }
        }
        Value::Tuple(items) | Value::List(items) => {
            Body::Items { items: items.iter().map(inside).collect(), ordered: true }
        }
        Value::Set(items) => {
            Body::Items { items: items.iter().map(inside).collect(), ordered: false }
        }
        Value::String(text) => match document::parse(text) {
            Some(tree) => Body::Document { tree: Box::new(inside(&tree)), spaces_only: false },
            None if text.contains('\n') => {
                let lines = sequence::split(text).map(|line| (Action::Keep, line.to_owned()));
                Body::Lines { lines: lines.collect(), end: LastLine::Same }
            }
            None => Body::Leaf { before: value.clone(), after: value.clone() },
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Body::Leaf { before: value.clone(), after: value.clone() }
        }
    };
    Node::new(action, body)
}
