//! The handler `responder`: what it is told, and what it decides.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::Scope;
use crate::attributes;
use crate::function::responder::choice::choice;
use crate::schema::{Arn, Attribute, Length, Mismatch, Record};
use crate::value::{Object, Value};

pub mod actions;
mod choice;
mod decide;
mod event;
mod ledger;
mod occasion;
mod permissions;
pub mod widget;

pub use decide::{Cluster, Decision, Global, Member, Observed, Planned, decide, rehearse};
pub use event::{EVENTS, Heard, Known, Meaning, Subject, hear};
pub use ledger::Ledger;
pub use occasion::Occasion;
pub use permissions::Permission;

attributes! {
    /// Acts on switchovers and failovers of one global database.
    ///
    /// The same function, with the same configuration, belongs into the Region of each member, with rules
    /// for RDS's events there. An event only wakes it up: it looks who writes now, and acts where the
    /// writer is.
    pub struct Responder {
        /// Identifier of the global database. Events of others are refused.
        global_cluster_identifier: String,
        /// ARNs of its members, one in each Region. Events of other clusters are refused.
        member_cluster_arns: BTreeSet<Arn>,
        /// What to do, in this order.
        action: Vec<Step>,
        /// ARN of a topic that is told in the end what was done, with times. `{region}` and
        /// `{account}` are filled in.
        summary_topic_arn: Option<String>,
        /// Whether to say only what would be done. An event with `"dry_run": true` asks for the same.
        dry_run: bool => default_bool(false),
        /// Whether to remember in tags of the member of the Region, `drctl:responder:...`, what was
        /// done, where AWS itself does not tell. Without it such actions may be done again when an
        /// event comes twice. It needs `rds:AddTagsToResource` on the member.
        remember: bool => default_bool(true),
    }
}

attributes! {
    /// One action. Exactly one block says what is done.
    pub struct Step {
        /// What it is called in the log; the kind of action when absent. Must be given where
        /// several are of one kind.
        name: Option<String>,
        /// When it is done: `switchover` and `failover` have finished, `failed` (a switchover or failover
        /// did, or was cancelled, or left a cluster without instances), `fencing_timed_out` (two may be
        /// writing), `resynchronised` (after a failover there is a second Region again).
        on: BTreeSet<Phase>,
        /// Where it is done: in the Region of the `writer`, or in `any` that gets the event. When
        /// absent, `any` for `failed` and `fencing_timed_out`, and `writer` for the others.
        acts_in: Option<ActsIn>,
        /// Regions to which it is limited.
        regions: BTreeSet<String>,
        /// Region whose services it calls, if not the function's own.
        region: Option<String>,
        /// What happens when it fails: `continue` with the next, or `stop`.
        on_failure: OnFailure => default_text("continue"),
        /// How long one attempt may take.
        timeout: Length => default_text("60s"),
        /// How often it is tried again when it fails by something that may pass.
        retries: i64 => default_int(2),
        /// How long to wait before the first of them; twice as long before each further one.
        backoff: Length => default_text("2s"),
        /// Points a record of Route 53 to the cluster.
        route53_record: Option<actions::Route53Record>,
        /// Restarts EC2 instances.
        ec2_restart: Option<actions::Ec2Restart>,
        /// Replaces the tasks of ECS services.
        ecs_deployment: Option<actions::EcsDeployment>,
        /// Restarts deployments of an EKS cluster.
        eks_restart: Option<actions::EksRestart>,
        /// Makes the cluster the target of an RDS proxy.
        rds_proxy_target: Option<actions::RdsProxyTarget>,
        /// Writes the endpoint into a secret.
        secret_endpoint: Option<actions::SecretEndpoint>,
        /// Writes a parameter of Systems Manager.
        ssm_parameter: Option<actions::SsmParameter>,
        /// Runs a command document of Systems Manager.
        ssm_command: Option<actions::SsmCommand>,
        /// Starts an automation document of Systems Manager.
        ssm_automation: Option<actions::SsmAutomation>,
        /// Starts a state machine of Step Functions.
        step_function: Option<actions::StepFunction>,
        /// Invokes another function.
        lambda_invoke: Option<actions::LambdaInvoke>,
        /// Posts to an HTTPS address.
        webhook: Option<actions::Webhook>,
        /// Publishes to a topic.
        sns_message: Option<actions::SnsMessage>,
        /// Copies the snapshots that AWS takes at a failover.
        snapshot_copy: Option<actions::SnapshotCopy>,
    }
}

