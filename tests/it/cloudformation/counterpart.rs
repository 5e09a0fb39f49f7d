//! What of CloudFormation says the same as one of our types, and where and why the two differ.
//!
//! A counterpart is `counterparts/TYPE.txt`. Its first line names the type of CloudFormation, and
//! behind a blank the property in it that our type is; or it says why there is none:
//!
//! ```text
//! AWS::Events::Rule Targets
//! none: an attachment is a property of the role there.
//! ```
//!
//! Below, a line for whatever is not the same. Names that differ only in case and underscores
//! need no line. Every other line gives its reason, and is refused once it is not needed:
//!
//! ```text
//! target_id = Targets.Id              goes by another name there
//! - EcsParameters: nobody recovers a database with a container.      only there
//! + force_destroy: an option of drctl's, not AWS's.                  only here
//! ! engine replaces, required: AWS takes it from the source.         not the same there
//! ```
//!
//! After `!` stand attributes and in what they differ: see [`Rule`]. What only AWS tells may be
//! missing there without a line.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// In what an attribute can differ from a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// Whether it is part of the identity.
    Key,
    /// Whether another value replaces the resource.
    Replaces,
    /// Whether AWS tells it once the resource exists, so that it can be compared.
    Told,
    /// Whether only AWS sets it.
    Output,
    /// Whether it must be written.
    Required,
    /// What sort of value it is.
    Kind,
    /// Whether order counts.
    Order,
    /// Which values it takes: one of a list, a pattern, a length, a range.
    Values,
    /// What it is when it is not set.
    Default,
    /// What means the same though it is written otherwise.
    Same,
}

const RULES: &[(&str, Rule)] = &[
    ("key", Rule::Key),
    ("replaces", Rule::Replaces),
    ("told", Rule::Told),
    ("output", Rule::Output),
    ("required", Rule::Required),
    ("kind", Rule::Kind),
    ("order", Rule::Order),
    ("values", Rule::Values),
    ("default", Rule::Default),
    ("same", Rule::Same),
];

impl Rule {
    /// As it is written in the file.
    pub(super) fn name(self) -> &'static str {
        RULES.iter().find(|(_, rule)| *rule == self).expect("every rule has a name").0
    }
}

/// Where one of our types is in CloudFormation, and what is not the same.
#[derive(Debug, Default)]
pub(super) struct Counterpart {
    /// Name of the type, and path of the property that is meant, empty for the whole.
    pub(super) of: Option<(String, String)>,
    names: BTreeMap<String, String>,
    exceptions: BTreeSet<Exception>,
    used: RefCell<BTreeSet<Exception>>,
}

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Exception {
    OnlyThere(String),
    OnlyHere(String),
    Differs(String, Rule),
    Named(String),
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/counterparts")
}

/// Names of all types that have a file.
pub(super) fn written() -> BTreeSet<String> {
    let entries = fs::read_dir(directory()).expect("the directory is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    names.filter_map(|name| Some(name.to_str()?.strip_suffix(".txt")?.to_owned())).collect()
}

impl Counterpart {
    /// That of one of our types; `None` if nobody has written it.
    pub(super) fn of_type(name: &str) -> Option<Self> {
        let file = directory().join(format!("{name}.txt"));
        let text = fs::read_to_string(&file).ok()?;
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let mut lines = lines.map(str::trim);
        let first = lines.next().unwrap_or_default();
        let mut counterpart = Self::default();
        if let Some(why) = first.strip_prefix("none: ") {
            reason(why, first, name);
        } else {
            let (of, part) = first.split_once(' ').unwrap_or((first, ""));
            assert!(of.starts_with("AWS::"), "{name}: {first:?} is no type of CloudFormation");
            counterpart.of = Some((of.to_owned(), part.to_owned()));
        }
        for line in lines {
            counterpart.take(line, name);
        }
        Some(counterpart)
    }

    fn take(&mut self, line: &str, name: &str) {
        let wrong = || panic!("{name}: what is {line:?}? See {}", file!());
        if let Some((ours, theirs)) = line.split_once(" = ") {
            self.names.insert(ours.trim().to_owned(), theirs.trim().to_owned());
            self.exceptions.insert(Exception::Named(ours.trim().to_owned()));
            return;
        }
        let Some((what, why)) = line.split_once(": ") else { wrong() };
        reason(why, line, name);
        let (mark, rest) = what.split_at(1);
        // Of `a, b required, told` the attributes are before the first blank.
        let rules = match mark {
            "!" => {
                rest.trim().match_indices(' ').find(|(at, _)| !rest.trim()[..*at].ends_with(','))
            }
            _ => None,
        };
        let (named, rules) = rules.map_or((rest.trim(), ""), |(at, _)| rest.trim().split_at(at));
        for each in named.split(", ").map(str::to_owned) {
            match mark {
                "-" => drop(self.exceptions.insert(Exception::OnlyThere(each))),
                "+" => drop(self.exceptions.insert(Exception::OnlyHere(each))),
                "!" => {
                    for word in rules.trim().split(", ") {
                        let rule = RULES.iter().find(|(name, _)| *name == word);
                        let (_, rule) = rule.unwrap_or_else(|| wrong());
                        self.exceptions.insert(Exception::Differs(each.clone(), *rule));
                    }
                }
                _ => wrong(),
            }
        }
    }

    fn says(&self, exception: Exception) -> bool {
        let said = self.exceptions.contains(&exception);
        if said {
            self.used.borrow_mut().insert(exception);
        }
        said
    }

    /// The path of the property that an attribute goes by, if it is another.
    pub(super) fn named(&self, attribute: &str) -> Option<&str> {
        let theirs = self.names.get(attribute)?;
        self.says(Exception::Named(attribute.to_owned()));
        Some(theirs)
    }

    /// Whether a property is known to be missing here.
    pub(super) fn only_there(&self, property: &str) -> bool {
        self.says(Exception::OnlyThere(property.to_owned()))
    }

    /// Whether an attribute is known to be missing there.
    pub(super) fn only_here(&self, attribute: &str) -> bool {
        self.says(Exception::OnlyHere(attribute.to_owned()))
    }

    /// Whether an attribute is known to differ so.
    pub(super) fn differs(&self, attribute: &str, rule: Rule) -> bool {
        self.says(Exception::Differs(attribute.to_owned(), rule))
    }

    /// What is said and is not so, as it is written.
    pub(super) fn unused(&self) -> Vec<String> {
        let used = self.used.borrow();
        let unused = self.exceptions.difference(&used).map(|exception| match exception {
            Exception::OnlyThere(property) => format!("- {property}"),
            Exception::OnlyHere(attribute) => format!("+ {attribute}"),
            Exception::Differs(attribute, rule) => format!("! {attribute} {}", rule.name()),
            Exception::Named(attribute) => format!("{attribute} = ..."),
        });
        unused.collect()
    }
}

/// Fails unless it is a reason: a sentence that somebody has thought about.
fn reason(why: &str, line: &str, name: &str) {
    let sentence = why.trim().ends_with('.') && why.split_whitespace().count() > 2;
    assert!(sentence, "{name}: {line:?} gives no reason in a sentence");
}
