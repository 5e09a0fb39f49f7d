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
/// A provider that is asked for its account.
pub(super) struct Asked {
    alias: String,
    key: InstanceKey,
    settings: Provider,
}

impl Asked {
    fn label(&self) -> String {
        label(&self.alias, &self.key)
    }
}

/// How a provider is known: its alias, and its key if it is one of several.
pub(super) fn label(alias: &str, key: &InstanceKey) -> String {
    format!("{alias}{key}")
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
        let used = graph.needed_by(&Node::Provider(alias.to_owned())).iter().any(in_aws);
        // Where nothing is declared any more there may be what was.
        let module = self.ground.resolver.module;
        let searched = self.looks_around() && module.providers.contains_key(alias);
        if !(used || searched) {
            return State::Done;
        }
        let all = match self.ground.resolver.providers(alias, &self.known) {
            Err(found) => return self.note(found),
            Ok(all) => all,
        };
        let number = all.len();
        for (key, settings) in all {
            let asked = Asked { alias: alias.to_owned(), key, settings: settings.clone() };
            let label = asked.label();
            let id = self.request(Waiting::Provider(Box::new(asked)));
            requests.push((id, Request::Identify { alias: label, settings }));
        }
        if number == 0 { State::Done } else { State::Running { requests: number } }
    }

    pub(super) fn identified(&mut self, asked: Asked, answer: Answer) {
        let known_as = asked.label();
        let Asked { alias, key, settings } = asked;
        let node = Node::Provider(alias.clone());
        let span = self.ground.resolver.module.providers.get(&alias).map(|p| p.span.clone());
        let at = |problem: Diagnostic| match &span {
            Some(span) => problem.at(span.clone()),
            None => problem,
        };
        let label = if alias.is_empty() { "aws".to_owned() } else { format!("aws.{known_as}") };
        let state = match answer {
            Answer::Identified(account, region) => match refused_account(&settings, &account) {
                Some(text) => {
                    let summary = format!("Provider {label} is for another account");
                    self.note(vec![at(Diagnostic::error(summary, text))])
                }
                None => {
                    let connected = Connected { settings, account, region };
                    self.connected.insert(known_as.clone(), connected);
                    self.sweep_from(&known_as);
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
                if key == InstanceKey::None {
                    State::Blocked(address)
                } else {
                    // The others can still be told.
                    self.silent.insert(known_as, address);
                    State::Done
                }
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
            Answer::Resource(_)
            | Answer::Part(..)
            | Answer::Unfinished(..)
            | Answer::Swept(..)
            | Answer::Data(_) => unreachable!("a provider was asked for"),
        };
        let left = match self.state.get(&node) {
            Some(State::Running { requests }) => requests - 1,
            // Another one has failed already.
            _ => return,
        };
        match state {
            State::Done if left > 0 => {
                drop(self.state.insert(node, State::Running { requests: left }));
            }
            state => self.arrive(node, state),
        }
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
