//! Layout of files: `formatting.txt` holds what `terraform fmt` 1.11 made of each. Where a
//! `terraform` binary is on the path, it is asked again, and about generated files too.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use drctl::diagnostic::Source;
use drctl::lang::syntax::{Body, Item};
use drctl::lang::{self, Context, Expr, NoFiles, Type};
use drctl::value::Value;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

struct Case {
    name: String,
    before: String,
    after: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(root().join("tests/formatting.txt"))
        .expect("the recorded answers are in the repository");
    let plain = |text: &str| text.replace('␍', "\r").replace("␃\n", "");
    let cases = text.split("=== ").skip(1).map(|case| {
        let (name, rest) = case.split_once('\n').expect("a case has a name");
        let (before, after) = rest.split_once("--- formatted\n").expect("a case has two sides");
        Case { name: name.to_owned(), before: plain(before), after: plain(after) }
    });
    cases.collect()
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source { name: "main.tf".to_owned(), text: text.to_owned() })
}

fn layout(text: &str) -> String {
    lang::layout(&source(text)).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

#[test]
fn layout_is_terraforms() {
    for Case { name, before, after } in cases() {
        assert_eq!(layout(&before), after, "{name}");
        assert_eq!(layout(&after), after, "{name}, formatted once more");
    }
}

fn has_terraform() -> bool {
    let version = Command::new("terraform").arg("version").stderr(Stdio::null()).output();
    version.is_ok_and(|output| output.status.success())
}

/// What `terraform fmt` makes of each text.
fn ask_terraform(texts: &[String]) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory for the files");
    let path = |at: usize| directory.path().join(format!("f{at}.tf"));
    for (at, text) in texts.iter().enumerate() {
        fs::write(path(at), text).expect("it is writable");
    }
    let status = Command::new("terraform")
        .args(["fmt", "-list=false", "-no-color"])
        .current_dir(directory.path())
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .status()
        .expect("terraform starts, it did before");
    assert!(status.success(), "terraform takes all of them");
    (0..texts.len()).map(|at| fs::read_to_string(path(at)).expect("it is there")).collect()
}

fn agree(texts: &[String]) {
    for (text, theirs) in texts.iter().zip(ask_terraform(texts)) {
        // Terraform leaves some texts that it would format once more.
        let theirs = if theirs == *text { theirs } else { ask_once_more(theirs) };
        assert_eq!(layout(text), theirs, "of\n{text}");
    }
}

fn ask_once_more(text: String) -> String {
    ask_terraform(&[text]).remove(0)
}

#[test]
fn terraform_still_formats_so() {
    if !has_terraform() {
        return;
    }
    let texts: Vec<String> = cases().into_iter().map(|case| case.before).collect();
    agree(&texts);
}

/// Configuration files of this repository.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "hcl" || e == "tf" || e == "tfvars") {
            found.push(path);
        }
    }
}

#[test]
fn files_of_this_repository_are_formatted() {
    let mut found = Vec::new();
    for directory in ["examples", "tests/it", "src"] {
        files(&root().join(directory), &mut found);
    }
    assert!(found.len() > 3, "there are some");
    let wrong: Vec<&PathBuf> = found
        .iter()
        .filter(|path| {
            let text = fs::read_to_string(path).expect("it is text");
            layout(&text) != text
        })
        .collect();
    assert!(wrong.is_empty(), "run `drctl fmt -recursive`: {wrong:#?}");
}

const SPACES: &[&str] = &["", " ", "  ", "\t", " /* c */ "];
const BREAKS: &[&str] = &["", " ", "\n", " \n\t", "# c\n", " // c\n\n", "/* c */"];

fn choose(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(from)
}

/// An expression as text. What stands in brackets may go over lines.
fn expression() -> impl Strategy<Value = String> {
    let leaf = choose(&[
        "1",
        "2.5",
        "true",
        "null",
        "a",
        "b.c",
        "x_1",
        "\"\"",
        "\"text\"",
        "\"$${no}\"",
        "[]",
        "{}",
        "list[0]",
        "map.*.id",
        "list[*].id",
        "\"日本é\"",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let (space, line) = (choose(SPACES), choose(BREAKS));
        let list = prop::collection::vec((inner.clone(), line.clone()), 0..4);
        prop_oneof![
            (
                inner.clone(),
                choose(&["+", "-", "*", "/", "%", "==", "!=", "<", "&&", "||"]),
                space.clone(),
                inner.clone()
            )
                .prop_map(|(a, op, space, b)| format!("({a} {op}{space}{b})")),
            (choose(&["-", "!", "- "]), inner.clone()).prop_map(|(op, a)| format!("({op}{a})")),
            (inner.clone(), space.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, space, b, c)| format!("({a}{space}?{space}{b}{space}:{space}{c})")),
            (list.clone(), line.clone()).prop_map(|(items, line)| {
                let items: Vec<String> =
                    items.into_iter().map(|(a, line)| format!("{a}{line}")).collect();
                format!("[{line}{}]", items.join(","))
            }),
            (list.clone(), space.clone()).prop_map(|(items, space)| {
                let items: Vec<String> = items
                    .into_iter()
                    .enumerate()
                    .map(|(at, (a, _))| format!("k{at}{space}={space}{a}\n"))
                    .collect();
                format!("{{{space}\n{}}}", items.concat())
            }),
            (list, line.clone()).prop_map(|(items, line)| {
                let items: Vec<String> =
                    items.into_iter().map(|(a, line)| format!("{line}{a}")).collect();
                format!("tolist({line}{})", items.join(","))
            }),
            (inner.clone(), inner.clone(), line.clone())
                .prop_map(|(a, b, line)| format!("[for v in{line} [{a}]{line}: {b}]")),
            (inner.clone(), space.clone())
                .prop_map(|(a, space)| format!("{{for k, v in [{a}]{space}:{space}k=>v{space}}}")),
            (inner.clone(), choose(&["", " ", "  "]), choose(&["", "text ", "$${"]))
                .prop_map(|(a, space, text)| format!("\"{text}${{{space}{a}{space}}}\""))
                .prop_filter("comments to the end of the line", |text| !text.contains(['#', '/'])),
        ]
    })
}

