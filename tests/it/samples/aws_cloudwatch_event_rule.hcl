resource "aws_iam_role" "events" {
  name = "events"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_event_rule" "sample" {
  name        = "failover"
  description = "The database moves."   # -> "The database has moved."  # -> nothing
  state       = "DISABLED"              # -> "ENABLED"                  # ~> nothing
  role_arn    = aws_iam_role.events.arn # -> nothing
  # untested: is_enabled: another word for state

  event_pattern = jsonencode({ #1 -> nothing
    source        = ["aws.rds"]
    "detail-type" = ["RDS DB Cluster Event"] # -> ["RDS Global Cluster Event"]
  })
  #1 -> schedule_expression = "rate(5 minutes)"

  tags = {
    team = "orders" # -> "databases"
  }
}
