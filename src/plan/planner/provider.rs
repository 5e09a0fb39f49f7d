//! Providers: which account and Region they turn out to mean.
use crate::address::{AccountId, BlockAddress, InstanceKey, Region};
use crate::config::provider::Provider;
use crate::diagnostic::Diagnostic;
use crate::graph::Node;
use crate::plan::planner::{Answer, Planner, Request, RequestId, State, Trouble, Waiting};
use crate::plan::{Ground, Unreadable};
use crate::schema::Placement;

/// What a provider turned out to mean.
#[derive(Debug, Clone)]
pub struct Connected {
    /// How to reach it.
    pub settings: Provider,
    /// Its account.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
}
impl Planner<'_> {
    pub(super) fn provider(
        &mut self,
        alias: &str,
        requests: &mut Vec<(RequestId, Request)>,
    ) -> State {
        let Ground { graph, types, .. } = self.ground;
        let in_aws = |node: &&Node| {
            let Node::Block(address) = node else { return false };
            let spec = types.find(address.mode, &address.type_name);
            let skipped = self.state.get(*node) == Some(&State::Skipped);
            spec.is_some_and(|spec| spec.placement != Placement::Local) && !skipped
        };
        if !graph.needed_by(&Node::Provider(alias.to_owned())).iter().any(in_aws) {
            return State::Done;
        }
        match self.ground.resolver.provider(alias, &self.known) {
            Err(found) => self.note(found),
            Ok(settings) => {
                let id = self.request(Waiting::Provider(alias.to_owned(), settings.clone()));
                requests.push((id, Request::Identify { alias: alias.to_owned(), settings }));
                State::Running { requests: 1 }
            }
        }
    }

    pub(super) fn identified(&mut self, alias: String, settings: Provider, answer: Answer) {
        let node = Node::Provider(alias.clone());
        let span = self.ground.resolver.module.providers.get(&alias).map(|p| p.span.clone());
        let at = |problem: Diagnostic| match &span {
            Some(span) => problem.at(span.clone()),
            None => problem,
        };
        let label = if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
        let state = match answer {
            Answer::Identified(account, region) => match refused_account(&settings, &account) {
                Some(text) => {
                    let summary = format!("Provider {label} is for another account");
                    self.note(vec![at(Diagnostic::error(summary, text))])
                }
                None => {
                    self.connected.insert(alias, Connected { settings, account, region });
                    State::Done
                }
            },
            Answer::Trouble(Trouble::Unreachable(text)) => {
                let address = BlockAddress::managed("provider", &label).instance(InstanceKey::None);
                self.plan.unreadable.push(Unreadable {
                    address: address.clone(),
                    scope: None,
                    reason: text,
                    unreachable: true,
                });
                State::Blocked(address)
            }
            Answer::Trouble(Trouble::Denied(text)) => {
                let summary = format!("Provider {label} is not allowed in");
                let problem = at(Diagnostic::error(summary, text));
                self.note(vec![match &settings.assume_role {
                    Some(role) => problem.hint(format!(
                        "{} must exist, its trust policy must name who calls, and who calls must be \
                         allowed sts:AssumeRole on it.",
                        role.role_arn.as_str()
                    )),
                    None => problem,
                }])
            }
            Answer::Trouble(Trouble::Wrong(text, hint)) => {
                let problem =
                    at(Diagnostic::error(format!("Provider {label} cannot be used"), text));
                let problem = match (hint, &settings.profile) {
                    (Some(_), Some(profile)) => problem.hint(format!(
                        "The provider takes them from the profile \"{profile}\": look whether \
                         ~/.aws/config or ~/.aws/credentials has it, and log in again if it is \
                         there (`aws sso login --profile {profile}`)."
                    )),
                    (Some(hint), None) => problem.hint(hint),
                    (None, _) => problem,
                };
                self.note(vec![problem])
            }
            Answer::Resource(_) | Answer::Part(..) | Answer::Unfinished(..) | Answer::Data(_) => {
                unreachable!("a provider was asked for")
            }
        };
        self.arrive(node, state);
    }
}

fn refused_account(settings: &Provider, account: &AccountId) -> Option<String> {
    let Provider { allowed_account_ids, forbidden_account_ids, .. } = settings;
    if forbidden_account_ids.contains(account.as_str()) {
        return Some(format!(
            "The credentials belong to account {account}, which forbidden_account_ids names."
        ));
    }
    if allowed_account_ids.is_empty() || allowed_account_ids.contains(account.as_str()) {
        return None;
    }
    let allowed: Vec<&str> = allowed_account_ids.iter().map(String::as_str).collect();
    Some(format!(
        "The credentials belong to account {account}, but allowed_account_ids has only {}. Nothing \
         was read or changed.",
        allowed.join(", ")
    ))
}
