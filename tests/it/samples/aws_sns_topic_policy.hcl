resource "aws_sns_topic" "orders" {
  name = "orders"
}

resource "aws_sns_topic_policy" "sample" {
  arn = aws_sns_topic.orders.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "events"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" } # -> { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"                        # ~> ["sns:Publish"]
      Resource  = aws_sns_topic.orders.arn
    }]
  })
}
