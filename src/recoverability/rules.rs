//! What matters, attribute by attribute: one line each.
use crate::recoverability::Effect;
use crate::recoverability::Severity::{self, Critical, High, Low, Medium};
use crate::recoverability::judge::{
    block, differs, entry_off, lost, lowered, shortened, switched_off,
};
use crate::recoverability::leaves::Leaf;

/// What is to be said of one attribute of one type.
pub(super) struct Rule {
    /// The type.
    pub of: &'static str,
    /// The attribute, inside blocks with the names of the blocks before it.
    pub at: &'static str,
    /// Says it; `None` if this difference makes nothing worse.
    pub judge: fn(&Leaf) -> Option<Effect>,
}

macro_rules! rules {
    ($( $of:literal { $( $at:literal => $judge:expr; )* } )*) => {
        &[ $( $( Rule { of: $of, at: $at, judge: $judge }, )* )* ]
    };
}

/// All of them, by type.
pub(super) static RULES: &[Rule] = rules! {
    "aws_backup_global_settings" {
        "global_settings" => |l| entry_off(Critical, "isCrossAccountBackupEnabled", "backups can no longer be copied to other accounts", l);
    }
    "aws_backup_logically_air_gapped_vault" {
        "max_retention_days" => |l| shortened(High, "longest retention", l);
        "min_retention_days" => |l| lowered(High, "shortest retention in days", l);
    }
    "aws_backup_plan" {
        "rule" => |l| block(Critical, "backup rule", l);
        "rule.copy_action" => |l| block(Critical, "copy to", l);
        "rule.copy_action.lifecycle.delete_after" => |l| shortened(Critical, "retention of the copy", l);
        "rule.lifecycle.delete_after" => |l| shortened(Critical, "retention", l);
        "rule.schedule" => |l| differs(High, "another schedule: how much may be lost changes with it", l);
        "rule.target_vault_name" => |l| differs(Critical, "backups go into another vault", l);
        "rule.enable_continuous_backup" => |l| switched_off(Critical, "no point-in-time recovery any more", l);
    }
    "aws_backup_region_settings" {
        "resource_type_opt_in_preference" => |l| entry_off(Critical, "Aurora", "AWS Backup skips Aurora in this Region, and says nothing", l);
    }
    "aws_backup_restore_testing_plan" {
        "schedule_expression" => |l| differs(Medium, "restores are tested at other times", l);
    }
    "aws_backup_selection" {
        "condition" => |l| differs(Critical, "another choice of what is backed up", l);
        "iam_role_arn" => |l| differs(High, "backups are made by another role", l);
        "not_resources" => |l| differs(Critical, "another choice of what is backed up", l);
        "resources" => |l| differs(Critical, "another choice of what is backed up", l);
        "selection_tag" => |l| differs(Critical, "another choice of what is backed up", l);
    }
    "aws_backup_vault_lock_configuration" {
        "max_retention_days" => |l| shortened(High, "longest retention", l);
        "min_retention_days" => |l| lowered(Critical, "shortest retention in days", l);
    }
    "aws_backup_vault_notifications" {
        "backup_vault_events" => |l| lost(High, "notification of", l);
        "sns_topic_arn" => |l| differs(High, "others are told what happens to backups", l);
    }
    "aws_backup_vault_policy" {
        "policy" => |l| differs(Critical, "another policy decides who may copy into the vault and delete from it", l);
    }
    "aws_cloudwatch_composite_alarm" {
        "actions_enabled" => |l| switched_off(High, "the alarm tells nobody", l);
        "alarm_actions" => |l| lost(High, "action of the alarm", l);
        "alarm_rule" => |l| differs(High, "the alarm watches something else", l);
    }
    "aws_cloudwatch_event_bus_policy" {
        "policy" => |l| differs(Critical, "another policy decides whose events the bus takes", l);
    }
    "aws_cloudwatch_event_permission" {
        "principal" => |l| differs(Critical, "the bus takes events of another account", l);
    }
    "aws_cloudwatch_event_rule" {
        "event_pattern" => |l| differs(High, "the rule listens to other events", l);
        "is_enabled" => |l| switched_off(Critical, "the rule is disabled: nothing reacts", l);
        "schedule_expression" => |l| differs(High, "the rule fires at other times", l);
        "state" => |l| switched_off(Critical, "the rule is disabled: nothing reacts", l);
    }
    "aws_cloudwatch_event_target" {
        "arn" => |l| differs(High, "events go somewhere else", l);
        "dead_letter_config.arn" => |l| lost(Medium, "dead-letter queue", l);
        "role_arn" => |l| differs(High, "events are delivered by another role", l);
    }
    "aws_cloudwatch_metric_alarm" {
        "actions_enabled" => |l| switched_off(High, "the alarm tells nobody", l);
        "alarm_actions" => |l| lost(High, "action of the alarm", l);
        "comparison_operator" => |l| differs(High, "the alarm compares differently", l);
        "datapoints_to_alarm" => |l| differs(Medium, "the alarm is more or less patient", l);
        "dimensions" => |l| differs(High, "the alarm watches something else", l);
        "evaluation_periods" => |l| differs(Medium, "the alarm is more or less patient", l);
        "insufficient_data_actions" => |l| lost(High, "action on missing data", l);
        "metric_name" => |l| differs(High, "the alarm watches something else", l);
        "namespace" => |l| differs(High, "the alarm watches something else", l);
        "threshold" => |l| differs(High, "the alarm goes off at another threshold", l);
        "treat_missing_data" => |l| differs(High, "missing data means something else to the alarm", l);
    }
    "aws_db_event_subscription" {
        "enabled" => |l| switched_off(High, "nobody is told of events of the database", l);
        "event_categories" => |l| lost(High, "category of events", l);
        "sns_topic" => |l| differs(High, "others are told of events of the database", l);
        "source_ids" => |l| lost(High, "source of events", l);
    }
    "aws_iam_policy" {
        "policy" => |l| differs(High, "whoever has the policy may do other things", l);
    }
    "aws_iam_role" {
        "assume_role_policy" => |l| differs(High, "others may act as the role", l);
        "permissions_boundary" => |l| differs(High, "the role may do other things", l);
    }
    "aws_iam_role_policy" {
        "policy" => |l| differs(High, "the role may do other things", l);
    }
    "aws_kms_alias" {
        "target_key_id" => |l| differs(Critical, "the alias leads to another key", l);
    }
    "aws_kms_key" {
        "enable_key_rotation" => |l| switched_off(Medium, "the key is no longer rotated", l);
        "is_enabled" => |l| switched_off(Critical, "the key is disabled: what it encrypts can be neither copied nor restored", l);
        "policy" => |l| differs(Critical, "another policy decides who may use the key", l);
    }
    "aws_kms_replica_key" {
        "enabled" => |l| switched_off(Critical, "the key is disabled: what it encrypts can be neither copied nor restored", l);
        "policy" => |l| differs(Critical, "another policy decides who may use the key", l);
    }
    "aws_lambda_function" {
        "environment.variables" => |l| differs(High, "the function runs with other settings", l);
        "handler" => |l| differs(High, "another handler runs", l);
        "memory_size" => |l| lowered(Medium, "memory of the function", l);
        "reserved_concurrent_executions" => |l| lowered(High, "reserved concurrency", l);
        "role" => |l| differs(High, "the function runs as another role", l);
        "runtime" => |l| differs(High, "another runtime runs the function", l);
        "source_code_hash" => |l| differs(High, "the function runs other code", l);
        "timeout" => |l| lowered(High, "the function's time-out in seconds", l);
    }
    "aws_lambda_function_event_invoke_config" {
        "destination_config.on_failure.destination" => |l| lost(High, "destination of failures", l);
        "maximum_retry_attempts" => |l| lowered(Medium, "attempts", l);
    }
    "aws_rds_cluster" {
        "backup_retention_period" => |l| lowered(Critical, "backup retention in days", l);
        "db_cluster_parameter_group_name" => |l| differs(High, "the cluster runs with other parameters", l);
        "deletion_protection" => |l| switched_off(High, "the cluster can be deleted by mistake", l);
        "enabled_cloudwatch_logs_exports" => |l| lost(Medium, "export of the log", l);
        "global_cluster_identifier" => |l| differs(Critical, "the cluster belongs to another global database, or to none", l);
        "iam_roles" => |l| lost(High, "role", l);
        "serverlessv2_scaling_configuration.max_capacity" => |l| lowered(High, "largest capacity", l);
        "serverlessv2_scaling_configuration.min_capacity" => |l| lowered(Medium, "smallest capacity", l);
        "vpc_security_group_ids" => |l| differs(High, "others may connect", l);
    }
    "aws_rds_cluster_instance" {
        "instance_class" => |l| differs(High, "the instance is of another size: after a failover it carries all the load", l);
        "monitoring_interval" => |l| switched_off(Low, "enhanced monitoring is off", l);
        "promotion_tier" => |l| differs(Medium, "another instance takes over first", l);
    }
    "aws_rds_global_cluster" {
        "deletion_protection" => |l| switched_off(High, "the global database can be deleted by mistake", l);
    }
    "aws_route53_record" {
        "alias.name" => |l| differs(Critical, "the name leads somewhere else", l);
        "records" => |l| differs(Critical, "the name leads somewhere else", l);
        "ttl" => |l| differs(Medium, "clients notice a failover sooner or later", l);
    }
    "aws_sns_topic" {
        "kms_master_key_id" => |l| differs(High, "another key encrypts messages: publishers need leave to use it", l);
        "policy" => |l| differs(High, "others may publish", l);
    }
    "aws_sns_topic_policy" {
        "policy" => |l| differs(High, "others may publish", l);
    }
    "aws_sns_topic_subscription" {
        "endpoint" => |l| differs(High, "others are told", l);
        "filter_policy" => |l| differs(High, "fewer or other messages are passed on", l);
    }
    "aws_sqs_queue" {
        "message_retention_seconds" => |l| lowered(High, "seconds that messages are kept", l);
        "policy" => |l| differs(High, "others may send", l);
    }
};

