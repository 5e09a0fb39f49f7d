//! The part of [`super::scan`] that looks into strings, heredocs and template files.
use super::DEPTH;
use super::End;
use super::Scanner;
use super::Token;
use super::TokenKind;

/// Where a template ends.
pub(super) enum Ending<'a> {
    /// At a quote.
    Quote,
    /// At a line with this word.
    Marker(&'a str),
    /// At the end of the text.
    Text,
}

impl Scanner<'_> {
    /// A quoted string; false if it does not end on its line.
    pub(super) fn string(&mut self) -> bool {
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        let ended = self.template(start, &Ending::Quote);
        self.depth -= 1;
        if self.depth == 0 {
            self.out.tokens.push(Token { kind: TokenKind::Text, range: start..self.at });
        }
        ended
    }

    pub(super) fn is_heredoc(&self) -> bool {
        let rest = self.rest();
        let marker = rest.strip_prefix("<<").map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        marker.is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_alphabetic()))
    }

    pub(super) fn heredoc(&mut self) {
        let start = self.at;
        let line = self.rest().lines().next().unwrap_or_default().to_owned();
        let marker = line.trim_start_matches('<').trim_start_matches('-');
        if marker.trim_end() != marker {
            let detail = "Nothing, not even a space, may follow the marker of a heredoc.";
            self.problem(start..start + line.len(), "Invalid heredoc marker", detail, "");
        }
        let marker = marker.trim_end().to_owned();
        self.at += (line.len() + 1).min(self.rest().len());
        self.depth += 1;
        let inside = self.at;
        let ended = self.template(start, &Ending::Marker(&marker));
        if ended && !self.text[inside..self.at].contains('\n') {
            self.out.empty_heredocs.push(start..self.at);
        }
        self.depth -= 1;
        if self.depth == 0 {
            self.out.tokens.push(Token { kind: TokenKind::Text, range: start..self.at });
        }
    }

    /// The inside of a string, a heredoc or a template file; true if it ended as it should.
    pub(super) fn template(&mut self, start: usize, ending: &Ending<'_>) -> bool {
        if self.depth > DEPTH {
            self.at = self.text.len();
            return true;
        }
        let mut directives: Vec<(&'static str, usize)> = Vec::new();
        let mut line_start = true;
        loop {
            if let (Ending::Marker(marker), true) = (ending, line_start) {
                let line = self.rest().lines().next().unwrap_or_default();
                let indent = line.len() - line.trim_start().len();
                let behind = line.trim_start().strip_prefix(marker);
                if behind.is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
                }) {
                    self.at += indent + marker.len();
                    break;
                }
            }
            line_start = false;
            let Some(c) = self.rest().chars().next() else {
                return self.end_of_text(start, ending, &directives);
            };
            match (c, ending) {
                ('"', Ending::Quote) => {
                    self.at += 1;
                    break;
                }
                ('\n', Ending::Quote) => {
                    self.broken_string(start);
                    return false;
                }
                ('\\', Ending::Quote) => self.escape(),
                ('\n', _) => {
                    line_start = true;
                    self.at += 1;
                }
                ('$' | '%', _)
                    if self.rest().starts_with("$${") || self.rest().starts_with("%%{") =>
                {
                    self.at += 3;
                }
                ('$' | '%', _) if self.rest()[1..].starts_with('{') => {
                    if !self.sequence(c, ending, &mut directives) {
                        return false;
                    }
                }
                _ => self.at += c.len_utf8(),
            }
        }
        self.open_directives(&directives);
        true
    }

    fn end_of_text(
        &mut self,
        start: usize,
        ending: &Ending<'_>,
        directives: &[(&'static str, usize)],
    ) -> bool {
        match ending {
            Ending::Quote => {
                self.broken_string(start);
                false
            }
            Ending::Marker(marker) => {
                let detail = format!("There is no line with the closing marker {marker}.");
                let end = start + self.text[start..].lines().next().unwrap_or_default().len();
                self.problem(start..end, "Unterminated heredoc", &detail, "");
                false
            }
            Ending::Text => {
                self.open_directives(directives);
                true
            }
        }
    }

    fn broken_string(&mut self, start: usize) {
        let line_end = self.at.max(start + 1);
        let closed_later = self.text[line_end..].trim_start().contains('"');
        let detail = if closed_later {
            "This string has no closing quote on its line; a quoted string may not go over \
             several lines."
        } else {
            "This string has no closing quote."
        };
        let hint = "Close it with \", or use \\n or a heredoc (<<EOT) for several lines.";
        self.problem(start..line_end, "Unterminated string", detail, hint);
        self.out.strict.extend(self.out.problems.last().cloned());
    }

    fn escape(&mut self) {
        let start = self.at;
        let rest = &self.rest()[1..];
        let selector = rest.chars().next();
        let hex = match selector {
            Some('u') => 4,
            Some('U') => 8,
            Some('n' | 'r' | 't' | '"' | '\\') => 0,
            // The end of the line is reported as the end of the string.
            None | Some('\n') => {
                self.at += 1;
                return;
            }
            Some(other) => {
                let detail = format!("\\{other} is not an escape sequence.");
                let hint = "There are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN; write \
                            \\\\ for a backslash.";
                let end = start + 1 + other.len_utf8();
                self.problem(start..end, "Invalid escape sequence", &detail, hint);
                self.at = end;
                return;
            }
        };
        let digits = rest.chars().skip(1).take(hex).take_while(char::is_ascii_hexdigit).count();
        if digits < hex {
            let detail = format!("This escape sequence needs {hex} hexadecimal digits.");
            self.problem(start..start + 2 + digits, "Invalid escape sequence", &detail, "");
        }
        self.at = start + 2 + digits;
    }

    /// `${ }` or `%{ }`; false if that cannot be finished, and the string with it.
    fn sequence(
        &mut self,
        c: char,
        ending: &Ending<'_>,
        directives: &mut Vec<(&'static str, usize)>,
    ) -> bool {
        let start = self.at;
        self.at += 2;
        if c == '%' {
            self.directive(start, directives);
        }
        let before = self.out.problems.len();
        let strict = self.out.strict.len();
        self.depth += 1;
        let end = self.code(Some(start));
        self.depth -= 1;
        if end == End::Closed {
            return true;
        }
        let quoted = matches!(ending, Ending::Quote);
        if end == End::Text || quoted {
            // Whatever was found behind it comes from here.
            self.out.problems.truncate(before);
            self.out.strict.truncate(strict);
            let line = self.text[start..].lines().next().unwrap_or_default().len();
            let end = if quoted { start + line } else { start + 2 };
            let detail = if quoted {
                "There is no closing } for this one before the end of the string."
            } else {
                "There is no closing } for this one."
            };
            let hint = format!("Write {c}{c}{{ if these two characters themselves are meant.");
            self.problem(start..end, "Unclosed template sequence", detail, &hint);
            self.at = if quoted { start + line } else { self.at };
        }
        false
    }

    fn directive(&mut self, start: usize, directives: &mut Vec<(&'static str, usize)>) {
        let rest = self.rest().trim_start_matches('~').trim_start();
        let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let word = rest[..length].to_owned();
        let end = start + (self.rest().len() - rest.len()) + 2 + length;
        let misplaced = "Unexpected template directive";
        match (word.as_str(), directives.last().map(|(word, _)| *word)) {
            ("if", _) => directives.push(("if", start)),
            ("for", _) => directives.push(("for", start)),
            ("else", Some("if")) => {
                if let Some(last) = directives.last_mut() {
                    last.0 = "else";
                }
            }
            ("endif", Some("if" | "else")) | ("endfor", Some("for")) => {
                directives.pop();
            }
            ("else", _) => self.problem(start..end, misplaced, "No %{ if } is open here.", ""),
            ("endif", _) => self.problem(start..end, misplaced, "No %{ if } is open here.", ""),
            ("endfor", _) => self.problem(start..end, misplaced, "No %{ for } is open here.", ""),
            (other, _) => {
                let detail = format!("\"{other}\" is not a template directive.");
                let hint = "There are if, else, endif, for and endfor; write %%{ if these two \
                            characters themselves are meant.";
                self.problem(start..end, "Invalid template directive", &detail, hint);
            }
        }
    }

    fn open_directives(&mut self, directives: &[(&'static str, usize)]) {
        for (word, at) in directives {
            let end = if *word == "for" { "endfor" } else { "endif" };
            let detail = format!("This directive has no %{{ {end} }}.");
            self.problem(*at..*at + 2, "Unclosed template directive", &detail, "");
        }
    }
}
