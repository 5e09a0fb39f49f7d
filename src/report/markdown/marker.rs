//! A line that nobody sees, by which a comment or an issue is found again.
use serde_json::{Value as Tree, json};

/// What a comment or an issue is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// `plan` or `drift`.
    pub kind: String,
    /// Name of the stack.
    pub stack: String,
    /// What stands for the plan where it is approved, or for the set of findings; none where there
    /// is nothing that could be approved.
    pub hash: Option<String>,
}

const BEGIN: &str = "<!-- drctl v1 ";
const END: &str = " -->";

impl Marker {
    /// The line, without a line break.
    pub fn line(&self) -> String {
        let Self { kind, stack, hash } = self;
        let told = json!({ "kind": kind, "stack": stack, "hash": hash }).to_string();
        // Only texts can hold what is escaped, and there it may be. Nothing ends the comment before
        // its end, and nothing in it turns the direction of writing.
        let plain = |c: char| c.is_ascii() && !"<>-".contains(c);
        let mut line = BEGIN.to_owned();
        for c in told.chars() {
            if plain(c) {
                line.push(c);
            } else {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                line.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
        line + END
    }

    /// What the first line of a text says, if it is such a line.
    pub fn of(text: &str) -> Option<Self> {
        let line = text.lines().next()?.trim();
        let told: Tree = serde_json::from_str(line.strip_prefix(BEGIN)?.strip_suffix(END)?).ok()?;
        let word = |name: &str| told.get(name).and_then(Tree::as_str).map(str::to_owned);
        Some(Self { kind: word("kind")?, stack: word("stack")?, hash: word("hash") })
    }

    /// Whether the other is about the same.
    pub fn is_about(&self, other: &Self) -> bool {
        self.kind == other.kind && self.stack == other.stack
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_back_whatever_the_stack_is_called() {
        for stack in ["orders", "a --> <b>", "日本", "\"\\\n"] {
            let marker = Marker {
                kind: "plan".to_owned(),
                stack: stack.to_owned(),
                hash: Some("aa-bb".to_owned()),
            };
            let line = marker.line();
            assert_eq!(line.matches("--").count(), 2, "{line}");
            assert_eq!(line.matches('>').count(), 1, "{line}");
            assert_eq!(Marker::of(&format!("{line}\nmore")), Some(marker));
        }
        assert_eq!(Marker::of("<!-- drctl v1 {} -->"), None);
        assert_eq!(Marker::of(""), None);
    }
}
