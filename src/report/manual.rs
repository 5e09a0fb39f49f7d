//! The manual: what types there are, what each is for, and what its attributes mean.
use crate::report::text::{padded, quote, wrap};
use crate::report::{Paint, Style};
use crate::schema::{
    AttributeSpec, Identity, Kind, Placement, Role, Timeouts, TypeSpec, Unset, prose,
};

/// Whether a type is of resources or of data sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Resources: they are made, changed and destroyed.
    Resource,
    /// Data sources: they are looked up.
    Data,
}

impl Sort {
    fn keyword(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Data => "data",
        }
    }
}

/// All types, each with what it is for.
pub fn index(resources: &[&TypeSpec], data: &[&TypeSpec], paint: Paint) -> String {
    let longest = resources.iter().chain(data).map(|spec| spec.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (title, specs) in [("Resources", resources), ("Data sources", data)] {
        text.push_str(&format!("{}\n\n", paint.paint(Style::Bold, title)));
        for spec in specs {
            let about = prose(spec.about).into_iter().next().unwrap_or_default();
            let about = first_sentence(&about);
            let lines = wrap(about, paint.width.saturating_sub(longest + 4).max(24));
            for (number, line) in lines.iter().enumerate() {
                let name = if number == 0 { spec.name } else { "" };
                text.push_str(&format!("  {}  {line}\n", padded(name, longest)));
            }
        }
        text.push('\n');
    }
    text.push_str(
        "`drctl docs TYPE` tells all about one, `drctl docs data.TYPE` if it is a data source,\n",
    );
    text.push_str("and `drctl docs TYPE.ATTRIBUTE` about one attribute.\n");
    text
}

/// Up to the first full stop or colon that ends a thought.
fn first_sentence(text: &str) -> &str {
    let end = text.find(". ").or_else(|| text.find(": "));
    end.map_or(text, |end| &text[..end]).trim_end_matches('.')
}

/// All about one type. `example` is a configuration of it.
pub fn type_page(spec: &TypeSpec, sort: Sort, example: &str, paint: Paint) -> String {
    let mut page = Page::new(paint);
    page.heading(&format!("{} {}", sort.keyword(), spec.name));
    page.paragraphs(spec.about, 0);
    if spec.data_bearing {
        page.paragraphs(
            "It holds data, so it is neither deleted nor replaced because a line changed.",
            0,
        );
    }
    page.heading("Example");
    for line in example.lines() {
        page.line(&format!("    {line}"));
    }
    page.line("");
    if !spec.inputs.is_empty() {
        page.heading("Arguments");
        page.table(spec.inputs, "", 1, Told::Argument);
    }
    page.heading("Attributes that AWS tells");
    page.line(&format!("  id: the same as `{}`.", spec.id));
    page.line("");
    page.table(spec.outputs, "", 1, Told::Output);
    if sort == Sort::Resource {
        page.heading("How it is gone about");
        page.list(&facts(spec));
    }
    page.text
}

/// All about one attribute, given by the names that lead to it.
pub fn attribute_page(
    spec: &TypeSpec,
    path: &str,
    attribute: &AttributeSpec,
    output: bool,
    paint: Paint,
) -> String {
    let told = if output { Told::Output } else { Told::Argument };
    let mut page = Page::new(paint);
    page.heading(&format!("{}.{path}", spec.name));
    page.line(&words(attribute, told));
    page.line("");
    page.paragraphs(attribute.doc, 0);
    if let Some(inner) = attribute.kind.block() {
        page.table(inner, path, 1, told);
    }
    page.text
}

/// What an attribute is declared as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// By the configuration.
    Argument,
    /// By AWS.
    Output,
}

struct Page {
    text: String,
    paint: Paint,
}

