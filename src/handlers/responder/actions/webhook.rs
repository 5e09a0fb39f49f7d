//! `webhook`: posts to an HTTPS address, signed.
use hmac::{Hmac, Mac};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use sha2::Sha256;

use crate::function::responder::actions::Webhook;
use crate::handlers::responder::actions::{Action, Need, Scene};
use crate::handlers::responder::secret;
use crate::handlers::{Error, Result};

/// The header with the signature.
const SIGNATURE: &str = "X-Drctl-Signature-256";

/// How many redirects are followed, to HTTPS only.
const REDIRECTS: usize = 3;

/// How much of what was answered is worth repeating.
const WORTH: usize = 300;

impl Action for Webhook {
    /// The secret, if there is one.
    type Found = Option<secret::Secret>;
    const REMEMBERED: bool = true;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Self::Found>> {
        let secret = self.secret(scene).await?;
        let signed = if secret.is_some() { ", signed" } else { ", not signed" };
        Ok(Need::Change(format!("POST {}{signed}", place(&self.url)), secret))
    }

    async fn act(&self, scene: &Scene<'_>, secret: Self::Found) -> Result<String> {
        let failed = |error: &reqwest::Error| Error::Failed(causes(error));
        let mut client = Client::builder()
            // What is redirected to plain HTTP fails.
            .https_only(true)
            .redirect(Policy::limited(REDIRECTS))
            .user_agent(concat!("drctl/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &self.certificate_authority {
            let authority = reqwest::Certificate::from_pem(pem.as_bytes()).map_err(|error| {
                Error::Configuration(format!("`certificate_authority`: {}", causes(&error)))
            })?;
            client = client.add_root_certificate(authority);
        }
        let client = client.build().map_err(|error| failed(&error))?;
        let body = scene.notice().to_string();
        let mut request = client
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", scene.key());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(secret) = secret {
            request = request.header(SIGNATURE, signature(&secret, body.as_bytes()));
        }
        let answer = request.body(body).send().await.map_err(|error| failed(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(format!("{} answered {}", place(&self.url), status.as_u16()));
        }
        let told: String = answer.text().await.unwrap_or_default().chars().take(WORTH).collect();
        let message = format!("{} answered {}: {told}", place(&self.url), status.as_u16());
        let passes = status.is_server_error()
            || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        Err(if passes { Error::Failed(message) } else { Error::Configuration(message) })
    }
}

impl Webhook {
    async fn secret(&self, scene: &Scene<'_>) -> Result<Option<secret::Secret>> {
        let Self { secret_variable, secret_parameter, secret_arn, .. } = self;
        Ok(match (secret_variable, secret_parameter, secret_arn) {
            (Some(name), _, _) => Some(secret::variable(name)?),
            (_, Some(name), _) => Some(secret::parameter(&scene.aws_of(name), name).await?),
            (_, _, Some(arn)) => Some(secret::stored(&scene.aws_of(arn), arn).await?),
            (None, None, None) => None,
        })
    }
}

fn signature(secret: &secret::Secret, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("a key of any length is one");
    mac.update(body);
    let mac: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256={mac}")
}

/// The address without its query and user, which may be secret.
fn place(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://").and_then(|(_, rest)| rest.split_once('@')) {
        Some((_, host)) => format!("https://{host}"),
        None => url.to_owned(),
    }
}

/// What went wrong, without the address.
fn causes(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    let sort = if error.is_timeout() {
        "no answer in time"
    } else if error.is_redirect() {
        "a redirect is not followed"
    } else if error.is_connect() {
        "no connection"
    } else {
        "it was not sent"
    };
    if causes.is_empty() { sort.to_owned() } else { format!("{sort}: {}", causes.join(": ")) }
}
