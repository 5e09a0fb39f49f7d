//! `aws_rds_cluster_instance`: computes for an Aurora cluster.
use std::collections::BTreeSet;

use aws_sdk_rds::types;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::rds::membership::{self, Membership, place};
use crate::resources::rds::{self, Differences, EngineVersion, KmsKey, Window, cluster};
use crate::resources::tags::Tags;
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, LowerName, Timeouts};
use crate::value::Readiness;

attributes! {
    /// An instance of an Aurora cluster. The first one writes, others read and take over.
    ///
    /// Which instance writes changes at every failover inside the Region; it is shown and never
    /// compared. Version, encryption, network and password are the cluster's. A cluster in a
    /// second Region needs at least one instance before it can take over.
    pub struct RdsClusterInstance {
        /// Identifier of the instance. AWS keeps it in lower case.
        identifier: LowerName => key,
        /// Cluster that the instance belongs to.
        cluster_identifier: LowerName => replaces,
        /// Class of the instance, such as `db.r6g.large`, or `db.serverless` for Serverless v2.
        /// Global databases need memory optimised classes; readers in the second Region should
        /// have that of the writer, which they may have to replace.
        instance_class: String,
        /// Engine of the cluster.
        engine: LowerName => replaces,
        /// Accepted and not used: an instance runs the version of its cluster.
        engine_version: Option<EngineVersion> => initial,
        /// Parameter group of the instance. AWS takes the default group of the version when absent,
        /// and puts that in place at a major upgrade.
        db_parameter_group_name: Option<LowerName> => aws_decides,
        /// Subnet group; must be the cluster's, which AWS takes when absent.
        db_subnet_group_name: Option<LowerName> => replaces | aws_decides,
        /// Availability zone. AWS picks one when absent.
        availability_zone: Option<String> => replaces | aws_decides,
        /// Rank when a new writer is chosen, 0 first to 15 last. drctl sets 0 when absent, as
        /// Terraform does; AWS would set 1.
        promotion_tier: Option<i32> => default_int(0),
        /// Whether the address can be reached from outside the VPC. AWS decides by the subnet group
        /// when absent.
        publicly_accessible: Option<bool> => aws_decides,
        /// Whether AWS upgrades to new minor versions in the maintenance window. Without effect in
        /// a global database.
        auto_minor_version_upgrade: Option<bool> => default_bool(true),
        /// Authority that signs the server's certificate. AWS takes the Region's default when
        /// absent. A change may restart the instance.
        ca_cert_identifier: Option<String> => aws_decides,
        /// Kept by AWS without effect: what counts is the cluster's.
        copy_tags_to_snapshot: Option<bool> => aws_decides,
        /// Seconds between points of Enhanced Monitoring, or 0. Left as it is when absent, since
        /// the cluster may set it for all instances.
        monitoring_interval: Option<i32> => aws_decides,
        /// Role that sends Enhanced Monitoring to CloudWatch Logs.
        monitoring_role_arn: Option<Arn> => aws_decides,
        /// Whether Performance Insights is on. Left as it is when absent, since the cluster may set
        /// it for all instances.
        performance_insights_enabled: Option<bool> => aws_decides,
        /// Key that encrypts Performance Insights, by ARN or id. Cannot be changed once set.
        performance_insights_kms_key_id: Option<KmsKey> => aws_decides,
        /// Days that Performance Insights keeps: 7, a multiple of 31, or 731.
        performance_insights_retention_period: Option<i32> => aws_decides,
        /// Daily time for backups. The cluster's when absent; leave it out if the cluster has one.
        preferred_backup_window: Option<Window> => aws_decides,
        /// Weekly time for maintenance, `sun:05:00-sun:06:00` in UTC. AWS picks one when absent.
        preferred_maintenance_window: Option<Window> => aws_decides,
        /// Whether changes are made at once and not in the maintenance window. On unless it is set
        /// to `false`, other than in Terraform, because drctl waits to see that a change was made.
        apply_immediately: Option<bool> => option | default_bool(true),
        /// Lets deletion of the last instance of an ordinary replica (not of a global database)
        /// first make its cluster one of its own, which AWS demands.
        force_destroy: Option<bool> => option | default_bool(false),
        /// Tags of the instance.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about an instance.
    pub struct Outputs {
        /// ARN of the instance.
        arn: Arn,
        /// Immutable id of the instance.
        dbi_resource_id: Option<String>,
        /// Address of this one instance.
        endpoint: Option<String>,
        /// Port of the database.
        port: Option<i32>,
        /// The whole version.
        engine_version_actual: Option<EngineVersion>,
        /// Key that encrypts the storage.
        kms_key_id: Option<String>,
        /// Whether the storage is encrypted.
        storage_encrypted: Option<bool>,
        /// `IPV4` or `DUAL`.
        network_type: Option<String>,
        /// Whether it is the instance of its cluster that writes, at this moment. In a reader of a
        /// global database it would, if the cluster did.
        writer: bool,
        /// AWS's status, such as `available` or `rebooting`.
        status: String,
        /// The global database that the cluster is a member of.
        global_cluster_identifier: Option<String>,
        /// What that is doing.
        global_status: Option<String>,
        /// Attributes whose change AWS has accepted and not made yet.
        pending: BTreeSet<String>,
    }
}

/// Names of the attributes that AWS has accepted a change of and not made it yet.
fn pending(values: Option<&types::PendingModifiedValues>) -> BTreeSet<String> {
    let Some(values) = values else { return BTreeSet::new() };
    let waits = [
        ("instance_class", values.db_instance_class.is_some()),
        ("ca_cert_identifier", values.ca_certificate_identifier.is_some()),
        ("engine_version", values.engine_version.is_some()),
        ("db_subnet_group_name", values.db_subnet_group_name.is_some()),
        ("port", values.port.is_some()),
    ];
    waits.into_iter().filter(|(_, waits)| *waits).map(|(name, _)| name.to_owned()).collect()
}

/// What the cluster knows of its instance.
#[derive(Debug, Default)]
struct InCluster {
    writer: bool,
    global: Option<(String, String)>,
}

impl InCluster {
    async fn look(aws: &Aws, instance: &types::DbInstance) -> Result<Self> {
        let (Some(cluster), Some(name)) =
            (instance.db_cluster_identifier.as_deref(), instance.db_instance_identifier.as_deref())
        else {
            return Ok(Self::default());
        };
        let Some(cluster) = rds::cluster(aws, cluster).await? else { return Ok(Self::default()) };
        let members = cluster.db_cluster_members.as_deref().unwrap_or_default();
        let own = members.iter().find(|m| m.db_instance_identifier.as_deref() == Some(name));
        let membership = membership::membership(aws, &cluster).await?;
        Ok(Self {
            writer: own.and_then(|member| member.is_cluster_writer).unwrap_or(false),
            global: membership.map(|membership| (membership.global, membership.status)),
        })
    }
}

fn live(found: types::DbInstance, cluster: InCluster) -> Result<Live<RdsClusterInstance>> {
    let pending = pending(found.pending_modified_values.as_ref());
    let next = found
        .pending_modified_values
        .unwrap_or_else(|| types::PendingModifiedValues::builder().build());
    let name = |name: Option<String>| rds::filled(name).map(LowerName::new);
    let version = rds::filled(found.engine_version).map(EngineVersion::new);
    let group = found.db_parameter_groups.unwrap_or_default().into_iter().next();
    let (endpoint, port) =
        found.endpoint.map_or((None, None), |endpoint| (endpoint.address, endpoint.port));
    let (global_cluster_identifier, global_status) = cluster.global.unzip();
    Ok(Live {
        inputs: RdsClusterInstance {
            identifier: LowerName::new(found.db_instance_identifier.given("DBInstanceIdentifier")?),
            cluster_identifier: LowerName::new(
                found.db_cluster_identifier.given("DBClusterIdentifier")?,
            ),
            instance_class: rds::filled(next.db_instance_class)
                .or(found.db_instance_class)
                .given("DBInstanceClass")?,
            engine: LowerName::new(found.engine.given("Engine")?),
            engine_version: version.clone(),
            db_parameter_group_name: name(group.and_then(|group| group.db_parameter_group_name)),
            db_subnet_group_name: name(
                found.db_subnet_group.and_then(|group| group.db_subnet_group_name),
            ),
            availability_zone: rds::filled(found.availability_zone),
            promotion_tier: Some(found.promotion_tier.unwrap_or(1)),
            // AWS may leave out what is off because the class or engine cannot have it.
            publicly_accessible: Some(found.publicly_accessible.unwrap_or(false)),
            auto_minor_version_upgrade: Some(found.auto_minor_version_upgrade.unwrap_or(true)),
            ca_cert_identifier: rds::filled(next.ca_certificate_identifier)
                .or(found.ca_certificate_identifier),
            copy_tags_to_snapshot: Some(found.copy_tags_to_snapshot.unwrap_or(false)),
            monitoring_interval: Some(found.monitoring_interval.unwrap_or(0)),
            monitoring_role_arn: rds::filled(found.monitoring_role_arn)
                .map(Arn::parse)
                .transpose()?,
            performance_insights_enabled: Some(found.performance_insights_enabled.unwrap_or(false)),
            performance_insights_kms_key_id: rds::filled(found.performance_insights_kms_key_id)
                .map(KmsKey::new),
            performance_insights_retention_period: found.performance_insights_retention_period,
            preferred_backup_window: rds::filled(found.preferred_backup_window).map(Window::new),
            preferred_maintenance_window: rds::filled(found.preferred_maintenance_window)
                .map(Window::new),
            apply_immediately: Some(true),
            force_destroy: Some(false),
            tags: rds::tags(found.tag_list),
        },
        outputs: Outputs {
            arn: Arn::parse(found.db_instance_arn.given("DBInstanceArn")?)?,
            dbi_resource_id: found.dbi_resource_id,
            endpoint,
            port,
            engine_version_actual: version,
            kms_key_id: found.kms_key_id,
            storage_encrypted: found.storage_encrypted,
            network_type: found.network_type,
            writer: cluster.writer,
            status: found.db_instance_status.unwrap_or_default(),
            global_cluster_identifier,
            global_status,
            pending,
        },
    })
}

/// AWS keeps the last instance of the cluster that writes for a global database with readers.
async fn last_of_a_writer(aws: &Aws, instance: &RdsClusterInstance) -> Result<Option<Error>> {
    let name = instance.cluster_identifier.as_str();
    let Some(cluster) = rds::cluster(aws, name).await? else { return Ok(None) };
    if cluster.db_cluster_members().len() > 1 {
        return Ok(None);
    }
    let membership = membership::membership(aws, &cluster).await?;
    let writer = membership.filter(|m| m.member.writer && !m.others.is_empty());
    Ok(writer.map(|Membership { global, others, .. }| {
        let others: Vec<String> = others.iter().map(|other| place(&other.arn)).collect();
        Error::Refused(format!(
            "`{}` is the last instance of the cluster `{name}`, which writes for the global \
             database `{global}` with other members ({}); delete those first, or switch over to \
             one of them",
            instance.identifier.as_str(),
            others.join(", ")
        ))
    }))
}

impl Resource for RdsClusterInstance {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_rds_cluster_instance";
    const ID: &'static str = "identifier";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:rds:{region}:{account}:db:{identifier}");
    const DATA_BEARING: bool = true;
    const TIMEOUTS: Timeouts = Timeouts::minutes(90);
    const RETRIES: &'static [Retry] = &[
        Retry {
            code: "InvalidParameterValue",
            saying: "IAM role ARN value is invalid or does not include the required permissions",
        },
        Retry { code: "KMSKeyNotAccessibleFault", saying: "" },
        Retry { code: "InvalidDBInstanceState", saying: "available" },
        Retry { code: "InvalidDBClusterStateFault", saying: "available" },
    ];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = rds::instances(aws).await?;
        let parts = all.iter().filter(|one| one.db_cluster_identifier.is_some());
        let names = parts.filter_map(|one| one.db_instance_identifier.as_ref());
        Ok(names.map(Key::only).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = LowerName::new(key.name()?);
        let Some(found) = rds::instance(aws, name.as_str()).await? else { return Ok(None) };
        let cluster = InCluster::look(aws, &found).await?;
        live(found, cluster).map(Some)
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self {
            identifier,
            cluster_identifier,
            instance_class,
            engine,
            engine_version: _,
            db_parameter_group_name,
            db_subnet_group_name,
            availability_zone,
            promotion_tier,
            publicly_accessible,
            auto_minor_version_upgrade,
            ca_cert_identifier,
            copy_tags_to_snapshot,
            monitoring_interval,
            monitoring_role_arn,
            performance_insights_enabled,
            performance_insights_kms_key_id,
            performance_insights_retention_period,
            preferred_backup_window,
            preferred_maintenance_window,
            apply_immediately: _,
            force_destroy: _,
            tags,
        } = want;
        aws.rds()
            .create_db_instance()
            .db_instance_identifier(identifier.as_str())
            .db_cluster_identifier(cluster_identifier.as_str())
            .db_instance_class(instance_class)
            .engine(engine.as_str())
            .set_db_parameter_group_name(db_parameter_group_name.as_ref().and_then(rds::text))
            .set_db_subnet_group_name(db_subnet_group_name.as_ref().and_then(rds::text))
            .set_availability_zone(availability_zone.clone())
            .set_promotion_tier(*promotion_tier)
            .set_publicly_accessible(*publicly_accessible)
            .set_auto_minor_version_upgrade(*auto_minor_version_upgrade)
            .set_ca_certificate_identifier(ca_cert_identifier.clone())
            .set_copy_tags_to_snapshot(*copy_tags_to_snapshot)
            .set_monitoring_interval(*monitoring_interval)
            .set_monitoring_role_arn(monitoring_role_arn.as_ref().and_then(rds::text))
            .set_enable_performance_insights(*performance_insights_enabled)
            .set_performance_insights_kms_key_id(
                performance_insights_kms_key_id.as_ref().and_then(rds::text),
            )
            .set_performance_insights_retention_period(*performance_insights_retention_period)
            .set_preferred_backup_window(preferred_backup_window.as_ref().and_then(rds::text))
            .set_preferred_maintenance_window(
                preferred_maintenance_window.as_ref().and_then(rds::text),
            )
            .set_tags(rds::to_aws(tags.iter()))
            .send()
            .await?;
        Ok(Key::only(identifier.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self {
            identifier,
            cluster_identifier: _,
            instance_class,
            engine: _,
            engine_version: _,
            db_parameter_group_name,
            db_subnet_group_name: _,
            availability_zone: _,
            promotion_tier,
            publicly_accessible,
            auto_minor_version_upgrade,
            ca_cert_identifier,
            copy_tags_to_snapshot,
            monitoring_interval,
            monitoring_role_arn,
            performance_insights_enabled,
            performance_insights_kms_key_id,
            performance_insights_retention_period,
            preferred_backup_window,
            preferred_maintenance_window,
            apply_immediately,
            force_destroy: _,
            tags,
        } = want;
        let has = &live.inputs;
        rds::retag(aws, live.outputs.arn.as_str(), &has.tags, tags).await?;
        let differs = Differences::default();
        let class = Some(instance_class.clone());
        let mut call = aws
            .rds()
            .modify_db_instance()
            .db_instance_identifier(identifier.as_str())
            .set_apply_immediately(*apply_immediately)
            .set_db_instance_class(differs.of(&Some(has.instance_class.clone()), &class))
            .set_db_parameter_group_name(
                differs.text(&has.db_parameter_group_name, db_parameter_group_name),
            )
            .set_promotion_tier(differs.of(&has.promotion_tier, promotion_tier))
            .set_publicly_accessible(differs.of(&has.publicly_accessible, publicly_accessible))
            .set_auto_minor_version_upgrade(
                differs.of(&has.auto_minor_version_upgrade, auto_minor_version_upgrade),
            )
            .set_ca_certificate_identifier(differs.of(&has.ca_cert_identifier, ca_cert_identifier))
            .set_copy_tags_to_snapshot(
                differs.of(&has.copy_tags_to_snapshot, copy_tags_to_snapshot),
            )
            .set_preferred_backup_window(
                differs.text(&has.preferred_backup_window, preferred_backup_window),
            )
            .set_preferred_maintenance_window(
                differs.text(&has.preferred_maintenance_window, preferred_maintenance_window),
            );
        // Sent whole if any of it differs: AWS checks these against each other.
        let watching = Differences::default();
        watching.of(&has.monitoring_interval, monitoring_interval);
        watching.of(&has.monitoring_role_arn, monitoring_role_arn);
        watching.of(&has.performance_insights_enabled, performance_insights_enabled);
        watching.of(&has.performance_insights_kms_key_id, performance_insights_kms_key_id);
        watching
            .of(&has.performance_insights_retention_period, performance_insights_retention_period);
        if watching.any() {
            call = call
                .set_monitoring_interval(*monitoring_interval)
                .set_monitoring_role_arn(monitoring_role_arn.as_ref().and_then(rds::text))
                .set_enable_performance_insights(*performance_insights_enabled)
                .set_performance_insights_kms_key_id(
                    performance_insights_kms_key_id.as_ref().and_then(rds::text),
                )
                .set_performance_insights_retention_period(*performance_insights_retention_period);
        }
        if differs.any() || watching.any() {
            call.send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let (rds, name) = (aws.rds(), live.inputs.identifier.as_str());
        if let Some(refused) = last_of_a_writer(aws, &live.inputs).await? {
            return Err(refused);
        }
        // The cluster has the data; an instance of one has no snapshots.
        let call = rds.delete_db_instance().db_instance_identifier(name).skip_final_snapshot(true);
        let deleted = call.send().await.map_err(AwsError::from);
        match deleted {
            Err(error) if error.is(&["DBInstanceNotFound"]) => Ok(()),
            Err(error)
                if live.inputs.force_destroy == Some(true)
                    && error.is(&["InvalidDBClusterStateFault"])
                    && error.message.contains("last instance of the read replica DB cluster") =>
            {
                let cluster = live.inputs.cluster_identifier.as_str();
                let promoted =
                    rds.promote_read_replica_db_cluster().db_cluster_identifier(cluster).send();
                promoted.await.absent_on(&["DBClusterNotFoundFault"])?;
                Ok(())
            }
            other => Ok(other.map(|_| ())?),
        }
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        let Outputs { status, pending, .. } = &live.outputs;
        let settled = cluster::readiness(status);
        let waits = status == "available" && !pending.is_empty();
        if waits && live.inputs.apply_immediately != Some(false) {
            let names: Vec<&str> = pending.iter().map(String::as_str).collect();
            return Readiness::Settling(format!("pending: {}", names.join(", ")));
        }
        settled
    }

    fn remarks(live: &Live<Self>) -> Vec<String> {
        let cluster = live.inputs.cluster_identifier.as_str();
        live.outputs
            .writer
            .then(|| format!("writer of the cluster {cluster}"))
            .into_iter()
            .collect()
    }

    fn locked(live: &Live<Self>) -> Option<String> {
        let Outputs { status, global_cluster_identifier, global_status, .. } = &live.outputs;
        if status == "stopped" {
            return Some("it is stopped; start its cluster first".to_owned());
        }
        membership::lock(global_cluster_identifier.as_deref()?, global_status.as_deref()?, None)
    }
}
