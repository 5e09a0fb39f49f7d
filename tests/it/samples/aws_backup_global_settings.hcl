# before: client("organizations").create_organization()
resource "aws_backup_global_settings" "sample" {
  global_settings = { isCrossAccountBackupEnabled = "true" } # -> { isCrossAccountBackupEnabled = "false" }  # ~> { isCrossAccountBackupEnabled = false }
}
