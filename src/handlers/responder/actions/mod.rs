//! What can be done when the writer has moved: one file for each kind of action.
//!
//! # An action of your own
//!
//! Without a fork of drctl, `lambda_invoke` calls a function of yours, `webhook` a service and
//! `step_function` a state machine; each is told what happened and who writes now. In a fork, an
//! action is three things: its settings with a place in [`Step`](crate::function::responder::Step),
//! an implementation of [`Action`] for them, and a line in [`ALL`].
//!
//! ```
//! use drctl::attributes;
//! use drctl::handlers::Result;
//! use drctl::handlers::responder::actions::{Action, Need, Scene};
//!
//! attributes! {
//!     /// Starts what a queue keeps back while nobody writes.
//!     pub struct QueueRelease {
//!         /// URL of the queue.
//!         queue_url: String,
//!     }
//! }
//!
//! impl Action for QueueRelease {
//!     /// What `look` found for `act`: the seconds for which messages are kept back.
//!     type Found = String;
//!
//!     async fn look(&self, scene: &Scene<'_>) -> Result<Need<String>> {
//!         let delay = aws_sdk_sqs::types::QueueAttributeName::DelaySeconds;
//!         let call = scene.aws.sqs().get_queue_attributes().queue_url(&self.queue_url);
//!         let told = call.attribute_names(delay.clone()).send().await?;
//!         match told.attributes.and_then(|all| all.get(&delay).cloned()) {
//!             Some(seconds) if seconds != "0" => {
//!                 Ok(Need::Change(format!("release {}", self.queue_url), seconds))
//!             }
//!             _ => Ok(Need::Nothing("nothing is kept back".to_owned())),
//!         }
//!     }
//!
//!     async fn act(&self, scene: &Scene<'_>, seconds: String) -> Result<String> {
//!         let delay = aws_sdk_sqs::types::QueueAttributeName::DelaySeconds;
//!         let call = scene.aws.sqs().set_queue_attributes().queue_url(&self.queue_url);
//!         call.attributes(delay, "0").send().await?;
//!         Ok(format!("released, after a delay of {seconds} s"))
//!     }
//! }
//! ```
use std::future::Future;
use std::pin::Pin;

use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::address::Region;
use crate::aws::Aws;
use crate::function::responder::{Occasion, Step, actions};
use crate::handlers::{Context, Error, Result};
use crate::schema::Arn;

mod ec2_restart;
mod ecs_deployment;
mod eks_restart;
mod lambda_invoke;
mod rds_proxy_target;
mod route53_record;
mod secret_endpoint;
mod snapshot_copy;
mod sns_message;
mod ssm_automation;
mod ssm_command;
mod ssm_parameter;
mod step_function;
mod webhook;

/// Every kind of action, in the order of the manual.
pub static ALL: &[&dyn Kind] = &[
    &Erased::<actions::Route53Record>::new("route53_record", |s| s.route53_record.as_ref()),
    &Erased::<actions::Ec2Restart>::new("ec2_restart", |s| s.ec2_restart.as_ref()),
    &Erased::<actions::EcsDeployment>::new("ecs_deployment", |s| s.ecs_deployment.as_ref()),
    &Erased::<actions::EksRestart>::new("eks_restart", |s| s.eks_restart.as_ref()),
    &Erased::<actions::RdsProxyTarget>::new("rds_proxy_target", |s| s.rds_proxy_target.as_ref()),
    &Erased::<actions::SecretEndpoint>::new("secret_endpoint", |s| s.secret_endpoint.as_ref()),
    &Erased::<actions::SsmParameter>::new("ssm_parameter", |s| s.ssm_parameter.as_ref()),
    &Erased::<actions::SsmCommand>::new("ssm_command", |s| s.ssm_command.as_ref()),
    &Erased::<actions::SsmAutomation>::new("ssm_automation", |s| s.ssm_automation.as_ref()),
    &Erased::<actions::StepFunction>::new("step_function", |s| s.step_function.as_ref()),
    &Erased::<actions::LambdaInvoke>::new("lambda_invoke", |s| s.lambda_invoke.as_ref()),
    &Erased::<actions::Webhook>::new("webhook", |s| s.webhook.as_ref()),
    &Erased::<actions::SnsMessage>::new("sns_message", |s| s.sns_message.as_ref()),
    &Erased::<actions::SnapshotCopy>::new("snapshot_copy", |s| s.snapshot_copy.as_ref()),
];

