variable "name" {}

module "out" {
  source = "../greeting"
}
