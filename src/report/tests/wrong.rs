//! Diagnostics.
use std::ops::Range;
use std::sync::Arc;

use insta::assert_snapshot;

use crate::diagnostic::{Diagnostic, Source, Span};
use crate::report::diagnostics::render;
use crate::report::json::diagnostic;
use crate::report::style::Paint;

const FILE: &str = "\
variable \"v\" {
  default = 1
}

resource \"test_thing\" \"日本\" {
\tnote = \"日本\" + bogus(1)
  zones = [
    for zone in local.zones :
      zone.name
  ]
}
output \"x\" { value = 1 }
";

fn span(range: Range<usize>) -> Span {
    let source = Source { name: "main.hcl".to_owned(), text: FILE.to_owned() };
    Span { source: Arc::new(source), range }
}

fn at(text: &str) -> Span {
    let start = FILE.find(text).expect("the text is in the file");
    span(start..start + text.len())
}

fn all() -> Vec<Diagnostic> {
    let long = "This is a long explanation that does not fit on one line of eighty columns, so \
                it goes on.\n\nA second paragraph:\n    code = \"is not wrapped, however long it \
                may be, since it is code\"";
    vec![
        Diagnostic::error("Call to unknown function", "There is no function \"bogus\".")
            .at(at("bogus"))
            .hint("Did you mean \"basename\"?"),
        Diagnostic::warning("Deprecated", "").at(at("output \"x\"")),
        Diagnostic::error("Invalid expression", long)
            .at(at("[\n    for zone in local.zones :\n      zone.name\n  ]")),
        Diagnostic::error("Call to unknown function", "There is no function \"bogus\".")
            .at(at("bogus"))
            .hint("Did you mean \"basename\"?"),
        Diagnostic::error("No place\u{1b}[2J", "Evil\u{202e} detail."),
        Diagnostic::error("Unclosed block", "The file ends too soon.")
            .at(span(FILE.len()..FILE.len())),
    ]
}

#[test]
fn without_colours() {
    assert_snapshot!(render(&all(), Paint::PLAIN));
    assert_eq!(render(&[], Paint::PLAIN), "");
}

#[test]
fn in_colours() {
    let color = render(&all(), Paint { color: true, width: 60, ..Paint::PLAIN });
    assert_snapshot!(color.replace('\x1b', "␛"));
}

#[test]
fn as_json() {
    let all: Vec<_> = all().iter().map(|one| diagnostic(one, None)).collect();
    assert_snapshot!(serde_json::to_string_pretty(&all).expect("it is JSON"));
}

#[test]
#[expect(clippy::reversed_empty_ranges, reason = "that is what is tried")]
fn ranges_that_are_not_in_the_file_are_borne() {
    for range in [0..0, 3..2, 50..51, 100_000..100_001, 0..FILE.len(), 88..89] {
        render(&[Diagnostic::error("x", "y").at(span(range))], Paint::PLAIN);
    }
}
