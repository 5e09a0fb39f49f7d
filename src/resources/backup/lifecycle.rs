//! How long recovery points are kept.
use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::schema::{Attribute, Kind, Mismatch, Problem};
use crate::value::{Object, Value};

attributes! {
    /// How long recovery points are kept, and where.
    pub struct Lifecycle {
        /// Days until a recovery point moves to cold storage, where it stays 90 days at least.
        /// Aurora has no cold storage and ignores it. Never when absent or 0.
        cold_storage_after: Days,
        /// Days until a recovery point is deleted, counted from its creation; a copy counts from
        /// the creation of its original. Never when absent or 0.
        delete_after: Days,
        /// Whether what can move to cold storage only when asked to does so. AWS does not ask it
        /// when absent.
        opt_in_to_archive_for_supported_resources: Option<bool> => aws_decides,
    }
}

/// A number of days; none, 0 and less mean never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(Option<i64>);

impl Days {
    fn new(days: Option<i64>) -> Self {
        Self(days.filter(|days| *days > 0))
    }
}

impl Attribute for Days {
    const KIND: Kind = Kind::Int;
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Option::decode(value).map(Self::new)
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
}

impl Lifecycle {
    /// What AWS tells; one that says nothing is none.
    pub(super) fn from_aws(told: Option<sdk::Lifecycle>) -> Option<Self> {
        let told = told?;
        let (cold, delete) =
            (Days::new(told.move_to_cold_storage_after_days), Days::new(told.delete_after_days));
        let archive = told.opt_in_to_archive_for_supported_resources;
        let says = cold.0.is_some() || delete.0.is_some() || archive == Some(true);
        says.then_some(Self {
            cold_storage_after: cold,
            delete_after: delete,
            opt_in_to_archive_for_supported_resources: archive,
        })
    }

    /// For a call.
    pub(super) fn to_aws(&self) -> sdk::Lifecycle {
        let Self { cold_storage_after, delete_after, opt_in_to_archive_for_supported_resources } =
            self;
        sdk::Lifecycle::builder()
            .set_move_to_cold_storage_after_days(cold_storage_after.0)
            .set_delete_after_days(delete_after.0)
            .set_opt_in_to_archive_for_supported_resources(
                *opt_in_to_archive_for_supported_resources,
            )
            .build()
    }
}

/// What AWS would refuse in a lifecycle, which stands at `path`.
pub(super) fn check(lifecycle: &Object, path: &[&str]) -> Option<Problem> {
    let days = |name| lifecycle.get(name).as_i64();
    let (cold, delete) = (days("cold_storage_after")?, days("delete_after")?);
    let path = [path, &["delete_after"]].concat();
    (delete < cold + 90).then(|| {
        Problem::error(
            &path,
            "Retention too short",
            format!(
                "What moves to cold storage after {cold} days stays there for 90 days at least, so \
                 it can be deleted after {} days at the earliest, not after {delete}.",
                cold + 90
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_has_many_names() {
        let days = |value: Value| Days::decode(&value).unwrap();
        assert_eq!(days(Value::Null), days(Value::int(0)));
        assert_eq!(days(Value::int(-1)), days(Value::int(0)));
        assert_ne!(days(Value::int(1)), days(Value::int(0)));
        let nothing = sdk::Lifecycle::builder().delete_after_days(-1).build();
        assert_eq!(Lifecycle::from_aws(Some(nothing)), None);
        assert_eq!(Lifecycle::from_aws(None), None);
    }

    #[test]
    fn cold_storage_takes_ninety_days() {
        let check = |cold: i64, delete: i64| {
            let days = [("cold_storage_after", cold), ("delete_after", delete)];
            let lifecycle = days.map(|(name, days)| (name, Value::int(days))).into_iter().collect();
            check(&lifecycle, &["rule", "0", "lifecycle"])
        };
        assert_eq!(check(30, 120), None);
        let wrong = check(30, 119).unwrap();
        assert_eq!(wrong.path, ["rule", "0", "lifecycle", "delete_after"]);
        assert!(wrong.message.contains("120 days at the earliest"), "{}", wrong.message);
    }
}
