resource "aws_iam_policy" "sample" {
  name        = "responder"
  path        = "/dr/"               # => "/recovery/"
  description = "Acts on failovers." # => "Acts on switchovers."

  # IAM keeps five versions: the sixth change deletes one first.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "rds:DescribeGlobalClusters" # ~> ["rds:DescribeGlobalClusters"]
      Resource = "a"                          # -> "b"  # -> "c"  # -> "d"  # -> "e"  # -> "f"  # -> "g"  # -> "h"
    }]
  })

  tags = {
    team = "orders" # -> "databases"
  }
}
