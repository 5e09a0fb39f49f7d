//! For people who are told: a title and a few lines, without colours or markup.
use crate::drift::{Drift, Verdict};
use crate::report::text;

/// Findings that a message names; of more it says how many.
const NAMED: usize = 20;

/// The title and the text of a message about one stack. The title is one line of at most 100
/// characters, as the subject of a message of Amazon SNS must be.
pub fn message(drift: &Drift) -> (String, String) {
    let title = match drift.verdict() {
        Verdict::Clean => "no drift",
        Verdict::Drifted => "drift",
        Verdict::Unknown => "not known whether there is drift",
    };
    let title = format!("drctl: {title} in {}", text::safe(&drift.stack));
    let title = title.chars().filter(char::is_ascii).take(100).collect();
    let mut lines = vec![super::summary(drift)];
    for finding in drift.findings.iter().take(NAMED) {
        let scope = finding.scope.as_ref().map(|scope| format!(" ({scope})")).unwrap_or_default();
        let address = text::address(&finding.address);
        lines.push(format!(
            "- {}: {address}{} {}",
            finding.severity.name(),
            text::safe(&scope),
            super::fate(finding)
        ));
        lines.extend(super::remarks(finding).iter().map(|remark| format!("    {remark}")));
        let names: Vec<&str> = finding.fields.iter().map(|field| field.name).collect();
        if !names.is_empty() {
            lines.push(format!("    attributes: {}", names.join(", ")));
        }
    }
    if drift.findings.len() > NAMED {
        lines.push(format!("- and {} more", drift.findings.len() - NAMED));
    }
    for (address, why) in super::unknown(drift).iter().take(NAMED) {
        lines.push(format!("- not known: {address}: {why}"));
    }
    (title, lines.join("\n") + "\n")
}
