//! The manual of a module: what may be said to it, and what it tells.
use std::collections::BTreeSet;

use crate::config::{Module, Variable};
use crate::lang::{self, Type, TypeAttribute};
use crate::report::text::{padded, wrap};
use crate::report::{Paint, Style};

/// All modules, each with the first sentence of what it is for.
pub fn index(modules: &[(&str, String)], paint: Paint) -> String {
    let longest = modules.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, about) in modules {
        let first = about.lines().next().unwrap_or_default();
        let sentence = [". ", ": "]
            .iter()
            .fold(first, |text, end| text.split_once(end).map_or(text, |(first, _)| first));
        let lines =
            wrap(sentence.trim_end_matches('.'), paint.width.saturating_sub(longest + 2).max(24));
        for (number, line) in lines.iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            text.push_str(&format!("{}  {line}\n", padded(name, longest)));
        }
    }
    text
}

/// What a module is for: the comment that its main file begins with, up to where it tells about
/// files or draws something.
pub fn about(main: &str) -> String {
    let lines = main.lines().map_while(|line| line.strip_prefix('#'));
    let prose = lines.take_while(|line| !line.starts_with("  ")).map(str::trim);
    let paragraphs = prose.collect::<Vec<_>>().join("\n");
    let paragraphs = paragraphs.trim().split("\n\n").map(|p| p.replace('\n', " "));
    // What only leads to a drawing says nothing without it.
    paragraphs.filter(|p| !p.ends_with(':')).collect::<Vec<_>>().join("\n\n")
}

/// All about one module.
pub fn page(source: &str, about: &str, module: &Module, paint: Paint) -> String {
    let mut page = Page { text: String::new(), paint };
    page.heading(source);
    page.prose(about, "");
    page.heading("How it is called");
    for line in call(source, module).lines() {
        page.line(&format!("    {line}"));
    }
    page.line("");
    page.heading("Variables");
    let (required, optional): (Vec<_>, Vec<_>) =
        module.variables.iter().partition(|(_, variable)| variable.default.is_none());
    for (name, variable) in required.into_iter().chain(optional) {
        page.variable(name, variable);
    }
    page.heading("Outputs");
    for (name, output) in &module.outputs {
        let name = paint.paint(Style::Bold, name);
        let secret = if output.sensitive { " (never shown)" } else { "" };
        page.line(&format!("  {name}{secret}"));
        page.prose(output.description.as_deref().unwrap_or_default(), "    ");
    }
    page.text
}

struct Page {
    text: String,
    paint: Paint,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn heading(&mut self, title: &str) {
        let title = self.paint.paint(Style::Bold, title);
        self.line(&title);
        self.line("");
    }

    /// Paragraphs, wrapped; what is indented stays as it is.
    fn prose(&mut self, text: &str, indent: &str) {
        for paragraph in text.trim().split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            if paragraph.starts_with("  ") {
                paragraph.lines().for_each(|line| self.line(&format!("{indent}{line}")));
            } else {
                let paragraph = paragraph.replace('\n', " ");
                let width = self.paint.width.saturating_sub(indent.len()).max(24);
                for line in wrap(&paragraph, width) {
                    self.line(&format!("{indent}{line}"));
                }
            }
            self.line("");
        }
    }

    fn variable(&mut self, name: &str, variable: &Variable) {
        let name = self.paint.paint(Style::Bold, name);
        let default = match &variable.default {
            None => "required".to_owned(),
            Some(default) => {
                let span = default.span();
                format!("default {}", &span.source.text[span.range])
            }
        };
        let what = format!("({}; {default})", variable.kind.words());
        let what = self.paint.paint(Style::Dim, &what);
        self.line(&format!("  {name} {what}"));
        self.prose(variable.description.as_deref().unwrap_or_default(), "    ");
        let attributes = attributes(&variable.kind);
        if !attributes.is_empty() {
            for line in &attributes {
                self.line(&format!("      {line}"));
            }
            self.line("");
        }
    }
}

