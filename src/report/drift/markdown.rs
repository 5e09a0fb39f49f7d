//! For issues and chats: the verdict first, then a table, then the details.
use sha2::{Digest as _, Sha256};

use crate::drift::{Drift, Finding, Verdict};
use crate::report::markdown::{Item, Marker, cell, code, details, diff, fit, html_code};
use crate::report::{Paint, text};

/// Findings that are shown with all their attributes; of more only the table tells.
const DETAILED: usize = 50;

/// Markdown over all stacks of a run, the worst first within each.
pub fn render(drifts: &[Drift]) -> String {
    drifts.iter().map(stack).collect::<Vec<_>>().join("\n")
}

fn stack(drift: &Drift) -> String {
    let mut out = head(drift);
    if !drift.findings.is_empty() {
        out.push_str(TABLE);
        out.extend(drift.findings.iter().map(row));
        for finding in drift.findings.iter().filter(|one| !one.fields.is_empty()).take(DETAILED) {
            out.push_str(&format!("\n{}", attributes(finding)));
        }
    }
    out.push_str(&unknown(drift));
    out
}

const TABLE: &str = "\n| severity | resource | where | what |\n|---|---|---|---|\n";

fn head(drift: &Drift) -> String {
    let mark = match drift.verdict() {
        Verdict::Clean => "✅",
        Verdict::Drifted => "⚠️",
        Verdict::Unknown => "❓",
    };
    format!("## {mark} Drift: {}\n\n{}\n", code(&drift.stack), words(drift))
}

fn row(finding: &Finding) -> String {
    let place = finding.scope.as_ref().map(|scope| cell(&scope.to_string()));
    let mut what = vec![super::fate(finding).to_owned()];
    what.extend(super::remarks(finding).iter().map(|remark| cell(remark)));
    format!(
        "| {} | {} | {} | {} |\n",
        finding.severity.name(),
        cell(&finding.address.to_string()),
        place.unwrap_or_default(),
        what.join("<br>"),
    )
}

fn attributes(finding: &Finding) -> String {
    let difference = super::difference(finding, Paint::PLAIN);
    details(&html_code(&finding.address.to_string()), &diff(&difference))
}

fn unknown(drift: &Drift) -> String {
    let mut out = String::new();
    let unknown = super::unknown(drift);
    if !unknown.is_empty() {
        out.push_str("\n### Not known\n\n");
        for (address, why) in unknown {
            out.push_str(&format!("* {}: {}\n", code(&address), code(&why)));
        }
    }
    out
}

/// An issue about one stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// One line without markup.
    pub title: String,
    /// Markdown with a marker in its first line; the hash there is that of the set of findings.
    pub body: String,
}

/// The issue about one stack, of at most `limit` bytes.
pub fn issue(drift: &Drift, limit: usize) -> Issue {
    let marker = marker(drift).line();
    let begun = format!("{marker}\n{}", head(drift));
    let note = "\nThis issue is kept by `drctl drift`: it follows what is found, and is closed when \
                nothing is.\n";
    let item = |finding: &Finding| {
        let mut lines = vec![format!(
            "**{}**: {} {}",
            finding.severity.name(),
            code(&finding.address.to_string()),
            super::fate(finding)
        )];
        if let Some(scope) = &finding.scope {
            lines.push(format!("in {}", code(&scope.to_string())));
        }
        let remarks = super::remarks(finding);
        let remarks: String = remarks.iter().map(|one| format!("  * {}\n", code(one))).collect();
        let brief = format!("* {}\n{remarks}", lines.join(" "));
        let shown = if finding.fields.is_empty() { String::new() } else { attributes(finding) };
        Item { full: format!("{brief}\n{shown}"), brief }
    };
    let items: Vec<Item> = drift.findings.iter().map(item).collect();
    let mut unknown = unknown(drift);
    let spare = limit.saturating_sub(begun.len() + note.len());
    if unknown.len() > spare / 2 {
        let count = text::count(super::unknown(drift).len(), "resource");
        unknown = format!("\n{count} not known; run `drctl drift` to see which.\n");
    }
    let fitted = fit(&items, spare.saturating_sub(unknown.len()));
    let body = format!("{begun}{}{unknown}{note}", fitted.text);
    let title = format!("Drift in {}", text::safe(&drift.stack)).chars().take(200).collect();
    Issue { title, body }
}

/// The marker of the issue about a stack: its hash is that of the set of findings.
pub fn marker(drift: &Drift) -> Marker {
    Marker { kind: "drift".to_owned(), stack: drift.stack.clone(), hash: Some(set(drift)) }
}

/// Stands for the set of what was found: what is where, and in which attributes; not who did it and
/// which values exactly.
fn set(drift: &Drift) -> String {
    let mut all: Vec<String> = drift
        .findings
        .iter()
        .map(|one| {
            let names: Vec<&str> = one.fields.iter().map(|field| field.name).collect();
            format!("{} {} {}", one.address, super::fate(one), names.join(","))
        })
        .collect();
    all.sort();
    let digest = Sha256::digest(all.join("\n"));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The summary, with the counts in words that Markdown leaves alone.
fn words(drift: &Drift) -> String {
    let all = text::count(drift.looked_at.len(), "resource");
    match drift.verdict() {
        Verdict::Clean => format!("All as declared: {all}."),
        Verdict::Drifted | Verdict::Unknown => {
            let counts = drift.counts().into_iter();
            let mut parts: Vec<String> = counts
                .map(|(severity, count)| format!("**{count} {}**", severity.name()))
                .collect();
            if !drift.unknown.is_empty() || !drift.unreadable.is_empty() {
                parts.push(format!("{} not known", drift.unknown.len()));
            }
            format!("{} of {all}.", parts.join(", "))
        }
    }
}
