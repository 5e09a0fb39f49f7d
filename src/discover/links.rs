//! What a text in a resource means: which other resource, and which attribute of it.
use std::collections::{BTreeMap, HashMap};

use crate::discover::leaves::{Leaf, quoted};
use crate::discover::{Estate, Id, Place, within_reach};
use crate::resources::{CATALOG, Key};
use crate::schema::Placement;

/// Where a plain name stands, and what it is the name of: type (any if empty), path of the
/// attribute, type that is meant, attribute of that.
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("aws_backup_plan", "rule.target_vault_name", "aws_backup_vault", "name"),
    (
        "aws_backup_restore_testing_selection",
        "restore_testing_plan_name",
        "aws_backup_restore_testing_plan",
        "name",
    ),
    ("aws_backup_selection", "plan_id", "aws_backup_plan", "id"),
    ("aws_backup_vault_lock_configuration", "backup_vault_name", "aws_backup_vault", "name"),
    ("aws_backup_vault_notifications", "backup_vault_name", "aws_backup_vault", "name"),
    ("aws_backup_vault_policy", "backup_vault_name", "aws_backup_vault", "name"),
    (
        "aws_cloudwatch_composite_alarm",
        "actions_suppressor.alarm",
        "aws_cloudwatch_metric_alarm",
        "alarm_name",
    ),
    ("aws_cloudwatch_event_bus_policy", "event_bus_name", "aws_cloudwatch_event_bus", "name"),
    ("aws_cloudwatch_event_rule", "event_bus_name", "aws_cloudwatch_event_bus", "name"),
    ("aws_cloudwatch_event_target", "event_bus_name", "aws_cloudwatch_event_bus", "name"),
    ("aws_cloudwatch_event_target", "rule", "aws_cloudwatch_event_rule", "name"),
    ("aws_db_event_subscription", "source_ids", "aws_rds_cluster", "cluster_identifier"),
    ("aws_db_event_subscription", "source_ids", "aws_rds_cluster_instance", "identifier"),
    ("aws_iam_role_policy", "role", "aws_iam_role", "name"),
    ("aws_iam_role_policy_attachment", "role", "aws_iam_role", "name"),
    ("aws_kms_alias", "target_key_id", "aws_kms_key", "key_id"),
    ("aws_lambda_function", "logging_config.log_group", "aws_cloudwatch_log_group", "name"),
    (
        "aws_lambda_function_event_invoke_config",
        "function_name",
        "aws_lambda_function",
        "function_name",
    ),
    ("aws_lambda_permission", "function_name", "aws_lambda_function", "function_name"),
    (
        "aws_rds_cluster",
        "db_cluster_parameter_group_name",
        "aws_rds_cluster_parameter_group",
        "name",
    ),
    ("aws_rds_cluster", "db_subnet_group_name", "aws_db_subnet_group", "name"),
    (
        "aws_rds_cluster",
        "global_cluster_identifier",
        "aws_rds_global_cluster",
        "global_cluster_identifier",
    ),
    ("aws_rds_cluster_instance", "cluster_identifier", "aws_rds_cluster", "cluster_identifier"),
    ("aws_rds_cluster_instance", "db_parameter_group_name", "aws_db_parameter_group", "name"),
    ("aws_rds_cluster_instance", "db_subnet_group_name", "aws_db_subnet_group", "name"),
    ("", "dimensions.BackupVaultName", "aws_backup_vault", "name"),
    ("", "dimensions.DBClusterIdentifier", "aws_rds_cluster", "cluster_identifier"),
    ("", "dimensions.DBInstanceIdentifier", "aws_rds_cluster_instance", "identifier"),
    ("", "dimensions.FunctionName", "aws_lambda_function", "function_name"),
    ("", "dimensions.QueueName", "aws_sqs_queue", "name"),
    ("", "dimensions.RuleName", "aws_cloudwatch_event_rule", "name"),
    ("", "dimensions.TopicName", "aws_sns_topic", "name"),
    ("", "key_id", "aws_kms_key", "key_id"),
    ("", "kms_key_id", "aws_kms_key", "key_id"),
    ("", "kms_master_key_id", "aws_kms_key", "key_id"),
];

