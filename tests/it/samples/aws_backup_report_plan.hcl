resource "aws_backup_report_plan" "sample" {
  name        = "orders"
  description = "Copies of orders" # -> "All copies of orders"  # ~> nothing

  report_delivery_channel {
    s3_bucket_name = "reports"       # -> "more-reports"
    s3_key_prefix  = "orders"        # -> nothing
    formats        = ["CSV", "JSON"] # ~> ["JSON", "CSV"]  # -> ["JSON"]
  }

  report_setting {
    report_template = "COPY_JOB_REPORT" # -> "BACKUP_JOB_REPORT"
    # -> accounts = ["111111111111"]
    # -> regions  = ["us-east-1", "us-west-2"]
  }

  tags = {
    team = "orders" # -> "databases"
  }
}
