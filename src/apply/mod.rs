//! Carries out a plan: each step once what it waits for is done, as many at a time as allowed.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::address::{Address, Scope};
use crate::aws::Sessions;
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Outcome, Reporter};
use crate::graph::{Known, Resolver, Wanted};
use crate::plan::{
    Because, Change, Connected, Counts, Finished, ReplaceOrder, Step, StepId, Verb, whole,
};
use crate::resources::{Catalog, Machine};
use crate::schema::with_options;
use crate::value::Object;

mod data;
mod settle;
mod step;

pub use settle::Patience;
use step::{Done, Replaced, Task};

/// What applying needs beside the plan.
pub struct Ground<'a> {
    /// Evaluates expressions again, with what has become known.
    pub resolver: &'a Resolver<'a>,
    /// The types that the plan was made from.
    pub catalog: Catalog,
    /// The way into AWS.
    pub sessions: Arc<Sessions>,
    /// Name of the stack, for ownership tags.
    pub stack: String,
    /// Where relative paths of local data sources start.
    pub machine: Machine,
    /// How many steps may run at once.
    pub parallelism: usize,
    /// How long to wait between looks.
    pub patience: Patience,
    /// Begin nothing new once this is cancelled.
    pub stop: CancellationToken,
    /// Why the lock was lost, once it was; `stop` is cancelled then, too.
    pub lost: Arc<OnceLock<String>>,
}

/// How it went.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// What was done.
    pub done: Counts,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that found something else than the plan was made for.
    pub stale: usize,
    /// Steps that were not begun.
    pub skipped: usize,
    /// Values of everything, as far as it is known now.
    pub known: Known,
}

/// Carries out all steps. A failed one stops only what waits for it.
///
/// # Errors
/// When events cannot be reported; what was running has been waited for.
pub async fn run(
    ground: &Ground<'_>,
    finished: &Finished,
    reporter: &mut dyn Reporter,
) -> io::Result<Summary> {
    let mut walk = Walk::new(ground, finished);
    let result = walk.run(reporter).await;
    while walk.tasks.join_next().await.is_some() {}
    result?;
    Ok(walk.summary)
}

struct Walk<'a> {
    ground: &'a Ground<'a>,
    finished: &'a Finished,
    /// For each step that has not begun, how many it still waits for.
    waiting: BTreeMap<StepId, usize>,
    /// Steps that wait for nothing any more.
    ready: BTreeSet<StepId>,
    /// For each step, those that wait for it.
    next: Vec<Vec<StepId>>,
    tasks: JoinSet<Result<Done, Outcome>>,
    ids: HashMap<tokio::task::Id, StepId>,
    /// For each step, what it writes into together with others.
    shared: Vec<Option<Shared>>,
    /// What running steps write into that no two may write into at once.
    busy: BTreeMap<Shared, StepId>,
    started: BTreeMap<StepId, Begun>,
    progress: tokio::sync::mpsc::UnboundedSender<(StepId, String)>,
    told: tokio::sync::mpsc::UnboundedReceiver<(StepId, String)>,
    status: BTreeMap<StepId, String>,
    stopping: bool,
    summary: Summary,
}

/// What several resources are written into: where, and AWS's or our name for it.
type Shared = (Scope, String);

/// Since when a step runs, and how often it was said to go on.
struct Begun {
    at: Instant,
    said: u64,
}

/// A step that goes on is said to after each of these, in seconds.
const HEARTBEAT: u64 = 10;

impl<'a> Walk<'a> {
    fn new(ground: &'a Ground<'a>, finished: &'a Finished) -> Self {
        let steps = &finished.plan.steps;
        let (progress, told) = tokio::sync::mpsc::unbounded_channel();
        let mut next = vec![Vec::new(); steps.len()];
        for step in steps {
            step.after.iter().for_each(|before| next[before.0].push(step.id));
        }
        Self {
            ground,
            finished,
            waiting: steps.iter().map(|step| (step.id, step.after.len())).collect(),
            ready: steps.iter().filter(|s| s.after.is_empty()).map(|s| s.id).collect(),
            next,
            tasks: JoinSet::new(),
            ids: HashMap::new(),
            shared: steps.iter().map(|step| shared(ground, finished, step)).collect(),
            busy: BTreeMap::new(),
            started: BTreeMap::new(),
            progress,
            told,
            status: BTreeMap::new(),
            stopping: false,
            summary: Summary { known: finished.known.clone(), ..Summary::default() },
        }
    }

