# before: client('rds').describe_db_subnet_groups(DBSubnetGroupName='default')
# before: vpc = client('ec2').describe_vpcs()['Vpcs'][0]['VpcId']
# before: client('ec2').create_security_group(GroupName='orders', Description='orders', VpcId=vpc)

data "aws_security_group" "orders" {
  name = "orders"
}

data "aws_security_group" "default" {
  name = "default"
}

resource "aws_kms_key" "orders" {
  for_each = toset(["a", "b"])

  deletion_window_in_days = 7
}

resource "aws_db_subnet_group" "orders" {
  for_each = toset(["a", "b"])

  name       = each.key
  subnet_ids = data.aws_db_subnet_group.default.subnet_ids
}

data "aws_db_subnet_group" "default" {
  name = "default"
}

resource "aws_rds_cluster_parameter_group" "orders" {
  for_each = toset(["a", "b"])

  name   = each.key
  family = "aurora-postgresql16"
}

resource "aws_iam_role" "orders" {
  for_each = toset(["monitoring", "a"])

  name = each.key
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["monitoring.rds.amazonaws.com", "rds.amazonaws.com"] }
    }]
  })
}

resource "aws_rds_cluster" "sample" {
  cluster_identifier = "orders"
  engine             = "aurora-postgresql" # ~> "Aurora-PostgreSQL"  # => "aurora-mysql"
  engine_version     = "16.4"              # -> "16.6"  # ~> "16"
  engine_mode        = "provisioned"       # => "serverless"
  database_name      = "orders"            # ~> "other"
  master_username    = "postgres"          # ~> "admin"
  master_password    = "very-secret-1"     #1 ~> nothing
  #2 -> manage_master_user_password   = true

  db_subnet_group_name            = aws_db_subnet_group.orders["a"].name             # => aws_db_subnet_group.orders["b"].name
  vpc_security_group_ids          = [data.aws_security_group.default.id]             # -> [data.aws_security_group.orders.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.orders["a"].name # -> aws_rds_cluster_parameter_group.orders["b"].name
  port                            = 5432                                             # -> 5433
  network_type                    = "IPV4"                                           # -> "DUAL"

  backup_retention_period      = 7                     # -> 14
  preferred_backup_window      = "03:00-04:00"         # -> "04:00-05:00"
  preferred_maintenance_window = "mon:05:00-mon:06:00" # ~> "Mon:05:00-Mon:06:00"  # -> "tue:05:00-tue:06:00"

  storage_encrypted = true                        # => false
  kms_key_id        = aws_kms_key.orders["a"].arn # ~> aws_kms_key.orders["a"].key_id  # => aws_kms_key.orders["b"].arn
  storage_type      = "aurora"                    # -> "aurora-iopt1"

  deletion_protection                 = true           # -> nothing
  copy_tags_to_snapshot               = true           # -> nothing
  iam_database_authentication_enabled = true           # -> nothing
  enabled_cloudwatch_logs_exports     = ["postgresql"] # -> nothing
  enable_http_endpoint                = true           # -> nothing
  enable_local_write_forwarding       = true           # -> nothing

  serverlessv2_scaling_configuration {
    min_capacity = 0.5 # -> 1
    max_capacity = 4
  }

  iam_roles                    = []         # -> [aws_iam_role.orders["a"].arn]
  database_insights_mode       = "standard" #4 -> "advanced"
  performance_insights_enabled = false      #3 -> true
  #2 -> master_user_secret_kms_key_id = aws_kms_key.orders["a"].arn
  # => availability_zones               = ["us-east-1a", "us-east-1b", "us-east-1d"]
  # => cluster_scalability_type         = "limitless"
  #3 -> performance_insights_kms_key_id = aws_kms_key.orders["a"].arn
  #3 -> performance_insights_retention_period = 93                             #4 -> performance_insights_retention_period = 465
  # -> monitoring_interval              = 60
  monitoring_role_arn = aws_iam_role.orders["monitoring"].arn

  skip_final_snapshot      = true # ~> false  # ~> true
  delete_automated_backups = true # ~> false
  apply_immediately        = true # ~> nothing

  tags = {
    team = "orders" # -> "databases"
  }

  # untested: engine_lifecycle_support: chosen when the cluster is made
  # untested: global_cluster_identifier: the example joins a global database and leaves it
  # untested: enable_global_write_forwarding: of secondary clusters only
  # untested: backtrack_window: of MySQL only
  # untested: allocated_storage, iops, db_cluster_instance_class, ca_certificate_identifier: of clusters that are not Aurora
  # untested: domain, domain_iam_role_name: directories are not part of this
  # untested: monitoring_role_arn: AWS refuses another while it monitors
}
