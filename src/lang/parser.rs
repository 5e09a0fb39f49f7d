//! Tokens to syntax. One that is wrong is told, and reading goes on at the next line: one mistake
//! does not hide the next.
mod body;
mod brackets;
mod collection;
mod expression;
mod template;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::is_nfc;

use crate::diagnostic::Checked;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::lang::Expr;
use crate::lang::Template;
use crate::lang::fault::Fault;
use crate::lang::lexer::Lexed;
use crate::lang::lexer::Token;
use crate::lang::lexer::TokenKind;
use crate::lang::lexer::lex;
use crate::lang::lexer::lex_template;
use crate::lang::syntax::Body;
use crate::lang::syntax::Expression;

/// More levels of brackets, blocks, operators and directives than this are refused. What is
/// evaluated, compared and dropped by recursion then fits on the stack.
const DEPTH: usize = 128;

/// Enough for that many levels, in a debug build too.
const STACK: usize = 32 << 20;

/// Expressions with fewer brackets and operators than this fit on any stack.
const SHALLOW: usize = 24;

/// What a piece of the grammar gives: itself, or the first mistake in it.
type Parsed<T> = Result<T, Fault>;

struct Parser<'t> {
    text: &'t str,
    /// Without comments; the end of the text is where they end.
    tokens: &'t [Token],
    at: usize,
    /// Inside of brackets the end of a line means nothing.
    loose: bool,
    depth: usize,
    faults: Vec<Fault>,
}

/// The syntax of a file, or everything that is wrong with it.
pub fn parse(source: &Arc<Source>) -> Checked<Option<Body>> {
    with_large_stack(|| {
        let (tokens, faults) = tokens(&source.text, lex(&source.text));
        let result = if faults.is_empty() {
            let mut parser = Parser::new(&source.text, &tokens);
            let body = parser.file();
            if parser.faults.is_empty() { Ok(body) } else { Err(parser.faults) }
        } else {
            Err(faults)
        };
        match result {
            Ok(body) => (Some(body), Vec::new()),
            Err(faults) => {
                (None, faults.into_iter().map(|fault| fault.in_source(source)).collect())
            }
        }
    })
}

/// An expression that stands alone, as after `-var` or in the console.
pub fn parse_expression(source: &Arc<Source>) -> Result<Expr, Diagnostic> {
    let ast = with_large_stack(|| expression(&source.text));
    match ast {
        Ok(ast) => Ok(Expr { source: source.clone(), ast: Arc::new(ast) }),
        Err(fault) => Err(fault.in_source(source)),
    }
}

/// A file that is a template.
pub fn parse_template(source: &Arc<Source>) -> Result<Template, Diagnostic> {
    match with_large_stack(|| template(&source.text)) {
        Ok(ast) => Ok(Template { source: source.clone(), ast: Arc::new(ast) }),
        Err(fault) => Err(fault.in_source(source)),
    }
}

pub(super) fn expression(text: &str) -> Parsed<Expression> {
    let (tokens, faults) = tokens(text, lex(text));
    if let Some(first) = faults.into_iter().next() {
        return Err(first);
    }
    let mut parser = Parser::new(text, &tokens);
    parser.skip_newlines();
    if parser.peek().is_none() {
        let detail = "Expected the start of an expression, but found the end of the text.";
        return Err(Fault::new(0..text.len(), "Missing expression").detail(detail));
    }
    let ast = parser.expression()?;
    parser.skip_newlines();
    match parser.peek() {
        None => Ok(ast),
        Some(_) => Err(parser.unexpected("the end of the expression")),
    }
}

pub(super) fn template(text: &str) -> Parsed<crate::lang::syntax::Template> {
    let (tokens, faults) = tokens(text, lex_template(text));
    if let Some(first) = faults.into_iter().next() {
        return Err(first);
    }
    Parser::new(text, &tokens).template(false)
}

