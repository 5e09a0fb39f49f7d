//! A look at the text itself, for what the parser explains badly: quotes, brackets, comments and
//! characters that the language does not have.
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;

/// What the text consists of.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// The tokens outside of strings, a newline being one.
    pub(super) tokens: Vec<Token>,
    /// What is wrong.
    pub(super) problems: Vec<Diagnostic>,
    /// Those of the problems that the parser would let pass.
    pub(super) strict: Vec<Diagnostic>,
    /// Heredocs without a line. The parser takes what follows for their content.
    pub(super) empty_heredocs: Vec<Range<usize>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Number,
    Text,
    Newline,
    Open(char),
    Close(char),
    /// `=`
    Assign,
    Comma,
    Dot,
    /// An operator that needs something behind it.
    Operator,
    /// Anything else.
    Other,
}

/// Interpolations within strings within interpolations: more levels than the parser takes.
const DEPTH: usize = 70;

struct Scanner<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    at: usize,
    out: Scanned,
    depth: usize,
}

/// How a piece of code ended.
#[derive(PartialEq, Eq)]
enum End {
    Closed,
    Text,
    /// A string inside it did not end on its line.
    BrokenString,
}

pub(super) fn scan(source: &Arc<Source>, text: &str) -> Scanned {
    let mut scanner = Scanner { source, text, at: 0, out: Scanned::default(), depth: 0 };
    scanner.code(None);
    scanner.out
}

/// What is wrong with a file that is a template.
pub(super) fn scan_template(source: &Arc<Source>, text: &str) -> Vec<Diagnostic> {
    let mut scanner = Scanner { source, text, at: 0, out: Scanned::default(), depth: 0 };
    scanner.template(0, &Ending::Text);
    scanner.out.problems
}

