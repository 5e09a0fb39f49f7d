//! Expressions as Terraform evaluates them: `expressions.txt` holds what `terraform console` 1.11
//! answered. Where a `terraform` binary is on the path, it is asked again.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;

use drctl::diagnostic::Source;
use drctl::lang;
use drctl::lang::Context;
use drctl::lang::NoFiles;

struct Case {
    expression: String,
    answer: String,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    let text = std::fs::read_to_string(path).expect("the recorded answers are in the repository");
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(expression) = line.strip_prefix("> ") {
            cases.push(Case { expression: expression.to_owned(), answer: String::new() });
        } else if let Some(case) = cases.last_mut() {
            match line.strip_prefix("| ").or((line == "|").then_some("")) {
                Some(more) if case.answer.is_empty() => {
                    write!(case.expression, "\n{more}").expect("a string takes all");
                }
                _ => writeln!(case.answer, "{line}").expect("a string takes all"),
            }
        }
    }
    for case in &mut cases {
        let kept = case.answer.trim_end_matches('\n').len();
        case.answer.truncate(kept);
    }
    cases
}

/// Null has no type here.
fn untyped(answer: &str) -> String {
    let answer = answer.replace("tostring(null)", "null").replace("tonumber(null)", "null");
    answer.replace("tobool(null)", "null").replace("null /* object */", "null")
}

/// Where we differ on purpose: the expression, and why.
const DIFFERENT: &[(&str, &str)] = &[
    // Numbers are decimals, and infinity is none.
    ("log(0,2)", "infinity is an error"),
    ("pow(0,-1)", "infinity is an error"),
    ("try(1/0, 2)", "infinity is an error"),
    ("log(10,0)", "zero has no sign"),
    ("pow(2,64)", "whole powers are exact"),
    // Terraform crashes.
    ("element([\"a\",\"b\",\"c\"], -4)", "counts round as often as needed"),
    // YAML 1.2: `y` and `on` are words.
    ("yamldecode(\"1: x\\ntrue: y\")", "y is a string"),
    ("yamldecode(\"base: &b {x: 1}\\nother:\\n  <<: *b\\n  y: 2\")", "y is a string"),
    // The same error in other words, or none.
    ("[[1, 2], [3]].0.1", "means what it looks like"),
    ("provider::x::y()", "there are no provider functions"),
];

fn ours(expression: &str) -> String {
    let source = Source { name: "<expression>".to_owned(), text: expression.to_owned() };
    let names = BTreeMap::new();
    let context = Context::new(&names, &NoFiles);
    let result = lang::parse_expression(&Arc::new(source))
        .map_err(|error| vec![error])
        .and_then(|expression| lang::console(&expression, &context));
    match result {
        Ok(answer) => answer,
        Err(errors) => format!("Error: {}", errors[0].summary),
    }
}

#[test]
fn answers_are_terraforms() {
    let mut wrong = String::new();
    let mut agreed = 0;
    for Case { expression, answer } in cases("expressions.txt") {
        let ours = ours(&expression);
        let different = DIFFERENT.iter().any(|(known, _)| *known == expression);
        if (ours == untyped(&answer)) != different {
            agreed += 1;
        } else if different {
            writeln!(wrong, "> {expression}\nno longer differs\n").expect("a string takes all");
        } else {
            writeln!(wrong, "> {expression}\nterraform: {answer}\nours:      {ours}\n")
                .expect("a string takes all");
        }
    }
    assert!(wrong.is_empty(), "{agreed} agree, these do not:\n\n{wrong}");
}

/// What a variable of a type makes of its default.
#[test]
fn conversions_are_terraforms() {
    let mut wrong = String::new();
    for Case { expression, answer } in cases("conversions.txt") {
        let (kind, value) = expression.split_once(" := ").expect("type := value");
        let ours = converted(kind, value);
        let same = match answer.strip_prefix("Error: ") {
            Some(_) => ours.starts_with("Error: "),
            None => ours == untyped(&answer),
        };
        if !same {
            writeln!(wrong, "> {expression}\nterraform: {answer}\nours:      {ours}\n")
                .expect("a string takes all");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn converted(kind: &str, value: &str) -> String {
    let parse = |text: &str| {
        let source = Source { name: "<expression>".to_owned(), text: text.to_owned() };
        lang::parse_expression(&Arc::new(source)).expect("the recorded texts are expressions")
    };
    let names = BTreeMap::new();
    let value = lang::evaluate(&parse(value), &Context::new(&names, &NoFiles));
    let result = lang::Type::parse(&parse(kind)).map_err(|error| error.detail).and_then(|kind| {
        lang::convert(value.expect("constant"), &kind).map_err(|error| error.to_string())
    });
    match result {
        Ok(value) => lang::format::console(&value),
        Err(error) => format!("Error: {error}"),
    }
}

/// Asks Terraform all at once: one object has all the values.
#[test]
fn terraform_still_answers_so() {
    if Command::new("terraform").arg("version").output().is_err() {
        return;
    }
    let mut object = "{\n".to_owned();
    for (at, Case { expression, answer }) in cases("expressions.txt").into_iter().enumerate() {
        let different = DIFFERENT.iter().any(|(known, _)| *known == expression);
        if !different && !answer.starts_with("Error: ") && !expression.starts_with("type(") {
            writeln!(object, "e{at} = {expression}").expect("a string takes all");
        }
    }
    object.push('}');
    let directory = tempfile::tempdir().expect("a directory for the configuration");
    let file = directory.path().join("main.tf");
    std::fs::write(file, format!("locals {{\nall = {object}\n}}\n")).expect("it is writable");
    let mut console = Command::new("terraform")
        .args(["console", "-no-color"])
        .current_dir(directory.path())
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("terraform starts, it did before");
    let mut stdin = console.stdin.take().expect("it is piped");
    stdin.write_all(b"local.all\n").expect("terraform reads the question");
    drop(stdin);
    let output = console.wait_with_output().expect("terraform ends with its input");
    let theirs = untyped(&String::from_utf8_lossy(&output.stdout));
    let ours = ours(&object);
    for (at, (ours, theirs)) in ours.lines().zip(theirs.trim_end().lines()).enumerate() {
        assert_eq!(ours, theirs, "line {} of the object of all expressions", at + 1);
    }
    assert_eq!(ours.lines().count(), theirs.trim_end().lines().count());
}
