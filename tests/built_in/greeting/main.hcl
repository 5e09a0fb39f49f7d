variable "name" {}

module "part" {
  source = "./part"
}

output "words" {
  value = templatefile("${path.module}/words.tpl", { name = var.name })
}
