# Further accounts that keep a copy each, if `further` names any: a vault in each, with a key of its own,
# into which the plan copies straight. One provider block stands for all of them.

provider "aws" {
  alias    = "further"
  for_each = var.further
  region   = each.value.region

  allowed_account_ids = [each.value.account_id]

  assume_role {
    role_arn     = "arn:aws:iam::${each.value.account_id}:role/${var.role}"
    external_id  = var.external_id
    session_name = "drctl"
  }

  default_tags {
    tags = local.tags
  }
}

locals {
  further_vaults = {
    for name, further in var.further :
    name => "arn:aws:backup:${further.region}:${further.account_id}:backup-vault:${local.name}-kept"
  }
}

data "aws_organizations_organization" "further" {
  for_each = var.further
  provider = aws.further[each.key]

  return_organization_only = true
}

resource "aws_kms_key" "further" {
  for_each = var.further
  provider = aws.further[each.key]

  description         = "Copies of backups of ${var.source.cluster}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key["further/${each.key}"].json
}

resource "aws_kms_alias" "further" {
  for_each = var.further
  provider = aws.further[each.key]

  name          = "alias/${local.name}-kept"
  target_key_id = aws_kms_key.further[each.key].key_id
}

resource "aws_backup_vault" "further" {
  for_each = var.further
  provider = aws.further[each.key]

  name        = "${local.name}-kept"
  kms_key_arn = aws_kms_key.further[each.key].arn

  lifecycle {
    precondition {
      condition     = try(data.aws_organizations_organization.further[each.key].id == data.aws_organizations_organization.source[0].id, false)
      error_message = "Account ${each.value.account_id} is not in the organisation of the cluster's account. Copies to it would fail."
    }
  }
}

resource "aws_backup_vault_policy" "further" {
  for_each = var.further
  provider = aws.further[each.key]

  backup_vault_name = aws_backup_vault.further[each.key].name
  policy            = data.aws_iam_policy_document.vault["further"].json
}

resource "aws_backup_vault_lock_configuration" "further" {
  for_each = var.further
  provider = aws.further[each.key]

  backup_vault_name  = aws_backup_vault.further[each.key].name
  min_retention_days = 7
}
