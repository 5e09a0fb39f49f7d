//! `drctl show -json`: Terraform's plan format, read by tools that others wrote for Terraform.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::estate;
use crate::manual::judged;
use crate::support::Place;

const TOPICS: &str = r#"
drctl {
  stack = "topics"
}

variable "secret" {
  type      = string
  sensitive = true
}

variable "names" {
  type        = map(string)
  default     = { a = "one", b = "two" }
  description = "Topics."
}

resource "aws_kms_key" "main" {
  description = "topics"
}

resource "aws_sns_topic" "all" {
  for_each          = var.names
  name              = "topic-${each.key}"
  display_name      = each.value
  kms_master_key_id = aws_kms_key.main.arn
}

resource "aws_ssm_parameter" "secret" {
  name  = "/topics/secret"
  type  = "SecureString"
  value = var.secret
}

data "aws_sns_topic" "again" {
  name       = aws_sns_topic.all["a"].name
  depends_on = [aws_sns_topic.all]
}

module "more" {
  source = "./more"
  key    = aws_kms_key.main.arn
}

output "arns" {
  value       = { for name, topic in aws_sns_topic.all : name => topic.arn }
  description = "ARNs."
}

output "key" {
  value = aws_kms_key.main.key_id
}

output "secret" {
  value     = var.secret
  sensitive = true
}

check "name" {
  assert {
    condition     = aws_kms_key.main.description == "topics"
    error_message = "Another key."
  }
}
"#;

const MORE: &str = r#"
variable "key" {}

resource "aws_sqs_queue" "main" {
  count             = 2
  name              = "queue-${count.index}"
  kms_master_key_id = var.key
}
"#;

fn place(test: &str) -> Place {
    let place = Place::new(test);
    place.write("main.tf", TOPICS).write("more/main.tf", MORE);
    place
}

/// Plans with these arguments and gives the plan as JSON, after its schema has been held against it.
fn plan(place: &Place, arguments: &str) -> Tree {
    let ran = place.drctl(&format!("plan -out=plan {arguments}"));
    ran.exits(0);
    let shown = place.drctl("show -json plan").exits(0);
    assert!(!shown.out.contains("hunter2"), "a secret is in the plan");
    let document: Tree = serde_json::from_str(&shown.out).expect("it is JSON");
    assert_eq!(unlike_the_schema(std::slice::from_ref(&document)), "");
    document
}

fn unlike_the_schema(documents: &[Tree]) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/plan.json");
    let schema: Tree =
        serde_json::from_str(&fs::read_to_string(file).expect("it is there")).expect("it is JSON");
    let of = |document| json!({ "schema": "plan", "document": document, "wrong": null });
    let documents: Vec<Tree> = documents.iter().map(of).collect();
    judged(&json!({ "schemas": { "plan": schema }, "documents": documents }))
}

