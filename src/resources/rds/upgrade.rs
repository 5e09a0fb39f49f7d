//! Upgrading all members of a global database.
use crate::address::Region;
use crate::aws::{Aws, AwsError};
use crate::resources::rds::global_cluster::{GlobalCluster, is_for_major_only};
use crate::resources::rds::{self, EngineVersion};
use crate::resources::{Live, Result};
use crate::schema::{Arn, Attribute};

/// Makes the next step towards `version`.
///
/// One call upgrades all members if it is a major upgrade, and for some engines also if it is a
/// minor one. Where AWS will not do that, members are upgraded one by one, readers first: while
/// they are at it AWS refuses the writer, and that refusal passes by itself.
pub(super) async fn upgrade(
    aws: &Aws,
    live: &Live<GlobalCluster>,
    version: &EngineVersion,
) -> Result<()> {
    let name = live.inputs.global_cluster_identifier.as_str();
    let major = live.inputs.engine_version.as_ref().is_some_and(|v| v.major_differs(version));
    let asked = aws
        .rds()
        .modify_global_cluster()
        .global_cluster_identifier(name)
        .engine_version(version.as_str())
        .set_allow_major_version_upgrade(major.then_some(true))
        .send()
        .await;
    match asked.map_err(AwsError::from) {
        Err(error) if !major && is_for_major_only(&error) => {}
        other => return Ok(other.map(|_| ())?),
    }
    let members = &live.outputs.global_cluster_members;
    let mut begun = false;
    for reader in members.iter().filter(|member| !member.is_writer) {
        begun |= upgrade_member(aws, &reader.db_cluster_arn, version, true).await?;
    }
    if !begun {
        for writer in members.iter().filter(|member| member.is_writer) {
            upgrade_member(aws, &writer.db_cluster_arn, version, false).await?;
        }
    }
    Ok(())
}

/// Upgrades one member, unless it has the version; a reader also only if it is not busy. Says
/// whether it was begun.
async fn upgrade_member(
    aws: &Aws,
    arn: &Arn,
    version: &EngineVersion,
    only_if_free: bool,
) -> Result<bool> {
    let there = aws.in_region(&Region::new(arn.region()));
    let Some(cluster) = rds::cluster(&there, arn.name()).await? else { return Ok(false) };
    let has = EngineVersion::new(cluster.engine_version.unwrap_or_default());
    let busy = cluster.status.as_deref() != Some("available");
    if EngineVersion::same(&has, version) || (only_if_free && busy) {
        return Ok(false);
    }
    // The identifier, since AWS does not take an ARN here.
    let call = there.rds().modify_db_cluster().db_cluster_identifier(arn.name());
    call.engine_version(version.as_str()).apply_immediately(true).send().await?;
    Ok(true)
}
