//! Plans and applies as the command line does, in the simulated cloud.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drctl::address::{AccountId, Address, BlockAddress, Region, Scope, Target};
use drctl::apply::{self, Patience, Summary};
use drctl::aws::Sessions;
use drctl::cli::{Exit, may_go_on, verdict};
use drctl::config::{self, Library, Module, NoModules, Types};
use drctl::diagnostic::{Diagnostic, Source};
use drctl::event::{Event, Outcome, Reporter};
use drctl::graph::{self, Graph, Known, Resolver};
use drctl::lang::NoFiles;
use drctl::live::Reader;
use drctl::plan::file::encode_plan;
use drctl::plan::{Finished, Ground, Intent, Plan, Removals, StepId, Verb};
use drctl::report::progress::Lines;
use drctl::report::{self, Paint};
use drctl::resources::{Catalog, Key, Machine};
use serde_json::Value as Tree;
use tokio_util::sync::CancellationToken;

use crate::cloud::{Cloud, Place};
use crate::toys;
use crate::wire::Wire;

/// Account and Region of a provider block that names no others.
pub(crate) const ACCOUNT: &str = "111111111111";
pub(crate) const REGION: &str = "eu-west-1";

/// A cloud, and the types over it.
pub(crate) struct World {
    pub(crate) cloud: Arc<Cloud>,
    catalog: Catalog,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) hcl: String,
    /// Files of modules, by directory.
    pub(crate) modules: BTreeMap<String, String>,
    pub(crate) destroy: bool,
    pub(crate) targets: Vec<String>,
    pub(crate) replace: Vec<String>,
    pub(crate) adopt: Vec<String>,
    pub(crate) max_removals: Option<usize>,
    pub(crate) also_sweep: Vec<String>,
    pub(crate) parallelism: usize,
    pub(crate) partial: bool,
    /// Ctrl-C when a step on this address begins.
    pub(crate) stop_at: Option<String>,
    /// Only the plan is of interest, not how it is shown or saved.
    pub(crate) bare: bool,
}

/// How it went.
pub(crate) struct Went {
    /// What the user saw.
    pub(crate) text: String,
    pub(crate) exit: Exit,
    pub(crate) plan: Option<Plan>,
    pub(crate) problems: Vec<Diagnostic>,
    pub(crate) summary: Option<Summary>,
    pub(crate) crashed: bool,
    /// The plan as a saved plan holds it.
    pub(crate) saved: Option<Tree>,
}

const SALT: &str = "salt";

/// One provider block, in an account.
pub(crate) fn provider() -> String {
    format!(
        "drctl {{\n  stack = \"s\"\n}}\nprovider \"aws\" {{\n  region = \"{REGION}\"\n  \
         access_key = \"{ACCOUNT}\"\n  secret_key = \"x\"\n}}\n"
    )
}

impl Ask {
    pub(crate) fn new(hcl: impl Into<String>) -> Self {
        Self {
            hcl: hcl.into(),
            modules: BTreeMap::new(),
            destroy: false,
            targets: Vec::new(),
            replace: Vec::new(),
            adopt: Vec::new(),
            max_removals: None,
            also_sweep: Vec::new(),
            parallelism: 1,
            partial: false,
            stop_at: None,
            bare: false,
        }
    }
}

/// One file for each directory.
struct Files<'a>(&'a BTreeMap<String, String>);

impl Library for Files<'_> {
    fn sources(&self, directory: &str) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
        let Some(text) = self.0.get(directory) else {
            return NoModules.sources(directory);
        };
        let name = format!("{directory}/main.tf");
        Ok(vec![Arc::new(Source { name, text: text.clone() })])
    }
}

/// A configuration that is read and checked.
pub(crate) struct Workspace {
    pub(crate) module: Module,
    pub(crate) graph: Graph,
    pub(crate) known: Known,
}

