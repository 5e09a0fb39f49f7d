//! Arguments and blocks.
use std::collections::BTreeMap;
use std::ops::Range;

use crate::lang::fault::Fault;
use crate::lang::lexer::TokenKind;
use crate::lang::parser::Parsed;
use crate::lang::parser::Parser;
use crate::lang::syntax::Argument;
use crate::lang::syntax::Block;
use crate::lang::syntax::Body;
use crate::lang::syntax::Item;
use crate::lang::syntax::Word;

impl<'t> Parser<'t> {
    pub(super) fn file(&mut self) -> Body {
        self.body()
    }

    /// Up to the brace that ends it, or to the end of the text.
    fn body(&mut self) -> Body {
        let mut body = Body::default();
        let mut names: BTreeMap<&'t str, Range<usize>> = BTreeMap::new();
        loop {
            self.skip_newlines();
            match self.peek() {
                None | Some(TokenKind::Close('}')) => return body,
                Some(_) => {}
            }
            let start = self.at;
            match self.item(&mut names) {
                Ok(item) => body.items.push(item),
                Err(fault) => {
                    self.faults.push(fault);
                    self.at = self.line_end(start).max(start + 1);
                }
            }
        }
    }

    /// Where what starts at `from` ends: at the end of its line, or at the brace of its block;
    /// lines inside of brackets do not count.
    fn line_end(&self, from: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(from) {
            match token.kind {
                TokenKind::Open(_) | TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    depth += 1;
                }
                TokenKind::Close(_) if depth == 0 => return at,
                TokenKind::Close(_) | TokenKind::CloseSequence => depth = depth.saturating_sub(1),
                TokenKind::Newline if depth == 0 => return at,
                _ => {}
            }
        }
        self.tokens.len()
    }

    fn item(&mut self, names: &mut BTreeMap<&'t str, Range<usize>>) -> Parsed<Item> {
        let start = self.at;
        match self.peek() {
            Some(TokenKind::Word) => {}
            Some(TokenKind::OpenQuote) => {
                let label = self.label()?;
                if self.peek() == Some(TokenKind::Assign) {
                    let detail = "The name of an argument is written without quotes.";
                    let hint = format!("Write {} = ... without the quotes.", label.text);
                    let fault = Fault::new(label.range, "Invalid argument name");
                    return Err(fault.detail(detail).hint(hint));
                }
                return Err(self.nothing(start));
            }
            _ => return Err(self.nothing(start)),
        }
        let name = Word { text: self.word().to_owned(), range: self.next() };
        match self.peek() {
            Some(TokenKind::Assign) => self.argument(name, names),
            Some(TokenKind::Open('{')) => self.block(name, Vec::new()),
            Some(TokenKind::OpenQuote | TokenKind::Word) => {
                let mut labels = Vec::new();
                while matches!(self.peek(), Some(TokenKind::OpenQuote | TokenKind::Word)) {
                    labels.push(self.label()?);
                }
                match self.peek() {
                    Some(TokenKind::Open('{')) => self.block(name, labels),
                    Some(TokenKind::Assign) => {
                        let detail = "An equals sign makes this an argument, and an argument has \
                                      only one name.";
                        let range = self.range();
                        Err(Fault::new(range, "Invalid block definition").detail(detail))
                    }
                    _ if labels.len() == 1 => Err(missing_equals(&name)),
                    _ => {
                        let detail = "A block needs { on the line of its name.";
                        Err(Fault::new(name.range, "Invalid block definition").detail(detail))
                    }
                }
            }
            Some(TokenKind::Colon) => {
                let detail = "An argument is set with an equals sign, not with a colon.";
                let fault = Fault::new(self.range(), "Invalid argument definition").detail(detail);
                Err(fault.hint(format!("Write {} = ...", name.text)))
            }
            Some(TokenKind::Newline | TokenKind::Close(_)) | None => {
                let detail = "A name alone says nothing: an argument needs = and a value, a block \
                              needs { and }.";
                Err(Fault::new(name.range, "Incomplete definition").detail(detail))
            }
            Some(TokenKind::Dot) => {
                let detail = "The name of an argument is one word; what it refers to stands right \
                              of the equals sign.";
                Err(Fault::new(name.range, "Invalid argument name").detail(detail))
            }
            _ => Err(missing_equals(&name)),
        }
    }

    fn nothing(&self, at: usize) -> Fault {
        let detail = "An argument (name = value) or a block (name { ... }) is expected here.";
        Fault::new(self.range_at(at), "Argument or block definition required").detail(detail)
    }

    /// A word, or plain text in quotes.
    fn label(&mut self) -> Parsed<Word> {
        if self.peek() == Some(TokenKind::Word) {
            return Ok(Word { text: self.word().to_owned(), range: self.next() });
        }
        let start = self.next().start;
        let mut text = String::new();
        let mut plain = true;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Some(TokenKind::CloseQuote) if depth == 0 => break,
                Some(TokenKind::Quoted) if depth == 0 => {
                    text.push_str(&super::template::unescape_quoted(self.word()));
                }
                Some(TokenKind::OpenQuote) => depth += 1,
                Some(TokenKind::CloseQuote) => depth -= 1,
                None => break,
                Some(_) => plain = false,
            }
            self.next();
        }
        let range = start..self.next().end;
        if plain {
            return Ok(Word { text, range });
        }
        let detail = "A label is plain text, without ${ }.";
        Err(Fault::new(range, "Invalid block label").detail(detail))
    }

    fn argument(
        &mut self,
        name: Word,
        names: &mut BTreeMap<&'t str, Range<usize>>,
    ) -> Parsed<Item> {
        if let Some(first) = names.insert(&self.text[name.range.clone()], name.range.clone()) {
            let line = self.text[..first.start].matches('\n').count() + 1;
            let detail = format!(
                "The argument \"{}\" was already set on line {line}. Each argument may be set \
                 only once.",
                name.text
            );
            self.faults.push(Fault::new(name.range.clone(), "Attribute redefined").detail(detail));
        }
        let equals = self.next();
        if matches!(self.peek(), None | Some(TokenKind::Newline | TokenKind::Close(_))) {
            let detail = "There is no value behind the equals sign.";
            return Err(Fault::new(equals, "Missing expression").detail(detail));
        }
        let value = self.expression()?;
        match self.peek() {
            None | Some(TokenKind::Newline | TokenKind::Close('}')) => {
                Ok(Item::Argument(Argument { name, value }))
            }
            Some(TokenKind::Comma) => {
                let detail = "Arguments are separated by newlines, not by commas.";
                let hint = match self.peek_behind() {
                    None | Some(TokenKind::Newline | TokenKind::Close(_)) => "Take the comma away.",
                    Some(_) => "Put each argument on a line of its own.",
                };
                let fault = Fault::new(self.range(), "Unexpected comma");
                Err(fault.detail(detail).hint(hint))
            }
            Some(TokenKind::Word) if self.peek_behind() == Some(TokenKind::Assign) => {
                let detail = "A second argument starts here on the same line.";
                let hint = "Put each argument on a line of its own.";
                let fault = Fault::new(self.range(), "Missing newline after argument");
                Err(fault.detail(detail).hint(hint))
            }
            Some(_) => Err(self.unexpected("the end of the line")),
        }
    }

    fn block(&mut self, kind: Word, labels: Vec<Word>) -> Parsed<Item> {
        let header = kind.range.clone();
        self.next();
        let multi_line = self.peek() == Some(TokenKind::Newline);
        let start = self.at;
        let body = self.deeper(|parser| Ok(parser.body()))?;
        let one_line = || {
            let inside = self.tokens.get(start..self.at).unwrap_or_default();
            let mut depth = 0_usize;
            !inside.iter().any(|token| {
                match token.kind {
                    TokenKind::Open(_) => depth += 1,
                    TokenKind::Close(_) => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 && token.kind == TokenKind::Newline
            })
        };
        if !multi_line && !one_line() {
            let detail = "The content of a block starts on a line of its own, unless all of the \
                          block is on one line.";
            self.faults.push(Fault::new(header, "Invalid block definition").detail(detail));
        }
        self.expect(TokenKind::Close('}'), "the } of this block")?;
        match self.peek() {
            None | Some(TokenKind::Newline | TokenKind::Close('}')) => {
                Ok(Item::Block(Block { kind, labels, body }))
            }
            Some(_) => {
                let detail = "Nothing may follow the end of a block on its line.";
                let range = self.range();
                Err(Fault::new(range, "Missing newline after block definition").detail(detail))
            }
        }
    }
}

fn missing_equals(name: &Word) -> Fault {
    let detail = "An equals sign is missing between this name and its value.";
    let fault = Fault::new(name.range.clone(), "Missing equals sign").detail(detail);
    fault.hint(format!("Write {} = ...", name.text))
}
