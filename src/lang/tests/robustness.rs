//! Nothing that somebody can write may end the program.
use proptest::prelude::*;

use super::names;
use super::source;
use crate::lang;
use crate::lang::Context;
use crate::lang::NoFiles;

const TOKENS: &[&str] = &[
    "a",
    "unknown",
    "secret",
    "map",
    "for",
    "in",
    "if",
    "null",
    "true",
    "1",
    "0",
    "-1",
    "1.5",
    "1e9",
    "99999999999999999999",
    "\"\"",
    "\"a\"",
    "\"${",
    "}\"",
    "\"%{",
    "~",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "...",
    ":",
    "?",
    "=",
    "=>",
    "==",
    "!=",
    "<",
    ">",
    "<=",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "*",
    "/",
    "%",
    "\n",
    " ",
    "#",
    "/*",
    "*/",
    "<<EOT\n",
    "<<-EOT\n",
    "\nEOT\n",
    "'",
    "\\",
    "$",
    "é",
    "\u{feff}",
    "upper(",
    "range(",
    "pow(",
    "format(",
    "regex(",
    "substr(",
    "jsondecode(",
    "yamldecode(",
    "cidrsubnet(",
    "setproduct(",
    "flatten(",
    "element(",
    "try(",
    "formatdate(",
    "timeadd(",
    "parseint(",
    "slice(",
    "chunklist(",
    "lookup(",
    "merge(",
    "yamlencode(",
    "indent(",
    "replace(",
    "log(",
    "tolist(",
    "toset(",
    "block",
    "endif",
    "else",
];

fn everything(text: &str) {
    let _ = lang::parse(&source(text));
    if let Ok(template) = lang::parse_template(&source(text)) {
        let names = names();
        let _ = lang::evaluate_template(&template, &Context::new(&names, &NoFiles));
        let _ = lang::references_in_template(&template);
    }
    if let Ok(expression) = lang::parse_expression(&source(text)) {
        let names = names();
        let _ = lang::console(&expression, &Context::new(&names, &NoFiles));
        let _ = lang::references(&expression);
        let _ = lang::Type::parse(&expression);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn token_soup(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..24)) {
        everything(&tokens.concat());
        everything(&format!("a = {}\n", tokens.join(" ")));
    }

    #[test]
    fn any_text(text in "\\PC{0,60}") {
        everything(&text);
    }

    /// Every function with arguments of every sort.
    #[test]
    fn any_call(
        function in prop::sample::select(lang::function_names()),
        arguments in prop::collection::vec(prop::sample::select(&[
            "null", "true", "0", "-1", "1", "2.5", "1e18", "-1e300", "\"\"", "\"a,b\"", "\"%d\"",
            "\"é\\n\"", "\"10.0.0.0/8\"", "\"::/0\"", "\"2020-01-01T00:00:00Z\"", "\"1h\"",
            "[]", "[1, \"a\", null]", "[[1], [2]]", "tolist([\"a\"])", "toset([\"b\"])", "{}",
            "{a = 1}", "tomap({a = [\"x\"]})", "unknown", "secret", "[unknown]", "[secret]",
            "{a = secret}", "toset([unknown])", "sensitive([])",
        ][..]), 0..4),
    ) {
        everything(&format!("{function}({})", arguments.join(", ")));
    }
}

#[test]
fn sizes_are_bounded() {
    for text in [
        "1e999999999",
        "1e4096 * 1e4096",
        "1e-4000 / 1e4000",
        "pow(10, 1e18)",
        "pow(9, 9999999)",
        "range(1e9)",
        "range(0, 1, 1e-4000)",
        "format(\"%999999999d\", 1)",
        "format(\"%.999999999f\", 1)",
        "indent(999999999, \"a\\nb\")",
        "parseint(\"9\", 99999999999999999999)",
        "formatdate(\"YYYY\", \"9999-12-31T23:59:59Z\")",
        "timeadd(\"9999-12-31T23:59:59Z\", \"999999h\")",
        "timeadd(\"2020-01-01T00:00:00Z\", \"99999999999999999999h\")",
        "cidrsubnets(\"::/0\", 32, 32, 32)",
        "cidrhost(\"::/0\", -1)",
        "cidrsubnet(\"::/0\", 128, 1)",
        "cidrhost(\"0.0.0.0/0\", 1e30)",
        "regex(\"(a{1000}){1000}\", \"a\")",
        "yamldecode(\"a: &a [x,x,x]\\nb: &b [*a,*a,*a]\\nc: [*b,*b,*b]\")",
        "jsondecode(\"[[[[[[[[[[[[[[[[[[[[[[[[\")",
        "substr(\"a\", -9223372036854775808, 9223372036854775807)",
        "element([1], -9223372036854775808)",
        "\"\\u𖽶a",
    ] {
        everything(text);
    }
    everything(&format!("jsondecode(\"{}\")", "[".repeat(5000)));
    everything(&"9".repeat(100_000));
    // Squares of squares.
    let mut text = "1.1".to_owned();
    for level in 0..40 {
        text = format!("[for a{level} in [{text}] : a{level} * a{level}][0]");
    }
    everything(&text);
}

#[test]
fn depth_is_bounded() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{a=", "1", "}"),
        ("!", "true", ""),
        ("-", "1", ""),
        ("1+", "1", ""),
        ("f(", "1", ")"),
        ("\"${", "1", "}\""),
        ("x[", "1", "]"),
        ("[for x in ", "[]", ":x]"),
        ("true?1:", "1", ""),
        ("%{if true}", "1", "%{endif}"),
        ("a {\n", "", "}\n"),
    ] {
        for depth in [30, 60, 64, 100, 5000] {
            everything(&format!("{}{middle}{}", open.repeat(depth), close.repeat(depth)));
        }
    }
}