/// One kind of action; its settings are what it is implemented for.
///
/// It works towards what is wanted from what is there, as resources do: [`look`](Self::look) says
/// what is to be done, so that a dry run is the first half of the real thing, and an event that
/// comes twice finds nothing to do. It does not log, count attempts or catch what fails.
pub trait Action: Send + Sync + 'static {
    /// What [`look`](Self::look) found that [`act`](Self::act) needs.
    type Found: Send;
    /// Whether [`look`](Self::look) cannot see that it was done, so that it must be remembered.
    const REMEMBERED: bool = false;
    /// Looks at what is there, and changes nothing.
    fn look(&self, scene: &Scene<'_>) -> impl Future<Output = Result<Need<Self::Found>>> + Send;
    /// Does it, and says what was done: ids are worth keeping, secrets are never said.
    fn act(
        &self,
        scene: &Scene<'_>,
        found: Self::Found,
    ) -> impl Future<Output = Result<String>> + Send;
}

/// Whether something is to be done.
#[derive(Debug)]
pub enum Need<F> {
    /// It is as it should be; the text says what is so.
    Nothing(String),
    /// This is to be done; the text says what.
    Change(String, F),
}

/// What an action is told beside its settings.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Clients for the Region that it acts in, within the time of one attempt.
    pub aws: Aws,
    /// What happened, and who writes now.
    pub occasion: &'a Occasion,
    /// What the action is called.
    pub name: String,
    /// The invocation, for waiting.
    pub context: &'a Context,
}

impl Scene<'_> {
    /// Clients for the Region of this ARN; those of the action for what is none or has no Region.
    pub fn aws_of(&self, name: &str) -> Aws {
        match Arn::parse(name) {
            Ok(arn) if !arn.region().is_empty() => self.aws.in_region(&Region::new(arn.region())),
            _ => self.aws.clone(),
        }
    }
    /// What is the same whenever this action is done for this event; 64 hexadecimal digits.
    pub fn key(&self) -> String {
        self.occasion.key(&self.name)
    }
    /// The key as a UUID.
    pub fn token(&self) -> String {
        self.occasion.token(&self.name)
    }
    /// What others are told.
    pub fn notice(&self) -> Json {
        self.occasion.notice(&self.name)
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was to be done, and why.
    Unchanged(String),
    /// What would be done, if this were no dry run.
    Would(String),
    /// What was done.
    Done(String),
}

/// A future of an action's.
pub type Attempt<'a> = Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>>;

/// One kind of action, for who does not know its settings.
pub trait Kind: Send + Sync {
    /// Name of its block in the configuration.
    fn name(&self) -> &'static str;
    /// See [`Action::REMEMBERED`].
    fn remembered(&self) -> bool;
    /// Whether this step is one of it.
    fn is(&self, step: &Step) -> bool;
    /// Looks and, unless this is a dry run, acts. `begins` is told what is to be done just before.
    fn attempt<'a>(
        &'a self,
        step: &'a Step,
        scene: &'a Scene<'a>,
        dry_run: bool,
        begins: &'a (dyn Fn(&str) + Sync),
    ) -> Attempt<'a>;
}

/// Bridges a typed [`Action`] to the list of all.
pub struct Erased<A> {
    name: &'static str,
    of: fn(&Step) -> Option<&A>,
}

impl<A: Action> Erased<A> {
    /// The bridge: the name of the action's block, and where a step keeps it.
    pub const fn new(name: &'static str, of: fn(&Step) -> Option<&A>) -> Self {
        Self { name, of }
    }
}

impl<A: Action> Kind for Erased<A> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn remembered(&self) -> bool {
        A::REMEMBERED
    }
    fn is(&self, step: &Step) -> bool {
        (self.of)(step).is_some()
    }
    fn attempt<'a>(
        &'a self,
        step: &'a Step,
        scene: &'a Scene<'a>,
        dry_run: bool,
        begins: &'a (dyn Fn(&str) + Sync),
    ) -> Attempt<'a> {
        Box::pin(async move {
            let action = (self.of)(step).expect("the step was asked whether it is one of these");
            match action.look(scene).await? {
                Need::Nothing(why) => Ok(Outcome::Unchanged(why)),
                Need::Change(what, _) if dry_run => Ok(Outcome::Would(what)),
                Need::Change(what, found) => {
                    begins(&what);
                    action.act(scene, found).await.map(Outcome::Done)
                }
            }
        })
    }
}

/// The time of an event, in seconds: no service tells more of when it did something.
fn instant(text: &str) -> Result<i64> {
    let at = OffsetDateTime::parse(text, &Rfc3339);
    at.map(OffsetDateTime::unix_timestamp)
        .map_err(|error| Error::Failed(format!("{text:?} is no time: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Record;

    #[test]
    fn every_block_of_a_step_is_a_kind_of_action() {
        let blocks = Step::TABLE.iter().filter(|spec| spec.kind.block().is_some());
        let blocks: Vec<&str> = blocks.map(|spec| spec.name).collect();
        let kinds: Vec<&str> = ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(kinds, blocks);
    }
}
