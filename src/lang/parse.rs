//! Text to syntax.
use std::borrow::Cow;
use std::sync::Arc;
use std::thread;

use hcl_edit::parser;
use hcl_edit::structure::Body;

use crate::diagnostic::Checked;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;
use crate::lang::Expr;
use crate::lang::Template;
use crate::lang::scan;
use crate::lang::scan::Scanned;
use crate::lang::structure;

/// Enough for what the parser lets through: 64 levels and 128 operators.
const STACK: usize = 16 << 20;

/// Expressions with fewer brackets and operators than this fit on any stack.
const SHALLOW: usize = 24;

/// The syntax of a file, or everything that is wrong with it.
pub fn parse(source: &Arc<Source>) -> Checked<Option<Body>> {
    with_large_stack(|| {
        let text = without_byte_order_mark(&source.text);
        let scanned = scan::scan(source, &text);
        let text = prepare(text, &scanned);
        match parser::parse_body(&text) {
            Ok(body) if scanned.strict.is_empty() => (Some(body), Vec::new()),
            Ok(_) => (None, scanned.strict),
            Err(error) => {
                let mut problems = scanned.problems;
                if problems.is_empty() {
                    problems = structure::check(source, &text, &scanned.tokens);
                }
                if problems.is_empty() {
                    problems = vec![translate(source, 0, &error)];
                }
                (None, problems)
            }
        }
    })
}

/// An expression that stands alone, as after `-var` or in the console.
pub fn parse_expression(source: &Arc<Source>) -> Result<Expr, Diagnostic> {
    with_large_stack(|| {
        let text = without_byte_order_mark(&source.text);
        // The parser takes no space around an expression.
        let source = match text.trim() {
            all if all.len() == source.text.len() => source.clone(),
            trimmed => Arc::new(Source { name: source.name.clone(), text: trimmed.to_owned() }),
        };
        if source.text.is_empty() {
            let detail = "Expected the start of an expression, but found the end of the text.";
            return Err(Diagnostic::error("Missing expression", detail).at(whole(&source)));
        }
        let scanned = scan::scan(&source, &source.text);
        let text = prepare(Cow::Borrowed(&source.text), &scanned);
        match parser::parse_expr(text.trim_end()) {
            Ok(ast) => match scanned.strict.into_iter().next() {
                Some(problem) => Err(problem),
                None => Ok(Expr { source, ast: Arc::new(ast) }),
            },
            Err(error) => {
                let found = scanned.problems.into_iter().next();
                let found =
                    found.or_else(|| structure::check_expression(&source, &text, &scanned.tokens));
                Err(found.unwrap_or_else(|| translate(&source, 0, &error)))
            }
        }
    })
}

/// A file that is a template.
pub fn parse_template(source: &Arc<Source>) -> Result<Template, Diagnostic> {
    with_large_stack(|| match parser::parse_template(&source.text) {
        Ok(ast) => Ok(Template { source: source.clone(), ast: Arc::new(ast) }),
        Err(error) => {
            let found = scan::scan_template(source, &source.text).into_iter().next();
            Err(found.unwrap_or_else(|| translate(source, 0, &error)))
        }
    })
}

fn whole(source: &Arc<Source>) -> Span {
    Span { source: source.clone(), range: 0..source.text.len() }
}

/// Some editors put a byte order mark first. Spaces in its place keep all positions as they are.
fn without_byte_order_mark(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("   {rest}")),
        None => Cow::Borrowed(text),
    }
}

/// The text as the parser takes it, with every byte where it was: a heredoc without a line is
/// written as an empty string, and what means nothing as spaces.
fn prepare<'t>(text: Cow<'t, str>, scanned: &Scanned) -> Cow<'t, str> {
    if scanned.empty_heredocs.is_empty() && scanned.blanks.is_empty() {
        return text;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in scanned.empty_heredocs.iter().chain(&scanned.blanks) {
        bytes[range.clone()].fill(b' ');
    }
    for range in &scanned.empty_heredocs {
        bytes[range.start..range.start + 2].fill(b'"');
    }
    // The ranges are of whole characters; if they were not, the text is better left as it is.
    String::from_utf8(bytes).map_or(text, Cow::Owned)
}

/// What the parser says, where our own look found nothing. `base` is where its text starts.
pub(super) fn translate(source: &Arc<Source>, base: usize, error: &parser::Error) -> Diagnostic {
    let start = (base + error.location().offset()).min(source.text.len());
    let start = (0..=start).rev().find(|at| source.text.is_char_boundary(*at)).unwrap_or(0);
    // The parser stops in front of the space; the reader looks behind it.
    let rest = &source.text[start..];
    let start = start + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let found = source.text[start..].chars().next();
    let end = start + found.map_or(0, char::len_utf8);
    let span = Span { source: source.clone(), range: start..end };
    let message = error.message();
    if message.contains("nested levels") || message.contains("operators") {
        let detail = format!("This is nested too deeply: {message}.");
        return Diagnostic::error("Expression too deep", detail)
            .at(span)
            .hint("Name parts of it in a locals block.");
    }
    if message.contains("unique object key") {
        let detail = "This object has two members with the same name.";
        return Diagnostic::error("Duplicate object key", detail).at(span);
    }
    if message.contains("unique attribute key") {
        let detail = "Each argument may be set only once.";
        return Diagnostic::error("Attribute redefined", detail).at(span);
    }
    let found = match found {
        None => "the end of the file".to_owned(),
        Some('\n' | '\r') => "the end of the line".to_owned(),
        Some(c) => format!("`{c}`"),
    };
    let expected = message.split_once("expected ").map(|(_, what)| format!("; expected {what}"));
    let detail = format!("Unexpected {found} here{}.", expected.unwrap_or_default());
    Diagnostic::error("Invalid expression", detail).at(span)
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
