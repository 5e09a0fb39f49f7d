//! Copies cross accounts only within one organisation, and policies must name that one.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Tree;

use crate::address::{AccountId, Scope};
use crate::check::route::routes;
use crate::check::{Check, Ground, Later, blocks, text, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::Error;
use crate::resources::organizations::organization::organization;

pub(super) struct Organization;

const NAME: &str = "organization";

impl Check for Organization {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

async fn id(ground: &Ground<'_>, scope: &Scope) -> Result<Option<String>, Error> {
    let aws = ground.aws(scope).await?;
    Ok(organization(&aws).await?.and_then(|found| found.id))
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut ids: BTreeMap<AccountId, String> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for route in routes(ground).into_iter().filter(super::route::Route::crosses) {
        let (from, to) = (route.plan.scope, &route.to);
        if !pairs.insert((from.account.clone(), to.account.clone())) {
            continue;
        }
        let subject = format!("accounts {} and {}", from.account, to.account);
        let (one, other) = futures::join!(id(ground, from), id(ground, to));
        for (account, id) in [(&from.account, &one), (&to.account, &other)] {
            if let Ok(Some(id)) = id {
                ids.insert(account.clone(), id.clone());
            }
        }
        found.push(verdict(subject, from, to, one, other));
    }
    found.extend(named(ground, &ids));
    found
}

fn verdict(
    subject: String,
    from: &Scope,
    to: &Scope,
    one: Result<Option<String>, Error>,
    other: Result<Option<String>, Error>,
) -> Finding {
    let fix = "AWS Backup copies between accounts of one organisation only: invite the account, or \
               copy to one that is in it.";
    let fail = |text: String| Finding::pass(NAME, subject.clone(), text).but(Verdict::Fail, fix);
    match (one, other) {
        (Ok(None), _) => fail(format!("Account {} is in no organisation.", from.account)),
        (_, Ok(None)) => fail(format!("Account {} is in no organisation.", to.account)),
        (Err(error), _) | (_, Err(error)) => unknown(NAME, subject, &error),
        (Ok(Some(one)), Ok(Some(other))) if one == other => {
            Finding::pass(NAME, subject, format!("Both are in organisation {one}."))
        }
        (Ok(Some(one)), Ok(Some(other))) => fail(format!(
            "Account {} is in organisation {one}, account {} in {other}.",
            from.account, to.account
        )),
    }
}

/// Organisations that policies name: of the right form, and the one that the account is in.
fn named(ground: &Ground<'_>, ids: &BTreeMap<AccountId, String>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (planned, subject) in ground.everything() {
        let texts = subject.object.iter().filter_map(|(_, value)| value.as_str());
        let policies = texts.filter(|text| text.contains("PrincipalOrgID"));
        let mut named: BTreeSet<String> = policies
            .filter_map(|text| serde_json::from_str(text).ok())
            .flat_map(|p| in_policy(&p))
            .collect();
        for condition in blocks(subject.object, "condition") {
            let key = text(condition, "key").unwrap_or_default();
            let value = text(condition, "value").filter(|_| planned.spec.name.contains("event"));
            named.extend(value.filter(|_| is_org_key(key)).map(str::to_owned));
        }
        for id in named {
            let of = subject.address.to_string();
            let lone = Finding::pass(NAME, of, format!("It lets in organisation {id}."));
            let ours = ids.get(&subject.scope.account);
            found.push(match ours {
                _ if !is_org_id(&id) => lone.but(
                    Verdict::Fail,
                    "Ids of organisations look like o-abc1234567; those of roots (r-...) and units \
                     (ou-...) never match aws:PrincipalOrgID.",
                ),
                Some(ours) if *ours != id => lone.but(
                    Verdict::Fail,
                    format!("The account is in organisation {ours}: name that one."),
                ),
                _ => lone,
            });
        }
    }
    found
}

fn is_org_key(key: &str) -> bool {
    key.eq_ignore_ascii_case("aws:PrincipalOrgID")
}

fn is_org_id(id: &str) -> bool {
    let rest = id.strip_prefix("o-").unwrap_or_default();
    (10..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Values that a policy compares the organisation with.
fn in_policy(policy: &Tree) -> Vec<String> {
    match policy {
        Tree::Object(members) => members
            .iter()
            .flat_map(|(key, value)| match value {
                Tree::String(id) if is_org_key(key) => vec![id.clone()],
                Tree::Array(ids) if is_org_key(key) => {
                    ids.iter().filter_map(Tree::as_str).map(str::to_owned).collect()
                }
                other => in_policy(other),
            })
            .collect(),
        Tree::Array(items) => items.iter().flat_map(in_policy).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_organisations_are_told_from_those_of_roots() {
        assert!(is_org_id("o-abc1234567"));
        for wrong in ["r-abcd", "ou-abcd-12345678", "o-", "o-short", "abc1234567"] {
            assert!(!is_org_id(wrong), "{wrong}");
        }
    }

    #[test]
    fn organisations_are_found_wherever_a_policy_names_them() {
        let policy = serde_json::json!({ "Statement": [{ "Condition": {
            "StringEquals": { "AWS:principalorgid": ["o-abc1234567", "r-abcd"] } } }] });
        assert_eq!(in_policy(&policy), ["o-abc1234567", "r-abcd"]);
    }
}
