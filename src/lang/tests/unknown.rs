//! Values that are not known yet.
use super::check;

#[test]
fn spreads_no_further_than_it_must() {
    check("[unknown, 1][1]", "1");
    check("[unknown, 1][0]", "?(arn)");
    check("{a = unknown, b = 1}.b", "1");
    check("{a = unknown, b = [other]}", "{a = ?(arn), b = [?(endpoint)]}");
    check("length([unknown, other])", "2");
    check("[for x in [unknown, 1] : x]", "[?(arn), 1]");
    check("[{a = unknown}, {a = 1}][*].a", "[?(arn), 1]");
    check("merge({a = unknown}, {b = 1})", "{a = ?(arn), b = 1}");
    check("concat([unknown], [1])", "[?(arn), 1]");
    check("keys({a = unknown})", "[\"a\"]");
    check("element([unknown, 1], 1)", "1");
    check("flatten([[1], [2]])", "[1, 2]");
    check("contains([unknown, 1], 1)", "true");
    check("alltrue([unknown, false])", "false");
    check("anytrue([unknown, true])", "true");
    check("formatlist(\"%s-%s\", [\"a\", unknown], 1)", "tolist([\"a-1\", ?(arn)])");
}

#[test]
fn spreads_as_far_as_it_must() {
    check("unknown + 1", "?(arn)");
    check("unknown + other", "?(arn endpoint)");
    check("-unknown", "?(arn)");
    check("!unknown", "?(arn)");
    check("unknown < 1", "?(arn)");
    check("unknown == other", "?(arn endpoint)");
    check("unknown.a.b[0][*].c", "?(arn)");
    check("[1, 2][unknown]", "?(arn)");
    check("{a = 1}[unknown]", "?(arn)");
    check("unknown[other]", "?(arn endpoint)");
    check("upper(unknown)", "?(arn)");
    check("jsonencode({a = unknown})", "?(arn)");
    check("join(\",\", [unknown])", "?(arn)");
    check("[for x in unknown : x]", "?(arn)");
    check("[for x in [1] : x if unknown]", "?(arn)");
    check("{for x in [1] : unknown => x}", "?(arn)");
    check("{(unknown) = other}", "?(arn endpoint)");
    check("flatten([unknown, [1]])", "?(arn)");
    check("max(unknown...)", "?(arn)");
    check("contains([unknown, 1], 2)", "?(arn)");
    check("alltrue([unknown, true])", "?(arn)");
    check("length(toset([unknown, 1]))", "?(arn)");
    check("[for x in toset([unknown]) : x]", "?(arn)");
    check("timestamp()", "?()");
}

#[test]
fn templates_wait_for_all_of_their_parts() {
    check("\"${unknown}\"", "?(arn)");
    check("\"a ${unknown} b ${other}\"", "?(arn endpoint)");
    check("\"%{ if unknown }a%{ endif }\"", "?(arn)");
    check("\"%{ if unknown }${other}%{ endif }\"", "?(arn endpoint)");
    check("\"%{ for x in unknown }a%{ endfor }\"", "?(arn)");
    check("\"${unknown}${secret}\"", "sensitive(?(arn))");
}

#[test]
fn decides_where_one_side_is_enough() {
    check("false && unknown", "false");
    check("unknown && false", "false");
    check("true && unknown", "?(arn)");
    check("true || unknown", "true");
    check("unknown || true", "true");
    check("unknown || other", "?(arn endpoint)");
    check("false && [1][5]", "false");
    check("[1, unknown] == [2, other]", "false");
    check("[1, unknown] == [1]", "false");
    check("{a = unknown} == {b = 1}", "false");
    check("unknown == unknown", "?(arn)");
}

#[test]
fn conditionals_fold_equal_arms() {
    check("unknown ? 1 : 1", "1");
    check("unknown ? 1 : 2", "?(arn)");
    check("unknown ? other : 1", "?(arn endpoint)");
    check("true ? 1 : unknown", "1");
    check("false ? 1 : unknown", "?(arn)");
    check("unknown ? [1].a : 2", "?(arn)");
}

#[test]
fn tries_wait_where_they_cannot_tell() {
    check("try(unknown, 1)", "?(arn)");
    check("try([unknown][3], 1)", "1");
    check("can(unknown)", "?(arn)");
    check("can([unknown][3])", "false");
    check("coalesce(null, unknown, 1)", "?(arn)");
    check("tolist(unknown)", "?(arn)");
    check("sensitive(unknown)", "sensitive(?(arn))");
    check("issensitive(secret)", "true");
}

#[test]
fn what_is_sensitive_is_not_told() {
    check(
        "tonumber(secret)",
        "error: Invalid value for \"v\" parameter: the reason is not shown because an argument is \
         sensitive.",
    );
    check(
        "{for x in [secret, secret] : x => 1}",
        "error: Two different items produced the key \
         (sensitive value) in this 'for' expression. If duplicates are expected, use the ellipsis \
         (...) after the value expression to enable grouping by key.",
    );
    check("[secret, 1]", "[sensitive(\"hunter2\"), 1]");
    check("\"${secret}!\"", "sensitive(\"hunter2!\")");
}