choice! {
    /// What has happened, as far as actions are concerned.
    pub enum Phase,
        "a phase: `switchover`, `failover`, `failed`, `fencing_timed_out` or `resynchronised`" {
        /// A switchover has finished.
        Switchover = "switchover",
        /// A failover has finished.
        Failover = "failover",
        /// A switchover or failover has failed or was cancelled.
        Failed = "failed",
        /// The old writer could not be kept from writing.
        FencingTimedOut = "fencing_timed_out",
        /// After a failover, all members follow again.
        Resynchronised = "resynchronised",
    }
}

choice! {
    /// In which Regions an action is done.
    pub enum ActsIn, "a place to act in: `writer` or `any`" {
        /// Where the writer is.
        Writer = "writer",
        /// Wherever the event arrives.
        Any = "any",
    }
}

choice! {
    /// What a failure means for the actions behind it.
    pub enum OnFailure, "what a failure means: `continue` or `stop`" {
        /// They are done.
        Continue = "continue",
        /// They are not begun.
        Stop = "stop",
    }
}

impl Phase {
    /// Where actions of this phase are done, unless they say otherwise.
    pub fn acts_in(self) -> ActsIn {
        match self {
            Self::Switchover | Self::Failover | Self::Resynchronised => ActsIn::Writer,
            Self::Failed | Self::FencingTimedOut => ActsIn::Any,
        }
    }
    /// What has happened, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Switchover => "a switchover has finished",
            Self::Failover => "a failover has finished",
            Self::Failed => "a switchover or failover has failed",
            Self::FencingTimedOut => {
                "the old writer could not be fenced: two clusters may be writing"
            }
            Self::Resynchronised => "all members follow the writer again",
        }
    }
}

impl Responder {
    /// The member that lives in this account and Region.
    pub fn member(&self, scope: &Scope) -> Option<&Arn> {
        self.member_cluster_arns.iter().find(|arn| {
            arn.account() == scope.account.as_str() && arn.region() == scope.region.as_str()
        })
    }

    /// What each action is called, in their order.
    pub fn names(&self) -> Vec<String> {
        self.action.iter().map(Step::called).collect()
    }

    /// Where parts do not fit each other.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.member_cluster_arns.is_empty() {
            problems.push("member_cluster_arns must name at least one cluster".to_owned());
        }
        let mut regions = BTreeSet::new();
        for arn in &self.member_cluster_arns {
            if arn.service() != "rds" || !arn.resource().starts_with("cluster:") {
                problems.push(format!("{} is not the ARN of a cluster", arn.as_str()));
            } else if !regions.insert(arn.region()) {
                problems.push(format!(
                    "two members are in {}: a global database has one in each Region",
                    arn.region()
                ));
            }
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (at, step) in self.action.iter().enumerate() {
            let name = step.called();
            let first = *seen.entry(name.clone()).or_insert(at);
            if first != at {
                problems.push(format!(
                    "actions {} and {} are both called \"{name}\": give each a `name` of its own",
                    first + 1,
                    at + 1
                ));
            }
            problems.extend(step.problems().into_iter().map(|p| format!("action {name}: {p}")));
        }
        problems
    }
}

