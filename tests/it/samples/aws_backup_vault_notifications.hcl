resource "aws_backup_vault" "orders" {
  name = "orders"
}

resource "aws_sns_topic" "told" {
  for_each = toset(["a", "b"])

  name = each.key
}

resource "aws_backup_vault_notifications" "sample" {
  backup_vault_name   = aws_backup_vault.orders.name
  sns_topic_arn       = aws_sns_topic.told["a"].arn                 # -> aws_sns_topic.told["b"].arn
  backup_vault_events = ["BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED"] # ~> ["COPY_JOB_FAILED", "BACKUP_JOB_COMPLETED"]  # -> ["COPY_JOB_FAILED"]
}
