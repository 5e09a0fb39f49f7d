resource "aws_rds_cluster" "orders" {
  for_each = toset(["a", "b"])

  cluster_identifier  = each.key
  engine              = "aurora-postgresql"
  engine_version      = "16.6"
  master_username     = "postgres"
  master_password     = "very-secret-1"
  skip_final_snapshot = true
}

resource "aws_kms_key" "insights" {
  deletion_window_in_days = 7
}

resource "aws_db_parameter_group" "orders" {
  for_each = toset(["a", "b"])

  name   = each.key
  family = "aurora-postgresql16"
}

resource "aws_iam_role" "monitoring" {
  name = "monitoring"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "monitoring.rds.amazonaws.com" } }]
  })
}

resource "aws_rds_cluster_instance" "sample" {
  identifier         = "orders-1"
  cluster_identifier = aws_rds_cluster.orders["a"].cluster_identifier # => aws_rds_cluster.orders["b"].cluster_identifier
  engine             = aws_rds_cluster.orders["a"].engine             # => "aurora-mysql"
  engine_version     = "16.6"                                         # ~> "16.4"
  instance_class     = "db.r6g.large"                                 # -> "db.r6g.xlarge"
  availability_zone  = "us-east-1a"                                   # => "us-east-1b"

  db_parameter_group_name = aws_db_parameter_group.orders["a"].name # -> aws_db_parameter_group.orders["b"].name
  promotion_tier          = 1                                       # -> 2  # -> nothing
  publicly_accessible     = false                                   # -> true

  auto_minor_version_upgrade = false               # -> nothing
  ca_cert_identifier         = "rds-ca-rsa2048-g1" # -> "rds-ca-rsa4096-g1"
  copy_tags_to_snapshot      = true                # -> false

  monitoring_interval = 60 # -> 30
  monitoring_role_arn = aws_iam_role.monitoring.arn

  performance_insights_enabled = false #1 -> true
  #1 -> performance_insights_kms_key_id = aws_kms_key.insights.arn
  #1 -> performance_insights_retention_period = 7                        #2 -> performance_insights_retention_period = 31

  preferred_maintenance_window = "mon:05:00-mon:06:00" # -> "tue:05:00-tue:06:00"

  tags = {
    team = "orders" # -> "databases"
  }

  # untested: preferred_backup_window: of the cluster, in Aurora
  # untested: db_subnet_group_name: of the cluster, in Aurora
  # untested: monitoring_role_arn: AWS refuses another while it monitors
}
