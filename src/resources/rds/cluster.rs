//! `aws_rds_cluster`: an Aurora cluster in one Region, alone or in a global database.
use std::collections::BTreeSet;

use aws_sdk_rds::types;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::rds::membership::{self, Membership, place};
use crate::resources::rds::{
    self, EngineMode, EngineVersion, KmsKey, NetworkType, StorageType, Window, Zones,
    global_cluster,
};
use crate::resources::tags::Tags;
use crate::resources::{Error, Key, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, LowerName, Problem, Timeouts};
use crate::value::{Kept, Object, Readiness, Value};

mod create;
mod read;
mod update;

attributes! {
    /// An Aurora cluster: storage that spans three availability zones of a Region, and an address
    /// that leads to the instance that writes.
    ///
    /// With `global_cluster_identifier` it joins a global database. If that has a writer already,
    /// the cluster joins as a reader, whatever it was before: user, password and database are then
    /// the writer's, and those configured here count for nothing. So the configuration of a lost
    /// primary cluster also rebuilds it as a reader. The role is shown and never compared.
    pub struct RdsCluster {
        /// Identifier of the cluster. AWS keeps it in lower case. Members of one global database
        /// need different ones.
        cluster_identifier: LowerName => key,
        /// `aurora-mysql` or `aurora-postgresql`; `mysql` and `postgres` make a Multi-AZ cluster,
        /// which cannot be in a global database.
        engine: LowerName => replaces,
        /// Version of the engine, or its first parts: `15`, `15.4`, `8.0.mysql_aurora.3.05.2`. A
        /// newer version in AWS is no difference: AWS upgrades and, after a failover, aligns
        /// members by itself. Members of a global database are upgraded through
        /// `aws_rds_global_cluster`. AWS takes its default when absent.
        engine_version: Option<EngineVersion> => aws_decides,
        /// `provisioned`, which is also for Serverless v2, or `serverless` for the old version 1.
        engine_mode: Option<EngineMode> => replaces | default_text("provisioned"),
        /// `open-source-rds-extended-support` or `open-source-rds-extended-support-disabled`: what
        /// happens when the version reaches its end of standard support. AWS enrols when absent.
        engine_lifecycle_support: Option<String> => aws_decides,
        /// The global database to join at creation. When absent, membership is left alone: a
        /// cluster that is a member stays one. An existing cluster can become a member only as the
        /// source of a new global database, and leaves one only by being deleted here or detached
        /// in an emergency; a difference is therefore refused, not applied.
        global_cluster_identifier: Option<LowerName> => aws_decides,
        /// ARN of a cluster or instance to follow as an ordinary replica, which is not what global
        /// databases do. Counts at creation only: AWS sets it by itself in a global database and
        /// swaps it at every switchover.
        replication_source_identifier: Option<String> => initial,
        /// Region of the cluster that writes, if it is encrypted and AWS asks for a signed request
        /// in its name, as between the GovCloud Regions. Counts at creation only.
        source_region: Option<String> => initial,
        /// Name of the database to create. None is created when absent. Counts at creation only.
        database_name: Option<String> => initial,
        /// Name of the master user. Counts at creation only; readers of a global database have the
        /// writer's.
        master_username: Option<String> => initial,
        /// Password of the master user. Counts at creation only, since AWS never tells it.
        master_password: Option<String> => initial | sensitive,
        /// The same as `master_password`, under the name that Terraform has for what it does not
        /// keep. drctl keeps neither.
        master_password_wo: Option<String> => initial | sensitive,
        /// Terraform's sign that `master_password_wo` has changed. Without a state there is nothing
        /// to compare it with: to change the password of an existing cluster, change it in AWS.
        master_password_wo_version: Option<i64> => initial,
        /// Whether AWS keeps the password in Secrets Manager and rotates it. Global databases
        /// cannot do that: switch it off before a Region is added.
        manage_master_user_password: Option<bool> => aws_decides,
        /// Key that encrypts the secret in Secrets Manager, by ARN or id. AWS uses its own key
        /// `aws/secretsmanager` when absent.
        master_user_secret_kms_key_id: Option<KmsKey> => aws_decides,
        /// Subnet group that the cluster lives in. AWS takes `default` when absent.
        db_subnet_group_name: Option<LowerName> => replaces | aws_decides,
        /// Security groups of the cluster. AWS takes the default group of the VPC when absent.
        vpc_security_group_ids: BTreeSet<String> => aws_decides,
        /// Availability zones of the storage. AWS always takes three and completes fewer, which is
        /// no difference.
        availability_zones: Zones => replaces | aws_decides,
        /// Port of the database. AWS takes 3306 for MySQL and 5432 for PostgreSQL when absent.
        port: Option<i32> => aws_decides,
        /// `IPV4` or `DUAL`. AWS takes `IPV4` when absent.
        network_type: Option<NetworkType> => aws_decides,
        /// Parameter group of the cluster. Every member of a global database has its own, also
        /// after a failover. AWS takes the default group of the version when absent, and puts that
        /// in place at a major upgrade.
        db_cluster_parameter_group_name: Option<LowerName> => aws_decides,
        /// Parameter group that a major upgrade gives to all instances. Sent with a major upgrade
        /// only.
        db_instance_parameter_group_name: Option<LowerName> => option,
        /// Days that automatic backups are kept, 1 to 35. AWS keeps them for one day when absent.
        /// A continuous backup plan of AWS Backup sets it too; leave it out then. Snapshots that
        /// AWS takes of a lost primary at a failover live as long.
        backup_retention_period: Option<i32> => aws_decides,
        /// Daily time for backups, `07:00-09:00` in UTC. AWS picks one when absent.
        preferred_backup_window: Option<Window> => aws_decides,
        /// Weekly time for maintenance, `sun:05:00-sun:06:00` in UTC. AWS picks one when absent.
        preferred_maintenance_window: Option<Window> => aws_decides,
        /// Seconds that Aurora MySQL can be wound back. Must be 0 in a global database.
        backtrack_window: Option<i64> => default_int(0),
        /// Whether the storage is encrypted. AWS does not encrypt when absent, unless the global
        /// database or snapshot it comes from is encrypted.
        storage_encrypted: Option<bool> => replaces | aws_decides,
        /// Key that encrypts the storage, by ARN or id. AWS uses its own key `aws/rds` when absent.
        /// A reader of an encrypted global database must name a key of its own Region.
        kms_key_id: Option<KmsKey> => replaces | aws_decides,
        /// `aurora`, or `aurora-iopt1` for storage without charges per request; `io1` and others
        /// for Multi-AZ clusters. AWS takes `aurora` when absent.
        storage_type: Option<StorageType> => aws_decides,
        /// GiB of a Multi-AZ cluster. Aurora grows by itself.
        allocated_storage: Option<i32> => aws_decides,
        /// Operations a second of a Multi-AZ cluster.
        iops: Option<i32> => aws_decides,
        /// Class of the instances of a Multi-AZ cluster. Aurora's are `aws_rds_cluster_instance`.
        db_cluster_instance_class: Option<String> => aws_decides,
        /// Refuses deletion of the cluster as long as it is on.
        deletion_protection: Option<bool> => default_bool(false),
        /// Whether snapshots get the tags of the cluster.
        copy_tags_to_snapshot: Option<bool> => default_bool(false),
        /// Whether users may log in with credentials of IAM.
        iam_database_authentication_enabled: Option<bool> => default_bool(false),
        /// Logs that go to CloudWatch: `audit`, `error`, `general`, `slowquery`, `postgresql`,
        /// `instance`, `iam-db-auth-error`. None when absent. Not carried over in a failover: every
        /// member has its own.
        enabled_cloudwatch_logs_exports: BTreeSet<String>,
        /// Whether the Data API answers for this cluster.
        enable_http_endpoint: Option<bool> => default_bool(false),
        /// Whether a reader of a global database hands writes on to the writer. A writer may have
        /// it too, and makes use of it when it becomes a reader.
        enable_global_write_forwarding: Option<bool> => default_bool(false),
        /// Whether readers inside the cluster hand writes on to its writer.
        enable_local_write_forwarding: Option<bool> => default_bool(false),
        /// Limits of Serverless v2. AWS keeps them once they are set; leaving the block out changes
        /// nothing.
        serverlessv2_scaling_configuration: Option<ServerlessV2Scaling> => aws_decides,
        /// ARNs of roles that the database may take on, for imports, exports or Lambda. Not carried
        /// over in a failover. When absent, roles are left as they are.
        iam_roles: BTreeSet<Arn> => aws_decides,
        /// `standard` or `advanced`; `advanced` needs Performance Insights with 465 days. AWS takes
        /// `standard` when absent.
        database_insights_mode: Option<String> => aws_decides,
        /// Whether Performance Insights is on for all instances of the cluster. Not carried over in
        /// a failover.
        performance_insights_enabled: Option<bool> => aws_decides,
        /// Key that encrypts Performance Insights, by ARN or id. Cannot be changed once set. AWS
        /// uses its own key when absent.
        performance_insights_kms_key_id: Option<KmsKey> => aws_decides,
        /// Days that Performance Insights keeps: 7, a multiple of 31, or 731.
        performance_insights_retention_period: Option<i32> => aws_decides,
        /// Seconds between points of Enhanced Monitoring for all instances, or 0.
        monitoring_interval: Option<i32> => aws_decides,
        /// Role that sends Enhanced Monitoring to CloudWatch Logs.
        monitoring_role_arn: Option<Arn> => aws_decides,
        /// Authority that signs the server's certificate.
        ca_certificate_identifier: Option<String> => aws_decides,
        /// `standard`, or `limitless`.
        cluster_scalability_type: Option<String> => replaces | aws_decides,
        /// Directory for Kerberos logins.
        domain: Option<String> => aws_decides,
        /// Role with which the cluster asks the directory.
        domain_iam_role_name: Option<String> => aws_decides,
        /// Snapshot to restore from: name or ARN of a cluster snapshot, such as a recovery point of
        /// AWS Backup. Counts at creation only. The master password is that of the snapshot. A
        /// restored cluster can become the source of a global database but cannot join one.
        snapshot_identifier: Option<String> => initial,
        /// Restores another cluster as it was at some time. Counts at creation only.
        restore_to_point_in_time: Option<RestoreToPointInTime> => initial,
        /// Whether `engine_version` may be a major upgrade.
        allow_major_version_upgrade: Option<bool> => option | default_bool(false),
        /// Whether changes are made at once and not in the maintenance window. On unless it is set
        /// to `false`, other than in Terraform, because drctl waits to see that a change was made.
        apply_immediately: Option<bool> => option | default_bool(true),
        /// Whether deletion takes no last snapshot.
        skip_final_snapshot: Option<bool> => option | default_bool(false),
        /// Name of the last snapshot. Needed for deletion unless `skip_final_snapshot` is on.
        final_snapshot_identifier: Option<String> => option,
        /// Whether deletion also deletes the automatic backups.
        delete_automated_backups: Option<bool> => option | default_bool(true),
        /// Tags of the cluster; instances have their own.
        tags: Tags,
    }
}

