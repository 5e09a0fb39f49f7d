//! Configurations, and what the checks say of them: line, column and summary.
use std::sync::Arc;

use crate::config::{self, NoModules, Types};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::resources;

fn found(text: &str) -> Vec<Diagnostic> {
    let (specs, data) = resources::specs();
    let types = Types { resources: &specs, data: &data };
    let source = Arc::new(Source { name: "main.hcl".to_owned(), text: text.to_owned() });
    let (module, problems) = config::load(&[source], &NoModules, types);
    assert_eq!(problems, [], "{text}");
    super::check(&module, types)
}

fn check(text: &str, expected: &[&str]) {
    let line = |problem: &Diagnostic| {
        let (line, column) = problem.span.as_ref().expect("it has a place").start();
        let sign = if problem.severity == Severity::Error { '!' } else { '?' };
        let hint = problem.hint.as_deref().and_then(|hint| hint.strip_prefix("Did you mean "));
        let hint = hint.map(|hint| format!(" ({})", hint.trim_end_matches('?')));
        format!("{sign}{line}:{column} {}{}", problem.summary, hint.unwrap_or_default())
    };
    let found: Vec<String> = found(text).iter().map(line).collect();
    assert_eq!(found, expected, "{text}");
}

/// An alarm with these lines in it.
fn alarm(lines: &str, expected: &[&str]) {
    check(&format!("resource \"aws_cloudwatch_metric_alarm\" \"a\" {{\n{lines}\n}}\n"), expected);
}

const USUAL: &str = "namespace = \"AWS/RDS\"\nperiod = 60\nstatistic = \"Maximum\"\n";

#[test]
fn alarms_have_what_cloudwatch_asks_for() {
    alarm(&format!("{USUAL}metric_name = \"CPUUtilization\""), &[]);
    alarm("", &["!1:1 Invalid combination of arguments"]);
    alarm("metric_name = \"x\"", &["!1:1 Invalid combination of arguments"; 3]);
    alarm(
        &format!("{USUAL}metric_name = \"CPUUtilization\"\nextended_statistic = \"p99\""),
        &["!1:1 Invalid combination of arguments"],
    );
    alarm(
        &format!("{USUAL}metric_name = \"CPUUtilization\"\nmetric_query {{\nid = \"a\"\n}}"),
        &["!1:1 Invalid combination of arguments"],
    );
    alarm("dynamic \"metric_query\" {\nfor_each = var.queries\ncontent {\nid = \"a\"\n}\n}", &[]);
    alarm(
        "namespace = \"x\"\nmetric_name = \"x\"\nstatistic = \"Sum\"\nperiod = 45",
        &["!5:10 Invalid value"],
    );
    alarm(
        "namespace = \"x\"\nmetric_name = \"x\"\nstatistic = \"Sum\"\nperiod = 300\n\
         evaluation_periods = 300\ndatapoints_to_alarm = 301",
        &["!7:23 Invalid value", "!5:10 Invalid value"],
    );
}

#[test]
fn metrics_are_real() {
    let named = |namespace: &str, name: &str, expected: &[&str]| {
        let lines = format!(
            "namespace = \"{namespace}\"\nmetric_name = \"{name}\"\nperiod = 60\nstatistic = \"Sum\""
        );
        alarm(&lines, expected);
    };
    named("AWS/RDS", "AuroraReplicaLag", &[]);
    named("AWS/RDS", "AuroraReplicaLags", &["?3:15 Metric without data (\"AuroraReplicaLag\")"]);
    named("AWS/RDS", "SomethingOfAnotherEngine", &[]);
    named("AWS/Lambda", "Errors", &[]);
    named("AWS/Lambda", "errors", &["?3:15 Metric without data (\"Errors\")"]);
    named("AWS/Lambda", "Unheard", &["?3:15 Metric without data"]);
    named("AWS/Events", "FailedInvocation", &["?3:15 Metric without data (\"FailedInvocations\")"]);
    named(
        "AWS/Backup",
        "NumberOfCopyJobFailed",
        &["?3:15 Metric without data (\"NumberOfCopyJobsFailed\")"],
    );
    named("AWS/SNS", "NumberOfNotificationsFailed", &[]);
    named("AWS/Rds", "CPUUtilization", &["?2:13 Metric without data (\"AWS/RDS\")"]);
    named("orders", "Anything", &[]);
}

