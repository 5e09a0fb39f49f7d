//! What people have built by hand is written down, and taken over without anything but tags changing.
use std::fs;

use serde_json::json;

use crate::estate::{asked, changes, script};
use crate::support::{Emulator, Place};

const REGIONS: &str = "-region=us-east-1 -region=us-west-2";

fn built(test: &str) -> Place {
    let place = Place::new(test);
    told(&place, "build()");
    place
}

fn told(place: &Place, call: &str) -> String {
    script(place, "built_by_hand.py", call)
}

fn file(place: &Place, name: &str) -> String {
    let path = place.path().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn an_estate_is_taken_over_and_only_tags_change() {
    let place = built("discover");
    let (ran, requests) =
        asked(&place, || place.drctl(&format!("discover {REGIONS} -out=taken-over")));
    let ran = ran.exits(0).says("Found 48 resources").says("2 resources of others left alone");
    assert_eq!(changes(&requests), Vec::<String>::new(), "looking changes nothing: {ran}");

    // References, not ids; what AWS chose by itself and what is not ours stay out.
    let databases = file(&place, "taken-over/databases.hcl");
    for line in [
        "kms_key_id                      = aws_kms_key.orders.arn",
        "global_cluster_identifier       = aws_rds_global_cluster.orders_global.global_cluster_identifier",
        "db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.orders_pg16_us_west_2.name",
        "db_subnet_group_name            = aws_db_subnet_group.orders.name",
    ] {
        assert!(databases.contains(line), "{line}\n{databases}");
    }
    for word in ["availability_zones", "apply_immediately", "backtrack_window", "iops", "port "] {
        assert!(!databases.contains(word), "{word}\n{databases}");
    }
    let backups = file(&place, "taken-over/backups.hcl");
    assert!(backups.contains("destination_vault_arn = aws_backup_vault.orders_us_west_2.arn"));
    assert!(backups.contains("resources    = [aws_rds_cluster.orders.arn]"), "{backups}");
    let main = file(&place, "taken-over/main.hcl");
    assert!(
        main.contains("of-terraform in ") && main.contains("Terraform (tag ManagedBy"),
        "{main}"
    );
    assert!(main.contains("the drctl stack another"), "{main}");
    let monitoring = file(&place, "taken-over/monitoring.hcl");
    assert!(!monitoring.contains("web latency"), "it has nothing to do with databases");
    assert!(
        monitoring.contains("$${runbook} and %%{this}.\\nCall the \\\"dba\\\"."),
        "{monitoring}"
    );

    // As it was written it is valid, formatted, and what AWS has.
    place.drctl("-chdir=taken-over validate").exits(0).says("Success!");
    place.drctl("fmt -check taken-over").exits(0);
    let planned = place.drctl("-chdir=taken-over plan").exits(0);
    planned.says("Plan: 32 to import, 0 to add, 0 to change, 0 to destroy.");
    let planned = place.drctl("-chdir=taken-over plan").out;
    let will =
        planned.lines().filter(|line| line.starts_with("  # aws_") && line.contains(" will "));
    for line in will {
        assert!(line.ends_with("will be imported: only its tags change"), "{line}");
    }
    let before = told(&place, "print(state())");
    place.drctl("-chdir=taken-over apply -auto-approve").exits(0).says("32 imported, 0 added");
    assert_eq!(told(&place, "print(state())"), before, "only tags may differ");
    let tags = told(&place, "print(tags())");
    assert!(tags.contains("aws_rds_cluster.orders team=orders\n"), "{tags}");
    assert!(tags.contains("aws_backup_vault.orders_us_west_2 team=dba\n"), "{tags}");
    place.drctl("-chdir=taken-over plan -detailed-exitcode").exits(0).says("No changes.");

    // What is drctl's already is told and not written a second time.
    let again = place.drctl(&format!("discover {REGIONS}")).exits(0).says("Found 0 resources");
    assert!(again.out.contains("aws_rds_cluster orders in "), "{}", again.out);
    place.drctl(&format!("discover {REGIONS} -out=taken-over")).exits(1).says("Directory in use");
}

#[test]
fn what_is_not_answered_is_told_and_nothing_is_claimed_about_it() {
    let place = built("discover-silent");
    let silent = json!({ "account": place.account, "region": "us-west-2", "drop": true });
    Emulator::get().fault(&silent);
    let ran = place.drctl(&format!("discover {REGIONS} -out=partly")).exits(3);
    let ran = ran.says("so this is not everything");
    let main = file(&place, "partly/main.hcl");
    assert!(main.contains("# Not read, so nothing is claimed about it:"), "{main}");
    assert!(main.contains("/us-west-2: "), "{main}");
    // What could be read is whole, and names what it cannot speak of as it stands in AWS.
    let databases = file(&place, "partly/databases.hcl");
    assert!(databases.contains("resource \"aws_rds_cluster\" \"orders\""), "{ran}");
    assert!(!databases.contains("orders-west"), "{databases}");
    assert!(
        file(&place, "partly/backups.hcl").contains(":us-west-2:"),
        "the copy's vault by its ARN"
    );

    Emulator::get().calm(&place.account);
    let denied = json!({ "account": place.account, "service": "kms", "action": "ListKeys",
        "code": "AccessDeniedException", "status": 400, "message": "not authorized to perform kms:ListKeys" });
    Emulator::get().fault(&denied);
    place.drctl("discover -out=denied").exits(3);
    let main = file(&place, "denied/main.hcl");
    assert!(main.contains("#   aws_kms_key in ") && main.contains("kms:ListKeys"), "{main}");
    assert!(
        file(&place, "denied/databases.hcl")
            .contains("kms_key_id                      = \"arn:aws:kms:")
    );
    place.drctl("-chdir=denied validate").exits(0);
    Emulator::get().calm(&place.account);
}

#[test]
fn the_search_begins_and_ends_where_it_is_told() {
    let place = Place::new("discover-some");
    place.python(
        "ssm = client('ssm')\n\
         ssm.put_parameter(Name='/orders/password', Type='SecureString', Value='tr0ub4dor', Description='of orders')\n\
         sns = client('sns')\n\
         for name in ('1st', 'a-b', 'a.b'.replace('.', '_')):\n    sns.create_topic(Name=name)\n\
         rds = client('rds')\n\
         for name in ('orders', 'billing'):\n    \
         rds.create_db_cluster(DBClusterIdentifier=name, Engine='aurora-mysql', MasterUsername='admin', MasterUserPassword='tr0ub4dor')\n",
    );
    // No secret is written anywhere; whoever uses the files must say it.
    let found = place.drctl("discover -type=aws_ssm_parameter -out=secrets").exits(0);
    let all = ["main.hcl", "messages.hcl", "imports.hcl"]
        .map(|name| file(&place, &format!("secrets/{name}")));
    assert!(!all.concat().contains("tr0ub4dor") && !found.out.contains("tr0ub4dor"));
    assert!(all[1].contains("value       = var.orders_password_value"), "{}", all[1]);
    place.drctl("-chdir=secrets plan").exits(1).says("orders_password_value");
    let plan = place.drctl("-chdir=secrets plan -var=orders_password_value=tr0ub4dor").exits(0);
    plan.says("Plan: 1 to import, 0 to add, 0 to change");

    // Labels are legal, and no two are the same.
    let topics = place.drctl("discover -type=aws_sns_topic -out=topics").exits(0);
    topics.says("3 aws_sns_topic");
    let text = file(&place, "topics/messages.hcl");
    for label in ["\"_1st\"", "\"a_b\"", "\"a_b_2\""] {
        assert!(text.contains(label), "{label}\n{text}");
    }
    place.drctl("-chdir=topics plan").exits(0).says("Plan: 3 to import, 0 to add, 0 to change");

    let one = place.drctl("discover orders").exits(0);
    assert!(one.out.contains("\"aws_rds_cluster\" \"orders\"") && !one.out.contains("billing"));
    place
        .drctl("discover nobody")
        .exits(1)
        .says("There is no database, vault or backup plan \"nobody\"");
    place.drctl("discover -type=aws_sns_topics").exits(1).says("Did you mean aws_sns_topic?");
    place.drctl("discover -type=aws_route53_record").exits(1).says("is not looked for");
}
