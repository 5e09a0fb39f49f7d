resource "aws_cloudwatch_event_bus" "sample" {
  name               = "recovery"
  description        = "What other accounts tell." # -> "What the others tell."  # -> nothing
  kms_key_identifier = "alias/events"              # -> "alias/others"  # -> nothing

  dead_letter_config {                              #1 -> nothing
    arn = "arn:aws:sqs:us-east-1:111111111111:lost" # -> "arn:aws:sqs:us-east-1:111111111111:found"
  }

  log_config {              #2 -> nothing
    include_detail = "FULL" # -> "NONE"
    level          = "INFO" # -> "TRACE"
  }

  tags = {
    team = "orders" # -> "databases"
  }
}
