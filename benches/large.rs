//! How much time and memory large configurations take, from file to plan.
//!
//! `cargo bench` prints for each size how long a run takes and what it allocates; and, for a busy
//! machine, the time of the processor and the most memory that one run takes, all threads together.
//! Plans are made in the simulated cloud of `tests/engine`: reading costs nothing there, so what is
//! seen is drctl's own.
use std::sync::Arc;

use cpu_time::ProcessTime;
use divan::{AllocProfiler, Bencher, black_box};
use drctl::config::{self, NoModules, Types};
use drctl::diagnostic::Source;
use drctl::graph::Graph;
use drctl::{lang, resources};
use peak_alloc::PeakAlloc;

#[path = "../tests/engine/cloud.rs"]
#[expect(dead_code, reason = "tests use all of it")]
mod cloud;
#[path = "../tests/engine/toys.rs"]
mod toys;
#[path = "../tests/engine/wire.rs"]
mod wire;
#[path = "../tests/engine/world.rs"]
#[expect(dead_code, reason = "tests use all of it")]
mod world;

use world::{Ask, World, provider};

#[global_allocator]
static MEMORY: AllocProfiler<PeakAlloc> = AllocProfiler::new(PeakAlloc);

fn main() {
    divan::main();
}

/// Each uses the one before.
fn chain(number: usize) -> String {
    let mut hcl = provider();
    for at in 0..number {
        let uses = match at {
            0 => String::new(),
            _ => format!("  uses = [toy_network.n{}.id]\n", at - 1),
        };
        hcl.push_str(&format!(
            "resource \"toy_network\" \"n{at}\" {{\n  name = \"n{at}\"\n{uses}}}\n"
        ));
    }
    hcl
}

/// All use one, which is the usual shape.
fn star(number: usize) -> String {
    let mut hcl = provider();
    hcl.push_str("resource \"toy_network\" \"hub\" {\n  name = \"hub\"\n}\n");
    for at in 1..number {
        hcl.push_str(&format!(
            "resource \"toy_network\" \"n{at}\" {{\n  name = \"n{at}\"\n  uses = [toy_network.hub.id]\n}}\n"
        ));
    }
    hcl
}

/// Instances of one block.
fn repeated(number: usize) -> String {
    let block =
        "resource \"toy_network\" \"n\" {\n  count = NUMBER\n  name  = \"n${count.index}\"\n}\n";
    format!("{}{}", provider(), block.replace("NUMBER", &number.to_string()))
}

fn plan(hcl: &str) -> usize {
    let ask = Ask { bare: true, ..Ask::new(hcl) };
    World::new().plan(&ask).plan.expect("it can be planned").steps.len()
}

/// How many resources are planned.
const RESOURCES: [usize; 2] = [1_000, 5_000];
/// How many blocks are read.
const BLOCKS: [usize; 2] = [1_000, 10_000];

/// Prepares a configuration of that size, and measures what is done with it.
#[expect(clippy::print_stderr, reason = "beside what divan prints")]
fn measured<T>(
    bencher: Bencher<'_, '_>,
    size: usize,
    prepare: impl Fn(usize) -> String + Sync,
    run: impl Fn(&str) -> T + Sync,
) {
    let text = prepare(size);
    let held = PeakAlloc.current_usage();
    PeakAlloc.reset_peak_usage();
    let begun = ProcessTime::now();
    black_box(run(&text));
    let took = begun.elapsed().as_secs_f64();
    let most = PeakAlloc.peak_usage().saturating_sub(held) / (1024 * 1024);
    eprintln!(" processor {took:.2} s, at most {most} MiB");
    bencher.bench(|| run(&text));
}

#[divan::bench(args = RESOURCES, sample_count = 5)]
fn plan_in_a_row(bencher: Bencher<'_, '_>, size: usize) {
    measured(bencher, size, chain, plan);
}

#[divan::bench(args = RESOURCES, sample_count = 5)]
fn plan_around_one(bencher: Bencher<'_, '_>, size: usize) {
    measured(bencher, size, star, plan);
}

#[divan::bench(args = RESOURCES, sample_count = 5)]
fn plan_one_block(bencher: Bencher<'_, '_>, size: usize) {
    measured(bencher, size, repeated, plan);
}

/// Blocks of types that exist.
fn alarms(number: usize) -> String {
    let mut hcl =
        "drctl {\n  stack = \"large\"\n}\nresource \"aws_sns_topic\" \"t\" {\n  name = \"t\"\n}\n"
            .to_owned();
    for at in 0..number {
        hcl.push_str(&format!(
            "resource \"aws_cloudwatch_metric_alarm\" \"a{at}\" {{\n  alarm_name = \"a-{at}\"\n  \
             comparison_operator = \"GreaterThanThreshold\"\n  evaluation_periods = 5\n  \
             metric_name = \"CPUUtilization\"\n  namespace = \"AWS/RDS\"\n  period = 60\n  \
             statistic = \"Maximum\"\n  threshold = 90\n  alarm_actions = [aws_sns_topic.t.arn]\n  \
             dimensions = {{ DBClusterIdentifier = \"c-{at}\" }}\n}}\n"
        ));
    }
    hcl
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source { name: "main.tf".to_owned(), text: text.to_owned() })
}

fn validate(text: &str) -> usize {
    let (specs, data) = resources::specs();
    let types = Types { resources: &specs, data: &data };
    let (module, mut problems) = config::load(&[source(text)], &NoModules, types);
    problems.extend(config::check(&module, types));
    problems.extend(resources::checks::check(&module));
    let (_, found) = Graph::build(&module, types);
    problems.len() + found.len()
}

#[divan::bench(args = BLOCKS, sample_count = 5)]
fn validates(bencher: Bencher<'_, '_>, size: usize) {
    measured(bencher, size, alarms, validate);
}

#[divan::bench(args = BLOCKS, sample_count = 5)]
fn parses(bencher: Bencher<'_, '_>, size: usize) {
    measured(bencher, size, alarms, |text| lang::parse(&source(text)));
}

#[divan::bench(args = BLOCKS, sample_count = 5)]
fn formats(bencher: Bencher<'_, '_>, size: usize) {
    measured(bencher, size, alarms, |text| lang::layout(&source(text)));
}
