//! What is wrong with a text, before it is known which file the text is.
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;

/// A mistake and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) range: Range<usize>,
    summary: &'static str,
    detail: String,
    hint: String,
}

impl Fault {
    pub(super) fn new(range: Range<usize>, summary: &'static str) -> Self {
        Self { range, summary, detail: String::new(), hint: String::new() }
    }

    pub(super) fn summary(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    pub(super) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Advice; none if it is empty.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The same at another place: `place` tells where a position is.
    pub(super) fn moved(self, place: &dyn Fn(usize) -> usize) -> Self {
        Self { range: place(self.range.start)..place(self.range.end), ..self }
    }

    /// The same as what is wrong with a file.
    pub(super) fn in_source(self, source: &Arc<Source>) -> Diagnostic {
        let Self { range, summary, detail, hint } = self;
        let span = Span { source: source.clone(), range };
        let problem = Diagnostic::error(summary, detail).at(span);
        if hint.is_empty() { problem } else { problem.hint(hint) }
    }
}
