//! Which permissions each type needs: actions of IAM, and what they are about.
//!
//! Names of actions are mostly those of the calls. Listing is about everything there is, because a
//! plan lists where that costs fewer calls; what is read or written one by one is about the ARNs.

/// What one type needs.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// The type.
    pub of: &'static str,
    /// To look at everything of its sort: on all resources.
    pub list: &'static [&'static str],
    /// To look at one.
    pub read: &'static [&'static str],
    /// To create it, where that cannot be allowed for one: on all resources.
    pub make: &'static [&'static str],
    /// To create and change it.
    pub write: &'static [&'static str],
    /// To take it away.
    pub delete: &'static [&'static str],
    /// What that is about: ARNs, in which names of attributes in braces are filled in. An action is
    /// about those of its own service; one without any is about everything.
    pub on: &'static [&'static str],
    /// Attributes that hand a role to a service, and the service.
    pub passes: &'static [(&'static str, &'static str)],
}

macro_rules! needs {
    ($( $of:literal {
        $( list $list:tt; )? $( read $read:tt; )? $( make $make:tt; )? $( write $write:tt; )? $( delete $delete:tt; )?
        $( on $on:tt; )? $( passes $passes:tt; )?
    } )*) => {
        &[ $( Needs {
            of: $of,
            list: needs!(@ $($list)?), read: needs!(@ $($read)?), make: needs!(@ $($make)?), write: needs!(@ $($write)?),
            delete: needs!(@ $($delete)?), on: needs!(@ $($on)?), passes: needs!(@ $($passes)?),
        } ),* ]
    };
    (@) => { &[] };
    (@ $given:tt) => { &$given };
}

