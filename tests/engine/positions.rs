//! A run that is hit at any of its calls, one after the other, in any of many ways: killed, cut off
//! from its answers, out of credentials, throttled, asked to stop. The next run arrives, with one of
//! each thing and nothing more.
use std::collections::BTreeMap;

use drctl::aws::Failure;
use drctl::cli::Exit;

use crate::cloud::{Fault, Mishap, Place, Thing};
use crate::world::{Ask, Went, World, provider};

/// All sorts of toys: some take their time, some have ids that the cloud picks, some are parts.
const FIRST: &str = r#"
resource "toy_network" "net" {
  name = "net"
}
resource "toy_key" "plain" {
  uses = [toy_network.net.id]
}
resource "toy_key" "first" {
  shape = "a"
  lifecycle {
    create_before_destroy = true
  }
}
resource "toy_network" "user" {
  name  = "user"
  shape = "a"
  uses  = [toy_key.first.id, toy_key.plain.id]
}
resource "toy_cluster" "db" {
  name = "db"
  uses = [toy_key.plain.id]
}
resource "toy_member" "one" {
  cluster = toy_cluster.db.id
  name    = "one"
}
"#;

/// The same with changes of all sorts: in place, in several calls, replaced in both orders, new.
const SECOND: &str = r#"
resource "toy_network" "net" {
  name = "net"
  note = "new"
}
resource "toy_key" "plain" {
  note = "new"
  uses = [toy_network.net.id]
}
resource "toy_key" "first" {
  shape = "b"
  lifecycle {
    create_before_destroy = true
  }
}
resource "toy_network" "user" {
  name  = "user"
  shape = "b"
  uses  = [toy_key.first.id, toy_key.plain.id]
}
resource "toy_cluster" "db" {
  name = "db"
  note = "new"
  size = 2
  uses = [toy_key.plain.id]
}
resource "toy_member" "one" {
  cluster = toy_cluster.db.id
  name    = "one"
  note    = "new"
}
resource "toy_member" "two" {
  cluster = toy_cluster.db.id
  name    = "two"
}
"#;

/// A run, and from where it begins.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Create,
    Change,
    Destroy,
}

const STAGES: [Stage; 3] = [Stage::Create, Stage::Change, Stage::Destroy];

impl Stage {
    fn ask(self, parallelism: usize) -> Ask {
        let text = match self {
            Self::Create => FIRST,
            Self::Change | Self::Destroy => SECOND,
        };
        let destroy = matches!(self, Self::Destroy);
        Ask { destroy, parallelism, ..Ask::new(provider() + text) }
    }

    /// What is there before this run.
    fn before(self) -> BTreeMap<Place, Thing> {
        let world = World::new();
        let made = match self {
            Self::Create => return BTreeMap::new(),
            Self::Change => Self::Create,
            Self::Destroy => Self::Change,
        };
        assert_eq!(world.apply(&made.ask(1), &mut || {}).exit, Exit::Success);
        world.cloud.state().things.clone()
    }

    /// How many things there are of each sort when all is over.
    fn things(self) -> BTreeMap<&'static str, usize> {
        match self {
            Self::Create => [("key", 2), ("network", 2), ("cluster", 1), ("member", 1)].into(),
            Self::Change => [("key", 2), ("network", 2), ("cluster", 1), ("member", 2)].into(),
            Self::Destroy => BTreeMap::new(),
        }
    }
}

fn counted(things: &BTreeMap<Place, Thing>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for place in things.keys() {
        *counts.entry(place.kind.trim_start_matches("toy_")).or_default() += 1;
    }
    counts
}

/// Runs until nothing is left to do, and looks at what there is.
fn arrives(world: &World, stage: Stage, how: &str) {
    world.cloud.state().mend();
    // What was made just now, no sweep knows yet, where sweeps are late.
    let late = |world: &World| {
        let mut state = world.cloud.state();
        if state.forgetful {
            state.unswept = state.things.keys().cloned().collect();
        }
    };
    late(world);
    let mut went = world.apply(&stage.ask(1), &mut || {});
    // What settles does so while it is looked at.
    for _ in 0..3 {
        if went.nothing_to_do() {
            break;
        }
        assert_eq!(went.exit, Exit::Success, "{how}: the next run fails\n{}", went.text);
        late(world);
        went = world.apply(&stage.ask(1), &mut || {});
    }
    assert!(went.nothing_to_do(), "{how}: there is no end\n{}", went.text);
    let state = world.cloud.state();
    assert_eq!(counted(&state.things), stage.things(), "{how}: {:#?}", state.things);
    assert!(state.wrongs.is_empty(), "{how}: {:#?}", state.wrongs);
}

