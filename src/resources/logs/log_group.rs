//! `aws_cloudwatch_log_group`: what functions and databases write while they work.
use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::{LogGroup, LogGroupClass};

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Retry, Token, owned};
use crate::schema::{Arn, Record};
use crate::text_type;

attributes! {
    /// A log group of one Region.
    ///
    /// A function makes its own on its first call; declare it, so that what happened in a recovery
    /// is kept as long as you say. It is never deleted because its block vanished.
    pub struct CloudwatchLogGroup {
        /// Name of the group, unique in its account and Region; a function `f` writes to
        /// `/aws/lambda/f`.
        name: LogGroupName => key,
        /// Days that entries are kept; 0, which is the default, means for ever. A group of class
        /// `DELIVERY` keeps them for two days whatever is said here, and shows 0.
        retention_in_days: Option<i32> => default_int(0),
        /// ARN of the key that encrypts entries; its policy must allow `logs.<region>.amazonaws.com`.
        /// AWS uses a key of its own when absent.
        kms_key_id: Option<Arn>,
        /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`. AWS takes the first when absent.
        log_group_class: Option<String> => replaces | aws_decides,
        /// Whether AWS refuses to delete the group. `false` when absent.
        deletion_protection_enabled: Option<bool> => aws_decides,
        /// Whether to leave the group where it is when it is to be destroyed.
        skip_destroy: Option<bool> => option | default_bool(false),
        /// Tags of the group.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a log group.
    pub struct Outputs {
        /// ARN of the group, without the `:*` that some policies want behind it.
        arn: Arn,
    }
}

text_type! {
    /// The name of a log group.
    pub struct LogGroupName,
        |s| (1..=512).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/.#".contains(&b)),
        "a log group's name: 1 to 512 letters, digits or `_-/.#`";
}

const ABSENT: &[&str] = &["ResourceNotFoundException"];

/// The group of that name. It is asked for by name even while a plan is read: accounts have many
/// more groups than a configuration has.
async fn log_group(aws: &Aws, name: &str) -> Result<Option<LogGroup>> {
    let list = aws.logs().describe_log_groups().log_group_name_prefix(name);
    let mut groups = list.into_paginator().items().send();
    while let Some(group) = groups.next().await {
        let group = group?;
        if group.log_group_name.as_deref() == Some(name) {
            return Ok(Some(group));
        }
    }
    Ok(None)
}

fn arn(aws: &Aws, name: &str) -> String {
    let scope = &aws.scope;
    format!("arn:{}:logs:{}:{}:log-group:{name}", aws.partition(), scope.region, scope.account)
}

impl Resource for CloudwatchLogGroup {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_log_group";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:logs:{region}:{account}:log-group:{name}");
    const DATA_BEARING: bool = true;
    const RETRIES: &'static [Retry] = &[
        Retry { code: "OperationAbortedException", saying: "" },
        Retry {
            code: "InvalidParameterException",
            saying: "KMS key does not exist or is not allowed",
        },
    ];

    fn key_of(arn: &str) -> Option<Key> {
        let arn = arn.strip_suffix(":*").unwrap_or(arn);
        owned::key_of(arn, Self::ARN, Self::TABLE, Self::IDENTITY)
    }

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let mut groups = aws.logs().describe_log_groups().into_paginator().items().send();
        let mut keys = Vec::new();
        while let Some(group) = groups.next().await {
            keys.extend(group?.log_group_name.map(Key::only));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = LogGroupName::parse(key.name()?)?;
        let Some(group) = log_group(aws, name.as_str()).await? else { return Ok(None) };
        let told = group.log_group_arn.or(group.arn);
        let arn = told.unwrap_or_else(|| arn(aws, name.as_str()));
        let arn = Arn::parse(arn.trim_end_matches(":*"))?;
        let tags = aws.tags(arn.as_str(), async {
            let list = aws.logs().list_tags_for_resource().resource_arn(arn.as_str());
            let tags = list.send().await?.tags.unwrap_or_default();
            Ok(tags.into_iter().collect::<BTreeMap<_, _>>())
        });
        let tags = Tags::from_aws(tags.await?);
        let delivers = group.log_group_class == Some(LogGroupClass::Delivery);
        Ok(Some(Live {
            inputs: Self {
                name,
                retention_in_days: Some(group.retention_in_days.filter(|_| !delivers).unwrap_or(0)),
                kms_key_id: group.kms_key_id.map(Arn::parse).transpose()?,
                // Where AWS has one class only, it does not name it.
                log_group_class: Some(
                    group.log_group_class.unwrap_or(LogGroupClass::Standard).as_str().to_owned(),
                ),
                deletion_protection_enabled: group.deletion_protection_enabled.or(Some(false)),
                skip_destroy: Some(false),
                tags,
            },
            outputs: Outputs { arn },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self {
            name,
            retention_in_days: _,
            kms_key_id,
            log_group_class,
            deletion_protection_enabled,
            skip_destroy: _,
            tags,
        } = want;
        let tags = tags.to_map();
        aws.logs()
            .create_log_group()
            .log_group_name(name.as_str())
            .set_kms_key_id(kms_key_id.as_ref().map(|arn| arn.as_str().to_owned()))
            .set_log_group_class(log_group_class.as_deref().map(LogGroupClass::from))
            .set_deletion_protection_enabled(*deletion_protection_enabled)
            .set_tags((!tags.is_empty()).then_some(tags))
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Live { inputs: has, outputs } = live;
        let Self {
            name,
            retention_in_days,
            kms_key_id,
            log_group_class: _,
            deletion_protection_enabled,
            skip_destroy: _,
            tags,
        } = want;
        let (logs, name, arn) = (aws.logs(), name.as_str(), outputs.arn.as_str());
        if retention_in_days != &has.retention_in_days {
            match retention_in_days {
                Some(days) if *days > 0 => {
                    let put = logs.put_retention_policy().log_group_name(name);
                    put.retention_in_days(*days).send().await?;
                }
                _ => {
                    logs.delete_retention_policy().log_group_name(name).send().await?;
                }
            }
        }
        if *kms_key_id != has.kms_key_id {
            if let Some(key) = kms_key_id {
                let associate = logs.associate_kms_key().log_group_name(name);
                associate.kms_key_id(key.as_str()).send().await?;
            } else {
                logs.disassociate_kms_key().log_group_name(name).send().await?;
            }
        }
        if let Some(protect) = deletion_protection_enabled
            && *deletion_protection_enabled != has.deletion_protection_enabled
        {
            let put = logs.put_log_group_deletion_protection().log_group_identifier(name);
            put.deletion_protection_enabled(*protect).send().await?;
        }
        let TagChanges { set, unset } = has.tags.changes_to(tags);
        if !set.is_empty() {
            let set = set.into_iter().collect();
            logs.tag_resource().resource_arn(arn).set_tags(Some(set)).send().await?;
        }
        if !unset.is_empty() {
            logs.untag_resource().resource_arn(arn).set_tag_keys(Some(unset)).send().await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let group = &live.inputs;
        let name = group.name.as_str();
        if group.skip_destroy == Some(true) {
            return Err(Error::Left(format!(
                "the log group {name} is kept, as `skip_destroy` says"
            )));
        }
        if group.deletion_protection_enabled == Some(true) {
            return Err(Error::Refused(format!(
                "the log group {name} is protected against deletion; apply \
                 `deletion_protection_enabled = false` first"
            )));
        }
        let deleted = aws.logs().delete_log_group().log_group_name(name).send().await;
        deleted.absent_on(ABSENT)?;
        Ok(())
    }
}