attributes! {
    /// Limits of Serverless v2, in capacity units of 2 GiB.
    pub struct ServerlessV2Scaling {
        /// Least capacity, in steps of a half; 0 lets instances pause. The writer of a global
        /// database should have 8 or more.
        min_capacity: f64,
        /// Most capacity, in steps of a half.
        max_capacity: f64,
        /// Seconds without use after which an instance pauses, if `min_capacity` is 0. AWS takes
        /// 300 when absent.
        seconds_until_auto_pause: Option<i32> => aws_decides,
    }
}

attributes! {
    /// Restores a cluster as it was at some time.
    pub struct RestoreToPointInTime {
        /// The cluster to restore: identifier, or ARN.
        source_cluster_identifier: Option<String>,
        /// Resource id of the cluster to restore, also of one that was deleted.
        source_cluster_resource_id: Option<String>,
        /// `full-copy`, or `copy-on-write` for a clone.
        restore_type: Option<String>,
        /// Time to restore to, as `2026-01-31T04:05:06Z`.
        restore_to_time: Option<String>,
        /// Whether to restore to the latest time that there is.
        use_latest_restorable_time: Option<bool>,
    }
}

attributes! {
    /// What AWS tells about a cluster.
    pub struct Outputs {
        /// ARN of the cluster.
        arn: Arn,
        /// Identifiers of the instances.
        cluster_members: BTreeSet<String>,
        /// Immutable id of the cluster.
        cluster_resource_id: Option<String>,
        /// Address of the instance that writes. In a reader of a global database it leads nowhere.
        endpoint: Option<String>,
        /// Address that is shared by the instances that only read.
        reader_endpoint: Option<String>,
        /// The whole version.
        engine_version_actual: Option<EngineVersion>,
        /// Hosted zone of the addresses, for aliases in Route 53.
        hosted_zone_id: Option<String>,
        /// The secret with the master password, if AWS keeps it.
        master_user_secret: Option<MasterUserSecret>,
        /// Until when the server's certificate is valid.
        ca_certificate_valid_till: Option<String>,
        /// AWS's status, such as `available` or `upgrading`.
        status: String,
        /// `writer` or `reader` in its global database, at this moment.
        global_role: Option<String> => weighs,
        /// What its global database is doing.
        global_status: Option<String>,
        /// The other members of its global database.
        global_cluster_peers: BTreeSet<Arn>,
        /// `connected` to the writer of the global database, or `pending-resync`.
        synchronization_status: Option<String>,
        /// Attributes whose change AWS has accepted and not made yet.
        pending: BTreeSet<String>,
    }
}

