//! `aws_backup_vault_policy`: who may do what with a vault.
use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::{self, VaultName};
use crate::resources::policy::Policy;
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Identity};

attributes! {
    /// The access policy of a vault. Copies from another account need
    /// `backup:CopyIntoBackupVault` in here for that account, a role of it, or the organisation;
    /// AWS lets nothing else be granted to other accounts.
    pub struct VaultPolicy {
        /// Name of the vault.
        backup_vault_name: VaultName => key,
        /// The policy.
        policy: Policy,
    }
}

attributes! {
    /// What AWS tells about the policy.
    pub struct Outputs {
        /// ARN of the vault.
        backup_vault_arn: Arn,
    }
}

async fn put(aws: &Aws, want: &VaultPolicy) -> Result<()> {
    let VaultPolicy { backup_vault_name, policy } = want;
    let put = aws.backup().put_backup_vault_access_policy();
    put.backup_vault_name(backup_vault_name.as_str()).policy(policy.as_str()).send().await?;
    Ok(())
}

impl Resource for VaultPolicy {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_vault_policy";
    const ID: &'static str = "backup_vault_name";
    const LISTING: Listing = Listing::Within("aws_backup_vault");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = &[
        // A role that is named was made just before.
        Retry { code: "InvalidParameterValueException", saying: "rincipal" },
    ];

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = VaultName::parse(key.name()?)?;
        // Of a vault that is not there AWS says that access is denied.
        if backup::vault(aws, name.as_str()).await?.is_none() {
            return Ok(None);
        }
        let get = aws.backup().get_backup_vault_access_policy().backup_vault_name(name.as_str());
        let Some(found) = get.send().await.absent_on(backup::ABSENT)? else { return Ok(None) };
        let (Some(policy), Some(arn)) = (found.policy, found.backup_vault_arn) else {
            return Ok(None);
        };
        Ok(Some(Live {
            inputs: Self { backup_vault_name: name, policy: Policy::parse(&policy)? },
            outputs: Outputs { backup_vault_arn: Arn::parse(arn)? },
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
        let delete = aws.backup().delete_backup_vault_access_policy().backup_vault_name(name);
        backup::gone(aws, name, delete.send().await.absent_on(backup::ABSENT)).await
    }

    fn remarks(live: &Live<Self>) -> Vec<String> {
        let gone = live.inputs.policy.gone_principals();
        let remark =
            |id: String| format!("names {id}, which AWS shows for a role or user that was deleted");
        gone.into_iter().map(remark).collect()
    }
}