    async fn run(&mut self, reporter: &mut dyn Reporter) -> io::Result<()> {
        reporter.report(&Event::ApplyStarted { steps: self.waiting.len() })?;
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            if self.ground.stop.is_cancelled() && !self.stopping {
                self.stopping = true;
                reporter.report(&Event::Stopping { lock: self.ground.lost.get().cloned() })?;
            }
            self.begin(reporter)?;
            if self.tasks.is_empty() {
                break;
            }
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => {
                    let (task, result) = match ended {
                        Ok((task, result)) => (task, result),
                        Err(error) => (error.id(), Err(broken(error))),
                    };
                    let id = self.ids.remove(&task).expect("every task is a step");
                    let took = self.started[&id].at.elapsed();
                    self.ended(id, took, result, reporter)?;
                }
                Some((id, status)) = self.told.recv() => {
                    self.status.insert(id, status);
                }
                _ = tick.tick() => self.heartbeat(reporter)?,
                () = self.ground.stop.cancelled(), if !self.stopping => {}
            }
        }
        let left: Vec<StepId> = self.waiting.keys().copied().collect();
        for id in left {
            self.skip(id, None, reporter)?;
        }
        let Summary { done, failed, stale, skipped, .. } = &self.summary;
        let (failed, skipped) = (failed + stale, *skipped);
        reporter.report(&Event::ApplyFinished { done: *done, failed, skipped })
    }

    fn step(&self, id: StepId) -> &'a Step {
        &self.finished.plan.steps[id.0]
    }

    /// Begins what waits for nothing any more.
    fn begin(&mut self, reporter: &mut dyn Reporter) -> io::Result<()> {
        loop {
            let stopping = self.stopping || self.ground.stop.is_cancelled();
            if stopping || self.tasks.len() >= self.ground.parallelism {
                return Ok(());
            }
            let free = |id: &&StepId| match &self.shared[id.0] {
                Some(shared) => !self.busy.contains_key(shared),
                None => true,
            };
            let Some(id) = self.ready.iter().find(free).copied() else { return Ok(()) };
            self.ready.remove(&id);
            self.waiting.remove(&id);
            let step = id;
            let Step { address, verb, .. } = self.step(step);
            let instance = self.finished.instances.get(address);
            let scope = instance.and_then(|instance| instance.scope.clone());
            let key = instance.and_then(|instance| instance.key.as_ref());
            let id = key.filter(|_| *verb != Verb::Create).map(ToString::to_string);
            let (address, verb) = (address.clone(), *verb);
            reporter.report(&Event::StepStarted { step, address, verb, scope, id })?;
            match self.task(step) {
                Ok(task) => {
                    let shared = self.shared[step.0].clone();
                    self.busy.extend(shared.map(|shared| (shared, step)));
                    self.started.insert(step, Begun { at: Instant::now(), said: 0 });
                    let handle = self.tasks.spawn(task.run());
                    self.ids.insert(handle.id(), step);
                }
                Err(outcome) => self.ended(step, Duration::ZERO, Err(outcome), reporter)?,
            }
        }
    }

    /// All that a step needs, evaluated with what is known by now.
    fn task(&self, id: StepId) -> Result<Task, Outcome> {
        let Step { address, verb, .. } = self.step(id);
        let instance = &self.finished.instances[address];
        let planned = &self.finished.plan.changes[address];
        let connected = self.finished.connected.get(&instance.alias);
        let replaced = match &planned.change {
            Change::Replace { because, order, .. } => Some(Replaced {
                create_first: *order == ReplaceOrder::CreateFirst,
                anyway: !matches!(because, Because::Attributes(_)),
            }),
            _ => None,
        };
        let wanted = match verb {
            // What is known by now may show that there is no need to.
            Verb::Delete if replaced.is_some() => {
                self.wanted(address, connected).unwrap_or_else(|_| instance.wanted.clone())
            }
            Verb::Delete | Verb::Forget => instance.wanted.clone(),
            Verb::Create | Verb::Update | Verb::Read => self.wanted(address, connected)?,
        };
        let declared = wanted.object.clone();
        let wanted = match (&planned.change, &planned.live) {
            // Only tags are written: the rest stays as it is until the next plan.
            (Change::Adopt { .. }, Some(live)) => Wanted {
                object: with_options(instance.spec, &live.inputs, &wanted.object),
                ..wanted
            },
            _ => wanted,
        };
        let (progress, ground) = (self.progress.clone(), self.ground);
        Ok(Task {
            address: address.clone(),
            before: ground.resolver.module.previous(address),
            verb: *verb,
            spec: instance.spec,
            settings: connected.map(|connected| connected.settings.clone()),
            scope: instance.scope.clone(),
            key: instance.key.clone(),
            wanted,
            declared,
            replaced,
            undeclared: !instance.declared,
            based_on: planned.live.clone(),
            catalog: ground.catalog,
            patience: ground.patience,
            sessions: Arc::clone(&ground.sessions),
            stack: ground.stack.clone(),
            machine: ground.machine.clone(),
            stop: ground.stop.clone(),
            tell: Box::new(move |status| {
                // Nobody listens any more only when the walk is over.
                let _ = progress.send((id, status));
            }),
        })
    }

    fn wanted(&self, address: &Address, connected: Option<&Connected>) -> Result<Wanted, Outcome> {
        let instance = &self.finished.instances[address];
        let tags = connected.and_then(|c| c.settings.default_tags.as_ref());
        let tags = tags.map(|default| default.tags.clone()).unwrap_or_default();
        let known = &self.summary.known;
        let resolver = self.ground.resolver;
        let each = resolver.each(address, known).map_err(|found| wrong(&found))?;
        let scene = resolver.scene(&address.block, known).map_err(|found| wrong(&found))?;
        let wanted = scene.instance(&each, instance.spec, &tags);
        let wanted = wanted.map_err(|found| wrong(&found))?;
        scene.preconditions(&each).map_err(|found| wrong(&found))?;
        Ok(wanted)
    }

    /// What must hold of an instance now that it has been changed.
    fn postconditions(&self, address: &Address) -> Result<(), Outcome> {
        let Ground { resolver, .. } = self.ground;
        let known = &self.summary.known;
        let Some(itself) = known.blocks.get(&address.block).and_then(|all| all.get(&address.key))
        else {
            return Ok(());
        };
        let each = resolver.each(address, known).map_err(|found| wrong(&found))?;
        let found = resolver.postconditions(&address.block, &each, itself, known);
        if found.is_empty() { Ok(()) } else { Err(wrong(&found)) }
    }

    fn ended(
        &mut self,
        id: StepId,
        took: Duration,
        result: Result<Done, Outcome>,
        reporter: &mut dyn Reporter,
    ) -> io::Result<()> {
        let Step { address, verb, .. } = self.step(id).clone();
        self.started.remove(&id);
        self.busy.retain(|_, by| *by != id);
        let outcome = match result {
            Ok(done) => self.learn(&address, verb, done),
            Err(outcome) => outcome,
        };
        let failed = match &outcome {
            Outcome::Done { .. } | Outcome::Unchanged | Outcome::Left { .. } => false,
            Outcome::Stale { .. } => {
                self.summary.stale += 1;
                true
            }
            Outcome::Failed { .. } | Outcome::Skipped { .. } => {
                self.summary.failed += 1;
                true
            }
        };
        let event = Event::StepFinished { step: id, address: address.clone(), verb, took, outcome };
        reporter.report(&event)?;
        if failed {
            return self.skip_dependents(id, &address, reporter);
        }
        for next in std::mem::take(&mut self.next[id.0]) {
            let Some(left) = self.waiting.get_mut(&next) else { continue };
            *left -= 1;
            if *left == 0 {
                self.ready.insert(next);
            }
        }
        Ok(())
    }

    fn adopts(&self, address: &Address) -> bool {
        matches!(self.finished.plan.changes[address].change, Change::Adopt { .. })
    }

    /// Notes what a step has brought about.
    fn learn(&mut self, address: &Address, verb: Verb, done: Done) -> Outcome {
        let adopts = self.adopts(address);
        let counts = &mut self.summary.done;
        match (verb, &done) {
            (_, Done::Nothing) => return Outcome::Unchanged,
            (_, Done::Found { .. }) | (Verb::Read, _) => {}
            (Verb::Create, _) => counts.add += 1,
            (Verb::Update, _) if adopts => counts.import += 1,
            (Verb::Update, _) => counts.change += 1,
            (Verb::Delete, _) => counts.destroy += 1,
            (Verb::Forget, _) => counts.forget += 1,
        }
        let instance = &self.finished.instances[address];
        let found = matches!(done, Done::Found { .. });
        let (inputs, outputs) = match done {
            Done::Live { inputs, outputs } | Done::Found { inputs, outputs } => (inputs, outputs),
            Done::Gone | Done::Nothing => return Outcome::Done { id: None },
        };
        let object: Object = whole(instance.spec, &inputs, &outputs, instance.scope.as_ref());
        let id = object.get("id").as_str().map(str::to_owned).filter(|_| verb != Verb::Read);
        self.summary.known.set(address, object);
        match self.postconditions(address) {
            Ok(()) if found => Outcome::Unchanged,
            Ok(()) => Outcome::Done { id },
            Err(outcome) => outcome,
        }
    }

    fn skip_dependents(
        &mut self,
        failed: StepId,
        because: &Address,
        reporter: &mut dyn Reporter,
    ) -> io::Result<()> {
        let mut open = vec![failed];
        while let Some(id) = open.pop() {
            for dependent in std::mem::take(&mut self.next[id.0]) {
                if self.waiting.contains_key(&dependent) {
                    self.skip(dependent, Some(because.clone()), reporter)?;
                    open.push(dependent);
                }
            }
        }
        Ok(())
    }

    fn skip(
        &mut self,
        id: StepId,
        because: Option<Address>,
        reporter: &mut dyn Reporter,
    ) -> io::Result<()> {
        self.waiting.remove(&id);
        self.ready.remove(&id);
        self.summary.skipped += 1;
        let Step { address, verb, .. } = self.step(id).clone();
        let outcome = Outcome::Skipped { because };
        let took = Duration::ZERO;
        reporter.report(&Event::StepFinished { step: id, address, verb, took, outcome })
    }

    /// Every ten seconds of its life, a step is said to go on.
    fn heartbeat(&mut self, reporter: &mut dyn Reporter) -> io::Result<()> {
        for (id, begun) in &mut self.started {
            let Some(waited) = begun.due() else { continue };
            let Step { address, verb, .. } = self.finished.plan.steps[id.0].clone();
            let on = self.status.get(id).cloned().unwrap_or_default();
            reporter.report(&Event::StepWaiting { step: *id, address, verb, waited, on })?;
        }
        Ok(())
    }
}

