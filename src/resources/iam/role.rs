//! `aws_iam_role`: what a service or a person of another account may act as.
use std::collections::BTreeSet;

use aws_sdk_iam::types::EntityType;
use aws_smithy_types::date_time::Format;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::iam::{self, PolicyName, RoleName};
use crate::resources::policy::Policy;
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{
    Error, Key, Listing, Live, ParentTags, Resource, Result, Retry, Tagged, Token,
};
use crate::schema::{Arn, Attribute, Given, Kind, Mismatch, Placement, Unordered};
use crate::value::Value;

attributes! {
    /// A role of an account, the same in all its Regions.
    ///
    /// A role is changed rather than replaced wherever AWS lets it: a new role of the same name is
    /// another principal, and policies of keys and vaults that named the old one do not mean it.
    pub struct IamRole {
        /// Name of the role, unique in the account.
        name: RoleName => key,
        /// Path in front of the name, with `/` at both ends. `/` when absent.
        path: Option<String> => replaces | default_text("/"),
        /// Who may act as the role.
        assume_role_policy: Policy,
        /// What the role is for.
        description: Option<String>,
        /// Seconds that a session of the role may last, 3600 to 43200. One hour when absent.
        max_session_duration: Option<i64> => default_int(3600),
        /// Policy that bounds what the role can be allowed.
        permissions_boundary: Option<Arn>,
        /// Policies that are written into the role: these and no others. One empty block means
        /// none at all. Without any block, policies in the role are left to others, such as
        /// `aws_iam_role_policy`.
        inline_policy: Unordered<InlinePolicy> => aws_decides,
        /// ARNs of policies that are attached to the role: these and no others; `[]` means none at
        /// all. When absent, attachments are left to others, such as
        /// `aws_iam_role_policy_attachment`.
        managed_policy_arns: Exclusively => aws_decides,
        /// Whether to delete the role with all that is attached to it, whoever attached it.
        force_detach_policies: Option<bool> => option | default_bool(false),
        /// Tags of the role.
        tags: Tags,
    }
}

attributes! {
    /// A policy that is written into a role.
    pub struct InlinePolicy {
        /// Name of the policy, unique in the role.
        name: Option<PolicyName>,
        /// What it allows.
        policy: Option<Policy>,
    }
}

attributes! {
    /// What AWS tells about a role.
    pub struct Outputs {
        /// ARN of the role.
        arn: Arn,
        /// When it was made.
        create_date: Option<String>,
        /// AWS's own id of the role; another one after it was deleted and made again.
        unique_id: String,
    }
}

/// A whole set of policies, in which to name none differs from not saying.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exclusively(Option<BTreeSet<Arn>>);

impl Attribute for Exclusively {
    const KIND: Kind = Kind::Set(&Kind::Text);
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(Self(None)),
            known => BTreeSet::decode(known).map(|arns| Self(Some(arns))),
        }
    }
    fn encode(&self) -> Value {
        self.0
            .as_ref()
            .map_or(Value::Null, |arns| Value::Set(arns.iter().map(Attribute::encode).collect()))
    }
}

const NOTHING: InlinePolicy = InlinePolicy { name: None, policy: None };

async fn inline_policies(aws: &Aws, role: &str) -> Result<Unordered<InlinePolicy>> {
    let mut policies = Vec::new();
    for name in iam::inline(aws, role).await? {
        if let Some(policy) = iam::inline_policy(aws, role, &name).await? {
            let name = Some(PolicyName::parse(name)?);
            policies.push(InlinePolicy { name, policy: Some(policy) });
        }
    }
    if policies.is_empty() {
        policies.push(NOTHING);
    }
    Ok(Unordered(policies))
}

