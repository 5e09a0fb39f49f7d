//! `provider "aws"` blocks, once their expressions are evaluated.
use std::collections::{BTreeMap, BTreeSet};

use crate::attributes;
use crate::schema::{Arn, Attribute, Length};
use crate::value::{Object, Value};

attributes! {
    /// How to reach one account in AWS.
    pub struct Provider {
        /// Region in which resources live that do not name one. Taken from `AWS_REGION` or the
        /// profile when absent.
        region: Option<String>,
        /// Name of a profile in the shared configuration files of AWS.
        profile: Option<String>,
        /// A role to act as, which is how one person reaches many accounts.
        assume_role: Option<AssumeRole>,
        /// Accounts that this provider may touch. A run stops when the credentials belong to another.
        allowed_account_ids: BTreeSet<String>,
        /// Accounts that this provider must not touch.
        forbidden_account_ids: BTreeSet<String>,
        /// Tags that every resource of this provider gets.
        default_tags: Option<DefaultTags>,
        /// Other addresses for AWS's services, for private endpoints and emulators.
        endpoints: Option<Endpoints>,
        /// Access key, where a profile or the environment cannot say it. Prefer those.
        access_key: Option<String>,
        /// Secret that belongs to `access_key`.
        secret_key: Option<String> => sensitive,
        /// Session token that belongs to `access_key`.
        token: Option<String> => sensitive,
    }
}

impl Default for Provider {
    /// What a provider is without a block: the environment decides.
    fn default() -> Self {
        Self::decode(&Value::Object(Object::default())).expect("every argument is optional")
    }
}

attributes! {
    /// A role to act as.
    pub struct AssumeRole {
        /// ARN of the role.
        role_arn: Arn,
        /// What the role's trust policy asks callers from other organisations to say.
        external_id: Option<String>,
        /// Name of the session, seen in CloudTrail.
        session_name: Option<String>,
        /// How long the session lasts, for example `1h`.
        duration: Option<Length>,
    }
}

attributes! {
    /// Tags that every resource of a provider gets.
    pub struct DefaultTags {
        /// The tags; a resource's own tag of the same key wins.
        tags: BTreeMap<String, String>,
    }
}

attributes! {
    /// Other addresses for AWS's services.
    pub struct Endpoints {
        /// AWS Backup.
        backup: Option<String>,
        /// Amazon CloudWatch.
        cloudwatch: Option<String>,
        /// Amazon EC2.
        ec2: Option<String>,
        /// Amazon ECS.
        ecs: Option<String>,
        /// Amazon EventBridge.
        events: Option<String>,
        /// AWS Identity and Access Management.
        iam: Option<String>,
        /// AWS Key Management Service.
        kms: Option<String>,
        /// AWS Lambda.
        lambda: Option<String>,
        /// Amazon CloudWatch Logs.
        logs: Option<String>,
        /// AWS Organizations.
        organizations: Option<String>,
        /// Amazon RDS and Aurora.
        rds: Option<String>,
        /// The tagging service.
        resourcegroupstaggingapi: Option<String>,
        /// Amazon Route 53.
        route53: Option<String>,
        /// AWS Secrets Manager.
        secretsmanager: Option<String>,
        /// AWS Step Functions.
        sfn: Option<String>,
        /// Amazon SNS.
        sns: Option<String>,
        /// Amazon SQS.
        sqs: Option<String>,
        /// AWS Systems Manager.
        ssm: Option<String>,
        /// AWS Security Token Service.
        sts: Option<String>,
    }
}
