//! The order of tokens, looked at when the parser has failed: every argument and block is read
//! for itself, so that one mistake does not hide the next.
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::parser;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Source;
use crate::diagnostic::Span;
use crate::lang::parse::translate;
use crate::lang::scan::Token;
use crate::lang::scan::TokenKind;

struct Checker<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    problems: Vec<Diagnostic>,
}

/// What is wrong with a file whose quotes and brackets are right.
pub(super) fn check(source: &Arc<Source>, text: &str, tokens: &[Token]) -> Vec<Diagnostic> {
    let mut checker = Checker { source, text, tokens, at: 0, problems: Vec::new() };
    while checker.at < tokens.len() {
        checker.body(0);
        // A closing brace that closes nothing has been reported; go on behind it.
        checker.at += 1;
    }
    checker.problems
}

/// What is wrong with an expression whose quotes and brackets are right.
pub(super) fn check_expression(
    source: &Arc<Source>,
    text: &str,
    tokens: &[Token],
) -> Option<Diagnostic> {
    let mut checker = Checker { source, text, tokens, at: 0, problems: Vec::new() };
    checker.expression(0..tokens.len());
    checker.problems.into_iter().next()
}

impl Checker<'_> {
    fn kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn range(&self, at: usize) -> Range<usize> {
        let end = self.text.len();
        self.tokens.get(at).map_or(end..end, |token| token.range.clone())
    }

    fn word(&self, at: usize) -> &str {
        self.text.get(self.range(at)).unwrap_or_default()
    }

    fn problem(&mut self, range: Range<usize>, summary: &str, detail: &str, hint: &str) {
        let span = Span { source: self.source.clone(), range };
        let problem = Diagnostic::error(summary, detail).at(span);
        self.problems.push(if hint.is_empty() { problem } else { problem.hint(hint) });
    }

    /// Arguments and blocks, up to the brace that ends them.
    fn body(&mut self, depth: usize) {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        while let Some(kind) = self.kind() {
            match kind {
                TokenKind::Newline => self.at += 1,
                TokenKind::Close('}') => return,
                TokenKind::Word => self.item(&mut names, depth),
                TokenKind::Text if self.next_kind() == Some(TokenKind::Assign) => {
                    let name = self.word(self.at).trim_matches('"').to_owned();
                    let hint = format!("Write {name} = ... without the quotes.");
                    let range = self.range(self.at);
                    let detail = "The name of an argument is written without quotes.";
                    self.problem(range, "Invalid argument name", detail, &hint);
                    self.skip_line();
                }
                _ => {
                    let detail = "An argument (name = value) or a block (name { ... }) is \
                                  expected here.";
                    let range = self.range(self.at);
                    self.problem(range, "Argument or block definition required", detail, "");
                    self.skip_line();
                }
            }
        }
    }

    fn next_kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at + 1).map(|token| token.kind)
    }

    /// To the end of the line, over whatever is in brackets.
    fn skip_line(&mut self) {
        self.at = self.line_end(self.at);
    }

    /// Where the argument that is at `from` ends: at a newline, or at the brace of its block.
    fn line_end(&self, from: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(from) {
            match token.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth == 0 => return at,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Newline if depth == 0 => return at,
                _ => {}
            }
        }
        self.tokens.len()
    }

    fn item(&mut self, names: &mut BTreeMap<String, usize>, depth: usize) {
        let start = self.at;
        let name = self.word(start).to_owned();
        self.at += 1;
        match self.kind() {
            Some(TokenKind::Assign) => self.argument(start, &name, names),
            Some(TokenKind::Open('{')) => self.block(start, depth),
            Some(TokenKind::Text | TokenKind::Word) => {
                while let Some(TokenKind::Text | TokenKind::Word) = self.kind() {
                    if self.word(self.at).contains("${") && self.word(self.at).starts_with('"') {
                        let detail = "A label is plain text, without ${ }.";
                        self.problem(self.range(self.at), "Invalid block label", detail, "");
                    }
                    self.at += 1;
                }
                match self.kind() {
                    Some(TokenKind::Open('{')) => self.block(start, depth),
                    Some(TokenKind::Assign) => {
                        let detail = "An equals sign makes this an argument, and an argument has \
                                      only one name.";
                        let range = self.range(self.at);
                        self.problem(range, "Invalid block definition", detail, "");
                        self.skip_line();
                    }
                    _ if self.at == start + 2 => self.missing_equals(start, &name),
                    _ => {
                        let detail = "A block needs { on the line of its name.";
                        let range = self.range(start);
                        self.problem(range, "Invalid block definition", detail, "");
                        self.skip_line();
                    }
                }
            }
            Some(TokenKind::Other) if self.word(self.at) == ":" => {
                let detail = "An argument is set with an equals sign, not with a colon.";
                let hint = format!("Write {name} = ...");
                self.problem(self.range(self.at), "Invalid argument definition", detail, &hint);
                self.skip_line();
            }
            Some(TokenKind::Newline | TokenKind::Close(_)) | None => {
                let detail = "A name alone says nothing: an argument needs = and a value, a block \
                              needs { and }.";
                self.problem(self.range(start), "Incomplete definition", detail, "");
            }
            Some(TokenKind::Dot) => {
                let detail = "The name of an argument is one word; what it refers to stands right \
                              of the equals sign.";
                self.problem(self.range(start), "Invalid argument name", detail, "");
                self.skip_line();
            }
            _ => self.missing_equals(start, &name),
        }
    }

    fn missing_equals(&mut self, start: usize, name: &str) {
        let detail = "An equals sign is missing between this name and its value.";
        let hint = format!("Write {name} = ...");
        self.problem(self.range(start), "Missing equals sign", detail, &hint);
        self.skip_line();
    }

    fn argument(&mut self, start: usize, name: &str, names: &mut BTreeMap<String, usize>) {
        if let Some(first) = names.insert(name.to_owned(), start) {
            let span = Span { source: self.source.clone(), range: self.range(first) };
            let detail = format!(
                "The argument \"{name}\" was already set on line {}. Each argument may be set \
                 only once.",
                span.start().0
            );
            self.problem(self.range(start), "Attribute redefined", &detail, "");
        }
        let end = self.line_end(self.at);
        self.expression(self.at + 1..end);
        self.at = end;
    }

    fn block(&mut self, start: usize, depth: usize) {
        let open = self.at;
        self.at += 1;
        if depth > 64 {
            self.skip_line();
        }
        let multi_line = self.kind() == Some(TokenKind::Newline);
        self.body(depth + 1);
        let end = self.at;
        if !multi_line {
            let commas = |token: &Token| token.kind == TokenKind::Newline;
            let broken = self.tokens.get(open..end).is_some_and(|tokens| tokens.iter().any(commas));
            if broken {
                let detail = "The content of a block starts on a line of its own, unless all of \
                              the block is on one line.";
                self.problem(self.range(start), "Invalid block definition", detail, "");
            }
        }
        self.at += 1;
        match self.kind() {
            None | Some(TokenKind::Newline | TokenKind::Close(_)) => {}
            Some(_) => {
                let detail = "Nothing may follow the end of a block on its line.";
                let range = self.range(self.at);
                self.problem(range, "Missing newline after block definition", detail, "");
                if self.kind() == Some(TokenKind::Comma) {
                    self.at += 1;
                }
            }
        }
    }

    /// The expression in a range of tokens.
    fn expression(&mut self, tokens: Range<usize>) {
        let equals = tokens.start.saturating_sub(1);
        if tokens.is_empty() {
            let detail = "There is no value behind the equals sign.";
            return self.problem(self.range(equals), "Missing expression", detail, "");
        }
        let last = tokens.end - 1;
        let range = self.range(tokens.start).start..self.range(last).end;
        let Some(Err(error)) = self.text.get(range.clone()).map(parser::parse_expr) else {
            return;
        };
        match self.tokens[last].kind {
            TokenKind::Dot => {
                let detail = "A name is missing behind the dot.";
                return self.problem(self.range(last), "Invalid attribute name", detail, "");
            }
            TokenKind::Comma => {
                let detail = "Arguments are separated by newlines, not by commas.";
                let hint = "Take the comma away.";
                return self.problem(self.range(last), "Unexpected comma", detail, hint);
            }
            TokenKind::Operator | TokenKind::Assign => {
                let detail = format!("Something is missing behind {}.", self.word(last));
                let hint = "An expression goes on in the next line only inside ( ), [ ] or { }.";
                return self.problem(self.range(last), "Incomplete expression", &detail, hint);
            }
            _ => {}
        }
        if self.more_on_the_line(tokens) || self.inner_dot(range.clone(), &error) {
            return;
        }
        self.problems.push(translate(self.source, range.start, &error));
    }

    /// `a = 1 b = 2` and `{ a = 1, b = 2 }` where a block is meant.
    fn more_on_the_line(&mut self, tokens: Range<usize>) -> bool {
        let mut depth = 0_usize;
        for at in tokens.start..tokens.end {
            match self.tokens[at].kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 => {
                    let detail = "Arguments are separated by newlines, not by commas.";
                    let hint = "Put each argument on a line of its own.";
                    self.problem(self.range(at), "Unexpected comma", detail, hint);
                    return true;
                }
                TokenKind::Assign if depth == 0 && at > tokens.start + 1 => {
                    let detail = "A second argument starts here on the same line.";
                    let hint = "Put each argument on a line of its own.";
                    let range = self.range(at - 1);
                    self.problem(range, "Missing newline after argument", detail, hint);
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// A dot inside brackets with nothing behind it.
    fn inner_dot(&mut self, range: Range<usize>, error: &parser::Error) -> bool {
        let at = range.start + error.location().offset();
        let dot = self.tokens.iter().rposition(|token| token.range.end <= at);
        let Some(dot) = dot.filter(|dot| self.tokens[*dot].kind == TokenKind::Dot) else {
            return false;
        };
        let detail = "A name is missing behind the dot.";
        self.problem(self.range(dot), "Invalid attribute name", detail, "");
        true
    }
}