/// Where a template ends.
enum Ending<'a> {
    Quote,
    Marker(&'a str),
    Text,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn problem(&mut self, range: Range<usize>, summary: &str, detail: &str, hint: &str) {
        let span = Span { source: self.source.clone(), range };
        let problem = Diagnostic::error(summary, detail).at(span);
        let problem = if hint.is_empty() { problem } else { problem.hint(hint) };
        self.out.problems.push(problem);
    }

    fn token(&mut self, kind: TokenKind, length: usize) {
        if self.depth == 0 {
            self.out.tokens.push(Token { kind, range: self.at..self.at + length });
        }
        self.at += length;
    }

    /// Code up to the end of the text, or to the `}` of an interpolation that starts at `inside`.
    fn code(&mut self, inside: Option<usize>) -> End {
        let mut open: Vec<(char, usize)> = Vec::new();
        let mut suspect = None;
        while let Some(c) = self.rest().chars().next() {
            let start = self.at;
            match c {
                '\n' => {
                    self.token(TokenKind::Newline, 1);
                    // A block header at the margin, inside another block: that one lacks its end.
                    if inside.is_none() && suspect.is_none() && !open.is_empty() && self.is_header()
                    {
                        suspect = open.last().copied();
                    }
                }
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '#' => self.line_comment(),
                '/' if self.rest().starts_with("//") => self.line_comment(),
                '/' if self.rest().starts_with("/*") => match self.rest().find("*/") {
                    Some(length) => self.at += length + 2,
                    None => {
                        let detail = "This comment has no end.";
                        let hint = "End it with */ .";
                        self.problem(start..start + 2, "Unclosed comment", detail, hint);
                        self.at = self.text.len();
                    }
                },
                '"' => {
                    if !self.string() && inside.is_some() {
                        return End::BrokenString;
                    }
                }
                '<' if self.is_heredoc() => self.heredoc(),
                '(' | '[' | '{' => {
                    open.push((c, start));
                    self.token(TokenKind::Open(c), 1);
                }
                '}' if inside.is_some() && open.is_empty() => {
                    self.at += 1;
                    return End::Closed;
                }
                ')' | ']' | '}' => {
                    self.close(c, &mut open, inside);
                    self.token(TokenKind::Close(c), 1);
                }
                c if c == '_' || c.is_alphabetic() => {
                    let word = |c: char| c == '_' || c == '-' || c.is_alphanumeric();
                    let length = self.rest().find(|c: char| !word(c));
                    let length = length.unwrap_or(self.rest().len());
                    self.token(TokenKind::Word, length);
                }
                c if c.is_ascii_digit() => {
                    let length = number_length(self.rest());
                    self.token(TokenKind::Number, length);
                }
                _ => self.punctuation(c),
            }
        }
        if let (None, Some(&innermost)) = (inside, open.last()) {
            let (c, at) = suspect.unwrap_or(innermost);
            self.unclosed(c, at);
        }
        End::Text
    }

    fn line_comment(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Whether a line such as `resource "a" "b" {` starts here.
    fn is_header(&self) -> bool {
        let line = self.rest().lines().next().unwrap_or_default().trim_end();
        let word = line.split([' ', '{', '"']).next().unwrap_or_default();
        let known = [
            "check",
            "data",
            "drctl",
            "import",
            "locals",
            "module",
            "moved",
            "output",
            "provider",
            "removed",
            "resource",
            "terraform",
            "variable",
        ];
        line.ends_with('{') && known.contains(&word)
    }

    fn unclosed(&mut self, c: char, at: usize) {
        let (summary, detail) = match c {
            '{' => ("Unclosed brace", "There is no closing } for this one."),
            '[' => ("Unclosed bracket", "There is no closing ] for this one."),
            _ => ("Unclosed parenthesis", "There is no closing ) for this one."),
        };
        let hint = "It may also be that one further up or down is missing or too many.";
        self.problem(at..at + 1, summary, detail, if c == '{' { hint } else { "" });
    }

    fn close(&mut self, c: char, open: &mut Vec<(char, usize)>, inside: Option<usize>) {
        let matching = match c {
            ')' => '(',
            ']' => '[',
            _ => '{',
        };
        match open.iter().rposition(|(other, _)| *other == matching) {
            Some(position) => {
                for (other, at) in open.drain(position + 1..).collect::<Vec<_>>() {
                    self.unclosed(other, at);
                }
                open.truncate(position);
            }
            None if c == '}' && inside.is_some() => {}
            None => {
                let detail = format!("Nothing that this {c} could close is open here.");
                self.problem(self.at..self.at + 1, "Unexpected closing bracket", &detail, "");
            }
        }
    }

    fn punctuation(&mut self, c: char) {
        let start = self.at;
        let rest = self.rest();
        let pair = rest.get(..2).unwrap_or_default();
        if rest.starts_with("...") {
            return self.token(TokenKind::Other, 3);
        }
        if matches!(pair, "==" | "!=" | "<=" | ">=" | "&&" | "||") {
            return self.token(TokenKind::Operator, 2);
        }
        if matches!(pair, "=>" | "::") {
            return self.token(TokenKind::Other, 2);
        }
        match c {
            '=' => return self.token(TokenKind::Assign, 1),
            ',' => return self.token(TokenKind::Comma, 1),
            '.' => return self.token(TokenKind::Dot, 1),
            '+' | '-' | '/' | '%' | '<' | '>' | '!' | '?' => {
                return self.token(TokenKind::Operator, 1);
            }
            // A splat looks the same as a product; what is in front of it tells.
            '*' => {
                let before = self.text[..start].trim_end();
                let splat = before.ends_with(['.', '[']);
                let kind = if splat { TokenKind::Other } else { TokenKind::Operator };
                return self.token(kind, 1);
            }
            ':' => return self.token(TokenKind::Other, 1),
            '~' if self.depth > 0 => return self.token(TokenKind::Other, 1),
            _ => {}
        }
        let invalid = "Invalid character";
        let mut length = c.len_utf8();
        match c {
            '\'' => {
                let line = rest.lines().next().unwrap_or_default();
                length = line[1..].find('\'').map_or(1, |end| end + 2);
                let detail = "Single quotes are not valid.";
                let hint = "Use double quotes (\") to enclose strings.";
                self.problem(start..start + length, invalid, detail, hint);
            }
            '“' | '”' | '„' | '‘' | '’' => {
                let detail = "Curly quotes are not valid here. They get in when text comes by \
                              way of a document or a chat.";
                self.problem(start..start + length, invalid, detail, "Use straight quotes (\").");
            }
            '`' => {
                let detail = "The \"`\" character is not valid.";
                let hint = "For a multi-line string use a heredoc: <<EOT, the lines, EOT.";
                self.problem(start..start + length, invalid, detail, hint);
            }
            ';' => {
                let detail = "The \";\" character is not valid.";
                let hint = "Separate arguments and blocks by newlines, members of collections by \
                            commas.";
                self.problem(start..start + length, invalid, detail, hint);
            }
            '&' | '|' | '^' => {
                let detail = "Bitwise operators are not supported.";
                let hint = match c {
                    '&' => "Did you mean boolean AND (\"&&\")?",
                    '|' => "Did you mean boolean OR (\"||\")?",
                    _ => "",
                };
                self.problem(start..start + length, "Unsupported operator", detail, hint);
            }
            _ => {
                let shown: String = c.escape_default().collect();
                let shown = if c.is_control() { shown } else { c.to_string() };
                let detail = format!("The character {shown} is not used within the language.");
                self.problem(start..start + length, invalid, &detail, "");
            }
        }
        self.token(TokenKind::Other, length);
    }

    /// A quoted string; false if it does not end on its line.
    fn string(&mut self) -> bool {
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

    fn is_heredoc(&self) -> bool {
        let rest = self.rest();
        let marker = rest.strip_prefix("<<").map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        marker.is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_alphabetic()))
    }

    fn heredoc(&mut self) {
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
    fn template(&mut self, start: usize, ending: &Ending<'_>) -> bool {
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
        let digits = rest.chars().skip(1).take(hex).filter(char::is_ascii_hexdigit).count();
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

fn number_length(rest: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(rest);
    if let Some(fraction) = rest[length..].strip_prefix('.').map(digits)
        && fraction > 0
    {
        length += 1 + fraction;
    }
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let size = digits(&exponent[sign..]);
        if size > 0 {
            length += 1 + sign + size;
        }
    }
    length
}
