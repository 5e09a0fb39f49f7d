//! Incoming webhooks that take what Slack's take: Slack, Mattermost, Rocket.Chat, Google Chat.
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;
use serde_json::json;

use crate::drift::Drift;
use crate::notify::Error;
use crate::report::drift::message;

/// Posts the message as `{"text": ...}`.
pub(super) async fn post(url: &str, drift: &Drift) -> Result<(), Error> {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_default();
    let failed = |what: String| Error::Webhook { host: host.clone(), what };
    let (title, body) = message::message(drift);
    // The address is a secret: it goes nowhere but where it says.
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .map_err(|error| failed(format!("cannot be called: {error}")))?;
    let answer = client.post(url).json(&json!({ "text": format!("{title}\n{body}") })).send().await;
    let answer =
        answer.map_err(|error| failed(format!("did not answer: {}", error.without_url())))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(failed(format!("answered {status}"))) }
}
