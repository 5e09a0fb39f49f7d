//! Values as expressions of the language.
use hcl_edit::expr::{
    Array, Expression, FuncArgs, FuncCall, FuncName, Object, ObjectKey, ObjectValue,
    ObjectValueTerminator,
};
use hcl_edit::{Decorate, Ident};
use serde_json::Value as Tree;

use crate::discover::leaves::document;
use crate::lang;
use crate::schema::AttributeSpec;
use crate::value::Value;

/// How wide a list may be before each member gets a line of its own.
const WIDTH: usize = 70;

/// What stands in place of a text: a reference, perhaps.
pub(super) type Replace<'a> = &'a dyn Fn(&str) -> Option<Expression>;

/// The value of an attribute.
pub(super) fn attribute(spec: &AttributeSpec, value: &Value, replace: Replace<'_>) -> Expression {
    if let Value::String(text) = value
        && let Some(tree) = document(text)
        && means_the_same(spec, text, &tree)
    {
        return call("jsonencode", tree_expression(&tree, replace));
    }
    expression(value, replace)
}

/// Whether the document may be written anew: that its parts mean what they meant, whatever the
/// spaces between them.
fn means_the_same(spec: &AttributeSpec, text: &str, tree: &Tree) -> bool {
    let encoded = lang::from_json(tree).ok().and_then(|value| lang::encode_json(&value).ok());
    let same = |encoded: String| (spec.same)(&Value::text(text), &Value::text(encoded));
    let loose = serde_json::to_string_pretty(tree).unwrap_or_default();
    encoded.is_some_and(same) && same(loose)
}

/// A call of a function with one argument.
pub(super) fn call(name: &str, argument: Expression) -> Expression {
    let mut arguments = FuncArgs::new();
    arguments.push(argument);
    FuncCall::new(FuncName::from(Ident::new(name)), arguments).into()
}

/// A reference, as it would be typed.
pub(super) fn reference(text: &str) -> Expression {
    text.parse().expect("labels and attributes are words")
}

/// A value, with texts replaced.
pub(super) fn expression(value: &Value, replace: Replace<'_>) -> Expression {
    match value {
        Value::Null | Value::Unknown(_) => Expression::null(),
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => number.to_string().parse().unwrap_or_else(|_| Expression::null()),
        Value::String(text) => replace(text).unwrap_or_else(|| text.as_str().into()),
        Value::Tuple(items) | Value::List(items) => {
            array(items.iter().map(|item| expression(item, replace)).collect())
        }
        Value::Set(items) => array(items.iter().map(|item| expression(item, replace)).collect()),
        Value::Map(members) | Value::Object(members) => {
            object(members.iter().map(|(name, value)| (name, expression(value, replace))))
        }
        Value::Sensitive(_) => Expression::null(),
    }
}

fn tree_expression(tree: &Tree, replace: Replace<'_>) -> Expression {
    match tree {
        Tree::Null => Expression::null(),
        Tree::Bool(bool) => (*bool).into(),
        Tree::Number(number) => number.to_string().parse().unwrap_or_else(|_| Expression::null()),
        Tree::String(text) => replace(text).unwrap_or_else(|| text.as_str().into()),
        Tree::Array(items) => {
            array(items.iter().map(|item| tree_expression(item, replace)).collect())
        }
        Tree::Object(members) => {
            let members = members.iter();
            object(members.map(|(name, value)| (name.as_str(), tree_expression(value, replace))))
        }
    }
}

fn array(items: Vec<Expression>) -> Expression {
    let wide = items.iter().map(|item| item.to_string().len() + 2).sum::<usize>() > WIDTH;
    let lines = items.iter().any(|item| item.to_string().contains('\n'));
    let apart = items.len() > 1 && (wide || lines);
    let mut array = Array::new();
    for mut item in items {
        if apart {
            item.decor_mut().set_prefix("\n");
        }
        array.push(item);
    }
    array.set_trailing_comma(apart);
    if apart {
        array.set_trailing("\n");
    }
    array.into()
}

/// An object, one member a line.
pub(super) fn object<'a>(members: impl Iterator<Item = (&'a str, Expression)>) -> Expression {
    let mut object = Object::new();
    for (name, value) in members {
        let mut key = match Ident::try_new(name) {
            Ok(word) if !matches!(name, "true" | "false" | "null" | "for") => ObjectKey::from(word),
            _ => ObjectKey::from(Expression::from(name)),
        };
        if object.is_empty() {
            key.decor_mut().set_prefix("\n");
        }
        let mut value = ObjectValue::new(value);
        value.set_terminator(ObjectValueTerminator::Newline);
        object.insert(key, value);
    }
    object.into()
}
