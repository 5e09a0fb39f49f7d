//! Data source `aws_backup_vault`: a vault by its name.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::backup::{self, VaultName};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::Arn;

attributes! {
    /// Looks up a vault that something else manages.
    pub struct BackupVaultData {
        /// Name of the vault.
        name: VaultName,
    }
}

attributes! {
    /// What AWS tells about a vault.
    pub struct Told {
        /// ARN of the vault.
        arn: Arn,
        /// ARN of the key that encrypts what is copied into the vault.
        kms_key_arn: Option<String>,
        /// How many recovery points the vault holds.
        recovery_points: i64,
        /// Tags of the vault.
        tags: Tags,
    }
}

impl DataSource for BackupVaultData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_backup_vault";
    const ID: &'static str = "name";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let name = want.name.as_str();
        let Some(vault) = backup::vault(aws, name).await? else {
            let why = format!("there is no vault {name:?} in {}", aws.scope.region);
            return Err(Error::NotFound(why));
        };
        let arn = backup::arn_of(&vault)?;
        let tags = backup::tags(aws, arn.as_str()).await?;
        Ok(Told {
            arn,
            kms_key_arn: vault.encryption_key_arn,
            recovery_points: vault.number_of_recovery_points,
            tags,
        })
    }
}
