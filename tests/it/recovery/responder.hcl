# What applications need after a switchover or failover of `orders-global`, done in either Region.

variable "account_id" { type = string }
variable "zone_id" { type = string }
variable "kubernetes" { type = object({ endpoint = string, authority = string }) }

drctl { stack = "recovery" }

provider "aws" { region = "us-east-1" }

locals {
  members = {
    "us-east-1" = "orders"
    "us-west-2" = "orders-west"
  }
  cluster_arns = { for region, name in local.members : region => "arn:aws:rds:${region}:${var.account_id}:cluster:${name}" }
}

data "drctl_package" "responder" {
  output_path  = ".drctl/responder.zip"
  architecture = "x86_64"

  responder {
    global_cluster_identifier = "orders-global"
    member_cluster_arns       = values(local.cluster_arns)
    summary_topic_arn         = "arn:aws:sns:us-west-2:{account}:orders-dr"

    action {
      on         = ["switchover", "failover"]
      on_failure = "stop"

      route53_record {
        zone_id = var.zone_id
        name    = "db.example.com"
      }
    }

    action {
      on     = ["switchover", "failover"]
      region = "us-west-2"

      secret_endpoint {
        secret_id = "orders"
        values    = { host = "{cluster_endpoint}" }
      }
    }

    action {
      on      = ["switchover", "failover"]
      regions = ["us-west-2"]

      ec2_restart {
        tags = { role = "app" }
      }
    }

    action {
      on     = ["switchover", "failover"]
      region = "us-west-2"

      ecs_deployment {
        cluster  = "apps"
        services = ["orders"]
      }
    }

    action {
      on = ["switchover", "failover"]

      eks_restart {
        cluster_name               = "apps"
        endpoint                   = var.kubernetes.endpoint
        certificate_authority_data = var.kubernetes.authority
        namespace                  = "prod"
        deployments                = ["orders"]
      }
    }

    # By now it may not be there yet, or its Region may not answer; then it is done when it does.
    action {
      on = ["failover", "resynchronised"]

      snapshot_copy {}
    }
  }
}

resource "aws_lambda_function" "responder" {
  for_each = local.members
  region   = each.key

  function_name    = "responder"
  role             = aws_iam_role.responder.arn
  filename         = data.drctl_package.responder.path
  source_code_hash = data.drctl_package.responder.source_code_hash
  runtime          = "provided.al2023"
  handler          = "responder"
  architectures    = [data.drctl_package.responder.architecture]
  memory_size      = 256
  timeout          = 300

  # One event at a time: what one has done, the next one must see.
  reserved_concurrent_executions = 1
}

resource "aws_iam_role" "responder" {
  name = "responder"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_cloudwatch_event_rule" "cluster" {
  for_each = local.members
  region   = each.key

  name = "recovery"

  event_pattern = jsonencode({
    source        = ["aws.rds"]
    "detail-type" = ["RDS DB Cluster Event"]
    resources     = [local.cluster_arns[each.key]]
    detail        = { EventID = ["RDS-EVENT-0185", "RDS-EVENT-0238", "RDS-EVENT-0241"] }
  })
}

resource "aws_cloudwatch_event_target" "responder" {
  for_each = local.members
  region   = each.key

  rule      = aws_cloudwatch_event_rule.cluster[each.key].name
  target_id = "responder"
  arn       = aws_lambda_function.responder[each.key].arn
}

resource "aws_lambda_permission" "events" {
  for_each = local.members
  region   = each.key

  function_name = aws_lambda_function.responder[each.key].function_name
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.cluster[each.key].arn
}
