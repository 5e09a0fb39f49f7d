//! What refers to something in another Region where AWS wants both in the same.
use super::Scene;
use crate::diagnostic::Diagnostic;

/// Arguments that name something in the resource's own Region.
const LOCAL: &[(&str, &str)] = &[
    ("aws_backup_selection", "plan_id"),
    ("aws_backup_vault", "kms_key_arn"),
    ("aws_cloudwatch_composite_alarm", "alarm_actions"),
    ("aws_cloudwatch_composite_alarm", "insufficient_data_actions"),
    ("aws_cloudwatch_composite_alarm", "ok_actions"),
    ("aws_cloudwatch_event_target", "rule"),
    ("aws_cloudwatch_log_group", "kms_key_id"),
    ("aws_cloudwatch_metric_alarm", "alarm_actions"),
    ("aws_cloudwatch_metric_alarm", "insufficient_data_actions"),
    ("aws_cloudwatch_metric_alarm", "ok_actions"),
    ("aws_db_event_subscription", "sns_topic"),
    ("aws_kms_alias", "target_key_id"),
    ("aws_lambda_function", "kms_key_arn"),
    ("aws_lambda_function_event_invoke_config", "function_name"),
    ("aws_lambda_permission", "function_name"),
    ("aws_rds_cluster", "db_cluster_parameter_group_name"),
    ("aws_rds_cluster", "db_subnet_group_name"),
    ("aws_rds_cluster", "kms_key_id"),
    ("aws_rds_cluster", "vpc_security_group_ids"),
    ("aws_rds_cluster_instance", "cluster_identifier"),
    ("aws_rds_cluster_instance", "db_parameter_group_name"),
    ("aws_sns_topic", "kms_master_key_id"),
    ("aws_sns_topic_policy", "arn"),
    ("aws_sns_topic_subscription", "topic_arn"),
];

pub(super) fn check(scene: &Scene<'_>, problems: &mut Vec<Diagnostic>) {
    for (kind, argument) in LOCAL {
        for block in scene.resources(kind) {
            let Some(here) = scene.region(block) else { continue };
            for (other, span) in scene.referred(&block.body, argument) {
                let Some(there) = scene.region(other).filter(|there| *there != here) else {
                    continue;
                };
                let detail = format!(
                    "{} is in {there}, but {} is in {here}, and \"{argument}\" takes what is in \
                     the same Region.",
                    other.address, block.address
                );
                let problem = Diagnostic::error("Reference to another Region", detail).at(span);
                problems.push(problem.hint(format!("Declare one for {here} and refer to that.")));
            }
        }
    }
}
