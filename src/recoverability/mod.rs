//! What a difference does to the ability to recover. Pure.
//!
//! An alarm that has another description and a vault that has lost its policy are both one attribute
//! that differs. This room tells them apart: in words, and by how much it matters to whoever has to
//! recover. It says the same of a plan, where the difference is still to come, and of drift, where it
//! has happened already.
use crate::schema::TypeSpec;
use crate::value::Value;

mod judge;
mod leaves;
mod rules;

/// How much a difference matters to whoever has to recover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing works worse: descriptions, names for people, tags.
    Low,
    /// Something works differently; recovery does not hang on it.
    Medium,
    /// Recovery takes longer or goes unwatched: nobody is told, capacity is missing.
    High,
    /// Recovery is impossible or loses more than was meant: no copy, no key, shorter retention.
    Critical,
}

impl Severity {
    /// From the least to the most.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What one difference brings about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// How much it matters.
    pub severity: Severity,
    /// In a few words: `backup retention 35 -> 7 days`.
    pub text: String,
}

/// What it brings about that an attribute of such a resource is no longer `before` but `after`, the
/// worst first. Empty when no rule has anything to say of it; see [`severity`].
pub fn effects(spec: &TypeSpec, attribute: &str, before: &Value, after: &Value) -> Vec<Effect> {
    let table = spec.inputs.iter().find(|one| one.name == attribute);
    let leaves = table.map(|table| leaves::differing(table, before, after)).unwrap_or_default();
    let mut effects: Vec<Effect> =
        leaves.iter().filter_map(|leaf| rules::judge(spec.name, leaf)).collect();
    effects.sort_by(|a, b| b.cmp(a));
    effects.dedup();
    effects
}

/// How much it matters that this attribute differs at all, where no rule says more.
pub fn severity(attribute: &str) -> Severity {
    match attribute {
        "tags" | "description" | "alarm_description" | "display_name" | "comment" => Severity::Low,
        _ => Severity::Medium,
    }
}

/// What it brings about that such a resource is not there; `None` if no rule says.
pub fn absence(spec: &TypeSpec) -> Option<Effect> {
    let (severity, text) = rules::absence(spec.name)?;
    Some(Effect { severity, text: text.to_owned() })
}

/// The types and attributes that rules are about, so that a test can hold them against the tables.
pub fn subjects() -> impl Iterator<Item = (&'static str, &'static str)> {
    rules::RULES.iter().map(|rule| (rule.of, rule.at))
}

/// The types of which the rules say what their absence brings about.
pub fn absences() -> impl Iterator<Item = &'static str> {
    rules::ABSENT.iter().flat_map(|(_, _, types)| types.iter().copied())
}

#[cfg(test)]
mod tests;
