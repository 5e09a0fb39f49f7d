//! Templates: quoted strings, heredocs and template files.
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::template::Directive;
use hcl_edit::template::Element;
use hcl_edit::template::ForTemplateExpr;
use hcl_edit::template::HeredocTemplate;
use hcl_edit::template::StringTemplate;
use hcl_edit::template::Strip;
use hcl_edit::template::Template;

use crate::diagnostic::Source;
use crate::lang::Type;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::each::Items;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::Place;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::text;
use crate::lang::evaluate::unmark;
use crate::value::Value;

/// A template as a flat row of pieces. Flat, because `~` and the indentation of `<<-` look at the
/// neighbour in the text, whatever directive it belongs to.
struct Piece<'t> {
    kind: PieceKind<'t>,
    /// `~` at the start: strip space before; at the end: strip space behind.
    strip: (bool, bool),
}

enum PieceKind<'t> {
    Literal(String),
    Value(&'t Expression),
    If(&'t Expression),
    Else,
    EndIf,
    For(&'t ForTemplateExpr),
    EndFor,
}

/// What has been written so far.
#[derive(Default)]
struct Written {
    text: String,
    waiting: Vec<Value>,
    sensitive: bool,
}

impl Evaluator<'_> {
    pub(super) fn quoted(&self, template: &StringTemplate) -> Outcome {
        let mut pieces = Vec::new();
        // The syntax tree resolves escapes, but not inside of directives; so from the file.
        flatten(template.iter(), &mut pieces, &|element, literal| {
            let written = element.span().and_then(|range| self.source.text.get(range));
            vec![written.map_or_else(|| literal.to_owned(), unescape_quoted)]
        });
        strip(&mut pieces);
        self.render(&pieces)
    }

    pub(super) fn heredoc(&self, at: &Expression, heredoc: &HeredocTemplate) -> Outcome {
        let mut pieces = self.lines(&heredoc.template);
        let written = at.span().and_then(|range| self.source.text.get(range)).unwrap_or_default();
        if written.starts_with("<<-") {
            dedent(&mut pieces);
        }
        if pieces.is_empty() {
            return Ok(Value::text(""));
        }
        self.render(&pieces)
    }

    pub(super) fn template(&self, template: &Template) -> Outcome {
        let pieces = self.lines(template);
        if pieces.is_empty() {
            return Ok(Value::text(""));
        }
        self.render(&pieces)
    }

    /// The pieces of a template without quotes; its literals are cut into lines and taken from
    /// the file, since the syntax tree has already moved the indentation of `<<-`.
    fn lines<'t>(&self, template: &'t Template) -> Vec<Piece<'t>> {
        let mut pieces = Vec::new();
        flatten(template.iter(), &mut pieces, &|element, literal| {
            let written = element.span().and_then(|range| self.source.text.get(range));
            let text = written.map_or_else(|| literal.to_owned(), unescape);
            text.split_inclusive('\n').map(str::to_owned).collect()
        });
        strip(&mut pieces);
        pieces
    }

    fn render(&self, pieces: &[Piece<'_>]) -> Outcome {
        if let [Piece { kind: PieceKind::Value(expression), .. }] = pieces {
            return self.expression(expression);
        }
        let mut written = Written::default();
        self.row(pieces, &mut written)?;
        let Written { text: all, waiting, sensitive } = written;
        let value = if waiting.is_empty() { text(&all) } else { unknown(&waiting) };
        Ok(mark(value, sensitive))
    }

    fn row(&self, pieces: &[Piece<'_>], out: &mut Written) -> Outcome<()> {
        let mut errors = Vec::new();
        let mut at = 0;
        while let Some(piece) = pieces.get(at) {
            let result = match &piece.kind {
                PieceKind::Literal(literal) => {
                    out.text.push_str(literal);
                    Ok(())
                }
                PieceKind::Value(expression) => self.interpolate(expression, out),
                PieceKind::If(condition) => {
                    let (middle, end) = arms(pieces, at);
                    let yes = &pieces[at + 1..middle];
                    let no = pieces.get(middle + 1..end).unwrap_or_default();
                    at = end;
                    self.choice(condition, yes, no, out)
                }
                PieceKind::For(each) => {
                    let (_, end) = arms(pieces, at);
                    let body = &pieces[at + 1..end];
                    at = end;
                    self.repeat(each, body, out)
                }
                PieceKind::Else | PieceKind::EndIf | PieceKind::EndFor => Ok(()),
            };
            errors.extend(result.err().into_iter().flatten());
            at += 1;
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn interpolate(&self, expression: &Expression, out: &mut Written) -> Outcome<()> {
        let (value, sensitive) = unmark(self.expression(expression)?);
        out.sensitive |= sensitive;
        let summary = "Invalid template interpolation value";
        match convert(value, &Type::String) {
            Ok(Value::String(text)) => out.text.push_str(&text),
            Ok(Value::Null) => {
                let detail = "The expression result is null. Cannot include a null value in a \
                              string template.";
                return self.error(expression, summary, detail);
            }
            Ok(unknown) => out.waiting.push(unknown),
            Err(error) => {
                let detail =
                    format!("Cannot include the given value in a string template: {error}.");
                return self.error(expression, summary, detail);
            }
        }
        Ok(())
    }

    fn choice(
        &self,
        condition: &Expression,
        yes: &[Piece<'_>],
        no: &[Piece<'_>],
        out: &mut Written,
    ) -> Outcome<()> {
        let (condition, sensitive) = self.condition(condition, Place::Plain)?;
        out.sensitive |= sensitive;
        match condition {
            Ok(true) => self.row(yes, out),
            Ok(false) => self.row(no, out),
            Err(value) => {
                out.waiting.push(value);
                // What the arms wait for counts too; that one of them fails does not.
                for arm in [yes, no] {
                    let mut aside = Written::default();
                    if self.row(arm, &mut aside).is_ok() {
                        out.waiting.extend(aside.waiting);
                        out.sensitive |= aside.sensitive;
                    }
                }
                Ok(())
            }
        }
    }

    fn repeat(&self, each: &ForTemplateExpr, body: &[Piece<'_>], out: &mut Written) -> Outcome<()> {
        let items = match self.items(&each.collection_expr)? {
            Items::Known { items, sensitive } => {
                out.sensitive |= sensitive;
                items
            }
            Items::Unknown(value) => {
                let (value, sensitive) = unmark(value);
                out.sensitive |= sensitive;
                out.waiting.push(value);
                return Ok(());
            }
        };
        let mut errors = Vec::new();
        for item in items {
            let key = each.key_var.as_ref().map(|name| name.as_str());
            let context = self.context.with(Self::bind(key, each.value_var.as_str(), item));
            let inner = Evaluator { source: self.source, context: &context };
            errors.extend(inner.row(body, out).err().into_iter().flatten());
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Where the `else` and the end of the directive at `start` are; without `else` both are the end.
fn arms(pieces: &[Piece<'_>], start: usize) -> (usize, usize) {
    let mut depth = 0;
    let mut middle = None;
    for (at, piece) in pieces.iter().enumerate().skip(start) {
        match piece.kind {
            PieceKind::If(_) | PieceKind::For(_) => depth += 1,
            PieceKind::Else if depth == 1 => middle = Some(at),
            PieceKind::EndIf | PieceKind::EndFor => {
                depth -= 1;
                if depth == 0 {
                    return (middle.unwrap_or(at), at);
                }
            }
            PieceKind::Else | PieceKind::Literal(_) | PieceKind::Value(_) => {}
        }
    }
    (pieces.len(), pieces.len())
}

fn flatten<'t>(
    elements: impl Iterator<Item = &'t Element>,
    out: &mut Vec<Piece<'t>>,
    literal: &dyn Fn(&Element, &str) -> Vec<String>,
) {
    let push = |out: &mut Vec<Piece<'t>>, kind, strip: Option<Strip>| {
        let strip = match strip {
            None | Some(Strip::None) => (false, false),
            Some(Strip::Start) => (true, false),
            Some(Strip::End) => (false, true),
            Some(Strip::Both) => (true, true),
        };
        out.push(Piece { kind, strip });
    };
    for element in elements {
        match element {
            Element::Literal(text) => {
                for line in literal(element, text) {
                    push(out, PieceKind::Literal(line), None);
                }
            }
            Element::Interpolation(value) => {
                push(out, PieceKind::Value(&value.expr), Some(value.strip));
            }
            Element::Directive(directive) => match &**directive {
                Directive::If(choice) => {
                    let start = &choice.if_expr;
                    push(out, PieceKind::If(&start.cond_expr), Some(start.strip));
                    flatten(start.template.iter(), out, literal);
                    if let Some(other) = &choice.else_expr {
                        push(out, PieceKind::Else, Some(other.strip));
                        flatten(other.template.iter(), out, literal);
                    }
                    push(out, PieceKind::EndIf, Some(choice.endif_expr.strip));
                }
                Directive::For(each) => {
                    push(out, PieceKind::For(&each.for_expr), Some(each.for_expr.strip));
                    flatten(each.for_expr.template.iter(), out, literal);
                    push(out, PieceKind::EndFor, Some(each.endfor_expr.strip));
                }
            },
        }
    }
}

/// `~` takes the space off the literal next to it.
fn strip(pieces: &mut [Piece<'_>]) {
    for at in 0..pieces.len() {
        let (before, behind) = pieces[at].strip;
        if before
            && at > 0
            && let PieceKind::Literal(text) = &mut pieces[at - 1].kind
        {
            text.truncate(text.trim_end().len());
        }
        if behind && let Some(Piece { kind: PieceKind::Literal(text), .. }) = pieces.get_mut(at + 1)
        {
            *text = text.trim_start().to_owned();
        }
    }
}

/// `<<-` takes off every line what the least indented line has. A line that is only space does
/// not count; a line that starts with `${` has no indentation.
fn dedent(pieces: &mut [Piece<'_>]) {
    let mut least = usize::MAX;
    let mut line_start = true;
    let mut starts = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let literal = match &piece.kind {
            PieceKind::Literal(text) => Some(text.as_str()),
            _ => None,
        };
        if line_start {
            line_start = false;
            match literal {
                Some(text) if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Some(text) => {
                    starts.push(at);
                    least = least.min(text.chars().take_while(|c| c.is_whitespace()).count());
                }
                None => least = 0,
            }
        }
        if literal.is_some_and(|text| text.ends_with('\n')) {
            line_start = true;
        }
    }
    for at in starts {
        if let PieceKind::Literal(text) = &mut pieces[at].kind {
            *text = text.chars().skip(least).collect();
        }
    }
}

/// Outside quotes only these two have an escape.
fn unescape(text: &str) -> String {
    text.replace("$${", "${").replace("%%{", "%{")
}

/// Inside quotes there are those of the backslash too.
fn unescape_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&unescape(&rest[..at]));
        let selector = rest[at + 1..].chars().next();
        let digits = match selector {
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let behind = at + 1 + selector.map_or(0, char::len_utf8);
        let code = rest.get(behind..behind + digits);
        match selector {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u' | 'U') => {
                let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
                out.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = rest.get(behind + digits..).unwrap_or_default();
    }
    out.push_str(&unescape(rest));
    out
}

/// A source for a template that stands in no file.
pub(super) fn inline_source(name: &str, text: &str) -> Arc<Source> {
    Arc::new(Source { name: name.to_owned(), text: text.to_owned() })
}