attributes! {
    /// A secret in Secrets Manager.
    pub struct MasterUserSecret {
        /// Key that encrypts it.
        kms_key_id: Option<String>,
        /// ARN of the secret.
        secret_arn: Option<String>,
        /// `creating`, `active`, `rotating` or `impaired`.
        secret_status: Option<String>,
    }
}

impl MasterUserSecret {
    pub(super) fn new(secret: types::MasterUserSecret) -> Self {
        let types::MasterUserSecret { secret_arn, secret_status, kms_key_id, .. } = secret;
        Self { kms_key_id, secret_arn, secret_status }
    }
}

impl ServerlessV2Scaling {
    fn new(info: types::ServerlessV2ScalingConfigurationInfo) -> Option<Self> {
        Some(Self {
            min_capacity: info.min_capacity?,
            max_capacity: info.max_capacity?,
            seconds_until_auto_pause: info.seconds_until_auto_pause,
        })
    }
    fn to_aws(&self) -> types::ServerlessV2ScalingConfiguration {
        let Self { min_capacity, max_capacity, seconds_until_auto_pause } = self;
        types::ServerlessV2ScalingConfiguration::builder()
            .min_capacity(*min_capacity)
            .max_capacity(*max_capacity)
            .set_seconds_until_auto_pause(*seconds_until_auto_pause)
            .build()
    }
}

