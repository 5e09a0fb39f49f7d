//! What the handlers in Lambda are told, and what they decide: their configuration, typed, and what
//! is to be done about an event, from nothing but the two.
//!
//! A function may run on the worst day of a Region, so it asks no other service for its
//! configuration: it carries it in its package, as [`FILE`]. What is wrong with it is found when
//! the package is made.
use crate::attributes;
use crate::lang;
use crate::schema::{Attribute, Problem, Record, conform, fill_defaults};
use crate::value::{Object, Value};

pub mod copier;
pub mod drift;
mod notice;
pub mod responder;

pub use copier::Copier;
pub use drift::Drift;
pub use notice::Notice;
pub use responder::Responder;

/// Name of the file in a package that holds the configuration.
pub const FILE: &str = "drctl.json";

attributes! {
    /// What a package carries for its handlers: a block for each that may be named as `handler` of
    /// a function.
    pub struct Configuration {
        /// For the handler `copier`, which carries copies of recovery points on to other vaults.
        copier: Option<Copier>,
        /// For the handler `drift`, which looks whether AWS still has what a configuration declares.
        drift: Option<Drift>,
        /// For the handler `responder`, which acts on switchovers and failovers.
        responder: Option<Responder>,
    }
}

impl Configuration {
    /// Reads the file that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// All that is wrong with it, one line each.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let value = lang::parse_json(text)
            .map_err(|error| vec![format!("{FILE} is not valid JSON: {error}")])?;
        let Value::Object(object) = &value else {
            return Err(vec![format!("{FILE} holds {}, not an object", value.describe())]);
        };
        let (object, problems) = conform(Self::TABLE, object);
        if !problems.is_empty() {
            return Err(problems.into_iter().map(line).collect());
        }
        let filled = fill_defaults(Self::TABLE, &object);
        let configuration = Self::decode(&Value::Object(filled).revealed())
            .map_err(|mismatch| vec![format!("{FILE}: {mismatch}")])?;
        let problems = configuration.problems();
        if problems.is_empty() { Ok(configuration) } else { Err(problems) }
    }

    /// The file's text: the same for the same configuration.
    ///
    /// # Panics
    /// Never: what is typed is wholly known.
    pub fn to_json(&self) -> String {
        let mut text =
            lang::encode_json(&without_nulls(self.encode())).expect("what is typed is known");
        text.push('\n');
        text
    }

    /// Whether there is nothing for any handler.
    pub fn is_empty(&self) -> bool {
        let Self { copier, drift, responder } = self;
        copier.is_none() && drift.is_none() && responder.is_none()
    }

    /// What no table can say: where parts do not fit each other. Sentences that begin with the name
    /// of the block and have no full stop.
    pub fn problems(&self) -> Vec<String> {
        let Self { copier, drift, responder } = self;
        let mut problems = Vec::new();
        problems.extend(copier.iter().flat_map(Copier::problems).map(|p| format!("copier: {p}")));
        problems.extend(drift.iter().flat_map(Drift::problems).map(|p| format!("drift: {p}")));
        problems.extend(
            responder.iter().flat_map(Responder::problems).map(|p| format!("responder: {p}")),
        );
        problems
    }
}

/// What is not set is not written.
fn without_nulls(value: Value) -> Value {
    let each = |items: Vec<Value>| items.into_iter().map(without_nulls).collect();
    match value {
        Value::Object(object) => Value::Object(object_without_nulls(object)),
        Value::Map(object) => Value::Map(object_without_nulls(object)),
        Value::List(items) => Value::List(each(items)),
        Value::Tuple(items) => Value::Tuple(each(items)),
        leaf => leaf,
    }
}

fn object_without_nulls(object: Object) -> Object {
    let set = object.0.into_iter().filter(|(_, value)| !value.is_null());
    set.map(|(name, value)| (name, without_nulls(value))).collect()
}

fn line(problem: Problem) -> String {
    let Problem { severity: _, path, summary: _, message, hint } = problem;
    let place = if path.is_empty() { String::new() } else { format!(", {}", path.join(".")) };
    let hint = hint.map(|hint| format!(" {hint}")).unwrap_or_default();
    format!("{FILE}{place}: {message}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = r#"{"copier":{"iam_role_arn":"arn:aws:iam::222222222222:role/backup","source":[{"account_id":"111111111111","resource_types":["Aurora","RDS"],"vault_arn":"arn:aws:backup:us-east-1:111111111111:backup-vault:a"}],"staging_expiry_days":0,"staging_vault_arn":"arn:aws:backup:us-east-1:222222222222:backup-vault:b","target":[{"lifecycle":{"delete_after":35},"vault_arn":"arn:aws:backup:us-west-2:222222222222:backup-vault:c"}]}}
"#;
        let configuration = Configuration::parse(text).unwrap();
        assert_eq!(configuration.to_json(), text);
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(Configuration::parse(text).unwrap_err(), expected);
        };
        check("", &["drctl.json is not valid JSON: EOF while parsing a value at line 1 column 0"]);
        check("[]", &["drctl.json holds a tuple, not an object"]);
        check(
            r#"{"copyer": {}}"#,
            &["drctl.json, copyer: An argument named \"copyer\" is not expected here. \
               Did you mean \"copier\"?"],
        );
        let copier = |source: &str| {
            format!(
                r#"{{"copier": {{
                    "source": {source},
                    "staging_vault_arn": "arn:aws:backup:us-east-1:222222222222:backup-vault:b",
                    "target": [{{"vault_arn": "arn:aws:backup:us-west-2:222222222222:backup-vault:c"}}],
                    "iam_role_arn": "arn:aws:iam::222222222222:role/backup"
                }}}}"#
            )
        };
        check(&copier("[]"), &["copier: at least one `source` block is required"]);
        check(
            &copier(r#"[{"account_id": 12, "vault": "x"}]"#),
            &[
                "drctl.json, copier.source.0.account_id: \"12\" is not an account id: twelve digits.",
                "drctl.json, copier.source.0.vault: An argument named \"vault\" is not expected here.",
                "drctl.json, copier.source.0: The argument \"vault_arn\" is required, but no value was set.",
            ],
        );
    }
}
