# Where backups lie. Each vault has a key of its own: what encrypts the copies must not be lost with what
# they are copies of, and AWS does not copy into another account's vault that has its default key.

module "vault" {
  source    = "./vault"
  providers = { aws = aws.source }

  name        = var.name
  region      = local.region
  account_id  = local.account_id
  description = "Backups: ${var.name}"
  kms_key_arn = var.kms_key_arn
  tags        = var.tags
}

module "kept" {
  source    = "./vault"
  for_each  = var.targets
  providers = { aws = aws.target[each.key] }

  name        = "${var.name}-kept"
  region      = each.value.region
  account_id  = each.value.account_id
  description = "Copies of backups: ${var.name}"
  kms_key_arn = each.value.kms_key_arn

  # In the staged way nobody comes in from outside: the target account copies by itself.
  copies_from       = local.crosses[each.key].account && !contains(local.staged, each.key) ? local.account_id : null
  nobody_deletes    = true
  lock              = each.value.lock.enabled ? each.value.lock : null
  confirm_permanent = each.value.confirm_permanent
  tags              = var.tags
}

# In the accounts that keep copies, where a restore is made when the source account is lost.
resource "aws_iam_role" "restore" {
  for_each = local.keepers
  provider = aws.target[each.value[0]]

  name               = "${var.name}-restore"
  description        = "AWS Backup, when it copies on or restores backups of ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.backup_trust[each.key].json
  tags               = var.tags
}

locals {
  restore_policies = {
    for pair in setproduct(keys(local.keepers), ["Backup", "Restores"]) :
    "${pair[0]}/${pair[1]}" => { account = pair[0], policy = pair[1] }
  }
}

resource "aws_iam_role_policy_attachment" "restore" {
  for_each = local.restore_policies
  provider = aws.target[local.keepers[each.value.account][0]]

  role       = aws_iam_role.restore[each.value.account].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${each.value.policy}"
}
