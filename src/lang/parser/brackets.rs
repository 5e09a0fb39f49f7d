//! Whether every bracket has its other one, looked at before anything else: where one is missing,
//! whatever else is said is wrong.
use crate::lang::fault::Fault;
use crate::lang::lexer::Token;
use crate::lang::lexer::TokenKind;

/// Blocks that stand at the margin.
const HEADERS: [&str; 13] = [
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

/// What is wrong with the brackets of these tokens.
pub(super) fn check(text: &str, tokens: &[Token]) -> Vec<Fault> {
    let mut faults = Vec::new();
    // What is open, and where; `$` stands for a template sequence.
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut sequences = 0;
    let mut suspect = None;
    for token in tokens {
        let start = token.range.start;
        match token.kind {
            TokenKind::Open(c) => open.push((c, start)),
            TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                open.push(('$', start));
                sequences += 1;
            }
            TokenKind::CloseSequence => {
                close('$', start, &mut open, &mut faults);
                sequences -= 1;
            }
            TokenKind::Close(c) => {
                let opening = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                close(opening, start, &mut open, &mut faults);
            }
            // A block header at the margin, inside another block: that one lacks its end.
            TokenKind::Newline | TokenKind::Comment
                if sequences == 0
                    && suspect.is_none()
                    && !open.is_empty()
                    && is_header(&text[token.range.end..]) =>
            {
                suspect = open.last().copied();
            }
            _ => {}
        }
    }
    if let Some(&innermost) = open.last() {
        let (c, at) = suspect.unwrap_or(innermost);
        faults.push(unclosed(c, at));
    }
    faults
}

/// Whether a line such as `resource "a" "b" {` starts here.
fn is_header(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default().trim_end();
    let word = line.split([' ', '{', '"']).next().unwrap_or_default();
    line.ends_with('{') && HEADERS.contains(&word)
}

fn close(opening: char, start: usize, open: &mut Vec<(char, usize)>, faults: &mut Vec<Fault>) {
    // Not beyond the template sequence in which it stands.
    let sequence = open.iter().rposition(|(c, _)| *c == '$').filter(|_| opening != '$');
    let floor = sequence.map_or(0, |at| at + 1);
    match open[floor..].iter().rposition(|(other, _)| *other == opening) {
        Some(position) => {
            for (c, at) in open.drain(floor + position + 1..) {
                faults.push(unclosed(c, at));
            }
            open.pop();
        }
        None => {
            let c = match opening {
                '(' => ')',
                '[' => ']',
                _ => '}',
            };
            let detail = format!("Nothing that this {c} could close is open here.");
            let fault = Fault::new(start..start + 1, "Unexpected closing bracket");
            faults.push(fault.detail(detail));
        }
    }
}

fn unclosed(c: char, at: usize) -> Fault {
    let hint = "It may also be that one further up or down is missing or too many.";
    let (summary, detail, hint) = match c {
        '{' => ("Unclosed brace", "There is no closing } for this one.", hint),
        '[' => ("Unclosed bracket", "There is no closing ] for this one.", ""),
        _ => ("Unclosed parenthesis", "There is no closing ) for this one.", ""),
    };
    Fault::new(at..at + 1, summary).detail(detail).hint(hint)
}
