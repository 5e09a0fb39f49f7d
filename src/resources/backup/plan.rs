//! `aws_backup_plan`: when to back up, for how long, and where copies go.
use std::collections::BTreeMap;

use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::backup::rule::{self, Rule};
use crate::resources::backup::{self, selection};
use crate::resources::tags::Tags;
use crate::resources::{Alike, Key, Listing, Live, Resource, Result, Retry, Token, differing};
use crate::schema::{Arn, Given, Identity, Problem, Unordered};
use crate::value::Object;

attributes! {
    /// A backup plan: rules that say when to back up, for how long, and where copies go. What it
    /// backs up is said by an `aws_backup_selection`.
    ///
    /// A global database should be backed up in each of its Regions, so that backups go on after a
    /// failover. AWS names a plan itself and makes a new version of it with each change; names need
    /// not be unique, so drctl finds its own by their tags.
    pub struct BackupPlan {
        /// Name of the plan.
        name: String,
        /// The rules, at least one.
        rule: Unordered<Rule>,
        /// Options for single types of resources; none concern Aurora.
        advanced_backup_setting: Unordered<AdvancedBackupSetting>,
        /// Tags of the plan.
        tags: Tags,
    }
}

attributes! {
    /// Options for one type of resource.
    pub struct AdvancedBackupSetting {
        /// The type: `EC2`.
        resource_type: String,
        /// The options, as `{ WindowsVSS = "enabled" }`.
        backup_options: BTreeMap<String, String>,
    }
}

attributes! {
    /// What AWS tells about a plan.
    pub struct Outputs {
        /// Id that AWS gave to the plan.
        id: String,
        /// ARN of the plan.
        arn: Arn,
        /// Its version; another one after each change.
        version: String,
    }
}

/// The plan as a call takes it, all of it: what is left out is taken away.
fn to_aws(want: &BackupPlan) -> Result<sdk::BackupPlanInput> {
    let BackupPlan { name, rule, advanced_backup_setting, tags: _ } = want;
    let settings = advanced_backup_setting.0.iter().map(|setting| {
        let AdvancedBackupSetting { resource_type, backup_options } = setting;
        sdk::AdvancedBackupSetting::builder()
            .resource_type(resource_type)
            .set_backup_options(backup::to_map(backup_options))
            .build()
    });
    let settings: Vec<_> = settings.collect();
    let rules = rule.0.iter().map(Rule::to_aws).collect::<Result<_>>()?;
    Ok(sdk::BackupPlanInput::builder()
        .backup_plan_name(name)
        .set_rules(Some(rules))
        .set_advanced_backup_settings((!settings.is_empty()).then_some(settings))
        .build()?)
}

pub(super) fn settings(
    told: Option<Vec<sdk::AdvancedBackupSetting>>,
) -> Unordered<AdvancedBackupSetting> {
    let setting = |told: sdk::AdvancedBackupSetting| AdvancedBackupSetting {
        resource_type: told.resource_type.unwrap_or_default(),
        backup_options: told.backup_options.unwrap_or_default().into_iter().collect(),
    };
    Unordered(told.unwrap_or_default().into_iter().map(setting).collect())
}

/// All plans of the Region that are not deleted.
async fn plans(aws: &Aws) -> Result<Vec<sdk::BackupPlansListMember>, AwsError> {
    let pages = aws.backup().list_backup_plans().into_paginator().send().try_collect().await?;
    Ok(pages.into_iter().flat_map(|page| page.backup_plans_list.unwrap_or_default()).collect())
}

