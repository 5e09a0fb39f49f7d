//! The least that a configuration needs to be planned, applied, destroyed or watched, as policies of
//! IAM: one set of documents for each account.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Tree;

use crate::address::{AccountId, Mode, Scope};
use crate::plan::{Finished, Instance};
use crate::value::{Object, Value};

mod document;
mod table;

pub use table::{DATA, Needs, RESOURCES};

/// What the permissions are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To read.
    Plan,
    /// To read, and to ask who changed what.
    Drift,
    /// To read, create, change, and take away what holds no data.
    Apply,
    /// To read and to take away everything.
    Destroy,
}

/// Whose permissions they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// Whoever acts in the account: the role that a provider assumes, or the caller.
    Account(AccountId),
    /// The caller, who assumes roles.
    Caller,
}

/// What may be done, and on what; `*` alone for everything.
#[derive(Debug, Default)]
struct Grants {
    allowed: BTreeMap<String, BTreeSet<String>>,
    /// Roles that may be handed to a service, by service.
    passed: BTreeMap<String, BTreeSet<String>>,
}

/// More ARNs of one sort than this are said by their pattern: a document has little room.
const MANY: usize = 12;

impl Grants {
    fn allow(&mut self, action: &str, on: impl IntoIterator<Item = String>) {
        self.allowed.entry(action.to_owned()).or_default().extend(on);
    }

    fn everywhere(&mut self, actions: &[&str]) {
        actions.iter().for_each(|action| self.allow(action, ["*".to_owned()]));
    }

    /// The actions on those of the ARNs that are of their service.
    fn on(&mut self, actions: &[&str], arns: &[String]) {
        for action in actions {
            let own: Vec<String> =
                arns.iter().filter(|arn| concerns(action, arn)).cloned().collect();
            // Storage behind a vault has no ARNs.
            let own = if own.is_empty() { vec!["*".to_owned()] } else { own };
            self.allow(action, own);
        }
    }
}

/// Whether an action is about what has such an ARN.
fn concerns(action: &str, arn: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    arn == "*" || arn.split(':').nth(2) == Some(service)
}

/// The documents that allow all that is needed, none larger than IAM takes.
pub fn policies(finished: &Finished, purpose: Purpose) -> BTreeMap<Holder, Vec<Tree>> {
    let mut holders: BTreeMap<Holder, Grants> = BTreeMap::new();
    let mut swept = BTreeSet::new();
    for (address, instance) in &finished.instances {
        let (spec, Some(scope)) = (instance.spec, &instance.scope) else { continue };
        let grants = holders.entry(Holder::Account(scope.account.clone())).or_default();
        match address.block.mode {
            Mode::Data => {
                if let Some(needs) = DATA.iter().find(|needs| needs.of == spec.name) {
                    grants.everywhere(needs.list);
                    grants.on(needs.read, &arns(needs, scope, &instance.wanted.object));
                }
            }
            Mode::Managed => {
                swept.insert(scope.account.clone());
                if let Some(needs) = RESOURCES.iter().find(|needs| needs.of == spec.name) {
                    resource(grants, needs, instance, scope, purpose);
                }
                if purpose == Purpose::Apply {
                    let before = table::BEFORE_APPLY.iter();
                    let these = before.filter(|(begin, _)| spec.name.starts_with(begin));
                    these.for_each(|(_, actions)| grants.everywhere(actions));
                }
            }
        }
    }
    for account in swept {
        let grants = holders.entry(Holder::Account(account)).or_default();
        grants.everywhere(&["tag:GetResources"]);
        if purpose == Purpose::Drift {
            grants.everywhere(&["cloudtrail:LookupEvents"]);
        }
    }
    let roles = finished.connected.values().filter_map(|one| one.settings.assume_role.as_ref());
    let roles: BTreeSet<String> = roles.map(|role| role.role_arn.as_str().to_owned()).collect();
    if !roles.is_empty() {
        holders.entry(Holder::Caller).or_default().allow("sts:AssumeRole", roles);
    }
    holders.into_iter().map(|(holder, grants)| (holder, document::documents(&grants))).collect()
}