/// All types of resources.
pub static RESOURCES: &[Needs] = needs! {
    "aws_backup_framework" {
        read ["backup:DescribeFramework", "backup:ListTags"];
        write ["backup:CreateFramework", "backup:UpdateFramework", "backup:TagResource", "backup:UntagResource"];
        delete ["backup:DeleteFramework"];
        on ["arn:{partition}:backup:{region}:{account}:framework:*"];
    }
    "aws_backup_global_settings" {
        list ["backup:DescribeGlobalSettings"];
        write ["backup:UpdateGlobalSettings"];
    }
    "aws_backup_logically_air_gapped_vault" {
        list ["backup:ListBackupVaults"];
        read ["backup:DescribeBackupVault", "backup:ListTags", "backup:ListRecoveryPointsByBackupVault"];
        write ["backup:CreateLogicallyAirGappedBackupVault", "backup:TagResource", "backup:UntagResource", "backup-storage:Mount", "backup-storage:MountCapsule"];
        delete ["backup:DeleteBackupVault"];
        on ["arn:{partition}:backup:{region}:{account}:backup-vault:{name}"];
    }
    "aws_backup_plan" {
        list ["backup:ListBackupPlans"];
        read ["backup:GetBackupPlan", "backup:ListTags"];
        write ["backup:CreateBackupPlan", "backup:UpdateBackupPlan", "backup:TagResource", "backup:UntagResource"];
        delete ["backup:DeleteBackupPlan"];
        on ["arn:{partition}:backup:{region}:{account}:backup-plan:*"];
    }
    "aws_backup_region_settings" {
        list ["backup:DescribeRegionSettings"];
        write ["backup:UpdateRegionSettings"];
    }
    "aws_backup_report_plan" {
        read ["backup:DescribeReportPlan", "backup:ListTags"];
        write ["backup:CreateReportPlan", "backup:UpdateReportPlan", "backup:TagResource", "backup:UntagResource"];
        delete ["backup:DeleteReportPlan"];
        on ["arn:{partition}:backup:{region}:{account}:report-plan:*"];
    }
    "aws_backup_restore_testing_plan" {
        read ["backup:GetRestoreTestingPlan", "backup:ListTags"];
        write ["backup:CreateRestoreTestingPlan", "backup:UpdateRestoreTestingPlan", "backup:TagResource", "backup:UntagResource"];
        delete ["backup:DeleteRestoreTestingPlan"];
        on ["arn:{partition}:backup:{region}:{account}:restore-testing-plan:*"];
    }
    "aws_backup_restore_testing_selection" {
        read ["backup:GetRestoreTestingSelection", "backup:GetRestoreTestingPlan", "backup:ListTags"];
        write ["backup:CreateRestoreTestingSelection", "backup:UpdateRestoreTestingSelection"];
        delete ["backup:DeleteRestoreTestingSelection"];
        on ["arn:{partition}:backup:{region}:{account}:restore-testing-plan:*"];
        passes [("iam_role_arn", "backup.amazonaws.com")];
    }
    "aws_backup_selection" {
        list ["backup:ListBackupSelections"];
        read ["backup:GetBackupSelection", "backup:ListTags"];
        write ["backup:CreateBackupSelection"];
        delete ["backup:DeleteBackupSelection"];
        on ["arn:{partition}:backup:{region}:{account}:backup-plan:*"];
        passes [("iam_role_arn", "backup.amazonaws.com")];
    }
    "aws_backup_vault" {
        list ["backup:ListBackupVaults"];
        read ["backup:DescribeBackupVault", "backup:ListTags", "backup:ListRecoveryPointsByBackupVault"];
        write ["backup:CreateBackupVault", "backup:TagResource", "backup:UntagResource", "backup-storage:Mount", "backup-storage:MountCapsule", "kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt", "kms:RetireGrant"];
        delete ["backup:DeleteBackupVault", "backup:DeleteRecoveryPoint"];
        on ["arn:{partition}:backup:{region}:{account}:backup-vault:{name}", "arn:{partition}:kms:{region}:{account}:key/*"];
    }
    "aws_backup_vault_lock_configuration" {
        list ["backup:ListBackupVaults"];
        read ["backup:DescribeBackupVault", "backup:ListTags"];
        write ["backup:PutBackupVaultLockConfiguration"];
        delete ["backup:DeleteBackupVaultLockConfiguration"];
        on ["arn:{partition}:backup:{region}:{account}:backup-vault:{backup_vault_name}"];
    }
    "aws_backup_vault_notifications" {
        list ["backup:ListBackupVaults"];
        read ["backup:GetBackupVaultNotifications", "backup:DescribeBackupVault", "backup:ListTags"];
        write ["backup:PutBackupVaultNotifications"];
        delete ["backup:DeleteBackupVaultNotifications"];
        on ["arn:{partition}:backup:{region}:{account}:backup-vault:{backup_vault_name}"];
    }
    "aws_backup_vault_policy" {
        list ["backup:ListBackupVaults"];
        read ["backup:GetBackupVaultAccessPolicy", "backup:DescribeBackupVault", "backup:ListTags"];
        write ["backup:PutBackupVaultAccessPolicy"];
        delete ["backup:DeleteBackupVaultAccessPolicy"];
        on ["arn:{partition}:backup:{region}:{account}:backup-vault:{backup_vault_name}"];
    }
    "aws_cloudwatch_composite_alarm" {
        list ["cloudwatch:DescribeAlarms"];
        read ["cloudwatch:ListTagsForResource"];
        write ["cloudwatch:PutCompositeAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"];
        delete ["cloudwatch:DeleteAlarms"];
        on ["arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}"];
    }
    "aws_cloudwatch_dashboard" {
        read ["cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"];
        write ["cloudwatch:PutDashboard", "cloudwatch:TagResource", "cloudwatch:UntagResource"];
        delete ["cloudwatch:DeleteDashboards"];
        on ["arn:{partition}:cloudwatch::{account}:dashboard/{dashboard_name}"];
    }
    "aws_cloudwatch_event_bus" {
        read ["events:DescribeEventBus", "events:ListTagsForResource"];
        write ["events:CreateEventBus", "events:UpdateEventBus", "events:TagResource", "events:UntagResource", "kms:DescribeKey"];
        delete ["events:DeleteEventBus"];
        on ["arn:{partition}:events:{region}:{account}:event-bus/{name}", "arn:{partition}:kms:{region}:{account}:key/*"];
    }
    "aws_cloudwatch_event_bus_policy" {
        read ["events:DescribeEventBus"];
        write ["events:PutPermission"];
        delete ["events:RemovePermission"];
        on ["arn:{partition}:events:{region}:{account}:event-bus/{event_bus_name}"];
    }
    "aws_cloudwatch_event_permission" {
        read ["events:DescribeEventBus"];
        write ["events:PutPermission"];
        delete ["events:RemovePermission"];
        on ["arn:{partition}:events:{region}:{account}:event-bus/{event_bus_name}"];
    }
    "aws_cloudwatch_event_rule" {
        list ["events:ListRules"];
        read ["events:DescribeRule", "events:ListTagsForResource"];
        write ["events:PutRule", "events:TagResource", "events:UntagResource"];
        delete ["events:DeleteRule"];
        on ["arn:{partition}:events:{region}:{account}:rule/{name}", "arn:{partition}:events:{region}:{account}:rule/*/{name}"];
        passes [("role_arn", "events.amazonaws.com")];
    }
    "aws_cloudwatch_event_target" {
        list ["events:ListRules"];
        read ["events:ListTargetsByRule", "events:DescribeRule", "events:ListTagsForResource"];
        write ["events:PutTargets"];
        delete ["events:RemoveTargets"];
        on ["arn:{partition}:events:{region}:{account}:rule/{rule}", "arn:{partition}:events:{region}:{account}:rule/*/{rule}"];
        passes [("role_arn", "events.amazonaws.com")];
    }
    "aws_cloudwatch_log_group" {
        list ["logs:DescribeLogGroups"];
        read ["logs:ListTagsForResource"];
        write ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy", "logs:AssociateKmsKey", "logs:DisassociateKmsKey", "logs:PutLogGroupDeletionProtection", "logs:TagResource", "logs:UntagResource"];
        delete ["logs:DeleteLogGroup"];
        on ["arn:{partition}:logs:{region}:{account}:log-group:{name}", "arn:{partition}:logs:{region}:{account}:log-group:{name}:*"];
    }
    "aws_cloudwatch_metric_alarm" {
        list ["cloudwatch:DescribeAlarms"];
        read ["cloudwatch:ListTagsForResource"];
        write ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"];
        delete ["cloudwatch:DeleteAlarms"];
        on ["arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}"];
    }
    "aws_db_event_subscription" {
        list ["rds:DescribeEventSubscriptions"];
        read ["rds:ListTagsForResource"];
        write ["rds:CreateEventSubscription", "rds:ModifyEventSubscription", "rds:AddSourceIdentifierToSubscription", "rds:RemoveSourceIdentifierFromSubscription", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"];
        delete ["rds:DeleteEventSubscription"];
        on ["arn:{partition}:rds:{region}:{account}:es:{name}"];
    }
    "aws_db_parameter_group" {
        list ["rds:DescribeDBParameterGroups", "rds:DescribeEngineDefaultParameters"];
        read ["rds:DescribeDBParameters", "rds:ListTagsForResource"];
        write ["rds:CreateDBParameterGroup", "rds:ModifyDBParameterGroup", "rds:ResetDBParameterGroup", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"];
        delete ["rds:DeleteDBParameterGroup"];
        on ["arn:{partition}:rds:{region}:{account}:pg:{name}"];
    }
    "aws_db_subnet_group" {
        list ["rds:DescribeDBSubnetGroups"];
        read ["rds:ListTagsForResource"];
        write ["rds:CreateDBSubnetGroup", "rds:ModifyDBSubnetGroup", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"];
        delete ["rds:DeleteDBSubnetGroup"];
        on ["arn:{partition}:rds:{region}:{account}:subgrp:{name}"];
    }
    "aws_iam_policy" {
        list ["iam:ListPolicies"];
        read ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"];
        write ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:TagPolicy", "iam:UntagPolicy"];
        delete ["iam:DeletePolicy"];
        on ["arn:{partition}:iam::{account}:policy{path}{name}"];
    }
    "aws_iam_role" {
        read ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole"];
        write ["iam:CreateRole", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:TagRole", "iam:UntagRole"];
        delete ["iam:DeleteRole", "iam:RemoveRoleFromInstanceProfile"];
        on ["arn:{partition}:iam::{account}:role{path}{name}"];
    }
    "aws_iam_role_policy" {
        read ["iam:GetRolePolicy", "iam:GetRole"];
        write ["iam:PutRolePolicy"];
        delete ["iam:DeleteRolePolicy"];
        on ["arn:{partition}:iam::{account}:role/{role}", "arn:{partition}:iam::{account}:role/*/{role}"];
    }
    "aws_iam_role_policy_attachment" {
        read ["iam:ListAttachedRolePolicies", "iam:GetRole"];
        write ["iam:AttachRolePolicy"];
        delete ["iam:DetachRolePolicy"];
        on ["arn:{partition}:iam::{account}:role/{role}", "arn:{partition}:iam::{account}:role/*/{role}"];
    }
    "aws_kms_alias" {
        list ["kms:ListAliases"];
        read ["kms:ListResourceTags"];
        write ["kms:CreateAlias", "kms:UpdateAlias"];
        delete ["kms:DeleteAlias"];
        on ["arn:{partition}:kms:{region}:{account}:{name}", "arn:{partition}:kms:{region}:{account}:key/*"];
    }
    "aws_kms_key" {
        list ["kms:ListKeys"];
        read ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"];
        make ["kms:CreateKey"];
        write ["kms:PutKeyPolicy", "kms:UpdateKeyDescription", "kms:EnableKey", "kms:DisableKey", "kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:TagResource", "kms:UntagResource"];
        delete ["kms:ScheduleKeyDeletion"];
        on ["arn:{partition}:kms:{region}:{account}:key/*"];
    }
    "aws_kms_replica_key" {
        read ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"];
        write ["kms:ReplicateKey", "kms:CancelKeyDeletion", "kms:PutKeyPolicy", "kms:UpdateKeyDescription", "kms:EnableKey", "kms:DisableKey", "kms:TagResource", "kms:UntagResource"];
        delete ["kms:ScheduleKeyDeletion"];
        on ["arn:{partition}:kms:*:{account}:key/*"];
    }
    "aws_lambda_function" {
        read ["lambda:GetFunction", "lambda:ListTags"];
        write ["lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", "lambda:TagResource", "lambda:UntagResource"];
        delete ["lambda:DeleteFunction"];
        on ["arn:{partition}:lambda:{region}:{account}:function:{function_name}"];
        passes [("role", "lambda.amazonaws.com")];
    }
    "aws_lambda_function_event_invoke_config" {
        read ["lambda:GetFunctionEventInvokeConfig", "lambda:ListTags"];
        write ["lambda:PutFunctionEventInvokeConfig"];
        delete ["lambda:DeleteFunctionEventInvokeConfig"];
        on ["arn:{partition}:lambda:{region}:{account}:function:{function_name}", "arn:{partition}:lambda:{region}:{account}:function:{function_name}:*"];
    }
    "aws_lambda_permission" {
        read ["lambda:GetPolicy", "lambda:ListTags"];
        write ["lambda:AddPermission"];
        delete ["lambda:RemovePermission"];
        on ["arn:{partition}:lambda:{region}:{account}:function:{function_name}", "arn:{partition}:lambda:{region}:{account}:function:{function_name}:*"];
    }
    "aws_rds_cluster" {
        list ["rds:DescribeDBClusters", "rds:DescribeGlobalClusters"];
        write ["rds:CreateDBCluster", "rds:RestoreDBClusterFromSnapshot", "rds:RestoreDBClusterToPointInTime", "rds:ModifyDBCluster", "rds:AddRoleToDBCluster", "rds:RemoveRoleFromDBCluster", "rds:EnableHttpEndpoint", "rds:DisableHttpEndpoint", "rds:AddTagsToResource", "rds:RemoveTagsFromResource", "kms:CreateGrant", "kms:DescribeKey"];
        delete ["rds:DeleteDBCluster", "rds:CreateDBClusterSnapshot"];
        on [
            "arn:{partition}:rds:{region}:{account}:cluster:{cluster_identifier}",
            "arn:{partition}:rds:{region}:{account}:cluster-pg:*",
            "arn:{partition}:rds:{region}:{account}:cluster-snapshot:*",
            "arn:{partition}:rds:{region}:{account}:og:*",
            "arn:{partition}:rds:{region}:{account}:pg:*",
            "arn:{partition}:rds:{region}:{account}:subgrp:*",
            "arn:{partition}:rds::{account}:global-cluster:*",
            "arn:{partition}:kms:{region}:{account}:key/*",
        ];
        passes [("iam_roles", "rds.amazonaws.com"), ("monitoring_role_arn", "monitoring.rds.amazonaws.com")];
    }
    "aws_rds_cluster_instance" {
        list ["rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:DescribeGlobalClusters"];
        write ["rds:CreateDBInstance", "rds:ModifyDBInstance", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"];
        delete ["rds:DeleteDBInstance", "rds:PromoteReadReplicaDBCluster"];
        on [
            "arn:{partition}:rds:{region}:{account}:db:{identifier}",
            "arn:{partition}:rds:{region}:{account}:cluster:{cluster_identifier}",
            "arn:{partition}:rds:{region}:{account}:og:*",
            "arn:{partition}:rds:{region}:{account}:pg:*",
            "arn:{partition}:rds:{region}:{account}:subgrp:*",
        ];
        passes [("monitoring_role_arn", "monitoring.rds.amazonaws.com")];
    }
    "aws_rds_cluster_parameter_group" {
        list ["rds:DescribeDBClusterParameterGroups", "rds:DescribeEngineDefaultClusterParameters"];
        read ["rds:DescribeDBClusterParameters", "rds:ListTagsForResource"];
        write ["rds:CreateDBClusterParameterGroup", "rds:ModifyDBClusterParameterGroup", "rds:ResetDBClusterParameterGroup", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"];
        delete ["rds:DeleteDBClusterParameterGroup"];
        on ["arn:{partition}:rds:{region}:{account}:cluster-pg:{name}"];
    }
    "aws_rds_global_cluster" {
        list ["rds:DescribeGlobalClusters", "rds:DescribeDBClusters"];
        write ["rds:CreateGlobalCluster", "rds:ModifyGlobalCluster", "rds:ModifyDBCluster", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"];
        delete ["rds:DeleteGlobalCluster", "rds:RemoveFromGlobalCluster"];
        on ["arn:{partition}:rds::{account}:global-cluster:{global_cluster_identifier}", "arn:{partition}:rds:*:{account}:cluster:*"];
    }
    "aws_route53_record" {
        read ["route53:GetHostedZone", "route53:ListResourceRecordSets"];
        write ["route53:ChangeResourceRecordSets", "route53:GetChange"];
        delete ["route53:ChangeResourceRecordSets"];
        on ["arn:{partition}:route53:::hostedzone/{zone_id}", "arn:{partition}:route53:::change/*"];
    }
    "aws_sns_topic" {
        read ["sns:GetTopicAttributes", "sns:ListTagsForResource"];
        write ["sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"];
        delete ["sns:DeleteTopic"];
        on ["arn:{partition}:sns:{region}:{account}:{name}"];
        passes [
            ("lambda_failure_feedback_role_arn", "sns.amazonaws.com"),
            ("lambda_success_feedback_role_arn", "sns.amazonaws.com"),
            ("http_failure_feedback_role_arn", "sns.amazonaws.com"),
            ("http_success_feedback_role_arn", "sns.amazonaws.com"),
            ("sqs_failure_feedback_role_arn", "sns.amazonaws.com"),
            ("sqs_success_feedback_role_arn", "sns.amazonaws.com"),
            ("firehose_failure_feedback_role_arn", "sns.amazonaws.com"),
            ("firehose_success_feedback_role_arn", "sns.amazonaws.com"),
            ("application_failure_feedback_role_arn", "sns.amazonaws.com"),
            ("application_success_feedback_role_arn", "sns.amazonaws.com"),
        ];
    }
    "aws_sns_topic_policy" {
        read ["sns:GetTopicAttributes", "sns:ListTagsForResource"];
        write ["sns:SetTopicAttributes"];
        on ["{arn}"];
    }
    "aws_sns_topic_subscription" {
        read ["sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes", "sns:ListTagsForResource"];
        write ["sns:Subscribe", "sns:SetSubscriptionAttributes"];
        delete ["sns:Unsubscribe"];
        on ["{topic_arn}", "{topic_arn}:*"];
        passes [("subscription_role_arn", "sns.amazonaws.com")];
    }
    "aws_sqs_queue" {
        read ["sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ListQueueTags"];
        write ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"];
        delete ["sqs:DeleteQueue"];
        on ["arn:{partition}:sqs:{region}:{account}:{name}"];
    }
    "aws_ssm_parameter" {
        list ["ssm:DescribeParameters"];
        read ["ssm:GetParameter", "ssm:ListTagsForResource", "kms:Decrypt"];
        write ["ssm:PutParameter", "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", "kms:Encrypt"];
        delete ["ssm:DeleteParameter"];
        on ["arn:{partition}:ssm:{region}:{account}:parameter{/name}", "arn:{partition}:kms:{region}:{account}:key/*"];
    }
};

/// All data sources that ask AWS.
pub static DATA: &[Needs] = needs! {
    "aws_backup_plan" {
        read ["backup:GetBackupPlan", "backup:ListTags"];
        on ["arn:{partition}:backup:{region}:{account}:backup-plan:*"];
    }
    "aws_backup_vault" {
        list ["backup:ListBackupVaults"];
        read ["backup:DescribeBackupVault", "backup:ListTags"];
        on ["arn:{partition}:backup:{region}:{account}:backup-vault:{name}"];
    }
    "aws_caller_identity" {}
    "aws_cloudwatch_event_bus" {
        read ["events:DescribeEventBus"];
        on ["arn:{partition}:events:{region}:{account}:event-bus/{name}"];
    }
    "aws_db_instance" { list ["rds:DescribeDBInstances"]; }
    "aws_db_subnet_group" { list ["rds:DescribeDBSubnetGroups"]; }
    "aws_iam_role" {
        read ["iam:GetRole"];
        on ["arn:{partition}:iam::{account}:role/{name}", "arn:{partition}:iam::{account}:role/*/{name}"];
    }
    "aws_kms_alias" {
        list ["kms:ListAliases"];
        read ["kms:DescribeKey"];
        on ["arn:{partition}:kms:{region}:{account}:key/*"];
    }
    "aws_kms_key" {
        list ["kms:ListKeys"];
        read ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"];
        on ["arn:{partition}:kms:{region}:*:key/*"];
    }
    "aws_organizations_organization" {
        list ["organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:ListRoots", "organizations:ListAWSServiceAccessForOrganization"];
    }
    "aws_partition" {}
    "aws_rds_cluster" { list ["rds:DescribeDBClusters", "rds:DescribeGlobalClusters"]; }
    "aws_rds_engine_version" { list ["rds:DescribeDBEngineVersions"]; }
    "aws_rds_orderable_db_instance" { list ["rds:DescribeOrderableDBInstanceOptions"]; }
    "aws_region" {}
    "aws_route53_zone" { list ["route53:ListHostedZones", "route53:GetHostedZone", "route53:ListTagsForResource"]; }
    "aws_security_group" { list ["ec2:DescribeSecurityGroups"]; }
    "aws_sns_topic" {
        read ["sns:GetTopicAttributes", "sns:ListTagsForResource"];
        on ["arn:{partition}:sns:{region}:{account}:{name}"];
    }
    "aws_ssm_parameter" {
        read ["ssm:GetParameter", "kms:Decrypt"];
        on ["arn:{partition}:ssm:{region}:{account}:parameter{/name}", "arn:{partition}:kms:{region}:{account}:key/*"];
    }
    "aws_subnets" { list ["ec2:DescribeSubnets"]; }
    "aws_vpc" { list ["ec2:DescribeVpcs"]; }
};

/// What an apply looks at beside its resources, to say what must be true before it can succeed: on all
/// resources, if a type is declared whose name begins so.
pub(super) static BEFORE_APPLY: &[(&str, &[&str])] = &[
    (
        "aws_backup_",
        &[
            "backup:DescribeGlobalSettings",
            "backup:DescribeRegionSettings",
            "backup:ListBackupVaults",
            "backup:GetBackupVaultAccessPolicy",
            "events:DescribeEventBus",
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "organizations:DescribeOrganization",
            "organizations:ListAWSServiceAccessForOrganization",
            "organizations:ListAccounts",
            "organizations:ListRoots",
            "rds:DescribeDBClusters",
        ],
    ),
    (
        "aws_rds_",
        &[
            "rds:DescribeDBClusters",
            "rds:DescribeDBEngineVersions",
            "rds:DescribeGlobalClusters",
            "rds:DescribeOrderableDBInstanceOptions",
        ],
    ),
];
