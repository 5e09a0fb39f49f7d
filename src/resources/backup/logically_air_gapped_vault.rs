//! `aws_backup_logically_air_gapped_vault`: holds recovery points that nobody can delete early.
use aws_sdk_backup::types::VaultType;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::{self, KeyArn, VaultName};
use crate::resources::tags::Tags;
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Token};
use crate::schema::{Arn, Given, Problem, Timeouts};
use crate::value::{Kept, Object, Readiness};

attributes! {
    /// A logically air-gapped vault: its recovery points lie with AWS itself, are locked from the
    /// start, and can be shared with other accounts to restore from directly.
    ///
    /// Nobody can delete a recovery point before its time, so neither can drctl: the vault stays as
    /// long as it holds any. Clusters that are not encrypted cannot be kept in it, and not every
    /// Region has such vaults.
    pub struct AirGappedVault {
        /// Name of the vault, unique among all vaults of its account and Region.
        name: VaultName => key,
        /// The shortest time, in days, for which a recovery point may be kept here; at least 7.
        min_retention_days: i64 => replaces,
        /// The longest time, in days, for which a recovery point may be kept here.
        max_retention_days: i64 => replaces,
        /// ARN of the key that encrypts recovery points. AWS takes a key of its own when absent.
        encryption_key_arn: Option<KeyArn> => replaces | aws_decides,
        /// Tags of the vault.
        tags: Tags,
    }
}

attributes! {
    /// What AWS tells about a logically air-gapped vault.
    pub struct Outputs {
        /// ARN of the vault.
        arn: Arn,
        /// How many recovery points the vault holds.
        recovery_points: i64,
        /// AWS's status: `CREATING`, `AVAILABLE` or `FAILED`.
        state: Option<String>,
    }
}

impl Resource for AirGappedVault {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_logically_air_gapped_vault";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:backup:{region}:{account}:backup-vault:{name}");
    const DATA_BEARING: bool = true;
    const TIMEOUTS: Timeouts = Timeouts::minutes(30);

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let all = aws.asked("", || backup::vaults(aws)).await?;
        let sort = Some(&VaultType::LogicallyAirGappedBackupVault);
        let all = all.iter().filter(|vault| vault.vault_type.as_ref() == sort);
        Ok(all.filter_map(|vault| vault.backup_vault_name.as_ref().map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = VaultName::parse(key.name()?)?;
        let Some(found) = backup::vault(aws, name.as_str()).await? else { return Ok(None) };
        if found.vault_type.as_ref().is_some_and(|kind| *kind == VaultType::BackupVault) {
            return Err(Error::Refused(format!(
                "the vault `{}` is not logically air-gapped; that is another type, \
                 aws_backup_vault",
                name.as_str()
            )));
        }
        let arn = backup::arn_of(&found)?;
        let tags = backup::tags(aws, arn.as_str()).await?;
        let key = backup::filled(found.encryption_key_arn);
        Ok(Some(Live {
            inputs: Self {
                name,
                min_retention_days: found.min_retention_days.given("MinRetentionDays")?,
                max_retention_days: found.max_retention_days.given("MaxRetentionDays")?,
                // AWS names its own key in a way of its own.
                encryption_key_arn: key.and_then(|key| KeyArn::parse(key).ok()),
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
        let Self { name, min_retention_days, max_retention_days, encryption_key_arn, tags } = want;
        aws.backup()
            .create_logically_air_gapped_backup_vault()
            .backup_vault_name(name.as_str())
            .min_retention_days(*min_retention_days)
            .max_retention_days(*max_retention_days)
            .set_encryption_key_arn(encryption_key_arn.as_ref().map(|arn| arn.as_str().to_owned()))
            .set_backup_vault_tags(Some(tags.to_map()))
            .creator_request_id(&token.0)
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self {
            name: _,
            min_retention_days: _,
            max_retention_days: _,
            encryption_key_arn: _,
            tags,
        } = want;
        backup::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        if let Some(kept) = Self::kept(live) {
            return Err(Error::Refused(kept.reason));
        }
        let name = live.inputs.name.as_str();
        let deleted = aws.backup().delete_backup_vault().backup_vault_name(name).send().await;
        backup::gone(aws, name, deleted.absent_on(backup::ABSENT)).await
    }

    fn check(want: &Object) -> Vec<Problem> {
        let days = |name| want.get(name).as_i64();
        let (min, max) = (days("min_retention_days"), days("max_retention_days"));
        let mut wrong = Vec::new();
        if let Some(min) = min.filter(|min| *min < 7) {
            wrong.push(Problem::error(
                &["min_retention_days"],
                "Retention too short",
                format!("A logically air-gapped vault keeps for 7 days at least, not {min}."),
            ));
        }
        wrong.extend(backup::retention_range(min, max));
        wrong
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        backup::vault_readiness(live.outputs.state.as_deref())
    }

    fn kept(live: &Live<Self>) -> Option<Kept> {
        let advice = "nobody can delete them before their time";
        backup::holds(live.inputs.name.as_str(), live.outputs.recovery_points, advice)
    }

    async fn kept_because(aws: &Aws, live: &Live<Self>, kept: Kept) -> Result<Kept> {
        backup::with_newest(aws, live.inputs.name.as_str(), kept).await
    }
}
