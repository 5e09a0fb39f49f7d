//! Findings of checks as a table, in short, and as JSON.
use serde_json::{Value as Tree, json};

use crate::finding::{Finding, Verdict};
use crate::report::text::{padded, safe, width, wrap};
use crate::report::{Paint, Style};

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => Style::Done,
        Verdict::Warn | Verdict::Unknown => Style::Warning,
        Verdict::Fail => Style::Error,
    }
}

/// The worst first, then in the order of the checks.
fn ordered(findings: &[Finding]) -> Vec<&Finding> {
    let mut all: Vec<&Finding> = findings.iter().collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    all
}

/// How many of each, in words.
pub fn summary(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    let parts = [
        (count(Verdict::Pass), "passed"),
        (count(Verdict::Warn), "to look at"),
        (count(Verdict::Unknown), "unknown"),
        (count(Verdict::Fail), "failed"),
    ];
    let said = parts.iter().filter(|(number, word)| *number > 0 || *word == "passed");
    let said: Vec<String> = said.map(|(number, word)| format!("{number} {word}")).collect();
    format!("Checks: {}.", said.join(", "))
}

/// All of them, one below the other, with what was found and what to do.
pub fn render(findings: &[Finding], paint: Paint) -> String {
    if findings.is_empty() {
        return "Nothing to check: the configuration has no global database and no backup plan.\n"
            .to_owned();
    }
    let names = findings.iter().map(|finding| width(finding.check)).max().unwrap_or(0);
    let mut text = String::new();
    for finding in ordered(findings) {
        let Finding { check, subject, verdict, found, fix } = finding;
        let word = paint.paint(style(*verdict), &padded(verdict.word(), 7));
        text.push_str(&format!("{word}  {}  {}\n", padded(check, names), safe(subject)));
        let indent = " ".repeat(names + 11);
        let room = paint.width.saturating_sub(indent.len()).max(30);
        for line in wrap(&safe(found), room) {
            text.push_str(&format!("{indent}{line}\n"));
        }
        for (number, line) in fix.iter().flat_map(|fix| wrap(&safe(fix), room - 5)).enumerate() {
            let lead = if number == 0 { "fix: " } else { "     " };
            text.push_str(&format!("{indent}{lead}{line}\n"));
        }
    }
    text.push_str(&format!("\n{}\n", summary(findings)));
    text
}

/// Only what is not as it must be, a line each; nothing if there is nothing to say.
pub fn brief(findings: &[Finding], paint: Paint) -> String {
    let bad: Vec<&Finding> =
        ordered(findings).into_iter().filter(|finding| finding.verdict != Verdict::Pass).collect();
    if bad.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", summary(findings));
    for Finding { subject, verdict, found, .. } in bad {
        let word = paint.paint(style(*verdict), &padded(verdict.word(), 7));
        text.push_str(&format!("  {word}  {}: {}\n", safe(subject), safe(found)));
    }
    text.push_str("Run `drctl check` for what to do about them.\n");
    text
}

/// All of them, for programs.
pub fn json(findings: &[Finding]) -> Tree {
    let all = findings.iter().map(|finding| {
        let Finding { check, subject, verdict, found, fix } = finding;
        json!({
            "check": check, "subject": subject, "verdict": verdict.word(), "found": found,
            "fix": fix,
        })
    });
    json!({
        "format_version": "1.0",
        "verdict": crate::finding::worst(findings).word(),
        "findings": all.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        let is = |subject| Finding::pass("opt-in", subject, "Aurora is backed up here.");
        vec![
            is("111111111111/us-east-1"),
            is("a\u{1b}[2J").but(Verdict::Fail, "Opt in."),
            is("222222222222/us-east-1").but(Verdict::Unknown, "Allow it."),
        ]
    }

    #[test]
    fn the_worst_comes_first_and_nothing_leaves_its_line() {
        let text = render(&findings(), Paint::PLAIN);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "fail     opt-in  a\\u001b[2J");
        assert_eq!(lines[2].trim(), "fix: Opt in.");
        assert!(lines[3].starts_with("unknown"));
        assert_eq!(lines.last(), Some(&"Checks: 1 passed, 1 unknown, 1 failed."));
    }

    #[test]
    fn in_short_only_what_is_wrong_is_told() {
        assert_eq!(brief(&findings()[..1], Paint::PLAIN), "");
        let text = brief(&findings(), Paint::PLAIN);
        assert!(text.contains("fail") && !text.contains("111111111111"), "{text}");
        assert_eq!(json(&findings())["verdict"], "fail");
    }
}
