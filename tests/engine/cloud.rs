//! What AWS would be: things by account, Region, type and key, and all that can go wrong.
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard};

use drctl::aws::{AwsError, Failure};
use drctl::resources::{Error, Result};
use drctl::value::Object;
use tokio_util::sync::CancellationToken;

/// Where a thing is, and what it is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) kind: &'static str,
    pub(crate) key: Vec<String>,
}

/// Something that exists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thing {
    /// Minted when it was made.
    pub(crate) uid: String,
    pub(crate) inputs: Object,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// What its creation was called with.
    pub(crate) token: String,
    /// A status, and how often it will be seen.
    pub(crate) settling: Option<(String, u32)>,
    /// It is gone once it has settled.
    pub(crate) going: bool,
    pub(crate) locked: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Read,
    Create,
    Update,
    Delete,
}

/// What may happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused, and nothing happens.
    Before(Failure),
    /// It takes effect, and the answer is lost.
    After(Failure),
    /// The program dies before it is sent.
    CrashBefore,
    /// The program dies before the answer is there.
    CrashAfter,
    /// It takes effect, and so many reads still see what was before.
    Late(u32),
    /// Our own code fails.
    Panic,
}

/// A fault that comes at a certain call, whichever that is, and may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mishap {
    /// Number of the call, from 0.
    pub(crate) at: u64,
    /// How many calls it hits.
    pub(crate) lasts: u64,
    pub(crate) fault: Fault,
}

/// A fault that a test asks for.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) call: Call,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) fault: Fault,
    pub(crate) times: u32,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) things: BTreeMap<Place, Thing>,
    /// What was before, and how many reads still see it.
    late: BTreeMap<Place, (u32, Option<Thing>)>,
    minted: u32,
    pub(crate) planned: Vec<Planned>,
    /// Chance decides about faults while this is set: seed, and how many calls of a thousand.
    pub(crate) chance: Option<(u64, u64)>,
    calls: BTreeMap<(Place, u8), u64>,
    pub(crate) mishap: Option<Mishap>,
    /// How many calls there were.
    pub(crate) counted: u64,
    /// Creating is not idempotent: the cloud knows no tokens.
    pub(crate) forgetful: bool,
    /// What sweeps do not know of yet.
    pub(crate) unswept: BTreeSet<Place>,
    /// Regions that do not answer.
    pub(crate) silent: Vec<String>,
    /// What the engine must never do, and did.
    pub(crate) wrongs: Vec<String>,
    /// Every call that took effect.
    pub(crate) log: Vec<String>,
    /// Cancelled when the program is to die.
    pub(crate) death: CancellationToken,
}

/// A cloud that all toy types of one world share.
#[derive(Debug, Default)]
pub(crate) struct Cloud {
    state: Mutex<State>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.key.join("/"))
    }
}

impl Cloud {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// One call: what may happen to it happens.
    pub(crate) async fn call<T>(
        &self,
        place: &Place,
        call: Call,
        act: impl FnOnce(&mut State) -> Result<T>,
    ) -> Result<T> {
        tokio::task::yield_now().await;
        let (fault, before) = {
            let mut state = self.state();
            (state.fault(place, call), state.things.get(place).cloned())
        };
        match fault {
            Some(Fault::Before(failure)) => return Err(failed(call, failure)),
            Some(Fault::CrashBefore) => self.die().await,
            Some(Fault::Panic) => panic!("the toy is broken"),
            Some(Fault::After(_) | Fault::CrashAfter | Fault::Late(_)) | None => {}
        }
        let done = act(&mut self.state());
        if call != Call::Read {
            let mut state = self.state();
            if done.is_ok() {
                state.log.push(format!("{call:?} {place}"));
            }
            match fault {
                Some(Fault::Late(looks)) => drop(state.late.insert(place.clone(), (looks, before))),
                _ => drop(state.late.remove(place)),
            }
        }
        match fault {
            Some(Fault::After(failure)) => return Err(failed(call, failure)),
            Some(Fault::CrashAfter) => self.die().await,
            _ => {}
        }
        tokio::task::yield_now().await;
        done
    }

