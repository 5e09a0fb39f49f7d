//! Data source `aws_backup_plan`: a backup plan by its id.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::backup::plan::{self, AdvancedBackupSetting};
use crate::resources::backup::rule::Rule;
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Live, Result};
use crate::schema::{Arn, Unordered};

attributes! {
    /// Looks up a backup plan that something else manages.
    pub struct BackupPlanData {
        /// Id of the plan.
        plan_id: String,
    }
}

attributes! {
    /// What AWS tells about a plan.
    pub struct Told {
        /// ARN of the plan.
        arn: Arn,
        /// Name of the plan.
        name: String,
        /// Its rules.
        rule: Unordered<Rule>,
        /// Options for single types of resources.
        advanced_backup_setting: Unordered<AdvancedBackupSetting>,
        /// Its version.
        version: String,
        /// Tags of the plan.
        tags: Tags,
    }
}

impl DataSource for BackupPlanData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_backup_plan";
    const ID: &'static str = "plan_id";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let id = &want.plan_id;
        let Some(Live { inputs, outputs }) = plan::found(aws, id).await? else {
            let why = format!("there is no backup plan {id:?} in {}", aws.scope.region);
            return Err(Error::NotFound(why));
        };
        Ok(Told {
            arn: outputs.arn,
            name: inputs.name,
            rule: inputs.rule,
            advanced_backup_setting: inputs.advanced_backup_setting,
            version: outputs.version,
            tags: inputs.tags,
        })
    }
}
