//! Text from outside made safe to show, and the small things that every renderer needs.
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::address::Address;

/// True for what must not reach a terminal as it is: control characters, what turns the direction
/// of writing, and what cannot be seen.
fn hidden(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

fn escape(text: &str, also: impl Fn(char) -> Option<&'static str>) -> String {
    let mut escaped = String::with_capacity(text.len() + 2);
    for char in text.chars() {
        match (also(char), char) {
            (Some(written), _) => escaped.push_str(written),
            (None, '\n') => escaped.push_str("\\n"),
            (None, '\r') => escaped.push_str("\\r"),
            (None, '\t') => escaped.push_str("\\t"),
            (None, char) if !hidden(char) => escaped.push(char),
            (None, char) if u32::from(char) > 0xffff => {
                escaped.push_str(&format!("\\U{:08x}", u32::from(char)));
            }
            (None, char) => escaped.push_str(&format!("\\u{:04x}", u32::from(char))),
        }
    }
    escaped
}

/// The text on one line, with everything that cannot be shown written as HCL's escapes.
pub fn safe(text: &str) -> String {
    escape(text, |_| None)
}

/// Like [`safe`], but line breaks stay: for paragraphs that come from outside.
pub fn safe_lines(text: &str) -> String {
    let lines = text.lines().map(|line| safe(&line.replace('\t', "    ")));
    lines.collect::<Vec<_>>().join("\n")
}

/// The text in quotation marks, as HCL reads it back; `${` stays as it is, as in Terraform's plans.
pub fn quote(text: &str) -> String {
    let inside = escape(text, |char| match char {
        '"' => Some("\\\""),
        '\\' => Some("\\\\"),
        _ => None,
    });
    format!("\"{inside}\"")
}

/// The name of an attribute or of a member of a map, in quotation marks if it is no identifier.
pub fn name(name: &str) -> String {
    let first = |char: char| char.is_alphabetic() || char == '_';
    let rest = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
    let plain = name.starts_with(first) && name.chars().all(rest);
    if plain { safe(name) } else { quote(name) }
}

/// The address of an instance.
pub fn address(address: &Address) -> String {
    safe(&address.to_string())
}

/// Columns that the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text followed by as many spaces as make it `columns` wide.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Breaks prose into lines of at most `columns`. Lines that begin with a space are code and stay.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with(' ') {
            lines.push(line.to_owned());
            continue;
        }
        let mut current = String::new();
        for word in line.split(' ') {
            let joined = width(&current) + 1 + width(word);
            if !current.is_empty() && joined > columns {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

/// "1 block", "2 blocks".
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Whole seconds, as `1h2m3s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_on_its_line() {
        assert_eq!(quote("a\n\"b\"\\\t\u{1b}[2J\u{202e}x"), r#""a\n\"b\"\\\t\u001b[2J\u202ex""#);
        assert_eq!(quote("${var.x} é 日本 \u{e0041}"), "\"${var.x} é 日本 \\U000e0041\"");
        assert_eq!(safe("a \"b\"\r\u{0}"), "a \"b\"\\r\\u0000");
        assert_eq!(safe_lines("a\r\nb\u{7f}\n"), "a\nb\\u007f");
    }

    #[test]
    fn names_are_quoted_when_they_must_be() {
        assert_eq!(name("a_b-1"), "a_b-1");
        assert_eq!(name("aws:tag"), "\"aws:tag\"");
        assert_eq!(name(""), "\"\"");
        assert_eq!(name("1"), "\"1\"");
        assert_eq!(name("x = 1\n}"), "\"x = 1\\n}\"");
    }

    #[test]
    fn prose_is_wrapped_and_code_is_not() {
        assert_eq!(wrap("aaa bbb ccc", 7), ["aaa bbb", "ccc"]);
        assert_eq!(
            wrap("a\n\n    code that is long\nb", 4),
            ["a", "", "    code that is long", "b"]
        );
        assert_eq!(wrap("wordthatislong b", 4), ["wordthatislong", "b"]);
    }

    #[test]
    fn durations() {
        let check = |seconds, text| assert_eq!(duration(Duration::from_secs(seconds)), text);
        check(0, "0s");
        check(61, "1m1s");
        check(3600, "1h0m0s");
    }
}
