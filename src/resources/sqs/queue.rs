//! `aws_sqs_queue`: where messages wait, and where those go that nobody could take.
use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::QueueAttributeName;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::policy::Policy;
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Error, Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, Json, Mismatch};
use crate::text_type;

attributes! {
    /// A queue.
    ///
    /// In a recovery it is where events go that could not be delivered: without one they are gone.
    /// Let EventBridge, SNS or Lambda send by its `policy`, and watch it with an alarm.
    pub struct SqsQueue {
        /// Name of the queue, unique in its account and Region. Of a FIFO queue it ends in `.fifo`.
        name: QueueName => key,
        /// Whether messages keep their order and come once. `false` when absent. EventBridge and SNS
        /// deliver what could not be delivered to the other sort only.
        fifo_queue: Option<bool> => replaces | default_bool(false),
        /// Whether a FIFO queue tells copies of a message by its content. `false` when absent.
        content_based_deduplication: Option<bool> => default_bool(false),
        /// Within what a FIFO queue tells copies: `queue` or `messageGroup`. AWS takes `queue` when
        /// absent.
        deduplication_scope: Option<String> => aws_decides,
        /// What the throughput of a FIFO queue is shared by: `perQueue` or `perMessageGroupId`. AWS
        /// takes `perQueue` when absent.
        fifo_throughput_limit: Option<String> => aws_decides,
        /// Seconds for which a new message stays hidden, 0 to 900.
        delay_seconds: Option<i64> => default_int(0),
        /// Bytes that a message may have, 1024 to 1048576.
        max_message_size: Option<i64> => default_int(262_144),
        /// Seconds for which a message is kept, 60 to 1209600 (two weeks). Four days when absent;
        /// give a queue of dead letters all that it can have.
        message_retention_seconds: Option<i64> => default_int(345_600),
        /// Seconds that a request for messages waits for one, 0 to 20.
        receive_wait_time_seconds: Option<i64> => default_int(0),
        /// Seconds for which a message that somebody took is hidden from others, 0 to 43200. Of a
        /// queue that feeds a function: six times the function's time-out.
        visibility_timeout_seconds: Option<i64> => default_int(30),
        /// Who may send and receive. The account itself when absent.
        policy: Option<Policy> => aws_decides,
        /// Where a message goes that was taken often enough, as JSON:
        /// `{"deadLetterTargetArn": ..., "maxReceiveCount": 5}`.
        redrive_policy: Option<Json> => aws_decides,
        /// Which queues may send their dead letters here, as JSON:
        /// `{"redrivePermission": "byQueue", "sourceQueueArns": [...]}`. All of the account when
        /// absent.
        redrive_allow_policy: Option<Json> => aws_decides,
        /// Key that encrypts messages: id, ARN or alias. AWS's own `alias/aws/sqs` cannot be used by
        /// EventBridge and SNS; give a key whose policy allows them.
        kms_master_key_id: Option<String>,
        /// Seconds for which a data key is used again, 60 to 86400. AWS takes 300 when absent.
        kms_data_key_reuse_period_seconds: Option<i64> => aws_decides,
        /// Whether messages are encrypted with a key of SQS's own. AWS does so when absent and
        /// `kms_master_key_id` is absent too.
        sqs_managed_sse_enabled: Option<bool> => aws_decides,
        /// Tags of the queue.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a queue.
    pub struct Outputs {
        /// ARN of the queue.
        arn: Arn,
        /// URL by which it is used.
        url: String,
    }
}

text_type! {
    /// The name of a queue.
    pub struct QueueName,
        |s| (1..=80).contains(&s.len())
            && s.strip_suffix(".fifo").unwrap_or(s).bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "a queue's name: 1 to 80 letters, digits, `-` or `_`, and `.fifo` behind that of a FIFO queue";
}

const ABSENT: &[&str] =
    &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "QueueDoesNotExistException"];

async fn url(aws: &Aws, name: &str) -> Result<Option<String>> {
    let found = aws.sqs().get_queue_url().queue_name(name).send().await.absent_on(ABSENT)?;
    Ok(found.and_then(|found| found.queue_url))
}

async fn tags(aws: &Aws, arn: &str, url: &str) -> Result<ParentTags> {
    let ask = async {
        let found = aws.sqs().list_queue_tags().queue_url(url).send().await?;
        Ok(found.tags.unwrap_or_default().into_iter().collect::<BTreeMap<_, _>>())
    };
    Ok(aws.tags(arn, ask).await?)
}

