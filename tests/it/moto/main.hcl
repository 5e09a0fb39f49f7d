# What moto answers as AWS does, of all that drctl knows. moto is written by others than the emulator of the other
# tests, so what works here does not hang on how that one happens to answer. A comment "moto: ..." says what had to be
# left out, and why.

drctl {
  stack = "second-opinion"
}

variable "subnets" {
  description = "Subnets of the default network, which only AWS can name."
  type        = list(string)
}

variable "later" {
  description = "Whether things are as they are later on: whatever may change in place is another then."
  type        = bool
  default     = false
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { service = var.later ? "databases" : "orders" }
  }
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "west" {
  region = "us-west-2"
}

locals {
  account = data.aws_caller_identity.this.account_id
  iam     = "arn:${data.aws_partition.this.partition}:iam::${local.account}"
}

# --- Keys -------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.account]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.us-east-1.amazonaws.com", "cloudwatch.amazonaws.com"]
    }
  }
}

# moto: forgets `rotation_period_in_days`.
resource "aws_kms_key" "orders" {
  description             = var.later ? "All orders" : "Orders"
  multi_region            = true
  enable_key_rotation     = !var.later
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_replica_key" "orders" {
  region = data.aws_region.west.region

  description             = var.later ? "All orders, second Region" : "Orders, second Region"
  primary_key_arn         = aws_kms_key.orders.arn
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "orders" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.orders.key_id
}

data "aws_kms_alias" "orders" {
  name = aws_kms_alias.orders.name
}

data "aws_kms_key" "orders" {
  key_id = aws_kms_key.orders.arn
}

# --- Roles ------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "monitoring.rds.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "respond" {
  statement {
    actions   = var.later ? ["rds:DescribeGlobalClusters"] : ["rds:DescribeGlobalClusters", "rds:DescribeDBClusters"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "responder" {
  name                 = "responder"
  path                 = "/dr/"
  description          = var.later ? "Acts on switchovers." : "Acts on failovers."
  max_session_duration = var.later ? 3600 : 7200
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  assume_role_policy   = data.aws_iam_policy_document.assume.json

  tags = var.later ? {} : { team = "orders" }
}

resource "aws_iam_role_policy" "respond" {
  name   = "respond"
  role   = aws_iam_role.responder.name
  policy = data.aws_iam_policy_document.respond.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.responder.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "aws_iam_role" "responder" {
  name = aws_iam_role.responder.name
}

# --- Messages ---------------------------------------------------------------------------------------------------------

# moto: forgets `signature_version`.
resource "aws_sns_topic" "alarms" {
  name              = "alarms"
  display_name      = var.later ? "All orders" : "Orders"
  kms_master_key_id = aws_kms_alias.orders.name
}

data "aws_iam_policy_document" "topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = var.later ? ["cloudwatch.amazonaws.com"] : ["events.amazonaws.com", "cloudwatch.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.alarms.arn
  protocol             = "sqs"
  endpoint             = "arn:aws:sqs:us-east-1:${local.account}:orders"
  raw_message_delivery = !var.later
  filter_policy        = jsonencode({ kind = var.later ? ["failover", "switchover"] : ["failover"] })
}

resource "aws_sns_topic_subscription" "email" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "on-call@example.com"
}

# --- The function -----------------------------------------------------------------------------------------------------

data "archive_file" "responder" {
  type        = "zip"
  output_path = "responder.zip"

  source {
    filename = "handler.py"
    content  = "def main(event, context):\n    return ${var.later ? "None" : "event"}\n"
  }
}

resource "aws_cloudwatch_log_group" "responder" {
  name              = "/aws/lambda/responder"
  retention_in_days = var.later ? 30 : 14
  kms_key_id        = aws_kms_key.orders.arn
  log_group_class   = "STANDARD"
}

# moto: forgets `dead_letter_config` and `logging_config`.
resource "aws_lambda_function" "responder" {
  function_name    = "responder"
  description      = var.later ? "Acts on switchovers." : "Acts on failovers."
  filename         = data.archive_file.responder.output_path
  source_code_hash = data.archive_file.responder.output_base64sha256
  role             = aws_iam_role.responder.arn
  runtime          = "python3.12"
  handler          = "handler.main"
  architectures    = ["arm64"]
  memory_size      = var.later ? 512 : 256
  timeout          = var.later ? 60 : 30

  environment {
    variables = { GLOBAL = var.later ? "all" : "orders" }
  }

  tracing_config {
    mode = "Active"
  }

  ephemeral_storage {
    size = 1024
  }

  reserved_concurrent_executions = var.later ? 2 : 1

  depends_on = [aws_cloudwatch_log_group.responder, aws_iam_role_policy_attachment.logs]
}

resource "aws_lambda_permission" "events" {
  function_name = aws_lambda_function.responder.function_name
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.failover.arn
}

# moto: shows the first that was ever put, so that nothing of it can change.
resource "aws_lambda_function_event_invoke_config" "responder" {
  function_name                = aws_lambda_function.responder.function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 0
}

# --- Events -----------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_event_rule" "failover" {
  name        = "failover"
  description = var.later ? "The database has moved." : "The database moves."

  event_pattern = jsonencode({
    source        = var.later ? ["aws.rds", "test.rds"] : ["aws.rds"]
    "detail-type" = ["RDS DB Cluster Event"]
  })
}

