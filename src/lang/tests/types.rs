//! Types and conversions that a variable's default cannot show.
use super::evaluate;
use super::expression;
use super::show;
use crate::lang::Type;
use crate::lang::convert;

fn kind(text: &str) -> Type {
    Type::parse(&expression(text)).expect("the test's type is right")
}

fn check(text: &str, kind_text: &str, expected: &str) {
    let value = evaluate(text).expect("the test's value is right");
    let shown = match convert(value, &kind(kind_text)) {
        Ok(value) => show(&value),
        Err(error) => format!("error: {error}"),
    };
    assert_eq!(shown, expected, "{text} as {kind_text}");
}

#[test]
fn unknown_parts_stay_where_they_are() {
    check("unknown", "list(string)", "?(arn)");
    check("[unknown, 1]", "list(string)", "tolist([?(arn), \"1\"])");
    check(
        "{a = unknown}",
        "object({ a = string, b = optional(string, \"x\") })",
        "{a = ?(arn), b = \"x\"}",
    );
}

#[test]
fn marks_stay_where_they_are() {
    check("[secret, 1]", "list(string)", "tolist([sensitive(\"hunter2\"), \"1\"])");
    check("[secret, 1]", "set(string)", "sensitive(toset([\"1\", \"hunter2\"]))");
    check("{a = secret}", "map(string)", "{a = sensitive(\"hunter2\")}");
}

#[test]
fn errors_say_where() {
    check("[{a = []}]", "list(object({ a = number }))", "error: [0].a: number required");
    check("{k = \"x\"}", "map(number)", "error: [\"k\"]: a number is required");
    check("{}", "object({ a = any, b = any })", "error: attributes \"a\" and \"b\" are required");
}

#[test]
fn types_are_written_as_they_are_read() {
    for text in [
        "any",
        "list(string)",
        "map(object({ a = optional(number), b = tuple([bool, any]) }))",
        "object({})",
        "set(list(map(bool)))",
    ] {
        assert_eq!(kind(text).to_string(), text);
    }
}

#[test]
fn wrong_types_are_explained() {
    let problem = |text: &str| Type::parse(&expression(text)).expect_err("it is wrong");
    assert_eq!(problem("strin").hint.as_deref(), Some("Did you mean \"string\"?"));
    assert_eq!(problem("\"string\"").hint.as_deref(), Some("Write string instead of \"string\"."));
    assert_eq!(problem("list(a)").span.expect("it has a place").text(), "a");
    assert_eq!(problem("object({ a = optional(string, var.x) })").summary, "Unknown variable");
}