impl Page {
    fn new(paint: Paint) -> Self {
        Self { text: String::new(), paint }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn heading(&mut self, title: &str) {
        let title = self.paint.paint(Style::Bold, title);
        self.line(&title);
        self.line("");
    }

    fn paragraphs(&mut self, doc: &str, depth: usize) {
        let indent = "    ".repeat(depth);
        for paragraph in prose(doc) {
            for line in wrap(&paragraph, self.paint.width.saturating_sub(indent.len()).max(24)) {
                self.line(&format!("{indent}{line}"));
            }
            self.line("");
        }
    }

    fn list(&mut self, facts: &[String]) {
        for fact in facts {
            for (number, line) in
                wrap(fact, self.paint.width.saturating_sub(4).max(24)).iter().enumerate()
            {
                let mark = if number == 0 { "  * " } else { "    " };
                self.line(&format!("{mark}{line}"));
            }
        }
    }

    fn table(&mut self, table: &[AttributeSpec], above: &str, depth: usize, told: Told) {
        for attribute in table {
            let path = match above {
                "" => attribute.name.to_owned(),
                above => format!("{above}.{}", attribute.name),
            };
            let name = self.paint.paint(Style::Bold, &path);
            let what = self.paint.paint(Style::Dim, &format!("({})", words(attribute, told)));
            self.line(&format!("{}{name} {what}", "  ".repeat(depth)));
            self.paragraphs(attribute.doc, depth + 1);
            if let Some(inner) = attribute.kind.block() {
                self.table(inner, &path, depth, told);
            }
        }
    }
}

/// What sort of value it is, and what holds for it.
fn words(attribute: &AttributeSpec, told: Told) -> String {
    let mut words = vec![sort(&attribute.kind)];
    if told == Told::Output {
        return words.remove(0);
    }
    words.push(match attribute.unset {
        _ if attribute.required => "required".to_owned(),
        Unset::Bool(default) => format!("default {default}"),
        Unset::Int(default) => format!("default {default}"),
        Unset::Text(default) => format!("default {}", quote(default)),
        Unset::AwsDecides => "optional, AWS decides when it is absent".to_owned(),
        Unset::Absent => "optional".to_owned(),
    });
    match attribute.role {
        Role::State => {}
        Role::Key => words.push("part of its identity".to_owned()),
        Role::Initial => words.push("counts at creation only".to_owned()),
        Role::Option => words.push("not kept by AWS and not compared".to_owned()),
    }
    if attribute.replaces {
        words.push("another value replaces the resource".to_owned());
    }
    if attribute.sensitive {
        words.push("never shown".to_owned());
    }
    words.join("; ")
}

fn sort(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "bool".to_owned(),
        Kind::Int | Kind::Float => "number".to_owned(),
        Kind::Text => "string".to_owned(),
        Kind::Record(_) => "block".to_owned(),
        Kind::List(Kind::Record(_)) => "blocks, in order".to_owned(),
        Kind::Set(Kind::Record(_)) => "blocks, in any order".to_owned(),
        Kind::List(item) => format!("list of {}s", sort(item)),
        Kind::Set(item) => format!("set of {}s", sort(item)),
        Kind::Map(item) => format!("map of {}s", sort(item)),
    }
}

/// What holds for a type as a whole.
fn facts(spec: &TypeSpec) -> Vec<String> {
    let place = match spec.placement {
        Placement::Regional => "It lives in one account and Region.",
        Placement::Global => "It lives in one account, whatever the Region.",
        Placement::Local => "It is computed on this machine.",
    };
    let found = match spec.identity {
        Identity::Named => "It is found by its name; its tags say whose it is.",
        Identity::Child => "It is found by its name; it has no tags.",
        Identity::Minted(_) => "AWS picks its id: it is found by the tags that say whose it is.",
        Identity::Listed => "AWS picks its id: it is found by its name among those of its parent.",
        Identity::Single => "There is always exactly one: it is changed, never made or deleted.",
    };
    let Timeouts { create, update, delete } = spec.timeouts;
    let times = if create == update && update == delete {
        format!("Each change may take {}; a `timeouts` block says otherwise.", length(create))
    } else {
        format!(
            "Being created may take {}, being changed {}, being deleted {}; a `timeouts` block \
             says otherwise.",
            length(create),
            length(update),
            length(delete)
        )
    };
    let forced: Vec<String> = spec
        .inputs
        .iter()
        .filter(|attribute| attribute.replaces)
        .map(|attribute| format!("`{}`", attribute.name))
        .collect();
    let replaced = match forced.len() {
        0 => "Every attribute can be changed in place.".to_owned(),
        _ => format!("Replaced if one of these changes: {}.", forced.join(", ")),
    };
    vec![place.to_owned(), found.to_owned(), replaced, times]
}

