//! The rules of a backup plan.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::resources::Result;
use crate::resources::backup::lifecycle::{self, Lifecycle};
use crate::resources::backup::schedule::{Schedule, Timezone};
use crate::resources::backup::{self, PartName, VaultName};
use crate::schema::{Arn, Problem, Unordered};
use crate::value::{Object, Value};

attributes! {
    /// A rule of a backup plan: when to back up, into which vault, for how long, and where copies
    /// go.
    pub struct Rule {
        /// Name of the rule, unique in its plan. Rules are told apart by it; their order does not
        /// count.
        rule_name: PartName,
        /// Name of the vault, in the plan's account and Region, that takes the recovery points.
        target_vault_name: VaultName,
        /// ARN of a logically air-gapped vault that takes them as well, or instead where the
        /// resource allows it.
        target_logically_air_gapped_backup_vault_arn: Option<Arn>,
        /// When to back up, as `cron(0 5 ? * * *)`, which is AWS's default; once an hour at most.
        schedule: Option<Schedule> => default_text("cron(0 5 ? * * *)"),
        /// Time zone of the schedule. UTC when absent.
        schedule_expression_timezone: Option<Timezone> => default_text("Etc/UTC"),
        /// Minutes within which a job must start, or it is given up; 60 when absent, as in
        /// Terraform, and at least.
        start_window: Option<i64> => default_int(60),
        /// Minutes within which a job must be done, counted from when it was due, or it is cancelled;
        /// 180 when absent, as in Terraform. Give a large cluster more.
        completion_window: Option<i64> => default_int(180),
        /// Whether the rule keeps a continuous backup, by which a cluster can be restored to any
        /// second of the last 35 days at most. AWS Backup then owns the retention of the cluster's
        /// own backups. `false` when absent.
        enable_continuous_backup: Option<bool> => default_bool(false),
        /// How long recovery points are kept in the vault. For ever when absent.
        lifecycle: Option<Lifecycle>,
        /// Tags for the recovery points, beside those of what is backed up.
        recovery_point_tags: BTreeMap<String, String>,
        /// Copies of each recovery point in other vaults.
        copy_action: Unordered<CopyAction>,
    }
}

attributes! {
    /// A copy of each recovery point of a rule in another vault.
    pub struct CopyAction {
        /// ARN of the vault that takes the copy, in any account of the organisation and any Region.
        /// One action can cross both at once. The vault's policy must let this account copy into
        /// it.
        destination_vault_arn: Arn,
        /// How long the copy is kept. The rule's own lifecycle does not hold for copies: without one
        /// here they are kept for ever.
        lifecycle: Option<Lifecycle>,
    }
}

impl Rule {
    /// What AWS tells of a rule.
    pub(super) fn from_aws(told: sdk::BackupRule) -> Result<Self> {
        let copies = told.copy_actions.unwrap_or_default().into_iter().map(|copy| {
            Ok(CopyAction {
                destination_vault_arn: Arn::parse(copy.destination_backup_vault_arn)?,
                lifecycle: Lifecycle::from_aws(copy.lifecycle),
            })
        });
        let air_gapped = backup::filled(told.target_logically_air_gapped_backup_vault_arn);
        Ok(Self {
            rule_name: PartName::parse(told.rule_name)?,
            target_vault_name: VaultName::parse(told.target_backup_vault_name)?,
            target_logically_air_gapped_backup_vault_arn: air_gapped.map(Arn::parse).transpose()?,
            schedule: told.schedule_expression.as_deref().map(Schedule::new),
            schedule_expression_timezone: Some(Timezone::new(
                told.schedule_expression_timezone.as_deref(),
            )),
            start_window: told.start_window_minutes,
            completion_window: told.completion_window_minutes,
            enable_continuous_backup: Some(told.enable_continuous_backup.unwrap_or(false)),
            lifecycle: Lifecycle::from_aws(told.lifecycle),
            recovery_point_tags: told.recovery_point_tags.unwrap_or_default().into_iter().collect(),
            copy_action: Unordered(copies.collect::<Result<_>>()?),
        })
    }

