//! `aws_sns_topic`: tells people and functions that something happened.
use std::collections::{BTreeMap, HashMap};

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::policy::Policy;
use crate::resources::sns::{self, OWNER, POLICY};
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Json, Mismatch};
use crate::text_type;

attributes! {
    /// A topic: what is published to it goes to everyone who subscribed.
    ///
    /// Alarms and events of a recovery are told through topics in the Region where they happen.
    pub struct SnsTopic {
        /// Name of the topic, unique in its account and Region. Of a FIFO topic it ends in `.fifo`.
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
        /// Version of the signature of messages, 1 or 2. AWS takes 1 when absent.
        signature_version: Option<i64> => aws_decides,
        /// `Active` to trace messages with AWS X-Ray. AWS takes `PassThrough` when absent.
        tracing_config: Option<String> => aws_decides,
        /// Whether messages keep their order and come once. Alarms and EventBridge cannot publish
        /// to such a topic. `false` when absent.
        fifo_topic: Option<bool> => replaces | default_bool(false),
        /// Whether a FIFO topic tells copies of a message by its content. `false` when absent.
        content_based_deduplication: Option<bool> => default_bool(false),
        /// What the throughput of a FIFO topic is shared by: `Topic` or `MessageGroup`. AWS decides
        /// when absent.
        fifo_throughput_scope: Option<String> => aws_decides,
        /// How long a FIFO topic keeps messages so that they can be replayed, as JSON.
        archive_policy: Option<Json>,
        /// Role that lets SNS log failed deliveries to a mobile application. They are not logged when absent.
        application_failure_feedback_role_arn: Option<Arn>,
        /// Role that lets SNS log successful deliveries to a mobile application.
        application_success_feedback_role_arn: Option<Arn>,
        /// Share of successful deliveries to a mobile application that is logged, in percent.
        application_success_feedback_sample_rate: Option<i64> => default_int(0),
        /// Role that lets SNS log failed deliveries to Firehose. They are not logged when absent.
        firehose_failure_feedback_role_arn: Option<Arn>,
        /// Role that lets SNS log successful deliveries to Firehose.
        firehose_success_feedback_role_arn: Option<Arn>,
        /// Share of successful deliveries to Firehose that is logged, in percent.
        firehose_success_feedback_sample_rate: Option<i64> => default_int(0),
        /// Role that lets SNS log failed deliveries to HTTP or HTTPS. They are not logged when absent.
        http_failure_feedback_role_arn: Option<Arn>,
        /// Role that lets SNS log successful deliveries to HTTP or HTTPS.
        http_success_feedback_role_arn: Option<Arn>,
        /// Share of successful deliveries to HTTP or HTTPS that is logged, in percent.
        http_success_feedback_sample_rate: Option<i64> => default_int(0),
        /// Role that lets SNS log failed deliveries to Lambda. They are not logged when absent.
        lambda_failure_feedback_role_arn: Option<Arn>,
        /// Role that lets SNS log successful deliveries to Lambda.
        lambda_success_feedback_role_arn: Option<Arn>,
        /// Share of successful deliveries to Lambda that is logged, in percent.
        lambda_success_feedback_sample_rate: Option<i64> => default_int(0),
        /// Role that lets SNS log failed deliveries to SQS. They are not logged when absent.
        sqs_failure_feedback_role_arn: Option<Arn>,
        /// Role that lets SNS log successful deliveries to SQS.
        sqs_success_feedback_role_arn: Option<Arn>,
        /// Share of successful deliveries to SQS that is logged, in percent.
        sqs_success_feedback_sample_rate: Option<i64> => default_int(0),
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
        /// Time of the oldest message that can be replayed.
        beginning_archive_time: Option<String>,
    }
}

text_type! {
    /// The name of a topic.
    pub struct TopicName,
        |s| (1..=256).contains(&s.len())
            && s.strip_suffix(".fifo").unwrap_or(s).bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "a topic's name: 1 to 256 letters, digits, `-` or `_`";
}

