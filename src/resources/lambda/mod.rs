//! AWS Lambda.
use crate::aws::Aws;
use crate::resources::{ParentTags, Result};
use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

pub mod event_invoke_config;
pub mod function;
mod package;
pub mod permission;
mod receive;
mod send;

/// The name of a function of the provider's account and Region. An ARN is taken for the name in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName(String);

impl FunctionName {
    /// Takes a name, or an ARN, whole or in part, without a version or alias.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, Mismatch> {
        let name = text.split_once(":function:").map_or(text, |(_, name)| name);
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if let Some((_, qualifier)) = name.split_once(':') {
            let rule = format!("give the version or alias {qualifier:?} as `qualifier` instead");
            return Err(Mismatch::Invalid(rule));
        }
        if !(1..=64).contains(&name.len()) || !name.bytes().all(letter) {
            let rule = "a function's name: 1 to 64 letters, digits, `-` or `_`";
            return Err(Mismatch::Invalid(format!("{name:?} is not {rule}")));
        }
        Ok(Self(name.to_owned()))
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands behind the name of a function in an ARN: a version or alias, if it is not the function
/// itself.
fn qualifier(arn: &str) -> &str {
    let (_, name) = arn.split_once(":function:").unwrap_or_default();
    name.split_once(':').map_or("", |(_, qualifier)| qualifier).trim_start_matches("$LATEST")
}

/// Tags of a function, AWS's own among them.
async fn function_tags(aws: &Aws, name: &FunctionName) -> Result<ParentTags> {
    let (partition, scope) = (aws.partition(), &aws.scope);
    let (region, account) = (&scope.region, &scope.account);
    let arn = format!("arn:{partition}:lambda:{region}:{account}:function:{}", name.as_str());
    let ask = async {
        let list = aws.lambda().list_tags().resource(&arn).send().await?;
        Ok(list.tags.unwrap_or_default().into_iter().collect())
    };
    Ok(aws.tags(&arn, ask).await?)
}

impl Attribute for FunctionName {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Self::parse(&String::decode(value)?)
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, name: Option<&str>) {
        let parsed = FunctionName::parse(given).ok();
        assert_eq!(parsed.as_ref().map(FunctionName::as_str), name, "{given}");
    }

    #[test]
    fn an_arn_means_the_name_in_it() {
        check("responder", Some("responder"));
        check("arn:aws:lambda:us-east-1:111111111111:function:responder", Some("responder"));
        check("111111111111:function:responder", Some("responder"));
        check("arn:aws:lambda:us-east-1:111111111111:function:responder:live", None);
        check("", None);
        check("re spond", None);
    }
}
