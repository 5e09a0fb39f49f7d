//! Large configurations: no clock judges them, but a limit on the time of the processor that
//! whatever grows with the square of the size exceeds many times over.
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::support::Place;

/// Runs `drctl validate` with so many seconds of the processor.
fn validates(place: &Place, seconds: usize) {
    let program = env!("CARGO_BIN_EXE_drctl");
    let status = Command::new("sh")
        .args(["-c", &format!("ulimit -t {seconds}; exec {program} validate")])
        .current_dir(place.path())
        .stdout(Stdio::null())
        .status()
        .expect("there is a shell");
    assert!(status.success(), "{status}");
}

const STACK: &str = "drctl {\n  stack = \"large\"\n}\n";

#[test]
fn ten_thousand_blocks_are_validated() {
    let mut text = STACK.to_owned();
    for at in 0..10_000 {
        let block = format!("resource \"aws_sns_topic\" \"t{at}\" {{\n  name = \"t-{at}\"\n}}\n");
        text.write_str(&block).expect("a string takes all");
    }
    let place = Place::new("ten_thousand_blocks_are_validated");
    place.write("main.tf", &text);
    validates(&place, 60);
}

#[test]
fn an_object_of_two_hundred_thousand_keys_is_validated() {
    let members: String = (0..200_000).map(|at| format!("    key{at} = {at}\n")).collect();
    let place = Place::new("an_object_of_two_hundred_thousand_keys_is_validated");
    place.write("main.tf", &format!("{STACK}locals {{\n  large = {{\n{members}  }}\n}}\n"));
    validates(&place, 60);
}

#[test]
fn what_is_nested_ten_thousand_deep_is_an_error() {
    let expression = |open: &str, close: &str| {
        let (open, close) = (open.repeat(10_000), close.repeat(10_000));
        format!("{STACK}locals {{\n  a = {open}1{close}\n}}\n")
    };
    for text in [
        expression("[", "]"),
        expression("(", ")"),
        expression("-", ""),
        expression("\"${", "}\""),
        format!("{STACK}{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000)),
    ] {
        let place = Place::new("what_is_nested_ten_thousand_deep_is_an_error");
        place.write("main.tf", &text);
        let ran = place.drctl_with(&["validate"], "").exits(1);
        assert!(ran.err.contains("too deep"), "{}", ran.err);
    }
}