resource "aws_cloudwatch_event_rule" "daily" {
  name                = "daily"
  schedule_expression = var.later ? "cron(0 6 * * ? *)" : "rate(1 day)"
  state               = var.later ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "responder" {
  rule      = aws_cloudwatch_event_rule.failover.name
  target_id = "responder"
  arn       = aws_lambda_function.responder.arn

  input_transformer {
    input_paths    = { id = "$.detail.EventID" }
    input_template = var.later ? "{\"id\": <id>}" : "{\"event\": <id>}"
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = var.later ? 5 : 10
  }

  dead_letter_config {
    arn = "arn:aws:sqs:us-east-1:${local.account}:lost"
  }
}

# --- Alarms -----------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_metric_alarm" "lag" {
  alarm_name          = "lag"
  alarm_description   = "The second Region does not keep up."
  namespace           = "AWS/RDS"
  metric_name         = "AuroraGlobalDBRPOLag"
  dimensions          = { DBClusterIdentifier = aws_rds_cluster.orders.cluster_identifier }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.later ? 30000 : 60000
  treat_missing_data  = var.later ? "missing" : "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = var.later ? [] : [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "latency"
  namespace           = "AWS/RDS"
  metric_name         = "CommitLatency"
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 0.5
}

resource "aws_cloudwatch_metric_alarm" "sum" {
  alarm_name          = "sum"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10

  metric_query {
    id          = "e"
    expression  = var.later ? "a - b" : "a + b"
    label       = "Both"
    return_data = true
  }

  metric_query {
    id = "a"

    metric {
      metric_name = "DatabaseConnections"
      namespace   = "AWS/RDS"
      period      = 60
      stat        = "Sum"
      dimensions  = { DBClusterIdentifier = "orders" }
    }
  }

  metric_query {
    id = "b"

    metric {
      metric_name = "DatabaseConnections"
      namespace   = "AWS/RDS"
      period      = 60
      stat        = "Sum"
      dimensions  = { DBClusterIdentifier = "orders-west" }
    }
  }
}

# moto: has no composite alarms (PutCompositeAlarm).

# moto: keeps no tags of dashboards, so drctl could not tell its own.

# --- The database -----------------------------------------------------------------------------------------------------

data "aws_security_group" "default" {
  name = "default"
}

resource "aws_db_subnet_group" "orders" {
  name        = "orders"
  description = "Subnets of orders"
  subnet_ids  = var.subnets
}

data "aws_db_subnet_group" "orders" {
  name = aws_db_subnet_group.orders.name
}

resource "aws_rds_cluster_parameter_group" "orders" {
  name        = "orders"
  family      = "aurora-postgresql16"
  description = "Parameters of orders"

  # moto: does not tell which parameters take effect at once (DescribeEngineDefaultClusterParameters). This says it.
  parameter {
    name         = "log_min_duration_statement"
    value        = var.later ? "2000" : "1000"
    apply_method = "pending-reboot"
  }
}

resource "aws_db_parameter_group" "orders" {
  name        = "orders"
  family      = "aurora-postgresql16"
  description = "Parameters of the instances of orders"

  parameter {
    name         = "max_connections"
    value        = var.later ? "300" : "200"
    apply_method = "pending-reboot"
  }
}

# moto: takes a change of `iam_database_authentication_enabled` and `enabled_cloudwatch_logs_exports` and does nothing.
resource "aws_rds_cluster" "orders" {
  cluster_identifier              = "orders"
  engine                          = "aurora-postgresql"
  engine_version                  = "16.4"
  database_name                   = "orders"
  master_username                 = "postgres"
  master_password                 = "very-secret-1"
  port                            = 5433
  db_subnet_group_name            = aws_db_subnet_group.orders.name
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.orders.name
  vpc_security_group_ids          = [data.aws_security_group.default.id]
  storage_encrypted               = true
  kms_key_id                      = aws_kms_key.orders.arn
  backup_retention_period         = var.later ? 14 : 7
  preferred_backup_window         = var.later ? "02:00-03:00" : "03:00-04:00"
  preferred_maintenance_window    = "mon:05:00-mon:06:00"
  copy_tags_to_snapshot           = !var.later
  enabled_cloudwatch_logs_exports = ["postgresql"]
  skip_final_snapshot             = true

  iam_database_authentication_enabled = true

  serverlessv2_scaling_configuration {
    min_capacity = 0.5
    max_capacity = var.later ? 8 : 4
  }
}

resource "aws_rds_cluster_instance" "orders" {
  identifier              = "orders-1"
  cluster_identifier      = aws_rds_cluster.orders.cluster_identifier
  engine                  = aws_rds_cluster.orders.engine
  instance_class          = var.later ? "db.r6g.xlarge" : "db.r6g.large"
  db_parameter_group_name = aws_db_parameter_group.orders.name
  promotion_tier          = var.later ? 1 : 2
  copy_tags_to_snapshot   = true

  auto_minor_version_upgrade   = false
  performance_insights_enabled = false
}

data "aws_rds_cluster" "orders" {
  cluster_identifier = aws_rds_cluster.orders.cluster_identifier
}

data "aws_db_instance" "orders" {
  db_instance_identifier = aws_rds_cluster_instance.orders.identifier
}

# moto: offers no version after 15.2, and looks at `engine_version`, but not at `instance_class`.
data "aws_rds_orderable_db_instance" "large" {
  engine                     = "aurora-postgresql"
  engine_version             = "15.2"
  preferred_instance_classes = ["db.r6g.large", "db.r5.large"]
  supports_global_databases  = true
}

# moto: cannot modify them (ModifyEventSubscription).
resource "aws_db_event_subscription" "orders" {
  name             = "orders"
  sns_topic        = aws_sns_topic.alarms.arn
  source_type      = "db-cluster"
  source_ids       = [aws_rds_cluster.orders.cluster_identifier]
  event_categories = ["failover", "failure"]
}

# moto: keeps no tags of global databases, so drctl could not tell its own; knows neither their members' roles nor
# how to modify them.
