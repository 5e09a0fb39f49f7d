//! `snapshot_copy`: keeps the snapshots that AWS takes of the old writer at a failover.
use aws_sdk_rds::types::DbClusterSnapshot;

use crate::address::Region;
use crate::aws::{AbsentOn, Aws};
use crate::function::responder::actions::SnapshotCopy;
use crate::handlers::responder::actions::{Action, Need, Scene};
use crate::handlers::{Error, Result};
use crate::schema::Arn;

/// How AWS's names of such snapshots begin.
const TAKEN: &str = "rds:unplanned-global-failover-";

/// What is to be copied, and what could not be looked at.
#[derive(Debug, Default)]
pub struct Copies {
    copies: Vec<Copy>,
    trouble: Vec<String>,
}

#[derive(Debug)]
struct Copy {
    region: String,
    from: String,
    name: String,
    key: Option<String>,
}

impl Action for SnapshotCopy {
    type Found = Copies;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Copies>> {
        let mut found = Copies::default();
        let occasion = scene.occasion;
        let others: Vec<&Arn> =
            occasion.members.iter().filter(|arn| occasion.writer.as_ref() != Some(*arn)).collect();
        for member in &others {
            // A Region that does not answer must not keep those of the others from being copied.
            if let Err(error) = self.member(scene, member, &mut found).await {
                found.trouble.push(format!("{}: {error}", member.region()));
            }
        }
        let Copies { copies, trouble } = &found;
        if copies.is_empty() {
            if !trouble.is_empty() {
                return Err(Error::Failed(trouble.join("; ")));
            }
            let regions: Vec<&str> = others.iter().map(|arn| arn.region()).collect();
            let regions = regions.join(", ");
            return Ok(Need::Nothing(format!("there is none in {regions} that is not copied")));
        }
        let names: Vec<&str> = copies.iter().map(|copy| copy.name.as_str()).collect();
        Ok(Need::Change(format!("copy to {}", names.join(", ")), found))
    }

    async fn act(&self, scene: &Scene<'_>, found: Copies) -> Result<String> {
        let Copies { copies, mut trouble } = found;
        let mut done = Vec::new();
        for Copy { region, from, name, key } in copies {
            let call = aws(scene, &region).rds().copy_db_cluster_snapshot();
            let call = call
                .source_db_cluster_snapshot_identifier(from)
                .target_db_cluster_snapshot_identifier(&name)
                .set_kms_key_id(key)
                .copy_tags(true);
            match call.send().await.absent_on(&["DBClusterSnapshotAlreadyExistsFault"]) {
                Ok(_) => done.push(name),
                Err(error) => trouble.push(format!("{name}: {error}")),
            }
        }
        if trouble.is_empty() {
            Ok(format!("copying to {} has begun", done.join(", ")))
        } else {
            Err(Error::Failed(trouble.join("; ")))
        }
    }
}

impl SnapshotCopy {
    /// Adds the snapshots of one member.
    async fn member(&self, scene: &Scene<'_>, member: &Arn, found: &mut Copies) -> Result<()> {
        let region = member.region();
        let call = aws(scene, region).rds().describe_db_cluster_snapshots();
        let pages = call.db_cluster_identifier(member.name()).into_paginator().items().send();
        let all: Vec<DbClusterSnapshot> = pages.try_collect().await?;
        let age = i64::try_from(self.younger_than.duration().as_secs()).unwrap_or(i64::MAX);
        let oldest = super::instant(&scene.occasion.at)?.saturating_sub(age);
        for snapshot in &all {
            let id = snapshot.db_cluster_snapshot_identifier.as_deref().unwrap_or_default();
            let at = snapshot.snapshot_create_time.map_or(i64::MAX, |at| at.secs());
            if !id.starts_with(TAKEN) || at < oldest {
                continue;
            }
            let name = format!("{}{}", self.prefix, id.trim_start_matches("rds:"));
            let named = |other: &DbClusterSnapshot| {
                other.db_cluster_snapshot_identifier.as_ref() == Some(&name)
            };
            if all.iter().any(named) {
                continue;
            }
            let status = snapshot.status.as_deref().unwrap_or_default();
            if status != "available" {
                found.trouble.push(format!("{id} cannot be copied yet: it is {status}"));
                continue;
            }
            found.copies.push(Copy {
                region: region.to_owned(),
                from: snapshot.db_cluster_snapshot_arn.clone().unwrap_or_else(|| id.to_owned()),
                name,
                key: self.kms_key_ids.get(region).cloned(),
            });
        }
        Ok(())
    }
}

fn aws(scene: &Scene<'_>, region: &str) -> Aws {
    scene.aws.in_region(&Region::new(region))
}
