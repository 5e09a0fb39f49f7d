output "vault_arn" {
  description = "The vault beside the clusters."
  value       = module.vault.arn
}

output "staging_vault_arns" {
  description = "By account, the vault in which copies arrive on their way; none in the way \"direct\"."
  value       = local.staging
}

output "kept_vault_arns" {
  description = "By target, the vault that keeps the copies."
  value       = { for key, vault in module.kept : key => vault.arn }
}

output "plan_id" {
  description = "Id of the backup plan."
  value       = aws_backup_plan.this.id
}

output "backup_role_arn" {
  description = "The role that backs up and copies, for `aws backup start-backup-job`."
  value       = aws_iam_role.backup.arn
}

output "restore_role_arns" {
  description = "By account, the role that restores."
  value       = { for account, role in aws_iam_role.restore : account => role.arn }
}

output "topic_arn" {
  description = "The topic that is told of backups and copies that fail."
  value       = aws_sns_topic.this.arn
}

output "restore" {
  description = "By target, what to restore with there. Put the recovery point, the engine and names of your own in."
  value = {
    for key, target in var.targets : key =>
    "aws backup start-restore-job --region ${target.region} --iam-role-arn ${local.roles[target.account_id]} --recovery-point-arn ... --metadata DBClusterIdentifier=...,Engine=...,DBSubnetGroupName=..."
  }
}

output "cluster_key_statements" {
  description = "What the policy of the clusters' keys needs, so that the target accounts can read the copies: they, and only by way of the services that copy."
  value       = [for statement in jsondecode(data.aws_iam_policy_document.cluster_key.json).Statement : statement if length(local.readers) > 0]
}

locals {
  readers = [for account in keys(local.keepers) : "arn:${local.partition}:iam::${account}:root" if account != local.account_id]
}

data "aws_iam_policy_document" "cluster_key" {
  statement {
    sid       = "ReadCopies"
    actions   = ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = local.readers
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["rds.${local.region}.amazonaws.com", "backup.${local.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "HandCopiesOn"
    actions   = ["kms:CreateGrant"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = local.readers
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["rds.${local.region}.amazonaws.com", "backup.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}