/// SQS's attributes that a configuration sets; empty text takes one away.
fn to_aws(want: &SqsQueue) -> BTreeMap<&'static str, String> {
    let SqsQueue {
        name: _,
        fifo_queue,
        content_based_deduplication,
        deduplication_scope,
        fifo_throughput_limit,
        delay_seconds,
        max_message_size,
        message_retention_seconds,
        receive_wait_time_seconds,
        visibility_timeout_seconds,
        policy,
        redrive_policy,
        redrive_allow_policy,
        kms_master_key_id,
        kms_data_key_reuse_period_seconds,
        sqs_managed_sse_enabled,
        tags: _,
    } = want;
    let number = |number: &Option<i64>| number.map(|number| number.to_string());
    let optional = [
        ("DelaySeconds", number(delay_seconds)),
        ("MaximumMessageSize", number(max_message_size)),
        ("MessageRetentionPeriod", number(message_retention_seconds)),
        ("ReceiveMessageWaitTimeSeconds", number(receive_wait_time_seconds)),
        ("VisibilityTimeout", number(visibility_timeout_seconds)),
        ("Policy", policy.as_ref().map(|policy| policy.as_str().to_owned())),
        ("RedrivePolicy", redrive_policy.as_ref().map(Json::to_text)),
        ("RedriveAllowPolicy", redrive_allow_policy.as_ref().map(Json::to_text)),
        (KMS_KEY, Some(kms_master_key_id.clone().unwrap_or_default())),
        ("KmsDataKeyReusePeriodSeconds", number(kms_data_key_reuse_period_seconds)),
        ("SqsManagedSseEnabled", sqs_managed_sse_enabled.map(|on| on.to_string())),
    ];
    let mut set: BTreeMap<&'static str, String> =
        optional.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    // Other queues do not know these.
    if *fifo_queue == Some(true) {
        let by_content = content_based_deduplication.unwrap_or(false);
        set.insert("ContentBasedDeduplication", by_content.to_string());
        set.extend(deduplication_scope.clone().map(|scope| ("DeduplicationScope", scope)));
        set.extend(fifo_throughput_limit.clone().map(|limit| ("FifoThroughputLimit", limit)));
    }
    set
}

const KMS_KEY: &str = "KmsMasterKeyId";
const FIFO: &str = "FifoQueue";
const ARN: &str = "QueueArn";

/// What SQS tells, as attributes; the opposite of [`to_aws`].
struct Has(HashMap<QueueAttributeName, String>);

impl Has {
    fn text(&self, name: &str) -> Option<String> {
        self.0.get(&QueueAttributeName::from(name)).filter(|value| !value.is_empty()).cloned()
    }
    fn number(&self, name: &str) -> Result<Option<i64>, Mismatch> {
        let parsed = self.text(name).map(|text| text.parse()).transpose();
        parsed.map_err(|_| Mismatch::Invalid(format!("AWS's `{name}` is no number")))
    }
    fn is(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text == "true")
    }
    fn json(&self, name: &str) -> Result<Option<Json>, Mismatch> {
        self.text(name).as_deref().map(Json::parse).transpose()
    }

    fn inputs(&self, name: QueueName, tags: Tags) -> Result<SqsQueue, Mismatch> {
        Ok(SqsQueue {
            name,
            fifo_queue: Some(self.is(FIFO)),
            content_based_deduplication: Some(self.is("ContentBasedDeduplication")),
            deduplication_scope: self.text("DeduplicationScope"),
            fifo_throughput_limit: self.text("FifoThroughputLimit"),
            delay_seconds: self.number("DelaySeconds")?,
            max_message_size: self.number("MaximumMessageSize")?,
            message_retention_seconds: self.number("MessageRetentionPeriod")?,
            receive_wait_time_seconds: self.number("ReceiveMessageWaitTimeSeconds")?,
            visibility_timeout_seconds: self.number("VisibilityTimeout")?,
            policy: self.text("Policy").as_deref().map(Policy::parse).transpose()?,
            redrive_policy: self.json("RedrivePolicy")?,
            redrive_allow_policy: self.json("RedriveAllowPolicy")?,
            kms_master_key_id: self.text(KMS_KEY),
            kms_data_key_reuse_period_seconds: self.number("KmsDataKeyReusePeriodSeconds")?,
            sqs_managed_sse_enabled: Some(self.is("SqsManagedSseEnabled")),
            tags,
        })
    }
}

/// What goes together, and what does not.
fn check(want: &SqsQueue) -> Result<()> {
    let is_fifo = want.fifo_queue == Some(true);
    let fifo_only = [
        ("content_based_deduplication", want.content_based_deduplication == Some(true)),
        ("deduplication_scope", want.deduplication_scope.is_some()),
        ("fifo_throughput_limit", want.fifo_throughput_limit.is_some()),
    ];
    let refused = |why: String| Err(Error::Refused(why));
    if let Some((name, _)) = fifo_only.iter().find(|(_, set)| *set && !is_fifo) {
        return refused(format!("`{name}` needs `fifo_queue = true`"));
    }
    if is_fifo != want.name.as_str().ends_with(".fifo") {
        let why = "the name of a FIFO queue, and of no other, must end in \".fifo\"";
        return refused(why.to_owned());
    }
    if want.kms_master_key_id.is_some() && want.sqs_managed_sse_enabled == Some(true) {
        let why = "a queue is encrypted with `kms_master_key_id` or, with \
                   `sqs_managed_sse_enabled`, with a key of SQS's own, and not with both";
        return refused(why.to_owned());
    }
    Ok(())
}