/// The plan and its tags; `None` if it is not there, or was deleted, which AWS goes on telling.
pub(super) async fn found(aws: &Aws, id: &str) -> Result<Option<Live<BackupPlan>>> {
    let get = aws.backup().get_backup_plan().backup_plan_id(id);
    let Some(found) = get.send().await.absent_on(backup::ABSENT)? else { return Ok(None) };
    let Some(plan) = found.backup_plan.filter(|_| found.deletion_date.is_none()) else {
        return Ok(None);
    };
    let arn = Arn::parse(found.backup_plan_arn.given("BackupPlanArn")?)?;
    let tags = backup::tags(aws, arn.as_str()).await?;
    let rules = plan.rules.into_iter().map(Rule::from_aws);
    Ok(Some(Live {
        inputs: BackupPlan {
            name: plan.backup_plan_name,
            rule: Unordered(rules.collect::<Result<_>>()?),
            // The plan itself tells nothing of them.
            advanced_backup_setting: settings(found.advanced_backup_settings),
            tags,
        },
        outputs: Outputs {
            id: found.backup_plan_id.given("BackupPlanId")?,
            arn,
            version: found.version_id.unwrap_or_default(),
        },
    }))
}

impl Resource for BackupPlan {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_plan";
    const ID: &'static str = "id";
    const LISTING: Listing = Listing::All;
    const IDENTITY: Identity = Identity::Minted("backup:backup-plan");
    const RETRIES: &'static [Retry] = &[
        // Selections were deleted just before.
        Retry { code: "InvalidRequestException", saying: "selections must be deleted" },
    ];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = aws.asked("", || plans(aws)).await?;
        let own = |plan: &&sdk::BackupPlansListMember| {
            plan.backup_plan_name.as_deref().is_some_and(|name| name.starts_with("aws/"))
        };
        let all = all.iter().filter(|plan| !own(plan));
        Ok(all.filter_map(|plan| plan.backup_plan_id.as_ref().map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        found(aws, key.name()?).await
    }

    async fn alike(aws: &Aws, want: &Object) -> Result<Vec<Alike>> {
        let Some(name) = want.get("name").as_str() else { return Ok(Vec::new()) };
        let all = match aws.listed(|| plans(aws)).await {
            Some(listed) => listed?.as_ref().clone(),
            None => plans(aws).await?,
        };
        let named = all.into_iter().filter(|plan| plan.backup_plan_name() == Some(name));
        Ok(named
            .filter_map(|plan| {
                let key = Key::only(plan.backup_plan_id?);
                Some(Alike { key, token: plan.creator_request_id })
            })
            .collect())
    }

    async fn parts(aws: &Aws, live: &Live<Self>) -> Result<Vec<String>> {
        let selections = selection::of_plan(aws, &live.outputs.id).await?;
        let name = |one: &sdk::BackupSelectionsListMember| {
            format!("the selection {}", one.selection_name().unwrap_or_default())
        };
        Ok(selections.iter().map(name).collect())
    }

    async fn clear(aws: &Aws, live: &Live<Self>) -> Result<()> {
        selection::remove_all(aws, &live.outputs.id).await
    }

    async fn create(aws: &Aws, want: &Self, token: &Token) -> Result<Key> {
        let created = aws
            .backup()
            .create_backup_plan()
            .backup_plan(to_aws(want)?)
            .set_backup_plan_tags(Some(want.tags.to_map()))
            .creator_request_id(&token.0)
            .send()
            .await?;
        Ok(Key::only(created.backup_plan_id.given("BackupPlanId")?))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Outputs { id, arn, version: _ } = &live.outputs;
        // Each call makes a version, even if nothing is new in it, and AWS keeps 2000 of them.
        if differing(&live.inputs, want).iter().any(|name| *name != "tags") {
            let update = aws.backup().update_backup_plan().backup_plan_id(id);
            update.backup_plan(to_aws(want)?).send().await?;
        }
        backup::retag(aws, arn.as_str(), &live.inputs.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let delete = aws.backup().delete_backup_plan().backup_plan_id(&live.outputs.id);
        delete.send().await.absent_on(backup::ABSENT)?;
        Ok(())
    }

    fn check(want: &Object) -> Vec<Problem> {
        let rules = want.get("rule");
        if rules.is_null() {
            let message = "A backup plan needs at least one rule.";
            return vec![Problem::error(&[], "Missing required block", message)];
        }
        rule::check(rules.unmarked())
    }
}
