//! Files in JSON: the same configuration in both notations is the same; mistakes have their places.
use std::collections::BTreeMap;
use std::sync::Arc;

use drctl::config::{Body, Ignored, Module, NoModules, Types, check, load};
use drctl::diagnostic::{Diagnostic, Source};
use drctl::lang::{self, Context, NoFiles, references};
use drctl::resources;
use drctl::value::{Unknown, Value};

fn read(name: &str, text: &str) -> (Module, Vec<Diagnostic>) {
    let (specs, data) = resources::specs();
    let types = Types { resources: &specs, data: &data };
    let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned() });
    let (module, mut problems) = load(&[source], &NoModules, types);
    problems.extend(check(&module, types));
    (module, problems)
}

/// What stands in a body, a line each.
fn lines(body: &Body, place: &str, out: &mut Vec<String>) {
    for (name, argument) in &body.arguments {
        let found = references(&argument.value);
        let unknown = |root: &str| (root.to_owned(), Value::Unknown(Unknown::default()));
        let names: BTreeMap<_, _> = found.iter().map(|found| unknown(&found.root)).collect();
        let value = lang::evaluate(&argument.value, &Context::new(&names, &NoFiles));
        let value = value.map(|value| lang::format::console(&value));
        let steps: Vec<String> =
            found.iter().map(|found| format!("{} {:?}", found.root, found.steps)).collect();
        out.push(format!("{place}/{name} {value:?} {}", steps.join(" ")));
    }
    for block in &body.blocks {
        let labels: Vec<&str> = block.labels.iter().map(|(label, _)| label.as_str()).collect();
        let place = format!("{place}/{} {}", block.kind, labels.join(" "));
        out.push(place.clone());
        lines(&block.body, &place, out);
    }
}

fn shown(module: &Module) -> Vec<String> {
    let mut out = Vec::new();
    for (address, block) in &module.blocks {
        out.push(format!("{address} {:?}", block.provider.0));
        for needed in &block.depends_on {
            out.push(format!("{address} needs {} {:?}", needed.root, needed.steps));
        }
        out.push(format!("{address} protected {}", block.lifecycle.prevent_destroy.is_some()));
        out.push(format!("{address} rules {}", block.lifecycle.preconditions.len()));
        out.push(format!(
            "{address} ignores {}",
            block.lifecycle.ignore_changes != Ignored::Nothing
        ));
        lines(&block.body, &address.to_string(), &mut out);
    }
    for (name, variable) in &module.variables {
        let default = variable.default.as_ref().map(|value| value.ast.kind.clone());
        out.push(format!(
            "var.{name} {} {default:?} {}",
            variable.kind,
            variable.validations.len()
        ));
    }
    out.extend(module.outputs.keys().cloned());
    out.extend(module.locals.keys().cloned());
    out.extend(module.providers.keys().cloned());
    out.push(module.settings.stack.as_ref().map(|(name, _)| name.clone()).unwrap_or_default());
    out
}

const NATIVE: &str = r#"
drctl {
  stack = "orders"
}
variable "name" {
  type    = list(object({ a = string }))
  default = "$${plain}"
  validation {
    condition     = var.name != ""
    error_message = "No name."
  }
}
locals {
  one = 1
}
provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { a = "b" }
  }
}
provider "aws" {
  alias = "far"
}
resource "aws_sns_topic" "a" {
  provider     = aws.far
  name         = "x-${var.name}"
  display_name = "%{if true}yes%{endif}"
  tags         = { "a b" = local.one }
  depends_on   = [aws_kms_key.k, aws_sns_topic.b["x"]]
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags]
    precondition {
      condition     = var.name != ""
      error_message = "No name."
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "a"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_query {
    id         = "a"
    expression = "b"
  }
  metric_query {
    id = "b"
    metric {
      metric_name = "CPUUtilization"
      period      = 60
      stat        = "Maximum"
    }
  }
  dynamic "metric_query" {
    for_each = var.name
    content {
      id = metric_query.key
    }
  }
}
output "x" {
  value = aws_sns_topic.a.arn
}
"#;

