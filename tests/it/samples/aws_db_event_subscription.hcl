resource "aws_sns_topic" "orders" {
  for_each = toset(["a", "b"])

  name = each.key
}

resource "aws_db_parameter_group" "orders" {
  for_each = toset(["a", "b"])

  name   = each.key
  family = "aurora-postgresql16"
}

resource "aws_db_event_subscription" "sample" {
  name             = "orders"
  sns_topic        = aws_sns_topic.orders["a"].arn             # -> aws_sns_topic.orders["b"].arn
  source_type      = "db-parameter-group"                      #1 -> "db-cluster"
  source_ids       = [aws_db_parameter_group.orders["a"].name] # -> [for group in aws_db_parameter_group.orders : group.name]  #1 -> nothing
  event_categories = ["configuration change"]                  # -> nothing  #1 -> ["failover", "failure"]
  enabled          = false                                     # -> nothing

  tags = {
    team = "orders" # -> "databases"
  }
}
