resource "aws_cloudwatch_event_rule" "failover" {
  name          = "failover"
  event_pattern = jsonencode({ source = ["aws.rds"] })
}

resource "aws_iam_role" "events" {
  name = "events"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_event_target" "sample" {
  rule      = aws_cloudwatch_event_rule.failover.name
  target_id = "tell"
  arn       = "arn:aws:sqs:us-east-1:111111111111:a.fifo" # -> "arn:aws:sqs:us-east-1:111111111111:b.fifo"
  role_arn  = aws_iam_role.events.arn                     # -> nothing

  input = jsonencode({ who = "orders" }) # -> jsonencode({ who = "us" })  #1 -> input_path = "$.detail"  #2 -> nothing

  #2 -> input_transformer {
  #2 -> input_paths    = { id = "$.detail.SourceIdentifier" }
  #2 -> input_template = "\"<id> moves\""               #3 -> input_template = "\"<id> has moved\""
  #2 -> }

  retry_policy {                        #4 -> nothing
    maximum_event_age_in_seconds = 3600 # -> 7200
    maximum_retry_attempts       = 10
  }

  dead_letter_config { # -> nothing
    arn = "arn:aws:sqs:us-east-1:111111111111:lost"
  }

  sqs_target {
    message_group_id = "orders" # -> "us"
  }

  # untested: http_target: of API destinations only
  # untested: kinesis_target: of streams only
}
