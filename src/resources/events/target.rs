//! `aws_cloudwatch_event_target`: who gets the events of a rule.
use std::collections::BTreeMap;

use aws_sdk_eventbridge::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError, Failure};
use crate::resources::events::{EventBus, rule};
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Attribute, Identity, Json, Kind, Mismatch};
use crate::text_type;
use crate::value::Value;

attributes! {
    /// A target of a rule: the function, topic, queue or bus that gets the events.
    ///
    /// Nothing checks at once that EventBridge may deliver there: functions need an
    /// `aws_lambda_permission`, topics and queues a policy. Give every target that a recovery needs
    /// a dead-letter queue, or what could not be delivered is gone.
    pub struct EventTarget {
        /// Bus of the rule, by name or ARN; `default` when absent.
        event_bus_name: EventBus => key | default_text("default"),
        /// Name of the rule.
        rule: String => key,
        /// Name of the target in its rule. Two targets of one rule need two names. `drctl` when
        /// absent.
        target_id: TargetId => key | default_text("drctl"),
        /// ARN of the target.
        arn: Arn,
        /// ARN of a role by which EventBridge delivers: needed for buses in other Regions or
        /// accounts, for streams and for API destinations; functions, topics and queues want none.
        role_arn: Option<Arn>,
        /// JSON to deliver instead of the event.
        input: Option<Json>,
        /// Which part of the event to deliver, as `$.detail`.
        input_path: Option<String>,
        /// What to deliver instead of the event, made out of parts of it.
        input_transformer: Option<InputTransformer>,
        /// Where an event goes that could not be delivered.
        dead_letter_config: Option<DeadLetterConfig>,
        /// How long and how often delivery is tried. A day and 185 times when absent.
        retry_policy: Option<RetryPolicy>,
        /// For queues that keep order.
        sqs_target: Option<SqsTarget>,
        /// For API destinations and API Gateway.
        http_target: Option<HttpTarget>,
        /// For streams of Kinesis.
        kinesis_target: Option<KinesisTarget>,
        /// Take the target away even if AWS itself manages the rule.
        force_destroy: bool => option | default_bool(false),
    }
}

attributes! {
    /// What to deliver instead of the event.
    pub struct InputTransformer {
        /// Names for parts of the event: `{ cluster = "$.resources[0]" }`.
        input_paths: BTreeMap<String, String>,
        /// What to deliver, with those names in `<` and `>`. Text that is not JSON goes in quotes.
        input_template: String,
    }
}

attributes! {
    /// Where an event goes that could not be delivered.
    pub struct DeadLetterConfig {
        /// ARN of a queue in the same Region. Its policy must let EventBridge send.
        arn: Option<Arn>,
    }
}

attributes! {
    /// How long and how often delivery is tried.
    pub struct RetryPolicy {
        /// Seconds after which an event is given up, 60 to 86400.
        maximum_event_age_in_seconds: Option<i32> => aws_decides,
        /// How often to try again, 0 to 185.
        maximum_retry_attempts: Option<i32> => aws_decides,
    }
}

attributes! {
    /// For queues that keep order.
    pub struct SqsTarget {
        /// Group of messages, in which order is kept.
        message_group_id: Option<String>,
    }
}

attributes! {
    /// For API destinations and API Gateway.
    pub struct HttpTarget {
        /// Values for the `*` in the path, in order.
        path_parameter_values: Vec<String>,
        /// Parameters of the query.
        query_string_parameters: BTreeMap<String, String>,
        /// Headers.
        header_parameters: BTreeMap<String, String>,
    }
}

attributes! {
    /// For streams of Kinesis.
    pub struct KinesisTarget {
        /// Path in the event to what decides the shard; the event's id when absent.
        partition_key_path: Option<String>,
    }
}

attributes! {
    /// AWS tells nothing more about a target.
    pub struct Outputs {}
}

text_type! {
    /// The name of a target.
    pub struct TargetName,
        |s| (1..=64).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)),
        "a target's name: 1 to 64 letters, digits, `.`, `-` or `_`";
}

/// The name of a target; `drctl` unless it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetId(TargetName);

impl TargetId {
    fn parse(text: &str) -> Result<Self, Mismatch> {
        TargetName::parse(if text.is_empty() { "drctl" } else { text }).map(Self)
    }
    fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Attribute for TargetId {
    const KIND: Kind = Kind::Text;
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Self::parse(""),
            given => TargetName::decode(given).map(Self),
        }
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
}

