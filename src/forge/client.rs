//! Calls a REST interface: pages, retries, rate limits. Its token goes to no other host, and is in no
//! text.
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value as Tree;

use crate::forge::{Error, Result};

/// A token; nothing prints it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps it.
    pub fn new(token: String) -> Self {
        Self(token)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How often something is tried.
const TRIES: u32 = 4;
/// The longest that a rate limit is waited for; what asks for more is an error that says so.
const PATIENCE: Duration = Duration::from_secs(90);
/// Pages that are read at most.
const PAGES: usize = 100;

/// Calls one interface.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    /// How long is waited before something is tried again.
    step: Duration,
}

/// What was answered.
struct Answer {
    body: Tree,
    next: Option<Url>,
}

impl Client {
    /// A client for the interface below `base`, such as `https://api.github.com`. `header` carries
    /// the token, with `prefix` before it.
    ///
    /// # Errors
    /// When the address is none, or the token could be read on the way there.
    pub fn new(base: &str, header: &'static str, prefix: &str, token: &Secret) -> Result<Self> {
        let call = base.to_owned();
        let wrong = |said: &str| Error { call: call.clone(), status: None, said: said.to_owned() };
        let mut base = Url::parse(base).map_err(|_| wrong("this is no address of the web"))?;
        let local = matches!(base.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if base.scheme() != "https" && !local {
            return Err(wrong("the token would be readable on the way: use https://"));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", token.0.trim()))
            .map_err(|_| wrong("the token has characters that no token has"))?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(header), value);
        headers.insert("accept", HeaderValue::from_static("application/json"));
        let agent = concat!("drctl/", env!("CARGO_PKG_VERSION"));
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(30))
            .default_headers(headers)
            .user_agent(agent)
            .build()
            .map_err(|error| wrong(&format!("cannot be called: {error}")))?;
        // On this machine only tests are waited for.
        let step = Duration::from_millis(if local { 20 } else { 1000 });
        Ok(Self { http, base, step })
    }

    /// Reads one thing.
    pub(super) async fn get(&self, path: &str) -> Result<Tree> {
        Ok(self.call(Method::GET, self.address(path)?, None).await?.body)
    }

    /// Reads a list to its end, page by page.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Tree>> {
        let mut next = Some(self.address(path)?);
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let Some(url) = next else { break };
            let answer = self.call(Method::GET, url, None).await?;
            if let Tree::Array(items) = answer.body {
                all.extend(items);
            }
            next = answer.next;
        }
        Ok(all)
    }

    /// Sends something.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Tree>,
    ) -> Result<Tree> {
        Ok(self.call(method, self.address(path)?, body).await?.body)
    }

    /// Sends something to another address of the same host.
    pub(super) async fn send_to(&self, url: &str, body: &Tree) -> Result<Tree> {
        let url = Url::parse(url).ok().filter(|url| url.origin() == self.base.origin());
        let url = url.ok_or_else(|| Error {
            call: "POST".to_owned(),
            status: None,
            said: "this address is on another host than the rest of the interface".to_owned(),
        })?;
        Ok(self.call(Method::POST, url, Some(body)).await?.body)
    }

    /// Waits a little before something is tried again.
    pub(super) async fn pause(&self) {
        self.wait(self.step).await;
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn address(&self, path: &str) -> Result<Url> {
        self.base.join(path.trim_start_matches('/')).map_err(|error| Error {
            call: path.to_owned(),
            status: None,
            said: error.to_string(),
        })
    }

    async fn call(&self, method: Method, url: Url, body: Option<&Tree>) -> Result<Answer> {
        // Twice is once too often, unless it is known that nothing was done.
        let repeatable = method != Method::POST;
        let call = format!("{method} {url}");
        let mut tried = 0;
        loop {
            tried += 1;
            let mut request = self.http.request(method.clone(), url.clone());
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => {
                    if tried < TRIES && (repeatable || error.is_connect()) {
                        self.wait(self.step * 2u32.pow(tried)).await;
                        continue;
                    }
                    let said = reason(&error.without_url());
                    return Err(Error { call, status: None, said });
                }
            };
            let status = answer.status();
            let usual = self.step * 2u32.pow(tried);
            if let Some(time) = limited(status, answer.headers(), usual) {
                if tried < TRIES && time <= PATIENCE {
                    self.wait(time).await;
                    continue;
                }
                let said = format!("too many calls: nothing more for {} seconds", time.as_secs());
                return Err(Error { call, status: Some(429), said });
            }
            if status.is_server_error() && repeatable && tried < TRIES {
                self.wait(self.step * 2u32.pow(tried)).await;
                continue;
            }
            let next = self.next(answer.headers());
            let text = answer.text().await.unwrap_or_default();
            let body: Tree = serde_json::from_str(&text).unwrap_or_default();
            if status.is_success() {
                return Ok(Answer { body, next });
            }
            return Err(Error { call, status: Some(status.as_u16()), said: said(&body, status) });
        }
    }

    /// The next page, if it is on the same host: the token goes nowhere else.
    fn next(&self, headers: &HeaderMap) -> Option<Url> {
        let links = headers.get("link")?.to_str().ok()?;
        let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
        let url = Url::parse(next.split_once('<')?.1.split_once('>')?.0).ok()?;
        (url.origin() == self.base.origin()).then_some(url)
    }
}

/// How long is to be waited because there were too many calls; `usual` if that was not said, none if
/// there were not too many.
fn limited(status: StatusCode, headers: &HeaderMap, usual: Duration) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let after = number("retry-after").map(Duration::from_secs);
    let empty = number("x-ratelimit-remaining") == Some(0);
    match status {
        StatusCode::TOO_MANY_REQUESTS => {}
        StatusCode::FORBIDDEN if after.is_some() || empty => {}
        _ => return None,
    }
    let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let until = reset.map(|reset| Duration::from_secs(reset.saturating_sub(now.as_secs()) + 1));
    Some(after.or(until).unwrap_or(usual))
}

/// What GitHub or GitLab say in the body of an error.
fn said(body: &Tree, status: StatusCode) -> String {
    let word = |name: &str| body.get(name).and_then(Tree::as_str).map(str::to_owned);
    let message = word("message").or_else(|| word("error_description")).or_else(|| word("error"));
    let message = message.or_else(|| body.get("message").map(Tree::to_string));
    message.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().to_owned())
}

fn reason(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        said = format!("{said}: {error}");
        next = error.source();
    }
    said
}
