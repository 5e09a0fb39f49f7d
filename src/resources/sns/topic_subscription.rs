//! `aws_sns_topic_subscription`: who is told what is published to a topic.
use std::collections::HashMap;

use aws_sdk_sns::types::Subscription;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::sns::told::Told;
use crate::resources::sns::{self, OWNER};
use crate::resources::{Error, Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Identity, Json, Mismatch};

attributes! {
    /// Sends what is published to a topic on to an address, a queue or a function.
    ///
    /// People must confirm that they want mail. Until they do, the subscription is there, counts
    /// as it was asked for, and is not asked for again; AWS drops it by itself if nobody confirms
    /// within days. It cannot be changed or deleted before.
    pub struct SnsTopicSubscription {
        /// ARN of the topic.
        topic_arn: Arn => key,
        /// `email`, `email-json`, `sms`, `http`, `https`, `sqs`, `lambda`, `firehose` or
        /// `application`.
        protocol: String => key,
        /// Where messages go: an address, a number, or an ARN, as the protocol has it. A function
        /// must also allow the topic to call it, with `aws_lambda_permission`.
        endpoint: String => key,
        /// Which messages are sent on, as JSON. All of them when absent.
        filter_policy: Option<Told<Json>> => default_text("{}"),
        /// What the filter looks at: `MessageAttributes`, which is the default, or `MessageBody`.
        filter_policy_scope: Option<Told<String>> => default_text("MessageAttributes"),
        /// Whether messages are sent without SNS's own envelope. `false` when absent.
        raw_message_delivery: Option<Told<bool>> => default_bool(false),
        /// Queue for what could not be delivered, as JSON.
        redrive_policy: Option<Told<Json>> => default_text("{}"),
        /// How deliveries over HTTP are retried, as JSON.
        delivery_policy: Option<Told<Json>> => default_text("{}"),
        /// From when on archived messages of a FIFO topic are replayed, as JSON.
        replay_policy: Option<Told<Json>> => default_text("{}"),
        /// Role that lets SNS write to a Firehose stream.
        subscription_role_arn: Option<Arn>,
        /// Taken for the sake of Terraform's files; nobody waits here until an endpoint confirms.
        endpoint_auto_confirms: Option<bool> => option | default_bool(false),
        /// Taken for the sake of Terraform's files; nobody waits here until an endpoint confirms.
        confirmation_timeout_in_minutes: Option<i64> => option | default_int(1),
    }
}

attributes! {
    /// What AWS tells about a subscription.
    pub struct Outputs {
        /// ARN of the subscription; none before it is confirmed.
        arn: Option<Arn>,
        /// Account that owns it.
        owner_id: String,
        /// Whether somebody must still confirm it.
        pending_confirmation: bool,
        /// Whether it was confirmed by somebody with credentials, who alone can end it then.
        confirmation_was_authenticated: bool,
    }
}

/// Stands in the place of an ARN until the subscription is confirmed.
const PENDING: &str = "PendingConfirmation";
const SCOPE: &str = "FilterPolicyScope";
const FILTER: &str = "FilterPolicy";
const REDRIVE: &str = "RedrivePolicy";
const ROLE: &str = "SubscriptionRoleArn";
const NOTHING: &str = "{}";

/// Whether SNS lists this endpoint for the one that was asked for.
fn is_endpoint(protocol: &str, listed: &str, asked: &str) -> bool {
    match protocol {
        // Mail is told apart without regard to case.
        "email" | "email-json" => listed.eq_ignore_ascii_case(asked),
        "http" | "https" => listed == asked || listed == masked(asked),
        _ => listed == asked,
    }
}

/// SNS never shows the password of `https://user:password@host`.
fn masked(url: &str) -> String {
    let masked = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.split('/').next()?.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        let path = &rest[user.len() + 1 + host.len()..];
        Some(format!("{scheme}://{name}:****@{host}{path}"))
    };
    masked().unwrap_or_else(|| url.to_owned())
}

