//! `aws_backup_restore_testing_selection`: what a restore testing plan restores.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::backup::{self, TestingName};
use crate::resources::{Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Identity, Problem, Unordered};
use crate::value::{Object, Value};

attributes! {
    /// What a restore testing plan restores, and by which role.
    pub struct RestoreTestingSelection {
        /// Name of the restore testing plan.
        restore_testing_plan_name: TestingName => key,
        /// Name of the selection, unique in its plan.
        name: TestingName => key,
        /// Type of what is restored: `Aurora`.
        protected_resource_type: String => replaces,
        /// ARN of the role by which AWS Backup restores. It needs what a restore needs, and for
        /// Aurora the right to delete what was restored.
        iam_role_arn: Arn,
        /// ARNs of what is restored, or `*` for all of its type. Give this or
        /// `protected_resource_conditions`.
        protected_resource_arns: BTreeSet<String>,
        /// Tags of what is restored.
        protected_resource_conditions: Option<ProtectedConditions>,
        /// What is restored in another way than AWS would by itself, as
        /// `{ dbSubnetGroupName = "restore" }`. AWS infers what is absent.
        restore_metadata_overrides: BTreeMap<String, String> => aws_decides,
        /// Hours for which what was restored is kept, so that it can be checked, 1 to 168. It is
        /// deleted at once when absent.
        validation_window_hours: Option<i32> => aws_decides,
    }
}

attributes! {
    /// Tags of what is restored; all must be as said.
    pub struct ProtectedConditions {
        /// Tags that must have exactly this value.
        string_equals: Unordered<Condition>,
        /// Tags that must not have this value.
        string_not_equals: Unordered<Condition>,
    }
}

attributes! {
    /// A tag and a value.
    pub struct Condition {
        /// The tag, as `aws:ResourceTag/backup`.
        key: String,
        /// The value.
        value: String,
    }
}

attributes! {
    /// AWS tells nothing more about a selection.
    pub struct Outputs {}
}

fn to_aws(want: &ProtectedConditions) -> Result<sdk::ProtectedResourceConditions> {
    let ProtectedConditions { string_equals, string_not_equals } = want;
    let pairs = |list: &Unordered<Condition>| -> Result<Vec<sdk::KeyValue>> {
        let pair = |Condition { key, value }: &Condition| {
            sdk::KeyValue::builder().key(key).value(value).build()
        };
        Ok(list.0.iter().map(pair).collect::<Result<_, _>>()?)
    };
    Ok(sdk::ProtectedResourceConditions::builder()
        .set_string_equals(Some(pairs(string_equals)?))
        .set_string_not_equals(Some(pairs(string_not_equals)?))
        .build())
}

/// What AWS tells: empty lists where nothing was set.
fn from_aws(told: sdk::ProtectedResourceConditions) -> Option<ProtectedConditions> {
    let list = |told: Option<Vec<sdk::KeyValue>>| {
        let pair = |told: sdk::KeyValue| Condition { key: told.key, value: told.value };
        Unordered(told.unwrap_or_default().into_iter().map(pair).collect::<Vec<_>>())
    };
    let conditions = ProtectedConditions {
        string_equals: list(told.string_equals),
        string_not_equals: list(told.string_not_equals),
    };
    let says = !conditions.string_equals.0.is_empty() || !conditions.string_not_equals.0.is_empty();
    says.then_some(conditions)
}

async fn remove(aws: &Aws, plan: &str, name: &str) -> Result<()> {
    let delete = aws.backup().delete_restore_testing_selection().restore_testing_plan_name(plan);
    let deleted = delete.restore_testing_selection_name(name).send().await;
    deleted.absent_on(backup::ABSENT)?;
    Ok(())
}

/// Names of the selections of a plan.
pub(super) async fn of_plan(aws: &Aws, plan: &str) -> Result<Vec<String>> {
    let list = aws.backup().list_restore_testing_selections().restore_testing_plan_name(plan);
    let mut pages = list.into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let Some(page) = page.absent_on(backup::ABSENT)? else { return Ok(Vec::new()) };
        let all = page.restore_testing_selections.into_iter();
        names.extend(all.map(|selection| selection.restore_testing_selection_name));
    }
    Ok(names)
}

/// Takes all selections of a plan away.
pub(super) async fn remove_all(aws: &Aws, plan: &str) -> Result<()> {
    for name in of_plan(aws, plan).await? {
        remove(aws, plan, &name).await?;
    }
    Ok(())
}