impl Workspace {
    pub(crate) fn open(ask: &Ask) -> Result<Self, Vec<Diagnostic>> {
        let (resources, data) = toys::specs();
        let types = Types { resources: &resources, data: &data };
        let source = Arc::new(Source { name: "main.tf".to_owned(), text: ask.hcl.clone() });
        let (module, mut problems) = config::load(&[source], &Files(&ask.modules), types);
        problems.extend(config::check(&module, types));
        let (graph, found) = Graph::build(&module, types);
        problems.extend(found);
        let (known, found) = graph::variables(&module, &BTreeMap::new());
        problems.extend(found);
        if problems.iter().any(Diagnostic::is_error) {
            return Err(problems);
        }
        Ok(Self { module, graph, known })
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let cloud = Arc::new(Cloud::default());
        Self { catalog: toys::catalog(&cloud), cloud }
    }

    /// Where a thing of the usual provider is.
    pub(crate) fn place(kind: &'static str, key: &str) -> Place {
        Place {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            kind,
            key: key.split('/').map(str::to_owned).collect(),
        }
    }

    /// What the tag says that binds the others to one thing, of the usual stack.
    pub(crate) fn id(place: &Place) -> String {
        let specs = toys::specs().0;
        let spec = specs.into_iter().find(|spec| spec.name == place.kind).expect("a toy");
        let account = AccountId::parse(&place.account).expect("an account");
        let scope = Scope { account, region: Region::new(&place.region) };
        drctl::plan::identity("s", spec, &scope, &Key::parts(place.key.clone()))
    }

    /// `plan`.
    pub(crate) fn plan(&self, ask: &Ask) -> Went {
        self.run(ask, None, &mut || {}, false)
    }

    /// `apply`; what happens between planning and applying is up to the caller.
    pub(crate) fn apply(&self, ask: &Ask, meanwhile: &mut dyn FnMut()) -> Went {
        self.run(ask, None, meanwhile, true)
    }

    /// `apply` of a saved plan.
    pub(crate) fn apply_saved(&self, ask: &Ask, saved: &Tree) -> Went {
        self.run(ask, Some(saved), &mut || {}, true)
    }

    fn run(
        &self,
        ask: &Ask,
        saved: Option<&Tree>,
        meanwhile: &mut dyn FnMut(),
        apply: bool,
    ) -> Went {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime needs nothing");
        let death = CancellationToken::new();
        self.cloud.state().death = death.clone();
        runtime.block_on(async {
            let mut went = Went {
                text: String::new(),
                exit: Exit::Success,
                plan: None,
                problems: Vec::new(),
                summary: None,
                crashed: false,
                saved: None,
            };
            let run = self.go(ask, saved, meanwhile, apply, &mut went);
            let crashed = tokio::select! {
                () = run => false,
                () = death.cancelled() => true,
            };
            if crashed {
                went.crashed = true;
                went.text.push_str("Killed.\n");
            }
            went
        })
    }

