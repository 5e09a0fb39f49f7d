# What is backed up, when, and by which role.

# Without this AWS Backup skips Aurora, and says nothing.
resource "aws_backup_region_settings" "source" {
  count    = var.opt_in ? 1 : 0
  provider = aws.source

  resource_type_opt_in_preference = { Aurora = true }
}

resource "aws_backup_plan" "this" {
  provider = aws.source

  name = var.name
  tags = var.tags

  dynamic "rule" {
    for_each = var.schedules
    content {
      rule_name                    = rule.key
      target_vault_name            = module.vault.name
      schedule                     = rule.value.schedule
      schedule_expression_timezone = rule.value.timezone
      enable_continuous_backup     = rule.value.continuous

      # Large clusters take their time: the job may begin within an hour, and has a day.
      start_window      = rule.value.start_window
      completion_window = rule.value.completion_window

      lifecycle {
        delete_after = rule.value.keep_days != null ? rule.value.keep_days : var.keep_days.source
      }

      dynamic "copy_action" {
        for_each = rule.value.copy ? local.copies : {}
        content {
          destination_vault_arn = copy_action.key

          # Said for the copy too: without it copies are kept for ever.
          lifecycle {
            delete_after = copy_action.value
          }
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = alltrue([for crosses in values(local.crosses) : crosses.account || crosses.region])
      error_message = "A target is the account and Region of the clusters themselves. A copy there is lost with them."
    }

    precondition {
      condition     = alltrue([for organization in values(data.aws_organizations_organization.target) : try(organization.id == data.aws_organizations_organization.source[0].id, false)])
      error_message = "The accounts are not in one organisation of AWS Organizations. Copies from one to the other would fail."
    }

    precondition {
      condition     = length(local.copies) <= 5
      error_message = "AWS Backup copies into five vaults at most: take fewer targets, or the way \"staged\" for those of one account."
    }
  }

  # The first backup must find its way open.
  depends_on = [
    aws_backup_region_settings.source,
    module.kept,
    module.stage,
    aws_cloudwatch_event_target.forward,
  ]
}

resource "aws_backup_selection" "this" {
  provider = aws.source

  plan_id       = aws_backup_plan.this.id
  name          = "selected"
  iam_role_arn  = aws_iam_role.backup.arn
  resources     = var.resources
  not_resources = var.not_resources

  dynamic "selection_tag" {
    for_each = var.selection_tags
    content {
      type  = "STRINGEQUALS"
      key   = selection_tag.key
      value = selection_tag.value
    }
  }

  lifecycle {
    precondition {
      condition = alltrue([
        for cluster in values(data.aws_rds_cluster.checked) :
        contains(var.resources, cluster.arn) || anytrue([for key, value in var.selection_tags : lookup(cluster.tags, key, null) == value])
      ])
      error_message = "One of ${join(", ", var.clusters)} has none of the tags ${join(", ", [for key, value in var.selection_tags : "${key} = ${value}"])}, so it would not be backed up."
    }

    precondition {
      condition = !anytrue([for crosses in values(local.crosses) : crosses.account]) || alltrue([
        for name, cluster in data.aws_rds_cluster.checked :
        cluster.storage_encrypted && try(data.aws_kms_key.checked[name].key_manager == "CUSTOMER", false)
      ])
      error_message = "One of ${join(", ", var.clusters)} is not encrypted with a key of your own. AWS's key cannot be shared, so no copy of its backups gets into another account. Restore the cluster with a key of your own first."
    }
  }

  depends_on = [aws_iam_role_policy_attachment.backup]
}

# --- The role that backs up and copies --------------------------------------------------------------

data "aws_iam_policy_document" "backup_trust" {
  for_each = setunion([local.account_id], keys(local.keepers))

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [each.key]
    }
  }
}

resource "aws_iam_role" "backup" {
  provider = aws.source

  name               = var.name
  description        = "AWS Backup, when it backs up and copies the backups: ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.backup_trust[local.account_id].json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "backup" {
  provider = aws.source

  role       = aws_iam_role.backup.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
}

# --- Who is told of what fails ----------------------------------------------------------------------

resource "aws_sns_topic" "this" {
  provider = aws.source

  name         = var.name
  display_name = "Backups: ${var.name}"
  tags         = var.tags
}

resource "aws_sns_topic_policy" "this" {
  provider = aws.source

  arn    = aws_sns_topic.this.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "Backup"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }

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
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.told
  provider = aws.source

  topic_arn            = aws_sns_topic.this.arn
  protocol             = each.value.protocol
  endpoint             = each.value.endpoint
  raw_message_delivery = each.value.raw_message_delivery
  filter_policy        = each.value.filter_policy
}

resource "aws_backup_vault_notifications" "source" {
  provider = aws.source

  backup_vault_name   = module.vault.name
  sns_topic_arn       = aws_sns_topic.this.arn
  backup_vault_events = ["BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED", "COPY_JOB_FAILED"]

  depends_on = [aws_sns_topic_policy.this]
}