    /// For a call.
    pub(super) fn to_aws(&self) -> Result<sdk::BackupRuleInput> {
        let Self {
            rule_name,
            target_vault_name,
            target_logically_air_gapped_backup_vault_arn: air_gapped,
            schedule,
            schedule_expression_timezone,
            start_window,
            completion_window,
            enable_continuous_backup,
            lifecycle,
            recovery_point_tags,
            copy_action,
        } = self;
        let copies = copy_action.0.iter().map(|copy| {
            let CopyAction { destination_vault_arn, lifecycle } = copy;
            sdk::CopyAction::builder()
                .destination_backup_vault_arn(destination_vault_arn.as_str())
                .set_lifecycle(lifecycle.as_ref().map(Lifecycle::to_aws))
                .build()
        });
        let copies = copies.collect::<Result<Vec<_>, _>>()?;
        let zone = schedule_expression_timezone.as_ref().map(|zone| zone.as_str().to_owned());
        Ok(sdk::BackupRuleInput::builder()
            .rule_name(rule_name.as_str())
            .target_backup_vault_name(target_vault_name.as_str())
            .set_target_logically_air_gapped_backup_vault_arn(
                air_gapped.as_ref().map(|arn| arn.as_str().to_owned()),
            )
            .set_schedule_expression(schedule.as_ref().map(|when| when.as_str().to_owned()))
            .set_schedule_expression_timezone(zone)
            .set_start_window_minutes(*start_window)
            .set_completion_window_minutes(*completion_window)
            .set_enable_continuous_backup(*enable_continuous_backup)
            .set_lifecycle(lifecycle.as_ref().map(Lifecycle::to_aws))
            .set_recovery_point_tags(backup::to_map(recovery_point_tags))
            .set_copy_actions((!copies.is_empty()).then_some(copies))
            .build()?)
    }
}

/// What AWS would refuse in the rules of a plan, and what costs more than it seems to.
pub(super) fn check(rules: &Value) -> Vec<Problem> {
    let rules = rules.members().map(Value::as_object).enumerate();
    let rules: Vec<(String, &Object)> =
        rules.filter_map(|(at, rule)| Some((at.to_string(), rule?))).collect();
    let mut found: Vec<Problem> = rules.iter().flat_map(|(at, rule)| of_rule(rule, at)).collect();
    let mut names = BTreeSet::new();
    for (at, rule) in &rules {
        if let Some(name) = rule.get("rule_name").as_str()
            && !names.insert(name)
        {
            let message = format!("There are two rules named \"{name}\" in this plan.");
            found.push(Problem::error(&["rule", at, "rule_name"], "Duplicate rule", message));
        }
    }
    found
}

fn of_rule(rule: &Object, at: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(windows(rule, at));
    found.extend(continuous(rule, at));
    if let Some(lifecycle) = rule.get("lifecycle").as_object() {
        found.extend(lifecycle::check(lifecycle, &["rule", at, "lifecycle"]));
    }
    for (number, copy) in rule.get("copy_action").members().enumerate() {
        let number = number.to_string();
        let path = ["rule", at, "copy_action", &number];
        let Some(copy) = copy.as_object() else { continue };
        match copy.get("lifecycle") {
            Value::Null => found.push(for_ever(rule, copy, &path)),
            lifecycle => {
                let path = [&path[..], &["lifecycle"]].concat();
                found.extend(lifecycle.as_object().and_then(|l| lifecycle::check(l, &path)));
            }
        }
    }
    found
}

fn for_ever(rule: &Object, copy: &Object, path: &[&str]) -> Problem {
    let text = |object: &Object, name| object.get(name).as_str().unwrap_or("?").to_owned();
    let own = rule.get("lifecycle").as_object().and_then(|own| own.get("delete_after").as_i64());
    let own = own.map(|days| format!(" though the rule keeps its own for {days} days,"));
    let message = format!(
        "The rule \"{}\" copies to {} and says nothing of how long copies are kept:{} each copy is \
         kept, and paid for, for ever.",
        text(rule, "rule_name"),
        text(copy, "destination_vault_arn"),
        own.unwrap_or_default()
    );
    Problem::warning(path, "Copies are never deleted", message)
        .hint("Give the copy_action a lifecycle of its own: `lifecycle { delete_after = 35 }`.")
}

/// Minutes that a job is given to start, if a rule says nothing of it.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html>
const START_WINDOW: i64 = 480;

fn windows(rule: &Object, at: &str) -> Option<Problem> {
    let minutes = |name| rule.get(name).as_i64();
    let start = match rule.get("start_window").unmarked() {
        Value::Null => START_WINDOW,
        given => given.as_i64()?,
    };
    if start < 60 {
        let message = format!("Jobs are given 60 minutes to start at least, not {start}.");
        return Some(Problem::error(&["rule", at, "start_window"], "Window too short", message));
    }
    let completion = minutes("completion_window").filter(|minutes| *minutes < start + 60)?;
    let message = format!(
        "Jobs have {start} minutes to start, so they must be given {} at least to be done, not \
         {completion}.",
        start + 60
    );
    Some(Problem::error(&["rule", at, "completion_window"], "Window too short", message))
}

