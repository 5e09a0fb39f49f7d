//! `aws_db_instance` as data source: an instance that exists, made here or elsewhere.
use aws_sdk_rds::types;

use crate::attributes;
use crate::aws::{Aws, AwsError};
use crate::resources::rds;
use crate::resources::rds::cluster::MasterUserSecret;
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Given, LowerName};

attributes! {
    /// An instance that exists, found by its identifier, its tags, or both.
    pub struct DbInstanceData {
        /// Identifier of the instance.
        db_instance_identifier: Option<LowerName>,
        /// Tags that the instance must have, among others.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about an instance that was looked up.
    pub struct Outputs {
        /// Host name of the instance.
        address: Option<String>,
        /// GiB of storage; Aurora says 1.
        allocated_storage: Option<i32>,
        /// Whether AWS upgrades to new minor versions by itself.
        auto_minor_version_upgrade: Option<bool>,
        /// Availability zone of the instance.
        availability_zone: Option<String>,
        /// Days that automatic backups are kept.
        backup_retention_period: Option<i32>,
        /// Authority that signs the server's certificate.
        ca_cert_identifier: Option<String>,
        /// `standard` or `advanced`.
        database_insights_mode: Option<String>,
        /// Cluster that the instance belongs to.
        db_cluster_identifier: Option<String>,
        /// ARN of the instance.
        db_instance_arn: Arn,
        /// Class of the instance.
        db_instance_class: Option<String>,
        /// Identifier of the instance.
        db_instance_identifier: String,
        /// Port that the instance listens on.
        db_instance_port: Option<i32>,
        /// Name of the database that was made with the instance.
        db_name: Option<String>,
        /// Parameter groups of the instance.
        db_parameter_groups: Vec<String>,
        /// Subnet group of the instance.
        db_subnet_group: Option<String>,
        /// Logs that go to CloudWatch.
        enabled_cloudwatch_logs_exports: Vec<String>,
        /// Host name and port.
        endpoint: Option<String>,
        /// Engine of the instance.
        engine: Option<String>,
        /// The whole version.
        engine_version: Option<String>,
        /// Hosted zone of the address.
        hosted_zone_id: Option<String>,
        /// Provisioned operations a second.
        iops: Option<i32>,
        /// ARN of the key that encrypts the storage.
        kms_key_id: Option<String>,
        /// License of the engine.
        license_model: Option<String>,
        /// The secret with the master password, if AWS keeps it.
        master_user_secret: Option<MasterUserSecret>,
        /// Name of the master user.
        master_username: Option<String>,
        /// GiB that storage may grow to.
        max_allocated_storage: Option<i32>,
        /// Seconds between points of Enhanced Monitoring.
        monitoring_interval: Option<i32>,
        /// Role that sends Enhanced Monitoring to CloudWatch Logs.
        monitoring_role_arn: Option<String>,
        /// Whether there is a standby in another availability zone.
        multi_az: Option<bool>,
        /// `IPV4` or `DUAL`.
        network_type: Option<String>,
        /// Option groups of the instance.
        option_group_memberships: Vec<String>,
        /// Port of the address.
        port: Option<i32>,
        /// Daily time for backups.
        preferred_backup_window: Option<String>,
        /// Weekly time for maintenance.
        preferred_maintenance_window: Option<String>,
        /// Whether the address can be reached from outside the VPC.
        publicly_accessible: Option<bool>,
        /// Instance that this one follows.
        replicate_source_db: Option<String>,
        /// Immutable id of the instance.
        resource_id: Option<String>,
        /// Whether the storage is encrypted.
        storage_encrypted: Option<bool>,
        /// MiB a second of storage.
        storage_throughput: Option<i32>,
        /// Sort of storage.
        storage_type: Option<String>,
        /// Tags of the instance.
        tags: Tags,
        /// Time zone, of engines that have one.
        timezone: Option<String>,
        /// Security groups of the instance.
        vpc_security_groups: Vec<String>,
    }
}

/// The one instance that is meant.
async fn find(aws: &Aws, want: &DbInstanceData) -> Result<types::DbInstance> {
    let DbInstanceData { db_instance_identifier, tags } = want;
    let tagged = |instance: &types::DbInstance| {
        rds::tags(instance.tag_list.clone()).changes_to(tags).set.is_empty()
    };
    let mut found: Vec<types::DbInstance> = match db_instance_identifier {
        Some(name) => rds::instance(aws, name.as_str()).await?.into_iter().collect(),
        None => {
            let rds = aws.rds();
            let fetch = || async {
                let pages = rds.describe_db_instances().into_paginator().items().send();
                pages.try_collect().await.map_err(AwsError::from)
            };
            match aws.listed(fetch).await {
                Some(all) => all?.to_vec(),
                None => fetch().await?,
            }
        }
    };
    found.retain(tagged);
    let meant = match db_instance_identifier {
        Some(name) => format!("`{}`", name.as_str()),
        None => "with these tags".to_owned(),
    };
    match (found.pop(), found.len()) {
        (Some(instance), 0) => Ok(instance),
        (None, _) => Err(Error::NotFound(format!("there is no instance {meant} in {}", aws.scope))),
        (Some(_), more) => Err(Error::NotFound(format!(
            "there are {} instances {meant} in {}; give `db_instance_identifier` or more tags",
            more + 1,
            aws.scope
        ))),
    }
}

impl DataSource for DbInstanceData {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_db_instance";
    const ID: &'static str = "db_instance_identifier";

    async fn read(aws: &Aws, want: &Self) -> Result<Outputs> {
        let found = find(aws, want).await?;
        let endpoint = found.endpoint.unwrap_or_else(|| types::Endpoint::builder().build());
        let types::Endpoint { address, port, hosted_zone_id, .. } = endpoint;
        let parameters = found.db_parameter_groups.unwrap_or_default().into_iter();
        let options = found.option_group_memberships.unwrap_or_default().into_iter();
        let groups = found.vpc_security_groups.unwrap_or_default().into_iter();
        Ok(Outputs {
            endpoint: address.as_ref().zip(port).map(|(host, port)| format!("{host}:{port}")),
            address,
            allocated_storage: found.allocated_storage,
            auto_minor_version_upgrade: found.auto_minor_version_upgrade,
            availability_zone: found.availability_zone,
            backup_retention_period: found.backup_retention_period,
            ca_cert_identifier: found.ca_certificate_identifier,
            database_insights_mode: found
                .database_insights_mode
                .map(|mode| mode.as_str().to_owned()),
            db_cluster_identifier: found.db_cluster_identifier,
            db_instance_arn: Arn::parse(found.db_instance_arn.given("DBInstanceArn")?)?,
            db_instance_class: found.db_instance_class,
            db_instance_identifier: found.db_instance_identifier.given("DBInstanceIdentifier")?,
            db_instance_port: found.db_instance_port,
            db_name: rds::filled(found.db_name),
            db_parameter_groups: parameters.filter_map(|g| g.db_parameter_group_name).collect(),
            db_subnet_group: found.db_subnet_group.and_then(|group| group.db_subnet_group_name),
            enabled_cloudwatch_logs_exports: found
                .enabled_cloudwatch_logs_exports
                .unwrap_or_default(),
            engine: found.engine,
            engine_version: found.engine_version,
            hosted_zone_id,
            iops: found.iops,
            kms_key_id: found.kms_key_id,
            license_model: found.license_model,
            master_user_secret: found.master_user_secret.map(MasterUserSecret::new),
            master_username: found.master_username,
            max_allocated_storage: found.max_allocated_storage,
            monitoring_interval: found.monitoring_interval,
            monitoring_role_arn: found.monitoring_role_arn,
            multi_az: found.multi_az,
            network_type: found.network_type,
            option_group_memberships: options.filter_map(|o| o.option_group_name).collect(),
            port,
            preferred_backup_window: found.preferred_backup_window,
            preferred_maintenance_window: found.preferred_maintenance_window,
            publicly_accessible: found.publicly_accessible,
            replicate_source_db: found.read_replica_source_db_instance_identifier,
            resource_id: found.dbi_resource_id,
            storage_encrypted: found.storage_encrypted,
            storage_throughput: found.storage_throughput,
            storage_type: found.storage_type,
            tags: rds::tags(found.tag_list),
            timezone: found.timezone,
            vpc_security_groups: groups.filter_map(|g| g.vpc_security_group_id).collect(),
        })
    }
}