const FIFO_TOPIC: &str = "FifoTopic";
const FIFO_THROUGHPUT_SCOPE: &str = "FifoThroughputScope";
const CONTENT_BASED_DEDUPLICATION: &str = "ContentBasedDeduplication";
const ARCHIVE_POLICY: &str = "ArchivePolicy";
const DELIVERY_POLICY: &str = "DeliveryPolicy";
/// How SNS is told that there is to be no policy for archiving.
const NO_ARCHIVE: &str = "{}";

fn arn_text(arn: Option<&Arn>) -> String {
    arn.map(|arn| arn.as_str().to_owned()).unwrap_or_default()
}

fn rate_text(rate: Option<i64>) -> String {
    rate.unwrap_or(0).to_string()
}

fn json_text(json: Option<&Json>) -> String {
    json.map(Json::to_text).unwrap_or_default()
}

/// The attributes of SNS that a configuration sets; empty text takes one away.
fn to_aws(want: &SnsTopic) -> BTreeMap<&'static str, String> {
    let SnsTopic {
        name: _,
        display_name,
        policy,
        delivery_policy,
        kms_master_key_id,
        signature_version,
        tracing_config,
        fifo_topic,
        content_based_deduplication,
        fifo_throughput_scope,
        archive_policy,
        application_failure_feedback_role_arn,
        application_success_feedback_role_arn,
        application_success_feedback_sample_rate,
        firehose_failure_feedback_role_arn,
        firehose_success_feedback_role_arn,
        firehose_success_feedback_sample_rate,
        http_failure_feedback_role_arn,
        http_success_feedback_role_arn,
        http_success_feedback_sample_rate,
        lambda_failure_feedback_role_arn,
        lambda_success_feedback_role_arn,
        lambda_success_feedback_sample_rate,
        sqs_failure_feedback_role_arn,
        sqs_success_feedback_role_arn,
        sqs_success_feedback_sample_rate,
        tags: _,
    } = want;
    let mut set = BTreeMap::from([
        ("DisplayName", display_name.clone().unwrap_or_default()),
        (DELIVERY_POLICY, json_text(delivery_policy.as_ref())),
        ("KmsMasterKeyId", kms_master_key_id.clone().unwrap_or_default()),
        (
            "ApplicationFailureFeedbackRoleArn",
            arn_text(application_failure_feedback_role_arn.as_ref()),
        ),
        (
            "ApplicationSuccessFeedbackRoleArn",
            arn_text(application_success_feedback_role_arn.as_ref()),
        ),
        (
            "ApplicationSuccessFeedbackSampleRate",
            rate_text(*application_success_feedback_sample_rate),
        ),
        ("FirehoseFailureFeedbackRoleArn", arn_text(firehose_failure_feedback_role_arn.as_ref())),
        ("FirehoseSuccessFeedbackRoleArn", arn_text(firehose_success_feedback_role_arn.as_ref())),
        ("FirehoseSuccessFeedbackSampleRate", rate_text(*firehose_success_feedback_sample_rate)),
        ("HTTPFailureFeedbackRoleArn", arn_text(http_failure_feedback_role_arn.as_ref())),
        ("HTTPSuccessFeedbackRoleArn", arn_text(http_success_feedback_role_arn.as_ref())),
        ("HTTPSuccessFeedbackSampleRate", rate_text(*http_success_feedback_sample_rate)),
        ("LambdaFailureFeedbackRoleArn", arn_text(lambda_failure_feedback_role_arn.as_ref())),
        ("LambdaSuccessFeedbackRoleArn", arn_text(lambda_success_feedback_role_arn.as_ref())),
        ("LambdaSuccessFeedbackSampleRate", rate_text(*lambda_success_feedback_sample_rate)),
        ("SQSFailureFeedbackRoleArn", arn_text(sqs_failure_feedback_role_arn.as_ref())),
        ("SQSSuccessFeedbackRoleArn", arn_text(sqs_success_feedback_role_arn.as_ref())),
        ("SQSSuccessFeedbackSampleRate", rate_text(*sqs_success_feedback_sample_rate)),
    ]);
    let mut optional = |name, value: Option<String>| value.map(|value| set.insert(name, value));
    optional(POLICY, policy.as_ref().map(|policy| policy.as_str().to_owned()));
    optional("SignatureVersion", signature_version.map(|version| version.to_string()));
    optional("TracingConfig", tracing_config.clone());
    // Other topics do not know these.
    if *fifo_topic == Some(true) {
        let archive = archive_policy.as_ref().map_or_else(|| NO_ARCHIVE.to_owned(), Json::to_text);
        let by_content = content_based_deduplication.unwrap_or(false);
        optional(ARCHIVE_POLICY, Some(archive));
        optional(CONTENT_BASED_DEDUPLICATION, Some(by_content.to_string()));
        optional(FIFO_THROUGHPUT_SCOPE, fifo_throughput_scope.clone());
    }
    set
}

