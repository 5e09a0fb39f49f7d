//! What is new in AWS is not known everywhere at once.
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::estate;
use crate::estate::until_asked;
use crate::support::Emulator;
use crate::support::Place;

/// Keys, and all that is given one in the same breath.
const KEYS: &str = r#"
drctl {
  stack = "eventual"
}

data "aws_caller_identity" "this" {}

resource "aws_iam_role" "responder" {
  name = "responder"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_kms_key" "orders" {
  multi_region            = true
  enable_key_rotation     = true
  deletion_window_in_days = 7
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "kms:*"
        Resource  = "*"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
      },
      {
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = "*"
        Principal = { AWS = aws_iam_role.responder.arn, Service = "logs.us-east-1.amazonaws.com" }
      },
    ]
  })
}

resource "aws_kms_alias" "orders" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.orders.key_id
}

resource "aws_kms_replica_key" "orders" {
  region = "us-west-2"

  primary_key_arn         = aws_kms_key.orders.arn
  description             = "orders"
  deletion_window_in_days = 7
}

resource "aws_cloudwatch_log_group" "responder" {
  name       = "/aws/lambda/responder"
  kms_key_id = aws_kms_key.orders.arn
}

data "archive_file" "code" {
  type        = "zip"
  output_path = "code.zip"

  source {
    filename = "index.py"
    content  = "def handler(event, context):\n    return event\n"
  }
}

resource "aws_lambda_function" "responder" {
  function_name = "responder"
  role          = aws_iam_role.responder.arn
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = data.archive_file.code.output_path
  kms_key_arn   = aws_kms_key.orders.arn

  environment {
    variables = { GLOBAL = "orders" }
  }
}

resource "aws_rds_cluster" "orders" {
  cluster_identifier  = "orders"
  engine              = "aurora-postgresql"
  master_username     = "postgres"
  master_password     = "very-secret-1"
  storage_encrypted   = true
  kms_key_id          = aws_kms_key.orders.arn
  skip_final_snapshot = true
}
"#;

/// How often a call was made in this account, whatever came of it.
fn times(place: &Place, action: &str) -> usize {
    let requests = Emulator::get().requests(&place.account);
    requests.iter().filter(|request| request["action"] == action).count()
}

/// Customers' keys in a Region.
fn keys(place: &Place, region: &str) -> Tree {
    let said = place.python(&format!(
        "kms = client('kms', '{region}')\n\
         keys = [kms.describe_key(KeyId=key['KeyId'])['KeyMetadata'] for key in kms.list_keys()['Keys']]\n\
         print(json.dumps([key['KeyState'] for key in keys if key['KeyManager'] == 'CUSTOMER']))\n"
    ));
    serde_json::from_str(&said).expect("it prints JSON")
}

#[test]
fn a_new_key_is_used_as_soon_as_it_is_known() {
    let place = Place::new("a_new_key_is_used_as_soon_as_it_is_known");
    place.write("main.tf", KEYS);
    Emulator::get().takes(&place.account, &json!({ "KMS_STEP": 3, "IAM_STEP": 2 }));
    place.drctl("apply -auto-approve").exits(0);
    for action in ["CreateKey", "CreateLogGroup", "CreateFunction", "CreateDBCluster"] {
        assert!(times(&place, action) > 1, "{action} was never refused");
    }
    place.drctl("plan -detailed-exitcode").exits(0);
    // What is refused and asked for again must not be made twice.
    assert_eq!(keys(&place, "us-east-1"), json!(["Enabled"]));
    assert_eq!(keys(&place, "us-west-2"), json!(["Enabled"]));
    place.drctl("destroy -auto-approve").exits(0);
}

/// The tagging service is late: a plan right after an apply, and an apply right after one that was
/// killed, find the key all the same.
#[test]
fn a_key_is_not_made_twice_while_tags_are_late() {
    let place = Place::new("a_key_is_not_made_twice_while_tags_are_late");
    let key = "resource \"aws_kms_key\" \"orders\" {\n  description = \"orders\"\n}\n";
    place.write("main.tf", &format!("drctl {{\n  stack = \"eventual\"\n}}\n{key}"));
    Emulator::get().takes(&place.account, &json!({ "TAG_STEP": 600 }));
    Emulator::get().fault(&json!({
        "account": place.account, "service": "kms", "action": "CreateKey", "hang": true, "after": true,
        "times": 1,
    }));
    let running = place.begin(&["apply", "-auto-approve"]);
    until_asked(&place, "CreateKey", 1);
    running.signal("KILL");
    place.wait(running);
    // It is only given the tags that a run sets last.
    place.drctl("apply -auto-approve").exits(0).says("Resources: 0 added");
    place.drctl("plan -detailed-exitcode").exits(0);
    assert_eq!(keys(&place, "us-east-1"), json!(["Enabled"]));
}

#[test]
fn the_example_is_made_although_news_travels_slowly() {
    let place = estate("the_example_is_made_although_news_travels_slowly");
    Emulator::get().takes(&place.account, &json!({ "KMS_STEP": 3, "IAM_STEP": 2 }));
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
}
