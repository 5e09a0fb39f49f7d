//! Operators.
use std::ops::Range;

use crate::lang::Type;
use crate::lang::arithmetic;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::unmark;
use crate::lang::syntax::Expression;
use crate::lang::syntax::Operation;
use crate::lang::syntax::Operator;
use crate::lang::syntax::Ranged;
use crate::value::Number;
use crate::value::Object;
use crate::value::Value;

/// What stands on one side of an operator, as the operator needs it.
enum Operand<T> {
    Known(T),
    Unknown(Value),
}

/// The two sides of an operator: what they gave, and where they stand.
struct Sides {
    left: Value,
    right: Value,
    left_at: Range<usize>,
    right_at: Range<usize>,
}

impl Evaluator<'_> {
    pub(super) fn not(&self, inner: &Expression) -> Outcome {
        let (value, sensitive) = unmark(self.expression(inner)?);
        let value = match self.bool(inner, value, "")? {
            Operand::Known(bool) => Value::Bool(!bool),
            Operand::Unknown(value) => value,
        };
        Ok(mark(value, sensitive))
    }

    pub(super) fn negative(&self, inner: &Expression) -> Outcome {
        let (value, sensitive) = unmark(self.expression(inner)?);
        let value = match self.operand(inner, value, "")? {
            Operand::Known(number) => Value::Number(arithmetic::negate(&number)),
            Operand::Unknown(value) => value,
        };
        Ok(mark(value, sensitive))
    }

    /// A row of operators, from left to right.
    pub(super) fn operation(&self, row: &Operation) -> Outcome {
        let mut left = self.expression(&row.first);
        let mut left_at = row.first.range.clone();
        for (operator, right) in &row.rest {
            let end = right.range.end;
            left = match operator {
                Operator::And => self.logic(left, left_at.clone(), right, false),
                Operator::Or => self.logic(left, left_at.clone(), right, true),
                operator => both(left, self.expression(right)).and_then(|(left, right_value)| {
                    let (left_at, right_at) = (left_at.clone(), right.range.clone());
                    let sides = Sides { left, right: right_value, left_at, right_at };
                    match operator {
                        Operator::Equal => Ok(equality(&sides, true)),
                        Operator::NotEqual => Ok(equality(&sides, false)),
                        operator => self.arithmetic(*operator, sides),
                    }
                }),
            };
            left_at.end = end;
        }
        left
    }

    /// `&&` and `||`: `decisive` on either side decides, whatever the other is. The right side is
    /// not looked at when the left has decided.
    fn logic(
        &self,
        left: Outcome,
        left_at: Range<usize>,
        right: &Expression,
        decisive: bool,
    ) -> Outcome {
        let left = left.and_then(|value| {
            let (value, sensitive) = unmark(value);
            Ok((self.bool(&left_at, value, "left ")?, sensitive))
        });
        if let Ok((Operand::Known(left), sensitive)) = left
            && left == decisive
        {
            return Ok(mark(Value::Bool(decisive), sensitive));
        }
        let right = self.expression(right).and_then(|value| {
            let (value, sensitive) = unmark(value);
            Ok((self.bool(right, value, "right ")?, sensitive))
        });
        let ((left, left_marked), (right, right_marked)) = both(left, right)?;
        let value = match (left, right) {
            (_, Operand::Known(right)) if right == decisive => Value::Bool(decisive),
            (Operand::Known(_), Operand::Known(_)) => Value::Bool(!decisive),
            (Operand::Unknown(left), Operand::Unknown(right)) => unknown([&left, &right]),
            (Operand::Unknown(value), Operand::Known(_))
            | (Operand::Known(_), Operand::Unknown(value)) => value,
        };
        Ok(mark(value, left_marked || right_marked))
    }

    fn arithmetic(&self, operator: Operator, sides: Sides) -> Outcome {
        let Sides { left, right, left_at, right_at } = sides;
        let (left, left_marked) = unmark(left);
        let (right, right_marked) = unmark(right);
        let sensitive = left_marked || right_marked;
        let (left, right) =
            both(self.operand(&left_at, left, "left "), self.operand(&right_at, right, "right "))?;
        let (left, right) = match (left, right) {
            (Operand::Known(left), Operand::Known(right)) => (left, right),
            (Operand::Unknown(left), Operand::Unknown(right)) => {
                return Ok(mark(unknown([&left, &right]), sensitive));
            }
            (Operand::Unknown(value), Operand::Known(_))
            | (Operand::Known(_), Operand::Unknown(value)) => return Ok(mark(value, sensitive)),
        };
        let number = match operator {
            Operator::Add => arithmetic::add(&left, &right),
            Operator::Subtract => arithmetic::subtract(&left, &right),
            Operator::Multiply => arithmetic::multiply(&left, &right),
            Operator::Divide => arithmetic::divide(&left, &right),
            Operator::Remainder => arithmetic::remainder(&left, &right),
            comparison => {
                let holds = match comparison {
                    Operator::Less => left < right,
                    Operator::LessOrEqual => left <= right,
                    Operator::Greater => left > right,
                    _ => left >= right,
                };
                return Ok(mark(Value::Bool(holds), sensitive));
            }
        };
        match number {
            Ok(number) => Ok(mark(Value::Number(number), sensitive)),
            Err(fault) => {
                let (at, summary) = match fault {
                    arithmetic::Fault::Zero => (right_at, "Division by zero"),
                    arithmetic::Fault::Size => (left_at, "Number too large"),
                };
                self.error(&at, summary, fault.message())
            }
        }
    }

    fn operand(&self, at: &impl Ranged, value: Value, side: &str) -> Outcome<Operand<Number>> {
        match convert(value, &Type::Number) {
            Ok(Value::Number(number)) => Ok(Operand::Known(number)),
            Ok(Value::Null) => self.null_operand(at),
            Ok(other) => Ok(Operand::Unknown(other)),
            Err(_) => {
                let detail = format!("Unsuitable value for {side}operand: a number is required.");
                self.error(at, "Invalid operand", detail)
            }
        }
    }

    fn bool(&self, at: &impl Ranged, value: Value, side: &str) -> Outcome<Operand<bool>> {
        match convert(value, &Type::Bool) {
            Ok(Value::Bool(bool)) => Ok(Operand::Known(bool)),
            Ok(Value::Null) => self.null_operand(at),
            Ok(other) => Ok(Operand::Unknown(other)),
            Err(error) => {
                let detail = format!("Unsuitable value for {side}operand: {error}.");
                self.error(at, "Invalid operand", detail)
            }
        }
    }

    fn null_operand<T>(&self, at: &impl Ranged) -> Outcome<T> {
        let detail = "Error during operation: argument must not be null.";
        self.error(at, "Operation failed", detail)
    }
}

