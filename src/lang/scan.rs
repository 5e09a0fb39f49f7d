//! A look at the text itself, for what the parser explains badly: quotes, brackets, comments and
//! characters that the language does not have.
mod template;

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;

use template::Ending;

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
    /// Ends of lines, and comments, that mean nothing where they stand, but which the parser does
    /// not expect there: in a `for` and in a template directive.
    pub(super) blanks: Vec<Range<usize>>,
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
                    if self.is_blank(inside, &open) {
                        self.out.blanks.push(start..start + 1);
                    }
                    self.token(TokenKind::Newline, 1);
                    // A block header at the margin, inside another block: that one lacks its end.
                    if inside.is_none() && suspect.is_none() && !open.is_empty() && self.is_header()
                    {
                        suspect = open.last().copied();
                    }
                }
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '#' | '/' if c == '#' || self.rest().starts_with("//") => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                    if self.is_blank(inside, &open) {
                        self.out.blanks.push(start..self.at);
                    }
                }
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

    /// Whether the end of a line means nothing here: directly inside of the brackets of a `for`,
    /// or of `%{ }`.
    fn is_blank(&self, inside: Option<usize>, open: &[(char, usize)]) -> bool {
        match (open.last(), inside) {
            (Some(('[' | '{', at)), _) => {
                let behind = self.text[at + 1..].trim_start().strip_prefix("for");
                behind.is_some_and(|behind| behind.starts_with(|c: char| c.is_whitespace()))
            }
            (Some(_), _) | (None, None) => false,
            (None, Some(_)) => true,
        }
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