/// The subscription as the topic lists it. `GetSubscriptionAttributes` is no witness: it answers
/// for some time for what is gone.
async fn listed(
    aws: &Aws,
    topic: &str,
    protocol: &str,
    endpoint: &str,
) -> Result<Option<Subscription>> {
    let list = aws.sns().list_subscriptions_by_topic().topic_arn(topic);
    let mut pages = list.into_paginator().send();
    let mut pending = None;
    while let Some(page) = pages.next().await {
        let Some(page) = page.absent_on(sns::ABSENT)? else { return Ok(None) };
        for found in page.subscriptions.unwrap_or_default() {
            let at = found.endpoint.as_deref().unwrap_or_default();
            if found.protocol.as_deref() != Some(protocol) || !is_endpoint(protocol, at, endpoint) {
                continue;
            }
            match found.subscription_arn.as_deref() {
                Some("Deleted") => {}
                Some(PENDING) => pending = Some(found),
                _ => return Ok(Some(found)),
            }
        }
    }
    Ok(pending)
}

fn told<T>(pending: bool, value: T) -> Option<Told<T>> {
    Some(if pending { Told::NotYet } else { Told::Is(value) })
}

/// The subscription with these attributes; of one that is pending there are none.
fn inputs(
    key: (&str, &str, &str),
    pending: bool,
    has: &HashMap<String, String>,
) -> Result<SnsTopicSubscription, Mismatch> {
    let (topic, protocol, endpoint) = key;
    let text = |name: &str| has.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let json = |name| Ok(told(pending, Json::parse(text(name).unwrap_or(NOTHING))?));
    Ok(SnsTopicSubscription {
        topic_arn: Arn::parse(topic)?,
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        filter_policy: json(FILTER)?,
        filter_policy_scope: told(pending, text(SCOPE).unwrap_or("MessageAttributes").to_owned()),
        raw_message_delivery: told(pending, text("RawMessageDelivery") == Some("true")),
        redrive_policy: json(REDRIVE)?,
        delivery_policy: json("DeliveryPolicy")?,
        replay_policy: json("ReplayPolicy")?,
        subscription_role_arn: text(ROLE).map(Arn::parse).transpose()?,
        endpoint_auto_confirms: Some(false),
        confirmation_timeout_in_minutes: Some(1),
    })
}

/// SNS's attributes of a subscription, in the order in which they must be set: a filter on bodies
/// may be nested, one on attributes may not, so the wider scope comes before the filter and the
/// narrower one behind it.
fn to_aws(want: &SnsTopicSubscription) -> Vec<(&'static str, String)> {
    let SnsTopicSubscription {
        topic_arn: _,
        protocol: _,
        endpoint: _,
        filter_policy,
        filter_policy_scope,
        raw_message_delivery,
        redrive_policy,
        delivery_policy,
        replay_policy,
        subscription_role_arn,
        endpoint_auto_confirms: _,
        confirmation_timeout_in_minutes: _,
    } = want;
    let json = |policy: &Option<Told<Json>>| {
        let policy = policy.as_ref().and_then(Told::is);
        policy.map_or_else(|| NOTHING.to_owned(), Json::to_text)
    };
    let scope = filter_policy_scope.as_ref().and_then(Told::is);
    let scope = scope.map_or("MessageAttributes", String::as_str);
    let raw = raw_message_delivery.as_ref().and_then(Told::is).copied().unwrap_or(false);
    let role = subscription_role_arn.as_ref().map(|arn| arn.as_str().to_owned());
    let mut set = vec![
        (FILTER, json(filter_policy)),
        ("RawMessageDelivery", raw.to_string()),
        (REDRIVE, json(redrive_policy)),
        ("DeliveryPolicy", json(delivery_policy)),
        ("ReplayPolicy", json(replay_policy)),
        (ROLE, role.unwrap_or_default()),
    ];
    let place = if scope == "MessageBody" { 0 } else { set.len() };
    set.insert(place, (SCOPE, scope.to_owned()));
    set
}

