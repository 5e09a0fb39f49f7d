//! Chance chooses configurations, edits and failures; what must hold whatever happens, holds.
//!
//! While calls fail, answers are lost, reads lag and the program dies, steps keep their order and
//! nothing is made before what it needs, nor deleted before what needs it. Once all that stops,
//! applying again arrives, the plan is empty, and there is one of each and nothing more. What is
//! not ours is never touched, and destroying leaves nothing that is.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use drctl::value::Value;
use proptest::prelude::*;

use crate::cloud::{Place, Thing};
use crate::order::check_order;
use crate::world::{Ask, World, provider};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Network,
    Cluster,
    Member,
    Key,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    One,
    Each(usize),
    Count(usize),
}

/// One block; what it refers to are blocks before it.
#[derive(Debug, Clone)]
struct Toy {
    sort: Sort,
    number: Number,
    note: u8,
    size: u8,
    shape: u8,
    on: Option<usize>,
    uses: BTreeSet<usize>,
    after: BTreeSet<usize>,
    create_first: bool,
    /// A network that a data source looks up; it tells the shape.
    looks: Option<usize>,
    /// How often the block was renamed; a `moved` block tells of each time.
    renamed: usize,
    /// Whether the block was taken away; a `removed` block says so of what holds data.
    gone: bool,
}

const KEYS: [&str; 3] = ["a", "b", "c"];

/// A configuration in which every reference makes sense.
#[derive(Debug, Clone)]
struct Stack(Vec<Toy>);

fn toy() -> impl Strategy<Value = Toy> {
    let sort =
        prop_oneof![Just(Sort::Network), Just(Sort::Cluster), Just(Sort::Member), Just(Sort::Key)];
    let number = prop_oneof![
        3 => Just(Number::One),
        1 => (1..=3usize).prop_map(Number::Each),
        1 => (1..=3usize).prop_map(Number::Count)
    ];
    let some = || prop::collection::btree_set(0..8usize, 0..3);
    let maybe = || prop::option::of(0..8usize);
    let rest = (0..3u8, 1..4u8, 0..2u8, maybe(), some(), some(), any::<bool>(), maybe());
    (sort, number, rest).prop_map(|(sort, number, rest)| {
        let (note, size, shape, on, uses, after, create_first, looks) = rest;
        let (renamed, gone) = (0, false);
        Toy { sort, number, note, size, shape, on, uses, after, create_first, looks, renamed, gone }
    })
}

fn stack() -> impl Strategy<Value = Stack> {
    prop::collection::vec(toy(), 1..7).prop_map(|toys| Stack(toys).sensible())
}

/// What a person changes between runs.
#[derive(Debug, Clone)]
enum Edit {
    Note(usize, u8),
    Size(usize, u8),
    Shape(usize, u8),
    Uses(usize, BTreeSet<usize>),
    On(usize, Option<usize>),
    More(usize),
    Add(Toy),
    /// Something that we made is changed by somebody else.
    Meddle(usize, u8),
    /// The size of a block changes, and between plan and apply somebody changes one of it.
    Meanwhile(usize),
    /// The first instance of a block is to be replaced.
    Replace(usize),
    /// A block gets another name.
    Rename(usize),
    /// A block is taken away, with all that cannot be without it.
    Drop(usize),
    /// A block makes one fewer.
    Fewer(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (0..8usize, 0..3u8).prop_map(|(at, note)| Edit::Note(at, note)),
        (0..8usize, 1..4u8).prop_map(|(at, size)| Edit::Size(at, size)),
        (0..8usize, 0..2u8).prop_map(|(at, shape)| Edit::Shape(at, shape)),
        (0..8usize, prop::collection::btree_set(0..8usize, 0..3))
            .prop_map(|(at, uses)| Edit::Uses(at, uses)),
        (0..8usize, prop::option::of(0..8usize)).prop_map(|(at, on)| Edit::On(at, on)),
        (0..8usize).prop_map(Edit::More),
        toy().prop_map(Edit::Add),
        (0..30usize, 3..6u8).prop_map(|(at, note)| Edit::Meddle(at, note)),
        (0..8usize).prop_map(Edit::Meanwhile),
        (0..8usize).prop_map(Edit::Replace),
        (0..8usize).prop_map(Edit::Rename),
        (0..8usize).prop_map(Edit::Drop),
        (0..8usize).prop_map(Edit::Fewer),
    ]
}

