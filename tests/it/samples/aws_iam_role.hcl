resource "aws_iam_role" "sample" {
  name                 = "responder"
  path                 = "/dr/"                                   # => "/recovery/"
  description          = "Acts on failovers."                     # -> "Acts on switchovers."  # -> nothing
  max_session_duration = 7200                                     # -> nothing
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess" # -> nothing

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"                     # ~> ["sts:AssumeRole"]
      Principal = { Service = "lambda.amazonaws.com" } # -> { Service = ["lambda.amazonaws.com", "events.amazonaws.com"] }
    }]
  })

  inline_policy {
    name = "read"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = "rds:DescribeGlobalClusters" # -> ["rds:DescribeGlobalClusters", "rds:DescribeDBClusters"]
        Resource = "*"
      }]
    })
  }

  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"] # -> ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]

  # Takes away with the role what this declares in it.
  force_detach_policies = true

  tags = {
    team = "orders" # -> "databases"
  }
}
