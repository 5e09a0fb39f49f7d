# A vault with its key, its policy and its lock.

variable "name" {
  description = "Name of the vault, and of its key's alias."
  type        = string
}

variable "region" {
  description = "Where it is."
  type        = string
}

variable "account_id" {
  description = "The account that it must be in."
  type        = string
}

variable "description" {
  description = "What its key is for."
  type        = string
}

variable "kms_key_arn" {
  description = "A key that exists, instead of a new one."
  type        = string
  default     = null
}

variable "copies_from" {
  description = "The account that may put copies there; nobody outside when absent."
  type        = string
  default     = null
}

variable "nobody_deletes" {
  description = "Whether recovery points go only when their time is over."
  type        = bool
  default     = false
}

variable "lock" {
  description = "Limits of what jobs may ask for; no lock when absent."
  type = object({
    min_days            = optional(number)
    max_days            = optional(number)
    changeable_for_days = optional(number)
  })
  default = null
}

variable "confirm_permanent" {
  description = "Repeats the name of the vault where the lock becomes permanent."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all that is made."
  type        = map(string)
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

# The key of a vault is for its own account alone. The keys that other accounts must be able to use are the
# clusters', which are not made here.
data "aws_iam_policy_document" "key" {
  # The account decides by its own IAM policies who manages the key.
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.this.partition}:iam::${var.account_id}:root"]
    }
  }

  # Nobody hands it on to anything but a service of AWS that keeps something for us.
  statement {
    sid       = "GrantsForServicesOnly"
    effect    = "Deny"
    actions   = ["kms:CreateGrant"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["false"]
    }
  }
}

resource "aws_kms_key" "this" {
  count  = var.kms_key_arn == null ? 1 : 0
  region = var.region

  description         = var.description
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
  tags                = var.tags
}

resource "aws_kms_alias" "this" {
  count  = var.kms_key_arn == null ? 1 : 0
  region = var.region

  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this[0].key_id
}

resource "aws_backup_vault" "this" {
  region = var.region

  name        = var.name
  kms_key_arn = var.kms_key_arn != null ? var.kms_key_arn : aws_kms_key.this[0].arn
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = data.aws_caller_identity.this.account_id == var.account_id
      error_message = "The provider of this target is in account ${data.aws_caller_identity.this.account_id}, but the target is in ${var.account_id}."
    }
  }
}

resource "aws_backup_vault_policy" "this" {
  count  = var.copies_from != null || var.nobody_deletes ? 1 : 0
  region = var.region

  backup_vault_name = aws_backup_vault.this.name
  policy            = data.aws_iam_policy_document.vault.json
}

data "aws_iam_policy_document" "vault" {
  # The source account may put copies into the vault where they arrive, and may do nothing else there:
  # neither see nor delete them.
  dynamic "statement" {
    for_each = var.copies_from[*]
    content {
      sid       = "CopiesFromSource"
      actions   = ["backup:CopyIntoBackupVault"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:${data.aws_partition.this.partition}:iam::${var.copies_from}:root"]
      }
    }
  }

  # Recovery points go when their time is over, and not because somebody says so.
  dynamic "statement" {
    for_each = var.nobody_deletes ? [1] : []
    content {
      sid       = "NobodyShortensOrDeletes"
      effect    = "Deny"
      actions   = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_backup_vault_lock_configuration" "this" {
  count  = var.lock != null ? 1 : 0
  region = var.region

  backup_vault_name       = aws_backup_vault.this.name
  min_retention_days      = var.lock.min_days
  max_retention_days      = var.lock.max_days
  changeable_for_days     = var.lock.changeable_for_days
  confirm_compliance_mode = var.confirm_permanent
}

output "name" {
  description = "Name of the vault."
  value       = aws_backup_vault.this.name
}

output "arn" {
  description = "ARN of the vault."
  value       = aws_backup_vault.this.arn
}

output "kms_key_arn" {
  description = "ARN of its key."
  value       = aws_backup_vault.this.kms_key_arn
}
