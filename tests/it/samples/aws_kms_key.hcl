resource "aws_kms_key" "sample" {
  description              = "Orders"            # -> "The orders database"
  key_usage                = "ENCRYPT_DECRYPT"   #1 => "SIGN_VERIFY"
  customer_master_key_spec = "SYMMETRIC_DEFAULT" #1 => "RSA_2048"
  multi_region             = false               # => true
  enable_key_rotation      = true                #3 -> false
  rotation_period_in_days  = 365                 # -> 180  #2 ~> nothing
  is_enabled               = true                #4 -> false  #5 -> nothing
  deletion_window_in_days  = 7                   # ~> 8

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

  # untested: custom_key_store_id, xks_key_id: stores of keys are not part of this
}
