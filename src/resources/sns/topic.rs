//! `aws_sns_topic`: tells people and functions that something happened.
use std::collections::{BTreeMap, HashMap};

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::policy::Policy;
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Key, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Json};
use crate::text_type;

attributes! {
    /// A topic: what is published to it goes to everyone who subscribed.
    ///
    /// Alarms and events of a recovery are told through topics in the Region where they happen.
    pub struct SnsTopic {
        /// Name of the topic, unique in its account and Region.
        name: TopicName => key,
        /// Name that recipients of text messages see.
        display_name: Option<String>,
        /// Who may publish and subscribe. AWS allows the account itself when absent. To manage the
        /// policy on its own, leave this out and use `aws_sns_topic_policy`.
        policy: Option<Policy> => aws_decides,
        /// How deliveries over HTTP are retried, as JSON.
        delivery_policy: Option<Json>,
        /// Key that encrypts messages: id, ARN or alias. With AWS's own `alias/aws/sns` neither
        /// alarms nor EventBridge can publish; give a key whose policy allows them.
        kms_master_key_id: Option<String>,
        /// Version of the signature of messages, 1 or 2.
        signature_version: Option<i64> => aws_decides,
        /// `Active` to trace messages with AWS X-Ray.
        tracing_config: Option<String> => aws_decides,
        /// Tags of the topic.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a topic.
    pub struct Outputs {
        /// ARN of the topic.
        arn: Arn,
        /// Account that owns it.
        owner: String,
    }
}

text_type! {
    /// The name of a topic.
    pub struct TopicName,
        |s| (1..=256).contains(&s.len())
            && s.trim_end_matches(".fifo").bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "a topic's name: 1 to 256 letters, digits, `-` or `_`";
}

/// Names of SNS's attributes; all values are strings there.
mod attribute {
    pub(super) const DISPLAY_NAME: &str = "DisplayName";
    pub(super) const POLICY: &str = "Policy";
    pub(super) const DELIVERY_POLICY: &str = "DeliveryPolicy";
    pub(super) const KMS_MASTER_KEY_ID: &str = "KmsMasterKeyId";
    pub(super) const SIGNATURE_VERSION: &str = "SignatureVersion";
    pub(super) const TRACING_CONFIG: &str = "TracingConfig";
}

/// The attributes of SNS that a configuration sets; empty text takes one away.
fn to_aws(want: &SnsTopic) -> HashMap<&'static str, String> {
    let SnsTopic {
        name: _,
        display_name,
        policy,
        delivery_policy,
        kms_master_key_id,
        signature_version,
        tracing_config,
        tags: _,
    } = want;
    let mut set = HashMap::from([
        (attribute::DISPLAY_NAME, display_name.clone().unwrap_or_default()),
        (
            attribute::DELIVERY_POLICY,
            delivery_policy.as_ref().map(Json::to_text).unwrap_or_default(),
        ),
        (attribute::KMS_MASTER_KEY_ID, kms_master_key_id.clone().unwrap_or_default()),
    ]);
    let mut optional = |name, value: Option<String>| value.map(|value| set.insert(name, value));
    optional(attribute::POLICY, policy.as_ref().map(|policy| policy.as_str().to_owned()));
    optional(attribute::SIGNATURE_VERSION, signature_version.map(|version| version.to_string()));
    optional(attribute::TRACING_CONFIG, tracing_config.clone());
    set
}

fn arn(aws: &Aws, name: &str) -> String {
    format!("arn:{}:sns:{}:{}:{name}", aws.partition(), aws.scope.region, aws.scope.account)
}

impl Resource for SnsTopic {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_sns_topic";
    const ID: &'static str = "arn";
    const ARN: Option<&'static str> = Some("arn:{partition}:sns:{region}:{account}:{name}");
    const RETRIES: &'static [Retry] =
        &[Retry { code: "InvalidParameter", saying: "PrincipalNotFound" }];

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let sns = aws.sns();
        let name = TopicName::parse(key.name()?)?;
        let arn = Arn::parse(arn(aws, name.as_str()))?;
        let found = sns.get_topic_attributes().topic_arn(arn.as_str()).send().await;
        let Some(found) = found.absent_on(&["NotFound", "NotFoundException"])? else {
            return Ok(None);
        };
        let mut has = found.attributes.unwrap_or_default();
        let mut text = |name: &str| has.remove(name).filter(|value| !value.is_empty());
        let tags = aws.tags(arn.as_str(), async {
            let listed = sns.list_tags_for_resource().resource_arn(arn.as_str()).send().await?;
            let tags = listed.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
            Ok(tags.collect::<BTreeMap<_, _>>())
        });
        Ok(Some(Live {
            inputs: Self {
                name,
                display_name: text(attribute::DISPLAY_NAME),
                policy: text(attribute::POLICY).as_deref().map(Policy::parse).transpose()?,
                delivery_policy: text(attribute::DELIVERY_POLICY)
                    .as_deref()
                    .map(Json::parse)
                    .transpose()?,
                kms_master_key_id: text(attribute::KMS_MASTER_KEY_ID),
                signature_version: text(attribute::SIGNATURE_VERSION).and_then(|v| v.parse().ok()),
                tracing_config: text(attribute::TRACING_CONFIG),
                tags: Tags::from_aws(tags.await?),
            },
            outputs: Outputs { owner: text("Owner").unwrap_or_default(), arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        // Creating is idempotent by name; the attributes follow with the first update.
        let tags = want
            .tags
            .iter()
            .map(|(key, value)| aws_sdk_sns::types::Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<std::result::Result<Vec<_>, _>>()?;
        let name = want.name.as_str();
        aws.sns().create_topic().name(name).set_tags(Some(tags)).send().await?;
        Ok(Key::only(name))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let (sns, arn) = (aws.sns(), live.outputs.arn.as_str());
        let has = to_aws(&live.inputs);
        for (name, value) in to_aws(want) {
            if has.get(name) != Some(&value) {
                let set = sns.set_topic_attributes().topic_arn(arn).attribute_name(name);
                set.attribute_value(value).send().await?;
            }
        }
        let TagChanges { set, unset } = live.inputs.tags.changes_to(&want.tags);
        if !set.is_empty() {
            let tags = set.into_iter().map(|(key, value)| {
                aws_sdk_sns::types::Tag::builder().key(key).value(value).build()
            });
            let tags = tags.collect::<std::result::Result<Vec<_>, _>>()?;
            sns.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await?;
        }
        if !unset.is_empty() {
            sns.untag_resource().resource_arn(arn).set_tag_keys(Some(unset)).send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let deleted = aws.sns().delete_topic().topic_arn(live.outputs.arn.as_str()).send().await;
        deleted.absent_on(&["NotFound", "NotFoundException"])?;
        Ok(())
    }
}
