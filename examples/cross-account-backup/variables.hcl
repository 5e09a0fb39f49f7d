# All that differs between one estate and another. `orders.auto.tfvars` gives the values.

variable "source" {
  description = "The cluster that is backed up, its Region and its account."
  type = object({
    account_id = string
    region     = string
    cluster    = string
  })

  validation {
    condition     = can(regex("^[0-9]{12}$", var.source.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "target" {
  description = "The account and Region that keep the copies. Another account, another Region, or both."
  type = object({
    account_id = string
    region     = string
  })

  validation {
    condition     = can(regex("^[0-9]{12}$", var.target.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "further" {
  description = "Further accounts that keep a copy each, by names of yours. The plan copies straight to them."
  type = map(object({
    account_id = string
    region     = string
    keep_days  = optional(number, 35)
  }))
  default = {}

  validation {
    condition     = length(var.further) <= 4
    error_message = "A rule of AWS Backup copies to five vaults at most, and one of them is the target."
  }

  validation {
    condition     = alltrue([for further in values(var.further) : can(regex("^[0-9]{12}$", further.account_id))])
    error_message = "An account id has twelve digits."
  }

  validation {
    condition     = alltrue([for further in values(var.further) : further.keep_days >= 7])
    error_message = "Each vault keeps its copies locked for seven days, so it cannot keep them for fewer."
  }
}

variable "way" {
  description = "How copies get there: `direct`, in one step, or `staged`, by way of a vault in the target account and the cluster's Region."
  type        = string
  default     = "direct"

  validation {
    condition     = contains(["direct", "staged"], var.way)
    error_message = "The way is \"direct\" or \"staged\"."
  }
}

variable "role" {
  description = "Name of the role, in both accounts, that drctl takes on."
  type        = string
  default     = "drctl"
}

variable "external_id" {
  description = "What the trust policies of those roles ask for, if they do."
  type        = string
  default     = null
}

variable "schedule" {
  description = "When backups are made, in UTC."
  type        = string
  default     = "cron(0 5 ? * * *)"
}

variable "tag" {
  description = "Clusters with this tag are backed up. The cluster must have it."
  type = object({
    key   = string
    value = string
  })
  default = { key = "backup", value = "daily" }
}

variable "keep_days" {
  description = "How long backups are kept, counted from the day of the backup: in the vault beside the cluster, on the way, and at the target."
  type = object({
    source  = optional(number, 7)
    staging = optional(number, 3)
    target  = optional(number, 35)
  })
  default = {}

  validation {
    condition     = var.keep_days.target >= 7
    error_message = "The target keeps its copies locked for seven days, so it cannot keep them for fewer."
  }
}

variable "architecture" {
  description = "Processor of the function that carries copies on; drctl is packed for it."
  type        = string
  default     = "x86_64"
}

variable "email" {
  description = "Who is told of backups and copies that fail. AWS asks them to confirm; until then they get nothing."
  type        = string
  default     = null
}
