//! The command line: what goes in, where it comes out, and how it ends.
use std::fs;

use insta::assert_snapshot;
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::asked;
use crate::estate::changes;
use crate::support::Place;

const TOPIC: &str = r#"
drctl {
  stack = "cli"
}

variable "name" {
  type    = string
  default = "from-the-default"
}

variable "password" {
  type      = string
  sensitive = true
  default   = "hunter2-by-default"
}

resource "aws_sns_topic" "this" {
  name = var.name
}

resource "aws_sns_topic" "other" {
  count = 2
  name  = "other-${count.index}"
}

resource "aws_lambda_function" "f" {
  count         = 0
  function_name = "f"
  role          = "arn:aws:iam::111111111111:role/f"
  package_type  = "Zip"
}

output "arn" {
  value = aws_sns_topic.this.arn
}

output "names" {
  value = { for topic in aws_sns_topic.other : topic.name => length(topic.name) }
}

output "secret" {
  value     = var.password
  sensitive = true
}
"#;

fn place(test: &str) -> Place {
    let place = Place::new(test);
    place.write("main.tf", TOPIC);
    place
}

/// The name that a plan gives the topic.
fn name(place: &Place, arguments: &[&str]) -> String {
    let mut all = vec!["plan", "-target=aws_sns_topic.this"];
    all.extend(arguments);
    let ran = place.drctl_with(&all, "").exits(0);
    let line = ran.out.lines().find(|line| line.trim_start().starts_with("+ name "));
    line.and_then(|line| line.split('"').nth(1)).expect("a name").to_owned()
}

#[test]
fn the_last_of_many_values_wins() {
    let check = |environment: &[(&str, &str)],
                 files: &[&str],
                 arguments: &[&str],
                 expected: &str| {
        let mut place = place("the_last_of_many_values_wins");
        for (variable, value) in environment {
            place = place.with(variable, value);
        }
        for file in files {
            place.write(file, &format!("name = \"{}\"\n", file.replace('.', "-")));
        }
        assert_eq!(name(&place, arguments), expected, "{environment:?} {files:?} {arguments:?}");
    };
    let both = [("TF_VAR_name", "tf"), ("DRCTL_VAR_name", "drctl")];
    let files = ["terraform.tfvars", "a.auto.tfvars", "b.auto.tfvars", "c.tfvars"];
    check(&[], &[], &[], "from-the-default");
    check(&both[..1], &[], &[], "tf");
    check(&both, &[], &[], "drctl");
    check(&both, &files[..1], &[], "terraform-tfvars");
    check(&both, &files[..2], &[], "a-auto-tfvars");
    check(&both, &files, &[], "b-auto-tfvars");
    check(&both, &files, &["-var-file=c.tfvars"], "c-tfvars");
    check(&both, &files, &["-var-file=c.tfvars", "-var", "name=x"], "x");
    // The last one on the command line, of either sort.
    check(&[], &files, &["-var", "name=x", "-var-file=c.tfvars"], "c-tfvars");
    check(&[], &[], &["--var", "name=x", "-var=name=y"], "y");
}

#[test]
fn a_saved_plan_is_what_is_applied() {
    let place = place("a_saved_plan_is_what_is_applied");
    place.drctl("plan -out=plan -var name=planned -var password=hunter2-planned").exits(0);
    let text = fs::read_to_string(place.path().join("plan")).expect("it was saved");
    assert!(!text.contains("hunter2-planned"), "the secret is in the file");
    let shown = place.drctl("show plan").exits(0);
    assert!(!shown.out.contains("hunter2"), "{shown}");
    let shown = place.drctl("show -json plan").exits(0);
    assert!(!shown.out.contains("hunter2-planned"), "{shown}");

    // The files may change: what was planned is done. The secret must be given again.
    place.write("main.tf", &TOPIC.replace("other-", "another-"));
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(1));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("the_secret_is_needed_again", place.normal(&ran.err));
    let given = |arguments: &str| place.drctl(&format!("apply {arguments} plan"));
    given("-var password=hunter2-planned -target=aws_sns_topic.this").exits(1).says("-target");
    let done = given("-var password=hunter2-planned").exits(0);
    assert!(!done.out.contains("hunter2") && !done.err.contains("hunter2"), "{done}");
    let names = "print(sorted(t['TopicArn'].split(':')[-1] for t in client('sns').list_topics()['Topics']))";
    assert_eq!(place.python(names), "['other-0', 'other-1', 'planned']");
    // Twice is once too often.
    given("-var password=hunter2-planned").exits(4).says("a plan is applied once");
}

