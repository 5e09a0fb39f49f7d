//! `drctl fmt`: which files it takes, what it says of them, and how it ends. What it makes of them
//! is in `tests/formatting.rs`.
use std::fs;

use crate::support::Place;

const WRONG: &str = "locals {\na=1\n}\n";
const RIGHT: &str = "locals {\n  a = 1\n}\n";

fn text(place: &Place, file: &str) -> String {
    fs::read_to_string(place.path().join(file)).expect("it is there")
}

#[test]
fn files_are_written_and_named() {
    let place = Place::new("files_are_written_and_named");
    place.write("a.hcl", WRONG).write("b.tf", RIGHT).write("c.tfvars", "a=1\n");
    place.write("below/d.hcl", WRONG).write("e.txt", WRONG).write(".f.hcl", WRONG);
    let ran = place.drctl_with(&["fmt"], "").exits(0);
    assert_eq!(ran.out, "a.hcl\nc.tfvars\n");
    assert_eq!(text(&place, "a.hcl"), RIGHT);
    assert_eq!(text(&place, "below/d.hcl"), WRONG);
    let ran = place.drctl_with(&["fmt", "-recursive", "-list=false"], "").exits(0);
    assert_eq!(ran.out, "");
    assert_eq!(text(&place, "below/d.hcl"), RIGHT);
    assert_eq!(text(&place, "e.txt"), WRONG);
    assert_eq!(text(&place, ".f.hcl"), WRONG);
}

#[test]
fn a_check_writes_nothing() {
    let place = Place::new("a_check_writes_nothing");
    place.write("a.hcl", WRONG);
    let ran = place.drctl_with(&["fmt", "-check"], "").exits(3);
    assert_eq!(ran.out, "a.hcl\n");
    assert_eq!(text(&place, "a.hcl"), WRONG);
    let ran = place.drctl_with(&["fmt", "-check", "-diff"], "").exits(3);
    assert_eq!(
        ran.out,
        "a.hcl\n--- old/a.hcl\n+++ new/a.hcl\n@@ -1,3 +1,3 @@\n locals {\n-a=1\n+  a = 1\n }\n"
    );
    place.drctl_with(&["fmt"], "").exits(0);
    let ran = place.drctl_with(&["fmt", "-check"], "").exits(0);
    assert_eq!(ran.out, "");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let place = Place::new("standard_input_goes_to_standard_output");
    assert_eq!(place.drctl_with(&["fmt", "-"], WRONG).exits(0).out, RIGHT);
    assert_eq!(place.drctl_with(&["fmt", "-check", "-"], WRONG).exits(3).out, "");
    place.drctl_with(&["fmt", "-check", "-"], RIGHT).exits(0);
}

#[test]
fn without_writing_and_naming_the_result_is_shown() {
    let place = Place::new("without_writing_and_naming_the_result_is_shown");
    place.write("a.hcl", WRONG);
    let ran = place.drctl_with(&["fmt", "-write=false", "-list=false", "a.hcl"], "").exits(0);
    assert_eq!(ran.out, RIGHT);
    assert_eq!(text(&place, "a.hcl"), WRONG);
}

#[test]
fn what_is_wrong_is_left_alone() {
    let place = Place::new("what_is_wrong_is_left_alone");
    place.write("a.hcl", "locals {\na=\n}\n").write("b.hcl", WRONG);
    let ran = place.drctl_with(&["fmt"], "").exits(2);
    assert!(ran.err.contains("Missing expression"), "{}", ran.err);
    assert!(ran.err.contains("a.hcl line 2"), "{}", ran.err);
    assert_eq!(text(&place, "a.hcl"), "locals {\na=\n}\n");
    assert_eq!(text(&place, "b.hcl"), RIGHT);
    place.drctl_with(&["fmt", "nowhere"], "").exits(2);
    place.write("e.txt", WRONG);
    place.drctl_with(&["fmt", "e.txt"], "").exits(2);
}
