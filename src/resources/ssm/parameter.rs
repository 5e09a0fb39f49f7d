//! `aws_ssm_parameter`: a value that other programs look up by name.
use std::collections::BTreeMap;

use aws_sdk_ssm::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::ssm;
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{
    Error, Key, Listing, Live, ParentTags, Resource, Result, Retry, Token, differing,
};
use crate::schema::{Arn, Attribute, Given, Kind, Mismatch};
use crate::text_type;
use crate::value::Value;

attributes! {
    /// A value in Systems Manager's Parameter Store.
    ///
    /// What an application needs after a recovery, such as the name of the cluster to use, can stand
    /// here in every Region. The value of a `SecureString` is written into no plan, log or screen;
    /// to compare it, drctl needs `kms:Decrypt` on its key.
    pub struct SsmParameter {
        /// Name of the parameter, unique in its account and Region; with `/` in it, it begins with
        /// one.
        name: ParameterName => key,
        /// `String`, `StringList` (parts between commas) or `SecureString`, which is encrypted.
        r#type: ParameterType,
        /// The value. It is never shown, whatever the type.
        value: String => sensitive,
        /// What the parameter is for.
        description: Option<String>,
        /// Pattern that the value must match.
        allowed_pattern: Option<String>,
        /// What the value is: `text`, or `aws:ec2:image`, of which AWS checks that it exists. `text`
        /// when absent.
        data_type: Option<String> => replaces | aws_decides,
        /// Key that encrypts a `SecureString`: id, ARN or alias. The account's `alias/aws/ssm` when
        /// absent, which no other account can use.
        key_id: Option<String> => aws_decides,
        /// `Standard` (4 KB), `Advanced` (8 KB, at a price) or `Intelligent-Tiering`, which takes
        /// what is needed. What the account's settings say when absent. AWS does not go back from
        /// `Advanced`.
        tier: Option<Tier> => aws_decides,
        /// Write over a parameter that somebody else makes between plan and apply. One that is there
        /// when the plan is made needs an `import` block instead.
        overwrite: bool => option | default_bool(false),
        /// Tags of the parameter.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a parameter.
    pub struct Outputs {
        /// ARN of the parameter.
        arn: Arn,
        /// How often it was written.
        version: i64,
    }
}

text_type! {
    /// The name of a parameter.
    pub struct ParameterName,
        |s| (1..=1011).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
            && (s.starts_with('/') || !s.contains('/'))
            && !["aws", "ssm"].iter().any(|reserved| {
                s.trim_start_matches('/').to_lowercase().starts_with(reserved)
            }),
        "a parameter's name: letters, digits, `.`, `-` or `_`, with `/` in front where there is one, \
         and not beginning with `aws` or `ssm`";
}

text_type! {
    /// How a parameter holds its value.
    pub struct ParameterType,
        |s| matches!(s, "String" | "StringList" | "SecureString"),
        "`String`, `StringList` or `SecureString`";
}

/// What a parameter may hold and costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier(String);

impl Tier {
    const INTELLIGENT: &'static str = "Intelligent-Tiering";
    const ADVANCED: &'static str = "Advanced";
}

impl Attribute for Tier {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        match text.as_str() {
            "Standard" | Self::ADVANCED | Self::INTELLIGENT => Ok(Self(text)),
            _ => Err(Mismatch::Invalid(format!(
                "{text:?} is not `Standard`, `Advanced` or `Intelligent-Tiering`"
            ))),
        }
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
    /// AWS makes one of the other two out of `Intelligent-Tiering`.
    fn same(live: &Self, want: &Self) -> bool {
        live == want || want.0 == Self::INTELLIGENT
    }
}

/// What is not the value: AWS tells it elsewhere.
async fn described(aws: &Aws, name: &str) -> Result<Option<sdk::ParameterMetadata>> {
    let only = sdk::ParameterStringFilter::builder().key("Name").option("Equals").values(name);
    let list = aws.ssm().describe_parameters().parameter_filters(only.build()?);
    let mut pages = list.into_paginator().send();
    while let Some(page) = pages.next().await {
        let found = page.map_err(AwsError::from)?.parameters.unwrap_or_default();
        if let Some(it) = found.into_iter().find(|found| found.name.as_deref() == Some(name)) {
            return Ok(Some(it));
        }
    }
    Ok(None)
}

async fn tags(aws: &Aws, arn: &str, name: &str) -> Result<ParentTags> {
    let ask = async {
        let list = aws.ssm().list_tags_for_resource().resource_id(name);
        let list = list.resource_type(sdk::ResourceTypeForTagging::Parameter).send().await?;
        let tags = list.tag_list.unwrap_or_default().into_iter();
        Ok(tags.map(|tag| (tag.key, tag.value)).collect::<BTreeMap<_, _>>())
    };
    Ok(aws.tags(arn, ask).await?)
}

fn to_tags<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<sdk::Tag>> {
    let tag = |(key, value)| sdk::Tag::builder().key(key).value(value).build();
    Ok(tags.into_iter().map(tag).collect::<Result<_, _>>()?)
}

/// Writes the parameter, all of it. AWS does not take tags together with the leave to overwrite.
async fn put(aws: &Aws, want: &SsmParameter, overwrite: bool) -> Result<(), AwsError> {
    let SsmParameter {
        name,
        r#type,
        value,
        description,
        allowed_pattern,
        data_type,
        key_id,
        tier,
        overwrite: _,
        tags: _,
    } = want;
    let text = |text: &Option<String>| match text {
        // What is left out stays as it is.
        None if overwrite => Some(String::new()),
        text => text.clone(),
    };
    aws.ssm()
        .put_parameter()
        .name(name.as_str())
        .r#type(r#type.as_str().into())
        .value(value)
        .set_description(text(description))
        .set_allowed_pattern(text(allowed_pattern))
        .set_data_type(data_type.clone())
        .set_key_id(key_id.clone().filter(|_| r#type.as_str() == "SecureString"))
        .set_tier(tier.as_ref().map(|tier| tier.0.as_str().into()))
        .overwrite(overwrite)
        .send()
        .await?;
    Ok(())
}

async fn retag(aws: &Aws, name: &str, has: &Tags, want: &Tags) -> Result<()> {
    let TagChanges { set, unset } = has.changes_to(want);
    let kind = sdk::ResourceTypeForTagging::Parameter;
    if !set.is_empty() {
        let tags = to_tags(set.iter().map(|(k, v)| (k.as_str(), v.as_str())))?;
        let add = aws.ssm().add_tags_to_resource().resource_type(kind.clone()).resource_id(name);
        add.set_tags(Some(tags)).send().await?;
    }
    if !unset.is_empty() {
        let remove = aws.ssm().remove_tags_from_resource().resource_type(kind).resource_id(name);
        remove.set_tag_keys(Some(unset)).send().await?;
    }
    Ok(())
}

/// What AWS would refuse with words that say less.
fn check(want: &SsmParameter) -> Result<()> {
    if want.key_id.is_some() && want.r#type.as_str() != "SecureString" {
        let why = "`key_id` needs `type = \"SecureString\"`: nothing else is encrypted";
        return Err(Error::Refused(why.to_owned()));
    }
    Ok(())
}

impl Resource for SsmParameter {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_ssm_parameter";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const RETRIES: &'static [Retry] = &[
        Retry { code: "TooManyUpdates", saying: "" },
        // The key was made just now.
        Retry { code: "InvalidKeyId", saying: "" },
    ];

    fn key_of(arn: &str) -> Option<Key> {
        // What has a path begins with a slash, which the ARN does not double.
        let (before, name) = arn.split_once(":parameter/")?;
        let name = if name.contains('/') { format!("/{name}") } else { name.to_owned() };
        before.starts_with("arn:").then(|| Key::only(name))
    }

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let mut pages = aws.ssm().describe_parameters().into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let all = page.map_err(AwsError::from)?.parameters.unwrap_or_default();
            keys.extend(all.into_iter().filter_map(|one| one.name.map(Key::only)));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = ParameterName::parse(key.name()?)?;
        let (value, about) = futures::try_join!(
            ssm::parameter(aws, name.as_str(), true),
            described(aws, name.as_str()),
        )?;
        let (Some(has), Some(about)) = (value, about) else { return Ok(None) };
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let arn = Arn::parse(has.arn.given("ARN")?)?;
        let tags = tags(aws, arn.as_str(), name.as_str()).await?;
        Ok(Some(Live {
            inputs: Self {
                name,
                r#type: ParameterType::parse(has.r#type.given("Type")?.as_str())?,
                value: has.value.given("Value")?,
                description: text(about.description),
                allowed_pattern: text(about.allowed_pattern),
                data_type: text(has.data_type),
                key_id: text(about.key_id),
                tier: about.tier.map(|tier| Tier(tier.as_str().to_owned())),
                overwrite: false,
                tags: Tags::from_aws(tags),
            },
            outputs: Outputs { arn, version: has.version },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        check(want)?;
        let key = Key::only(want.name.as_str());
        match put(aws, want, false).await {
            // Tags and all else that differs follow with the first update.
            Err(error) if error.is(&["ParameterAlreadyExists"]) && want.overwrite => {
                put(aws, want, true).await?;
                Ok(key)
            }
            Err(error) => Err(error.into()),
            Ok(()) => {
                retag(aws, want.name.as_str(), &Tags::default(), &want.tags).await?;
                Ok(key)
            }
        }
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        check(want)?;
        let differing = differing(&live.inputs, want);
        let is_advanced = live.inputs.tier.as_ref().is_some_and(|tier| tier.0 == Tier::ADVANCED);
        if is_advanced && differing.contains(&"tier") {
            return Err(Error::Refused(
                "AWS does not take a parameter back from the tier `Advanced`: replace it with \
                 -replace, or leave the tier as it is"
                    .to_owned(),
            ));
        }
        if differing.iter().any(|name| *name != "tags") {
            put(aws, want, true).await?;
        }
        retag(aws, want.name.as_str(), &live.inputs.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let delete = aws.ssm().delete_parameter().name(live.inputs.name.as_str());
        delete.send().await.absent_on(ssm::ABSENT)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awss_own_names_are_not_to_be_had() {
        for good in ["orders", "/dr/orders/writer", "a.b-c_d"] {
            assert!(ParameterName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "dr/orders", "/aws/orders", "SSMorders", "a b"] {
            assert!(ParameterName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_tiered_by_aws_is_as_wanted() {
        let tier = |text: &str| Tier::decode(&Value::text(text)).unwrap();
        assert!(Tier::same(&tier("Standard"), &tier("Intelligent-Tiering")));
        assert!(!Tier::same(&tier("Standard"), &tier("Advanced")));
    }
}
