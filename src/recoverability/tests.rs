use super::*;
use crate::attributes;
use crate::schema::{Identity, Placement, Record, Timeouts, as_written, nothing_to_check};
use crate::value::Object;

attributes! {
    /// A plan, as far as the rules know it.
    struct BackupPlan {
        /// Rules.
        rule: Vec<Rule>,
        /// Tags.
        tags: std::collections::BTreeMap<String, String>,
    }
}
attributes! {
    /// A rule.
    struct Rule {
        /// Its name.
        rule_name: String,
        /// When.
        schedule: Option<String>,
        /// How long.
        lifecycle: Option<Lifecycle>,
        /// Where to.
        copy_action: Vec<CopyAction>,
        /// Point-in-time recovery.
        enable_continuous_backup: bool => default_bool(false),
    }
}
attributes! {
    /// A copy.
    struct CopyAction {
        /// Where to.
        destination_vault_arn: String,
        /// How long.
        lifecycle: Option<Lifecycle>,
    }
}
attributes! {
    /// How long.
    struct Lifecycle {
        /// Days.
        delete_after: Option<i64>,
    }
}
attributes! {
    /// An alarm, as far as the rules know it.
    struct Alarm {
        /// On or off.
        actions_enabled: bool => default_bool(true),
        /// Who is told.
        alarm_actions: std::collections::BTreeSet<String>,
        /// For people.
        alarm_description: Option<String>,
    }
}

const ANY: TypeSpec = TypeSpec {
    name: "aws_backup_plan",
    about: "",
    placement: Placement::Regional,
    identity: Identity::Named,
    id: "name",
    arn: None,
    data_bearing: false,
    created_first: false,
    check: nothing_to_check,
    reworded: as_written,
    timeouts: Timeouts::SHORT,
    inputs: BackupPlan::TABLE,
    outputs: &[],
};

fn object(members: &[(&str, Value)]) -> Value {
    Value::Object(members.iter().map(|(name, value)| (*name, value.clone())).collect::<Object>())
}

fn lifecycle(days: i64) -> Value {
    object(&[("delete_after", Value::int(days))])
}

fn copy(region: &str, days: Option<i64>) -> Value {
    let arn = format!("arn:aws:backup:{region}:222222222222:backup-vault:orders");
    let mut members = vec![("destination_vault_arn", Value::text(arn))];
    members.extend(days.map(|days| ("lifecycle", lifecycle(days))));
    object(&members)
}

fn rule(name: &str, days: i64, copies: Vec<Value>) -> Value {
    object(&[
        ("rule_name", Value::text(name)),
        ("schedule", Value::text("cron(0 5 ? * * *)")),
        ("lifecycle", lifecycle(days)),
        ("copy_action", Value::List(copies)),
    ])
}

fn check(spec: &TypeSpec, attribute: &str, before: &Value, after: &Value, expected: &[&str]) {
    let said: Vec<String> = effects(spec, attribute, before, after)
        .into_iter()
        .map(|effect| format!("{}: {}", effect.severity.name(), effect.text))
        .collect();
    assert_eq!(said, expected);
}

#[test]
fn a_backup_plan_says_what_is_lost() {
    let before = Value::List(vec![
        rule("daily", 35, vec![copy("us-west-2", Some(90)), copy("eu-west-1", None)]),
        rule("monthly", 365, vec![]),
    ]);
    let after = Value::List(vec![rule("daily", 7, vec![copy("us-west-2", Some(30))])]);
    check(
        &ANY,
        "rule",
        &before,
        &after,
        &[
            "critical: daily: retention 35 -> 7 days",
            "critical: daily: copy to orders in 222222222222/eu-west-1 removed",
            "critical: daily, to orders in 222222222222/us-west-2: retention of the copy 90 -> 30 days",
            "critical: backup rule monthly removed",
        ],
    );
    // The other way round nothing is lost, and that is said too.
    check(
        &ANY,
        "rule",
        &after,
        &before,
        &[
            "low: daily: retention 7 -> 35 days",
            "low: daily: copy to orders in 222222222222/eu-west-1 added",
            "low: daily, to orders in 222222222222/us-west-2: retention of the copy 30 -> 90 days",
            "low: backup rule monthly added",
        ],
    );
}

#[test]
fn the_order_of_rules_and_copies_says_nothing() {
    let two = |flip: bool| {
        let mut rules = vec![
            rule("daily", 35, vec![copy("us-west-2", None), copy("eu-west-1", None)]),
            rule("monthly", 365, vec![]),
        ];
        if flip {
            rules.reverse();
        }
        Value::List(rules)
    };
    check(&ANY, "rule", &two(false), &two(true), &[]);
}

#[test]
fn a_copy_kept_for_ever_is_longer_than_any_number_of_days() {
    let plan = |days| Value::List(vec![rule("daily", 35, vec![copy("us-west-2", days)])]);
    let of = "daily, to orders in 222222222222/us-west-2: retention of the copy";
    let shortened = format!("critical: {of} for ever -> 90 days");
    check(&ANY, "rule", &plan(None), &plan(Some(90)), &[&shortened]);
    let lengthened = format!("low: {of} 90 -> for ever");
    check(&ANY, "rule", &plan(Some(90)), &plan(None), &[&lengthened]);
    assert_eq!(severity("rule"), Severity::Medium);
}

#[test]
fn an_alarm_that_tells_nobody_is_worse_than_one_with_another_text() {
    let alarm = TypeSpec { name: "aws_cloudwatch_metric_alarm", inputs: Alarm::TABLE, ..ANY };
    let on = |on| Value::Bool(on);
    check(&alarm, "actions_enabled", &on(true), &on(false), &["high: the alarm tells nobody"]);
    check(&alarm, "actions_enabled", &on(false), &on(true), &[]);
    let actions =
        |names: &[&str]| Value::Set(names.iter().map(|name| Value::text(*name)).collect());
    check(
        &alarm,
        "alarm_actions",
        &actions(&["a", "b"]),
        &actions(&["b", "c"]),
        &["high: action of the alarm a removed"],
    );
    check(&alarm, "alarm_description", &Value::text("x"), &Value::text("y"), &[]);
    assert_eq!(severity("alarm_description"), Severity::Low);
}

#[test]
fn absence_is_as_bad_as_what_hangs_on_it() {
    let of = |name| absence(&TypeSpec { name, ..ANY }).map(|effect| effect.severity);
    assert_eq!(of("aws_kms_key"), Some(Severity::Critical));
    assert_eq!(of("aws_cloudwatch_metric_alarm"), Some(Severity::High));
    assert_eq!(of("aws_cloudwatch_dashboard"), Some(Severity::Low));
    assert_eq!(of("aws_db_subnet_group"), None);
}
