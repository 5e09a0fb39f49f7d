//! AWS Identity and Access Management.
pub mod policy;
pub mod policy_document;
mod policy_model;
pub mod role;
pub mod role_data;
pub mod role_policy;
pub mod role_policy_attachment;

use std::collections::BTreeSet;

use aws_sdk_iam::types::{AttachedPolicy, Role, Tag};
use percent_encoding::percent_decode_str;

use crate::aws::{AbsentOn, Aws};
use crate::resources::policy::Policy;
use crate::resources::{ParentTags, Result, Retry};
use crate::schema::{Arn, Mismatch};
use crate::text_type;

const ABSENT: &[&str] = &["NoSuchEntity"];

/// What is new in IAM is not known everywhere at once, and two changes of one role can collide.
const RETRIES: &[Retry] = &[
    Retry { code: "MalformedPolicyDocument", saying: "Invalid principal" },
    Retry { code: "NoSuchEntity", saying: "The role with name" },
    Retry { code: "ConcurrentModification", saying: "" },
    // Without anything attached any more: what was detached just now is not forgotten yet.
    Retry { code: "DeleteConflict", saying: "" },
];

text_type! {
    /// The name of a role.
    pub struct RoleName,
        |s| (1..=64).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b)),
        "a role's name: 1 to 64 letters, digits or `+=,.@-_`";
}

text_type! {
    /// The name of a policy.
    pub struct PolicyName,
        |s| (1..=128).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b)),
        "a policy's name: 1 to 128 letters, digits or `+=,.@-_`";
}

/// The role of that name.
pub(crate) async fn role(aws: &Aws, name: &str) -> Result<Option<Role>> {
    let found = aws
        .asked(name, async || aws.iam().get_role().role_name(name).send().await.absent_on(ABSENT));
    Ok(found.await?.as_ref().as_ref().and_then(|found| found.role.clone()))
}

/// Tags of a role; `None` if there is no such role.
async fn role_tags(aws: &Aws, name: &str) -> Result<Option<ParentTags>> {
    let tags = role(aws, name).await?.map(|role| role.tags.unwrap_or_default());
    Ok(tags.map(|tags| tags.into_iter().map(|tag| (tag.key, tag.value)).collect()))
}

/// ARNs of the policies that are attached to a role; `None` if there is no such role.
async fn attached(aws: &Aws, role: &str) -> Result<Option<BTreeSet<Arn>>> {
    let listed = aws.asked(role, async || {
        let list = aws.iam().list_attached_role_policies().role_name(role);
        let mut pages = list.into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = page.absent_on(ABSENT)? else { return Ok(None) };
            policies.extend(page.attached_policies.unwrap_or_default());
        }
        Ok(Some(policies))
    });
    let listed = listed.await?;
    let Some(policies) = listed.as_ref() else { return Ok(None) };
    let arn =
        |policy: &AttachedPolicy| Arn::parse(policy.policy_arn.as_deref().unwrap_or_default());
    Ok(Some(policies.iter().map(arn).collect::<Result<_, _>>()?))
}

/// Names of the policies that are written into a role.
async fn inline(aws: &Aws, role: &str) -> Result<Vec<String>> {
    let mut pages = aws.iam().list_role_policies().role_name(role).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        names.extend(page.absent_on(ABSENT)?.map(|page| page.policy_names).unwrap_or_default());
    }
    Ok(names)
}

/// One policy that is written into a role.
async fn inline_policy(aws: &Aws, role: &str, name: &str) -> Result<Option<Policy>> {
    let get = aws.iam().get_role_policy().role_name(role).policy_name(name);
    let Some(found) = get.send().await.absent_on(ABSENT)? else { return Ok(None) };
    Ok(Some(Policy::parse(&decoded(&found.policy_document)?)?))
}

async fn put_inline(aws: &Aws, role: &str, name: &str, policy: &Policy) -> Result<()> {
    let put = aws.iam().put_role_policy().role_name(role).policy_name(name);
    put.policy_document(policy.as_str()).send().await?;
    Ok(())
}

async fn delete_inline(aws: &Aws, role: &str, name: &str) -> Result<()> {
    let delete = aws.iam().delete_role_policy().role_name(role).policy_name(name);
    delete.send().await.absent_on(ABSENT)?;
    Ok(())
}

async fn attach(aws: &Aws, role: &str, policy: &Arn) -> Result<()> {
    let attach = aws.iam().attach_role_policy().role_name(role);
    attach.policy_arn(policy.as_str()).send().await?;
    Ok(())
}

async fn detach(aws: &Aws, role: &str, policy: &Arn) -> Result<()> {
    let detach = aws.iam().detach_role_policy().role_name(role);
    detach.policy_arn(policy.as_str()).send().await.absent_on(ABSENT)?;
    Ok(())
}

/// IAM answers with documents in the encoding of URLs.
fn decoded(document: &str) -> Result<String, Mismatch> {
    let text = percent_decode_str(document).decode_utf8();
    let invalid = |error| Mismatch::Invalid(format!("AWS sent a policy that is no text: {error}"));
    text.map(String::from).map_err(invalid)
}

fn to_tags<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    Ok(tags.into_iter().map(tag).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(decoded("%7B%22a%22%3A%20%22b+c%22%7D").unwrap(), r#"{"a": "b+c"}"#);
    }
}
