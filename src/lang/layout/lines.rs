//! Lines: how far each is indented, and what stands below what.
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::lang::layout::Piece;
use crate::lang::layout::bracket_change;
use crate::lang::layout::spaces::space_between;
use crate::lang::lexer::TokenKind;

/// A line as cells, each a range of pieces.
struct Line {
    /// All that is in no other cell.
    lead: Range<usize>,
    /// From the equals sign, if what is behind it ends on the line.
    assign: Range<usize>,
    /// The comment at the end, if something stands in front of it.
    comment: Range<usize>,
}

/// Sets the spaces in front of every piece.
pub(super) fn arrange(pieces: &mut [Piece<'_>]) {
    let lines = lines(pieces);
    indent(pieces, &lines);
    for line in &lines {
        space(pieces, &line.lead);
        if let Some(equals) = pieces.get_mut(line.assign.start).filter(|_| !line.assign.is_empty())
        {
            equals.spaces = 1;
        }
        space(pieces, &line.assign);
    }
    align(pieces, &lines, |line| line.assign.clone(), |line| line.lead.clone());
    align(pieces, &lines, |line| line.comment.clone(), |line| line.lead.start..line.comment.start);
}

fn ends_line(piece: &Piece<'_>) -> bool {
    match piece.kind {
        TokenKind::Newline => true,
        TokenKind::Comment => piece.text.ends_with('\n'),
        _ => false,
    }
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let length = pieces[start..].iter().position(ends_line);
        let end = length.map_or(pieces.len(), |length| start + length + 1);
        lines.push(line(pieces, start..end));
        start = end;
    }
    lines
}

fn line(pieces: &[Piece<'_>], all: Range<usize>) -> Line {
    let last = all.end - 1;
    let has_comment = all.len() > 1 && pieces[last].kind == TokenKind::Comment;
    let code = all.start..if has_comment { last } else { all.end };
    let equals = code.clone().skip(1).find(|at| pieces[*at].kind == TokenKind::Assign);
    // Only a whole expression moves with its equals sign; one that goes on does not.
    let whole = |at: &usize| {
        pieces[*at..code.end].iter().map(|piece| bracket_change(piece.kind)).sum::<isize>() == 0
    };
    let middle = equals.filter(whole).unwrap_or(code.end);
    Line { lead: code.start..middle, assign: middle..code.end, comment: code.end..all.end }
}

/// A line that opens more brackets than it closes indents those behind it, by one step however
/// many they are; the line that closes as many takes the step back.
fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    let mut steps: Vec<isize> = Vec::new();
    for line in lines {
        if line.lead.is_empty() || pieces[line.lead.start].kind == TokenKind::Newline {
            continue;
        }
        let lead = &pieces[line.lead.clone()];
        let heredoc = lead.iter().position(|piece| piece.kind == TokenKind::OpenHeredoc);
        let lead = &lead[..heredoc.unwrap_or(lead.len())];
        let counted = lead.iter().chain(&pieces[line.assign.clone()]);
        let net: isize = counted.map(|piece| bracket_change(piece.kind)).sum();
        let mut closed = -net;
        while let Some(last) = steps.last_mut().filter(|_| closed > 0) {
            if closed < *last {
                *last -= closed;
                break;
            }
            closed -= *last;
            steps.pop();
        }
        pieces[line.lead.start].spaces = 2 * steps.len();
        if net > 0 {
            steps.push(net);
        }
    }
}

fn space(pieces: &mut [Piece<'_>], cell: &Range<usize>) {
    for at in cell.clone().skip(1) {
        let before = at.checked_sub(2).filter(|before| *before >= cell.start);
        let spaced = space_between(before.map(|at| &pieces[at]), &pieces[at - 1], &pieces[at]);
        pieces[at].spaces = usize::from(spaced);
    }
}

/// Puts the cells of neighbouring lines below each other, one space behind the longest of what
/// stands in front of them.
fn align(
    pieces: &mut [Piece<'_>],
    lines: &[Line],
    cell: impl Fn(&Line) -> Range<usize>,
    front: impl Fn(&Line) -> Range<usize>,
) {
    for neighbours in lines.chunk_by(|a, b| cell(a).is_empty() == cell(b).is_empty()) {
        if neighbours.first().is_none_or(|line| cell(line).is_empty()) {
            continue;
        }
        let widths: Vec<usize> =
            neighbours.iter().map(|line| width(&pieces[front(line)])).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in neighbours.iter().zip(widths) {
            pieces[cell(line).start].spaces = widest - width + 1;
        }
    }
}

fn width(pieces: &[Piece<'_>]) -> usize {
    pieces.iter().map(|piece| piece.spaces + piece.text.graphemes(true).count()).sum()
}