/// How bad it is that a resource is not there: severity, what it means, and of which types.
pub(super) static ABSENT: &[(Severity, &str, &[&str])] = &[
    (
        Critical,
        "the database has no copy that could take over",
        &["aws_rds_cluster", "aws_rds_global_cluster"],
    ),
    (
        Critical,
        "what the key encrypts can be neither copied nor restored",
        &["aws_kms_key", "aws_kms_replica_key"],
    ),
    (
        Critical,
        "backups are not made, or not where they are meant to be",
        &[
            "aws_backup_vault",
            "aws_backup_logically_air_gapped_vault",
            "aws_backup_plan",
            "aws_backup_selection",
            "aws_backup_region_settings",
            "aws_backup_global_settings",
        ],
    ),
    (
        Critical,
        "others can no longer copy or send here, or may delete",
        &[
            "aws_backup_vault_policy",
            "aws_backup_vault_lock_configuration",
            "aws_cloudwatch_event_bus",
            "aws_cloudwatch_event_bus_policy",
            "aws_cloudwatch_event_permission",
        ],
    ),
    (
        Critical,
        "nothing reacts to a switchover, a failover or a finished copy",
        &[
            "aws_cloudwatch_event_rule",
            "aws_cloudwatch_event_target",
            "aws_lambda_function",
            "aws_lambda_permission",
        ],
    ),
    (Critical, "clients find nothing under the name", &["aws_route53_record"]),
    (High, "there is less capacity, or none, to take over", &["aws_rds_cluster_instance"]),
    (
        High,
        "what acts as this role can do less, or nothing",
        &[
            "aws_iam_role",
            "aws_iam_role_policy",
            "aws_iam_role_policy_attachment",
            "aws_iam_policy",
        ],
    ),
    (
        High,
        "nobody is told",
        &[
            "aws_backup_vault_notifications",
            "aws_cloudwatch_composite_alarm",
            "aws_cloudwatch_metric_alarm",
            "aws_db_event_subscription",
            "aws_lambda_function_event_invoke_config",
            "aws_sns_topic",
            "aws_sns_topic_policy",
            "aws_sns_topic_subscription",
            "aws_sqs_queue",
        ],
    ),
    (
        Medium,
        "a restore is no longer tested",
        &["aws_backup_restore_testing_plan", "aws_backup_restore_testing_selection"],
    ),
    (Low, "there is less to look at", &["aws_cloudwatch_dashboard", "aws_backup_report_plan"]),
];

/// What the rules say of a place that differs.
pub(super) fn judge(type_name: &str, leaf: &Leaf) -> Option<Effect> {
    let rule = RULES.iter().find(|rule| rule.of == type_name && rule.at == leaf.path)?;
    (rule.judge)(leaf)
}

/// What the absence of such a resource brings about.
pub(super) fn absence(type_name: &str) -> Option<(Severity, &'static str)> {
    let listed = ABSENT.iter().find(|(_, _, types)| types.contains(&type_name));
    listed.map(|(severity, text, _)| (*severity, *text))
}
