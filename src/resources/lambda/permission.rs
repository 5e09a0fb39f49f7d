//! `aws_lambda_permission`: who may call a function.
use serde_json::Value as Tree;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::lambda::{self, FunctionName};
use crate::resources::policy;
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token, differing};
use crate::schema::{Attribute, Identity, Kind, Mismatch};
use crate::text_type;
use crate::value::Value;

attributes! {
    /// One statement of a function's policy: lets a service, such as EventBridge or SNS, or another
    /// account call the function. Without it events are lost silently.
    ///
    /// AWS cannot change a statement: every change takes it away and adds it anew.
    pub struct LambdaPermission {
        /// Name or ARN of the function, in the provider's account.
        function_name: FunctionName => key,
        /// Name of the statement in the function's policy. Two permissions on one function need two
        /// names. `drctl` when absent.
        statement_id: StatementId => key | default_text("drctl"),
        /// Version or alias to which the statement belongs; the function itself when absent.
        qualifier: Option<String> => key,
        /// What is allowed: `lambda:InvokeFunction`.
        action: String => replaces,
        /// Who may: a service (`events.amazonaws.com`), an account, or the ARN of a role or user.
        principal: Principal => replaces,
        /// ARN of the rule, topic or other thing that may call. Name it: a service acts for all
        /// accounts.
        source_arn: Option<String> => replaces,
        /// Account that the source must belong to, for sources whose ARN names none.
        source_account: Option<String> => replaces,
        /// Organisation that the caller must belong to.
        principal_org_id: Option<String> => replaces,
        /// Token that an Alexa skill must show.
        event_source_token: Option<String> => replaces,
        /// `AWS_IAM` or `NONE`, for calls by way of the function's URL.
        function_url_auth_type: Option<String> => replaces,
        /// Whether only calls by way of the function's URL are allowed.
        invoked_via_function_url: Option<bool> => replaces,
    }
}

attributes! {
    /// AWS tells nothing more about a permission.
    pub struct Outputs {}
}

text_type! {
    /// The name of a statement.
    pub struct StatementName,
        |s| (1..=100).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "the name of a statement: 1 to 100 letters, digits, `-` or `_`";
}

/// The name of a statement; `drctl` unless it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementId(StatementName);

impl StatementId {
    fn parse(text: &str) -> Result<Self, Mismatch> {
        StatementName::parse(if text.is_empty() { "drctl" } else { text }).map(Self)
    }
}

impl Attribute for StatementId {
    const KIND: Kind = Kind::Text;
    const REQUIRED: bool = false;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Self::parse(""),
            given => StatementName::decode(given).map(Self),
        }
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
}

/// Who may call. The ARN of an account's root means the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal(String);

impl Principal {
    fn new(text: &str) -> Self {
        Self(policy::account_of_root(text))
    }
}

impl Attribute for Principal {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        String::decode(value).map(|text| Self::new(&text))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// The only string in a value that may be a list of one.
fn one(value: &Tree) -> Option<String> {
    match value {
        Tree::String(text) => Some(text.clone()),
        Tree::Bool(flag) => Some(flag.to_string()),
        Tree::Array(items) => items.first().and_then(one),
        Tree::Object(kinds) => kinds.values().next().and_then(one),
        Tree::Null | Tree::Number(_) => None,
    }
}

/// What the statement demands of that key, whichever operator it uses; names of keys have no case.
fn condition(statement: &Tree, name: &str) -> Option<String> {
    let operators = statement.get("Condition")?.as_object()?.values();
    let mut keys = operators.filter_map(Tree::as_object).flatten();
    keys.find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| one(value))
}

fn permission(
    name: FunctionName,
    statement_id: StatementId,
    qualifier: &str,
    statement: &Tree,
) -> LambdaPermission {
    let demanded = |name| condition(statement, name);
    LambdaPermission {
        function_name: name,
        statement_id,
        qualifier: Some(qualifier.to_owned()).filter(|qualifier| !qualifier.is_empty()),
        action: one(&statement["Action"]).unwrap_or_default(),
        principal: Principal::new(&one(&statement["Principal"]).unwrap_or_default()),
        source_arn: demanded("aws:SourceArn"),
        source_account: demanded("aws:SourceAccount"),
        principal_org_id: demanded("aws:PrincipalOrgID"),
        event_source_token: demanded("lambda:EventSourceToken"),
        function_url_auth_type: demanded("lambda:FunctionUrlAuthType"),
        invoked_via_function_url: demanded("lambda:InvokedViaFunctionUrl")
            .map(|flag| flag == "true"),
    }
}

/// The policy of a function, or of one of its versions or aliases.
async fn policy_of(aws: &Aws, name: &FunctionName, qualifier: &str) -> Result<Option<Tree>> {
    let asked = Some(qualifier.to_owned()).filter(|qualifier| !qualifier.is_empty());
    let policy_of = format!("{}:{qualifier}", name.as_str());
    let found = aws.asked(&policy_of, async || {
        let get = aws.lambda().get_policy().function_name(name.as_str()).set_qualifier(asked);
        get.send().await.absent_on(&["ResourceNotFoundException"])
    });
    let found = found.await?;
    let Some(found) = found.as_ref() else { return Ok(None) };
    let policy: Tree = serde_json::from_str(found.policy.as_deref().unwrap_or("{}"))
        .map_err(|error| Mismatch::Invalid(format!("the policy is not valid JSON: {error}")))?;
    Ok(Some(policy))
}

