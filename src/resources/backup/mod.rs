//! AWS Backup.
pub mod framework;
pub mod global_settings;
pub mod lifecycle;
pub mod logically_air_gapped_vault;
pub mod plan;
pub mod plan_data;
pub mod region_settings;
pub mod report_plan;
pub mod restore_testing_plan;
pub mod restore_testing_selection;
pub mod rule;
pub mod schedule;
pub mod selection;
pub mod vault;
pub mod vault_data;
pub mod vault_lock_configuration;
pub mod vault_notifications;
pub mod vault_policy;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::types::BackupVaultListMember;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::aws::{AbsentOn, Aws, AwsError, Failure};
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Key, ParentTags, Result};
use crate::schema::{Given, Problem};
use crate::text_type;
use crate::value::{Kept, Readiness};

text_type! {
    /// The name of a vault.
    pub struct VaultName,
        |s| (2..=50).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "a vault's name: 2 to 50 letters, digits, `-` or `_`";
}

text_type! {
    /// The name of a rule or selection of a backup plan.
    pub struct PartName,
        |s| (1..=50).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)),
        "a name: 1 to 50 letters, digits, `-`, `_` or `.`";
}

text_type! {
    /// The name of a restore testing plan or of a selection of one.
    pub struct TestingName,
        |s| (1..=50).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        "a name: 1 to 50 letters, digits or `_`";
}

text_type! {
    /// The name of a framework or report plan.
    pub struct AuditName,
        |s| (1..=256).contains(&s.len())
            && s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        "a name: a letter, then letters, digits or `_`, at most 256 in all";
}

text_type! {
    /// ARN of a key. Vaults keep the key behind an alias and not the alias.
    pub struct KeyArn,
        |s| s.starts_with("arn:") && s.contains(":kms:") && s.contains(":key/"),
        "the ARN of a key (`...:key/...`), which an alias or an id is not";
}

/// Answers that mean "there is no such thing". That access is denied never means it, though AWS
/// says so of a vault that is not there.
const ABSENT: &[&str] = &["ResourceNotFoundException"];

