//! Type constraints: what `type = ...` says.
use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::nearest;
use crate::lang::Context;
use crate::lang::Expr;
use crate::lang::convert::convert;
use crate::lang::evaluate;
use crate::lang::place;
use crate::lang::syntax::Call;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Ranged;
use crate::lang::unify;
use crate::value::Value;

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Type {
    /// Anything.
    #[default]
    Any,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A text.
    String,
    /// Members of one type, by position.
    List(Box<Type>),
    /// Members of one type, each once.
    Set(Box<Type>),
    /// Members of one type, by name.
    Map(Box<Type>),
    /// One type for each position.
    Tuple(Vec<Type>),
    /// One type for each name.
    Object(BTreeMap<String, Attribute>),
}

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The type of its value.
    pub kind: Type,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it is when left out or null; absent means null.
    pub default: Option<Value>,
}

const NAMES: &[&str] =
    &["any", "bool", "number", "string", "list", "set", "map", "tuple", "object", "optional"];

impl Type {
    /// Reads a type constraint such as `map(object({ name = string, size = optional(number) }))`.
    pub fn parse(expression: &Expr) -> Result<Self, Diagnostic> {
        Parser { expression }.kind(&expression.ast)
    }

    /// The type that a value has. Of null and of unknown values it is not known: [`Type::Any`].
    pub fn of(value: &Value) -> Self {
        let member = |items: &mut dyn Iterator<Item = &Value>| {
            let kinds: Vec<Self> = items.map(Self::of).collect();
            Box::new(unify::unify(&kinds).unwrap_or_default())
        };
        match value {
            Value::Null | Value::Unknown(_) => Self::Any,
            Value::Bool(_) => Self::Bool,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Tuple(items) => Self::Tuple(items.iter().map(Self::of).collect()),
            Value::List(items) => Self::List(member(&mut items.iter())),
            Value::Set(items) => Self::Set(member(&mut items.iter())),
            Value::Map(object) => Self::Map(member(&mut object.0.values())),
            Value::Object(object) => Self::Object(
                object
                    .iter()
                    .map(|(name, value)| (name.to_owned(), Attribute::required(Self::of(value))))
                    .collect(),
            ),
            Value::Sensitive(inner) => Self::of(inner),
        }
    }

    /// The type in words, without what is inside an object or a tuple: "list of string".
    pub fn words(&self) -> String {
        match self {
            Self::Any => "dynamic".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Number => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::List(inner) => format!("list of {}", inner.inner_words()),
            Self::Set(inner) => format!("set of {}", inner.inner_words()),
            Self::Map(inner) => format!("map of {}", inner.inner_words()),
            Self::Tuple(_) => "tuple".to_owned(),
            Self::Object(_) => "object".to_owned(),
        }
    }

    fn inner_words(&self) -> String {
        if *self == Self::Any { "any single type".to_owned() } else { self.words() }
    }

    fn constructor(&self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::Map(_) => "map",
            _ => "list",
        }
    }

    /// True for bool, number and string.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// How `type()` in the console shows it.
    pub(super) fn tree(&self, indent: usize) -> String {
        let pad = " ".repeat(indent + 4);
        let close = " ".repeat(indent);
        match self {
            Self::Any => "dynamic".to_owned(),
            Self::Bool | Self::Number | Self::String => self.words(),
            Self::List(inner) | Self::Set(inner) | Self::Map(inner) => match &**inner {
                Self::Tuple(_) | Self::Object(_) => {
                    let inner = inner.tree(indent + 4);
                    format!("{}(\n{pad}{inner},\n{close})", self.constructor())
                }
                other => format!("{}({})", self.constructor(), other.tree(indent)),
            },
            Self::Tuple(items) if items.is_empty() => "tuple([])".to_owned(),
            Self::Tuple(items) => {
                let lines = items.iter().map(|item| format!("{pad}{},\n", item.tree(indent + 4)));
                format!("tuple([\n{}{close}])", lines.collect::<String>())
            }
            Self::Object(attributes) if attributes.is_empty() => "object({})".to_owned(),
            Self::Object(attributes) => {
                let lines = attributes.iter().map(|(name, attribute)| {
                    format!("{pad}{}: {},\n", name, attribute.kind.tree(indent + 4))
                });
                format!("object({{\n{}{close}}})", lines.collect::<String>())
            }
        }
    }
}

impl Attribute {
    /// An attribute that must be there.
    pub fn required(kind: Type) -> Self {
        Self { kind, optional: false, default: None }
    }
}

impl fmt::Display for Type {
    /// As it would be written: `map(list(string))`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(inner) => write!(f, "list({inner})"),
            Self::Set(inner) => write!(f, "set({inner})"),
            Self::Map(inner) => write!(f, "map({inner})"),
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "tuple([{}])", items.join(", "))
            }
            Self::Object(attributes) => {
                let attributes: Vec<String> = attributes
                    .iter()
                    .map(|(name, attribute)| match (attribute.optional, &attribute.default) {
                        (false, _) => format!("{name} = {}", attribute.kind),
                        (true, None) => format!("{name} = optional({})", attribute.kind),
                        (true, Some(default)) => {
                            let default = super::format::console(default);
                            format!("{name} = optional({}, {default})", attribute.kind)
                        }
                    })
                    .collect();
                if attributes.is_empty() {
                    f.write_str("object({})")
                } else {
                    write!(f, "object({{ {} }})", attributes.join(", "))
                }
            }
        }
    }
}

