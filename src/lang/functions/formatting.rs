//! `format` and `formatlist`: verbs as in Go.
use bigdecimal::BigDecimal;
use bigdecimal::RoundingMode;
use bigdecimal::Signed;
use bigdecimal::Zero;
use bigdecimal::num_bigint::BigInt;
use unicode_segmentation::UnicodeSegmentation;

use super::{Answer, Body, Failure, Function, as_text, members, nullable, text, variadic};
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate;
use crate::lang::evaluate::mark;
use crate::lang::format::quote;
use crate::lang::json;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    variadic(
        "format",
        &[text("format")],
        nullable("args"),
        Body::Plain(|a| format(as_text(&a[0]), &a[1..]).map(|text| evaluate::text(&text))),
    ),
    variadic("formatlist", &[text("format")], nullable("args"), Body::Partial(formatlist)),
];

/// Nothing needs more columns or digits than this.
const WIDEST: usize = 4096;

/// A verb with everything in front of it: `%-8.3f`.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "a flag each, as in the verb")]
struct Verb {
    raw: String,
    offset: usize,
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
}

fn format(pattern: &str, arguments: &[Value]) -> Result<String, Failure> {
    let mut out = String::new();
    let mut next = 0;
    let mut highest = 0;
    let mut by_number = false;
    let mut at = 0;
    while let Some(c) = pattern[at..].chars().next() {
        if c != '%' {
            out.push(c);
            at += c.len_utf8();
            continue;
        }
        let (verb, argument, end) = read_verb(pattern, at)?;
        at = end;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        by_number |= argument.is_some();
        next = argument.unwrap_or(next);
        let value = arguments.get(next).ok_or_else(|| {
            format!(
                "not enough arguments for \"{}\" at {}: need index {} but have {} total",
                verb.raw,
                verb.offset,
                next + 1,
                arguments.len()
            )
        })?;
        next += 1;
        highest = highest.max(next);
        out.push_str(&verb.write(value)?);
    }
    if highest < arguments.len() && !by_number {
        let message = if highest == 0 {
            "too many arguments; no verbs in format string".to_owned()
        } else {
            format!("too many arguments; only {highest} used by format string")
        };
        return Err(Failure::Argument(highest + 1, message));
    }
    Ok(out)
}

/// The verb at `start`, the number of its argument if it names one, and where it ends.
fn read_verb(pattern: &str, start: usize) -> Result<(Verb, Option<usize>, usize), Failure> {
    let mut verb = Verb { offset: start, ..Verb::default() };
    let mut argument = None;
    let mut at = start + 1;
    let unfinished = || Failure::Call(format!("unterminated verb at the end of \"{pattern}\""));
    let number = |at: &mut usize| {
        let digits = pattern[*at..].bytes().take_while(u8::is_ascii_digit).count();
        let text = &pattern[*at..*at + digits];
        *at += digits;
        text.parse::<usize>().ok()
    };
    loop {
        let c = pattern[at..].chars().next().ok_or_else(unfinished)?;
        match c {
            '-' => verb.left = true,
            '+' => verb.plus = true,
            ' ' => verb.space = true,
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            _ => break,
        }
        at += 1;
    }
    verb.width = number(&mut at).unwrap_or(0);
    if pattern[at..].starts_with('.') {
        at += 1;
        verb.precision = Some(number(&mut at).unwrap_or(0));
    }
    if pattern[at..].starts_with('[') {
        at += 1;
        let index = number(&mut at);
        let closed = pattern[at..].starts_with(']');
        match index {
            Some(index) if index > 0 && closed => argument = Some(index - 1),
            _ => return Err(format!("invalid argument number at offset {at}").into()),
        }
        at += 1;
    }
    if verb.width > WIDEST || verb.precision.is_some_and(|precision| precision > WIDEST) {
        return Err(format!("a width or precision may be {WIDEST} at most").into());
    }
    verb.letter = pattern[at..].chars().next().ok_or_else(unfinished)?;
    if !(verb.letter.is_ascii_alphabetic() || verb.letter == '%') {
        let letter = verb.letter;
        return Err(format!("unrecognized format character '{letter}' at offset {at}").into());
    }
    at += verb.letter.len_utf8();
    pattern[start..at].clone_into(&mut verb.raw);
    Ok((verb, argument, at))
}

