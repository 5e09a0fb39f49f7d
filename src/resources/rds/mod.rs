//! Amazon RDS: Aurora clusters, their instances, and the global databases that join them.
//!
//! Each kind of thing has one helper here that finds it by its name, from a listing while a plan is
//! read and from a call of its own otherwise. Resources and data sources both go through it.
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_rds::types;

use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::Result;
use crate::resources::tags::{TagChanges, Tags};
use crate::schema::Attribute;

pub mod cluster;
pub mod cluster_data;
pub mod cluster_instance;
pub mod cluster_parameter_group;
pub mod engine_version_data;
pub mod event_subscription;
pub mod global_cluster;
pub mod instance_data;
mod membership;
pub mod orderable_instance_data;
pub mod parameter_group;
mod parameters;
mod presign;
pub mod subnet_group;
mod upgrade;
mod values;
mod version;

pub use membership::{Member, Membership, members, status};
pub use parameters::{Parameter, ParameterValue};
pub use values::{EngineMode, KmsKey, NetworkType, StorageType, Window, Zones};
pub use version::EngineVersion;

/// A helper that finds a thing by its name: one listing serves all while a plan is read.
macro_rules! by_name {
    ($( $(#[$doc:meta])*
        $found:ident of $all:ident: $thing:ident, $describe:ident($name:ident) -> $field:ident,
        absent on $absent:expr; )*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// When AWS cannot be asked.
        pub async fn $found(aws: &Aws, name: &str) -> Result<Option<types::$thing>> {
            let rds = aws.rds();
            let fetch = || async {
                let pages = rds.$describe().into_paginator().items().send();
                pages.try_collect().await.map_err(AwsError::from)
            };
            if let Some(all) = aws.listed(fetch).await {
                let named = |thing: &&types::$thing| thing.$field.as_deref() == Some(name);
                return Ok(all?.iter().find(named).cloned());
            }
            let pages = rds.$describe().$name(name).into_paginator().items().send();
            let found: Option<Vec<types::$thing>> =
                pages.try_collect().await.absent_on($absent)?;
            Ok(found.unwrap_or_default().into_iter().next())
        }

        /// All of them in this account and Region.
        ///
        /// # Errors
        /// When AWS cannot be asked.
        pub async fn $all(aws: &Aws) -> Result<Arc<Vec<types::$thing>>> {
            let rds = aws.rds();
            let all = aws.asked("", || async {
                let pages = rds.$describe().into_paginator().items().send();
                pages.try_collect().await.map_err(AwsError::from)
            });
            Ok(all.await?)
        }
    )* };
}

by_name! {
    /// The global cluster of that identifier, as far as the Region of `aws` can see it.
    global_cluster of global_clusters: GlobalCluster, describe_global_clusters(global_cluster_identifier)
        -> global_cluster_identifier, absent on &["GlobalClusterNotFoundFault"];
    /// The cluster of that identifier.
    cluster of clusters: DbCluster, describe_db_clusters(db_cluster_identifier)
        -> db_cluster_identifier, absent on &["DBClusterNotFoundFault"];
    /// The instance of that identifier.
    instance of instances: DbInstance, describe_db_instances(db_instance_identifier)
        -> db_instance_identifier, absent on &["DBInstanceNotFound"];
    /// The subnet group of that name.
    subnet_group of subnet_groups: DbSubnetGroup, describe_db_subnet_groups(db_subnet_group_name)
        -> db_subnet_group_name, absent on &["DBSubnetGroupNotFoundFault"];
    /// The parameter group for clusters of that name.
    cluster_parameter_group of cluster_parameter_groups: DbClusterParameterGroup,
        describe_db_cluster_parameter_groups(db_cluster_parameter_group_name)
        -> db_cluster_parameter_group_name,
        absent on &["DBParameterGroupNotFound", "DBClusterParameterGroupNotFound"];
    /// The parameter group for instances of that name.
    parameter_group of parameter_groups: DbParameterGroup, describe_db_parameter_groups(db_parameter_group_name)
        -> db_parameter_group_name, absent on &["DBParameterGroupNotFound"];
    /// The event subscription of that name.
    event_subscription of event_subscriptions: EventSubscription, describe_event_subscriptions(subscription_name)
        -> cust_subscription_id, absent on &["SubscriptionNotFound"];
}

