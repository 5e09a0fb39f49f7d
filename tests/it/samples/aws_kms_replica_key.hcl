resource "aws_kms_key" "primary" {
  region = "us-west-2"

  multi_region            = true
  deletion_window_in_days = 7
}

resource "aws_kms_replica_key" "sample" {
  primary_key_arn         = aws_kms_key.primary.arn
  description             = "Orders" # -> "The orders database"
  enabled                 = true     # -> false   # -> nothing
  deletion_window_in_days = 7        # ~> 8

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "account" # -> "Account"
      Effect    = "Allow"
      Action    = "kms:*" # ~> ["kms:*"]
      Resource  = "*"
      Principal = { AWS = "*" }
    }]
  })

  tags = {
    team = "orders" # -> "databases"
  }
}
