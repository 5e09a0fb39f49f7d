//! The estate of `examples/global-database`, in an account of each test's own.
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use regex::Regex;
use serde_json::Value as Tree;

use crate::support::Emulator;
use crate::support::Place;

/// The example, with the cluster `orders` that it is about.
pub(crate) fn estate(test: &str) -> Place {
    let place = Place::new(test);
    place.copy("examples/global-database");
    let values = place.python(&format!(
        "print(seed.tfvars(seed.seed({:?}, {:?}), {:?}))",
        Emulator::get().endpoint(),
        place.account,
        place.account,
    ));
    place.write("orders.auto.tfvars", &values);
    place
}

/// The same, applied.
pub(crate) fn applied(test: &str) -> Place {
    let place = estate(test);
    place.drctl("apply -auto-approve").exits(0);
    place
}

/// Runs a script of `tests/it/python`, after `client(service, region)` and `ACCOUNT`.
pub(crate) fn script(place: &Place, name: &str, call: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python").join(name);
    let code =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    place.python(&format!("ACCOUNT = {:?}\n{code}\n{call}\n", place.account))
}

/// Replaces words in a file of the configuration; they must be there.
pub(crate) fn edit(place: &Place, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(place.path().join(file)).expect("the file is there");
    assert!(text.contains(from), "{file} has no {from:?}");
    place.write(file, &text.replace(from, to));
}

/// Calls, counted by operation and Region: one line each.
pub(crate) fn calls(requests: &[Tree]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    // Who is slow to say who is asking is not waited for: another Region is asked, too.
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let counted = |request: &&Tree| {
        request["action"] != "GetCallerIdentity" || asked.insert(request["key"].to_string())
    };
    let requests: Vec<&Tree> = requests.iter().filter(counted).collect();
    for request in &requests {
        let word = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let call = format!("{} {} {}", word("service"), word("action"), word("region"));
        *counts.entry(call).or_default() += 1;
    }
    let total = requests.len();
    let lines = counts.iter().map(|(call, count)| format!("{count} {call}\n"));
    format!("{}{total} in all\n", lines.collect::<String>())
}

/// What the emulator was asked by drctl while this ran.
pub(crate) fn asked<T>(place: &Place, run: impl FnOnce() -> T) -> (T, Vec<Tree>) {
    let before = Emulator::get().requests(&place.account).len();
    let result = run();
    (result, Emulator::get().requests(&place.account).split_off(before))
}

/// Calls that change something, by their names.
pub(crate) fn changes(requests: &[Tree]) -> Vec<String> {
    // The example's functions act whenever the database moves.
    let of_functions = |request: &&Tree| {
        request["action"] == "CopyDBClusterSnapshot"
            || request["parameters"].to_string().contains("drctl:responder:")
    };
    let requests = requests.iter().filter(|request| !of_functions(request));
    let read =
        Regex::new("^(Describe|Get|List|Lookup|AssumeRole|Publish)").expect("it is a pattern");
    let names = requests.map(|request| request["action"].as_str().unwrap_or_default());
    names.filter(|name| !read.is_match(name)).map(str::to_owned).collect()
}

/// The lines of a plan that say what happens to what.
pub(crate) fn said(plan: &str) -> String {
    let line =
        Regex::new(r"^  # .* (will be|must be|is not|waits for|has changed|is to be|holds data)")
            .expect("it is a pattern");
    let lines = plan.lines().filter(|l| line.is_match(l) || l.starts_with("Plan:"));
    lines.map(|line| format!("{}\n", line.trim())).collect()
}

/// What a plan says about one resource.
pub(crate) fn section(plan: &str, address: &str) -> String {
    let head = format!("  # {address} ");
    let lines = plan.lines().skip_while(|line| !line.starts_with(&head));
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        text.push('\n');
        if line == "    }" {
            break;
        }
    }
    assert!(!text.is_empty(), "the plan says nothing about {address}:\n{plan}");
    text
}

/// Ids that AWS makes up, under one name.
pub(crate) fn nameless(text: &str) -> String {
    let patterns = [
        (r"\b(sg|subnet|vpc|cluster|global|cluster-ro)-[0-9a-f]{8,20}\b", "$1-<id>"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, name)| {
        Regex::new(pattern).expect("it is a pattern").replace_all(&text, *name).into_owned()
    })
}

/// Waits until something is so, for two minutes.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_mins(2), "{what}: not after two minutes");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until the emulator has been asked for this operation in the account, so many times.
pub(crate) fn until_asked(place: &Place, action: &str, times: usize) {
    until(action, || {
        let asked = Emulator::get().requests(&place.account);
        asked.iter().filter(|request| request["action"] == action).count() >= times
    });
}

/// Snapshot names are file names.
pub(crate) fn named(what: &str, address: &str) -> String {
    let plain = address.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("{what}_{}", plain.trim_end_matches('_'))
}
