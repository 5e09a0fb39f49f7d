//! Samples: a configuration with one resource of each type, and in comments what may change in it.
//!
//! A sample is `samples/TYPE.hcl`. The resource under test is labelled `sample`; the others are
//! what it needs. Behind a line stands what that line is changed to:
//!
//! ```hcl
//! threshold = 1000      # -> 2000       plans exactly this attribute, and applies
//! unit      = "Count"   # -> nothing    the attribute, or block, is taken away
//!                       # -> a = 1      on a line of its own: the line is added
//! period    = 60        # => 300        plans to replace the resource because of this attribute
//! arn       = "X"       # ~> "x"        plans nothing: it means the same, or is not compared
//! a         = 1         #1 -> b = 2     another attribute takes its place
//! ```
//!
//! Several may follow each other on one line. Edits are made in order, and add up; those with a
//! number come after all others, in the order of the numbers, and lines of the same number change
//! together. What cannot be tested so is named with the reason: `# untested: name: why`. Python
//! behind `# before: ` makes what drctl cannot make. 111111111111 is the account of the test.
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A configuration and what may change in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    lines: Vec<Line>,
    /// What is done with it, in order.
    pub(crate) edits: Vec<Edit>,
    /// Python that makes what drctl cannot, with `client(service)`.
    pub(crate) before: String,
    /// Attributes that no edit changes, by design.
    pub(crate) untested: BTreeSet<String>,
}

/// One thing to change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edit {
    /// What drctl must make of it.
    pub(crate) effect: Effect,
    /// Attributes that it touches.
    pub(crate) attributes: BTreeSet<String>,
    /// Lines, by their number, and what they become.
    lines: BTreeMap<usize, String>,
}

/// What must come of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Effect {
    /// The attributes change in place.
    #[default]
    Update,
    /// The resource is replaced because of them.
    Replace,
    /// Nothing.
    Nothing,
}

#[derive(Debug, Clone)]
struct Line {
    text: String,
    /// The attribute of the sample that it belongs to.
    attribute: Option<String>,
}

const MARKS: [(&str, Effect); 3] =
    [("->", Effect::Update), ("=>", Effect::Replace), ("~>", Effect::Nothing)];

impl Sample {
    /// The sample of that type; `None` if nobody has written one.
    pub(crate) fn of(type_name: &str) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/samples");
        let text = fs::read_to_string(root.join(format!("{type_name}.hcl"))).ok()?;
        Some(Self::parse(&text, type_name))
    }

    fn parse(text: &str, type_name: &str) -> Self {
        let mut sample = Self::default();
        let mut edits: BTreeMap<(usize, usize), Edit> = BTreeMap::new();
        let (mut inside, mut attribute) = (false, None);
        // How deep in blocks that are only added: `fmt` indents all comments alike.
        let mut added_blocks = 0;
        for line in text.lines() {
            if let Some(rest) = line.trim().strip_prefix("# untested: ") {
                let names = rest.split(':').next().unwrap_or_default();
                sample.untested.extend(names.split(", ").map(str::to_owned));
                continue;
            }
            if let Some(code) = line.strip_prefix("# before: ") {
                sample.before = format!("{}{code}\n", sample.before);
                continue;
            }
            if line.starts_with(&format!("resource \"{type_name}\" \"sample\"")) {
                inside = true;
            } else if line.starts_with('}') {
                (inside, attribute) = (false, None);
            }
            let marks = marks(line);
            let code = marks.first().map_or(line, |mark| &line[..mark.at]).trim_end();
            let indent = &line[..line.len() - line.trim_start().len()];
            let added = |text: &str| format!("{indent}{text}");
            // A line that is only added names its attribute itself.
            let only_added = marks.first().filter(|_| code.trim().is_empty());
            let named = only_added.map_or_else(|| code.to_owned(), |mark| added(&mark.text));
            let within = added_blocks > 0;
            if let Some(mark) = only_added {
                added_blocks += usize::from(mark.text.ends_with('{'));
                added_blocks -= usize::from(mark.text == "}");
            }
            let inside = inside && !within;
            if inside && let Some(name) = top_level(&named) {
                attribute = Some(name);
            }
            let at = sample.lines.len();
            sample.lines.push(Line { text: code.to_owned(), attribute: attribute.clone() });
            for mark in marks {
                let becomes = becomes(indent, code, &mark);
                let entry = |effect| Edit { effect, ..Edit::default() };
                let order = if mark.number == 0 { (0, edits.len()) } else { (mark.number, 0) };
                let edit = edits.entry(order).or_insert_with(|| entry(mark.effect));
                edit.attributes.extend(attribute.clone());
                if inside && let Some(name) = top_level(&becomes) {
                    edit.attributes.insert(name.clone());
                    attribute = Some(name);
                }
                edit.lines.insert(at, becomes);
            }
        }
        sample.edits = edits.into_values().collect();
        sample
    }

    /// The configuration as it is now.
    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    /// Names of attributes that the resource under test sets now.
    pub(crate) fn set(&self) -> BTreeSet<String> {
        let set = self.lines.iter().filter(|line| !line.text.trim().is_empty());
        set.filter_map(|line| line.attribute.clone()).collect()
    }

    /// Makes an edit.
    pub(crate) fn edit(&mut self, edit: &Edit) {
        for (number, text) in &edit.lines {
            let end = if text.is_empty() { self.end(*number) } else { *number };
            for line in &mut self.lines[*number..=end] {
                line.text.clear();
            }
            self.lines[*number].text.clone_from(text);
        }
    }

    /// The last line of what begins on this one.
    fn end(&self, number: usize) -> usize {
        let first = &self.lines[number].text;
        if !first.ends_with(['{', '[', '(']) {
            return number;
        }
        let indent = first.len() - first.trim_start().len();
        let closes = |line: &Line| {
            line.text.len() - line.text.trim_start().len() == indent
                && line.text.trim_start().starts_with(['}', ']', ')'])
        };
        number + self.lines[number..].iter().position(closes).expect("what is opened is closed")
    }
}

struct Mark {
    at: usize,
    number: usize,
    effect: Effect,
    text: String,
}

/// The marks on a line, in order.
fn marks(line: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (at, _) in line.match_indices('#') {
        let rest = &line[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = rest.split_at(digits);
        let Some(rest) = rest.strip_prefix(' ') else { continue };
        let Some((mark, effect)) = MARKS.iter().find(|(mark, _)| rest.starts_with(mark)) else {
            continue;
        };
        let rest = &rest[mark.len()..];
        let next = rest.find(" #").unwrap_or(rest.len());
        let text = rest[..next].trim().to_owned();
        marks.push(Mark { at, number: number.parse().unwrap_or(0), effect: *effect, text });
    }
    marks
}

/// What a marked line becomes.
fn becomes(indent: &str, code: &str, mark: &Mark) -> String {
    let name = code.split_once(" = ").map(|(name, _)| name);
    let whole = top_level(&format!("  {}", mark.text)).is_some_and(|name| {
        let rest = mark.text[name.len()..].trim_start();
        rest.starts_with("= ") || rest.starts_with('{')
    });
    match name {
        _ if mark.text == "nothing" => String::new(),
        Some(name) if !whole => format!("{name} = {}", mark.text),
        _ => format!("{indent}{}", mark.text),
    }
}

/// The attribute or block that begins on a line directly inside the resource.
fn top_level(line: &str) -> Option<String> {
    let rest = line.strip_prefix("  ")?;
    let end = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (end > 0).then(|| rest[..end].to_owned())
}
