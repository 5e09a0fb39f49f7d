//! `aws_rds_cluster` as data source: a cluster that exists, made here or elsewhere.
use std::collections::BTreeSet;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::rds::cluster::MasterUserSecret;
use crate::resources::rds::{self, membership};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Given, LowerName};

attributes! {
    /// A cluster that exists, such as the one that is to become a global database.
    pub struct RdsClusterData {
        /// Identifier of the cluster.
        cluster_identifier: LowerName,
    }
}

attributes! {
    /// What AWS tells about a cluster that was looked up.
    pub struct Outputs {
        /// ARN of the cluster.
        arn: Arn,
        /// Availability zones of the storage.
        availability_zones: BTreeSet<String>,
        /// Seconds that the cluster can be wound back.
        backtrack_window: Option<i64>,
        /// Days that automatic backups are kept.
        backup_retention_period: Option<i32>,
        /// Identifiers of the instances.
        cluster_members: BTreeSet<String>,
        /// Immutable id of the cluster.
        cluster_resource_id: Option<String>,
        /// `standard` or `limitless`.
        cluster_scalability_type: Option<String>,
        /// `standard` or `advanced`.
        database_insights_mode: Option<String>,
        /// Name of the database that was made with the cluster.
        database_name: Option<String>,
        /// Parameter group of the cluster.
        db_cluster_parameter_group_name: Option<String>,
        /// Subnet group of the cluster.
        db_subnet_group_name: Option<String>,
        /// Oracle's system id; Aurora has none.
        db_system_id: Option<String>,
        /// Logs that go to CloudWatch.
        enabled_cloudwatch_logs_exports: Vec<String>,
        /// Address of the instance that writes.
        endpoint: Option<String>,
        /// Engine of the cluster.
        engine: Option<String>,
        /// `provisioned` or `serverless`.
        engine_mode: Option<String>,
        /// The whole version.
        engine_version: Option<String>,
        /// The global database that the cluster is a member of.
        global_cluster_identifier: Option<String>,
        /// Hosted zone of the addresses.
        hosted_zone_id: Option<String>,
        /// Whether users may log in with credentials of IAM.
        iam_database_authentication_enabled: Option<bool>,
        /// ARNs of roles that the database may take on.
        iam_roles: BTreeSet<String>,
        /// ARN of the key that encrypts the storage.
        kms_key_id: Option<String>,
        /// The secret with the master password, if AWS keeps it.
        master_user_secret: Option<MasterUserSecret>,
        /// Name of the master user.
        master_username: Option<String>,
        /// Seconds between points of Enhanced Monitoring.
        monitoring_interval: Option<i32>,
        /// Role that sends Enhanced Monitoring to CloudWatch Logs.
        monitoring_role_arn: Option<String>,
        /// `IPV4` or `DUAL`.
        network_type: Option<String>,
        /// Port of the database.
        port: Option<i32>,
        /// Daily time for backups.
        preferred_backup_window: Option<String>,
        /// Weekly time for maintenance.
        preferred_maintenance_window: Option<String>,
        /// Address that is shared by the instances that only read.
        reader_endpoint: Option<String>,
        /// The cluster that this one follows.
        replication_source_identifier: Option<String>,
        /// AWS's status, such as `available`.
        status: Option<String>,
        /// Whether the storage is encrypted.
        storage_encrypted: Option<bool>,
        /// Tags of the cluster.
        tags: Tags,
        /// Security groups of the cluster.
        vpc_security_group_ids: BTreeSet<String>,
    }
}

impl DataSource for RdsClusterData {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_rds_cluster";
    const ID: &'static str = "cluster_identifier";

    async fn read(aws: &Aws, want: &Self) -> Result<Outputs> {
        let name = want.cluster_identifier.as_str();
        let found = rds::cluster(aws, name).await?.ok_or_else(|| {
            Error::NotFound(format!("there is no cluster `{name}` in {}", aws.scope))
        })?;
        let membership = membership::membership(aws, &found).await?;
        let members = found.db_cluster_members.unwrap_or_default().into_iter();
        let roles = found.associated_roles.unwrap_or_default().into_iter();
        let groups = found.vpc_security_groups.unwrap_or_default().into_iter();
        Ok(Outputs {
            arn: Arn::parse(found.db_cluster_arn.given("DBClusterArn")?)?,
            availability_zones: found.availability_zones.unwrap_or_default().into_iter().collect(),
            backtrack_window: found.backtrack_window,
            backup_retention_period: found.backup_retention_period,
            cluster_members: members.filter_map(|member| member.db_instance_identifier).collect(),
            cluster_resource_id: found.db_cluster_resource_id,
            cluster_scalability_type: found
                .cluster_scalability_type
                .map(|scalability| scalability.as_str().to_owned()),
            database_insights_mode: found
                .database_insights_mode
                .map(|mode| mode.as_str().to_owned()),
            database_name: rds::filled(found.database_name),
            db_cluster_parameter_group_name: found.db_cluster_parameter_group,
            db_subnet_group_name: found.db_subnet_group,
            db_system_id: found.db_system_id,
            enabled_cloudwatch_logs_exports: found
                .enabled_cloudwatch_logs_exports
                .unwrap_or_default(),
            endpoint: rds::filled(found.endpoint),
            engine: found.engine,
            engine_mode: found.engine_mode,
            engine_version: found.engine_version,
            global_cluster_identifier: membership.map(|membership| membership.global),
            hosted_zone_id: rds::filled(found.hosted_zone_id),
            iam_database_authentication_enabled: found.iam_database_authentication_enabled,
            iam_roles: roles.filter_map(|role| role.role_arn).collect(),
            kms_key_id: rds::filled(found.kms_key_id),
            master_user_secret: found.master_user_secret.map(MasterUserSecret::new),
            master_username: found.master_username,
            monitoring_interval: found.monitoring_interval,
            monitoring_role_arn: rds::filled(found.monitoring_role_arn),
            network_type: found.network_type,
            port: found.port,
            preferred_backup_window: found.preferred_backup_window,
            preferred_maintenance_window: found.preferred_maintenance_window,
            reader_endpoint: rds::filled(found.reader_endpoint),
            replication_source_identifier: rds::filled(found.replication_source_identifier),
            status: found.status,
            storage_encrypted: found.storage_encrypted,
            tags: rds::tags(found.tag_list),
            vpc_security_group_ids: groups.filter_map(|g| g.vpc_security_group_id).collect(),
        })
    }
}
