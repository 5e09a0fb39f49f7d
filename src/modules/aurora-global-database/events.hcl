# Switchover and failover: a function in each Region that acts where the writer now is.
#
# Events arrive in the Region of the cluster that they are about, and which of the clusters sends them
# depends on what happened. They may come twice, late, or in another order. So all Regions listen, and
# the function does not believe what it is told: it looks.

locals {
  events = {
    # Of clusters: 0181 a switchover started, 0182 to 0184 on its way, 0185 finished, 0186 cancelled,
    # 0187 failed; 0238 a failover finished, 0239 failed; 0240 and 0241 the old primary is rebuilt,
    # and only then is there a second Region again; 0397 the writer's address has moved; 0423 waiting
    # for data; 0517 to 0519 what a failover left to do.
    cluster = {
      "detail-type" = "RDS DB Cluster Event"
      ids = [
        "RDS-EVENT-0181", "RDS-EVENT-0182", "RDS-EVENT-0183", "RDS-EVENT-0184", "RDS-EVENT-0185",
        "RDS-EVENT-0186", "RDS-EVENT-0187", "RDS-EVENT-0238", "RDS-EVENT-0239", "RDS-EVENT-0240",
        "RDS-EVENT-0241", "RDS-EVENT-0397", "RDS-EVENT-0423", "RDS-EVENT-0517", "RDS-EVENT-0518",
        "RDS-EVENT-0519",
      ]
    }
    # Of instances: 0390 the old writer was kept from writing, 0391 it could not be: two may write.
    fencing = {
      "detail-type" = "RDS DB Instance Event"
      ids           = ["RDS-EVENT-0390", "RDS-EVENT-0391"]
    }
  }

  # A rule for each sort of event in each Region: "us-east-1/cluster", "us-east-1/fencing", ...
  rules = {
    for pair in setproduct(keys(local.members), keys(local.events)) :
    "${pair[0]}/${pair[1]}" => merge(local.events[pair[1]], { region = pair[0], kind = pair[1] })
  }

  function = "${local.name}-responder"
  function_arns = {
    for region in keys(local.members) : region => "arn:${local.partition}:lambda:${region}:${local.account_id}:function:${local.function}"
  }

  # Each Region has its own.
  topic = "arn:${local.partition}:sns:{region}:${local.account_id}:${local.name}"
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules
  region   = each.value.region

  name        = "${local.name}-${each.value.kind}"
  description = "Switchover and failover of ${var.primary.cluster}: events of the ${each.value.kind == "cluster" ? "cluster" : "instances"}"

  event_pattern = jsonencode(merge(
    {
      source        = ["aws.rds"]
      "detail-type" = [each.value["detail-type"]]
      detail        = { EventID = each.value.ids }
    },
    # Our cluster and no other. Instances come and go, so theirs are taken from all: only members
    # of global databases have such events, and the function looks at ours in any case.
    each.value.kind == "cluster" ? { resources = [local.member_arns[each.value.region]] } : {},
  ))

  tags = var.tags
}

resource "aws_cloudwatch_event_target" "responder" {
  for_each = local.rules
  region   = each.value.region

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "responder"
  arn       = module.responder.arns[each.value.region]

  # What is not delivered within an hour helps nobody any more; a person should see it instead.
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 185
  }

  dynamic "dead_letter_config" {
    for_each = contains(keys(var.dead_letter_queues), each.value.region) ? [1] : []
    content {
      arn = var.dead_letter_queues[each.value.region]
    }
  }
}

resource "aws_lambda_permission" "rule" {
  for_each = local.rules
  region   = each.value.region

  function_name = module.responder.names[each.value.region]
  statement_id  = each.value.kind
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this[each.key].arn
}

# A rule that cannot deliver says so nowhere but here.
resource "aws_cloudwatch_metric_alarm" "undelivered" {
  for_each = local.rules
  region   = each.value.region

  alarm_name        = "${local.name}-${each.value.kind}-undelivered"
  alarm_description = "Events of ${var.primary.cluster} did not reach the function: see its permissions and the dead-letter queue."

  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.this[each.key].name }
  statistic           = "Sum"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this[each.value.region].arn]

  tags = var.tags
}

