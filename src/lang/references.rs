//! What an expression refers to: the edges of the graph.
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;
use crate::lang::Expr;
use crate::lang::Template;
use crate::lang::functions;
use crate::lang::place;
use crate::lang::syntax::Call;
use crate::lang::syntax::Expression;
use crate::lang::syntax::For;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Member;
use crate::lang::syntax::Part;
use crate::lang::syntax::Step;
use crate::lang::syntax::StepKind;
use crate::lang::syntax::Template as TemplateSyntax;
use crate::value::Number;

/// A name and the steps behind it that are plain to see: `aws_kms_key.main["a"].arn`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traversal {
    /// The first name.
    pub root: String,
    /// The steps, up to the first that only evaluation can tell.
    pub steps: Vec<Key>,
    /// Where it is written, steps included.
    pub span: Span,
}

/// One step behind a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `.name`
    Attribute(String),
    /// `["name"]`
    Name(String),
    /// `[0]`
    Index(Number),
}

/// Everything that `expression` refers to, in the order in which it is written.
///
/// Names that a `for` inside the expression makes are no references.
pub fn references(expression: &Expr) -> Vec<Traversal> {
    let source = &expression.source;
    let mut finder = Finder {
        source,
        bound: Vec::new(),
        found: Vec::new(),
        calls: Vec::new(),
        objects: Vec::new(),
    };
    finder.expression(&expression.ast);
    finder.found
}

/// What is wrong with `expression` whatever its values: functions that do not exist, and, as a
/// warning, members of an object that take the place of others.
pub fn wrong_calls(expression: &Expr) -> Vec<Diagnostic> {
    let source = &expression.source;
    let mut finder = Finder {
        source,
        bound: Vec::new(),
        found: Vec::new(),
        calls: Vec::new(),
        objects: Vec::new(),
    };
    finder.expression(&expression.ast);
    let calls = finder.calls.iter().filter_map(|call| functions::named(source, call).err());
    let calls: Vec<Diagnostic> = calls.map(|problem| *problem).collect();
    let repeated = finder.objects.iter().flat_map(|members| repeated(source, members));
    calls.into_iter().chain(repeated).collect()
}

/// Members of an object whose name another one has.
fn repeated(source: &Arc<Source>, members: &[Member]) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    let text = |member: &Member| match &member.key.kind {
        Kind::Text(name) => Some((name.clone(), place(source, &member.key))),
        _ => None,
    };
    let again = members.iter().filter_map(text).filter(|(name, _)| !seen.insert(name.clone()));
    again
        .map(|(name, span)| {
            let detail =
                format!("This object has the member \"{name}\" already; the last one counts.");
            Diagnostic::warning("Duplicate object key", detail).at(span)
        })
        .collect()
}

/// Everything that a template refers to.
pub fn references_in_template(template: &Template) -> Vec<Traversal> {
    let source = &template.source;
    let mut finder = Finder {
        source,
        bound: Vec::new(),
        found: Vec::new(),
        calls: Vec::new(),
        objects: Vec::new(),
    };
    finder.template(&template.ast);
    finder.found
}

struct Finder<'a> {
    source: &'a Arc<Source>,
    bound: Vec<&'a str>,
    found: Vec<Traversal>,
    calls: Vec<&'a Call>,
    objects: Vec<&'a [Member]>,
}

impl<'a> Finder<'a> {
    fn expression(&mut self, expression: &'a Expression) {
        match &expression.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => {}
            Kind::Template(template) => self.template(template),
            Kind::Tuple(items) => items.iter().for_each(|item| self.expression(item)),
            Kind::Object(members) => {
                self.objects.push(members);
                for member in members {
                    self.expression(&member.key);
                    self.expression(&member.value);
                }
            }
            Kind::Parentheses(inner) | Kind::Not(inner) | Kind::Negative(inner) => {
                self.expression(inner);
            }
            Kind::Name(name) => self.root(name, expression, &[]),
            Kind::Conditional(conditional) => {
                self.expression(&conditional.condition);
                self.expression(&conditional.yes);
                self.expression(&conditional.no);
            }
            Kind::Call(call) => {
                self.calls.push(call);
                call.arguments.iter().for_each(|item| self.expression(item));
            }
            Kind::Traversal(traversal) => {
                if let Kind::Name(name) = &traversal.from.kind {
                    self.root(name, &traversal.from, &traversal.steps);
                } else {
                    self.expression(&traversal.from);
                }
                for step in &traversal.steps {
                    if let StepKind::Index(index) = &step.kind {
                        self.expression(index);
                    }
                }
            }
            Kind::Operation(row) => {
                self.expression(&row.first);
                row.rest.iter().for_each(|(_, operand)| self.expression(operand));
            }
            Kind::For(each) => self.for_expression(each),
        }
    }

    fn for_expression(&mut self, each: &'a For) {
        self.expression(&each.collection);
        let before = self.bound.len();
        self.bound.extend(each.key_name.as_ref().map(|name| name.text.as_str()));
        self.bound.push(&each.value_name.text);
        if let Some(key) = &each.key {
            self.expression(key);
        }
        self.expression(&each.value);
        if let Some(condition) = &each.condition {
            self.expression(condition);
        }
        self.bound.truncate(before);
    }

    fn template(&mut self, template: &'a TemplateSyntax) {
        for part in &template.parts {
            match part {
                Part::Text(_) => {}
                Part::Value(value) => self.expression(value),
                Part::If(choice) => {
                    self.expression(&choice.condition);
                    self.template(&choice.yes);
                    self.template(&choice.no);
                }
                Part::For(each) => {
                    self.expression(&each.collection);
                    let before = self.bound.len();
                    self.bound.extend(each.key.as_ref().map(|name| name.text.as_str()));
                    self.bound.push(&each.value.text);
                    self.template(&each.body);
                    self.bound.truncate(before);
                }
            }
        }
    }

    fn root(&mut self, name: &str, at: &Expression, written: &[Step]) {
        if self.bound.contains(&name) {
            return;
        }
        let mut range = at.range.clone();
        let mut steps = Vec::new();
        for step in written {
            let key = match &step.kind {
                StepKind::Attribute(name) => Key::Attribute(name.clone()),
                StepKind::Position(number) => Key::Index(number.clone()),
                StepKind::Index(index) => match constant(index) {
                    Some(key) => key,
                    None => break,
                },
                StepKind::AttributeSplat | StepKind::FullSplat => break,
            };
            range.end = step.range.end;
            steps.push(key);
        }
        let span = Span { source: self.source.clone(), range };
        self.found.push(Traversal { root: name.to_owned(), steps, span });
    }
}

fn constant(index: &Expression) -> Option<Key> {
    match &index.kind {
        Kind::Text(text) => Some(Key::Name(text.clone())),
        Kind::Number(number) => Some(Key::Index(number.clone())),
        Kind::Parentheses(inner) => constant(inner),
        _ => None,
    }
}
