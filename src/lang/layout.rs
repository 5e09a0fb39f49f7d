//! The layout of files, as `terraform fmt` has it: indentation by brackets, one space between
//! tokens, equals signs and comments of neighbouring lines below each other.
//!
//! Tokens are moved, and only a few are written anew; comments, heredocs and empty lines stay.
mod lines;
mod rewrite;
mod spaces;

use std::borrow::Cow;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::lang::lexer::TokenKind;
use crate::lang::lexer::lex;
use crate::lang::parser;

/// A token, and the spaces in front of it.
#[derive(Debug, Clone)]
struct Piece<'t> {
    kind: TokenKind,
    text: Cow<'t, str>,
    /// Where it stands in the text; what is written anew has the place of what it replaces.
    start: usize,
    spaces: usize,
}

/// Rewriting a text may lay bare another piece that is to be rewritten, at most at each level.
const ROUNDS: usize = 128;

/// The text of a file in its canonical form, or everything that is wrong with its syntax.
pub fn layout(source: &Arc<Source>) -> Result<String, Vec<Diagnostic>> {
    let mut current = source.clone();
    for _ in 0..ROUNDS {
        let next = once(&current)?;
        if next == current.text {
            return Ok(next);
        }
        current = Arc::new(Source { name: source.name.clone(), text: next });
    }
    Ok(current.text.clone())
}

fn once(source: &Arc<Source>) -> Result<String, Vec<Diagnostic>> {
    let (body, problems) = parser::parse(source);
    let Some(body) = body else { return Err(problems) };
    let text = &source.text;
    let pieces = lex(text).tokens.into_iter().map(|token| Piece {
        kind: token.kind,
        text: Cow::Borrowed(&text[token.range.clone()]),
        start: token.range.start,
        spaces: 0,
    });
    let mut pieces = rewrite::rewrite(pieces.collect(), &body);
    lines::arrange(&mut pieces);
    let mut out = String::with_capacity(text.len());
    for piece in &pieces {
        out.extend(std::iter::repeat_n(' ', piece.spaces));
        out.push_str(&piece.text);
    }
    Ok(out)
}

/// What a bracket adds to the depth.
fn bracket_change(kind: TokenKind) -> isize {
    match kind {
        TokenKind::Open(_) | TokenKind::OpenInterpolation | TokenKind::OpenDirective => 1,
        TokenKind::Close(_) | TokenKind::CloseSequence => -1,
        _ => 0,
    }
}
