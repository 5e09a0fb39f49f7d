//! For issues and chats: the verdict first, then a table, then the details.
use crate::drift::{Drift, Verdict};
use crate::report::markdown::{code, diff};
use crate::report::{Paint, text};

/// Findings that are shown with all their attributes; of more only the table tells.
const DETAILED: usize = 50;

/// Markdown over all stacks of a run, the worst first within each.
pub fn render(drifts: &[Drift]) -> String {
    drifts.iter().map(stack).collect::<Vec<_>>().join("\n")
}

fn stack(drift: &Drift) -> String {
    let mark = match drift.verdict() {
        Verdict::Clean => "✅",
        Verdict::Drifted => "⚠️",
        Verdict::Unknown => "❓",
    };
    let mut out = format!("## {mark} Drift: {}\n\n{}\n", code(&drift.stack), words(drift));
    if !drift.findings.is_empty() {
        out.push_str("\n| severity | resource | where | what |\n|---|---|---|---|\n");
        for finding in &drift.findings {
            let place = finding.scope.as_ref().map(|scope| code(&scope.to_string()));
            let mut what = vec![super::fate(finding).to_owned()];
            what.extend(super::remarks(finding).iter().map(|remark| code(remark)));
            out.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                finding.severity.name(),
                code(&finding.address.to_string()),
                place.unwrap_or_default(),
                what.join("<br>"),
            ));
        }
        for finding in drift.findings.iter().filter(|one| !one.fields.is_empty()).take(DETAILED) {
            let difference = super::difference(finding, Paint::PLAIN);
            let address = finding.address.to_string();
            out.push_str(&format!(
                "\n<details><summary>{}</summary>\n\n{}\n</details>\n",
                html(&address),
                diff(&difference)
            ));
        }
    }
    let unknown = super::unknown(drift);
    if !unknown.is_empty() {
        out.push_str("\n### Not known\n\n");
        for (address, why) in unknown {
            out.push_str(&format!("* {}: {}\n", code(&address), code(&why)));
        }
    }
    out
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

/// Text inside an HTML element.
fn html(text: &str) -> String {
    let text = text::safe(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
}
