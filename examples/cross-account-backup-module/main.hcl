# Clusters with the tag `backup = daily` in one account are backed up every day, and each backup is
# copied to another account and another Region.

drctl {
  stack = "orders-backup"
}

locals {
  source = { account_id = "111111111111", region = "us-east-1" }

  # Each target has a provider of its own, below, by the same key.
  targets = {
    vault = { account_id = "222222222222", region = "us-west-2" }
  }
}

provider "aws" {
  region              = local.source.region
  allowed_account_ids = [local.source.account_id]

  assume_role {
    role_arn = "arn:aws:iam::${local.source.account_id}:role/drctl"
  }
}

provider "aws" {
  alias               = "target"
  for_each            = local.targets
  region              = each.value.region
  allowed_account_ids = [each.value.account_id]

  assume_role {
    role_arn = "arn:aws:iam::${each.value.account_id}:role/drctl"
  }
}

module "backup" {
  source    = "drctl:cross-account-backup"
  providers = { aws.source = aws, aws.target = aws.target }

  name     = "orders-backup"
  targets  = local.targets
  way      = "direct"
  clusters = ["orders"]
}

output "cluster_key_statements" {
  value = module.backup.cluster_key_statements
}
