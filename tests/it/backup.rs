//! What is particular about AWS Backup: what cannot be undone, and what must not be lost.
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::asked;
use crate::estate::changes;
use crate::estate::edit;
use crate::estate::until;
use crate::support::Emulator;
use crate::support::Place;

const STACK: &str = "drctl {\n  stack = \"orders\"\n}\n";
const VAULT: &str = "resource \"aws_backup_vault\" \"orders\" {\n  name = \"orders\"\n}\n";
const CLUSTER: &str = r#"
resource "aws_rds_cluster" "orders" {
  cluster_identifier  = "orders"
  engine              = "aurora-postgresql"
  master_username     = "postgres"
  master_password     = "not-a-secret-here"
  skip_final_snapshot = true
}
"#;
const ROLE: &str = r#"
resource "aws_iam_role" "backup" {
  name = "backup"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "backup.amazonaws.com" } }]
  })
}
"#;
const PLAN: &str = r#"
resource "aws_backup_plan" "orders" {
  name = "orders"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.orders.name
  }
}
"#;
const SELECTION: &str = r#"
resource "aws_backup_selection" "orders" {
  plan_id      = aws_backup_plan.orders.id
  name         = "clusters"
  iam_role_arn = aws_iam_role.backup.arn
  resources    = ["arn:aws:rds:*:*:cluster:a*"]
}
"#;

fn place(test: &str, parts: &[&str]) -> Place {
    let place = Place::new(test);
    place.write("main.tf", &(STACK.to_owned() + &parts.concat()));
    place
}

fn applied(test: &str, parts: &[&str]) -> Place {
    let place = place(test, parts);
    place.drctl("apply -auto-approve").exits(0);
    place
}

/// What was said holds these words, wherever the lines were broken.
#[track_caller]
fn says(text: &str, expected: &[&str]) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The bars beside a diagnostic are no words.
    let said = words(&text.replace(['│', '╷', '╵'], " "));
    for part in expected {
        assert!(said.contains(&words(part)), "expected to read {part:?}\n{text}");
    }
}

fn deny(place: &Place, action: &str, times: Option<u32>) {
    let mut rule = json!({
        "account": place.account, "service": "backup", "action": action,
        "code": "AccessDeniedException", "message": "not for you", "status": 403,
    });
    if let Some(times) = times {
        rule["times"] = json!(times);
    }
    Emulator::get().fault(&rule);
}

fn names_of(requests: &[Tree]) -> Vec<String> {
    let all = requests.iter().filter(|request| request["service"] == "backup");
    all.map(|request| request["action"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Takes a backup of the cluster, with a role that the test makes, and waits for it.
fn back_up(place: &Place, vault: &str) {
    place.python(&format!(
        "import time\n\
         backup = client('backup')\n\
         cluster = client('rds').describe_db_clusters()['DBClusters'][0]['DBClusterArn']\n\
         role = client('iam').get_role(RoleName='backup')['Role']['Arn']\n\
         job = backup.start_backup_job(BackupVaultName='{vault}', ResourceArn=cluster, IamRoleArn=role)\n\
         deadline = time.time() + 20\n\
         while backup.describe_backup_job(BackupJobId=job['BackupJobId'])['State'] != 'COMPLETED':\n    \
         assert time.time() < deadline\n    time.sleep(0.1)\n"
    ));
}

fn points(place: &Place) -> usize {
    let count = place.python(
        "print(len(client('backup').list_recovery_points_by_backup_vault(BackupVaultName='orders')\
         ['RecoveryPoints']))",
    );
    count.parse().expect("a number")
}

#[test]
fn recovery_points_are_left_alone() {
    let place = applied("recovery_points_are_left_alone", &[VAULT, CLUSTER, ROLE]);
    back_up(&place, "orders");

    let (ran, requests) = asked(&place, || place.drctl("destroy -auto-approve").exits(5));
    says(
        &ran.out,
        &[
            "# aws_backup_vault.orders is not changed",
            "holds 1 recovery point, and drctl leaves recovery points alone",
            "The newest is",
            "old, from 20",
        ],
    );
    assert_eq!(changes(&requests), Vec::<String>::new(), "nothing is destroyed beside it either");
    assert_eq!(points(&place), 1);

    // An ordinary plan needs not know how old they are.
    let (_, requests) = asked(&place, || place.drctl("plan -detailed-exitcode").exits(0));
    assert!(!names_of(&requests).contains(&"ListRecoveryPointsByBackupVault".to_owned()));

    edit(&place, "main.tf", "name = \"orders\"\n}", "name = \"orders\"\n  force_destroy = true\n}");
    place.drctl("destroy -auto-approve").exits(0);
    let left = place.python("print(len(client('backup').list_backup_vaults()['BackupVaultList']))");
    assert_eq!(left, "0");
}

#[test]
fn a_vault_that_cannot_be_seen_is_not_absent() {
    let place = place("a_vault_that_cannot_be_seen", &[VAULT]);
    deny(&place, "ListBackupVaults", None);
    // AWS answers so for a vault that is not there, too.
    let ran = place.drctl("plan").exits(3);
    says(&ran.out, &["did not let us read it", "DescribeBackupVault"]);
    Emulator::get().calm(&place.account);
    place.drctl("apply -auto-approve").exits(0);

    // Who may see this one, but not the list of all, can work with it.
    deny(&place, "ListBackupVaults", None);
    place.drctl("plan -detailed-exitcode").exits(0);
    Emulator::get().calm(&place.account);
}

#[test]
fn a_policy_that_cannot_be_seen_is_not_absent() {
    let policy = r#"
resource "aws_backup_vault_policy" "orders" {
  backup_vault_name = aws_backup_vault.orders.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "222222222222" }, Action = "backup:CopyIntoBackupVault", Resource = "*" }]
  })
}
"#;
    let place = applied("a_policy_that_cannot_be_seen", &[VAULT, policy]);
    deny(&place, "GetBackupVaultAccessPolicy", None);
    let ran = place.drctl("plan").exits(3);
    says(&ran.out, &["# aws_backup_vault_policy.orders is not known", "did not let us read it"]);
    Emulator::get().calm(&place.account);
    place.drctl("plan -detailed-exitcode").exits(0);
}

