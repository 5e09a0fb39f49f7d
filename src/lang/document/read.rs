//! JSON text to a tree. `serde_json` would do, if it told where things stand.
use std::ops::Range;

use super::{Node, NodeKind, Text};
use crate::lang::arithmetic;
use crate::lang::fault::Fault;

/// More levels than this are refused.
const DEPTH: usize = 128;

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

pub(super) fn read(text: &str) -> Result<Node, Fault> {
    let at = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader { text, at, depth: 0 };
    let node = reader.value()?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.unexpected("the end of the file"));
    }
    Ok(node)
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn fault(range: Range<usize>, detail: impl Into<String>) -> Fault {
        Fault::new(range, "Invalid JSON").detail(detail)
    }

    fn unexpected(&mut self, expected: &str) -> Fault {
        let found = self.rest().chars().next();
        let range = self.at..self.at + found.map_or(0, char::len_utf8);
        let found = found.map_or("the end of the file".to_owned(), |c| format!("`{c}`"));
        Self::fault(range, format!("Unexpected {found} here; expected {expected}."))
    }

    fn accept(&mut self, c: char) -> bool {
        self.space();
        let found = self.rest().starts_with(c);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Node, Fault> {
        self.space();
        let start = self.at;
        let kind = match self.rest().chars().next() {
            Some('{' | '[') => return self.deeper(start),
            Some('"') => NodeKind::Text(self.string()?),
            Some('-' | '0'..='9') => {
                let inside =
                    |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
                let length = self.rest().find(|c: char| !inside(c)).unwrap_or(self.rest().len());
                let digits = &self.rest()[..length];
                self.at += length;
                // JSON's rules are stricter than those of the language.
                let valid = serde_json::from_str::<serde_json::Number>(digits).is_ok();
                let number = arithmetic::parse(digits.trim_start_matches('-')).filter(|_| valid);
                let range = start..self.at;
                let Some(number) = number else {
                    return Err(Self::fault(range, "This is no number of JSON."));
                };
                let negative = digits.starts_with('-');
                NodeKind::Number(if negative { arithmetic::negate(&number) } else { number })
            }
            Some(c) if c.is_ascii_alphabetic() => {
                let rest = self.rest();
                let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let kind = match &rest[..length] {
                    "null" => NodeKind::Null,
                    "true" => NodeKind::Bool(true),
                    "false" => NodeKind::Bool(false),
                    word => {
                        let detail = format!("{word} is no value of JSON.");
                        let fault = Self::fault(start..start + length, detail);
                        return Err(fault.hint("Text stands in double quotes."));
                    }
                };
                self.at += length;
                kind
            }
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { kind, range: start..self.at })
    }

    fn deeper(&mut self, start: usize) -> Result<Node, Fault> {
        if self.depth >= DEPTH {
            let detail = format!("This is nested too deeply: more than {DEPTH} levels.");
            return Err(Self::fault(start..start + 1, detail));
        }
        self.depth += 1;
        let kind = if self.accept('[') { self.array()? } else { self.object()? };
        self.depth -= 1;
        Ok(Node { kind, range: start..self.at })
    }

    fn array(&mut self) -> Result<NodeKind, Fault> {
        let mut items = Vec::new();
        if self.accept(']') {
            return Ok(NodeKind::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.accept(']') {
                return Ok(NodeKind::Array(items));
            }
            if !self.accept(',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn object(&mut self) -> Result<NodeKind, Fault> {
        self.at += 1;
        let mut members = Vec::new();
        if self.accept('}') {
            return Ok(NodeKind::Object(members));
        }
        loop {
            self.space();
            if !self.rest().starts_with('"') {
                return Err(self.unexpected("a name in double quotes"));
            }
            let name = self.string()?;
            if !self.accept(':') {
                return Err(self.unexpected("`:`"));
            }
            members.push((name, self.value()?));
            if self.accept('}') {
                return Ok(NodeKind::Object(members));
            }
            if !self.accept(',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn string(&mut self) -> Result<Text, Fault> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        let mut starts = vec![(0, self.at)];
        loop {
            let rest = self.rest();
            let length = rest.find(|c: char| matches!(c, '"' | '\\') || c.is_control());
            let length = length.unwrap_or(rest.len());
            value.push_str(&rest[..length]);
            self.at += length;
            match self.rest().chars().next() {
                Some('"') => {
                    self.at += 1;
                    return Ok(Text { value, range: start..self.at, starts });
                }
                Some('\\') => {
                    value.push(self.escape()?);
                    starts.push((value.len(), self.at));
                }
                // DEL and what lies above it are no control characters to JSON.
                Some(c) if u32::from(c) >= 0x20 => {
                    value.push(c);
                    self.at += c.len_utf8();
                }
                _ => {
                    let detail = "This string has no closing quote on its line.";
                    let line = self.text[start..].lines().next().unwrap_or_default().len();
                    return Err(
                        Self::fault(start..start + line, detail).hint("Write \\n for a new line.")
                    );
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        let selector = self.rest()[1..].chars().next();
        self.at += 1 + selector.map_or(0, char::len_utf8);
        Ok(match selector {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let first = self.unit(start)?;
                let surrogate = (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u");
                if !surrogate {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                self.at += 2;
                let second = self.unit(start)?;
                let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
                let code =
                    low.and_then(|low| char::from_u32(0x10000 + ((first - 0xd800) << 10) + low));
                code.unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                let detail = "This is no escape sequence of JSON.";
                return Err(Self::fault(start..self.at, detail).hint("Write \\\\ for a backslash."));
            }
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self, start: usize) -> Result<u32, Fault> {
        let digits =
            self.rest().get(..4).filter(|four| four.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else {
            let detail = "This escape sequence needs four hexadecimal digits.";
            return Err(Self::fault(start..self.at, detail));
        };
        self.at += 4;
        Ok(u32::from_str_radix(digits, 16).unwrap_or_default())
    }
}
