//! Where the secret of a webhook is.
use crate::aws::Aws;
use crate::handlers::{Error, Result};

/// A secret. It has no `Debug`, so that it cannot be logged by mistake.
pub struct Secret(Vec<u8>);

impl Secret {
    /// What it is.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn new(value: Option<String>, place: &str) -> Result<Self> {
        match value.filter(|value| !value.is_empty()) {
            Some(value) => Ok(Self(value.into_bytes())),
            None => Err(Error::Configuration(format!("there is no secret in {place}"))),
        }
    }
}

/// In a variable of the function.
pub(super) fn variable(name: &str) -> Result<Secret> {
    Secret::new(std::env::var(name).ok(), &format!("the environment variable {name}"))
}

/// In a parameter of Systems Manager.
pub(super) async fn parameter(aws: &Aws, name: &str) -> Result<Secret> {
    let told = aws.ssm().get_parameter().name(name).with_decryption(true).send().await?;
    Secret::new(told.parameter.and_then(|parameter| parameter.value), name)
}

/// In Secrets Manager.
pub(super) async fn stored(aws: &Aws, arn: &str) -> Result<Secret> {
    let told = aws.secrets().get_secret_value().secret_id(arn).send().await?;
    Secret::new(told.secret_string, arn)
}
