resource "aws_iam_role" "backup" {
  name = "backup"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "backup.amazonaws.com" } }]
  })
}

resource "aws_iam_role" "other" {
  name               = "other"
  assume_role_policy = aws_iam_role.backup.assume_role_policy
}

resource "aws_backup_vault" "orders" {
  name = "orders"
}

resource "aws_backup_plan" "orders" {
  name = "orders"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.orders.name
  }
}

resource "aws_backup_selection" "sample" {
  plan_id      = aws_backup_plan.orders.id
  name         = "clusters"
  iam_role_arn = aws_iam_role.backup.arn # => aws_iam_role.other.arn

  resources     = ["arn:aws:rds:*:*:cluster:*", "arn:aws:rds:*:*:db:*"] # ~> ["arn:aws:rds:*:*:db:*", "arn:aws:rds:*:*:cluster:*"]  # => ["arn:aws:rds:*:*:cluster:*"]
  not_resources = ["arn:aws:rds:*:*:cluster:test*"]                     # => nothing

  selection_tag { #1 => nothing
    type  = "STRINGEQUALS"
    key   = "backup"
    value = "daily" # => "nightly"
  }

  condition { #2 => nothing
    string_equals {
      key   = "aws:ResourceTag/team"
      value = "orders" # => "databases"
    }
    string_not_like {
      key   = "aws:ResourceTag/stage"
      value = "test*"
    }
  }
}
