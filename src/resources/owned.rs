//! From what the tagging service tells to types and keys.
use std::collections::BTreeMap;

use crate::schema::{AttributeSpec, Identity, Key, Role};

/// Something that carries the tags of a stack, found by other means than the tagging service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// What AWS knows it by.
    pub key: Key,
    /// Its ARN.
    pub arn: String,
    /// All its tags.
    pub tags: BTreeMap<String, String>,
}

/// The key of what an ARN names, if the ARN is one of the type that has this template and this
/// table. Where AWS picks the id, the type is told by its name in the tagging service.
pub(super) fn key_of(
    arn: &str,
    template: Option<&str>,
    table: &[AttributeSpec],
    identity: Identity,
) -> Option<Key> {
    if let Identity::Minted(tagged) = identity {
        return is_of(arn, tagged).then(|| Key::of_arn(arn));
    }
    let found = parse(arn, template?)?;
    let keys = table.iter().filter(|spec| spec.role == Role::Key);
    let parts: Option<Vec<&str>> = keys.map(|spec| found.get(spec.name).copied()).collect();
    parts.filter(|parts| !parts.is_empty()).map(Key::parts)
}

/// Whether an ARN is of that type, as the tagging service names types: `kms:key`.
fn is_of(arn: &str, tagged: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, kind) = tagged.split_once(':').unwrap_or((tagged, ""));
    parts.next() == Some(service)
        && parts.nth(2).is_some_and(|resource| resource.split(['/', ':']).next() == Some(kind))
}

/// What stands in an ARN in place of each name in braces. No part of an ARN but its last may hold a
/// colon, and what we know has none there either.
fn parse<'a>(arn: &'a str, template: &'a str) -> Option<BTreeMap<&'a str, &'a str>> {
    let mut found = BTreeMap::new();
    let (mut arn, mut template) = (arn, template);
    while let Some((before, behind)) = template.split_once('{') {
        arn = arn.strip_prefix(before)?;
        let (name, rest) = behind.split_once('}')?;
        // Up to what stands before the next name; the last takes all.
        let next = rest.split('{').next().unwrap_or_default();
        let end = if next.is_empty() { arn.len() } else { arn.find(next)? };
        let (value, left) = arn.split_at(end);
        if value.is_empty() || value.contains(':') {
            return None;
        }
        found.insert(name, value);
        (arn, template) = (left, rest);
    }
    (arn == template).then_some(found)
}

#[cfg(test)]
mod tests {
    use crate::resources::{ALL, Key};

    fn check(type_name: &str, arn: &str, expected: Option<&[&str]>) {
        let kind = ALL.iter().find(|kind| kind.spec().name == type_name).expect(type_name);
        let expected = expected.map(|parts| Key::parts(parts.iter().copied()));
        assert_eq!(kind.key_of(arn), expected, "{type_name} {arn}");
    }

    #[test]
    fn a_key_is_told_from_an_arn() {
        let here = "us-east-1:111111111111";
        check("aws_sns_topic", &format!("arn:aws:sns:{here}:a.fifo"), Some(&["a.fifo"]));
        check("aws_sns_topic", &format!("arn:aws:sns:{here}:a:0f0f-1"), None);
        check("aws_sns_topic", &format!("arn:aws:sqs:{here}:a"), None);
        check("aws_sqs_queue", &format!("arn:aws:sqs:{here}:a"), Some(&["a"]));
        check(
            "aws_cloudwatch_metric_alarm",
            &format!("arn:aws:cloudwatch:{here}:alarm:a b"),
            Some(&["a b"]),
        );
        check(
            "aws_cloudwatch_dashboard",
            "arn:aws:cloudwatch::111111111111:dashboard/a",
            Some(&["a"]),
        );
        check(
            "aws_cloudwatch_event_bus",
            &format!("arn:aws:events:{here}:event-bus/b"),
            Some(&["b"]),
        );
        check(
            "aws_cloudwatch_event_rule",
            &format!("arn:aws:events:{here}:rule/r"),
            Some(&["default", "r"]),
        );
        check(
            "aws_cloudwatch_event_rule",
            &format!("arn:aws:events:{here}:rule/b/r"),
            Some(&["b", "r"]),
        );
        check("aws_cloudwatch_event_rule", &format!("arn:aws:events:{here}:event-bus/b"), None);
        check(
            "aws_cloudwatch_log_group",
            &format!("arn:aws:logs:{here}:log-group:/aws/lambda/f"),
            Some(&["/aws/lambda/f"]),
        );
        check(
            "aws_cloudwatch_log_group",
            &format!("arn:aws:logs:{here}:log-group:/aws/lambda/f:*"),
            Some(&["/aws/lambda/f"]),
        );
        check("aws_lambda_function", &format!("arn:aws:lambda:{here}:function:f"), Some(&["f"]));
        check("aws_lambda_function", &format!("arn:aws:lambda:{here}:function:f:live"), None);
        check("aws_rds_cluster", &format!("arn:aws:rds:{here}:cluster:c"), Some(&["c"]));
        check("aws_rds_cluster", &format!("arn:aws:rds:{here}:cluster-snapshot:c"), None);
        check("aws_rds_cluster", &format!("arn:aws:rds:{here}:cluster-pg:c"), None);
        check("aws_rds_cluster_instance", &format!("arn:aws:rds:{here}:db:i"), Some(&["i"]));
        check("aws_rds_global_cluster", "arn:aws:rds::111111111111:global-cluster:g", Some(&["g"]));
        check("aws_backup_vault", &format!("arn:aws:backup:{here}:backup-vault:v"), Some(&["v"]));
        check("aws_backup_vault", &format!("arn:aws:backup:{here}:recovery-point:v"), None);
        check("aws_backup_plan", &format!("arn:aws:backup:{here}:backup-plan:0-1"), Some(&["0-1"]));
        check(
            "aws_backup_framework",
            &format!("arn:aws:backup:{here}:framework:a_b-0f0f0f0f-1111-2222-3333-444444444444"),
            Some(&["a_b"]),
        );
        check(
            "aws_backup_report_plan",
            &format!("arn:aws:backup:{here}:report-plan:a_b-0f0f0f0f-1111-2222-3333-444444444444"),
            Some(&["a_b"]),
        );
        check(
            "aws_backup_restore_testing_plan",
            &format!(
                "arn:aws:backup:{here}:restore-testing-plan:a_b-0f0f0f0f-1111-2222-3333-444444444444"
            ),
            Some(&["a_b"]),
        );
        check("aws_kms_key", &format!("arn:aws:kms:{here}:key/0-1"), Some(&["0-1"]));
        check("aws_kms_key", &format!("arn:aws:kms:{here}:alias/a"), None);
        check("aws_ssm_parameter", &format!("arn:aws:ssm:{here}:parameter/a"), Some(&["a"]));
        check("aws_ssm_parameter", &format!("arn:aws:ssm:{here}:parameter/a/b"), Some(&["/a/b"]));
        check("aws_iam_role", "arn:aws:iam::111111111111:role/r", Some(&["r"]));
        check("aws_iam_role", "arn:aws:iam::111111111111:role/p/q/r", Some(&["r"]));
        check("aws_iam_policy", "arn:aws:iam::111111111111:policy/p/q", Some(&["q"]));
    }
}
