//! Functions that are drctl itself: packed, deployed, invoked by what happens, and on this machine.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use drctl::function::responder::EVENTS;
use insta::assert_snapshot;
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::applied;
use crate::estate::asked;
use crate::estate::changes;
use crate::estate::script;
use crate::runtime::Runtime;
use crate::support::Place;

/// The handler `copier` with its vaults, deployed.
fn copies(test: &str) -> Place {
    let place = Place::new(test);
    place.copy("tests/it/functions");
    place.write("account.auto.tfvars", &format!("account_id = {:?}\n", place.account));
    python(&place, "estate()");
    place.drctl("apply -auto-approve").exits(0);
    place
}

fn python(place: &Place, call: &str) -> String {
    script(place, "copies.py", call)
}

fn report(place: &Place) -> Tree {
    serde_json::from_str(&python(place, "print(report())")).expect("it is JSON")
}

#[test]
fn a_copy_is_carried_on_and_leaves_the_staging_vault() {
    let place = copies("a_copy_is_carried_on");
    place.drctl("plan -detailed-exitcode").says("No changes.").exits(0);
    let point = python(&place, "print(copy_to_staging()); carried_on()");
    let everywhere = json!({
        "prod": 1,
        "staging": 0,
        "archive": [["COMPLETED", 35, "me"]],
        "onward": ["COMPLETED"],
    });
    assert_eq!(report(&place), everywhere);

    // The same event again, and one that comes late, when the staging copy has gone.
    let call = format!("error, answer, log = invoke(event({point:?})); print(error, log)");
    let again = python(&place, &call);
    assert!(again.starts_with("Unhandled"), "it must be tried again and be seen: {again}");
    assert!(again.contains("ResourceNotFoundException"), "{again}");
    assert_eq!(report(&place), everywhere);

    // What failed is told to people, once an event.
    let ((), requests) = asked(&place, || {
        let call = "print(invoke(event({}, 'FAILED', statusMessage='no key'))[1])";
        assert!(python(&place, call).contains("copies-that-failed"));
    });
    let published: Vec<_> = requests.iter().filter(|r| r["action"] == "Publish").collect();
    assert_eq!(published.len(), 1, "{requests:?}");
    let told = published[0].to_string();
    assert!(told.contains("Copy FAILED: prod to staging") && told.contains("no key"), "{told}");

    // What is not ours is refused, and nothing is asked or done.
    let ((), requests) = asked(&place, || {
        let call = "e = event('arn:x'); e['account'] = '999999999999'; print(*invoke(e))";
        let refused = python(&place, call);
        assert!(refused.starts_with("None {'refused': 'no `source` is the vault"), "{refused}");
        assert!(refused.contains(r#""status":"refused""#), "{refused}");
    });
    let names: Vec<_> = requests.iter().map(|request| request["action"].clone()).collect();
    assert_eq!(names, ["Invoke"]);
}

#[test]
fn what_events_did_not_carry_on_a_schedule_does_and_only_once() {
    let place = copies("what_events_did_not_carry_on");
    // Nobody hears of the copy.
    python(&place, "client('events').disable_rule(Name='copies'); copy_to_staging()");
    place.write(
        "schedule.json",
        &json!({
            "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": place.account, "time": "2026-03-01T05:20:31Z", "region": "us-east-1",
            "resources": ["arn:aws:events:us-east-1:111111111111:rule/sweep"], "detail": {},
        })
        .to_string(),
    );
    // A dry run on this machine says what the function would do.
    let (dry, requests) = asked(&place, || place.drctl("invoke copier schedule.json -dry-run"));
    let dry = dry.exits(0).says(r#""action":"StartCopyJob""#).says(r#""status":"planned""#);
    assert_eq!(changes(&requests), [""; 0], "{dry}");
    assert_eq!(report(&place)["onward"], json!([]));

    let done = place.drctl("invoke copier schedule.json").exits(0).says(r#""status":"done""#);
    assert!(done.out.contains(r#""staging_copy": "kept until it is everywhere""#), "{done}");
    // It is there; to look again begins nothing, and it leaves the staging vault.
    python(&place, "until(lambda: points(WEST, 'archive'), 'the copy')");
    let (last, requests) = asked(&place, || place.drctl("invoke copier schedule.json").exits(0));
    assert_eq!(changes(&requests), ["DeleteRecoveryPoint"], "{last}");
    let (last, requests) = asked(&place, || place.drctl("invoke copier schedule.json").exits(0));
    assert_eq!(changes(&requests), [""; 0], "{last}");
    assert_eq!(
        report(&place),
        json!({
            "prod": 1,
            "staging": 0,
            "archive": [["COMPLETED", 35, "me"]],
            "onward": ["COMPLETED"],
        })
    );
}

#[test]
fn what_cannot_be_packed_says_why() {
    let place = Place::new("what_cannot_be_packed");
    let block = |arguments: &str, copier: &str| {
        place.write(
            "main.hcl",
            &format!(
                "drctl {{ stack = \"p\" }}\n\
                 data \"drctl_package\" \"p\" {{\n  output_path = \"p.zip\"\n{arguments}{copier}}}\n"
            ),
        );
        let ran = place.drctl("plan").exits(1);
        let own = env!("CARGO_BIN_EXE_drctl");
        // How it wraps depends on where the program lies.
        let words: Vec<&str> = ran.err.split_whitespace().collect();
        place.normal(&words.join(" ")).replace(own, "<drctl>")
    };
    let x86 = "  architecture = \"x86_64\"\n";
    let copier = r#"
  copier {
    source {
      account_id = "111111111111"
      vault_arn  = "arn:aws:backup:us-east-1:111111111111:backup-vault:a"
    }
    staging_vault_arn = "arn:aws:backup:us-east-1:222222222222:backup-vault:b"
    target {
      vault_arn = "arn:aws:backup:us-west-2:222222222222:backup-vault:c"
    }
    iam_role_arn = "arn:aws:iam::222222222222:role/backup"
  }
"#;
    place.write("script.sh", "#!/bin/sh\n");
    let said = [
        block(x86, ""),
        block("  architecture = \"arm64\"\n", copier),
        block("  architecture = \"riscv\"\n", copier),
        block(&format!("{x86}  executable = \"script.sh\"\n"), copier),
        block(&format!("{x86}  executable = \"not-there\"\n"), copier),
        block(&format!("{x86}  executable = \"/bin/sh\"\n"), copier),
        block(x86, &copier.replace("staging_vault_arn", "staging_vault")),
        block(x86, &copier.replace("account_id = \"1", "account_id = \"3")),
        block(
            &format!(
                "{x86}  source {{\n    filename = \"drctl.json\"\n    content  = \"\"\n  }}\n"
            ),
            copier,
        ),
    ];
    assert_snapshot!("what_cannot_be_packed", said.join("\n\n"));
}

#[test]
fn the_same_is_packed_to_the_same_bytes_and_runs() {
    let place = Place::new("the_same_is_packed");
    place.copy("tests/it/functions");
    place.write("account.auto.tfvars", &format!("account_id = {:?}\n", place.account));
    place.write("extra/notes.txt", "carried along");
    let hcl = fs::read_to_string(place.path().join("copier.hcl")).expect("it was copied");
    let package = "  architecture = \"x86_64\"\n";
    place.write(
        "copier.hcl",
        &hcl.replace(package, &format!("{package}  source_dir = \"extra\"\n")),
    );
    place.drctl("plan").exits(0);
    let zip = place.path().join(".drctl/copier.zip");
    let first = fs::read(&zip).expect("it was packed");
    fs::remove_file(&zip).expect("it is there");
    place.drctl("plan").exits(0);
    assert!(first == fs::read(&zip).expect("it was packed"), "the bytes differ");
    assert!(first.len() < 50 * 1024 * 1024, "{} bytes", first.len());

    let root = place.path().join("task");
    let unzip = "import sys, zipfile; zipfile.ZipFile('.drctl/copier.zip').extractall('task')";
    place.python(unzip);
    let carried = fs::read_to_string(root.join("notes.txt")).expect("it was packed");
    assert_eq!(carried, "carried along");
    let made = Command::new("chmod").arg("+x").arg(root.join("bootstrap")).status();
    assert!(made.expect("there is chmod").success());

    // Three events, two of which are no JSON objects that it knows: three answers, no end.
    let runtime = Runtime::serve(&[json!({}), json!(null), json!({ "source": "aws.rds" })]);
    let ran = runtime.run(&root, "copier", &place.account);
    let answers: Vec<&str> = ran.answers.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(answers, ["response", "response", "response"], "{ran:?}");
    assert!(ran.answers.iter().all(|(_, body)| body.starts_with(r#"{"refused":"#)), "{ran:?}");
    assert_eq!(ran.log.lines().filter(|line| line.contains(r#""status":"refused""#)).count(), 3);
    println!(
        "package {} bytes, bootstrap {} bytes, first answer {} ms after the start, {} KiB",
        first.len(),
        fs::metadata(root.join("bootstrap")).expect("it is there").len(),
        ran.first.as_millis(),
        ran.memory
    );

    // What is wrong with the package is the answer to every event.
    let runtime = Runtime::serve(&[json!({})]);
    let ran = runtime.run(&root, "copyer", &place.account);
    assert_eq!(ran.answers[0].0, "error");
    assert!(ran.answers[0].1.contains(r#"Did you mean \"copier\"?"#), "{ran:?}");
    fs::remove_file(root.join("drctl.json")).expect("it is there");
    let runtime = Runtime::serve(&[json!({})]);
    let ran = runtime.run(&root, "copier", &place.account);
    assert!(ran.answers[0].1.contains("drctl.json cannot be read"), "{ran:?}");
}

#[test]
fn what_cannot_be_invoked_says_why() {
    let place = Place::new("what_cannot_be_invoked");
    place.write("event.json", "{}").write("broken.json", "{").write("drctl.json", "{}");
    place.write("wrong.json", r#"{"copyer": {}}"#);
    let said = |arguments: &str| {
        let ran = place.drctl(arguments).exits(1);
        let lines = ran.err.lines().filter(|line| !line.starts_with('{'));
        place.normal(&lines.collect::<Vec<_>>().join("\n"))
    };
    let all = [
        said("invoke copyer event.json -config=drctl.json"),
        said("invoke copier nothing.json -config=drctl.json"),
        said("invoke copier broken.json -config=drctl.json"),
        said("invoke copier event.json -config=nothing.json"),
        said("invoke copier event.json -config=wrong.json"),
        said("invoke copier event.json -config=drctl.json"),
        said("invoke copier event.json"),
    ];
    assert_snapshot!("what_cannot_be_invoked", all.join("\n"));
}

/// The events of a directory of `examples/events`, by name, made to be of this account.
fn examples(place: &Place, directory: &str, account: &str) -> Vec<(String, Tree)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/events").join(directory);
    let files = fs::read_dir(root).expect("there are examples").map(|file| file.expect("it is"));
    let files = files.filter(|file| file.path().extension().is_some_and(|end| end == "json"));
    let read = |path: &Path| {
        let text = fs::read_to_string(path).expect("it can be read");
        let text = text.replace(account, &place.account);
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        (name, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}")))
    };
    let mut events: Vec<_> = files.map(|file| read(&file.path())).collect();
    events.sort_by(|(a, _), (b, _)| a.cmp(b));
    events
}

/// What the handler made of an event: `0`, and the first line of its answer or of its error.
fn outcome(place: &Place, handler: &str, event: &Tree, config: &str) -> String {
    place.write("event.json", &event.to_string());
    let region = event["region"].as_str().expect("it has a Region");
    let ran =
        place.drctl(&format!("invoke {handler} event.json -region={region} -config={config}"));
    let said = match serde_json::from_str::<Tree>(&ran.out) {
        Ok(answer) => {
            let answer = answer.as_object().expect("it answers with an object");
            let mut members = answer.iter().filter(|(_, value)| value.is_string());
            members.next().map_or_else(String::new, |(name, value)| format!("{name}: {value}"))
        }
        Err(_) => ran.err.lines().last().unwrap_or_default().to_owned(),
    };
    place.normal(&format!("{} {said}", ran.code))
}

#[test]
fn the_responder_answers_every_event_and_none_twice() {
    let place = applied("the_responder_answers_every_event");
    let events = examples(&place, "rds", "111111111111");
    let has: BTreeSet<&str> =
        events.iter().filter_map(|(_, event)| event["detail"]["EventID"].as_str()).collect();
    assert_eq!(has, EVENTS.iter().map(|event| event.id).collect(), "the events that are known");
    let all = || {
        let answer = |(name, event): &(String, Tree)| {
            format!("{name}: {}\n", outcome(&place, "responder", event, ".drctl/responder.zip"))
        };
        asked(&place, || events.iter().map(answer).collect::<String>())
    };
    let (answers, requests) = all();
    assert_snapshot!("answers_of_the_responder", answers);
    let told = requests.iter().filter(|request| request["action"] == "Publish").count();
    assert!(told > 0, "{requests:?}");
    let (again, requests) = all();
    let told = requests.iter().filter(|request| request["action"] == "Publish").count();
    assert_eq!(told, 0, "what was done is not done again:\n{again}");
}

#[test]
fn the_copier_answers_every_event() {
    let place = Place::new("the_copier_answers_every_event");
    let account = &place.account;
    let vault = |region: &str, account: &str, name: &str| {
        format!("arn:aws:backup:{region}:{account}:backup-vault:{name}")
    };
    let copier = json!({
        "source": [{
            "account_id": "111111111111",
            "vault_arn": vault("us-east-1", "111111111111", "prod"),
        }],
        "staging_vault_arn": vault("us-east-1", account, "staging"),
        "target": [{ "vault_arn": vault("us-west-2", account, "archive") }],
        "iam_role_arn": format!("arn:aws:iam::{account}:role/backup"),
    });
    place.write("drctl.json", &json!({ "copier": copier }).to_string());
    // There is no such vault, so what must be looked at cannot be found: an error, and tried again.
    let mut events = examples(&place, "backup", "222222222222");
    events.extend(examples(&place, "", "222222222222"));
    let answer = |(name, event): &(String, Tree)| {
        format!("{name}: {}\n", outcome(&place, "copier", event, "drctl.json"))
    };
    assert_snapshot!("answers_of_the_copier", events.iter().map(answer).collect::<String>());
}
