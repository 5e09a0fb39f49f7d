//! `aws_db_event_subscription`: has RDS tell a topic what happens.
use std::collections::BTreeSet;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::rds::{self, Differences};
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, LowerName, Timeouts};
use crate::value::Readiness;

attributes! {
    /// Events of RDS, published to a topic.
    ///
    /// A global database tells of switchovers and failovers as events of its clusters, category
    /// `global failover`, in the Region of each member; have a subscription in every Region.
    pub struct DbEventSubscription {
        /// Name of the subscription. AWS keeps it in lower case.
        name: LowerName => key,
        /// ARN of the topic. Its policy must allow RDS to publish, and its key, if it has one, to
        /// encrypt.
        sns_topic: Arn,
        /// What events are about: `db-cluster`, `db-instance`, `db-cluster-snapshot` and others.
        /// Events about everything when absent.
        source_type: Option<String>,
        /// Identifiers of those that events are about; needs `source_type`. All of the type when
        /// absent.
        source_ids: BTreeSet<LowerName>,
        /// Categories of events, such as `global failover` or `failure`. All when absent.
        event_categories: BTreeSet<String>,
        /// Whether events are published.
        enabled: Option<bool> => default_bool(true),
        /// Tags of the subscription.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a subscription.
    pub struct Outputs {
        /// ARN of the subscription.
        arn: Arn,
        /// Account that it belongs to.
        customer_aws_id: Option<String>,
        /// AWS's status, such as `active`, `no-permission` or `topic-not-exist`.
        status: String,
    }
}

impl Resource for DbEventSubscription {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_db_event_subscription";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> = Some("arn:{partition}:rds:{region}:{account}:es:{name}");
    const TIMEOUTS: Timeouts = Timeouts::minutes(40);
    const RETRIES: &'static [Retry] = &[
        Retry { code: "SNSNoAuthorization", saying: "" },
        Retry { code: "SNSTopicArnNotFound", saying: "" },
        Retry { code: "InvalidEventSubscriptionState", saying: "" },
    ];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = rds::event_subscriptions(aws).await?;
        Ok(all.iter().filter_map(|one| one.cust_subscription_id.as_ref().map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = LowerName::new(key.name()?);
        let Some(found) = rds::event_subscription(aws, name.as_str()).await? else {
            return Ok(None);
        };
        let arn = Arn::parse(found.event_subscription_arn.given("EventSubscriptionArn")?)?;
        let Some(tags) = rds::tags_of(aws, arn.as_str()).await? else { return Ok(None) };
        Ok(Some(Live {
            inputs: Self {
                name,
                sns_topic: Arn::parse(found.sns_topic_arn.given("SnsTopicArn")?)?,
                source_type: rds::filled(found.source_type),
                source_ids: found
                    .source_ids_list
                    .unwrap_or_default()
                    .iter()
                    .map(LowerName::new)
                    .collect(),
                event_categories: found
                    .event_categories_list
                    .unwrap_or_default()
                    .into_iter()
                    .collect(),
                enabled: Some(found.enabled.unwrap_or(true)),
                tags,
            },
            outputs: Outputs {
                arn,
                customer_aws_id: found.customer_aws_id,
                status: found.status.unwrap_or_default(),
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self { name, sns_topic, source_type, source_ids, event_categories, enabled, tags } =
            want;
        let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
        aws.rds()
            .create_event_subscription()
            .subscription_name(name.as_str())
            .sns_topic_arn(sns_topic.as_str())
            .set_source_type(source_type.clone())
            .set_source_ids(some(source_ids.iter().map(|id| id.as_str().to_owned()).collect()))
            .set_event_categories(some(event_categories.iter().cloned().collect()))
            .set_enabled(*enabled)
            .set_tags(rds::to_aws(tags.iter()))
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name, sns_topic, source_type, source_ids, event_categories, enabled, tags } =
            want;
        let (rds, name, has) = (aws.rds(), name.as_str(), &live.inputs);
        rds::retag(aws, live.outputs.arn.as_str(), &has.tags, tags).await?;
        // Sources of the old type go before the type changes, those of the new one come after.
        for id in has.source_ids.difference(source_ids) {
            let call = rds.remove_source_identifier_from_subscription().subscription_name(name);
            let removed = call.source_identifier(id.as_str()).send().await;
            removed.absent_on(&["SourceNotFound"])?;
        }
        let differs = Differences::default();
        let topic = differs.text(&Some(has.sns_topic.clone()), &Some(sns_topic.clone()));
        let enabled = differs.of(&has.enabled, enabled);
        let type_differs = has.source_type != *source_type;
        let categories_differ = has.event_categories != *event_categories;
        if differs.any() || type_differs || categories_differ {
            // Categories are those of the type, so the type goes along; none at all means all.
            let categories = event_categories.iter().cloned().collect();
            let call = rds.modify_event_subscription().subscription_name(name);
            call.set_sns_topic_arn(topic)
                .set_enabled(enabled)
                .set_source_type(match source_type {
                    None if type_differs => Some(String::new()),
                    same_or_new => same_or_new.clone(),
                })
                .set_event_categories((type_differs || categories_differ).then_some(categories))
                .send()
                .await?;
        }
        for id in source_ids.difference(&has.source_ids) {
            let call = rds.add_source_identifier_to_subscription().subscription_name(name);
            call.source_identifier(id.as_str()).send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.name.as_str();
        let deleted = aws.rds().delete_event_subscription().subscription_name(name).send().await;
        deleted.absent_on(&["SubscriptionNotFound"])?;
        Ok(())
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        match live.outputs.status.as_str() {
            "" | "active" => Readiness::Ready,
            status @ ("no-permission" | "topic-not-exist") => Readiness::Failed(status.to_owned()),
            status => Readiness::Settling(status.to_owned()),
        }
    }
}
