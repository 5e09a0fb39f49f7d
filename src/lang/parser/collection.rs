//! What stands in brackets and braces: members, or a `for`.
use crate::lang::fault::Fault;
use crate::lang::lexer::TokenKind;
use crate::lang::parser::Parsed;
use crate::lang::parser::Parser;
use crate::lang::syntax::Expression;
use crate::lang::syntax::For;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Member;
use crate::lang::syntax::Word;

impl Parser<'_> {
    pub(super) fn tuple(&mut self) -> Parsed<Expression> {
        let start = self.next().start;
        let kind = self.within(true, |parser| {
            if parser.is_for() {
                return parser.for_expression(TokenKind::Close(']'));
            }
            let mut members = Vec::new();
            loop {
                if parser.accept(TokenKind::Close(']')) {
                    return Ok(Kind::Tuple(members));
                }
                members.push(parser.expression()?);
                if !parser.accept(TokenKind::Comma) && parser.peek() != Some(TokenKind::Close(']'))
                {
                    return Err(parser.unexpected("`,` or `]`"));
                }
            }
        })?;
        Ok(Expression { kind, range: start..self.end() })
    }

    pub(super) fn object(&mut self) -> Parsed<Expression> {
        let start = self.next().start;
        let kind = if self.within(true, Self::is_for) {
            self.within(true, |parser| parser.for_expression(TokenKind::Close('}')))?
        } else {
            self.within(false, Self::members)?
        };
        Ok(Expression { kind, range: start..self.end() })
    }

    /// Members, each on a line of its own or behind a comma.
    fn members(&mut self) -> Parsed<Kind> {
        let mut members = Vec::new();
        loop {
            self.skip_newlines();
            if self.accept(TokenKind::Close('}')) {
                return Ok(Kind::Object(members));
            }
            members.push(self.member()?);
            match self.peek() {
                Some(TokenKind::Close('}')) => {}
                Some(TokenKind::Comma | TokenKind::Newline) => {
                    self.next();
                }
                _ => return Err(self.unexpected("`,`, the end of the line or `}`")),
            }
        }
    }

    fn member(&mut self) -> Parsed<Member> {
        let word = self.word();
        let mut key = match self.peek() {
            Some(TokenKind::Close(_) | TokenKind::Comma | TokenKind::Assign) | None => {
                return Err(self.unexpected("the name of a member, or `}`"));
            }
            Some(_) => self.expression()?,
        };
        // A bare word is a name, even `null`.
        if matches!(key.kind, Kind::Name(_) | Kind::Null | Kind::Bool(_)) {
            key.kind = Kind::Text(word.to_owned());
        }
        if !self.accept(TokenKind::Assign) && !self.accept(TokenKind::Colon) {
            return Err(self.unexpected("`=` and the value of this member"));
        }
        let value = self.expression()?;
        Ok(Member { key, value })
    }

    fn is_for(&mut self) -> bool {
        self.peek() == Some(TokenKind::Word) && self.word() == "for"
    }

    /// From the word `for` to the closing bracket.
    fn for_expression(&mut self, closing: TokenKind) -> Parsed<Kind> {
        self.next();
        let (key_name, value_name, collection) = self.for_intro()?;
        self.for_part(TokenKind::Colon, "`:`")?;
        let mut key = None;
        let mut group = false;
        let mut value = self.expression()?;
        if closing == TokenKind::Close('}') {
            self.for_part(TokenKind::Arrow, "`=>` and the value of each member")?;
            key = Some(value);
            value = self.expression()?;
            group = self.accept(TokenKind::Ellipsis);
        }
        let mut condition = None;
        if self.peek() == Some(TokenKind::Word) && self.word() == "if" {
            self.next();
            condition = Some(self.expression()?);
        }
        self.for_part(closing, "`if` and a condition, or the closing bracket")?;
        Ok(Kind::For(Box::new(For {
            key_name,
            value_name,
            collection,
            key,
            value,
            group,
            condition,
        })))
    }

    /// `k, v in a`, also of a template directive.
    pub(super) fn for_intro(&mut self) -> Parsed<(Option<Word>, Word, Expression)> {
        let mut value_name = self.for_name()?;
        let mut key_name = None;
        if self.accept(TokenKind::Comma) {
            key_name = Some(value_name);
            value_name = self.for_name()?;
        }
        if self.peek() != Some(TokenKind::Word) || self.word() != "in" {
            return Err(self.wrong_for("`in` and a collection"));
        }
        self.next();
        Ok((key_name, value_name, self.expression()?))
    }

    fn for_name(&mut self) -> Parsed<Word> {
        if self.peek() != Some(TokenKind::Word) {
            return Err(self.wrong_for("a name for each member"));
        }
        Ok(Word { text: self.word().to_owned(), range: self.next() })
    }

    fn for_part(&mut self, kind: TokenKind, what: &str) -> Parsed<()> {
        if self.accept(kind) { Ok(()) } else { Err(self.wrong_for(what)) }
    }

    fn wrong_for(&mut self, expected: &str) -> Fault {
        self.unexpected(expected).summary("Invalid 'for' expression")
    }
}
