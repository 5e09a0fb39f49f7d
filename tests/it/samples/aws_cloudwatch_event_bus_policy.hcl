resource "aws_cloudwatch_event_bus" "recovery" {
  name = "recovery"
}

resource "aws_cloudwatch_event_bus_policy" "sample" {
  event_bus_name = aws_cloudwatch_event_bus.recovery.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "forwarded"
      Effect    = "Allow"
      Principal = { AWS = "222222222222" } # ~> { AWS = "arn:aws:iam::222222222222:root" }  # -> { AWS = "333333333333" }
      Action    = "events:PutEvents"       # ~> ["events:PutEvents"]
      Resource  = aws_cloudwatch_event_bus.recovery.arn
    }]
  })
}
