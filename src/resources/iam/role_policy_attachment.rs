//! `aws_iam_role_policy_attachment`: gives a role a policy that exists on its own.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::iam::{self, RoleName};
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Identity, Placement};

attributes! {
    /// Gives a role a policy, AWS's or one of your own.
    pub struct IamRolePolicyAttachment {
        /// Name of the role.
        role: RoleName => key,
        /// ARN of the policy.
        policy_arn: Arn => key,
    }
}

attributes! {
    /// AWS tells nothing more about it.
    pub struct Outputs {}
}

impl Resource for IamRolePolicyAttachment {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_iam_role_policy_attachment";
    const ID: &'static str = "policy_arn";
    const LISTING: Listing = Listing::Within("aws_iam_role");
    const PLACEMENT: Placement = Placement::Global;
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = iam::RETRIES;

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for role in within {
            let role = role.name()?;
            let attached = iam::attached(aws, role).await?.unwrap_or_default();
            keys.extend(attached.iter().map(|policy| Key::parts([role, policy.as_str()])));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [role, policy] = key.split()?;
        let policy_arn = Arn::parse(policy)?;
        let attached = iam::attached(aws, role).await?.unwrap_or_default();
        if !attached.contains(&policy_arn) {
            return Ok(None);
        }
        let inputs = Self { role: RoleName::parse(role)?, policy_arn };
        Ok(Some(Live { inputs, outputs: Outputs {} }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        iam::role_tags(aws, live.inputs.role.as_str()).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self { role, policy_arn } = want;
        iam::attach(aws, role.as_str(), policy_arn).await?;
        Ok(Key::parts([role.as_str(), policy_arn.as_str()]))
    }

    async fn update(_aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        // Both attributes are its key, so there is nothing that could differ.
        let Self { role: _, policy_arn: _ } = want;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        iam::detach(aws, live.inputs.role.as_str(), &live.inputs.policy_arn).await
    }
}
