//! Where copies go must be able to take them.
use crate::check::route::{Route, routes};
use crate::check::{Check, Ground, Later, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::Error;

pub(super) struct Destination;

const NAME: &str = "destination";

impl Check for Destination {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for route in routes(ground) {
        let subject = route.vault.as_str().to_owned();
        if route.crosses() && route.vault.name() == "Default" {
            let text = "The vault `Default` takes no copies from other accounts.";
            let fix = "Copy to a vault of your own, with a key of its own.";
            found.push(Finding::pass(NAME, subject, text).but(Verdict::Fail, fix));
            continue;
        }
        found.push(match there(ground, &route).await {
            Ok(Some(how)) => Finding::pass(NAME, subject, how),
            Ok(None) => Finding::pass(NAME, subject, "There is no such vault.")
                .but(Verdict::Fail, "Declare it, or copy to one that is there."),
            Err(error) => unknown(NAME, subject, &error),
        });
    }
    found
}

/// How the vault comes to be there; `None` if it surely is not.
async fn there(ground: &Ground<'_>, route: &Route<'_>) -> Result<Option<String>, Error> {
    let types = ["aws_backup_vault", "aws_backup_logically_air_gapped_vault"];
    let declared = types.iter().find_map(|name| ground.with_arn(name, route.vault.as_str()));
    if let Some(vault) = declared {
        return Ok(Some(format!("{} is it.", vault.address)));
    }
    let aws = ground.aws(&route.to).await?;
    // Asked for one that is not there, AWS says that access is denied; the list is honest.
    let mut pages = aws.backup().list_backup_vaults().into_paginator().send();
    while let Some(page) = pages.next().await {
        let vaults = page?.backup_vault_list.unwrap_or_default();
        let is = |arn: Option<&str>| arn == Some(route.vault.as_str());
        if vaults.iter().any(|vault| is(vault.backup_vault_arn())) {
            return Ok(Some("It is there.".to_owned()));
        }
    }
    Ok(None)
}