impl Resource for LambdaPermission {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_lambda_permission";
    const ID: &'static str = "statement_id";
    const LISTING: Listing = Listing::Within("aws_lambda_function");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = &[
        // The function was made just now.
        Retry { code: "ResourceNotFoundException", saying: "Function not found" },
        // A statement of that name is a conflict too, but not one that passes.
        Retry { code: "ResourceConflictException", saying: "concurrent update operation" },
        Retry { code: "ResourceConflictException", saying: "update is in progress" },
        // The role that is named was made just now.
        Retry { code: "InvalidParameterValueException", saying: "principal was invalid" },
    ];

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for function in within {
            let name = FunctionName::parse(function.name()?)?;
            let Some(policy) = policy_of(aws, &name, "").await? else { continue };
            let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
            let ids = statements.iter().filter_map(|statement| statement["Sid"].as_str());
            keys.extend(ids.map(|id| Key::parts([name.as_str(), id, ""])));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [name, id, qualifier] = key.split()?;
        let (name, id) = (FunctionName::parse(name)?, StatementId::parse(id)?);
        let Some(policy) = policy_of(aws, &name, qualifier).await? else { return Ok(None) };
        let Some(statement) = policy::statement_named(&policy, id.0.as_str()) else {
            return Ok(None);
        };
        let inputs = permission(name, id, qualifier, statement);
        Ok(Some(Live { inputs, outputs: Outputs {} }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        Ok(Some(lambda::function_tags(aws, &live.inputs.function_name).await?))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self {
            function_name,
            statement_id,
            qualifier,
            action,
            principal,
            source_arn,
            source_account,
            principal_org_id,
            event_source_token,
            function_url_auth_type,
            invoked_via_function_url,
        } = want;
        let (name, id) = (function_name.as_str(), statement_id.0.as_str());
        let added = aws
            .lambda()
            .add_permission()
            .function_name(name)
            .statement_id(id)
            .set_qualifier(qualifier.clone())
            .action(action)
            .principal(&principal.0)
            .set_source_arn(source_arn.clone())
            .set_source_account(source_account.clone())
            .set_principal_org_id(principal_org_id.clone())
            .set_event_source_token(event_source_token.clone())
            .set_function_url_auth_type(function_url_auth_type.as_deref().map(Into::into))
            .set_invoked_via_function_url(*invoked_via_function_url)
            .send()
            .await
            .map_err(AwsError::from);
        let key = Key::parts([name, id, qualifier.as_deref().unwrap_or_default()]);
        match added {
            Ok(_) => Ok(key),
            // An answer that got lost: the statement is there already, just as it is wanted.
            Err(error) if error.is(&["ResourceConflictException"]) => {
                match Self::read(aws, &key).await? {
                    Some(live) if differing(&live.inputs, want).is_empty() => Ok(key),
                    _ => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn update(_aws: &Aws, _live: &Live<Self>, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { function_name, statement_id, qualifier, .. } = &live.inputs;
        let remove = aws.lambda().remove_permission().function_name(function_name.as_str());
        let remove = remove.statement_id(statement_id.0.as_str()).set_qualifier(qualifier.clone());
        remove.send().await.absent_on(&["ResourceNotFoundException"])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_its_root() {
        assert_eq!(
            Principal::new("arn:aws:iam::111111111111:root"),
            Principal::new("111111111111")
        );
        let role = "arn:aws:iam::111111111111:role/root";
        assert_eq!(Principal::new(role).0, role);
        assert_eq!(Principal::new("events.amazonaws.com").0, "events.amazonaws.com");
    }

    #[test]
    fn a_statement_of_aws_is_what_was_asked_for() {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Id": "default", "Statement": [{
            "Sid": "events", "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:us-east-1:111111111111:function:responder",
            "Condition": {
                "StringEquals": { "AWS:SourceAccount": "111111111111" },
                "ArnLike": { "AWS:SourceArn": "arn:aws:events:us-east-1:111111111111:rule/dr" },
            },
        }] });
        assert_eq!(policy::statement_named(&policy, "sns"), None);
        let statement = policy::statement_named(&policy, "events").unwrap();
        let name = FunctionName::parse("responder").unwrap();
        let id = StatementId::parse("events").unwrap();
        assert_eq!(
            permission(name.clone(), id.clone(), "", statement),
            LambdaPermission {
                function_name: name,
                statement_id: id,
                qualifier: None,
                action: "lambda:InvokeFunction".to_owned(),
                principal: Principal("events.amazonaws.com".to_owned()),
                source_arn: Some("arn:aws:events:us-east-1:111111111111:rule/dr".to_owned()),
                source_account: Some("111111111111".to_owned()),
                principal_org_id: None,
                event_source_token: None,
                function_url_auth_type: None,
                invoked_via_function_url: None,
            }
        );
    }
}
