//! `aws_backup_vault`: holds recovery points in one account and Region.
use aws_sdk_backup::types::{RecoveryPointByBackupVault, RecoveryPointStatus, VaultType};

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError, Failure};
use crate::resources::backup::{self, KeyArn, VaultName};
use crate::resources::tags::Tags;
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Arn, Timeouts};
use crate::value::{Kept, Readiness};

attributes! {
    /// A vault: holds recovery points in one account and Region.
    ///
    /// Copies for disaster recovery need a vault in each account and Region that receives them, and
    /// there an `aws_backup_vault_policy` that lets the sender in. A vault is never deleted because
    /// its block vanished, and never while it holds recovery points.
    pub struct BackupVault {
        /// Name of the vault, unique in its account and Region. `Default` is AWS's own and takes no
        /// copies from other accounts.
        name: VaultName => key,
        /// ARN of the key that encrypts what is copied into the vault. AWS takes its own
        /// `aws/backup` when absent, which no other account can use: give vaults that take part in
        /// copies across accounts a key of their own. Backups of Aurora itself keep the key of their
        /// cluster.
        kms_key_arn: Option<KeyArn> => replaces | aws_decides,
        /// Lets a destroy delete all recovery points in the vault, and then the vault. They cannot
        /// be had back. AWS refuses what a lock protects.
        force_destroy: Option<bool> => option | default_bool(false),
        /// Tags of the vault itself, not of its recovery points.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a vault.
    pub struct Outputs {
        /// ARN of the vault.
        arn: Arn,
        /// How many recovery points the vault holds.
        recovery_points: i64,
        /// AWS's status, where it tells one.
        state: Option<String>,
    }
}

/// How long recovery points that are being deleted are waited for.
const BEING_DELETED: &str = "recovery points are being deleted";

async fn points(aws: &Aws, vault: &str) -> Result<Vec<RecoveryPointByBackupVault>> {
    let list = aws.backup().list_recovery_points_by_backup_vault().backup_vault_name(vault);
    let pages = list.into_paginator().send().try_collect().await?;
    Ok(pages.into_iter().flat_map(|page| page.recovery_points.unwrap_or_default()).collect())
}

/// Begins to delete every recovery point for which that has not begun; how many are left.
async fn empty(aws: &Aws, vault: &str) -> Result<usize> {
    let points = points(aws, vault).await?;
    for point in &points {
        let (Some(arn), status) = (&point.recovery_point_arn, &point.status) else { continue };
        if *status == Some(RecoveryPointStatus::Deleting) {
            continue;
        }
        let delete = aws.backup().delete_recovery_point().backup_vault_name(vault);
        delete.recovery_point_arn(arn).send().await.absent_on(backup::ABSENT)?;
    }
    Ok(points.len())
}

impl Resource for BackupVault {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_vault";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:backup:{region}:{account}:backup-vault:{name}");
    const DATA_BEARING: bool = true;
    const TIMEOUTS: Timeouts = Timeouts { create: 5, update: 5, delete: 10 };
    const RETRIES: &'static [Retry] =
        &[Retry { code: "InvalidRequestException", saying: BEING_DELETED }];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = aws.asked("", || backup::vaults(aws)).await?;
        let others = Some(&VaultType::LogicallyAirGappedBackupVault);
        let all = all.iter().filter(|vault| vault.vault_type.as_ref() != others);
        let names = all.filter_map(|vault| vault.backup_vault_name.as_deref());
        // AWS makes both by itself.
        let names = names.filter(|name| *name != "Default" && !name.starts_with("aws/"));
        Ok(names.map(Key::only).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = VaultName::parse(key.name()?)?;
        let Some(found) = backup::vault(aws, name.as_str()).await? else { return Ok(None) };
        if found.vault_type == Some(VaultType::LogicallyAirGappedBackupVault) {
            return Err(Error::Refused(format!(
                "the vault `{}` is logically air-gapped; that is another type, \
                 aws_backup_logically_air_gapped_vault",
                name.as_str()
            )));
        }
        let arn = backup::arn_of(&found)?;
        let tags = backup::tags(aws, arn.as_str()).await?;
        let key = backup::filled(found.encryption_key_arn);
        Ok(Some(Live {
            inputs: Self {
                name,
                kms_key_arn: key.map(KeyArn::parse).transpose()?,
                force_destroy: Some(false),
                tags,
            },
            outputs: Outputs {
                arn,
                recovery_points: found.number_of_recovery_points,
                state: found.vault_state.map(|state| state.as_str().to_owned()),
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, token: &Token) -> Result<Key> {
        let Self { name, kms_key_arn, force_destroy: _, tags } = want;
        aws.backup()
            .create_backup_vault()
            .backup_vault_name(name.as_str())
            .set_encryption_key_arn(kms_key_arn.as_ref().map(|arn| arn.as_str().to_owned()))
            .set_backup_vault_tags(Some(tags.to_map()))
            .creator_request_id(&token.0)
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name: _, kms_key_arn: _, force_destroy: _, tags } = want;
        backup::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.name.as_str();
        if live.outputs.recovery_points > 0 {
            if let Some(kept) = Self::kept(live) {
                return Err(Error::Refused(kept.reason));
            }
            let left = empty(aws, name).await?;
            if left > 0 {
                // AWS's own refusal while they go; it passes by itself.
                let busy = format!("{left} {BEING_DELETED}");
                let operation = "backup DeleteBackupVault";
                let code = Some("InvalidRequestException");
                return Err(AwsError::new(operation, code, &busy, Failure::Refused).into());
            }
        }
        let deleted = aws.backup().delete_backup_vault().backup_vault_name(name).send().await;
        backup::gone(aws, name, deleted.absent_on(backup::ABSENT)).await
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        backup::vault_readiness(live.outputs.state.as_deref())
    }

    fn kept(live: &Live<Self>) -> Option<Kept> {
        if live.inputs.force_destroy == Some(true) {
            return None;
        }
        let name = live.inputs.name.as_str();
        let advice = "to have them all deleted, set `force_destroy = true`";
        backup::holds(name, live.outputs.recovery_points, advice)
    }

    async fn kept_because(aws: &Aws, live: &Live<Self>, kept: Kept) -> Result<Kept> {
        backup::with_newest(aws, live.inputs.name.as_str(), kept).await
    }
}
