# before: client('rds').describe_db_subnet_groups(DBSubnetGroupName='default')

data "aws_db_subnet_group" "default" {
  name = "default"
}

locals {
  subnets = sort(data.aws_db_subnet_group.default.subnet_ids)
}

resource "aws_db_subnet_group" "sample" {
  name        = "orders"
  description = "Subnets of orders" # -> "Where orders live"
  subnet_ids  = local.subnets       # -> slice(local.subnets, 0, 2)

  tags = {
    team = "orders" # -> "databases"
  }
}
