//! The one HTTP client of the process: proxy and CA bundle from the environment, paced.
use std::sync::Arc;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::aws::pace::Pace;

/// A client that honours `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and `AWS_CA_BUNDLE`; the SDK's
/// own default knows none of them.
pub(super) fn client() -> SharedHttpClient {
    let tls = tls_context();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls.clone());
        if let Some(settings) = settings {
            builder = builder.connector_settings(settings.clone());
        }
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build()
    })
}

fn tls_context() -> TlsContext {
    let bundle = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty());
    let Some(pem) = bundle.and_then(|path| match std::fs::read(&path) {
        Ok(pem) => Some(pem),
        Err(error) => {
            tracing::warn!(?path, %error, "AWS_CA_BUNDLE cannot be read and is ignored");
            None
        }
    }) else {
        return TlsContext::default();
    };
    TlsContext::builder()
        .with_trust_store(TrustStore::default().with_pem_certificate(pem))
        .build()
        .expect("a trust store alone makes a valid context")
}

/// A client that keeps the calls of one account within the limits of each service.
#[derive(Debug)]
pub(super) struct Paced {
    pub(super) inner: SharedHttpClient,
    pub(super) pace: Arc<Pace>,
    pub(super) account: String,
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PacedConnector {
            inner: self.inner.http_connector(settings, components),
            pace: Arc::clone(&self.pace),
            account: self.account.clone(),
        })
    }
}

#[derive(Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    pace: Arc<Pace>,
    account: String,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, pace) = (self.inner.clone(), Arc::clone(&self.pace));
        let Some((region, service)) = signed_for(&request) else { return inner.call(request) };
        let scope = format!("{}/{region}", self.account);
        HttpConnectorFuture::new(async move {
            pace.wait(&scope, &service).await;
            let (throttled, response) = throttled(inner.call(request).await?).await?;
            pace.answered(&scope, &service, throttled);
            Ok(response)
        })
    }
}

/// Region and service that the request was signed for:
/// `Credential=AKIA…/20261122/us-east-1/rds/aws4_request`.
fn signed_for(request: &HttpRequest) -> Option<(String, String)> {
    let authorization = request.headers().get("authorization")?;
    let scope = authorization.split("Credential=").nth(1)?.split(',').next()?;
    let mut parts = scope.split('/').skip(2);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}

/// Whether AWS answered "too many calls". The query protocol says so only in the body.
async fn throttled(mut response: Response) -> Result<(bool, Response), ConnectorError> {
    let status = response.status().as_u16();
    if status == 429 {
        return Ok((true, response));
    }
    if status != 400 && status != 503 {
        return Ok((false, response));
    }
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let read = ByteStream::new(body).collect().await;
    let bytes = read.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
    let text = String::from_utf8_lossy(&bytes);
    let header = response.headers().get("x-amzn-errortype").unwrap_or_default();
    let says = |word: &str| text.contains(word) || header.contains(word);
    let throttled = ["Throttl", "RequestLimitExceeded", "TooManyRequests"].iter().any(|w| says(w));
    *response.body_mut() = SdkBody::from(bytes);
    Ok((throttled, response))
}
