//! `aws_backup_global_settings`: what AWS Backup may do across the accounts of an organisation.
use std::collections::BTreeMap;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Token};
use crate::schema::{Identity, Placement};

attributes! {
    /// What AWS Backup may do across the accounts of an organisation. There is one of these, always,
    /// and only the management account can change it; AWS keeps it when it is destroyed here.
    ///
    /// Copies across accounts need `isCrossAccountBackupEnabled = "true"`. To switch it off takes
    /// up to 15 minutes.
    pub struct GlobalSettings {
        /// Settings, each `"true"` or `"false"`: `isCrossAccountBackupEnabled`, `isMpaEnabled`,
        /// `isDelegatedAdministratorEnabled`. Those that are not named stay as they are.
        global_settings: BTreeMap<String, String> => partial,
    }
}

attributes! {
    /// What AWS tells about the settings.
    pub struct Outputs {
        /// The account whose settings they are.
        id: String,
    }
}

async fn put(aws: &Aws, want: &GlobalSettings) -> Result<()> {
    let GlobalSettings { global_settings } = want;
    let settings = global_settings.iter().map(|(name, value)| (name.clone(), value.clone()));
    let update = aws.backup().update_global_settings();
    update.set_global_settings(Some(settings.collect())).send().await?;
    Ok(())
}

impl Resource for GlobalSettings {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_global_settings";
    const ID: &'static str = "id";
    const LISTING: Listing =
        Listing::Never("the organisation has these settings whether anybody wants them or not");
    const PLACEMENT: Placement = Placement::Global;
    const IDENTITY: Identity = Identity::Single;

    async fn read(aws: &Aws, _key: &Key) -> Result<Option<Live<Self>>> {
        let found = aws.backup().describe_global_settings().send().await?;
        let settings = found.global_settings.unwrap_or_default().into_iter().collect();
        Ok(Some(Live {
            inputs: Self { global_settings: settings },
            outputs: Outputs { id: aws.scope.account.as_str().to_owned() },
        }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).await?;
        Ok(Key::only(aws.scope.account.as_str()))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, _live: &Live<Self>) -> Result<()> {
        let account = &aws.scope.account;
        Err(Error::Left(format!("the global settings of AWS Backup in {account} stay as they are")))
    }
}
