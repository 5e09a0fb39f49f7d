//! Blocks as the documentation of Terraform's provider shows them: what somebody pastes is valid
//! as it is, with nothing changed.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use drctl::resources;

use crate::support::Place;

/// Types that only drctl has.
const OURS: &[&str] = &["data \"drctl_package\""];

fn pasted() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/paste");
    let entries = fs::read_dir(directory).expect("it is there").flatten();
    let mut files: Vec<(String, String)> = entries
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).expect("it is text");
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn what_is_pasted_is_valid() {
    for (name, text) in pasted() {
        let place = Place::new("what_is_pasted_is_valid");
        place.write("main.tf", &text);
        let ran = place.drctl_with(&["validate", "-no-color"], "");
        assert!(ran.out.contains("The configuration is valid."), "{name}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn every_type_is_pasted() {
    let (specs, data) = resources::specs();
    let words = [("resource", specs), ("data", data)];
    let wanted: BTreeSet<String> = words
        .iter()
        .flat_map(|(word, specs)| specs.iter().map(move |spec| format!("{word} \"{}\"", spec.name)))
        .filter(|wanted| !OURS.contains(&wanted.as_str()))
        .collect();
    let all: String = pasted().into_iter().map(|(_, text)| text).collect();
    let missing: Vec<&String> =
        wanted.iter().filter(|wanted| !all.contains(wanted.as_str())).collect();
    assert!(missing.is_empty(), "without a block in tests/it/paste: {missing:#?}");
}
