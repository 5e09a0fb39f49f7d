# All that differs between one estate and another. `orders.auto.tfvars` gives the values.

variable "account_id" {
  description = "The account of the database. Nothing is touched in any other."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "primary" {
  description = "The cluster that exists, and the Region it is in."
  type = object({
    region  = string
    cluster = string
  })
}

variable "secondary" {
  description = "The second Region, and the network there that the new cluster is put in."
  type = object({
    region         = string
    subnet_ids     = list(string)
    vpc_id         = string
    security_group = string
  })

  validation {
    condition     = length(var.secondary.subnet_ids) >= 2
    error_message = "Aurora needs subnets in two availability zones at least."
  }
}

variable "instance_class" {
  description = "Class of the new instances. Take the writer's: after a failover they carry its load."
  type        = string
  default     = "db.r6g.large"
}

variable "parameter_group_family" {
  description = "Engine and major version of the cluster, as parameter groups call them."
  type        = string
  default     = "aurora-postgresql16"
}

variable "email" {
  description = "Who is told. AWS asks them, in each Region, to confirm; until then they get nothing."
  type        = string
  default     = null
}

variable "max_lag_seconds" {
  description = "How far the second Region may fall behind: what a failover may lose."
  type        = number
  default     = 60
}

variable "dead_letter_queues" {
  description = "ARN of a queue for each Region, for events that could not be delivered. Optional."
  type        = map(string)
  default     = {}
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the global database and the second cluster. Set it to false, and apply, before they are destroyed."
  type        = bool
  default     = true
}

variable "architecture" {
  description = "Processor of the function: that of the drctl that is packed for it, which is the running one unless -lambda-package names another."
  type        = string
  default     = "x86_64"
}

variable "reserved_concurrency" {
  description = "How many events the function answers at once. A new account may not have enough to reserve any: -1 reserves none."
  type        = number
  default     = 1
}
