//! `aws_backup_vault_lock_configuration`: keeps recovery points from being deleted early.
use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::{self, VaultName};
use crate::resources::{Error, Key, Listing, Live, ParentTags, Resource, Result, Token, differing};
use crate::schema::{Arn, Attribute, Identity, Kind, Mismatch, Problem};
use crate::value::{Object, Value};

attributes! {
    /// The lock of a vault: nobody deletes its recovery points before their time, nor shortens that.
    ///
    /// Without `changeable_for_days` it is in governance mode, and whoever is allowed to can change
    /// it or take it away. With it, it is in compliance mode: once those days have passed nobody can,
    /// not the root user and not AWS, as long as the vault exists. Jobs whose retention lies outside
    /// the limits fail.
    pub struct VaultLock {
        /// Name of the vault.
        backup_vault_name: VaultName => key,
        /// The shortest retention that jobs may ask for, in days. No limit when absent.
        min_retention_days: Option<i64>,
        /// The longest retention that jobs may ask for, in days, 36500 at most. No limit when
        /// absent.
        max_retention_days: Option<i64>,
        /// Puts the lock in compliance mode and says for how many days, at least 3, it can still be
        /// changed. AWS tells only the day on which that ends, so another number here is no
        /// difference; and each change of the lock begins these days anew.
        changeable_for_days: Option<Grace>,
        /// Must repeat the name of the vault where `changeable_for_days` is set: the word of a
        /// person that a lock for ever is meant for this vault.
        confirm_compliance_mode: Option<String> => option,
    }
}

attributes! {
    /// What AWS tells about a lock.
    pub struct Outputs {
        /// ARN of the vault.
        backup_vault_arn: Arn,
        /// When a lock in compliance mode becomes permanent, or became so.
        lock_date: Option<String>,
        /// Whether it can no longer be changed by anybody.
        permanent: bool,
    }
}

/// Days in which a lock in compliance mode can still be changed. AWS remembers the mode but not the
/// number, so any number is any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grace(i64);

impl Attribute for Grace {
    const KIND: Kind = Kind::Int;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        i64::decode(value).map(Self)
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
    fn same(_live: &Self, _want: &Self) -> bool {
        true
    }
}

/// Sets the lock, all of it. In compliance mode the days begin anew.
async fn put(aws: &Aws, want: &VaultLock) -> Result<()> {
    let VaultLock {
        backup_vault_name,
        min_retention_days,
        max_retention_days,
        changeable_for_days,
        confirm_compliance_mode: _,
    } = want;
    aws.backup()
        .put_backup_vault_lock_configuration()
        .backup_vault_name(backup_vault_name.as_str())
        .set_min_retention_days(*min_retention_days)
        .set_max_retention_days(*max_retention_days)
        .set_changeable_for_days(changeable_for_days.map(|grace| grace.0))
        .send()
        .await?;
    Ok(())
}

fn since(live: &Live<VaultLock>) -> &str {
    live.outputs.lock_date.as_deref().unwrap_or("some time ago")
}

