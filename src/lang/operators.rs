//! Operators.
use hcl_edit::expr::BinaryOp;
use hcl_edit::expr::BinaryOperator;
use hcl_edit::expr::Expression;
use hcl_edit::expr::UnaryOp;
use hcl_edit::expr::UnaryOperator;

use crate::lang::Type;
use crate::lang::arithmetic;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate::Evaluator;
use crate::lang::evaluate::Outcome;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::unmark;
use crate::value::Number;
use crate::value::Object;
use crate::value::Value;

/// What stands on one side of an operator, as the operator needs it.
enum Operand<T> {
    Known(T),
    Unknown(Value),
}

impl Evaluator<'_> {
    pub(super) fn unary(&self, operation: &UnaryOp) -> Outcome {
        let (value, sensitive) = unmark(self.expression(&operation.expr)?);
        let side = "";
        let value = match operation.operator.value() {
            UnaryOperator::Not => match self.bool(&operation.expr, value, side)? {
                Operand::Known(bool) => Value::Bool(!bool),
                Operand::Unknown(value) => value,
            },
            UnaryOperator::Neg => match self.operand(&operation.expr, value, side)? {
                Operand::Known(number) => Value::Number(arithmetic::negate(&number)),
                Operand::Unknown(value) => value,
            },
        };
        Ok(mark(value, sensitive))
    }

    pub(super) fn binary(&self, operation: &BinaryOp) -> Outcome {
        match operation.operator.value() {
            BinaryOperator::And => self.logic(operation, false),
            BinaryOperator::Or => self.logic(operation, true),
            BinaryOperator::Eq => self.equality(operation, true),
            BinaryOperator::NotEq => self.equality(operation, false),
            operator => self.arithmetic(operation, *operator),
        }
    }

    fn sides(&self, operation: &BinaryOp) -> Outcome<(Value, Value)> {
        both(self.expression(&operation.lhs_expr), self.expression(&operation.rhs_expr))
    }

    /// `&&` and `||`: `decisive` on either side decides, whatever the other is. The right side is
    /// not looked at when the left has decided.
    fn logic(&self, operation: &BinaryOp, decisive: bool) -> Outcome {
        let left = self.expression(&operation.lhs_expr).and_then(|value| {
            let (value, sensitive) = unmark(value);
            Ok((self.bool(&operation.lhs_expr, value, "left ")?, sensitive))
        });
        if let Ok((Operand::Known(left), sensitive)) = left
            && left == decisive
        {
            return Ok(mark(Value::Bool(decisive), sensitive));
        }
        let right = self.expression(&operation.rhs_expr).and_then(|value| {
            let (value, sensitive) = unmark(value);
            Ok((self.bool(&operation.rhs_expr, value, "right ")?, sensitive))
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

    fn equality(&self, operation: &BinaryOp, wanted: bool) -> Outcome {
        let (left, right) = self.sides(operation)?;
        let sensitive = left.has_sensitive() || right.has_sensitive();
        let value = match equal(&left, &right) {
            Some(equal) => Value::Bool(equal == wanted),
            None => unknown([&left, &right]),
        };
        Ok(mark(value, sensitive))
    }

    fn arithmetic(&self, operation: &BinaryOp, operator: BinaryOperator) -> Outcome {
        let (left, right) = self.sides(operation)?;
        let (left, left_marked) = unmark(left);
        let (right, right_marked) = unmark(right);
        let sensitive = left_marked || right_marked;
        let (left, right) = both(
            self.operand(&operation.lhs_expr, left, "left "),
            self.operand(&operation.rhs_expr, right, "right "),
        )?;
        let (left, right) = match (left, right) {
            (Operand::Known(left), Operand::Known(right)) => (left, right),
            (Operand::Unknown(left), Operand::Unknown(right)) => {
                return Ok(mark(unknown([&left, &right]), sensitive));
            }
            (Operand::Unknown(value), Operand::Known(_))
            | (Operand::Known(_), Operand::Unknown(value)) => return Ok(mark(value, sensitive)),
        };
        let number = match operator {
            BinaryOperator::Plus => arithmetic::add(&left, &right),
            BinaryOperator::Minus => arithmetic::subtract(&left, &right),
            BinaryOperator::Mul => arithmetic::multiply(&left, &right),
            BinaryOperator::Div => arithmetic::divide(&left, &right),
            BinaryOperator::Mod => arithmetic::remainder(&left, &right),
            comparison => {
                let holds = match comparison {
                    BinaryOperator::Less => left < right,
                    BinaryOperator::LessEq => left <= right,
                    BinaryOperator::Greater => left > right,
                    _ => left >= right,
                };
                return Ok(mark(Value::Bool(holds), sensitive));
            }
        };
        match number {
            Ok(number) => Ok(mark(Value::Number(number), sensitive)),
            Err(fault) => {
                let at = match fault {
                    arithmetic::Fault::Zero => &operation.rhs_expr,
                    arithmetic::Fault::Size => &operation.lhs_expr,
                };
                let summary = match fault {
                    arithmetic::Fault::Zero => "Division by zero",
                    arithmetic::Fault::Size => "Number too large",
                };
                self.error(at, summary, fault.message())
            }
        }
    }

    fn operand(&self, at: &Expression, value: Value, side: &str) -> Outcome<Operand<Number>> {
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

    fn bool(&self, at: &Expression, value: Value, side: &str) -> Outcome<Operand<bool>> {
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

    fn null_operand<T>(&self, at: &Expression) -> Outcome<T> {
        let detail = "Error during operation: argument must not be null.";
        self.error(at, "Operation failed", detail)
    }
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
