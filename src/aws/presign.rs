//! Requests that are signed here and sent by somebody else.
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::aws::{Aws, AwsError, Failure, Result};

/// What a query may hold as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A GET request in the query protocol, to be signed.
#[derive(Debug)]
pub(crate) struct Presigned<'a> {
    /// Its name for errors: `rds CreateDBCluster`.
    pub(crate) operation: &'a str,
    /// The service, as it signs: `rds`.
    pub(crate) service: &'a str,
    /// The Region to which it is made.
    pub(crate) region: &'a str,
    /// Its parameters; what is `None` is left out.
    pub(crate) parameters: &'a [(&'a str, Option<&'a str>)],
    /// Headers that whoever sends it must send along.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// How long it is good for.
    pub(crate) lasts: Duration,
}

impl Aws {
    /// The URL of a request, signed with these credentials.
    ///
    /// # Errors
    /// When there are no credentials.
    pub(crate) async fn presigned(&self, request: Presigned<'_>) -> Result<String> {
        let Presigned { operation, service, region, parameters, headers, lasts } = request;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let url = format!("https://{service}.{region}.{domain}/?{}", query(parameters));
        let failed = |message: String| {
            AwsError::new(&format!("{operation} (presigned)"), None, &message, Failure::Credentials)
        };
        let provider = self
            .config()
            .credentials_provider()
            .ok_or_else(|| failed("there are no credentials to sign with".to_owned()))?;
        let credentials =
            provider.provide_credentials().await.map_err(|error| failed(error.to_string()))?;
        let identity = credentials.into();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(lasts);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| failed(error.to_string()))?
            .into();
        let signed = SignableRequest::new(
            "GET",
            url.as_str(),
            headers.iter().copied(),
            SignableBody::Bytes(&[]),
        )
        .map_err(|error| failed(error.to_string()))?;
        let (instructions, _) =
            sign(signed, &params).map_err(|error| failed(error.to_string()))?.into_parts();
        let (_, signed) = instructions.into_parts();
        let signed: Vec<_> = signed.iter().map(|(name, value)| (*name, Some(&**value))).collect();
        Ok(format!("{url}&{}", query(&signed)))
    }
}

fn query(parts: &[(&str, Option<&str>)]) -> String {
    let part = |(name, value): &(&str, Option<&str>)| {
        value.map(|value| format!("{name}={}", utf8_percent_encode(value, PLAIN)))
    };
    parts.iter().filter_map(part).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_left_out() {
        let parts = [("Action", Some("A")), ("Engine", None), ("KmsKeyId", Some("arn:aws:kms"))];
        assert_eq!(query(&parts), "Action=A&KmsKeyId=arn%3Aaws%3Akms");
    }
}
