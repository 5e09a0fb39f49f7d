//! `data "aws_iam_role"`: looks up a role by name.
use aws_smithy_types::date_time::Format;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::iam::{self, RoleName};
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Arn, Given, Placement};

attributes! {
    /// Looks up a role that others manage, such as the one that AWS Backup acts as.
    pub struct IamRoleData {
        /// Name of the role.
        name: RoleName,
    }
}

attributes! {
    /// What AWS tells about a role.
    pub struct Told {
        /// ARN of the role.
        arn: Arn,
        /// Who may act as the role, as JSON.
        assume_role_policy: String,
        /// When it was made.
        create_date: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Seconds that a session may last.
        max_session_duration: i64,
        /// Path in front of the name.
        path: String,
        /// Policy that bounds what the role can be allowed.
        permissions_boundary: Option<String>,
        /// When and where it was last used, if it was.
        role_last_used: Vec<LastUsed>,
        /// Tags of the role.
        tags: Tags,
        /// AWS's own id of the role.
        unique_id: String,
    }
}

attributes! {
    /// When and where a role was last used.
    pub struct LastUsed {
        /// When.
        last_used_date: Option<String>,
        /// In which Region.
        region: Option<String>,
    }
}

impl DataSource for IamRoleData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_iam_role";
    const ID: &'static str = "name";
    const PLACEMENT: Placement = Placement::Global;

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self { name } = want;
        let role = iam::role(aws, name.as_str()).await?.ok_or_else(|| {
            let account = &aws.scope.account;
            Error::NotFound(format!("there is no role {:?} in account {account}", name.as_str()))
        })?;
        let document = role.assume_role_policy_document.given("AssumeRolePolicyDocument")?;
        let tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        let used = role.role_last_used.filter(|used| used.last_used_date.is_some());
        Ok(Told {
            arn: Arn::parse(role.arn)?,
            assume_role_policy: iam::decoded(&document)?,
            create_date: role.create_date.fmt(Format::DateTime).ok(),
            description: role.description,
            max_session_duration: role.max_session_duration.map_or(3600, i64::from),
            path: role.path,
            permissions_boundary: role
                .permissions_boundary
                .and_then(|boundary| boundary.permissions_boundary_arn),
            role_last_used: used
                .into_iter()
                .map(|used| LastUsed {
                    last_used_date: used.last_used_date.and_then(|d| d.fmt(Format::DateTime).ok()),
                    region: used.region,
                })
                .collect(),
            tags: Tags::from_aws(tags),
            unique_id: role.role_id,
        })
    }
}