/// What SNS tells, as attributes; the opposite of [`to_aws`].
struct Has(HashMap<String, String>);

impl Has {
    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }
    fn json(&self, name: &str) -> Result<Option<Json>, Mismatch> {
        self.text(name).filter(|text| text != NO_ARCHIVE).as_deref().map(Json::parse).transpose()
    }
    fn is(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text == "true")
    }

    fn inputs(&self, name: TopicName, tags: Tags) -> Result<SnsTopic, Mismatch> {
        let arn = |name| self.text(name).map(Arn::parse).transpose();
        let rate = |name| match self.text(name).map(|text| text.parse()) {
            None => Ok(Some(0)),
            Some(Ok(rate)) => Ok(Some(rate)),
            Some(Err(_)) => Err(Mismatch::Invalid(format!("AWS's `{name}` is no number"))),
        };
        Ok(SnsTopic {
            name,
            display_name: self.text("DisplayName"),
            policy: self.text(POLICY).as_deref().map(Policy::parse).transpose()?,
            delivery_policy: self.json(DELIVERY_POLICY)?,
            kms_master_key_id: self.text("KmsMasterKeyId"),
            signature_version: self.text("SignatureVersion").and_then(|text| text.parse().ok()),
            tracing_config: self.text("TracingConfig"),
            fifo_topic: Some(self.is(FIFO_TOPIC)),
            content_based_deduplication: Some(self.is(CONTENT_BASED_DEDUPLICATION)),
            fifo_throughput_scope: self.text(FIFO_THROUGHPUT_SCOPE),
            archive_policy: self.json(ARCHIVE_POLICY)?,
            application_failure_feedback_role_arn: arn("ApplicationFailureFeedbackRoleArn")?,
            application_success_feedback_role_arn: arn("ApplicationSuccessFeedbackRoleArn")?,
            application_success_feedback_sample_rate: rate("ApplicationSuccessFeedbackSampleRate")?,
            firehose_failure_feedback_role_arn: arn("FirehoseFailureFeedbackRoleArn")?,
            firehose_success_feedback_role_arn: arn("FirehoseSuccessFeedbackRoleArn")?,
            firehose_success_feedback_sample_rate: rate("FirehoseSuccessFeedbackSampleRate")?,
            http_failure_feedback_role_arn: arn("HTTPFailureFeedbackRoleArn")?,
            http_success_feedback_role_arn: arn("HTTPSuccessFeedbackRoleArn")?,
            http_success_feedback_sample_rate: rate("HTTPSuccessFeedbackSampleRate")?,
            lambda_failure_feedback_role_arn: arn("LambdaFailureFeedbackRoleArn")?,
            lambda_success_feedback_role_arn: arn("LambdaSuccessFeedbackRoleArn")?,
            lambda_success_feedback_sample_rate: rate("LambdaSuccessFeedbackSampleRate")?,
            sqs_failure_feedback_role_arn: arn("SQSFailureFeedbackRoleArn")?,
            sqs_success_feedback_role_arn: arn("SQSSuccessFeedbackRoleArn")?,
            sqs_success_feedback_sample_rate: rate("SQSSuccessFeedbackSampleRate")?,
            tags,
        })
    }
}

