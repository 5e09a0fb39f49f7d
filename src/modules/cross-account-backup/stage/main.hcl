# An account that carries copies on: a vault in the Region of the clusters, in which they arrive, and a
# function that copies them to where they stay.

variable "name" {
  description = "How names begin."
  type        = string
}

variable "region" {
  description = "The Region of the clusters."
  type        = string
}

variable "partition" {
  description = "The partition of AWS."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "source_account_id" {
  description = "The account of the clusters."
  type        = string
}

variable "source_vault_arn" {
  description = "The vault that copies come from."
  type        = string
}

variable "vault_arn" {
  description = "The vault that they arrive in, which is made here."
  type        = string
}

variable "targets" {
  description = "Vaults that they are carried on to, with the days that they are kept there."
  type        = map(number)
}

variable "restore_role_arn" {
  description = "The role that AWS Backup acts as."
  type        = string
}

variable "emails" {
  description = "Who is told of copies that fail."
  type        = set(string)
}

variable "architecture" {
  description = "Processor of the function."
  type        = string
}

variable "log_retention_days" {
  description = "How long its logs are kept."
  type        = number
}

variable "tags" {
  description = "Tags of all that is made."
  type        = map(string)
}

locals {
  function = "${var.name}-copier"
}

module "vault" {
  source = "../vault"

  name        = "${var.name}-staging"
  region      = var.region
  account_id  = var.account_id
  description = "Backups on their way: ${var.name}"
  copies_from = var.source_account_id
  # What is staged goes by itself after a few days.
  nobody_deletes = true
  tags           = var.tags
}

# One statement of our own; what others have in the policy of this bus stays. The source account, and
# nobody else: never `*`.
resource "aws_cloudwatch_event_permission" "source" {
  region = var.region

  statement_id = var.name
  principal    = var.source_account_id
}

locals {
  copy_job = { source = ["aws.backup"], "detail-type" = ["Copy Job State Change"] }

  # When the function is called: a copy has arrived, a copy onward has ended, an hour is over.
  calls = {
    arrived = {
      description = "A copy has arrived from account ${var.source_account_id}"
      schedule    = null
      pattern = jsonencode(merge(local.copy_job, {
        account = [var.source_account_id]
        detail = {
          state                     = ["COMPLETED", "FAILED", "PARTIAL"]
          sourceBackupVaultArn      = [var.source_vault_arn]
          destinationBackupVaultArn = [var.vault_arn]
          resourceType              = ["Aurora"]
        }
      }))
    }
    onward = {
      description = "A copy onward has ended"
      schedule    = null
      pattern = jsonencode(merge(local.copy_job, {
        account = [var.account_id]
        detail = {
          state                     = ["COMPLETED", "FAILED", "PARTIAL"]
          sourceBackupVaultArn      = [var.vault_arn]
          destinationBackupVaultArn = keys(var.targets)
        }
      }))
    }
    hourly = {
      description = "Whatever the events did not say"
      schedule    = "rate(1 hour)"
      pattern     = null
    }
  }
}

resource "aws_cloudwatch_event_rule" "call" {
  for_each = local.calls
  region   = var.region

  name                = "${var.name}-${each.key}"
  description         = each.value.description
  event_pattern       = each.value.pattern
  schedule_expression = each.value.schedule
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "copier" {
  for_each = local.calls
  region   = var.region

  rule      = aws_cloudwatch_event_rule.call[each.key].name
  target_id = "copier"
  arn       = module.copier.arns[var.region]
}

resource "aws_lambda_permission" "copier" {
  for_each = local.calls
  region   = var.region

  function_name = module.copier.names[var.region]
  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.call[each.key].arn
}

# It is drctl itself, and what it is to do is in its package: on the day it counts it asks nobody for its
# configuration. It refuses events about any other vault, account or type.
data "drctl_package" "copier" {
  output_path  = "${path.root}/.drctl/${local.function}-${var.account_id}.zip"
  architecture = var.architecture

  copier {
    staging_vault_arn = var.vault_arn
    iam_role_arn      = var.restore_role_arn
    topic_arn         = "arn:${var.partition}:sns:${var.region}:${var.account_id}:${local.function}"

    source {
      account_id = var.source_account_id
      vault_arn  = var.source_vault_arn
    }

    dynamic "target" {
      for_each = var.targets
      content {
        vault_arn = target.key

        lifecycle {
          delete_after = target.value
        }
      }
    }
  }
}

module "copier" {
  source = "../function"

  name                 = local.function
  description          = "Carries copies of backups on: ${var.name}"
  handler              = "copier"
  regions              = [var.region]
  package              = data.drctl_package.copier
  policies             = { copier = data.aws_iam_policy_document.copier.json }
  failure_topics       = { (var.region) = aws_sns_topic.this.arn }
  reserved_concurrency = -1
  timeout              = 120
  log_retention_days   = var.log_retention_days
  tags                 = var.tags
}

# It may look, and start copies of what AWS Backup made; it cannot delete, restore or change anything.
data "aws_iam_policy_document" "copier" {
  statement {
    sid       = "Look"
    actions   = ["backup:ListRecoveryPointsByBackupVault"]
    resources = [var.vault_arn]
  }

  statement {
    sid       = "LookAtJobs"
    actions   = ["backup:ListCopyJobs"]
    resources = ["*"]
  }

  statement {
    sid       = "Copy"
    actions   = ["backup:DescribeRecoveryPoint", "backup:StartCopyJob"]
    resources = ["arn:${var.partition}:rds:${var.region}:${var.account_id}:cluster-snapshot:awsbackup:*"]
  }

  statement {
    sid       = "CopyAs"
    actions   = ["iam:PassRole"]
    resources = [var.restore_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["backup.amazonaws.com"]
    }
  }

  statement {
    sid       = "Tell"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]
  }
}

resource "aws_sns_topic" "this" {
  region = var.region

  name         = local.function
  display_name = "Copies of backups: ${var.name}"
  tags         = var.tags
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.emails
  region   = var.region

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = each.key
}

output "topic_arn" {
  description = "The topic that is told of copies that fail."
  value       = aws_sns_topic.this.arn
}

output "function_arn" {
  description = "The function that carries copies on."
  value       = module.copier.arns[var.region]
}
