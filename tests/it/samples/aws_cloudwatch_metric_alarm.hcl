resource "aws_cloudwatch_metric_alarm" "sample" {
  alarm_name          = "lag"
  comparison_operator = "GreaterThanThreshold"                # -> "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 5                                     # -> 6
  datapoints_to_alarm = 3                                     # -> 4
  threshold           = 60000                                 # -> 30000.5
  metric_name         = "AuroraGlobalDBRPOLag"                # -> "AuroraGlobalDBReplicationLag"    #4 -> nothing
  namespace           = "AWS/RDS"                             # -> "Ours"                            #4 -> nothing
  period              = 60                                    # -> 120                               #4 -> nothing
  unit                = "Milliseconds"                        # -> nothing
  alarm_description   = "The second Region does not keep up." # -> "Look at the dashboard."
  treat_missing_data  = "breaching"                           # -> nothing
  actions_enabled     = false                                 # -> nothing

  alarm_actions = ["arn:aws:sns:us-east-1:111111111111:a"] # -> ["arn:aws:sns:us-east-1:111111111111:b"]
  ok_actions    = ["arn:aws:sns:us-east-1:111111111111:a"] # -> nothing
  # -> insufficient_data_actions = ["arn:aws:sns:us-east-1:111111111111:a"]

  statistic = "Maximum" # -> "Average"     #1 -> extended_statistic = "p90"  #4 -> nothing
  #2 -> evaluate_low_sample_count_percentiles = "ignore"  #3 ~> nothing
  dimensions = {                   #4 -> nothing
    DBClusterIdentifier = "orders" # -> "orders-west"
  }

  #4 -> metric_query {
  #4 -> id          = "lag"
  #4 -> expression  = "MAX([east, west])"     #5 -> expression = "MIN([east, west])"
  #4 -> label       = "Lag"
  #4 -> return_data = true
  #4 -> }
  #4 -> metric_query {
  #4 -> id = "east"
  #4 -> metric {
  #4 -> metric_name = "AuroraGlobalDBRPOLag"
  #4 -> namespace   = "AWS/RDS"
  #4 -> period      = 60                    #5 -> period = 120
  #4 -> stat        = "Maximum"
  #4 -> unit        = "Milliseconds"
  #4 -> dimensions  = { DBClusterIdentifier = "orders" }
  #4 -> }
  #4 -> }
  #4 -> metric_query {
  #4 -> id = "west"
  #4 -> metric {
  #4 -> metric_name = "AuroraGlobalDBRPOLag"
  #4 -> namespace   = "AWS/RDS"
  #4 -> period      = 60
  #4 -> stat        = "Maximum"
  #4 -> dimensions  = { DBClusterIdentifier = "orders-west" }
  #4 -> }
  #4 -> }

  tags = {
    team = "orders" # -> "databases"
  }

  # untested: threshold_metric_id: of anomaly detection only
}