impl Verb {
    fn unsupported(&self, reason: &str) -> Failure {
        format!("unsupported value for \"{}\" at {}: {reason}", self.raw, self.offset).into()
    }

    fn write(&self, value: &Value) -> Result<String, Failure> {
        if *value == Value::Null && self.letter != 'v' {
            return Err(self.unsupported("null value cannot be formatted"));
        }
        let as_kind = |kind: &Type| {
            convert(value.clone(), kind).map_err(|error| self.unsupported(&error.to_string()))
        };
        match self.letter {
            'v' if self.sharp => Ok(self.pad_text(&json::encode(value).unwrap_or_default())),
            'v' => Ok(match value {
                Value::String(text) => self.pad_text(text),
                Value::Number(number) => self.pad_text(&number.to_string()),
                other => self.pad_text(&json::encode(other).unwrap_or_default()),
            }),
            's' => Ok(self.pad_text(as_kind(&Type::String)?.as_str().unwrap_or_default())),
            'q' => Ok(self.pad_text(&quote(as_kind(&Type::String)?.as_str().unwrap_or_default()))),
            't' => Ok(matches!(as_kind(&Type::Bool)?, Value::Bool(true)).to_string()),
            'b' | 'o' | 'd' | 'x' | 'X' => match as_kind(&Type::Number)? {
                Value::Number(number) if number.decimal().is_integer() => {
                    Ok(self.integer(number.decimal()))
                }
                _ => Err(self.unsupported("an integer is required")),
            },
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => match as_kind(&Type::Number)? {
                Value::Number(number) => Ok(self.float(number.decimal())),
                _ => Err(self.unsupported("a number is required")),
            },
            letter => Err(format!(
                "unsupported format verb '{letter}' in \"{}\" at offset {}",
                self.raw, self.offset
            )
            .into()),
        }
    }

    fn pad_text(&self, text: &str) -> String {
        let text: String = match self.precision {
            Some(precision) => text.graphemes(true).take(precision).collect(),
            None => text.to_owned(),
        };
        let missing = self.width.saturating_sub(text.graphemes(true).count());
        let fill = if self.zero && !self.left { "0" } else { " " }.repeat(missing);
        if self.left { text + &fill } else { fill + &text }
    }

    fn pad_number(&self, negative: bool, digits: &str) -> String {
        let sign = match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let missing = self.width.saturating_sub(sign.len() + digits.len());
        if self.left {
            format!("{sign}{digits}{}", " ".repeat(missing))
        } else if self.zero {
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            format!("{}{sign}{digits}", " ".repeat(missing))
        }
    }

