//! `drctl invoke`: a handler on this machine, with the configuration that its function has.
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::Value as Json;

use crate::address::{Address, BlockAddress, Mode, Region, Scope};
use crate::aws::Sessions;
use crate::cli::Exit;
use crate::cli::plan::failed;
use crate::cli::screen::Screen;
use crate::config::provider::Provider;
use crate::diagnostic::Diagnostic;
use crate::event::Silent;
use crate::function::Configuration;
use crate::handlers::{self, Audit, Carried, Context, Error, LONGEST, Served};
use crate::resources::archive::package;
use crate::value::Value;
use crate::workspace::variables::VariableArguments;
use crate::workspace::{Request, Session};

#[derive(Debug, Args)]
pub(super) struct Invoke {
    /// The handler, as `handler` of the function names it.
    handler: String,
    /// A file with the event as JSON; `-` reads it from standard input.
    event: PathBuf,
    /// Take the configuration from this package, or from a drctl.json, instead of from the
    /// drctl_package block in this directory.
    #[arg(long, value_name = "FILE", conflicts_with = "package")]
    config: Option<PathBuf>,
    /// Which drctl_package block is meant, if several are for this handler.
    #[arg(long, value_name = "ADDRESS")]
    package: Option<String>,
    /// Region that the function is to believe it lives in. The provider's when absent.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Say what would be done, and do nothing.
    #[arg(long = "dry-run")]
    dry_run: bool,
    #[command(flatten)]
    variables: VariableArguments,
}

/// What a handler is to work with.
struct Prepared {
    handler: &'static dyn Served,
    configuration: Configuration,
    carried: Carried,
    event: Json,
    provider: Provider,
}

type Problems = Vec<Diagnostic>;

impl Invoke {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Prepared { handler, configuration, carried, event, provider } =
            match self.prepare().await? {
                Ok(prepared) => prepared,
                Err(problems) => return failed(&problems, false, screen),
            };
        let files = carried.path().to_owned();
        let context = match self.context(handler.name(), &event, &provider, files).await {
            Ok(context) => context,
            Err(error) => {
                screen.error("AWS cannot be reached", &error.to_string());
                return Ok(Exit::Error);
            }
        };
        match handlers::handle(handler, &configuration, &context, &event).await {
            Ok(answer) => {
                screen.result(&format!("{answer:#}\n"))?;
                let refused = answer.get(handlers::REFUSED).is_some();
                Ok(if refused { Exit::Refused } else { Exit::Success })
            }
            Err(error) => {
                screen.error("The event was not handled", &error.to_string());
                Ok(Exit::Error)
            }
        }
    }

    async fn prepare(&self) -> io::Result<Result<Prepared, Problems>> {
        let (handler, event) = match self.asked() {
            Ok(asked) => asked,
            Err(problem) => return Ok(Err(vec![problem])),
        };
        let found = match &self.config {
            Some(path) => configuration(path)
                .map(|configuration| (configuration, path.clone(), Provider::default()))
                .map_err(|problem| vec![problem]),
            None => self.declared(handler).await?,
        };
        Ok(found.and_then(|(configuration, path, provider)| {
            let carried = Carried::of(&path).map_err(|error| {
                vec![Diagnostic::error("Failed to read the package", format!("{error}."))]
            })?;
            Ok(Prepared { handler, configuration, carried, event, provider })
        }))
    }

    fn asked(&self) -> Result<(&'static dyn Served, Json), Diagnostic> {
        let handler = handlers::find(&self.handler)
            .map_err(|error| Diagnostic::error("Unknown handler", error.to_string()))?;
        let shown = self.event.display();
        let text = if self.event == Path::new("-") {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        } else {
            std::fs::read_to_string(&self.event)
        };
        let wrong = |why: String| Diagnostic::error("Failed to read the event", why);
        let text = text.map_err(|error| wrong(format!("{shown} cannot be read: {error}.")))?;
        let event = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("{shown} is not valid JSON: {error}.")))?;
        Ok((handler, event))
    }

    /// The configuration that a drctl_package block of this directory makes.
    async fn declared(
        &self,
        handler: &dyn Served,
    ) -> io::Result<Result<(Configuration, PathBuf, Provider), Problems>> {
        let request = Request { variables: self.variables.clone(), ..Request::default() };
        let mut session = match Session::open(&request) {
            Ok(session) => session,
            Err(problems) => return Ok(Err(problems)),
        };
        let blocks = session.workspace.module.all_blocks().into_iter().map(|(address, _)| address);
        let is_package =
            |block: &BlockAddress| block.mode == Mode::Data && block.type_name == package::TYPE;
        let blocks: BTreeSet<String> =
            blocks.filter(is_package).map(|block| block.to_string()).collect();
        let given = match &self.package {
            Some(address) => vec![address.clone()],
            None => blocks.into_iter().collect(),
        };
        if given.is_empty() {
            let problem = Diagnostic::error(
                "No package",
                "This configuration has no data \"drctl_package\" block that says what the handler \
                 is told.",
            );
            let hint = "Name a package or a drctl.json with -config=FILE.";
            return Ok(Err(vec![problem.hint(hint)]));
        }
        session.targets = match session.workspace.targets(&given) {
            Ok(targets) => targets,
            Err(problems) => return Ok(Err(problems)),
        };
        let (finished, problems) = session.plan(&mut Silent).await?;
        if problems.iter().any(Diagnostic::is_error) {
            return Ok(Err(problems));
        }
        let mut made = Vec::new();
        for (block, instances) in &finished.known.blocks {
            for (key, object) in instances {
                let address = block.instance(key.clone());
                if session.targets.iter().any(|target| target.covers(&address)) {
                    made.push((address, object.get("path").clone()));
                }
            }
        }
        let provider = match session.resolver().providers("", &finished.known) {
            Ok(all) => all.into_iter().next().map(|(_, one)| one).unwrap_or_default(),
            Err(problems) => return Ok(Err(problems)),
        };
        let chosen = choose(handler, &made).map_err(|problem| vec![problem]);
        Ok(chosen.map(|(configuration, path)| (configuration, path, provider)))
    }

    async fn context(
        &self,
        handler: &'static str,
        event: &Json,
        provider: &Provider,
        files: PathBuf,
    ) -> Result<Context, Error> {
        let sessions = Sessions::new();
        let region = match &self.region {
            Some(name) => Region::new(name),
            None => sessions.region(provider).await?,
        };
        let account = sessions.account(provider, &region).await?;
        let scope = Scope { account, region };
        Ok(Context {
            handler,
            request: "local".to_owned(),
            aws: sessions.aws(provider, scope, None).await?.quick(),
            files,
            dry_run: self.dry_run || handlers::asks_for_dry_run(event),
            audit: Audit::new(io::stderr()),
            deadline: Instant::now() + LONGEST,
        })
    }
}

