//! Which global database a cluster belongs to, and what is going on there.
use aws_sdk_rds::types;

use crate::aws::{Aws, AwsError};
use crate::resources::rds;
use crate::resources::{Error, Result};
use crate::schema::Arn;

/// A cluster in a global database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// ARN of the cluster.
    pub arn: Arn,
    /// Whether it is the one that writes, at this moment.
    pub writer: bool,
    /// `connected`, or `pending-resync` while it is rebuilt after a failover.
    pub synchronization: Option<String>,
}

/// A cluster's place in a global database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Identifier of the global cluster.
    pub global: String,
    /// What the global cluster is doing: its status, or that of a failover under way.
    pub status: String,
    /// Whether all members are encrypted.
    pub encrypted: bool,
    /// The cluster itself.
    pub member: Member,
    /// The other members.
    pub others: Vec<Member>,
}

impl Member {
    /// A member as AWS describes it; `None` for one without a cluster.
    pub(super) fn new(member: &types::GlobalClusterMember) -> Option<Self> {
        Some(Self {
            arn: Arn::parse(member.db_cluster_arn.as_deref()?).ok()?,
            writer: member.is_writer.unwrap_or(false),
            synchronization: member
                .synchronization_status
                .as_ref()
                .map(|status| status.as_str().to_owned()),
        })
    }
    /// `writer` or `reader`.
    pub fn role(&self) -> &'static str {
        if self.writer { "writer" } else { "reader" }
    }
}

/// A cluster for people: `us-east-1 (orders)`.
pub(super) fn place(arn: &Arn) -> String {
    format!("{} ({})", arn.region(), arn.name())
}

/// The members, those that AWS names twice or without a cluster left out, in order of their ARNs.
pub fn members(global: &types::GlobalCluster) -> Vec<Member> {
    let listed = global.global_cluster_members.as_deref().unwrap_or_default();
    let mut members: Vec<Member> = listed.iter().filter_map(Member::new).collect();
    members.sort_by(|a, b| a.arn.cmp(&b.arn));
    members.dedup_by(|a, b| a.arn == b.arn);
    members
}

/// What the global cluster is doing: `available`, `upgrading`, `failing-over`, `switching-over`.
pub fn status(global: &types::GlobalCluster) -> String {
    let failover = global.failover_state.as_ref().and_then(|state| state.status.as_ref());
    match failover.map(types::FailoverStatus::as_str).filter(|status| !status.is_empty()) {
        Some("pending") => "about to move its writer".to_owned(),
        Some(status) => status.to_owned(),
        None => global.status.clone().unwrap_or_default(),
    }
}

/// Why a member must not be changed while its global cluster is doing this. AWS allows changes of
/// members while the global cluster itself is merely being changed.
pub(super) fn lock(global: &str, status: &str, synchronization: Option<&str>) -> Option<String> {
    match (status, synchronization) {
        ("" | "available" | "creating" | "modifying" | "deleting", Some("pending-resync")) => {
            Some(format!(
                "it is being rebuilt after a failover of the global database `{global}` \
                 (pending-resync)"
            ))
        }
        ("" | "available" | "creating" | "modifying" | "deleting", _) => None,
        (status, _) => Some(format!("its global database `{global}` is {status}")),
    }
}

/// The place of `cluster` in a global database, if it has one.
///
/// # Errors
/// When AWS cannot be asked.
pub(super) async fn membership(
    aws: &Aws,
    cluster: &types::DbCluster,
) -> Result<Option<Membership>> {
    let Some(arn) = cluster.db_cluster_arn.as_deref() else { return Ok(None) };
    let named = cluster.global_cluster_identifier.as_deref().filter(|name| !name.is_empty());
    let global = match named {
        Some(name) => rds::global_cluster(aws, name).await?,
        None if cluster.engine.as_deref().is_some_and(|engine| engine.starts_with("aurora")) => {
            with_member(aws, arn).await?
        }
        None => None,
    };
    Ok(global.and_then(|global| {
        let (mut own, others): (Vec<_>, Vec<_>) =
            members(&global).into_iter().partition(|member| member.arn.as_str() == arn);
        Some(Membership {
            status: status(&global),
            encrypted: global.storage_encrypted.unwrap_or(false),
            global: global.global_cluster_identifier?,
            member: own.pop()?,
            others,
        })
    }))
}

async fn with_member(aws: &Aws, arn: &str) -> Result<Option<types::GlobalCluster>> {
    let rds = aws.rds();
    let fetch = || async {
        let pages = rds.describe_global_clusters().into_paginator().items().send();
        pages.try_collect().await.map_err(AwsError::from)
    };
    let has = |global: &&types::GlobalCluster| {
        members(global).iter().any(|member| member.arn.as_str() == arn)
    };
    match aws.listed(fetch).await {
        Some(all) => Ok(all?.iter().find(has).cloned()),
        None => Ok(fetch().await.map_err(Error::from)?.iter().find(has).cloned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(status: &str, failover: Option<&str>) -> types::GlobalCluster {
        let state =
            failover.map(|status| types::FailoverState::builder().status(status.into()).build());
        types::GlobalCluster::builder().status(status).set_failover_state(state).build()
    }

    #[test]
    fn a_status_that_the_sdk_does_not_know_counts() {
        assert_eq!(status(&global("available", Some("switching-over"))), "switching-over");
        assert_eq!(status(&global("available", Some("failing-over"))), "failing-over");
        assert_eq!(status(&global("available", None)), "available");
    }

    #[test]
    fn members_are_locked_by_failovers_and_upgrades_only() {
        let lock = |status, synchronization| lock("orders", status, synchronization);
        assert_eq!(lock("available", Some("connected")), None);
        assert_eq!(lock("modifying", None), None);
        assert!(lock("available", Some("pending-resync")).is_some());
        for status in ["switching-over", "failing-over", "upgrading", "about to move its writer"] {
            assert_eq!(
                lock(status, Some("connected")),
                Some(format!("its global database `orders` is {status}"))
            );
        }
    }
}
