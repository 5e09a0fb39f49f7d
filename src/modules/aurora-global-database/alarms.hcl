# Lag: who is told, when, and what they look at. Everything exists in every Region, and each Region
# does without the others.

# Messages are encrypted with a key of our own: with the key that AWS provides neither alarms nor RDS
# may publish.
resource "aws_kms_key" "messages" {
  for_each = local.members
  region   = each.key

  description         = "Messages about ${local.name}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.messages.json
  tags                = var.tags
}

data "aws_iam_policy_document" "messages" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.account_id]
    }
  }

  statement {
    sid       = "Publishers"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.rds.amazonaws.com"]
    }

    # For whom they publish is asked by the policy of the topic. Not every service tells it to KMS,
    # and an alarm that KMS turns away is silent.
  }
}

resource "aws_sns_topic" "this" {
  for_each = local.members
  region   = each.key

  name              = local.name
  display_name      = "Database ${var.primary.cluster}"
  kms_master_key_id = aws_kms_key.messages[each.key].arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "this" {
  for_each = local.members
  region   = each.key

  arn    = aws_sns_topic.this[each.key].arn
  policy = data.aws_iam_policy_document.topic[each.key].json
}

data "aws_iam_policy_document" "topic" {
  for_each = local.members

  statement {
    sid       = "Publishers"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this[each.key].arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.rds.amazonaws.com"]
    }

    # A service acts for every account there is. This one is meant.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

locals {
  told = merge(
    { for address in var.emails : address => { protocol = "email", endpoint = address, raw_message_delivery = null, filter_policy = null } },
    var.subscriptions,
  )

  # Everybody is told in every Region: "us-east-1/on-call@example.com", ...
  subscriptions = {
    for pair in setproduct(keys(local.members), keys(local.told)) :
    "${pair[0]}/${pair[1]}" => merge(local.told[pair[1]], { region = pair[0] })
  }
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscriptions
  region   = each.value.region

  topic_arn            = aws_sns_topic.this[each.value.region].arn
  protocol             = each.value.protocol
  endpoint             = each.value.endpoint
  raw_message_delivery = each.value.raw_message_delivery
  filter_policy        = each.value.filter_policy
}

# Aurora reports lag in the Regions that follow, and nowhere else. So every Region has both alarms:
# where the cluster writes they have no data and are quiet, and after a switchover they change places
# by themselves.
resource "aws_cloudwatch_metric_alarm" "rpo_lag" {
  for_each = local.members
  region   = each.key

  alarm_name        = "${local.name}-rpo-lag"
  alarm_description = "${each.value} is more than ${var.max_lag_seconds} s behind: a failover now loses as much. Do not fail over without need."

  namespace   = "AWS/RDS"
  metric_name = "AuroraGlobalDBRPOLag"
  dimensions  = { DBClusterIdentifier = each.value }

  # The worst moment of each minute; an average hides it.
  statistic           = "Maximum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.max_lag_seconds * 1000

  # Three bad minutes out of five: neither one slow transaction nor a flapping line.
  evaluation_periods  = 5
  datapoints_to_alarm = 3

  # Replication that has died reports no lag at all: data that stops is news. It also stops when
  # this Region becomes the one that writes; then the message is the expected end of a switchover.
  treat_missing_data        = "missing"
  insufficient_data_actions = [aws_sns_topic.this[each.key].arn]

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "replication_lag" {
  for_each = local.members
  region   = each.key

  alarm_name        = "${local.name}-replication-lag"
  alarm_description = "Storage of ${each.value} is more than ${var.max_lag_seconds} s behind the Region that writes."

  namespace   = "AWS/RDS"
  metric_name = "AuroraGlobalDBReplicationLag"
  dimensions  = { DBClusterIdentifier = each.value }

  statistic           = "Maximum"
  period              = 60
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.max_lag_seconds * 1000
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "missing"

  tags = var.tags
}

# Either lag is the same trouble: it is told once.
resource "aws_cloudwatch_composite_alarm" "lag" {
  for_each = local.members
  region   = each.key

  alarm_name        = "${local.name}-lag"
  alarm_description = "${each.value} does not keep up. See the dashboard ${local.name}."

  alarm_rule = <<-EOT
    ALARM("${aws_cloudwatch_metric_alarm.rpo_lag[each.key].alarm_name}")
    OR ALARM("${aws_cloudwatch_metric_alarm.replication_lag[each.key].alarm_name}")
  EOT

  alarm_actions = [aws_sns_topic.this[each.key].arn]
  ok_actions    = [aws_sns_topic.this[each.key].arn]

  tags = var.tags
}

# What RDS itself has to say about each cluster. Events of the global database are told by the function.
resource "aws_db_event_subscription" "cluster" {
  for_each = local.members
  region   = each.key

  name             = local.name
  sns_topic        = aws_sns_topic.this[each.key].arn
  source_type      = "db-cluster"
  source_ids       = [each.value]
  event_categories = ["failover", "failure", "maintenance", "notification"]
  tags             = var.tags

  depends_on = [aws_rds_cluster.secondary, aws_sns_topic_policy.this]
}

# One dashboard for all Regions. Dashboards belong to the account, so it is still there when one of
# the Regions is not.
resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = concat(
      # The function tells who writes, who lags and what happened last: from each Region, since the
      # one that is asked may be the one that is gone.
      [
        for position, region in keys(local.members) : {
          type   = "custom"
          x      = 0
          y      = position * 4
          width  = 24
          height = 4
          properties = {
            title    = "${local.global}, as ${region} sees it"
            endpoint = local.function_arns[region]
            params   = {}
            updateOn = { refresh = true, resize = false, timeRange = false }
          }
        }
      ],
      [
        for position, metric in ["AuroraGlobalDBRPOLag", "AuroraGlobalDBReplicationLag"] : {
          type   = "metric"
          x      = position * 12
          y      = length(local.members) * 4
          width  = 12
          height = 6
          properties = {
            title  = metric
            region = var.primary.region
            stat   = "Maximum"
            period = 60
            metrics = [
              for region, cluster in local.members :
              ["AWS/RDS", metric, "DBClusterIdentifier", cluster, { region = region, label = "${cluster} (${region})" }]
            ]
            annotations = { horizontal = [{ label = "too much", value = var.max_lag_seconds * 1000 }] }
          }
        }
      ],
      [
        for position, metric in ["DatabaseConnections", "CPUUtilization", "CommitLatency"] : {
          type   = "metric"
          x      = position * 8
          y      = length(local.members) * 4 + 6
          width  = 8
          height = 6
          properties = {
            title  = metric
            region = var.primary.region
            stat   = "Average"
            period = 60
            metrics = [
              for region, cluster in local.members :
              ["AWS/RDS", metric, "DBClusterIdentifier", cluster, { region = region, label = "${cluster} (${region})" }]
            ]
          }
        }
      ],
    )
  })
}
