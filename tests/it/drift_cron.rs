//! `examples/drift-cron`: what runs `drctl drift` on a schedule, held against the tools that know
//! its form, and run where it can be run.
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::support::Emulator;
use crate::support::Place;
use crate::support::python;

const STACK: &str = "drctl {\n  stack = \"NAME\"\n}\n\n\
                     resource \"aws_sns_topic\" \"it\" {\n  name = \"NAME\"\n}\n";

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/drift-cron").join(path)
}

/// What a tool says; it must be content.
fn content(command: &mut Command) -> String {
    let ran = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let said = said.concat();
    assert!(ran.status.success(), "{command:?}:\n{said}");
    said
}

/// Two stacks in a directory; the second one has drifted.
fn stacks(test: &str) -> Place {
    let place = Place::new(test);
    for name in ["a", "b"] {
        place.write(&format!("stacks/{name}/main.hcl"), &STACK.replace("NAME", name));
        place.drctl(&format!("-chdir=stacks/{name} apply -auto-approve")).exits(0);
    }
    drift(&place, "Changed");
    place
}

fn drift(place: &Place, name: &str) {
    place.python(&format!(
        "client('sns').set_topic_attributes(TopicArn=f'arn:aws:sns:us-east-1:{{ACCOUNT}}:b', \
         AttributeName='DisplayName', AttributeValue={name:?})"
    ));
}

/// A shell in the place, with drctl on its path.
fn shell(place: &Place, script: &str) -> (i32, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_drctl"));
    let ran = Command::new("bash")
        .args(["-c", script])
        .current_dir(place.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", program.parent().expect("a path").display()))
        .env("AWS_ENDPOINT_URL", Emulator::get().endpoint())
        .env("AWS_ACCESS_KEY_ID", &place.account)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .output()
        .expect("there is a bash");
    (ran.status.code().unwrap_or(-1), String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn systemd_understands_the_units() {
    let directory = tempfile::tempdir().expect("there is a temporary directory");
    for name in ["drctl-drift@.service", "drctl-drift@.timer"] {
        let text = fs::read_to_string(example(&format!("systemd/{name}"))).expect("it is there");
        // It looks whether the program is there.
        let text = text.replace("/usr/local/bin/drctl", env!("CARGO_BIN_EXE_drctl"));
        fs::write(directory.path().join(name), text).expect("it can be written");
    }
    let timer = directory.path().join("drctl-drift@orders.timer");
    fs::copy(directory.path().join("drctl-drift@.timer"), &timer).expect("it can be copied");
    let service = directory.path().join("drctl-drift@orders.service");
    fs::copy(directory.path().join("drctl-drift@.service"), &service).expect("it can be copied");
    // Debian: apt-get install systemd
    let said = content(
        Command::new("systemd-analyze").args(["verify", "--man=no"]).args([&timer, &service]),
    );
    assert_eq!(said, "", "systemd has something to say");
    let said =
        content(Command::new("systemd-analyze").args(["security", "--offline=yes"]).arg(&service));
    let verdict = said.lines().last().unwrap_or_default();
    assert!(verdict.contains("OK") || verdict.contains("SAFE"), "{said}");
}

#[test]
fn cron_tells_what_is_wrong_and_is_quiet_else() {
    let place = stacks("cron_tells_what_is_wrong");
    let text = fs::read_to_string(example("cron/drctl")).expect("it is there");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let (settings, jobs): (Vec<&str>, Vec<&str>) = lines.partition(|line| {
        line.contains('=')
            && line
                .split('=')
                .next()
                .is_some_and(|name| name.bytes().all(|b| b.is_ascii_uppercase()))
    });
    let [job] = jobs[..] else { panic!("one job: {jobs:?}") };
    let words: Vec<&str> = job.splitn(7, ' ').collect();
    assert_eq!(words[..6], ["17", "*", "*", "*", "*", "drctl"], "minute to weekday, and the user");
    // To cron a percent sign is the end of the line.
    assert!(!words[6].contains('%'), "{job}");
    let own = settings.iter().filter(|line| !line.starts_with("PATH="));
    let settings = own.map(|line| match line.split_once('=') {
        Some(("STACKS", _)) => "STACKS=stacks".to_owned(),
        Some(("LOCK", _)) => "LOCK=lock".to_owned(),
        _ => (*line).to_owned(),
    });
    let script = format!("{}\n{}", settings.collect::<Vec<_>>().join("\n"), words[6]);
    let (_, said) = shell(&place, &script);
    assert!(said.contains("Drift in b") && said.contains("No drift in a"), "{said}");
    drift(&place, "");
    assert_eq!(shell(&place, &script), (0, String::new()));
    // Another run holds the lock.
    drift(&place, "Changed");
    let locked = format!("exec 9>lock; flock 9; {script}");
    assert_eq!(shell(&place, &locked), (0, String::new()));
}

/// Runs a program of the tests' Python.
fn tool(module: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(python());
    command.args(["-B", "-m", module]).args(arguments);
    command
}

#[test]
fn kubernetes_understands_the_manifests() {
    for name in ["cronjob.yaml", "fleet.yaml"] {
        let path = example(&format!("kubernetes/{name}"));
        // The oldest version that AWS runs, and the newest that is known.
        for version in ["1.31", "1.37"] {
            content(
                tool("kubernetes_validate", &["--strict", "--kubernetes-version", version])
                    .arg(&path),
            );
        }
    }
    // Every argument is one that drctl has, and the shares are as many as the pods.
    let place = stacks("kubernetes_understands");
    let arguments = place.python(&format!(
        "import json, yaml\n\
         fleet = list(yaml.safe_load_all(open({:?})))[-1]\n\
         job = fleet['spec']['jobTemplate']['spec']\n\
         container = job['template']['spec']['containers'][0]\n\
         print(json.dumps([job['completions'], container['args']]))",
        example("kubernetes/fleet.yaml").display().to_string()
    ));
    let (completions, arguments): (u64, Vec<String>) =
        serde_json::from_str(&arguments).expect("it is JSON");
    let arguments: Vec<&str> = arguments
        .iter()
        .map(|argument| if argument == "/scratch" { "stacks" } else { argument.as_str() })
        .filter(|argument| !argument.starts_with("-notify=arn"))
        .collect();
    let mut found = String::new();
    let mut place = place;
    for index in 0..completions {
        place = place.with("JOB_COMPLETION_INDEX", &index.to_string());
        found += &place.drctl_with(&arguments, "").out;
    }
    assert_eq!(
        (found.matches("No drift in a").count(), found.matches("Drift in b").count()),
        (1, 1)
    );
}

#[test]
fn github_understands_the_workflow() {
    let path = example("github/drift.yml");
    content(tool("check_jsonschema", &["--builtin-schema", "vendor.github-workflows"]).arg(&path));
    let place = stacks("github_understands");
    let script = place.python(&format!(
        "import yaml\n\
         steps = yaml.safe_load(open({:?}))['jobs']['look']['steps']\n\
         print(next(step['run'] for step in steps if step.get('name') == 'Look'))",
        path.display().to_string()
    ));
    let script = |shard: &str| {
        format!("export SHARD={shard} GITHUB_STEP_SUMMARY=summary.md\nset -eo pipefail\n{script}")
    };
    let (code, said) = shell(&place, &script("1/2"));
    assert_eq!(code, 0, "{said}");
    let (code, said) = shell(&place, &script("2/2"));
    assert_eq!(code, 2, "{said}");
    let summary = fs::read_to_string(place.path().join("summary.md")).expect("it was written");
    assert!(summary.contains("aws_sns_topic.it"), "{summary}");
}
