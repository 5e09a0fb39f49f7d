//! `aws_rds_orderable_db_instance`: which classes of instances can be had in a Region.
use std::collections::BTreeSet;

use aws_sdk_rds::types::OrderableDbInstanceOption as Offer;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::rds::version::by_age;
use crate::resources::{DataSource, Error, Result};
use crate::schema::Given;

attributes! {
    /// An instance class that can be had in the Region, with engine and version.
    ///
    /// Ask in the second Region, with `supports_global_databases = true`, whether what the writer
    /// runs on can be had there too.
    pub struct RdsOrderableDbInstance {
        /// Engine, such as `aurora-postgresql`.
        engine: String,
        /// Version of the engine. Any version when absent.
        engine_version: Option<String>,
        /// The newest version that matches. It goes with one of the two lists below.
        engine_latest_version: Option<bool>,
        /// Class of the instance.
        instance_class: Option<String>,
        /// Classes to choose from, best first.
        preferred_instance_classes: Vec<String>,
        /// Versions to choose from, best first.
        preferred_engine_versions: Vec<String>,
        /// License of the engine.
        license_model: Option<String>,
        /// Group of availability zones, for Local Zones.
        availability_zone_group: Option<String>,
        /// Sort of storage: `aurora`, `aurora-iopt1`.
        storage_type: Option<String>,
        /// Engine modes that must be possible, such as `provisioned`.
        supported_engine_modes: Vec<String>,
        /// Network types that must be possible.
        supported_network_types: Vec<String>,
        /// Only classes that go into clusters, or only others.
        supports_clusters: Option<bool>,
        /// Only with Enhanced Monitoring, or only without.
        supports_enhanced_monitoring: Option<bool>,
        /// Only for global databases, or only not.
        supports_global_databases: Option<bool>,
        /// Only with logins by IAM, or only without.
        supports_iam_database_authentication: Option<bool>,
        /// Only with provisioned operations, or only without.
        supports_iops: Option<bool>,
        /// Only with Kerberos, or only without.
        supports_kerberos_authentication: Option<bool>,
        /// Only with a standby, or only without.
        supports_multi_az: Option<bool>,
        /// Only with Performance Insights, or only without.
        supports_performance_insights: Option<bool>,
        /// Only with storage that grows, or only without.
        supports_storage_autoscaling: Option<bool>,
        /// Only with encrypted storage, or only without.
        supports_storage_encryption: Option<bool>,
        /// Only in a VPC, or only outside.
        vpc: Option<bool>,
    }
}

attributes! {
    /// What AWS offers.
    pub struct Outputs {
        /// Version of the engine.
        engine_version: String,
        /// Class of the instance.
        instance_class: String,
        /// Availability zones where it can be had.
        availability_zones: Vec<String>,
        /// Group of availability zones.
        availability_zone_group: Option<String>,
        /// License of the engine.
        license_model: Option<String>,
        /// Most operations a second.
        max_iops_per_db_instance: Option<i32>,
        /// Most operations a second for each GiB.
        max_iops_per_gib: Option<f64>,
        /// Most GiB of storage.
        max_storage_size: Option<i32>,
        /// Least operations a second.
        min_iops_per_db_instance: Option<i32>,
        /// Least operations a second for each GiB.
        min_iops_per_gib: Option<f64>,
        /// Least GiB of storage.
        min_storage_size: Option<i32>,
        /// Whether there can be a standby.
        multi_az_capable: bool,
        /// Whether it can be had on Outposts.
        outpost_capable: bool,
        /// Whether it can have read replicas.
        read_replica_capable: bool,
        /// Sort of storage.
        storage_type: Option<String>,
        /// Engine modes.
        supported_engine_modes: Vec<String>,
        /// Network types.
        supported_network_types: Vec<String>,
        /// Whether it goes into clusters.
        supports_clusters: bool,
        /// Whether there is Enhanced Monitoring.
        supports_enhanced_monitoring: bool,
        /// Whether it can be in a global database.
        supports_global_databases: bool,
        /// Whether there are logins by IAM.
        supports_iam_database_authentication: bool,
        /// Whether there are provisioned operations.
        supports_iops: bool,
        /// Whether there is Kerberos.
        supports_kerberos_authentication: bool,
        /// Whether there can be a standby.
        supports_multi_az: bool,
        /// Whether there is Performance Insights.
        supports_performance_insights: bool,
        /// Whether storage can grow by itself.
        supports_storage_autoscaling: bool,
        /// Whether storage can be encrypted.
        supports_storage_encryption: bool,
        /// Whether it is in a VPC.
        vpc: bool,
    }
}

