resource "aws_sqs_queue" "dead" {
  name = "dead"
}

resource "aws_sqs_queue" "sample" {
  name                       = "orders"
  delay_seconds              = 5              # -> 10  # -> nothing
  max_message_size           = 2048           # -> 4096  # -> nothing
  message_retention_seconds  = 1209600        # -> 86400  # -> nothing
  receive_wait_time_seconds  = 20             # -> 10  # -> nothing
  visibility_timeout_seconds = 60             # -> 120  # -> nothing
  kms_master_key_id          = "alias/orders" # -> "alias/others"  # -> nothing
  # -> kms_data_key_reuse_period_seconds = 600
  # -> sqs_managed_sse_enabled = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "events"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" } # -> { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"                    # ~> ["SQS:SendMessage"]
      Resource  = "arn:aws:sqs:us-east-1:111111111111:orders"
    }]
  })

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5 # -> 3
  })

  redrive_allow_policy = jsonencode({
    redrivePermission = "denyAll" # -> "allowAll"
  })

  tags = {
    team = "orders" # -> "databases"
  }

  # untested: fifo_queue: goes with another name, which is another queue
  # untested: content_based_deduplication, deduplication_scope, fifo_throughput_limit: of FIFO queues only
}
