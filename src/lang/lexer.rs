//! Text to tokens, those of HCL's specification. The parser reads them, and so does the formatter,
//! which is why every byte that is not a space between two tokens is part of one.
//!
//! Never recursive: what is inside of what is kept on a stack, whose height is bounded.
mod text;

use std::ops::Range;

use crate::lang::fault::Fault;

/// A piece of text that means something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Number,
    Newline,
    /// One that ends with its line has the end of the line in it.
    Comment,
    /// `(`, `[`, `{`
    Open(char),
    /// `)`, `]`, `}`
    Close(char),
    /// `"` in front of a quoted text, and behind it.
    OpenQuote,
    CloseQuote,
    /// Text in quotes, as it is written.
    Quoted,
    /// `<<EOT` and the end of its line.
    OpenHeredoc,
    /// The marker at the end, with the space in front of it.
    CloseHeredoc,
    /// Text in a heredoc or in a template file, at most a line.
    Text,
    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// `}` or `~}` behind either.
    CloseSequence,
    /// `=`
    Assign,
    Comma,
    Dot,
    /// `...`
    Ellipsis,
    /// `=>`
    Arrow,
    Colon,
    /// `::`
    DoubleColon,
    Question,
    /// `!`
    Not,
    Minus,
    Star,
    /// Any other operator with two sides.
    Operator,
    /// What the language does not have; there is a fault that says so.
    Invalid,
}

/// Tokens, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) faults: Vec<Fault>,
    /// Something has no end, so that nobody knows what the brackets behind it belong to.
    pub(super) torn: bool,
}

/// Strings in interpolations in strings: nobody needs more levels.
const DEPTH: usize = 64;
/// A text with more unclosed templates than this is not looked at further: what follows each of
/// them has to be read again.
const RESTARTS: usize = 20;

/// What the text at hand stands in.
struct Inside {
    what: Place,
    /// Where it begins.
    start: usize,
    /// How much had been found before it.
    tokens: usize,
    faults: usize,
}

enum Place {
    Quote,
    Heredoc {
        marker: String,
        line_start: bool,
    },
    File,
    /// `${ }` or `%{ }`, with the braces that are open in it.
    Sequence {
        braces: usize,
    },
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    inside: Vec<Inside>,
    out: Lexed,
    restarts: usize,
}

/// The tokens of a file.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer::new(text);
    // Some editors put a byte order mark first. It means nothing.
    lexer.at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    lexer.run()
}

