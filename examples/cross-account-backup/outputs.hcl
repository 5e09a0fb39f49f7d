output "vaults" {
  description = "Where backups lie, in the order in which they get there."
  value = compact([
    aws_backup_vault.source.arn,
    local.staged ? local.vaults.staging : null,
    aws_backup_vault.target.arn,
  ])
}

output "restore" {
  description = "What to restore with in the target account."
  value       = "aws backup start-restore-job --region ${var.target.region} --iam-role-arn ${aws_iam_role.restore.arn} --recovery-point-arn ... --metadata DBClusterIdentifier=${var.source.cluster},Engine=${data.aws_rds_cluster.this.engine},DBSubnetGroupName=..."
}

output "cluster_key_statements" {
  description = "What the policy of the cluster's key needs, so that the target account can read the copies: it, and only by way of the services that copy."
  value       = local.crosses_account ? jsondecode(data.aws_iam_policy_document.cluster_key.json).Statement : null
}

data "aws_iam_policy_document" "cluster_key" {
  statement {
    sid       = "ReadCopies"
    actions   = ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.target.account_id}:root"]
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
      identifiers = ["arn:aws:iam::${var.target.account_id}:root"]
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
