//! Where backups are copied, as the plans say.
use crate::address::{AccountId, Scope};
use crate::check::{Ground, Subject, blocks, place, text};
use crate::schema::Arn;

/// One copy action of a backup plan.
pub(super) struct Route<'a> {
    /// The plan.
    pub(super) plan: Subject<'a>,
    /// Vault that gets the copy.
    pub(super) vault: Arn,
    /// Account and Region of that vault.
    pub(super) to: Scope,
}

impl Route<'_> {
    /// Whether it leads to another account.
    pub(super) fn crosses(&self) -> bool {
        self.plan.scope.account != self.to.account
    }
}

/// All copy actions whose destination is known.
pub(super) fn routes<'a>(ground: &Ground<'a>) -> Vec<Route<'a>> {
    let mut found = Vec::new();
    for plan in ground.all("aws_backup_plan") {
        for action in blocks(plan.object, "rule").into_iter().flat_map(|r| blocks(r, "copy_action"))
        {
            let vault = text(action, "destination_vault_arn").map(Arn::parse);
            let Some(Ok(vault)) = vault else { continue };
            let Some(account) = AccountId::parse(vault.account()) else { continue };
            let to = place(&account, vault.region());
            found.push(Route { plan, vault, to });
        }
    }
    found
}
