# A staging vault whose copies are carried on to another Region, in one account.

variable "account_id" { type = string }

locals {
  vault = "arn:aws:backup:us-east-1:${var.account_id}:backup-vault"
}

drctl { stack = "copies" }

provider "aws" { region = "us-east-1" }

data "drctl_package" "copier" {
  output_path  = ".drctl/copier.zip"
  architecture = "x86_64"

  copier {
    source {
      account_id = var.account_id
      vault_arn  = "${local.vault}:prod"
    }

    staging_vault_arn = "${local.vault}:staging"

    target {
      vault_arn = "arn:aws:backup:us-west-2:${var.account_id}:backup-vault:archive"

      lifecycle {
        delete_after = 35
      }
    }

    iam_role_arn        = "arn:aws:iam::${var.account_id}:role/backup"
    topic_arn           = aws_sns_topic.failures.arn
    staging_expiry_days = 0
  }
}

resource "aws_lambda_function" "copier" {
  function_name    = "copier"
  role             = aws_iam_role.copier.arn
  filename         = data.drctl_package.copier.path
  source_code_hash = data.drctl_package.copier.source_code_hash
  runtime          = "provided.al2023"
  handler          = "copier"
  architectures    = [data.drctl_package.copier.architecture]
  memory_size      = 256
  timeout          = 60
}

resource "aws_iam_role" "copier" {
  name = "copier"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_sns_topic" "failures" {
  name = "copies-that-failed"
}

resource "aws_cloudwatch_event_rule" "copies" {
  name = "copies"

  event_pattern = jsonencode({
    source        = ["aws.backup"]
    "detail-type" = ["Copy Job State Change"]
  })
}

resource "aws_cloudwatch_event_target" "copier" {
  rule      = aws_cloudwatch_event_rule.copies.name
  target_id = "copier"
  arn       = aws_lambda_function.copier.arn
}

resource "aws_lambda_permission" "events" {
  function_name = aws_lambda_function.copier.function_name
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.copies.arn
}
