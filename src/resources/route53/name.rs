//! Names as Route 53 writes them, and as people do.
use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// A name in the domain name system: in lower case, without the dot at its end, its characters
/// written plainly. In a record it may be relative to the zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fqdn(String);

impl Fqdn {
    /// Takes a name in whatever form: `DB.Example.com.` or `\052.example.com`.
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = plain(text.as_ref()).to_lowercase();
        Self(text.strip_suffix('.').unwrap_or(&text).to_owned())
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The whole name, of one that may be relative to its zone or empty, which means the zone.
    #[must_use]
    pub fn within(&self, zone: &Self) -> Self {
        let is_whole = self == zone
            || self.0.strip_suffix(&zone.0).is_some_and(|before| before.ends_with('.'));
        match (is_whole, self.0.as_str()) {
            (true, _) => self.clone(),
            (false, "") => zone.clone(),
            (false, name) => Self(format!("{name}.{}", zone.0)),
        }
    }
}

/// Route 53 writes what is not a letter, digit, `-`, `_` or `.` as three octal digits: `\052` is `*`.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        let octal = behind.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal.filter(u8::is_ascii) {
            Some(byte) => {
                plain.push(char::from(byte));
                rest = &behind[3..];
            }
            None => {
                plain.push('\\');
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    plain
}

impl Attribute for Fqdn {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        if text.len() > 1024 || text.contains(char::is_whitespace) {
            return Err(Mismatch::Invalid(format!("{text:?} is not the name of a record")));
        }
        Ok(Self::new(text))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// Id of a zone; AWS writes `/hostedzone/` in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneId(String);

impl ZoneId {
    /// Takes it with or without what AWS writes in front.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim_start_matches("/hostedzone/").to_owned())
    }
    /// The id alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Attribute for ZoneId {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let id = Self::new(String::decode(value)?);
        let good =
            (1..=32).contains(&id.0.len()) && id.0.bytes().all(|b| b.is_ascii_alphanumeric());
        if good { Ok(id) } else { Err(Mismatch::Invalid(format!("{:?} is not a zone's id", id.0))) }
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_written_in_many_ways() {
        for text in ["*.Example.com", "\\052.example.com.", "*.example.COM."] {
            assert_eq!(Fqdn::new(text).as_str(), "*.example.com", "{text}");
        }
        assert_eq!(Fqdn::new("a\\9z.example.com").as_str(), "a\\9z.example.com");
        assert_eq!(Fqdn::new("a\\").as_str(), "a\\");
    }

    #[test]
    fn a_name_may_be_relative_to_its_zone() {
        let zone = Fqdn::new("example.com.");
        let check = |name: &str, whole: &str| {
            assert_eq!(Fqdn::new(name).within(&zone).as_str(), whole, "{name}");
        };
        check("writer", "writer.example.com");
        check("writer.example.com.", "writer.example.com");
        check("example.com", "example.com");
        check("", "example.com");
        check("notexample.com", "notexample.com.example.com");
        check("*", "*.example.com");
    }

    #[test]
    fn a_zone_is_known_by_its_id_alone() {
        let id = |text: &str| ZoneId::decode(&Value::text(text)).map(|id| id.0);
        assert_eq!(id("/hostedzone/Z123").unwrap(), "Z123");
        assert!(id("example.com").is_err());
    }
}
