//! `examples/global-database` from beginning to end, looked at with other eyes than drctl's.
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;

use crate::estate::applied;
use crate::estate::asked;
use crate::estate::calls;
use crate::estate::changes;
use crate::estate::edit;
use crate::estate::estate;
use crate::estate::named;
use crate::estate::nameless;
use crate::estate::said;
use crate::estate::script;
use crate::estate::section;
use crate::estate::until;
use crate::estate::until_asked;
use crate::support::Emulator;
use crate::support::Place;

const LOOK: &str = "global_database.py";

fn look(place: &Place, call: &str) -> String {
    script(place, LOOK, call)
}

fn no_changes(place: &Place) {
    place.drctl("plan -detailed-exitcode").says("No changes.").exits(0);
}

#[test]
fn from_nothing_to_nothing() {
    let place = estate("from_nothing_to_nothing");
    let before = look(&place, "print(estate())");
    place.drctl("validate").exits(0).says("Success!");

    // What is to come is shown, and nothing is done.
    let (plan, requests) = asked(&place, || place.drctl("plan -detailed-exitcode").exits(2));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("calls_of_a_first_plan", calls(&requests));
    let text = nameless(&place.normal(&plan.out));
    assert_snapshot!("first_plan", said(&text));
    for address in [
        "aws_rds_global_cluster.this",
        "aws_rds_cluster.secondary",
        "aws_cloudwatch_metric_alarm.rpo_lag[\"us-west-2\"]",
        "aws_cloudwatch_event_target.responder[\"us-east-1/cluster\"]",
    ] {
        assert_snapshot!(named("first_plan", address), section(&text, address));
    }

    // It is made.
    let done = place.drctl("apply -auto-approve").exits(0);
    let done = done.says("Apply complete! Resources: 49 added, 0 changed, 0 destroyed.");
    let outputs = done.out.split("\nOutputs:").last().expect("outputs are told");
    assert_snapshot!("outputs", nameless(&place.normal(outputs)));
    look(&place, "check_databases(); check_watching(); check_responder()");

    // It is as wanted, and to see that is cheap.
    let (again, requests) = asked(&place, || place.drctl("plan -detailed-exitcode").exits(0));
    assert_snapshot!("no_changes", place.normal(&again.out));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("calls_of_a_plan", calls(&requests));

    // Somebody changes an alarm by hand.
    look(&place, "set_alarm(WEST, Threshold=1.0, TreatMissingData='ignore')");
    let plan = place.drctl("plan -detailed-exitcode").exits(2);
    assert_snapshot!("an_alarm_was_changed", place.normal(&plan.out));
    let (done, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    done.says("Resources: 0 added, 1 changed, 0 destroyed.");
    assert_eq!(changes(&requests), ["PutMetricAlarm"]);
    look(&place, "check_watching()");
    no_changes(&place);

    // What is protected is not destroyed, nor anything else.
    let (refused, requests) = asked(&place, || place.drctl("destroy -auto-approve").exits(5));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("protected", refusals(&place.normal(&refused.out)));
    place.drctl("apply -auto-approve -var deletion_protection=false").exits(0);
    look(&place, "check_databases(protected=False)");

    let (done, requests) =
        asked(&place, || place.drctl("destroy -auto-approve -var deletion_protection=false"));
    done.exits(0).says("Destroy complete! Resources: 49 destroyed.");
    let order =
        ["DeleteDBInstance", "DeleteDBCluster", "DeleteGlobalCluster", "ScheduleKeyDeletion"];
    let found: Vec<String> = changes(&requests);
    let positions = order.map(|name| found.iter().rposition(|one| one == name).expect(name));
    assert!(positions[1] < positions[2], "the clusters go before what joins them: {found:?}");
    look(&place, "check_nothing_left()");
    assert_eq!(look(&place, "print(estate())"), before, "what was there before is as it was");

    let again = place.drctl("destroy -auto-approve -var deletion_protection=false").exits(0);
    assert_snapshot!("nothing_to_destroy", place.normal(&again.out));
}

fn refusals(plan: &str) -> String {
    plan.split_once("Refused:").map(|(_, refused)| refused.to_owned()).expect("refusals")
}

#[test]
fn roles_are_observed_and_never_desired() {
    let place = applied("roles_are_observed_and_never_desired");
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 4 }));
    let told = |writer: &str| {
        let requests = Emulator::get().requests(&place.account);
        let publishes = requests.iter().filter(|request| request["action"] == "Publish");
        publishes.filter(|request| request.to_string().contains(writer)).count()
    };
    for (move_to, writer, message) in [
        ("WEST", "WEST", "orders-west in us-west-2 writes"),
        ("EAST, loses_data=True", "EAST", "orders in us-east-1 writes"),
    ] {
        look(&place, &format!("move({move_to})"));
        // While it goes on nothing is different, and nothing may be changed.
        let (during, edited) = std::thread::scope(|both| {
            let during = both.spawn(|| place.drctl("plan -detailed-exitcode"));
            let edited =
                both.spawn(|| place.drctl("apply -auto-approve -var deletion_protection=false"));
            (during.join().expect("it ends"), edited.join().expect("it ends"))
        });
        during.exits(0).says("No changes.").says("nothing may be changed now");
        let edited = edited.exits(5);
        let words: Vec<&str> = edited.out.split_whitespace().collect();
        let refusal = "Nothing is changed until that is over; plan again then.";
        assert!(words.join(" ").contains(refusal), "{edited}");
        edited.says("aws_rds_global_cluster.this is not changed");
        look(&place, "settled()");
        no_changes(&place);
        look(&place, &format!("check_databases(writer={writer})"));
        // The function has been told, and has told people; it first waits until all has settled. It
        // would say nothing of a writer that has lost that place again.
        until(message, || told(message) > 0);
    }
    let changed = changes(&Emulator::get().requests(&place.account));
    let moves = ["SwitchoverGlobalCluster", "FailoverGlobalCluster"];
    assert_eq!(changed[changed.len() - 2..], moves, "drctl has changed nothing");
    // What the old writer had is kept.
    let kept = "print(len([s for s in client('rds').describe_db_cluster_snapshots()['DBClusterSnapshots'] \
                if s['DBClusterSnapshotIdentifier'].startswith('kept-')]) + \
                len([s for s in client('rds', WEST).describe_db_cluster_snapshots()['DBClusterSnapshots'] \
                if s['DBClusterSnapshotIdentifier'].startswith('kept-')]))";
    until("a snapshot is kept", || look(&place, kept) == "1");
}

