//! What expressions refer to.
use super::expression;
use super::source;
use crate::lang::Key;
use crate::lang::parse_template;
use crate::lang::references;
use crate::lang::references_in_template;

/// Each reference as the text that it spans.
fn check(text: &str, expected: &[&str]) {
    let found = references(&expression(text));
    let spans: Vec<&str> = found.iter().map(|reference| reference.span.text()).collect();
    assert_eq!(spans, expected, "{text}");
}

#[test]
fn finds_what_is_written() {
    check("1 + 2", &[]);
    check("var.a", &["var.a"]);
    check("-var.a + !local.b", &["var.a", "local.b"]);
    check("aws_x.y[\"k\"].arn", &["aws_x.y[\"k\"].arn"]);
    check("aws_x.y[0].arn", &["aws_x.y[0].arn"]);
    check("aws_x.y.0.arn", &["aws_x.y.0.arn"]);
    check("aws_x.y[var.i].arn", &["aws_x.y", "var.i"]);
    check("aws_x.y[*].arn", &["aws_x.y"]);
    check("aws_x.y.*.arn", &["aws_x.y"]);
    check(
        "f(a.b, [c.d], {e = g.h, (i.j) = 1, \"${k.l}\" = 2})",
        &["a.b", "c.d", "g.h", "i.j", "k.l"],
    );
    check("{a = 1, b = a}", &["a"]);
    check("a.b ? c.d : e.f", &["a.b", "c.d", "e.f"]);
    check("\"x${a.b}%{ if c.d }${e.f}%{ else }${g.h}%{ endif }\"", &["a.b", "c.d", "e.f", "g.h"]);
    check("<<EOT\n${a.b}\n%{ for x in c.d }${x.y}${e.f}%{ endfor }\nEOT\n", &["a.b", "c.d", "e.f"]);
    check("(a.b).c", &["a.b"]);
    check("f(a.b)[0].c", &["a.b"]);
    check("module.m.out.deep", &["module.m.out.deep"]);
}

#[test]
fn leaves_out_what_for_makes() {
    check("[for x in a.b : x.y]", &["a.b"]);
    check("{for k, v in a.b : k => v.c if v.d != e.f}", &["a.b", "e.f"]);
    check("[for x in a : [for y in x : [x, y, z]]]", &["a", "z"]);
    check("[for a in a : a]", &["a"]);
    check("[[for x in [1] : x], x]", &["x"]);
}

#[test]
fn tells_the_steps() {
    let found = references(&expression("a.b[\"c\"][0].d"));
    assert_eq!(found[0].root, "a");
    let expected = [
        Key::Attribute("b".to_owned()),
        Key::Name("c".to_owned()),
        Key::Index(0.into()),
        Key::Attribute("d".to_owned()),
    ];
    assert_eq!(found[0].steps, expected);
}

#[test]
fn looks_into_templates() {
    let template = parse_template(&source("a ${b.c} %{ if d }${e}%{ endif }")).expect("it parses");
    let found = references_in_template(&template);
    let roots: Vec<&str> = found.iter().map(|reference| reference.root.as_str()).collect();
    assert_eq!(roots, ["b", "d", "e"]);
}
