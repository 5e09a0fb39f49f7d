//! Text from outside made safe to show where Markdown is read, such as GitHub and GitLab.
mod fit;
mod marker;

pub use fit::{Fitted, Item, fit};
pub use marker::Marker;

/// A code span in a cell of a table, which would else end at a bar, in code as well.
pub fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A code span: nothing inside is markup, a mention or a link.
pub fn code(text: &str) -> String {
    let text = super::text::safe(text);
    let fence = "`".repeat(longest(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.is_empty() { String::new() } else { format!("{fence}{space}{text}{space}{fence}") }
}

/// A fenced block of that language, whose fence is longer than any in the text.
pub fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// Lines of a plan as a `diff` block shows them in colour: with their sign in the first column.
pub fn diff(plan: &str) -> String {
    let lines = plan.lines().map(|line| {
        let inside = line.trim_start();
        let space = &line[..line.len() - inside.len()];
        // Signs stand two columns before a level of the layout; elsewhere it is somebody's text.
        let at_sign = space.len() % 4 == 2;
        match inside.split_at_checked(1) {
            Some((sign @ ("+" | "-"), rest)) if at_sign && rest.starts_with(' ') => {
                format!("{sign}{space}{rest}")
            }
            Some(("~", rest)) if at_sign && rest.starts_with(' ') => format!("!{space}{rest}"),
            _ => line.to_owned(),
        }
    });
    fenced("diff", &lines.collect::<Vec<_>>().join("\n"))
}

/// Text inside an HTML element: a code element, where no mention or link is made of anything.
pub fn html_code(text: &str) -> String {
    let text = super::text::safe(text);
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<code>{escaped}</code>")
}

/// A block that opens when it is clicked on.
pub fn details(summary: &str, inside: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{inside}\n</details>\n")
}

/// How many backticks stand in a row at most.
fn longest(text: &str) -> usize {
    let mut longest = 0;
    let mut row = 0;
    for char in text.chars() {
        row = if char == '`' { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_code_span() {
        let check = |text: &str, expected: &str| assert_eq!(code(text), expected);
        check("orders", "`orders`");
        check("@all <b> [x](http://x)", "`@all <b> [x](http://x)`");
        check("a`b", "``a`b``");
        check("``", "``` `` ```");
        check("a|b", "`a|b`");
        assert_eq!(cell("a|b"), "`a\\|b`");
        check("two\nlines", "`two\\nlines`");
        check("", "");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fenced("diff", "a\n```\nb\n"), "````diff\na\n```\nb\n````\n");
        assert_eq!(fenced("", "a"), "```\na\n```\n");
    }

    #[test]
    fn signs_stand_in_the_first_column() {
        let plan = "  ~ resource \"x\" {\n      - a = 1\n      + b = 2\n    }\n";
        let expected = "```diff\n!   resource \"x\" {\n-       a = 1\n+       b = 2\n    }\n```\n";
        assert_eq!(diff(plan), expected);
    }
}
