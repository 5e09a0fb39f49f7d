//! What looking for drift must be allowed.
use serde_json::{Value as Json, json};

use crate::function::drift::{Drift, Target};

/// Calls by which drctl reads what configurations declare. None of them returns data of a database,
/// a backup or a queue; secrets of parameters and the code of functions it may read.
const READING: &[&str] = &[
    "backup:Describe*",
    "backup:Get*",
    "backup:List*",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListTagsForResource",
    "ec2:DescribeRegions",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "events:DescribeEventBus",
    "events:DescribeRule",
    "events:ListEventBuses",
    "events:ListRules",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListPolicies",
    "iam:ListPolicyTags",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "iam:ListRoles",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListKeys",
    "kms:ListResourceTags",
    "lambda:GetFunction",
    "lambda:GetFunctionEventInvokeConfig",
    "lambda:GetPolicy",
    "lambda:ListFunctionEventInvokeConfigs",
    "lambda:ListFunctions",
    "lambda:ListTags",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
    "organizations:Describe*",
    "organizations:List*",
    "rds:Describe*",
    "rds:ListTagsForResource",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "route53:ListResourceRecordSets",
    "route53:ListTagsForResource",
    "sns:GetSubscriptionAttributes",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sns:ListTopics",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
    "sqs:ListQueues",
    "ssm:DescribeParameters",
    "ssm:GetParameter",
    "ssm:ListTagsForResource",
    "sts:GetCallerIdentity",
    "tag:GetResources",
];

impl Drift {
    /// A policy for the role of the function. Not in it are its own log, the roles that providers
    /// assume, and keys of KMS that encrypted topics need.
    pub fn policy(&self) -> Json {
        let mut statements = vec![json!({
            "Sid": "Read", "Effect": "Allow", "Action": READING, "Resource": "*",
        })];
        if self.trail {
            statements.push(json!({
                "Sid": "Who", "Effect": "Allow", "Action": "cloudtrail:LookupEvents",
                "Resource": "*",
            }));
        }
        let mut topics = Vec::new();
        let mut buses = Vec::new();
        let mut namespaces = Vec::new();
        for target in &self.notify {
            match target {
                Target::Topic(arn) => topics.push(arn.as_str()),
                Target::Bus(arn) => buses.push(arn.as_str()),
                Target::Metric(namespace) => namespaces.push(namespace),
                Target::Webhook(_) => {}
            }
        }
        for (action, resources) in [("sns:Publish", topics), ("events:PutEvents", buses)] {
            if !resources.is_empty() {
                statements
                    .push(json!({ "Effect": "Allow", "Action": action, "Resource": resources }));
            }
        }
        if !namespaces.is_empty() {
            statements.push(json!({
                "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*",
                "Condition": { "StringEquals": { "cloudwatch:namespace": namespaces } },
            }));
        }
        json!({ "Version": "2012-10-17", "Statement": statements })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;
    use crate::value::Value;

    #[test]
    fn a_policy_allows_reading_and_telling_and_nothing_else() {
        let target = |text: &str| Target::decode(&Value::text(text)).unwrap();
        let drift = Drift {
            directory: ".".to_owned(),
            root: None,
            excludes: std::collections::BTreeSet::new(),
            var_files: Vec::new(),
            variables: std::collections::BTreeMap::new(),
            notify: vec![
                target("arn:aws:sns:us-east-1:111111111111:a"),
                target("arn:aws:events:us-east-1:111111111111:event-bus/b"),
                target("cloudwatch:c"),
                target("https://example.com/d"),
            ],
            trail: true,
        };
        let policy = drift.policy();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 5);
        assert_eq!(statements[2]["Resource"][0], "arn:aws:sns:us-east-1:111111111111:a");
        assert_eq!(statements[4]["Condition"]["StringEquals"]["cloudwatch:namespace"][0], "c");
        let quiet = Drift { notify: Vec::new(), trail: false, ..drift };
        assert_eq!(quiet.policy()["Statement"].as_array().unwrap().len(), 1);
        let read = |action: &&str| {
            let name = action.split_once(':').unwrap().1;
            ["Describe", "Get", "List"].iter().any(|word| name.starts_with(word))
        };
        assert!(READING.iter().all(read), "{READING:?}");
        assert!(READING.is_sorted());
    }
}
