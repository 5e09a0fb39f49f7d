# Where backups lie. Each vault has a key of its own: what encrypts the copies must not be lost with what
# they are copies of, and AWS does not copy into another account's vault that has its default key.
#
# The key of a vault is for its own account alone. The one key that another account must be able to use is
# the cluster's, which is not made here.

locals {
  accounts = {
    source = var.source.account_id
    target = var.target.account_id
  }
}

data "aws_iam_policy_document" "key" {
  for_each = merge(local.accounts, {
    for name, further in var.further : "further/${name}" => further.account_id
  })

  # The account decides by its own IAM policies who manages the key.
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${each.value}:root"]
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

# --- Beside the cluster -----------------------------------------------------------------------------

resource "aws_kms_key" "source" {
  description         = "Backups of ${var.source.cluster}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key["source"].json
}

resource "aws_kms_alias" "source" {
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.source.key_id
}

resource "aws_backup_vault" "source" {
  name        = local.name
  kms_key_arn = aws_kms_key.source.arn
}

# --- On the way -------------------------------------------------------------------------------------

resource "aws_kms_key" "staging" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  description         = "Backups of ${var.source.cluster} on their way to ${var.target.region}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key["target"].json
}

resource "aws_kms_alias" "staging" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  name          = "alias/${local.name}-staging"
  target_key_id = aws_kms_key.staging[0].key_id
}

resource "aws_backup_vault" "staging" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  name        = "${local.name}-staging"
  kms_key_arn = aws_kms_key.staging[0].arn
}

resource "aws_backup_vault_policy" "staging" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  backup_vault_name = aws_backup_vault.staging[0].name
  policy            = data.aws_iam_policy_document.vault["staging"].json
}

# --- At the target ----------------------------------------------------------------------------------

resource "aws_kms_key" "target" {
  provider = aws.target

  description         = "Copies of backups of ${var.source.cluster}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key["target"].json
}

resource "aws_kms_alias" "target" {
  provider = aws.target

  name          = "alias/${local.name}-kept"
  target_key_id = aws_kms_key.target.key_id
}

resource "aws_backup_vault" "target" {
  provider = aws.target

  name        = "${local.name}-kept"
  kms_key_arn = aws_kms_key.target.arn

  lifecycle {
    precondition {
      condition     = local.crosses_account || local.crosses_region
      error_message = "The target is the account and Region of the cluster itself. A copy there is lost with it."
    }

    precondition {
      condition     = !local.crosses_account || try(data.aws_organizations_organization.source[0].id == data.aws_organizations_organization.target[0].id, false)
      error_message = "The two accounts are not in one organisation of AWS Organizations. Copies from one to the other would fail."
    }
  }
}

resource "aws_backup_vault_policy" "target" {
  provider = aws.target

  backup_vault_name = aws_backup_vault.target.name
  policy            = data.aws_iam_policy_document.vault["target"].json
}

# Nobody deletes a copy in its first seven days, whatever their permissions. This is governance mode: who
# may change the lock can still take it away. For a lock that nobody can take away, AWS included, give it
# `changeable_for_days`, and read what drctl says about that.
resource "aws_backup_vault_lock_configuration" "target" {
  provider = aws.target

  backup_vault_name  = aws_backup_vault.target.name
  min_retention_days = 7
}

# --- Who may put copies there -----------------------------------------------------------------------

locals {
  lets_in = local.crosses_account ? [local.first_stop, "further"] : ["further"]
}

data "aws_iam_policy_document" "vault" {
  for_each = toset(["staging", "target", "further"])

  # The source account may put copies into the vault where they arrive in this account, and may do
  # nothing else there: neither see nor delete them.
  dynamic "statement" {
    for_each = contains(local.lets_in, each.key) ? [1] : []
    content {
      sid       = "CopiesFromSource"
      actions   = ["backup:CopyIntoBackupVault"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:aws:iam::${var.source.account_id}:root"]
      }
    }
  }

  # Recovery points go when their time is over, and not because somebody says so.
  statement {
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
