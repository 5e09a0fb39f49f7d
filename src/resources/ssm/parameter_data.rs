//! `data "aws_ssm_parameter"`: looks up a value by name.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::ssm;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Given};

attributes! {
    /// Looks up a parameter that others manage, one of AWS's own (`/aws/service/...`) among them.
    pub struct SsmParameterData {
        /// Name of the parameter, or its ARN if another account shares it; a version or label may
        /// follow behind `:`.
        name: String,
        /// Whether the value of a `SecureString` is decrypted.
        with_decryption: bool => default_bool(true),
    }
}

attributes! {
    /// What AWS tells about a parameter.
    pub struct Told {
        /// ARN of the parameter.
        arn: Arn,
        /// `String`, `StringList` or `SecureString`.
        r#type: String,
        /// The value. It is never shown, whatever the type.
        value: String => sensitive,
        /// The value where it is no secret: of a `SecureString` there is none.
        insecure_value: Option<String>,
        /// How often it was written.
        version: i64,
    }
}

impl DataSource for SsmParameterData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_ssm_parameter";
    const ID: &'static str = "name";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self { name, with_decryption } = want;
        let found = ssm::parameter(aws, name, *with_decryption).await?;
        let has = found.ok_or_else(|| {
            Error::NotFound(format!("there is no parameter {name:?} in {}", aws.scope))
        })?;
        let (kind, value) = (has.r#type.given("Type")?, has.value.given("Value")?);
        let is_secret = kind == aws_sdk_ssm::types::ParameterType::SecureString;
        Ok(Told {
            arn: Arn::parse(has.arn.given("ARN")?)?,
            r#type: kind.as_str().to_owned(),
            insecure_value: (!is_secret).then(|| value.clone()),
            value,
            version: has.version,
        })
    }
}