#[test]
fn the_writer_is_not_destroyed_before_its_followers() {
    let place = applied("the_writer_is_not_destroyed_before_its_followers");
    place.drctl("apply -auto-approve -var deletion_protection=false").exits(0);
    look(&place, "move(WEST); settled()");
    let (refused, requests) = asked(&place, || {
        place.drctl("destroy -auto-approve -var deletion_protection=false").exits(5)
    });
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!(refusals(&place.normal(&refused.out)));
    look(&place, "move(EAST); settled()");
    place.drctl("destroy -auto-approve -var deletion_protection=false").exits(0);
    look(&place, "check_nothing_left()");
}

#[test]
fn edits_change_exactly_what_was_edited() {
    let place = applied("edits_change_exactly_what_was_edited");
    edit(
        &place,
        "secondary.hcl",
        "name  = \"rds.force_ssl\"\n    value = \"1\"",
        "name  = \"rds.force_ssl\"\n    value = \"0\"",
    );
    edit(
        &place,
        "alarms.hcl",
        "datapoints_to_alarm = 3\n  treat_missing_data  = \"missing\"",
        "datapoints_to_alarm = 4\n  treat_missing_data  = \"missing\"",
    );
    edit(&place, "main.hcl", "service = var.primary.cluster", "service = \"the-orders\"");
    edit(&place, "responder.hcl", "needs a person", "needs you");
    let plan = place.drctl("plan").exits(0);
    let text = nameless(&place.normal(&plan.out));
    assert_snapshot!("edited", said(&text));
    let hash = regex::Regex::new("\"(sha256:)?[A-Za-z0-9+/]{43}=\"").expect("it is a pattern");
    for address in [
        "aws_rds_cluster_parameter_group.secondary",
        "aws_cloudwatch_metric_alarm.replication_lag[\"us-east-1\"]",
        "aws_lambda_function.responder[\"us-east-1\"]",
        "aws_sns_topic.this[\"us-east-1\"]",
    ] {
        let section = section(&text, address);
        assert_snapshot!(named("edited", address), hash.replace_all(&section, "\"<hash>\""));
    }
    place.drctl("apply -auto-approve").exits(0).says("0 added");
    no_changes(&place);
    let code = "c = client('lambda', WEST).get_function(FunctionName='orders-dr-responder')['Configuration']\n\
                print(c['CodeSha256'])";
    let sent = look(&place, code);
    let zip = fs::read(place.path().join(".drctl/responder.zip")).expect("the package is kept");
    let hash = look(
        &place,
        "import base64, hashlib\n\
         print(base64.b64encode(hashlib.sha256(open('.drctl/responder.zip', 'rb').read()).digest()).decode())",
    );
    assert_eq!(sent, hash, "the code of {} bytes is there", zip.len());
}

