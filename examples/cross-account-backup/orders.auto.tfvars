source = {
  account_id = "111111111111"
  region     = "us-east-1"
  cluster    = "orders"
}

target = {
  account_id = "222222222222"
  region     = "us-west-2"
}

way = "staged"

# email = "on-call@example.com"
