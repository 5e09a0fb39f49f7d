//! What stands in `docs/`: its configurations are valid, and what it says of commands is so.
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::support::Place;

/// Behind this line of `docs/commands.md` stands what the commands say of themselves.
const MARK: &str = "<!-- What follows is";

fn pages() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let entries = fs::read_dir(directory).expect("there is documentation");
    let mut pages: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    pages.sort();
    assert!(pages.len() >= 5, "{pages:?}");
    pages
}

fn text(page: &Path) -> String {
    fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

/// The blocks of one language in a page.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let parts = text.split("```").skip(1).step_by(2);
    let of = parts.filter_map(|part| part.strip_prefix(language)?.strip_prefix('\n'));
    of.map(str::to_owned).collect()
}

#[test]
fn configurations_of_the_documentation_are_valid() {
    let mut seen = 0;
    for page in pages() {
        for block in blocks(&text(&page), "hcl") {
            let place = Place::new("configurations_of_the_documentation");
            place.write("main.hcl", &block);
            let ran = place.drctl("validate");
            assert!(ran.code == 0, "{}:\n{block}\n{ran}", page.display());
            assert_eq!(ran.err, "", "{}:\n{block}", page.display());
            place.drctl("fmt -check").exits(0);
            seen += 1;
        }
    }
    assert!(seen >= 4, "only {seen} configurations were found");
}

/// The commands, as the program lists them.
fn commands(place: &Place, of: &str) -> Vec<String> {
    let help = place.drctl(&format!("{of} -help")).exits(0).out;
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let words = lines.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    words.map(|word| format!("{of} {word}").trim().to_owned()).collect()
}

#[test]
fn every_command_is_explained() {
    let place = Place::new("every_command_is_explained");
    let mut told = String::new();
    for command in commands(&place, "") {
        for name in [vec![command.clone()], commands(&place, &command)].concat() {
            let help = place.drctl(&format!("{name} -help")).exits(0).out;
            // As they are spelt here, and as they are everywhere.
            let help = help.replace(" --", " -").trim_end().to_owned();
            let level = "#".repeat(1 + name.split(' ').count());
            told.push_str(&format!("\n{level} drctl {name}\n\n```text\n{help}\n```\n"));
        }
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    let has = text(&page);
    let start = has.find(MARK).expect("the mark is there");
    let head = has[start..].find('\n').map(|end| &has[..=start + end]).expect("a line");
    let wanted = format!("{head}{told}");
    if std::env::var_os("DRCTL_WRITE_DOCS").is_some() {
        fs::write(&page, &wanted).expect("it can be written");
    }
    assert!(
        text(&page) == wanted,
        "docs/commands.md is not what the commands say: \
         DRCTL_WRITE_DOCS=1 cargo test --test it documentation:: writes it"
    );
}

#[test]
fn commands_and_pages_that_are_named_exist() {
    let place = Place::new("commands_that_are_named");
    let known = commands(&place, "");
    let pattern =
        regex::Regex::new(r"(?m)(?:^\$ |`)drctl ([a-z][a-z-]*)").expect("it is a pattern");
    let link = regex::Regex::new(r"\]\(([^)#:]+)\)").expect("it is a pattern");
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    for page in pages().into_iter().chain([readme]) {
        let text = text(&page);
        for named in pattern.captures_iter(&text) {
            assert!(
                known.iter().any(|name| name == &named[1]),
                "{}: {}",
                page.display(),
                &named[0]
            );
        }
        for target in link.captures_iter(&text) {
            let target = page.parent().expect("a directory").join(&target[1]);
            assert!(target.exists(), "{}: {}", page.display(), target.display());
        }
    }
}
