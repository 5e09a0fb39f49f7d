//! Versions of engines, as configurations and AWS write them.
use std::cmp::Ordering;

use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// The version of a database engine: `15`, `15.4`, `8.0.mysql_aurora.3.05.2`.
///
/// A configuration may give the first parts only; what AWS makes of it is the same. A newer live
/// version is no difference either: AWS aligns members after a failover and upgrades by itself,
/// and no engine can be downgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion(String);

impl EngineVersion {
    /// The version.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether going from one to the other is what AWS calls a major upgrade.
    pub(super) fn major_differs(&self, other: &Self) -> bool {
        self.major() != other.major()
    }
    /// `16` of `16.4`, `8.0` of `8.0.mysql_aurora.3.05.2`.
    fn major(&self) -> &str {
        let parts = if self.0.starts_with(['5', '8']) { 2 } else { 1 };
        let end = self.0.match_indices('.').nth(parts - 1).map_or(self.0.len(), |(at, _)| at);
        &self.0[..end]
    }
    /// `5.6.global_10a` was the version of a global database whose members run `5.6.10a`.
    fn is_global_form_of(&self, member: &Self) -> bool {
        self.0.contains(".global_") && self.0.replacen(".global_", ".", 1) == member.0
    }
    /// Which is newer, if both are written alike.
    fn order(&self, other: &Self) -> Option<Ordering> {
        let (mut ours, mut theirs) = (self.0.split('.'), other.0.split('.'));
        loop {
            let (our, their) = match (ours.next(), theirs.next()) {
                (Some(our), Some(their)) => (our, their),
                (our, their) => return Some(our.is_some().cmp(&their.is_some())),
            };
            match (our.parse::<u64>(), their.parse::<u64>()) {
                (Ok(our), Ok(their)) if our != their => return Some(our.cmp(&their)),
                (Ok(_), Ok(_)) => {}
                _ if our == their => {}
                _ => return None,
            }
        }
    }
}

/// Orders versions from old to new, by number where they have numbers and by letter elsewhere.
pub(super) fn by_age(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<(u64, String)> {
        text.split(['.', '-', '_'])
            .map(|part| {
                let digits =
                    part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                (part[..digits].parse().unwrap_or(0), part[digits..].to_owned())
            })
            .collect()
    };
    parts(a).cmp(&parts(b))
}

impl Attribute for EngineVersion {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        String::decode(value).map(Self)
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
    fn same(live: &Self, want: &Self) -> bool {
        let completed = live
            .0
            .strip_prefix(&want.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        completed || live.is_global_form_of(want) || live.order(want) == Some(Ordering::Greater)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(live: &str, want: &str, same: bool) {
        let (live, want) = (EngineVersion::new(live), EngineVersion::new(want));
        assert_eq!(EngineVersion::same(&live, &want), same, "{live:?} for {want:?}");
    }

    #[test]
    fn a_version_stands_for_all_that_begin_with_it() {
        check("15.4", "15.4", true);
        check("15.4", "15", true);
        check("15.4.2", "15.4", true);
        check("8.0.mysql_aurora.3.05.2", "8.0", true);
        check("15.4", "15.40", false);
        check("15.4", "16", false);
        check("15.4", "15.5", false);
        check("8.0.mysql_aurora.3.04.0", "8.0.mysql_aurora.3.05.2", false);
    }

    #[test]
    fn a_newer_live_version_is_no_difference() {
        check("15.10", "15.4", true);
        check("16.1", "15.4", true);
        check("8.0.mysql_aurora.3.05.2", "8.0.mysql_aurora.3.04.0", true);
        check("8.0.mysql_aurora.3.05.2", "5.7.mysql_aurora.2.11.2", true);
    }

    #[test]
    fn the_old_form_of_global_databases_is_understood() {
        check("5.6.global_10a", "5.6.10a", true);
        check("5.6.global_10a", "5.6.11a", false);
    }

    #[test]
    fn what_cannot_be_ordered_is_a_difference() {
        check("16.4-limitless", "16.4", false);
    }

    #[test]
    fn major_versions() {
        let major = |a: &str, b: &str| EngineVersion::new(a).major_differs(&EngineVersion::new(b));
        assert!(major("15.4", "16.1"));
        assert!(!major("15.4", "15"));
        assert!(major("5.7.mysql_aurora.2.11.2", "8.0.mysql_aurora.3.04.0"));
        assert!(!major("8.0.mysql_aurora.3.04.0", "8.0"));
    }

    #[test]
    fn versions_are_sorted_by_number() {
        let mut versions = ["15.10", "15.4", "8.0.mysql_aurora.3.05.2", "15.4-R2"];
        versions.sort_by(|a, b| by_age(a, b));
        assert_eq!(versions, ["8.0.mysql_aurora.3.05.2", "15.4", "15.4-R2", "15.10"]);
    }
}
