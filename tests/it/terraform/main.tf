variable "secret" {
  type      = string
  sensitive = true
  default   = "pw"
}
variable "names" {
  type        = map(string)
  default     = { a = "9", b = "2" }
  description = "some names"
}
resource "terraform_data" "one" {
  input = { pw = var.secret, list = ["a", 1], nested = { x = true } }
}
resource "terraform_data" "two" {
  for_each         = var.names
  input            = [terraform_data.one.id, each.value, var.secret]
  triggers_replace = "x${each.key}"

}
data "terraform_remote_state" "none" {
  count   = 0
  backend = "local"
}
module "m" {
  source = "./m"
  name   = terraform_data.one.output
}
output "id" { value = terraform_data.one.id }
output "known" { value = "k${var.names["a"]}" }
output "secret" {
  value       = var.secret
  sensitive   = true
  description = "desc"
}
check "x" {
  assert {
    condition     = terraform_data.one.id != "x"
    error_message = "no"
  }
}
