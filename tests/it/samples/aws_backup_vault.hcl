resource "aws_kms_key" "a" {}

resource "aws_kms_key" "b" {}

resource "aws_backup_vault" "sample" {
  name          = "orders"
  kms_key_arn   = aws_kms_key.a.arn # => aws_kms_key.b.arn
  force_destroy = true

  tags = {
    team = "orders" # -> "databases"  # -> nothing
  }
}