/// Continuous backup knows no cold storage and no more than 35 days.
fn continuous(rule: &Object, at: &str) -> Option<Problem> {
    if *rule.get("enable_continuous_backup").unmarked() != Value::Bool(true) {
        return None;
    }
    let lifecycle = rule.get("lifecycle");
    if !lifecycle.is_known() {
        return None;
    }
    let days = |name| lifecycle.as_object().and_then(|lifecycle| lifecycle.get(name).as_i64());
    let (wrong, why) = match (days("delete_after"), days("cold_storage_after")) {
        (_, Some(_)) => ("cold_storage_after", "and cannot move to cold storage".to_owned()),
        (None, _) => ("", "so the rule must say for how many with `delete_after`".to_owned()),
        (Some(days), _) if days > 35 => ("delete_after", format!("not for {days}")),
        _ => return None,
    };
    let mut path = vec!["rule", at];
    if !lifecycle.is_null() {
        path.push("lifecycle");
        path.extend(Some(wrong).filter(|wrong| !wrong.is_empty()));
    }
    let message = format!("A continuous backup is kept for 1 to 35 days, {why}.");
    Some(Problem::error(&path, "Invalid continuous backup", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Record, conform, fill_defaults};

    attributes! {
        /// Has rules.
        struct Plan {
            /// Rules.
            rule: Unordered<Rule>,
        }
    }

    fn text(pairs: &[(&str, Value)]) -> Value {
        Value::Object(pairs.iter().map(|(name, value)| (*name, value.clone())).collect())
    }

    fn rule(more: &[(&str, Value)]) -> Value {
        let own = [("rule_name", Value::text("daily")), ("target_vault_name", Value::text("a1"))];
        text(&[&own[..], more].concat())
    }

    fn check(rules: &[Value], expected: &[&str]) {
        let object = [("rule", Value::List(rules.to_vec()))].into_iter().collect();
        let (object, problems) = conform(Plan::TABLE, &object);
        assert_eq!(problems, []);
        let found = super::check(fill_defaults(Plan::TABLE, &object).get("rule"));
        let shown: Vec<String> = found
            .iter()
            .map(|p| format!("{:?} {} {}", p.severity, p.path.join("."), p.summary))
            .collect();
        assert_eq!(shown, expected, "{rules:?}");
    }

    #[test]
    fn what_aws_would_refuse_is_told_before() {
        let lifecycle = |days: &[(&str, i64)]| {
            let days: Vec<_> = days.iter().map(|(name, days)| (*name, Value::int(*days))).collect();
            ("lifecycle", text(&days))
        };
        let continuous = ("enable_continuous_backup", Value::Bool(true));
        check(&[rule(&[])], &[]);
        check(
            &[rule(&[("start_window", Value::int(30))])],
            &["Error rule.0.start_window Window too short"],
        );
        check(
            &[rule(&[("start_window", Value::int(180))])],
            &["Error rule.0.completion_window Window too short"],
        );
        check(
            &[rule(&[lifecycle(&[("cold_storage_after", 30), ("delete_after", 60)])])],
            &["Error rule.0.lifecycle.delete_after Retention too short"],
        );
        check(
            &[rule(std::slice::from_ref(&continuous))],
            &["Error rule.0 Invalid continuous backup"],
        );
        check(&[rule(&[continuous.clone(), lifecycle(&[("delete_after", 35)])])], &[]);
        check(
            &[rule(&[continuous, lifecycle(&[("delete_after", 36)])])],
            &["Error rule.0.lifecycle.delete_after Invalid continuous backup"],
        );
        check(
            &[rule(&[]), rule(&[("start_window", Value::int(90))])],
            &["Error rule.1.rule_name Duplicate rule"],
        );
    }

    #[test]
    fn a_copy_without_a_lifecycle_is_kept_for_ever() {
        let vault = Value::text("arn:aws:backup:us-west-2:222222222222:backup-vault:b");
        let copy = |more: &[(&str, Value)]| {
            let own = [("destination_vault_arn", vault.clone())];
            ("copy_action", Value::List(vec![text(&[&own[..], more].concat())]))
        };
        check(&[rule(&[copy(&[])])], &["Warning rule.0.copy_action.0 Copies are never deleted"]);
        check(&[rule(&[copy(&[("lifecycle", text(&[("delete_after", Value::int(35))]))])])], &[]);
        check(&[rule(&[copy(&[("lifecycle", text(&[("delete_after", Value::int(0))]))])])], &[]);
    }
}