impl Stack {
    /// References point back; members have a cluster; what holds data is never replaced; what is
    /// created first stands on nothing.
    fn sensible(mut self) -> Self {
        for index in 0..self.0.len() {
            let there: BTreeSet<usize> = (0..index).filter(|i| !self.0[*i].gone).collect();
            let cluster = |i: &usize| self.0[*i].sort == Sort::Cluster;
            let clusters: Vec<usize> = there.iter().copied().filter(cluster).collect();
            let looked = self.0[index].looks.filter(|i| {
                let network = |toy: &Toy| toy.sort == Sort::Network && toy.number == Number::One;
                there.contains(i) && network(&self.0[*i])
            });
            let toy = &mut self.0[index];
            toy.looks = looked.filter(|_| toy.sort != Sort::Cluster);
            let back = |all: &BTreeSet<usize>| all.intersection(&there).copied().collect();
            toy.uses = back(&toy.uses);
            toy.after = back(&toy.after);
            if toy.gone {
                continue;
            }
            let on = toy.on.filter(|on| there.contains(on));
            match toy.sort {
                // It goes with its cluster, which it keeps as long as it is there.
                Sort::Member if toy.on.is_some_and(|at| at < index && !there.contains(&at)) => {
                    toy.gone = true;
                    continue;
                }
                _ => toy.on = on,
            }
            match toy.sort {
                Sort::Member if clusters.is_empty() => toy.sort = Sort::Network,
                // Once it has one it keeps it: in another cluster it would be another member.
                Sort::Member => {
                    let own = toy.on.filter(|on| clusters.contains(on));
                    toy.on = own.or(Some(clusters[toy.size as usize % clusters.len()]));
                }
                Sort::Cluster => {
                    toy.on = None;
                    toy.shape = 0;
                }
                Sort::Network | Sort::Key => {}
            }
            if toy.create_first && toy.sort == Sort::Key {
                toy.uses.clear();
                toy.after.clear();
                toy.looks = None;
                toy.on = None;
            } else {
                toy.create_first = false;
            }
        }
        self
    }

    fn edited(&self, edit: &Edit) -> Self {
        let mut toys = self.0.clone();
        let number = toys.len();
        match edit.clone() {
            Edit::Note(at, note) => toys[at % number].note = note,
            Edit::Size(at, size) => toys[at % number].size = size,
            Edit::Shape(at, shape) => toys[at % number].shape = shape,
            Edit::Uses(at, uses) => toys[at % number].uses = uses,
            // The cluster of a member is part of its key: another one is another member.
            Edit::On(at, on) if toys[at % number].sort != Sort::Member => toys[at % number].on = on,
            Edit::On(..) | Edit::Meddle(..) | Edit::Replace(_) => {}
            Edit::Meanwhile(at) => toys[at % number].size = toys[at % number].size % 3 + 1,
            Edit::More(at) => match &mut toys[at % number].number {
                Number::Each(some) | Number::Count(some) => *some = (*some + 1).min(3),
                Number::One => {}
            },
            Edit::Rename(at) => toys[at % number].renamed += 1,
            Edit::Add(toy) => toys.push(toy),
            // Nobody could tell that a part without tags was ours.
            Edit::Drop(at) if toys[at % number].sort != Sort::Member => {
                toys[at % number].gone = true;
            }
            Edit::Fewer(at) => {
                let toy = &mut toys[at % number];
                let parts = [Sort::Member, Sort::Cluster].contains(&toy.sort);
                match &mut toy.number {
                    Number::Each(some) | Number::Count(some) if *some > 1 && !parts => *some -= 1,
                    _ => {}
                }
            }
            Edit::Drop(_) => {}
        }
        Self(toys).sensible()
    }

    fn instances(&self) -> usize {
        let number = |toy: &Toy| match toy.number {
            Number::One => 1,
            Number::Each(some) | Number::Count(some) => some,
        };
        self.0.iter().filter(|toy| !toy.gone).map(number).sum()
    }

    fn address(&self, index: usize) -> String {
        let sort = format!("{:?}", self.0[index].sort).to_lowercase();
        format!("toy_{sort}.{}", self.label(index, self.0[index].renamed))
    }

    fn label(&self, index: usize, renamed: usize) -> String {
        format!("t{index}{}", "x".repeat(renamed))
    }

    /// Ids of all instances, as a list.
    fn ids(&self, index: usize) -> String {
        let address = self.address(index);
        match self.0[index].number {
            Number::One => format!("[{address}.id]"),
            Number::Each(_) => format!("values({address})[*].id"),
            Number::Count(_) => format!("{address}[*].id"),
        }
    }

    /// The first instance.
    fn first(&self, index: usize) -> String {
        let address = self.address(index);
        match self.0[index].number {
            Number::One => address,
            Number::Each(_) => format!("{address}[\"a\"]"),
            Number::Count(_) => format!("{address}[0]"),
        }
    }

    /// Id of the first instance.
    fn id(&self, index: usize) -> String {
        format!("{}.id", self.first(index))
    }

