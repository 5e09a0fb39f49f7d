//! AWS KMS.
pub mod alias;
pub mod key;
pub mod key_data;
pub mod replica_key;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_sdk_kms::types::{
    AliasListEntry, KeyListEntry, KeyManagerType, KeyMetadata, KeySpec, KeyState,
    MultiRegionKeyType, OriginType, Tag,
};
use futures::stream::{self, StreamExt};

use crate::aws::{AbsentOn, Aws, AwsError, Failure};
use crate::resources::policy::Policy;
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Key, Result};
use crate::schema::{Attribute, Given, Kind, Mismatch};
use crate::value::{Readiness, Value};

/// KMS has one policy a key, and it has this name.
const POLICY: &str = "default";
const ABSENT: &[&str] = &["NotFoundException"];

/// A key by its id or ARN. The ARN means the key in its own Region; the id of a multi-Region key
/// means the one in the Region where it is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyRef(String);

impl KeyRef {
    /// An id or ARN, as it was written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The id: what stands behind `key/` in an ARN.
    pub fn id(&self) -> &str {
        match self.0.split_once(":key/") {
            Some((arn, id)) if arn.starts_with("arn:") => id,
            _ => &self.0,
        }
    }
}

impl Attribute for KeyRef {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        if text.starts_with("alias/") || text.contains(":alias/") {
            let message = format!("{text:?} is an alias; give the id or the ARN of a key");
            return Err(Mismatch::Invalid(message));
        }
        Ok(Self(text))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
    fn same(live: &Self, want: &Self) -> bool {
        live.id() == want.id()
    }
}

/// The key, unless there is none or it is about to be deleted: such a key can neither encrypt nor
/// decrypt, so for a configuration it is gone.
pub(crate) async fn key(aws: &Aws, id: &str) -> Result<Option<KeyMetadata>> {
    Ok(described(aws, id).await?.filter(|key| !is_going(key)))
}

/// The key in whatever state.
pub(crate) async fn described(aws: &Aws, id: &str) -> Result<Option<KeyMetadata>> {
    let found = aws.kms().describe_key().key_id(id).send().await.absent_on(ABSENT)?;
    Ok(found.and_then(|found| found.key_metadata))
}

/// How long the tagging service may not know of a new key.
const LATE: Duration = Duration::from_mins(15);
/// How many keys are asked for at once.
const AT_ONCE: usize = 16;

/// Ids of young keys, for all that asks in one plan.
struct Young(Vec<String>);

/// The customer's keys that were made minutes ago. What others' policies hide is none of ours.
async fn recent(aws: &Aws) -> Result<Vec<Key>> {
    let young = aws.asked("keys of the last minutes", || async { young(aws).await }).await?;
    Ok(young.0.iter().map(Key::only).collect())
}

async fn young(aws: &Aws) -> Result<Young, AwsError> {
    let mut pages = aws.kms().list_keys().into_paginator().items().send();
    let mut ids = Vec::new();
    while let Some(entry) = pages.next().await {
        match entry.map_err(AwsError::from) {
            Ok(entry) => ids.extend(entry.key_id),
            Err(error) if error.failure == Failure::Denied => {
                tracing::debug!(%error, "new keys are found by their tags only");
                return Ok(Young(Vec::new()));
            }
            Err(error) => return Err(error),
        }
    }
    let describe = |id: String| async move {
        let found = aws.kms().describe_key().key_id(id).send().await;
        match found.absent_on(ABSENT) {
            Err(error) if error.failure == Failure::Denied => Ok(None),
            found => found.map(|found| found.and_then(|found| found.key_metadata)),
        }
    };
    let mut described = stream::iter(ids).map(describe).buffer_unordered(AT_ONCE);
    let mut young = Vec::new();
    while let Some(key) = described.next().await {
        young.extend(key?.filter(is_young).map(|key| key.key_id));
    }
    young.sort();
    Ok(Young(young))
}

fn is_young(key: &KeyMetadata) -> bool {
    let since = key.creation_date.and_then(|at| SystemTime::try_from(at).ok());
    // A clock that is behind makes a key of the future, which is young.
    let age = since.map(|since| since.elapsed().unwrap_or_default());
    key.key_manager == Some(KeyManagerType::Customer)
        && !is_going(key)
        && age.is_some_and(|age| age < LATE)
}

