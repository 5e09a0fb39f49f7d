# An Aurora cluster that runs in one Region becomes a global database over two.
#
#   main.hcl        the account, and the database in the first Region
#   secondary.hcl   the cluster in the second Region
#   alarms.hcl      lag: who is told, when, and what they look at
#   responder.hcl   switchover and failover: a function that acts on them
#   variables.hcl   what differs between one estate and another
#   outputs.hcl     what to connect to
#
# Nothing here says which Region writes. After a switchover or a failover, planned or not, the same
# files still describe the database as it is, and `drctl plan` says: No changes.

drctl {
  # Every resource carries this name in a tag. It is how drctl knows what is its own; there is no
  # state file.
  stack = "orders-dr"
}

provider "aws" {
  region              = var.primary.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      service = var.primary.cluster
      purpose = "disaster-recovery"
    }
  }
}

locals {
  name = "${var.primary.cluster}-dr"

  # The members of the global database, by Region. Clusters of one global database need different
  # names. Written out rather than looked up: what watches one Region must not depend on the other.
  members = {
    (var.primary.region)   = var.primary.cluster
    (var.secondary.region) = "${var.primary.cluster}-west"
  }
}

# The cluster that exists. It is looked up and stays as it is: joining a global database changes
# nothing about it, and it is nobody's to delete.
data "aws_rds_cluster" "primary" {
  cluster_identifier = var.primary.cluster
}

resource "aws_rds_global_cluster" "this" {
  global_cluster_identifier = "${var.primary.cluster}-global"

  # Counts when the global database is made, and never again: after a failover another cluster
  # writes, and that is no difference.
  source_db_cluster_identifier = data.aws_rds_cluster.primary.arn

  deletion_protection = var.deletion_protection

  # Deleting the global database, once it is not protected any more, lets its members go: the first
  # cluster is then again what it was.
  force_destroy = true

  lifecycle {
    precondition {
      condition     = data.aws_rds_cluster.primary.storage_encrypted
      error_message = "The cluster is not encrypted, but its copy in the second Region would be. Restore it from an encrypted snapshot first."
    }
  }
}

locals {
  reader = "${var.primary.cluster}-reader"

  # Instances of the cluster that are not ours. Counting ours too would make the reader come with
  # one run and go with the next.
  others = setsubtract(data.aws_rds_cluster.primary.cluster_members, [local.reader])
}

# A second instance where there is only one: a fault of one machine should not be a case for another
# Region.
resource "aws_rds_cluster_instance" "reader" {
  count = length(local.others) < 2 ? 1 : 0

  identifier         = local.reader
  cluster_identifier = data.aws_rds_cluster.primary.cluster_identifier
  engine             = data.aws_rds_cluster.primary.engine
  instance_class     = var.instance_class
  promotion_tier     = 1

  monitoring_interval = 30
  monitoring_role_arn = aws_iam_role.monitoring.arn

  # The role is good for something only with its policy.
  depends_on = [aws_iam_role_policy_attachment.monitoring]
}

# Lets the instances of both Regions report on their machines every 30 seconds.
resource "aws_iam_role" "monitoring" {
  name               = "${local.name}-monitoring"
  description        = "Enhanced monitoring of ${var.primary.cluster}"
  assume_role_policy = data.aws_iam_policy_document.monitoring.json
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
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
