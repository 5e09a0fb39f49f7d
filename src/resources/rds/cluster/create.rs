//! Making a cluster: new, as a member of a global database, or from a backup.
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::aws::Aws;
use crate::resources::rds::cluster::{RdsCluster, RestoreToPointInTime, ServerlessV2Scaling};
use crate::resources::rds::{self, membership, presign};
use crate::resources::{Error, Result};
use crate::schema::{LowerName, Mismatch};

/// What all three calls that make a cluster take alike. The rest of what is wanted follows with
/// the first update.
macro_rules! common {
    ($call:expr, $want:expr) => {
        $call
            .db_cluster_identifier($want.cluster_identifier.as_str())
            .set_port($want.port)
            .set_network_type($want.network_type.as_ref().and_then(rds::text))
            .set_db_subnet_group_name($want.db_subnet_group_name.as_ref().and_then(rds::text))
            .set_vpc_security_group_ids(list(&$want.vpc_security_group_ids))
            .set_db_cluster_parameter_group_name(
                $want.db_cluster_parameter_group_name.as_ref().and_then(rds::text),
            )
            .set_backup_retention_period($want.backup_retention_period)
            .set_preferred_backup_window($want.preferred_backup_window.as_ref().and_then(rds::text))
            .set_backtrack_window($want.backtrack_window.filter(|seconds| *seconds > 0))
            .set_kms_key_id($want.kms_key_id.as_ref().and_then(rds::text))
            .set_storage_type($want.storage_type.as_ref().and_then(rds::text))
            .set_iops($want.iops)
            .set_db_cluster_instance_class($want.db_cluster_instance_class.clone())
            .set_deletion_protection($want.deletion_protection)
            .set_copy_tags_to_snapshot($want.copy_tags_to_snapshot)
            .set_enable_iam_database_authentication($want.iam_database_authentication_enabled)
            .set_enable_cloudwatch_logs_exports(list(&$want.enabled_cloudwatch_logs_exports))
            .set_serverless_v2_scaling_configuration(
                $want.serverlessv2_scaling_configuration.as_ref().map(ServerlessV2Scaling::to_aws),
            )
            .set_domain($want.domain.clone())
            .set_domain_iam_role_name($want.domain_iam_role_name.clone())
            .set_engine_lifecycle_support($want.engine_lifecycle_support.clone())
            .set_tags(rds::to_aws($want.tags.iter()))
    };
}

/// The items, if there are any.
pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a String>) -> Option<Vec<String>> {
    let items: Vec<String> = items.into_iter().cloned().collect();
    (!items.is_empty()).then_some(items)
}

/// Makes the cluster in the one way that the configuration asks for.
pub(super) async fn create(aws: &Aws, want: &RdsCluster) -> Result<()> {
    let from_backup = want.snapshot_identifier.is_some() || want.restore_to_point_in_time.is_some();
    if let Some(global) = want.global_cluster_identifier.as_ref().filter(|_| from_backup) {
        return Err(Error::Refused(format!(
            "a cluster that is restored from a backup cannot join the global database `{0}`; leave \
             `global_cluster_identifier` out, and make the restored cluster the \
             `source_db_cluster_identifier` of a new global database",
            global.as_str()
        )));
    }
    match (&want.snapshot_identifier, &want.restore_to_point_in_time) {
        (Some(snapshot), None) => restore(aws, want, snapshot).await,
        (None, Some(point)) => restore_to_point(aws, want, point).await,
        (None, None) => make(aws, want).await,
        (Some(_), Some(_)) => Err(Error::Refused(
            "a cluster is restored either from `snapshot_identifier` or by \
             `restore_to_point_in_time`; take one of them out"
                .to_owned(),
        )),
    }
}

/// What becomes of the configured user and version in a global database.
struct Joining {
    /// The database has a writer: user, password and database are that one's.
    as_reader: bool,
    /// Version of the members.
    version: Option<String>,
    /// Whether the members are encrypted.
    encrypted: bool,
}

impl Joining {
    /// Looks at the global database. AWS shows it only in Regions where it has a member, or where
    /// it was made: what cannot be seen from here has its writer elsewhere.
    async fn look(aws: &Aws, global: Option<&LowerName>) -> Result<Self> {
        let Some(name) = global else {
            return Ok(Self { as_reader: false, version: None, encrypted: false });
        };
        Ok(match rds::global_cluster(aws, name.as_str()).await? {
            None => Self { as_reader: true, version: None, encrypted: false },
            Some(global) => Self {
                as_reader: membership::members(&global).iter().any(|member| member.writer),
                version: rds::filled(global.engine_version),
                encrypted: global.storage_encrypted.unwrap_or(false),
            },
        })
    }
}