/// A world with these things, in which ids are none that they have.
fn world(before: &BTreeMap<Place, Thing>) -> World {
    let world = World::new();
    {
        let mut state = world.cloud.state();
        state.things.clone_from(before);
        (0..100).for_each(|_| drop(state.mint("before")));
    }
    world
}

/// Hits every call of every run with a fault that lasts for so many calls.
fn everywhere(what: &str, fault: (Fault, u64), parallelism: usize, look: fn(&Went, &str)) {
    in_a_cloud(false, what, fault, parallelism, look);
}

/// The same. `forgetful`: the cloud knows no tokens, and its sweeps nothing of what is new.
fn in_a_cloud(
    forgetful: bool,
    what: &str,
    (fault, lasts): (Fault, u64),
    parallelism: usize,
    look: fn(&Went, &str),
) {
    for stage in STAGES {
        let before = stage.before();
        let mut at = 0;
        loop {
            let world = world(&before);
            {
                let mut state = world.cloud.state();
                state.mishap = Some(Mishap { at, lasts, fault });
                state.forgetful = forgetful;
            }
            let went = world.apply(&stage.ask(parallelism), &mut || {});
            if world.cloud.state().counted <= at {
                assert!(at > 20, "{stage:?} makes many calls, not {at}");
                break;
            }
            let how = format!("{what} at call {at} of {stage:?}");
            look(&went, &how);
            arrives(&world, stage, &how);
            at += 1;
        }
    }
}

#[test]
fn killed_before_any_call() {
    everywhere("killed before", (Fault::CrashBefore, 1), 4, |went, how| {
        assert!(went.crashed, "{how}");
    });
}

#[test]
fn killed_after_any_call() {
    everywhere("killed after", (Fault::CrashAfter, 1), 1, |went, how| {
        assert!(went.crashed, "{how}");
    });
}

#[test]
fn any_answer_is_lost() {
    everywhere("answer lost", (Fault::After(Failure::Unreachable), 1), 1, |_, _| {});
}

/// From some call on, none is allowed any more: the run ends, and says why.
#[test]
fn credentials_expire_at_any_call() {
    let expired = (Fault::Before(Failure::Credentials), u64::MAX);
    everywhere("credentials expire", expired, 4, |went, how| {
        assert_eq!(went.exit, Exit::Error, "{how}\n{}", went.text);
        assert!(went.text.contains("the token has expired"), "{how}\n{}", went.text);
    });
}

#[test]
fn a_storm_of_throttling_at_any_call() {
    let throttled = (Fault::Before(Failure::Throttled), 12);
    everywhere("throttled", throttled, 4, |went, how| {
        assert_ne!(went.exit, Exit::Stale, "{how}\n{}", went.text);
    });
}

/// Keys whose creation no token keeps from making two, and a tagging service that is late: what is
/// there already is looked for before another one is made.
#[test]
fn nothing_is_made_twice_where_no_token_helps() {
    in_a_cloud(true, "killed", (Fault::CrashAfter, 1), 1, |went, how| {
        assert!(went.crashed, "{how}");
    });
    let lost = (Fault::After(Failure::Unreachable), 1);
    in_a_cloud(true, "answer lost", lost, 1, |_, _| {});
}

/// Asked to stop while any step begins: that one is finished, and no other begins.
#[test]
fn interrupted_at_any_step() {
    for stage in STAGES {
        let before = stage.before();
        let steps = {
            let went = world(&before).plan(&stage.ask(1));
            let plan = went.plan.expect("there is a plan");
            plan.steps.into_iter().map(|step| step.address.to_string()).collect::<Vec<_>>()
        };
        assert!(steps.len() > 5);
        for address in steps {
            let world = world(&before);
            let ask = Ask { stop_at: Some(address.clone()), ..stage.ask(1) };
            let went = world.apply(&ask, &mut || {});
            let how = format!("interrupted when {address} begins, in {stage:?}");
            assert_eq!(went.exit, Exit::Interrupted, "{how}\n{}", went.text);
            let summary = went.summary.expect("it ran");
            assert_eq!(summary.failed, 0, "{how}\n{}", went.text);
            arrives(&world, stage, &how);
        }
    }
}
