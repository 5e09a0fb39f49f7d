//! `aws_backup_vault_notifications`: what a vault tells a topic.
use std::collections::BTreeSet;

use aws_sdk_backup::types::BackupVaultEvent;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::{self, VaultName};
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Token};
use crate::schema::{Arn, Given, Identity, Problem};
use crate::value::Object;

attributes! {
    /// What a vault tells a topic of SNS. The topic's policy must let `backup.amazonaws.com`
    /// publish, and it must not be a FIFO topic.
    ///
    /// Rules of EventBridge tell more, and failures too; notifications are the simple way.
    pub struct VaultNotifications {
        /// Name of the vault.
        backup_vault_name: VaultName => key,
        /// ARN of the topic.
        sns_topic_arn: Arn,
        /// Events to tell: `BACKUP_JOB_COMPLETED` (whatever came of it), `COPY_JOB_FAILED`,
        /// `RESTORE_JOB_COMPLETED` and others.
        backup_vault_events: BTreeSet<String>,
    }
}

attributes! {
    /// What AWS tells about the notifications.
    pub struct Outputs {
        /// ARN of the vault.
        backup_vault_arn: Arn,
    }
}

async fn put(aws: &Aws, want: &VaultNotifications) -> Result<()> {
    let VaultNotifications { backup_vault_name, sns_topic_arn, backup_vault_events } = want;
    let events = backup_vault_events.iter().map(|event| BackupVaultEvent::from(event.as_str()));
    aws.backup()
        .put_backup_vault_notifications()
        .backup_vault_name(backup_vault_name.as_str())
        .sns_topic_arn(sns_topic_arn.as_str())
        .set_backup_vault_events(Some(events.collect()))
        .send()
        .await?;
    Ok(())
}

impl Resource for VaultNotifications {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_vault_notifications";
    const ID: &'static str = "backup_vault_name";
    const LISTING: Listing = Listing::Within("aws_backup_vault");
    const IDENTITY: Identity = Identity::Child;

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = VaultName::parse(key.name()?)?;
        // Of a vault that is not there AWS says that access is denied.
        if backup::vault(aws, name.as_str()).await?.is_none() {
            return Ok(None);
        }
        let get = aws.backup().get_backup_vault_notifications().backup_vault_name(name.as_str());
        let Some(found) = get.send().await.absent_on(backup::ABSENT)? else { return Ok(None) };
        let Some(topic) = backup::filled(found.sns_topic_arn) else { return Ok(None) };
        let events = found.backup_vault_events.unwrap_or_default().into_iter();
        Ok(Some(Live {
            inputs: Self {
                backup_vault_name: name,
                sns_topic_arn: Arn::parse(topic)?,
                backup_vault_events: events.map(|event| event.as_str().to_owned()).collect(),
            },
            outputs: Outputs {
                backup_vault_arn: Arn::parse(found.backup_vault_arn.given("BackupVaultArn")?)?,
            },
        }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        backup::vault_tags(aws, live.inputs.backup_vault_name.as_str()).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).await?;
        Ok(Key::only(want.backup_vault_name.as_str()))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.backup_vault_name.as_str();
        let delete = aws.backup().delete_backup_vault_notifications().backup_vault_name(name);
        backup::gone(aws, name, delete.send().await.absent_on(backup::ABSENT)).await
    }

    fn check(want: &Object) -> Vec<Problem> {
        let topic = want.get("sns_topic_arn");
        let mut wrong = Vec::new();
        if want.get("backup_vault_events").is_null() {
            wrong.push(Problem::error(
                &["backup_vault_events"],
                "Missing required argument",
                "At least one event must be named.",
            ));
        }
        if topic.as_str().is_some_and(|arn| arn.ends_with(".fifo")) {
            wrong.push(Problem::error(
                &["sns_topic_arn"],
                "Topic of the wrong sort",
                "AWS Backup does not publish to FIFO topics.",
            ));
        }
        wrong
    }
}
