//! The handler `copier`: carries copies of recovery points on.
use aws_sdk_backup::types as sdk;
use aws_smithy_types::DateTime;
use serde_json::{Value as Json, json};

use crate::address::Region;
use crate::function::copier::{
    Asked, Failed, Job, Keep, Letting, Lifecycle, Point, Start, expiry, starts,
};
use crate::function::{Configuration, Copier};
use crate::handlers::{Context, Error, Handler, Result};
use crate::schema::{Arn, Given};

impl Handler for Copier {
    const NAME: &'static str = "copier";

    fn of(configuration: &Configuration) -> Option<&Self> {
        configuration.copier.as_ref()
    }

    async fn handle(&self, context: &Context, event: &Json) -> Result<Json> {
        let staging = &self.staging_vault_arn;
        let here = &context.aws.scope;
        if (staging.account(), staging.region()) != (here.account.as_str(), here.region.as_str()) {
            return Err(Error::Configuration(format!(
                "the function runs in {here}, and the staging vault is {}",
                staging.as_str()
            )));
        }
        match Asked::of(self, here, event).map_err(Error::Refused)? {
            Asked::Nothing(why) => {
                context.skip("handle", "", &why);
                Ok(json!({ "nothing": why }))
            }
            Asked::Tell(failed) => tell(self, context, &failed).await,
            Asked::Look(arn) => {
                let point = point(self, context, &arn).await?;
                carry(self, context, &point).await
            }
            Asked::LookAtAll => sweep(self, context).await,
        }
    }
}

/// Tells people of a copy job that failed.
async fn tell(copier: &Copier, context: &Context, failed: &Failed) -> Result<Json> {
    let (subject, text) = failed.message();
    let Some(topic) = &copier.topic_arn else {
        context.skip("Publish", &failed.job, &format!("there is no `topic_arn`. {subject}"));
        return Ok(json!({ "failed": failed.job }));
    };
    let publish = async {
        let sns = context.aws.in_region(&Region::new(topic.region())).sns();
        let sent = sns.publish().topic_arn(topic.as_str()).subject(&subject).message(text);
        let sent = sent.send().await?;
        Ok(json!({ "message": sent.message_id, "job": failed.job }))
    };
    context.act("Publish", topic.as_str(), publish).await?;
    Ok(json!({ "failed": failed.job, "told": topic.as_str() }))
}

/// Everything in the staging vault that is carried on, oldest last. One that cannot be carried on
/// does not keep the others from it.
async fn sweep(copier: &Copier, context: &Context) -> Result<Json> {
    let vault = copier.staging_vault().map_err(Error::Configuration)?;
    let list = context.aws.backup().list_recovery_points_by_backup_vault();
    let mut pages = list.backup_vault_name(vault).into_paginator().items().send();
    let (mut answers, mut failures) = (Vec::new(), Vec::new());
    while let Some(found) = pages.try_next().await? {
        let seen = seen_in_list(found)?;
        if starts(copier, &seen, &[]).is_err() {
            continue;
        }
        match carry(copier, context, &seen).await {
            Ok(answer) => answers.push(answer),
            Err(error) => failures.push(error.to_string()),
        }
    }
    match failures.as_slice() {
        [] => Ok(json!({ "looked_at": answers })),
        failures => Err(Error::Failed(failures.join("; "))),
    }
}

/// Begins what is missing, and lets the staging copy go when nothing is.
async fn carry(copier: &Copier, context: &Context, point: &Point) -> Result<Json> {
    let arn = point.arn.as_str();
    let jobs = jobs(context, &point.arn).await?;
    let steps = starts(copier, point, &jobs).map_err(Error::Refused)?;
    let mut begun = Vec::new();
    let mut failures = Vec::new();
    for step in steps {
        match step {
            Start::Already { to, job, state } => {
                context.skip("StartCopyJob", to.as_str(), &format!("job {job} is {state}"));
            }
            Start::Copy { to, lifecycle, token } => {
                let start = start(copier, context, point, &to, lifecycle, token);
                match context.act("StartCopyJob", to.as_str(), start).await {
                    Ok(detail) => begun.extend(detail),
                    Err(error) => failures.push(format!("{}: {error}", to.as_str())),
                }
            }
        }
    }
    if !failures.is_empty() {
        let what = failures.join("; ");
        return Err(Error::Failed(format!("{arn} is not on its way everywhere: {what}")));
    }
    let kept = let_go(copier, context, point, &jobs).await?;
    Ok(json!({ "recovery_point": arn, "begun": begun, "staging_copy": kept }))
}

async fn start(
    copier: &Copier,
    context: &Context,
    point: &Point,
    to: &Arn,
    lifecycle: Lifecycle,
    token: String,
) -> Result<Json> {
    let vault = copier.staging_vault().map_err(Error::Configuration)?;
    let started = context
        .aws
        .backup()
        .start_copy_job()
        .recovery_point_arn(point.arn.as_str())
        .source_backup_vault_name(vault)
        .destination_backup_vault_arn(to.as_str())
        .iam_role_arn(copier.iam_role_arn.as_str())
        .idempotency_token(token)
        .set_lifecycle(to_sdk(&lifecycle))
        .send()
        .await?;
    Ok(json!({ "job": started.copy_job_id, "recovery_point": point.arn.as_str() }))
}

