//! `aws_kms_alias`: a name for a key, as a resource and as a data source.
use aws_sdk_kms::types::AliasListEntry;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::kms::{self, KeyRef};
use crate::resources::{
    DataSource, Error, Key, Listing, Live, ParentTags, Resource, Result, Retry, Token,
};
use crate::schema::{Arn, Given, Identity};
use crate::text_type;

attributes! {
    /// A name for a key in one account and Region.
    ///
    /// The same name in both Regions lets one configuration mean the key of each.
    pub struct KmsAlias {
        /// The name, `alias/` and letters, digits, `/`, `_` or `-`. Names that start with
        /// `alias/aws/` belong to AWS.
        name: AliasName => key,
        /// Id or ARN of the key in this account and Region. To point the alias at another key is
        /// one call; nothing that uses the alias is without a key in between.
        target_key_id: KeyRef,
    }
}

attributes! {
    /// What AWS tells about an alias.
    pub struct Outputs {
        /// ARN of the alias.
        arn: Arn,
        /// ARN of the key it points at.
        target_key_arn: Arn,
    }
}

text_type! {
    /// The name of an alias that is not AWS's own.
    pub struct AliasName,
        |s| s.len() <= 256 && !s.starts_with("alias/aws/")
            && s.strip_prefix("alias/").is_some_and(|name| !name.is_empty() && name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b":/_-".contains(&b))),
        "an alias's name: `alias/` and letters, digits, `/`, `_` or `-`, but not `alias/aws/`";
}

impl Resource for KmsAlias {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_kms_alias";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::Within("aws_kms_key");
    const IDENTITY: Identity = Identity::Child;
    const ARN: Option<&'static str> = Some("arn:{partition}:kms:{region}:{account}:{name}");
    const RETRIES: &'static [Retry] = &[
        Retry { code: "NotFoundException", saying: "" },
        Retry { code: "KMSInvalidStateException", saying: "reating" },
    ];

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let all = aws.asked("", || kms::aliases(aws)).await?;
        let keys: Vec<&str> = within.iter().map(Key::name).collect::<Result<_, _>>()?;
        let of = |alias: &&AliasListEntry| {
            alias.target_key_id.as_deref().is_some_and(|id| keys.contains(&id))
        };
        Ok(all.iter().filter(of).filter_map(|a| a.alias_name.as_ref().map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = AliasName::parse(key.name()?)?;
        let Some(alias) = kms::alias(aws, name.as_str()).await? else { return Ok(None) };
        let target = alias.target_key_id.given("TargetKeyId")?;
        Ok(Some(Live {
            outputs: Outputs {
                arn: Arn::parse(alias.alias_arn.given("AliasArn")?)?,
                target_key_arn: Arn::parse(kms::key_arn(aws, &target))?,
            },
            inputs: Self { name, target_key_id: KeyRef::new(target) },
        }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        Ok(Some(kms::all_tags(aws, live.outputs.target_key_arn.as_str()).await?))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self { name, target_key_id } = want;
        let create = aws.kms().create_alias().alias_name(name.as_str());
        create.target_key_id(target_key_id.as_str()).send().await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name, target_key_id } = want;
        let update = aws.kms().update_alias().alias_name(name.as_str());
        update.target_key_id(target_key_id.as_str()).send().await?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let delete = aws.kms().delete_alias().alias_name(live.inputs.name.as_str());
        delete.send().await.absent_on(kms::ABSENT)?;
        Ok(())
    }
}

attributes! {
    /// Looks up a name for a key, AWS's own among them.
    pub struct KmsAliasData {
        /// The name, with `alias/`; for example `alias/aws/rds`.
        name: String,
    }
}

attributes! {
    /// What AWS tells about an alias.
    pub struct Told {
        /// ARN of the alias.
        arn: Arn,
        /// Id of the key it points at.
        target_key_id: String,
        /// ARN of the key it points at.
        target_key_arn: Arn,
    }
}

impl DataSource for KmsAliasData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_kms_alias";
    const ID: &'static str = "arn";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self { name } = want;
        let absent = || {
            let region = &aws.scope.region;
            Error::NotFound(format!("there is no alias {name:?} in {region}"))
        };
        let alias = kms::alias(aws, name).await?.ok_or_else(absent)?;
        // AWS makes its own keys when they are first asked for; until then the alias has none.
        let (id, arn) = match alias.target_key_id {
            Some(id) => (id.clone(), kms::key_arn(aws, &id)),
            None => {
                let key = kms::described(aws, name).await?.ok_or_else(absent)?;
                (key.key_id, key.arn.given("Arn")?)
            }
        };
        Ok(Told {
            arn: Arn::parse(alias.alias_arn.given("AliasArn")?)?,
            target_key_id: id,
            target_key_arn: Arn::parse(arn)?,
        })
    }
}
