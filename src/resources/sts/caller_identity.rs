//! `data "aws_caller_identity"`: who makes the calls.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::{DataSource, Result};
use crate::schema::{Arn, Given};

attributes! {
    /// Tells the account and the identity that the provider's credentials belong to.
    pub struct CallerIdentity {}
}

attributes! {
    /// Who makes the calls.
    pub struct Told {
        /// Number of the account.
        account_id: String,
        /// ARN of the user or of the role's session.
        arn: Arn,
        /// AWS's own id of the user or role.
        user_id: String,
    }
}

impl DataSource for CallerIdentity {
    type Outputs = Told;
    const TYPE: &'static str = "aws_caller_identity";
    const ID: &'static str = "account_id";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self {} = want;
        let identity = aws.sts().get_caller_identity().send().await?;
        Ok(Told {
            account_id: identity.account.given("Account")?,
            arn: Arn::parse(identity.arn.given("Arn")?)?,
            user_id: identity.user_id.given("UserId")?,
        })
    }
}
