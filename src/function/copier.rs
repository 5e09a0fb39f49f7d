//! The handler `copier`: what it is told, and what it makes of events and of what AWS says.
//!
//! Whatever happened, the same is done: look at a recovery point in the staging vault and at the
//! copy jobs that started from it, begin what is missing, and let it go when all is there. So it
//! does not matter whether an event comes twice, late or, with a schedule, not at all.
use std::collections::BTreeSet;

use crate::attributes;
use crate::schema::{Arn, Unordered};
use crate::text_type;

mod decide;
mod permissions;

pub use decide::{Asked, Failed, Job, Keep, Letting, Point, Start, expiry, starts};

attributes! {
    /// Carries copies of recovery points on: a copy that has come into a vault of the function's
    /// account and Region is copied from there to other vaults.
    ///
    /// AWS Backup tells the function of finished copies through EventBridge; the events of the
    /// source account are forwarded to the bus of this one. Events are sent as well as AWS can, so
    /// give the function a schedule, too: then it looks through the whole staging vault and begins
    /// what an event did not.
    pub struct Copier {
        /// Copies that are carried on. Events about all others are refused.
        source: Unordered<Source>,
        /// ARN of the vault into which the copies come, in the account and Region of the function.
        staging_vault_arn: Arn,
        /// Where they are carried on to. If one target fails the others are begun all the same, and
        /// the event comes again for what is missing.
        target: Unordered<Target>,
        /// Role that AWS Backup acts as when it copies; the function needs `iam:PassRole` for it.
        iam_role_arn: Arn,
        /// Topic that is told of copy jobs that failed. When absent they are only in the log.
        topic_arn: Option<Arn>,
        /// How many more days a staging copy is kept once it is in all targets; `0` deletes it at
        /// once. When absent it stays as long as its own lifecycle says. A vault lock may forbid it.
        staging_expiry_days: Option<i64>,
    }
}

attributes! {
    /// Whose copies are carried on; all of it must be so, exactly.
    pub struct Source {
        /// Account that made the backup and copied it to the staging vault.
        account_id: Account,
        /// ARN of the vault that it copied from.
        vault_arn: Arn,
        /// Types of what was backed up, as AWS Backup names them. Only `Aurora` when absent.
        resource_types: BTreeSet<String>,
    }
}

attributes! {
    /// A vault that gets a copy. Tags of the recovery point go with it.
    pub struct Target {
        /// Its ARN, in any Region, of this account or another one.
        vault_arn: Arn,
        /// How long the copy is kept there, from the day of the backup. As the staging copy when
        /// absent.
        lifecycle: Option<Lifecycle>,
    }
}

attributes! {
    /// How long a copy is kept, counted from the day of the backup, which copies keep.
    pub struct Lifecycle {
        /// Days until it is moved to cold storage, which Aurora does not have.
        cold_storage_after: Option<i64>,
        /// Days until it is deleted; at least 90 more than `cold_storage_after`.
        delete_after: Option<i64>,
        /// Whether it is moved to the archive tier where its type has one.
        opt_in_to_archive_for_supported_resources: Option<bool>,
    }
}

text_type! {
    /// Twelve digits.
    pub struct Account, |s| s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit()),
        "an account id: twelve digits";
}

impl Copier {
    /// Where parts do not fit each other.
    pub fn problems(&self) -> Vec<String> {
        let Self {
            source,
            staging_vault_arn,
            target,
            iam_role_arn,
            topic_arn,
            staging_expiry_days,
        } = self;
        let mut problems = Vec::new();
        if source.0.is_empty() {
            problems.push("at least one `source` block is required".to_owned());
        }
        if target.0.is_empty() {
            problems.push("at least one `target` block is required".to_owned());
        }
        let mut vault = |name: &str, arn: &Arn| {
            if arn.service() != "backup" || vault_name(arn).is_none() {
                problems.push(format!("`{name}` is {:?}, not the ARN of a vault", arn.as_str()));
            }
        };
        vault("staging_vault_arn", staging_vault_arn);
        for source in &source.0 {
            vault("source.vault_arn", &source.vault_arn);
        }
        for target in &target.0 {
            vault("target.vault_arn", &target.vault_arn);
        }
        for Source { account_id, vault_arn, .. } in &source.0 {
            if vault_arn.account() != account_id.as_str() {
                problems.push(format!(
                    "`source.vault_arn` is of account {:?}, and `account_id` is {:?}",
                    vault_arn.account(),
                    account_id.as_str()
                ));
            }
        }
        let mut seen = BTreeSet::new();
        for Target { vault_arn, lifecycle } in &target.0 {
            if vault_arn == staging_vault_arn {
                problems.push("a `target` is the staging vault itself".to_owned());
            }
            if !seen.insert(vault_arn) {
                problems.push(format!("two `target` blocks name {}", vault_arn.as_str()));
            }
            problems.extend(lifecycle.iter().flat_map(Lifecycle::problems));
        }
        if iam_role_arn.service() != "iam" || !iam_role_arn.resource().starts_with("role/") {
            let arn = iam_role_arn.as_str();
            problems.push(format!("`iam_role_arn` is {arn:?}, not the ARN of a role"));
        }
        if let Some(arn) = topic_arn.as_ref().filter(|arn| arn.service() != "sns") {
            problems.push(format!("`topic_arn` is {:?}, not the ARN of a topic", arn.as_str()));
        }
        if staging_expiry_days.is_some_and(|days| !(0..=36_500).contains(&days)) {
            problems.push("`staging_expiry_days` must be from 0 to 36500".to_owned());
        }
        problems
    }
}

impl Source {
    /// The types of what was backed up.
    pub fn types(&self) -> BTreeSet<&str> {
        if self.resource_types.is_empty() {
            return BTreeSet::from(["Aurora"]);
        }
        self.resource_types.iter().map(String::as_str).collect()
    }
}

impl Lifecycle {
    fn problems(&self) -> Vec<String> {
        let Self { cold_storage_after, delete_after, opt_in_to_archive_for_supported_resources: _ } =
            self;
        let mut problems = Vec::new();
        for (name, days) in
            [("cold_storage_after", cold_storage_after), ("delete_after", delete_after)]
        {
            if days.is_some_and(|days| days < 1) {
                problems.push(format!("`lifecycle.{name}` must be at least 1"));
            }
        }
        if let (Some(cold), Some(delete)) = (cold_storage_after, delete_after)
            && *delete < cold + 90
        {
            problems.push(
                "`lifecycle.delete_after` must be at least 90 more than `cold_storage_after`"
                    .to_owned(),
            );
        }
        problems
    }
}

/// The name of a vault, from its ARN.
pub fn vault_name(arn: &Arn) -> Option<&str> {
    arn.resource().strip_prefix("backup-vault:").filter(|name| !name.is_empty())
}
