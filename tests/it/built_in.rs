//! The modules that drctl carries, through the binary: what they make, that it stays so whatever the
//! database does, and that they can be copied out.
use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use crate::backup_chain;
use crate::estate::asked;
use crate::estate::changes;
use crate::estate::edit;
use crate::estate::nameless;
use crate::estate::said;
use crate::estate::script;
use crate::estate::until;
use crate::support::Emulator;
use crate::support::Place;

const GLOBAL: &str = "global_database_module.py";

fn look(place: &Place, call: &str) -> String {
    script(place, GLOBAL, call)
}

/// `examples/global-database-module`, with the cluster and the networks that it is about.
fn global_database(test: &str) -> Place {
    let place = Place::new(test);
    place.copy("examples/global-database-module");
    let ids = look(&place, "print(networks())");
    let ids: serde_json::Value = serde_json::from_str(&ids).expect("it is JSON");
    for (stands, is) in ids.as_object().expect("an object") {
        edit(&place, "main.hcl", stands, is.as_str().expect("an id"));
    }
    edit(&place, "main.hcl", "111111111111", &place.account);
    place
}

#[track_caller]
fn no_changes(place: &Place) -> crate::support::Ran {
    place.drctl("plan -detailed-exitcode").says("No changes.").exits(0)
}

/// Waits until a function has told people this.
fn told(place: &Place, words: &str) {
    until(words, || {
        let requests = Emulator::get().requests(&place.account);
        requests.iter().any(|r| r["action"] == "Publish" && r.to_string().contains(words))
    });
}

#[test]
fn a_global_database_over_three_regions_stays_as_declared() {
    let place = global_database("a_global_database_over_three_regions");
    let before = look(&place, "print(estate())");
    let (plan, requests) = asked(&place, || place.drctl("plan -detailed-exitcode").exits(2));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("global_database_module", said(&nameless(&place.normal(&plan.out))));
    place
        .drctl("apply -auto-approve")
        .exits(0)
        .says("Resources: 77 added, 0 changed, 0 destroyed.");
    no_changes(&place);
    look(&place, "check_made()");

    // Copied out it is the same: no resource moves, and nothing is different.
    place.drctl("modules eject aurora-global-database").exits(0).says("./aurora-global-database");
    edit(&place, "main.hcl", "drctl:aurora-global-database", "./aurora-global-database");
    no_changes(&place);

    // Whoever writes: there, back with loss, and to the cluster that has no instance until it gets one.
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 2 }));
    look(&place, "move(WEST)");
    no_changes(&place).says("nothing may be changed now");
    look(&place, "settled()");
    no_changes(&place).says("aws_rds_global_cluster.this: writer: us-west-2 (orders-us-west-2)");
    told(&place, "orders-us-west-2 in us-west-2 writes");
    look(&place, "move(EAST, loses_data=True)");
    look(&place, "resynchronising()");
    no_changes(&place);
    look(&place, "settled()");
    no_changes(&place).says("aws_rds_global_cluster.this: writer: us-east-1 (orders)");
    told(&place, "orders in us-east-1 writes");
    // A member is lost and rebuilt; another one is new.
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 0.2 }));
    look(&place, "lose(IRELAND)");
    place
        .drctl("plan -detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to add, 0 to change, 0 to destroy.");
    place.drctl("apply -auto-approve").exits(0).says("Resources: 1 added, 0 changed, 0 destroyed.");
    no_changes(&place);
    edit(&place, "main.hcl", "instances  = 0", "instances  = 1");
    place.drctl("apply -auto-approve").exits(0).says("Resources: 1 added, 0 changed, 0 destroyed.");
    look(&place, "move(IRELAND); settled()");
    no_changes(&place).says("aws_rds_global_cluster.this: writer: eu-west-1 (orders-eu-west-1)");
    look(&place, "move(EAST); settled()");

    place.drctl("destroy -auto-approve").exits(5);
    place.drctl("apply -auto-approve -var deletion_protection=false").exits(0);
    place.drctl("destroy -auto-approve -var deletion_protection=false").exits(0);
    look(&place, "check_nothing_left()");
    assert_eq!(look(&place, "print(estate())"), before, "what was there before is as it was");
}