    async fn die(&self) {
        self.state().death.cancel();
        std::future::pending::<()>().await;
    }
}

impl State {
    pub(crate) fn mint(&mut self, prefix: &str) -> String {
        self.minted += 1;
        format!("{prefix}-{}", self.minted)
    }

    /// What a read sees now; time goes by.
    pub(crate) fn seen(&mut self, place: &Place) -> Option<Thing> {
        if let Some((looks, before)) = self.late.get_mut(place) {
            if *looks > 0 {
                *looks -= 1;
                return before.clone();
            }
            self.late.remove(place);
        }
        let thing = self.things.get_mut(place)?;
        match &mut thing.settling {
            Some((_, looks)) if *looks > 0 => *looks -= 1,
            Some(_) if thing.going => {
                self.things.remove(place);
                return None;
            }
            Some(_) => thing.settling = None,
            None => {}
        }
        Some(self.things[place].clone())
    }

    /// From now on nothing goes wrong, and calls are counted from 0.
    pub(crate) fn mend(&mut self) {
        self.mishap = None;
        self.counted = 0;
        self.calm();
    }

    /// Whether something has this id.
    pub(crate) fn has(&self, uid: &str) -> bool {
        self.things.values().any(|thing| thing.uid == uid && !thing.going)
    }

    /// From now on reads see what is.
    pub(crate) fn calm(&mut self) {
        self.chance = None;
        self.late.clear();
    }

    fn fault(&mut self, place: &Place, call: Call) -> Option<Fault> {
        if self.silent.contains(&place.region) {
            return Some(Fault::Before(Failure::Unreachable));
        }
        let number = self.counted;
        self.counted += 1;
        if let Some(Mishap { at, lasts, fault }) = self.mishap
            && (at..at.saturating_add(lasts)).contains(&number)
        {
            return Some(fault);
        }
        let key = place.key.join("/");
        let matching = self.planned.iter_mut().find(|planned| {
            planned.times > 0
                && planned.call == call
                && planned.kind == place.kind
                && planned.key == key
        });
        if let Some(planned) = matching {
            planned.times -= 1;
            return Some(planned.fault);
        }
        let (seed, of_thousand) = self.chance?;
        let count = self.calls.entry((place.clone(), call as u8)).or_default();
        *count += 1;
        let mut hasher = DefaultHasher::new();
        (seed, place, call as u8, *count).hash(&mut hasher);
        let chance = hasher.finish();
        let rare = if call == Call::Read { of_thousand / 10 } else { of_thousand };
        if chance % 1000 >= rare {
            return None;
        }
        let failures = [Failure::Throttled, Failure::Unreachable, Failure::Fault, Failure::Denied];
        let failure = failures[(chance / 1000 % 4) as usize];
        Some(match (call, chance / 4000 % 6) {
            (Call::Read, 0) => Fault::CrashBefore,
            (Call::Read, _) => Fault::Before(failure),
            (_, 0) => Fault::Before(failure),
            (_, 1) => Fault::After(Failure::Unreachable),
            (_, 2) => Fault::CrashBefore,
            (_, 3) => Fault::CrashAfter,
            (_, _) => Fault::Late(u32::try_from(chance / 24000 % 4).unwrap_or(0) + 1),
        })
    }
}

fn failed(call: Call, failure: Failure) -> Error {
    let (code, message) = match failure {
        Failure::Throttled => (Some("ThrottlingException"), "Rate exceeded"),
        Failure::Unreachable => (None, "connection reset by peer"),
        Failure::Fault => (Some("InternalFailure"), "try again later"),
        Failure::Denied => (Some("AccessDenied"), "no policy allows it"),
        Failure::Credentials => (Some("ExpiredToken"), "the token has expired"),
        Failure::Refused => (Some("InvalidParameter"), "this is not possible"),
    };
    AwsError::new(&format!("toy {call:?}"), code, message, failure).into()
}

/// The toy cloud understood the call and will not do it.
pub(crate) fn refused(code: &str, message: impl Into<String>) -> Error {
    AwsError::new("toy", Some(code), &message.into(), Failure::Refused).into()
}
