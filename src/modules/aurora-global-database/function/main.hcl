# A function, the same in several Regions: one role, and in each Region its code, its logs, and where
# what it failed on goes.

variable "name" {
  description = "Name of the function and of its role."
  type        = string
}

variable "description" {
  description = "What it is for."
  type        = string
}

variable "handler" {
  description = "The handler of drctl that it serves."
  type        = string
}

variable "regions" {
  description = "Where it is."
  type        = set(string)
}

variable "package" {
  description = "Its code, as `drctl_package` tells it."
  type        = object({ path = string, source_code_hash = string, architecture = string })
}

variable "policies" {
  description = "What its role may do, beside writing its own logs: policies in JSON, by name."
  type        = map(string)
}

variable "failure_topics" {
  description = "By Region, the ARN of the topic that gets events on which the function failed."
  type        = map(string)
}

variable "timeout" {
  description = "Seconds that one call may take."
  type        = number
}

variable "reserved_concurrency" {
  description = "How many calls may run at once; -1 reserves none."
  type        = number
}

variable "log_retention_days" {
  description = "How long its logs are kept."
  type        = number
}

variable "tags" {
  description = "Tags of all that is made."
  type        = map(string)
}

resource "aws_lambda_function" "this" {
  for_each = var.regions
  region   = each.key

  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  filename         = var.package.path
  source_code_hash = var.package.source_code_hash
  runtime          = "provided.al2023"
  handler          = var.handler
  architectures    = [var.package.architecture]
  memory_size      = 256
  timeout          = var.timeout

  # What comes meanwhile waits.
  reserved_concurrent_executions = var.reserved_concurrency

  tags = var.tags

  # The group first: Lambda makes it by itself otherwise, and keeps everything for ever.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this, aws_iam_role_policy.log]
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.regions
  region   = each.key

  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

# When the function itself fails, people get the event as it came.
resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = var.regions
  region   = each.key

  function_name                = aws_lambda_function.this[each.key].function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = var.failure_topics[each.key]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "The function ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
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

resource "aws_iam_role_policy" "this" {
  for_each = var.policies

  name   = each.key
  role   = aws_iam_role.this.name
  policy = each.value
}

resource "aws_iam_role_policy" "log" {
  name   = "log"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.log.json
}

data "aws_iam_policy_document" "log" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for region in var.regions : "${aws_cloudwatch_log_group.this[region].arn}:*"]
  }
}

output "arns" {
  description = "ARN of the function in each Region."
  value       = { for region, function in aws_lambda_function.this : region => function.arn }
}

output "names" {
  description = "Name of the function in each Region."
  value       = { for region, function in aws_lambda_function.this : region => function.function_name }
}

output "role_arn" {
  description = "ARN of its role."
  value       = aws_iam_role.this.arn
}
