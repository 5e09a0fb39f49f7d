//! `aws_rds_global_cluster`: joins clusters of several Regions into one database.
use std::collections::BTreeSet;

use aws_sdk_rds::types;

use crate::address::Region;
use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError, Failure};
use crate::resources::rds::membership::{Member, place};
use crate::resources::rds::{self, Differences, EngineVersion, upgrade};
use crate::resources::tags::Tags;
use crate::resources::{Error, Key, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, LowerName, Timeouts};
use crate::value::{Kept, Readiness};

attributes! {
    /// An Aurora Global Database: one cluster writes, clusters in other Regions follow it within
    /// about a second and can take over.
    ///
    /// Which member writes is observed and never desired: after a switchover or failover an
    /// unchanged configuration plans no changes. Members are added by
    /// `source_db_cluster_identifier` here or by `global_cluster_identifier` of an
    /// `aws_rds_cluster`. The provider's Region should be one that keeps a member.
    pub struct GlobalCluster {
        /// Identifier of the global database, unique in the account over all Regions. AWS keeps
        /// it in lower case; the global writer endpoint begins with it.
        global_cluster_identifier: LowerName => key,
        /// ARN of an existing cluster that becomes the first member and writer. Counts at creation
        /// only: after a failover another member writes, and nothing in AWS remembers the source.
        /// Engine, version, encryption and database name are then those of the source. The source
        /// stays as it is, and is left alone when the global database is deleted.
        source_db_cluster_identifier: Option<Arn> => initial,
        /// `aurora-mysql` or `aurora-postgresql`. Taken from the source when there is one.
        engine: Option<String> => replaces | aws_decides,
        /// Version of the engine, or its first parts: `15.4`, `8.0`. Changing it upgrades all
        /// members; a newer version in AWS is no difference, since AWS aligns members after a
        /// failover. A major upgrade gives every member the default parameter groups of the new
        /// version. AWS takes its default, or the version of the source, when absent.
        engine_version: Option<EngineVersion> => aws_decides,
        /// `open-source-rds-extended-support` or `open-source-rds-extended-support-disabled`.
        /// Cannot be changed on an existing global database. AWS enrols when absent.
        engine_lifecycle_support: Option<String> => aws_decides,
        /// Name of the database that the first cluster creates. Counts at creation only.
        database_name: Option<String> => initial,
        /// Whether members are encrypted. That of the source when there is one, otherwise AWS does
        /// not encrypt when absent.
        storage_encrypted: Option<bool> => replaces | aws_decides,
        /// Refuses deletion of the global database as long as it is on. Members have their own.
        deletion_protection: Option<bool> => default_bool(false),
        /// Lets deletion detach members that are left, readers first and the writer last. Each
        /// becomes a cluster of its own and keeps its data. Deletion is refused otherwise while
        /// there are members.
        force_destroy: Option<bool> => option | default_bool(false),
        /// Tags of the global database; members have their own.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a global database.
    pub struct Outputs {
        /// ARN of the global database; it names no Region.
        arn: Arn,
        /// Address that always leads to the writer, whichever Region it is in.
        endpoint: Option<String>,
        /// The whole version.
        engine_version_actual: Option<EngineVersion>,
        /// The clusters of the global database, by ARN.
        global_cluster_members: Vec<GlobalClusterMember>,
        /// Immutable id of the global database.
        global_cluster_resource_id: Option<String>,
        /// AWS's status, such as `available`, `upgrading` or `failing-over`.
        status: String,
        /// The switchover or failover that is under way.
        failover_state: Option<FailoverState>,
    }
}

attributes! {
    /// A cluster of a global database, in the role that it has at this moment.
    pub struct GlobalClusterMember {
        /// ARN of the cluster.
        db_cluster_arn: Arn => weighs,
        /// Whether it is the one that writes.
        is_writer: bool => weighs,
        /// ARNs of the clusters that follow it, if it writes.
        readers: BTreeSet<Arn>,
        /// `connected`, or `pending-resync` while it is rebuilt after a failover.
        synchronization_status: Option<String>,
        /// Whether it hands writes on to the writer; AWS tells it of readers.
        global_write_forwarding_status: Option<String>,
    }
}

attributes! {
    /// A switchover or failover that is under way.
    pub struct FailoverState {
        /// `pending`, `switching-over`, `failing-over` or `cancelling`.
        status: String,
        /// The cluster that wrote before.
        from_db_cluster_arn: Option<Arn>,
        /// The cluster that is to write.
        to_db_cluster_arn: Option<Arn>,
        /// True for a failover that may lose what was not replicated, false for a switchover.
        is_data_loss_allowed: Option<bool>,
    }
}

impl GlobalClusterMember {
    fn new(listed: &types::GlobalClusterMember) -> Option<Self> {
        let Member { arn, writer, synchronization } = Member::new(listed)?;
        let readers = listed.readers.as_deref().unwrap_or_default();
        let forwarding = listed.global_write_forwarding_status.as_ref();
        Some(Self {
            db_cluster_arn: arn,
            is_writer: writer,
            readers: readers.iter().filter_map(|arn| Arn::parse(arn).ok()).collect(),
            synchronization_status: synchronization,
            global_write_forwarding_status: forwarding.map(|status| status.as_str().to_owned()),
        })
    }
}

impl FailoverState {
    fn new(state: types::FailoverState) -> Option<Self> {
        let types::FailoverState {
            status,
            from_db_cluster_arn,
            to_db_cluster_arn,
            is_data_loss_allowed,
            ..
        } = state;
        let arn = |arn: Option<String>| arn.and_then(|arn| Arn::parse(arn).ok());
        Some(Self {
            status: rds::filled(status.map(|status| status.as_str().to_owned()))?,
            from_db_cluster_arn: arn(from_db_cluster_arn),
            to_db_cluster_arn: arn(to_db_cluster_arn),
            is_data_loss_allowed,
        })
    }
    /// `in a failover from us-east-1 (orders) to us-west-2 (orders-west), which is pending`.
    fn describe(&self) -> String {
        let loses_data = self.is_data_loss_allowed == Some(true);
        let mut text = format!("in a {}", if loses_data { "failover" } else { "switchover" });
        for (word, arn) in [("from", &self.from_db_cluster_arn), ("to", &self.to_db_cluster_arn)] {
            if let Some(arn) = arn {
                text.push_str(&format!(" {word} {}", place(arn)));
            }
        }
        if matches!(self.status.as_str(), "pending" | "cancelling") {
            text.push_str(&format!(", which is {}", self.status));
        }
        text
    }
}

/// The members in words, the writer first.
fn roles(members: &[GlobalClusterMember]) -> Vec<String> {
    let (writers, readers): (Vec<_>, Vec<_>) = members.iter().partition(|m| m.is_writer);
    let role = |role, members: Vec<&GlobalClusterMember>| -> Vec<String> {
        members.iter().map(|m| format!("{role}: {}", place(&m.db_cluster_arn))).collect()
    };
    [role("writer", writers), role("reader", readers)].concat()
}

fn has_members(name: &str, members: &[GlobalClusterMember]) -> String {
    format!(
        "the global database `{name}` still has members ({}); set `force_destroy = true` to have \
         them detached, after which each is a cluster of its own with all its data, or delete them \
         first",
        roles(members).join(", ")
    )
}

/// Detaches one member; it becomes a cluster of its own. AWS takes the call in the Region of the
/// cluster. That it is no member any more is success.
pub(super) async fn detach(aws: &Aws, global: &str, cluster: &Arn) -> Result<()> {
    let there = aws.in_region(&Region::new(cluster.region()));
    let call = there.rds().remove_from_global_cluster().global_cluster_identifier(global);
    let detached = call.db_cluster_identifier(cluster.as_str()).send().await;
    match detached.absent_on(&["GlobalClusterNotFoundFault", "DBClusterNotFoundFault"]) {
        Err(error) if error.message.contains("is not found in global cluster") => Ok(()),
        other => Ok(other.map(|_| ())?),
    }
}

impl Resource for GlobalCluster {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_rds_global_cluster";
    const ID: &'static str = "global_cluster_identifier";
    const ARN: Option<&'static str> =
        Some("arn:{partition}:rds::{account}:global-cluster:{global_cluster_identifier}");
    const DATA_BEARING: bool = true;
    const TIMEOUTS: Timeouts = Timeouts { create: 30, update: 90, delete: 30 };
    const RETRIES: &'static [Retry] = &[
        Retry { code: "InvalidGlobalClusterStateFault", saying: "is not empty" },
        Retry { code: "InvalidGlobalClusterStateFault", saying: "available" },
        Retry { code: "InvalidGlobalClusterStateFault", saying: "is upgrading" },
        Retry { code: "InvalidDBClusterStateFault", saying: "available" },
        Retry { code: "InvalidDBClusterStateFault", saying: "global replicas first" },
        Retry { code: "InvalidParameterValue", saying: "global replicas first" },
    ];

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = LowerName::new(key.name()?);
        let Some(found) = rds::global_cluster(aws, name.as_str()).await? else { return Ok(None) };
        let listed = found.global_cluster_members.as_deref().unwrap_or_default();
        let mut members: Vec<_> = listed.iter().filter_map(GlobalClusterMember::new).collect();
        members.sort_by(|a, b| a.db_cluster_arn.cmp(&b.db_cluster_arn));
        let version = rds::filled(found.engine_version).map(EngineVersion::new);
        Ok(Some(Live {
            inputs: Self {
                global_cluster_identifier: name,
                source_db_cluster_identifier: None,
                engine: rds::filled(found.engine),
                engine_version: version.clone(),
                engine_lifecycle_support: rds::filled(found.engine_lifecycle_support),
                database_name: rds::filled(found.database_name),
                storage_encrypted: found.storage_encrypted,
                deletion_protection: Some(found.deletion_protection.unwrap_or(false)),
                force_destroy: Some(false),
                tags: rds::tags(found.tag_list),
            },
            outputs: Outputs {
                arn: Arn::parse(found.global_cluster_arn.given("GlobalClusterArn")?)?,
                endpoint: rds::filled(found.endpoint),
                engine_version_actual: version,
                global_cluster_members: members,
                global_cluster_resource_id: found.global_cluster_resource_id,
                status: found.status.unwrap_or_default(),
                failover_state: found.failover_state.and_then(FailoverState::new),
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self {
            global_cluster_identifier: name,
            source_db_cluster_identifier: source,
            engine,
            engine_version,
            engine_lifecycle_support,
            database_name,
            storage_encrypted,
            deletion_protection,
            force_destroy: _,
            tags,
        } = want;
        let call = aws
            .rds()
            .create_global_cluster()
            .global_cluster_identifier(name.as_str())
            .set_deletion_protection(*deletion_protection)
            .set_tags(rds::to_aws(tags.iter()));
        let call = match source {
            // All else is the source's; AWS refuses to be told.
            Some(arn) => call.source_db_cluster_identifier(arn.as_str()),
            None => call
                .set_engine(engine.clone())
                .set_engine_version(engine_version.as_ref().and_then(rds::text))
                .set_engine_lifecycle_support(engine_lifecycle_support.clone())
                .set_database_name(database_name.clone())
                .set_storage_encrypted(*storage_encrypted),
        };
        call.send().await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self {
            global_cluster_identifier: name,
            source_db_cluster_identifier: _,
            engine: _,
            engine_version,
            engine_lifecycle_support,
            database_name: _,
            storage_encrypted: _,
            deletion_protection,
            force_destroy: _,
            tags,
        } = want;
        rds::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await?;
        let differences = Differences::default();
        let lifecycle = &live.inputs.engine_lifecycle_support;
        if let Some(wanted) = differences.of(lifecycle, engine_lifecycle_support) {
            return Err(Error::Refused(format!(
                "AWS cannot change `engine_lifecycle_support` of an existing global database; it \
                 is {:?}, and {wanted:?} is configured. Take the attribute out, or set it on the \
                 member clusters, where AWS can change it.",
                lifecycle.as_deref().unwrap_or_default()
            )));
        }
        let protection = &live.inputs.deletion_protection;
        if let Some(on) = differences.of(protection, deletion_protection) {
            let call = aws.rds().modify_global_cluster().global_cluster_identifier(name.as_str());
            call.deletion_protection(on).send().await?;
            return Ok(());
        }
        match differences.of(&live.inputs.engine_version, engine_version) {
            Some(version) => upgrade::upgrade(aws, live, &version).await,
            None => Ok(()),
        }
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.global_cluster_identifier.as_str();
        if live.inputs.deletion_protection == Some(true) {
            return Err(Error::Refused(format!(
                "deletion protection of the global database `{name}` is on; set \
                 `deletion_protection = false`, apply, and try again"
            )));
        }
        let members = &live.outputs.global_cluster_members;
        if !members.is_empty() && live.inputs.force_destroy != Some(true) {
            return Err(Error::Refused(has_members(name, members)));
        }
        let next = members.iter().find(|m| !m.is_writer).or_else(|| members.first());
        if let Some(member) = next {
            let arn = &member.db_cluster_arn;
            let there = aws.in_region(&Region::new(arn.region()));
            let cluster = rds::cluster(&there, arn.name()).await?;
            let status = cluster.and_then(|cluster| cluster.status).unwrap_or_default();
            if !matches!(status.as_str(), "" | "available" | "stopped") {
                let busy = format!("{} is {status}, not available", place(arn));
                return Err(not_yet("rds RemoveFromGlobalCluster", &busy).into());
            }
            detach(aws, name, arn).await?;
            return Ok(());
        }
        let deleted = aws.rds().delete_global_cluster().global_cluster_identifier(name).send();
        deleted.await.absent_on(&["GlobalClusterNotFoundFault"])?;
        Ok(())
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        match live.outputs.status.as_str() {
            "" | "available" => Readiness::Ready,
            "failed" => Readiness::Failed(live.outputs.status.clone()),
            status => Readiness::Settling(status.to_owned()),
        }
    }

    fn remarks(live: &Live<Self>) -> Vec<String> {
        roles(&live.outputs.global_cluster_members)
    }

    fn kept(live: &Live<Self>) -> Option<Kept> {
        let members = &live.outputs.global_cluster_members;
        if members.is_empty() || live.inputs.force_destroy == Some(true) {
            return None;
        }
        let name = live.inputs.global_cluster_identifier.as_str();
        Some(Kept {
            reason: has_members(name, members),
            by: members.iter().map(|m| m.db_cluster_arn.as_str().to_owned()).collect(),
        })
    }

    fn locked(live: &Live<Self>) -> Option<String> {
        let Outputs { status, failover_state, global_cluster_members, .. } = &live.outputs;
        if let Some(failover) = failover_state {
            return Some(format!("it is {}", failover.describe()));
        }
        if !matches!(status.as_str(), "" | "available") {
            return Some(format!("its status is {status}"));
        }
        let resync = |m: &&GlobalClusterMember| {
            m.synchronization_status.as_deref().is_some_and(|status| status != "connected")
        };
        global_cluster_members.iter().find(resync).map(|m| {
            let status = m.synchronization_status.as_deref().unwrap_or_default();
            format!("its member {} is not connected ({status})", place(&m.db_cluster_arn))
        })
    }
}

/// The refusal that AWS would answer with while a member is busy. It passes by itself.
fn not_yet(operation: &str, message: &str) -> AwsError {
    AwsError::new(operation, Some("InvalidDBClusterStateFault"), message, Failure::Refused)
}

/// Errors of AWS that say "this is a minor upgrade".
pub(super) fn is_for_major_only(error: &AwsError) -> bool {
    error.is(&["InvalidParameterValue", "InvalidParameterCombination"])
        && error.message.contains("only supports Major Version Upgrades")
}

#[cfg(test)]
mod tests;
