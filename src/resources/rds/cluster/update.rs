//! Changing a cluster, one step at a time where AWS takes no more.
use std::collections::BTreeSet;

use aws_sdk_rds::types;

use crate::aws::{AbsentOn, Aws};
use crate::resources::rds::cluster::RdsCluster;
use crate::resources::rds::cluster::create::list;
use crate::resources::rds::{self, Differences, EngineVersion};
use crate::resources::{Error, Live, Result};
use crate::schema::{Arn, LowerName};

/// Makes the next step from `live` to `want`.
pub(super) async fn update(aws: &Aws, live: &Live<RdsCluster>, want: &RdsCluster) -> Result<()> {
    stays_where_it_is(&live.inputs, want)?;
    rds::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, &want.tags).await?;
    roles(aws, live, want).await?;
    http_endpoint(aws, live, want).await?;
    if upgrade(aws, live, want).await? {
        // Everything else is refused while it is upgraded.
        return Ok(());
    }
    modify(aws, &live.inputs, want).await
}

/// Membership of a global database is never changed on the side.
fn stays_where_it_is(live: &RdsCluster, want: &RdsCluster) -> Result<()> {
    let name = live.cluster_identifier.as_str();
    let differences = Differences::default();
    let (has, wanted) = (&live.global_cluster_identifier, &want.global_cluster_identifier);
    let Some(wanted) = differences.of(has, wanted) else { return Ok(()) };
    let wanted = wanted.as_str();
    Err(Error::Refused(match has.as_ref().map(LowerName::as_str) {
        None => format!(
            "the cluster `{name}` is in no global database, and AWS lets no existing cluster join \
             `{wanted}`; delete the cluster and have it made anew as a reader, or make it the \
             `source_db_cluster_identifier` of a new global database"
        ),
        Some(has) => format!(
            "the cluster `{name}` is a member of the global database `{has}`, and AWS lets no \
             existing cluster join `{wanted}`; correct `global_cluster_identifier`"
        ),
    }))
}

async fn roles(aws: &Aws, live: &Live<RdsCluster>, want: &RdsCluster) -> Result<()> {
    let (has, wanted) = (&live.inputs.iam_roles, &want.iam_roles);
    if wanted.is_empty() || has == wanted {
        return Ok(());
    }
    let (rds, name) = (aws.rds(), want.cluster_identifier.as_str());
    let associated = match has.difference(wanted).next() {
        Some(_) => rds::cluster(aws, name).await?.and_then(|cluster| cluster.associated_roles),
        None => None,
    };
    let lost = |role: &types::DbClusterRole| {
        let arn = role.role_arn.as_deref().and_then(|arn| Arn::parse(arn).ok());
        arn.is_some_and(|arn| !wanted.contains(&arn))
    };
    for role in associated.unwrap_or_default().into_iter().filter(lost) {
        let types::DbClusterRole { role_arn, feature_name, .. } = role;
        let call = rds.remove_role_from_db_cluster().db_cluster_identifier(name);
        let call = call.set_role_arn(role_arn).set_feature_name(rds::filled(feature_name));
        call.send().await.absent_on(&["DBClusterRoleNotFound"])?;
    }
    for arn in wanted.difference(has) {
        let call = rds.add_role_to_db_cluster().db_cluster_identifier(name);
        let added = call.role_arn(arn.as_str()).send().await;
        added.absent_on(&["DBClusterRoleAlreadyExists"])?;
    }
    Ok(())
}

/// The Data API has calls of its own, except for Serverless v1.
async fn http_endpoint(aws: &Aws, live: &Live<RdsCluster>, want: &RdsCluster) -> Result<()> {
    let serverless = live
        .inputs
        .engine_mode
        .as_ref()
        .is_some_and(super::super::values::EngineMode::is_serverless);
    let (rds, arn) = (aws.rds(), live.outputs.arn.as_str());
    let differences = Differences::default();
    match differences.of(&live.inputs.enable_http_endpoint, &want.enable_http_endpoint) {
        Some(on) if serverless => {
            let call = rds.modify_db_cluster().enable_http_endpoint(on).apply_immediately(true);
            call.db_cluster_identifier(want.cluster_identifier.as_str()).send().await?;
        }
        Some(true) => {
            rds.enable_http_endpoint().resource_arn(arn).send().await?;
        }
        Some(false) => {
            rds.disable_http_endpoint().resource_arn(arn).send().await?;
        }
        None => {}
    }
    Ok(())
}

