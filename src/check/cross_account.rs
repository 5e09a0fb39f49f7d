//! The organisation must let AWS Backup copy between its accounts.
use crate::check::route::{Route, routes};
use crate::check::{Check, Ground, Later, text, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::Error;
use crate::value::Value;

pub(super) struct CrossAccount;

const NAME: &str = "cross-account-backup";
const SETTING: &str = "isCrossAccountBackupEnabled";

impl Check for CrossAccount {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for Route { plan, .. } in routes(ground).into_iter().filter(Route::crosses) {
        let subject = format!("account {}", plan.scope.account);
        let set = ground.all("aws_backup_global_settings").find(|settings| {
            match settings.object.get("global_settings").unmarked() {
                Value::Map(map) | Value::Object(map) => text(map, SETTING) == Some("true"),
                _ => false,
            }
        });
        if let Some(settings) = set {
            let text = format!("{} turns it on.", settings.address);
            found.push(Finding::pass(NAME, subject, text));
            continue;
        }
        let told = async {
            let aws = ground.aws(plan.scope).await?;
            let told = aws.backup().describe_global_settings().send().await?;
            Ok::<_, Error>(told.global_settings.unwrap_or_default())
        };
        found.push(match told.await {
            Ok(settings) if settings.get(SETTING).is_some_and(|on| on == "true") => {
                Finding::pass(NAME, subject, "Backups may be copied to other accounts.")
            }
            Ok(_) => Finding::pass(NAME, subject, "Backups may not be copied to other accounts.")
                .but(
                    Verdict::Fail,
                    "In the management account of the organisation: `aws backup \
                     update-global-settings --global-settings isCrossAccountBackupEnabled=true`.",
                ),
            Err(Error::Aws(error)) if error.is(&["InvalidRequestException"]) => {
                let text = format!("They cannot be: {}.", error.message.trim_end_matches('.'));
                Finding::pass(NAME, subject, text).but(
                    Verdict::Fail,
                    "Put the account into an organisation, whose management account then lets AWS \
                     Backup copy between its accounts.",
                )
            }
            Err(error) => unknown(NAME, subject, &error),
        });
    }
    found
}