impl Resource for VaultLock {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_vault_lock_configuration";
    const ID: &'static str = "backup_vault_name";
    const LISTING: Listing = Listing::Within("aws_backup_vault");
    const IDENTITY: Identity = Identity::Child;

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = VaultName::parse(key.name()?)?;
        let Some(found) = backup::vault(aws, name.as_str()).await? else { return Ok(None) };
        if found.locked != Some(true) {
            return Ok(None);
        }
        let now = backup::now();
        // What is left of the days; none are once it is permanent.
        let left = found.lock_date.map(|date| (date.secs() - now.secs() + 86_399).max(0) / 86_400);
        Ok(Some(Live {
            inputs: Self {
                min_retention_days: found.min_retention_days,
                max_retention_days: found.max_retention_days,
                changeable_for_days: left.map(Grace),
                backup_vault_name: name,
                confirm_compliance_mode: None,
            },
            outputs: Outputs {
                backup_vault_arn: backup::arn_of(&found)?,
                permanent: found.lock_date.is_some_and(|date| date <= now),
                lock_date: backup::text_of(found.lock_date),
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

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        if differing(&live.inputs, want).is_empty() {
            return Ok(());
        }
        if let Some(why) = Self::refused(live, want) {
            return Err(Error::Refused(why));
        }
        put(aws, want).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.backup_vault_name.as_str();
        if live.outputs.permanent {
            return Err(Error::Left(format!(
                "the lock of the vault `{name}` has been permanent since {}; it goes when the vault \
                 is deleted, which AWS allows once it is empty",
                since(live)
            )));
        }
        let delete = aws.backup().delete_backup_vault_lock_configuration().backup_vault_name(name);
        backup::gone(aws, name, delete.send().await.absent_on(backup::ABSENT)).await
    }

    fn check(want: &Object) -> Vec<Problem> {
        let days = |name| want.get(name).as_i64();
        let mut wrong = Vec::new();
        if let Some(min) = days("min_retention_days").filter(|min| *min < 1) {
            let message = format!("The shortest retention is 1 day, not {min}.");
            wrong.push(Problem::error(&["min_retention_days"], "Invalid retention", message));
        }
        wrong.extend(backup::retention_range(
            days("min_retention_days"),
            days("max_retention_days"),
        ));
        let Some(grace) = days("changeable_for_days") else { return wrong };
        let at = &["changeable_for_days"];
        if !(3..=36_500).contains(&grace) {
            let message = format!("A lock can be changed for 3 to 36500 days, not for {grace}.");
            wrong.push(Problem::error(at, "Invalid lock", message));
        }
        let vault = want.get("backup_vault_name").as_str();
        let confirmed = want.get("confirm_compliance_mode");
        if let Some(vault) = vault
            && confirmed.is_known()
            && confirmed.as_str() != Some(vault)
        {
            let message = format!(
                "With `changeable_for_days` the lock of the vault \"{vault}\" is in compliance mode: \
                 {grace} days after it is set nobody can change it or take it away any more, not the \
                 root user and not AWS, and no recovery point can be deleted before its time."
            );
            let hint = format!(
                "If that is meant, add `confirm_compliance_mode = \"{vault}\"`. Without \
                 `changeable_for_days` the lock is in governance mode, which can be undone."
            );
            wrong.push(Problem::error(at, "Lock for ever is not confirmed", message).hint(hint));
        }
        wrong
    }

    fn remarks(live: &Live<Self>) -> Vec<String> {
        let remark = match (&live.outputs.lock_date, live.outputs.permanent) {
            (Some(date), true) => format!("permanent since {date}: nobody can change it"),
            (Some(date), false) => format!("can be changed until {date}, and then never again"),
            (None, _) => return Vec::new(),
        };
        vec![remark]
    }

    fn refused(live: &Live<Self>, want: &Self) -> Option<String> {
        let differing = differing(&live.inputs, want);
        (live.outputs.permanent && !differing.is_empty()).then(|| {
            format!(
                "the lock has been permanent since {}, and nobody can change it any more: {} must \
                 stay as AWS has it. Write that here",
                since(live),
                differing.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

    fn lock(permanent: bool, date: Option<&str>) -> Live<VaultLock> {
        Live {
            inputs: VaultLock {
                backup_vault_name: VaultName::parse("orders").unwrap(),
                min_retention_days: Some(7),
                max_retention_days: None,
                changeable_for_days: date.map(|_| Grace(2)),
                confirm_compliance_mode: None,
            },
            outputs: Outputs {
                backup_vault_arn: Arn::parse(
                    "arn:aws:backup:us-east-1:111111111111:backup-vault:orders",
                )
                .unwrap(),
                lock_date: date.map(str::to_owned),
                permanent,
            },
        }
    }

    #[test]
    fn only_the_mode_is_compared_not_the_days() {
        let live = lock(false, Some("2026-01-01T00:00:00Z"));
        let days = VaultLock { changeable_for_days: Some(Grace(30)), ..live.inputs.clone() };
        assert_eq!(differing(&live.inputs, &days), Vec::<&str>::new());
        let governance = VaultLock { changeable_for_days: None, ..live.inputs.clone() };
        assert_eq!(differing(&live.inputs, &governance), ["changeable_for_days"]);
        assert_eq!(differing(&lock(false, None).inputs, &days), ["changeable_for_days"]);
    }

    #[test]
    fn what_is_permanent_is_never_to_be_changed() {
        let live = lock(true, Some("2026-01-01T00:00:00Z"));
        let same = VaultLock { changeable_for_days: Some(Grace(9)), ..live.inputs.clone() };
        assert_eq!(VaultLock::refused(&live, &same), None);
        let longer = VaultLock { min_retention_days: Some(30), ..live.inputs.clone() };
        assert!(VaultLock::refused(&live, &longer).unwrap().contains("min_retention_days"));
        assert_eq!(VaultLock::refused(&lock(false, None), &longer), None);
    }

    #[test]
    fn a_lock_for_ever_is_confirmed_by_name() {
        let check = |attributes: &[(&str, Value)], expected: &[&str]| {
            let want: Object =
                attributes.iter().map(|(name, value)| (*name, value.clone())).collect();
            let found = VaultLock::check(&want);
            assert!(found.iter().all(|problem| problem.severity == Severity::Error));
            let found: Vec<&str> = found.iter().map(|problem| problem.summary.as_str()).collect();
            assert_eq!(found, expected, "{want:?}");
        };
        let vault = ("backup_vault_name", Value::text("orders"));
        let grace = ("changeable_for_days", Value::int(3));
        let confirmed = |name| ("confirm_compliance_mode", Value::text(name));
        check(std::slice::from_ref(&vault), &[]);
        check(&[vault.clone(), grace.clone()], &["Lock for ever is not confirmed"]);
        check(
            &[vault.clone(), grace.clone(), confirmed("other")],
            &["Lock for ever is not confirmed"],
        );
        check(&[vault.clone(), grace, confirmed("orders")], &[]);
        let short = ("changeable_for_days", Value::int(2));
        check(&[vault.clone(), short, confirmed("orders")], &["Invalid lock"]);
        let limits = [("min_retention_days", 30), ("max_retention_days", 7)];
        check(&limits.map(|(name, days)| (name, Value::int(days))), &["Invalid retention"]);
    }
}
