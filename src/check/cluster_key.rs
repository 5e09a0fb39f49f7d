//! A copy to another account needs a key of one's own, which that account may use.
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata};

use crate::address::AccountId;
use crate::check::route::{Route, routes};
use crate::check::selection::{Cluster, clusters, selects};
use crate::check::{Check, Ground, Later, text, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::{Error, kms, organizations};

pub(super) struct ClusterKey;

const NAME: &str = "cluster-key";

impl Check for ClusterKey {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for route in routes(ground).into_iter().filter(Route::crosses) {
        let id = text(route.plan.object, "id");
        let of_plan = ground.all("aws_backup_selection").filter(|selection| {
            selection.scope == route.plan.scope
                && (id.is_none()
                    || text(selection.object, "plan_id").is_none_or(|of| Some(of) == id))
        });
        let selections: Vec<_> = of_plan.collect();
        // That the clusters cannot be listed is told by the check of selections.
        let Ok(all) = clusters(ground, route.plan.scope).await else { continue };
        for cluster in &all {
            if selections.iter().any(|selection| selects(selection.object, cluster)) {
                found.push(judged(ground, &route, cluster).await);
            }
        }
    }
    found
}

async fn judged(ground: &Ground<'_>, route: &Route<'_>, cluster: &Cluster) -> Finding {
    let subject = format!("cluster {} for account {}", cluster.name, route.to.account);
    let says = |text: String| Finding::pass(NAME, subject.clone(), text);
    let Some(live) = &cluster.live else {
        return says("It is not there yet, so its key cannot be looked at.".to_owned())
            .but(Verdict::Unknown, "Check again once it is there.");
    };
    let Some(key) = live.kms_key_id().filter(|_| live.storage_encrypted() == Some(true)) else {
        return says("It is not encrypted, and neither will its copies be.".to_owned())
            .but(Verdict::Warn, "Restore it into an encrypted cluster if its data need that.");
    };
    match may_use(ground, route, key).await {
        Err(error) => unknown(NAME, subject, &error),
        Ok(Use::Yes) => {
            says(format!("The policy of its key lets account {} use it.", route.to.account))
        }
        Ok(Use::OfAws) => says("It is encrypted with a key that AWS manages.".to_owned()).but(
            Verdict::Fail,
            "No other account can use such a key: restore the cluster with a key of your own.",
        ),
        Ok(Use::Gone(state)) => says(format!("Its key {key} is {state}."))
            .but(Verdict::Fail, "Nothing can be copied without the key: enable it."),
        Ok(Use::No) => says(format!("The policy of its key {key} names nobody of that account."))
            .but(
                Verdict::Fail,
                format!(
                    "Let arn:aws:iam::{}:root do kms:DescribeKey, kms:Decrypt, kms:CreateGrant and \
                 kms:GenerateDataKey in the key's policy.",
                    route.to.account
                ),
            ),
    }
}

/// Whether an account may use a key.
enum Use {
    Yes,
    No,
    OfAws,
    Gone(String),
}

async fn may_use(ground: &Ground<'_>, route: &Route<'_>, key: &str) -> Result<Use, Error> {
    let aws = ground.aws(route.plan.scope).await?;
    // A policy that is to change counts as it will be.
    if let Some(planned) = ground.with_arn("aws_kms_key", key)
        && let Some(policy) = text(planned.object, "policy")
    {
        let org = organization_of(&aws).await;
        return Ok(if names(policy, &route.to.account, org.as_deref()) {
            Use::Yes
        } else {
            Use::No
        });
    }
    let Some(metadata) = kms::described(&aws, key).await? else {
        return Ok(Use::Gone("not there".to_owned()));
    };
    if let Some(state) = unusable(&metadata) {
        return Ok(Use::Gone(state));
    }
    if metadata.key_manager == Some(KeyManagerType::Aws) {
        return Ok(Use::OfAws);
    }
    let got = aws.kms().get_key_policy().key_id(key).policy_name("default").send().await?;
    let policy = got.policy.unwrap_or_default();
    let org = organization_of(&aws).await;
    Ok(if names(&policy, &route.to.account, org.as_deref()) { Use::Yes } else { Use::No })
}

/// The state of a key that cannot be used.
fn unusable(key: &KeyMetadata) -> Option<String> {
    let state = key.key_state.as_ref()?.as_str();
    (state != "Enabled").then(|| state.to_owned())
}

async fn organization_of(aws: &crate::aws::Aws) -> Option<String> {
    organizations::organization::organization(aws).await.ok()??.id
}

/// Whether a statement of the policy allows something to the account, or to the organisation.
fn names(policy: &str, account: &AccountId, organization: Option<&str>) -> bool {
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap_or_default();
    let one = std::slice::from_ref(&policy["Statement"]);
    let statements = policy["Statement"].as_array().map_or(one, Vec::as_slice);
    statements.iter().filter(|statement| statement["Effect"] == "Allow").any(|statement| {
        let principal = statement["Principal"].to_string();
        let condition = statement["Condition"].to_string();
        let to_all = statement["Principal"] == "*" || statement["Principal"]["AWS"] == "*";
        let to_org = organization.is_some_and(|id| condition.contains(id));
        principal.contains(account.as_str())
            || (to_all && (to_org || condition.contains(account.as_str())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_lets_in_whom_it_names() {
        let account = AccountId::parse("222222222222").unwrap();
        let check = |principal: &str, condition: &str, expected: bool| {
            let policy = format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"kms:*","Condition":{condition}}}}}"#
            );
            assert_eq!(names(&policy, &account, Some("o-abc1234567")), expected, "{policy}");
        };
        check(r#"{"AWS":"arn:aws:iam::222222222222:root"}"#, "{}", true);
        check(r#"{"AWS":["arn:aws:iam::111111111111:root"]}"#, "{}", false);
        check(r#""*""#, r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc1234567"}}"#, true);
        check(r#"{"AWS":"*"}"#, r#"{"StringEquals":{"aws:PrincipalOrgID":"o-xyz1234567"}}"#, false);
        check(r#"{"AWS":"*"}"#, r#"{"StringEquals":{"kms:CallerAccount":"222222222222"}}"#, true);
        assert!(!names(r#"{"Statement":[]}"#, &account, None));
    }
}
