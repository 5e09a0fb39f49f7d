//! `aws_rds_engine_version`: which versions of an engine there are.
use std::collections::BTreeSet;

use aws_sdk_rds::types::{DbEngineVersion, Filter as AwsFilter, UpgradeTarget};

use crate::attributes;
use crate::aws::Aws;
use crate::resources::rds::version::by_age;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Given, Unordered};

attributes! {
    /// A version of an engine, chosen by what it can do.
    ///
    /// Asked in both Regions with `supports_global_databases` in mind, it tells whether a global
    /// database can be made. AWS's default version is taken when nothing but the engine is given.
    pub struct RdsEngineVersion {
        /// Engine, such as `aurora-postgresql`.
        engine: String,
        /// Version, or its first parts.
        version: Option<String>,
        /// Family of parameter groups, such as `aurora-postgresql15`.
        parameter_group_family: Option<String>,
        /// Versions to choose from, best first.
        preferred_versions: Vec<String>,
        /// Versions that it must be possible to upgrade to, any of them.
        preferred_upgrade_targets: Vec<String>,
        /// Major versions that it must be possible to upgrade to, any of them.
        preferred_major_targets: Vec<String>,
        /// Whether it must be possible to upgrade to another major version.
        has_major_target: Option<bool>,
        /// Whether it must be possible to upgrade to another minor version.
        has_minor_target: Option<bool>,
        /// Only versions that AWS calls a default; there may be one for every major version.
        default_only: Option<bool>,
        /// Also versions that are deprecated.
        include_all: Option<bool>,
        /// The newest of all that match. Without it, more than one match is an error.
        latest: Option<bool>,
        /// Conditions that AWS checks, such as `engine-mode`.
        filter: Unordered<Filter>,
    }
}

attributes! {
    /// A condition that AWS checks.
    pub struct Filter {
        /// Name of the condition.
        name: String,
        /// Values, any of which will do.
        values: BTreeSet<String>,
    }
}

attributes! {
    /// What AWS tells about a version.
    pub struct Outputs {
        /// The whole version.
        version: String,
        /// The whole version.
        version_actual: String,
        /// What AWS calls the version.
        version_description: Option<String>,
        /// What AWS calls the engine.
        engine_description: Option<String>,
        /// Family of parameter groups.
        parameter_group_family: Option<String>,
        /// Character set of new databases.
        default_character_set: Option<String>,
        /// Logs that can go to CloudWatch.
        exportable_log_types: BTreeSet<String>,
        /// `available` or `deprecated`.
        status: Option<String>,
        /// Character sets.
        supported_character_sets: BTreeSet<String>,
        /// Features, such as `s3Import`.
        supported_feature_names: BTreeSet<String>,
        /// Engine modes.
        supported_modes: BTreeSet<String>,
        /// Time zones.
        supported_timezones: BTreeSet<String>,
        /// Whether certificates change without a restart.
        supports_certificate_rotation_without_restart: bool,
        /// Whether there can be a global database of it.
        supports_global_databases: bool,
        /// Whether there are integrations with other services.
        supports_integrations: bool,
        /// Whether there can be a Limitless Database of it.
        supports_limitless_database: bool,
        /// Whether readers can hand writes on inside a cluster.
        supports_local_write_forwarding: bool,
        /// Whether logs can go to CloudWatch.
        supports_log_exports_to_cloudwatch: bool,
        /// Whether there is parallel query.
        supports_parallel_query: bool,
        /// Whether there can be read replicas.
        supports_read_replica: bool,
        /// Major versions that can be upgraded to.
        valid_major_targets: BTreeSet<String>,
        /// Minor versions that can be upgraded to.
        valid_minor_targets: BTreeSet<String>,
        /// Versions that can be upgraded to.
        valid_upgrade_targets: BTreeSet<String>,
    }
}