/// What a status means, for clusters and instances alike.
pub(super) fn readiness(status: &str) -> Readiness {
    match status {
        // One that was stopped stays so; it is locked instead.
        "available" | "stopped" | "storage-optimization" => Readiness::Ready,
        "failed"
        | "migration-failed"
        | "restore-error"
        | "restore-failed"
        | "inaccessible-encryption-credentials"
        | "inaccessible-encryption-credentials-recoverable" => Readiness::Failed(status.to_owned()),
        status if status.starts_with("incompatible-") => Readiness::Failed(status.to_owned()),
        status => Readiness::Settling(status.to_owned()),
    }
}

fn no_snapshot(name: &str) -> String {
    format!(
        "the cluster `{name}` would be deleted without a last snapshot; set \
         `final_snapshot_identifier`, or `skip_final_snapshot = true`"
    )
}

fn still_writes<'a>(name: &str, global: &str, others: impl Iterator<Item = &'a Arn>) -> String {
    let others: Vec<String> = others.map(place).collect();
    format!(
        "the cluster `{name}` writes for the global database `{global}`, which has other members \
         ({}); switch over to one of them first, or delete those first",
        others.join(", ")
    )
}

fn has_instances(name: &str, instances: &str) -> String {
    format!(
        "the cluster `{name}` still has instances ({instances}), which must go before it: let them \
         refer to it, and if it is to be replaced, name each of them with -replace, too"
    )
}

