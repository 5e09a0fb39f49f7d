variable "region" {
  description = "Where the function lives. Not where the primary lives: that Region may be what is gone."
  type        = string
  default     = "us-west-2"
}

variable "name" {
  type    = string
  default = "drift-watch"
}

variable "directory" {
  description = "Directory of the configuration to watch."
  type        = string
  default     = "."
}

variable "root" {
  description = "Directory that holds it and the modules beside it, if it calls any."
  type        = string
  default     = null
}

variable "stack" {
  description = "Name of the stack that it declares."
  type        = string
  default     = "drift-watch"
}

variable "var_files" {
  description = "Files with values for its variables, beside those that are read in any case."
  type        = list(string)
  default     = []
}

variable "values" {
  description = "Values for its variables. No secrets: they are in the package."
  type        = map(string)
  default     = {}
}

variable "schedule" {
  type    = string
  default = "rate(1 hour)"
}

variable "subscriptions" {
  description = "Who hears of drift: protocol by endpoint, as in { \"dba@example.com\" = \"email\" }."
  type        = map(string)
  default     = {}
}

variable "assumed_roles" {
  description = "ARNs of the roles in `assume_role` of its providers."
  type        = list(string)
  default     = []
}

variable "architecture" {
  description = "Processor of the function: arm64 or x86_64."
  type        = string
  default     = "x86_64"
}