/// How the last part of an ARN begins, by service, and the types that have such ARNs.
const ARNS: &[(&str, &str, &str)] = &[
    ("backup", "backup-vault:", "aws_backup_vault"),
    ("backup", "backup-vault:", "aws_backup_logically_air_gapped_vault"),
    ("backup", "backup-plan:", "aws_backup_plan"),
    ("cloudwatch", "alarm:", "aws_cloudwatch_composite_alarm"),
    ("cloudwatch", "alarm:", "aws_cloudwatch_metric_alarm"),
    ("events", "event-bus/", "aws_cloudwatch_event_bus"),
    ("iam", "policy/", "aws_iam_policy"),
    ("iam", "role/", "aws_iam_role"),
    ("kms", "key/", "aws_kms_key"),
    ("kms", "key/", "aws_kms_replica_key"),
    ("lambda", "function:", "aws_lambda_function"),
    ("logs", "log-group:", "aws_cloudwatch_log_group"),
    ("rds", "cluster:", "aws_rds_cluster"),
    ("rds", "db:", "aws_rds_cluster_instance"),
    ("rds", "global-cluster:", "aws_rds_global_cluster"),
    ("sns", "", "aws_sns_topic"),
    ("sqs", "", "aws_sqs_queue"),
];

/// What was listed, read or not, by type, with the last part of its key.
#[derive(Debug, Default)]
pub(super) struct Listed(HashMap<(&'static str, String), Vec<Id>>);

/// The part of a key that is a thing's own name or id.
pub(super) fn own_part(key: &Key) -> &str {
    let last = key.all().last().map(String::as_str).unwrap_or_default();
    if last.starts_with("arn:") { last.rsplit(['/', ':']).next().unwrap_or(last) } else { last }
}

impl Listed {
    /// Remembers one.
    pub(super) fn add(&mut self, id: &Id) {
        let all = self.0.entry((id.type_name, own_part(&id.key).to_owned())).or_default();
        if !all.contains(id) {
            all.push(id.clone());
        }
    }

    /// All of a type with that name of their own.
    fn named(&self, type_name: &'static str, name: &str) -> &[Id] {
        self.0.get(&(type_name, name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// What the text in a resource at that place may mean.
    pub(super) fn meant<'a>(
        &'a self,
        places: &'a [Place],
        from: &'a Id,
        leaf: &'a Leaf,
    ) -> Vec<&'a Id> {
        let mut found: Vec<&Id> = Vec::new();
        for (type_name, _) in names(from.type_name, &leaf.path) {
            let own = |id: &&Id| near(places, from, id);
            found.extend(self.named(type_name, &leaf.text).iter().filter(own));
        }
        if let Some(arn) = Arn::parse(&leaf.text) {
            for (_, _, type_name) in arn.types() {
                let there = |id: &&Id| arn.is_at(places, id);
                found.extend(self.named(type_name, arn.name()).iter().filter(there));
            }
        }
        if leaf.path == "alarm_rule" {
            let sorts = ["aws_cloudwatch_composite_alarm", "aws_cloudwatch_metric_alarm"];
            for (name, sort) in quoted(&leaf.text).flat_map(|n| sorts.map(|sort| (n, sort))) {
                let own = |id: &&Id| near(places, from, id);
                found.extend(self.named(sort, name).iter().filter(own));
            }
        }
        for name in of_logs(from, leaf) {
            let own = |id: &&Id| near(places, from, id);
            found.extend(self.named("aws_cloudwatch_log_group", &name).iter().filter(own));
        }
        found
    }
}

/// Types, and attributes of them, that a plain name there can be.
fn names(type_name: &str, path: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let fits = move |(of, at, ..): &&(&str, &str, &str, &str)| {
        let ends =
            || path.strip_suffix(at).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if of.is_empty() { ends() } else { *of == type_name && *at == path }
    };
    let all: Vec<_> = NAMES.iter().filter(fits).map(|(_, _, to, name)| (*to, *name)).collect();
    all.into_iter()
}

/// Log groups that belong to a thing by their names.
fn of_logs(from: &Id, leaf: &Leaf) -> Vec<String> {
    match (from.type_name, leaf.path.as_str()) {
        ("aws_lambda_function", "function_name") => vec![format!("/aws/lambda/{}", leaf.text)],
        ("aws_rds_cluster", "enabled_cloudwatch_logs_exports") => {
            vec![format!("/aws/rds/cluster/{}/{}", own_part(&from.key), leaf.text)]
        }
        _ => Vec::new(),
    }
}

fn near(places: &[Place], from: &Id, to: &Id) -> bool {
    // A global database is found in one Region and known in all.
    let everywhere = is_global(to.type_name) || to.type_name == "aws_rds_global_cluster";
    within_reach(&places[from.place].scope, &places[to.place].scope, everywhere)
}

/// Whether things of the type have no Region.
pub(super) fn is_global(type_name: &str) -> bool {
    let kind = CATALOG.resources.iter().find(|kind| kind.spec().name == type_name);
    kind.is_some_and(|kind| kind.spec().placement == Placement::Global)
}

/// An ARN in its parts.
struct Arn<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next()? == "arn" && parts.next()?.starts_with("aws");
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        is_arn.then_some(Self { service, region, account, resource })
    }
    fn types(&self) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
        let (service, resource) = (self.service.to_owned(), self.resource.to_owned());
        ARNS.iter().filter(move |(of, begin, _)| *of == service && resource.starts_with(begin))
    }
    /// The name of the thing; of a log group it may have slashes in it.
    fn name(&self) -> &'a str {
        if let Some(group) = self.resource.strip_prefix("log-group:") {
            return group.trim_end_matches(":*");
        }
        if let Some(function) = self.resource.strip_prefix("function:") {
            return function.split(':').next().unwrap_or(function);
        }
        self.resource.rsplit(['/', ':']).next().unwrap_or(self.resource)
    }
    fn is_at(&self, places: &[Place], id: &Id) -> bool {
        let scope = &places[id.place].scope;
        let fits = |told: &str, is: &str| told.is_empty() || told == is;
        fits(self.account, scope.account.as_str())
            && (is_global(id.type_name) || fits(self.region, scope.region.as_str()))
    }
}

