//! The handler `drift`: looks at a configuration that the package carries, and tells what it found.
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::drift::Drift as Found;
use crate::event::Silent;
use crate::function::Configuration;
use crate::function::drift::{CARRIED, Drift};
use crate::handlers::{Context, Error, Handler, Result, Status};
use crate::notify;
use crate::plan::Finished;
use crate::report::drift::{self as report, json as parts};
use crate::trail;
use crate::workspace::variables::{VariableArgument, VariableArguments};
use crate::workspace::{Request, Session};

impl Handler for Drift {
    const NAME: &'static str = "drift";

    fn of(configuration: &Configuration) -> Option<&Self> {
        configuration.drift.as_ref()
    }

    /// Whatever the event is, it only says that it is time to look. What has drifted or is not
    /// known is an answer; that it could not be looked, or that somebody was not told, is an error.
    async fn handle(&self, context: &Context, _event: &Json) -> Result<Json> {
        // Paths in a configuration start at its directory. One event is handled at a time.
        let directory = context.files.join(CARRIED).join(&self.directory);
        let directory: PathBuf = directory.components().collect();
        std::env::set_current_dir(&directory).map_err(|error| {
            let directory = directory.display();
            Error::Configuration(format!(
                "the package carries no configuration in {directory}: {error}"
            ))
        })?;
        let (session, finished) =
            context.within(context.remaining(), async { look(self, context).await }).await?;
        let mut drift = Found::of(&session.intent.stack, &finished.plan);
        if self.trail {
            ask_who(context, &mut drift, &finished, &session).await;
        }
        record(context, &drift);
        let told = tell(self, context, &drift, &finished, &session).await?;
        let counts = drift.counts().into_iter().map(|(severity, n)| (severity.name(), n));
        Ok(json!({
            "stack": drift.stack,
            "verdict": report::verdict(&drift),
            "summary": report::summary(&drift),
            "findings": counts.collect::<std::collections::BTreeMap<_, _>>(),
            "unknown": drift.unknown.len(),
            "told": told,
        }))
    }
}

async fn look(drift: &Drift, context: &Context) -> Result<(Session, Finished)> {
    let Drift { var_files, variables, .. } = drift;
    let files = var_files.iter().map(|path| VariableArgument::File(path.into()));
    let pairs =
        variables.iter().map(|(name, text)| VariableArgument::Pair(format!("{name}={text}")));
    let variables = VariableArguments(files.chain(pairs).collect());
    let request = Request { variables, ..Request::default() };
    let planned = Session::planned(Session::open(&request), &mut Silent).await;
    let planned = planned.map_err(|error| Error::Failed(error.to_string()))?;
    match planned {
        Ok((session, finished, warnings)) => {
            for warning in &warnings {
                let entry = context.entry("warning", "", Status::Found);
                context.audit.write(&entry.why(&line(warning)));
            }
            Ok((session, finished))
        }
        Err(problems) => {
            let wrong = problems.iter().filter(|problem| problem.is_error());
            Err(Error::Configuration(wrong.map(line).collect::<Vec<_>>().join("; ")))
        }
    }
}

/// What has drifted is known without it, too.
async fn ask_who(context: &Context, drift: &mut Found, finished: &Finished, session: &Session) {
    let asked =
        async { trail::attribute(drift, finished, &session.sessions).await.map_err(Error::Aws) };
    if let Err(error) = context.within(context.remaining() / 2, asked).await {
        let entry = context.entry("LookupEvents", "", Status::Failed);
        context.audit.write(&entry.why(&error.to_string()));
    }
}

/// A line for each finding, and for each thing that is not known.
fn record(context: &Context, drift: &Found) {
    for finding in &drift.findings {
        let entry = context.entry("drift", &finding.address.to_string(), Status::Found);
        context.audit.write(&entry.with(parts::finding(finding)));
    }
    for (address, why) in report::unknown(drift) {
        let entry = context.entry("read", &address, Status::Failed);
        context.audit.write(&entry.why(&why));
    }
    let entry = context.entry("drift", &drift.stack, Status::Done);
    context.audit.write(&entry.why(&report::summary(drift)));
}

/// Tells everybody, whether or not somebody else could be told.
async fn tell(
    drift: &Drift,
    context: &Context,
    found: &Found,
    finished: &Finished,
    session: &Session,
) -> Result<Vec<String>> {
    let (mut told, mut failures) = (Vec::new(), Vec::new());
    for target in &drift.notify {
        let send = async {
            let sent = notify::send(target, found, finished, &session.sessions).await;
            sent.map(|()| Json::Null).map_err(|error| Error::Failed(error.to_string()))
        };
        let shown = target.shown();
        match context.act("notify", &shown, send).await {
            Ok(Some(_)) => told.push(shown),
            Ok(None) => {}
            Err(error) => failures.push(format!("{shown}: {error}")),
        }
    }
    match failures.as_slice() {
        [] => Ok(told),
        failures => Err(Error::Failed(format!("somebody was not told: {}", failures.join("; ")))),
    }
}

/// A diagnostic on one line.
fn line(problem: &Diagnostic) -> String {
    let Diagnostic { summary, detail, span, hint, .. } = problem;
    let place = span.as_ref().map(|span| format!("{}:{}: ", span.source.name, span.start().0));
    let hint = hint.as_ref().map(|hint| format!(" {hint}"));
    let text =
        format!("{}{summary}: {detail}{}", place.unwrap_or_default(), hint.unwrap_or_default());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
