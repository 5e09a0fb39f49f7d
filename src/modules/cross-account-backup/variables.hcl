variable "name" {
  description = "How names of vaults, keys, roles, topics and the plan begin, in all accounts."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{1,29}$", var.name))
    error_message = "`name` is a letter and up to 29 letters, digits and hyphens: names of vaults and roles are made of it."
  }
}

variable "targets" {
  description = <<-EOT
    Where copies are kept, by the key of the provider that is handed in as `aws.target`: other
    accounts, other Regions, or both.

      account_id         the account
      region             the Region
      keep_days          how long copies are kept there; `keep_days.target` when absent
      kms_key_arn        a key of that account and Region, instead of a new one
      lock               limits that nobody gets around: no copy goes before `min_days`, 7 when
                         absent, whatever a person's permissions; `changeable_for_days` makes the lock
                         permanent after so many days, at least 3, even for AWS; `enabled = false` for
                         none
      confirm_permanent  repeats the name of the vault, which is `name` and `-kept`, where the lock
                         becomes permanent
  EOT
  type = map(object({
    account_id  = string
    region      = string
    keep_days   = optional(number)
    kms_key_arn = optional(string)
    lock = optional(object({
      enabled             = optional(bool, true)
      min_days            = optional(number, 7)
      max_days            = optional(number)
      changeable_for_days = optional(number)
    }), {})
    confirm_permanent = optional(string)
  }))

  validation {
    condition     = length(var.targets) >= 1
    error_message = "At least one target is needed: backups beside the clusters are lost with their account."
  }

  validation {
    condition     = alltrue([for target in values(var.targets) : can(regex("^[0-9]{12}$", target.account_id))])
    error_message = "An `account_id` has twelve digits, in quotes."
  }

  validation {
    condition     = alltrue([for target in values(var.targets) : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", target.region))])
    error_message = "A `region` is the name of a Region, such as \"us-west-2\"."
  }

  validation {
    condition     = length(distinct([for target in values(var.targets) : "${target.account_id}/${target.region}"])) == length(var.targets)
    error_message = "Two targets are in the same account and Region: one vault there is enough."
  }

  validation {
    condition     = alltrue([for target in values(var.targets) : !target.lock.enabled || coalesce(target.keep_days, var.keep_days.target) >= target.lock.min_days])
    error_message = "A target that keeps copies locked for `lock.min_days` cannot keep them for fewer: make `keep_days` longer, or `min_days` shorter."
  }
}

variable "way" {
  description = "How copies get to a target that is in another account and in another Region: \"direct\", in one step, or \"staged\", by way of a vault in the target account and the clusters' Region, so that what the source account can reach is never the last vault."
  type        = string
  default     = "direct"

  validation {
    condition     = contains(["direct", "staged"], var.way)
    error_message = "`way` is \"direct\" or \"staged\"."
  }
}

variable "schedules" {
  description = <<-EOT
    When backups are made, by names of your own.

      schedule           such as "cron(0 5 ? * * *)" or "rate(12 hours)"
      timezone           of the schedule; UTC when absent
      keep_days          how long these are kept beside the clusters; `keep_days.source` when absent
      copy               whether they are copied to the targets
      continuous         whether a cluster can be restored to any second, for 35 days at most; AWS
                         Backup then owns the retention of the cluster's own backups
      start_window       minutes in which the job must start
      completion_window  minutes in which it must be done
  EOT
  type = map(object({
    schedule          = string
    timezone          = optional(string)
    keep_days         = optional(number)
    copy              = optional(bool, true)
    continuous        = optional(bool, false)
    start_window      = optional(number, 60)
    completion_window = optional(number, 1440)
  }))
  default = { daily = { schedule = "cron(0 5 ? * * *)" } }

  validation {
    condition     = length(var.schedules) >= 1 && length(var.schedules) <= 10
    error_message = "A backup plan has one to ten schedules."
  }

  validation {
    condition     = anytrue([for schedule in values(var.schedules) : schedule.copy])
    error_message = "At least one schedule must be copied to the targets."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : !schedule.continuous || coalesce(schedule.keep_days, var.keep_days.source) <= 35])
    error_message = "Continuous backups are kept for 35 days at most."
  }
}

variable "keep_days" {
  description = "How long backups are kept, counted from the day of the backup: beside the clusters, on the way, and at the targets."
  type = object({
    source  = optional(number, 7)
    staging = optional(number, 3)
    target  = optional(number, 35)
  })
  default = {}

  validation {
    condition     = alltrue([for days in values(var.keep_days) : days >= 1 && days <= 36500])
    error_message = "Backups are kept for 1 to 36500 days."
  }
}

variable "selection_tags" {
  description = "Clusters that have one of these tags are backed up."
  type        = map(string)
  default     = { backup = "daily" }

  validation {
    condition     = length(var.selection_tags) + length(var.resources) > 0
    error_message = "Something must be selected: by `selection_tags`, or by `resources`."
  }
}

variable "resources" {
  description = "ARNs of what is backed up beside; `*` stands for any characters."
  type        = set(string)
  default     = []
}

variable "not_resources" {
  description = "ARNs of what is not backed up, though it is selected otherwise."
  type        = set(string)
  default     = []
}

variable "clusters" {
  description = "Identifiers of clusters in the source Region that must be among what is backed up: the plan says so when they are not, and when no copy of them could leave their account."
  type        = set(string)
  default     = []
}

variable "kms_key_arn" {
  description = "A key for the vault beside the clusters, instead of a new one."
  type        = string
  default     = null
}

variable "opt_in" {
  description = "Whether AWS Backup is told here to look after Aurora at all, in the source account and Region. Set it to false where another stack does."
  type        = bool
  default     = true
}

variable "emails" {
  description = "Who is told of backups and copies that fail. AWS asks them to confirm; until then they get nothing."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "`emails` are addresses such as \"on-call@example.com\"."
  }
}

variable "subscriptions" {
  description = "What else is told, by a name of your own: any protocol of SNS, such as `https`, `sqs`, `lambda` or `sms`, and where messages go."
  type = map(object({
    protocol             = string
    endpoint             = string
    raw_message_delivery = optional(bool)
    filter_policy        = optional(string)
  }))
  default = {}
}

variable "architecture" {
  description = "Processor of the function of the way \"staged\": that of the drctl that is packed for it, which is the running one unless `-lambda-package` names another."
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

variable "tags" {
  description = "Tags of all that is made, beside the providers' `default_tags`."
  type        = map(string)
  default     = {}
}
