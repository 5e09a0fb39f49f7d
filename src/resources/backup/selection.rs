//! `aws_backup_selection`: what a backup plan backs up.
use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_backup::types as sdk;

use crate::attributes;
use crate::aws::{Aws, AwsError};
use crate::resources::backup::{self, PartName};
use crate::resources::{Alike, Key, Listing, Live, ParentTags, Resource, Result, Retry, Token};
use crate::schema::{Arn, Given, Identity, Problem, Unordered};
use crate::text_type;
use crate::value::Object;

attributes! {
    /// What a backup plan backs up, and by which role.
    ///
    /// AWS cannot change a selection, so each change replaces it. The new one comes first: there is
    /// no moment at which a scheduled backup would find nothing to do, and if AWS refuses the new
    /// one the old one stays.
    pub struct BackupSelection {
        /// Id of the plan.
        plan_id: String => key,
        /// Name of the selection. AWS lets several of one plan share a name; drctl does not.
        name: PartName => key,
        /// ARN of the role by which AWS Backup works.
        iam_role_arn: Arn => replaces,
        /// ARNs of what is backed up; `*` stands for any characters.
        resources: BTreeSet<String> => replaces,
        /// ARNs of what is not backed up, though it is selected otherwise.
        not_resources: BTreeSet<String> => replaces,
        /// Tags by which more is selected: whatever has one of them.
        selection_tag: Unordered<SelectionTag> => replaces,
        /// What must hold of all that is selected, each condition of it.
        condition: Option<Conditions> => replaces,
    }
}

attributes! {
    /// A tag by which something is selected.
    pub struct SelectionTag {
        /// Key of the tag.
        key: String,
        /// How it is compared: `STRINGEQUALS`.
        r#type: TagComparison,
        /// Value of the tag; upper and lower case count.
        value: String,
    }
}