#[test]
fn a_global_database_is_told_what_its_applications_need() {
    let place = global_database("a_global_database_is_told");
    let options = r#"
  storage_key      = "replica"
  serverless       = { min_capacity = 8, max_capacity = 64 }
  instance_class   = "db.serverless"
  primary_reader   = false
  monitoring_interval = 0
  architecture     = "x86_64"
  subscriptions    = { pager = { protocol = "https", endpoint = "https://pager.example.com/hook" } }
  actions = [
    {
      on         = ["switchover", "failover"]
      on_failure = "stop"
      route53_record = {
        zone_id  = "Z0123456789ABCDEFGHIJ"
        name     = "db.example.com"
        weighted = { others = 0 }
      }
    },
    {
      on           = ["failover"]
      ssm_automation = { document_name = "warm-caches", parameters = { region = ["{region}"] } }
    },
  ]
"#;
    edit(&place, "main.hcl", "  emails ", &format!("{options}  emails "));
    let refused = place.drctl("plan").exits(1);
    let words = refused.err.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("The key of orders is no multi-Region key, so it has no replicas."),
        "{refused}"
    );
    edit(&place, "main.hcl", "\"replica\"", "\"regional\"");
    place.plan();
    let package = place.path().join(".drctl/orders-dr-responder.zip");
    let code = format!(
        "import zipfile\nprint(zipfile.ZipFile({:?}).read('drctl.json').decode())",
        package.display().to_string()
    );
    let configuration = place.python(&code);
    let configuration: serde_json::Value = serde_json::from_str(&configuration).expect("JSON");
    let actions = configuration["responder"]["action"].as_array().expect("a list");
    assert_eq!(actions[0]["route53_record"]["weighted"]["others"], json!(0));
    assert_eq!(actions[1]["ssm_automation"]["parameters"]["region"], json!(["{region}"]));
    assert_eq!(actions.len(), 5, "and those that the module has itself: {actions:?}");
    let shown = place.drctl("show plan").exits(0);
    for words in
        ["route53:ChangeResourceRecordSets", "ssm:StartAutomationExecution", "min_capacity = 8"]
    {
        assert!(shown.out.contains(words), "{words}\n{shown}");
    }
}

#[test]
fn what_a_module_is_told_wrong_is_told_at_once() {
    let check = |from: &str, to: &str, words: &str| {
        let place = Place::new("what_a_module_is_told_wrong");
        place.copy("examples/global-database-module");
        edit(&place, "main.hcl", from, to);
        let ran = place.drctl("plan").exits(1);
        let said = ran.err.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{words}\n{ran}");
    };
    check("\"eu-west-1\" = {", "\"us-east-1\" = {", "us-east-1 is the Region of the primary");
    check("\"eu-west-1\" = {", "ireland = {", "The keys of `secondaries` are names of Regions");
    check(", \"subnet-0a1b2c3d4e5f60004\"", "", "`subnet_ids` in two availability zones at least");
    check("instances  = 0", "instances  = 0.5", "`instances` is a whole number from 0 to 16.");
    check(
        "instances  = 0",
        "kms_key_arn = \"arn:aws:kms:us-east-1:1:key/a\"",
        "keys do not leave their Region",
    );
    check("on-call@example.com", "on-call", "`emails` are addresses");
    check("cluster = \"orders\"", "cluster = \"Orders\"", "identifier of a cluster in lower case");
    check(
        "  emails ",
        "  storage_key = \"own\"\n  emails ",
        "`storage_key` is \"regional\" or \"replica\".",
    );
}

#[test]
fn backups_are_staged_and_carried_on_by_the_module() {
    let place = backup_module("backups_are_staged_by_the_module", "staged");
    let plan = place.drctl("plan -detailed-exitcode").exits(2);
    assert_snapshot!("cross_account_backup_module", said(&unnamed(&place, &plan.out)));
    place.drctl("apply -auto-approve").exits(0).says("Resources: 44 added");
    no_changes(&place);
    backup_chain::whole_chain(&place, true);
    no_changes(&place);
    // What was backed up is not destroyed, nor anything else.
    place.drctl("destroy -auto-approve").exits(5).says("recovery points");
}

#[test]
fn backups_go_straight_and_come_out_of_the_module_the_same() {
    let place = backup_module("backups_go_straight_by_the_module", "direct");
    let carried = place.drctl("plan").exits(0);
    place.drctl("modules eject drctl:cross-account-backup modules/backup").exits(0);
    edit(&place, "main.hcl", "drctl:cross-account-backup", "./modules/backup");
    let own = place.drctl("plan").exits(0);
    assert_eq!(own.out, carried.out, "copied out it plans the same");
    place.drctl("apply -auto-approve").exits(0).says("Resources: 18 added");
    backup_chain::whole_chain(&place, false);
    no_changes(&place);
}