impl RdsEngineVersion {
    /// Whether anything is asked for besides the engine and its family.
    fn is_particular(&self) -> bool {
        let on = |flag: Option<bool>| flag == Some(true);
        self.version.is_some()
            || !self.preferred_versions.is_empty()
            || !self.preferred_upgrade_targets.is_empty()
            || !self.preferred_major_targets.is_empty()
            || on(self.has_major_target)
            || on(self.has_minor_target)
            || on(self.include_all)
            || on(self.latest)
            || !self.filter.0.is_empty()
    }

    /// The one version that is meant, of those that AWS found.
    fn choose(&self, mut found: Vec<DbEngineVersion>) -> Result<DbEngineVersion> {
        let targets = |version: &DbEngineVersion, fits: &dyn Fn(&UpgradeTarget) -> bool| {
            version.valid_upgrade_target.as_deref().unwrap_or_default().iter().any(fits)
        };
        let major = |target: &UpgradeTarget| target.is_major_version_upgrade.unwrap_or(false);
        let named = |names: &[String], target: &UpgradeTarget| {
            names.iter().any(|name| target.engine_version.as_ref() == Some(name))
        };
        let preferred = &self.preferred_versions;
        if !preferred.is_empty() {
            let rank = |version: &DbEngineVersion| {
                preferred.iter().position(|name| version.engine_version.as_ref() == Some(name))
            };
            found.retain(|version| rank(version).is_some());
            found.sort_by_key(rank);
        }
        let upgrades = &self.preferred_upgrade_targets;
        if !upgrades.is_empty() {
            found.retain(|version| targets(version, &|target| named(upgrades, target)));
        }
        let majors = &self.preferred_major_targets;
        if !majors.is_empty() {
            found.retain(|version| targets(version, &|t| major(t) && named(majors, t)));
        }
        if self.has_minor_target == Some(true) {
            found.retain(|version| targets(version, &|target| !major(target)));
        }
        if self.has_major_target == Some(true) {
            found.retain(|version| targets(version, &major));
        }
        let text = |version: &DbEngineVersion| version.engine_version.clone().unwrap_or_default();
        if self.latest == Some(true) {
            found.sort_by(|a, b| by_age(&text(b), &text(a)));
        }
        let by_preference = !preferred.is_empty()
            || !upgrades.is_empty()
            || !majors.is_empty()
            || self.latest == Some(true);
        if found.len() > 1 && !by_preference {
            let versions: Vec<String> = found.iter().map(text).collect();
            return Err(Error::NotFound(format!(
                "{} versions of {} match ({}); narrow it down, or set `latest = true`",
                found.len(),
                self.engine,
                versions.join(", ")
            )));
        }
        found.into_iter().next().ok_or_else(|| {
            Error::NotFound(format!("no version of {} matches what is asked for", self.engine))
        })
    }
}

impl DataSource for RdsEngineVersion {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_rds_engine_version";
    const ID: &'static str = "version_actual";