#[test]
fn values_are_followed_through_locals() {
    check(
        "locals {\n  name = \"${local.half}Lags\"\n  half = \"AuroraReplica\"\n}\n\
         resource \"aws_cloudwatch_metric_alarm\" \"a\" {\nnamespace = \"AWS/RDS\"\nperiod = 60\n\
         statistic = \"Maximum\"\nmetric_name = local.name\n}\n",
        &["?9:15 Metric without data (\"AuroraReplicaLag\")"],
    );
    alarm(&format!("{USUAL}metric_name = var.name"), &[]);
    // A circle is told elsewhere.
    check("locals {\n  a = local.b\n  b = local.a\n}\n", &[]);
}

#[test]
fn lag_alarms_can_do_what_they_are_for() {
    let lag = |lines: &str, expected: &[&str]| {
        alarm(&format!("{USUAL}metric_name = \"AuroraGlobalDBRPOLag\"\n{lines}"), expected);
    };
    let dimension = "dimensions = { DBClusterIdentifier = aws_rds_cluster.a.id }\n";
    lag(&format!("{dimension}threshold = 60000"), &[]);
    lag(&format!("{dimension}threshold = 60"), &["?7:13 Threshold below a second"]);
    lag(
        &format!("{dimension}treat_missing_data = \"breaching\""),
        &["?7:22 Alarm that is always on"],
    );
    lag("dimensions = { DBInstanceIdentifier = \"x\" }", &["?5:15 Metric without data"]);
    lag("", &["?5:15 Metric without data"]);
    lag("dimensions = var.dimensions", &[]);
}

/// A backup plan with one rule.
fn rule(lines: &str, expected: &[&str]) {
    let text = format!(
        "resource \"aws_backup_plan\" \"p\" {{\nname = \"p\"\nrule {{\n{lines}\nrule_name = \"r\"\n\
         target_vault_name = \"near\"\n}}\n}}\n"
    );
    check(&text, expected);
}

#[test]
fn backups_live_long_enough() {
    rule("lifecycle {\ncold_storage_after = 30\ndelete_after = 120\n}", &[]);
    rule(
        "lifecycle {\ncold_storage_after = 30\ndelete_after = 119\n}",
        &["!6:16 Retention too short"],
    );
    rule("lifecycle {\ndelete_after = 1\n}", &[]);
    rule(
        "copy_action {\ndestination_vault_arn = \
         \"arn:aws:backup:us-west-2:222222222222:backup-vault:far\"\nlifecycle {\ncold_storage_after = 1\n\
         delete_after = 90\n}\n}",
        &["!8:16 Retention too short"],
    );
    rule(
        "enable_continuous_backup = true\nlifecycle {\ncold_storage_after = 1\ndelete_after = 100\n}",
        &["!6:22 Invalid continuous backup"],
    );
    rule("start_window = 60\ncompletion_window = 120", &[]);
    rule("start_window = 30\ncompletion_window = 120", &["!4:16 Window too short"]);
    rule("start_window = 60\ncompletion_window = 119", &["!5:21 Window too short"]);
    rule("completion_window = 119", &["!4:21 Window too short"]);
}

#[test]
fn clusters_fit_their_instances() {
    let cluster = |global: &str, class: &str, expected: &[&str]| {
        check(
            &format!(
                "resource \"aws_rds_global_cluster\" \"g\" {{\nengine = \"aurora-mysql\"\n}}\n\
                 resource \"aws_rds_cluster\" \"c\" {{\n{global}\n}}\n\
                 resource \"aws_rds_cluster_instance\" \"i\" {{\n\
                 cluster_identifier = aws_rds_cluster.c.id\ninstance_class = \"{class}\"\n}}\n"
            ),
            expected,
        );
    };
    let member = "global_cluster_identifier = aws_rds_global_cluster.g.id";
    cluster(member, "db.r6g.large", &[]);
    cluster(member, "db.t4g.medium", &["!9:18 Invalid instance class"]);
    cluster("", "db.t4g.medium", &[]);
    cluster("", "db.serverless", &["!9:18 Invalid instance class"]);
    let scaling = "serverlessv2_scaling_configuration {\nmin_capacity = 2\nmax_capacity = 1\n}";
    cluster(scaling, "db.serverless", &["!7:16 Invalid capacity"]);
    cluster(
        &format!("engine = \"aurora-postgresql\"\n{member}"),
        "db.r6g.large",
        &["!5:10 Invalid engine"],
    );
}

