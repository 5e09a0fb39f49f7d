# before: client('route53').create_hosted_zone(Name='example.com', CallerReference='sample')

data "aws_route53_zone" "sample" {
  name = "example.com"
}

resource "aws_route53_record" "sample" {
  zone_id         = data.aws_route53_zone.sample.zone_id
  name            = "*.Writer" # ~> "\\052.writer.example.com."
  type            = "CNAME"
  ttl             = 60                # -> 5  #7 -> nothing
  records         = ["a.example.com"] # -> ["b.example.com"]  #7 -> nothing
  set_identifier  = "one"
  health_check_id = "abcdef11-0000-4000-8000-000000000000" #8 -> nothing

  weighted_routing_policy { weight = 10 } # -> weighted_routing_policy { weight = 20 }  #1 -> latency_routing_policy { region = "us-east-1" }  #2 -> failover_routing_policy { type = "PRIMARY" }  #3 -> geolocation_routing_policy { country = "US" }  #4 -> nothing

  #4 -> cidr_routing_policy {                         #5 -> nothing
  #4 -> collection_id = "c8c02a84-aaaa-bbbb-e0d2-d833a2f80106"
  #4 -> location_name = "offices"
  #4 -> }

  #5 -> geoproximity_routing_policy { aws_region = "us-east-1" } #6 -> multivalue_answer_routing_policy = true

  #7 -> alias {
  #7 -> name                   = "dualstack.orders.example.com" #9 ~> name = "Orders.example.com."
  #7 -> zone_id                = data.aws_route53_zone.sample.zone_id
  #7 -> evaluate_target_health = true
  #7 -> }
}
