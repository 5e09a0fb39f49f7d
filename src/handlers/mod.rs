//! What runs in Lambda when something happens: this binary, serving one handler.
//!
//! A handler is told an event and trusts none: it refuses what is not for it, looks at AWS, decides
//! with the pure functions of [`function`](crate::function), and acts through
//! [`Context::act`], which writes down what it begins and how it ended. Events come twice, late and
//! in any order; to be invoked again must do nothing that is done already.
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value as Json;

use crate::aws::AwsError;
use crate::diagnostic::nearest;
use crate::function::{Configuration, FILE};
use crate::schema::{Mismatch, Record};

mod audit;
mod carried;
mod context;
mod copier;
mod drift;
pub mod responder;
pub mod serve;

pub use audit::{Audit, Entry, Status};
pub use carried::Carried;
pub use context::Context;

/// Every handler, by the name that a function's `handler` gives it.
pub static ALL: &[&dyn Served] = &[
    &Erased::<crate::function::Copier>::NEW,
    &Erased::<crate::function::Drift>::NEW,
    &Erased::<crate::function::Responder>::NEW,
];

/// One handler; its configuration is what it is implemented for.
///
/// To add one: declare its configuration in [`function`](crate::function), give it a place in
/// [`Configuration`] and in `drctl_package`, implement this, and add a line to [`ALL`].
pub trait Handler: Record + Send + Sync + 'static {
    /// What `handler` of a function names it.
    const NAME: &'static str;
    /// Its part of the configuration, if the package has one.
    fn of(configuration: &Configuration) -> Option<&Self>;
    /// Handles one event. What it answers goes to whoever invoked the function and waits.
    ///
    /// An error makes Lambda try again, and at last hand the event to where failures go. So what
    /// passes by itself and what a person must look at are errors; an event that is none of ours
    /// is [`Error::Refused`], which is logged and not tried again.
    fn handle(&self, context: &Context, event: &Json) -> impl Future<Output = Result<Json>> + Send;
}

/// A future of a handler's.
pub type Later<'a> = Pin<Box<dyn Future<Output = Result<Json>> + Send + 'a>>;

/// A handler, for who does not know its configuration.
pub trait Served: Send + Sync {
    /// See [`Handler::NAME`].
    fn name(&self) -> &'static str;
    /// Whether there is a configuration for it.
    fn is_in(&self, configuration: &Configuration) -> bool;
    /// See [`Handler::handle`].
    fn handle<'a>(
        &'a self,
        configuration: &'a Configuration,
        context: &'a Context,
        event: &'a Json,
    ) -> Later<'a>;
}

/// Bridges a typed [`Handler`] to the list of all.
pub struct Erased<H>(PhantomData<fn() -> H>);

impl<H: Handler> Erased<H> {
    /// The bridge.
    pub const NEW: Self = Self(PhantomData);
}

impl<H: Handler> Served for Erased<H> {
    fn name(&self) -> &'static str {
        H::NAME
    }
    fn is_in(&self, configuration: &Configuration) -> bool {
        H::of(configuration).is_some()
    }
    fn handle<'a>(
        &'a self,
        configuration: &'a Configuration,
        context: &'a Context,
        event: &'a Json,
    ) -> Later<'a> {
        Box::pin(async move {
            let own = H::of(configuration).ok_or_else(|| {
                let name = H::NAME;
                Error::Configuration(format!(
                    "{FILE} has no `{name}`: give the drctl_package block of this function a \
                     `{name}` block"
                ))
            })?;
            own.handle(context, event).await
        })
    }
}

/// The handler of that name.
///
/// # Errors
/// When there is none; the error names those that are.
pub fn find(name: &str) -> Result<&'static dyn Served> {
    ALL.iter().copied().find(|handler| handler.name() == name).ok_or_else(|| {
        let names = || ALL.iter().map(|handler| handler.name());
        let hint = nearest(name, names()).map(|near| format!(" Did you mean \"{near}\"?"));
        let all = names().collect::<Vec<_>>().join(", ");
        Error::Configuration(format!(
            "there is no handler \"{name}\"; there are: {all}.{}",
            hint.unwrap_or_default()
        ))
    })
}

/// Why an event was not handled.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The event is not for this handler: another shape, another cluster, another account. It is
    /// logged, nothing is done, and it does not come again.
    #[error("{0}")]
    Refused(String),
    /// The configuration does not fit, any more or yet; the text says what to do.
    #[error("{0}")]
    Configuration(String),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The time that Lambda gave is over.
    #[error("{0}")]
    Late(String),
    /// Something was not done; the text says what and why.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// The sort of error, as Lambda's `errorType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "Refused",
            Self::Configuration(_) => "Configuration",
            Self::Aws(_) => "Aws",
            Self::Late(_) => "Late",
            Self::Failed(_) => "Failed",
        }
    }
}

impl<E>
    From<
        aws_smithy_runtime_api::client::result::SdkError<E, aws_smithy_runtime_api::http::Response>,
    > for Error
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata
        + std::error::Error
        + Send
        + Sync
        + 'static,
{
    fn from(
        error: aws_smithy_runtime_api::client::result::SdkError<
            E,
            aws_smithy_runtime_api::http::Response,
        >,
    ) -> Self {
        Self::Aws(error.into())
    }
}

impl From<aws_smithy_types::error::operation::BuildError> for Error {
    fn from(error: aws_smithy_types::error::operation::BuildError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Mismatch> for Error {
    fn from(error: Mismatch) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The longest that Lambda lets a function run.
pub const LONGEST: Duration = Duration::from_mins(15);

/// What an answer has when the event was refused: why.
pub const REFUSED: &str = "refused";

/// What handling an event gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whether an event asks to be told what would be done: `"dry_run": true`.
pub fn asks_for_dry_run(event: &Json) -> bool {
    event.get("dry_run").and_then(Json::as_bool).unwrap_or(false)
}

/// Handles an event. What is refused is written down, and is an answer that says so; what fails is
/// written down and stays an error.
///
///
/// # Errors
/// Whatever is to be tried again or seen by a person.
pub async fn handle(
    handler: &dyn Served,
    configuration: &Configuration,
    context: &Context,
    event: &Json,
) -> Result<Json> {
    match handler.handle(configuration, context, event).await {
        Err(Error::Refused(why)) => {
            context.audit.write(&context.entry("handle", "", Status::Refused).why(&why));
            Ok(serde_json::json!({ REFUSED: why }))
        }
        Err(error) => {
            let entry = context.entry("handle", "", Status::Failed);
            context.audit.write(&entry.why(&error.to_string()));
            Err(error)
        }
        Ok(answer) => Ok(answer),
    }
}