/// The tokens of a file that is a template.
pub(super) fn lex_template(text: &str) -> Lexed {
    let mut lexer = Lexer::new(text);
    lexer.enter(Place::File, 0);
    lexer.run()
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, inside: Vec::new(), out: Lexed::default(), restarts: 0 }
    }

    fn run(mut self) -> Lexed {
        loop {
            if self.at >= self.text.len() {
                if self.end_of_text() {
                    return self.out;
                }
                continue;
            }
            if self.inside.len() > DEPTH {
                let fault = Fault::new(self.at..self.at + 1, "Expression too deep");
                let fault = fault.detail("Templates are nested too deeply here.");
                self.out.faults.push(fault.hint("Name parts of it in a locals block."));
                return self.out;
            }
            match self.inside.last().map(|inside| &inside.what) {
                None | Some(Place::Sequence { .. }) => self.code(),
                Some(Place::Quote) => self.quoted(),
                Some(Place::Heredoc { .. }) => self.heredoc_text(),
                Some(Place::File) => self.template_text(),
            }
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn token(&mut self, kind: TokenKind, length: usize) {
        self.out.tokens.push(Token { kind, range: self.at..self.at + length });
        self.at += length;
    }

    fn fault(&mut self, range: Range<usize>, summary: &'static str, detail: &str, hint: &str) {
        self.out.faults.push(Fault::new(range, summary).detail(detail).hint(hint));
    }

    fn enter(&mut self, what: Place, start: usize) {
        let (tokens, faults) = (self.out.tokens.len(), self.out.faults.len());
        self.inside.push(Inside { what, start, tokens, faults });
    }

    /// One token of code.
    fn code(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        match c {
            ' ' | '\t' => self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len(),
            '\n' => self.token(TokenKind::Newline, 1),
            '\r' if rest.starts_with("\r\n") => self.token(TokenKind::Newline, 2),
            '#' => self.line_comment(),
            '/' if rest.starts_with("//") => self.line_comment(),
            '/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(length) => self.token(TokenKind::Comment, length + 2),
                None => {
                    let range = self.at..self.at + 2;
                    let hint = "End it with */ .";
                    self.fault(range, "Unclosed comment", "This comment has no end.", hint);
                    self.out.torn = true;
                    self.token(TokenKind::Comment, rest.len());
                }
            },
            '"' => {
                self.enter(Place::Quote, self.at);
                self.token(TokenKind::OpenQuote, 1);
            }
            '<' if text::is_heredoc(rest) => self.open_heredoc(),
            '(' | '[' | '{' => {
                if let Some(Place::Sequence { braces }) = self.place() {
                    *braces += usize::from(c == '{');
                }
                self.token(TokenKind::Open(c), 1);
            }
            ')' | ']' => self.token(TokenKind::Close(c), 1),
            '}' => self.close_brace(1),
            '~' if rest.starts_with("~}") => self.close_brace(2),
            c if c == '_' || c.is_alphabetic() => {
                let word = |c: char| c == '_' || c == '-' || c.is_alphanumeric();
                let length = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
                self.token(TokenKind::Word, length);
            }
            c if c.is_ascii_digit() => self.token(TokenKind::Number, number_length(rest)),
            _ => self.punctuation(c),
        }
    }

    fn place(&mut self) -> Option<&mut Place> {
        self.inside.last_mut().map(|inside| &mut inside.what)
    }

    fn line_comment(&mut self) {
        let rest = self.rest();
        let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
        self.token(TokenKind::Comment, length);
    }

    fn close_brace(&mut self, length: usize) {
        match self.place() {
            Some(Place::Sequence { braces: 0 }) => {
                self.inside.pop();
                self.token(TokenKind::CloseSequence, length);
            }
            Some(Place::Sequence { braces }) if length == 1 => {
                *braces -= 1;
                self.token(TokenKind::Close('}'), 1);
            }
            _ if length == 1 => self.token(TokenKind::Close('}'), 1),
            _ => self.invalid(1, "The \"~\" character is not used here.", ""),
        }
    }

    fn invalid(&mut self, length: usize, detail: &str, hint: &str) {
        self.fault(self.at..self.at + length, "Invalid character", detail, hint);
        self.token(TokenKind::Invalid, length);
    }

    fn punctuation(&mut self, c: char) {
        let rest = self.rest();
        let long = match rest.as_bytes() {
            [b'.', b'.', b'.', ..] => Some((TokenKind::Ellipsis, 3)),
            [b'=', b'>', ..] => Some((TokenKind::Arrow, 2)),
            [b':', b':', ..] => Some((TokenKind::DoubleColon, 2)),
            [b'=' | b'!' | b'<' | b'>', b'=', ..] | [b'&', b'&', ..] | [b'|', b'|', ..] => {
                Some((TokenKind::Operator, 2))
            }
            _ => None,
        };
        if let Some((kind, length)) = long {
            return self.token(kind, length);
        }
        let kind = match c {
            '=' => TokenKind::Assign,
            ',' => TokenKind::Comma,
            '.' => TokenKind::Dot,
            ':' => TokenKind::Colon,
            '?' => TokenKind::Question,
            '!' => TokenKind::Not,
            '-' => TokenKind::Minus,
            '*' => TokenKind::Star,
            '+' | '/' | '%' | '<' | '>' => TokenKind::Operator,
            _ => return self.stranger(c),
        };
        self.token(kind, 1);
    }

    /// A character that the language does not have; most come from another one, or from a document.
    fn stranger(&mut self, c: char) {
        let rest = self.rest();
        match c {
            '\'' => {
                let line = rest.lines().next().unwrap_or_default();
                let length = line[1..].find('\'').map_or(1, |end| end + 2);
                let hint = "Use double quotes (\") to enclose strings.";
                self.invalid(length, "Single quotes are not valid.", hint);
            }
            '“' | '”' | '„' | '‘' | '’' => {
                let detail = "Curly quotes are not valid here. They get in when text comes by \
                              way of a document or a chat.";
                self.invalid(c.len_utf8(), detail, "Use straight quotes (\").");
            }
            '`' => {
                let hint = "For a multi-line string use a heredoc: <<EOT, the lines, EOT.";
                self.invalid(1, "The \"`\" character is not valid.", hint);
            }
            ';' => {
                let hint = "Separate arguments and blocks by newlines, members of collections by \
                            commas.";
                self.invalid(1, "The \";\" character is not valid.", hint);
            }
            '&' | '|' | '^' => {
                let hint = match c {
                    '&' => "Did you mean boolean AND (\"&&\")?",
                    '|' => "Did you mean boolean OR (\"||\")?",
                    _ => "",
                };
                let detail = "Bitwise operators are not supported.";
                self.fault(self.at..self.at + 1, "Unsupported operator", detail, hint);
                self.token(TokenKind::Invalid, 1);
            }
            c if c.is_whitespace() => {
                let detail = "This is a space of another sort than the plain one. Such spaces get \
                              in when text comes by way of a document or a web page.";
                self.invalid(c.len_utf8(), detail, "Replace it by a plain space.");
            }
            _ => {
                let shown: String = c.escape_default().collect();
                let shown = if c.is_control() { shown } else { c.to_string() };
                let detail = format!("The character {shown} is not used within the language.");
                self.invalid(c.len_utf8(), &detail, "");
            }
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
