//! What has drifted, as a person reads it, and for machines: [`json`], [`markdown`], [`junit`].
use crate::drift::{Culprit, Drift, Finding, Kind, Verdict};
use crate::recoverability::Severity;
use crate::report::places::Places;
use crate::report::record::Parts;
use crate::report::style::{Paint, Style};
use crate::report::text;
use crate::report::tree::Writer;
use crate::schema::find;

pub mod json;
pub mod junit;
pub mod markdown;
pub mod message;

/// Everything that was found out about one stack. Ends in a line break.
pub fn render(drift: &Drift, paint: Paint) -> String {
    let places = places(drift);
    let mut out = String::new();
    for finding in &drift.findings {
        out.push_str(&heading(finding, &places, paint));
        out.push_str(&difference(finding, paint));
        out.push('\n');
    }
    if !drift.unknown.is_empty() || !drift.unreadable.is_empty() {
        out.push_str(&format!("{}\n\n", paint.paint(Style::Error, "Not known:")));
        for (address, why) in unknown(drift) {
            out.push_str(&format!("  {}\n", paint.paint(Style::Bold, &format!("# {address}"))));
            for line in text::wrap(&why, paint.width.saturating_sub(4).max(20)) {
                out.push_str(&format!("    {line}\n"));
            }
        }
        out.push('\n');
    }
    let style = match drift.verdict() {
        Verdict::Clean => Style::Done,
        Verdict::Drifted => Style::Warning,
        Verdict::Unknown => Style::Error,
    };
    out.push_str(&format!("{}\n", paint.paint(style, &summary(drift))));
    out
}

/// The last word, on one line: `Drift in orders: 1 critical, 2 low; 46 of 49 resources are as
/// declared.`
pub fn summary(drift: &Drift) -> String {
    let all = drift.looked_at.len();
    let stack = text::safe(&drift.stack);
    let found = drift.findings.len();
    let unknown = drift.unknown.len();
    let resources = text::count(all, "resource");
    let good = all.saturating_sub(found + unknown);
    let mut said = match (drift.verdict(), found) {
        (Verdict::Clean, _) => {
            return format!(
                "No drift in {stack}. What AWS has matches the configuration ({resources})."
            );
        }
        (_, 0) => format!("Incomplete: {stack} could not be read whole"),
        (_, _) => {
            let counts = drift.counts().into_iter();
            let counts = counts.map(|(severity, count)| format!("{count} {}", severity.name()));
            format!("Drift in {stack}: {}", counts.collect::<Vec<_>>().join(", "))
        }
    };
    if unknown > 0 {
        said.push_str(&format!("; nothing is claimed about {}", text::count(unknown, "resource")));
    }
    let scopes: Vec<String> =
        drift.silent().iter().map(|scope| text::safe(&scope.to_string())).collect();
    if !scopes.is_empty() {
        said.push_str(&format!(" ({} could not be read)", scopes.join(", ")));
    }
    said.push_str(&format!("; {good} of {all} as declared."));
    said
}

/// The verdict in one word, for machines: `clean`, `drifted` or `unknown`.
pub fn verdict(drift: &Drift) -> &'static str {
    match drift.verdict() {
        Verdict::Clean => "clean",
        Verdict::Drifted => "drifted",
        Verdict::Unknown => "unknown",
    }
}

/// Of one finding: what has become of the resource, in a few words.
pub(super) const fn fate(finding: &Finding) -> &'static str {
    match &finding.kind {
        Kind::Missing => "is not there",
        Kind::Changed => "has changed",
        Kind::Unrepairable => "has changed, and must be replaced to be as declared",
        Kind::Foreign(None) => "exists, and nothing says that it is ours",
        Kind::Foreign(Some(_)) => "belongs to somebody else",
        Kind::Undeclared => "is ours, and nothing declares it",
        Kind::Guarded(_) => "is not as declared, and must not be changed now",
        Kind::Mislabelled => "has lost the tags that say whose it is",
    }
}

/// What there is to say of a finding beside its fate: effects, reasons, who did it.
pub(super) fn remarks(finding: &Finding) -> Vec<String> {
    let mut all: Vec<String> =
        finding.effects.iter().map(|effect| text::safe(&effect.text)).collect();
    match &finding.kind {
        Kind::Guarded(why) => all.push(text::safe(why)),
        Kind::Foreign(Some(owner)) => all.push(format!("it belongs to {}", text::safe(owner))),
        Kind::Missing
        | Kind::Changed
        | Kind::Unrepairable
        | Kind::Foreign(None)
        | Kind::Undeclared
        | Kind::Mislabelled => {}
    }
    if let Some(Culprit { who, call, at }) = &finding.culprit {
        let [who, call, at] = [who, call, at].map(|part| text::safe(part));
        all.push(format!("{call} by {who} at {at}"));
    }
    all
}

/// What nothing is known about, and why.
pub fn unknown(drift: &Drift) -> Vec<(String, String)> {
    let known = |address| drift.unknown.contains_key(address);
    let told = drift.unknown.iter();
    let beside = drift.unreadable.iter().filter(|one| !known(&one.address));
    let all = told.chain(beside.map(|one| (&one.address, &one.reason)));
    all.map(|(address, why)| (text::address(address), text::safe(why))).collect()
}

pub(super) fn places(drift: &Drift) -> Places {
    let placed = |(address, scope): (&_, &Option<_>)| Some((Clone::clone(address), scope.clone()?));
    drift.looked_at.iter().filter_map(placed).collect()
}

fn heading(finding: &Finding, places: &Places, paint: Paint) -> String {
    let severity = paint.paint(style(finding.severity), finding.severity.name());
    let address = paint.paint(Style::Bold, &format!("# {}", text::address(&finding.address)));
    let mut out = format!("  {address} {} ({severity})\n", fate(finding));
    let mut note = |text: &str, style| {
        out.push_str(&format!("  {}\n", paint.paint(style, &format!("# {text}"))));
    };
    for remark in remarks(finding) {
        note(&remark, Style::Bold);
    }
    if let Some(place) = places.of_instance(&finding.address) {
        note(&place, Style::Dim);
    }
    out
}

const fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => Style::Error,
        Severity::Medium => Style::Warning,
        Severity::Low => Style::Dim,
    }
}

/// The attributes that differ, as a block: first what was declared, then what AWS has.
pub(super) fn difference(finding: &Finding, paint: Paint) -> String {
    let block = &finding.address.block;
    let labels = format!("{} {}", text::quote(&block.type_name), text::quote(&block.name));
    let sign = match finding.kind {
        Kind::Missing => paint.paint(Style::Removed, "-"),
        Kind::Undeclared => paint.paint(Style::Added, "+"),
        Kind::Changed | Kind::Unrepairable => paint.paint(Style::Changed, "~"),
        Kind::Foreign(_) | Kind::Guarded(_) | Kind::Mislabelled => return String::new(),
    };
    if finding.fields.is_empty() {
        return format!("  {sign} resource {labels}\n");
    }
    let mut parts = Parts::default();
    for field in &finding.fields {
        if let Some(spec) = find(finding.spec.inputs, field.name) {
            let spec = &crate::schema::AttributeSpec { replaces: false, ..*spec };
            parts.add(spec, (&field.declared, &field.actual), true);
        }
    }
    let mut writer = Writer::new(paint);
    writer.block(0, &parts.node(None));
    format!("  {sign} resource {labels} {}\n", writer.out)
}
