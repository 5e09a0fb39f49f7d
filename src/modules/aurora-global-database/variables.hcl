variable "primary" {
  description = "The cluster that exists, and the Region it is in. It need not be the one that writes later on."
  type = object({
    region  = string
    cluster = string
  })

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.primary.region))
    error_message = "`primary.region` is the name of a Region, such as \"us-east-1\"."
  }

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,49}$", var.primary.cluster))
    error_message = "`primary.cluster` is the identifier of a cluster in lower case, 50 characters at most, since other names are made of it."
  }
}

variable "secondaries" {
  description = <<-EOT
    The clusters that follow, by their Region. Each needs a network there: two subnets or more, or a
    subnet group that exists.

      cluster                          identifier; that of the primary and the Region when absent
      subnet_ids                       subnets for a new subnet group
      db_subnet_group_name             a subnet group that exists, instead
      security_group_ids               who may connect; AWS takes the network's default group when absent
      instances                        how many run at all times; 0 is headless: cheaper, and it
                                       cannot take over before somebody has made one
      instance_class                   as `instance_class` of the module when absent
      kms_key_arn                      a key of that Region; as `storage_key` says when absent
      db_cluster_parameter_group_name  parameter group of the cluster; see `cluster_parameters`
      db_parameter_group_name          parameter group of the instances
  EOT
  type = map(object({
    cluster                         = optional(string)
    subnet_ids                      = optional(list(string), [])
    db_subnet_group_name            = optional(string)
    security_group_ids              = optional(list(string), [])
    instances                       = optional(number, 1)
    instance_class                  = optional(string)
    kms_key_arn                     = optional(string)
    db_cluster_parameter_group_name = optional(string)
    db_parameter_group_name         = optional(string)
  }))

  validation {
    condition     = length(var.secondaries) >= 1 && length(var.secondaries) <= 10
    error_message = "A global database has one to ten secondary Regions."
  }

  validation {
    condition     = !contains(keys(var.secondaries), var.primary.region)
    error_message = "${var.primary.region} is the Region of the primary: a global database has one cluster in each Region."
  }

  validation {
    condition     = alltrue([for region in keys(var.secondaries) : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", region))])
    error_message = "The keys of `secondaries` are names of Regions, such as \"us-west-2\"."
  }

  validation {
    condition     = alltrue([for secondary in values(var.secondaries) : secondary.db_subnet_group_name != null || length(secondary.subnet_ids) >= 2])
    error_message = "Each secondary needs `subnet_ids` in two availability zones at least, or a `db_subnet_group_name`."
  }

  validation {
    condition     = alltrue([for secondary in values(var.secondaries) : secondary.instances >= 0 && secondary.instances <= 16 && floor(secondary.instances) == secondary.instances])
    error_message = "`instances` is a whole number from 0 to 16."
  }

  validation {
    condition     = alltrue([for region, secondary in var.secondaries : secondary.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:${region}:", secondary.kms_key_arn))])
    error_message = "`kms_key_arn` is the ARN of a key in the Region of the secondary: keys do not leave their Region."
  }

  validation {
    condition     = length(distinct([for region, secondary in var.secondaries : coalesce(secondary.cluster, "${var.primary.cluster}-${region}")])) == length(var.secondaries) && !contains([for secondary in values(var.secondaries) : secondary.cluster], var.primary.cluster)
    error_message = "The clusters of one global database need different names."
  }
}

variable "name" {
  description = "How names of topics, alarms, rules, functions and roles begin. That of the cluster and `-dr` when absent."
  type        = string
  default     = null

  validation {
    condition     = var.name == null || can(regex("^[A-Za-z][A-Za-z0-9-]{0,49}$", var.name))
    error_message = "`name` is a letter and up to 49 letters, digits and hyphens."
  }
}

variable "global_cluster_identifier" {
  description = "Identifier of the global database. That of the cluster and `-global` when absent."
  type        = string
  default     = null
}

variable "instance_class" {
  description = "Class of new instances. That of the primary's instances when absent: after a failover the new ones carry their load."
  type        = string
  default     = null

  validation {
    condition     = var.instance_class == null || startswith(coalesce(var.instance_class, "-"), "db.")
    error_message = "An instance class begins with \"db.\", as in \"db.r6g.large\"."
  }
}

variable "serverless" {
  description = "Limits of Serverless v2, in capacity units of 2 GiB, for instances of the class `db.serverless`. The one that writes should have 8 at least."
  type = object({
    min_capacity = number
    max_capacity = number
  })
  default = null

  validation {
    condition     = try(var.serverless.min_capacity <= var.serverless.max_capacity && var.serverless.max_capacity >= 1 && var.serverless.max_capacity <= 256, var.serverless == null)
    error_message = "`min_capacity` may not be more than `max_capacity`, which is from 1 to 256."
  }
}

variable "primary_reader" {
  description = "Whether the primary gets a second instance. When absent it does if it has only one, so that the fault of one machine is no case for another Region."
  type        = bool
  default     = null
}

variable "storage_key" {
  description = "What encrypts secondaries without a `kms_key_arn`: \"regional\" makes a key of its own for each Region, \"replica\" replicates the key of the primary, which must be a multi-Region key."
  type        = string
  default     = "regional"

  validation {
    condition     = contains(["regional", "replica"], var.storage_key)
    error_message = "`storage_key` is \"regional\" or \"replica\"."
  }
}

variable "cluster_parameters" {
  description = "Parameters of the secondaries, which AWS does not copy: those in which the parameter group of the primary differs from AWS's default. Leave `rds.global_db_rpo` out: with two Regions it stops all writes after a failover."
  type        = map(string)
  default     = {}
}

variable "log_exports" {
  description = "Logs that the secondaries send to CloudWatch. Those of the primary when absent."
  type        = list(string)
  default     = null
}

variable "backup_retention_days" {
  description = "How long automatic backups of the secondaries are kept, and after a failover the snapshot of what was lost."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35
    error_message = "Automatic backups are kept for 1 to 35 days."
  }
}

variable "monitoring_interval" {
  description = "Seconds between points of Enhanced Monitoring of new instances; 0 switches it off."
  type        = number
  default     = 30

  validation {
    condition     = contains([0, 1, 5, 10, 15, 30, 60], var.monitoring_interval)
    error_message = "`monitoring_interval` is 0, 1, 5, 10, 15, 30 or 60."
  }
}

variable "max_lag_seconds" {
  description = "How far a Region may fall behind before people are told: what a failover may lose."
  type        = number
  default     = 60

  validation {
    condition     = var.max_lag_seconds >= 1
    error_message = "`max_lag_seconds` is one second at least."
  }
}

variable "emails" {
  description = "Who is told. AWS asks them, in each Region, to confirm; until then they get nothing."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "`emails` are addresses such as \"on-call@example.com\"."
  }
}

variable "subscriptions" {
  description = "What else is told, by a name of your own: any protocol of SNS, such as `https`, `sqs`, `lambda` or `sms`, and where messages go. A function must also allow the topics to call it."
  type = map(object({
    protocol             = string
    endpoint             = string
    raw_message_delivery = optional(bool)
    filter_policy        = optional(string)
  }))
  default = {}

  validation {
    condition     = alltrue([for subscription in values(var.subscriptions) : contains(["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"], subscription.protocol)])
    error_message = "A protocol is one of SNS: application, email, email-json, firehose, http, https, lambda, sms or sqs."
  }
}

variable "actions" {
  description = <<-EOT
    What is done after a switchover or failover, in this order, before people are told who writes: each
    with `on`, the phases that it is for (`switchover`, `failover`, `failed`, `fencing_timed_out`,
    `resynchronised`), and one block that says what. `drctl docs data.drctl_package.responder.action`
    explains them all; what the function needs to be allowed for them is granted.
  EOT
  type = list(object({
    name       = optional(string)
    on         = list(string)
    acts_in    = optional(string)
    regions    = optional(list(string))
    region     = optional(string)
    on_failure = optional(string)
    timeout    = optional(string)
    retries    = optional(number)
    backoff    = optional(string)

    route53_record = optional(object({
      zone_id = string
      name    = string
      type    = optional(string)
      ttl     = optional(number)
      value   = optional(string)
      alias = optional(object({
        name                   = string
        zone_id                = string
        evaluate_target_health = optional(bool)
      }))
      weighted = optional(object({
        set_identifier = optional(string)
        weight         = optional(number)
        others         = optional(number)
      }))
      wait = optional(bool)
    }))
    ec2_restart = optional(object({
      instance_ids        = optional(list(string))
      tags                = optional(map(string))
      method              = optional(string)
      automation_role_arn = optional(string)
    }))
    ecs_deployment = optional(object({
      cluster  = string
      services = optional(list(string))
    }))
    eks_restart = optional(object({
      cluster_name               = string
      endpoint                   = string
      certificate_authority_data = string
      namespace                  = optional(string)
      deployments                = optional(list(string))
      selector                   = optional(string)
    }))
    rds_proxy_target = optional(object({
      proxy_name         = string
      target_group_name  = optional(string)
      cluster_identifier = optional(string)
    }))
    secret_endpoint = optional(object({
      secret_id = string
      values    = optional(map(string))
    }))
    ssm_parameter = optional(object({
      name  = string
      value = optional(string)
    }))
    ssm_command = optional(object({
      document_name    = string
      document_version = optional(string)
      instance_ids     = optional(list(string))
      tags             = optional(map(list(string)))
      parameters       = optional(map(list(string)))
      max_concurrency  = optional(string)
      max_errors       = optional(string)
    }))
    ssm_automation = optional(object({
      document_name    = string
      document_version = optional(string)
      parameters       = optional(map(list(string)))
    }))
    step_function = optional(object({
      state_machine_arn = string
      input             = optional(string)
    }))
    lambda_invoke = optional(object({
      function_name = string
      qualifier     = optional(string)
      payload       = optional(string)
      wait          = optional(bool)
    }))
    webhook = optional(object({
      url                   = string
      secret_variable       = optional(string)
      secret_parameter      = optional(string)
      secret_arn            = optional(string)
      headers               = optional(map(string))
      certificate_authority = optional(string)
    }))
    sns_message = optional(object({
      topic_arn = string
      subject   = optional(string)
      message   = optional(string)
    }))
    snapshot_copy = optional(object({
      prefix       = optional(string)
      kms_key_ids  = optional(map(string))
      younger_than = optional(string)
    }))
  }))
  default = []
}

variable "keep_failover_snapshots" {
  description = "Whether the function copies the snapshot that AWS takes of what the old writer had and nobody else, before AWS deletes it."
  type        = bool
  default     = true
}

variable "dead_letter_queues" {
  description = "By Region, the ARN of a queue for events that could not be delivered."
  type        = map(string)
  default     = {}
}

variable "reserved_concurrency" {
  description = "How many events the function answers at once. A new account may not have enough to reserve any: -1 reserves none."
  type        = number
  default     = 1
}

variable "architecture" {
  description = "Processor of the function: that of the drctl that is packed for it, which is the running one unless `-lambda-package` names another."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "`architecture` is \"arm64\" or \"x86_64\"."
  }
}

variable "log_retention_days" {
  description = "How long logs of the function are kept."
  type        = number
  default     = 90
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the global database and the secondaries. Set it to false, and apply, before they are destroyed."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of all that is made, beside the provider's `default_tags`."
  type        = map(string)
  default     = {}
}
