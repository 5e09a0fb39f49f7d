data "archive_file" "code" {
  type        = "zip"
  output_path = "code.zip"

  source {
    filename = "handler.py"
    content  = "def main(event, context):\n    return event\n"
  }
}

resource "aws_iam_role" "responder" {
  name = "responder"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "responder" {
  function_name = "responder"
  filename      = data.archive_file.code.output_path
  role          = aws_iam_role.responder.arn
  runtime       = "python3.12"
  handler       = "handler.main"
}

resource "aws_lambda_function_event_invoke_config" "sample" {
  function_name                = aws_lambda_function.responder.function_name
  maximum_event_age_in_seconds = 3600 # -> 7200  # -> nothing
  maximum_retry_attempts       = 0    # -> 1     # -> nothing

  destination_config {
    on_failure {
      destination = "arn:aws:sqs:us-east-1:111111111111:lost" # -> "arn:aws:sqs:us-east-1:111111111111:failed"
    }
  }
}