fn equality(sides: &Sides, wanted: bool) -> Value {
    let Sides { left, right, left_at: _, right_at: _ } = sides;
    let sensitive = left.has_sensitive() || right.has_sensitive();
    let value = match equal(left, right) {
        Some(equal) => Value::Bool(equal == wanted),
        None => unknown([left, right]),
    };
    mark(value, sensitive)
}

/// Both values, or the errors of both.
fn both<A, B>(left: Outcome<A>, right: Outcome<B>) -> Outcome<(A, B)> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (left, right) => Err(left.err().into_iter().chain(right.err()).flatten().collect()),
    }
}

/// Whether two values are equal; `None` if that depends on what is unknown. Values of different
/// types are never equal: `1 == "1"` is false, and so is a list equal to a tuple.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left.unmarked(), right.unmarked()) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        (Value::Tuple(a), Value::Tuple(b)) | (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            every(a.iter().zip(b).map(|(a, b)| equal(a, b)))
        }
        (Value::Object(Object(a)), Value::Object(Object(b)))
        | (Value::Map(Object(a)), Value::Map(Object(b))) => {
            if !a.keys().eq(b.keys()) {
                return Some(false);
            }
            every(a.values().zip(b.values()).map(|(a, b)| equal(a, b)))
        }
        (a @ Value::Set(_), b @ Value::Set(_)) => {
            if a.is_known() && b.is_known() {
                Some(a.revealed() == b.revealed())
            } else {
                None
            }
        }
        (a, b) => Some(a == b),
    }
}

fn every(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.collect();
    if parts.contains(&Some(false)) {
        Some(false)
    } else if parts.contains(&None) {
        None
    } else {
        Some(true)
    }
}