impl Step {
    /// What it is called in the log.
    pub fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.kinds().first().copied().unwrap_or("?").to_owned())
    }

    /// The kinds of action that are given, of which there must be one.
    pub fn kinds(&self) -> Vec<&'static str> {
        let Value::Object(object) = self.encode() else { return Vec::new() };
        let blocks = Self::TABLE.iter().filter(|spec| spec.kind.block().is_some());
        blocks.filter(|spec| !object.get(spec.name).is_null()).map(|spec| spec.name).collect()
    }

    /// Whether it is done in that Region on that phase, where the Region writes or does not.
    pub fn applies(&self, phase: Phase, region: &str, writes: bool) -> bool {
        self.on.contains(&phase)
            && (self.regions.is_empty() || self.regions.contains(region))
            && (writes || self.acts_in.unwrap_or_else(|| phase.acts_in()) == ActsIn::Any)
    }

    /// The same with every `{word}` of its texts replaced. Braces around anything else stay.
    ///
    /// # Errors
    /// When a word is used that has no value, or what comes out is not valid any more.
    pub fn filled(&self, words: &[(&'static str, Option<String>)]) -> Result<Self, Mismatch> {
        Self::decode(&fill(self.encode(), words)?)
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let kinds = self.kinds();
        match kinds.as_slice() {
            [] => problems.push("it needs a block that says what is done".to_owned()),
            [_] => {}
            several => problems.push(format!(
                "it has several blocks ({}): make an action of each",
                several.join(", ")
            )),
        }
        if self.on.is_empty() {
            problems.push("`on` must name at least one phase".to_owned());
        }
        if !(0..=10).contains(&self.retries) {
            problems.push(format!("`retries` is {}, and must be from 0 to 10", self.retries));
        }
        let mut rule = |broken: bool, text: &str| {
            if broken {
                problems.push(text.to_owned());
            }
        };
        if let Some(record) = &self.route53_record {
            rule(
                record.alias.is_none() != (record.r#type == "CNAME"),
                "`type` must be `CNAME` without `alias`, and `A` or `AAAA` with it",
            );
            rule(
                !matches!(record.r#type.as_str(), "CNAME" | "A" | "AAAA"),
                "`type` must be `CNAME`, `A` or `AAAA`",
            );
        }
        if let Some(restart) = &self.ec2_restart {
            rule(
                restart.instance_ids.is_empty() == restart.tags.is_empty(),
                "give either `instance_ids` or `tags`",
            );
            rule(
                restart.method == actions::RestartMethod::Reboot
                    && restart.automation_role_arn.is_some(),
                "`automation_role_arn` is for the method `automation`",
            );
        }
        if let Some(ecs) = &self.ecs_deployment {
            rule(ecs.services.is_empty(), "`services` must name at least one service");
        }
        if let Some(eks) = &self.eks_restart {
            rule(
                eks.deployments.is_empty() == eks.selector.is_none(),
                "give either `deployments` or `selector`",
            );
            rule(!eks.endpoint.starts_with("https://"), "`endpoint` must begin with https://");
        }
        if let Some(secret) = &self.secret_endpoint {
            rule(secret.values.is_empty(), "`values` must name at least one key");
        }
        if let Some(command) = &self.ssm_command {
            rule(
                command.instance_ids.is_empty() == command.tags.is_empty(),
                "give either `instance_ids` or `tags`",
            );
            rule(command.tags.len() > 5, "`tags` may be five at most");
        }
        if let Some(machine) = &self.step_function {
            rule(
                machine.input.as_deref().is_some_and(no_json),
                "`input` is not valid JSON: use jsonencode()",
            );
        }
        if let Some(function) = &self.lambda_invoke {
            rule(
                function.payload.as_deref().is_some_and(no_json),
                "`payload` is not valid JSON: use jsonencode()",
            );
        }
        if let Some(webhook) = &self.webhook {
            let secrets =
                [&webhook.secret_variable, &webhook.secret_parameter, &webhook.secret_arn];
            rule(
                secrets.iter().filter(|secret| secret.is_some()).count() > 1,
                "give one of `secret_variable`, `secret_parameter` and `secret_arn`",
            );
            rule(!webhook.url.starts_with("https://"), "`url` must begin with https://");
        }
        problems
    }
}

fn no_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_err()
}

/// Every text with the words in it replaced.
fn fill(value: Value, words: &[(&'static str, Option<String>)]) -> Result<Value, Mismatch> {
    let object = |object: Object| -> Result<Object, Mismatch> {
        object
            .iter()
            .map(|(name, value)| Ok((name.to_owned(), fill(value.clone(), words)?)))
            .collect()
    };
    Ok(match value {
        Value::String(text) => Value::String(fill_text(&text, words)?),
        Value::List(items) => {
            Value::List(items.into_iter().map(|item| fill(item, words)).collect::<Result<_, _>>()?)
        }
        Value::Set(items) => {
            Value::Set(items.into_iter().map(|item| fill(item, words)).collect::<Result<_, _>>()?)
        }
        Value::Map(inner) => Value::Map(object(inner)?),
        Value::Object(inner) => Value::Object(object(inner)?),
        other => other,
    })
}

/// The text with the words in it replaced, once: what is filled in is not looked at again.
///
/// # Errors
/// When a word is used that has no value.
pub fn fill_text(text: &str, words: &[(&'static str, Option<String>)]) -> Result<String, Mismatch> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let word = words.iter().find(|(word, _)| {
            from[1..].strip_prefix(word).is_some_and(|after| after.starts_with('}'))
        });
        let Some((word, value)) = word else {
            filled.push('{');
            rest = &from[1..];
            continue;
        };
        let Some(value) = value else {
            return Err(Mismatch::Invalid(format!("there is no {{{word}}} now")));
        };
        filled.push_str(value);
        rest = &from[word.len() + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests;
