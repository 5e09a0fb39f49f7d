//! Amazon SNS.
mod told;
pub mod topic;
pub mod topic_data;
pub mod topic_policy;
pub mod topic_subscription;

use std::collections::HashMap;

use aws_sdk_sns::types::Tag;

use crate::aws::{AbsentOn, Aws};
use crate::resources::{ParentTags, Result, Retry};

const ABSENT: &[&str] = &["NotFound", "NotFoundException"];
const POLICY: &str = "Policy";
const OWNER: &str = "Owner";

/// A policy may name a role that was made just before and is not known everywhere.
const RETRIES: &[Retry] = &[Retry { code: "InvalidParameter", saying: "PrincipalNotFound" }];

/// The ARN of the topic of that name in this scope.
fn topic_arn(aws: &Aws, name: &str) -> String {
    format!("arn:{}:sns:{}:{}:{name}", aws.partition(), aws.scope.region, aws.scope.account)
}

/// SNS's attributes of a topic; all values are strings there.
async fn topic_attributes(aws: &Aws, arn: &str) -> Result<Option<HashMap<String, String>>> {
    let found = aws.asked(arn, async || {
        let get = aws.sns().get_topic_attributes().topic_arn(arn);
        get.send().await.absent_on(ABSENT)
    });
    let found = found.await?;
    Ok(found.as_ref().as_ref().map(|found| found.attributes.clone().unwrap_or_default()))
}

/// Tags of a topic, AWS's own among them.
async fn topic_tags(aws: &Aws, arn: &str) -> Result<ParentTags> {
    let ask = async {
        let list = aws.sns().list_tags_for_resource().resource_arn(arn);
        let tags = list.send().await?.tags.unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    };
    Ok(aws.tags(arn, ask).await?)
}

async fn set_topic_attribute(aws: &Aws, arn: &str, name: &str, value: &str) -> Result<()> {
    let set = aws.sns().set_topic_attributes().topic_arn(arn);
    set.attribute_name(name).attribute_value(value).send().await?;
    Ok(())
}

fn to_tags<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    Ok(tags.into_iter().map(tag).collect::<Result<_, _>>()?)
}