/// Starts an upgrade, if one is wanted; says whether it did.
async fn upgrade(aws: &Aws, live: &Live<RdsCluster>, want: &RdsCluster) -> Result<bool> {
    let has = &live.inputs.engine_version;
    let differences = Differences::default();
    let Some(version) = differences.of(has, &want.engine_version) else { return Ok(false) };
    let major = has.as_ref().is_some_and(|has| has.major_differs(&version));
    let global = live.inputs.global_cluster_identifier.as_ref();
    if let (Some(global), true) =
        (global, major || live.outputs.global_role.as_deref() == Some("writer"))
    {
        return Err(through_global(global, live, &version));
    }
    let call = aws
        .rds()
        .modify_db_cluster()
        .db_cluster_identifier(want.cluster_identifier.as_str())
        .engine_version(version.as_str())
        .set_apply_immediately(want.apply_immediately)
        .set_allow_major_version_upgrade(want.allow_major_version_upgrade.filter(|on| *on));
    let call = if major {
        // The groups of the old version do not fit the new one.
        call.set_db_cluster_parameter_group_name(differences.text(
            &live.inputs.db_cluster_parameter_group_name,
            &want.db_cluster_parameter_group_name,
        ))
        .set_db_instance_parameter_group_name(
            want.db_instance_parameter_group_name.as_ref().and_then(rds::text),
        )
    } else {
        call
    };
    call.send().await?;
    Ok(true)
}

fn through_global(global: &LowerName, live: &Live<RdsCluster>, version: &EngineVersion) -> Error {
    let global = global.as_str();
    Error::Refused(format!(
        "the cluster `{}` is a member of the global database `{global}`, whose members are \
         upgraded together, readers first; set `engine_version = {:?}` on the \
         `aws_rds_global_cluster`, and take it out here or give `{global}`'s",
        live.inputs.cluster_identifier.as_str(),
        version.as_str(),
    ))
}