    async fn read(aws: &Aws, want: &Self) -> Result<Outputs> {
        let default_only = match want.default_only {
            None if !want.is_particular() => Some(true),
            said => said,
        };
        let filters = want.filter.0.iter().map(|Filter { name, values }| {
            let values = values.iter().cloned().collect();
            AwsFilter::builder().name(name).set_values(Some(values)).build()
        });
        let filters: Vec<_> = filters.collect();
        let call = aws
            .rds()
            .describe_db_engine_versions()
            .engine(&want.engine)
            .set_engine_version(want.version.clone())
            .set_db_parameter_group_family(want.parameter_group_family.clone())
            .set_default_only(default_only)
            .set_include_all(want.include_all)
            .list_supported_character_sets(true)
            .list_supported_timezones(true)
            .set_filters((!filters.is_empty()).then_some(filters));
        let found = call.into_paginator().items().send().try_collect().await?;
        let found = want.choose(found)?;
        let version = found.engine_version.given("EngineVersion")?;
        let targets = found.valid_upgrade_target.unwrap_or_default();
        let to = |fits: &dyn Fn(&UpgradeTarget) -> bool| -> BTreeSet<String> {
            let fitting = targets.iter().filter(|target| fits(target));
            fitting.filter_map(|target| target.engine_version.clone()).collect()
        };
        let major = |target: &UpgradeTarget| target.is_major_version_upgrade.unwrap_or(false);
        let sets = found.supported_character_sets.unwrap_or_default().into_iter();
        let zones = found.supported_timezones.unwrap_or_default().into_iter();
        let set = |list: Option<Vec<String>>| list.unwrap_or_default().into_iter().collect();
        Ok(Outputs {
            version: version.clone(),
            version_actual: version,
            version_description: found.db_engine_version_description,
            engine_description: found.db_engine_description,
            parameter_group_family: found.db_parameter_group_family,
            default_character_set: found
                .default_character_set
                .and_then(|set| set.character_set_name),
            exportable_log_types: set(found.exportable_log_types),
            status: found.status,
            supported_character_sets: sets.filter_map(|set| set.character_set_name).collect(),
            supported_feature_names: set(found.supported_feature_names),
            supported_modes: set(found.supported_engine_modes),
            supported_timezones: zones.filter_map(|zone| zone.timezone_name).collect(),
            supports_certificate_rotation_without_restart: found
                .supports_certificate_rotation_without_restart
                .unwrap_or(false),
            supports_global_databases: found.supports_global_databases.unwrap_or(false),
            supports_integrations: found.supports_integrations.unwrap_or(false),
            supports_limitless_database: found.supports_limitless_database.unwrap_or(false),
            supports_local_write_forwarding: found.supports_local_write_forwarding.unwrap_or(false),
            supports_log_exports_to_cloudwatch: found
                .supports_log_exports_to_cloudwatch_logs
                .unwrap_or(false),
            supports_parallel_query: found.supports_parallel_query.unwrap_or(false),
            supports_read_replica: found.supports_read_replica.unwrap_or(false),
            valid_major_targets: to(&major),
            valid_minor_targets: to(&|target| !major(target)),
            valid_upgrade_targets: to(&|_| true),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;
    use crate::value::{Object, Value};

    fn want(attributes: &[(&str, Value)]) -> RdsEngineVersion {
        let engine = ("engine", Value::text("aurora-postgresql"));
        let all = attributes.iter().cloned().chain([engine]);
        RdsEngineVersion::decode(&Value::Object(all.collect::<Object>())).expect("decodes")
    }

    fn version(text: &str, targets: &[(&str, bool)]) -> DbEngineVersion {
        let targets = targets.iter().map(|(to, major)| {
            UpgradeTarget::builder().engine_version(*to).is_major_version_upgrade(*major).build()
        });
        DbEngineVersion::builder()
            .engine_version(text)
            .set_valid_upgrade_target(Some(targets.collect()))
            .build()
    }

    fn check(attributes: &[(&str, Value)], expected: Option<&str>) {
        let found = vec![
            version("15.4", &[("15.10", false), ("16.1", true)]),
            version("15.10", &[("16.1", true)]),
            version("16.1", &[]),
        ];
        let chosen = want(attributes).choose(found).ok().and_then(|found| found.engine_version);
        assert_eq!(chosen.as_deref(), expected, "{attributes:?}");
    }

    #[test]
    fn versions_are_chosen_by_preference() {
        let prefer = |names: &[&str]| Value::texts(names.iter().copied());
        check(&[], None);
        check(&[("latest", Value::Bool(true))], Some("16.1"));
        check(&[("preferred_versions", prefer(&["14", "15.10", "15.4"]))], Some("15.10"));
        check(&[("preferred_versions", prefer(&["14"]))], None);
        check(&[("has_minor_target", Value::Bool(true))], Some("15.4"));
        check(&[("preferred_major_targets", prefer(&["16.1"]))], Some("15.4"));
        check(
            &[("has_major_target", Value::Bool(true)), ("latest", Value::Bool(true))],
            Some("15.10"),
        );
    }

    #[test]
    fn the_default_is_asked_for_when_nothing_else_is() {
        assert!(!want(&[]).is_particular());
        assert!(!want(&[("latest", Value::Bool(false))]).is_particular());
        assert!(want(&[("version", Value::text("15"))]).is_particular());
    }
}
