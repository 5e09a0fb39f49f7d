//! What is said about mistakes: line, column, summary and the text pointed at.
use super::expression;
use super::names;
use super::source;
use crate::diagnostic::Diagnostic;
use crate::lang;
use crate::lang::Context;
use crate::lang::NoFiles;

fn line(problem: &Diagnostic) -> String {
    let span = problem.span.as_ref().expect("every problem has a place");
    let (line, column) = span.start();
    format!("{line}:{column} {} `{}`", problem.summary, span.text())
}

/// The problems of a file.
fn check(text: &str, expected: &[&str]) {
    let (body, problems) = lang::parse(&source(text));
    let found: Vec<String> = problems.iter().map(line).collect();
    assert_eq!(found, expected, "{text}");
    assert_eq!(body.is_some(), expected.is_empty());
}

#[test]
fn right_files_have_none() {
    check("", &[]);
    check("\u{feff}a = 1\n", &[]);
    check("a = 1\r\nb {\r\n  c = \"x\"\r\n}\r\n", &[]);
    check("a = <<EOT\nit's ${\"x\"} `y` ; &\nEOT\nb = 1\n", &[]);
    check("a = \"${upper(\"}\")}\" # \"\nb = '%' == 1\n".replace("'%'", "\"%\"").as_str(), &[]);
    check("a = <<EOT\nEOT\nb = <<EOT\nx\nEOT\n", &[]);
    check("/* { */ // [\n# (\na = \"{\"\n", &[]);
    check("a = x.*.y\nb = x[*].y\nc = 1 * 2\n", &[]);
    check("a = { for k, v in b # x\n ? c\n : d : k =>\n v ? # }\n 1\n : 2\n}\n", &[]);
    check("a = [for x in b\n ? c : d\n :\n x]\n", &[]);
    check("a = \"%{ if b\n&& c }x%{ endif }\"\n", &[]);
    check("b { c = 1 }\nd \"e\" f {}\n", &[]);
    check("a = {b = 1, b = 2}\n", &[]);
    check("a = {x.y = z}\n", &[]);
    check("a = <<EOT\nx\nEOT", &[]);
}

#[test]
fn quotes() {
    check("a = \"x\nb = 1\n", &["1:5 Unterminated string `\"x`"]);
    check(
        "a = \"x\nb = \"y\nc = 1",
        &["1:5 Unterminated string `\"x`", "2:5 Unterminated string `\"y`"],
    );
    check("a = \"x${b\"\nc = 1\n", &["1:7 Unclosed template sequence `${b\"`"]);
    check("a = 'x'\n", &["1:5 Invalid character `'x'`"]);
    check("a = “x”\n", &["1:5 Invalid character `“`", "1:7 Invalid character `”`"]);
    check("a = <<EOT\nx\n", &["1:5 Unterminated heredoc `<<EOT`"]);
    check("a = \"\\d\"\n", &["1:6 Invalid escape sequence `\\d`"]);
    check(
        "a = \"line\nline\"\n",
        &["1:5 Unterminated string `\"line`", "2:5 Unterminated string `\"`"],
    );
    check("a = \"%{ if b }x\"\n", &["1:6 Unclosed template directive `%{`"]);
    check("a = \"%{ endif }\"\n", &["1:6 Unexpected template directive `%{ endif`"]);
    check("a = \"%{ iff b }\"\n", &["1:6 Invalid template directive `%{ iff`"]);
}

#[test]
fn brackets() {
    check("a = [1, 2\nb = 1\n", &["1:5 Unclosed bracket `[`"]);
    check("a = f(1\n", &["1:6 Unclosed parenthesis `(`"]);
    check("b {\n  a = [1, 2\n}\n", &["2:7 Unclosed bracket `[`"]);
    check("b {\n  c = 1\n\nresource \"x\" \"y\" {\n}\n", &["1:3 Unclosed brace `{`"]);
    check("b {\n", &["1:3 Unclosed brace `{`"]);
    check("b {\n}\n}\n", &["3:1 Unexpected closing bracket `}`"]);
    check("a = 1 /* x\n", &["1:7 Unclosed comment `/*`"]);
}