#[test]
fn a_principal_that_was_deleted_is_put_right() {
    let policy = r#"
resource "aws_backup_vault_policy" "orders" {
  backup_vault_name = aws_backup_vault.orders.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Principal = { AWS = aws_iam_role.backup.arn }, Action = "backup:DeleteRecoveryPoint", Resource = "*" }]
  })
}
"#;
    let place = applied("a_principal_that_was_deleted", &[VAULT, ROLE, policy]);
    place.python(
        "iam = client('iam')\n\
         role = iam.get_role(RoleName='backup')['Role']\n\
         tags = iam.list_role_tags(RoleName='backup')['Tags']\n\
         iam.delete_role(RoleName='backup')\n\
         iam.create_role(RoleName='backup', Tags=tags,\n    \
         AssumeRolePolicyDocument=json.dumps(role['AssumeRolePolicyDocument']))\n",
    );
    let ran = place.drctl("plan -detailed-exitcode").exits(2);
    says(
        &ran.out,
        &[
            "# aws_backup_vault_policy.orders will be updated in-place",
            "which AWS shows for a role or user that was deleted",
        ],
    );
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
}

#[test]
fn a_lock_for_ever_is_confirmed_and_then_never_touched() {
    let lock = r#"
resource "aws_backup_vault_lock_configuration" "orders" {
  backup_vault_name   = aws_backup_vault.orders.name
  min_retention_days  = 7
  changeable_for_days = 3
}
"#;
    let place = place("a_lock_for_ever", &[VAULT, lock]);
    let ran = place.drctl("plan").exits(1);
    says(
        &ran.err,
        &[
            "Lock for ever is not confirmed",
            "on main.tf line 11",
            "nobody can change it or take it away any more",
            "add `confirm_compliance_mode = \"orders\"`",
        ],
    );
    let confirmed = "min_retention_days  = 7\n  confirm_compliance_mode = \"orders\"";
    edit(&place, "main.tf", "min_retention_days  = 7", confirmed);
    // Three days are four seconds here.
    Emulator::get().takes(&place.account, &json!({ "BACKUP_DAY": 1.5 }));
    place.drctl("apply -auto-approve").exits(0);

    // Whatever the days: the lock is as it should be, and setting it again would begin them anew.
    edit(&place, "main.tf", "changeable_for_days = 3", "changeable_for_days = 5");
    let ran = place.drctl("plan -detailed-exitcode").exits(0);
    says(&ran.out, &["aws_backup_vault_lock_configuration.orders: can be changed until 20"]);

    until("the lock is permanent", || place.drctl("plan").exits(0).out.contains("permanent since"));
    let (_, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    assert_eq!(changes(&requests), Vec::<String>::new());

    edit(&place, "main.tf", "min_retention_days  = 7", "min_retention_days  = 14");
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(5));
    says(
        &ran.out,
        &[
            "# aws_backup_vault_lock_configuration.orders is not changed",
            "The lock has been permanent since",
            "min_retention_days must stay as AWS has it",
        ],
    );
    assert_eq!(changes(&requests), Vec::<String>::new());

    // An empty vault goes, and its lock with it.
    let ran = place.drctl("destroy -auto-approve").exits(0);
    says(&(ran.out + &ran.err), &["it goes when the vault is deleted"]);
    let left = place.python("print(len(client('backup').list_backup_vaults()['BackupVaultList']))");
    assert_eq!(left, "0");
}

