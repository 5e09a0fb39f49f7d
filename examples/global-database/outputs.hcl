output "writer_endpoint" {
  description = "Where applications connect to. It leads to whichever Region writes."
  value       = aws_rds_global_cluster.this.endpoint
}

output "reader_endpoints" {
  description = "Where to read from, by Region."
  value = {
    (var.primary.region)   = data.aws_rds_cluster.primary.reader_endpoint
    (var.secondary.region) = aws_rds_cluster.secondary.reader_endpoint
  }
}

output "dashboard" {
  description = "Where to look."
  value       = "https://console.aws.amazon.com/cloudwatch/home?region=${var.secondary.region}#dashboards:name=${aws_cloudwatch_dashboard.this.dashboard_name}"
}
