//! Tells people and systems what was found: topics, chats, event buses, metrics.
use crate::address::{AccountId, Region, Scope};
use crate::aws::{Aws, AwsError, Sessions};
use crate::drift::{Drift, Verdict};
use crate::plan::{Connected, Finished};
use crate::schema::Arn;

mod bus;
mod metric;
mod topic;
mod webhook;

/// Where findings are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An Amazon SNS topic: told of drift and of what could not be read.
    Topic(Arn),
    /// An incoming webhook that takes what Slack's take: told of the same.
    Webhook(String),
    /// An EventBridge bus: told of every run.
    Bus(Arn),
    /// A CloudWatch namespace: gets a metric from every run.
    Metric(String),
}

/// Why something was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// AWS refused it.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Part of it was refused; which and why.
    #[error("{0}")]
    Refused(String),
    /// The webhook did not take it. Its address may hold a secret and is not said.
    #[error("the webhook at {host} {what}")]
    Webhook {
        /// Where it is.
        host: String,
        /// What went wrong.
        what: String,
    },
}

impl Target {
    /// Reads `-notify`.
    ///
    /// # Errors
    /// When it is nothing that can be told; the text says what can.
    pub fn parse(text: &str) -> Result<Self, String> {
        const CAN: &str = "an ARN of an SNS topic or of an EventBridge bus, an https:// address of a \
                           webhook, or cloudwatch:NAMESPACE";
        if let Some(namespace) = text.strip_prefix("cloudwatch:").filter(|name| !name.is_empty()) {
            return Ok(Self::Metric(namespace.to_owned()));
        }
        if text.starts_with("https://") || webhook::is_local(text) {
            return Ok(Self::Webhook(text.to_owned()));
        }
        if text.starts_with("http://") {
            return Err(
                "a webhook's address is a secret, and http:// shows it to everybody on the \
                        way: use https://"
                    .to_owned(),
            );
        }
        let service = text.split(':').nth(2);
        match (Arn::parse(text), service) {
            (Ok(arn), Some("sns")) => Ok(Self::Topic(arn)),
            (Ok(arn), Some("events")) => Ok(Self::Bus(arn)),
            _ => Err(format!("this is none of what can be told: {CAN}")),
        }
    }
}

/// Sends what was found about one stack.
///
/// # Errors
/// When it cannot be sent.
pub async fn send(
    target: &Target,
    drift: &Drift,
    finished: &Finished,
    sessions: &Sessions,
) -> Result<(), Error> {
    let news = drift.verdict() != Verdict::Clean;
    match target {
        Target::Topic(arn) if news => {
            topic::publish(&client(arn, finished, sessions).await?, arn, drift).await
        }
        Target::Webhook(url) if news => webhook::post(url, drift).await,
        Target::Topic(_) | Target::Webhook(_) => Ok(()),
        Target::Bus(arn) => bus::put(&client(arn, finished, sessions).await?, arn, drift).await,
        Target::Metric(namespace) => {
            let Connected { settings, account, region } = connected(None, finished)?;
            let scope = Scope { account: account.clone(), region: region.clone() };
            metric::put(&sessions.aws(settings, scope, None).await?, namespace, drift).await
        }
    }
}

/// A client where the ARN is, with the credentials of a provider for its account if there is one.
async fn client(arn: &Arn, finished: &Finished, sessions: &Sessions) -> Result<Aws, Error> {
    let mut parts = arn.as_str().split(':').skip(3);
    let region = Region::new(parts.next().unwrap_or_default());
    let named = parts.next().and_then(AccountId::parse);
    let Connected { settings, account, .. } = connected(named.as_ref(), finished)?;
    let scope = Scope { account: account.clone(), region };
    Ok(sessions.aws(settings, scope, None).await?)
}

/// The provider for that account, else the default one, else any.
fn connected<'a>(
    account: Option<&AccountId>,
    finished: &'a Finished,
) -> Result<&'a Connected, Error> {
    let all = &finished.connected;
    let of = |account: &AccountId| all.values().find(|one| one.account == *account);
    let one = account.and_then(of).or_else(|| all.get("")).or_else(|| all.values().next());
    one.ok_or_else(|| {
        Error::Refused("no provider of this configuration reaches any account".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_told() {
        let arn = |text: &str| Arn::parse(text).expect("an ARN");
        let topic = "arn:aws:sns:us-east-1:111111111111:alerts";
        let bus = "arn:aws:events:us-east-1:111111111111:event-bus/default";
        let check = |text: &str, expected: Target| assert_eq!(Target::parse(text), Ok(expected));
        check(topic, Target::Topic(arn(topic)));
        check(bus, Target::Bus(arn(bus)));
        check("cloudwatch:drctl", Target::Metric("drctl".to_owned()));
        let hook = "https://hooks.slack.com/services/T/B/x";
        check(hook, Target::Webhook(hook.to_owned()));
        for wrong in ["", "cloudwatch:", "arn:aws:sqs:us-east-1:1:q", "http://example.com/x", "x"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }
}
