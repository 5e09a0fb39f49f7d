# Switchover and failover: a function in each Region that acts where the writer now is.
#
# Events arrive in the Region of the cluster that they are about, and which of the two clusters sends
# them depends on what happened. They may come twice, late, or in another order. So both Regions
# listen, and the function does not believe what it is told: it looks.

locals {
  events = {
    # Of clusters: 0181 a switchover started, 0182 to 0184 on its way, 0185 finished, 0186 cancelled,
    # 0187 failed; 0238 a failover finished, 0239 failed; 0240 and 0241 the old primary is rebuilt,
    # and only then is there a second Region again; 0397 the writer's address has moved; 0423 waiting
    # for data; 0517 to 0519 what a failover left to do.
    cluster = {
      "detail-type" = "RDS DB Cluster Event"
      ids = [
        "RDS-EVENT-0181", "RDS-EVENT-0182", "RDS-EVENT-0183", "RDS-EVENT-0184", "RDS-EVENT-0185",
        "RDS-EVENT-0186", "RDS-EVENT-0187", "RDS-EVENT-0238", "RDS-EVENT-0239", "RDS-EVENT-0240",
        "RDS-EVENT-0241", "RDS-EVENT-0397", "RDS-EVENT-0423", "RDS-EVENT-0517", "RDS-EVENT-0518",
        "RDS-EVENT-0519",
      ]
    }
    # Of instances: 0390 the old writer was kept from writing, 0391 it could not be: two may write.
    fencing = {
      "detail-type" = "RDS DB Instance Event"
      ids           = ["RDS-EVENT-0390", "RDS-EVENT-0391"]
    }
  }

  # A rule for each sort of event in each Region: "us-east-1/cluster", "us-east-1/fencing", ...
  rules = {
    for pair in setproduct(keys(local.members), keys(local.events)) :
    "${pair[0]}/${pair[1]}" => merge(local.events[pair[1]], { region = pair[0], kind = pair[1] })
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules
  region   = each.value.region

  name        = "${local.name}-${each.value.kind}"
  description = "Switchover and failover of ${var.primary.cluster}: events of the ${each.value.kind == "cluster" ? "cluster" : "instances"}"

  event_pattern = jsonencode(merge(
    {
      source        = ["aws.rds"]
      "detail-type" = [each.value["detail-type"]]
      detail        = { EventID = each.value.ids }
    },
    # Our cluster and no other. Instances come and go, so theirs are taken from all: only members
    # of global databases have such events, and the function looks at ours in any case.
    each.value.kind == "cluster" ? {
      resources = ["arn:aws:rds:${each.value.region}:${var.account_id}:cluster:${local.members[each.value.region]}"]
    } : {},
  ))
}

resource "aws_cloudwatch_event_target" "responder" {
  for_each = local.rules
  region   = each.value.region

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "responder"
  arn       = aws_lambda_function.responder[each.value.region].arn

  # What is not delivered within an hour helps nobody any more; a person should see it instead.
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 185
  }

  dynamic "dead_letter_config" {
    for_each = contains(keys(var.dead_letter_queues), each.value.region) ? [1] : []
    content {
      arn = var.dead_letter_queues[each.value.region]
    }
  }
}

resource "aws_lambda_permission" "rule" {
  for_each = local.rules
  region   = each.value.region

  function_name = aws_lambda_function.responder[each.value.region].function_name
  statement_id  = each.value.kind
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this[each.key].arn
}

# A rule that cannot deliver says so nowhere but here.
resource "aws_cloudwatch_metric_alarm" "undelivered" {
  for_each = local.rules
  region   = each.value.region

  alarm_name        = "${local.name}-${each.value.kind}-undelivered"
  alarm_description = "Events of ${var.primary.cluster} did not reach the function: see its permissions and the dead-letter queue."

  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.this[each.key].name }
  statistic           = "Sum"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this[each.value.region].arn]
}