/// What SNS has when it is told nothing.
fn is_default(name: &str, value: &str) -> bool {
    match name {
        SCOPE => value == "MessageAttributes",
        "RawMessageDelivery" => value == "false",
        ROLE => value.is_empty(),
        _ => value == NOTHING,
    }
}

impl Resource for SnsTopicSubscription {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_sns_topic_subscription";
    const ID: &'static str = "arn";
    const LISTING: Listing = Listing::Within("aws_sns_topic");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = &[
        Retry { code: "NotFound", saying: "" },
        // The role of a Firehose stream, or a function, made just before.
        Retry { code: "InvalidParameter", saying: "cannot be assumed" },
    ];

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for topic in within {
            let arn = sns::topic_arn(aws, topic.name()?);
            let list = aws.sns().list_subscriptions_by_topic().topic_arn(&arn);
            let mut pages = list.into_paginator().items().send();
            while let Some(found) = pages.next().await {
                let found = found?;
                let parts = found.protocol.zip(found.endpoint);
                keys.extend(parts.map(|(how, to)| Key::parts([arn.as_str(), &how, &to])));
            }
        }
        keys.dedup();
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [topic, protocol, endpoint] = key.split()?;
        let Some(found) = listed(aws, topic, protocol, endpoint).await? else { return Ok(None) };
        let arn =
            found.subscription_arn.filter(|arn| arn != PENDING).map(Arn::parse).transpose()?;
        let has = match &arn {
            None => HashMap::new(),
            Some(arn) => {
                let get = aws.sns().get_subscription_attributes().subscription_arn(arn.as_str());
                let Some(has) = get.send().await.absent_on(sns::ABSENT)? else { return Ok(None) };
                has.attributes.unwrap_or_default()
            }
        };
        let is = |name: &str| has.get(name).is_some_and(|text| text == "true");
        // Whoever is just confirming may be ahead of the list, or the list of him.
        let pending = arn.is_none() || is(PENDING);
        Ok(Some(Live {
            inputs: inputs((topic, protocol, endpoint), pending, &has)?,
            outputs: Outputs {
                arn,
                owner_id: has.get(OWNER).cloned().or(found.owner).unwrap_or_default(),
                pending_confirmation: pending,
                confirmation_was_authenticated: is("ConfirmationWasAuthenticated"),
            },
        }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        Ok(Some(sns::topic_tags(aws, live.inputs.topic_arn.as_str()).await?))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let (topic, endpoint) = (want.topic_arn.as_str(), want.endpoint.as_str());
        // All goes with the one call: before the confirmation there is no other chance.
        let set = to_aws(want).into_iter().filter(|(name, value)| !is_default(name, value));
        let set = set.map(|(name, value)| (name.to_owned(), value)).collect::<HashMap<_, _>>();
        aws.sns()
            .subscribe()
            .topic_arn(topic)
            .protocol(&want.protocol)
            .endpoint(endpoint)
            .set_attributes((!set.is_empty()).then_some(set))
            .return_subscription_arn(true)
            .send()
            .await?;
        Ok(Key::parts([topic, want.protocol.as_str(), endpoint]))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Some(arn) = live.outputs.arn.as_ref().filter(|_| !live.outputs.pending_confirmation)
        else {
            let why = "a subscription cannot be changed before it is confirmed";
            return Err(Error::Refused(why.to_owned()));
        };
        let has: HashMap<_, _> = to_aws(&live.inputs).into_iter().collect();
        for (name, value) in to_aws(want) {
            if has.get(name) == Some(&value) {
                continue;
            }
            // Only this one is taken away by saying nothing at all.
            let value = Some(value).filter(|value| name != REDRIVE || value != NOTHING);
            let set = aws.sns().set_subscription_attributes().subscription_arn(arn.as_str());
            set.attribute_name(name).set_attribute_value(value).send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Some(arn) = live.outputs.arn.as_ref().filter(|_| !live.outputs.pending_confirmation)
        else {
            return Err(Error::Left(format!(
                "the subscription of {} was never confirmed; AWS lets nobody delete it and drops \
                 it by itself within days, or with its topic",
                live.inputs.endpoint
            )));
        };
        let unsubscribed = aws.sns().unsubscribe().subscription_arn(arn.as_str()).send().await;
        unsubscribed.absent_on(sns::ABSENT)?;
        Ok(())
    }

    fn remarks(live: &Live<Self>) -> Vec<String> {
        let pending = live.outputs.pending_confirmation;
        let waits = || {
            format!(
                "waits until {} confirms it; AWS drops it if nobody does within days",
                live.inputs.endpoint
            )
        };
        pending.then(waits).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, Record, fill_defaults, same};
    use crate::value::{Object, Value};

    const KEY: (&str, &str, &str) =
        ("arn:aws:sns:us-east-1:111111111111:a", "email", "ops@example.com");

    fn differences(live: &SnsTopicSubscription, want: &[(&str, Value)]) -> Vec<&'static str> {
        let Value::Object(live) = live.encode() else { panic!("a record is an object") };
        let mut object: Object = [("topic_arn", KEY.0), ("protocol", KEY.1), ("endpoint", KEY.2)]
            .map(|(name, text)| (name, Value::text(text)))
            .into_iter()
            .collect();
        for (name, value) in want {
            object.set(*name, value.clone());
        }
        let want = fill_defaults(SnsTopicSubscription::TABLE, &object);
        let differs = |name: &str| {
            let spec = SnsTopicSubscription::TABLE.iter().find(|spec| spec.name == name).unwrap();
            !same(spec, live.get(name), want.get(name))
        };
        SnsTopicSubscription::TABLE.iter().map(|s| s.name).filter(|name| differs(name)).collect()
    }

    #[test]
    fn what_waits_for_confirmation_differs_from_nothing() {
        let live = inputs(KEY, true, &HashMap::new()).unwrap();
        let filter = Value::text(r#"{"event":["failover"]}"#);
        let want = [("filter_policy", filter), ("raw_message_delivery", Value::Bool(true))];
        assert!(differences(&live, &want).is_empty());
        assert!(differences(&live, &[]).is_empty());
        let again = SnsTopicSubscription::decode(&live.encode()).unwrap();
        assert_eq!(again, live);
    }

    #[test]
    fn what_is_confirmed_is_compared() {
        let has = [("FilterPolicy", r#"{"event":["failover"]}"#), ("RawMessageDelivery", "false")];
        let has = has.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let live = inputs(KEY, false, &has).unwrap();
        assert_eq!(differences(&live, &[]), ["filter_policy"]);
        let same = Value::text(r#"{ "event": ["failover"] }"#);
        assert!(differences(&live, &[("filter_policy", same)]).is_empty());
        assert_eq!(
            differences(&inputs(KEY, false, &HashMap::new()).unwrap(), &[]),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn the_scope_of_a_filter_is_set_on_the_safe_side() {
        let live = inputs(KEY, false, &HashMap::new()).unwrap();
        assert_eq!(to_aws(&live).last().unwrap().0, SCOPE);
        let body = told(false, "MessageBody".to_owned());
        let want = SnsTopicSubscription { filter_policy_scope: body, ..live };
        assert_eq!(to_aws(&want)[0].0, SCOPE);
    }

    #[test]
    fn endpoints_are_found_as_sns_shows_them() {
        assert!(is_endpoint("email", "Ops@Example.com", "ops@example.com"));
        assert!(is_endpoint("https", "https://me:****@a.b/c", "https://me:secret@a.b/c"));
        assert!(is_endpoint("https", "https://a.b/c@d", "https://a.b/c@d"));
        assert!(!is_endpoint("sqs", "arn:aws:sqs:x:1:A", "arn:aws:sqs:x:1:a"));
    }
}
