resource "aws_backup_framework" "sample" {
  name        = "orders"
  description = "Backups of orders" # -> "All backups of orders"  # ~> nothing

  control {
    name = "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK"
    input_parameter {
      name  = "requiredRetentionDays"
      value = "35" # -> "70"
    }
  }

  control { # -> nothing
    name = "BACKUP_RECOVERY_POINT_ENCRYPTED"
  }

  control {
    name = "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN"
    scope {
      compliance_resource_types = ["Aurora"] # -> ["Aurora", "RDS"]
    }
  }

  tags = {
    team = "orders" # -> "databases"
  }
}
