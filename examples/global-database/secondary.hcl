# The cluster in the second Region. It follows the first one until it is told to take over.
#
# What AWS does not copy in a failover must be here already: a key, a network, parameters, logs,
# roles. Compare this file with the first cluster before you trust your database to it.

# A key of its own. Keys do not leave their Region, and one that is shared would be a thing that both
# Regions can lose.
resource "aws_kms_key" "storage" {
  region = var.secondary.region

  description             = "Storage of ${local.members[var.secondary.region]}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "storage" {
  region = var.secondary.region

  name          = "alias/${local.members[var.secondary.region]}"
  target_key_id = aws_kms_key.storage.key_id
}

resource "aws_db_subnet_group" "secondary" {
  region = var.secondary.region

  name        = local.members[var.secondary.region]
  description = "Subnets of ${local.members[var.secondary.region]}"
  subnet_ids  = var.secondary.subnet_ids
}

# Who may connect is decided by whoever looks after the network.
data "aws_security_group" "secondary" {
  region = var.secondary.region

  name   = var.secondary.security_group
  vpc_id = var.secondary.vpc_id
}

resource "aws_rds_cluster_parameter_group" "secondary" {
  region = var.secondary.region

  name        = local.members[var.secondary.region]
  family      = var.parameter_group_family
  description = "Parameters of ${local.members[var.secondary.region]}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  # `rds.global_db_rpo` is left alone on purpose. With two Regions it would stop all writes after a
  # failover, since there is nobody left to follow.
}

resource "aws_rds_cluster" "secondary" {
  region = var.secondary.region

  cluster_identifier        = local.members[var.secondary.region]
  global_cluster_identifier = aws_rds_global_cluster.this.id

  # The same engine as the first one. AWS moves members to newer versions together; a newer one than
  # here is no difference.
  engine         = data.aws_rds_cluster.primary.engine
  engine_version = data.aws_rds_cluster.primary.engine_version

  db_subnet_group_name            = aws_db_subnet_group.secondary.name
  vpc_security_group_ids          = [data.aws_security_group.secondary.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.secondary.name

  storage_encrypted = true
  kms_key_id        = aws_kms_key.storage.arn

  # These do not come along in a failover either.
  enabled_cloudwatch_logs_exports = ["postgresql"]
  backup_retention_period         = 7
  copy_tags_to_snapshot           = true

  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = "${local.members[var.secondary.region]}-final"
}

# One instance that is always running. A cluster without any replicates too, but cannot take over
# before somebody has made one, and in an emergency everybody wants one.
resource "aws_rds_cluster_instance" "secondary" {
  region = var.secondary.region

  identifier         = "${local.members[var.secondary.region]}-1"
  cluster_identifier = aws_rds_cluster.secondary.cluster_identifier
  engine             = aws_rds_cluster.secondary.engine
  instance_class     = var.instance_class

  monitoring_interval = 30
  monitoring_role_arn = aws_iam_role.monitoring.arn

  # The role is good for something only with its policy.
  depends_on = [aws_iam_role_policy_attachment.monitoring]
}
