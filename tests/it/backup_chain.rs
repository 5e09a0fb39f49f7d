//! `examples/cross-account-backup`: from a backup in one account to a cluster restored in another.
//!
//! Each test has three accounts: one that drctl is run from, and two that it takes on roles in.
use insta::assert_snapshot;
use serde_json::Value as Tree;

use crate::estate::calls;
use crate::estate::changes;
use crate::estate::script;
use crate::support::Emulator;
use crate::support::Place;

const LOOK: &str = "cross_account_backup.py";
/// The vaults that copies end in.
const ACROSS_BOTH: &str = "(TARGET, WEST, 'orders-backup-kept')";
const ACROSS_ACCOUNTS: &str = "(TARGET, EAST, 'orders-backup-kept')";
const ACROSS_REGIONS: &str = "(SOURCE, WEST, 'orders-backup-kept')";

fn look(place: &Place, call: &str) -> String {
    script(place, LOOK, call)
}

/// A backup, and its whole way to a cluster that is restored in the target account and `us-west-2`.
pub(crate) fn whole_chain(place: &Place, staged: bool) {
    let staged = if staged { "True" } else { "False" };
    look(place, &format!("chain({ACROSS_BOTH}, staged={staged})"));
}

/// The account of the cluster, and the one that keeps the copies.
fn accounts(place: &Place) -> [String; 2] {
    ["1", "2"].map(|first| format!("{first}{}", &place.account[1..]))
}

/// The example, with the two accounts it is about, not applied.
fn estate(test: &str, target: (usize, &str), way: &str) -> Place {
    let place = Place::new(test);
    place.copy("examples/cross-account-backup");
    let accounts = accounts(&place);
    let [source, other] = &accounts;
    place.python(&format!("seed.seed_backup(ENDPOINT, {source:?}, {other:?}, ACCOUNT)"));
    let (keeper, region) = (&accounts[target.0], target.1);
    place.write(
        "orders.auto.tfvars",
        &format!(
            "source = {{ account_id = {source:?}, region = \"us-east-1\", cluster = \"orders\" }}\n\
             target = {{ account_id = {keeper:?}, region = {region:?} }}\n\
             way    = {way:?}\n"
        ),
    );
    place
}

/// The example in the way that needs a function, not applied.
pub(crate) fn planned(test: &str) -> Place {
    estate(test, (1, "us-west-2"), "staged")
}

/// What the emulator was asked in all three accounts while this ran.
fn asked<T>(place: &Place, run: impl FnOnce() -> T) -> (T, Vec<Tree>) {
    let [source, target] = accounts(place);
    let all = [source, target, place.account.clone()];
    let requests = |account: &String| Emulator::get().requests(account);
    let before: Vec<usize> = all.iter().map(|account| requests(account).len()).collect();
    let result = run();
    let asked = all.iter().zip(before).flat_map(|(account, old)| requests(account).split_off(old));
    (result, asked.collect())
}

/// Makes it, and sees that there is nothing left to do.
fn make(place: &Place, resources: usize) {
    let (plan, requests) = asked(place, || place.drctl("plan -detailed-exitcode").exits(2));
    assert_eq!(changes(&requests), [""; 0]);
    plan.says(&format!("Plan: {resources} to add, 0 to change, 0 to destroy."));
    let done = place.drctl("apply -auto-approve").exits(0);
    done.says(&format!("Apply complete! Resources: {resources} added"));
    no_changes(place);
}

fn no_changes(place: &Place) {
    place.drctl("plan -detailed-exitcode").says("No changes.").exits(0);
}

#[test]
fn staged_by_way_of_a_function() {
    let place = estate("staged_by_way_of_a_function", (1, "us-west-2"), "staged");
    make(&place, 43);
    look(&place, &format!("check_made({ACROSS_BOTH}, STAGING); check_staged(); check_apart()"));
    let ((), requests) = asked(&place, || no_changes(&place));
    assert_snapshot!("backup_calls_of_a_plan", calls(&requests));
    look(&place, &format!("chain({ACROSS_BOTH}, staged=True)"));
    no_changes(&place);

    // The bus does not trust the source account any more: that is seen, repaired, and made up for.
    look(&place, &format!("check_dropped({ACROSS_BOTH})"));
    let plan = place.drctl("plan -detailed-exitcode").exits(2);
    plan.says("aws_cloudwatch_event_permission.source[0] will be created");
    place.drctl("apply -auto-approve").exits(0).says("Resources: 1 added, 0 changed, 0 destroyed.");
    look(&place, &format!("check_swept({ACROSS_BOTH})"));

    // What was backed up is not destroyed, nor anything else.
    let held =
        look(&place, &format!("print([len(points(p)) for p in (FIRST, STAGING, {ACROSS_BOTH})])"));
    assert_eq!(held, "[2, 2, 2]");
    let (refused, requests) = asked(&place, || place.drctl("destroy -auto-approve").exits(5));
    assert_eq!(changes(&requests), [""; 0]);
    let words = refused.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for vault in ["orders-backup", "orders-backup-staging", "orders-backup-kept"] {
        let sentence = format!(
            "The vault `{vault}` holds 2 recovery points, and drctl leaves recovery points alone."
        );
        assert!(words.contains(&sentence), "{sentence}\n{refused}");
    }
    let still =
        look(&place, &format!("print([len(points(p)) for p in (FIRST, STAGING, {ACROSS_BOTH})])"));
    assert_eq!(still, held);
}

