//! `aws_sns_topic_policy`: who may publish to a topic and subscribe to it.
use serde_json::{Value as Tree, json};

use crate::attributes;
use crate::aws::Aws;
use crate::resources::policy::Policy;
use crate::resources::sns::{self, OWNER, POLICY};
use crate::resources::{Error, Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Identity, Mismatch};

attributes! {
    /// The policy of a topic, apart from the topic: it can name who depends on the topic itself.
    ///
    /// It takes the place of AWS's own policy, so it must name every service that is to publish:
    /// `cloudwatch.amazonaws.com` for alarms, `events.amazonaws.com` for rules,
    /// `backup.amazonaws.com` for vaults. A topic that has AWS's own policy counts as without one,
    /// and deleting this brings that back.
    pub struct SnsTopicPolicy {
        /// ARN of the topic.
        arn: Arn => key,
        /// The policy.
        policy: Policy,
    }
}

attributes! {
    /// What AWS tells about the policy.
    pub struct Outputs {
        /// Account that owns the topic.
        owner: String,
    }
}

/// What a topic's owner may do by the policy that AWS gives to a new topic.
const OWNERS: [&str; 8] = [
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
];

fn default_policy(arn: &Arn) -> Result<Policy, Mismatch> {
    let document = json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": OWNERS,
            "Resource": arn.as_str(),
            "Condition": { "StringEquals": { "AWS:SourceOwner": arn.account() } },
        }],
    });
    Policy::parse(&document.to_string())
}

/// Whether AWS has given this policy to a topic of that ARN. AWS has changed the list of actions
/// over the years, so that is not looked at; by all else only the owner is meant.
fn is_default(arn: &Arn, policy: &Policy) -> Result<bool, Mismatch> {
    let without_actions = |policy: &Policy| {
        let mut tree = policy.tree().clone();
        let statements = tree.get_mut("Statement").and_then(Tree::as_array_mut);
        for statement in statements.into_iter().flatten() {
            statement.as_object_mut().map(|statement| statement.remove("Action"));
        }
        tree
    };
    Ok(without_actions(policy) == without_actions(&default_policy(arn)?))
}

async fn put(aws: &Aws, want: &SnsTopicPolicy) -> Result<()> {
    let SnsTopicPolicy { arn, policy } = want;
    if is_default(arn, policy)? {
        let why = "this is the policy that AWS gives to a topic by itself; leave the block out";
        return Err(Error::Refused(why.to_owned()));
    }
    sns::set_topic_attribute(aws, arn.as_str(), POLICY, policy.as_str()).await
}

impl Resource for SnsTopicPolicy {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_sns_topic_policy";
    const ID: &'static str = "arn";
    const LISTING: Listing = Listing::Within("aws_sns_topic");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = sns::RETRIES;

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let arn = |topic: &Key| Ok(Key::only(sns::topic_arn(aws, topic.name()?)));
        within.iter().map(arn).collect()
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let arn = Arn::parse(key.name()?)?;
        let Some(mut has) = sns::topic_attributes(aws, arn.as_str()).await? else {
            return Ok(None);
        };
        let Some(policy) = has.remove(POLICY).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let policy = Policy::parse(&policy)?;
        if is_default(&arn, &policy)? {
            return Ok(None);
        }
        let owner = has.remove(OWNER).unwrap_or_default();
        Ok(Some(Live { inputs: Self { arn, policy }, outputs: Outputs { owner } }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        Ok(Some(sns::topic_tags(aws, live.inputs.arn.as_str()).await?))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).await?;
        Ok(Key::only(want.arn.as_str()))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let arn = &live.inputs.arn;
        let policy = default_policy(arn)?;
        match sns::set_topic_attribute(aws, arn.as_str(), POLICY, policy.as_str()).await {
            Err(Error::Aws(error)) if error.is(sns::ABSENT) => Ok(()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_awss_own_policy_is_the_default() {
        let arn = Arn::parse("arn:aws:sns:us-east-1:111111111111:a").unwrap();
        let default = default_policy(&arn).unwrap();
        assert!(is_default(&arn, &default).unwrap());
        let older = Policy::parse(&default.as_str().replace("AddPermission", "Receive")).unwrap();
        assert!(is_default(&arn, &older).unwrap());
        // People copy it, ids and all, and write the newer version.
        let copied = Policy::parse(&default.as_str().replace("2008", "2012")).unwrap();
        assert!(!is_default(&arn, &copied).unwrap());
        let other = Arn::parse("arn:aws:sns:us-east-1:111111111111:b").unwrap();
        assert!(!is_default(&other, &default).unwrap());
    }
}