/// What only a FIFO topic can have, and its name.
fn check(want: &SnsTopic) -> Result<()> {
    let is_fifo = want.fifo_topic == Some(true);
    let fifo_only = [
        ("archive_policy", want.archive_policy.is_some()),
        ("fifo_throughput_scope", want.fifo_throughput_scope.is_some()),
        ("content_based_deduplication", want.content_based_deduplication == Some(true)),
    ];
    let wrong = fifo_only.iter().find(|(_, set)| *set && !is_fifo);
    if let Some((name, _)) = wrong {
        return Err(Error::Refused(format!("`{name}` needs `fifo_topic = true`")));
    }
    if is_fifo != want.name.as_str().ends_with(".fifo") {
        let why = "the name of a FIFO topic, and of no other, must end in \".fifo\"";
        return Err(Error::Refused(why.to_owned()));
    }
    Ok(())
}

impl Resource for SnsTopic {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_sns_topic";
    const ID: &'static str = "arn";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> = Some("arn:{partition}:sns:{region}:{account}:{name}");
    const RETRIES: &'static [Retry] = sns::RETRIES;

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let mut pages = aws.sns().list_topics().into_paginator().items().send();
        let mut keys = Vec::new();
        while let Some(topic) = pages.next().await {
            let arn = topic?.topic_arn.unwrap_or_default();
            keys.push(Key::of_arn(&arn));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = TopicName::parse(key.name()?)?;
        let arn = Arn::parse(sns::topic_arn(aws, name.as_str()))?;
        let Some(has) = sns::topic_attributes(aws, arn.as_str()).await? else { return Ok(None) };
        let tags = sns::topic_tags(aws, arn.as_str());
        let (tags, has) = (Tags::from_aws(tags.await?), Has(has));
        Ok(Some(Live {
            inputs: has.inputs(name, tags)?,
            outputs: Outputs {
                arn,
                owner: has.text(OWNER).unwrap_or_default(),
                beginning_archive_time: has.text("BeginningArchiveTime"),
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        check(want)?;
        // Creating is idempotent by name; other attributes follow with the first update.
        let name = want.name.as_str();
        let mut create = aws.sns().create_topic().name(name);
        if want.fifo_topic == Some(true) {
            create = create.attributes(FIFO_TOPIC, "true");
        }
        create.set_tags(Some(sns::to_tags(want.tags.iter())?)).send().await?;
        Ok(Key::only(name))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        check(want)?;
        let (sns, arn) = (aws.sns(), live.outputs.arn.as_str());
        let has = to_aws(&live.inputs);
        for (name, value) in to_aws(want) {
            if has.get(name) != Some(&value) {
                sns::set_topic_attribute(aws, arn, name, &value).await?;
            }
        }
        let TagChanges { set, unset } = live.inputs.tags.changes_to(&want.tags);
        if !set.is_empty() {
            let tags = sns::to_tags(set.iter().map(|(k, v)| (k.as_str(), v.as_str())))?;
            sns.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await?;
        }
        if !unset.is_empty() {
            sns.untag_resource().resource_arn(arn).set_tag_keys(Some(unset)).send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let deleted = aws.sns().delete_topic().topic_arn(live.outputs.arn.as_str()).send().await;
        deleted.absent_on(sns::ABSENT)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(attributes: &[(&str, &str)]) -> SnsTopic {
        let has = attributes.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Has(has).inputs(TopicName::parse("a").unwrap(), Tags::default()).unwrap()
    }

    #[test]
    fn what_is_not_there_is_its_default() {
        let bare = topic(&[("Owner", "111111111111")]);
        assert_eq!(bare.lambda_success_feedback_sample_rate, Some(0));
        assert_eq!(bare.fifo_topic, Some(false));
        let told = topic(&[("LambdaSuccessFeedbackSampleRate", "0"), ("DisplayName", "")]);
        assert_eq!(to_aws(&bare), to_aws(&told));
        assert!(!to_aws(&bare).contains_key(ARCHIVE_POLICY));
    }

    #[test]
    fn only_fifo_topics_have_what_is_theirs() {
        let fifo = topic(&[("FifoTopic", "true"), ("ArchivePolicy", "{}")]);
        assert_eq!(fifo.archive_policy, None);
        assert_eq!(to_aws(&fifo)[ARCHIVE_POLICY], "{}");
        assert!(check(&fifo).is_err(), "its name does not end in .fifo");
        let plain = SnsTopic { content_based_deduplication: Some(true), ..topic(&[]) };
        assert!(check(&plain).is_err());
    }
}