/// Ends it at once, as soon as the emulator has been asked for this so often.
fn killed_at(place: &Place, arguments: &[&str], action: &str, times: usize) {
    let asked = || {
        let asked = Emulator::get().requests(&place.account);
        asked.iter().filter(|request| request["action"] == action).count() >= times
    };
    loop {
        let mut running = place.begin(arguments);
        until(action, || asked() || running.has_ended());
        if !running.has_ended() {
            running.signal("KILL");
            place.wait(running);
            return;
        }
        let ran = place.wait(running);
        if asked() {
            return;
        }
        // What the last kill interrupted still goes on in AWS: a person is told to wait, and waits.
        assert_eq!(ran.code, 5, "it ended before {action}:\n{}{}", ran.out, ran.err);
        ran.says("Nothing is changed until that is over; plan again then.");
    }
}

#[test]
fn killed_in_an_apply() {
    let place = estate("killed_in_an_apply");
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 0.4, "LAMBDA_STEP": 0.4 }));
    // The estate was made with a cluster and an instance already.
    for (action, times) in [
        ("CreateRole", 1),
        ("CreateGlobalCluster", 1),
        ("CreateDBCluster", 2),
        ("CreateFunction", 1),
        ("PutTargets", 1),
        ("CreateDBInstance", 3),
    ] {
        killed_at(&place, &["apply", "-auto-approve"], action, times);
    }
    place.drctl("apply -auto-approve").exits(0);
    no_changes(&place);
    look(&place, "check_databases(); check_watching(); check_responder()");
}

#[test]
fn killed_in_a_destroy() {
    let place = applied("killed_in_a_destroy");
    let destroy = ["destroy", "-auto-approve", "-var", "deletion_protection=false"];
    place.drctl("apply -auto-approve -var deletion_protection=false").exits(0);
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 0.4 }));
    for action in ["DeleteAlarms", "DeleteDBInstance", "RemoveFromGlobalCluster", "DeleteDBCluster"]
    {
        killed_at(&place, &destroy, action, 1);
    }
    place.drctl_with(&destroy, "").exits(0);
    look(&place, "check_nothing_left()");
}

#[test]
fn interrupted_once_what_runs_is_finished() {
    let place = estate("interrupted_once_what_runs_is_finished");
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 0.5 }));
    let running = place.begin(&["apply", "-auto-approve"]);
    until_asked(&place, "CreateGlobalCluster", 1);
    running.signal("INT");
    let ran = place.wait(running).exits(130);
    let ran = ran.says("Stopping: what runs may finish, nothing new begins.");
    let ran = ran.says("aws_rds_global_cluster.this (us-east-1): Creation complete");
    ran.says("Not begun");
    let asked = Emulator::get().requests(&place.account);
    let clusters = asked.iter().filter(|request| request["action"] == "CreateDBCluster").count();
    assert_eq!(clusters, 1, "nothing new was begun");
    place.drctl("apply -auto-approve").exits(0);
    no_changes(&place);
}

#[test]
fn interrupted_twice_it_stops_at_once() {
    let place = estate("interrupted_twice_it_stops_at_once");
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 5 }));
    let running = place.begin(&["apply", "-auto-approve"]);
    until_asked(&place, "CreateGlobalCluster", 1);
    running.signal("INT");
    sleep(Duration::from_millis(300));
    let begun = std::time::Instant::now();
    running.signal("INT");
    place.wait(running).exits(130);
    assert!(begun.elapsed() < Duration::from_secs(1), "it took {:?}", begun.elapsed());
}