#[test]
fn several_accounts_and_regions_keep_copies() {
    let place = backup_module("several_accounts_keep_copies", "staged");
    let target = format!("2{}", &place.account[1..]);
    let source = format!("1{}", &place.account[1..]);
    edit(
        &place,
        "main.hcl",
        "region = \"us-west-2\" }\n",
        &format!(
            "region = \"us-west-2\" }}\n    \
             far   = {{ account_id = {target:?}, region = \"eu-west-1\", lock = {{ min_days = 14 }} }}\n    \
             near  = {{ account_id = {target:?}, region = \"us-east-1\", keep_days = 90, lock = {{ enabled = false }} }}\n    \
             own   = {{ account_id = {source:?}, region = \"us-west-2\" }}\n"
        ),
    );
    place.drctl("apply -auto-approve").exits(0);
    no_changes(&place);
    // One way into the account, from which two Regions are served; two targets are one step away.
    let code = format!(
        "plan = seed.client('backup', ENDPOINT, 'us-east-1', {source:?})\n\
         [p] = plan.list_backup_plans()['BackupPlansList']\n\
         [rule] = plan.get_backup_plan(BackupPlanId=p['BackupPlanId'])['BackupPlan']['Rules']\n\
         for copy in rule['CopyActions']:\n    \
         print(*copy['DestinationBackupVaultArn'].split(':')[3:], copy['Lifecycle']['DeleteAfterDays'])\n"
    );
    let copies = place.python(&code).replace(&target, "target").replace(&source, "source");
    let mut copies: Vec<&str> = copies.lines().collect();
    copies.sort_unstable();
    assert_eq!(
        copies,
        [
            "us-east-1 target backup-vault orders-backup-kept 90",
            "us-east-1 target backup-vault orders-backup-staging 3",
            "us-west-2 source backup-vault orders-backup-kept 35",
        ]
    );
    let locks = place.python(&format!(
        "for region in ('us-west-2', 'eu-west-1', 'us-east-1'):\n    \
         b = seed.client('backup', ENDPOINT, region, {target:?})\n    \
         print(region, b.describe_backup_vault(BackupVaultName='orders-backup-kept').get('MinRetentionDays'))"
    ));
    assert_eq!(locks, "us-west-2 7\neu-west-1 14\nus-east-1 None");
    place.drctl("destroy -auto-approve").exits(0).says("Destroy complete!");
}

/// `examples/cross-account-backup-module`, with the accounts that it is about.
fn backup_module(test: &str, way: &str) -> Place {
    let place = Place::new(test);
    place.copy("examples/cross-account-backup-module");
    let [source, target] = ["1", "2"].map(|first| format!("{first}{}", &place.account[1..]));
    place.python(&format!("seed.seed_backup(ENDPOINT, {source:?}, {target:?}, ACCOUNT)"));
    edit(&place, "main.hcl", "111111111111", &source);
    edit(&place, "main.hcl", "222222222222", &target);
    edit(&place, "main.hcl", "\"direct\"", &format!("{way:?}"));
    place
}

/// The text without the accounts' numbers.
fn unnamed(place: &Place, text: &str) -> String {
    let [source, target] = ["1", "2"].map(|first| format!("{first}{}", &place.account[1..]));
    place.normal(&text.replace(&source, "<source>").replace(&target, "<target>"))
}

#[test]
fn the_modules_command_lists_explains_and_copies() {
    let place = Place::new("the_modules_command");
    assert_snapshot!("modules_list", place.drctl("modules list").exits(0).out);
    for name in ["aurora-global-database", "cross-account-backup"] {
        let shown = place.drctl(&format!("modules show {name}")).exits(0);
        assert_snapshot!(format!("modules_show_{name}"), shown.out);
        let source = place.drctl(&format!("modules show -source drctl:{name}")).exits(0);
        place.drctl(&format!("modules eject {name} ejected/{name}")).exits(0);
        let main = place.path().join("ejected").join(name).join("function/main.hcl");
        let main = fs::read_to_string(main).expect("parts are copied, too");
        assert!(source.out.contains(&main), "what is shown is what is copied");
        let again = place.drctl(&format!("modules eject {name} ejected/{name}")).exits(1);
        again.says("is there already, and not empty");
    }
    place
        .drctl("modules show cross-acount-backup")
        .exits(1)
        .says("Did you mean \"drctl:cross-account-backup\"?");
    place.drctl("fmt -check -recursive ejected").exits(0);
}
