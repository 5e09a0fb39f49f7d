//! Points in time.
use time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Answer, Body, Failure, Function, as_text, fixed, text};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("formatdate", &[text("format"), text("time")], Body::Plain(formatdate)),
    fixed("plantimestamp", &[], Body::Later),
    fixed("timeadd", &[text("timestamp"), text("duration")], Body::Plain(timeadd)),
    fixed("timecmp", &[text("timestamp_a"), text("timestamp_b")], Body::Plain(timecmp)),
    fixed("timestamp", &[], Body::Later),
];

fn moment(arguments: &[Value], at: usize) -> Result<OffsetDateTime, Failure> {
    let text = as_text(&arguments[at]);
    let wrong =
        |reason: &str| Failure::Argument(at, format!("not a valid RFC3339 timestamp: {reason}"));
    if text.get(10..11).is_some_and(|c| !c.eq_ignore_ascii_case("t")) {
        return Err(wrong("missing required time introducer 'T'"));
    }
    OffsetDateTime::parse(text, &Rfc3339).map_err(|error| wrong(&error.to_string()))
}

/// Without fractions of a second, as Terraform writes it.
fn write(moment: OffsetDateTime) -> String {
    let (date, time) = (moment.date(), moment.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second) = time.as_hms();
    let zone = zone(moment, true, "Z");
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
}

fn zone(moment: OffsetDateTime, colon: bool, utc: &str) -> String {
    let offset = moment.offset();
    if offset.is_utc() {
        return utc.to_owned();
    }
    let (hours, minutes, _) = offset.as_hms();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let colon = if colon { ":" } else { "" };
    format!("{sign}{:02}{colon}{:02}", hours.unsigned_abs(), minutes.unsigned_abs())
}

fn timecmp(arguments: &[Value]) -> Answer {
    let order = moment(arguments, 0)?.cmp(&moment(arguments, 1)?);
    Ok(Value::int(order as i64))
}

fn timeadd(arguments: &[Value]) -> Answer {
    let moment = moment(arguments, 0).map_err(|failure| match failure {
        Failure::Argument(_, message) => Failure::Call(message),
        call @ Failure::Call(_) => call,
    })?;
    let duration = duration(as_text(&arguments[1]))?;
    let sum = moment.checked_add(duration).ok_or("the result is out of range")?;
    Ok(Value::text(write(sum)))
}

/// A duration as Go writes it: `-1h30m1.5s`.
fn duration(text: &str) -> Result<Duration, Failure> {
    let wrong = || Failure::Call(format!("time: invalid duration \"{text}\""));
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut rest = unsigned;
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return Err(wrong());
    }
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let count: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let nanoseconds = match &rest[..unit] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            "" => {
                return Err(format!("time: missing unit in duration \"{text}\"").into());
            }
            other => {
                let message = format!("time: unknown unit \"{other}\" in duration \"{text}\"");
                return Err(message.into());
            }
        };
        total += count * nanoseconds;
        rest = &rest[unit..];
    }
    // What Go can hold: some 292 years.
    if total > 9.2e18 {
        return Err(wrong());
    }
    let total = if text.starts_with('-') { -total } else { total };
    #[expect(clippy::cast_possible_truncation, reason = "it is in range, checked above")]
    Ok(Duration::nanoseconds(total as i64))
}

fn formatdate(arguments: &[Value]) -> Answer {
    let moment = moment(arguments, 1)?;
    let blame = |message: String| Failure::Argument(0, message);
    let mut rest = as_text(&arguments[0]);
    let mut out = String::new();
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = quoted(&rest[1..], &mut out)
                .ok_or_else(|| blame("unterminated literal '".to_owned()))?;
            continue;
        }
        let length = rest.find(|other| other != c).unwrap_or(rest.len());
        let token = &rest[..length];
        rest = &rest[length..];
        if c.is_ascii_alphabetic() {
            out.push_str(&verb(token, moment).map_err(blame)?);
        } else {
            out.push_str(token);
        }
    }
    Ok(Value::text(out))
}

/// Literal text up to the closing quote; two quotes are one. What is left behind it.
fn quoted<'t>(mut rest: &'t str, out: &mut String) -> Option<&'t str> {
    if let Some(rest) = rest.strip_prefix('\'') {
        out.push('\'');
        return Some(rest);
    }
    loop {
        let end = rest.find('\'')?;
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Some(rest),
        }
    }
}

fn verb(token: &str, moment: OffsetDateTime) -> Result<String, String> {
    let (date, time) = (moment.date(), moment.time());
    let (hour, minute, second) = time.as_hms();
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    let month = date.month().to_string();
    let weekday = date.weekday().to_string();
    let word = if hour < 12 { "am" } else { "pm" };
    Ok(match token {
        "YYYY" => format!("{:04}", date.year()),
        "YY" => format!("{:02}", date.year().rem_euclid(100)),
        "MMMM" => month,
        "MMM" => month[..3].to_owned(),
        "MM" => format!("{:02}", u8::from(date.month())),
        "M" => u8::from(date.month()).to_string(),
        "DD" => format!("{:02}", date.day()),
        "D" => date.day().to_string(),
        "EEEE" => weekday,
        "EEE" => weekday[..3].to_owned(),
        "hh" => format!("{hour:02}"),
        "h" => hour.to_string(),
        "HH" => format!("{half:02}"),
        "H" => half.to_string(),
        "AA" => word.to_uppercase(),
        "aa" => word.to_owned(),
        "mm" => format!("{minute:02}"),
        "m" => minute.to_string(),
        "ss" => format!("{second:02}"),
        "s" => second.to_string(),
        "ZZZZZ" => zone(moment, true, "+00:00"),
        "ZZZZ" => zone(moment, false, "+0000"),
        "ZZZ" => zone(moment, false, "UTC"),
        "Z" => zone(moment, true, "Z"),
        other => {
            let rule = match other.as_bytes().first() {
                Some(b'Y') => ": year must either be \"YY\" or \"YYYY\"",
                Some(b'M') => ": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"",
                Some(b'D') => ": day of month must either be \"D\" or \"DD\"",
                Some(b'E') => ": day of week must either be \"EEE\" or \"EEEE\"",
                Some(b'h') => ": 24-hour must either be \"h\" or \"hh\"",
                Some(b'H') => ": 12-hour must either be \"H\" or \"HH\"",
                Some(b'A' | b'a') => ": must be \"AA\" or \"aa\"",
                Some(b'm') => ": minute must either be \"m\" or \"mm\"",
                Some(b's') => ": second must either be \"s\" or \"ss\"",
                Some(b'Z') => ": timezone must be Z, ZZZ, ZZZZ, or ZZZZZ",
                _ => "",
            };
            return Err(format!("invalid date format verb \"{other}\"{rule}"));
        }
    })
}
