//! Resources and nested blocks side by side, by their tables.
use crate::report::compare::{Action, Body, Node, compare, overall, whole};
use crate::report::sequence::pair;
use crate::schema::{AttributeSpec, Kind, Role, asked, same};
use crate::value::{Object, Value};

/// The attributes and blocks of a record, and whether the order of blocks changes.
#[derive(Default)]
pub(super) struct Parts {
    /// Attributes, to be sorted by name.
    pub attributes: Vec<(String, Node)>,
    /// Blocks, to be sorted by name; those of one name stay in their order.
    pub blocks: Vec<(String, Node)>,
    /// Whether blocks of which all stay change places.
    pub reordered: bool,
    /// The attribute that says which of several blocks this is; it is always shown.
    pub key: Option<&'static str>,
}

impl Parts {
    /// The record as one node. What happens with it follows from its parts unless it is new or
    /// goes away as a whole.
    pub(super) fn node(mut self, whole: Option<Action>) -> Node {
        self.attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.blocks.sort_by(|(a, _), (b, _)| a.cmp(b));
        let all = self.attributes.iter().chain(&self.blocks).map(|(_, node)| node);
        let parts = if self.reordered { Action::Update } else { overall(all) };
        let Self { attributes, blocks, reordered, key } = self;
        Node::new(whole.unwrap_or(parts), Body::Block { attributes, blocks, reordered, key })
    }

    /// Adds an attribute or the blocks of one name. `differs` is false for what stays as AWS has
    /// it, whatever the configuration says.
    pub(super) fn add(&mut self, spec: &AttributeSpec, pair: (&Value, &Value), differs: bool) {
        let before = if differs { asked(spec, pair.0, pair.1) } else { pair.0.clone() };
        let (before, after) = (marked(spec, &before), marked(spec, pair.1));
        if spec.kind.block().is_some() && blocks(&before).is_some() && blocks(&after).is_some() {
            return self.add_blocks(spec, &before, &after, differs);
        }
        if (before.is_null() && after.is_null()) || (before.is_null() && !differs) {
            return;
        }
        let node = if differs {
            compare(Some(&before), Some(&after))
        } else if after.has_sensitive() {
            // AWS's side carries no mark and holds the same secret.
            Node::new(Action::Keep, Body::Sensitive)
        } else {
            whole(&before, Action::Keep)
        };
        let replaces = differs && spec.replaces && node.action != Action::Keep;
        let node = Node { replaces, ..node };
        let list =
            if spec.kind.block().is_some() { &mut self.blocks } else { &mut self.attributes };
        list.push((spec.name.to_owned(), node));
    }

    fn add_blocks(&mut self, spec: &AttributeSpec, before: &Value, after: &Value, differs: bool) {
        let (Some(table), Some(before), Some(after)) =
            (spec.kind.block(), blocks(before), blocks(after))
        else {
            return;
        };
        if !differs {
            let secret = after.iter().any(|block| block.0.values().any(Value::has_sensitive));
            let kept = before.iter().map(|block| {
                if secret {
                    Node::new(Action::Keep, Body::Sensitive)
                } else {
                    record(table, Some(block), Some(block))
                }
            });
            self.blocks.extend(kept.map(|node| (spec.name.to_owned(), node)));
            return;
        }
        let ordered = matches!(spec.kind, Kind::List(_));
        let pairs = pairs(table, &before, &after, ordered);
        let nodes: Vec<Node> = pairs.iter().map(|(b, a)| record(table, *b, *a)).collect();
        let moved = ordered && nodes.iter().all(|node| node.action == Action::Keep);
        self.reordered |= moved && !nodes.is_empty();
        self.blocks.extend(nodes.into_iter().map(|node| {
            let replaces = spec.replaces && node.action != Action::Keep;
            (spec.name.to_owned(), Node { replaces, ..node })
        }));
    }
}

/// A nested block before and after.
fn record(table: &[AttributeSpec], before: Option<&Object>, after: Option<&Object>) -> Node {
    let mut parts = Parts { key: natural_key(table), ..Parts::default() };
    for spec in table {
        let both = before.is_some() && after.is_some();
        let spec = &AttributeSpec { replaces: spec.replaces && both, ..*spec };
        let get =
            |object: Option<&'_ Object>| object.map_or(Value::Null, |o| o.get(spec.name).clone());
        let (old, new) = (get(before), get(after));
        let differs = match (before, after) {
            (Some(_), Some(_)) => {
                matches!(spec.role, Role::State | Role::Key) && !same(spec, &old, &new)
            }
            _ => true,
        };
        parts.add(spec, (&old, &new), differs);
    }
    parts.node(match (before, after) {
        (None, _) => Some(Action::Create),
        (_, None) => Some(Action::Delete),
        (Some(_), Some(_)) => None,
    })
}

/// What the table says is never shown carries the mark, on AWS's side too.
fn marked(spec: &AttributeSpec, value: &Value) -> Value {
    if spec.sensitive && !value.is_null() { value.clone().sensitive() } else { value.clone() }
}

/// The blocks in a value: none, one, or a list of them. `None` if they are unknown or sensitive
/// as a whole.
fn blocks(value: &Value) -> Option<Vec<&Object>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Object(object) | Value::Map(object) => Some(vec![object]),
        Value::List(items) | Value::Tuple(items) => items.iter().map(object).collect(),
        Value::Set(items) => items.iter().map(object).collect(),
        _ => None,
    }
}

fn object(value: &Value) -> Option<&Object> {
    match value {
        Value::Object(object) | Value::Map(object) => Some(object),
        _ => None,
    }
}

type Pair<'a> = (Option<&'a Object>, Option<&'a Object>);

/// Blocks with a natural key belong together by that key, others by their position; in a set only
/// what is the same belongs together.
fn pairs<'a>(
    table: &[AttributeSpec],
    before: &[&'a Object],
    after: &[&'a Object],
    ordered: bool,
) -> Vec<Pair<'a>> {
    if let ([before], [after]) = (before, after) {
        return vec![(Some(*before), Some(*after))];
    }
    if let Some(key) = natural_key(table) {
        return pair(before, after, |block| block.get(key).as_str().map(str::to_owned));
    }
    if ordered {
        let longer = before.len().max(after.len());
        return (0..longer).map(|i| (before.get(i).copied(), after.get(i).copied())).collect();
    }
    let same = |b: &Object, a: &Object| {
        let compared = table.iter().filter(|spec| matches!(spec.role, Role::State | Role::Key));
        compared.into_iter().all(|spec| same(spec, b.get(spec.name), a.get(spec.name)))
    };
    let mut left = after.to_vec();
    let mut pairs = Vec::new();
    for block in before {
        let partner = left.iter().position(|other| same(block, other));
        pairs.push((Some(*block), partner.map(|index| left.remove(index))));
    }
    pairs.extend(left.into_iter().map(|block| (None, Some(block))));
    pairs
}

/// The attribute that tells blocks of one name apart, if the table has one.
fn natural_key(table: &[AttributeSpec]) -> Option<&'static str> {
    let text = |spec: &&AttributeSpec| spec.required && matches!(spec.kind, Kind::Text);
    let named = |spec: &&AttributeSpec| {
        matches!(spec.name, "name" | "id" | "key" | "sid")
            || spec.name.ends_with("_name")
            || spec.name.ends_with("_id")
    };
    let key = table.iter().find(|spec| spec.role == Role::Key);
    key.or_else(|| table.iter().find(|spec| text(spec) && named(spec))).map(|spec| spec.name)
}