    fn integer(&self, number: &BigDecimal) -> String {
        let (whole, _) = number.with_scale(0).into_bigint_and_exponent();
        let (radix, prefix) = match self.letter {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let digits = whole.magnitude().to_str_radix(radix);
        let digits = if self.letter == 'X' { digits.to_uppercase() } else { digits };
        let digits = if self.sharp { format!("{prefix}{digits}") } else { digits };
        self.pad_number(whole < BigInt::from(0), &digits)
    }

    fn float(&self, number: &BigDecimal) -> String {
        let negative = number.is_negative();
        let number = number.abs();
        let digits = match self.letter {
            'f' | 'F' => plain(&number, self.precision.unwrap_or(6)),
            'e' | 'E' => scientific(&number, Some(self.precision.unwrap_or(6))),
            _ => general(&number, self.precision),
        };
        let digits = if self.letter.is_uppercase() { digits.to_uppercase() } else { digits };
        self.pad_number(negative, &digits)
    }
}

fn plain(number: &BigDecimal, precision: usize) -> String {
    let scale = i64::try_from(precision).unwrap_or(0);
    number.with_scale_round(scale, RoundingMode::HalfEven).to_plain_string()
}

/// The significant digits, and the power of ten of the first of them.
fn significant(number: &BigDecimal, count: Option<usize>) -> (String, i64) {
    if number.is_zero() {
        return ("0".repeat(count.unwrap_or(1)), 0);
    }
    let count = count.and_then(|count| std::num::NonZeroU64::new(u64::try_from(count).ok()?));
    let number = match count {
        Some(count) => number.with_precision_round(count, RoundingMode::HalfEven),
        None => number.normalized(),
    };
    let (digits, scale) = number.into_bigint_and_exponent();
    let mut digits = digits.to_string();
    let exponent = i64::try_from(digits.len()).unwrap_or(0) - 1 - scale;
    if let Some(count) = count.and_then(|count| usize::try_from(count.get()).ok()) {
        digits.extend(std::iter::repeat_n('0', count.saturating_sub(digits.len())));
        digits.truncate(count);
    }
    (digits, exponent)
}

fn scientific(number: &BigDecimal, precision: Option<usize>) -> String {
    let (digits, exponent) = significant(number, precision.map(|precision| precision + 1));
    let sign = if exponent < 0 { '-' } else { '+' };
    let point = if digits.len() > 1 { "." } else { "" };
    format!("{}{point}{}e{sign}{:02}", &digits[..1], &digits[1..], exponent.abs())
}

/// The shorter of the two forms, as Go chooses it.
fn general(number: &BigDecimal, precision: Option<usize>) -> String {
    let wanted = precision.map(|precision| precision.max(1));
    let (digits, exponent) = significant(number, wanted);
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    let length = i64::try_from(digits.len()).unwrap_or(1);
    let mut limit = wanted.map_or(6, |wanted| i64::try_from(wanted).unwrap_or(6));
    if wanted.is_some() && limit > length && length > exponent {
        limit = length;
    }
    if exponent < -4 || exponent >= limit {
        return scientific(number, Some(digits.len() - 1));
    }
    let precision = usize::try_from((length - 1 - exponent).max(0)).unwrap_or(0);
    plain(number, precision)
}

/// Each list argument gives one value for each line; others stand in every line.
fn formatlist(arguments: &[Value]) -> Answer {
    let sensitive = arguments.iter().any(Value::has_sensitive);
    let arguments: Vec<Value> = arguments.iter().map(Value::revealed).collect();
    let pattern = as_text(&arguments[0]);
    let columns: Vec<Option<Vec<Value>>> = arguments[1..].iter().map(members).collect();
    let mut length: Option<(usize, usize)> = None;
    for (at, column) in columns.iter().enumerate() {
        let Some(items) = column else { continue };
        match length {
            Some((first, length)) if length != items.len() => {
                let message = format!(
                    "argument {} has length {}, which is inconsistent with argument {} of length \
                     {length}",
                    at + 1,
                    items.len(),
                    first + 1
                );
                return Err(Failure::Argument(at + 1, message));
            }
            _ => length = Some((at, items.len())),
        }
    }
    let mut lines = Vec::new();
    for line in 0..length.map_or(1, |(_, length)| length) {
        let values: Vec<Value> = columns
            .iter()
            .zip(&arguments[1..])
            .map(|(column, whole)| match column {
                Some(items) => items.get(line).cloned().unwrap_or(Value::Null),
                None => whole.clone(),
            })
            .collect();
        if values.iter().all(Value::is_known) {
            lines.push(evaluate::text(&format(pattern, &values).map_err(
                |failure| match failure {
                    Failure::Call(message) => {
                        Failure::Call(format!("error on format iteration {line}: {message}"))
                    }
                    blame @ Failure::Argument(..) => blame,
                },
            )?));
        } else {
            lines.push(unknown(&values));
        }
    }
    Ok(mark(Value::List(lines), sensitive))
}