fn named(policies: &Unordered<InlinePolicy>) -> Result<Vec<(&str, &Policy)>> {
    let mut named = Vec::new();
    for InlinePolicy { name, policy } in &policies.0 {
        match (name, policy) {
            (Some(name), Some(policy)) => named.push((name.as_str(), policy)),
            (None, None) => {}
            _ => {
                let why = "an `inline_policy` block needs both `name` and `policy`, or neither";
                return Err(Error::Refused(why.to_owned()));
            }
        }
    }
    Ok(named)
}

async fn set_inline(
    aws: &Aws,
    role: &str,
    has: &Unordered<InlinePolicy>,
    want: &Unordered<InlinePolicy>,
) -> Result<()> {
    if want.0.is_empty() {
        return Ok(());
    }
    let (has, want) = (named(has)?, named(want)?);
    for (name, policy) in want.iter().filter(|policy| !has.contains(policy)) {
        iam::put_inline(aws, role, name, policy).await?;
    }
    for (name, _) in has.iter().filter(|(name, _)| !want.iter().any(|(other, _)| other == name)) {
        iam::delete_inline(aws, role, name).await?;
    }
    Ok(())
}

async fn set_attached(aws: &Aws, role: &str, has: &Exclusively, want: &Exclusively) -> Result<()> {
    let Some(want) = &want.0 else { return Ok(()) };
    let nothing = BTreeSet::new();
    let has = has.0.as_ref().unwrap_or(&nothing);
    for policy in want.difference(has) {
        iam::attach(aws, role, policy).await?;
    }
    for policy in has.difference(want) {
        iam::detach(aws, role, policy).await?;
    }
    Ok(())
}

async fn retag(aws: &Aws, role: &str, has: &Tags, want: &Tags) -> Result<()> {
    let TagChanges { set, unset } = has.changes_to(want);
    if !set.is_empty() {
        let tags = iam::to_tags(set.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
        aws.iam().tag_role().role_name(role).set_tags(Some(tags)).send().await?;
    }
    if !unset.is_empty() {
        aws.iam().untag_role().role_name(role).set_tag_keys(Some(unset)).send().await?;
    }
    Ok(())
}

/// Whether the configuration set this attribute when it was last applied, as the role's tags say.
fn was_set(live: &IamRole, attribute: &str) -> bool {
    let told = live.tags.iter().filter(|(key, _)| key.starts_with("drctl:managed"));
    let mut names = told.flat_map(|(_, names)| names.split(' '));
    names.any(|name| name == attribute)
}

async fn instance_profiles(aws: &Aws, role: &str) -> Result<Vec<String>> {
    let list = aws.iam().list_instance_profiles_for_role().role_name(role);
    let mut pages = list.into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let profiles = page.absent_on(iam::ABSENT)?.map(|page| page.instance_profiles);
        names.extend(profiles.unwrap_or_default().into_iter().map(|p| p.instance_profile_name));
    }
    Ok(names)
}

/// What keeps AWS from deleting a role, in words.
async fn holders(aws: &Aws, role: &str) -> Result<Vec<String>> {
    let attached = iam::attached(aws, role).await?.unwrap_or_default();
    let inline = iam::inline(aws, role).await?;
    let profiles = instance_profiles(aws, role).await?;
    let attached = attached.iter().map(|arn| arn.as_str().to_owned());
    let inline = inline.into_iter().map(|name| format!("the inline policy {name:?}"));
    let profiles = profiles.into_iter().map(|name| format!("the instance profile {name:?}"));
    Ok(attached.chain(inline).chain(profiles).collect())
}

impl Resource for IamRole {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_iam_role";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const PLACEMENT: Placement = Placement::Global;
    const ARN: Option<&'static str> = Some("arn:{partition}:iam::{account}:role{path}{name}");
    const RETRIES: &'static [Retry] = iam::RETRIES;

    fn key_of(arn: &str) -> Option<Key> {
        let (before, path) = arn.split_once(":role/")?;
        (before.starts_with("arn:") && before.contains(":iam:")).then(|| Key::of_arn(path))
    }

