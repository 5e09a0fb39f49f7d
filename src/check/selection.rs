//! A selection that selects nothing backs nothing up, and nobody is told.
use std::collections::BTreeMap;

use aws_sdk_rds::types::DbCluster;

use crate::address::Scope;
use crate::aws::AwsError;
use crate::check::{Check, Ground, Later, Subject, blocks, items, text, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::Error;
use crate::value::{Object, Value};

pub(super) struct Selection;

const NAME: &str = "selection";

impl Check for Selection {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for selection in ground.all("aws_backup_selection") {
        let subject = selection.address.to_string();
        found.push(match clusters(ground, selection.scope).await {
            Err(error) => unknown(NAME, subject, &error),
            Ok(all) => {
                let selected = all.iter().filter(|one| selects(selection.object, one));
                let names: Vec<&str> = selected.map(|one| one.name.as_str()).collect();
                if names.is_empty() {
                    let text = format!("It selects no cluster in {} now.", selection.scope);
                    Finding::pass(NAME, subject, text).but(
                        Verdict::Warn,
                        "Set the tags that it looks for on the cluster; upper and lower case count.",
                    )
                } else {
                    Finding::pass(NAME, subject, format!("It selects {}.", names.join(", ")))
                }
            }
        });
    }
    found
}

/// A cluster that is there or will be.
pub(super) struct Cluster {
    pub(super) name: String,
    arn: String,
    tags: BTreeMap<String, String>,
    /// As AWS has it, if it is there.
    pub(super) live: Option<DbCluster>,
}

/// All clusters of a scope, those that are planned among them.
pub(super) async fn clusters(ground: &Ground<'_>, scope: &Scope) -> Result<Vec<Cluster>, Error> {
    let aws = ground.aws(scope).await?;
    let mut pages = aws.rds().describe_db_clusters().into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(cluster) = pages.next().await {
        let cluster = cluster.map_err(AwsError::from)?;
        let tags = cluster.tag_list().iter();
        let tags = tags.filter_map(|tag| Some((tag.key.clone()?, tag.value.clone()?)));
        found.push(Cluster {
            name: cluster.db_cluster_identifier().unwrap_or_default().to_owned(),
            arn: cluster.db_cluster_arn().unwrap_or_default().to_owned(),
            tags: tags.collect(),
            live: Some(cluster),
        });
    }
    for planned in ground.all("aws_rds_cluster").filter(|planned| planned.scope == scope) {
        merge(&mut found, planned);
    }
    Ok(found)
}

/// What is planned counts, not what is there.
fn merge(found: &mut Vec<Cluster>, planned: Subject<'_>) {
    let Some(name) = text(planned.object, "cluster_identifier") else { return };
    let tags: BTreeMap<String, String> = match planned.object.get("tags").unmarked() {
        Value::Map(tags) | Value::Object(tags) => {
            tags.iter().filter_map(|(k, v)| Some((k.to_owned(), v.as_str()?.to_owned()))).collect()
        }
        _ => BTreeMap::new(),
    };
    match found.iter_mut().find(|one| one.name == name) {
        Some(one) => one.tags = tags,
        None => found.push(Cluster {
            name: name.to_owned(),
            arn: text(planned.object, "arn").unwrap_or_default().to_owned(),
            tags,
            live: None,
        }),
    }
}

/// Whether a selection selects a cluster: by its ARN or any of the tags, less what is left out, and
/// only if all conditions hold.
pub(super) fn selects(selection: &Object, cluster: &Cluster) -> bool {
    let named = |attribute: &str| {
        let mut patterns = items(selection.get(attribute)).into_iter().filter_map(Value::as_str);
        patterns.any(|pattern| like(pattern, &cluster.arn))
    };
    let tag = |key: &str| {
        let key = key.strip_prefix("aws:ResourceTag/").unwrap_or(key);
        cluster.tags.get(key).map(String::as_str)
    };
    let pair =
        |block: &Object| Some((text(block, "key")?.to_owned(), text(block, "value")?.to_owned()));
    let tags: Vec<_> = blocks(selection, "selection_tag").into_iter().filter_map(pair).collect();
    let by_tag = tags.iter().any(|(key, value)| tag(key) == Some(value));
    let conditions = blocks(selection, "condition");
    let all = |kind: &str, holds: fn(&str, &str) -> bool, wanted: bool| {
        let each = conditions.iter().flat_map(|block| blocks(block, kind)).filter_map(pair);
        let each: Vec<_> = each.collect();
        each.iter().all(|(key, value)| tag(key).is_some_and(|has| holds(value, has)) == wanted)
    };
    let same = |value: &str, has: &str| value == has;
    let hold = all("string_equals", same, true)
        && all("string_not_equals", same, false)
        && all("string_like", like, true)
        && all("string_not_like", like, false);
    // Without anything that names something, conditions speak of everything.
    let nothing_named = tags.is_empty() && items(selection.get("resources")).is_empty();
    (named("resources") || by_tag || (nothing_named && !conditions.is_empty()))
        && !named("not_resources")
        && hold
}

/// Whether a text is like a pattern in which `*` stands for any characters.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(tags: &[(&str, &str)]) -> Cluster {
        Cluster {
            name: "orders".to_owned(),
            arn: "arn:aws:rds:us-east-1:111111111111:cluster:orders".to_owned(),
            tags: tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            live: None,
        }
    }

    fn object(members: &[(&'static str, Value)]) -> Object {
        members.iter().cloned().collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Value {
        let each = |(key, value): &(&str, &str)| {
            Value::Object(object(&[("key", Value::text(*key)), ("value", Value::text(*value))]))
        };
        Value::List(pairs.iter().map(each).collect())
    }

    #[test]
    fn tags_are_alternatives_and_conditions_are_not() {
        let tags =
            object(&[("selection_tag", pairs(&[("backup", "daily"), ("backup", "hourly")]))]);
        assert!(selects(&tags, &cluster(&[("backup", "hourly")])));
        assert!(!selects(&tags, &cluster(&[("backup", "Hourly")])), "case counts");
        let condition = object(&[
            ("string_equals", pairs(&[("aws:ResourceTag/backup", "daily")])),
            ("string_not_like", pairs(&[("aws:ResourceTag/stage", "test*")])),
        ]);
        let both = object(&[("condition", Value::List(vec![Value::Object(condition)]))]);
        assert!(selects(&both, &cluster(&[("backup", "daily"), ("stage", "production")])));
        assert!(!selects(&both, &cluster(&[("backup", "daily"), ("stage", "test-2")])));
    }

    #[test]
    fn names_are_patterns() {
        let all = object(&[
            ("resources", Value::texts(["arn:aws:rds:*:*:cluster:*"])),
            ("not_resources", Value::texts(["arn:aws:rds:*:cluster:or*"])),
        ]);
        assert!(!selects(&all, &cluster(&[])));
        assert!(like("arn:*:cluster:*", "arn:aws:rds:x:cluster:a") && !like("a*b", "ac"));
        assert!(like("a", "a") && !like("a", "ab") && like("*", ""));
    }
}