attributes! {
    /// What must hold of all that is selected.
    pub struct Conditions {
        /// Tags that must have exactly this value.
        string_equals: Unordered<Condition>,
        /// Tags that must not have this value.
        string_not_equals: Unordered<Condition>,
        /// Tags whose value must be like this one, in which `*` stands for any characters.
        string_like: Unordered<Condition>,
        /// Tags whose value must not be like this one.
        string_not_like: Unordered<Condition>,
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
    /// What AWS tells about a selection.
    pub struct Outputs {
        /// Id that AWS gave to the selection.
        id: String,
    }
}

text_type! {
    /// How a tag is compared.
    pub struct TagComparison, |s| s == "STRINGEQUALS", "`STRINGEQUALS`, the only way there is";
}

/// Whether an answer means that the plan, or the selection, is not there.
fn is_absent(error: &AwsError) -> bool {
    error.is(backup::ABSENT)
        || (error.is(&["InvalidParameterValueException"])
            && error.message.contains("Cannot find Backup plan"))
}

/// The selections of a plan, asked for once for all of them.
pub(super) async fn of_plan(
    aws: &Aws,
    plan: &str,
) -> Result<Arc<Vec<sdk::BackupSelectionsListMember>>> {
    let selections = aws.asked(plan, async || {
        let list = aws.backup().list_backup_selections().backup_plan_id(plan);
        match list.into_paginator().send().try_collect().await.map_err(AwsError::from) {
            Ok(pages) => {
                let pages = pages.into_iter();
                let all = pages.flat_map(|page| page.backup_selections_list.unwrap_or_default());
                Ok(all.collect::<Vec<_>>())
            }
            Err(error) if is_absent(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    });
    Ok(selections.await?)
}

async fn remove(aws: &Aws, plan: &str, selection: &str) -> Result<()> {
    let delete = aws.backup().delete_backup_selection().backup_plan_id(plan);
    match delete.selection_id(selection).send().await.map_err(AwsError::from) {
        Err(error) if !is_absent(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Takes all selections of a plan away.
pub(super) async fn remove_all(aws: &Aws, plan: &str) -> Result<()> {
    for selection in of_plan(aws, plan).await?.iter().filter_map(|one| one.selection_id()) {
        remove(aws, plan, selection).await?;
    }
    Ok(())
}

fn to_conditions(list: &Unordered<Condition>) -> Option<Vec<sdk::ConditionParameter>> {
    let condition = |Condition { key, value }: &Condition| {
        sdk::ConditionParameter::builder().condition_key(key).condition_value(value).build()
    };
    (!list.0.is_empty()).then(|| list.0.iter().map(condition).collect())
}

fn from_conditions(told: Option<Vec<sdk::ConditionParameter>>) -> Unordered<Condition> {
    let condition = |told: sdk::ConditionParameter| {
        Some(Condition { key: told.condition_key?, value: told.condition_value? })
    };
    Unordered(told.unwrap_or_default().into_iter().filter_map(condition).collect())
}

fn to_aws(want: &BackupSelection) -> Result<sdk::BackupSelection> {
    let BackupSelection {
        plan_id: _,
        name,
        iam_role_arn,
        resources,
        not_resources,
        selection_tag,
        condition,
    } = want;
    let tags = selection_tag.0.iter().map(|SelectionTag { key, r#type, value }| {
        sdk::Condition::builder()
            .condition_key(key)
            .condition_type(r#type.as_str().into())
            .condition_value(value)
            .build()
    });
    let tags: Vec<_> = tags.collect::<Result<_, _>>()?;
    let conditions = condition.as_ref().map(|conditions| {
        let Conditions { string_equals, string_not_equals, string_like, string_not_like } =
            conditions;
        sdk::Conditions::builder()
            .set_string_equals(to_conditions(string_equals))
            .set_string_not_equals(to_conditions(string_not_equals))
            .set_string_like(to_conditions(string_like))
            .set_string_not_like(to_conditions(string_not_like))
            .build()
    });
    Ok(sdk::BackupSelection::builder()
        .selection_name(name.as_str())
        .iam_role_arn(iam_role_arn.as_str())
        .set_resources(backup::to_list(resources))
        .set_not_resources(backup::to_list(not_resources))
        .set_list_of_tags((!tags.is_empty()).then_some(tags))
        .set_conditions(conditions)
        .build()?)
}

/// What AWS tells of a selection. It tells of empty lists and conditions where nothing was set.
fn from_aws(plan: &str, told: sdk::BackupSelection) -> Result<BackupSelection> {
    let tags = told.list_of_tags.unwrap_or_default().into_iter().map(|tag| {
        Ok(SelectionTag {
            key: tag.condition_key,
            r#type: TagComparison::parse(tag.condition_type.as_str())?,
            value: tag.condition_value,
        })
    });
    let conditions = told.conditions.map(|told| Conditions {
        string_equals: from_conditions(told.string_equals),
        string_not_equals: from_conditions(told.string_not_equals),
        string_like: from_conditions(told.string_like),
        string_not_like: from_conditions(told.string_not_like),
    });
    let says = |conditions: &Conditions| {
        let Conditions { string_equals, string_not_equals, string_like, string_not_like } =
            conditions;
        [string_equals, string_not_equals, string_like, string_not_like]
            .iter()
            .any(|conditions| !conditions.0.is_empty())
    };
    Ok(BackupSelection {
        plan_id: plan.to_owned(),
        name: PartName::parse(told.selection_name)?,
        iam_role_arn: Arn::parse(told.iam_role_arn)?,
        resources: backup::to_set(told.resources),
        not_resources: backup::to_set(told.not_resources),
        selection_tag: Unordered(tags.collect::<Result<_>>()?),
        condition: conditions.filter(says),
    })
}

impl Resource for BackupSelection {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_backup_selection";
    const ID: &'static str = "id";
    const LISTING: Listing = Listing::Within("aws_backup_plan");
    const IDENTITY: Identity = Identity::Listed;
    const CREATED_FIRST: bool = true;
    const RETRIES: &'static [Retry] = &[
        // The role, or its policy, was made just before.
        Retry { code: "InvalidParameterValueException", saying: "cannot be assumed" },
        Retry { code: "InvalidParameterValueException", saying: "is not authorized to call" },
    ];

    async fn list(aws: &Aws, within: &[Key]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        for plan in within {
            let plan = plan.name()?;
            let all = of_plan(aws, plan).await?;
            let ids = all.iter().filter_map(|one| one.selection_id());
            keys.extend(ids.map(|id| Key::parts([plan, id])));
        }
        Ok(keys)
    }

    async fn alike(aws: &Aws, want: &Object) -> Result<Vec<Alike>> {
        let text = |name| want.get(name).as_str();
        let (Some(plan), Some(name)) = (text("plan_id"), text("name")) else {
            return Ok(Vec::new());
        };
        let selections = of_plan(aws, plan).await?;
        let named = selections.iter().filter(|one| one.selection_name() == Some(name));
        let alike = |one: &sdk::BackupSelectionsListMember| {
            let key = Key::parts([plan, one.selection_id()?]);
            Some(Alike { key, token: one.creator_request_id.clone() })
        };
        Ok(named.filter_map(alike).collect())
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [plan, id] = key.split()?;
        let get = aws.backup().get_backup_selection().backup_plan_id(plan).selection_id(id);
        let found = match get.send().await.map_err(AwsError::from) {
            Ok(found) => found.backup_selection.given("BackupSelection")?,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let outputs = Outputs { id: id.to_owned() };
        Ok(Some(Live { inputs: from_aws(plan, found)?, outputs }))
    }

    async fn parent_tags(aws: &Aws, live: &Live<Self>) -> Result<Option<ParentTags>> {
        let (id, scope) = (&live.inputs.plan_id, &aws.scope);
        let (partition, region, account) = (aws.partition(), &scope.region, &scope.account);
        let arn = format!("arn:{partition}:backup:{region}:{account}:backup-plan:{id}");
        Ok(Some(backup::all_tags(aws, &arn).await?))
    }

    async fn create(aws: &Aws, want: &Self, token: &Token) -> Result<Key> {
        let created = aws
            .backup()
            .create_backup_selection()
            .backup_plan_id(&want.plan_id)
            .backup_selection(to_aws(want)?)
            .creator_request_id(&token.0)
            .send()
            .await?;
        Ok(Key::parts([want.plan_id.as_str(), &created.selection_id.given("SelectionId")?]))
    }

    async fn update(_aws: &Aws, _live: &Live<Self>, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        remove(aws, &live.inputs.plan_id, &live.outputs.id).await
    }

    fn check(want: &Object) -> Vec<Problem> {
        let selects = ["resources", "selection_tag", "condition"];
        if selects.iter().any(|name| !want.get(name).is_null()) {
            return Vec::new();
        }
        let message = "The selection names no resources, tags or conditions: AWS Backup takes \
                       everything of the Region that it can back up.";
        let hint = "Name what is meant by `resources`, `selection_tag` or `condition`.";
        vec![Problem::warning(&[], "Everything is backed up", message).hint(hint)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_was_not_set() {
        let told = sdk::BackupSelection::builder()
            .selection_name("a")
            .iam_role_arn("arn:aws:iam::111111111111:role/backup")
            .set_resources(Some(Vec::new()))
            .set_not_resources(Some(Vec::new()))
            .set_list_of_tags(Some(Vec::new()))
            .conditions(
                sdk::Conditions::builder()
                    .set_string_equals(Some(Vec::new()))
                    .set_string_like(Some(Vec::new()))
                    .build(),
            )
            .build()
            .unwrap();
        let found = from_aws("p", told).unwrap();
        assert_eq!(found.condition, None);
        let empty = (found.resources.len(), found.not_resources.len(), found.selection_tag.0.len());
        assert_eq!(empty, (0, 0, 0));
        let sent = to_aws(&found).unwrap();
        assert_eq!((sent.resources, sent.list_of_tags, sent.conditions), (None, None, None));
    }
}