/// What a step writes into together with others.
fn shared(ground: &Ground<'_>, finished: &Finished, step: &Step) -> Option<Shared> {
    let instance = finished.instances.get(&step.address).filter(|_| step.verb != Verb::Read)?;
    let kind = ground.catalog.resource(instance.spec);
    let scope = instance.scope.clone()?;
    Some((scope, kind.shared(instance.key.as_ref()?)?))
}

impl Begun {
    /// For how long it has run, if that is to be said now.
    fn due(&mut self) -> Option<Duration> {
        let waited = self.at.elapsed().as_secs();
        let times = waited / HEARTBEAT;
        (times > std::mem::replace(&mut self.said, times)).then(|| Duration::from_secs(waited))
    }
}

/// What the configuration asks for makes no sense with what has become known.
fn wrong(found: &[Diagnostic]) -> Outcome {
    let text = found.iter().map(|problem| format!("{}: {}", problem.summary, problem.detail));
    Outcome::Failed { error: text.collect::<Vec<_>>().join("\n"), hint: None }
}

/// A step that ended in a panic. The others go on.
fn broken(error: tokio::task::JoinError) -> Outcome {
    let text = match error.try_into_panic() {
        Ok(panic) => match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            _ => "it does not say why".to_owned(),
        },
        Err(error) => error.to_string(),
    };
    Outcome::Failed {
        error: format!("drctl itself has failed here: {text}"),
        hint: Some(
            "This is a fault of drctl; please report it. What was asked of AWS may have happened: \
             plan again to see."
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_said_to_go_on_once_every_ten_seconds_however_late_one_looks() {
        let mut begun = Begun { at: Instant::now(), said: 0 };
        let mut after = |seconds: u64| {
            begun.at = Instant::now() - Duration::from_millis(seconds * 1000 + 1);
            begun.due().map(|waited| waited.as_secs())
        };
        let said: Vec<_> = [9, 11, 12, 19, 20, 20, 45, 46, 50].map(&mut after).into();
        let expected = [None, Some(11), None, None, Some(20), None, Some(45), None, Some(50)];
        assert_eq!(said, expected);
    }
}
