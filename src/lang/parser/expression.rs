//! Operators, steps, and what they stand around.
use crate::lang::arithmetic;
use crate::lang::fault::Fault;
use crate::lang::lexer::TokenKind;
use crate::lang::parser::Parsed;
use crate::lang::parser::Parser;
use crate::lang::syntax::Call;
use crate::lang::syntax::Conditional;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Kind;
use crate::lang::syntax::Operation;
use crate::lang::syntax::Operator;
use crate::lang::syntax::Step;
use crate::lang::syntax::StepKind;
use crate::lang::syntax::Traversal;
use crate::lang::syntax::Word;
use crate::value::Number;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.deeper(Self::conditional)
    }

    fn conditional(&mut self) -> Parsed<Expression> {
        let condition = self.operation(0)?;
        if self.peek() != Some(TokenKind::Question) {
            return Ok(condition);
        }
        self.needs_operand()?;
        let yes = self.expression()?;
        self.expect(TokenKind::Colon, "`:` and the value for when the condition does not hold")?;
        let no = self.expression()?;
        let range = condition.range.start..no.range.end;
        let kind = Kind::Conditional(Box::new(Conditional { condition, yes, no }));
        Ok(Expression { kind, range })
    }

    /// Passes an operator, which must have something behind it.
    fn needs_operand(&mut self) -> Parsed<()> {
        let word = self.word();
        let range = self.next();
        match self.peek() {
            None
            | Some(
                TokenKind::Newline
                | TokenKind::Close(_)
                | TokenKind::CloseSequence
                | TokenKind::Comma,
            ) => {
                let hint = "An expression goes on in the next line only inside ( ), [ ] or { }.";
                let detail = format!("Something is missing behind {word}.");
                Err(Fault::new(range, "Incomplete expression").detail(detail).hint(hint))
            }
            Some(_) => Ok(()),
        }
    }

    /// Operands with operators of at least this rank between them.
    fn operation(&mut self, rank: u8) -> Parsed<Expression> {
        let mut left = self.operand()?;
        while let Some(operator) = self.operator().filter(|operator| operator.rank() >= rank) {
            self.needs_operand()?;
            let right = self.deeper(|parser| parser.operation(operator.rank() + 1))?;
            let range = left.range.start..right.range.end;
            match &mut left.kind {
                // One more in the row: a long one is not deep.
                Kind::Operation(row) if row.rest[0].0.rank() == operator.rank() => {
                    row.rest.push((operator, right));
                    left.range = range;
                }
                _ => {
                    let row = Operation { first: left, rest: vec![(operator, right)] };
                    left = Expression { kind: Kind::Operation(Box::new(row)), range };
                }
            }
        }
        Ok(left)
    }

    fn operator(&mut self) -> Option<Operator> {
        match self.peek()? {
            TokenKind::Minus => Some(Operator::Subtract),
            TokenKind::Star => Some(Operator::Multiply),
            TokenKind::Operator => Some(match self.word() {
                "||" => Operator::Or,
                "&&" => Operator::And,
                "==" => Operator::Equal,
                "!=" => Operator::NotEqual,
                "<" => Operator::Less,
                "<=" => Operator::LessOrEqual,
                ">" => Operator::Greater,
                ">=" => Operator::GreaterOrEqual,
                "+" => Operator::Add,
                "/" => Operator::Divide,
                _ => Operator::Remainder,
            }),
            _ => None,
        }
    }

    /// `!a`, `-a` or what has no operator in front of it.
    fn operand(&mut self) -> Parsed<Expression> {
        let make: fn(Box<Expression>) -> Kind = match self.peek() {
            Some(TokenKind::Not) => Kind::Not,
            Some(TokenKind::Minus) => Kind::Negative,
            _ => return self.traversal(),
        };
        let start = self.range().start;
        self.needs_operand()?;
        let inner = self.deeper(Self::operand)?;
        let range = start..inner.range.end;
        Ok(Expression { kind: make(Box::new(inner)), range })
    }

    fn traversal(&mut self) -> Parsed<Expression> {
        let from = self.term()?;
        let mut steps = Vec::new();
        loop {
            match self.peek() {
                Some(TokenKind::Dot) => self.dot(&mut steps)?,
                Some(TokenKind::Open('[')) => steps.push(self.deeper(Self::index)?),
                _ => break,
            }
        }
        if steps.is_empty() {
            return Ok(from);
        }
        let range = from.range.start..self.end();
        Ok(Expression { kind: Kind::Traversal(Box::new(Traversal { from, steps })), range })
    }

    fn dot(&mut self, steps: &mut Vec<Step>) -> Parsed<()> {
        let dot = self.next();
        let word = self.word();
        let kind = match self.peek() {
            Some(TokenKind::Word) => StepKind::Attribute(word.to_owned()),
            Some(TokenKind::Star) => StepKind::AttributeSplat,
            // `.0.1` looks like a dot and a number with a fraction.
            Some(TokenKind::Number) if word.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                let start = self.next().start;
                for (at, digits) in word.split('.').enumerate() {
                    let offset = digits.as_ptr() as usize - word.as_ptr() as usize;
                    let first = if at == 0 { dot.start } else { start + offset - 1 };
                    let range = first..start + offset + digits.len();
                    let number = arithmetic::parse(digits).unwrap_or_else(|| Number::from(0));
                    steps.push(Step { kind: StepKind::Position(number), range });
                }
                return Ok(());
            }
            _ => {
                let detail = "A name is missing behind the dot.";
                return Err(Fault::new(dot, "Invalid attribute name").detail(detail));
            }
        };
        let range = dot.start..self.next().end;
        steps.push(Step { kind, range });
        Ok(())
    }

    /// `[a]` or `[*]`
    fn index(&mut self) -> Parsed<Step> {
        let start = self.next().start;
        self.within(true, |parser| {
            let closing = Some(TokenKind::Close(']'));
            if parser.peek() == Some(TokenKind::Star) && parser.peek_behind() == closing {
                parser.next();
                let range = start..parser.next().end;
                return Ok(Step { kind: StepKind::FullSplat, range });
            }
            let index = parser.expression()?;
            let end = parser.expect(TokenKind::Close(']'), "`]`")?.end;
            Ok(Step { kind: StepKind::Index(index), range: start..end })
        })
    }

    fn term(&mut self) -> Parsed<Expression> {
        let range = self.range();
        let kind = match self.peek() {
            Some(TokenKind::Number) => match arithmetic::parse(self.word()) {
                Some(number) => Kind::Number(number),
                None => {
                    let detail = "This number has too many digits.";
                    return Err(Fault::new(range, "Invalid number").detail(detail));
                }
            },
            Some(TokenKind::Word) => return self.named(),
            Some(TokenKind::OpenQuote) => return self.deeper(Self::quoted),
            Some(TokenKind::OpenHeredoc) => return self.deeper(Self::heredoc),
            Some(TokenKind::Open('(')) => {
                self.next();
                let inner = self.within(true, |parser| {
                    let inner = parser.expression()?;
                    parser.expect(TokenKind::Close(')'), "`)` or an operator")?;
                    Ok(inner)
                })?;
                let range = range.start..self.end();
                return Ok(Expression { kind: Kind::Parentheses(Box::new(inner)), range });
            }
            Some(TokenKind::Open('[')) => return self.tuple(),
            Some(TokenKind::Open('{')) => return self.object(),
            _ => return Err(self.unexpected("an expression")),
        };
        self.next();
        Ok(Expression { kind, range })
    }

    /// A name, a call, or one of the three words that are values.
    fn named(&mut self) -> Parsed<Expression> {
        let word = self.word();
        let range = self.next();
        if matches!(self.peek(), Some(TokenKind::Open('(') | TokenKind::DoubleColon)) {
            return self.call(Word { text: word.to_owned(), range });
        }
        let kind = match word {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            name => Kind::Name(name.to_owned()),
        };
        Ok(Expression { kind, range })
    }

    fn call(&mut self, mut name: Word) -> Parsed<Expression> {
        while self.accept(TokenKind::DoubleColon) {
            if self.peek() != Some(TokenKind::Word) {
                return Err(self.unexpected("the name of a function"));
            }
            name.text.push_str("::");
            name.text.push_str(self.word());
            name.range.end = self.next().end;
        }
        self.expect(TokenKind::Open('('), "`(`")?;
        let mut call = Call { name, arguments: Vec::new(), expand: false };
        self.within(true, |parser| {
            loop {
                if parser.accept(TokenKind::Close(')')) {
                    return Ok(());
                }
                call.arguments.push(parser.expression()?);
                if parser.accept(TokenKind::Ellipsis) {
                    call.expand = true;
                    parser.accept(TokenKind::Comma);
                    parser.expect(TokenKind::Close(')'), "`)`: `...` is for the last argument")?;
                    return Ok(());
                }
                if !parser.accept(TokenKind::Comma) && parser.peek() != Some(TokenKind::Close(')'))
                {
                    return Err(parser.unexpected("`,` or `)`"));
                }
            }
        })?;
        let range = call.name.range.start..self.end();
        Ok(Expression { kind: Kind::Call(Box::new(call)), range })
    }
}