/// The target as `PutTargets` takes it, all of it: what is left out is reset.
fn to_aws(want: &EventTarget) -> Result<sdk::Target> {
    let EventTarget {
        event_bus_name: _,
        rule: _,
        target_id,
        arn,
        role_arn,
        input,
        input_path,
        input_transformer,
        dead_letter_config,
        retry_policy,
        sqs_target,
        http_target,
        kinesis_target,
        force_destroy: _,
    } = want;
    let map = |map: &BTreeMap<String, String>| {
        Some(map.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
    };
    let transformer =
        input_transformer.as_ref().map(|InputTransformer { input_paths, input_template }| {
            let paths = map(input_paths).filter(|_| !input_paths.is_empty());
            sdk::InputTransformer::builder()
                .set_input_paths_map(paths)
                .input_template(input_template)
                .build()
        });
    let dead_letter = dead_letter_config.as_ref().map(|DeadLetterConfig { arn }| {
        let arn = arn.as_ref().map(|arn| arn.as_str().to_owned());
        sdk::DeadLetterConfig::builder().set_arn(arn).build()
    });
    let retry = retry_policy.as_ref().map(|policy| {
        let RetryPolicy { maximum_event_age_in_seconds, maximum_retry_attempts } = policy;
        sdk::RetryPolicy::builder()
            .set_maximum_event_age_in_seconds(*maximum_event_age_in_seconds)
            .set_maximum_retry_attempts(*maximum_retry_attempts)
            .build()
    });
    let sqs = sqs_target.as_ref().map(|SqsTarget { message_group_id }| {
        sdk::SqsParameters::builder().set_message_group_id(message_group_id.clone()).build()
    });
    let http = http_target.as_ref().map(|target| {
        let HttpTarget { path_parameter_values, query_string_parameters, header_parameters } =
            target;
        sdk::HttpParameters::builder()
            .set_path_parameter_values(Some(path_parameter_values.clone()))
            .set_query_string_parameters(map(query_string_parameters))
            .set_header_parameters(map(header_parameters))
            .build()
    });
    let kinesis = kinesis_target.as_ref().and_then(|KinesisTarget { partition_key_path }| {
        let path = partition_key_path.as_ref()?;
        Some(sdk::KinesisParameters::builder().partition_key_path(path).build())
    });
    Ok(sdk::Target::builder()
        .id(target_id.as_str())
        .arn(arn.as_str())
        .set_role_arn(role_arn.as_ref().map(|role| role.as_str().to_owned()))
        .set_input(input.as_ref().map(Json::to_text))
        .set_input_path(input_path.clone())
        .set_input_transformer(transformer.transpose()?)
        .set_dead_letter_config(dead_letter)
        .set_retry_policy(retry)
        .set_sqs_parameters(sqs)
        .set_http_parameters(http)
        .set_kinesis_parameters(kinesis.transpose()?)
        .build()?)
}

fn from_aws(bus: EventBus, rule: &str, has: sdk::Target) -> Result<EventTarget> {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let dead_letter = text(has.dead_letter_config.and_then(|config| config.arn));
    Ok(EventTarget {
        event_bus_name: bus,
        rule: rule.to_owned(),
        target_id: TargetId::parse(&has.id)?,
        arn: Arn::parse(has.arn)?,
        role_arn: text(has.role_arn).map(Arn::parse).transpose()?,
        input: text(has.input).as_deref().map(Json::parse).transpose()?,
        input_path: text(has.input_path),
        input_transformer: has.input_transformer.map(|transformer| InputTransformer {
            input_paths: transformer.input_paths_map.into_iter().flatten().collect(),
            input_template: transformer.input_template,
        }),
        dead_letter_config: dead_letter
            .map(|arn| Arn::parse(arn).map(|arn| DeadLetterConfig { arn: Some(arn) }))
            .transpose()?,
        retry_policy: has.retry_policy.map(|policy| RetryPolicy {
            maximum_event_age_in_seconds: policy.maximum_event_age_in_seconds,
            maximum_retry_attempts: policy.maximum_retry_attempts,
        }),
        sqs_target: text(has.sqs_parameters.and_then(|sqs| sqs.message_group_id))
            .map(|group| SqsTarget { message_group_id: Some(group) }),
        http_target: has.http_parameters.map(|http| HttpTarget {
            path_parameter_values: http.path_parameter_values.unwrap_or_default(),
            query_string_parameters: http.query_string_parameters.into_iter().flatten().collect(),
            header_parameters: http.header_parameters.into_iter().flatten().collect(),
        }),
        kinesis_target: has.kinesis_parameters.map(|kinesis| KinesisTarget {
            partition_key_path: text(Some(kinesis.partition_key_path)),
        }),
        force_destroy: false,
    })
}

async fn put(aws: &Aws, want: &EventTarget) -> Result<()> {
    let put = aws.events().put_targets().rule(&want.rule).targets(to_aws(want)?);
    let done = put.event_bus_name(want.event_bus_name.as_str()).send().await?;
    let entry = done.failed_entries.unwrap_or_default().into_iter().next();
    let why = entry.map(|entry| (entry.error_code, entry.error_message));
    whole("eventbridge PutTargets", done.failed_entry_count, why)
}

/// All targets of a rule; none if there is no such rule.
pub(super) async fn of_rule(aws: &Aws, bus: &EventBus, rule: &str) -> Result<Vec<sdk::Target>> {
    let mut targets = Vec::new();
    let mut next = None;
    loop {
        let list = aws.events().list_targets_by_rule().rule(rule);
        let list = list.event_bus_name(bus.as_str()).set_next_token(next).send().await;
        let Some(page) = list.absent_on(&["ResourceNotFoundException"])? else {
            return Ok(Vec::new());
        };
        targets.extend(page.targets.unwrap_or_default());
        match page.next_token {
            None => return Ok(targets),
            token => next = token,
        }
    }
}

/// Takes all targets of a rule away.
pub(super) async fn remove_all(aws: &Aws, bus: &EventBus, rule: &str, force: bool) -> Result<()> {
    for target in of_rule(aws, bus, rule).await? {
        remove(aws, bus, rule, &target.id, force).await?;
    }
    Ok(())
}

async fn remove(aws: &Aws, bus: &EventBus, rule: &str, target: &str, force: bool) -> Result<()> {
    let remove = aws.events().remove_targets().rule(rule).ids(target);
    let remove = remove.event_bus_name(bus.as_str()).force(force);
    let Some(done) = remove.send().await.absent_on(&["ResourceNotFoundException"])? else {
        return Ok(());
    };
    let entry = done.failed_entries.unwrap_or_default().into_iter().next();
    let why = entry.map(|entry| (entry.error_code, entry.error_message));
    if why.as_ref().is_some_and(|(code, _)| code.as_deref() == Some("ResourceNotFoundException")) {
        return Ok(());
    }
    whole("eventbridge RemoveTargets", done.failed_entry_count, why)
}

/// Calls that take several targets succeed even when they could do nothing for one of them.
fn whole(
    operation: &str,
    failed: i32,
    why: Option<(Option<String>, Option<String>)>,
) -> Result<()> {
    if failed == 0 && why.is_none() {
        return Ok(());
    }
    let (code, message) = why.unwrap_or_default();
    let message = message.unwrap_or_else(|| "AWS did not take the target".to_owned());
    Err(AwsError::new(operation, code.as_deref(), &message, Failure::Refused).into())
}

impl Resource for EventTarget {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_event_target";
    const ID: &'static str = "target_id";
    const LISTING: Listing = Listing::Within("aws_cloudwatch_event_rule");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = &[
        Retry { code: "ConcurrentModificationException", saying: "" },
        // Told about one target in an answer that is otherwise good, so the SDK does not retry.
        Retry { code: "ThrottlingException", saying: "" },
        Retry { code: "InternalException", saying: "" },
        Retry { code: "ValidationException", saying: "cannot be assumed by principal" },
    ];

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for rule in within {
            let [bus, rule] = rule.split()?;
            let mut next = None;
            loop {
                let list = aws.events().list_targets_by_rule().rule(rule).event_bus_name(bus);
                let page = list.set_next_token(next).send().await?;
                let ids = page.targets.unwrap_or_default().into_iter().map(|target| target.id);
                keys.extend(ids.map(|id| Key::parts([bus, rule, &id])));
                match page.next_token {
                    None => break,
                    token => next = token,
                }
            }
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [bus, rule, id] = key.split()?;
        let (bus, id) = (EventBus::new(bus), TargetId::parse(id)?);
        let mut targets = of_rule(aws, &bus, rule).await?.into_iter();
        let Some(has) = targets.find(|target| target.id == id.as_str()) else { return Ok(None) };
        let inputs = from_aws(bus, rule, has)?;
        Ok(Some(Live { inputs, outputs: Outputs {} }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        rule::tags_of(aws, &live.inputs.event_bus_name, &live.inputs.rule).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).await?;
        let Self { event_bus_name, rule, target_id, .. } = want;
        Ok(Key::parts([event_bus_name.as_str(), rule, target_id.as_str()]))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        // Putting a target without a role does not take the old one away.
        if live.inputs.role_arn.is_some() && want.role_arn.is_none() {
            Self::delete(aws, live).await?;
        }
        put(aws, want).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { event_bus_name, rule, target_id, force_destroy, .. } = &live.inputs;
        remove(aws, event_bus_name, rule, target_id.as_str(), *force_destroy).await
    }
}
