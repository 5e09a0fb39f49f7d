//! Words of which the configuration takes one.

/// Declares an enum that is an attribute: each variant is a word of the language.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident, $rule:literal {
            $( $(#[doc = $about:literal])* $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[doc = $about])* $variant, )+ }

        impl $name {
            /// All of them, in the order of the manual.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];
            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl $crate::schema::Attribute for $name {
            const KIND: $crate::schema::Kind = $crate::schema::Kind::Text;
            fn decode(
                value: &$crate::value::Value,
            ) -> Result<Self, $crate::schema::Mismatch> {
                let text = <String as $crate::schema::Attribute>::decode(value)?;
                match text.as_str() {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err($crate::schema::Mismatch::Invalid(format!(
                        "{text:?} is not {}", $rule
                    ))),
                }
            }
            fn encode(&self) -> $crate::value::Value {
                $crate::value::Value::text(self.as_str())
            }
        }
    };
}

pub(super) use choice;