/// Attributes of what was found, by what they say.
pub(super) struct Index<'a> {
    places: &'a [Place],
    arns: BTreeMap<&'a str, &'a Id>,
    named: HashMap<(&'static str, &'a str), Vec<&'a Id>>,
}

impl<'a> Index<'a> {
    /// Of all that is to be written.
    pub(super) fn new(estate: &'a Estate, places: &'a [Place]) -> Self {
        let mut index = Self { places, arns: BTreeMap::new(), named: HashMap::new() };
        for (id, found) in estate.ours() {
            if let Some(arn) = found.arn() {
                index.arns.entry(arn).or_insert(id);
            }
            index.named.entry((id.type_name, own_part(&id.key))).or_default().push(id);
        }
        index
    }

    /// The resource that a text means, and which attribute of it says the same.
    pub(super) fn meant(
        &self,
        from: &Id,
        path: &str,
        text: &str,
    ) -> Option<(&'a Id, &'static str)> {
        let of_arn = self.arns.get(text).map(|id| (*id, arn_name(id.type_name)));
        of_arn.or_else(|| {
            names(from.type_name, path).find_map(|(type_name, attribute)| {
                let all = self.named.get(&(type_name, text))?;
                let same_bus = |id: &&&Id| {
                    // A rule is known by its bus and its name.
                    type_name != "aws_cloudwatch_event_rule"
                        || from.type_name != "aws_cloudwatch_event_target"
                        || from.key.all().first() == id.key.all().first()
                };
                let near = |id: &&&Id| near(self.places, from, id);
                all.iter().filter(near).find(same_bus).map(|id| (*id, attribute))
            })
        })
    }
}

/// The attribute of a type that tells its ARN.
fn arn_name(type_name: &str) -> &'static str {
    if type_name == "aws_cloudwatch_dashboard" { "dashboard_arn" } else { "arn" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::find;

    #[test]
    fn the_tables_name_what_exists() {
        let spec = |name: &str| {
            let kind = CATALOG.resources.iter().find(|kind| kind.spec().name == name);
            kind.unwrap_or_else(|| panic!("there is no type {name}")).spec()
        };
        for (of, at, to, attribute) in NAMES {
            if !of.is_empty() {
                let mut table = spec(of).inputs;
                for name in at.split('.') {
                    let found = find(table, name).unwrap_or_else(|| panic!("{of}: {at}"));
                    table = found.kind.block().unwrap_or(table);
                }
            }
            let spec = spec(to);
            let known = find(spec.inputs, attribute).or_else(|| find(spec.outputs, attribute));
            assert!(known.is_some(), "{to}.{attribute}");
        }
        for (_, _, type_name) in ARNS {
            spec(type_name);
        }
    }

    #[test]
    fn arns_tell_what_they_name() {
        let check = |arn: &str, types: &[&str], name: &str| {
            let arn = Arn::parse(arn).unwrap();
            let found: Vec<&str> = arn.types().map(|(_, _, type_name)| *type_name).collect();
            assert_eq!((found.as_slice(), arn.name()), (types, name));
        };
        check("arn:aws:sns:us-east-1:111111111111:alarms", &["aws_sns_topic"], "alarms");
        check("arn:aws:iam::111111111111:role/service-role/backup", &["aws_iam_role"], "backup");
        let group = "arn:aws:logs:us-east-1:111111111111:log-group:/aws/lambda/f:*";
        check(group, &["aws_cloudwatch_log_group"], "/aws/lambda/f");
        let function = "arn:aws:lambda:us-east-1:111111111111:function:f:live";
        check(function, &["aws_lambda_function"], "f");
        assert!(Arn::parse("orders").is_none());
    }
}
