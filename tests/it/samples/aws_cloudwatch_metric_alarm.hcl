resource "aws_cloudwatch_metric_alarm" "sample" {
  alarm_name          = "lag"
  comparison_operator = "GreaterThanThreshold"  # -> "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 5                       # -> 6
  datapoints_to_alarm = 3                       # -> 4
  threshold           = 60000                   # -> 30000.5
  metric_name         = "AuroraGlobalDBRPOLag"  # -> "AuroraGlobalDBReplicationLag"    #3 -> nothing
  namespace           = "AWS/RDS"               # -> "Ours"                            #3 -> nothing
  period              = 60                      # -> 120                               #3 -> nothing
  unit                = "Milliseconds"          # -> nothing
  alarm_description   = "The second Region does not keep up." # -> "Look at the dashboard."
  treat_missing_data  = "breaching"             # -> nothing
  actions_enabled     = false                   # -> nothing

  alarm_actions             = ["arn:aws:sns:us-east-1:111111111111:a"] # -> ["arn:aws:sns:us-east-1:111111111111:b"]
  ok_actions                = ["arn:aws:sns:us-east-1:111111111111:a"] # -> nothing
  # -> insufficient_data_actions = ["arn:aws:sns:us-east-1:111111111111:a"]

  statistic = "Maximum"                         # -> "Average"     #1 -> extended_statistic = "p90"  #3 -> nothing
  #2 -> evaluate_low_sample_count_percentiles = "ignore"  #3 -> nothing
  dimensions = {                                #3 -> nothing
    DBClusterIdentifier = "orders"              # -> "orders-west"
  }

  #3 -> metric_query {
    #3 -> id          = "lag"
    #3 -> expression  = "MAX([east, west])"     #4 -> expression = "MIN([east, west])"
    #3 -> label       = "Lag"
    #3 -> return_data = true
  #3 -> }
  #3 -> metric_query {
    #3 -> id = "east"
    #3 -> metric {
      #3 -> metric_name = "AuroraGlobalDBRPOLag"
      #3 -> namespace   = "AWS/RDS"
      #3 -> period      = 60                    #4 -> period = 120
      #3 -> stat        = "Maximum"
      #3 -> unit        = "Milliseconds"
      #3 -> dimensions  = { DBClusterIdentifier = "orders" }
    #3 -> }
  #3 -> }
  #3 -> metric_query {
    #3 -> id = "west"
    #3 -> metric {
      #3 -> metric_name = "AuroraGlobalDBRPOLag"
      #3 -> namespace   = "AWS/RDS"
      #3 -> period      = 60
      #3 -> stat        = "Maximum"
      #3 -> dimensions  = { DBClusterIdentifier = "orders-west" }
    #3 -> }
  #3 -> }

  tags = {
    team = "orders"                             # -> "databases"
  }

  # untested: threshold_metric_id: of anomaly detection only
}
