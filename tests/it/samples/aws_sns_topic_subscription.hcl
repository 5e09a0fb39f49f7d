resource "aws_sns_topic" "orders" {
  name = "orders"
}

resource "aws_sns_topic_subscription" "sample" {
  topic_arn = aws_sns_topic.orders.arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:us-east-1:111111111111:orders"

  filter_policy       = jsonencode({ kind = ["failover"] }) # -> jsonencode({ kind = ["failover", "switchover"] })
  filter_policy_scope = "MessageBody"                       # -> "MessageAttributes"
  # -> raw_message_delivery = true

  # -> redrive_policy = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:us-east-1:111111111111:lost" })

  # untested: delivery_policy: of subscriptions over HTTP only, which somebody must confirm
  # untested: replay_policy: of FIFO topics only
  # untested: subscription_role_arn: of subscriptions of Firehose only
}
