//! A signed request in the name of another Region, which AWS asks for to read what is encrypted
//! there. SDKs for other languages make it by themselves.
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_rds::operation::create_db_cluster::builders::CreateDbClusterInputBuilder;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::aws::{Aws, AwsError, Failure};
use crate::resources::Result;

/// What a query may hold as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

const LASTS: Duration = Duration::from_hours(1);

/// The request of `input`, signed for `region`.
pub(super) async fn create_db_cluster(
    aws: &Aws,
    region: &str,
    input: &CreateDbClusterInputBuilder,
) -> Result<String> {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let parts = [
        ("Action", Some("CreateDBCluster")),
        ("Version", Some("2014-10-31")),
        ("DestinationRegion", Some(aws.scope.region.as_str())),
        ("DBClusterIdentifier", input.get_db_cluster_identifier().as_deref()),
        ("Engine", input.get_engine().as_deref()),
        ("EngineVersion", input.get_engine_version().as_deref()),
        ("GlobalClusterIdentifier", input.get_global_cluster_identifier().as_deref()),
        ("ReplicationSourceIdentifier", input.get_replication_source_identifier().as_deref()),
        ("KmsKeyId", input.get_kms_key_id().as_deref()),
        (
            "StorageEncrypted",
            input.get_storage_encrypted().map(|on| if on { "true" } else { "false" }),
        ),
    ];
    let url = format!("https://rds.{region}.{domain}/?{}", query(&parts));
    let failed = |message: String| {
        AwsError::new("rds CreateDBCluster (presigned)", None, &message, Failure::Credentials)
    };
    let provider = aws
        .config()
        .credentials_provider()
        .ok_or_else(|| failed("there are no credentials to sign with".to_owned()))?;
    let credentials =
        provider.provide_credentials().await.map_err(|error| failed(error.to_string()))?;
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(LASTS);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("rds")
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(|error| failed(error.to_string()))?
        .into();
    let request =
        SignableRequest::new("GET", url.as_str(), std::iter::empty(), SignableBody::Bytes(&[]))
            .map_err(|error| failed(error.to_string()))?;
    let (instructions, _) =
        sign(request, &params).map_err(|error| failed(error.to_string()))?.into_parts();
    let (_, signed) = instructions.into_parts();
    let signed: Vec<_> = signed.iter().map(|(name, value)| (*name, Some(&**value))).collect();
    Ok(format!("{url}&{}", query(&signed)))
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
