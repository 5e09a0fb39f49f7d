//! The inside of quotes, heredocs and template files.
use super::Lexer;
use super::Place;
use super::RESTARTS;
use super::TokenKind;

/// Whether a heredoc starts here: `<<EOT` or `<<-EOT`.
pub(super) fn is_heredoc(rest: &str) -> bool {
    let marker = rest.strip_prefix("<<").map(|rest| rest.strip_prefix('-').unwrap_or(rest));
    marker.is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_alphabetic()))
}

impl Lexer<'_> {
    pub(super) fn quoted(&mut self) {
        let length = self.literal(self.rest(), true);
        if length > 0 {
            self.token(TokenKind::Quoted, length);
        }
        match self.rest().chars().next() {
            Some('"') => {
                self.inside.pop();
                self.token(TokenKind::CloseQuote, 1);
            }
            Some('$' | '%') => self.open_sequence(),
            Some(_) => self.broken_quote(),
            None => {}
        }
    }

    /// How much of the text is literal: up to a `${`, a `%{`, and in quotes up to the quote or the
    /// end of the line.
    fn literal(&mut self, rest: &str, quoted: bool) -> usize {
        let bytes = rest.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' | b'\n' if quoted => return at,
                b'\r' if quoted && bytes.get(at + 1) == Some(&b'\n') => return at,
                b'\n' => return at + 1,
                b'\\' if quoted => at += self.escape(self.at + at, &rest[at + 1..]),
                b'$' | b'%'
                    if bytes.get(at + 1) == Some(byte) && bytes.get(at + 2) == Some(&b'{') =>
                {
                    at += 3;
                }
                b'$' | b'%' if bytes.get(at + 1) == Some(&b'{') => return at,
                _ => at += 1,
            }
        }
        at
    }

    /// Looks at an escape sequence whose backslash is at `start`; tells how long it is.
    fn escape(&mut self, start: usize, behind: &str) -> usize {
        let invalid = "Invalid escape sequence";
        let hex = match behind.chars().next() {
            Some('u') => 4,
            Some('U') => 8,
            Some('n' | 'r' | 't' | '"' | '\\') => return 2,
            // The end of the line is reported as the end of the string.
            None | Some('\n' | '\r') => return 1,
            Some(other) => {
                let length = 1 + other.len_utf8();
                let detail = format!("\\{other} is not an escape sequence.");
                let hint = "There are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN; write \
                            \\\\ for a backslash.";
                self.fault(start..start + length, invalid, &detail, hint);
                return length;
            }
        };
        let digits = behind[1..].bytes().take(hex).take_while(u8::is_ascii_hexdigit).count();
        if digits < hex {
            let detail = format!("This escape sequence needs {hex} hexadecimal digits.");
            self.fault(start..start + 2 + digits, invalid, &detail, "");
        }
        2 + digits
    }

    fn open_sequence(&mut self) {
        let rest = self.rest();
        let kind = if rest.starts_with('$') {
            TokenKind::OpenInterpolation
        } else {
            TokenKind::OpenDirective
        };
        let length = if rest[2..].starts_with('~') && !rest[2..].starts_with("~}") { 3 } else { 2 };
        self.enter(Place::Sequence { braces: 0 }, self.at);
        self.token(kind, length);
    }

    pub(super) fn open_heredoc(&mut self) {
        let rest = self.rest();
        let line = rest.lines().next().unwrap_or_default();
        let marker = line.trim_start_matches('<').trim_start_matches('-');
        let name = marker.find(|c: char| c != '_' && c != '-' && !c.is_alphanumeric());
        let name = &marker[..name.unwrap_or(marker.len())];
        if name != marker {
            let range = self.at..self.at + line.len();
            let detail = "Nothing, not even a space, may follow the marker of a heredoc.";
            self.fault(range, "Invalid heredoc marker", detail, "");
        }
        let place = Place::Heredoc { marker: name.to_owned(), line_start: true };
        self.enter(place, self.at);
        let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        self.token(TokenKind::OpenHeredoc, length);
    }

    pub(super) fn heredoc_text(&mut self) {
        let rest = self.rest();
        if let Some(Place::Heredoc { marker, line_start: true }) = self.place() {
            let line = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
            if line.trim() == marker {
                let length = line.len();
                self.inside.pop();
                return self.token(TokenKind::CloseHeredoc, length);
            }
        }
        let length = self.literal(rest, false);
        let ended = rest[..length].ends_with('\n');
        if let Some(Place::Heredoc { line_start, .. }) = self.place() {
            *line_start = ended;
        }
        match length {
            0 => self.open_sequence(),
            length => self.token(TokenKind::Text, length),
        }
    }

    pub(super) fn template_text(&mut self) {
        match self.literal(self.rest(), false) {
            0 => self.open_sequence(),
            length => self.token(TokenKind::Text, length),
        }
    }

    /// A quoted text that does not end on its line.
    fn broken_quote(&mut self) {
        if let Some(outer) = self.outer_sequence() {
            return self.unclosed_sequence(outer);
        }
        let Some(quote) = self.inside.pop() else { return };
        self.out.torn = true;
        let line_end = self.at.max(quote.start + 1);
        let detail = if self.text[line_end..].trim_start().contains('"') {
            "This string has no closing quote on its line; a quoted string may not go over \
             several lines."
        } else {
            "This string has no closing quote."
        };
        let hint = "Close it with \", or use \\n or a heredoc (<<EOT) for several lines.";
        self.fault(quote.start..line_end, "Unterminated string", detail, hint);
    }

    /// The outermost `${` that is not closed, by its place on the stack.
    fn outer_sequence(&self) -> Option<usize> {
        self.inside.iter().position(|inside| matches!(inside.what, Place::Sequence { .. }))
    }

    /// Blames a `${` for all that went wrong behind it, and goes on behind its line.
    fn unclosed_sequence(&mut self, position: usize) {
        let quoted = position.checked_sub(1).and_then(|outer| self.inside.get(outer));
        let quoted = quoted.is_some_and(|outer| matches!(outer.what, Place::Quote));
        let Some(sequence) = self.inside.get(position) else { return };
        let start = sequence.start;
        self.out.tokens.truncate(sequence.tokens);
        self.out.faults.truncate(sequence.faults);
        let c = if self.text[start..].starts_with('$') { '$' } else { '%' };
        let hint = format!("Write {c}{c}{{ if these two characters themselves are meant.");
        let line = self.text[start..].lines().next().unwrap_or_default().len();
        let summary = "Unclosed template sequence";
        self.restarts += 1;
        self.out.torn = true;
        if quoted {
            let detail = "There is no closing } for this one before the end of the string.";
            self.fault(start..start + line, summary, detail, &hint);
            self.inside.truncate(position - 1);
            self.at = start + line;
        } else {
            let detail = "There is no closing } for this one.";
            self.fault(start..start + 2, summary, detail, &hint);
            self.inside.clear();
            self.at = self.text.len();
        }
        if self.restarts > RESTARTS {
            self.inside.clear();
            self.at = self.text.len();
        }
    }

    /// True if all that was opened is closed; otherwise tells what is not.
    pub(super) fn end_of_text(&mut self) -> bool {
        if let Some(outer) = self.outer_sequence() {
            self.unclosed_sequence(outer);
            return self.inside.is_empty() && self.at >= self.text.len();
        }
        let Some(inside) = self.inside.last() else { return true };
        let start = inside.start;
        match &inside.what {
            Place::Quote => self.broken_quote(),
            Place::Heredoc { marker, .. } => {
                let detail = format!("There is no line with the closing marker {marker}.");
                let line = self.text[start..].lines().next().unwrap_or_default().len();
                self.fault(start..start + line, "Unterminated heredoc", &detail, "");
                self.out.torn = true;
                self.inside.pop();
            }
            Place::File | Place::Sequence { .. } => {
                self.inside.pop();
            }
        }
        self.inside.is_empty()
    }
}
