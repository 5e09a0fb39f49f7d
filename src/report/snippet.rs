//! The lines of a file that a diagnostic speaks of.
use crate::diagnostic::Span;
use crate::report::style::{Paint, Style};
use crate::report::text;

/// More lines than this are cut off.
const MOST_LINES: usize = 8;

/// Whole lines of a file with the range that is meant.
pub(super) struct Snippet<'a> {
    /// The block in which it stands, as `resource "a" "b"`.
    pub context: Option<String>,
    /// The lines, without the last line break.
    pub code: &'a str,
    /// Number of the first line, from 1.
    pub first_line: usize,
    /// Bytes of `code` that are meant.
    pub highlight: std::ops::Range<usize>,
}

impl<'a> Snippet<'a> {
    /// The lines around the span.
    pub(super) fn of(span: &'a Span) -> Self {
        let all = span.source.text.as_str();
        let at = |byte: usize| (0..=byte.min(all.len())).rev().find(|b| all.is_char_boundary(*b));
        let start = at(span.range.start).unwrap_or_default();
        let end = at(span.range.end).unwrap_or_default().max(start);
        let from = all[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let to = all[end..].find('\n').map_or(all.len(), |newline| end + newline);
        // A range that ends behind a line break does not mean the next line.
        let to = if end > start && all[..end].ends_with('\n') { end - 1 } else { to };
        Self {
            context: context(all, from),
            code: all[from..to].trim_end_matches('\r'),
            first_line: all[..from].matches('\n').count() + 1,
            highlight: start - from..end.min(to) - from,
        }
    }

    /// The lines with their numbers; what is meant is underlined, or has marks below it.
    pub(super) fn render(&self, paint: Paint) -> Vec<String> {
        let mut out = Vec::new();
        let mut offset = 0;
        let total = self.code.split('\n').count();
        let columns = (self.first_line + total).to_string().len().max(4);
        for (index, line) in self.code.split('\n').enumerate() {
            if index == MOST_LINES {
                out.push(format!(
                    "{:>columns$}  ({} more)",
                    "",
                    text::count(total - index, "line")
                ));
                break;
            }
            let clamp = |byte: usize| byte.clamp(offset, offset + line.len()) - offset;
            let (start, end) = (clamp(self.highlight.start), clamp(self.highlight.end));
            // What leads and trails in white space is not what is meant.
            let start = start + (line[start..end].len() - line[start..end].trim_start().len());
            let end = (start + line[start..end].trim_end().len()).max(start);
            let shown = |part: &str| text::safe(&part.replace('\t', "    "));
            let (left, meant) = (shown(&line[..start]), shown(&line[start..end]));
            let right = shown(line[end..].trim_end_matches('\r'));
            let number = self.first_line + index;
            let painted = paint.paint(Style::Underline, &meant);
            let line = format!("{number:>columns$}: {left}{painted}{right}");
            out.push(line.trim_end().to_owned());
            let empty = meant.is_empty() && (index > 0 || !self.highlight.is_empty());
            if !paint.color && !empty {
                let marks = "^".repeat(text::width(&meant).max(1));
                let blank = " ".repeat(columns + 2 + text::width(&left));
                out.push(format!("{blank}{marks}"));
            }
            offset += line.len() + 1;
        }
        out
    }
}

/// The heading of the outermost block around the line that begins at `from`, if it is another line.
fn context(all: &str, from: usize) -> Option<String> {
    for line in all[..from].lines().rev() {
        if line.starts_with('}') {
            return None;
        }
        let Some(heading) = line.trim_end().strip_suffix('{') else { continue };
        let mut words = heading.split_whitespace();
        let named = words.next().is_some_and(|word| line.starts_with(word));
        let plain = |word: &str| !word.contains(['=', '(', '[', '{', '#']);
        if named && heading.split_whitespace().all(plain) {
            return Some(text::safe(heading.trim_end()));
        }
    }
    None
}
