# The `staged` way: a copy arrives in the staging vault, and is carried on from there.
#
# AWS tells of a copy only where it was started: in the source account. So a rule there sends the news to
# the bus of the target account, whose rule calls the function. Events may come twice, late, in another
# order or not at all: the function looks at what is there before it does anything, and once an hour it
# looks through the whole vault without being called.

# --- In the source account: send the news on --------------------------------------------------------

resource "aws_cloudwatch_event_rule" "copies" {
  count = local.staged ? 1 : 0

  name        = "${local.name}-copies"
  description = "Copies of backups of ${var.source.cluster} that reached the other account, or did not"

  event_pattern = jsonencode({
    source        = ["aws.backup"]
    "detail-type" = ["Copy Job State Change"]
    detail = {
      state                     = ["COMPLETED", "FAILED", "PARTIAL"]
      sourceBackupVaultArn      = [local.vaults.source]
      destinationBackupVaultArn = [local.vaults.staging]
    }
  })
}

resource "aws_cloudwatch_event_target" "forward" {
  count = local.staged ? 1 : 0

  rule      = aws_cloudwatch_event_rule.copies[0].name
  target_id = "target-account"
  arn       = local.bus
  role_arn  = aws_iam_role.forward[0].arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[0].arn
  }

  # The other side first: what is sent before it listens is lost.
  depends_on = [
    aws_iam_role_policy.forward,
    aws_cloudwatch_event_permission.source,
    aws_cloudwatch_event_target.copier,
    aws_lambda_permission.copier,
  ]
}

locals {
  bus = "arn:aws:events:${var.source.region}:${var.target.account_id}:event-bus/default"
}

resource "aws_iam_role" "forward" {
  count = local.staged ? 1 : 0

  name               = "${local.name}-forward"
  description        = "EventBridge, when it sends news of copies to the other account"
  assume_role_policy = data.aws_iam_policy_document.forward_trust.json
}

data "aws_iam_policy_document" "forward_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.source.account_id]
    }
  }
}

resource "aws_iam_role_policy" "forward" {
  count = local.staged ? 1 : 0

  name   = "forward"
  role   = aws_iam_role.forward[0].name
  policy = data.aws_iam_policy_document.forward.json
}

data "aws_iam_policy_document" "forward" {
  statement {
    actions   = ["events:PutEvents"]
    resources = [local.bus]
  }
}

# What could not be delivered waits here for two weeks.
resource "aws_sqs_queue" "undelivered" {
  count = local.staged ? 1 : 0

  name                      = "${local.name}-undelivered"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Rule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:${var.source.region}:${var.source.account_id}:${local.name}-undelivered"
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.copies[0].arn } }
    }]
  })
}

# --- In the target account: let the news in ---------------------------------------------------------

# One statement of our own; what others have in the policy of this bus stays. The source account, and
# nobody else: never `*`.
resource "aws_cloudwatch_event_permission" "source" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  statement_id = local.name
  principal    = var.source.account_id
}

locals {
  copy_job = { source = ["aws.backup"], "detail-type" = ["Copy Job State Change"] }

  # When the function is called: a copy has arrived, a copy onward has ended, an hour is over.
  calls = local.staged ? {
    arrived = {
      description = "A copy has arrived from account ${var.source.account_id}"
      schedule    = null
      pattern = jsonencode(merge(local.copy_job, {
        account = [var.source.account_id]
        detail = {
          state                     = ["COMPLETED", "FAILED", "PARTIAL"]
          sourceBackupVaultArn      = [local.vaults.source]
          destinationBackupVaultArn = [local.vaults.staging]
          resourceType              = ["Aurora"]
        }
      }))
    }
    onward = {
      description = "A copy onward has ended"
      schedule    = null
      pattern = jsonencode(merge(local.copy_job, {
        account = [var.target.account_id]
        detail = {
          state                     = ["COMPLETED", "FAILED", "PARTIAL"]
          sourceBackupVaultArn      = [local.vaults.staging]
          destinationBackupVaultArn = [local.vaults.target]
        }
      }))
    }
    hourly = {
      description = "Whatever the events did not say"
      schedule    = "rate(1 hour)"
      pattern     = null
    }
  } : {}
}

