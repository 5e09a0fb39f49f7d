//! What a secondary cluster needs in its own Region.
use std::collections::BTreeSet;

use aws_sdk_kms::types::{KeySpec, KeyState, KeyUsageType};

use crate::aws::AwsError;
use crate::check::global_source::source;
use crate::check::{Check, Ground, Later, Subject, text, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::{Error, kms, rds};

pub(super) struct Secondary;

const NAME: &str = "secondary";

impl Check for Secondary {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let globals: Vec<Subject<'_>> = ground.all("aws_rds_global_cluster").collect();
    for cluster in ground.all("aws_rds_cluster") {
        let Some(of) = text(cluster.object, "global_cluster_identifier") else { continue };
        let is =
            |global: &&Subject<'_>| text(global.object, "global_cluster_identifier") == Some(of);
        let Some((arn, primary)) = globals.iter().find(is).and_then(source) else { continue };
        if primary.region == cluster.scope.region {
            continue;
        }
        let subject = cluster.address.to_string();
        let own = text(cluster.object, "cluster_identifier").unwrap_or_default();
        if own == arn.name() {
            found.push(
                Finding::pass(
                    NAME,
                    subject.clone(),
                    format!("It has the name of the primary, {own}."),
                )
                .but(Verdict::Fail, "Members of a global database need different names."),
            );
        }
        for asked in [
            zones(ground, &cluster).await,
            key(ground, &cluster, &primary, arn.name()).await,
            class(ground, &cluster).await,
        ] {
            match asked {
                Ok(some) => found.extend(
                    some.into_iter().map(|finding| Finding { subject: subject.clone(), ..finding }),
                ),
                Err(error) => found.push(unknown(NAME, subject.clone(), &error)),
            }
        }
        if !found.iter().any(|finding| finding.subject == subject) {
            let text = format!("Region {} has what it needs.", cluster.scope.region);
            found.push(Finding::pass(NAME, subject, text));
        }
    }
    found
}

fn wrong(verdict: Verdict, found: String, fix: &str) -> Vec<Finding> {
    vec![Finding::pass(NAME, "", found).but(verdict, fix)]
}

/// Its subnets must be in two zones.
async fn zones(ground: &Ground<'_>, cluster: &Subject<'_>) -> Result<Vec<Finding>, Error> {
    let Some(name) = text(cluster.object, "db_subnet_group_name") else { return Ok(Vec::new()) };
    let planned = ground.all("aws_db_subnet_group");
    if planned
        .into_iter()
        .any(|group| text(group.object, "name") == Some(name) && group.scope == cluster.scope)
    {
        return Ok(Vec::new());
    }
    let aws = ground.aws(cluster.scope).await?;
    let Some(group) = rds::subnet_group(&aws, name).await? else {
        let text = format!("There is no subnet group {name} in {}.", cluster.scope);
        return Ok(wrong(Verdict::Fail, text, "Declare an aws_db_subnet_group there."));
    };
    let zone = |subnet: &aws_sdk_rds::types::Subnet| {
        subnet.subnet_availability_zone.as_ref().and_then(|zone| zone.name.clone())
    };
    let zones: BTreeSet<String> = group.subnets().iter().filter_map(zone).collect();
    if zones.len() >= 2 {
        return Ok(Vec::new());
    }
    let text = format!("The subnet group {name} is in {} zone.", zones.len());
    Ok(wrong(Verdict::Fail, text, "Aurora needs subnets in two zones at least."))
}

/// A secondary of an encrypted primary needs a usable key of its own Region.
async fn key(
    ground: &Ground<'_>,
    cluster: &Subject<'_>,
    primary: &crate::address::Scope,
    name: &str,
) -> Result<Vec<Finding>, Error> {
    let encrypted = rds::cluster(&ground.aws(primary).await?, name).await?;
    let encrypted = encrypted.is_some_and(|primary| primary.storage_encrypted == Some(true));
    let waits = !cluster.object.get("kms_key_id").is_known();
    let Some(id) = text(cluster.object, "kms_key_id") else {
        return Ok(if encrypted && !waits {
            let text = "The primary is encrypted, and this names no key.".to_owned();
            wrong(Verdict::Fail, text, "Set kms_key_id to a key of this Region.")
        } else {
            Vec::new()
        });
    };
    if ["aws_kms_key", "aws_kms_replica_key"].iter().any(|of| ground.with_arn(of, id).is_some()) {
        return Ok(Vec::new());
    }
    let aws = ground.aws(cluster.scope).await?;
    let Some(key) = kms::described(&aws, id).await? else {
        let text = format!("There is no key {id} in {}.", cluster.scope);
        return Ok(wrong(Verdict::Fail, text, "Name a key of this Region."));
    };
    let usable = key.key_state == Some(KeyState::Enabled)
        && key.key_spec == Some(KeySpec::SymmetricDefault)
        && key.key_usage == Some(KeyUsageType::EncryptDecrypt);
    if usable {
        return Ok(Vec::new());
    }
    let text = format!("The key {id} is disabled, about to be deleted, or not for encryption.");
    Ok(wrong(Verdict::Fail, text, "Enable it, or name a symmetric key for encryption."))
}

/// Classes of its instances must be offered for global databases there.
async fn class(ground: &Ground<'_>, cluster: &Subject<'_>) -> Result<Vec<Finding>, Error> {
    let own = text(cluster.object, "cluster_identifier");
    let instances = ground.all("aws_rds_cluster_instance").filter(|instance| {
        instance.scope == cluster.scope && text(instance.object, "cluster_identifier") == own
    });
    let mut found = Vec::new();
    let mut classes = BTreeSet::new();
    for instance in instances {
        classes.extend(text(instance.object, "instance_class").map(str::to_owned));
    }
    if classes.is_empty() {
        let text = "It has no instance.".to_owned();
        let fix = "It cannot take over before it has one: keep at least one reader warm.";
        return Ok(wrong(Verdict::Warn, text, fix));
    }
    let aws = ground.aws(cluster.scope).await?;
    let Some(engine) = text(cluster.object, "engine") else { return Ok(found) };
    for class in classes {
        let describe = aws.rds().describe_orderable_db_instance_options().engine(engine);
        let describe = describe.db_instance_class(&class);
        let version = text(cluster.object, "engine_version").map(str::to_owned);
        let mut pages = describe.set_engine_version(version).into_paginator().items().send();
        let mut offered = false;
        while let Some(option) = pages.next().await {
            let option = option.map_err(AwsError::from)?;
            offered |= option.supports_global_databases == Some(true);
        }
        if !offered {
            let text =
                format!("{class} is not offered for global databases in {}.", cluster.scope.region);
            found.extend(wrong(
                Verdict::Fail,
                text,
                "Choose a memory-optimised class that is offered there.",
            ));
        }
    }
    Ok(found)
}
