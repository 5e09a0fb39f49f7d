//! Two values of an attribute, taken apart to the places where they differ.
use crate::schema::{AttributeSpec, Kind, same};
use crate::value::{Object, Value};

/// One place in which two values differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    /// Names of the attributes on the way: `rule.lifecycle.delete_after`.
    pub path: String,
    /// What repeated blocks on the way are called, from outside in: the name of a backup rule, the
    /// vault of a copy.
    pub labels: Vec<String>,
    /// What was there.
    pub before: Value,
    /// What is there now.
    pub after: Value,
}

/// Attributes that tell repeated blocks apart, the best first.
const NATURAL_KEYS: [&str; 7] =
    ["rule_name", "destination_vault_arn", "target_id", "name", "key", "id", "sid"];

/// All places in which the values of this attribute differ.
pub(super) fn differing(spec: &AttributeSpec, before: &Value, after: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    walk(
        spec,
        &mut At { path: spec.name.to_owned(), labels: Vec::new() },
        (before, after),
        &mut found,
    );
    found
}

#[derive(Debug, Clone)]
struct At {
    path: String,
    labels: Vec<String>,
}

fn walk(spec: &AttributeSpec, at: &mut At, pair: (&Value, &Value), found: &mut Vec<Leaf>) {
    let (before, after) = pair;
    if before == after || (same(spec, before, after) && same(spec, after, before)) {
        return;
    }
    let blocks = |value: &Value| match value.unmarked() {
        Value::Null => Some(Vec::new()),
        Value::Object(block) => Some(vec![block.clone()]),
        Value::List(items) | Value::Tuple(items) => items.iter().map(block).collect(),
        Value::Set(items) => items.iter().map(block).collect(),
        _ => None,
    };
    let (Some(table), Some(old), Some(new)) = (spec.kind.block(), blocks(before), blocks(after))
    else {
        let At { path, labels } = at.clone();
        found.push(Leaf { path, labels, before: before.clone(), after: after.clone() });
        return;
    };
    // One block that is absent is one in which nothing is set.
    let one = matches!(spec.kind, Kind::Record(_));
    let (old, new) = if one { (or_empty(old), or_empty(new)) } else { (old, new) };
    let key = NATURAL_KEYS.iter().filter(|_| !one);
    let key = key.copied().find(|name| table.iter().any(|row| row.name == *name));
    for (old, new) in pairs(key, old, new) {
        let mut inside = at.clone();
        let either = old.as_ref().or(new.as_ref());
        let label = either.and_then(|block| block.get(key?).as_str().map(str::to_owned));
        inside.labels.extend(label);
        match (old, new) {
            (Some(old), Some(new)) => {
                for spec in table {
                    let mut deeper = inside.clone();
                    deeper.path = format!("{}.{}", inside.path, spec.name);
                    walk(spec, &mut deeper, (old.get(spec.name), new.get(spec.name)), found);
                }
            }
            (old, new) => {
                let whole = |block: Option<Object>| block.map_or(Value::Null, Value::Object);
                let At { path, labels } = inside;
                found.push(Leaf { path, labels, before: whole(old), after: whole(new) });
            }
        }
    }
}

fn or_empty(mut blocks: Vec<Object>) -> Vec<Object> {
    if blocks.is_empty() {
        blocks.push(Object::default());
    }
    blocks
}

fn block(value: &Value) -> Option<Object> {
    match value.unmarked() {
        Value::Object(block) | Value::Map(block) => Some(block.clone()),
        _ => None,
    }
}

type Pair = (Option<Object>, Option<Object>);

/// Which block before belongs to which after: one to one where there is one at most, by their key
/// where they have one, else only equals.
fn pairs(key: Option<&str>, before: Vec<Object>, mut after: Vec<Object>) -> Vec<Pair> {
    let together = |old: &Object, new: &Object| match key {
        Some(key) => old.get(key) == new.get(key),
        None => old == new,
    };
    if key.is_none() && before.len() == 1 && after.len() == 1 {
        return vec![(before.into_iter().next(), after.pop())];
    }
    let mut all = Vec::new();
    for old in before {
        let at = after.iter().position(|new| together(&old, new));
        let new = at.map(|at| after.remove(at));
        all.push((Some(old), new));
    }
    all.extend(after.into_iter().map(|new| (None, Some(new))));
    all
}
