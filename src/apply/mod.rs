//! Carries out a plan: each step once what it waits for is done, as many at a time as allowed.
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::address::Address;
use crate::aws::Sessions;
use crate::event::{Event, Outcome, Reporter};
use crate::graph::{Known, Resolver, Wanted};
use crate::plan::{Change, Connected, Counts, Finished, Step, StepId, Verb, whole};
use crate::resources::Catalog;
use crate::value::Object;

mod data;
mod settle;
mod step;

pub use settle::Patience;
use step::{Done, Task};

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
    pub directory: Arc<Path>,
    /// How many steps may run at once.
    pub parallelism: usize,
    /// How long to wait between looks.
    pub patience: Patience,
    /// Begin nothing new once this is cancelled.
    pub stop: CancellationToken,
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
    walk.tasks.join_all().await;
    result?;
    Ok(walk.summary)
}

struct Walk<'a> {
    ground: &'a Ground<'a>,
    finished: &'a Finished,
    /// For each step that has not begun, what it still waits for.
    waiting: BTreeMap<StepId, BTreeSet<StepId>>,
    tasks: JoinSet<(StepId, Duration, Result<Done, Outcome>)>,
    started: BTreeMap<StepId, Instant>,
    progress: tokio::sync::mpsc::UnboundedSender<(StepId, String)>,
    told: tokio::sync::mpsc::UnboundedReceiver<(StepId, String)>,
    status: BTreeMap<StepId, String>,
    stopping: bool,
    summary: Summary,
}

