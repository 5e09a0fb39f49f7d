//! Diagnostics as Terraform writes them in JSON; the hint, and the call that leads
//! into a module, are fields of our own.
use serde_json::{Value as Tree, json};

use crate::address::Address;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::report::snippet::Snippet;

/// One diagnostic, and the instance that it is about.
pub fn diagnostic(diagnostic: &Diagnostic, address: Option<&Address>) -> Tree {
    let Diagnostic { severity, summary, detail, span, hint, called } = diagnostic;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut object = json!({ "severity": severity, "summary": summary, "detail": detail });
    if let Some(address) = address {
        object["address"] = json!(address.to_string());
    }
    if let Some(span) = span {
        object["range"] = range(span);
        object["snippet"] = snippet(span);
    }
    if let Some((module, call)) = called {
        object["called"] = json!({ "module": module.to_string(), "range": range(call) });
    }
    if let Some(hint) = hint {
        object["hint"] = json!(hint);
    }
    object
}

fn range(span: &Span) -> Tree {
    let position = |(line, column): (usize, usize), byte: usize| json!({ "line": line, "column": column, "byte": byte });
    json!({
        "filename": span.source.name,
        "start": position(span.start(), span.range.start),
        "end": position(span.end(), span.range.end),
    })
}

fn snippet(span: &Span) -> Tree {
    let Snippet { context, code, first_line, highlight } = Snippet::of(span);
    json!({
        "context": context,
        "code": code,
        "start_line": first_line,
        "highlight_start_offset": highlight.start,
        "highlight_end_offset": highlight.end,
        "values": [],
    })
}
