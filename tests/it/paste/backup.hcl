resource "aws_backup_vault" "example" {
  name        = "example_backup_vault"
  kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

resource "aws_backup_vault_lock_configuration" "test" {
  backup_vault_name   = "example_backup_vault"
  changeable_for_days = 3
  # The one thing that has to be added: nobody can undo such a lock, so drctl wants it confirmed.
  confirm_compliance_mode = "example_backup_vault"
  max_retention_days      = 1200
  min_retention_days      = 7
}

resource "aws_backup_vault_notifications" "test" {
  backup_vault_name   = "example_backup_vault"
  sns_topic_arn       = aws_sns_topic.test.arn
  backup_vault_events = ["BACKUP_JOB_STARTED", "RESTORE_JOB_COMPLETED"]
}

resource "aws_sns_topic" "test" {
  name = "backup-vault-events"
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "example" {
  statement {
    effect = "Allow"

    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.current.account_id]
    }

    actions = [
      "backup:DescribeBackupVault",
      "backup:DeleteBackupVault",
      "backup:PutBackupVaultAccessPolicy",
      "backup:StartBackupJob",
    ]

    resources = [aws_backup_vault.example.arn]
  }
}

resource "aws_backup_vault_policy" "example" {
  backup_vault_name = aws_backup_vault.example.name
  policy            = data.aws_iam_policy_document.example.json
}

resource "aws_backup_logically_air_gapped_vault" "example" {
  name               = "lag-example-vault"
  max_retention_days = 7
  min_retention_days = 7
}

resource "aws_backup_plan" "example" {
  name = "tf_example_backup_plan"

  rule {
    rule_name         = "tf_example_backup_rule"
    target_vault_name = aws_backup_vault.example.name
    schedule          = "cron(0 12 * * ? *)"

    lifecycle {
      delete_after = 14
    }
  }

  advanced_backup_setting {
    backup_options = {
      WindowsVSS = "enabled"
    }
    resource_type = "EC2"
  }
}

resource "aws_backup_selection" "example" {
  iam_role_arn = aws_iam_role.example.arn
  name         = "tf_example_backup_selection"
  plan_id      = aws_backup_plan.example.id

  selection_tag {
    type  = "STRINGEQUALS"
    key   = "foo"
    value = "bar"
  }
}

resource "aws_iam_role" "example" {
  name               = "example"
  assume_role_policy = data.aws_iam_policy_document.example.json
}

resource "aws_backup_global_settings" "test" {
  global_settings = {
    "isCrossAccountBackupEnabled" = "true"
  }
}

resource "aws_backup_region_settings" "test" {
  resource_type_opt_in_preference = {
    "Aurora"          = true
    "DocumentDB"      = true
    "DynamoDB"        = true
    "EBS"             = true
    "EC2"             = true
    "EFS"             = true
    "FSx"             = true
    "Neptune"         = true
    "RDS"             = true
    "Storage Gateway" = true
    "VirtualMachine"  = true
  }

  resource_type_management_preference = {
    "DynamoDB" = true
    "EFS"      = true
  }
}

resource "aws_backup_framework" "Example" {
  name        = "exampleFramework"
  description = "this is an example framework"

  control {
    name = "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK"

    input_parameter {
      name  = "requiredRetentionDays"
      value = "35"
    }
  }

  control {
    name = "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN"

    scope {
      compliance_resource_types = [
        "EBS"
      ]
    }
  }

  tags = {
    "Name" = "Example Framework"
  }
}

resource "aws_backup_report_plan" "example" {
  name        = "example_name"
  description = "example description"

  report_delivery_channel {
    formats = [
      "CSV",
      "JSON"
    ]
    s3_bucket_name = "example-bucket-name"
  }

  report_setting {
    report_template = "RESTORE_JOB_REPORT"
  }

  tags = {
    "Name" = "Example Report Plan"
  }
}

resource "aws_backup_restore_testing_plan" "example" {
  name                = "example_restore_testing_plan"
  schedule_expression = "cron(0 12 ? * * *)"

  recovery_point_selection {
    algorithm            = "LATEST_WITHIN_WINDOW"
    include_vaults       = ["*"]
    recovery_point_types = ["CONTINUOUS"]
  }
}

resource "aws_backup_restore_testing_selection" "example" {
  name = "ec2_selection"

  restore_testing_plan_name = aws_backup_restore_testing_plan.example.name
  protected_resource_type   = "EC2"
  iam_role_arn              = aws_iam_role.example.arn

  protected_resource_arns = ["*"]
}

data "aws_backup_vault" "example" {
  name = "example_backup_vault"
}

data "aws_backup_plan" "example" {
  plan_id = "backup-plan-id"
}