struct Parser<'a> {
    expression: &'a Expr,
}

impl Parser<'_> {
    fn error(&self, at: &impl Ranged, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::error("Invalid type specification", detail)
            .at(place(&self.expression.source, at))
    }

    fn kind(&self, ast: &Expression) -> Result<Type, Diagnostic> {
        match &ast.kind {
            Kind::Parentheses(inner) => self.kind(inner),
            Kind::Name(name) => match name.as_str() {
                "any" => Ok(Type::Any),
                "bool" => Ok(Type::Bool),
                "number" => Ok(Type::Number),
                "string" => Ok(Type::String),
                // Written so before Terraform 0.12, and still understood by it.
                "list" => Ok(Type::List(Box::default())),
                "map" => Ok(Type::Map(Box::default())),
                "set" => Err(self.needs(ast, "set", "one argument, the type of the members")),
                "object" => Err(self.needs(ast, "object", "the attributes, in braces")),
                "tuple" => Err(self.needs(ast, "tuple", "the types of the members, in brackets")),
                other => Err(self.unknown(ast, other)),
            },
            Kind::Call(call) => self.constructor(ast, call),
            Kind::Text(text) if NAMES.contains(&text.as_str()) => Err(self
                .error(ast, "A type is written without quotes.")
                .hint(format!("Write {text} instead of \"{text}\"."))),
            _ => Err(self.error(
                ast,
                "A type is a word such as string, or a constructor such as list(string).",
            )),
        }
    }

    fn needs(&self, at: &Expression, name: &str, what: &str) -> Diagnostic {
        self.error(at, format!("The type constructor {name} needs {what}."))
    }

    fn unknown(&self, at: &impl Ranged, name: &str) -> Diagnostic {
        let error = self.error(at, format!("The keyword \"{name}\" is not a type."));
        match nearest(name, NAMES.iter().copied()) {
            Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
            None => error.hint(
                "Types are any, bool, number, string, list(T), set(T), map(T), \
                 tuple([T, ...]) and object({ name = T }).",
            ),
        }
    }

    fn constructor(&self, ast: &Expression, call: &Call) -> Result<Type, Diagnostic> {
        let name = call.name.text.as_str();
        let only = || match call.arguments.as_slice() {
            [one] => Ok(one),
            _ => Err(self.needs(ast, name, "exactly one argument")),
        };
        match name {
            "list" => Ok(Type::List(Box::new(self.kind(only()?)?))),
            "set" => Ok(Type::Set(Box::new(self.kind(only()?)?))),
            "map" => Ok(Type::Map(Box::new(self.kind(only()?)?))),
            "tuple" => match &only()?.kind {
                Kind::Tuple(items) => Ok(Type::Tuple(
                    items.iter().map(|item| self.kind(item)).collect::<Result<_, _>>()?,
                )),
                _ => Err(self.needs(only()?, name, "the types of the members, in brackets")),
            },
            "object" => match &only()?.kind {
                Kind::Object(members) => {
                    let attributes = members.iter().map(|member| {
                        Ok((self.attribute_name(&member.key)?, self.attribute(&member.value)?))
                    });
                    Ok(Type::Object(attributes.collect::<Result<_, Diagnostic>>()?))
                }
                _ => Err(self.needs(only()?, name, "the attributes, in braces")),
            },
            "any" | "bool" | "number" | "string" => {
                Err(self.error(ast, format!("The type {name} takes no arguments.")))
            }
            "optional" => {
                Err(self.error(ast, "optional() is only for the attributes of an object type."))
            }
            other => Err(self.unknown(&call.name, other)),
        }
    }

    fn attribute_name(&self, key: &Expression) -> Result<String, Diagnostic> {
        let written = self.expression.source.text.get(key.range.clone());
        match &key.kind {
            Kind::Text(name) if written == Some(name.as_str()) => Ok(name.clone()),
            _ => Err(self.error(key, "An attribute of an object type has a plain name.")),
        }
    }

    fn attribute(&self, ast: &Expression) -> Result<Attribute, Diagnostic> {
        let call = match &ast.kind {
            Kind::Call(call) if call.name.text == "optional" => call,
            _ => return Ok(Attribute::required(self.kind(ast)?)),
        };
        let (kind, default) = match call.arguments.as_slice() {
            [kind] => (self.kind(kind)?, None),
            [kind, default] => {
                let kind = self.kind(kind)?;
                let value = self.default(default, &kind)?;
                (kind, Some(value))
            }
            _ => {
                let detail = "optional() takes the type and, if wanted, a default.";
                return Err(self.error(ast, detail));
            }
        };
        Ok(Attribute { kind, optional: true, default })
    }

    fn default(&self, ast: &Expression, kind: &Type) -> Result<Value, Diagnostic> {
        let expression = Expr::new(&self.expression.source, ast.clone());
        let value = evaluate(&expression, &Context::constant()).map_err(|errors| {
            let detail = "The default of an attribute must be a constant.";
            errors.into_iter().next().unwrap_or_else(|| self.error(ast, detail))
        })?;
        convert(value, kind).map_err(|error| {
            let detail = format!("The default does not fit the type {kind}: {error}.");
            Diagnostic::error("Invalid default value for optional attribute", detail)
                .at(expression.span())
        })
    }
}
