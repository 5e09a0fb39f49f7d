//! What AWS knows a resource by.
use crate::schema::{AttributeSpec, Mismatch, Role};
use crate::value::{Object, Value};

/// The natural key of a resource in its scope: the values of its `key` attributes in the order of
/// the table, or, for what AWS names itself, that id alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<String>);

impl Key {
    /// A key of one part.
    pub fn only(part: impl Into<String>) -> Self {
        Self(vec![part.into()])
    }
    /// A key of several parts.
    pub fn parts<T: Into<String>>(parts: impl IntoIterator<Item = T>) -> Self {
        Self(parts.into_iter().map(Into::into).collect())
    }
    /// The id that AWS gave to what this ARN names: what stands behind its last `/` or `:`.
    pub fn of_arn(arn: &str) -> Self {
        Self::only(arn.rsplit(['/', ':']).next().unwrap_or(arn))
    }
    /// The key that the `key` attributes of an object make; `None` while one of them is not known.
    pub fn of(table: &[AttributeSpec], object: &Object) -> Option<Self> {
        let keys = table.iter().filter(|spec| spec.role == Role::Key);
        let part = |spec: &AttributeSpec| match object.get(spec.name).unmarked() {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null if !spec.required => Some(String::new()),
            _ => None,
        };
        keys.map(part).collect::<Option<Vec<_>>>().filter(|parts| !parts.is_empty()).map(Self)
    }
    /// The object with the values of this key, which [`of`](Self::of) some object has made, in its
    /// `key` attributes.
    #[must_use]
    pub fn within(&self, table: &[AttributeSpec], object: &Object) -> Object {
        let mut object = object.clone();
        let keys = table.iter().filter(|spec| spec.role == Role::Key);
        for (spec, part) in keys.zip(&self.0) {
            object.set(spec.name, Value::text(part));
        }
        object
    }
    /// All parts.
    pub fn all(&self) -> &[String] {
        &self.0
    }
    /// The parts, of which there must be `N`.
    ///
    /// # Errors
    /// When there are more or fewer: a key of another type.
    pub fn split<const N: usize>(&self) -> Result<[&str; N], Mismatch> {
        let parts: Vec<&str> = self.0.iter().map(String::as_str).collect();
        parts
            .try_into()
            .map_err(|_| Mismatch::Invalid(format!("{self} has {} parts, not {N}", self.0.len())))
    }
    /// The one part.
    ///
    /// # Errors
    /// When there are several.
    pub fn name(&self) -> Result<&str, Mismatch> {
        self.split::<1>().map(|[name]| name)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<&str> =
            self.0.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join("/"))
    }
}
