//! AWS Backup leaves Aurora out, without a word, where it is not opted in.
use std::collections::BTreeSet;

use crate::check::route::routes;
use crate::check::{Check, Ground, Later, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::Error;
use crate::value::Value;

pub(super) struct OptIn;

const NAME: &str = "opt-in";
const AURORA: &str = "Aurora";

impl Check for OptIn {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let sources = ground.all("aws_backup_plan").map(|plan| plan.scope.clone());
    let mut scopes: BTreeSet<_> = sources.collect();
    let targets = routes(ground).into_iter().map(|route| route.to);
    scopes.extend(targets.filter(|to| ground.reaches(&to.account)));
    let mut found = Vec::new();
    for scope in scopes {
        let subject = scope.to_string();
        let set = ground.all("aws_backup_region_settings").find(|settings| {
            let name = "resource_type_opt_in_preference";
            let preference = settings.object.get(name).unmarked();
            *settings.scope == scope
                && matches!(preference, Value::Map(map) | Value::Object(map)
                    if *map.get(AURORA).unmarked() == Value::Bool(true))
        });
        if let Some(settings) = set {
            found.push(Finding::pass(NAME, subject, format!("{} opts in.", settings.address)));
            continue;
        }
        let told = async {
            let aws = ground.aws(&scope).await?;
            let told = aws.backup().describe_region_settings().send().await?;
            Ok::<_, Error>(told.resource_type_opt_in_preference.unwrap_or_default())
        };
        found.push(match told.await {
            Ok(preference) if preference.get(AURORA) == Some(&true) => {
                Finding::pass(NAME, subject, "AWS Backup takes Aurora here.")
            }
            Ok(_) => Finding::pass(NAME, subject, "AWS Backup leaves Aurora out here.").but(
                Verdict::Fail,
                "Declare aws_backup_region_settings with `resource_type_opt_in_preference = { \
                 Aurora = true }`.",
            ),
            Err(error) => unknown(NAME, subject, &error),
        });
    }
    found
}
