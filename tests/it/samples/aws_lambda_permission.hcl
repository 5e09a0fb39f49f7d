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

resource "aws_lambda_permission" "sample" {
  function_name  = aws_lambda_function.responder.function_name
  statement_id   = "events"
  action         = "lambda:InvokeFunction" # => "lambda:InvokeFunctionUrl"
  principal      = "events.amazonaws.com"  # => "sns.amazonaws.com"
  source_account = "111111111111"          # => nothing
  # => principal_org_id = "o-1234567890"
  source_arn = "arn:aws:events:us-east-1:111111111111:rule/a" # => "arn:aws:events:us-east-1:111111111111:rule/b"

  # untested: event_source_token: of Alexa only
  # untested: function_url_auth_type, invoked_via_function_url: functions with URLs are not part of this
}