fn resource(
    grants: &mut Grants,
    needs: &Needs,
    instance: &Instance,
    scope: &Scope,
    purpose: Purpose,
) {
    let arns = arns(needs, scope, &instance.wanted.object);
    grants.everywhere(needs.list);
    grants.on(needs.read, &arns);
    let changes = purpose == Purpose::Apply;
    // What holds data goes only when everything is to go.
    let deletes = purpose == Purpose::Destroy || (changes && !instance.spec.data_bearing);
    if changes {
        grants.everywhere(needs.make);
        grants.on(needs.write, &arns);
        for (attribute, service) in needs.passes {
            let value = instance.wanted.object.get(attribute).unmarked();
            let roles = texts(value, "arn:aws:iam::ACCOUNT:role/*", scope);
            if !roles.is_empty() {
                grants.passed.entry((*service).to_owned()).or_default().extend(roles);
            }
        }
    }
    if deletes {
        grants.on(needs.delete, &arns);
    }
}

/// The texts of a value; a pattern for what is not known.
fn texts(value: &Value, pattern: &str, scope: &Scope) -> BTreeSet<String> {
    match value {
        Value::String(text) => BTreeSet::from([text.clone()]),
        Value::Unknown(_) => BTreeSet::from([pattern
            .replace("arn:aws:", &format!("arn:{}:", scope.region.partition()))
            .replace("ACCOUNT", scope.account.as_str())]),
        other => other.members().flat_map(|member| texts(member, pattern, scope)).collect(),
    }
}

/// What one resource is known by, as far as the configuration says.
fn arns(needs: &Needs, scope: &Scope, want: &Object) -> Vec<String> {
    let fill = |template: &&str| -> String {
        let mut arn = String::new();
        let mut rest = *template;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').expect("templates are whole");
            arn.push_str(before);
            match name {
                "partition" => arn.push_str(scope.region.partition()),
                "region" => arn.push_str(scope.region.as_str()),
                "account" => arn.push_str(scope.account.as_str()),
                // With a slash between, but only one.
                "/name" => {
                    let name = want.get("name").as_str().unwrap_or("*");
                    arn.push('/');
                    arn.push_str(name.trim_start_matches('/'));
                }
                // AWS's word for no path.
                "path" => arn.push_str(want.get("path").as_str().unwrap_or("/*")),
                name => arn.push_str(want.get(name).as_str().unwrap_or("*")),
            }
            rest = behind;
        }
        arn.push_str(rest);
        // Somebody may have named the whole ARN where a name would do.
        match arn.rfind("arn:") {
            Some(at) if at > 0 => arn[at..].to_owned(),
            _ => arn,
        }
    };
    needs.on.iter().map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Region;

    #[test]
    fn every_template_is_whole_and_every_action_has_its_service() {
        for needs in RESOURCES.iter().chain(DATA) {
            let actions = [needs.list, needs.read, needs.make, needs.write, needs.delete].concat();
            for action in &actions {
                let (service, name) = action.split_once(':').expect("service and name");
                assert!(!service.is_empty() && name.starts_with(char::is_uppercase), "{action}");
            }
            for arn in needs.on {
                assert!(arn.matches('{').count() == arn.matches('}').count(), "{arn}");
            }
        }
    }

    #[test]
    fn what_is_not_known_is_a_pattern() {
        let scope = Scope {
            account: AccountId::parse("111111111111").unwrap(),
            region: Region::new("us-east-1"),
        };
        let needs = |name: &str| RESOURCES.iter().find(|needs| needs.of == name).unwrap();
        let want = Object::from_iter([("name", Value::text("/orders/writer"))]);
        let found = arns(needs("aws_ssm_parameter"), &scope, &want);
        assert_eq!(found[0], "arn:aws:ssm:us-east-1:111111111111:parameter/orders/writer");
        let found = arns(needs("aws_sns_topic"), &scope, &Object::default());
        assert_eq!(found, ["arn:aws:sns:us-east-1:111111111111:*"]);
        let bus = "arn:aws:events:us-east-1:222222222222:event-bus/orders";
        let want = Object::from_iter([("event_bus_name", Value::text(bus))]);
        assert_eq!(arns(needs("aws_cloudwatch_event_bus_policy"), &scope, &want), [bus]);
    }
}
