//! Amazon CloudWatch: alarms and dashboards.
use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_cloudwatch::types::{AlarmType, CompositeAlarm, MetricAlarm, Tag};

use crate::aws::{Aws, AwsError};
use crate::resources::Result;
use crate::resources::tags::{TagChanges, Tags};

mod alarm_rules;
pub mod composite_alarm;
pub mod dashboard;
pub mod metric_alarm;

/// An alarm of either sort; their names share one space.
#[derive(Debug, Clone)]
enum Alarm {
    Metric(Box<MetricAlarm>),
    Composite(Box<CompositeAlarm>),
}

impl Alarm {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Metric(alarm) => alarm.alarm_name(),
            Self::Composite(alarm) => alarm.alarm_name(),
        }
    }
}

/// The alarm of that name, out of one listing of all while a plan is read.
async fn alarm(aws: &Aws, name: &str) -> Result<Option<Alarm>> {
    let all = match aws.listed(|| alarms(aws, None)).await {
        Some(listed) => listed?,
        None => Arc::new(alarms(aws, Some(name)).await?),
    };
    Ok(all.iter().find(|alarm| alarm.name() == Some(name)).cloned())
}

async fn alarms(aws: &Aws, name: Option<&str>) -> Result<Vec<Alarm>, AwsError> {
    let describe = aws
        .cloudwatch()
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .set_alarm_names(name.map(|name| vec![name.to_owned()]));
    let mut pages = describe.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        let metric = page.metric_alarms.unwrap_or_default().into_iter();
        found.extend(metric.map(|alarm| Alarm::Metric(Box::new(alarm))));
        let composite = page.composite_alarms.unwrap_or_default().into_iter();
        found.extend(composite.map(|alarm| Alarm::Composite(Box::new(alarm))));
    }
    Ok(found)
}

/// Alarms are deleted one by one: AWS takes a composite alarm only when it is alone.
async fn delete_alarm(aws: &Aws, name: &str) -> Result<(), AwsError> {
    let deleted = aws.cloudwatch().delete_alarms().alarm_names(name).send().await;
    match deleted.map_err(AwsError::from) {
        Err(error) if !error.is(&["ResourceNotFound"]) => Err(error),
        _ => Ok(()),
    }
}

/// What the alarm or dashboard is tagged with.
async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    let asked = aws.tags(arn, async {
        let listed = aws.cloudwatch().list_tags_for_resource().resource_arn(arn).send().await?;
        let pair = |tag: Tag| Some((tag.key?, tag.value?));
        Ok(listed.tags.unwrap_or_default().into_iter().filter_map(pair).collect())
    });
    Ok(Tags::from_aws(asked.await?))
}

/// Tags for a call that creates; the calls that overwrite ignore them.
fn to_aws<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Sets and takes away what differs.
async fn retag(aws: &Aws, arn: &str, has: &Tags, want: &Tags) -> Result<()> {
    let TagChanges { set, unset } = has.changes_to(want);
    let cloudwatch = aws.cloudwatch();
    if !set.is_empty() {
        let tags = to_aws(set.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        cloudwatch.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await?;
    }
    if !unset.is_empty() {
        cloudwatch.untag_resource().resource_arn(arn).set_tag_keys(Some(unset)).send().await?;
    }
    Ok(())
}

/// Pairs of name and value as AWS takes them.
fn to_dimensions(
    dimensions: &BTreeMap<String, String>,
) -> Vec<aws_sdk_cloudwatch::types::Dimension> {
    let dimension = |(name, value): (&String, &String)| {
        aws_sdk_cloudwatch::types::Dimension::builder().name(name).value(value).build()
    };
    dimensions.iter().map(dimension).collect()
}

fn from_dimensions(
    dimensions: Option<Vec<aws_sdk_cloudwatch::types::Dimension>>,
) -> BTreeMap<String, String> {
    dimensions.unwrap_or_default().into_iter().filter_map(|d| Some((d.name?, d.value?))).collect()
}

/// Alarms of both sorts share their names: what is asked for cannot be made beside the other.
fn other_sort(name: &str, sort: &str) -> crate::resources::Error {
    let text = format!("the name {name:?} is taken by {sort} alarm; give this one another name");
    crate::resources::Error::Refused(text)
}