/// The tokens that the parser looks at, and what is wrong with them: comments are left out, and
/// where one ended a line that is all that is left of it.
fn tokens(text: &str, lexed: Lexed) -> (Vec<Token>, Vec<Fault>) {
    let Lexed { tokens, mut faults, torn } = lexed;
    if !torn {
        faults.extend(brackets::check(text, &tokens));
        faults.sort_by_key(|fault| fault.range.start);
    }
    let tokens = tokens.into_iter().filter_map(|token| match token.kind {
        TokenKind::Comment if text[..token.range.end].ends_with('\n') => {
            let range = token.range.end - 1..token.range.end;
            Some(Token { kind: TokenKind::Newline, range })
        }
        TokenKind::Comment => None,
        _ => Some(token),
    });
    (tokens.collect(), faults)
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, tokens: &'t [Token]) -> Self {
        Self { text, tokens, at: 0, loose: false, depth: 0, faults: Vec::new() }
    }

    /// The token at hand.
    fn peek(&mut self) -> Option<TokenKind> {
        if self.loose {
            self.skip_newlines();
        }
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// The token behind it.
    fn peek_behind(&mut self) -> Option<TokenKind> {
        self.peek()?;
        let mut rest = self.tokens[self.at + 1..].iter().map(|token| token.kind);
        if self.loose { rest.find(|kind| *kind != TokenKind::Newline) } else { rest.next() }
    }

    fn skip_newlines(&mut self) {
        while self.tokens.get(self.at).is_some_and(|token| token.kind == TokenKind::Newline) {
            self.at += 1;
        }
    }

    /// Where the token at `at` stands; behind the last one that is the end of the text.
    fn range_at(&self, at: usize) -> Range<usize> {
        let end = self.text.len();
        self.tokens.get(at).map_or(end..end, |token| token.range.clone())
    }

    /// Where the token at hand stands.
    fn range(&mut self) -> Range<usize> {
        self.peek();
        self.range_at(self.at)
    }

    /// Where what was read last ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |at| self.range_at(at).end)
    }

    /// The text of the token at hand.
    fn word(&mut self) -> &'t str {
        let range = self.range();
        self.text.get(range).unwrap_or_default()
    }

    /// Goes on; gives what was passed.
    fn next(&mut self) -> Range<usize> {
        let range = self.range();
        self.at += 1;
        range
    }

    /// Goes on if the token at hand is of this kind.
    fn accept(&mut self, kind: TokenKind) -> bool {
        let found = self.peek() == Some(kind);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, kind: TokenKind, what: &str) -> Parsed<Range<usize>> {
        if self.peek() == Some(kind) { Ok(self.next()) } else { Err(self.unexpected(what)) }
    }

    /// The token at hand is not what can stand here.
    fn unexpected(&mut self, expected: &str) -> Fault {
        let range = self.range();
        let found = match self.text.get(range.clone()) {
            None | Some("") => "the end of the text".to_owned(),
            Some("\n" | "\r\n") => "the end of the line".to_owned(),
            Some(text) if text.len() > 40 || text.contains('\n') => "text".to_owned(),
            Some(text) => format!("`{text}`"),
        };
        let detail = format!("Unexpected {found} here; expected {expected}.");
        Fault::new(range, "Invalid expression").detail(detail)
    }

    /// Reads something in which the ends of lines mean nothing, or in which they do.
    fn within<T>(&mut self, loose: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.loose, loose);
        let result = read(self);
        self.loose = before;
        result
    }

    /// Reads something that is one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH {
            let range = self.range();
            let detail = format!("This is nested too deeply: more than {DEPTH} levels.");
            let fault = Fault::new(range, "Expression too deep").detail(detail);
            return Err(fault.hint("Name parts of it in a locals block."));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}

/// Text in normal form C, as every string of the language is.
pub(super) fn normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Runs `work` where deep recursion has room.
pub(super) fn with_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work) {
            Ok(handle) => match handle.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Err(error) => panic!("the operating system gives no thread to parse on: {error}"),
        }
    })
}

/// Runs `work` on the syntax of `text`: here if that cannot go deep, else where there is room.
pub(super) fn with_room_for<T: Send>(text: &str, work: impl FnOnce() -> T + Send) -> T {
    let steps = text.bytes().filter(|byte| b"([{?!-+*/%<>=&|".contains(byte)).take(SHALLOW);
    if steps.count() < SHALLOW { work() } else { with_large_stack(work) }
}
