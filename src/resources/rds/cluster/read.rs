//! A cluster as AWS describes it, as attributes.
use std::collections::BTreeSet;

use aws_sdk_rds::types;

use crate::resources::rds::cluster::{MasterUserSecret, Outputs, RdsCluster, ServerlessV2Scaling};
use crate::resources::rds::membership::Membership;
use crate::resources::rds::{
    self, EngineMode, EngineVersion, KmsKey, NetworkType, StorageType, Window, Zones,
};
use crate::resources::{Live, Result};
use crate::schema::{Arn, Given, LowerName};

/// Names of the attributes that AWS has accepted a change of and not made it yet.
fn pending(values: Option<&types::ClusterPendingModifiedValues>) -> BTreeSet<String> {
    let Some(values) = values else { return BTreeSet::new() };
    let logs = values.pending_cloudwatch_logs_exports.as_ref().is_some_and(|logs| {
        !logs.log_types_to_enable().is_empty() || !logs.log_types_to_disable().is_empty()
    });
    let waits = [
        ("enabled_cloudwatch_logs_exports", logs),
        ("master_password", values.master_user_password.is_some()),
        (
            "iam_database_authentication_enabled",
            values.iam_database_authentication_enabled.is_some(),
        ),
        ("engine_version", values.engine_version.is_some()),
        ("backup_retention_period", values.backup_retention_period.is_some()),
        ("storage_type", values.storage_type.is_some()),
        ("allocated_storage", values.allocated_storage.is_some()),
        ("iops", values.iops.is_some()),
        ("ca_certificate_identifier", values.certificate_details.is_some()),
    ];
    waits.into_iter().filter(|(_, waits)| *waits).map(|(name, _)| name.to_owned()).collect()
}