impl Resource for RdsCluster {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_rds_cluster";
    const ID: &'static str = "cluster_identifier";
    const ARN: Option<&'static str> =
        Some("arn:{partition}:rds:{region}:{account}:cluster:{cluster_identifier}");
    const DATA_BEARING: bool = true;
    const TIMEOUTS: Timeouts = Timeouts::minutes(120);
    const RETRIES: &'static [Retry] = &[
        Retry {
            code: "InvalidParameterValue",
            saying: "IAM role ARN value is invalid or does not include the required permissions",
        },
        Retry { code: "KMSKeyNotAccessibleFault", saying: "" },
        Retry { code: "InvalidDBClusterStateFault", saying: "available" },
        Retry { code: "InvalidGlobalClusterStateFault", saying: "available" },
        Retry { code: "InvalidGlobalClusterStateFault", saying: "is upgrading" },
    ];

    fn check(want: &Object) -> Vec<Problem> {
        let scaling = want.get("serverlessv2_scaling_configuration");
        let capacity = |name| match scaling.as_object()?.get(name).unmarked() {
            Value::Number(number) => Some(number.clone()),
            _ => None,
        };
        let (Some(least), Some(most)) = (capacity("min_capacity"), capacity("max_capacity")) else {
            return Vec::new();
        };
        let path = ["serverlessv2_scaling_configuration", "max_capacity"];
        let text = format!("max_capacity is {most}, which is below min_capacity {least}.");
        let wrong = (most < least).then(|| Problem::error(&path, "Invalid capacity", text));
        wrong.into_iter().collect()
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = LowerName::new(key.name()?);
        let Some(found) = rds::cluster(aws, name.as_str()).await? else { return Ok(None) };
        let membership = membership::membership(aws, &found).await?;
        read::live(found, membership).map(Some)
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        create::create(aws, want).await?;
        Ok(Key::only(want.cluster_identifier.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        update::update(aws, live, want).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.cluster_identifier.as_str();
        if live.inputs.deletion_protection == Some(true) {
            return Err(Error::Refused(format!(
                "deletion protection of the cluster `{name}` is on; set \
                 `deletion_protection = false`, apply, and try again"
            )));
        }
        let Some(found) = rds::cluster(aws, name).await? else { return Ok(()) };
        let skip = live.inputs.skip_final_snapshot.unwrap_or(false);
        let snapshot = live.inputs.final_snapshot_identifier.clone().filter(|_| !skip);
        if !skip && snapshot.is_none() {
            return Err(Error::Refused(no_snapshot(name)));
        }
        if let Some(Membership { global, member, others, .. }) =
            membership::membership(aws, &found).await?
        {
            if member.writer && !others.is_empty() {
                let others = others.iter().map(|other| &other.arn);
                return Err(Error::Refused(still_writes(name, &global, others)));
            }
            // It settles as a cluster of its own, and is deleted after that.
            return global_cluster::detach(aws, &global, &member.arn).await;
        }
        let call = aws
            .rds()
            .delete_db_cluster()
            .db_cluster_identifier(name)
            .skip_final_snapshot(skip)
            .set_final_db_snapshot_identifier(snapshot)
            .set_delete_automated_backups(live.inputs.delete_automated_backups);
        call.send().await.absent_on(&["DBClusterNotFoundFault"])?;
        Ok(())
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        let Outputs { status, pending, master_user_secret, .. } = &live.outputs;
        let settled = readiness(status);
        if settled != Readiness::Ready || status != "available" {
            return settled;
        }
        let secret = master_user_secret.as_ref().and_then(|secret| secret.secret_status.as_deref());
        if secret == Some("creating") {
            return Readiness::Settling("creating-secret".to_owned());
        }
        if !pending.is_empty() && live.inputs.apply_immediately != Some(false) {
            let names: Vec<&str> = pending.iter().map(String::as_str).collect();
            return Readiness::Settling(format!("pending: {}", names.join(", ")));
        }
        Readiness::Ready
    }

    fn remarks(live: &Live<Self>) -> Vec<String> {
        let global = live.inputs.global_cluster_identifier.as_ref();
        let role = live.outputs.global_role.as_ref().zip(global);
        let role = role.map(|(role, g)| format!("{role} of the global database {}", g.as_str()));
        let pending = &live.outputs.pending;
        let pending = (!pending.is_empty()).then(|| {
            let names: Vec<&str> = pending.iter().map(String::as_str).collect();
            format!("accepted by AWS and not made yet: {}", names.join(", "))
        });
        role.into_iter().chain(pending).collect()
    }

    fn locked(live: &Live<Self>) -> Option<String> {
        let Outputs { status, global_status, synchronization_status, .. } = &live.outputs;
        if status == "stopped" {
            return Some("it is stopped; start it first".to_owned());
        }
        let global = live.inputs.global_cluster_identifier.as_ref()?;
        let doing = global_status.as_deref()?;
        membership::lock(global.as_str(), doing, synchronization_status.as_deref())
    }

    fn kept(live: &Live<Self>) -> Option<Kept> {
        let RdsCluster { cluster_identifier, engine, skip_final_snapshot, .. } = &live.inputs;
        let Outputs { arn, cluster_members, global_role, global_cluster_peers: peers, .. } =
            &live.outputs;
        let name = cluster_identifier.as_str();
        if skip_final_snapshot != &Some(true) && live.inputs.final_snapshot_identifier.is_none() {
            return Some(Kept { reason: no_snapshot(name), by: BTreeSet::new() });
        }
        // Those of a Multi-AZ cluster come and go with it.
        let own = cluster_members.iter().filter(|_| engine.as_str().starts_with("aurora"));
        let instance =
            |id: &String| arn.as_str().replace(&format!(":cluster:{name}"), &format!(":db:{id}"));
        let mut by: BTreeSet<String> = own.clone().map(instance).collect();
        let global = live.inputs.global_cluster_identifier.as_ref();
        if let Some(global) = global
            && global_role.as_deref() == Some("writer")
            && !peers.is_empty()
        {
            by.extend(peers.iter().map(|arn| arn.as_str().to_owned()));
            return Some(Kept { reason: still_writes(name, global.as_str(), peers.iter()), by });
        }
        let own: Vec<String> = own.map(|id| format!("`{id}`")).collect();
        (!own.is_empty()).then(|| Kept { reason: has_instances(name, &own.join(", ")), by })
    }
}

#[cfg(test)]
mod tests;
