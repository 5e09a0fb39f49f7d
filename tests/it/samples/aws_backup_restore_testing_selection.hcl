resource "aws_iam_role" "backup" {
  name = "backup"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "backup.amazonaws.com" } }]
  })
}

resource "aws_iam_role" "other" {
  name               = "other"
  assume_role_policy = aws_iam_role.backup.assume_role_policy
}

resource "aws_backup_restore_testing_plan" "orders" {
  name                = "orders"
  schedule_expression = "cron(0 12 ? * SUN *)"

  recovery_point_selection {
    algorithm            = "LATEST_WITHIN_WINDOW"
    include_vaults       = ["*"]
    recovery_point_types = ["SNAPSHOT"]
  }
}

resource "aws_backup_restore_testing_selection" "sample" {
  restore_testing_plan_name = aws_backup_restore_testing_plan.orders.name
  name                      = "clusters"
  protected_resource_type   = "Aurora"                #3 => "RDS"
  iam_role_arn              = aws_iam_role.backup.arn # -> aws_iam_role.other.arn

  protected_resource_arns = ["*"] # -> ["arn:aws:rds:us-east-1:111111111111:cluster:orders"]  #1 -> nothing

  #1 -> protected_resource_conditions {
  #1 -> string_equals {
  #1 -> key   = "aws:ResourceTag/team"
  #1 -> value = "orders"                             #2 -> value = "databases"
  #1 -> }
  #1 -> }

  restore_metadata_overrides = { dbSubnetGroupName = "restore" } # -> { dbSubnetGroupName = "tests" }
  validation_window_hours    = 24                                # -> 48
}
