resource "aws_rds_global_cluster" "sample" {
  global_cluster_identifier = "orders"
  engine                    = "aurora-postgresql"                # => "aurora-mysql"
  engine_version            = "16.4"                             # -> "16.6"  # ~> "16"
  storage_encrypted         = true                               # => false
  database_name             = "orders"                           # ~> "other"
  deletion_protection       = true                               # -> false
  engine_lifecycle_support  = "open-source-rds-extended-support" # ~> nothing

  tags = {
    team = "orders" # -> "databases"
  }

  # untested: engine_lifecycle_support: chosen when the global database is made
}
