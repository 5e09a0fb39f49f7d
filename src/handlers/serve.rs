//! Lambda's side of the program: when the Runtime API is in the environment, serves the handler
//! that is named there.
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value as Json;

use crate::address::{AccountId, Region, Scope};
use crate::aws::Sessions;
use crate::config::provider::Provider;
use crate::function::{Configuration, FILE};
use crate::handlers::{self, Audit, Carried, Context, Error, LONGEST, Result, Served};

/// What Lambda says to a function in its environment.
#[derive(Debug, Clone)]
pub struct Lambda {
    /// Name of the handler.
    handler: String,
    /// Where the package was unpacked.
    root: PathBuf,
}

impl Lambda {
    /// What the environment says; `None` where this is no function.
    pub fn detect() -> Option<Self> {
        std::env::var_os("AWS_LAMBDA_RUNTIME_API")?;
        Some(Self {
            handler: std::env::var("_HANDLER").unwrap_or_default(),
            root: std::env::var_os("LAMBDA_TASK_ROOT").unwrap_or_else(|| ".".into()).into(),
        })
    }

    /// Serves until Lambda ends the process.
    pub fn serve(self) -> ExitCode {
        // One event at a time: one thread is enough, and starts soonest.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let served = match runtime {
            Ok(runtime) => runtime.block_on(self.run()).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                // If stderr is gone there is nobody to tell.
                let _ = writeln!(std::io::stderr(), "drctl: {error}");
                ExitCode::FAILURE
            }
        }
    }

    async fn run(self) -> std::result::Result<(), lambda_runtime::Error> {
        // What is wrong with the package is the answer to every event, so that events are kept
        // where failures go, and a person reads why.
        let served = Arc::new(self.load());
        let sessions = Arc::new(Sessions::new());
        Box::pin(lambda_runtime::run(service_fn(move |event: LambdaEvent<Json>| {
            let (served, sessions) = (Arc::clone(&served), Arc::clone(&sessions));
            async move {
                let Loaded { handler, configuration, carried } =
                    served.as_ref().as_ref().map_err(Clone::clone)?;
                let (event, about) = event.into_parts();
                let files = carried.path().to_owned();
                let context = context(*handler, &sessions, &event, &about, files).await?;
                handlers::handle(*handler, configuration, &context, &event).await
            }
        })))
        .await
    }

    fn load(&self) -> Result<Loaded> {
        let handler = handlers::find(&self.handler)?;
        let path = self.root.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Error::Configuration(format!("{} cannot be read: {error}", path.display()))
        })?;
        let configuration = Configuration::parse(&text)
            .map_err(|problems| Error::Configuration(problems.join("; ")))?;
        let carried = Carried::unpacked(&self.root).map_err(|error| {
            Error::Failed(format!("the files of the package cannot be copied: {error}"))
        })?;
        Ok(Loaded { handler, configuration, carried })
    }
}

/// What the package holds.
struct Loaded {
    handler: &'static dyn Served,
    configuration: Configuration,
    carried: Carried,
}

async fn context(
    handler: &dyn Served,
    sessions: &Sessions,
    event: &Json,
    about: &lambda_runtime::Context,
    files: PathBuf,
) -> Result<Context> {
    let provider = Provider::default();
    let region = sessions.region(&provider).await?;
    let account = about.invoked_function_arn.split(':').nth(4).and_then(AccountId::parse);
    let account = match account {
        Some(account) => account,
        None => sessions.account(&provider, &region).await?,
    };
    let scope = Scope { account, region: Region::new(region.as_str()) };
    let left = about.deadline().duration_since(SystemTime::now()).unwrap_or(LONGEST).min(LONGEST);
    Ok(Context {
        handler: handler.name(),
        request: about.request_id.clone(),
        aws: sessions.aws(&provider, scope, None).await?.quick(),
        files,
        dry_run: handlers::asks_for_dry_run(event),
        audit: Audit::new(std::io::stdout()),
        deadline: Instant::now() + left,
    })
}

impl From<Error> for lambda_runtime::Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.kind().to_owned(), error_message: error.to_string() }
    }
}
