//! `aws_cloudwatch_dashboard`: what people look at in an emergency.
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardError;
use aws_sdk_cloudwatch::operation::put_dashboard::builders::PutDashboardFluentBuilder;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError, Failure};
use crate::resources::cloudwatch;
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Token};
use crate::schema::{Arn, Given, Json, Placement};

attributes! {
    /// A dashboard. Its name is known in the whole account, whatever the Region, and every widget
    /// says which Region its metrics are from: one dashboard can show all members of a global
    /// database, and can be looked at when one of the Regions is gone.
    pub struct Dashboard {
        /// Name of the dashboard, unique in its account.
        dashboard_name: String => key,
        /// What it shows, as JSON: an object with `widgets`. Compared by meaning; the order of
        /// widgets counts.
        dashboard_body: Json,
        /// Tags of the dashboard. Terraform has none here; AWS has, and they tell whose it is.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a dashboard.
    pub struct Outputs {
        /// ARN of the dashboard.
        dashboard_arn: Arn,
    }
}

fn put(aws: &Aws, want: &Dashboard) -> PutDashboardFluentBuilder {
    let Dashboard { dashboard_name, dashboard_body, tags: _ } = want;
    let call = aws.cloudwatch().put_dashboard().dashboard_name(dashboard_name);
    call.dashboard_body(dashboard_body.to_text())
}

/// The refusal, with what AWS found wrong and where in the body.
fn explained<R>(refusal: SdkError<PutDashboardError, R>) -> AwsError
where
    AwsError: From<SdkError<PutDashboardError, R>>,
{
    let Some(PutDashboardError::DashboardInvalidInputError(invalid)) = refusal.as_service_error()
    else {
        return refusal.into();
    };
    let found = invalid.dashboard_validation_messages().iter().map(|message| {
        let path = message.data_path().unwrap_or_default();
        format!("{path}: {}", message.message().unwrap_or_default())
    });
    let all: Vec<String> = invalid.message().map(str::to_owned).into_iter().chain(found).collect();
    AwsError::new(
        "cloudwatch PutDashboard",
        invalid.meta().code(),
        &all.join("; "),
        Failure::Refused,
    )
}

impl Resource for Dashboard {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_dashboard";
    const ID: &'static str = "dashboard_name";
    const LISTING: Listing = Listing::All;
    const PLACEMENT: Placement = Placement::Global;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:cloudwatch::{account}:dashboard/{dashboard_name}");

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let list = aws.cloudwatch().list_dashboards().into_paginator().items().send();
        let all: Vec<_> = list.try_collect().await?;
        Ok(all.into_iter().filter_map(|one| one.dashboard_name.map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = key.name()?;
        let found = aws.cloudwatch().get_dashboard().dashboard_name(name).send().await;
        let Some(has) = found.absent_on(&["ResourceNotFound"])? else { return Ok(None) };
        let arn = Arn::parse(has.dashboard_arn.given("DashboardArn")?)?;
        Ok(Some(Live {
            inputs: Self {
                dashboard_name: has.dashboard_name.unwrap_or_else(|| name.to_owned()),
                dashboard_body: Json::parse(&has.dashboard_body.given("DashboardBody")?)?,
                tags: cloudwatch::tags(aws, arn.as_str()).await?,
            },
            outputs: Outputs { dashboard_arn: arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let tags = cloudwatch::to_aws(want.tags.iter());
        put(aws, want).set_tags(Some(tags)).send().await.map_err(explained)?;
        Ok(Key::only(&want.dashboard_name))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        if want.dashboard_body != live.inputs.dashboard_body {
            put(aws, want).send().await.map_err(explained)?;
        }
        let arn = live.outputs.dashboard_arn.as_str();
        cloudwatch::retag(aws, arn, &live.inputs.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = &live.inputs.dashboard_name;
        let deleted = aws.cloudwatch().delete_dashboards().dashboard_names(name).send().await;
        deleted.absent_on(&["ResourceNotFound"])?;
        Ok(())
    }
}
