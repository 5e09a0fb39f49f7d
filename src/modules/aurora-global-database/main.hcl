# An Aurora cluster that runs in one Region becomes a global database: it gets a cluster that follows
# it in each other Region, and every Region learns to notice and to tell when one falls behind or
# takes over.
#
# Nothing here says which Region writes. After a switchover or a failover the same configuration still
# describes the database as it is, and `drctl plan` says: No changes.
#
#   main.hcl         names, the global database, what the first cluster gets
#   secondaries.hcl  the clusters in the other Regions
#   alarms.hcl       lag: who is told, when, and what they look at
#   events.hcl       switchover and failover: the events, and the function that acts on them
#   function/        a function with its role and its logs
#   variables.hcl    what may be said
#   outputs.hcl      what is told

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  name       = coalesce(var.name, "${var.primary.cluster}-dr")
  global     = coalesce(var.global_cluster_identifier, "${var.primary.cluster}-global")
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  # The members of the global database, by Region. Written out rather than looked up: what watches
  # one Region must not depend on another.
  members = merge(
    { (var.primary.region) = var.primary.cluster },
    { for region, secondary in var.secondaries : region => coalesce(secondary.cluster, "${var.primary.cluster}-${region}") },
  )
  member_arns = {
    for region, cluster in local.members : region => "arn:${local.partition}:rds:${region}:${local.account_id}:cluster:${cluster}"
  }
  global_arn = "arn:${local.partition}:rds::${local.account_id}:global-cluster:${local.global}"
}

# The cluster that exists. It is looked up and stays as it is: joining a global database changes
# nothing about it, and it is nobody's to delete.
data "aws_rds_cluster" "primary" {
  region             = var.primary.region
  cluster_identifier = var.primary.cluster
}

resource "aws_rds_global_cluster" "this" {
  region = var.primary.region

  global_cluster_identifier = local.global

  # Counts when the global database is made, and never again: after a failover another cluster
  # writes, and that is no difference.
  source_db_cluster_identifier = data.aws_rds_cluster.primary.arn

  deletion_protection = var.deletion_protection

  # Deleting the global database, once it is not protected any more, lets its members go: the first
  # cluster is then again what it was.
  force_destroy = true

  tags = var.tags

  lifecycle {
    precondition {
      condition     = data.aws_rds_cluster.primary.storage_encrypted
      error_message = "The cluster ${var.primary.cluster} is not encrypted, but its copies in other Regions would be. Restore it from an encrypted snapshot first."
    }

    precondition {
      condition     = length(data.aws_rds_cluster.primary.master_user_secret[*]) == 0
      error_message = "The master password of ${var.primary.cluster} is managed by Secrets Manager, which global databases cannot have. Set a password of your own first."
    }
  }
}

locals {
  reader = "${var.primary.cluster}-reader"

  # Instances of the cluster that are not ours. Counting ours too would make the reader come with
  # one run and go with the next.
  others = sort(setsubtract(data.aws_rds_cluster.primary.cluster_members, [local.reader]))

  with_reader = coalesce(var.primary_reader, length(local.others) < 2)

  # New instances have the class of those that exist: after a failover they carry their load.
  class = var.instance_class != null ? var.instance_class : one(data.aws_db_instance.primary[*].db_instance_class)
}

data "aws_db_instance" "primary" {
  count  = var.instance_class == null ? 1 : 0
  region = var.primary.region

  db_instance_identifier = local.others[0]
}

# A second instance where there is only one: a fault of one machine should not be a case for another
# Region.
resource "aws_rds_cluster_instance" "reader" {
  count  = local.with_reader ? 1 : 0
  region = var.primary.region

  identifier         = local.reader
  cluster_identifier = data.aws_rds_cluster.primary.cluster_identifier
  engine             = data.aws_rds_cluster.primary.engine
  instance_class     = local.class
  promotion_tier     = 1

  monitoring_interval = var.monitoring_interval
  monitoring_role_arn = one(aws_iam_role.monitoring[*].arn)

  tags = var.tags

  # The role is good for something only with its policy.
  depends_on = [aws_iam_role_policy_attachment.monitoring]
}

# Lets the instances of all Regions report on their machines.
resource "aws_iam_role" "monitoring" {
  count = var.monitoring_interval > 0 ? 1 : 0

  name               = "${local.name}-monitoring"
  description        = "Enhanced monitoring of ${var.primary.cluster}"
  assume_role_policy = data.aws_iam_policy_document.monitoring.json
  tags               = var.tags
}

data "aws_iam_policy_document" "monitoring" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  count = var.monitoring_interval > 0 ? 1 : 0

  role       = aws_iam_role.monitoring[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