fn length(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, 1) => "1 minute".to_owned(),
        (0, minutes) => format!("{minutes} minutes"),
        (1, 0) => "1 hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// An example of a type out of a configuration that has one labelled `sample`, without comments.
pub fn example(configuration: &str, type_name: &str) -> Option<String> {
    let begin = format!("resource \"{type_name}\" \"sample\" {{");
    let from = configuration.find(&begin)?;
    let to = from + configuration[from..].find("\n}")? + 2;
    let mut lines: Vec<&str> = Vec::new();
    for line in configuration[from..to].lines() {
        let code = comment(line).map_or(line, |at| &line[..at]).trim_end();
        let commented = code.is_empty() && !line.trim().is_empty();
        let double = code.is_empty() && lines.last().is_none_or(|last| last.is_empty());
        if !commented && !double {
            lines.push(code);
        }
    }
    // What stood before the last brace may have been comments only.
    if let [.., before, _] = lines[..]
        && before.is_empty()
    {
        lines.remove(lines.len() - 2);
    }
    Some(lines.join("\n").replacen("\"sample\"", "\"example\"", 1))
}

/// Where the comment of a line begins, which is not inside a string.
fn comment(line: &str) -> Option<usize> {
    let mut quoted = false;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        match letter {
            '"' if before != '\\' => quoted = !quoted,
            '#' if !quoted => return Some(at),
            _ => {}
        }
        before = letter;
    }
    None
}

/// The shortest block of a type: what it requires, each with a value that only shows its sort.
pub fn skeleton(spec: &TypeSpec, sort: Sort) -> String {
    let mut lines = vec![format!("{} \"{}\" \"example\" {{", sort.keyword(), spec.name)];
    let required: Vec<&AttributeSpec> =
        spec.inputs.iter().filter(|attribute| attribute.required).collect();
    let longest = required.iter().map(|attribute| attribute.name.len()).max().unwrap_or(0);
    for attribute in required {
        let name = padded(attribute.name, longest);
        match attribute.kind {
            Kind::Bool => lines.push(format!("  {name} = true")),
            Kind::Int | Kind::Float => lines.push(format!("  {name} = 1")),
            Kind::Text => lines.push(format!("  {name} = \"...\"")),
            Kind::Map(_) => lines.push(format!("  {name} = {{}}")),
            _ if attribute.kind.block().is_some() => {
                lines.push(format!("  {} {{}}", attribute.name));
            }
            _ => lines.push(format!("  {name} = [\"...\"]")),
        }
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_a_sample_without_its_comments() {
        let sample = r##"
resource "aws_x" "needed" {
}

resource "aws_x" "sample" {
  a = "#1"   # -> "#2"

  #1 -> b = 2
  # -> c = 3

  block {    # -> nothing
    d = 1
  }

  # untested: e: why
}
"##;
        let expected =
            "resource \"aws_x\" \"example\" {\n  a = \"#1\"\n\n  block {\n    d = 1\n  }\n}";
        assert_eq!(example(sample, "aws_x").as_deref(), Some(expected));
        assert_eq!(example(sample, "aws_y"), None);
    }

    #[test]
    fn the_index_has_a_sentence_each() {
        assert_eq!(
            first_sentence("A rule of EventBridge: hands events on. More."),
            "A rule of EventBridge: hands events on"
        );
        assert_eq!(first_sentence("An alarm on one metric."), "An alarm on one metric");
    }
}