fn item() -> impl Strategy<Value = String> {
    let space = choose(SPACES);
    let argument = (
        choose(&["a", "bb", "long_name"]),
        expression(),
        space.clone(),
        choose(&["", " # c", "// c"]),
        choose(&["", "\n", "# alone\n", "\n\n"]),
    )
        .prop_map(|(name, value, space, comment, between)| {
            format!("{space}{name}{space}={space}{value}{comment}\n{between}")
        });
    let heredoc = (
        choose(&["<<EOT", "<<-EOT"]),
        choose(&["  text\n", "    ${ a } \n  x\n", "", "%{ if true }x\n%{ endif }\n"]),
    )
        .prop_map(|(open, text)| format!("h={open}\n{text}  EOT\n"));
    prop_oneof![8 => argument, 1 => heredoc]
}

/// A file of blocks whose arguments have names of their own.
fn file() -> impl Strategy<Value = String> {
    let block = (
        prop::collection::vec(item(), 0..5),
        choose(&["b", "b c", "b \"c\" d", "b\"c\""]),
        choose(SPACES),
    );
    prop::collection::vec(block, 1..4).prop_map(|blocks| {
        let mut out = String::new();
        for (items, header, space) in blocks {
            out.push_str(&format!("{header}{space}{{{space}\n"));
            for (at, item) in items.iter().enumerate() {
                let trimmed = item.trim_start_matches([' ', '\t']).trim_start_matches("/* c */");
                let trimmed = trimmed.trim_start();
                let name = trimmed.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(0);
                out.push_str(&format!("{}{at}{}", &trimmed[..name], &trimmed[name..]));
            }
            out.push_str("}\n");
        }
        out
    })
}

/// What every argument of a file means, by its place.
fn meaning(text: &str) -> Vec<(String, String)> {
    let source = source(text);
    let (body, problems) = lang::parse(&source);
    let body = body.unwrap_or_else(|| panic!("{problems:?}\n{text}"));
    let mut found = Vec::new();
    collect(&source, body, "", &mut found);
    found
}

fn collect(source: &Arc<Source>, body: Body, place: &str, found: &mut Vec<(String, String)>) {
    let object = |names: &[&str]| {
        Value::Object(names.iter().map(|name| (*name, Value::text(*name))).collect())
    };
    let names = BTreeMap::from([
        ("a".to_owned(), Value::int(1)),
        ("x_1".to_owned(), Value::Bool(true)),
        ("b".to_owned(), object(&["c"])),
        ("list".to_owned(), Value::Tuple(vec![object(&["id"])])),
        ("map".to_owned(), object(&["id"])),
    ]);
    for (at, item) in body.items.into_iter().enumerate() {
        match item {
            Item::Argument(argument) => {
                let value = Expr::new(source, argument.value);
                let name = argument.name.text;
                let value = match lang::evaluate(&value, &Context::new(&names, &NoFiles)) {
                    Ok(value) => lang::format::console(&value),
                    Err(errors) => {
                        errors.into_iter().map(|error| error.detail).collect::<Vec<_>>().join("\n")
                    }
                };
                found.push((format!("{place}/{name}"), value));
            }
            Item::Block(block) => {
                let labels: Vec<String> = block.labels.into_iter().map(|l| l.text).collect();
                let place = format!("{place}/{at} {} {}", block.kind.text, labels.join(" "));
                found.push((place.clone(), String::new()));
                collect(source, block.body, &place, found);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn layout_changes_no_meaning_and_is_stable(text in file()) {
        let after = layout(&text);
        prop_assert_eq!(meaning(&text), meaning(&after), "{}\nformatted:\n{}", text, after);
        prop_assert_eq!(layout(&after), after);
    }

    /// Whatever it is given, it answers.
    #[test]
    fn any_text_has_an_answer(text in "[a-c{}()\\[\\]\"$%~=<>\\-,.:?!#/*\n \\\\é]{0,60}") {
        if let Ok(after) = lang::layout(&source(&text)) {
            let again = lang::layout(&source(&after));
            prop_assert_eq!(again.expect("it was read before"), after);
        }
    }
}

#[test]
fn generated_files_are_formatted_as_by_terraform() {
    if !has_terraform() {
        return;
    }
    let mut runner = TestRunner::deterministic();
    let texts = (0..200).map(|_| file().new_tree(&mut runner).expect("it has a value").current());
    agree(&texts.collect::<Vec<_>>());
}

#[test]
fn types_of_old_keep_their_meaning() {
    let kind = |text: &str| {
        let expression = lang::parse_expression(&source(text)).expect("it parses");
        Type::parse(&expression).expect("it is a type")
    };
    for old in ["list", "map"] {
        let after = layout(&format!("variable \"a\" {{\n  type = {old}\n}}\n"));
        let written = after.lines().nth(1).and_then(|line| line.split(" = ").nth(1));
        assert_eq!(kind(written.expect("it has a type")), kind(old));
    }
}

#[test]
fn what_is_wrong_is_refused() {
    for text in ["a = \n", "a {\n", "a = \"x\n", "a = 1 2\n"] {
        let problems = lang::layout(&source(text)).expect_err("it is wrong");
        assert!(problems.iter().all(|problem| problem.span.is_some()), "{text}");
    }
}
