# What is backed up, when, and by which role.

# Without this AWS Backup skips Aurora, and says nothing.
resource "aws_backup_region_settings" "source" {
  resource_type_opt_in_preference = { Aurora = true }
}

resource "aws_backup_plan" "this" {
  name = local.name

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.source.name
    schedule          = var.schedule

    # Large clusters take their time: the job may begin within an hour, and has a day.
    start_window      = 60
    completion_window = 1440

    lifecycle {
      delete_after = var.keep_days.source
    }

    copy_action {
      destination_vault_arn = local.vaults[local.first_stop]

      # Said for the copy too: without it copies are kept for ever.
      lifecycle {
        delete_after = var.keep_days[local.first_stop]
      }
    }

    dynamic "copy_action" {
      for_each = var.further

      content {
        destination_vault_arn = local.further_vaults[copy_action.key]

        lifecycle {
          delete_after = copy_action.value.keep_days
        }
      }
    }
  }

  # The first backup must find its way open.
  depends_on = [
    aws_backup_region_settings.source,
    aws_backup_vault_policy.staging,
    aws_backup_vault_policy.target,
    aws_backup_vault_policy.further,
    aws_cloudwatch_event_target.forward,
    aws_cloudwatch_event_target.copier,
  ]
}

resource "aws_backup_selection" "this" {
  plan_id      = aws_backup_plan.this.id
  name         = "tagged"
  iam_role_arn = aws_iam_role.backup.arn

  selection_tag {
    type  = "STRINGEQUALS"
    key   = var.tag.key
    value = var.tag.value
  }

  lifecycle {
    precondition {
      condition     = lookup(data.aws_rds_cluster.this.tags, var.tag.key, null) == var.tag.value
      error_message = "The cluster ${var.source.cluster} does not have the tag ${var.tag.key} = ${var.tag.value}, so nothing would be backed up."
    }

    precondition {
      condition     = data.aws_rds_cluster.this.storage_encrypted && data.aws_kms_key.cluster.key_manager == "CUSTOMER" || !local.crosses_account
      error_message = "The cluster is not encrypted with a key of your own. AWS's key cannot be shared, so no copy of its backups gets into another account. Restore the cluster with a key of your own first."
    }
  }

  depends_on = [aws_iam_role_policy_attachment.backup]
}

# --- The role that backs up and copies --------------------------------------------------------------

data "aws_iam_policy_document" "backup_trust" {
  for_each = local.accounts

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "backup" {
  name               = local.name
  description        = "AWS Backup, when it backs up ${var.source.cluster} and copies the backups"
  assume_role_policy = data.aws_iam_policy_document.backup_trust["source"].json
}

resource "aws_iam_role_policy_attachment" "backup" {
  role       = aws_iam_role.backup.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
}

# --- The role that restores, and copies on ----------------------------------------------------------

# In the target account, where a restore is made when the source account is lost.
resource "aws_iam_role" "restore" {
  provider = aws.target

  name               = "${local.name}-restore"
  description        = "AWS Backup, when it copies on or restores backups of ${var.source.cluster}"
  assume_role_policy = data.aws_iam_policy_document.backup_trust["target"].json
}

resource "aws_iam_role_policy_attachment" "restore" {
  for_each = toset(["Backup", "Restores"])
  provider = aws.target

  role       = aws_iam_role.restore.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${each.key}"
}

# --- Who is told of what fails ----------------------------------------------------------------------

resource "aws_sns_topic" "source" {
  name         = local.name
  display_name = "Backups of ${var.source.cluster}"
}

resource "aws_sns_topic_policy" "source" {
  arn    = aws_sns_topic.source.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "Backup"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.source.arn]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.source.account_id]
    }
  }
}

resource "aws_sns_topic_subscription" "email" {
  count = var.email == null ? 0 : 1

  topic_arn = aws_sns_topic.source.arn
  protocol  = "email"
  endpoint  = var.email
}

resource "aws_backup_vault_notifications" "source" {
  backup_vault_name   = aws_backup_vault.source.name
  sns_topic_arn       = aws_sns_topic.source.arn
  backup_vault_events = ["BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED", "COPY_JOB_FAILED"]

  depends_on = [aws_sns_topic_policy.source]
}
