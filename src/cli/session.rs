//! From a workspace to a plan: what `plan`, `apply`, `destroy` and `output` have in common.
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::address::{AccountId, Region, Target};
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
use crate::plan::{Blocked, Change, Finished, Ground, Intent, Plan, Removals};
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
        let removals = match removals(arguments, workspace.module.settings.removal_limit) {
            Ok(removals) => (!arguments.declared_only).then_some(removals),
            Err(problem) => return Err(vec![*problem]),
        };
        let intent = Intent { stack, destroy: arguments.destroy, replace, adopt, removals };
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

/// What may be removed because nothing declares it, and where to look for it.
fn removals(arguments: &PlanArguments, limit: Option<usize>) -> Result<Removals, Box<Diagnostic>> {
    let also = arguments.also_sweep.iter().map(|text| {
        let (account, region) = match text.split_once('/') {
            Some((account, region)) => (Some(AccountId::parse(account)), region),
            None => (None, text.as_str()),
        };
        if account == Some(None) || region.is_empty() || region.contains('/') {
            let problem = Diagnostic::error(
                "Not a place",
                format!(
                    "-also-sweep={text}: this is neither a Region nor an account and a Region."
                ),
            );
            return Err(Box::new(problem.hint("Write us-west-2 or 111111111111/us-west-2.")));
        }
        Ok((account.flatten(), Region::new(region)))
    });
    let limit = arguments.max_removals.or(limit).unwrap_or(Removals::LIMIT);
    Ok(Removals { limit, also: also.collect::<Result<_, _>>()? })
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
    let blocked = |wanted: fn(&Blocked) -> bool| {
        plan.changes.values().any(|p| matches!(&p.change, Change::Blocked(b) if wanted(b)))
    };
    if !plan.unreadable.is_empty() {
        return Some(Exit::Incomplete);
    }
    if blocked(|b| matches!(b, Blocked::NotOurs { .. } | Blocked::Guarded(_))) {
        return Some(Exit::Refused);
    }
    blocked(|_| true).then_some(Exit::Incomplete)
}
