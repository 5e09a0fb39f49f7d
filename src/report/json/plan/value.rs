//! One value as the three trees that Terraform's format makes of it: what is known, what is not
//! known yet, and what must not be shown.
use serde_json::{Map, Value as Tree};

use crate::report::document;
use crate::value::{Object, Value};

/// What of the object is known. Members that are not are left out, what is sensitive is null: it is
/// in no plan of drctl's.
pub(super) fn known(object: &Object) -> Tree {
    let members = object.iter().filter(|(_, value)| !is_unknown(value));
    Tree::Object(members.map(|(name, value)| (name.to_owned(), shown(value))).collect())
}

/// The value, with null for what is sensitive or unknown.
pub(super) fn shown(value: &Value) -> Tree {
    match value {
        Value::Object(object) | Value::Map(object) => known(object),
        Value::Tuple(items) | Value::List(items) => items.iter().map(shown).collect(),
        Value::Set(items) => items.iter().map(shown).collect(),
        plain => document::to_json(plain, &Tree::Null),
    }
}

/// `true` where a value is not known yet. As Terraform has it, members of objects are there only
/// where they say something, and items of lists always.
pub(super) fn unknown(value: &Value) -> Tree {
    marks(value, &|value| match value {
        Value::Unknown(_) => Some(true),
        Value::Sensitive(inner) => Some(is_unknown(inner)),
        _ => None,
    })
}

/// `true` where a value is sensitive, in the same shape.
pub(super) fn sensitive(value: &Value) -> Tree {
    marks(value, &|value| match value {
        Value::Sensitive(_) => Some(true),
        Value::Unknown(_) => Some(false),
        _ => None,
    })
}

/// True for a value that is unknown as a whole.
pub(super) fn is_unknown(value: &Value) -> bool {
    matches!(value.unmarked(), Value::Unknown(_))
}

fn marks(value: &Value, mark: &dyn Fn(&Value) -> Option<bool>) -> Tree {
    if let Some(marked) = mark(value) {
        return Tree::Bool(marked);
    }
    match value {
        Value::Object(object) | Value::Map(object) => {
            let members = object.iter().map(|(name, value)| (name.to_owned(), marks(value, mark)));
            Tree::Object(
                members.filter(|(_, told)| *told != Tree::Bool(false)).collect::<Map<_, _>>(),
            )
        }
        Value::Tuple(items) | Value::List(items) => {
            items.iter().map(|one| marks(one, mark)).collect()
        }
        Value::Set(items) => items.iter().map(|one| marks(one, mark)).collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Unknown(_)
        | Value::Sensitive(_) => Tree::Bool(false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::value::Unknown;

    #[test]
    fn one_value_makes_the_trees_that_terraform_makes() {
        let unknown_value = || Value::Unknown(Unknown::default());
        let object: Object = [
            (
                "input",
                Value::Tuple(vec![
                    unknown_value(),
                    Value::text("1"),
                    Value::text("pw").sensitive(),
                ]),
            ),
            ("nested", Value::Object([("x", Value::Bool(true))].into_iter().collect())),
            ("id", unknown_value()),
            ("secret", unknown_value().sensitive()),
            ("plain", Value::int(1)),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            known(&object),
            json!({ "input": [null, "1", null], "nested": { "x": true }, "plain": 1 })
        );
        let whole = Value::Object(object);
        assert_eq!(
            unknown(&whole),
            json!({ "id": true, "input": [true, false, false], "nested": {}, "secret": true })
        );
        assert_eq!(
            sensitive(&whole),
            json!({ "input": [false, false, true], "nested": {}, "secret": true })
        );
    }
}