async fn modify(aws: &Aws, live: &RdsCluster, want: &RdsCluster) -> Result<()> {
    let RdsCluster {
        cluster_identifier,
        engine: _,
        engine_version: _,
        engine_mode: _,
        engine_lifecycle_support,
        global_cluster_identifier: _,
        replication_source_identifier: _,
        source_region: _,
        database_name: _,
        master_username: _,
        master_password,
        master_password_wo,
        master_password_wo_version: _,
        manage_master_user_password,
        master_user_secret_kms_key_id,
        db_subnet_group_name: _,
        vpc_security_group_ids,
        availability_zones: _,
        port,
        network_type,
        db_cluster_parameter_group_name,
        db_instance_parameter_group_name: _,
        backup_retention_period,
        preferred_backup_window,
        preferred_maintenance_window,
        backtrack_window,
        storage_encrypted: _,
        kms_key_id: _,
        storage_type,
        allocated_storage,
        iops,
        db_cluster_instance_class,
        deletion_protection,
        copy_tags_to_snapshot,
        iam_database_authentication_enabled,
        enabled_cloudwatch_logs_exports,
        enable_http_endpoint: _,
        enable_global_write_forwarding,
        enable_local_write_forwarding,
        serverlessv2_scaling_configuration,
        iam_roles: _,
        database_insights_mode,
        performance_insights_enabled,
        performance_insights_kms_key_id,
        performance_insights_retention_period,
        monitoring_interval,
        monitoring_role_arn,
        ca_certificate_identifier,
        cluster_scalability_type: _,
        domain,
        domain_iam_role_name,
        snapshot_identifier: _,
        restore_to_point_in_time: _,
        allow_major_version_upgrade: _,
        apply_immediately,
        skip_final_snapshot: _,
        final_snapshot_identifier: _,
        delete_automated_backups: _,
        tags: _,
    } = want;
    let differs = Differences::default();
    let groups = !vpc_security_group_ids.is_empty()
        && *vpc_security_group_ids != live.vpc_security_group_ids;
    let logs = log_exports(&live.enabled_cloudwatch_logs_exports, enabled_cloudwatch_logs_exports);
    let other = groups || logs.is_some();
    let mut call = aws
        .rds()
        .modify_db_cluster()
        .db_cluster_identifier(cluster_identifier.as_str())
        .set_apply_immediately(*apply_immediately)
        .set_vpc_security_group_ids(
            groups.then(|| vpc_security_group_ids.iter().cloned().collect()),
        )
        .set_cloudwatch_logs_export_configuration(logs)
        .set_engine_lifecycle_support(
            differs.of(&live.engine_lifecycle_support, engine_lifecycle_support),
        )
        .set_port(differs.of(&live.port, port))
        .set_network_type(differs.text(&live.network_type, network_type))
        .set_db_cluster_parameter_group_name(
            differs.text(&live.db_cluster_parameter_group_name, db_cluster_parameter_group_name),
        )
        .set_backup_retention_period(
            differs.of(&live.backup_retention_period, backup_retention_period),
        )
        .set_preferred_backup_window(
            differs.text(&live.preferred_backup_window, preferred_backup_window),
        )
        .set_preferred_maintenance_window(
            differs.text(&live.preferred_maintenance_window, preferred_maintenance_window),
        )
        .set_backtrack_window(differs.of(&live.backtrack_window, backtrack_window))
        .set_storage_type(differs.text(&live.storage_type, storage_type))
        .set_allocated_storage(differs.of(&live.allocated_storage, allocated_storage))
        .set_iops(differs.of(&live.iops, iops))
        .set_db_cluster_instance_class(
            differs.of(&live.db_cluster_instance_class, db_cluster_instance_class),
        )
        .set_deletion_protection(differs.of(&live.deletion_protection, deletion_protection))
        .set_copy_tags_to_snapshot(differs.of(&live.copy_tags_to_snapshot, copy_tags_to_snapshot))
        .set_enable_iam_database_authentication(
            differs
                .of(&live.iam_database_authentication_enabled, iam_database_authentication_enabled),
        )
        .set_enable_global_write_forwarding(
            differs.of(&live.enable_global_write_forwarding, enable_global_write_forwarding),
        )
        .set_enable_local_write_forwarding(
            differs.of(&live.enable_local_write_forwarding, enable_local_write_forwarding),
        )
        .set_serverless_v2_scaling_configuration(
            differs
                .of(&live.serverlessv2_scaling_configuration, serverlessv2_scaling_configuration)
                .map(|scaling| scaling.to_aws()),
        )
        .set_ca_certificate_identifier(
            differs.of(&live.ca_certificate_identifier, ca_certificate_identifier),
        )
        .set_domain(differs.of(&live.domain, domain))
        .set_domain_iam_role_name(differs.of(&live.domain_iam_role_name, domain_iam_role_name));

    // Each of these groups is sent whole if any of it differs: AWS checks them against each other.
    let insights = Differences::default();
    insights.of(&live.database_insights_mode, database_insights_mode);
    insights.of(&live.performance_insights_enabled, performance_insights_enabled);
    insights.of(&live.performance_insights_kms_key_id, performance_insights_kms_key_id);
    insights.of(&live.performance_insights_retention_period, performance_insights_retention_period);
    insights.of(&live.monitoring_interval, monitoring_interval);
    insights.of(&live.monitoring_role_arn, monitoring_role_arn);
    if insights.any() {
        call = call
            .set_database_insights_mode(database_insights_mode.as_deref().map(Into::into))
            .set_enable_performance_insights(*performance_insights_enabled)
            .set_performance_insights_kms_key_id(
                performance_insights_kms_key_id.as_ref().and_then(rds::text),
            )
            .set_performance_insights_retention_period(*performance_insights_retention_period)
            .set_monitoring_interval(*monitoring_interval)
            .set_monitoring_role_arn(monitoring_role_arn.as_ref().and_then(rds::text));
    }

    let secret = Differences::default();
    let managed = secret.of(&live.manage_master_user_password, manage_master_user_password);
    secret.of(&live.master_user_secret_kms_key_id, master_user_secret_kms_key_id);
    if secret.any() {
        let password = master_password.as_ref().or(master_password_wo.as_ref());
        call = match (managed, password) {
            (Some(false), Some(password)) => {
                call.manage_master_user_password(false).master_user_password(password)
            }
            (Some(false), None) => {
                return Err(Error::Refused(format!(
                    "for `manage_master_user_password = false`, AWS needs the password that is to \
                     take the secret's place; give the cluster `{}` a `master_password`",
                    cluster_identifier.as_str()
                )));
            }
            (managed, _) => {
                call.set_manage_master_user_password(managed).set_master_user_secret_kms_key_id(
                    master_user_secret_kms_key_id.as_ref().and_then(rds::text),
                )
            }
        };
    }
    if other || differs.any() || insights.any() || secret.any() {
        call.send().await?;
    }
    Ok(())
}

/// The lists to send so that the logs become those that are wanted.
fn log_exports(
    live: &BTreeSet<String>,
    want: &BTreeSet<String>,
) -> Option<types::CloudwatchLogsExportConfiguration> {
    (live != want).then(|| {
        types::CloudwatchLogsExportConfiguration::builder()
            .set_enable_log_types(list(want.difference(live)))
            .set_disable_log_types(list(live.difference(want)))
            .build()
    })
}
