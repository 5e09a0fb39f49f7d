//! Things that call each other and nobody has allowed it: AWS accepts both sides, and then drops
//! what one sends to the other.
use super::{Scene, is_set, nested};
use crate::address::BlockAddress;
use crate::config::Block;
use crate::diagnostic::{Diagnostic, Span};

/// Who receives something, what allows it, and the argument by which that names the receiver.
struct Receiver {
    kind: &'static str,
    allowed_by: &'static [(&'static str, &'static str)],
    /// An argument of the receiver itself that allows it too.
    itself: Option<&'static str>,
}

const FUNCTION: Receiver = Receiver {
    kind: "aws_lambda_function",
    allowed_by: &[("aws_lambda_permission", "function_name")],
    itself: None,
};
const TOPIC: Receiver = Receiver {
    kind: "aws_sns_topic",
    allowed_by: &[("aws_sns_topic_policy", "arn")],
    itself: Some("policy"),
};
const BUS: Receiver = Receiver {
    kind: "aws_cloudwatch_event_bus",
    allowed_by: &[
        ("aws_cloudwatch_event_bus_policy", "event_bus_name"),
        ("aws_cloudwatch_event_permission", "event_bus_name"),
    ],
    itself: None,
};
const VAULT: Receiver = Receiver {
    kind: "aws_backup_vault",
    allowed_by: &[("aws_backup_vault_policy", "backup_vault_name")],
    itself: None,
};

pub(super) fn check(scene: &Scene<'_>, problems: &mut Vec<Diagnostic>) {
    for target in scene.resources("aws_cloudwatch_event_target") {
        for (receiver, span) in scene.referred(&target.body, "arn") {
            needs(scene, &FUNCTION, receiver, &span, "Events for this function", problems);
            needs(scene, &TOPIC, receiver, &span, "Events for this topic", problems);
            if elsewhere(scene, target, receiver) {
                needs(scene, &BUS, receiver, &span, "Events of another account", problems);
            }
        }
    }
    for plan in scene.resources("aws_backup_plan") {
        for copy in nested(&plan.body, "rule").flat_map(|rule| nested(&rule.body, "copy_action")) {
            for (vault, span) in scene.referred(&copy.body, "destination_vault_arn") {
                if elsewhere(scene, plan, vault) {
                    needs(scene, &VAULT, vault, &span, "Copies from another account", problems);
                }
            }
        }
    }
}

/// Whether two resources may be in different accounts: their providers differ in more than the
/// Region.
fn elsewhere(scene: &Scene<'_>, one: &Block, other: &Block) -> bool {
    let account = |block: &Block| {
        let alias = scene.provider(block)?;
        let provider = scene.root.providers.get(&alias)?;
        let of_account = ["profile", "assume_role", "access_key", "allowed_account_ids"];
        let told: Vec<String> = of_account
            .iter()
            .flat_map(|name| {
                let argument = provider.body.arguments.get(*name);
                let argument = argument.map(|argument| argument.value.span().text().to_owned());
                let blocks = nested(&provider.body, name).flat_map(|block| {
                    block
                        .body
                        .arguments
                        .values()
                        .map(|argument| argument.value.span().text().to_owned())
                });
                argument.into_iter().chain(blocks).collect::<Vec<_>>()
            })
            .collect();
        Some(told)
    };
    match (account(one), account(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

fn needs(
    scene: &Scene<'_>,
    receiver: &Receiver,
    block: &Block,
    span: &Span,
    what: &str,
    problems: &mut Vec<Diagnostic>,
) {
    let Receiver { kind, allowed_by, itself } = receiver;
    if block.address.type_name != *kind || itself.is_some_and(|name| is_set(&block.body, name)) {
        return;
    }
    let allows = |(kind, argument): &(&str, &str)| {
        scene.resources(kind).any(|policy| {
            let named = scene.referred(&policy.body, argument);
            let refers = |address: &BlockAddress| named.iter().any(|(b, _)| b.address == *address);
            // What it names is not always plain to see.
            refers(&block.address) || named.is_empty()
        })
    };
    if allowed_by.iter().any(allows) {
        return;
    }
    let (policy, argument) = allowed_by[0];
    let detail = format!(
        "{what} are dropped unless {} allows it, and no {policy} in this module does.",
        block.address
    );
    let problem = Diagnostic::warning("Nobody allows this", detail).at(span.clone());
    problems.push(problem.hint(format!("Add a {policy} with {argument} = {}...", block.address)));
}
