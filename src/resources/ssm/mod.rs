//! AWS Systems Manager: its Parameter Store.
pub mod parameter;
pub mod parameter_data;

use aws_sdk_ssm::types as sdk;

use crate::aws::{AbsentOn, Aws};
use crate::resources::Result;

const ABSENT: &[&str] = &["ParameterNotFound"];

/// The value of a parameter, decrypted, and what goes with it.
pub(crate) async fn parameter(
    aws: &Aws,
    name: &str,
    decrypted: bool,
) -> Result<Option<sdk::Parameter>> {
    let get = aws.ssm().get_parameter().name(name).with_decryption(decrypted);
    let found = get.send().await.absent_on(ABSENT)?;
    Ok(found.and_then(|found| found.parameter))
}