    async fn go(
        &self,
        ask: &Ask,
        saved: Option<&Tree>,
        meanwhile: &mut dyn FnMut(),
        apply: bool,
        went: &mut Went,
    ) {
        let workspace = match Workspace::open(ask) {
            Ok(workspace) => workspace,
            Err(problems) => return went.fail(problems),
        };
        let Workspace { module, graph, known } = &workspace;
        let (resources, data) = toys::specs();
        let stack = module.settings.stack.as_ref().expect("a test names its stack").0.clone();
        let resolver = || Resolver { module, files: &NoFiles, directory: "." };
        let address = |text: &String| Address::parse(text).expect("an address");
        let (mut adopt, problems) = graph::imports(&resolver(), known);
        if !problems.is_empty() {
            return went.fail(problems);
        }
        adopt.extend(ask.adopt.iter().map(|text| (address(text), Vec::new())));
        let target = |text: &String| Target::parse(text).expect("a target");
        let ground = Ground {
            resolver: resolver(),
            graph,
            types: Types { resources: &resources, data: &data },
            intent: Intent {
                stack: stack.clone(),
                destroy: ask.destroy,
                replace: ask.replace.iter().map(address).collect(),
                adopt,
                removals: Some(Removals {
                    limit: ask.max_removals.unwrap_or(Removals::LIMIT),
                    also: ask.also_sweep.iter().map(|name| (None, Region::new(name))).collect(),
                }),
            },
            targets: ask.targets.iter().map(target).collect(),
        };
        let sessions =
            Arc::new(Sessions::over(SharedHttpClient::new(Wire(Arc::clone(&self.cloud)))));
        let machine = Machine::at(".");
        let reader = Reader::new(self.catalog, &sessions, &stack, &machine);
        let planned = reader.plan(&ground, known.clone(), &mut Silent).await;
        let (mut finished, problems) = planned.expect("nobody fails to listen");
        if ask.partial {
            finished.hold_back(graph);
        }
        if problems.iter().any(Diagnostic::is_error) {
            return went.fail(problems);
        }
        let plan = &finished.plan;
        went.plan = Some(plan.clone());
        if ask.bare {
            return;
        }
        check_steps(plan);
        let encoded = encode_plan(plan, SALT);
        let types = Types { resources: &resources, data: &data };
        let decoded = file(&encoded).plan(types).expect("what is encoded can be decoded");
        assert_eq!(encode_plan(&decoded, SALT), encoded, "a saved plan is the plan");
        went.saved = Some(encoded.clone());
        match saved {
            Some(saved) => {
                let moved = file(saved).moved(plan, types).expect("it is whole");
                if !moved.is_empty() {
                    went.text.push_str(&report::saved::moved(&moved));
                    went.exit = Exit::Stale;
                    return;
                }
            }
            None => went.text.push_str(&report::plan::render(plan, &problems, Paint::PLAIN)),
        }
        went.problems = problems;
        let incomplete = verdict(plan);
        if let Some(exit) = incomplete {
            went.exit = exit;
            if !may_go_on(plan, ask.partial) {
                return;
            }
        }
        if !apply || plan.is_empty() {
            return;
        }
        meanwhile();
        self.carry_out(ask, &resolver(), &finished, sessions, stack, went).await;
    }

    async fn carry_out(
        &self,
        ask: &Ask,
        resolver: &Resolver<'_>,
        finished: &Finished,
        sessions: Arc<Sessions>,
        stack: String,
        went: &mut Went,
    ) {
        let stop = CancellationToken::new();
        let ground = apply::Ground {
            resolver,
            catalog: self.catalog,
            sessions,
            stack,
            machine: Machine::at("."),
            parallelism: ask.parallelism,
            patience: Patience { first: Duration::ZERO, longest: Duration::ZERO },
            stop: stop.clone(),
            lost: Arc::default(),
        };
        went.text.push('\n');
        let mut watch = Watch {
            lines: Lines::of_plan(Text(&mut went.text), &finished.plan, Paint::PLAIN),
            plan: &finished.plan,
            over: BTreeMap::new(),
            stop_at: ask.stop_at.clone(),
            stop: stop.clone(),
        };
        let summary = apply::run(&ground, finished, &mut watch).await;
        let summary = summary.expect("nobody fails to listen");
        assert_eq!(watch.over.len(), finished.plan.steps.len(), "every step is over, once");
        drop(watch);
        let checks = !finished.plan.destroy;
        let mut warnings = if checks { resolver.checks(&summary.known) } else { Vec::new() };
        warnings.retain(|warning| !went.problems.contains(warning));
        went.text.push_str(&report::diagnostics::render(&warnings, Paint::PLAIN));
        went.exit = match &summary {
            _ if stop.is_cancelled() => Exit::Interrupted,
            Summary { failed, .. } if *failed > 0 => Exit::Error,
            Summary { stale, .. } if *stale > 0 => Exit::Stale,
            _ => verdict(&finished.plan).unwrap_or(Exit::Success),
        };
        went.summary = Some(summary);
    }
}

