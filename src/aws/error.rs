//! AWS's failures as one type, told apart by what a person must do about them.
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call that did not succeed. Cheap to clone, so that all who waited for it can be told.
#[derive(Debug, Clone)]
pub struct AwsError {
    /// Service and operation, as `rds DescribeDBClusters`.
    pub operation: String,
    /// AWS's code, as `AccessDenied`; none if no answer came.
    pub code: Option<String>,
    /// AWS's own words, or those of the connection.
    pub message: String,
    /// What sort of failure it is.
    pub failure: Failure,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Sorts of failure, by what a person must do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Credentials are missing, wrong or have expired.
    Credentials,
    /// The credentials are good; a policy does not allow the call.
    Denied,
    /// Too many calls; the retries were throttled too.
    Throttled,
    /// No connection, or no answer in time.
    Unreachable,
    /// AWS has a fault of its own.
    Fault,
    /// AWS understood the call and will not do it.
    Refused,
}

/// What a call to AWS gives.
pub type Result<T, E = AwsError> = std::result::Result<T, E>;

impl AwsError {
    /// True if AWS answered with one of these codes.
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether it may be another Region's turn: there was no answer, or none that says anything.
    pub(super) fn unanswered(&self) -> bool {
        matches!(self.failure, Failure::Unreachable | Failure::Throttled | Failure::Fault)
    }

    /// The same failure, of something else that it made impossible.
    #[must_use]
    pub(super) fn of(self, operation: String) -> Self {
        Self { operation, ..self }
    }

    /// A failure that did not come out of an SDK client.
    pub fn new(operation: &str, code: Option<&str>, message: &str, failure: Failure) -> Self {
        Self {
            operation: operation.to_owned(),
            code: code.map(str::to_owned),
            message: message.to_owned(),
            failure,
            source: None,
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl Error for AwsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}

impl<E> From<SdkError<E, Response>> for AwsError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, Response>) -> Self {
        let mut operation = operation::<E>();
        // To get credentials may take calls of its own, such as to assume a role.
        let credentials = cause::<CredentialsError>(&error);
        let within = credentials.and_then(|error| cause::<ErrorMetadata>(error));
        if within.is_some() {
            operation = format!("getting credentials for {operation}");
        }
        let about = within.unwrap_or_else(|| error.meta());
        let code = about.code().map(str::to_owned);
        let message = match about.message() {
            Some(message) => message.to_owned(),
            None => innermost(&error),
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        let failure = match (&error, credentials) {
            (SdkError::DispatchFailure(_), Some(credentials)) => by_code(code.as_deref(), None)
                .filter(|failure| *failure != Failure::Refused)
                .unwrap_or_else(|| without_credentials(credentials)),
            (SdkError::TimeoutError(_) | SdkError::DispatchFailure(_), _) => Failure::Unreachable,
            _ => by_code(code.as_deref(), status).unwrap_or(Failure::Refused),
        };
        Self { operation, code, message, failure, source: Some(Arc::new(error)) }
    }
}

/// Why there are none: nobody gave any, or who should have did not answer.
fn without_credentials(error: &CredentialsError) -> Failure {
    if without_answer(error) { Failure::Unreachable } else { Failure::Credentials }
}

/// Whether there are none because who should have given them did not answer.
pub(super) fn without_answer(error: &CredentialsError) -> bool {
    cause::<ConnectorError>(error).is_some()
        || matches!(error, CredentialsError::ProviderTimedOut(_))
}

/// The first cause of this type, the error itself among them.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn by_code(code: Option<&str>, status: Option<u16>) -> Option<Failure> {
    Some(match code.unwrap_or_default() {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "RequestExpired"
        | "AuthFailure"
        | "IncompleteSignature" => Failure::Credentials,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "AuthorizationError"
        | "OptInRequired"
        | "AuthorizationErrorException" => Failure::Denied,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "PriorRequestNotComplete" => Failure::Throttled,
        code => match status {
            Some(500..) => Failure::Fault,
            Some(429) => Failure::Throttled,
            Some(403) => Failure::Denied,
            _ if code.is_empty() => return None,
            _ => Failure::Refused,
        },
    })
}

/// The words nearest to the cause; the SDK's own top line says only "dispatch failure".
fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// `rds DescribeDBClusters`, from the path of the SDK's error type.
fn operation<E>() -> String {
    let path = std::any::type_name::<E>();
    let service = path.split("::").next().unwrap_or_default().trim_start_matches("aws_sdk_");
    let name = path.rsplit("::").next().unwrap_or_default().trim_end_matches("Error");
    format!("{service} {name}")
}

/// Turns "there is no such thing" into `None`, naming the codes that mean it for this call.
pub trait AbsentOn<T> {
    /// `None` if AWS answered with one of these codes.
    ///
    /// # Errors
    /// Every other failure.
    fn absent_on(self, codes: &[&str]) -> Result<Option<T>>;
}

impl<T, E> AbsentOn<T> for std::result::Result<T, SdkError<E, Response>>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn absent_on(self, codes: &[&str]) -> Result<Option<T>> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.code().is_some_and(|code| codes.contains(&code)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