    fn hcl(&self) -> String {
        let mut out = provider();
        for (index, toy) in self.0.iter().enumerate() {
            let sort = format!("{:?}", toy.sort).to_lowercase();
            if toy.gone {
                if toy.sort == Sort::Cluster {
                    for renamed in 0..=toy.renamed {
                        let from = format!("toy_{sort}.{}", self.label(index, renamed));
                        writeln!(out, "removed {{\n  from = {from}\n}}")
                            .expect("a string takes all");
                    }
                }
                continue;
            }
            if let Some(network) = toy.looks {
                let address = self.address(network);
                writeln!(
                    out,
                    "data \"toy_lookup\" \"d{index}\" {{\n  name = \"t{network}\"\n  \
                     depends_on = [{address}]\n}}"
                )
                .expect("a string takes all");
            }
            let mut line = |text: String| writeln!(out, "{text}").expect("a string takes all");
            for renamed in 0..toy.renamed {
                let label = |renamed| format!("toy_{sort}.{}", self.label(index, renamed));
                let (from, to) = (label(renamed), label(renamed + 1));
                line(format!("moved {{\n  from = {from}\n  to   = {to}\n}}"));
            }
            let label = self.label(index, toy.renamed);
            line(format!("resource \"toy_{sort}\" \"{label}\" {{"));
            let name = match toy.number {
                Number::One => format!("t{index}"),
                Number::Each(some) => {
                    line(format!("  for_each = toset({:?})", &KEYS[..some]));
                    format!("t{index}-${{each.key}}")
                }
                Number::Count(some) => {
                    line(format!("  count = {some}"));
                    format!("t{index}-${{count.index}}")
                }
            };
            if toy.sort != Sort::Key {
                line(format!("  name = \"{name}\""));
            }
            if toy.note > 0 {
                line(format!("  note = \"n{}\"", toy.note));
            }
            line(format!("  size = {}", toy.size));
            if toy.looks.is_some() {
                line(format!("  shape = data.toy_lookup.d{index}.shape"));
            } else if toy.shape > 0 {
                line(format!("  shape = \"s{}\"", toy.shape));
            }
            if let Some(on) = toy.on {
                let name = if toy.sort == Sort::Member { "cluster" } else { "on" };
                line(format!("  {name} = {}", self.id(on)));
            }
            if !toy.uses.is_empty() {
                let all: Vec<String> = toy.uses.iter().map(|i| self.ids(*i)).collect();
                line(format!("  uses = concat({})", all.join(", ")));
            }
            if !toy.after.is_empty() {
                let all: Vec<String> = toy.after.iter().map(|i| self.address(*i)).collect();
                line(format!("  depends_on = [{}]", all.join(", ")));
            }
            if toy.create_first {
                line("  lifecycle {\n    create_before_destroy = true\n  }".to_owned());
            }
            line("}".to_owned());
        }
        out
    }
}

/// Something of the same sorts that nobody of us has made.
fn foreigner(kind: &'static str, key: &str, tags: &[(&str, &str)]) -> (Place, Thing) {
    let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let thing = Thing {
        uid: format!("foreign-{key}"),
        inputs: [("name", Value::text(key)), ("size", Value::int(7))].into_iter().collect(),
        tags: Some(tags.collect()),
        token: String::new(),
        settling: None,
        going: false,
        locked: None,
    };
    (World::place(kind, key), thing)
}

fn foreigners() -> BTreeMap<Place, Thing> {
    BTreeMap::from([
        foreigner("toy_network", "theirs", &[]),
        foreigner("toy_cluster", "other", &[("drctl:stack", "another")]),
        foreigner("toy_key", "k", &[("drctl:stack", "another"), ("drctl:address", "toy_key.t0")]),
    ])
}