impl Went {
    fn fail(&mut self, problems: Vec<Diagnostic>) {
        self.text.push_str(&report::diagnostics::render(&problems, Paint::PLAIN));
        self.problems = problems;
        self.exit = Exit::Error;
    }
    /// True if there was a whole plan and nothing to do.
    pub(crate) fn nothing_to_do(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.is_empty() && verdict(plan).is_none())
    }
}

/// A saved plan, without what it was made from.
fn file(plan: &Tree) -> drctl::plan::file::Saved {
    drctl::plan::file::Saved {
        format: drctl::plan::file::Saved::format(),
        drctl_version: String::new(),
        created: String::new(),
        expires: String::new(),
        applied: None,
        nonce: String::new(),
        partial: false,
        stack: String::new(),
        sources: Vec::new(),
        variables: BTreeMap::new(),
        destroy: false,
        targets: Vec::new(),
        replace: std::collections::BTreeSet::new(),
        adopt: Vec::new(),
        max_removals: None,
        also_sweep: Vec::new(),
        salt: SALT.to_owned(),
        plan: plan.clone(),
    }
}

/// Steps wait for each other without a circle, and every one for steps that exist.
pub(crate) fn check_steps(plan: &Plan) {
    let mut left: Vec<usize> = plan.steps.iter().map(|step| step.after.len()).collect();
    let mut ready: Vec<usize> = (0..left.len()).filter(|id| left[*id] == 0).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); left.len()];
    for step in &plan.steps {
        assert_eq!(plan.steps[step.id.0].id, step.id);
        step.after.iter().for_each(|before| after[before.0].push(step.id.0));
    }
    let mut done = 0;
    while let Some(id) = ready.pop() {
        done += 1;
        for next in &after[id] {
            left[*next] -= 1;
            if left[*next] == 0 {
                ready.push(*next);
            }
        }
    }
    assert_eq!(done, plan.steps.len(), "steps wait for each other in a circle: {:#?}", plan.steps);
}

struct Silent;

impl Reporter for Silent {
    fn report(&mut self, _: &Event) -> std::io::Result<()> {
        Ok(())
    }
}

struct Text<'a>(&'a mut String);

impl std::io::Write for Text<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Shows what happens, without times, and holds it against the plan.
struct Watch<'a> {
    lines: Lines<Text<'a>>,
    plan: &'a Plan,
    over: BTreeMap<StepId, bool>,
    stop_at: Option<String>,
    stop: CancellationToken,
}

impl Reporter for Watch<'_> {
    fn report(&mut self, event: &Event) -> std::io::Result<()> {
        let mut event = event.clone();
        match &mut event {
            Event::StepStarted { step, address, .. } => {
                for before in &self.plan.steps[step.0].after {
                    let well = self.over.get(before) == Some(&true);
                    assert!(well, "{address} began though step {before:?} is not done");
                }
                if self.stop_at.as_deref() == Some(address.to_string().as_str()) {
                    self.stop.cancel();
                }
            }
            Event::StepFinished { step, took, outcome, .. } => {
                *took = Duration::ZERO;
                let well = matches!(outcome, Outcome::Done { .. } | Outcome::Unchanged);
                assert!(self.over.insert(*step, well).is_none(), "a step is over only once");
            }
            Event::StepWaiting { .. } => return Ok(()),
            _ => {}
        }
        self.lines.report(&event)
    }
}

/// Whether `to` is reached from `from` along what steps wait for.
pub(crate) fn waits_for(plan: &Plan, from: StepId, to: StepId) -> bool {
    let mut seen = vec![false; plan.steps.len()];
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if !std::mem::replace(&mut seen[id.0], true) {
            open.extend(plan.steps[id.0].after.iter().copied());
        }
    }
    false
}

/// Steps of a block that make something, or that delete something.
pub(crate) fn steps_of<'a>(
    plan: &'a Plan,
    block: &'a BlockAddress,
    deletes: bool,
) -> impl Iterator<Item = StepId> + 'a {
    plan.steps
        .iter()
        .filter(move |step| step.address.block == *block && (step.verb == Verb::Delete) == deletes)
        .map(|step| step.id)
}