/// Whether the deletion of the key is scheduled, at once or when its replicas are gone.
fn is_going(key: &KeyMetadata) -> bool {
    matches!(key.key_state, Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion))
}

/// Whether a key in this state has settled.
fn readiness(state: &str) -> Readiness {
    match state {
        "Creating" | "Updating" => Readiness::Settling(state.to_owned()),
        "Unavailable" => Readiness::Failed(state.to_owned()),
        _ => Readiness::Ready,
    }
}

/// The Region of the primary of a multi-Region key.
fn primary_region(key: &KeyMetadata) -> Option<String> {
    key.multi_region_configuration.as_ref()?.primary_key.as_ref()?.region.clone()
}

/// AWS rotates only what it has made itself, and no pairs of keys.
fn rotates(key: &KeyMetadata) -> bool {
    key.origin == Some(OriginType::AwsKms) && key.key_spec == Some(KeySpec::SymmetricDefault)
}

/// How a key is rotated.
struct Rotation {
    enabled: bool,
    days: Option<i64>,
}

async fn rotation(aws: &Aws, key: &KeyMetadata) -> Result<Option<Rotation>> {
    if !rotates(key) {
        return Ok(Some(Rotation { enabled: false, days: None }));
    }
    let found = aws.kms().get_key_rotation_status().key_id(&key.key_id).send().await;
    let Some(found) = found.absent_on(ABSENT)? else { return Ok(None) };
    let enabled = found.key_rotation_enabled;
    let days = found.rotation_period_in_days.filter(|_| enabled).map(i64::from);
    Ok(Some(Rotation { enabled, days }))
}

async fn policy(aws: &Aws, id: &str) -> Result<Option<Policy>> {
    let found = aws.kms().get_key_policy().key_id(id).policy_name(POLICY).send().await;
    let Some(found) = found.absent_on(ABSENT)? else { return Ok(None) };
    Ok(Some(Policy::parse(&found.policy.given("Policy")?)?))
}

/// All that is asked of a key besides its description.
struct Particulars {
    policy: Policy,
    rotation: Rotation,
    tags: Tags,
}

/// The particulars of a key; `None` if one of the calls does not find it. A new key is known to
/// some of KMS's servers before it is to others, and then it is not there yet.
async fn particulars(aws: &Aws, key: &KeyMetadata, arn: &str) -> Result<Option<Particulars>> {
    let (policy, rotation, tags) =
        tokio::try_join!(policy(aws, &key.key_id), rotation(aws, key), tags(aws, arn))?;
    let found = policy.zip(rotation);
    Ok(found.map(|(policy, rotation)| Particulars { policy, rotation, tags }))
}

async fn put_policy(aws: &Aws, id: &str, policy: &Policy, bypass: bool) -> Result<()> {
    let put = aws.kms().put_key_policy().key_id(id).policy_name(POLICY).policy(policy.as_str());
    put.bypass_policy_lockout_safety_check(bypass).send().await?;
    Ok(())
}

async fn describe_as(aws: &Aws, id: &str, description: Option<&str>) -> Result<()> {
    let text = description.unwrap_or_default();
    aws.kms().update_key_description().key_id(id).description(text).send().await?;
    Ok(())
}

async fn set_enabled(aws: &Aws, id: &str, enabled: bool) -> Result<()> {
    if enabled {
        aws.kms().enable_key().key_id(id).send().await?;
    } else {
        aws.kms().disable_key().key_id(id).send().await?;
    }
    Ok(())
}

/// Deleting a key means to wait for at least a week, in which it can be had back.
async fn schedule_deletion(aws: &Aws, id: &str, days: Option<i64>) -> Result<()> {
    let days = days.and_then(|days| i32::try_from(days).ok());
    let schedule = aws.kms().schedule_key_deletion().key_id(id);
    let scheduled = schedule.set_pending_window_in_days(days).send().await;
    scheduled.absent_on(ABSENT)?;
    Ok(())
}

async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    Ok(Tags::from_aws(all_tags(aws, arn).await?))
}

/// AWS's own tags among them.
async fn all_tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let ask = async {
        let mut pages = aws.kms().list_resource_tags().key_id(arn).into_paginator().send();
        let mut tags = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page?.tags.unwrap_or_default();
            tags.extend(page.into_iter().map(|tag| (tag.tag_key, tag.tag_value)));
        }
        Ok(tags)
    };
    Ok(aws.tags(arn, ask).await?)
}

