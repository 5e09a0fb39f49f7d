resource "aws_cloudwatch_dashboard" "sample" {
  dashboard_name = "orders"

  dashboard_body = jsonencode({
    widgets = [{
      type       = "text"
      x          = 0
      y          = 0
      width      = 6 # -> 12
      height     = 2
      properties = { markdown = "Orders" } # -> { markdown = "Orders in two Regions" }
    }]
  })

  tags = {
    team = "orders" # -> "databases"
  }
}