impl RdsOrderableDbInstance {
    /// Whether an offer has what only we can check.
    fn fits(&self, offer: &Offer) -> bool {
        let flag = |want: Option<bool>, has: Option<bool>| {
            want.is_none_or(|want| want == has.unwrap_or(false))
        };
        let all = |want: &[String], has: &Option<Vec<String>>| {
            let has = has.as_deref().unwrap_or_default();
            want.iter().all(|item| has.contains(item))
        };
        (self.storage_type.is_none() || self.storage_type == offer.storage_type)
            && all(&self.supported_engine_modes, &offer.supported_engine_modes)
            && all(&self.supported_network_types, &offer.supported_network_types)
            && flag(self.supports_clusters, offer.supports_clusters)
            && flag(self.supports_enhanced_monitoring, offer.supports_enhanced_monitoring)
            && flag(self.supports_global_databases, offer.supports_global_databases)
            && flag(
                self.supports_iam_database_authentication,
                offer.supports_iam_database_authentication,
            )
            && flag(self.supports_iops, offer.supports_iops)
            && flag(self.supports_kerberos_authentication, offer.supports_kerberos_authentication)
            && flag(self.supports_multi_az, offer.multi_az_capable)
            && flag(self.supports_performance_insights, offer.supports_performance_insights)
            && flag(self.supports_storage_autoscaling, offer.supports_storage_autoscaling)
            && flag(self.supports_storage_encryption, offer.supports_storage_encryption)
    }

    /// The one offer that is meant, of those that AWS made.
    fn choose(&self, mut offers: Vec<Offer>) -> Result<Offer> {
        let (classes, versions) =
            (&self.preferred_instance_classes, &self.preferred_engine_versions);
        let rank = |names: &[String], text: &Option<String>| {
            let place = names.iter().position(|name| text.as_ref() == Some(name));
            if names.is_empty() { Some(0) } else { place }
        };
        offers.retain(|offer| {
            self.fits(offer)
                && rank(classes, &offer.db_instance_class).is_some()
                && rank(versions, &offer.engine_version).is_some()
        });
        let latest = self.engine_latest_version == Some(true);
        let version = |offer: &Offer| offer.engine_version.clone().unwrap_or_default();
        offers.sort_by(|a, b| {
            let class = |offer: &Offer| rank(classes, &offer.db_instance_class);
            let by_version = if latest {
                by_age(&version(b), &version(a))
            } else {
                rank(versions, &a.engine_version).cmp(&rank(versions, &b.engine_version))
            };
            class(a).cmp(&class(b)).then(by_version)
        });
        let decided = latest || !classes.is_empty() || !versions.is_empty();
        match (offers.len(), decided) {
            (0, _) => Err(Error::NotFound(format!(
                "no instance class for {} matches what is asked for",
                self.engine
            ))),
            (1, _) | (_, true) => Ok(offers.swap_remove(0)),
            (many, false) => Err(Error::NotFound(format!(
                "{many} combinations of instance class and version for {} match; give \
                 `instance_class`, `engine_version` and `storage_type`, or a list of preferred ones",
                self.engine
            ))),
        }
    }
}

impl DataSource for RdsOrderableDbInstance {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_rds_orderable_db_instance";
    const ID: &'static str = "instance_class";

