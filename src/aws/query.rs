//! Calls to EC2 without its SDK, through all that the other clients go through.
use std::fmt::Write as _;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::aws::{Aws, AwsError, Failure, Result};

const VERSION: &str = "2016-11-15";
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An error, as EC2 writes it.
#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(rename = "Errors")]
    errors: Refusals,
}

#[derive(Debug, Deserialize)]
struct Refusals {
    #[serde(rename = "Error")]
    error: Vec<OneRefusal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OneRefusal {
    code: String,
    #[serde(default)]
    message: String,
}

impl Aws {
    /// One call to EC2 in its query protocol.
    ///
    /// It is signed, sent, paced, counted, timed and retried as the calls of the SDK's clients are,
    /// by the same parts.
    pub(crate) async fn ec2<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        parameters: Vec<(String, String)>,
    ) -> Result<T> {
        let name = format!("ec2 {operation}");
        let form = form(operation, &parameters);
        let (endpoint, config) = (self.ec2_url(), self.config());
        let missing = |what: &str| AwsError::new(&name, None, what, Failure::Credentials);
        let credentials = config
            .credentials_provider()
            .ok_or_else(|| missing("no credentials are configured"))?;
        let cache = config.identity_cache().ok_or_else(|| missing("there is no identity cache"))?;
        let http = config.http_client().ok_or_else(|| missing("there is no HTTP client"))?;

        let signing = SigV4OperationSigningConfig {
            region: config.region().cloned().map(SigningRegion::from),
            name: Some(SigningName::from_static("ec2")),
            ..SigV4OperationSigningConfig::default()
        };
        let mut layer = Layer::new("ec2");
        layer.store_put(signing);
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(RetryPartition::new(format!("{}-ec2", self.scope)));
        let mut components = RuntimeComponentsBuilder::new("ec2");
        components.push_auth_scheme(SigV4AuthScheme::new());
        components.set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(
            vec![SCHEME_ID],
        )));
        components.set_identity_resolver(SCHEME_ID, credentials);
        components.set_identity_cache(Some(cache));

        let retries = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let mut call = Operation::builder()
            .service_name("EC2")
            .operation_name(operation)
            .http_client(http)
            .endpoint_url(&endpoint)
            .standard_retry(&retries)
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .timeout_config(config.timeout_config().cloned().unwrap_or_else(disabled))
            .interceptor(self.meter.clone())
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(layer.freeze())
                    .with_runtime_components(components),
            );
        if let Some(version) = config.behavior_version() {
            call = call.behavior_version(version);
        }
        if let Some(sleep) = config.sleep_impl() {
            call = call.sleep_impl(sleep);
        }
        if let Some(clock) = config.time_source() {
            call = call.time_source(clock);
        }
        let call = call.serializer(request).deserializer(answer).build();
        let body = call.invoke(form).await.map_err(|error| {
            let mut error: AwsError = error.into();
            error.operation.clone_from(&name);
            error
        })?;
        quick_xml::de::from_str(&body).map_err(|error| {
            let message = format!("the answer cannot be read: {error}");
            AwsError::new(&name, None, &message, Failure::Fault)
        })
    }

    /// The provider's own endpoint, the environment's or profile's, or AWS's.
    fn ec2_url(&self) -> String {
        let config = self.config();
        let key = ServiceConfigKey::builder()
            .service_id("EC2")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .expect("all that a key needs is given");
        let configured = config.service_config().and_then(|settings| settings.load_config(key));
        let url = self
            .ec2_endpoint()
            .map(str::to_owned)
            .or(configured)
            .or_else(|| config.endpoint_url().map(str::to_owned));
        url.unwrap_or_else(|| {
            let service = if config.use_fips() == Some(true) { "ec2-fips" } else { "ec2" };
            let suffix = if self.partition() == "aws-cn" { "com.cn" } else { "com" };
            format!("https://{service}.{}.amazonaws.{suffix}", self.scope.region)
        })
    }
}

fn disabled() -> aws_smithy_types::timeout::TimeoutConfig {
    aws_smithy_types::timeout::TimeoutConfig::disabled()
}

fn form(operation: &str, parameters: &[(String, String)]) -> String {
    let mut form = format!("Action={operation}&Version={VERSION}");
    for (name, value) in parameters {
        let (name, value) =
            (utf8_percent_encode(name, UNRESERVED), utf8_percent_encode(value, UNRESERVED));
        write!(form, "&{name}={value}").expect("a string takes all that is written to it");
    }
    form
}

fn request(form: String) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(form.as_str()));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    headers.insert("content-length", form.len().to_string());
    headers.insert("user-agent", concat!("drctl/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<String, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(body).into_owned();
    if response.status().is_success() {
        return Ok(text);
    }
    Err(OrchestratorError::operation(refusal(&text, response.status().as_u16())))
}

fn refusal(text: &str, status: u16) -> ErrorMetadata {
    let refusal = quick_xml::de::from_str::<Refusal>(text).ok();
    let error = ErrorMetadata::builder();
    match refusal.and_then(|refusal| refusal.errors.error.into_iter().next()) {
        Some(OneRefusal { code, message }) => error.code(code).message(message).build(),
        None => error.message(format!("answered with status {status}")).build(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded() {
        let parameters = [("Filter.1.Name".to_owned(), "tag:a b".to_owned())];
        assert_eq!(
            form("DescribeX", &parameters),
            "Action=DescribeX&Version=2016-11-15&Filter.1.Name=tag%3Aa%20b"
        );
    }

    #[test]
    fn a_refusal_is_read() {
        let xml = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>InvalidGroup.NotFound\
                   </Code><Message>no &lt;such&gt; group</Message></Error></Errors>\
                   <RequestID>1</RequestID></Response>";
        let error = refusal(xml, 400);
        assert_eq!(error.code(), Some("InvalidGroup.NotFound"));
        assert_eq!(error.message(), Some("no <such> group"));
        assert_eq!(refusal("<html>", 502).code(), None);
    }
}
