account_id = "111111111111"

primary = {
  region  = "us-east-1"
  cluster = "orders"
}

secondary = {
  region         = "us-west-2"
  vpc_id         = "vpc-0a1b2c3d4e5f60718"
  subnet_ids     = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_group = "orders-db"
}

# email = "on-call@example.com"
