resource "aws_backup_vault" "orders" {
  name = "orders"
}

resource "aws_backup_vault_policy" "sample" {
  backup_vault_name = aws_backup_vault.orders.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "copies" # -> "CopiesOfOrders"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::222222222222:root" } # ~> { AWS = ["222222222222"] }
      Action    = "backup:CopyIntoBackupVault"               # ~> ["backup:CopyIntoBackupVault"]
      Resource  = "*"
    }]
  })
}
