//! Templates: quoted strings, heredocs and template files.
use crate::lang::fault::Fault;
use crate::lang::lexer::TokenKind;
use crate::lang::parser::DEPTH;
use crate::lang::parser::Parsed;
use crate::lang::parser::Parser;
use crate::lang::parser::normal;
use crate::lang::syntax::Choice;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Part;
use crate::lang::syntax::Repetition;
use crate::lang::syntax::Template;
use crate::lang::syntax::Word;

/// A template as a flat row of pieces. Flat, because `~` and the indentation of `<<-` look at the
/// neighbour in the text, whatever directive it belongs to.
struct Piece {
    kind: PieceKind,
    /// `~` at the start: strip space before; at the end: strip space behind.
    strip: (bool, bool),
    /// Where it begins, and where its keyword ends.
    start: usize,
    end: usize,
}

enum PieceKind {
    Text(String),
    Value(Expression),
    If(Expression),
    Else,
    EndIf,
    For(Option<Word>, Word, Expression),
    EndFor,
}

/// A directive that is open, with what has been read of it.
struct Open {
    directive: Directive,
    start: usize,
    parts: Vec<Part>,
}

enum Directive {
    If(Expression),
    /// The arm in front of the `else`.
    Else(Expression, Template),
    For(Option<Word>, Word, Expression),
}

impl Parser<'_> {
    pub(super) fn quoted(&mut self) -> Parsed<Expression> {
        let start = self.next().start;
        let mut pieces = self.pieces(true)?;
        let end = self.expect(TokenKind::CloseQuote, "`\"`")?.end;
        strip(&mut pieces);
        self.text_or_template(pieces, start..end)
    }

    pub(super) fn heredoc(&mut self) -> Parsed<Expression> {
        let indented = self.word().starts_with("<<-");
        let start = self.next().start;
        let mut pieces = self.pieces(false)?;
        let end = self.expect(TokenKind::CloseHeredoc, "the end of the heredoc")?.end;
        strip(&mut pieces);
        if indented {
            dedent(&mut pieces);
        }
        self.text_or_template(pieces, start..end)
    }

    /// A template that is all of the text, or the inside of something.
    pub(super) fn template(&mut self, quoted: bool) -> Parsed<Template> {
        let mut pieces = self.pieces(quoted)?;
        strip(&mut pieces);
        self.nested(pieces)
    }

    fn text_or_template(
        &mut self,
        pieces: Vec<Piece>,
        range: std::ops::Range<usize>,
    ) -> Parsed<Expression> {
        let plain = pieces.iter().all(|piece| matches!(piece.kind, PieceKind::Text(_)));
        let kind = if plain {
            let mut text = String::new();
            for piece in &pieces {
                if let PieceKind::Text(part) = &piece.kind {
                    text.push_str(part);
                }
            }
            Kind::Text(normal(&text).into_owned())
        } else {
            Kind::Template(self.nested(pieces)?)
        };
        Ok(Expression { kind, range })
    }

    fn pieces(&mut self, quoted: bool) -> Parsed<Vec<Piece>> {
        self.within(false, |parser| {
            let mut pieces = Vec::new();
            loop {
                let word = parser.word();
                let start = parser.range().start;
                let kind = match parser.peek() {
                    Some(TokenKind::Quoted | TokenKind::Text) => {
                        let text = if quoted { unescape_quoted(word) } else { unescape(word) };
                        let end = parser.next().end;
                        let kind = PieceKind::Text(text);
                        pieces.push(Piece { kind, strip: (false, false), start, end });
                        continue;
                    }
                    Some(kind @ (TokenKind::OpenInterpolation | TokenKind::OpenDirective)) => kind,
                    _ => return Ok(pieces),
                };
                let piece = parser.within(true, |parser| parser.sequence(kind))?;
                pieces.push(piece);
            }
        })
    }

    /// `${ }` or `%{ }`
    fn sequence(&mut self, kind: TokenKind) -> Parsed<Piece> {
        let before = self.word().ends_with('~');
        let start = self.next().start;
        let (kind, end) = if kind == TokenKind::OpenInterpolation {
            let value = self.expression()?;
            let end = value.range.end;
            (PieceKind::Value(value), end)
        } else {
            self.directive(start)?
        };
        let behind = self.word().starts_with('~');
        self.expect(TokenKind::CloseSequence, "`}`")?;
        Ok(Piece { kind, strip: (before, behind), start, end })
    }

    fn directive(&mut self, start: usize) -> Parsed<(PieceKind, usize)> {
        let word = if self.peek() == Some(TokenKind::Word) { self.word() } else { "" };
        let end = if word.is_empty() { start + 2 } else { self.next().end };
        let kind = match word {
            "if" => PieceKind::If(self.expression()?),
            "else" => PieceKind::Else,
            "endif" => PieceKind::EndIf,
            "for" => {
                let (key, value, collection) = self.for_intro()?;
                PieceKind::For(key, value, collection)
            }
            "endfor" => PieceKind::EndFor,
            other => {
                let detail = format!("\"{other}\" is not a template directive.");
                let hint = "There are if, else, endif, for and endfor; write %%{ if these two \
                            characters themselves are meant.";
                let fault = Fault::new(start..end, "Invalid template directive");
                return Err(fault.detail(detail).hint(hint));
            }
        };
        Ok((kind, end))
    }

    /// The row of pieces as directives that have their parts inside.
    fn nested(&mut self, pieces: Vec<Piece>) -> Parsed<Template> {
        let mut open: Vec<Open> = Vec::new();
        let mut parts = Vec::new();
        for Piece { kind, strip: _, start, end } in pieces {
            let directive = match (kind, open.pop()) {
                (PieceKind::Text(text), last) => {
                    open.extend(last);
                    parts.push(Part::Text(text));
                    continue;
                }
                (PieceKind::Value(value), last) => {
                    open.extend(last);
                    parts.push(Part::Value(value));
                    continue;
                }
                (PieceKind::If(condition), last) => {
                    open.extend(last);
                    Directive::If(condition)
                }
                (PieceKind::For(key, value, collection), last) => {
                    open.extend(last);
                    Directive::For(key, value, collection)
                }
                (
                    PieceKind::Else,
                    Some(Open { directive: Directive::If(condition), start, parts: outer }),
                ) => {
                    let yes = Template { parts: std::mem::take(&mut parts) };
                    let directive = Directive::Else(condition, yes);
                    open.push(Open { directive, start, parts: outer });
                    continue;
                }
                (
                    PieceKind::EndIf,
                    Some(Open { directive: Directive::If(condition), parts: outer, .. }),
                ) => {
                    let yes = Template { parts: std::mem::replace(&mut parts, outer) };
                    parts.push(Part::If(Choice { condition, yes, no: Template::default() }));
                    continue;
                }
                (
                    PieceKind::EndIf,
                    Some(Open { directive: Directive::Else(condition, yes), parts: outer, .. }),
                ) => {
                    let no = Template { parts: std::mem::replace(&mut parts, outer) };
                    parts.push(Part::If(Choice { condition, yes, no }));
                    continue;
                }
                (
                    PieceKind::EndFor,
                    Some(Open {
                        directive: Directive::For(key, value, collection),
                        parts: outer,
                        ..
                    }),
                ) => {
                    let body = Template { parts: std::mem::replace(&mut parts, outer) };
                    parts.push(Part::For(Repetition { key, value, collection, body }));
                    continue;
                }
                (kind, _) => {
                    let word = if matches!(kind, PieceKind::EndFor) { "for" } else { "if" };
                    let detail = format!("No %{{ {word} }} is open here.");
                    let fault = Fault::new(start..end, "Unexpected template directive");
                    return Err(fault.detail(detail));
                }
            };
            if open.len() + self.depth >= DEPTH {
                let detail = "Directives are nested too deeply here.";
                return Err(Fault::new(start..end, "Expression too deep").detail(detail));
            }
            open.push(Open { directive, start, parts: std::mem::take(&mut parts) });
        }
        match open.first() {
            None => Ok(Template { parts }),
            Some(Open { directive, start, .. }) => {
                let end = if matches!(directive, Directive::For(..)) { "endfor" } else { "endif" };
                let detail = format!("This directive has no %{{ {end} }}.");
                let fault = Fault::new(*start..*start + 2, "Unclosed template directive");
                Err(fault.detail(detail))
            }
        }
    }
}

