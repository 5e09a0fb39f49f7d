//! `aws_iam_role_policy`: a policy that is written into a role.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::iam::{self, PolicyName, RoleName};
use crate::resources::policy::Policy;
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Identity, Placement};

attributes! {
    /// A policy that is written into a role and goes with it.
    pub struct IamRolePolicy {
        /// Name of the role.
        role: RoleName => key,
        /// Name of the policy, unique in the role.
        name: PolicyName => key,
        /// What it allows.
        policy: Policy,
    }
}

attributes! {
    /// AWS tells nothing more about it.
    pub struct Outputs {}
}

impl Resource for IamRolePolicy {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_iam_role_policy";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::Within("aws_iam_role");
    const PLACEMENT: Placement = Placement::Global;
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = iam::RETRIES;

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for role in within {
            let role = role.name()?;
            let names = iam::inline(aws, role).await?;
            keys.extend(names.iter().map(|name| Key::parts([role, name])));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [role, name] = key.split()?;
        let Some(policy) = iam::inline_policy(aws, role, name).await? else { return Ok(None) };
        let (role, name) = (RoleName::parse(role)?, PolicyName::parse(name)?);
        Ok(Some(Live { inputs: Self { role, name, policy }, outputs: Outputs {} }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        iam::role_tags(aws, live.inputs.role.as_str()).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let Self { role, name, policy } = want;
        iam::put_inline(aws, role.as_str(), name.as_str(), policy).await?;
        Ok(Key::parts([role.as_str(), name.as_str()]))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { role, name, policy } = want;
        iam::put_inline(aws, role.as_str(), name.as_str(), policy).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        iam::delete_inline(aws, live.inputs.role.as_str(), live.inputs.name.as_str()).await
    }
}
