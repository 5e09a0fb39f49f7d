# The staged way: a copy arrives in a staging vault, and is carried on from there.
#
# AWS tells of a copy only where it was started: in the source account. So a rule there sends the news to
# the buses of the target accounts. Events may come twice, late, in another order or not at all: the
# function looks at what is there before it does anything, and once an hour it looks through the whole
# vault without being called.

resource "aws_cloudwatch_event_rule" "copies" {
  count    = length(local.stages) > 0 ? 1 : 0
  provider = aws.source

  name        = "${var.name}-copies"
  description = "Copies of backups that reached another account, or did not"

  event_pattern = jsonencode({
    source        = ["aws.backup"]
    "detail-type" = ["Copy Job State Change"]
    detail = {
      state                     = ["COMPLETED", "FAILED", "PARTIAL"]
      sourceBackupVaultArn      = [local.vault]
      destinationBackupVaultArn = values(local.staging)
    }
  })

  tags = var.tags
}

resource "aws_cloudwatch_event_target" "forward" {
  for_each = local.buses
  provider = aws.source

  rule      = aws_cloudwatch_event_rule.copies[0].name
  target_id = "account-${each.key}"
  arn       = each.value
  role_arn  = aws_iam_role.forward[0].arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[0].arn
  }

  # The other side first: what is sent before it listens is lost.
  depends_on = [aws_iam_role_policy.forward, module.stage]
}

resource "aws_iam_role" "forward" {
  count    = length(local.stages) > 0 ? 1 : 0
  provider = aws.source

  name               = "${var.name}-forward"
  description        = "EventBridge, when it sends news of copies to other accounts"
  assume_role_policy = data.aws_iam_policy_document.forward_trust.json
  tags               = var.tags
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
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role_policy" "forward" {
  count    = length(local.stages) > 0 ? 1 : 0
  provider = aws.source

  name   = "forward"
  role   = aws_iam_role.forward[0].name
  policy = data.aws_iam_policy_document.forward[0].json
}

data "aws_iam_policy_document" "forward" {
  count = length(local.stages) > 0 ? 1 : 0

  statement {
    actions   = ["events:PutEvents"]
    resources = values(local.buses)
  }
}

# What could not be delivered waits here for two weeks.
resource "aws_sqs_queue" "undelivered" {
  count    = length(local.stages) > 0 ? 1 : 0
  provider = aws.source

  name                      = "${var.name}-undelivered"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Rule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-undelivered"
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.copies[0].arn } }
    }]
  })

  tags = var.tags
}

# In each account that carries copies on.
module "stage" {
  source    = "./stage"
  for_each  = local.stages
  providers = { aws = aws.target[each.value[0]] }

  name               = var.name
  region             = local.region
  partition          = local.partition
  account_id         = each.key
  source_account_id  = local.account_id
  source_vault_arn   = local.vault
  vault_arn          = local.staging[each.key]
  targets            = { for key in each.value : local.kept[key] => local.keep_days[key] }
  restore_role_arn   = local.roles[each.key]
  emails             = var.emails
  architecture       = var.architecture
  log_retention_days = var.log_retention_days
  tags               = var.tags
}
