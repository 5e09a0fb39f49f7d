//! One type for several values: of the arms of a conditional, of the members of a list.
use std::collections::BTreeMap;

use crate::lang::types::Attribute;
use crate::lang::types::Type;

/// The type to which all can be converted; `None` if there is none.
///
/// [`Type::Any`] stands for what is not known yet, and for null: it fits everything, and inside
/// a structure it leaves the other types as they are.
pub(super) fn unify(kinds: &[Type]) -> Option<Type> {
    let mut known = kinds.iter().filter(|kind| **kind != Type::Any);
    let Some(first) = known.next() else { return Some(Type::Any) };
    known.try_fold(first.clone(), |all, kind| pair(&all, kind))
}

fn pair(left: &Type, right: &Type) -> Option<Type> {
    use Type::{Any, Bool, List, Map, Number, Object, Set, String, Tuple};
    if left == right {
        return Some(left.clone());
    }
    match (left, right) {
        (Any, other) | (other, Any) => Some(other.clone()),
        (Bool | Number, String) | (String, Bool | Number) => Some(String),
        (List(a), List(b)) => Some(List(Box::new(pair(a, b)?))),
        (Set(a), Set(b)) => Some(Set(Box::new(pair(a, b)?))),
        (Map(a), Map(b)) => Some(Map(Box::new(pair(a, b)?))),
        // A list can become a set and back; the list wins, as in Terraform.
        (List(a), Set(b)) | (Set(a), List(b)) => Some(List(Box::new(pair(a, b)?))),
        (Tuple(a), Tuple(b)) if a.len() == b.len() => {
            Some(Tuple(a.iter().zip(b).map(|(a, b)| pair(a, b)).collect::<Option<_>>()?))
        }
        (Tuple(a), Tuple(b)) => Some(List(Box::new(members(a.iter().chain(b))?))),
        (Tuple(items), List(inner)) | (List(inner), Tuple(items)) => {
            Some(List(Box::new(members(items.iter().chain([&**inner]))?)))
        }
        (Tuple(items), Set(inner)) | (Set(inner), Tuple(items)) => {
            Some(Set(Box::new(members(items.iter().chain([&**inner]))?)))
        }
        (Object(a), Object(b)) => objects(a, b),
        (Object(attributes), Map(inner)) | (Map(inner), Object(attributes)) => {
            let kinds = attributes.values().map(|attribute| &attribute.kind);
            Some(Map(Box::new(members(kinds.chain([&**inner]))?)))
        }
        _ => None,
    }
}

fn members<'t>(kinds: impl Iterator<Item = &'t Type>) -> Option<Type> {
    unify(&kinds.cloned().collect::<Vec<_>>())
}

/// Objects with the same names unify name by name; others become maps.
fn objects(
    left: &BTreeMap<String, Attribute>,
    right: &BTreeMap<String, Attribute>,
) -> Option<Type> {
    if left.keys().eq(right.keys()) {
        let attributes = left.iter().zip(right.values()).map(|((name, a), b)| {
            Some((name.clone(), Attribute::required(pair(&a.kind, &b.kind)?)))
        });
        return Some(Type::Object(attributes.collect::<Option<_>>()?));
    }
    let kinds = left.values().chain(right.values()).map(|attribute| &attribute.kind);
    Some(Type::Map(Box::new(members(kinds)?)))
}

/// Why two types have no common one, in a sentence.
pub(super) fn difference(yes: &Type, no: &Type) -> String {
    match (yes, no) {
        (Type::Tuple(yes), Type::Tuple(no)) if yes.len() == no.len() => {
            let at = yes.iter().zip(no).position(|(yes, no)| pair(yes, no).is_none()).unwrap_or(0);
            format!("Type mismatch for tuple element {at}: {}", difference(&yes[at], &no[at]))
        }
        (Type::Object(yes), Type::Object(no)) => {
            let only = |a: &BTreeMap<String, Attribute>, b: &BTreeMap<String, Attribute>| {
                a.keys().find(|name| !b.contains_key(*name)).cloned()
            };
            if let Some(name) = only(yes, no) {
                return format!(
                    "The 'true' value includes object attribute \"{name}\", which is absent in \
                     the 'false' value."
                );
            }
            if let Some(name) = only(no, yes) {
                return format!(
                    "The 'false' value includes object attribute \"{name}\", which is absent in \
                     the 'true' value."
                );
            }
            let both =
                yes.iter().filter_map(|(name, a)| Some((name, &a.kind, &no.get(name)?.kind)));
            let differing = both.into_iter().find(|(_, a, b)| pair(a, b).is_none());
            match differing {
                Some((name, a, b)) => {
                    format!("Type mismatch for object attribute \"{name}\": {}", difference(a, b))
                }
                None => "The attributes of the two objects differ in type.".to_owned(),
            }
        }
        _ => {
            format!("The 'true' value is {}, but the 'false' value is {}.", yes.words(), no.words())
        }
    }
}