    async fn read(aws: &Aws, want: &Self) -> Result<Outputs> {
        let call = aws
            .rds()
            .describe_orderable_db_instance_options()
            .engine(&want.engine)
            .set_engine_version(want.engine_version.clone())
            .set_db_instance_class(want.instance_class.clone())
            .set_license_model(want.license_model.clone())
            .set_availability_zone_group(want.availability_zone_group.clone())
            .set_vpc(want.vpc);
        let found = want.choose(call.into_paginator().items().send().try_collect().await?)?;
        let zones: BTreeSet<String> = found
            .availability_zones
            .unwrap_or_default()
            .into_iter()
            .filter_map(|zone| zone.name)
            .collect();
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        Ok(Outputs {
            engine_version: found.engine_version.given("EngineVersion")?,
            instance_class: found.db_instance_class.given("DBInstanceClass")?,
            availability_zones: zones.into_iter().collect(),
            availability_zone_group: found.availability_zone_group,
            license_model: found.license_model,
            max_iops_per_db_instance: found.max_iops_per_db_instance,
            max_iops_per_gib: found.max_iops_per_gib,
            max_storage_size: found.max_storage_size,
            min_iops_per_db_instance: found.min_iops_per_db_instance,
            min_iops_per_gib: found.min_iops_per_gib,
            min_storage_size: found.min_storage_size,
            multi_az_capable: is(found.multi_az_capable),
            outpost_capable: is(found.outpost_capable),
            read_replica_capable: is(found.read_replica_capable),
            storage_type: found.storage_type,
            supported_engine_modes: found.supported_engine_modes.unwrap_or_default(),
            supported_network_types: found.supported_network_types.unwrap_or_default(),
            supports_clusters: is(found.supports_clusters),
            supports_enhanced_monitoring: is(found.supports_enhanced_monitoring),
            supports_global_databases: is(found.supports_global_databases),
            supports_iam_database_authentication: is(found.supports_iam_database_authentication),
            supports_iops: is(found.supports_iops),
            supports_kerberos_authentication: is(found.supports_kerberos_authentication),
            supports_multi_az: is(found.multi_az_capable),
            supports_performance_insights: is(found.supports_performance_insights),
            supports_storage_autoscaling: is(found.supports_storage_autoscaling),
            supports_storage_encryption: is(found.supports_storage_encryption),
            vpc: is(found.vpc),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;
    use crate::value::{Object, Value};

    fn check(attributes: &[(&str, Value)], expected: Option<(&str, &str)>) {
        let engine = ("engine", Value::text("aurora-postgresql"));
        let all = attributes.iter().cloned().chain([engine]);
        let want = RdsOrderableDbInstance::decode(&Value::Object(all.collect::<Object>()));
        let offer = |class: &str, version: &str, global: bool| {
            let offer = Offer::builder().db_instance_class(class).engine_version(version);
            offer.storage_type("aurora").supports_global_databases(global).build()
        };
        let offers = vec![
            offer("db.t4g.medium", "15.4", false),
            offer("db.r6g.large", "15.4", true),
            offer("db.r6g.large", "15.10", true),
        ];
        let chosen = want.expect("decodes").choose(offers).ok();
        let chosen = chosen.and_then(|o| Some((o.db_instance_class?, o.engine_version?)));
        let expected = expected.map(|(class, version)| (class.to_owned(), version.to_owned()));
        assert_eq!(chosen, expected, "{attributes:?}");
    }

    #[test]
    fn offers_are_chosen_by_preference() {
        let prefer = |names: &[&str]| Value::texts(names.iter().copied());
        let global = ("supports_global_databases", Value::Bool(true));
        let classes = ("preferred_instance_classes", prefer(&["db.t4g.medium", "db.r6g.large"]));
        let versions = ("preferred_engine_versions", prefer(&["15.10", "15.4"]));
        let latest = ("engine_latest_version", Value::Bool(true));
        check(&[], None);
        check(std::slice::from_ref(&global), None);
        check(std::slice::from_ref(&classes), Some(("db.t4g.medium", "15.4")));
        check(&[classes.clone(), global.clone()], Some(("db.r6g.large", "15.4")));
        check(&[classes.clone(), global.clone(), latest], Some(("db.r6g.large", "15.10")));
        check(&[classes, global, versions], Some(("db.r6g.large", "15.10")));
        check(&[("storage_type", Value::text("gp2"))], None);
    }
}
