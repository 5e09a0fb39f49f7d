//! Functions that ask for files.
use std::collections::BTreeMap;

use super::expression;
use crate::lang;
use crate::lang::Context;
use crate::lang::Files;

struct Tree;

const TREE: &[(&str, &str)] = &[
    ("hello.txt", "hello"),
    ("greet.tpl", "%{ for name in names ~}\nHello ${name}!\n%{ endfor ~}\n"),
    ("loop.tpl", "${templatefile(\"loop.tpl\", {})}"),
    ("broken.tpl", "a\n${x"),
    ("missing.tpl", "a\nb ${x}"),
    ("sub/a.json", "{}"),
    ("sub/deep/b.json", "{}"),
];

impl Files for Tree {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let found = TREE.iter().find(|(name, _)| *name == path.trim_start_matches("./"));
        found
            .map(|(_, text)| text.as_bytes().to_vec())
            .ok_or_else(|| format!("no file exists at \"{path}\""))
    }
    fn exists(&self, path: &str) -> Result<bool, String> {
        Ok(TREE.iter().any(|(name, _)| *name == path))
    }
    fn list(&self, _directory: &str) -> Result<Vec<String>, String> {
        Ok(TREE.iter().map(|(name, _)| (*name).to_owned()).collect())
    }
    fn absolute(&self, path: &str) -> Result<String, String> {
        Ok(format!("/root/{path}"))
    }
    fn home(&self) -> Option<String> {
        Some("/home/me".to_owned())
    }
}

fn check(text: &str, expected: &str) {
    let names = BTreeMap::new();
    let answer = match lang::evaluate(&expression(text), &Context::new(&names, &Tree)) {
        Ok(value) => super::show(&value),
        Err(errors) => format!("error: {}", errors[0].detail),
    };
    assert_eq!(answer, expected, "{text}");
}

#[test]
fn files_are_read() {
    check("file(\"hello.txt\")", "\"hello\"");
    check("file(\"./hello.txt\")", "\"hello\"");
    check("filebase64(\"hello.txt\")", "\"aGVsbG8=\"");
    check("filemd5(\"hello.txt\")", "\"5d41402abc4b2a76b9719d911017c592\"");
    check("fileexists(\"hello.txt\")", "true");
    check("fileexists(\"nope\")", "false");
    check("abspath(\"x\")", "\"/root/x\"");
    check("pathexpand(\"~/x\")", "\"/home/me/x\"");
    check("pathexpand(\"~other/x\")", "\"~other/x\"");
    check(
        "file(\"nope\")",
        "error: Invalid value for \"path\" parameter: no file exists at \"nope\".",
    );
}

#[test]
fn patterns_choose_files() {
    check("fileset(\".\", \"*.txt\")", "toset([\"hello.txt\"])");
    check("fileset(\".\", \"**/*.json\")", "toset([\"sub/a.json\", \"sub/deep/b.json\"])");
    check("fileset(\".\", \"sub/*\")", "toset([\"sub/a.json\"])");
    check("fileset(\".\", \"{hello,greet}.*\")", "toset([\"greet.tpl\", \"hello.txt\"])");
    check("fileset(\".\", \"[gh]*.t?[tl]\")", "toset([\"greet.tpl\", \"hello.txt\"])");
    check(
        "fileset(\".\", \"**\")",
        &format!("toset([{}])", {
            let mut names: Vec<String> =
                TREE.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            names.sort();
            names.join(", ")
        }),
    );
}

#[test]
fn templates_are_rendered() {
    check(
        "[templatefile(\"greet.tpl\", {names = [\"a\", \"b\"]})]",
        "[<<EOT\nHello a!\nHello b!\n\nEOT]",
    );
    check("templatestring(\"$${x}!\", {x = 1})", "\"1!\"");
    check(
        "templatefile(\"missing.tpl\", {})",
        "error: Call to function \"templatefile\" failed: missing.tpl:2,5: Unknown variable; \
         There is no variable named \"x\".",
    );
    check(
        "templatefile(\"broken.tpl\", {})",
        "error: Call to function \"templatefile\" failed: broken.tpl:2,1: Unclosed template \
         sequence; There is no closing } for this one..",
    );
    let names = BTreeMap::new();
    let endless = expression("templatefile(\"loop.tpl\", {})");
    lang::evaluate(&endless, &Context::new(&names, &Tree)).expect_err("it has no end");
}
