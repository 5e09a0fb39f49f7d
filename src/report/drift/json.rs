//! For machines: one document over all stacks of a run.
use serde_json::{Value as Tree, json};

use crate::drift::{Drift, Field, Finding, Kind};
use crate::lang;
use crate::report::json::resource;
use crate::schema::find;
use crate::value::Value;

/// Version of the document. A reader may rely on all of one major version.
pub const FORMAT: &str = "1.0";

/// The document, over several lines. Values that must not be shown are null and marked.
pub fn render(drifts: &[Drift]) -> String {
    let stacks: Vec<Tree> = drifts.iter().map(stack).collect();
    let document = json!({ "format_version": FORMAT, "stacks": stacks });
    format!("{document:#}\n")
}

/// The part about one stack.
pub fn stack(drift: &Drift) -> Tree {
    let counts: serde_json::Map<String, Tree> = drift
        .counts()
        .into_iter()
        .map(|(severity, count)| (severity.name().to_owned(), json!(count)))
        .collect();
    let unknown: Vec<Tree> = super::unknown(drift)
        .into_iter()
        .map(|(address, reason)| json!({ "address": address, "reason": reason }))
        .collect();
    json!({
        "stack": drift.stack,
        "verdict": super::verdict(drift),
        "resources": drift.looked_at.len(),
        "counts": counts,
        "findings": drift.findings.iter().map(finding).collect::<Vec<_>>(),
        "unknown": unknown,
    })
}

/// One finding.
pub fn finding(finding: &Finding) -> Tree {
    let kind = match &finding.kind {
        Kind::Missing => "missing",
        Kind::Changed => "changed",
        Kind::Unrepairable => "needs_replacement",
        Kind::Foreign(_) => "not_ours",
        Kind::Undeclared => "undeclared",
        Kind::Guarded(_) => "guarded",
        Kind::Mislabelled => "tags_lost",
    };
    let mut told = json!({
        "resource": resource(&finding.address, finding.scope.as_ref()),
        "id": finding.key.as_ref().map(ToString::to_string),
        "kind": kind,
        "severity": finding.severity.name(),
        "effects": finding.effects.iter()
            .map(|effect| json!({ "severity": effect.severity.name(), "text": effect.text }))
            .collect::<Vec<_>>(),
        "attributes": finding.fields.iter().map(|field| attribute(finding, field)).collect::<Vec<_>>(),
    });
    match &finding.kind {
        Kind::Foreign(owner) => told["owner"] = json!(owner),
        Kind::Guarded(why) => told["reason"] = json!(why),
        Kind::Missing
        | Kind::Changed
        | Kind::Unrepairable
        | Kind::Undeclared
        | Kind::Mislabelled => {}
    }
    if let Some(culprit) = &finding.culprit {
        told["changed_by"] = json!({ "who": culprit.who, "call": culprit.call, "at": culprit.at });
    }
    told
}

fn attribute(finding: &Finding, field: &Field) -> Tree {
    let secret = find(finding.spec.inputs, field.name).is_some_and(|spec| spec.sensitive);
    let secret = secret || field.declared.has_sensitive() || field.actual.has_sensitive();
    // What is declared is known, or it would be no finding.
    let shown = |value: &Value| lang::to_json(value).unwrap_or(Tree::Null);
    let value = |value: &Value| if secret { Tree::Null } else { shown(value) };
    let mut told = json!({
        "name": field.name,
        "severity": field.severity.name(),
        "declared": value(&field.declared),
        "actual": value(&field.actual),
    });
    if secret {
        told["sensitive"] = json!(true);
    }
    told
}
