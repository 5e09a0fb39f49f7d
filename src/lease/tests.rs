//! Many runs at once, in any order of their calls.
use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;

/// Leases in memory. Every call lets others go before it and after it.
#[derive(Debug, Default)]
struct Memory {
    entries: Mutex<BTreeMap<u64, (Record, Duration)>>,
    seed: Mutex<u64>,
}

#[derive(Debug, Clone)]
struct Shared(Arc<Memory>);

impl Shared {
    /// Lets others go first, now and then.
    async fn stumble(&self) {
        let times = {
            let mut seed = self.0.seed.lock().expect("nobody panics");
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (*seed >> 33) % 6
        };
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, (Record, Duration)>> {
        self.0.entries.lock().expect("nobody panics")
    }
}

impl Store for Shared {
    async fn list(&self) -> Result<Vec<Entry>> {
        self.stumble().await;
        let entry = |(number, (record, age)): (&u64, &(Record, Duration))| Entry {
            number: *number,
            record: record.clone(),
            age: *age,
        };
        let all = self.all().iter().map(entry).collect();
        self.stumble().await;
        Ok(all)
    }
    async fn create(&self, number: u64, record: &Record) -> Result<bool> {
        self.stumble().await;
        let created = {
            let mut all = self.all();
            let absent = !all.contains_key(&number);
            if absent {
                all.insert(number, (record.clone(), Duration::ZERO));
            }
            absent
        };
        self.stumble().await;
        Ok(created)
    }
    async fn write(&self, number: u64, record: &Record) -> Result<()> {
        self.stumble().await;
        self.all().insert(number, (record.clone(), Duration::ZERO));
        Ok(())
    }
    async fn delete(&self, number: u64) -> Result<()> {
        self.stumble().await;
        self.all().remove(&number);
        Ok(())
    }
}

fn record(holder: &str) -> Record {
    Record {
        state: State::Held,
        holder: holder.to_owned(),
        run: None,
        command: "apply".to_owned(),
        since: "2026-11-22T16:00:00Z".to_owned(),
        seconds: 600,
        nonce: holder.to_owned(),
        applied: Vec::new(),
    }
}

fn store(seed: u64, entries: &[(u64, State, u64)]) -> Shared {
    let entry = |(number, state, age): &(u64, State, u64)| {
        let record = Record { state: *state, ..record("before") };
        (*number, (record, Duration::from_secs(*age)))
    };
    let entries = Mutex::new(entries.iter().map(entry).collect());
    Shared(Arc::new(Memory { entries, seed: Mutex::new(seed) }))
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime needs nothing").block_on(test)
}

/// Whatever lies there and however the calls of five runs fall, one at a time has the lease, and each
/// that gives it back lets another have it.
#[test]
fn one_at_a_time() {
    let lying: [&[(u64, State, u64)]; 5] = [
        &[],
        &[(7, State::Held, 601)],
        &[(7, State::Released, 3)],
        &[(6, State::Held, 999), (7, State::Forced, 3)],
        &[(1, State::Held, 5000), (6, State::Released, 999), (7, State::Held, 700)],
    ];
    for (seed, lying) in (0..400).flat_map(|seed| lying.map(|lying| (seed, lying))) {
        run(async {
            let store = store(seed, lying);
            let held: Arc<Mutex<Vec<String>>> = Arc::default();
            let most: Arc<Mutex<Vec<usize>>> = Arc::default();
            let runs = (0..5).map(|number| {
                let (store, held, most) = (store.clone(), Arc::clone(&held), Arc::clone(&most));
                tokio::spawn(async move {
                    let name = format!("run {number}");
                    for _ in 0..50 {
                        if let Attempt::Ours(number, ours, _) =
                            attempt(&store, &record(&name)).await.expect("it answers")
                        {
                            held.lock().expect("nobody panics").push(name.clone());
                            for _ in 0..3 {
                                store.stumble().await;
                                let holders = held.lock().expect("nobody panics").len();
                                most.lock().expect("nobody panics").push(holders);
                            }
                            held.lock().expect("nobody panics").retain(|one| *one != name);
                            let released = Record { state: State::Released, ..ours };
                            store.write(number, &released).await.expect("it answers");
                            return true;
                        }
                        tokio::task::yield_now().await;
                    }
                    false
                })
            });
            let mut had = 0;
            for run in runs.collect::<Vec<_>>() {
                had += usize::from(run.await.expect("it does not panic"));
            }
            let most = most.lock().expect("nobody panics").iter().copied().max();
            assert_eq!((had, most), (5, Some(1)), "seed {seed}, {lying:?}: {:#?}", store.all());
            assert!(store.all().len() <= 2, "old ones are cleared: {:#?}", store.all());
        });
    }
}

#[test]
fn what_holds_is_theirs() {
    let check = |state, age, holds| {
        run(async {
            let store = store(1, &[(3, state, age)]);
            let taken = take(store, record("us"), Duration::ZERO, |_| {}).await;
            let theirs = matches!(taken.expect("it answers"), Taken::Theirs(_));
            assert_eq!(theirs, holds, "{state:?} for {age} seconds");
        });
    };
    check(State::Held, 0, true);
    check(State::Held, 599, true);
    check(State::Held, 600, false);
    check(State::Released, 0, false);
    check(State::Forced, 0, false);
}

/// Who looked long ago, and goes on when the numbers after it have come and gone, has nothing.
#[test]
fn who_was_slow_has_nothing() {
    run(async {
        let store = store(1, &[(9, State::Held, 0)]);
        assert!(store.create(4, &record("slow")).await.expect("it answers"), "4 was gone again");
        let entries = store.list().await.expect("it answers");
        assert!(superseded(&entries, 4, &record("slow")).is_some());
        let theirs = attempt(&store, &record("other")).await.expect("it answers");
        assert!(matches!(theirs, Attempt::Theirs(entry) if entry.number == 9));
    });
}

#[test]
fn what_ends_a_lease_is_told() {
    let entry = |number, holder, state| Entry {
        number,
        record: Record { state, ..record(holder) },
        age: Duration::ZERO,
    };
    let check = |entries: &[Entry], expected: Option<&str>| {
        assert_eq!(superseded(entries, 2, &record("us")).as_deref(), expected);
    };
    let ours = || entry(2, "us", State::Held);
    check(&[ours()], None);
    check(&[entry(1, "before", State::Released), ours()], None);
    check(&[], Some("its parameter is gone"));
    check(&[entry(2, "else", State::Held)], Some("its parameter is gone"));
    check(&[ours(), entry(3, "ann", State::Held)], Some("ann has taken it"));
    check(&[ours(), entry(3, "ann", State::Forced)], Some("ann has ended it with `drctl unlock`"));
}

#[test]
fn forced_open_it_is_the_next_ones() {
    run(async {
        let store = store(1, &[(3, State::Held, 0)]);
        let was = clear(&store, record("ann")).await.expect("it answers").expect("it was held");
        assert_eq!((was.number, was.record.holder.as_str()), (3, "before"));
        assert!(clear(&store, record("ann")).await.expect("it answers").is_none());
        let taken = take(store.clone(), record("us"), Duration::ZERO, |_| {}).await;
        let Taken::Ours(lease) = taken.expect("it answers") else { panic!("it is free") };
        lease.release().await.expect("it answers");
        let last = current(&store).await.expect("it answers").expect("it is there");
        assert_eq!((last.number, last.record.state), (5, State::Released));
    });
}

/// Kept for longer than it holds, and lost as soon as somebody ends it.
#[test]
fn kept_until_it_is_lost() {
    run(async {
        let store = store(1, &[]);
        let short = Record { seconds: 1, ..record("us") };
        let taken = take(store.clone(), short, Duration::ZERO, |_| {}).await;
        let Taken::Ours(lease) = taken.expect("it answers") else { panic!("it is free") };
        let applied = Applied {
            nonce: "p".to_owned(),
            expires: "2026-11-23T16:00:00Z".to_owned(),
            at: "2026-11-22T16:00:00Z".to_owned(),
        };
        lease.note(applied.clone(), "2026-11-22T16:00:00Z").await.expect("it answers");
        assert_eq!(lease.has_applied("p").await, Some(applied));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!lease.lost().is_cancelled(), "{:?}", lease.why());
        clear(&store, record("ann")).await.expect("it answers");
        lease.lost().cancelled().await;
        assert_eq!(
            lease.why().get().map(String::as_str),
            Some("ann has ended it with `drctl unlock`")
        );
        lease.release().await.expect("it answers");
        let last = current(&store).await.expect("it answers").expect("it is there");
        assert_eq!(last.record.state, State::Forced, "what is lost is not given back");
        assert_eq!(last.record.applied.len(), 1, "and what was applied is known to the next");
    });
}
