resource "aws_kms_key" "orders" {
  for_each = toset(["a", "b"])

  deletion_window_in_days = 7
}

resource "aws_kms_alias" "sample" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.orders["a"].key_id # ~> aws_kms_key.orders["a"].arn  # -> aws_kms_key.orders["b"].key_id
}
