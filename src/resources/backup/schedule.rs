//! When AWS Backup acts.
use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// A schedule, `cron(0 5 ? * * *)` or `rate(1 day)`; spaces do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(String);

impl Schedule {
    /// The schedule that AWS names.
    pub fn new(text: &str) -> Self {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = words(text);
        Self(match inside(&text) {
            Some((kind, fields)) => format!("{kind}({})", words(fields)),
            None => text,
        })
    }
    /// In canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `cron` or `rate`, and what stands in its parentheses.
fn inside(text: &str) -> Option<(&str, &str)> {
    let (kind, rest) = text.split_once('(')?;
    Some((kind.trim(), rest.strip_suffix(')')?))
        .filter(|(kind, _)| matches!(*kind, "cron" | "rate"))
}

const FIELDS: [&str; 6] = ["minutes", "hours", "day of month", "month", "day of week", "year"];

impl Attribute for Schedule {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let schedule = Self::new(&String::decode(value)?);
        let text = schedule.as_str();
        let invalid =
            |why: String| Err(Mismatch::Invalid(format!("{text:?} is no schedule: {why}")));
        let Some((kind, fields)) = inside(text) else {
            return invalid("write `cron(0 5 ? * * *)`, with six fields".to_owned());
        };
        let fields: Vec<&str> = fields.split(' ').filter(|field| !field.is_empty()).collect();
        if kind == "rate" {
            let number = fields.first().and_then(|number| number.parse::<u32>().ok());
            let unit = fields.get(1).map(|unit| unit.trim_end_matches('s'));
            return match (number, unit, fields.len()) {
                (Some(1..), Some("hour" | "day"), 2) => Ok(schedule),
                _ => invalid("write `rate(12 hours)` or `rate(1 day)`".to_owned()),
            };
        }
        if fields.len() != FIELDS.len() {
            return invalid(format!(
                "it has {} fields and needs six: {}",
                fields.len(),
                FIELDS.join(", ")
            ));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "*?,-/#".contains(c);
        if let Some((name, field)) =
            FIELDS.iter().zip(&fields).find(|(_, field)| !field.chars().all(allowed))
        {
            return invalid(format!("{field:?} cannot stand for the {name}"));
        }
        if (fields[2] == "?") == (fields[4] == "?") {
            return invalid(
                "exactly one of day of month and day of week must be `?`, which means any"
                    .to_owned(),
            );
        }
        if !fields[0].bytes().all(|b| b.is_ascii_digit()) {
            return invalid(
                "AWS Backup acts once an hour at most, so the minutes must be one number"
                    .to_owned(),
            );
        }
        Ok(schedule)
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// A time zone by its name; `UTC` is what AWS calls `Etc/UTC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timezone(String);

impl Timezone {
    /// The zone that AWS names; it may leave its default out.
    pub fn new(text: Option<&str>) -> Self {
        Self(match text.unwrap_or_default() {
            "" | "UTC" => "Etc/UTC".to_owned(),
            text => text.to_owned(),
        })
    }
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Attribute for Timezone {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Ok(Self::new(Some(&String::decode(value)?)))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules() {
        let good = |text: &str, canonical: &str| {
            let decoded = Schedule::decode(&Value::text(text));
            assert_eq!(decoded.map(|schedule| schedule.0), Ok(canonical.to_owned()));
        };
        good("cron(0 5 ? * * *)", "cron(0 5 ? * * *)");
        good(" cron( 0  5 ?  * MON-FRI * ) ", "cron(0 5 ? * MON-FRI *)");
        good("cron(0 */6 * * ? *)", "cron(0 */6 * * ? *)");
        good("rate(12 hours)", "rate(12 hours)");
        let wrong = |text: &str, why: &str| {
            let message = Schedule::decode(&Value::text(text)).unwrap_err().to_string();
            assert!(message.contains(why), "{text:?}: {message}");
        };
        wrong("daily", "write `cron(");
        wrong("cron(0 5 * * *)", "5 fields and needs six");
        wrong("cron(0 5 * * * *)", "exactly one of");
        wrong("cron(0 5 ? * ? *)", "exactly one of");
        wrong("cron(0/30 * ? * * *)", "once an hour");
        wrong("cron(0 5 ? * $ *)", "day of week");
        wrong("rate(30 minutes)", "rate(12 hours)");
    }

    #[test]
    fn utc_has_two_names() {
        let zone = |text| Timezone::decode(&Value::text(text)).unwrap();
        assert_eq!(zone("UTC"), zone("Etc/UTC"));
        assert_eq!(Timezone::new(None), zone("UTC"));
        assert_ne!(zone("Europe/Berlin"), zone("UTC"));
    }
}
