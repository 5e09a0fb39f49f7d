# before: client('events').put_permission(StatementId='theirs', Action='events:PutEvents', Principal='333333333333')

resource "aws_cloudwatch_event_permission" "sample" {
  statement_id = "ours"
  principal    = "222222222222" # -> "444444444444"  #1 -> "*"
  # ~> action = "events:PutEvents"
  # untested: action: AWS knows no other

  #1 -> condition {                 #3 -> nothing
  #1 -> key   = "aws:PrincipalOrgID"
  #1 -> type  = "StringEquals"
  #1 -> value = "o-abc1234567"    #2 -> value = "o-xyz1234567"
  #1 -> }
}