#[test]
fn rules_are_told_apart_by_their_names() {
    let rule = |name: &str, hour: u8| {
        format!(
            "  rule {{\n    rule_name         = \"{name}\"\n    \
             target_vault_name = aws_backup_vault.orders.name\n    \
             schedule          = \"cron(0 {hour} ? * * *)\"\n  }}\n"
        )
    };
    let plan = |rules: &[String]| {
        format!(
            "resource \"aws_backup_plan\" \"orders\" {{\n  name = \"orders\"\n{}}}\n",
            rules.concat()
        )
    };
    let (a, b) = (rule("a", 5), rule("b", 6));
    let place = applied("rules_are_told_apart", &[VAULT, &plan(&[a.clone(), b.clone()])]);
    place.write("main.tf", &[STACK, VAULT, &plan(&[b.clone(), a])].concat());
    let (_, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    assert_eq!(changes(&requests), Vec::<String>::new(), "each update would be a version");

    place.write("main.tf", &[STACK, VAULT, &plan(&[b, rule("a", 7)])].concat());
    let ran = place.drctl("plan -detailed-exitcode").exits(2);
    says(
        &ran.out,
        &[
            "~ rule { rule_name = \"a\" ~ schedule = \"cron(0 5 ? * * *)\" -> \"cron(0 7 ? * * *)\"",
            "# (1 unchanged block hidden)",
        ],
    );
}

#[test]
fn copies_that_are_kept_for_ever_are_warned_of() {
    let plan = r#"
resource "aws_backup_plan" "orders" {
  name = "orders"
  rule {
    rule_name         = "weekly"
    target_vault_name = aws_backup_vault.orders.name
    copy_action {
      destination_vault_arn = "arn:aws:backup:us-west-2:222222222222:backup-vault:orders"
      lifecycle {
        delete_after = 35
      }
    }
  }
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.orders.name
    lifecycle {
      delete_after = 35
    }
    copy_action {
      destination_vault_arn = "arn:aws:backup:us-west-2:222222222222:backup-vault:orders"
    }
  }
}
"#;
    let place = place("copies_that_are_kept_for_ever", &[VAULT, plan]);
    let ran = place.drctl("plan").exits(0);
    says(
        &(ran.out + &ran.err),
        &[
            "Warning: Copies are never deleted",
            // Blocks are put in order, but the place is that in the file.
            "on main.tf line 26",
            "though the rule keeps its own for 35 days",
            "hint: Give the copy_action a lifecycle of its own",
        ],
    );
    edit(
        &place,
        "main.tf",
        "lifecycle {\n      delete_after = 35\n    }\n    copy_action",
        "lifecycle {\n      cold_storage_after = 30\n      delete_after = 35\n    }\n    copy_action",
    );
    let ran = place.drctl("plan").exits(1);
    says(
        &ran.err,
        &[
            "Error: Retention too short",
            "on main.tf line 25",
            "120 days at the earliest, not after 35",
        ],
    );
}