async fn make(aws: &Aws, want: &RdsCluster) -> Result<()> {
    let global = want.global_cluster_identifier.as_ref();
    let Joining { as_reader, version, encrypted } = Joining::look(aws, global).await?;
    let first = !as_reader && want.replication_source_identifier.is_none();
    let only_first = |text: &Option<String>| text.clone().filter(|_| first);
    let password = want.master_password.as_ref().or(want.master_password_wo.as_ref());
    let managed = want.manage_master_user_password.filter(|managed| *managed && first);
    let key = want.kms_key_id.as_ref();
    let encrypted = (encrypted || (as_reader && key.is_some())).then_some(true);
    let version = version.or_else(|| want.engine_version.as_ref().and_then(rds::text));
    let call = common!(aws.rds().create_db_cluster(), want)
        .engine(want.engine.as_str())
        .set_engine_version(version)
        .set_engine_mode(want.engine_mode.as_ref().and_then(rds::text))
        .set_global_cluster_identifier(global.and_then(rds::text))
        .set_replication_source_identifier(want.replication_source_identifier.clone())
        .set_database_name(only_first(&want.database_name))
        .set_master_username(only_first(&want.master_username))
        .set_master_user_password(password.cloned().filter(|_| first && managed.is_none()))
        .set_manage_master_user_password(managed)
        .set_master_user_secret_kms_key_id(
            want.master_user_secret_kms_key_id
                .as_ref()
                .and_then(rds::text)
                .filter(|_| managed.is_some()),
        )
        .set_availability_zones(list(&want.availability_zones.0))
        .set_preferred_maintenance_window(
            want.preferred_maintenance_window.as_ref().and_then(rds::text),
        )
        .set_storage_encrypted(want.storage_encrypted.or(encrypted))
        .set_allocated_storage(want.allocated_storage)
        .set_enable_http_endpoint(want.enable_http_endpoint.filter(|on| *on))
        .set_enable_global_write_forwarding(want.enable_global_write_forwarding.filter(|on| *on))
        .set_enable_local_write_forwarding(want.enable_local_write_forwarding.filter(|on| *on))
        .set_database_insights_mode(want.database_insights_mode.as_deref().map(Into::into))
        .set_enable_performance_insights(want.performance_insights_enabled)
        .set_performance_insights_kms_key_id(
            want.performance_insights_kms_key_id.as_ref().and_then(rds::text),
        )
        .set_performance_insights_retention_period(want.performance_insights_retention_period)
        .set_monitoring_interval(want.monitoring_interval)
        .set_monitoring_role_arn(want.monitoring_role_arn.as_ref().and_then(rds::text))
        .set_ca_certificate_identifier(want.ca_certificate_identifier.clone())
        .set_cluster_scalability_type(want.cluster_scalability_type.as_deref().map(Into::into));
    let here = aws.scope.region.as_str();
    let call = match want.source_region.as_deref().filter(|region| *region != here) {
        Some(region) => {
            let url = presign::create_db_cluster(aws, region, call.as_input()).await?;
            call.pre_signed_url(url)
        }
        None => call,
    };
    call.send().await?;
    Ok(())
}

async fn restore(aws: &Aws, want: &RdsCluster, snapshot: &str) -> Result<()> {
    let call = common!(aws.rds().restore_db_cluster_from_snapshot(), want)
        .snapshot_identifier(snapshot)
        .engine(want.engine.as_str())
        .set_engine_version(want.engine_version.as_ref().and_then(rds::text))
        .set_engine_mode(want.engine_mode.as_ref().and_then(rds::text))
        .set_database_name(want.database_name.clone())
        .set_availability_zones(list(&want.availability_zones.0));
    call.send().await?;
    Ok(())
}

async fn restore_to_point(
    aws: &Aws,
    want: &RdsCluster,
    point: &RestoreToPointInTime,
) -> Result<()> {
    let RestoreToPointInTime {
        source_cluster_identifier,
        source_cluster_resource_id,
        restore_type,
        restore_to_time,
        use_latest_restorable_time,
    } = point;
    let time = restore_to_time.as_deref().map(|text| {
        DateTime::from_str(text, Format::DateTime).map_err(|_| {
            Mismatch::Invalid(format!("`restore_to_time`: {text:?} is not `2026-01-31T04:05:06Z`"))
        })
    });
    let call = common!(aws.rds().restore_db_cluster_to_point_in_time(), want)
        .set_source_db_cluster_identifier(source_cluster_identifier.clone())
        .set_source_db_cluster_resource_id(source_cluster_resource_id.clone())
        .set_restore_type(restore_type.clone())
        .set_restore_to_time(time.transpose()?)
        .set_use_latest_restorable_time(*use_latest_restorable_time);
    call.send().await?;
    Ok(())
}
