resource "aws_backup_vault" "orders" {
  name = "orders"
}

resource "aws_backup_vault_lock_configuration" "sample" {
  backup_vault_name       = aws_backup_vault.orders.name
  confirm_compliance_mode = "orders"
  min_retention_days      = 7  # -> 14  # -> nothing
  max_retention_days      = 35 # -> 60  # -> nothing
  # -> changeable_for_days = 3           # ~> changeable_for_days = 30  # -> nothing
}