# The function is drctl itself, and what it is to do travels in its package: on the day of a disaster
# it asks no other service what that was.
data "drctl_package" "responder" {
  output_path  = "${path.root}/.drctl/${local.function}.zip"
  architecture = var.architecture

  responder {
    global_cluster_identifier = local.global
    member_cluster_arns       = values(local.member_arns)

    # First what the applications need, in the order in which it was given.
    dynamic "action" {
      for_each = var.actions
      content {
        name       = action.value.name
        on         = action.value.on
        acts_in    = action.value.acts_in
        regions    = action.value.regions
        region     = action.value.region
        on_failure = action.value.on_failure
        timeout    = action.value.timeout
        retries    = action.value.retries
        backoff    = action.value.backoff

        dynamic "route53_record" {
          for_each = action.value.route53_record[*]
          content {
            zone_id = route53_record.value.zone_id
            name    = route53_record.value.name
            type    = route53_record.value.type
            ttl     = route53_record.value.ttl
            value   = route53_record.value.value

            dynamic "alias" {
              for_each = route53_record.value.alias[*]
              content {
                name                   = alias.value.name
                zone_id                = alias.value.zone_id
                evaluate_target_health = alias.value.evaluate_target_health
              }
            }

            dynamic "weighted" {
              for_each = route53_record.value.weighted[*]
              content {
                set_identifier = weighted.value.set_identifier
                weight         = weighted.value.weight
                others         = weighted.value.others
              }
            }
            wait = route53_record.value.wait
          }
        }

        dynamic "ec2_restart" {
          for_each = action.value.ec2_restart[*]
          content {
            instance_ids        = ec2_restart.value.instance_ids
            tags                = ec2_restart.value.tags
            method              = ec2_restart.value.method
            automation_role_arn = ec2_restart.value.automation_role_arn
          }
        }

        dynamic "ecs_deployment" {
          for_each = action.value.ecs_deployment[*]
          content {
            cluster  = ecs_deployment.value.cluster
            services = ecs_deployment.value.services
          }
        }

        dynamic "eks_restart" {
          for_each = action.value.eks_restart[*]
          content {
            cluster_name               = eks_restart.value.cluster_name
            endpoint                   = eks_restart.value.endpoint
            certificate_authority_data = eks_restart.value.certificate_authority_data
            namespace                  = eks_restart.value.namespace
            deployments                = eks_restart.value.deployments
            selector                   = eks_restart.value.selector
          }
        }

        dynamic "rds_proxy_target" {
          for_each = action.value.rds_proxy_target[*]
          content {
            proxy_name         = rds_proxy_target.value.proxy_name
            target_group_name  = rds_proxy_target.value.target_group_name
            cluster_identifier = rds_proxy_target.value.cluster_identifier
          }
        }

        dynamic "secret_endpoint" {
          for_each = action.value.secret_endpoint[*]
          content {
            secret_id = secret_endpoint.value.secret_id
            values    = secret_endpoint.value.values
          }
        }

        dynamic "ssm_parameter" {
          for_each = action.value.ssm_parameter[*]
          content {
            name  = ssm_parameter.value.name
            value = ssm_parameter.value.value
          }
        }

        dynamic "ssm_command" {
          for_each = action.value.ssm_command[*]
          content {
            document_name    = ssm_command.value.document_name
            document_version = ssm_command.value.document_version
            instance_ids     = ssm_command.value.instance_ids
            tags             = ssm_command.value.tags
            parameters       = ssm_command.value.parameters
            max_concurrency  = ssm_command.value.max_concurrency
            max_errors       = ssm_command.value.max_errors
          }
        }

        dynamic "ssm_automation" {
          for_each = action.value.ssm_automation[*]
          content {
            document_name    = ssm_automation.value.document_name
            document_version = ssm_automation.value.document_version
            parameters       = ssm_automation.value.parameters
          }
        }

        dynamic "step_function" {
          for_each = action.value.step_function[*]
          content {
            state_machine_arn = step_function.value.state_machine_arn
            input             = step_function.value.input
          }
        }

        dynamic "lambda_invoke" {
          for_each = action.value.lambda_invoke[*]
          content {
            function_name = lambda_invoke.value.function_name
            qualifier     = lambda_invoke.value.qualifier
            payload       = lambda_invoke.value.payload
            wait          = lambda_invoke.value.wait
          }
        }

        dynamic "webhook" {
          for_each = action.value.webhook[*]
          content {
            url                   = webhook.value.url
            secret_variable       = webhook.value.secret_variable
            secret_parameter      = webhook.value.secret_parameter
            secret_arn            = webhook.value.secret_arn
            headers               = webhook.value.headers
            certificate_authority = webhook.value.certificate_authority
          }
        }

        dynamic "sns_message" {
          for_each = action.value.sns_message[*]
          content {
            topic_arn = sns_message.value.topic_arn
            subject   = sns_message.value.subject
            message   = sns_message.value.message
          }
        }

        dynamic "snapshot_copy" {
          for_each = action.value.snapshot_copy[*]
          content {
            prefix       = snapshot_copy.value.prefix
            kms_key_ids  = snapshot_copy.value.kms_key_ids
            younger_than = snapshot_copy.value.younger_than
          }
        }
      }
    }

    # What the old writer had and the new one has not is in a snapshot that AWS takes when it comes
    # back, and deletes again after a while. Keep it: somebody will want to look.
    dynamic "action" {
      for_each = var.keep_failover_snapshots ? [1] : []
      content {
        name = "keep-snapshot"
        on   = ["failover", "resynchronised"]

        snapshot_copy {}
      }
    }

    # Where the database went, to whom it concerns.
    action {
      name = "tell-who-writes"
      on   = ["switchover", "failover", "resynchronised"]

      sns_message {
        topic_arn = local.topic
        subject   = "{global_cluster}: {cluster} in {region} writes"
      }
    }

    # A switchover or failover that failed, or two clusters that may both be writing: each Region
    # tells it, since the other ones may not be able to.
    action {
      name = "call-a-person"
      on   = ["failed", "fencing_timed_out"]

      sns_message {
        topic_arn = local.topic
        subject   = "ACT: {global_cluster} needs a person"
      }
    }
  }
}

