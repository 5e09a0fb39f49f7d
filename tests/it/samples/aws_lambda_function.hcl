# before: client('rds').describe_db_subnet_groups(DBSubnetGroupName='default')
# before: vpc = client('ec2').describe_vpcs()['Vpcs'][0]['VpcId']
# before: client('ec2').create_security_group(GroupName='responder', Description='responder', VpcId=vpc)

data "aws_db_subnet_group" "default" {
  name = "default"
}

data "aws_security_group" "responder" {
  name = "responder"
}

data "archive_file" "code" {
  for_each = toset(["a", "b"])

  type        = "zip"
  output_path = "${each.key}.zip"

  source {
    filename = "handler.py"
    content  = "def main(event, context):\n    return '${each.key}'\n"
  }
}

resource "aws_iam_role" "responder" {
  for_each = toset(["a", "b"])

  name = each.key
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_kms_key" "secrets" {
  deletion_window_in_days = 7
}

resource "aws_lambda_function" "sample" {
  function_name    = "responder"
  filename         = data.archive_file.code["a"].output_path         #1 -> data.archive_file.code["b"].output_path
  source_code_hash = data.archive_file.code["a"].output_base64sha256 #1 -> data.archive_file.code["b"].output_base64sha256  # ~> nothing
  role             = aws_iam_role.responder["a"].arn                 # -> aws_iam_role.responder["b"].arn
  runtime          = "python3.12"                                    # -> "python3.13"
  handler          = "handler.main"                                  # -> "handler.other"
  architectures    = ["arm64"]                                       # -> ["x86_64"]  # ~> nothing
  description      = "Acts on failovers."                            # -> "Acts on switchovers."  # -> nothing
  memory_size      = 256                                             # -> nothing
  timeout          = 30                                              # -> nothing
  kms_key_arn      = aws_kms_key.secrets.arn                         # -> nothing
  publish          = false                                           # ~> true

  environment {
    variables = { GLOBAL = "orders" } # -> { GLOBAL = "orders", WEST = "us-west-2" }
  }

  vpc_config { #2 -> nothing
    subnet_ids         = data.aws_db_subnet_group.default.subnet_ids
    security_group_ids = [data.aws_security_group.responder.id]
  }

  file_system_config { #2 -> nothing
    arn              = "arn:aws:elasticfilesystem:us-east-1:111111111111:access-point/fsap-0123456789abcdef0"
    local_mount_path = "/mnt/runbooks" # -> "/mnt/books"
  }

  #3 -> snap_start { apply_on = "PublishedVersions" }                 #4 -> nothing

  dead_letter_config { # -> nothing
    target_arn = "arn:aws:sqs:us-east-1:111111111111:lost"
  }

  tracing_config {
    mode = "Active" # -> "PassThrough"
  }

  ephemeral_storage {
    size = 1024 # -> 512
  }

  logging_config {
    log_format = "JSON" # -> "Text"
  }

  reserved_concurrent_executions = 1 # -> 2  # -> nothing

  tags = {
    team = "orders" # -> "databases"
  }

  # untested: package_type, image_uri, image_config: the emulator has no container images
  # untested: layers: the emulator has no layers
}
