//! Scripts of commands against the simulated cloud; everything that the user sees is compared.
//!
//! A file of `scenarios/` begins with what it shows. A line `> command` is carried out; lines with
//! `| ` behind it belong to it; what follows up to the next command is what it said. With
//! `UPDATE=1` in the environment the files are written anew.
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::path::Path;

use drctl::aws::Failure;
use drctl::value::{Object, Value};
use serde_json::Value as Tree;

use crate::cloud::{Call, Fault, Place, Planned, Thing};
use crate::world::{Ask, Went, World, provider};

struct Command {
    words: String,
    body: String,
}

struct Script {
    world: World,
    hcl: String,
    modules: BTreeMap<String, String>,
    saved: Option<Tree>,
    meanwhile: VecDeque<String>,
    stop_at: Option<String>,
}

fn parse(text: &str) -> (String, Vec<Command>) {
    let mut about = String::new();
    let mut commands: Vec<Command> = Vec::new();
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("> ") {
            commands.push(Command { words: words.to_owned(), body: String::new() });
        } else if let Some(command) = commands.last_mut() {
            if let Some(more) = line.strip_prefix("| ").or((line == "|").then_some("")) {
                command.body.push_str(more);
                command.body.push('\n');
            }
        } else {
            about.push_str(line);
            about.push('\n');
        }
    }
    (about, commands)
}

fn kind(name: &str) -> &'static str {
    match name {
        "cluster" => "toy_cluster",
        "member" => "toy_member",
        "key" => "toy_key",
        "network" => "toy_network",
        other => panic!("there is no toy {other:?}"),
    }
}

/// `network/a`, or `network/a@us-east-1`.
fn place(text: &str) -> Place {
    let (thing, region) = text.split_once('@').unwrap_or((text, ""));
    let (name, key) = thing.split_once('/').expect("kind and key");
    let mut place = World::place(kind(name), key);
    if !region.is_empty() {
        region.clone_into(&mut place.region);
    }
    place
}

fn assignments<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(String, Value)> {
    words
        .map(|word| {
            let (name, value) = word.split_once('=').expect("name=value");
            let value = match value {
                "" => Value::Null,
                "true" | "false" => Value::Bool(value == "true"),
                _ => value.parse().map_or_else(|_| Value::text(value), Value::int),
            };
            (name.to_owned(), value)
        })
        .collect()
}

impl Script {
    fn new() -> Self {
        Self {
            world: World::new(),
            hcl: String::new(),
            modules: BTreeMap::new(),
            saved: None,
            meanwhile: VecDeque::new(),
            stop_at: None,
        }
    }

    fn ask(&mut self, flags: &[&str]) -> Ask {
        let mut ask = Ask::new(self.hcl.clone());
        ask.modules.clone_from(&self.modules);
        ask.stop_at = self.stop_at.take();
        for flag in flags {
            if *flag == "-partial" {
                ask.partial = true;
                continue;
            }
            match flag.split_once('=') {
                Some(("-target", address)) => ask.targets.push(address.to_owned()),
                Some(("-replace", address)) => ask.replace.push(address.to_owned()),
                Some(("-adopt", address)) => ask.adopt.push(address.to_owned()),
                Some(("-parallelism", number)) => {
                    ask.parallelism = number.parse().expect("a number");
                }
                _ => panic!("there is no flag {flag:?}"),
            }
        }
        ask
    }

    fn run(&mut self, command: &Command) -> String {
        let words: Vec<&str> = command.words.split_whitespace().collect();
        match words.as_slice() {
            ["configuration"] => {
                self.hcl = provider() + &command.body;
                String::new()
            }
            ["configuration", "whole"] => {
                self.hcl.clone_from(&command.body);
                String::new()
            }
            ["module", directory] => {
                self.modules.insert((*directory).to_owned(), command.body.clone());
                String::new()
            }
            ["plan", flags @ ..] => {
                let ask = self.ask(flags);
                let went = self.world.plan(&ask);
                self.shown(went)
            }
            ["apply", "saved"] => {
                let ask = self.ask(&[]);
                let saved = self.saved.clone().expect("a plan was made");
                let went = self.world.apply_saved(&ask, &saved);
                self.shown(went)
            }
            ["apply", flags @ ..] => {
                let ask = self.ask(flags);
                self.apply(&ask)
            }
            ["destroy", flags @ ..] => {
                let ask = Ask { destroy: true, ..self.ask(flags) };
                self.apply(&ask)
            }
            ["interrupt", address] => {
                self.stop_at = Some((*address).to_owned());
                String::new()
            }
            ["meanwhile", ..] => {
                self.meanwhile.push_back(command.words["meanwhile ".len()..].to_owned());
                String::new()
            }
            _ => happen(&self.world, &words),
        }
    }

    fn apply(&mut self, ask: &Ask) -> String {
        let world = &self.world;
        let meanwhile = &mut self.meanwhile;
        let went = world.apply(ask, &mut || {
            for words in meanwhile.drain(..) {
                happen(world, &words.split_whitespace().collect::<Vec<_>>());
            }
        });
        self.shown(went)
    }

    fn shown(&mut self, went: Went) -> String {
        let wrongs = std::mem::take(&mut self.world.cloud.state().wrongs);
        let wrongs: String = wrongs.iter().map(|wrong| format!("WRONG: {wrong}\n")).collect();
        let crashed =
            if went.crashed { String::new() } else { format!("exit {}\n", went.exit as u8) };
        if went.saved.is_some() {
            self.saved = went.saved;
        }
        format!("{}\n{wrongs}{crashed}", went.text.trim_end())
    }
}

