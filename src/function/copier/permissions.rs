//! What carrying copies on must be allowed.
use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::function::Copier;
use crate::function::copier::Source;
use crate::schema::Arn;

impl Copier {
    /// A policy for the role of the function. Not in it are its own log and the key of KMS of an
    /// encrypted topic. What the copy itself needs, AWS Backup does as the role that is passed.
    pub fn policy(&self) -> Json {
        let staging = &self.staging_vault_arn;
        let points = self.points();
        let mut statements = vec![
            json!({
                "Sid": "Look", "Effect": "Allow",
                "Action": ["backup:ListRecoveryPointsByBackupVault"],
                "Resource": staging.as_str(),
            }),
            json!({
                "Sid": "Jobs", "Effect": "Allow", "Action": ["backup:ListCopyJobs"],
                "Resource": "*",
            }),
            json!({
                "Sid": "Copy", "Effect": "Allow", "Action": ["backup:DescribeRecoveryPoint", "backup:StartCopyJob"],
                "Resource": points,
            }),
            json!({
                "Sid": "Pass", "Effect": "Allow", "Action": ["iam:PassRole"],
                "Resource": self.iam_role_arn.as_str(),
                "Condition": { "StringEquals": { "iam:PassedToService": "backup.amazonaws.com" } },
            }),
        ];
        match self.staging_expiry_days {
            None => {}
            Some(0) => statements.push(json!({
                "Sid": "LetGo", "Effect": "Allow", "Action": ["backup:DeleteRecoveryPoint"],
                "Resource": points,
            })),
            Some(_) => statements.push(json!({
                "Sid": "LetGo", "Effect": "Allow",
                "Action": ["backup:UpdateRecoveryPointLifecycle"], "Resource": points,
            })),
        }
        if let Some(topic) = self.topic_arn.as_ref().map(Arn::as_str) {
            statements.push(json!({
                "Sid": "Tell", "Effect": "Allow", "Action": ["sns:Publish"], "Resource": topic,
            }));
        }
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// ARNs of the recovery points in the staging vault: copies of databases are snapshots of RDS,
    /// and only AWS Backup names any so.
    fn points(&self) -> Vec<String> {
        let staging = &self.staging_vault_arn;
        let partition = staging.as_str().split(':').nth(1).unwrap_or("aws");
        let (region, account) = (staging.region(), staging.account());
        let types: BTreeSet<&str> = self.source.0.iter().flat_map(Source::types).collect();
        let arn = |kind: &str| match kind {
            "Aurora" | "DocumentDB" | "Neptune" => {
                format!("arn:{partition}:rds:{region}:{account}:cluster-snapshot:awsbackup:*")
            }
            "RDS" => format!("arn:{partition}:rds:{region}:{account}:snapshot:awsbackup:*"),
            _ => format!("arn:{partition}:backup:{region}:{account}:recovery-point:*"),
        };
        types.into_iter().map(arn).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