/// A cluster as AWS describes it. What is pending counts as there, so that it is not asked for
/// again.
pub(super) fn live(
    found: types::DbCluster,
    membership: Option<Membership>,
) -> Result<Live<RdsCluster>> {
    let pending = pending(found.pending_modified_values.as_ref());
    let next = found
        .pending_modified_values
        .unwrap_or_else(|| types::ClusterPendingModifiedValues::builder().build());
    let engine = found.engine.given("Engine")?;
    let version = rds::filled(found.engine_version);
    let certificate = found.certificate_details;
    let domain = found.domain_memberships.unwrap_or_default().into_iter().next();
    let key = |key: Option<String>| rds::filled(key).map(KmsKey::new);
    let name = |name: Option<String>| rds::filled(name).map(LowerName::new);
    let forwards_locally = found
        .local_write_forwarding_status
        .is_some_and(|status| matches!(status.as_str(), "requested" | "enabling" | "enabled"));
    let roles = found.associated_roles.unwrap_or_default().into_iter();
    let groups = found.vpc_security_groups.unwrap_or_default().into_iter();
    let instances = found.db_cluster_members.unwrap_or_default().into_iter();
    let secret = found.master_user_secret;
    let storage = rds::filled(next.storage_type).or(found.storage_type);
    let member = membership.as_ref().map(|membership| &membership.member);
    Ok(Live {
        inputs: RdsCluster {
            cluster_identifier: LowerName::new(
                found.db_cluster_identifier.given("DBClusterIdentifier")?,
            ),
            engine_version: rds::filled(next.engine_version)
                .or_else(|| version.clone())
                .map(EngineVersion::new),
            engine_mode: Some(EngineMode::new(found.engine_mode.as_deref().unwrap_or_default())),
            engine_lifecycle_support: rds::filled(found.engine_lifecycle_support),
            global_cluster_identifier: membership
                .as_ref()
                .map(|membership| LowerName::new(&membership.global))
                .or_else(|| name(found.global_cluster_identifier)),
            replication_source_identifier: rds::filled(found.replication_source_identifier),
            source_region: None,
            database_name: rds::filled(found.database_name),
            master_username: rds::filled(found.master_username),
            master_password: None,
            master_password_wo: None,
            master_password_wo_version: None,
            manage_master_user_password: Some(secret.is_some()),
            master_user_secret_kms_key_id: key(secret
                .as_ref()
                .and_then(|secret| secret.kms_key_id.clone())),
            db_subnet_group_name: name(found.db_subnet_group),
            vpc_security_group_ids: groups.filter_map(|g| g.vpc_security_group_id).collect(),
            availability_zones: Zones(
                found.availability_zones.unwrap_or_default().into_iter().collect(),
            ),
            port: found.port,
            network_type: rds::filled(found.network_type).map(NetworkType::parse).transpose()?,
            db_cluster_parameter_group_name: name(found.db_cluster_parameter_group),
            db_instance_parameter_group_name: None,
            backup_retention_period: next.backup_retention_period.or(found.backup_retention_period),
            preferred_backup_window: rds::filled(found.preferred_backup_window).map(Window::new),
            preferred_maintenance_window: rds::filled(found.preferred_maintenance_window)
                .map(Window::new),
            backtrack_window: Some(found.backtrack_window.unwrap_or(0)),
            storage_encrypted: found.storage_encrypted,
            kms_key_id: key(found.kms_key_id),
            storage_type: StorageType::new(storage, &engine),
            allocated_storage: next.allocated_storage.or(found.allocated_storage),
            iops: next.iops.or(found.iops),
            db_cluster_instance_class: rds::filled(found.db_cluster_instance_class),
            deletion_protection: Some(found.deletion_protection.unwrap_or(false)),
            copy_tags_to_snapshot: Some(found.copy_tags_to_snapshot.unwrap_or(false)),
            iam_database_authentication_enabled: Some(
                next.iam_database_authentication_enabled
                    .or(found.iam_database_authentication_enabled)
                    .unwrap_or(false),
            ),
            enabled_cloudwatch_logs_exports: found
                .enabled_cloudwatch_logs_exports
                .unwrap_or_default()
                .into_iter()
                .collect(),
            enable_http_endpoint: Some(found.http_endpoint_enabled.unwrap_or(false)),
            enable_global_write_forwarding: Some(
                found.global_write_forwarding_requested.unwrap_or(false),
            ),
            enable_local_write_forwarding: Some(forwards_locally),
            serverlessv2_scaling_configuration: found
                .serverless_v2_scaling_configuration
                .and_then(ServerlessV2Scaling::new),
            iam_roles: roles
                .filter_map(|role| role.role_arn)
                .map(Arn::parse)
                .collect::<Result<_, _>>()?,
            database_insights_mode: found
                .database_insights_mode
                .map(|mode| mode.as_str().to_owned()),
            performance_insights_enabled: Some(found.performance_insights_enabled.unwrap_or(false)),
            performance_insights_kms_key_id: key(found.performance_insights_kms_key_id),
            performance_insights_retention_period: found.performance_insights_retention_period,
            monitoring_interval: Some(found.monitoring_interval.unwrap_or(0)),
            monitoring_role_arn: rds::filled(found.monitoring_role_arn)
                .map(Arn::parse)
                .transpose()?,
            ca_certificate_identifier: next
                .certificate_details
                .and_then(|details| details.ca_identifier)
                .or_else(|| certificate.as_ref().and_then(|c| c.ca_identifier.clone())),
            cluster_scalability_type: found
                .cluster_scalability_type
                .map(|scalability| scalability.as_str().to_owned()),
            domain: domain.as_ref().and_then(|domain| domain.domain.clone()),
            domain_iam_role_name: domain.and_then(|domain| domain.iam_role_name),
            snapshot_identifier: None,
            restore_to_point_in_time: None,
            allow_major_version_upgrade: Some(false),
            apply_immediately: Some(true),
            skip_final_snapshot: Some(false),
            final_snapshot_identifier: None,
            delete_automated_backups: Some(true),
            tags: rds::tags(found.tag_list),
            engine: LowerName::new(engine),
        },
        outputs: Outputs {
            arn: Arn::parse(found.db_cluster_arn.given("DBClusterArn")?)?,
            cluster_members: instances.filter_map(|member| member.db_instance_identifier).collect(),
            cluster_resource_id: found.db_cluster_resource_id,
            endpoint: rds::filled(found.endpoint),
            reader_endpoint: rds::filled(found.reader_endpoint),
            engine_version_actual: version.map(EngineVersion::new),
            hosted_zone_id: rds::filled(found.hosted_zone_id),
            master_user_secret: secret.map(MasterUserSecret::new),
            ca_certificate_valid_till: certificate
                .and_then(|details| details.valid_till)
                .map(|time| time.to_string()),
            status: forwarding(found.global_write_forwarding_status)
                .unwrap_or_else(|| found.status.unwrap_or_default()),
            global_role: member.map(|member| member.role().to_owned()),
            synchronization_status: member.and_then(|member| member.synchronization.clone()),
            global_cluster_peers: membership
                .iter()
                .flat_map(|membership| &membership.others)
                .map(|other| other.arn.clone())
                .collect(),
            global_status: membership.map(|membership| membership.status),
            pending,
        },
    })
}

/// Switching write forwarding on or off takes its time while the cluster calls itself available.
fn forwarding(status: Option<types::WriteForwardingStatus>) -> Option<String> {
    let status = status?.as_str().to_owned();
    matches!(status.as_str(), "enabling" | "disabling")
        .then(|| format!("{status}-global-write-forwarding"))
}
