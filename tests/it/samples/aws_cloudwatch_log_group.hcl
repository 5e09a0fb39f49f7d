resource "aws_kms_key" "logs" {
  for_each = toset(["a", "b"])

  deletion_window_in_days = 7

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "*" } },
      { Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { Service = "logs.us-east-1.amazonaws.com" } },
    ]
  })
}

resource "aws_cloudwatch_log_group" "sample" {
  name              = "/drctl/orders"
  retention_in_days = 14                        # -> 30        # -> nothing
  kms_key_id        = aws_kms_key.logs["a"].arn # -> aws_kms_key.logs["b"].arn   # -> nothing
  log_group_class   = "STANDARD"                # => "INFREQUENT_ACCESS"

  # -> deletion_protection_enabled = true         # -> deletion_protection_enabled = false

  tags = {
    team = "orders" # -> "databases"
  }
}
