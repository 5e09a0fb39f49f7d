resource "aws_kms_key" "a" {}

resource "aws_backup_logically_air_gapped_vault" "sample" {
  name               = "orders"
  min_retention_days = 7  # => 14
  max_retention_days = 35 # => 60
  # => encryption_key_arn = aws_kms_key.a.arn

  tags = {
    team = "orders" # -> "databases"
  }
}