    async fn tagged(aws: &Aws, stack: &str) -> Result<Vec<Tagged>> {
        let list = aws.iam().get_account_authorization_details().filter(EntityType::Role);
        let mut pages = list.max_items(1000).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for role in page?.role_detail_list.unwrap_or_default() {
                let tags =
                    role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
                let tags: ParentTags = tags.collect();
                if let (Some(arn), Some(name)) = (role.arn, role.role_name)
                    && tags.get("drctl:stack").is_some_and(|of| of == stack)
                {
                    found.push(Tagged { key: Key::only(name), arn, tags });
                }
            }
        }
        Ok(found)
    }

    async fn parts(aws: &Aws, live: &Live<Self>) -> Result<Vec<String>> {
        holders(aws, live.inputs.name.as_str()).await
    }

    async fn clear(aws: &Aws, live: &Live<Self>) -> Result<()> {
        // An instance profile is used by machines: that is left to who made it.
        let name = live.inputs.name.as_str();
        for policy in iam::inline(aws, name).await? {
            iam::delete_inline(aws, name, &policy).await?;
        }
        for policy in iam::attached(aws, name).await?.unwrap_or_default() {
            iam::detach(aws, name, &policy).await?;
        }
        Ok(())
    }

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let mut pages = aws.iam().list_roles().into_paginator().items().send();
        let mut keys = Vec::new();
        while let Some(role) = pages.next().await {
            let role = role?;
            // AWS's own, which nobody else can change.
            let own = ["/aws-service-role/", "/aws-reserved/"];
            if !own.iter().any(|path| role.path.starts_with(path)) {
                keys.push(Key::only(role.role_name));
            }
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = RoleName::parse(key.name()?)?;
        let Some(role) = iam::role(aws, name.as_str()).await? else { return Ok(None) };
        let (inline_policy, attached) = tokio::try_join!(
            inline_policies(aws, name.as_str()),
            iam::attached(aws, name.as_str()),
        )?;
        let document = role.assume_role_policy_document.given("AssumeRolePolicyDocument")?;
        let boundary = role.permissions_boundary.and_then(|it| it.permissions_boundary_arn);
        let tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        Ok(Some(Live {
            inputs: Self {
                name,
                path: Some(role.path),
                assume_role_policy: Policy::parse(&iam::decoded(&document)?)?,
                description: role.description.filter(|text| !text.is_empty()),
                max_session_duration: Some(role.max_session_duration.map_or(3600, i64::from)),
                permissions_boundary: boundary.map(Arn::parse).transpose()?,
                inline_policy,
                managed_policy_arns: Exclusively(Some(attached.unwrap_or_default())),
                force_detach_policies: Some(false),
                tags: Tags::from_aws(tags),
            },
            outputs: Outputs {
                arn: Arn::parse(role.arn)?,
                create_date: role.create_date.fmt(Format::DateTime).ok(),
                unique_id: role.role_id,
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self {
            name,
            path,
            assume_role_policy,
            description,
            max_session_duration,
            permissions_boundary,
            inline_policy,
            managed_policy_arns: _,
            force_detach_policies: _,
            tags,
        } = want;
        named(inline_policy)?;
        aws.iam()
            .create_role()
            .role_name(name.as_str())
            .set_path(path.clone())
            .assume_role_policy_document(assume_role_policy.as_str())
            .set_description(description.clone())
            .set_max_session_duration(seconds(*max_session_duration))
            .set_permissions_boundary(permissions_boundary.as_ref().map(|a| a.as_str().to_owned()))
            .set_tags(Some(iam::to_tags(tags.iter())?))
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let has = &live.inputs;
        let Self {
            name,
            path: _,
            assume_role_policy,
            description,
            max_session_duration,
            permissions_boundary,
            inline_policy,
            managed_policy_arns,
            force_detach_policies: _,
            tags,
        } = want;
        let (iam, name) = (aws.iam(), name.as_str());
        if *assume_role_policy != has.assume_role_policy {
            let update = iam.update_assume_role_policy().role_name(name);
            update.policy_document(assume_role_policy.as_str()).send().await?;
        }
        if *description != has.description {
            let update = iam.update_role_description().role_name(name);
            update.description(description.as_deref().unwrap_or_default()).send().await?;
        }
        if *max_session_duration != has.max_session_duration {
            let update = iam.update_role().role_name(name);
            update.set_max_session_duration(seconds(*max_session_duration)).send().await?;
        }
        // The boundary comes before what it is to bound.
        if *permissions_boundary != has.permissions_boundary {
            if let Some(arn) = permissions_boundary {
                let put = iam.put_role_permissions_boundary().role_name(name);
                put.permissions_boundary(arn.as_str()).send().await?;
            } else {
                let delete = iam.delete_role_permissions_boundary().role_name(name);
                delete.send().await.absent_on(iam::ABSENT)?;
            }
        }
        set_inline(aws, name, &has.inline_policy, inline_policy).await?;
        set_attached(aws, name, &has.managed_policy_arns, managed_policy_arns).await?;
        retag(aws, name, &has.tags, tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let role = &live.inputs;
        let name = role.name.as_str();
        let force = role.force_detach_policies == Some(true);
        if force || was_set(role, "inline_policy") {
            for policy in iam::inline(aws, name).await? {
                iam::delete_inline(aws, name, &policy).await?;
            }
        }
        if force || was_set(role, "managed_policy_arns") {
            for policy in iam::attached(aws, name).await?.unwrap_or_default() {
                iam::detach(aws, name, &policy).await?;
            }
        }
        if force {
            for profile in instance_profiles(aws, name).await? {
                let remove = aws.iam().remove_role_from_instance_profile().role_name(name);
                remove.instance_profile_name(profile).send().await.absent_on(iam::ABSENT)?;
            }
        }
        // AWS refuses what still holds something, so it is asked before the role is looked into.
        let deleted = aws.iam().delete_role().role_name(name).send().await.absent_on(iam::ABSENT);
        match deleted {
            Err(error) if error.is(&["DeleteConflict"]) => {
                let holders = holders(aws, name).await?;
                if holders.is_empty() {
                    return Err(error.into());
                }
                Err(Error::Refused(format!(
                    "the role {name} still has {}; detach what is yours there, or set \
                     `force_detach_policies = true` to delete the role with all of it",
                    holders.join(", ")
                )))
            }
            other => Ok(other.map(|_| ())?),
        }
    }
}

fn seconds(duration: Option<i64>) -> Option<i32> {
    duration.and_then(|seconds| i32::try_from(seconds).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Record, find, same};

    fn is_same(name: &str, live: &Value, want: &Value) -> bool {
        same(find(IamRole::TABLE, name).unwrap(), live, want)
    }

    #[test]
    fn to_attach_none_differs_from_not_saying() {
        let one = BTreeSet::from([Arn::parse("arn:aws:iam::aws:policy/ReadOnlyAccess").unwrap()]);
        let one = Exclusively(Some(one)).encode();
        let none = Exclusively(Some(BTreeSet::new()));
        assert!(is_same("managed_policy_arns", &one, &Value::Null));
        assert!(!is_same("managed_policy_arns", &one, &none.encode()));
        assert!(is_same("managed_policy_arns", &none.encode(), &none.encode()));
        assert_eq!(Exclusively::decode(&none.encode()).unwrap(), none);
    }

    #[test]
    fn one_empty_block_means_no_policy_in_the_role() {
        let policy = Some(Policy::parse(r#"{"Statement": []}"#).unwrap());
        let name = Some(PolicyName::parse("a").unwrap());
        let one = Unordered(vec![InlinePolicy { name, policy }]).encode();
        let none = Unordered(vec![NOTHING]).encode();
        assert!(is_same("inline_policy", &one, &Value::Null));
        assert!(!is_same("inline_policy", &one, &none));
        assert!(is_same("inline_policy", &none, &none));
    }
}
