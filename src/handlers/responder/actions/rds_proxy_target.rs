//! `rds_proxy_target`: makes the cluster the target of a proxy.
use std::collections::BTreeSet;

use aws_sdk_rds::types::{DbProxyTarget, TargetType};

use crate::function::responder::actions::RdsProxyTarget;
use crate::handlers::Result;
use crate::handlers::responder::actions::{Action, Need, Scene};

impl Action for RdsProxyTarget {
    type Found = Vec<String>;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Vec<String>>> {
        let Self { proxy_name, target_group_name, cluster_identifier } = self;
        let call = scene.aws.rds().describe_db_proxy_targets().db_proxy_name(proxy_name);
        let pages = call.target_group_name(target_group_name).into_paginator().items().send();
        let targets: Vec<DbProxyTarget> = pages.try_collect().await?;
        let registered: BTreeSet<String> = targets.iter().filter_map(cluster).collect();
        if registered.contains(cluster_identifier) {
            return Ok(Need::Nothing(format!(
                "{cluster_identifier} is the target of {proxy_name} already"
            )));
        }
        let others: Vec<String> = registered.into_iter().collect();
        let instead =
            if others.is_empty() { String::new() } else { format!(", not {}", others.join(", ")) };
        let what = format!("make {cluster_identifier} the target of {proxy_name}{instead}");
        Ok(Need::Change(what, others))
    }

    async fn act(&self, scene: &Scene<'_>, others: Vec<String>) -> Result<String> {
        let Self { proxy_name, target_group_name, cluster_identifier } = self;
        let rds = scene.aws.rds();
        if !others.is_empty() {
            // A group has one cluster: the new one is refused while another is there.
            let call = rds.deregister_db_proxy_targets().db_proxy_name(proxy_name);
            let call = call.target_group_name(target_group_name);
            call.set_db_cluster_identifiers(Some(others)).send().await?;
        }
        let call = rds.register_db_proxy_targets().db_proxy_name(proxy_name);
        let call = call.target_group_name(target_group_name);
        call.db_cluster_identifiers(cluster_identifier).send().await?;
        Ok(format!("{cluster_identifier} is the target of {proxy_name}"))
    }
}

/// The cluster that a target is, or belongs to.
fn cluster(target: &DbProxyTarget) -> Option<String> {
    match &target.r#type {
        Some(TargetType::TrackedCluster) => target.rds_resource_id.clone(),
        _ => target.tracked_cluster_id.clone().filter(|id| !id.is_empty()),
    }
}