/// The one package that is for the handler.
fn choose(
    handler: &dyn Served,
    made: &[(Address, Value)],
) -> Result<(Configuration, PathBuf), Diagnostic> {
    let mut fitting = Vec::new();
    for (address, path) in made {
        let Some(path) = path.as_str() else {
            let waits: Vec<String> = path.sources().iter().map(ToString::to_string).collect();
            let what = format!("{address} depends on {}.", waits.join(", "));
            return Err(Diagnostic::error("The package is not known yet", what)
                .hint("Apply what it depends on first, or name a drctl.json with -config=FILE."));
        };
        let configuration = configuration(Path::new(path))?;
        if handler.is_in(&configuration) {
            fitting.push((address, configuration, PathBuf::from(path)));
        }
    }
    let name = handler.name();
    match fitting.len() {
        1 => {
            let (_, configuration, path) = fitting.remove(0);
            Ok((configuration, path))
        }
        0 => {
            let what = format!("No drctl_package block here has a \"{name}\" block.");
            Err(Diagnostic::error("The package is not for this handler", what))
        }
        _ => {
            let all: Vec<String> =
                fitting.iter().map(|(address, ..)| address.to_string()).collect();
            let what = format!("Several packages are for {name}: {}.", all.join(", "));
            Err(Diagnostic::error("Which package is meant?", what)
                .hint(format!("Say which, as -package='{}'.", all[0])))
        }
    }
}

fn configuration(path: &Path) -> Result<Configuration, Diagnostic> {
    let wrong = |why: String| Diagnostic::error("Failed to read the configuration", why);
    let text = package::configuration_of(path).map_err(|error| wrong(format!("{error}.")))?;
    Configuration::parse(&text).map_err(|problems| wrong(problems.join("\n")))
}
