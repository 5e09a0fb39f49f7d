# The clusters in the other Regions. They follow the first one until one of them is told to take over.
#
# What AWS does not copy in a failover must be there already: a key, a network, parameters, logs.

locals {
  # A key of its own for each Region, unless one is given or the key of the first cluster has replicas.
  own_keys = {
    for region, secondary in var.secondaries : region => local.members[region]
    if secondary.kms_key_arn == null && var.storage_key == "regional"
  }
  replica_keys = {
    for region, secondary in var.secondaries : region => local.members[region]
    if secondary.kms_key_arn == null && var.storage_key == "replica"
  }
  keys = merge(
    { for region, secondary in var.secondaries : region => secondary.kms_key_arn if secondary.kms_key_arn != null },
    { for region in keys(local.own_keys) : region => aws_kms_key.storage[region].arn },
    { for region in keys(local.replica_keys) : region => aws_kms_replica_key.storage[region].arn },
  )

  own_subnet_groups = {
    for region, secondary in var.secondaries : region => local.members[region]
    if secondary.db_subnet_group_name == null && length(secondary.subnet_ids) > 0
  }
  own_parameter_groups = {
    for region, secondary in var.secondaries : region => local.members[region]
    if secondary.db_cluster_parameter_group_name == null && length(var.cluster_parameters) > 0
  }

  # Engine and major version as parameter groups call them: aurora-postgresql16, aurora-mysql8.0.
  engine  = data.aws_rds_cluster.primary.engine
  version = data.aws_rds_cluster.primary.engine_version
  family = format("%s%s", local.engine, regex(
    local.engine == "aurora-mysql" ? "^[0-9]+[.][0-9]+" : "^[0-9]+",
    local.version,
  ))

  # One entry for each instance: "us-west-2/1", "us-west-2/2", ...
  instances = merge([
    for region, secondary in var.secondaries : {
      for number in range(1, secondary.instances + 1) : "${region}/${number}" => { region = region, number = number }
    }
  ]...)
}

resource "aws_kms_key" "storage" {
  for_each = local.own_keys
  region   = each.key

  description             = "Storage of ${each.value}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags
}

data "aws_kms_key" "primary" {
  count  = length(local.replica_keys) > 0 ? 1 : 0
  region = var.primary.region

  key_id = data.aws_rds_cluster.primary.kms_key_id
}

resource "aws_kms_replica_key" "storage" {
  for_each = local.replica_keys
  region   = each.key

  description             = "Storage of ${each.value}"
  primary_key_arn         = data.aws_rds_cluster.primary.kms_key_id
  deletion_window_in_days = 30
  tags                    = var.tags

  lifecycle {
    precondition {
      condition     = data.aws_kms_key.primary[0].multi_region
      error_message = "The key of ${var.primary.cluster} is no multi-Region key, so it has no replicas. Leave `storage_key` at \"regional\", or name a key for ${each.key} with `kms_key_arn`."
    }
  }
}

resource "aws_kms_alias" "storage" {
  for_each = merge(local.own_keys, local.replica_keys)
  region   = each.key

  name          = "alias/${each.value}"
  target_key_id = try(aws_kms_key.storage[each.key].key_id, aws_kms_replica_key.storage[each.key].key_id)
}

resource "aws_db_subnet_group" "secondary" {
  for_each = local.own_subnet_groups
  region   = each.key

  name        = each.value
  description = "Subnets of ${each.value}"
  subnet_ids  = var.secondaries[each.key].subnet_ids
  tags        = var.tags
}

resource "aws_rds_cluster_parameter_group" "secondary" {
  for_each = local.own_parameter_groups
  region   = each.key

  name        = each.value
  family      = local.family
  description = "Parameters of ${each.value}"
  tags        = var.tags

  dynamic "parameter" {
    for_each = var.cluster_parameters
    content {
      name  = parameter.key
      value = parameter.value
    }
  }
}

resource "aws_rds_cluster" "secondary" {
  for_each = var.secondaries
  region   = each.key

  cluster_identifier        = local.members[each.key]
  global_cluster_identifier = aws_rds_global_cluster.this.id

  # The same engine as the first one. AWS moves members to newer versions together; a newer one than
  # here is no difference.
  engine         = local.engine
  engine_version = local.version
  port           = data.aws_rds_cluster.primary.port

  db_subnet_group_name            = each.value.db_subnet_group_name != null ? each.value.db_subnet_group_name : try(aws_db_subnet_group.secondary[each.key].name, null)
  vpc_security_group_ids          = length(each.value.security_group_ids) > 0 ? each.value.security_group_ids : null
  db_cluster_parameter_group_name = each.value.db_cluster_parameter_group_name != null ? each.value.db_cluster_parameter_group_name : try(aws_rds_cluster_parameter_group.secondary[each.key].name, null)

  storage_encrypted = true
  kms_key_id        = local.keys[each.key]

  # These do not come along in a failover: they are as they are at the first cluster.
  enabled_cloudwatch_logs_exports     = var.log_exports != null ? var.log_exports : data.aws_rds_cluster.primary.enabled_cloudwatch_logs_exports
  iam_database_authentication_enabled = data.aws_rds_cluster.primary.iam_database_authentication_enabled
  backup_retention_period             = var.backup_retention_days
  copy_tags_to_snapshot               = true

  dynamic "serverlessv2_scaling_configuration" {
    for_each = var.serverless[*]
    content {
      min_capacity = serverlessv2_scaling_configuration.value.min_capacity
      max_capacity = serverlessv2_scaling_configuration.value.max_capacity
    }
  }

  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = "${local.members[each.key]}-final"

  tags = var.tags
}

# Instances that are always running. A cluster without any replicates too, but cannot take over before
# somebody has made one, and in an emergency everybody wants one.
resource "aws_rds_cluster_instance" "secondary" {
  for_each = local.instances
  region   = each.value.region

  identifier              = "${local.members[each.value.region]}-${each.value.number}"
  cluster_identifier      = aws_rds_cluster.secondary[each.value.region].cluster_identifier
  engine                  = local.engine
  instance_class          = var.secondaries[each.value.region].instance_class != null ? var.secondaries[each.value.region].instance_class : local.class
  db_parameter_group_name = var.secondaries[each.value.region].db_parameter_group_name

  monitoring_interval = var.monitoring_interval
  monitoring_role_arn = one(aws_iam_role.monitoring[*].arn)

  tags = var.tags

  lifecycle {
    precondition {
      condition     = local.class != "db.serverless" || var.serverless != null
      error_message = "Instances of the class db.serverless need limits: set `serverless = { min_capacity = 8, max_capacity = 64 }`, or another `instance_class`."
    }
  }

  # The role is good for something only with its policy.
  depends_on = [aws_iam_role_policy_attachment.monitoring]
}
