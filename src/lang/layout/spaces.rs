//! Whether there is a space between two tokens.
use crate::lang::layout::Piece;
use crate::lang::layout::bracket_change;
use crate::lang::lexer::TokenKind;

/// Whether a space stands between `piece` and `after`, which follows it on its line; `before` is
/// what stands in front of `piece`. The first rule that knows both decides.
pub(super) fn space_between(before: Option<&Piece>, piece: &Piece, after: &Piece) -> bool {
    use TokenKind::{
        Close, CloseHeredoc, CloseQuote, CloseSequence, Comma, Dot, DoubleColon, Ellipsis, Minus,
        Newline, Not, Number, Open, OpenDirective, OpenHeredoc, OpenInterpolation, OpenQuote,
        Quoted, Text, Word,
    };
    match (piece.kind, after.kind) {
        (_, Newline) => false,
        (Word, Open('(') | DoubleColon) | (DoubleColon, Word) => false,
        (Dot, _) | (_, Dot) => false,
        (_, Comma | Ellipsis) => false,
        (Comma, _) => true,
        // What stands in a template is left as it is.
        (Quoted | Text | OpenQuote | OpenHeredoc, _) => false,
        (_, Quoted | Text | CloseQuote | CloseHeredoc) => false,
        // `for x in [a]` is not an index.
        (Word, _) if piece.text == "in" && before.is_some_and(|b| b.kind == Word) => true,
        (Word | Number, Open('[')) => false,
        (closed, Open('[')) if bracket_change(closed) < 0 => false,
        (Not, _) => false,
        (Minus, _) => before.is_some_and(ends_operand),
        (Open('{'), Close('}')) => false,
        (Open('{'), _) | (_, Close('}')) => true,
        // The braces of an object stay apart from those of its interpolation.
        (OpenInterpolation | OpenDirective, Open('{')) | (Close('}'), CloseSequence) => true,
        (CloseSequence, OpenInterpolation | OpenDirective) => false,
        (opened, _) if bracket_change(opened) > 0 => false,
        (_, closed) if bracket_change(closed) < 0 => false,
        _ => true,
    }
}

/// A minus behind this is a subtraction; anywhere else it is a sign.
fn ends_operand(before: &Piece) -> bool {
    !matches!(
        before.kind,
        TokenKind::Open(_)
            | TokenKind::Assign
            | TokenKind::Colon
            | TokenKind::Comma
            | TokenKind::Question
            | TokenKind::Star
            | TokenKind::Minus
            | TokenKind::Not
            | TokenKind::Operator
    )
}
