//! From a workspace to a plan: what everything that looks at AWS has in common.
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::address::Target;
use crate::aws::Sessions;
use crate::config::Types;
use crate::diagnostic::{Checked, Diagnostic};
use crate::event::Reporter;
use crate::graph::{self, Resolver};
use crate::live::Reader;
use crate::plan::{Finished, Ground, Intent};
use crate::resources::{CATALOG, Machine};
use crate::workspace::variables::{self, VariableArguments};
use crate::workspace::{self, Disk, Modules, Workspace};

/// One thing that exists and is to be taken over.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The address that it gets.
    pub address: String,
    /// What AWS knows it by.
    pub id: String,
}

/// What a plan is to look at: addresses as a user writes them.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Values of variables.
    pub variables: VariableArguments,
    /// Only this, and what it needs.
    pub target: Vec<String>,
    /// What is replaced even if nothing else asks for it.
    pub replace: Vec<String>,
    /// What is taken over.
    pub adopt: Vec<String>,
    /// What is taken over by another name than its own.
    pub import: Option<Adopted>,
    /// Whether everything is to be taken away.
    pub destroy: bool,
    /// Executables for functions.
    pub lambda_package: Vec<PathBuf>,
}

/// A workspace with what is asked of it.
#[derive(Debug)]
pub struct Session {
    /// The configuration.
    pub workspace: Workspace,
    /// What is to be done with it.
    pub intent: Intent,
    /// Which part of it; all if none is named.
    pub targets: Vec<Target>,
    /// The ways into AWS.
    pub sessions: Arc<Sessions>,
    /// Where local data sources are computed.
    pub machine: Machine,
}

/// A session, its plan, and what is to be warned of.
pub type Planned = (Session, Finished, Vec<Diagnostic>);

impl Session {
    /// Reads the configuration in the current directory.
    ///
    /// # Errors
    /// Everything that is wrong with it, or with what is asked.
    pub fn open(arguments: &Request) -> Result<Self, Vec<Diagnostic>> {
        let directory = PathBuf::from(".");
        let sources = workspace::sources(&directory)?;
        let given = variables::given(&arguments.variables, &directory)?;
        Self::of(Workspace::open(&sources, &Modules, Some(&given))?, arguments)
    }

    /// A session in a workspace that was read already.
    ///
    /// # Errors
    /// Everything that is wrong with what is asked.
    pub fn of(workspace: Workspace, arguments: &Request) -> Result<Self, Vec<Diagnostic>> {
        let stack = workspace.stack().map_err(|problem| vec![problem])?;
        let targets = workspace.targets(&arguments.target)?;
        let replace = workspace.instances(&arguments.replace)?.into_iter().collect();
        let resolver = Resolver { module: &workspace.module, files: &Disk, directory: "." };
        let (mut adopt, problems) = graph::imports(&resolver, &workspace.known);
        if !problems.is_empty() {
            return Err(problems);
        }
        for address in workspace.instances(&arguments.adopt)? {
            adopt.entry(address).or_default();
        }
        if let Some(Adopted { address, id }) = &arguments.import {
            for address in workspace.instances(std::slice::from_ref(address))? {
                adopt.insert(address, vec![id.clone()]);
            }
        }
        let intent = Intent { stack, destroy: arguments.destroy, replace, adopt };
        let sessions = Arc::new(Sessions::new());
        let machine = machine(&arguments.lambda_package);
        Ok(Self { workspace, intent, targets, sessions, machine })
    }

    /// Evaluates the expressions of the workspace.
    pub fn resolver(&self) -> Resolver<'_> {
        Resolver { module: &self.workspace.module, files: &Disk, directory: "." }
    }

    /// Opens and plans; or all that is wrong.
    ///
    /// # Errors
    /// When the reporter cannot report.
    pub async fn planned(
        opened: Result<Self, Vec<Diagnostic>>,
        reporter: &mut dyn Reporter,
    ) -> io::Result<Result<Planned, Vec<Diagnostic>>> {
        let session = match opened {
            Ok(session) => session,
            Err(problems) => return Ok(Err(problems)),
        };
        let (finished, problems) = session.plan(reporter).await?;
        Ok(if problems.iter().any(Diagnostic::is_error) {
            Err(problems)
        } else {
            Ok((session, finished, problems))
        })
    }

    /// Reads what AWS has and plans.
    ///
    /// # Errors
    /// When the reporter cannot report.
    pub async fn plan(&self, reporter: &mut dyn Reporter) -> io::Result<Checked<Finished>> {
        let (specs, data) = workspace::types();
        let ground = Ground {
            resolver: self.resolver(),
            graph: &self.workspace.graph,
            types: Types { resources: &specs, data: &data },
            intent: self.intent.clone(),
            targets: self.targets.clone(),
        };
        let reader = Reader::new(CATALOG, &self.sessions, &self.intent.stack, &self.machine);
        let known = self.workspace.known.clone();
        let (finished, mut problems) = reader.plan(&ground, known, reporter).await?;
        problems.splice(0..0, self.workspace.warnings.iter().cloned());
        for count in self.sessions.meter().counts() {
            tracing::info!(call = %count.operation, requests = count.requests, "called");
        }
        tracing::info!(requests = self.sessions.meter().total(), "requests sent to AWS");
        Ok((finished, problems))
    }
}

/// This machine, with the executables for functions that the command line names, or else the
/// environment.
fn machine(named: &[PathBuf]) -> Machine {
    let mut executables = named.to_vec();
    if executables.is_empty() {
        let variable = std::env::var_os("DRCTL_LAMBDA_PACKAGE").filter(|path| !path.is_empty());
        executables.extend(variable.map(PathBuf::from));
    }
    Machine { executables, ..Machine::at(".") }
}