impl<'a> Walk<'a> {
    fn new(ground: &'a Ground<'a>, finished: &'a Finished) -> Self {
        let steps = &finished.plan.steps;
        let (progress, told) = tokio::sync::mpsc::unbounded_channel();
        Self {
            ground,
            finished,
            waiting: steps.iter().map(|s| (s.id, s.after.iter().copied().collect())).collect(),
            tasks: JoinSet::new(),
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
            self.begin(reporter)?;
            if self.tasks.is_empty() {
                break;
            }
            tokio::select! {
                ended = self.tasks.join_next() => match ended {
                    Some(Ok((id, took, result))) => self.ended(id, took, result, reporter)?,
                    Some(Err(error)) => return Err(io::Error::other(error)),
                    None => {}
                },
                Some((id, status)) = self.told.recv() => {
                    self.status.insert(id, status);
                }
                _ = tick.tick() => self.heartbeat(reporter)?,
                () = self.ground.stop.cancelled(), if !self.stopping => {
                    self.stopping = true;
                    reporter.report(&Event::Stopping)?;
                }
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
            if self.stopping || self.tasks.len() >= self.ground.parallelism {
                return Ok(());
            }
            let ready = self.waiting.iter().find(|(_, after)| after.is_empty()).map(|(id, _)| *id);
            let Some(id) = ready else { return Ok(()) };
            self.waiting.remove(&id);
            let step = id;
            let Step { address, verb, .. } = self.step(step);
            let instance = self.finished.instances.get(address);
            let scope = instance.and_then(|instance| instance.scope.clone());
            let key = instance.and_then(|instance| instance.key.as_ref());
            let id = key.filter(|_| *verb != Verb::Create).map(ToString::to_string);
            let (address, verb) = (address.clone(), *verb);
            reporter.report(&Event::StepStarted { step, address, verb, scope, id })?;
            let begun = Instant::now();
            match self.task(step) {
                Ok(task) => {
                    self.started.insert(step, begun);
                    self.tasks.spawn(async move {
                        let result = task.run().await;
                        (step, begun.elapsed(), result)
                    });
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
        let wanted = match verb {
            Verb::Delete => instance.wanted.clone(),
            Verb::Create | Verb::Update | Verb::Read => self.wanted(address, connected)?,
        };
        let (progress, ground) = (self.progress.clone(), self.ground);
        Ok(Task {
            address: address.clone(),
            verb: *verb,
            spec: instance.spec,
            settings: connected.map(|connected| connected.settings.clone()),
            scope: instance.scope.clone(),
            key: instance.key.clone(),
            wanted,
            replaced: matches!(planned.change, Change::Replace { .. }),
            based_on: planned.live.clone(),
            catalog: ground.catalog,
            patience: ground.patience,
            sessions: Arc::clone(&ground.sessions),
            stack: ground.stack.clone(),
            directory: Arc::clone(&ground.directory),
            stop: ground.stop.clone(),
            tell: Box::new(move |status| {
                // Nobody listens any more only when the walk is over.
                let _ = progress.send((id, status));
            }),
        })
    }

    fn wanted(&self, address: &Address, connected: Option<&Connected>) -> Result<Wanted, Outcome> {
        let instance = &self.finished.instances[address];
        let block = &self.ground.resolver.module.blocks[&address.block];
        let tags = connected.and_then(|c| c.settings.default_tags.as_ref());
        let tags = tags.map(|default| default.tags.clone()).unwrap_or_default();
        let known = &self.summary.known;
        let resolver = self.ground.resolver;
        resolver.instance(block, &instance.each, instance.spec, &tags, known).map_err(|found| {
            let text: Vec<String> = found
                .iter()
                .map(|problem| format!("{}: {}", problem.summary, problem.detail))
                .collect();
            Outcome::Failed { error: text.join("\n"), hint: None }
        })
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
        for after in self.waiting.values_mut() {
            after.remove(&id);
        }
        Ok(())
    }

    /// Notes what a step has brought about.
    fn learn(&mut self, address: &Address, verb: Verb, done: Done) -> Outcome {
        let counts = &mut self.summary.done;
        match (verb, &done) {
            (_, Done::Nothing) => return Outcome::Unchanged,
            (Verb::Create, _) => counts.add += 1,
            (Verb::Update, _) => counts.change += 1,
            (Verb::Delete, _) => counts.destroy += 1,
            (Verb::Read, _) => {}
        }
        let instance = &self.finished.instances[address];
        let (inputs, outputs) = match done {
            Done::Live { inputs, outputs } => (inputs, outputs),
            Done::Gone | Done::Nothing => return Outcome::Done { id: None },
        };
        let object: Object = whole(instance.spec, &inputs, &outputs, instance.scope.as_ref());
        let id = object.get("id").as_str().map(str::to_owned).filter(|_| verb != Verb::Read);
        self.summary.known.set(address, object);
        Outcome::Done { id }
    }

    fn skip_dependents(
        &mut self,
        failed: StepId,
        because: &Address,
        reporter: &mut dyn Reporter,
    ) -> io::Result<()> {
        let mut open = vec![failed];
        while let Some(id) = open.pop() {
            let waits = |(_, after): &(&StepId, &BTreeSet<StepId>)| after.contains(&id);
            let dependents: Vec<StepId> =
                self.waiting.iter().filter(waits).map(|(id, _)| *id).collect();
            for dependent in dependents {
                self.skip(dependent, Some(because.clone()), reporter)?;
                open.push(dependent);
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
        self.summary.skipped += 1;
        let Step { address, verb, .. } = self.step(id).clone();
        let outcome = Outcome::Skipped { because };
        let took = Duration::ZERO;
        reporter.report(&Event::StepFinished { step: id, address, verb, took, outcome })
    }

    /// Every ten seconds of its life, a step is said to go on.
    fn heartbeat(&mut self, reporter: &mut dyn Reporter) -> io::Result<()> {
        for (id, begun) in &self.started {
            let waited = begun.elapsed();
            if waited.as_secs() == 0 || waited.as_secs() % 10 != 0 {
                continue;
            }
            let Step { address, verb, .. } = self.step(*id).clone();
            let on = self.status.get(id).cloned().unwrap_or_default();
            let waited = Duration::from_secs(waited.as_secs());
            reporter.report(&Event::StepWaiting { step: *id, address, verb, waited, on })?;
        }
        Ok(())
    }
}
