//! Which attributes of a live resource are worth writing down.
//!
//! A configuration says what somebody wants. AWS tells much more: what it chose by itself, what it
//! takes when nobody says anything, what other resources of the configuration say already.
use crate::discover::{Estate, Found};
use crate::schema::{AttributeSpec, Role, Unset};
use crate::value::Value;

/// What is left to AWS, or said elsewhere: the type, the path of the attribute, and the values that
/// nobody need have chosen; all of them where none is named.
const LEFT_OUT: &[(&str, &str, &[&str])] = &[
    // The policy of a topic is a resource of its own, and those of roles are.
    ("aws_sns_topic", "policy", &[]),
    ("aws_iam_role", "inline_policy", &[]),
    ("aws_iam_role", "managed_policy_arns", &[]),
    // Numbers and words that the service takes by itself.
    ("aws_sns_topic", "signature_version", &["1"]),
    ("aws_sns_topic", "tracing_config", &["PassThrough"]),
    ("aws_sqs_queue", "delay_seconds", &["0"]),
    ("aws_sqs_queue", "deduplication_scope", &["queue"]),
    ("aws_sqs_queue", "fifo_throughput_limit", &["perQueue"]),
    ("aws_sqs_queue", "kms_data_key_reuse_period_seconds", &["300"]),
    ("aws_sqs_queue", "max_message_size", &["262144", "1048576"]),
    ("aws_sqs_queue", "message_retention_seconds", &["345600"]),
    ("aws_sqs_queue", "receive_wait_time_seconds", &["0"]),
    ("aws_sqs_queue", "sqs_managed_sse_enabled", &[]),
    ("aws_sqs_queue", "visibility_timeout_seconds", &["30"]),
    ("aws_lambda_function", "architectures", &["x86_64"]),
    ("aws_lambda_function", "ephemeral_storage", &["512"]),
    ("aws_lambda_function", "filename", &[]),
    ("aws_lambda_function", "logging_config.application_log_level", &[]),
    ("aws_lambda_function", "logging_config.system_log_level", &[]),
    ("aws_lambda_function", "tracing_config", &["PassThrough"]),
    ("aws_cloudwatch_log_group", "deletion_protection_enabled", &["false"]),
    ("aws_cloudwatch_log_group", "log_group_class", &["STANDARD"]),
    ("aws_ssm_parameter", "data_type", &["text"]),
    ("aws_ssm_parameter", "tier", &["Standard"]),
    ("aws_cloudwatch_metric_alarm", "evaluate_low_sample_count_percentiles", &["evaluate"]),
    ("aws_kms_key", "rotation_period_in_days", &["365"]),
    // What Aurora chooses, or sets by itself when roles change.
    ("aws_rds_cluster", "allocated_storage", &[]),
    ("aws_rds_cluster", "availability_zones", &[]),
    ("aws_rds_cluster", "ca_certificate_identifier", &[]),
    ("aws_rds_cluster", "cluster_scalability_type", &["standard"]),
    ("aws_rds_cluster", "database_insights_mode", &["standard"]),
    ("aws_rds_cluster", "engine_lifecycle_support", &["open-source-rds-extended-support"]),
    ("aws_rds_cluster", "iops", &[]),
    ("aws_rds_cluster", "manage_master_user_password", &["false"]),
    ("aws_rds_cluster", "monitoring_interval", &["0"]),
    ("aws_rds_cluster", "network_type", &["IPV4"]),
    ("aws_rds_cluster", "performance_insights_enabled", &["false"]),
    ("aws_rds_cluster", "performance_insights_kms_key_id", &[]),
    ("aws_rds_cluster", "port", &["3306", "5432"]),
    ("aws_rds_cluster", "replication_source_identifier", &[]),
    ("aws_rds_cluster", "storage_type", &["aurora"]),
    ("aws_rds_cluster_instance", "availability_zone", &[]),
    ("aws_rds_cluster_instance", "ca_cert_identifier", &[]),
    ("aws_rds_cluster_instance", "copy_tags_to_snapshot", &[]),
    ("aws_rds_cluster_instance", "db_subnet_group_name", &[]),
    ("aws_rds_cluster_instance", "engine_version", &[]),
    ("aws_rds_cluster_instance", "monitoring_interval", &["0"]),
    ("aws_rds_cluster_instance", "performance_insights_enabled", &["false"]),
    ("aws_rds_cluster_instance", "performance_insights_kms_key_id", &[]),
    ("aws_rds_cluster_instance", "preferred_backup_window", &[]),
    ("aws_rds_cluster_instance", "publicly_accessible", &["false"]),
    ("aws_rds_global_cluster", "engine_lifecycle_support", &["open-source-rds-extended-support"]),
];

/// Values that are never worth a line where AWS decides: the groups that it made by itself.
fn is_awss_own(text: &str) -> bool {
    text == "default" || text.starts_with("default.") || text.starts_with("default:")
}

/// Whether an attribute at that path is written. `value` is what AWS has.
pub(super) fn is_written(
    estate: &Estate,
    found: &Found,
    path: &str,
    spec: &AttributeSpec,
    value: &Value,
) -> bool {
    if spec.required {
        return true;
    }
    if is_nothing(value) || spec.role == Role::Option || is_default(spec, value) {
        return false;
    }
    let type_name = found.type_name();
    let text = words(value);
    let left = LEFT_OUT.iter().filter(|(of, at, _)| *of == type_name && *at == path);
    for (_, _, values) in left {
        if values.is_empty() || text.as_deref().is_some_and(|text| values.contains(&text)) {
            return false;
        }
    }
    // A follower of a global database takes these from the writer.
    let follows = found.live.outputs.get("global_role").as_str() == Some("reader");
    if follows && spec.role == Role::Initial {
        return false;
    }
    let decided = spec.unset == Unset::AwsDecides;
    let by_aws = |text: &str| {
        is_awss_own(text)
            || text.rsplit('/').next().is_some_and(|id| estate.keys_of_aws.contains(id))
    };
    !(decided && text.as_deref().is_some_and(by_aws))
}

/// Whether nothing is there.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) | Value::Tuple(items) => items.is_empty(),
        Value::Set(items) => items.is_empty(),
        Value::Map(object) | Value::Object(object) => object.0.is_empty(),
        _ => false,
    }
}

fn is_default(spec: &AttributeSpec, value: &Value) -> bool {
    match spec.unset {
        Unset::Bool(default) => (spec.same)(value, &Value::Bool(default)),
        Unset::Int(default) => (spec.same)(value, &Value::int(default)),
        Unset::Text(default) => (spec.same)(value, &Value::text(default)),
        Unset::Absent | Unset::AwsDecides => false,
    }
}

/// A scalar as the tables write it; a set, or a block, of one as its only member.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Set(items) if items.len() == 1 => words(items.first()?),
        Value::Object(block) if block.0.len() == 1 => words(block.0.values().next()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::CATALOG;
    use crate::schema::find;

    #[test]
    fn the_table_names_what_exists_and_need_not_be_set() {
        for (of, at, _) in LEFT_OUT {
            let kind = CATALOG.resources.iter().find(|kind| kind.spec().name == *of);
            let mut table = kind.unwrap_or_else(|| panic!("no type {of}")).spec().inputs;
            let mut required = false;
            for name in at.split('.') {
                let spec = find(table, name).unwrap_or_else(|| panic!("{of}.{at}"));
                required = spec.required && !at.contains('.');
                table = spec.kind.block().unwrap_or(table);
            }
            assert!(!required, "{of}.{at}");
        }
    }
}