# It looks at one global database and notes at its members what was done, and may do what its actions
# need, in the Regions of the members and nowhere else.
module "responder" {
  source = "./function"

  name        = local.function
  description = "Acts on a switchover or failover of ${local.global}"
  handler     = "responder"
  regions     = keys(local.members)
  package     = data.drctl_package.responder
  policies = {
    responder = data.drctl_package.responder.responder_policy
    messages  = data.aws_iam_policy_document.encrypt.json
  }
  failure_topics       = { for region in keys(local.members) : region => aws_sns_topic.this[region].arn }
  reserved_concurrency = var.reserved_concurrency
  timeout              = 300
  log_retention_days   = var.log_retention_days
  tags                 = var.tags
}

# What its package cannot know: the keys of the topics, and of the snapshots that it keeps.
data "aws_iam_policy_document" "encrypt" {
  statement {
    sid       = "Messages"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = [for region in keys(local.members) : aws_kms_key.messages[region].arn]
  }

  statement {
    sid       = "Failures"
    actions   = ["sns:Publish"]
    resources = [for region in keys(local.members) : "arn:${local.partition}:sns:${region}:${local.account_id}:${local.name}"]
  }

  # By way of RDS only: the function itself encrypts and decrypts nothing.
  statement {
    sid       = "Snapshots"
    actions   = ["kms:CreateGrant", "kms:DescribeKey"]
    resources = ["*"]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["rds.*.amazonaws.com"]
    }
  }
}
