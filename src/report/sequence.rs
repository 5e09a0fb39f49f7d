//! Lists, sets and lines of text: which members stay, which go, which become others.
use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::report::compare;
use crate::report::compare::{Action, Body, LastLine, Node, overall, whole};
use crate::value::{Object, Value};

/// Compares two lists, or two sets.
pub(super) fn compare(before: &[&Value], after: &[&Value], ordered: bool) -> Node {
    // AWS's side has no marks, and which of its members is the secret one is not known.
    if before.iter().chain(after).any(|value| value.has_sensitive()) {
        let revealed = |values: &[&Value]| values.iter().map(|v| v.revealed()).collect::<Vec<_>>();
        let same = revealed(before) == revealed(after);
        return Node::new(if same { Action::Keep } else { Action::Update }, Body::Sensitive);
    }
    let mut items = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, before, after) {
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                let same = &before[old_index..old_index + len];
                items.extend(same.iter().map(|value| whole(value, Action::Keep)));
            }
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                let (old, new) = (&before[op.old_range()], &after[op.new_range()]);
                items.extend(gap(old, new, ordered));
            }
        }
    }
    Node::new(overall(&items), Body::Items { items, ordered })
}

/// A stretch in which nothing stays as it is: what can be seen as the same thing changed is.
fn gap(before: &[&Value], after: &[&Value], ordered: bool) -> Vec<Node> {
    let pairs = if ordered && before.len() == after.len() {
        before.iter().zip(after).map(|(b, a)| (Some(*b), Some(*a))).collect()
    } else {
        pair(before, after, |value| object(value).and_then(identity))
    };
    pairs.into_iter().map(|(b, a)| compare::compare(b, a)).collect()
}

/// A member before, after, or both.
type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

/// Pairs members by what identifies them; what is left over keeps its order, before and after.
pub(super) fn pair<'a, T>(
    before: &[&'a T],
    after: &[&'a T],
    identity: impl Fn(&T) -> Option<String>,
) -> Vec<Pair<'a, T>> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (index, item) in after.iter().enumerate() {
        if let Some(id) = identity(item) {
            known.entry(id).or_insert(index);
        }
    }
    let mut used = vec![false; after.len()];
    let mut pairs = Vec::new();
    for item in before {
        let partner = identity(item).and_then(|id| known.remove(&id));
        if let Some(index) = partner {
            used[index] = true;
        }
        pairs.push((Some(*item), partner.map(|index| after[index])));
    }
    let new = after.iter().zip(used).filter(|(_, used)| !used);
    pairs.extend(new.map(|(item, _)| (None, Some(*item))));
    pairs
}

fn object(value: &Value) -> Option<&Object> {
    match value {
        Value::Object(object) | Value::Map(object) => Some(object),
        _ => None,
    }
}

/// What tells one object of a list from the others, as documents of AWS have it.
fn identity(object: &Object) -> Option<String> {
    let names = ["Sid", "sid", "Id", "id", "Name", "name", "Key", "key"];
    names.iter().find_map(|name| object.get(name).as_str().map(str::to_owned))
}

/// The lines of a text, without the empty one behind a last line break.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n')
}

/// Compares two texts line by line.
pub(super) fn lines(before: &str, after: &str) -> Node {
    let (old, new): (Vec<_>, Vec<_>) = (split(before).collect(), split(after).collect());
    let mut lines = Vec::new();
    let mut add = |action, range: &[&str]| {
        lines.extend(range.iter().map(|line| (action, (*line).to_owned())));
    };
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        match op {
            DiffOp::Equal { .. } => add(Action::Keep, &old[op.old_range()]),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                add(Action::Delete, &old[op.old_range()]);
                add(Action::Create, &new[op.new_range()]);
            }
        }
    }
    let end = match (before.ends_with('\n'), after.ends_with('\n')) {
        (false, true) => LastLine::BreakAdded,
        (true, false) => LastLine::BreakRemoved,
        _ => LastLine::Same,
    };
    Node::new(Action::Update, Body::Lines { lines, end })
}
