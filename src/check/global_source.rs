//! What a cluster must be to become the primary of a global database.
use aws_sdk_rds::types::DbCluster;

use crate::address::{AccountId, Scope};
use crate::check::{Check, Ground, Later, Subject, place, text, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::{Error, rds};
use crate::schema::Arn;

pub(super) struct GlobalSource;

const NAME: &str = "global-source";

impl Check for GlobalSource {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

/// The cluster that a global database is made from.
pub(super) fn source(global: &Subject<'_>) -> Option<(Arn, Scope)> {
    let arn = Arn::parse(text(global.object, "source_db_cluster_identifier")?).ok()?;
    let scope = place(&AccountId::parse(arn.account())?, arn.region());
    Some((arn, scope))
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for global in ground.all("aws_rds_global_cluster") {
        let Some((arn, scope)) = source(&global) else { continue };
        // One that is made by the same plan is as the configuration says.
        if ground.with_arn("aws_rds_cluster", arn.as_str()).is_some() {
            continue;
        }
        let subject = format!("cluster {}", arn.name());
        let cluster = async {
            let aws = ground.aws(&scope).await?;
            let Some(cluster) = rds::cluster(&aws, arn.name()).await? else { return Ok(None) };
            let offers = offers(&aws, &cluster).await?;
            Ok::<_, Error>(Some((cluster, offers)))
        };
        match cluster.await {
            Err(error) => found.push(unknown(NAME, subject, &error)),
            Ok(None) => found.push(
                Finding::pass(NAME, subject, format!("There is no such cluster in {scope}."))
                    .but(Verdict::Fail, "Name one that is there as source_db_cluster_identifier."),
            ),
            Ok(Some((cluster, offers))) => {
                let mut wrong = faults(&cluster);
                if !offers {
                    wrong.push((
                        Verdict::Fail,
                        "Its engine version cannot be in a global database.".to_owned(),
                        "Upgrade the cluster to a version that can.",
                    ));
                }
                if wrong.is_empty() {
                    let text = "It can become the primary of a global database.";
                    found.push(Finding::pass(NAME, subject, text));
                } else {
                    let finding = |(verdict, text, fix)| {
                        Finding::pass(NAME, subject.clone(), text).but(verdict, fix)
                    };
                    found.extend(wrong.into_iter().map(finding));
                }
            }
        }
    }
    found
}

/// Whether the version of a cluster can be in a global database.
async fn offers(aws: &crate::aws::Aws, cluster: &DbCluster) -> Result<bool, Error> {
    let describe = aws.rds().describe_db_engine_versions();
    let told = describe
        .set_engine(cluster.engine.clone())
        .set_engine_version(cluster.engine_version.clone())
        .send()
        .await?;
    let mut versions = told.db_engine_versions.unwrap_or_default().into_iter();
    Ok(versions.any(|version| version.supports_global_databases == Some(true)))
}

/// What keeps a cluster from it, and what should be known.
fn faults(cluster: &DbCluster) -> Vec<(Verdict, String, &'static str)> {
    let mut found = Vec::new();
    let mut fault = |verdict, text: &str, fix| found.push((verdict, text.to_owned(), fix));
    let status = cluster.status().unwrap_or("unknown");
    if status != "available" {
        let text = format!("It is {status}, not available.");
        fault(Verdict::Fail, &text, "Start it, or wait until what is under way is done.");
    }
    if cluster.engine_mode() == Some("serverless") {
        let fix = "Move it to Aurora Serverless v2 or to provisioned instances.";
        fault(Verdict::Fail, "It is Aurora Serverless v1.", fix);
    }
    if cluster.backtrack_window().unwrap_or(0) > 0 {
        let fix = "Turn backtrack off: it does not go with a global database.";
        fault(Verdict::Fail, "Its backtrack is on.", fix);
    }
    if cluster.master_user_secret().is_some() {
        let fix = "Set a password of your own: manage_master_user_password does not go with a \
                   global database.";
        fault(Verdict::Fail, "Its master password is managed by Secrets Manager.", fix);
    }
    if cluster.replication_source_identifier().is_some_and(|source| !source.is_empty()) {
        fault(Verdict::Fail, "It is a replica of another database.", "Promote it first.");
    }
    let writes = cluster.db_cluster_members().iter().any(|m| m.is_cluster_writer == Some(true));
    if !writes {
        fault(Verdict::Fail, "It has no writer.", "Add an instance to it.");
    }
    if cluster.pending_modified_values().is_some_and(|pending| *pending != none_pending()) {
        let fix = "Let them be made first, with apply_immediately or in the maintenance window.";
        fault(Verdict::Warn, "Changes of it wait for its maintenance window.", fix);
    }
    if cluster.deletion_protection() != Some(true) {
        let fix = "Set deletion_protection on it.";
        fault(Verdict::Warn, "It is not protected from deletion.", fix);
    }
    let scaling = cluster.serverless_v2_scaling_configuration();
    if scaling.and_then(|scaling| scaling.min_capacity).is_some_and(|least| least < 8.0) {
        let fix = "Eight units at least are recommended for the primary of a global database.";
        fault(Verdict::Warn, "It may scale down to less than 8 capacity units.", fix);
    }
    found
}

fn none_pending() -> aws_sdk_rds::types::ClusterPendingModifiedValues {
    aws_sdk_rds::types::ClusterPendingModifiedValues::builder().build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::DbClusterMember;

    #[test]
    fn a_healthy_cluster_has_no_faults() {
        let writer = DbClusterMember::builder().is_cluster_writer(true).build();
        let healthy = DbCluster::builder()
            .status("available")
            .deletion_protection(true)
            .db_cluster_members(writer);
        assert_eq!(faults(&healthy.clone().build()), []);
        let told = faults(&healthy.status("stopped").backtrack_window(60).build());
        assert_eq!(told.len(), 2, "{told:?}");
        let bare = faults(&DbCluster::builder().status("available").build());
        assert!(
            bare.iter()
                .any(|(verdict, text, _)| *verdict == Verdict::Fail && text.contains("writer"))
        );
    }
}
