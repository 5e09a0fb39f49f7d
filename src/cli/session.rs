//! From a workspace to a plan: what `plan`, `apply`, `destroy` and `output` have in common.
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::address::Target;
use crate::aws::Sessions;
use crate::cli::arguments::{Adopted, PlanArguments};
use crate::cli::files::Disk;
use crate::cli::variables;
use crate::cli::workspace::{self, Modules, Workspace};
use crate::config::Types;
use crate::diagnostic::{Checked, Diagnostic};
use crate::event::Reporter;
use crate::graph::{self, Resolver};
use crate::live::Reader;
use crate::plan::{Blocked, Change, Finished, Ground, Intent, Plan};
use crate::resources::{CATALOG, Machine};

use super::Exit;

/// A workspace with what is asked of it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) workspace: Workspace,
    pub(super) intent: Intent,
    pub(super) targets: Vec<Target>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) machine: Machine,
}

impl Session {
    /// Reads the configuration in the current directory.
    pub(super) fn open(arguments: &PlanArguments) -> Result<Self, Vec<Diagnostic>> {
        let directory = PathBuf::from(".");
        let sources = workspace::sources(&directory)?;
        let given = variables::given(&arguments.variables, &directory)?;
        Self::of(Workspace::open(&sources, &Modules, Some(&given))?, arguments)
    }

    /// A session in a workspace that was read already.
    pub(super) fn of(
        workspace: Workspace,
        arguments: &PlanArguments,
    ) -> Result<Self, Vec<Diagnostic>> {
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
    pub(super) fn resolver(&self) -> Resolver<'_> {
        Resolver { module: &self.workspace.module, files: &Disk, directory: "." }
    }

    /// Reads what AWS has and plans.
    pub(super) async fn plan(&self, reporter: &mut dyn Reporter) -> io::Result<Checked<Finished>> {
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
pub(super) fn machine(named: &[PathBuf]) -> Machine {
    let mut executables = named.to_vec();
    if executables.is_empty() {
        let variable = std::env::var_os("DRCTL_LAMBDA_PACKAGE").filter(|path| !path.is_empty());
        executables.extend(variable.map(PathBuf::from));
    }
    Machine { executables, ..Machine::at(".") }
}

/// What a plan alone means for the exit code, before it is asked whether there are changes.
pub fn verdict(plan: &Plan) -> Option<Exit> {
    let blocked = plan.changes.values().any(|one| matches!(one.change, Change::Blocked(_)));
    if !plan.unreadable.is_empty() {
        return Some(Exit::Incomplete);
    }
    if refused(plan) {
        return Some(Exit::Refused);
    }
    blocked.then_some(Exit::Incomplete)
}

/// Whether a guard refuses some of it.
pub(super) fn refused(plan: &Plan) -> bool {
    let refused = |change: &Change| {
        matches!(change, Change::Blocked(Blocked::NotOurs { .. } | Blocked::Guarded(_)))
    };
    plan.changes.values().any(|one| refused(&one.change))
}