const JSON: &str = r#"{
  "//": "A comment.",
  "drctl": { "stack": "orders" },
  "variable": { "name": {
    "type": "list(object({ a = string }))",
    "default": "${plain}",
    "validation": { "condition": "${var.name != \"\"}", "error_message": "No name." }
  } },
  "locals": [{ "//": "none", "one": 1 }],
  "provider": { "aws": [
    { "region": "eu-west-1", "default_tags": { "tags": { "a": "b" } } },
    { "alias": "far" }
  ] },
  "resource": [
    { "aws_sns_topic": { "a": {
      "provider": "aws.far",
      "name": "x-${var.name}",
      "display_name": "%{if true}yes%{endif}",
      "tags": { "a b": "${local.one}" },
      "depends_on": ["aws_kms_key.k", "aws_sns_topic.b[\"x\"]"],
      "lifecycle": [{
        "prevent_destroy": true,
        "ignore_changes": ["tags"],
        "precondition": { "condition": "${var.name != \"\"}", "error_message": "No name." }
      }]
    } } },
    { "aws_cloudwatch_metric_alarm": { "a": {
      "alarm_name": "a",
      "comparison_operator": "GreaterThanThreshold",
      "evaluation_periods": 1,
      "metric_query": [
        { "id": "a", "expression": "b" },
        { "id": "b", "metric": [{ "metric_name": "CPUUtilization", "period": 60, "stat": "Maximum" }] }
      ],
      "dynamic": { "metric_query": {
        "for_each": "${var.name}", "content": { "id": "${metric_query.key}" }
      } }
    } } }
  ],
  "output": { "x": { "value": "${aws_sns_topic.a.arn}" } }
}"#;

#[test]
fn both_notations_mean_the_same() {
    let (native, problems) = read("main.hcl", NATIVE);
    assert_eq!(problems, []);
    let (json, problems) = read("main.hcl.json", JSON);
    assert_eq!(problems, []);
    assert_eq!(shown(&json), shown(&native));
}

/// The problems of a file in JSON: line, column, summary, and the text pointed at.
fn wrong(text: &str, expected: &[&str]) {
    let (_, problems) = read("main.tf.json", text);
    let line = |problem: &Diagnostic| {
        let span = problem.span.as_ref().expect("it has a place");
        let (line, column) = span.start();
        format!("{line}:{column} {} `{}`", problem.summary, span.text())
    };
    let found: Vec<String> = problems.iter().map(line).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn mistakes_have_their_places() {
    wrong("", &["1:1 Invalid JSON ``"]);
    wrong("[1]", &["1:2 Incorrect JSON value type `1`"]);
    wrong("{\"locals\": {\"a\": nul}}", &["1:18 Invalid JSON `nul`"]);
    wrong("{\"locals\": {\"a\": 01}}", &["1:18 Invalid JSON `01`"]);
    wrong("{\"locals\": {\"a\": \"\\d\"}}", &["1:19 Invalid JSON `\\d`"]);
    wrong("{\"locals\": {\"a\" 1}}", &["1:17 Invalid JSON `1`"]);
    wrong("{\"locals\": {\"a\": 1,}}", &["1:20 Invalid JSON `}`"]);
    wrong("{\"locals\": {\"a\": \"x\n\"}}", &["1:18 Invalid JSON `\"x`"]);
    wrong("{\"locals\": {\"a\": 1, \"a\": 2}}", &["1:21 Attribute redefined `\"a\"`"]);
    wrong("{\"nope\": 1}", &["1:2 Unsupported argument `\"nope\"`"]);
    wrong("{\"resource\": 1}", &["1:14 Incorrect JSON value type `1`"]);
    wrong(
        "{\"resource\": {\"aws_sns_topi\": {\"a\": {}}}}",
        &["1:32 Invalid resource type `\"a\"`"],
    );
    wrong(
        "{\"resource\": {\"aws_sns_topic\": {\"a\": {\"nam\": \"x\"}}}}",
        &["1:39 Unsupported argument `\"nam\"`", "1:33 Missing required argument `\"a\"`"],
    );
    // Behind escapes of JSON the place is still that of the file.
    wrong("{\"locals\": {\"a\": \"\\t\\u00e9 ${x.}\"}}", &["1:31 Invalid attribute name `.`"]);
    wrong("{\"locals\": {\"a\": \"${\"}}", &["1:19 Unclosed template sequence `${`"]);
    let deep = format!("{{\"locals\": {{\"a\": {}", "[".repeat(10_000));
    assert_eq!(read("main.tf.json", &deep).1.len(), 1);
}