#[test]
fn a_plan_of_what_has_changed_is_stale() {
    let place = place("a_plan_of_what_has_changed_is_stale");
    place.drctl("apply -auto-approve").exits(0);
    place.write(
        "main.tf",
        &TOPIC.replace("name = var.name", "name = var.name\n  display_name = \"Us\""),
    );
    place.drctl("plan -out=plan").exits(0);
    let set = |name: &str| {
        place.python(&format!(
            "sns = client('sns')\n\
             arn = next(t['TopicArn'] for t in sns.list_topics()['Topics'] if 'from' in t['TopicArn'])\n\
             sns.set_topic_attributes(TopicArn=arn, AttributeName='DisplayName', AttributeValue={name:?})"
        ))
    };
    set("Them");
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(4));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!("stale", place.normal(&ran.err));
    set("");
    place.drctl("apply plan").exits(0).says("1 changed");
}

#[test]
fn plan_files_that_are_none() {
    let place = place("plan_files_that_are_none");
    place.drctl("plan -out=plan").exits(0);
    let good = fs::read_to_string(place.path().join("plan")).expect("it was saved");
    let mut text = String::new();
    let mut note = |sort: &str, content: &str| {
        place.write("plan", content);
        for command in ["apply plan", "show plan"] {
            let ran = place.drctl(command).exits(1);
            text.push_str(&format!("=== {sort}: {command}\n{}\n", place.normal(&ran.err)));
        }
    };
    note("empty", "");
    note("cut off", &good.split_inclusive('\n').take(6).collect::<String>());
    note("foreign", "{\"terraform_version\": \"1.11.0\", \"format_version\": \"1.2\"}");
    note("of another version", &good.replacen("\"format\": 2", "\"format\": 99", 1));
    let mut tree: Tree = serde_json::from_str(&good).expect("it is JSON");
    tree["drctl_version"] = json!("9.9.9");
    note("of a newer drctl", &tree.to_string());
    let missing = place.drctl("apply nowhere").exits(1);
    text.push_str(&format!("=== missing\n{}\n", place.normal(&missing.err)));
    let directory = place.drctl("apply .").exits(1);
    text.push_str(&format!("=== a directory\n{}\n", place.normal(&directory.err)));
    assert_snapshot!(text);
}

#[test]
fn targets_and_replacements() {
    let place = place("targets_and_replacements");
    place.drctl("plan -target=aws_sns_topic.other").exits(0).says("Plan: 2 to add");
    place.drctl("plan -target=aws_sns_topic.other[1]").exits(0).says("Plan: 1 to add");
    place
        .drctl("plan -target=aws_sns_topic.thos")
        .exits(1)
        .says("Did you mean aws_sns_topic.this?");
    place.drctl("plan -target=aws_sns_topic.other[7]").exits(1);
    place.drctl("apply -auto-approve").exits(0).says("3 added");
    place.drctl("plan -detailed-exitcode").exits(0);
    place
        .drctl("plan -replace=aws_sns_topic.other[1] -detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to add, 0 to change, 1 to destroy.");
    place.drctl("plan -replace=aws_sns_topic.other[7]").exits(1);
    place.drctl("apply -auto-approve -replace=aws_sns_topic.this").exits(0).says("1 added");
    place
        .drctl("destroy -auto-approve -target=aws_sns_topic.other[0]")
        .exits(0)
        .says("1 destroyed");
    place
        .drctl("plan -detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to add, 0 to change, 0 to destroy.");
}

/// Each line is an object, of types that Terraform has.
fn stream(text: &str) -> Vec<Tree> {
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")));
    let lines: Vec<Tree> = lines.collect();
    for line in &lines {
        for field in ["@level", "@message", "@module", "@timestamp", "type"] {
            assert!(line[field].is_string(), "no {field}: {line}");
        }
    }
    lines
}

fn types(lines: &[Tree]) -> String {
    let mut types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    types.dedup();
    types.join("\n")
}

#[test]
fn streams_of_json() {
    let place = place("streams_of_json");
    let plan = place.drctl("plan -json").exits(0);
    assert_eq!(plan.err, "");
    assert_snapshot!("stream_of_a_plan", types(&stream(&plan.out)));
    assert!(!plan.out.contains("hunter2"), "{plan}");
    place.drctl("apply -json").exits(1).says("no terminal to ask at");
    let apply = place.drctl("apply -json -auto-approve -parallelism=1").exits(0);
    assert_snapshot!("stream_of_an_apply", types(&stream(&apply.out)));
    assert!(!apply.out.contains("hunter2"), "{apply}");
    let destroy = place.drctl("destroy -json -auto-approve -parallelism=1").exits(0);
    assert_snapshot!("stream_of_a_destroy", types(&stream(&destroy.out)));
    place.write("wrong.tf", "output \"x\" {\n  value = nobody.there\n}\n");
    let wrong = place.drctl("plan -json").exits(1);
    assert_snapshot!("stream_of_an_error", types(&stream(&wrong.out)));
    let wrong = place.drctl("validate -json").exits(1);
    let about: Tree = serde_json::from_str(&wrong.out).expect("it is JSON");
    assert_eq!((&about["valid"], &about["error_count"]), (&json!(false), &json!(1)));
    assert_snapshot!("validate_json", place.normal(&wrong.out));
}