# The function is drctl itself, and what it is to do travels in its package: on the day of a
# disaster it asks no other service what that was. `drctl invoke responder EVENT.json -dry-run` says
# what it would do.
data "drctl_package" "responder" {
  output_path  = "${path.module}/.drctl/responder.zip"
  architecture = var.architecture

  responder {
    global_cluster_identifier = aws_rds_global_cluster.this.global_cluster_identifier
    member_cluster_arns       = local.member_arns

    # What the old writer had and the new one has not is in a snapshot that AWS takes when it comes
    # back, and deletes again after a while. Keep it: somebody will want to look.
    action {
      on = ["failover", "resynchronised"]

      snapshot_copy {}
    }

    # Where the database went, to whom it concerns. Put before it what your applications need: a
    # record of Route 53, a restart, a deployment.
    action {
      name = "writer"
      on   = ["switchover", "failover", "resynchronised"]

      sns_message {
        topic_arn = local.topic
        subject   = "{global_cluster}: {cluster} in {region} writes"
      }
    }

    # A switchover or failover that failed, or two clusters that may both be writing: each Region
    # tells it, since the other one may not be able to.
    action {
      name = "act"
      on   = ["failed", "fencing_timed_out"]

      sns_message {
        topic_arn = local.topic
        subject   = "ACT: {global_cluster} needs a person"
      }
    }
  }
}

locals {
  member_arns = [
    for region, cluster in local.members : "arn:aws:rds:${region}:${var.account_id}:cluster:${cluster}"
  ]

  # Each Region has its own.
  topic = "arn:aws:sns:{region}:${var.account_id}:${local.name}"
}

resource "aws_lambda_function" "responder" {
  for_each = local.members
  region   = each.key

  function_name = "${local.name}-responder"
  description   = "Acts on a switchover or failover of ${aws_rds_global_cluster.this.global_cluster_identifier}"
  role          = aws_iam_role.responder.arn

  filename         = data.drctl_package.responder.path
  source_code_hash = data.drctl_package.responder.source_code_hash
  runtime          = "provided.al2023"
  handler          = "responder"
  architectures    = [data.drctl_package.responder.architecture]
  memory_size      = 256
  timeout          = 300

  # One event at a time. What comes meanwhile waits.
  reserved_concurrent_executions = var.reserved_concurrency

  # The group first: Lambda makes it by itself otherwise, and keeps everything for ever.
  depends_on = [aws_cloudwatch_log_group.responder, aws_iam_role_policy.responder]
}

resource "aws_cloudwatch_log_group" "responder" {
  for_each = local.members
  region   = each.key

  name              = "/aws/lambda/${local.name}-responder"
  retention_in_days = 90
}

# When the function itself fails, people get the event as it came.
resource "aws_lambda_function_event_invoke_config" "responder" {
  for_each = local.members
  region   = each.key

  function_name                = aws_lambda_function.responder[each.key].function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sns_topic.this[each.key].arn
    }
  }
}

# One role for both Regions. Add an action above, and it may do what that takes, on what it is about.
resource "aws_iam_role" "responder" {
  name               = "${local.name}-responder"
  description        = "The function ${local.name}-responder in both Regions"
  assume_role_policy = data.aws_iam_policy_document.responder_trust.json
}

data "aws_iam_policy_document" "responder_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "responder" {
  name   = "responder"
  role   = aws_iam_role.responder.name
  policy = data.aws_iam_policy_document.responder.json
}

data "aws_iam_policy_document" "responder" {
  # What it looks at, and what the actions above need: the package knows.
  source_policy_documents = [data.drctl_package.responder.responder_policy]

  statement {
    sid       = "Encrypt"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = [for region in keys(local.members) : aws_kms_key.messages[region].arn]
  }

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for region in keys(local.members) : "${aws_cloudwatch_log_group.responder[region].arn}:*"]
  }
}