fn to_tags<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().tag_key(key).tag_value(value).build();
    Ok(tags.into_iter().map(tag).collect::<Result<_, _>>()?)
}

async fn retag(aws: &Aws, id: &str, has: &Tags, want: &Tags) -> Result<()> {
    let TagChanges { set, unset } = has.changes_to(want);
    if !set.is_empty() {
        let tags = to_tags(set.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
        aws.kms().tag_resource().key_id(id).set_tags(Some(tags)).send().await?;
    }
    if !unset.is_empty() {
        aws.kms().untag_resource().key_id(id).set_tag_keys(Some(unset)).send().await?;
    }
    Ok(())
}

/// The alias of that name, from the list of all: KMS has no call for one, and to ask for the key
/// behind it would need a right to that key.
pub(crate) async fn alias(aws: &Aws, name: &str) -> Result<Option<AliasListEntry>> {
    let is = |alias: &&AliasListEntry| alias.alias_name.as_deref() == Some(name);
    Ok(aws.asked("", || aliases(aws)).await?.iter().find(is).cloned())
}

/// All aliases of the Region, AWS's own among them.
async fn aliases(aws: &Aws) -> Result<Vec<AliasListEntry>, AwsError> {
    let mut pages = aws.kms().list_aliases().limit(100).into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(alias) = pages.next().await {
        all.push(alias?);
    }
    Ok(all)
}

/// Ids of the keys that AWS keeps for its services, which their aliases tell.
pub(crate) async fn keys_of_aws(aws: &Aws) -> Result<BTreeSet<String>> {
    let all = aws.asked("", || aliases(aws)).await?;
    let own = all.iter().filter(|alias| {
        alias.alias_name.as_deref().is_some_and(|name| name.starts_with("alias/aws/"))
    });
    Ok(own.filter_map(|alias| alias.target_key_id.clone()).collect())
}

/// Ids of the account's own keys.
async fn keys(aws: &Aws) -> Result<Vec<String>> {
    let own = keys_of_aws(aws).await?;
    let fetch = || async {
        let mut pages = aws.kms().list_keys().limit(1000).into_paginator().items().send();
        let mut all = Vec::new();
        while let Some(key) = pages.next().await {
            all.push(key?);
        }
        Ok::<Vec<KeyListEntry>, AwsError>(all)
    };
    let all = aws.asked("", fetch).await?;
    let ids = all.iter().filter_map(|key| key.key_id.clone());
    Ok(ids.filter(|id| !own.contains(id)).collect())
}

/// Whether the key is a replica of one in another Region; the ids of all others tell at once that
/// they are none.
async fn is_replica(aws: &Aws, id: &str) -> Result<bool> {
    if !id.starts_with("mrk-") {
        return Ok(false);
    }
    let found =
        aws.asked(id, async || aws.kms().describe_key().key_id(id).send().await.absent_on(ABSENT));
    let found = found.await?;
    let key = found.as_ref().as_ref().and_then(|found| found.key_metadata.as_ref());
    let config = key.and_then(|key| key.multi_region_configuration.as_ref());
    Ok(config.is_some_and(|c| c.multi_region_key_type == Some(MultiRegionKeyType::Replica)))
}

/// The ARN of the key with this id in this scope.
fn key_arn(aws: &Aws, id: &str) -> String {
    format!("arn:{}:kms:{}:{}:key/{id}", aws.partition(), aws.scope.region, aws.scope.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(live: &str, want: &str, same: bool) {
        assert_eq!(KeyRef::same(&KeyRef::new(live), &KeyRef::new(want)), same, "{live} {want}");
    }

    #[test]
    fn a_key_is_known_by_its_id() {
        check("mrk-1", "arn:aws:kms:us-east-1:111111111111:key/mrk-1", true);
        check("arn:aws:kms:us-west-2:111111111111:key/mrk-1", "mrk-1", true);
        check("mrk-1", "mrk-2", false);
    }

    #[test]
    fn an_alias_is_no_key() {
        assert!(KeyRef::decode(&Value::text("alias/orders")).is_err());
    }
}
