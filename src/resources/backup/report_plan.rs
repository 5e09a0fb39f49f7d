//! `aws_backup_report_plan`: reports on jobs and compliance into a bucket.
use std::collections::BTreeSet;

use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::{self, AuditName};
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token, differing};
use crate::schema::{Arn, Given, Timeouts};
use crate::value::Readiness;

attributes! {
    /// A report plan of AWS Backup Audit Manager: a report a day on jobs or on compliance, into a
    /// bucket. The bucket's policy must let AWS Backup write there.
    pub struct ReportPlan {
        /// Name of the report plan, unique in its account and Region.
        name: AuditName => key,
        /// What the report plan is for. AWS cannot take it away again: it stays when absent.
        description: Option<String> => aws_decides,
        /// Where reports go.
        report_delivery_channel: DeliveryChannel,
        /// What reports are about.
        report_setting: ReportSetting,
        /// Tags of the report plan.
        tags: Tags,
    }
}

attributes! {
    /// Where reports go.
    pub struct DeliveryChannel {
        /// Name of the bucket.
        s3_bucket_name: String,
        /// What the names of reports begin with.
        s3_key_prefix: Option<String>,
        /// `CSV`, `JSON` or both. AWS takes `CSV` when absent.
        formats: BTreeSet<String> => aws_decides,
    }
}

attributes! {
    /// What reports are about.
    pub struct ReportSetting {
        /// `BACKUP_JOB_REPORT`, `COPY_JOB_REPORT`, `RESTORE_JOB_REPORT`,
        /// `RESOURCE_COMPLIANCE_REPORT` or `CONTROL_COMPLIANCE_REPORT`.
        report_template: String,
        /// ARNs of the frameworks that a report on compliance is about.
        framework_arns: BTreeSet<String>,
        /// How many frameworks a report is about.
        number_of_frameworks: Option<i32> => aws_decides,
        /// Accounts that a report is about; only the management account may name others.
        accounts: BTreeSet<String>,
        /// Organisational units that a report is about.
        organization_units: BTreeSet<String>,
        /// Regions that a report is about.
        regions: BTreeSet<String>,
    }
}

attributes! {
    /// What AWS tells about a report plan.
    pub struct Outputs {
        /// ARN of the report plan.
        arn: Arn,
        /// When it was created.
        creation_time: Option<String>,
        /// Whether it is deployed: `COMPLETED` if so.
        deployment_status: String,
    }
}

fn channel(want: &DeliveryChannel) -> Result<sdk::ReportDeliveryChannel> {
    let DeliveryChannel { s3_bucket_name, s3_key_prefix, formats } = want;
    Ok(sdk::ReportDeliveryChannel::builder()
        .s3_bucket_name(s3_bucket_name)
        .set_s3_key_prefix(s3_key_prefix.clone())
        .set_formats(backup::to_list(formats))
        .build()?)
}

fn setting(want: &ReportSetting) -> Result<sdk::ReportSetting> {
    let ReportSetting {
        report_template,
        framework_arns,
        number_of_frameworks,
        accounts,
        organization_units,
        regions,
    } = want;
    Ok(sdk::ReportSetting::builder()
        .report_template(report_template)
        .set_framework_arns(backup::to_list(framework_arns))
        .set_number_of_frameworks(*number_of_frameworks)
        .set_accounts(backup::to_list(accounts))
        .set_organization_units(backup::to_list(organization_units))
        .set_regions(backup::to_list(regions))
        .build()?)
}

impl Resource for ReportPlan {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_report_plan";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5);
    const RETRIES: &'static [Retry] = &[Retry { code: "ConflictException", saying: "" }];

    fn key_of(arn: &str) -> Option<Key> {
        backup::named_in(arn, ":report-plan:")
    }

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let pages = aws.backup().list_report_plans().into_paginator().send().try_collect().await?;
        let all = pages.into_iter().flat_map(|page| page.report_plans.unwrap_or_default());
        Ok(all.filter_map(|one| one.report_plan_name.map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = AuditName::parse(key.name()?)?;
        let describe = aws.backup().describe_report_plan().report_plan_name(name.as_str());
        let found = describe.send().await.absent_on(backup::ABSENT)?;
        let Some(found) = found.and_then(|found| found.report_plan) else { return Ok(None) };
        let arn = Arn::parse(found.report_plan_arn.given("ReportPlanArn")?)?;
        let tags = backup::tags(aws, arn.as_str()).await?;
        let channel = found.report_delivery_channel.given("ReportDeliveryChannel")?;
        let setting = found.report_setting.given("ReportSetting")?;
        Ok(Some(Live {
            inputs: Self {
                name,
                description: backup::filled(found.report_plan_description),
                report_delivery_channel: DeliveryChannel {
                    s3_bucket_name: channel.s3_bucket_name,
                    s3_key_prefix: backup::filled(channel.s3_key_prefix),
                    formats: backup::to_set(channel.formats),
                },
                report_setting: ReportSetting {
                    report_template: setting.report_template,
                    framework_arns: backup::to_set(setting.framework_arns),
                    number_of_frameworks: Some(setting.number_of_frameworks).filter(|n| *n > 0),
                    accounts: backup::to_set(setting.accounts),
                    organization_units: backup::to_set(setting.organization_units),
                    regions: backup::to_set(setting.regions),
                },
                tags,
            },
            outputs: Outputs {
                arn,
                creation_time: backup::text_of(found.creation_time),
                deployment_status: found.deployment_status.unwrap_or_default(),
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, token: &Token) -> Result<Key> {
        let Self { name, description, report_delivery_channel, report_setting, tags } = want;
        aws.backup()
            .create_report_plan()
            .report_plan_name(name.as_str())
            .set_report_plan_description(description.clone())
            .report_delivery_channel(channel(report_delivery_channel)?)
            .report_setting(setting(report_setting)?)
            .set_report_plan_tags(Some(tags.to_map()))
            .idempotency_token(&token.0)
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name, description, report_delivery_channel, report_setting, tags } = want;
        if differing(&live.inputs, want).iter().any(|name| *name != "tags") {
            aws.backup()
                .update_report_plan()
                .report_plan_name(name.as_str())
                .set_report_plan_description(description.clone())
                .report_delivery_channel(channel(report_delivery_channel)?)
                .report_setting(setting(report_setting)?)
                .send()
                .await?;
        }
        backup::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let delete = aws.backup().delete_report_plan().report_plan_name(live.inputs.name.as_str());
        delete.send().await.absent_on(backup::ABSENT)?;
        Ok(())
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        backup::deployed(&live.outputs.deployment_status)
    }
}
