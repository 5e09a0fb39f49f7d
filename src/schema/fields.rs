//! [`attributes!`](crate::attributes) and what its expansion calls.
use crate::schema::{Attribute, Mismatch, Record};
use crate::value::{Object, Value};

/// Declares a struct of attributes together with its table.
///
/// Looks like a struct; a field may end in `=> marker | marker(argument)`, each marker being a
/// `const fn` of [`AttributeSpec`](crate::schema::AttributeSpec).
#[macro_export]
macro_rules! attributes {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident : $ty:ty
               $(=> $($marker:ident $(($argument:expr))?)|+)? ),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $name { $( $(#[doc = $doc])* pub $field: $ty, )* }

        impl $crate::schema::Record for $name {
            const ABOUT: &'static str = concat!($($about, "\n"),*);
            const TABLE: &'static [$crate::schema::AttributeSpec] = &[ $(
                $crate::schema::AttributeSpec::new::<$ty>(
                    $crate::schema::plain(stringify!($field)), concat!($($doc, "\n"),*))
                    $($(.$marker($($argument)?))+)?
            ),* ];
        }

        impl $crate::schema::Attribute for $name {
            const KIND: $crate::schema::Kind =
                $crate::schema::Kind::Record(<Self as $crate::schema::Record>::TABLE);
            fn decode(value: &$crate::value::Value) -> Result<Self, $crate::schema::Mismatch> {
                let _object = $crate::schema::as_object::<Self>(value)?;
                Ok(Self { $( $field: $crate::schema::decode_field(
                    _object, $crate::schema::plain(stringify!($field)))?, )* })
            }
            fn encode(&self) -> $crate::value::Value {
                let Self { $( $field, )* } = self;
                let members: Vec<(&'static str, $crate::value::Value)> = vec![$( (
                    $crate::schema::plain(stringify!($field)),
                    $crate::schema::Attribute::encode($field),
                ), )*];
                $crate::value::Value::Object(members.into_iter().collect())
            }
        }
    };
}

/// Declares a newtype over `String` whose constructor is the only way in.
#[macro_export]
macro_rules! text_type {
    ($(#[doc = $doc:literal])* $vis:vis struct $name:ident, $check:expr, $rule:literal;) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name(String);

        impl $name {
            /// Takes the text if it keeps the rule.
            ///
            /// # Errors
            /// When it does not.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, $crate::schema::Mismatch> {
                let text = text.as_ref();
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else {
                    Err($crate::schema::Mismatch::Invalid(format!("{text:?} is not {}", $rule)))
                }
            }
            /// The text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl $crate::schema::Attribute for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Text;
            fn decode(value: &$crate::value::Value) -> Result<Self, $crate::schema::Mismatch> {
                <String as $crate::schema::Attribute>::decode(value).and_then(Self::parse)
            }
            fn encode(&self) -> $crate::value::Value { $crate::value::Value::text(self.as_str()) }
        }
    };
}

/// The name of a field in the language: `r#type` is written `type` there.
pub const fn plain(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// Decodes the field of that name.
///
/// # Errors
/// When the field's value is not of its type; the error names the field.
pub fn decode_field<T: Attribute>(object: &Object, name: &'static str) -> Result<T, Mismatch> {
    T::decode(object.get(name)).map_err(|e| Mismatch::At { name, source: Box::new(e) })
}

/// The object that a record is read from.
///
/// # Errors
/// When the value is no object, or has an attribute that the record does not know.
pub fn as_object<R: Record>(value: &Value) -> Result<&Object, Mismatch> {
    let (Value::Object(object) | Value::Map(object)) = value else {
        return Err(Mismatch::Kind { expected: "an object", found: value.describe() });
    };
    match object.iter().find(|(name, _)| !R::TABLE.iter().any(|spec| spec.name == *name)) {
        Some((name, _)) => Err(Mismatch::Invalid(format!("there is no attribute `{name}`"))),
        None => Ok(object),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    attributes! {
        /// Has a keyword among its names.
        struct Keyword {
            /// A keyword.
            r#type: String,
            /// None.
            r: Option<String>,
        }
    }

    #[test]
    fn a_keyword_is_named_as_it_is_written() {
        assert_eq!(Keyword::TABLE[0].name, "type");
        assert_eq!(Keyword::TABLE[1].name, "r");
        let keyword = Keyword { r#type: "zip".to_owned(), r: None };
        assert_eq!(Keyword::decode(&keyword.encode()).unwrap(), keyword);
    }
}
