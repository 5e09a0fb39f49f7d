//! What a person must fix in their files: where, what is wrong, and what to do.
use std::ops::Range;
use std::sync::Arc;

use crate::address::ModuleAddress;

/// A file of the configuration, with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Path as the user would type it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A place in a [`Source`]: a range of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub source: Arc<Source>,
    /// Bytes within its text.
    pub range: Range<usize>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run cannot go on.
    Error,
    /// The run goes on; the user should know.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// One line, a capital first, no full stop: "Unsupported argument".
    pub summary: String,
    /// Whole sentences: what is wrong here.
    pub detail: String,
    /// Where.
    pub span: Option<Span>,
    /// What to do, a sentence; shown last.
    pub hint: Option<String>,
    /// The module in which it is, and the call of it; none in the root module.
    pub called: Option<(ModuleAddress, Span)>,
}

/// A result together with all that was found wrong on the way.
pub type Checked<T> = (T, Vec<Diagnostic>);

impl Diagnostic {
    /// An error without a place.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            span: None,
            hint: None,
            called: None,
        }
    }
    /// A warning without a place.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }
    /// The same at a place.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        Self { span: Some(span), ..self }
    }
    /// The same with a piece of advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
    /// The same inside a module, which a block at `span` calls.
    #[must_use]
    pub fn called(self, module: &ModuleAddress, span: &Span) -> Self {
        Self { called: Some((module.clone(), span.clone())), ..self }
    }
    /// True for an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Span {
    /// Line and column of the first byte, both from 1, columns in characters.
    pub fn start(&self) -> (usize, usize) {
        position(&self.source.text, self.range.start)
    }
    /// Line and column just behind the last byte.
    pub fn end(&self) -> (usize, usize) {
        position(&self.source.text, self.range.end)
    }
    /// The text of the place.
    pub fn text(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or_default()
    }
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
}

/// "Did you mean": the candidate nearest to what was written, if it is near enough.
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distance = |candidate: &str| strsim::damerau_levenshtein(written, candidate);
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(3))
        .min()
        .map(|(_, candidate)| candidate)
}