fn named(
    set: impl IntoIterator<Item = (&'static str, String)>,
) -> HashMap<QueueAttributeName, String> {
    set.into_iter().map(|(name, value)| (QueueAttributeName::from(name), value)).collect()
}

impl Resource for SqsQueue {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_sqs_queue";
    const ID: &'static str = "url";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> = Some("arn:{partition}:sqs:{region}:{account}:{name}");
    const RETRIES: &'static [Retry] = &[
        // A name is free again a minute after its queue was deleted.
        Retry { code: "AWS.SimpleQueueService.QueueDeletedRecently", saying: "" },
        Retry { code: "QueueDeletedRecently", saying: "" },
        // The role that a policy names was made just now.
        Retry { code: "InvalidAttributeValue", saying: "Invalid value for the parameter Policy" },
    ];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let mut pages = aws.sqs().list_queues().max_results(1000).into_paginator().items().send();
        let mut keys = Vec::new();
        while let Some(url) = pages.next().await {
            keys.push(Key::of_arn(&url?));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = QueueName::parse(key.name()?)?;
        let Some(url) = url(aws, name.as_str()).await? else { return Ok(None) };
        let get = aws.sqs().get_queue_attributes().queue_url(&url);
        let get = get.attribute_names(QueueAttributeName::All).send().await;
        let Some(got) = get.absent_on(ABSENT)? else { return Ok(None) };
        let has = Has(got.attributes.unwrap_or_default());
        let arn = Arn::parse(has.text(ARN).given(ARN)?)?;
        let tags = match tags(aws, arn.as_str(), &url).await {
            Err(Error::Aws(error)) if error.is(ABSENT) => return Ok(None),
            tags => Tags::from_aws(tags?),
        };
        Ok(Some(Live { inputs: has.inputs(name, tags)?, outputs: Outputs { arn, url } }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        check(want)?;
        let name = want.name.as_str();
        let mut attributes = to_aws(want);
        attributes.retain(|name, value| *name != KMS_KEY || !value.is_empty());
        if want.fifo_queue == Some(true) {
            attributes.insert(FIFO, "true".to_owned());
        }
        let create = aws.sqs().create_queue().queue_name(name);
        let created = create
            .set_attributes(Some(named(attributes)))
            .set_tags(Some(want.tags.to_map()).filter(|tags| !tags.is_empty()))
            .send()
            .await
            .map_err(AwsError::from);
        match created {
            // An answer that got lost: it is there already, and what differs is changed next.
            Err(error) if error.is(&["QueueAlreadyExists", "QueueNameExists"]) => {
                match Self::read(aws, &Key::only(name)).await? {
                    Some(live) if live.inputs.tags == want.tags => Ok(Key::only(name)),
                    _ => Err(error.into()),
                }
            }
            created => {
                created?;
                Ok(Key::only(name))
            }
        }
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        check(want)?;
        let (sqs, url) = (aws.sqs(), live.outputs.url.as_str());
        let has = to_aws(&live.inputs);
        let mut changed = to_aws(want);
        changed.retain(|name, value| has.get(name) != Some(value));
        if !changed.is_empty() {
            let set = sqs.set_queue_attributes().queue_url(url);
            set.set_attributes(Some(named(changed))).send().await?;
        }
        let TagChanges { set, unset } = live.inputs.tags.changes_to(&want.tags);
        if !set.is_empty() {
            let tag = sqs.tag_queue().queue_url(url);
            tag.set_tags(Some(set.into_iter().collect())).send().await?;
        }
        if !unset.is_empty() {
            sqs.untag_queue().queue_url(url).set_tag_keys(Some(unset)).send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let delete = aws.sqs().delete_queue().queue_url(&live.outputs.url);
        delete.send().await.absent_on(ABSENT)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, attributes: &[(&'static str, &str)]) -> SqsQueue {
        let has = attributes.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Has(named(has)).inputs(QueueName::parse(name).unwrap(), Tags::default()).unwrap()
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:1:d","maxReceiveCount":5}"#;
        let has = queue("a", &[("DelaySeconds", "5"), ("RedrivePolicy", redrive)]);
        let sent = to_aws(&has);
        assert_eq!((sent["DelaySeconds"].as_str(), sent["RedrivePolicy"].as_str()), ("5", redrive));
        // Taking the key away needs an empty one.
        assert_eq!(sent[KMS_KEY], "");
        assert!(!sent.contains_key("DeduplicationScope"));
    }

    #[test]
    fn only_fifo_queues_have_what_is_theirs() {
        assert!(check(&queue("a", &[])).is_ok());
        assert!(check(&queue("a.fifo", &[])).is_err());
        assert!(check(&queue("a.fifo", &[(FIFO, "true")])).is_ok());
        assert!(check(&queue("a", &[("DeduplicationScope", "queue")])).is_err());
        let both = [(KMS_KEY, "alias/a"), ("SqsManagedSseEnabled", "true")];
        assert!(check(&queue("a", &both)).is_err());
    }
}
