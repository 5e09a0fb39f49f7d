resource "aws_backup_vault" "orders" {
  name = "orders"
}

resource "aws_backup_restore_testing_plan" "sample" {
  name                         = "orders"
  schedule_expression          = "cron(0 12 ? * SUN *)" # ~> "cron(0  12 ? * SUN *)"  # -> "cron(0 6 ? * SAT *)"
  schedule_expression_timezone = "Europe/Berlin"        # -> nothing
  start_window_hours           = 8                      # -> nothing

  recovery_point_selection {
    algorithm             = "LATEST_WITHIN_WINDOW"     # -> "RANDOM_WITHIN_WINDOW"
    include_vaults        = ["*"]                      # -> [aws_backup_vault.orders.arn]
    recovery_point_types  = ["SNAPSHOT", "CONTINUOUS"] # ~> ["CONTINUOUS", "SNAPSHOT"]  # -> ["SNAPSHOT"]
    selection_window_days = 7                          # -> nothing
    # -> exclude_vaults = ["arn:aws:backup:us-east-1:111111111111:backup-vault:Default"]  # -> nothing
  }

  tags = {
    team = "orders" # -> "databases"
  }
}
