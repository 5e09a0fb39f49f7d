resource "aws_rds_cluster_parameter_group" "sample" {
  name        = "orders"
  family      = "aurora-postgresql16"  # => "aurora-postgresql15"
  description = "Parameters of orders" # => "Parameters"

  parameter {
    name  = "log_min_duration_statement"
    value = "1000" # -> "500"
  }

  parameter { #1 -> nothing
    name         = "max_connections"
    value        = "200"
    apply_method = "pending-reboot"
  }

  tags = {
    team = "orders" # -> "databases"
  }
}