/// The document without what is different in each run.
fn normal(place: &Place, document: &Tree) -> String {
    let text = crate::estate::nameless(&place.normal(&format!("{document:#}")));
    let patterns = [
        (r#""(timestamp|expires)": "[^"]*""#, r#""$1": "<when>""#),
        (r#""hash": "[0-9a-f]*""#, r#""hash": "<hash>""#),
        (r"http://localhost:\d+", "<emulator>"),
    ];
    patterns.iter().fold(text, |text, (pattern, name)| {
        let pattern = regex::Regex::new(pattern).expect("it is a pattern");
        pattern.replace_all(&text, *name).into_owned()
    })
}

#[test]
fn a_plan_is_terraforms_json() {
    let place = place("a_plan_is_terraforms_json");
    let secret = "-var=secret=hunter2";
    let made = plan(&place, secret);
    assert_snapshot!("plan_json_create", normal(&place, &made));
    place.drctl(&format!("apply -auto-approve {secret}")).exits(0);

    let quiet = plan(&place, secret);
    let actions = |document: &Tree| {
        let all = document["resource_changes"].as_array().cloned().unwrap_or_default();
        let words = |one: &Tree| {
            let word = |tree: &Tree| tree.to_string().replace('"', "");
            let (before, after) = (&one["change"]["before"], &one["change"]["after"]);
            let same = if before == after { " =" } else { "" };
            format!(
                "{} {}{same}",
                word(&one["address"]).replace('\\', ""),
                word(&one["change"]["actions"])
            )
        };
        all.iter().map(words).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(quiet["applyable"], false);
    assert_snapshot!("plan_json_no_changes", actions(&quiet));

    let words = "\"topics\"\n}\n\nresource \"aws_sns_topic\"";
    let changed = TOPICS
        .replace("a = \"one\"", "a = \"1\"")
        .replace(words, &words.replace("topics", "topic"));
    place.write("main.tf", &changed);
    let changed = plan(&place, "-var=secret=hunter2-again -replace=aws_sns_topic.all[\"b\"]");
    assert_snapshot!(
        "plan_json_change",
        format!(
            "{}\n{:#}",
            actions(&changed),
            json!({
                "resource_changes": serde_json::from_str::<Tree>(
                    &normal(&place, &changed["resource_changes"])).expect("it is JSON"),
                "output_changes": serde_json::from_str::<Tree>(
                    &normal(&place, &changed["output_changes"])).expect("it is JSON"),
            })
        )
    );
    let destroyed = plan(&place, &format!("-destroy {secret}"));
    assert_snapshot!("plan_json_destroy", actions(&destroyed));
}

/// What Terraform 1.11.4 itself has written, for types that it carries: of the same shape as ours.
#[test]
fn terraforms_own_plans_have_the_same_shape() {
    let recorded = |name: &str| -> Tree {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/terraform");
        let text = fs::read_to_string(root.join(format!("{name}.json"))).expect("it is there");
        serde_json::from_str(&text).expect("it is JSON")
    };
    let theirs = ["create", "change", "destroy"].map(recorded);
    assert_eq!(unlike_the_schema(&theirs), "");

    let place = place("terraforms_own_plans_have_the_same_shape");
    let ours = plan(&place, "-var=secret=hunter2");
    let theirs = &theirs[0];
    let keys = |tree: &Tree| -> BTreeSet<String> {
        tree.as_object().map(|tree| tree.keys().cloned().collect()).unwrap_or_default()
    };
    let check = |path: &str, ours_at: &str, only_theirs: &[&str], only_ours: &[&str]| {
        let at = |tree: &'_ Tree, path: &str| tree.pointer(path).cloned().unwrap_or_default();
        let (ours, theirs) = (keys(&at(&ours, ours_at)), keys(&at(theirs, path)));
        assert!(!theirs.is_empty(), "{path}");
        let set =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(&theirs - &ours, set(only_theirs), "{path}");
        assert_eq!(&ours - &theirs, set(only_ours), "{path}");
    };
    check("", "", &["relevant_attributes"], &["drctl", "resource_drift"]);
    let position = |tree: &Tree, address: &str| {
        let all = tree["resource_changes"].as_array().expect("a list");
        all.iter().position(|one| one["address"] == address).expect("it is there")
    };
    let (our, their) = (
        position(&ours, "aws_sns_topic.all[\"a\"]"),
        position(theirs, "terraform_data.two[\"a\"]"),
    );
    let our = format!("/resource_changes/{our}");
    check(&format!("/resource_changes/{their}"), &our, &[], &["drctl"]);
    check(&format!("/resource_changes/{their}/change"), &format!("{our}/change"), &[], &[]);
    let our = position(&ours, "module.more.aws_sqs_queue.main[0]");
    let their = position(theirs, "module.m.terraform_data.in[0]");
    check(
        &format!("/resource_changes/{their}"),
        &format!("/resource_changes/{our}"),
        &[],
        &["drctl"],
    );
    check("/output_changes/id", "/output_changes/key", &[], &[]);
    check("/planned_values", "/planned_values", &[], &[]);
    check("/planned_values/outputs/id", "/planned_values/outputs/key", &[], &[]);
    check("/planned_values/outputs/secret", "/planned_values/outputs/secret", &[], &[]);
    for path in ["/planned_values/root_module", "/planned_values/root_module/child_modules/0"] {
        check(path, path, &[], &[]);
    }
    let resource = "/planned_values/root_module/resources/0";
    check(resource, resource, &[], &[]);
    let module = "/configuration/root_module";
    check(module, module, &[], &[]);
    check(&format!("{module}/resources/0"), &format!("{module}/resources/0"), &[], &[]);
    check(&format!("{module}/module_calls/m"), &format!("{module}/module_calls/more"), &[], &[]);
    check(&format!("{module}/variables/names"), &format!("{module}/variables/names"), &[], &[]);
    let output = |name| format!("{module}/outputs/{name}");
    check(&output("secret"), &output("secret"), &["description"], &[]);
    check("/prior_state/values", "/prior_state/values", &[], &[]);
}

#[test]
fn a_rego_policy_sees_what_it_must() {
    let place = Place::new("a_rego_policy_sees_what_it_must");
    let files = |days: u32, more: &str| {
        format!(
            "drctl {{\n  stack = \"policy\"\n}}\n\
             resource \"aws_kms_key\" \"main\" {{}}\n\
             resource \"aws_sns_topic\" \"good\" {{\n  name = \"good\"\n  \
             kms_master_key_id = aws_kms_key.main.arn\n}}\n\
             resource \"aws_backup_vault\" \"main\" {{\n  name = \"main\"\n}}\n\
             resource \"aws_backup_plan\" \"main\" {{\n  name = \"main\"\n  rule {{\n    \
             rule_name         = \"daily\"\n    target_vault_name = aws_backup_vault.main.name\n    \
             lifecycle {{\n      delete_after = {days}\n    }}\n  }}\n}}\n{more}"
        )
    };
    let denied = |document: &Tree| -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
        let file = place.path().join("plan.json");
        fs::write(&file, document.to_string()).expect("it can be written");
        let output = Command::new(judges())
            .arg("-B")
            .arg(root.join("python/rego.py"))
            .arg(root.join("policies/recovery.rego"))
            .arg(file)
            .arg("data.recovery.deny")
            .output()
            .expect("there is a Python");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).expect("it prints JSON")
    };
    place.write("main.tf", &files(35, ""));
    assert_eq!(denied(&plan(&place, "")), BTreeSet::new());
    place.drctl("apply -auto-approve").exits(0);
    let bad = "resource \"aws_sns_topic\" \"bad\" {\n  name = \"bad\"\n}\n";
    place.write("main.tf", &files(7, bad));
    let expected = [
        "aws_backup_plan.main keeps backups for 7 days only",
        "aws_backup_plan.main: daily: retention 35 -> 7 days",
        "aws_sns_topic.bad is not encrypted",
    ];
    assert_eq!(denied(&plan(&place, "")), expected.map(str::to_owned).into());
    let gone = denied(&plan(&place, "-destroy"));
    assert!(gone.contains("aws_backup_vault.main would be destroyed"), "{gone:?}");
}

/// A Python that has checkov and an interpreter of Rego, which are large and so have a place of
/// their own.
fn judges() -> PathBuf {
    if let Some(python) = std::env::var_os("DRCTL_TEST_POLICIES") {
        return PathBuf::from(python);
    }
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/policies-venv/bin/python");
    assert!(
        python.exists(),
        "this test needs checkov and regopy: run `tests/run`, which installs them into \
         target/policies-venv, or name a Python that has them in DRCTL_TEST_POLICIES"
    );
    python
}

/// What checkov says of a file or a directory: for each check how often it passed and failed, by type.
fn scanned(place: &Place, framework: &str, flag: &str, path: &Path) -> Vec<String> {
    let output = Command::new(judges())
        .args(["-m", "checkov.main", "--framework", framework, flag])
        .arg(path)
        .args(["--compact", "--skip-download", "-o", "json"])
        .current_dir(place.path())
        .env("HOME", place.path())
        .output()
        .expect("there is a Python");
    let said = String::from_utf8_lossy(&output.stdout);
    let report: Tree = serde_json::from_str(&said)
        .unwrap_or_else(|_| panic!("{said}\n{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["summary"]["parsing_errors"], 0, "{said}");
    let mut all = BTreeSet::new();
    for kind in ["passed_checks", "failed_checks"] {
        for one in report["results"][kind].as_array().into_iter().flatten() {
            let word = |path: &str| one.pointer(path).and_then(Tree::as_str).unwrap_or_default();
            let resource = word("/resource").split('[').next().unwrap_or_default();
            all.insert(format!(
                "{resource} {} {}",
                word("/check_id"),
                word("/check_result/result")
            ));
        }
    }
    all.into_iter().collect()
}

#[test]
fn checkov_reads_the_plan_of_a_global_database() {
    let place = estate("checkov_reads_the_plan_of_a_global_database");
    let document = plan(&place, "");
    let file = place.path().join("plan.json");
    fs::write(&file, document.to_string()).expect("it can be written");
    assert_snapshot!(
        "checkov_global_database",
        scanned(&place, "terraform_plan", "-f", &file).join("\n")
    );
}

#[test]
fn checkov_reads_the_plan_of_a_backup() {
    let place = crate::backup_chain::planned("checkov_reads_the_plan_of_a_backup");
    let document = plan(&place, "");
    let file = place.path().join("plan.json");
    fs::write(&file, document.to_string()).expect("it can be written");
    assert_snapshot!("checkov_backup", scanned(&place, "terraform_plan", "-f", &file).join("\n"));
}

#[test]
fn checkov_reads_the_examples_as_they_are() {
    let place = Place::new("checkov_reads_the_examples_as_they_are");
    for (example, type_name) in
        [("global-database", "aws_rds_cluster."), ("cross-account-backup", "aws_backup_vault.")]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
        let all = scanned(&place, "terraform", "-d", &path);
        assert!(all.iter().any(|line| line.starts_with(type_name)), "{example}: {all:?}");
    }
}