const REGIONS: &str = "provider \"aws\" {\nregion = \"eu-west-1\"\n}\n\
                       provider \"aws\" {\nalias = \"far\"\nregion = \"us-east-1\"\n}\n";

#[test]
fn references_stay_in_the_region() {
    let actions = |topic: &str, expected: &[&str]| {
        check(
            &format!(
                "{REGIONS}resource \"aws_sns_topic\" \"t\" {{\n{topic}\n}}\n\
                 resource \"aws_cloudwatch_metric_alarm\" \"a\" {{\n{USUAL}\
                 metric_name = \"CPUUtilization\"\nalarm_actions = [aws_sns_topic.t.arn]\n}}\n"
            ),
            expected,
        );
    };
    actions("", &[]);
    actions("provider = aws.far", &["!16:18 Reference to another Region"]);
    actions("region = \"us-east-1\"", &["!16:18 Reference to another Region"]);
    actions("region = var.region", &[]);
}

#[test]
fn what_calls_is_allowed_to() {
    let target = |more: &str, expected: &[&str]| {
        check(
            &format!(
                "resource \"aws_cloudwatch_event_target\" \"t\" {{\nrule = \"r\"\n\
                 arn = aws_lambda_function.f.arn\n}}\nresource \"aws_lambda_function\" \"f\" {{\n}}\n\
                 {more}"
            ),
            expected,
        );
    };
    target("", &["?3:7 Nobody allows this"]);
    let permission = |name: &str| {
        format!("resource \"aws_lambda_permission\" \"p\" {{\nfunction_name = {name}\n}}\n")
    };
    target(&permission("aws_lambda_function.f.function_name"), &[]);
    target(&permission("var.function"), &[]);
    target(
        &format!(
            "resource \"aws_lambda_function\" \"g\" {{\n}}\n{}",
            permission("aws_lambda_function.g.arn")
        ),
        &["?3:7 Nobody allows this"],
    );
}

#[test]
fn copies_and_events_of_other_accounts_are_allowed() {
    let accounts = "provider \"aws\" {\nprofile = \"a\"\n}\n\
                    provider \"aws\" {\nalias = \"b\"\nprofile = \"b\"\n}\n";
    let copy = |vault: &str, more: &str, expected: &[&str]| {
        check(
            &format!(
                "{accounts}resource \"aws_backup_vault\" \"v\" {{\nname = \"v\"\n{vault}\n}}\n\
                 resource \"aws_backup_plan\" \"p\" {{\nrule {{\ncopy_action {{\n\
                 destination_vault_arn = aws_backup_vault.v.arn\n}}\n}}\n}}\n{more}"
            ),
            expected,
        );
    };
    copy("", "", &[]);
    copy("provider = aws.b", "", &["?15:25 Nobody allows this"]);
    let policy = "resource \"aws_backup_vault_policy\" \"v\" {\nprovider = aws.b\n\
                  backup_vault_name = aws_backup_vault.v.name\n}\n";
    copy("provider = aws.b", policy, &[]);
    let event = |more: &str, expected: &[&str]| {
        check(
            &format!(
                "{accounts}resource \"aws_cloudwatch_event_bus\" \"b\" {{\nname = \"b\"\n\
                 provider = aws.b\n}}\nresource \"aws_cloudwatch_event_target\" \"t\" {{\n\
                 arn = aws_cloudwatch_event_bus.b.arn\n}}\n{more}"
            ),
            expected,
        );
    };
    event("", &["?13:7 Nobody allows this"]);
    event(
        "resource \"aws_cloudwatch_event_bus_policy\" \"b\" {\nprovider = aws.b\n\
         event_bus_name = aws_cloudwatch_event_bus.b.name\n}\n",
        &[],
    );
}