#[test]
fn structure() {
    check("a 1\nb = 2\n", &["1:1 Missing equals sign `a`"]);
    check("a : 1\n", &["1:3 Invalid argument definition `:`"]);
    check("a\n", &["1:1 Incomplete definition `a`"]);
    check("a =\nb = 1\n", &["1:3 Missing expression `=`"]);
    check(
        "a = b.\nc = d.\n",
        &["1:6 Invalid attribute name `.`", "2:6 Invalid attribute name `.`"],
    );
    check("a = [b., 1]\n", &["1:7 Invalid attribute name `.`"]);
    check("a = 1 +\n", &["1:7 Incomplete expression `+`"]);
    check("a = 1 b = 2\n", &["1:7 Missing newline after argument `b`"]);
    check("a = 1,\nb = 2\n", &["1:6 Unexpected comma `,`"]);
    check("b { c = 1, d = 2 }\n", &["1:10 Unexpected comma `,`"]);
    check("b {\n} c = 1\n", &["2:3 Missing newline after block definition `c`"]);
    check("b { c = 1\n}\n", &["1:1 Invalid block definition `b`"]);
    check("\"a\" = 1\n", &["1:1 Invalid argument name `\"a\"`"]);
    check("a = 1\na = 2\n", &["2:1 Attribute redefined `a`"]);
    check("b \"x\"\n", &["1:1 Missing equals sign `b`"]);
    check("resource \"x\" \"y\"\n", &["1:1 Invalid block definition `resource`"]);
    check("b \"${c}\" {\n}\n", &["1:3 Invalid block label `\"${c}\"`"]);
    check("1 = 2\n", &["1:1 Argument or block definition required `1`"]);
    check("a = x[\n]\n", &["2:1 Invalid expression `]`"]);
    check("a = {\n  b = 1 c = 2\n}\n", &["2:9 Invalid expression `c`"]);
}

#[test]
fn several_at_once() {
    check(
        "a = b.\nc {\n  d 1\n}\ne = 1 2\n",
        &[
            "1:6 Invalid attribute name `.`",
            "3:3 Missing equals sign `d`",
            "5:7 Invalid expression `2`",
        ],
    );
}

#[test]
fn positions_hold_behind_a_byte_order_mark() {
    check("\u{feff}a = 'x'\n", &["1:6 Invalid character `'x'`"]);
}

/// The errors of an expression, with what they point at and the advice.
fn errors(text: &str, expected: &[&str]) {
    let names = names();
    let errors = lang::evaluate(&expression(text), &Context::new(&names, &NoFiles));
    let found: Vec<String> = errors
        .expect_err("it is wrong")
        .iter()
        .map(|error| {
            let hint = error.hint.as_ref().map(|hint| format!(" ({hint})"));
            format!("{}{}", line(error), hint.unwrap_or_default())
        })
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn errors_point_and_advise() {
    errors("uper(1)", &["1:1 Call to unknown function `uper` (Did you mean \"upper\"?)"]);
    errors("secrt", &["1:1 Unknown variable `secrt` (Did you mean \"secret\"?)"]);
    errors("{name = 1}.nam", &["1:11 Unsupported attribute `.nam` (Did you mean \"name\"?)"]);
    errors("map.alpah", &["1:4 Missing map element `.alpah` (Did you mean \"alpha\"?)"]);
    errors("map[\"alpah\"]", &["1:5 Invalid index `\"alpah\"` (Did you mean \"alpha\"?)"]);
    errors("1 / (2 - 2)", &["1:5 Division by zero `(2 - 2)`"]);
    errors("1 % 0", &["1:5 Division by zero `0`"]);
    errors("list(1, 2)", &["1:1 Unsupported function `list`"]);
    errors("upper([])", &["1:7 Invalid function argument `[]`"]);
    errors("upper(\"a\", 2)", &["1:12 Too many function arguments `2`"]);
}

#[test]
fn all_errors_of_an_expression_are_told() {
    errors(
        "[nope, 1 + [], true && 1]",
        &["1:2 Unknown variable `nope`", "1:12 Invalid operand `[]`", "1:24 Invalid operand `1`"],
    );
    errors(
        "{a = x1, b = \"${y1}${z1}\"}",
        &["1:6 Unknown variable `x1`", "1:17 Unknown variable `y1`", "1:22 Unknown variable `z1`"],
    );
    errors("[for x in [1, 2] : x.a]", &["1:21 Unsupported attribute `.a`"]);
}