struct Run {
    world: World,
    seed: u64,
    calls: u64,
    /// A block whose first instance the next run is to replace.
    replace: Option<usize>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let world = World::new();
        world.cloud.state().things = foreigners();
        Self { world, seed, calls: 0, replace: None }
    }

    fn go(&mut self, stack: &Stack, destroy: bool, of_thousand: u64) -> bool {
        self.calls += 1;
        {
            let mut state = self.world.cloud.state();
            match of_thousand {
                0 => state.calm(),
                some => state.chance = Some((self.seed.wrapping_add(self.calls), some)),
            }
        }
        let hcl = stack.hcl();
        let there = |i: &usize| !destroy && !stack.0[*i].gone;
        let replace = self.replace.take().filter(there).map(|i| stack.first(i));
        let replace: Vec<String> = replace.into_iter().collect();
        let max_removals = Some(100);
        let ask = Ask { destroy, parallelism: 4, replace, max_removals, ..Ask::new(hcl.clone()) };
        let went = self.world.apply(&ask, &mut || {});
        if let Some(plan) = &went.plan {
            check_order(plan, &hcl);
        }
        let state = self.world.cloud.state();
        assert!(state.wrongs.is_empty(), "{:#?}\n{hcl}\n{}", state.wrongs, went.text);
        for (place, thing) in foreigners() {
            assert_eq!(state.things.get(&place), Some(&thing), "{place} is not ours");
        }
        drop(state);
        if of_thousand == 0 && !went.nothing_to_do() {
            let over = went.summary.as_ref().is_some_and(|summary| summary.failed == 0);
            assert!(over, "all was well, and still:\n{}\n{hcl}", went.text);
        }
        went.nothing_to_do()
    }

    /// Applies until there is nothing left to do.
    fn arrive(&mut self, stack: &Stack, destroy: bool) {
        // What settles by itself does so while it is looked at.
        if (0..5).any(|_| self.go(stack, destroy, 0)) {
            return;
        }
        let went = self.world.plan(&Ask { destroy, ..Ask::new(stack.hcl()) });
        panic!("there is no end:\n{}\n{}", went.text, stack.hcl());
    }

    /// Somebody changes something between plan and apply: that is not overwritten.
    fn meanwhile(&mut self, stack: &Stack, at: usize) {
        self.world.cloud.state().calm();
        let mut meddled = None;
        let name = format!("t{}", at % stack.0.len());
        let ask = Ask { parallelism: 4, max_removals: Some(100), ..Ask::new(stack.hcl()) };
        let went = self.world.apply(&ask, &mut || meddled = self.meddle_with(at, 9, &name));
        let Some(uid) = meddled else { return };
        let state = self.world.cloud.state();
        let thing = state.things.values().find(|thing| thing.uid == uid);
        let note = thing.map(|thing| thing.inputs.get("note").clone());
        assert_eq!(note, Some(Value::text("n9")), "{uid} was overwritten:\n{}", went.text);
    }

    fn ours(&self) -> Vec<String> {
        let state = self.world.cloud.state();
        let foreign = foreigners();
        let ours = state.things.iter().filter(|(place, _)| !foreign.contains_key(place));
        ours.map(|(place, thing)| format!("{place} {thing:?}")).collect()
    }

    fn meddle(&self, at: usize, note: u8) -> Option<String> {
        self.meddle_with(at, note, "")
    }

    /// With something of a block, by its name.
    fn meddle_with(&self, at: usize, note: u8, block: &str) -> Option<String> {
        let mut state = self.world.cloud.state();
        let foreign = foreigners();
        let mut ours: Vec<&mut Thing> = state
            .things
            .iter_mut()
            .filter(|(place, thing)| {
                let tagged = thing.tags.as_ref().and_then(|tags| tags.get("drctl:address"));
                let of = tagged.map_or(place.key.join("."), Clone::clone);
                !foreign.contains_key(place)
                    && (block.is_empty() || of.contains(&format!(".{block}")))
            })
            .map(|(_, thing)| thing)
            .collect();
        let number = ours.len();
        let thing = ours.get_mut(at.checked_rem(number)?)?;
        thing.inputs.set("note", Value::text(format!("n{note}")));
        Some(thing.uid.clone())
    }
}

fn converges(stack: Stack, edits: &[Edit], seed: u64) {
    let mut run = Run::new(seed);
    let mut stack = stack;
    for edit in [None].into_iter().chain(edits.iter().map(Some)) {
        if let Some(edit) = edit {
            stack = stack.edited(edit);
            match edit {
                Edit::Meddle(at, note) => drop(run.meddle(*at, *note)),
                Edit::Meanwhile(at) => run.meanwhile(&stack, *at),
                Edit::Replace(at) => run.replace = Some(at % stack.0.len()),
                _ => {}
            }
        }
        run.go(&stack, false, 120);
        if seed.is_multiple_of(2) {
            continue;
        }
        run.go(&stack, false, 60);
        run.arrive(&stack, false);
        let ours = run.ours();
        assert_eq!(ours.len(), stack.instances(), "{}\n{ours:#?}", stack.hcl());
    }
    run.arrive(&stack, false);
    assert_eq!(run.ours().len(), stack.instances(), "{}\n{:#?}", stack.hcl(), run.ours());
    run.go(&stack, true, 120);
    run.go(&stack, true, 60);
    run.arrive(&stack, true);
    assert_eq!(run.ours(), Vec::<String>::new(), "{}", stack.hcl());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(60),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_applying_again_arrives(
        stack in stack(),
        edits in prop::collection::vec(edit(), 0..4),
        seed in any::<u64>(),
    ) {
        converges(stack, &edits, seed);
    }
}
