output "writer_endpoint" {
  description = "Where applications connect to. It leads to whichever Region writes."
  value       = aws_rds_global_cluster.this.endpoint
}

output "reader_endpoints" {
  description = "Where to read from, by Region."
  value = merge(
    { (var.primary.region) = data.aws_rds_cluster.primary.reader_endpoint },
    { for region, cluster in aws_rds_cluster.secondary : region => cluster.reader_endpoint },
  )
}

output "global_cluster_identifier" {
  description = "The global database, as `aws rds switchover-global-cluster` wants it."
  value       = aws_rds_global_cluster.this.global_cluster_identifier
}

output "global_cluster_arn" {
  description = "ARN of the global database."
  value       = local.global_arn
}

output "member_arns" {
  description = "ARN of each cluster, by Region: what a switchover is aimed at."
  value       = local.member_arns
}

output "topic_arns" {
  description = "By Region, the topic that is told of lag, events and failures; subscribe to it, or let your own alarms publish to it."
  value       = { for region, topic in aws_sns_topic.this : region => topic.arn }
}

output "function_arns" {
  description = "By Region, the function that acts on a switchover or failover."
  value       = module.responder.arns
}

output "function_role_arn" {
  description = "Role of the functions, for actions that need more than IAM: an access entry of EKS, or the policy of a key."
  value       = module.responder.role_arn
}

output "kms_key_arns" {
  description = "By Region, the key that encrypts the storage of a secondary cluster."
  value       = local.keys
}

output "alarm_name" {
  description = "The alarm on lag, of the same name in all Regions, for composite alarms of your own and for deployments that must stop."
  value       = [for alarm in values(aws_cloudwatch_composite_alarm.lag) : alarm.alarm_name][0]
}

output "dashboard" {
  description = "Where to look. The Region in the address is only where the console is; take any that answers."
  value       = "https://console.aws.amazon.com/cloudwatch/home?region=${sort(keys(var.secondaries))[0]}#dashboards:name=${aws_cloudwatch_dashboard.this.dashboard_name}"
}