/// What happens in the cloud without us.
fn happen(world: &World, words: &[&str]) -> String {
    let mut state = world.cloud.state();
    match words {
        ["cloud"] => {
            let mut out = String::new();
            for (place, thing) in &state.things {
                let text = |value: &Value| match value.unmarked() {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    Value::Bool(bool) => bool.to_string(),
                    Value::List(items) => {
                        let items = items.iter().filter_map(Value::as_str).collect::<Vec<_>>();
                        format!("[{}]", items.join(","))
                    }
                    other => format!("{other:?}"),
                };
                write!(out, "{place} ({})", thing.uid).expect("a string takes all");
                for (name, value) in thing.inputs.iter() {
                    if !["name", "skip_snapshot", "zone"].contains(&name) {
                        write!(out, " {name}={}", text(value)).expect("a string takes all");
                    }
                }
                for (key, value) in thing.tags.iter().flatten() {
                    write!(out, " {key}={value}").expect("a string takes all");
                }
                out.push('\n');
            }
            out
        }
        // fail create network/a [after|kill|kill-after|panic|late=N] [times]
        [verb @ ("fail" | "kill" | "late"), call, thing, more @ ..] => {
            let place = place(thing);
            let call = match *call {
                "read" => Call::Read,
                "create" => Call::Create,
                "update" => Call::Update,
                "delete" => Call::Delete,
                other => panic!("there is no call {other:?}"),
            };
            let number = more.iter().find_map(|word| word.parse::<u32>().ok());
            let has = |word: &str| more.contains(&word);
            let (fault, times) = match *verb {
                "kill" if has("after") => (Fault::CrashAfter, 1),
                "kill" => (Fault::CrashBefore, 1),
                "late" => (Fault::Late(number.unwrap_or(3)), 1),
                _ if has("panic") => (Fault::Panic, 1),
                _ if has("denied") => (Fault::Before(Failure::Denied), number.unwrap_or(1)),
                _ if has("silent") => (Fault::Before(Failure::Unreachable), number.unwrap_or(1)),
                _ if has("after") => (Fault::After(Failure::Unreachable), number.unwrap_or(1)),
                _ => (Fault::Before(Failure::Refused), number.unwrap_or(1)),
            };
            let (kind, key) = (place.kind.to_owned(), place.key.join("/"));
            state.planned.push(Planned { call, kind, key, fault, times });
            String::new()
        }
        ["make", thing, attributes @ ..] => {
            let place = place(thing);
            let uid = state.mint("foreign");
            let mut inputs = Object::default();
            let parts = ["toy_member", "toy_key"].contains(&place.kind);
            if !parts {
                inputs.set("name", Value::text(&place.key[0]));
            }
            if place.kind == "toy_member" {
                inputs.set("cluster", Value::text(&place.key[0]));
                inputs.set("name", Value::text(&place.key[1]));
            }
            inputs.set("size", Value::int(1));
            let (mut tags, mut taggable) = (std::collections::BTreeMap::new(), true);
            taggable &= place.kind != "toy_member";
            for (name, value) in assignments(attributes.iter().copied()) {
                match name.strip_prefix("tag:") {
                    Some(key) => {
                        let text = value.as_str().unwrap_or_default().to_owned();
                        tags.insert(key.to_owned(), text);
                    }
                    None => inputs.set(name, value),
                }
            }
            let thing = Thing {
                uid,
                inputs,
                tags: taggable.then_some(tags),
                token: String::new(),
                settling: None,
                going: false,
                locked: None,
            };
            state.things.insert(place, thing);
            String::new()
        }
        ["change", thing, attributes @ ..] => {
            let place = place(thing);
            let thing = state.things.get_mut(&place).expect("it is there");
            for (name, value) in assignments(attributes.iter().copied()) {
                match (name.strip_prefix("tag:"), &mut thing.tags) {
                    (Some(key), Some(tags)) => {
                        match value.as_str() {
                            Some(text) => tags.insert(key.to_owned(), text.to_owned()),
                            None => tags.remove(key),
                        };
                    }
                    _ => thing.inputs.set(name, value),
                }
            }
            String::new()
        }
        ["remove", thing] => {
            state.things.remove(&place(thing)).expect("it is there");
            String::new()
        }
        ["lock", thing, why @ ..] => {
            let thing = state.things.get_mut(&place(thing)).expect("it is there");
            thing.locked = (!why.is_empty()).then(|| why.join(" "));
            String::new()
        }
        ["silent", regions @ ..] => {
            state.silent = regions.iter().map(|&region| region.to_owned()).collect();
            String::new()
        }
        other => panic!("there is no command {other:?}"),
    }
}

/// The file as it should be.
fn played(text: &str) -> String {
    let (about, commands) = parse(text);
    let mut script = Script::new();
    let mut out = about;
    for command in &commands {
        let said = script.run(command);
        writeln!(out, "> {}", command.words).expect("a string takes all");
        for line in command.body.lines() {
            let line = format!("| {line}");
            writeln!(out, "{}", line.trim_end()).expect("a string takes all");
        }
        out.push_str(&said);
        out.push('\n');
    }
    format!("{}\n", out.trim_end())
}

#[test]
fn transcripts_are_as_they_were() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(&directory)
        .expect("the scenarios are in the repository")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    paths.sort();
    let only = std::env::var("SCENARIO").ok();
    let update = std::env::var_os("UPDATE").is_some();
    let mut different = Vec::new();
    for path in paths {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("it is text");
        let played = played(&text);
        if played != text {
            if update {
                std::fs::write(&path, &played).expect("it can be written");
            } else {
                let changes = similar::TextDiff::from_lines(&text, &played);
                different.push(format!("{name}:\n{}", changes.unified_diff()));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
