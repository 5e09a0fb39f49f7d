//! What AWS says now.
use crate::address::Region;
use crate::aws::{Aws, AwsError};
use crate::function::Responder;
use crate::function::responder::{Cluster, Global, Ledger, Member, Observed, Occasion};
use crate::handlers::{Context, Error, Result};
use crate::resources::rds;
use crate::schema::Arn;

/// The global database and the member of this Region.
///
/// # Errors
/// When no Region can say anything of the global database, or this one nothing of its cluster.
pub(super) async fn observe(responder: &Responder, context: &Context) -> Result<Observed> {
    let (global, cluster) =
        futures::join!(global(responder, &context.aws), cluster(responder, &context.aws));
    Ok(Observed { global: global?, cluster: cluster? })
}

/// The global database, as this Region has it, or the first other one that can tell: this one may
/// be the reason why we are called, or may have been detached from it.
pub(super) async fn global(responder: &Responder, aws: &Aws) -> Result<Option<Global>> {
    let name = &responder.global_cluster_identifier;
    let here = described(aws, name).await;
    if let Ok(Some(_)) = here {
        return here;
    }
    let others = responder.member_cluster_arns.iter().map(Arn::region);
    for other in others.filter(|region| *region != aws.scope.region.as_str()) {
        tracing::warn!(told = ?here, other, "asking another Region");
        if let Ok(Some(found)) = described(&aws.in_region(&Region::new(other)), name).await {
            return Ok(Some(found));
        }
    }
    here
}

async fn described(aws: &Aws, name: &str) -> Result<Option<Global>> {
    let found = rds::global_cluster(aws, name).await.map_err(from_resources)?;
    Ok(found.map(|found| {
        let state = found.failover_state.as_ref().and_then(|state| state.status.as_ref());
        let status = rds::status(&found);
        let moving = state.is_some_and(|state| !state.as_str().is_empty())
            || ["switching-over", "failing-over"].contains(&status.as_str());
        let members = rds::members(&found).into_iter().map(|member| {
            let rds::Member { arn, writer, synchronization } = member;
            Member { arn, writer, synchronization }
        });
        Global { moving, members: members.collect(), endpoint: found.endpoint, status }
    }))
}

async fn cluster(responder: &Responder, aws: &Aws) -> Result<Option<Cluster>> {
    let Some(own) = responder.member(&aws.scope) else { return Ok(None) };
    let found = rds::cluster(aws, own.name()).await.map_err(from_resources)?;
    Ok(found.map(|found| {
        let tags = found.tag_list.into_iter().flatten();
        let tags = tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
        let instances = found.db_cluster_members.into_iter().flatten();
        Cluster {
            status: found.status.unwrap_or_default(),
            endpoint: found.endpoint,
            reader_endpoint: found.reader_endpoint,
            instances: instances.filter_map(|member| member.db_instance_identifier).collect(),
            tags: tags.collect(),
        }
    }))
}

/// What was done already for this event.
pub(super) fn ledger(occasion: &Occasion, seen: &Observed) -> Ledger {
    let tags = seen.cluster.as_ref().map(|cluster| &cluster.tags);
    let ledger = tags.map(|tags| Ledger::read(occasion.phase, tags)).unwrap_or_default();
    ledger.of(&occasion.at)
}

fn from_resources(error: crate::resources::Error) -> Error {
    match error {
        crate::resources::Error::Aws(error) => Error::Aws(error),
        other => {
            Error::Aws(AwsError::new("rds", None, &other.to_string(), crate::aws::Failure::Fault))
        }
    }
}