#[test]
fn direct_in_one_step() {
    let place = estate("direct_in_one_step", (1, "us-west-2"), "direct");
    make(&place, 18);
    look(&place, &format!("check_made({ACROSS_BOTH}, {ACROSS_BOTH})"));
    look(&place, &format!("chain({ACROSS_BOTH}, staged=False)"));

    // The vault does not let the source account in.
    look(&place, &format!("forget_policy({ACROSS_BOTH})"));
    look(&place, "check_refused('Access Denied trying to call AWS Backup service')");
    let plan = place.drctl("plan -detailed-exitcode").exits(2);
    plan.says("aws_backup_vault_policy.target will be created");
    place.drctl("apply -auto-approve").exits(0);

    // The target account may not read with the cluster's key.
    look(&place, "share_key(); check_refused('source snapshot KMS key')");
    look(&place, &format!("share_key(TARGET); check_copied(back_up(), {ACROSS_BOTH}, 35)"));
    no_changes(&place);
}

#[test]
fn from_staged_to_direct_the_rule_and_its_roles_go() {
    let place = estate("from_staged_to_direct", (1, "us-west-2"), "staged");
    make(&place, 43);
    let values = std::fs::read_to_string(place.path().join("orders.auto.tfvars"));
    let values = values.expect("the file is there").replace("\"staged\"", "\"direct\"");
    place.write("orders.auto.tfvars", &values);

    // The function lives where nothing is declared any more: that Region is looked at when it is named.
    let done = place.drctl("apply -auto-approve").exits(0);
    done.says("Resources: 0 added, 2 changed, 4 destroyed.");
}

#[test]
fn one_step_away_both_ways_are_the_same() {
    for (test, target, kept) in [
        ("to_another_account", (1, "us-east-1"), ACROSS_ACCOUNTS),
        ("to_another_region", (0, "us-west-2"), ACROSS_REGIONS),
    ] {
        let place = estate(test, target, "staged");
        make(&place, 18);
        look(&place, &format!("check_made({kept}, {kept})"));
        look(&place, &format!("check_copied(back_up(), {kept}, 35)"));
        no_changes(&place);
    }
}

#[test]
fn several_accounts_keep_a_copy_each() {
    let place = estate("several_accounts_keep_a_copy_each", (1, "us-west-2"), "direct");
    let [source, target] = accounts(&place);
    let further = format!("6{}", &place.account[1..]);
    place.python(&format!("seed.seed_backup(ENDPOINT, {source:?}, {further:?}, ACCOUNT)"));
    Emulator::get().organization(&place.account, &[&source, &target, &further]);
    place.write(
        "further.auto.tfvars",
        &format!(
            "further = {{\n  vaulting = {{ account_id = {further:?}, region = \"us-east-1\", keep_days = 365 }}\n}}\n"
        ),
    );
    // Its key lets the first target in, and says what the second one needs.
    make(&place, 23);
    let statements = place.drctl("output -json cluster_key_statements").exits(0);
    assert!(statements.out.contains(&further) && statements.out.contains(&target), "{statements}");
    let kept = format!("('{further}', EAST, 'orders-backup-kept')");
    look(
        &place,
        &format!(
            "share_key(TARGET, '{further}'); check_everywhere({{{ACROSS_BOTH}: 35, {kept}: 365}})"
        ),
    );
    no_changes(&place);
    // An account that is in another organisation is refused before anything is made.
    place.python(&format!(
        "seed.client('organizations', ENDPOINT, 'us-east-1', ACCOUNT)\
         .remove_account_from_organization(AccountId={further:?})\n\
         seed.client('organizations', ENDPOINT, 'us-east-1', {further:?}).create_organization()"
    ));
    let refused = place.drctl("plan").exits(1);
    let words = refused.err.replace('│', " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("is not in the organisation of the cluster's account"), "{refused}");
}

#[test]
fn what_would_never_work_is_refused_before_it_is_made() {
    let place = estate("what_would_never_work", (1, "us-west-2"), "direct");
    let refused = |words: &str| {
        let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(1));
        let said = ran.err.replace('│', " ") + &ran.out;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{words}\n{ran}");
        assert_eq!(changes(&requests), [""; 0]);
    };
    place.python(&format!(
        "seed.client('rds', ENDPOINT, 'us-east-1', {:?}).remove_tags_from_resource(\
         ResourceName='arn:aws:rds:us-east-1:{0}:cluster:orders', TagKeys=['backup'])",
        accounts(&place)[0]
    ));
    refused("does not have the tag backup = daily, so nothing would be backed up");
    place.python(&format!(
        "seed.client('organizations', ENDPOINT, 'us-east-1', ACCOUNT)\
         .remove_account_from_organization(AccountId={0:?})\n\
         seed.client('organizations', ENDPOINT, 'us-east-1', {0:?}).create_organization()",
        accounts(&place)[1]
    ));
    refused("The two accounts are not in one organisation of AWS Organizations.");
    look(&place, "distrust()");
    let ran = place.drctl("plan").exits(1);
    ran.says(&format!("arn:aws:iam::{}:role/drctl", accounts(&place)[1]));
}
