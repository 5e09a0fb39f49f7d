//! `aws_iam_policy`: what may be done, for several roles to share.
use aws_sdk_iam::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::iam::{self, PolicyName};
use crate::resources::policy::Policy;
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, Placement};

attributes! {
    /// A policy that stands by itself and is attached to roles.
    ///
    /// IAM keeps at most five versions of it. A change adds one and makes it the one that counts;
    /// if there are five, the oldest of those that do not count is deleted first.
    pub struct IamPolicy {
        /// Name of the policy, unique in the account whatever its path and case.
        name: PolicyName => key,
        /// Path in front of the name, as `/dr/`. `/` when absent.
        path: Option<String> => replaces | default_text("/"),
        /// What the policy is for. IAM cannot change it.
        description: Option<String> => replaces,
        /// What may be done, as JSON.
        policy: Policy,
        /// Tags of the policy.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a policy.
    pub struct Outputs {
        /// ARN of the policy.
        arn: Arn,
        /// To how many roles, users and groups it is attached.
        attachment_count: i64,
        /// AWS's own id of the policy.
        policy_id: String,
    }
}

/// IAM keeps no more of them.
const MOST_VERSIONS: usize = 5;

/// The policy of that name, out of one listing: IAM finds one only by its ARN, of which the path is
/// a part.
async fn find(aws: &Aws, name: &str) -> Result<Option<sdk::Policy>> {
    let is = |policy: &&sdk::Policy| {
        policy.policy_name.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    Ok(aws.asked("", || policies(aws)).await?.iter().find(is).cloned())
}

/// All policies of the account itself.
async fn policies(aws: &Aws) -> Result<Vec<sdk::Policy>, AwsError> {
    let list = aws.iam().list_policies().scope(sdk::PolicyScopeType::Local);
    let mut pages = list.into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(policy) = pages.next().await {
        all.push(policy.map_err(AwsError::from)?);
    }
    Ok(all)
}

async fn document(aws: &Aws, arn: &str, version: &str) -> Result<Option<Policy>> {
    let get = aws.iam().get_policy_version().policy_arn(arn).version_id(version);
    let Some(found) = get.send().await.absent_on(iam::ABSENT)? else { return Ok(None) };
    let version = found.policy_version.given("PolicyVersion")?;
    let document = iam::decoded(&version.document.given("Document")?)?;
    Ok(Some(Policy::parse(&document)?))
}

async fn versions(aws: &Aws, arn: &str) -> Result<Vec<sdk::PolicyVersion>> {
    let mut pages = aws.iam().list_policy_versions().policy_arn(arn).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        let Some(page) = page.absent_on(iam::ABSENT)? else { return Ok(Vec::new()) };
        all.extend(page.versions.unwrap_or_default());
    }
    Ok(all)
}

async fn delete_version(aws: &Aws, arn: &str, version: &str) -> Result<()> {
    let delete = aws.iam().delete_policy_version().policy_arn(arn).version_id(version);
    delete.send().await.absent_on(iam::ABSENT)?;
    Ok(())
}

/// The number in `v12`: versions are counted up and never used again.
fn number(version: &sdk::PolicyVersion) -> u64 {
    let id = version.version_id.as_deref().unwrap_or_default();
    id.trim_start_matches('v').parse().unwrap_or(0)
}

/// The version that must go so that there is room for another: the oldest that does not count.
fn in_the_way(versions: &[sdk::PolicyVersion]) -> Option<&str> {
    if versions.len() < MOST_VERSIONS {
        return None;
    }
    let others = versions.iter().filter(|version| !version.is_default_version);
    others.min_by_key(|version| number(version))?.version_id.as_deref()
}

impl Resource for IamPolicy {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_iam_policy";
    const ID: &'static str = "arn";
    const LISTING: Listing = Listing::All;
    const PLACEMENT: Placement = Placement::Global;
    const ARN: Option<&'static str> = Some("arn:{partition}:iam::{account}:policy{path}{name}");
    const RETRIES: &'static [Retry] = iam::RETRIES;

    fn key_of(arn: &str) -> Option<Key> {
        let (before, path) = arn.split_once(":policy/")?;
        (before.starts_with("arn:") && before.contains(":iam:")).then(|| Key::of_arn(path))
    }

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = aws.asked("", || policies(aws)).await?;
        Ok(all.iter().filter_map(|one| one.policy_name.as_ref().map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = PolicyName::parse(key.name()?)?;
        let Some(listed) = find(aws, name.as_str()).await? else { return Ok(None) };
        let arn = listed.arn.given("Arn")?;
        // The list tells neither tags nor description.
        let got = aws.iam().get_policy().policy_arn(&arn).send().await.absent_on(iam::ABSENT)?;
        let Some(has) = got.and_then(|got| got.policy) else { return Ok(None) };
        let version = has.default_version_id.given("DefaultVersionId")?;
        let Some(policy) = document(aws, &arn, &version).await? else { return Ok(None) };
        let tags = has.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        Ok(Some(Live {
            inputs: Self {
                name,
                path: has.path,
                description: has.description.filter(|text| !text.is_empty()),
                policy,
                tags: Tags::from_aws(tags),
            },
            outputs: Outputs {
                arn: Arn::parse(arn)?,
                attachment_count: i64::from(has.attachment_count.unwrap_or(0)),
                policy_id: has.policy_id.given("PolicyId")?,
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self { name, path, description, policy, tags } = want;
        aws.iam()
            .create_policy()
            .policy_name(name.as_str())
            .set_path(path.clone())
            .set_description(description.clone())
            .policy_document(policy.as_str())
            .set_tags(Some(iam::to_tags(tags.iter())?))
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name: _, path: _, description: _, policy, tags } = want;
        let (iam, arn) = (aws.iam(), live.outputs.arn.as_str());
        if live.inputs.policy != *policy {
            if let Some(version) = in_the_way(&versions(aws, arn).await?) {
                delete_version(aws, arn, version).await?;
            }
            let create = iam.create_policy_version().policy_arn(arn).set_as_default(true);
            create.policy_document(policy.as_str()).send().await?;
        }
        let TagChanges { set, unset } = live.inputs.tags.changes_to(tags);
        if !set.is_empty() {
            let tags = iam::to_tags(set.iter().map(|(k, v)| (k.as_str(), v.as_str())))?;
            iam.tag_policy().policy_arn(arn).set_tags(Some(tags)).send().await?;
        }
        if !unset.is_empty() {
            iam.untag_policy().policy_arn(arn).set_tag_keys(Some(unset)).send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let arn = live.outputs.arn.as_str();
        for version in versions(aws, arn).await?.iter().filter(|v| !v.is_default_version) {
            delete_version(aws, arn, version.version_id.as_deref().unwrap_or_default()).await?;
        }
        aws.iam().delete_policy().policy_arn(arn).send().await.absent_on(iam::ABSENT)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ids: &[&str], counts: &str) -> Vec<sdk::PolicyVersion> {
        let version = |id: &&str| {
            let version = sdk::PolicyVersion::builder().version_id(*id);
            version.is_default_version(*id == counts).build()
        };
        ids.iter().map(version).collect()
    }

    #[test]
    fn the_oldest_that_does_not_count_makes_room() {
        assert_eq!(in_the_way(&of(&["v1", "v2", "v3", "v4"], "v4")), None);
        assert_eq!(in_the_way(&of(&["v11", "v10", "v9", "v8", "v7"], "v11")), Some("v7"));
        // Somebody went back to an old one: that is not the one to go.
        assert_eq!(in_the_way(&of(&["v12", "v11", "v10", "v9", "v2"], "v2")), Some("v9"));
    }
}