#[test]
fn outputs() {
    let place = place("outputs");
    place.drctl("apply -auto-approve").exits(0).says("secret = <sensitive>");
    let said = |arguments: &str| place.normal(&place.drctl(arguments).exits(0).out);
    assert_snapshot!("outputs_all", said("output"));
    assert_snapshot!("outputs_json", said("output -json"));
    assert_eq!(said("output -raw arn"), "arn:aws:sns:us-east-1:<account>:from-the-default");
    assert_eq!(said("output arn"), "\"arn:aws:sns:us-east-1:<account>:from-the-default\"\n");
    assert_eq!(said("output -json names"), "{\n  \"other-0\": 7,\n  \"other-1\": 7\n}\n");
    assert_eq!(said("output -raw secret"), "hunter2-by-default");
    let none = place.drctl("output -raw names").exits(1);
    assert_snapshot!("outputs_not_raw", none.err);
    let none = place.drctl("output ann").exits(1);
    assert_snapshot!("outputs_not_there", none.err);
}

#[test]
fn commands_that_ask_nobody() {
    // Nothing listens there.
    let place = place("commands_that_ask_nobody").with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let said = |arguments: &str| place.normal(&place.drctl(arguments).exits(0).out);
    assert_snapshot!("graph_dot", said("graph"));
    assert_snapshot!("graph_mermaid", said("graph -format=mermaid"));
    assert_snapshot!("validate", said("validate"));
    let about: Tree = serde_json::from_str(&said("version -json")).expect("it is JSON");
    assert_eq!(about["drctl_version"], env!("CARGO_PKG_VERSION"));
    assert!(said("version").starts_with("drctl v"));
    assert_eq!(said("version"), said("-version"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(said(&format!("completion {shell}")).contains("detailed-exitcode"), "{shell}");
    }
    let asked = "1 + 2\nvar.name\n[for n in [1, 2] : n * 2]\nupper(\"x\")\nvar.password\nnobody\n";
    let ran = place.drctl_with(&["console"], asked);
    assert_snapshot!("console", format!("{}--\n{}--\n{}", ran.out, ran.err, ran.code));
}

#[test]
fn another_directory() {
    let place = Place::new("another_directory");
    place.write("infra/main.tf", TOPIC).write("infra/x.auto.tfvars", "name = \"x\"\n");
    place.drctl("-chdir=infra plan").exits(0).says("Plan: 3 to add");
    place.drctl("--chdir infra validate").exits(0);
    place.drctl("plan").exits(1).says("-chdir=DIR");
}

#[test]
fn unknown_words() {
    let place = place("unknown_words");
    let mut text = String::new();
    for arguments in [
        "paln",
        "plan -detailed-exit-code",
        "plan -out",
        "apply -parallelism=many",
        "",
        "plan extra",
    ] {
        let ran = place.drctl(arguments).exits(1);
        text.push_str(&format!("=== {arguments}\n{}{}\n", ran.out, ran.err));
    }
    assert_snapshot!(text);
    for arguments in ["-help", "--help", "-h", "plan -help", "help"] {
        let ran = place.drctl(arguments).exits(0);
        assert!(ran.out.contains("Usage"), "{ran}");
    }
}

#[test]
fn colours_only_where_they_belong() {
    let check = |environment: &[(&str, &str)], arguments: &str, colours: bool| {
        let mut place = place("colours_only_where_they_belong");
        for (variable, value) in environment {
            place = place.with(variable, value);
        }
        let ran = place.drctl(arguments).exits(0);
        assert_eq!(ran.out.contains('\u{1b}'), colours, "{environment:?} {arguments}");
    };
    check(&[], "plan", false);
    check(&[("CLICOLOR_FORCE", "1")], "plan", true);
    check(&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], "plan", true);
    check(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], "plan", false);
    check(&[("CLICOLOR_FORCE", "1")], "plan -no-color", false);
    check(&[("CLICOLOR_FORCE", "0")], "plan", false);
}

#[test]
fn nobody_to_ask() {
    let place = place("nobody_to_ask");
    let (ran, requests) = asked(&place, || place.drctl_with(&["apply"], "yes\n").exits(1));
    assert_eq!(changes(&requests), [""; 0]);
    assert_snapshot!(ran.err);
}

/// Whoever reads has seen enough.
#[test]
fn a_closed_pipe_is_no_error() {
    let place = place("a_closed_pipe_is_no_error");
    let mut child = place.start(&["plan"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
