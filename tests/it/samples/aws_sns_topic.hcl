resource "aws_sns_topic" "sample" {
  name              = "orders"
  display_name      = "Orders"        # -> "The orders database"  # -> nothing
  kms_master_key_id = "alias/aws/sns" # -> nothing
  # -> signature_version = 2
  # -> tracing_config = "Active"

  # -> delivery_policy = jsonencode({ http = { disableSubscriptionOverrides = true } })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "alarms" # -> "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish" # ~> ["SNS:Publish"]
      Resource  = "*"
    }]
  })

  tags = {
    team = "orders" # -> "databases"
  }


  # -> application_failure_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> application_success_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> application_success_feedback_sample_rate = 50

  # -> firehose_failure_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> firehose_success_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> firehose_success_feedback_sample_rate = 50

  # -> http_failure_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> http_success_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> http_success_feedback_sample_rate = 50

  # -> lambda_failure_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> lambda_success_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> lambda_success_feedback_sample_rate = 50

  # -> sqs_failure_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> sqs_success_feedback_role_arn    = "arn:aws:iam::111111111111:role/feedback"
  # -> sqs_success_feedback_sample_rate = 50

  # untested: fifo_topic: goes with another name, which is another topic
  # untested: content_based_deduplication, fifo_throughput_scope, archive_policy: of FIFO topics only
}
