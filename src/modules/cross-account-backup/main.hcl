# Backups of Aurora clusters, kept where nobody who breaks the clusters can break them too: in other
# accounts, in other Regions, or both.
#
# There are two ways from one account and Region to another of both:
#
#   direct    the plan copies straight into the last vault. AWS does this for Aurora since October 2025.
#
#               source account            target account
#               cluster -> vault -------------------------------> vault      (other Region)
#
#   staged    the plan copies into a vault of the target account in the clusters' own Region; the event
#             that this is done goes to the target account, where a function copies on.
#
#               source account            target account
#               cluster -> vault -------> staging vault -------> vault      (other Region)
#                              \-- event --> function --/
#
# A target in the same account, or in the same Region, is one step away; then both ways are the same.
#
#   main.hcl       names, and the way of the copies
#   plan.hcl       what is backed up, when, by which role, and who is told of what fails
#   vaults.hcl     where backups lie, and who may restore them
#   onward.hcl     the staged way only: the news of a copy goes to the accounts that carry it on
#   stage/         the same in such an account: a vault, the event, and the function
#   vault/         a vault with its key, its policy and its lock
#   function/      a function with its role and its logs
#   variables.hcl  what may be said
#   outputs.hcl    what a restore needs to know

data "aws_caller_identity" "source" {
  provider = aws.source
}

data "aws_region" "source" {
  provider = aws.source
}

data "aws_partition" "source" {
  provider = aws.source
}

locals {
  account_id = data.aws_caller_identity.source.account_id
  region     = data.aws_region.source.region
  partition  = data.aws_partition.source.partition

  crosses = {
    for key, target in var.targets : key => {
      account = target.account_id != local.account_id
      region  = target.region != local.region
    }
  }
  staged = [for key, crosses in local.crosses : key if var.way == "staged" && crosses.account && crosses.region]

  # Targets by their account: the account has one role that restores, and one way in.
  keepers = { for key, target in var.targets : target.account_id => key... }
  stages  = { for key in local.staged : var.targets[key].account_id => key... }

  # ARNs are written out: a policy must be in force before what it lets in exists, not after.
  vault   = "arn:${local.partition}:backup:${local.region}:${local.account_id}:backup-vault:${var.name}"
  staging = { for account in keys(local.stages) : account => "arn:${local.partition}:backup:${local.region}:${account}:backup-vault:${var.name}-staging" }
  kept    = { for key, target in var.targets : key => "arn:${local.partition}:backup:${target.region}:${target.account_id}:backup-vault:${var.name}-kept" }
  roles   = { for account in keys(local.keepers) : account => "arn:${local.partition}:iam::${account}:role/${var.name}-restore" }
  buses   = { for account in keys(local.stages) : account => "arn:${local.partition}:events:${local.region}:${account}:event-bus/default" }

  # Where the plan itself copies to, and for how long copies are kept there.
  keep_days = { for key, target in var.targets : key => coalesce(target.keep_days, var.keep_days.target) }
  copies = merge(
    { for arn in values(local.staging) : arn => var.keep_days.staging },
    { for key, arn in local.kept : arn => local.keep_days[key] if !contains(local.staged, key) },
  )
}

# Clusters that exist, to see that they will be backed up. They are looked up and stay as they are.
data "aws_rds_cluster" "checked" {
  for_each = var.clusters
  provider = aws.source

  cluster_identifier = each.key
}

# Their keys. Copies are made of encrypted snapshots, so other accounts must be able to read with them:
# the output `cluster_key_statements` says what their policies need.
data "aws_kms_key" "checked" {
  for_each = { for name, cluster in data.aws_rds_cluster.checked : name => cluster.kms_key_id if cluster.storage_encrypted }
  provider = aws.source

  key_id = each.value
}

# AWS copies between accounts of one organisation only, each asked for itself.
data "aws_organizations_organization" "source" {
  count    = anytrue([for crosses in values(local.crosses) : crosses.account]) ? 1 : 0
  provider = aws.source

  return_organization_only = true
}

data "aws_organizations_organization" "target" {
  for_each = { for account, keys in local.keepers : account => keys[0] if account != local.account_id }
  provider = aws.target[each.value]

  return_organization_only = true
}