/// `~` takes the space off the literal next to it.
fn strip(pieces: &mut [Piece]) {
    for at in 0..pieces.len() {
        let (before, behind) = pieces[at].strip;
        if before
            && at > 0
            && let PieceKind::Text(text) = &mut pieces[at - 1].kind
        {
            text.truncate(text.trim_end().len());
        }
        if behind && let Some(Piece { kind: PieceKind::Text(text), .. }) = pieces.get_mut(at + 1) {
            *text = text.trim_start().to_owned();
        }
    }
}

/// `<<-` takes off every line what the least indented line has. A line that is only space does
/// not count; a line that starts with `${` has no indentation.
fn dedent(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut line_start = true;
    let mut starts = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let literal = match &piece.kind {
            PieceKind::Text(text) => Some(text.as_str()),
            _ => None,
        };
        if line_start {
            line_start = false;
            match literal {
                Some(text) if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Some(text) => {
                    starts.push(at);
                    least = least.min(text.chars().take_while(|c| c.is_whitespace()).count());
                }
                None => least = 0,
            }
        }
        if literal.is_some_and(|text| text.ends_with('\n')) {
            line_start = true;
        }
    }
    for at in starts {
        if let PieceKind::Text(text) = &mut pieces[at].kind {
            *text = text.chars().skip(least).collect();
        }
    }
}

/// Outside quotes only these two have an escape.
fn unescape(text: &str) -> String {
    text.replace("$${", "${").replace("%%{", "%{")
}

/// Inside quotes there are those of the backslash too.
pub(super) fn unescape_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&unescape(&rest[..at]));
        let selector = rest[at + 1..].chars().next();
        let digits = match selector {
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let behind = at + 1 + selector.map_or(0, char::len_utf8);
        let code = rest.get(behind..behind + digits);
        match selector {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u' | 'U') => {
                let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
                out.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = rest.get(behind + digits..).unwrap_or_default();
    }
    out.push_str(&unescape(rest));
    out
}
