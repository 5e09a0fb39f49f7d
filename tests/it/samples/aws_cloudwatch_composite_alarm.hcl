resource "aws_cloudwatch_metric_alarm" "lag" {
  for_each = toset(["a", "b", "quiet"])

  alarm_name          = each.key
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 1
  metric_name         = "AuroraGlobalDBRPOLag"
  namespace           = "AWS/RDS"
  period              = 60
  statistic           = "Maximum"
}

resource "aws_cloudwatch_composite_alarm" "sample" {
  alarm_name = "either"
  alarm_rule = "ALARM(\"a\") OR ALARM(\"b\")" # -> "ALARM(a)"  # ~> " ALARM( a ) "

  actions_enabled   = false               # -> nothing
  alarm_description = "Either is behind." # -> nothing

  alarm_actions = ["arn:aws:sns:us-east-1:111111111111:a"] # -> ["arn:aws:sns:us-east-1:111111111111:b"]
  ok_actions    = ["arn:aws:sns:us-east-1:111111111111:a"] # -> nothing
  # -> insufficient_data_actions = ["arn:aws:sns:us-east-1:111111111111:a"]

  actions_suppressor { #1 -> nothing
    alarm            = "quiet"
    extension_period = 60 # -> 120
    wait_period      = 30
  }

  tags = {
    team = "orders" # -> "databases"
  }

  depends_on = [aws_cloudwatch_metric_alarm.lag]
}
