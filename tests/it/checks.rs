//! What must be true before an apply can succeed, and what is said when it is not.
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::estate;
use crate::support::Emulator;
use crate::support::Place;
use crate::support::Ran;

/// A plan that copies from the test's account to another one, which a second provider reaches.
fn backup(test: &str) -> (Place, String) {
    let place = Place::new(test);
    let other = format!("6{}", &place.account[1..]);
    let (own, theirs) = (&place.account, &other);
    place.python(&format!(
        "iam = seed.client('iam', ENDPOINT, account={theirs:?})\n\
         trust = {{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Action': 'sts:AssumeRole', \
         'Principal': {{'AWS': f'arn:aws:iam::{{ACCOUNT}}:root'}}}}]}}\n\
         iam.create_role(RoleName='drctl', AssumeRolePolicyDocument=json.dumps(trust))\n\
         seed.seed(ENDPOINT, ACCOUNT)"
    ));
    place.write(
        "main.tf",
        &format!(
            r#"
drctl {{
  stack = "checks"
}}

provider "aws" {{
  alias  = "other"
  region = "us-east-1"
  assume_role {{
    role_arn = "arn:aws:iam::{theirs}:role/drctl"
  }}
}}

resource "aws_backup_vault" "here" {{
  name = "here"
}}

resource "aws_backup_vault" "there" {{
  provider = aws.other
  name     = "there"
}}

resource "aws_backup_plan" "daily" {{
  name = "daily"
  rule {{
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.here.name
    lifecycle {{
      delete_after = 7
    }}
    copy_action {{
      destination_vault_arn = aws_backup_vault.there.arn
      lifecycle {{
        delete_after = 7
      }}
    }}
  }}
}}

resource "aws_backup_selection" "orders" {{
  name         = "orders"
  plan_id      = aws_backup_plan.daily.id
  iam_role_arn = "arn:aws:iam::{own}:role/backup"
  selection_tag {{
    type  = "STRINGEQUALS"
    key   = "team"
    value = "orders"
  }}
}}
"#
        ),
    );
    (place, other)
}

fn verdicts(ran: &Ran) -> Vec<(String, String)> {
    let told: Tree =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{ran}"));
    let findings = told["findings"].as_array().expect("there are findings");
    let text = |value: &Tree| value.as_str().unwrap_or_default().to_owned();
    findings.iter().map(|one| (text(&one["check"]), text(&one["verdict"]))).collect()
}

fn has(ran: &Ran, check: &str, verdict: &str) {
    let all = verdicts(ran);
    assert!(
        all.contains(&(check.to_owned(), verdict.to_owned())),
        "{check} {verdict}: {all:?}\n{ran}"
    );
}

#[test]
fn copies_between_accounts() {
    let (place, other) = backup("copies_between_accounts");
    // Nothing is as it must be.
    place.python(
        "client('backup').update_region_settings(ResourceTypeOptInPreference={'Aurora': False})",
    );
    let ran = place.drctl("check -json").exits(6);
    has(&ran, "organization", "fail");
    has(&ran, "cross-account-backup", "fail");
    has(&ran, "opt-in", "fail");
    has(&ran, "selection", "pass");
    has(&ran, "cluster-key", "fail");
    has(&ran, "destination", "pass");
    place.drctl("check").exits(6).says("fix: ").says("failed");
    // All is set right.
    let management = format!("7{}", &place.account[1..]);
    Emulator::get().organization(&management, &[&place.account, &other]);
    place.python(&format!(
        "backup = lambda account: seed.client('backup', ENDPOINT, account=account)\n\
         backup({management:?}).update_global_settings(GlobalSettings={{'isCrossAccountBackupEnabled': 'true'}})\n\
         for account in (ACCOUNT, {other:?}):\n    \
         backup(account).update_region_settings(ResourceTypeOptInPreference={{'Aurora': True}})\n\
         kms = client('kms')\n\
         key = kms.describe_key(KeyId='alias/orders')['KeyMetadata']['KeyId']\n\
         policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName='default')['Policy'])\n\
         policy['Statement'].append({{'Sid': 'share', 'Effect': 'Allow', 'Action': 'kms:*', 'Resource': '*', \
         'Principal': {{'AWS': 'arn:aws:iam::{other}:root'}}}})\n\
         kms.put_key_policy(KeyId=key, PolicyName='default', Policy=json.dumps(policy))"
    ));
    let ran = place.drctl("check -json").exits(0);
    let all = verdicts(&ran);
    assert!(all.iter().all(|(_, verdict)| verdict == "pass"), "{all:?}");
    for check in ["organization", "cross-account-backup", "opt-in", "selection", "cluster-key"] {
        has(&ran, check, "pass");
    }
    // A selection that finds nothing is worth a look, and a policy that names a root is wrong.
    let main = std::fs::read_to_string(place.path().join("main.tf")).expect("it is there");
    place.write("main.tf", &main.replace("value = \"orders\"", "value = \"Orders\""));
    has(&place.drctl("check -json").exits(0), "selection", "warn");
    place.write(
        "bus.tf",
        "resource \"aws_cloudwatch_event_permission\" \"org\" {\n  statement_id = \"org\"\n  principal    = \
         \"*\"\n  condition {\n    key   = \"aws:PrincipalOrgID\"\n    type  = \"StringEquals\"\n    value = \
         \"r-abcd\"\n  }\n}\n",
    );
    has(&place.drctl("check -json").exits(6), "organization", "fail");
}

/// What nobody let us see is not known, and never a pass.
#[test]
fn denied_is_not_known() {
    let (place, _) = backup("denied_is_not_known");
    for (service, action) in [
        ("organizations", "DescribeOrganization"),
        ("backup", "DescribeGlobalSettings"),
        ("backup", "DescribeRegionSettings"),
        ("kms", "DescribeKey"),
    ] {
        Emulator::get().fault(&json!({
            "account": place.account, "service": service, "action": action, "status": 403,
            "code": "AccessDeniedException", "message": "not authorized",
        }));
    }
    let ran = place.drctl("check -json");
    has(&ran, "opt-in", "unknown");
    for check in ["cross-account-backup", "cluster-key"] {
        has(&ran, check, "unknown");
        let passed = (check.to_owned(), "pass".to_owned());
        assert!(!verdicts(&ran).contains(&passed), "{ran}");
    }
}

#[test]
fn a_global_database() {
    let place = estate("a_global_database");
    let ran = place.drctl("check -json").exits(0);
    has(&ran, "secondary", "pass");
    place.drctl("check").exits(0).says("Checks: ");
    // Said again, in short, where it is about to be applied.
    place.python("client('rds').modify_db_cluster(DBClusterIdentifier='orders', BacktrackWindow=0, ApplyImmediately=True)");
    Emulator::get().fault(&json!({
        "account": place.account, "service": "rds", "action": "DescribeDBEngineVersions",
        "code": "AccessDenied", "status": 403, "message": "not authorized",
    }));
    let ran = place.drctl("check -json").exits(3);
    has(&ran, "global-source", "unknown");
}

#[test]
fn nothing_to_check() {
    let place = Place::new("nothing_to_check");
    place.write(
        "main.tf",
        "drctl {\n  stack = \"checks\"\n}\nresource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n}\n",
    );
    place.drctl("check").exits(0).says("Nothing to check");
    place.write("main.tf", "resource \"aws_sns_topic\" {}\n");
    place.drctl("check").exits(1);
}
