# Backups of an Aurora cluster, kept where nobody who breaks the cluster can break them too: in
# another account, in another Region.
#
#   main.hcl        the two accounts, the cluster, and the way the copies go
#   vaults.hcl      where backups lie, their keys, and who may put copies into them
#   plan.hcl        what is backed up, when, by which role
#   further.hcl     vaults in further accounts, if you want any
#   onward.hcl      the `staged` way only: the event, and the function that carries a copy on
#   variables.hcl   what differs between one estate and another
#   outputs.hcl     what a restore needs to know
#
# There are two ways from one account and Region to another of both:
#
#   direct    the plan copies straight into the last vault. AWS does this for Aurora since October 2025.
#
#               source account            target account
#               cluster -> vault -------------------------------> vault      (other Region)
#
#   staged    the plan copies into a vault of the target account in the cluster's own Region; the event
#             that this is done goes to the target account, where a function copies on.
#
#               source account            target account
#               cluster -> vault -------> staging vault -------> vault      (other Region)
#                              \-- event --> function --/
#
#             What the source account can reach is then never the last vault, and the target account
#             decides by itself what it keeps for how long.
#
# A target in the same account, or in the same Region, is one step away; then both ways are the same.

drctl {
  # Every resource carries this name in a tag. It is how drctl knows what is its own, in both
  # accounts; there is no state file.
  stack = "orders-backup"
}

# One provider for each account. drctl has no credentials in either of them: it takes on a role in each,
# and stops before it reads anything if that turns out to be another account.
provider "aws" {
  region              = var.source.region
  allowed_account_ids = [var.source.account_id]

  assume_role {
    role_arn     = "arn:aws:iam::${var.source.account_id}:role/${var.role}"
    external_id  = var.external_id
    session_name = "drctl"
  }

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias               = "target"
  region              = var.target.region
  allowed_account_ids = [var.target.account_id]

  assume_role {
    role_arn     = "arn:aws:iam::${var.target.account_id}:role/${var.role}"
    external_id  = var.external_id
    session_name = "drctl"
  }

  default_tags {
    tags = local.tags
  }
}

locals {
  name = "${var.source.cluster}-backup"
  tags = {
    service = var.source.cluster
    purpose = "disaster-recovery"
  }

  crosses_account = var.target.account_id != var.source.account_id
  crosses_region  = var.target.region != var.source.region
  staged          = var.way == "staged" && local.crosses_account && local.crosses_region

  # ARNs are written out where the thing they name is in another account: a policy must be in force
  # before what it lets in exists, not after.
  vaults = {
    source  = "arn:aws:backup:${var.source.region}:${var.source.account_id}:backup-vault:${local.name}"
    staging = "arn:aws:backup:${var.source.region}:${var.target.account_id}:backup-vault:${local.name}-staging"
    target  = "arn:aws:backup:${var.target.region}:${var.target.account_id}:backup-vault:${local.name}-kept"
  }

  # Where the plan itself copies to.
  first_stop = local.staged ? "staging" : "target"
}

# The cluster that exists. It is looked up and stays as it is.
data "aws_rds_cluster" "this" {
  cluster_identifier = var.source.cluster
}

# Its key. Copies are made of an encrypted snapshot, so the other account must be able to read with this
# key: the output `cluster_key_statements` says what its policy needs.
data "aws_kms_key" "cluster" {
  key_id = data.aws_rds_cluster.this.kms_key_id
}

# AWS copies between accounts of one organisation only, each asked for itself.
data "aws_organizations_organization" "source" {
  count                    = local.crosses_account || length(var.further) > 0 ? 1 : 0
  return_organization_only = true
}

data "aws_organizations_organization" "target" {
  count                    = local.crosses_account ? 1 : 0
  provider                 = aws.target
  return_organization_only = true
}
