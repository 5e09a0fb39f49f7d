//! Values as `terraform console` prints them.
use crate::value::Object;
use crate::value::Value;

/// The value as the console shows it: multi-line, with sensitive values hidden.
pub fn console(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) if text.contains('\n') => write_heredoc(out, text, indent),
        Value::String(text) => out.push_str(&quote(text)),
        Value::Tuple(items) => write_sequence(out, items, indent),
        Value::List(items) => {
            out.push_str("tolist(");
            write_sequence(out, items, indent);
            out.push(')');
        }
        Value::Set(items) => {
            out.push_str("toset(");
            write_sequence(out, items, indent);
            out.push(')');
        }
        Value::Object(object) => write_object(out, object, indent),
        Value::Map(object) => {
            out.push_str("tomap(");
            write_object(out, object, indent);
            out.push(')');
        }
        Value::Unknown(_) => out.push_str("(known after apply)"),
        Value::Sensitive(_) => out.push_str("(sensitive value)"),
    }
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_sequence<'v>(out: &mut String, items: impl IntoIterator<Item = &'v Value>, indent: usize) {
    let mut items = items.into_iter().peekable();
    out.push('[');
    let empty = items.peek().is_none();
    for item in items {
        new_line(out, indent + 2);
        write(out, item, indent + 2);
        out.push(',');
    }
    if !empty {
        new_line(out, indent);
    }
    out.push(']');
}

fn write_object(out: &mut String, object: &Object, indent: usize) {
    out.push('{');
    for (name, value) in object.iter() {
        new_line(out, indent + 2);
        if name.contains('\n') {
            write_heredoc(out, name, indent + 2);
        } else {
            out.push_str(&quote(name));
        }
        out.push_str(" = ");
        write(out, value, indent + 2);
    }
    if !object.0.is_empty() {
        new_line(out, indent);
    }
    out.push('}');
}

/// A heredoc; its delimiter grows until no line equals it.
fn write_heredoc(out: &mut String, text: &str, indent: usize) {
    let mut delimiter = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == delimiter) {
        delimiter.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&delimiter);
    for line in text.split('\n') {
        new_line(out, indent);
        out.push_str(line);
    }
    new_line(out, indent);
    out.push_str(&delimiter);
}

/// A text in quotes, with the escapes that the console uses.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => {
                out.push_str(&format!("\\x{:02x}", u32::from(c)));
            }
            c if is_printable(c) => out.push(c),
            c if u32::from(c) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Whether a console shows something for the character.
fn is_printable(c: char) -> bool {
    c == ' ' || !(c.is_control() || c.is_whitespace() || is_invisible(c))
}

fn is_invisible(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xad | 0x61c | 0x180e | 0xfeff)
        || (0x200b..=0x200f).contains(&code)
        || (0x202a..=0x202e).contains(&code)
        || (0x2060..=0x206f).contains(&code)
        || (0xe000..=0xf8ff).contains(&code)
        || (0xfff0..=0xfffb).contains(&code)
        || code >= 0xe_0000
}
