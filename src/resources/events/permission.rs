//! `aws_cloudwatch_event_permission`: one statement of a bus's policy.
use aws_sdk_eventbridge::types as sdk;
use serde_json::Value as Tree;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::events::{self, EventBus};
use crate::resources::policy;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Attribute, Identity, Kind, Mismatch};
use crate::text_type;
use crate::value::Value;

attributes! {
    /// One statement of a bus's policy: lets another account, or an organisation, put events on it.
    ///
    /// Statements of others on the same bus are left alone: AWS merges this one in under its name.
    /// AWS loses one of two writes to a policy that are made at once, without an error to either, so
    /// drctl makes those to one bus one after another, and looks afterwards whether it is there.
    pub struct CloudwatchEventPermission {
        /// Bus, by name; `default` when absent.
        event_bus_name: EventBus => key | default_text("default"),
        /// Name of the statement in the policy.
        statement_id: StatementId => key,
        /// Account that may put events, or `*` for every one of which `condition` is true.
        principal: Principal,
        /// What is allowed. `events:PutEvents` when absent.
        action: Option<String> => default_text("events:PutEvents"),
        /// What must be true of who puts events: with `*` as the principal, the organisation. Without
        /// it, `*` lets everybody in.
        condition: Option<Condition>,
    }
}

attributes! {
    /// What must be true of who puts events.
    pub struct Condition {
        /// Key of the condition; AWS knows `aws:PrincipalOrgID` here.
        key: String,
        /// How it is compared; AWS knows `StringEquals` here.
        r#type: String,
        /// Id of the organisation, as `o-abc1234567`. The id of a root, `r-...`, never matches.
        value: String,
    }
}

attributes! {
    /// AWS tells nothing more about a statement.
    pub struct Outputs {}
}

text_type! {
    /// The name of a statement.
    pub struct StatementId,
        |s| (1..=64).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "the name of a statement: 1 to 64 letters, digits, `-` or `_`";
}

/// An account, or `*` for every one. AWS writes the ARN of the account's root for the account.
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
        let principal = Self::new(&String::decode(value)?);
        let digits = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if principal.0 == "*" || digits(&principal.0) || principal.0.starts_with(FOREIGN) {
            return Ok(principal);
        }
        let text = &principal.0;
        Err(Mismatch::Invalid(format!("{text:?} is neither an account of twelve digits nor `*`")))
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

/// How a principal begins that no permission can have: written by somebody else, as JSON.
const FOREIGN: [char; 2] = ['{', '['];

fn principal(tree: &Tree) -> Principal {
    match tree {
        Tree::String(text) => Principal::new(text),
        Tree::Object(kinds) if kinds.len() == 1 => match &kinds["AWS"] {
            Tree::String(text) => Principal::new(text),
            Tree::Array(one) if one.len() == 1 => principal(&one[0]),
            _ => Principal(tree.to_string()),
        },
        _ => Principal(tree.to_string()),
    }
}

/// The only string in what may be a list of one.
fn one(tree: &Tree) -> Option<String> {
    match tree {
        Tree::String(text) => Some(text.clone()),
        Tree::Array(items) if items.len() == 1 => one(&items[0]),
        Tree::Null => None,
        other => Some(other.to_string()),
    }
}

fn condition(statement: &Tree) -> Option<Condition> {
    let (operator, keys) = statement["Condition"].as_object()?.iter().next()?;
    let (key, value) = keys.as_object()?.iter().next()?;
    let value = one(value).unwrap_or_default();
    Some(Condition { key: key.clone(), r#type: operator.clone(), value })
}

fn permission(bus: EventBus, id: StatementId, statement: &Tree) -> CloudwatchEventPermission {
    CloudwatchEventPermission {
        event_bus_name: bus,
        statement_id: id,
        principal: principal(&statement["Principal"]),
        action: one(&statement["Action"]),
        condition: condition(statement),
    }
}

async fn put(aws: &Aws, want: &CloudwatchEventPermission) -> Result<()> {
    let CloudwatchEventPermission { event_bus_name, statement_id, principal, action, condition } =
        want;
    let condition = condition.as_ref().map(|Condition { key, r#type, value }| {
        sdk::Condition::builder().key(key).r#type(r#type).value(value).build()
    });
    aws.events()
        .put_permission()
        .event_bus_name(event_bus_name.as_str())
        .statement_id(statement_id.as_str())
        .principal(&principal.0)
        .action(action.as_deref().unwrap_or("events:PutEvents"))
        .set_condition(condition.transpose()?)
        .send()
        .await?;
    Ok(())
}

impl Resource for CloudwatchEventPermission {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_cloudwatch_event_permission";
    const ID: &'static str = "statement_id";
    const LISTING: Listing = Listing::Never(
        "statements are written as the whole policy of their bus, `aws_cloudwatch_event_bus_policy`",
    );
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = events::POLICY_RETRIES;

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [bus, id] = key.split()?;
        let (bus, id) = (EventBus::new(bus), StatementId::parse(id)?);
        let found = events::bus(aws, bus.as_str()).await?;
        let policy = found.as_ref().as_ref().and_then(|has| has.policy.as_deref());
        let Some(policy) = policy.filter(|text| !text.is_empty()) else { return Ok(None) };
        let policy: Tree = serde_json::from_str(policy)
            .map_err(|error| Mismatch::Invalid(format!("the policy is not valid JSON: {error}")))?;
        let Some(statement) = policy::statement_named(&policy, id.as_str()) else {
            return Ok(None);
        };
        Ok(Some(Live { inputs: permission(bus, id, statement), outputs: Outputs {} }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        put(aws, want).await?;
        Ok(Key::parts([want.event_bus_name.as_str(), want.statement_id.as_str()]))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { event_bus_name, statement_id, .. } = &live.inputs;
        let remove = aws.events().remove_permission().statement_id(statement_id.as_str());
        let removed = remove.event_bus_name(event_bus_name.as_str()).send().await;
        removed.absent_on(events::ABSENT)?;
        Ok(())
    }

    fn shared(key: &Key) -> Option<String> {
        key.all().first().map(|bus| events::policy_of(bus))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_of_aws_is_what_was_asked_for() {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "theirs", "Effect": "Allow", "Principal": { "AWS": ["1", "2"] },
              "Action": "events:PutEvents", "Resource": "*" },
            { "Sid": "ours", "Effect": "Allow",
              "Principal": { "AWS": "arn:aws:iam::111111111111:root" },
              "Action": "events:PutEvents", "Resource": "*",
              "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-abc1234567" } } },
        ] });
        let statement = policy::statement_named(&policy, "ours").unwrap();
        let has = permission(EventBus::new(""), StatementId::parse("ours").unwrap(), statement);
        assert_eq!(has.principal, Principal("111111111111".to_owned()));
        let condition = has.condition.unwrap();
        assert_eq!(condition.key, "aws:PrincipalOrgID");
        assert_eq!(
            (condition.r#type.as_str(), condition.value.as_str()),
            ("StringEquals", "o-abc1234567")
        );
        assert_eq!(policy::statement_named(&policy, "nobody's"), None);
    }

    #[test]
    fn what_others_have_written_can_be_read() {
        let theirs = serde_json::json!({ "AWS": ["111111111111", "222222222222"] });
        let read = principal(&theirs);
        assert_eq!(Principal::decode(&read.encode()).unwrap(), read);
        assert_eq!(principal(&serde_json::json!("*")).0, "*");
        assert!(Principal::decode(&Value::text("o-abc1234567")).is_err());
    }
}
