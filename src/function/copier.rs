//! The handler `copier`: what it is told, and what it makes of an event.
use crate::attributes;
use crate::schema::{Arn, Unordered};
use crate::text_type;

attributes! {
    /// Carries copies of recovery points on to other vaults: a copy that has come into a vault of
    /// this account and Region is copied from there to each of `target`.
    pub struct Copier {
        /// Copy jobs that are answered, exactly. Those of others are refused.
        source: Source,
        /// ARN of the vault into which the copies come, in the account and Region of the function.
        staging_vault_arn: Arn,
        /// Where they are carried on to. All targets are tried; if one fails, the event comes again
        /// and only what is missing is begun.
        target: Unordered<Target>,
        /// Role that AWS Backup acts as when it copies.
        iam_role_arn: Arn,
        /// Topic that is told of copy jobs that failed. They are only logged when absent.
        topic_arn: Option<Arn>,
    }
}

attributes! {
    /// Whose copies are carried on.
    pub struct Source {
        /// Account in which the copy job ran: the one that made the backup.
        account_id: Account,
        /// ARN of the vault that it copied from.
        vault_arn: Arn,
    }
}

attributes! {
    /// A vault that gets a copy.
    pub struct Target {
        /// Its ARN, in any Region of the function's account or of another one.
        vault_arn: Arn,
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
        Vec::new()
    }
}
