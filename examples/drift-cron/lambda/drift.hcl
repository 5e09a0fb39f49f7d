# A function that looks for drift on a schedule, and needs no machine, no repository and no pipeline:
# it is drctl itself, and the configuration travels in its package.
#
# Copied into the directory of a configuration it watches that configuration, itself included; take
# the `drctl` block away then. Beside others, as here, it is told which directory to watch.

drctl {
  stack = "drift-watch"
}

provider "aws" {
  region = var.region
}

data "drctl_package" "drift" {
  output_path  = "${path.module}/.drctl/drift.zip"
  architecture = var.architecture

  drift {
    directory = var.directory
    root      = var.root
    var_files = var.var_files
    variables = var.values

    # All runs go to CloudWatch, so that an alarm notices when nobody looks any more; people only
    # hear of what is not as it should be.
    notify = [aws_sns_topic.drift.arn, "cloudwatch:drctl"]
  }
}

resource "aws_lambda_function" "drift" {
  function_name = var.name
  description   = "Looks whether AWS still has what ${var.directory} declares"
  role          = aws_iam_role.drift.arn

  filename         = data.drctl_package.drift.path
  source_code_hash = data.drctl_package.drift.source_code_hash
  runtime          = "provided.al2023"
  handler          = "drift"
  architectures    = [data.drctl_package.drift.architecture]
  timeout          = 300

  # Memory buys processor time: a package in the configuration is packed again, to compare it.
  memory_size = 512

  depends_on = [aws_cloudwatch_log_group.drift, aws_iam_role_policy.drift]
}

# --- When -------------------------------------------------------------------------------------------

resource "aws_cloudwatch_event_rule" "drift" {
  name                = var.name
  description         = "Looks for drift"
  schedule_expression = var.schedule
}

resource "aws_cloudwatch_event_target" "drift" {
  rule      = aws_cloudwatch_event_rule.drift.name
  target_id = "drift"
  arn       = aws_lambda_function.drift.arn
}

resource "aws_lambda_permission" "rule" {
  function_name = aws_lambda_function.drift.function_name
  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.drift.arn
}

# --- Who is told ------------------------------------------------------------------------------------

resource "aws_sns_topic" "drift" {
  name         = var.name
  display_name = "Drift"
}

resource "aws_sns_topic_subscription" "people" {
  for_each = var.subscriptions

  topic_arn = aws_sns_topic.drift.arn
  protocol  = each.value
  endpoint  = each.key
}

# What could not be looked at at all: the configuration does not fit any more, or a target was not
# told. After two more tries people get the error as it came.
resource "aws_lambda_function_event_invoke_config" "drift" {
  function_name          = aws_lambda_function.drift.function_name
  maximum_retry_attempts = 2

  destination_config {
    on_failure {
      destination = aws_sns_topic.drift.arn
    }
  }
}

# Nobody looks any more: a rule that was disabled, a role that was deleted, a function that is gone.
resource "aws_cloudwatch_metric_alarm" "silent" {
  alarm_name        = "${var.name}-silent"
  alarm_description = "Nobody has looked for drift in ${var.stack} for a day."

  namespace           = "drctl"
  metric_name         = "DriftedResources"
  dimensions          = { Stack = var.stack }
  statistic           = "SampleCount"
  period              = 86400
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.drift.arn]
}

# --- What it may do ---------------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "drift" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 90
}

resource "aws_iam_role" "drift" {
  name               = var.name
  description        = "The function ${var.name}: reads what the configuration declares, and tells what it found"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "drift" {
  name   = "drift"
  role   = aws_iam_role.drift.name
  policy = data.aws_iam_policy_document.drift.json
}

data "aws_iam_policy_document" "drift" {
  # Reading, and telling its targets. The package knows what that takes.
  source_policy_documents = [data.drctl_package.drift.drift_policy]

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.drift.arn}:*"]
  }

  # Providers with `assume_role`, and what reads in other accounts.
  dynamic "statement" {
    for_each = length(var.assumed_roles) > 0 ? [1] : []
    content {
      sid       = "Assume"
      actions   = ["sts:AssumeRole"]
      resources = var.assumed_roles
    }
  }
}

output "function_name" {
  value = aws_lambda_function.drift.function_name
}

output "topic_arn" {
  value = aws_sns_topic.drift.arn
}
