//! What an expression refers to: the edges of the graph.
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::expr::ForExpr;
use hcl_edit::expr::FuncCall;
use hcl_edit::expr::ObjectKey;
use hcl_edit::expr::TraversalOperator;
use hcl_edit::template::Directive;
use hcl_edit::template::Element;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;
use crate::lang::Expr;
use crate::lang::Template;
use crate::lang::arithmetic;
use crate::lang::functions;
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
    let mut finder = Finder { source, bound: Vec::new(), found: Vec::new(), calls: Vec::new() };
    finder.expression(&expression.ast);
    finder.found
}

/// What is wrong with the calls in `expression` whatever its values: functions that do not exist.
pub fn wrong_calls(expression: &Expr) -> Vec<Diagnostic> {
    let source = &expression.source;
    let mut finder = Finder { source, bound: Vec::new(), found: Vec::new(), calls: Vec::new() };
    finder.expression(&expression.ast);
    finder
        .calls
        .iter()
        .filter_map(|call| functions::named(source, call).err())
        .map(|p| *p)
        .collect()
}

/// Everything that a template refers to.
pub fn references_in_template(template: &Template) -> Vec<Traversal> {
    let source = &template.source;
    let mut finder = Finder { source, bound: Vec::new(), found: Vec::new(), calls: Vec::new() };
    finder.elements(template.ast.iter());
    finder.found
}

struct Finder<'a> {
    source: &'a Arc<Source>,
    bound: Vec<&'a str>,
    found: Vec<Traversal>,
    calls: Vec<&'a FuncCall>,
}

impl<'a> Finder<'a> {
    fn expression(&mut self, expression: &'a Expression) {
        match expression {
            Expression::Null(_)
            | Expression::Bool(_)
            | Expression::Number(_)
            | Expression::String(_) => {}
            Expression::Array(items) => items.iter().for_each(|item| self.expression(item)),
            Expression::Object(object) => {
                for (key, value) in object {
                    match key {
                        ObjectKey::Ident(_) => {}
                        ObjectKey::Expression(key) => self.expression(key),
                    }
                    self.expression(value.expr());
                }
            }
            Expression::StringTemplate(template) => self.elements(template.iter()),
            Expression::HeredocTemplate(heredoc) => self.elements(heredoc.template.iter()),
            Expression::Parenthesis(inner) => self.expression(inner.inner()),
            Expression::Variable(name) => self.root(name.as_str(), expression, &[]),
            Expression::Conditional(conditional) => {
                self.expression(&conditional.cond_expr);
                self.expression(&conditional.true_expr);
                self.expression(&conditional.false_expr);
            }
            Expression::FuncCall(call) => {
                self.calls.push(call);
                call.args.iter().for_each(|item| self.expression(item));
            }
            Expression::Traversal(traversal) => {
                if let Expression::Variable(name) = &traversal.expr {
                    self.root(name.as_str(), &traversal.expr, &traversal.operators);
                } else {
                    self.expression(&traversal.expr);
                }
                for operator in &traversal.operators {
                    if let TraversalOperator::Index(index) = operator.value() {
                        self.expression(index);
                    }
                }
            }
            Expression::UnaryOp(operation) => self.expression(&operation.expr),
            Expression::BinaryOp(operation) => {
                self.expression(&operation.lhs_expr);
                self.expression(&operation.rhs_expr);
            }
            Expression::ForExpr(each) => self.for_expression(each),
        }
    }

    fn for_expression(&mut self, each: &'a ForExpr) {
        self.expression(&each.intro.collection_expr);
        let before = self.bound.len();
        self.bound.extend(each.intro.key_var.as_ref().map(|name| name.as_str()));
        self.bound.push(each.intro.value_var.as_str());
        if let Some(key) = &each.key_expr {
            self.expression(key);
        }
        self.expression(&each.value_expr);
        if let Some(condition) = &each.cond {
            self.expression(&condition.expr);
        }
        self.bound.truncate(before);
    }

    fn elements(&mut self, elements: impl Iterator<Item = &'a Element>) {
        for element in elements {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(interpolation) => self.expression(&interpolation.expr),
                Element::Directive(directive) => match &**directive {
                    Directive::If(choice) => {
                        self.expression(&choice.if_expr.cond_expr);
                        self.elements(choice.if_expr.template.iter());
                        if let Some(other) = &choice.else_expr {
                            self.elements(other.template.iter());
                        }
                    }
                    Directive::For(each) => {
                        let each = &each.for_expr;
                        self.expression(&each.collection_expr);
                        let before = self.bound.len();
                        self.bound.extend(each.key_var.as_ref().map(|name| name.as_str()));
                        self.bound.push(each.value_var.as_str());
                        self.elements(each.template.iter());
                        self.bound.truncate(before);
                    }
                },
            }
        }
    }

    fn root(
        &mut self,
        name: &str,
        at: &Expression,
        operators: &[hcl_edit::Decorated<TraversalOperator>],
    ) {
        if self.bound.contains(&name) {
            return;
        }
        let mut range = at.span().unwrap_or(0..0);
        let mut steps = Vec::new();
        for operator in operators {
            let step = match operator.value() {
                TraversalOperator::GetAttr(name) => Key::Attribute(name.as_str().to_owned()),
                TraversalOperator::LegacyIndex(index) => {
                    Key::Index(Number::from(i64::try_from(*index.value()).unwrap_or(i64::MAX)))
                }
                TraversalOperator::Index(index) => match self.constant(index) {
                    Some(key) => key,
                    None => break,
                },
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => break,
            };
            range.end = operator.span().map_or(range.end, |span| span.end.max(range.end));
            steps.push(step);
        }
        let span = Span { source: self.source.clone(), range };
        self.found.push(Traversal { root: name.to_owned(), steps, span });
    }

    fn constant(&self, index: &Expression) -> Option<Key> {
        match index {
            Expression::String(text) => Some(Key::Name(text.value().clone())),
            Expression::Number(_) => {
                let text = self.source.text.get(index.span()?)?;
                arithmetic::parse(text).map(Key::Index)
            }
            Expression::Parenthesis(inner) => self.constant(inner.inner()),
            _ => None,
        }
    }
}