/// What the members of an object are, or of the objects in a collection.
fn attributes(kind: &Type) -> Vec<String> {
    match kind {
        Type::List(inner) | Type::Set(inner) | Type::Map(inner) => attributes(inner),
        Type::Object(attributes) => {
            let longest = attributes.keys().map(String::len).max().unwrap_or(0);
            let line = |(name, attribute): (&String, &TypeAttribute)| {
                let default = match (attribute.optional, &attribute.default) {
                    (false, _) => "required".to_owned(),
                    (true, None) => "optional".to_owned(),
                    (true, Some(default)) => match lang::encode_json(default) {
                        Ok(default) => format!("default {default}"),
                        Err(_) => "optional".to_owned(),
                    },
                };
                let words = attribute.kind.words();
                format!("{}  {words}; {default}", padded(name, longest))
            };
            attributes.iter().map(line).collect()
        }
        _ => Vec::new(),
    }
}

/// The shortest call of a module: what it requires, each with a value that only shows its sort.
fn call(source: &str, module: &Module) -> String {
    let mut lines = vec!["module \"example\" {".to_owned()];
    let aliases: BTreeSet<&str> = module
        .blocks
        .values()
        .map(|block| block.provider.0.as_str())
        .chain(
            module
                .calls
                .values()
                .flat_map(|call| call.providers.values().map(|handed| handed.alias.as_str())),
        )
        .filter(|alias| !alias.is_empty())
        .collect();
    let mut arguments = vec![("source".to_owned(), format!("\"{source}\""))];
    if !aliases.is_empty() {
        let handed: Vec<String> =
            aliases.iter().map(|alias| format!("aws.{alias} = aws.{alias}")).collect();
        arguments.push(("providers".to_owned(), format!("{{ {} }}", handed.join(", "))));
    }
    let own = arguments.len();
    for (name, variable) in &module.variables {
        if variable.default.is_none() {
            arguments.push((name.clone(), sample(&variable.kind)));
        }
    }
    for (number, part) in [&arguments[..own], &arguments[own..]].into_iter().enumerate() {
        if number > 0 && !part.is_empty() {
            lines.push(String::new());
        }
        let longest = part.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in part {
            lines.push(format!("  {} = {value}", padded(name, longest)));
        }
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

/// A value of a type that only shows its sort.
fn sample(kind: &Type) -> String {
    match kind {
        Type::Any | Type::String => "\"...\"".to_owned(),
        Type::Bool => "true".to_owned(),
        Type::Number => "1".to_owned(),
        Type::List(inner) | Type::Set(inner) => format!("[{}]", sample(inner)),
        Type::Map(inner) => format!("{{ \"...\" = {} }}", sample(inner)),
        Type::Tuple(items) => {
            format!("[{}]", items.iter().map(sample).collect::<Vec<_>>().join(", "))
        }
        Type::Object(attributes) => {
            let required = attributes.iter().filter(|(_, attribute)| !attribute.optional);
            let members: Vec<String> = required
                .map(|(name, attribute)| format!("{name} = {}", sample(&attribute.kind)))
                .collect();
            if members.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", members.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    #[test]
    fn what_a_module_is_for_ends_where_it_tells_about_files() {
        let main = "# One thing. And\n# another.\n#\n# Second.\n#\n# Drawn:\n#\n#   main.hcl\n\nlocals {}\n";
        assert_eq!(about(main), "One thing. And another.\n\nSecond.");
        let listed = index(&[("a", about(main)), ("long", "Two.".to_owned())], Paint::PLAIN);
        assert_eq!(listed, "a     One thing\nlong  Two\n");
    }

    #[test]
    fn a_sample_has_what_is_required() {
        let check = |written: &str, expected: &str| {
            let source = Source { name: "type".to_owned(), text: written.to_owned() };
            let expression = lang::parse_expression(&source.into()).expect("it is an expression");
            let kind = Type::parse(&expression).expect("it is a type");
            assert_eq!(sample(&kind), expected);
        };
        check("string", "\"...\"");
        check("map(object({ a = string, b = optional(number) }))", "{ \"...\" = { a = \"...\" } }");
        check("list(bool)", "[true]");
        check("object({ b = optional(number) })", "{}");
    }
}
