//! Amazon EventBridge.
use std::sync::Arc;

use aws_sdk_eventbridge::operation::describe_event_bus::DescribeEventBusOutput;
use aws_sdk_eventbridge::types::{self as sdk, Tag};

use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{ParentTags, Result, Retry};
use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

pub mod bus;
pub mod bus_policy;
mod pattern;
pub mod permission;
pub mod rule;
pub mod target;

pub use pattern::Pattern;

/// The name or ARN of an event bus. AWS's own services send their events to `default`, which is
/// there in every account and is meant when nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBus(String);

impl EventBus {
    /// The bus that every account has.
    pub const DEFAULT: &'static str = "default";

    fn new(name: &str) -> Self {
        Self(if name.is_empty() { Self::DEFAULT } else { name }.to_owned())
    }
    /// The name or ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Attribute for EventBus {
    const KIND: Kind = Kind::Text;
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(Self::new("")),
            given => String::decode(given).map(|name| Self::new(&name)),
        }
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

const ABSENT: &[&str] = &["ResourceNotFoundException"];

/// A bus that was made just now, and a write that met another one.
const POLICY_RETRIES: &[Retry] = &[
    Retry { code: "ConcurrentModificationException", saying: "" },
    Retry { code: "ResourceNotFoundException", saying: "Event bus" },
];

/// The bus of that name or ARN, its policy with it.
pub(crate) async fn bus(aws: &Aws, name: &str) -> Result<Arc<Option<DescribeEventBusOutput>>> {
    let found = aws.asked(name, async || {
        aws.events().describe_event_bus().name(name).send().await.absent_on(ABSENT)
    });
    Ok(found.await?)
}

/// All buses of the Region.
async fn buses(aws: &Aws) -> Result<Vec<sdk::EventBus>, AwsError> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let page = aws.events().list_event_buses().set_next_token(next).send().await?;
        all.extend(page.event_buses.unwrap_or_default());
        match page.next_token {
            None => return Ok(all),
            token => next = token,
        }
    }
}

/// What the permissions and the policy of a bus have in common.
fn policy_of(bus: &str) -> String {
    let name = bus.rsplit('/').next().unwrap_or_default();
    format!("the policy of bus {name}")
}

/// Tags of a rule or bus, AWS's own among them.
async fn tags(aws: &Aws, arn: &str) -> Result<ParentTags> {
    let ask = async {
        let listed = aws.events().list_tags_for_resource().resource_arn(arn).send().await?;
        let tags = listed.tags.unwrap_or_default().into_iter();
        Ok(tags.map(|tag| (tag.key, tag.value)).collect())
    };
    Ok(aws.tags(arn, ask).await?)
}

async fn retag(aws: &Aws, arn: &str, has: &Tags, want: &Tags) -> Result<()> {
    let TagChanges { set, unset } = has.changes_to(want);
    if !set.is_empty() {
        let tags = to_tags(set.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
        aws.events().tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await?;
    }
    if !unset.is_empty() {
        aws.events().untag_resource().resource_arn(arn).set_tag_keys(Some(unset)).send().await?;
    }
    Ok(())
}

fn to_tags<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    Ok(tags.into_iter().map(tag).collect::<Result<_, _>>()?)
}