/// Whether AWS made the group of that name by itself.
fn is_default(name: &str) -> bool {
    name == "default" || name.starts_with("default.") || name.starts_with("default:")
}

/// Tags that came with a description.
fn tags(listed: Option<Vec<types::Tag>>) -> Tags {
    Tags::from_aws(pairs(listed))
}

/// The tags of what has this ARN; `None` if it is gone, as what is being deleted may be by now.
async fn tags_of(aws: &Aws, arn: &str) -> Result<Option<Tags>> {
    let tags = aws.tags(arn, async {
        let listed = aws.rds().list_tags_for_resource().resource_name(arn).send().await?;
        Ok(pairs(listed.tag_list).collect::<BTreeMap<_, _>>())
    });
    let gone = ["SubscriptionNotFound", "DBSubnetGroupNotFoundFault", "DBParameterGroupNotFound"];
    match tags.await {
        Ok(tags) => Ok(Some(Tags::from_aws(tags))),
        Err(error) if error.code.as_deref().is_some_and(|code| gone.contains(&code)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn pairs(listed: Option<Vec<types::Tag>>) -> impl Iterator<Item = (String, String)> {
    let pair = |tag: types::Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    listed.unwrap_or_default().into_iter().filter_map(pair)
}

/// Tags for a call that creates something.
fn to_aws<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Vec<types::Tag>> {
    let tag = |(key, value)| types::Tag::builder().key(key).value(value).build();
    Some(tags.into_iter().map(tag).collect())
}

/// Changes the tags of what has this ARN from `live` to `want`.
async fn retag(aws: &Aws, arn: &str, live: &Tags, want: &Tags) -> Result<()> {
    let TagChanges { set, unset } = live.changes_to(want);
    let rds = aws.rds();
    if !set.is_empty() {
        let set = to_aws(set.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        rds.add_tags_to_resource().resource_name(arn).set_tags(set).send().await?;
    }
    if !unset.is_empty() {
        let call = rds.remove_tags_from_resource().resource_name(arn);
        call.set_tag_keys(Some(unset)).send().await?;
    }
    Ok(())
}

/// Picks what a call that modifies something has to send.
#[derive(Debug, Default)]
struct Differences(Cell<bool>);

#[expect(clippy::ref_option, reason = "attributes of a record are compared as they stand there")]
impl Differences {
    /// The wanted value if it is not what is there. Not set means that AWS decides.
    fn of<T: Attribute + Clone>(&self, live: &Option<T>, want: &Option<T>) -> Option<T> {
        if want.is_none() || Option::same(live, want) {
            return None;
        }
        self.0.set(true);
        want.clone()
    }
    /// The same for a text type, as AWS's SDK takes it.
    fn text<T: Attribute + Clone>(&self, live: &Option<T>, want: &Option<T>) -> Option<String> {
        self.of(live, want).and_then(|value| text(&value))
    }
    /// Whether anything differed so far.
    fn any(&self) -> bool {
        self.0.get()
    }
}

/// The text of an attribute that is one.
fn text<T: Attribute>(value: &T) -> Option<String> {
    value.encode().as_str().map(str::to_owned)
}

/// The text, unless AWS means nothing by an empty one.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_or_is_the_same_is_not_sent() {
        let differences = Differences::default();
        let version = |text| Some(EngineVersion::new(text));
        assert_eq!(differences.of(&Some(1), &None), None);
        assert_eq!(differences.of(&version("15.4"), &version("15")), None);
        assert!(!differences.any());
        assert_eq!(differences.text(&version("15.4"), &version("15.5")), Some("15.5".to_owned()));
        assert!(differences.any());
    }
}
