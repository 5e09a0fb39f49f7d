resource "aws_backup_vault" "orders" {
  for_each = toset(["orders", "copies"])

  name = each.key
}

resource "aws_backup_plan" "sample" {
  name = "orders" # -> "orders-database"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.orders["orders"].name
    schedule          = "cron(0 5 ? * * *)" # ~> "cron(0  5 ? * * * )"  # ~> nothing  #4 -> schedule = "cron(0 6 ? * * *)"
    start_window      = 120                 # -> nothing
    completion_window = 600                 # -> 1200  # -> nothing
    # ~> schedule_expression_timezone = "UTC"                         # -> schedule_expression_timezone = "Europe/Berlin"

    lifecycle {                #5 -> nothing
      delete_after       = 120 # -> 150
      cold_storage_after = 0   # ~> nothing
    }

    copy_action { #6 -> nothing
      destination_vault_arn = "arn:aws:backup:us-west-2:222222222222:backup-vault:orders"
      lifecycle {
        delete_after = 35 # -> 70
      }
    }

    recovery_point_tags = { kind = "daily" } # -> nothing
  }

  rule {
    rule_name                = "continuous" #1 ~> rule_name                = "weekly"      #3 -> rule_name                = "hourly"
    target_vault_name        = aws_backup_vault.orders["copies"].name
    schedule                 = "cron(0 * ? * * *)" #1 ~> schedule                 = "cron(0 5 ? * SUN *)"  #3 -> schedule                 = "cron(0 * ? * * *)"
    enable_continuous_backup = true                #1 ~> enable_continuous_backup = false
    lifecycle {
      delete_after = 35 #1 ~>       delete_after = 365
    }
  }

  rule {
    rule_name                = "weekly" #1 ~> rule_name                = "continuous"
    target_vault_name        = aws_backup_vault.orders["copies"].name
    schedule                 = "cron(0 5 ? * SUN *)" #1 ~> schedule                 = "cron(0 * ? * * *)"
    enable_continuous_backup = false                 #1 ~> enable_continuous_backup = true
    lifecycle {
      delete_after = 365 #1 ~>       delete_after = 35
    }
  }

  advanced_backup_setting { #7 -> nothing
    resource_type  = "EC2"
    backup_options = { WindowsVSS = "enabled" } # -> { WindowsVSS = "disabled" }
  }

  tags = {
    team = "orders" # -> "databases"
  }
}
