# The cluster `orders` in us-east-1 becomes a global database with a second cluster in us-west-2, and
# one in eu-west-1 that costs little and needs an instance before it can take over.

drctl {
  stack = "orders-dr"
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]
}

variable "deletion_protection" {
  type    = bool
  default = true
}

module "orders" {
  source = "drctl:aurora-global-database"

  primary = { region = "us-east-1", cluster = "orders" }

  secondaries = {
    "us-west-2" = {
      subnet_ids         = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
      security_group_ids = ["sg-0a1b2c3d4e5f60001"]
    }
    "eu-west-1" = {
      subnet_ids = ["subnet-0a1b2c3d4e5f60003", "subnet-0a1b2c3d4e5f60004"]
      instances  = 0
    }
  }

  cluster_parameters  = { "rds.force_ssl" = "1" }
  emails              = ["on-call@example.com"]
  deletion_protection = var.deletion_protection
}

output "writer_endpoint" {
  value = module.orders.writer_endpoint
}

output "dashboard" {
  value = module.orders.dashboard
}
