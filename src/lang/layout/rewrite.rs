//! What is written anew: values that are nothing but one `${}`, old forms of types, labels without
//! quotes.
use std::borrow::Cow;
use std::ops::Range;

use crate::lang::layout::Piece;
use crate::lang::layout::bracket_change;
use crate::lang::lexer::TokenKind;
use crate::lang::syntax::Body;
use crate::lang::syntax::Item;

/// What is to be done with the pieces of a range of the text.
enum Change {
    Value,
    Type,
    Label,
}

/// The pieces with all of that written anew.
pub(super) fn rewrite<'t>(pieces: Vec<Piece<'t>>, body: &Body) -> Vec<Piece<'t>> {
    let mut changes = Vec::new();
    collect(body, &[], &mut changes);
    changes.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(pieces.len());
    let mut rest = pieces.into_iter().peekable();
    for (range, change) in changes {
        while let Some(piece) = rest.next_if(|piece| piece.start < range.start) {
            out.push(piece);
        }
        let mut inside = Vec::new();
        while let Some(piece) = rest.next_if(|piece| piece.start < range.end) {
            inside.push(piece);
        }
        out.extend(match change {
            Change::Value => unwrapped(inside),
            Change::Type => renamed(inside),
            Change::Label => quoted(inside),
        });
    }
    out.extend(rest);
    out
}

fn collect(body: &Body, within: &[&str], changes: &mut Vec<(Range<usize>, Change)>) {
    for item in &body.items {
        match item {
            Item::Argument(argument) => {
                let is_type = within == ["variable"] && argument.name.text == "type";
                let change = if is_type { Change::Type } else { Change::Value };
                changes.push((argument.value.range.clone(), change));
            }
            Item::Block(block) => {
                let labels = block.labels.iter();
                changes.extend(labels.map(|label| (label.range.clone(), Change::Label)));
                let within: Vec<&str> =
                    within.iter().copied().chain([block.kind.text.as_str()]).collect();
                collect(&block.body, &within, changes);
            }
        }
    }
}

fn piece(kind: TokenKind, text: &'static str, start: usize) -> Piece<'static> {
    Piece { kind, text: Cow::Borrowed(text), start, spaces: 0 }
}

/// `"${a}"` as `a`, in parentheses where it goes over several lines.
fn unwrapped(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let [open, start, inside @ .., end, close] = pieces.as_slice() else { return pieces };
    let kinds = [open.kind, start.kind, end.kind, close.kind];
    let wanted = [
        TokenKind::OpenQuote,
        TokenKind::OpenInterpolation,
        TokenKind::CloseSequence,
        TokenKind::CloseQuote,
    ];
    if inside.is_empty() || kinds != wanted || !is_one_expression(inside) {
        return pieces;
    }
    let line = |piece: &Piece<'_>| piece.kind == TokenKind::Newline;
    let first = inside.iter().position(|piece| !line(piece)).unwrap_or(0);
    let last = inside.iter().rposition(|piece| !line(piece)).unwrap_or(0);
    let inside = &inside[first..=last];
    let mut out = inside.to_vec();
    if inside.iter().any(line) && !is_parenthesized(inside) {
        out.insert(0, piece(TokenKind::Open('('), "(", open.start));
        out.push(piece(TokenKind::Close(')'), ")", close.start));
    }
    out
}

/// Whether one pair of parentheses stands around all of it.
fn is_parenthesized(pieces: &[Piece<'_>]) -> bool {
    let mut depth = 0;
    let closed = pieces.iter().position(|piece| {
        depth += bracket_change(piece.kind);
        depth == 0
    });
    pieces[0].kind == TokenKind::Open('(') && closed == Some(pieces.len() - 1)
}

/// Whether nothing but one interpolation is here: no second one, no text. What is inside of
/// further quotes does not count. A comment to the end of a line would swallow what follows.
fn is_one_expression(inside: &[Piece<'_>]) -> bool {
    let mut quotes = 0_usize;
    for piece in inside {
        match piece.kind {
            TokenKind::OpenQuote => quotes += 1,
            TokenKind::CloseQuote => quotes = quotes.saturating_sub(1),
            TokenKind::OpenInterpolation | TokenKind::CloseSequence | TokenKind::Quoted
                if quotes == 0 =>
            {
                return false;
            }
            TokenKind::Comment if piece.text.ends_with('\n') => return false,
            _ => {}
        }
    }
    true
}

/// `list` as `list(any)`, and `"list"`, as it was written long ago, as `list(string)`.
fn renamed(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let (name, inner) = match pieces.as_slice() {
        [word] if word.kind == TokenKind::Word => (&*word.text, "any"),
        [open, word, _] if open.kind == TokenKind::OpenQuote => (&*word.text, "string"),
        _ => return pieces,
    };
    let start = pieces[0].start;
    let name = match (name, inner) {
        ("string", "string") => return vec![piece(TokenKind::Word, "string", start)],
        ("list", _) => "list",
        ("map", _) => "map",
        ("set", "any") => "set",
        _ => return pieces,
    };
    vec![
        piece(TokenKind::Word, name, start),
        piece(TokenKind::Open('('), "(", start),
        piece(TokenKind::Word, inner, start),
        piece(TokenKind::Close(')'), ")", start),
    ]
}

fn quoted(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    match pieces.as_slice() {
        [word] if word.kind == TokenKind::Word => {
            let start = word.start;
            let text = Piece { kind: TokenKind::Quoted, ..word.clone() };
            let quote = |kind| piece(kind, "\"", start);
            vec![quote(TokenKind::OpenQuote), text, quote(TokenKind::CloseQuote)]
        }
        _ => pieces,
    }
}