impl Resource for RestoreTestingSelection {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_restore_testing_selection";
    const ID: &'static str = "name";
    const LISTING: Listing = Listing::Within("aws_backup_restore_testing_plan");
    const IDENTITY: Identity = Identity::Child;
    const RETRIES: &'static [Retry] = &[
        Retry { code: "ConflictException", saying: "" },
        // The role was made just before.
        Retry { code: "InvalidParameterValueException", saying: "cannot be assumed" },
    ];

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for plan in within {
            let plan = plan.name()?;
            let list = aws.backup().list_restore_testing_selections();
            let list = list.restore_testing_plan_name(plan).into_paginator();
            let pages = list.send().try_collect().await?;
            let all = pages.into_iter().flat_map(|page| page.restore_testing_selections);
            keys.extend(all.map(|one| Key::parts([plan, &one.restore_testing_selection_name])));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [plan, name] = key.split()?;
        let get = aws.backup().get_restore_testing_selection().restore_testing_plan_name(plan);
        let found = get.restore_testing_selection_name(name).send().await;
        let found = found.absent_on(backup::ABSENT)?;
        let Some(found) = found.and_then(|found| found.restore_testing_selection) else {
            return Ok(None);
        };
        let conditions = found.protected_resource_conditions.and_then(from_aws);
        let mut arns = backup::to_set(found.protected_resource_arns);
        if conditions.is_some() {
            // That all are meant goes without saying then, though AWS may say it.
            arns.remove("*");
        }
        let overrides = found.restore_metadata_overrides.unwrap_or_default();
        Ok(Some(Live {
            inputs: Self {
                restore_testing_plan_name: TestingName::parse(plan)?,
                name: TestingName::parse(name)?,
                protected_resource_type: found.protected_resource_type,
                iam_role_arn: Arn::parse(found.iam_role_arn)?,
                protected_resource_arns: arns,
                protected_resource_conditions: conditions,
                restore_metadata_overrides: overrides.into_iter().collect(),
                validation_window_hours: Some(found.validation_window_hours).filter(|h| *h > 0),
            },
            outputs: Outputs {},
        }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        let plan = live.inputs.restore_testing_plan_name.as_str();
        let get = aws.backup().get_restore_testing_plan().restore_testing_plan_name(plan);
        let found = get.send().await.absent_on(backup::ABSENT)?;
        match found.and_then(|found| found.restore_testing_plan) {
            Some(plan) => Ok(Some(backup::all_tags(aws, &plan.restore_testing_plan_arn).await?)),
            None => Ok(None),
        }
    }

    async fn create(aws: &Aws, want: &Self, token: &Token) -> Result<Key> {
        let Self {
            restore_testing_plan_name: plan,
            name,
            protected_resource_type,
            iam_role_arn,
            protected_resource_arns,
            protected_resource_conditions,
            restore_metadata_overrides,
            validation_window_hours,
        } = want;
        let conditions = protected_resource_conditions.as_ref().map(to_aws).transpose()?;
        let selection = sdk::RestoreTestingSelectionForCreate::builder()
            .restore_testing_selection_name(name.as_str())
            .protected_resource_type(protected_resource_type)
            .iam_role_arn(iam_role_arn.as_str())
            .set_protected_resource_arns(backup::to_list(protected_resource_arns))
            .set_protected_resource_conditions(conditions)
            .set_restore_metadata_overrides(backup::to_map(restore_metadata_overrides))
            .set_validation_window_hours(*validation_window_hours)
            .build()?;
        aws.backup()
            .create_restore_testing_selection()
            .restore_testing_plan_name(plan.as_str())
            .restore_testing_selection(selection)
            .creator_request_id(&token.0)
            .send()
            .await?;
        Ok(Key::parts([plan.as_str(), name.as_str()]))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        let Self {
            restore_testing_plan_name: plan,
            name,
            protected_resource_type: _,
            iam_role_arn,
            protected_resource_arns,
            protected_resource_conditions,
            restore_metadata_overrides,
            validation_window_hours,
        } = want;
        let conditions = protected_resource_conditions.as_ref().map(to_aws).transpose()?;
        let selection = sdk::RestoreTestingSelectionForUpdate::builder()
            .iam_role_arn(iam_role_arn.as_str())
            .set_protected_resource_arns(backup::to_list(protected_resource_arns))
            .set_protected_resource_conditions(conditions)
            .set_restore_metadata_overrides(backup::to_map(restore_metadata_overrides))
            .set_validation_window_hours(*validation_window_hours)
            .build();
        aws.backup()
            .update_restore_testing_selection()
            .restore_testing_plan_name(plan.as_str())
            .restore_testing_selection_name(name.as_str())
            .restore_testing_selection(selection)
            .send()
            .await?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { restore_testing_plan_name: plan, name, .. } = &live.inputs;
        remove(aws, plan.as_str(), name.as_str()).await
    }

    fn check(want: &Object) -> Vec<Problem> {
        let set = |name| want.get(name) != &Value::Null;
        if set("protected_resource_arns") != set("protected_resource_conditions") {
            return Vec::new();
        }
        let message = "Say what is restored by exactly one of `protected_resource_arns` and \
                       `protected_resource_conditions`.";
        vec![Problem::error(&[], "Invalid selection", message)]
    }
}
