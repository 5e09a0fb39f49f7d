output "vaults" {
  description = "Where backups lie, in the order in which they get there."
  value = concat(compact([
    aws_backup_vault.source.arn,
    local.staged ? local.vaults.staging : null,
    aws_backup_vault.target.arn,
  ]), [for name in keys(var.further) : aws_backup_vault.further[name].arn])
}

output "restore" {
  description = "What to restore with in the target account."
  value       = "aws backup start-restore-job --region ${var.target.region} --iam-role-arn ${aws_iam_role.restore.arn} --recovery-point-arn ... --metadata DBClusterIdentifier=${var.source.cluster},Engine=${data.aws_rds_cluster.this.engine},DBSubnetGroupName=..."
}

output "cluster_key_statements" {
  description = "What the policy of the cluster's key needs, so that the other accounts can read the copies: they, and only by way of the services that copy."
  value       = length(local.readers) > 0 ? jsondecode(data.aws_iam_policy_document.cluster_key.json).Statement : null
}

locals {
  readers = [
    for id in distinct(concat([var.target.account_id], values(var.further)[*].account_id)) :
    "arn:aws:iam::${id}:root" if id != var.source.account_id
  ]
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
      values   = ["rds.${var.source.region}.amazonaws.com", "backup.${var.source.region}.amazonaws.com"]
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
      values   = ["rds.${var.source.region}.amazonaws.com", "backup.${var.source.region}.amazonaws.com"]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}
