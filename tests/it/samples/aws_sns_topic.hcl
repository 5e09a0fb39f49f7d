resource "aws_sns_topic" "sample" {
  name              = "orders"
  display_name      = "Orders"      # -> "The orders database"  # -> nothing
  kms_master_key_id = "alias/aws/sns" # -> nothing
  # -> signature_version = 2
  # -> tracing_config = "Active"

  # -> delivery_policy = jsonencode({ http = { disableSubscriptionOverrides = true } })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "alarms"          # -> "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"     # ~> ["SNS:Publish"]
      Resource  = "*"
    }]
  })

  tags = {
    team = "orders"                 # -> "databases"
  }
}
