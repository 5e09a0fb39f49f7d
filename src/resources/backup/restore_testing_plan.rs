//! `aws_backup_restore_testing_plan`: restores backups regularly, to see that it works.
use std::collections::BTreeSet;

use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::schedule::{Schedule, Timezone};
use crate::resources::backup::{self, TestingName, restore_testing_selection};
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token, differing};
use crate::schema::{Arn, Given};

attributes! {
    /// A restore testing plan: restores backups on a schedule and deletes what was restored, so that
    /// it is known that they can be restored, and how long that takes.
    ///
    /// What it restores is said by an `aws_backup_restore_testing_selection`.
    pub struct RestoreTestingPlan {
        /// Name of the plan, unique in its account and Region.
        name: TestingName => key,
        /// When to restore, as `cron(0 12 ? * SUN *)`.
        schedule_expression: Schedule,
        /// Time zone of the schedule. UTC when absent.
        schedule_expression_timezone: Option<Timezone> => default_text("Etc/UTC"),
        /// Hours within which tests are begun, spread at random, 1 to 168. 24 when absent.
        start_window_hours: Option<i32> => default_int(24),
        /// Which backups are restored.
        recovery_point_selection: RecoveryPointSelection,
        /// Tags of the plan.
        tags: Tags,
    }
}

attributes! {
    /// Which backups are restored.
    pub struct RecoveryPointSelection {
        /// `LATEST_WITHIN_WINDOW` or `RANDOM_WITHIN_WINDOW`.
        algorithm: String,
        /// ARNs of vaults whose backups may be taken, or `*` for all of the Region.
        include_vaults: BTreeSet<String>,
        /// ARNs of vaults whose backups are not taken.
        exclude_vaults: BTreeSet<String>,
        /// `SNAPSHOT`, `CONTINUOUS` or both.
        recovery_point_types: BTreeSet<String>,
        /// How many days old a backup may be, 1 to 365. 30 when absent.
        selection_window_days: Option<i32> => default_int(30),
    }
}

attributes! {
    /// What AWS tells about the plan.
    pub struct Outputs {
        /// ARN of the plan.
        arn: Arn,
    }
}

fn to_aws(want: &RecoveryPointSelection) -> sdk::RestoreTestingRecoveryPointSelection {
    let RecoveryPointSelection {
        algorithm,
        include_vaults,
        exclude_vaults,
        recovery_point_types,
        selection_window_days,
    } = want;
    let types = recovery_point_types.iter();
    let types = types.map(|kind| sdk::RestoreTestingRecoveryPointType::from(kind.as_str()));
    sdk::RestoreTestingRecoveryPointSelection::builder()
        .algorithm(algorithm.as_str().into())
        .set_include_vaults(backup::to_list(include_vaults))
        // An update leaves alone what it is told nothing of.
        .set_exclude_vaults(Some(exclude_vaults.iter().cloned().collect()))
        .set_recovery_point_types(Some(types.collect()))
        .set_selection_window_days(*selection_window_days)
        .build()
}

impl Resource for RestoreTestingPlan {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_restore_testing_plan";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const RETRIES: &'static [Retry] = &[
        Retry { code: "ConflictException", saying: "" },
        // Selections were deleted just before.
        Retry { code: "InvalidRequestException", saying: "selections" },
    ];

    fn key_of(arn: &str) -> Option<Key> {
        backup::named_in(arn, ":restore-testing-plan:")
    }

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let list = aws.backup().list_restore_testing_plans().into_paginator();
        let pages = list.send().try_collect().await?;
        let all = pages.into_iter().flat_map(|page| page.restore_testing_plans);
        Ok(all.map(|one| Key::only(one.restore_testing_plan_name)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = TestingName::parse(key.name()?)?;
        let get = aws.backup().get_restore_testing_plan().restore_testing_plan_name(name.as_str());
        let found = get.send().await.absent_on(backup::ABSENT)?;
        let Some(found) = found.and_then(|found| found.restore_testing_plan) else {
            return Ok(None);
        };
        let arn = Arn::parse(&found.restore_testing_plan_arn)?;
        let tags = backup::tags(aws, arn.as_str()).await?;
        let selection = found.recovery_point_selection.given("RecoveryPointSelection")?;
        let types = selection.recovery_point_types.unwrap_or_default().into_iter();
        Ok(Some(Live {
            inputs: Self {
                name,
                schedule_expression: Schedule::new(&found.schedule_expression),
                schedule_expression_timezone: Some(Timezone::new(
                    found.schedule_expression_timezone.as_deref(),
                )),
                start_window_hours: Some(found.start_window_hours),
                recovery_point_selection: RecoveryPointSelection {
                    algorithm: selection
                        .algorithm
                        .map_or_else(String::new, |algorithm| algorithm.as_str().to_owned()),
                    include_vaults: backup::to_set(selection.include_vaults),
                    exclude_vaults: backup::to_set(selection.exclude_vaults),
                    recovery_point_types: types.map(|kind| kind.as_str().to_owned()).collect(),
                    selection_window_days: Some(selection.selection_window_days),
                },
                tags,
            },
            outputs: Outputs { arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, token: &Token) -> Result<Key> {
        let Self {
            name,
            schedule_expression,
            schedule_expression_timezone,
            start_window_hours,
            recovery_point_selection,
            tags,
        } = want;
        let zone = schedule_expression_timezone.as_ref().map(|zone| zone.as_str().to_owned());
        let plan = sdk::RestoreTestingPlanForCreate::builder()
            .restore_testing_plan_name(name.as_str())
            .schedule_expression(schedule_expression.as_str())
            .set_schedule_expression_timezone(zone)
            .set_start_window_hours(*start_window_hours)
            .recovery_point_selection(to_aws(recovery_point_selection))
            .build()?;
        aws.backup()
            .create_restore_testing_plan()
            .restore_testing_plan(plan)
            .set_tags(Some(tags.to_map()))
            .creator_request_id(&token.0)
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self {
            name,
            schedule_expression,
            schedule_expression_timezone,
            start_window_hours,
            recovery_point_selection,
            tags,
        } = want;
        if differing(&live.inputs, want).iter().any(|name| *name != "tags") {
            let zone = schedule_expression_timezone.as_ref().map(|zone| zone.as_str().to_owned());
            let plan = sdk::RestoreTestingPlanForUpdate::builder()
                .schedule_expression(schedule_expression.as_str())
                .set_schedule_expression_timezone(zone)
                .set_start_window_hours(*start_window_hours)
                .recovery_point_selection(to_aws(recovery_point_selection))
                .build();
            aws.backup()
                .update_restore_testing_plan()
                .restore_testing_plan_name(name.as_str())
                .restore_testing_plan(plan)
                .send()
                .await?;
        }
        backup::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await
    }

    async fn parts(aws: &Aws, live: &Live<Self>) -> Result<Vec<String>> {
        let names = restore_testing_selection::of_plan(aws, live.inputs.name.as_str()).await?;
        Ok(names.into_iter().map(|name| format!("the selection {name}")).collect())
    }

    async fn clear(aws: &Aws, live: &Live<Self>) -> Result<()> {
        restore_testing_selection::remove_all(aws, live.inputs.name.as_str()).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.name.as_str();
        let delete = aws.backup().delete_restore_testing_plan().restore_testing_plan_name(name);
        delete.send().await.absent_on(backup::ABSENT)?;
        Ok(())
    }
}