resource "aws_cloudwatch_event_rule" "call" {
  for_each = local.calls
  provider = aws.target
  region   = var.source.region

  name                = "${local.name}-${each.key}"
  description         = each.value.description
  event_pattern       = each.value.pattern
  schedule_expression = each.value.schedule
}

resource "aws_cloudwatch_event_target" "copier" {
  for_each = local.calls
  provider = aws.target
  region   = var.source.region

  rule      = aws_cloudwatch_event_rule.call[each.key].name
  target_id = "copier"
  arn       = aws_lambda_function.copier[0].arn
}

resource "aws_lambda_permission" "copier" {
  for_each = local.calls
  provider = aws.target
  region   = var.source.region

  function_name = aws_lambda_function.copier[0].function_name
  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.call[each.key].arn
}

# --- The function -----------------------------------------------------------------------------------

# It is drctl itself, and what it is to do is in its package: on the day it counts it asks nobody for its
# configuration. It refuses events about any other vault, account or type.
data "drctl_package" "copier" {
  count = local.staged ? 1 : 0

  output_path  = "${path.module}/.drctl/copier.zip"
  architecture = var.architecture

  copier {
    staging_vault_arn = local.vaults.staging
    iam_role_arn      = "arn:aws:iam::${var.target.account_id}:role/${local.name}-restore"
    topic_arn         = aws_sns_topic.target[0].arn

    source {
      account_id = var.source.account_id
      vault_arn  = local.vaults.source
    }

    target {
      vault_arn = local.vaults.target

      lifecycle {
        delete_after = var.keep_days.target
      }
    }
  }
}

resource "aws_lambda_function" "copier" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  function_name = "${local.name}-copier"
  description   = "Carries copies of backups of ${var.source.cluster} on to ${var.target.region}"
  role          = aws_iam_role.copier[0].arn

  filename         = data.drctl_package.copier[0].path
  source_code_hash = data.drctl_package.copier[0].source_code_hash
  runtime          = "provided.al2023"
  handler          = "copier"
  architectures    = [var.architecture]
  memory_size      = 256
  timeout          = 120

  # What it needs first, or its first call fails.
  depends_on = [
    aws_cloudwatch_log_group.copier,
    aws_iam_role_policy.copier,
    aws_backup_vault.target,
    aws_iam_role_policy_attachment.restore,
  ]
}

resource "aws_cloudwatch_log_group" "copier" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  name              = "/aws/lambda/${local.name}-copier"
  retention_in_days = 90
}

# When the function fails for good, people get the event as it came.
resource "aws_lambda_function_event_invoke_config" "copier" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  function_name          = aws_lambda_function.copier[0].function_name
  maximum_retry_attempts = 2

  destination_config {
    on_failure {
      destination = aws_sns_topic.target[0].arn
    }
  }
}

resource "aws_sns_topic" "target" {
  count    = local.staged ? 1 : 0
  provider = aws.target
  region   = var.source.region

  name         = "${local.name}-copier"
  display_name = "Copies of backups of ${var.source.cluster}"
}

resource "aws_sns_topic_subscription" "target_email" {
  count    = local.staged && var.email != null ? 1 : 0
  provider = aws.target
  region   = var.source.region

  topic_arn = aws_sns_topic.target[0].arn
  protocol  = "email"
  endpoint  = var.email
}

resource "aws_iam_role" "copier" {
  count    = local.staged ? 1 : 0
  provider = aws.target

  name               = "${local.name}-copier"
  description        = "The function ${local.name}-copier"
  assume_role_policy = data.aws_iam_policy_document.copier_trust.json
}

data "aws_iam_policy_document" "copier_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "copier" {
  count    = local.staged ? 1 : 0
  provider = aws.target

  name   = "copier"
  role   = aws_iam_role.copier[0].name
  policy = data.aws_iam_policy_document.copier[0].json
}

# It may look, and start copies of what AWS Backup made; it cannot delete, restore or change anything.
data "aws_iam_policy_document" "copier" {
  count = local.staged ? 1 : 0

  # The package knows what its configuration takes.
  source_policy_documents = [data.drctl_package.copier[0].copier_policy]

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.copier[0].arn}:*"]
  }
}