/// Deletes the staging copy or lets it expire, if that is asked for and it is everywhere.
async fn let_go(
    copier: &Copier,
    context: &Context,
    point: &Point,
    jobs: &[Job],
) -> Result<&'static str> {
    let (arn, backup) = (point.arn.as_str(), context.aws.backup());
    let vault = copier.staging_vault().map_err(Error::Configuration)?;
    match expiry(copier, point, jobs) {
        Letting::Keep(Keep::NotAsked) => Ok("kept"),
        Letting::Keep(Keep::NotEverywhere) => Ok("kept until it is everywhere"),
        Letting::Keep(Keep::Expires) => {
            context.skip("UpdateRecoveryPointLifecycle", arn, "it expires soon enough");
            Ok("expires")
        }
        Letting::Delete => {
            let delete = async {
                let delete = backup.delete_recovery_point().backup_vault_name(vault);
                delete.recovery_point_arn(arn).send().await?;
                Ok(Json::Null)
            };
            context.act("DeleteRecoveryPoint", arn, delete).await?;
            Ok("deleted")
        }
        Letting::After(days) => {
            let lifecycle = Lifecycle { delete_after: Some(days), ..point.lifecycle.clone() };
            let update = async {
                let update = backup.update_recovery_point_lifecycle().backup_vault_name(vault);
                let update = update.recovery_point_arn(arn).set_lifecycle(to_sdk(&lifecycle));
                update.send().await?;
                Ok(json!({ "delete_after_days": days }))
            };
            context.act("UpdateRecoveryPointLifecycle", arn, update).await?;
            Ok("expires")
        }
    }
}

/// What AWS says of a recovery point in the staging vault.
async fn point(copier: &Copier, context: &Context, arn: &Arn) -> Result<Point> {
    let vault = copier.staging_vault().map_err(Error::Configuration)?;
    let describe = context.aws.backup().describe_recovery_point().backup_vault_name(vault);
    let found = describe.recovery_point_arn(arn.as_str()).send().await?;
    Ok(Point {
        arn: arn.clone(),
        status: found.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        resource_type: found.resource_type.unwrap_or_default(),
        source_vault: found.source_backup_vault_arn,
        lifecycle: from_sdk(found.lifecycle),
        age: age(found.creation_date),
    })
}

fn seen_in_list(found: sdk::RecoveryPointByBackupVault) -> Result<Point> {
    Ok(Point {
        arn: Arn::parse(found.recovery_point_arn.given("RecoveryPointArn")?)?,
        status: found.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        resource_type: found.resource_type.unwrap_or_default(),
        source_vault: found.source_backup_vault_arn,
        lifecycle: from_sdk(found.lifecycle),
        age: age(found.creation_date),
    })
}

/// The copy jobs that started from a recovery point, the latest first.
async fn jobs(context: &Context, point: &Arn) -> Result<Vec<Job>> {
    let list = context.aws.backup().list_copy_jobs().by_source_recovery_point_arn(point.as_str());
    let found = list.into_paginator().items().send().try_collect().await?;
    let job = |job: sdk::CopyJob| Job {
        id: job.copy_job_id.unwrap_or_default(),
        to: job.destination_backup_vault_arn.unwrap_or_default(),
        state: job.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
    };
    let of_point = |job: &sdk::CopyJob| job.source_recovery_point_arn() == Some(point.as_str());
    Ok(found.into_iter().filter(of_point).map(job).collect())
}

/// Days since the backup, a begun one counted whole.
fn age(created: Option<DateTime>) -> i64 {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let seconds = created.map_or(0, |created| now - created.secs());
    (seconds.max(0) + 86_399) / 86_400
}

fn to_sdk(lifecycle: &Lifecycle) -> Option<sdk::Lifecycle> {
    let Lifecycle { cold_storage_after, delete_after, opt_in_to_archive_for_supported_resources } =
        lifecycle;
    if cold_storage_after.is_none() && delete_after.is_none() {
        return None;
    }
    let built = sdk::Lifecycle::builder()
        .set_move_to_cold_storage_after_days(*cold_storage_after)
        .set_delete_after_days(*delete_after)
        .set_opt_in_to_archive_for_supported_resources(*opt_in_to_archive_for_supported_resources);
    Some(built.build())
}

fn from_sdk(lifecycle: Option<sdk::Lifecycle>) -> Lifecycle {
    let days = |days: Option<i64>| days.filter(|days| *days > 0);
    let (cold, delete, archive) = lifecycle.map_or((None, None, None), |lifecycle| {
        (
            lifecycle.move_to_cold_storage_after_days,
            lifecycle.delete_after_days,
            lifecycle.opt_in_to_archive_for_supported_resources,
        )
    });
    Lifecycle {
        cold_storage_after: days(cold),
        delete_after: days(delete),
        opt_in_to_archive_for_supported_resources: archive,
    }
}