#[test]
fn a_selection_is_replaced_without_a_gap() {
    let place = applied("a_selection_is_replaced", &[VAULT, ROLE, PLAN, SELECTION]);
    edit(&place, "main.tf", "cluster:a*", "cluster:b*");
    let ran = place.drctl("plan").exits(0);
    says(
        &ran.out,
        &[
            "# aws_backup_selection.orders must be replaced",
            "+/- resource \"aws_backup_selection\" \"orders\"",
        ],
    );
    let (_, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    assert_eq!(changes(&requests), ["CreateBackupSelection", "DeleteBackupSelection"]);
    place.drctl("plan -detailed-exitcode").exits(0);
}

#[test]
fn a_selection_that_is_replaced_halfway_is_finished() {
    let place = applied("a_selection_replaced_halfway", &[VAULT, ROLE, PLAN, SELECTION]);
    edit(&place, "main.tf", "cluster:a*", "cluster:b*");
    deny(&place, "DeleteBackupSelection", Some(1));
    place.drctl("apply -auto-approve").exits(1);

    let ran = place.drctl("plan").exits(0);
    says(&ran.out, &["A run that was cut off has created the successor already"]);
    let (_, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(0));
    assert_eq!(changes(&requests), ["DeleteBackupSelection"]);
    place.drctl("plan -detailed-exitcode").exits(0);

    // Nor does it matter if something else is wanted by then.
    edit(&place, "main.tf", "cluster:b*", "cluster:c*");
    deny(&place, "DeleteBackupSelection", Some(1));
    place.drctl("apply -auto-approve").exits(1);
    edit(&place, "main.tf", "cluster:c*", "cluster:d*");
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
    let resources = place.python(
        "backup = client('backup')\n\
         plan = backup.list_backup_plans()['BackupPlansList'][0]['BackupPlanId']\n\
         all = backup.list_backup_selections(BackupPlanId=plan)['BackupSelectionsList']\n\
         print([backup.get_backup_selection(BackupPlanId=plan, SelectionId=one['SelectionId'])\
         ['BackupSelection']['Resources'] for one in all])",
    );
    assert_eq!(resources, "[['arn:aws:rds:*:*:cluster:d*']]");
}

#[test]
fn a_plan_goes_after_its_selections_and_comes_back() {
    let place = applied("a_plan_goes", &[VAULT, ROLE, PLAN, SELECTION]);
    place.drctl("apply -auto-approve -replace=aws_backup_plan.orders").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
    place.drctl("destroy -auto-approve").exits(0);
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
}

/// Makes plans of that name behind our back.
fn others(place: &Place, hours: &[u8]) {
    place.python(&format!(
        "for hour in {hours:?}:\n    client('backup').create_backup_plan(BackupPlan={{\
         'BackupPlanName': 'orders', 'Rules': [{{'RuleName': 'daily', \
         'TargetBackupVaultName': 'orders', 'ScheduleExpression': f'cron(0 {{hour}} ? * * *)'}}]}})"
    ));
}

#[test]
fn a_plan_of_the_same_name_is_not_doubled() {
    let place = applied("a_plan_of_the_same_name", &[VAULT]);
    others(&place, &[3]);
    place.write("plan.tf", PLAN);
    let ran = place.drctl("plan").exits(5);
    says(
        &ran.out,
        &["# aws_backup_plan.orders is not touched: it exists, and nothing says that it is ours"],
    );

    others(&place, &[4]);
    let ran = place.drctl("plan").exits(1);
    says(
        &ran.err,
        &[
            "Cannot read aws_backup_plan.orders",
            "several live resources are what aws_backup_plan.orders asks for",
        ],
    );
    let ids = place.python(
        "print(*[plan['BackupPlanId'] for plan in client('backup').list_backup_plans()['BackupPlansList']])",
    );
    says(&ran.err, &ids.split(' ').collect::<Vec<_>>());
}

#[test]
fn a_plan_of_another_stack_may_have_the_same_name() {
    let place = applied("a_plan_of_another_stack", &[VAULT]);
    others(&place, &[3]);
    place.python(
        "backup = client('backup')\n\
         backup.tag_resource(ResourceArn=backup.list_backup_plans()['BackupPlansList'][0]['BackupPlanArn'],\n    \
         Tags={'drctl:stack': 'billing', 'drctl:address': 'aws_backup_plan.orders'})",
    );
    place.write("plan.tf", PLAN);
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
}

#[test]
fn one_list_tells_of_all_vaults() {
    let vaults = r#"
resource "aws_backup_vault" "orders" {
  for_each = toset(["a1", "b1", "c1", "d1"])
  name     = each.key
}

resource "aws_backup_vault_lock_configuration" "orders" {
  for_each           = aws_backup_vault.orders
  backup_vault_name  = each.value.name
  min_retention_days = 7
}
"#;
    let place = applied("one_list_tells_of_all_vaults", &[vaults]);
    let (_, requests) = asked(&place, || place.drctl("plan -detailed-exitcode").exits(0));
    assert_eq!(names_of(&requests), ["ListBackupVaults"], "tags come with the sweep");
}
