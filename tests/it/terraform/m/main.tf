variable "name" {}
resource "terraform_data" "in" {
  count = 2
  input = "${var.name.nested.x}-${count.index}"
  lifecycle {
    precondition {
      condition     = count.index < 5
      error_message = "x"
    }
  }
}
output "o" { value = terraform_data.in[*].id }
