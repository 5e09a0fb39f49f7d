resource "aws_ssm_parameter" "sample" {
  name            = "/orders/writer"
  type            = "String"      # -> "SecureString"
  value           = "orders"      # -> "orders-west"
  description     = "Who writes." # -> "Who writes now."  # -> nothing
  allowed_pattern = "^[a-z-]+$"   # -> "^[a-z0-9-]+$"  # -> nothing
  data_type       = "text"        # => "aws:ec2:image"
  tier            = "Standard"    # ~> "Intelligent-Tiering"  # -> "Advanced"
  #1 -> key_id = "alias/orders"

  tags = {
    team = "orders" # -> "databases"
  }
}
