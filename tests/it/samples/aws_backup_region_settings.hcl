resource "aws_backup_region_settings" "sample" {
  resource_type_opt_in_preference     = { Aurora = false, RDS = false } # -> { Aurora = true, RDS = false }  # ~> { Aurora = true }
  resource_type_management_preference = { DynamoDB = true }             # -> { DynamoDB = false }            # ~> nothing
}
