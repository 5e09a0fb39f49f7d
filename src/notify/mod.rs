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

pub use crate::function::drift::Target;

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
