//! Patterns of paths: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any number of directories.
use regex::Regex;

use crate::resources::{Error, Result};

/// Paths that are left out.
pub(super) struct Excludes(Vec<Regex>);

impl Excludes {
    pub(super) fn new<'a>(patterns: impl IntoIterator<Item = &'a String>) -> Result<Self> {
        let patterns = patterns.into_iter().filter(|pattern| !pattern.is_empty());
        let compiled = patterns.map(|pattern| {
            Regex::new(&to_regex(pattern)).map_err(|_| {
                Error::Refused(format!("the pattern {pattern:?} in `excludes` cannot be read"))
            })
        });
        Ok(Self(compiled.collect::<Result<_>>()?))
    }
    /// Whether the path, with `/` between its parts, is left out.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.iter().any(|regex| regex.is_match(path))
    }
}

fn to_regex(pattern: &str) -> String {
    let mut regex = String::from("^");
    let mut rest = pattern;
    let mut alternatives = 0_u32;
    while let Some(letter) = rest.chars().next() {
        let starts =
            rest.len() == pattern.len() || pattern[..pattern.len() - rest.len()].ends_with('/');
        if starts && rest.starts_with("**/") {
            regex.push_str("(?:.*/)?");
            rest = &rest[3..];
            continue;
        }
        // `a/**` means `a` too.
        if rest == "/**" {
            regex.push_str("(?:/.*)?");
            break;
        }
        if starts && rest == "**" {
            regex.push_str(".*");
            break;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '{' => {
                alternatives += 1;
                regex.push_str("(?:");
            }
            '}' if alternatives > 0 => {
                alternatives -= 1;
                regex.push(')');
            }
            ',' if alternatives > 0 => regex.push('|'),
            '[' => {
                regex.push('[');
                if let Some(inner) = rest.strip_prefix(['!', '^']) {
                    regex.push('^');
                    rest = inner;
                }
            }
            ']' | '-' => regex.push(letter),
            '\\' => {
                if let Some(escaped) = rest.chars().next() {
                    regex.push_str(&regex::escape(&escaped.to_string()));
                    rest = &rest[escaped.len_utf8()..];
                }
            }
            plain => regex.push_str(&regex::escape(&plain.to_string())),
        }
    }
    regex.push('$');
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, excluded: bool) {
        let excludes = Excludes::new([&pattern.to_owned()]).unwrap();
        assert_eq!(excludes.matches(path), excluded, "{pattern} {path}");
    }

    #[test]
    fn patterns_match_as_in_terraform() {
        check("a.txt", "a.txt", true);
        check("a.txt", "b/a.txt", false);
        check("a?txt", "a/txt", false);
        check("*.txt", "b/a.txt", false);
        check("**/*.txt", "a.txt", true);
        check("**/*.txt", "b/c/a.txt", true);
        check("b/**", "b/c/a.txt", true);
        check("b/**", "b", true);
        check("**", "b/c", true);
        check("b/**/a.txt", "b/a.txt", true);
        check("{a,b}.[a-m]", "b.c", true);
        check("[!a]", "a", false);
        check("a+(b)", "a+(b)", true);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        assert!(Excludes::new([&"[a".to_owned()]).is_err());
    }
}