/// The vault of that name; `None` if there surely is none.
///
/// Asked for one that is not there, AWS answers that access is denied, as it does where that is so.
/// Only the list of all vaults tells one from the other.
async fn vault(aws: &Aws, name: &str) -> Result<Option<BackupVaultListMember>> {
    let of_name = |vault: &&BackupVaultListMember| vault.backup_vault_name() == Some(name);
    match aws.listed(|| vaults(aws)).await {
        Some(Ok(all)) => return Ok(all.iter().find(of_name).cloned()),
        // Who may not list all may still see this one.
        Some(Err(error)) if error.failure != Failure::Denied => return Err(error.into()),
        Some(Err(_)) | None => {}
    }
    let found = aws.backup().describe_backup_vault().backup_vault_name(name).send().await;
    match found.absent_on(ABSENT) {
        Ok(found) => Ok(found.map(|found| {
            BackupVaultListMember::builder()
                .set_backup_vault_name(found.backup_vault_name)
                .set_backup_vault_arn(found.backup_vault_arn)
                .set_vault_type(found.vault_type)
                .set_vault_state(found.vault_state)
                .set_creation_date(found.creation_date)
                .set_encryption_key_arn(found.encryption_key_arn)
                .set_creator_request_id(found.creator_request_id)
                .number_of_recovery_points(found.number_of_recovery_points)
                .set_locked(found.locked)
                .set_min_retention_days(found.min_retention_days)
                .set_max_retention_days(found.max_retention_days)
                .set_lock_date(found.lock_date)
                .set_encryption_key_type(found.encryption_key_type)
                .build()
        })),
        Err(denied) if denied.failure == Failure::Denied => match vaults(aws).await {
            Ok(all) => Ok(all.iter().find(of_name).cloned()),
            Err(_) => Err(denied.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn vaults(aws: &Aws) -> Result<Vec<BackupVaultListMember>, AwsError> {
    let pages = aws.backup().list_backup_vaults().into_paginator().send();
    let pages = pages.try_collect().await?;
    Ok(pages.into_iter().flat_map(|page| page.backup_vault_list.unwrap_or_default()).collect())
}

/// Whether a call that deletes a part of a vault has found nothing to delete: the part is not there,
/// or the whole vault is not.
async fn gone<T>(aws: &Aws, vault: &str, deleted: Result<Option<T>, AwsError>) -> Result<()> {
    match deleted {
        Ok(_) => Ok(()),
        Err(denied) if denied.failure == Failure::Denied => match self::vault(aws, vault).await {
            Ok(None) => Ok(()),
            _ => Err(denied.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// The name in an ARN that AWS ends with an id of its own: `:framework:daily-0f…`.
fn named_in(arn: &str, kind: &str) -> Option<Key> {
    const ID: usize = 36;
    let (before, named) = arn.split_once(kind)?;
    let (name, id) = named.split_at_checked(named.len().checked_sub(ID + 1)?)?;
    let is_id = id.starts_with('-') && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    (before.starts_with("arn:") && is_id && !name.is_empty()).then(|| Key::only(name))
}

/// Tags of what has this ARN, AWS's own among them.
async fn all_tags(aws: &Aws, arn: &str) -> Result<ParentTags> {
    let ask = async {
        let pages = aws.backup().list_tags().resource_arn(arn).into_paginator().send();
        let pages = pages.try_collect().await?;
        Ok(pages.into_iter().flat_map(|page| page.tags.unwrap_or_default()).collect())
    };
    Ok(aws.tags(arn, ask).await?)
}

async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    Ok(Tags::from_aws(all_tags(aws, arn).await?))
}

/// Tags of the vault of that name.
async fn vault_tags(aws: &Aws, name: &str) -> Result<Option<ParentTags>> {
    match vault(aws, name).await?.and_then(|vault| vault.backup_vault_arn) {
        Some(arn) => Ok(Some(all_tags(aws, &arn).await?)),
        None => Ok(None),
    }
}

/// Changes the tags of what has this ARN from `live` to `want`.
async fn retag(aws: &Aws, arn: &str, live: &Tags, want: &Tags) -> Result<()> {
    let TagChanges { set, unset } = live.changes_to(want);
    let backup = aws.backup();
    if !set.is_empty() {
        let set = set.into_iter().collect();
        backup.tag_resource().resource_arn(arn).set_tags(Some(set)).send().await?;
    }
    if !unset.is_empty() {
        backup.untag_resource().resource_arn(arn).set_tag_key_list(Some(unset)).send().await?;
    }
    Ok(())
}

/// Why a vault that holds recovery points is not deleted.
fn holds(name: &str, points: i64, advice: &str) -> Option<Kept> {
    let points = match points {
        0 => return None,
        1 => "1 recovery point".to_owned(),
        many => format!("{many} recovery points"),
    };
    let reason = format!(
        "the vault `{name}` holds {points}, and drctl leaves recovery points alone. To keep them, \
         take the vault and the key that encrypts it out of the configuration; {advice}"
    );
    Some(Kept { reason, by: BTreeSet::new() })
}

/// The same, with how old the newest recovery point is.
async fn with_newest(aws: &Aws, vault: &str, kept: Kept) -> Result<Kept> {
    let list = aws.backup().list_recovery_points_by_backup_vault().backup_vault_name(vault);
    let pages = list.into_paginator().send().try_collect().await?;
    let points = pages.into_iter().flat_map(|page| page.recovery_points.unwrap_or_default());
    let newest = points.filter_map(|point| point.creation_date).max();
    let newest = newest.and_then(|made| Some((age(&made, &now()), text_of(Some(made))?)));
    let reason = match newest {
        Some((age, made)) => format!("{}. The newest is {age} old, from {made}", kept.reason),
        None => kept.reason,
    };
    Ok(Kept { reason, ..kept })
}

fn now() -> DateTime {
    DateTime::from(std::time::SystemTime::now())
}

/// How long ago that was, in the largest unit that gives a whole number: `3 hours`.
fn age(then: &DateTime, now: &DateTime) -> String {
    let seconds = (now.secs() - then.secs()).max(0);
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// A time as Terraform writes it.
fn text_of(time: Option<DateTime>) -> Option<String> {
    time?.fmt(Format::DateTime).ok()
}

/// Whether a vault has settled. Ordinary ones may tell nothing, and are then usable.
fn vault_readiness(state: Option<&str>) -> Readiness {
    match state {
        None | Some("" | "AVAILABLE") => Readiness::Ready,
        Some("FAILED") => Readiness::Failed("FAILED".to_owned()),
        Some(state) => Readiness::Settling(state.to_owned()),
    }
}

/// What is wrong with the shortest and the longest time for which a vault keeps.
fn retention_range(min: Option<i64>, max: Option<i64>) -> Vec<Problem> {
    let mut wrong = Vec::new();
    let (name, summary) = ("max_retention_days", "Invalid retention");
    if let Some(max) = max.filter(|max| *max > 36_500) {
        let message = format!("A vault keeps for 36500 days at most, not {max}.");
        wrong.push(Problem::error(&[name], summary, message));
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let message = format!("The longest retention is {max} days, but the shortest is {min}.");
        wrong.push(Problem::error(&[name], summary, message));
    }
    wrong
}

/// Whether what AWS Backup deploys has settled, by its deployment status.
fn deployed(status: &str) -> Readiness {
    match status {
        "COMPLETED" | "" => Readiness::Ready,
        "FAILED" => Readiness::Failed(status.to_owned()),
        _ => Readiness::Settling(status.to_owned()),
    }
}

/// The text, unless AWS means nothing by an empty one.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A set for a call; an empty one is not sent.
fn to_list(set: &BTreeSet<String>) -> Option<Vec<String>> {
    (!set.is_empty()).then(|| set.iter().cloned().collect())
}

fn to_set(list: Option<Vec<String>>) -> BTreeSet<String> {
    list.unwrap_or_default().into_iter().collect()
}

fn to_map(map: &BTreeMap<String, String>) -> Option<std::collections::HashMap<String, String>> {
    (!map.is_empty()).then(|| map.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
}

/// The ARN that AWS tells of a vault.
fn arn_of(vault: &BackupVaultListMember) -> Result<crate::schema::Arn> {
    Ok(crate::schema::Arn::parse(vault.backup_vault_arn.as_deref().given("BackupVaultArn")?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_people_would_take() {
        let check = |seconds: i64, expected: &str| {
            let now = DateTime::from_secs(1_000_000_000);
            assert_eq!(age(&DateTime::from_secs(now.secs() - seconds), &now), expected);
        };
        check(1, "1 second");
        check(119, "119 seconds");
        check(120, "2 minutes");
        check(7_200, "2 hours");
        check(86_400 * 3, "3 days");
        check(-5, "0 seconds");
    }

    #[test]
    fn only_a_vault_with_recovery_points_is_kept() {
        assert_eq!(holds("orders", 0, ""), None);
        assert!(holds("orders", 1, "").unwrap().reason.contains("holds 1 recovery point,"));
        assert!(holds("orders", 14, "").unwrap().reason.contains("holds 14 recovery points,"));
    }
}
