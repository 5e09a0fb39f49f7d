//! `aws_backup_framework`: watches whether backups are as they should be.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::{self, AuditName};
use crate::resources::tags::Tags;
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token, differing};
use crate::schema::{Arn, Given, Problem, Timeouts, Unordered};
use crate::value::{Object, Readiness};

attributes! {
    /// A framework of AWS Backup Audit Manager: controls that say whether backups are as they should
    /// be. It needs AWS Config to record the resources in question.
    pub struct Framework {
        /// Name of the framework, unique in its account and Region.
        name: AuditName => key,
        /// What the framework is for. AWS cannot take it away again: it stays when absent.
        description: Option<String> => aws_decides,
        /// The controls, at least one.
        control: Unordered<Control>,
        /// Tags of the framework.
        tags: Tags,
    }
}

attributes! {
    /// A control of a framework.
    pub struct Control {
        /// Name of the control, as `BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK`.
        name: String,
        /// Parameters of the control. AWS takes defaults for those that are not named.
        input_parameter: Unordered<InputParameter> => partial,
        /// What the control looks at.
        scope: Option<Scope> => aws_decides,
    }
}

attributes! {
    /// A parameter of a control.
    pub struct InputParameter {
        /// Name of the parameter, as `requiredRetentionDays`.
        name: Option<String>,
        /// Its value.
        value: Option<String>,
    }
}

attributes! {
    /// What a control looks at.
    pub struct Scope {
        /// Ids of single resources.
        compliance_resource_ids: BTreeSet<String> => aws_decides,
        /// Types of resources, as `Aurora`.
        compliance_resource_types: BTreeSet<String> => aws_decides,
        /// One tag that resources must have.
        tags: BTreeMap<String, String>,
    }
}

attributes! {
    /// What AWS tells about a framework.
    pub struct Outputs {
        /// ARN of the framework.
        arn: Arn,
        /// When it was created.
        creation_time: Option<String>,
        /// Whether it is deployed: `COMPLETED` if so.
        deployment_status: String,
        /// Whether it works: `ACTIVE`, `PARTIALLY_ACTIVE`, `INACTIVE` or `UNAVAILABLE`, according to
        /// what AWS Config records.
        status: Option<String>,
    }
}

fn to_aws(control: &Control) -> Result<sdk::FrameworkControl> {
    let Control { name, input_parameter, scope } = control;
    let parameters = input_parameter.0.iter().map(|InputParameter { name, value }| {
        sdk::ControlInputParameter::builder()
            .set_parameter_name(name.clone())
            .set_parameter_value(value.clone())
            .build()
    });
    let parameters: Vec<_> = parameters.collect();
    let scope = scope.as_ref().map(|scope| {
        let Scope { compliance_resource_ids, compliance_resource_types, tags } = scope;
        sdk::ControlScope::builder()
            .set_compliance_resource_ids(backup::to_list(compliance_resource_ids))
            .set_compliance_resource_types(backup::to_list(compliance_resource_types))
            .set_tags(backup::to_map(tags))
            .build()
    });
    Ok(sdk::FrameworkControl::builder()
        .control_name(name)
        .set_control_input_parameters((!parameters.is_empty()).then_some(parameters))
        .set_control_scope(scope)
        .build()?)
}

fn from_aws(told: sdk::FrameworkControl) -> Control {
    let parameter = |told: sdk::ControlInputParameter| InputParameter {
        name: told.parameter_name,
        value: told.parameter_value,
    };
    let parameters = told.control_input_parameters.unwrap_or_default().into_iter();
    Control {
        name: told.control_name,
        input_parameter: Unordered(parameters.map(parameter).collect()),
        scope: told.control_scope.map(|scope| Scope {
            compliance_resource_ids: backup::to_set(scope.compliance_resource_ids),
            compliance_resource_types: backup::to_set(scope.compliance_resource_types),
            tags: scope.tags.unwrap_or_default().into_iter().collect(),
        }),
    }
}

fn controls(want: &Framework) -> Result<Vec<sdk::FrameworkControl>> {
    want.control.0.iter().map(to_aws).collect()
}

impl Resource for Framework {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_framework";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::All;
    const TIMEOUTS: Timeouts = Timeouts::minutes(3);
    const RETRIES: &'static [Retry] = &[
        // AWS changes one framework at a time.
        Retry { code: "ConflictException", saying: "" },
    ];

    fn key_of(arn: &str) -> Option<Key> {
        backup::named_in(arn, ":framework:")
    }

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let pages = aws.backup().list_frameworks().into_paginator().send().try_collect().await?;
        let all = pages.into_iter().flat_map(|page| page.frameworks.unwrap_or_default());
        Ok(all.filter_map(|one| one.framework_name.map(Key::only)).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = AuditName::parse(key.name()?)?;
        let describe = aws.backup().describe_framework().framework_name(name.as_str());
        let Some(found) = describe.send().await.absent_on(backup::ABSENT)? else {
            return Ok(None);
        };
        let arn = Arn::parse(found.framework_arn.given("FrameworkArn")?)?;
        let tags = backup::tags(aws, arn.as_str()).await?;
        let controls = found.framework_controls.unwrap_or_default().into_iter();
        Ok(Some(Live {
            inputs: Self {
                name,
                description: backup::filled(found.framework_description),
                control: Unordered(controls.map(from_aws).collect()),
                tags,
            },
            outputs: Outputs {
                arn,
                creation_time: backup::text_of(found.creation_time),
                deployment_status: found.deployment_status.unwrap_or_default(),
                status: backup::filled(found.framework_status),
            },
        }))
    }

    async fn create(aws: &Aws, want: &Self, token: &Token) -> Result<Key> {
        let Self { name, description, control: _, tags } = want;
        aws.backup()
            .create_framework()
            .framework_name(name.as_str())
            .set_framework_description(description.clone())
            .set_framework_controls(Some(controls(want)?))
            .set_framework_tags(Some(tags.to_map()))
            .idempotency_token(&token.0)
            .send()
            .await?;
        Ok(Key::only(name.as_str()))
    }

    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let Self { name, description, control: _, tags } = want;
        if differing(&live.inputs, want).iter().any(|name| *name != "tags") {
            aws.backup()
                .update_framework()
                .framework_name(name.as_str())
                .set_framework_description(description.clone())
                .set_framework_controls(Some(controls(want)?))
                .send()
                .await?;
        }
        backup::retag(aws, live.outputs.arn.as_str(), &live.inputs.tags, tags).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let delete = aws.backup().delete_framework().framework_name(live.inputs.name.as_str());
        delete.send().await.absent_on(backup::ABSENT)?;
        Ok(())
    }

    fn check(want: &Object) -> Vec<Problem> {
        if !want.get("control").is_null() {
            return Vec::new();
        }
        let message = "A framework needs at least one control.";
        vec![Problem::error(&[], "Missing required block", message)]
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        backup::deployed(&live.outputs.deployment_status)
    }
}
