//! Arithmetic on decimals, exact where that is possible and bounded everywhere.
use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, Zero};

use crate::value::Number;

/// Results longer than this are rounded to it. Quotients carry a few digits more, so that
/// `1 / 3 * 3` is 1, as it is with Terraform's binary numbers of about the same precision.
const DIGITS: u64 = 150;
const QUOTIENT_DIGITS: i64 = 155;
/// No number may need more digits than this to be written out.
const LONGEST: i64 = 4096;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Zero,
    Size,
}

impl Fault {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Zero => "Dividing by zero has no result.",
            Self::Size => "The result has too many digits.",
        }
    }
}

pub(super) type Result = std::result::Result<Number, Fault>;

fn bounded(number: BigDecimal) -> Result {
    let number = if number.digits() > DIGITS { number.with_prec(DIGITS) } else { number };
    if number.is_zero() {
        return Ok(Number::from(0));
    }
    let number = number.normalized();
    let (_, scale) = number.as_bigint_and_exponent();
    if scale.abs() > LONGEST { Err(Fault::Size) } else { Ok(number.into()) }
}

pub(super) fn add(left: &Number, right: &Number) -> Result {
    bounded(left.decimal() + right.decimal())
}

pub(super) fn subtract(left: &Number, right: &Number) -> Result {
    bounded(left.decimal() - right.decimal())
}

pub(super) fn multiply(left: &Number, right: &Number) -> Result {
    bounded(left.decimal() * right.decimal())
}

pub(super) fn divide(left: &Number, right: &Number) -> Result {
    if right.decimal().is_zero() {
        return Err(Fault::Zero);
    }
    let (left_digits, left_scale) = left.decimal().as_bigint_and_exponent();
    let (right_digits, right_scale) = right.decimal().as_bigint_and_exponent();
    let have = digits(&left_digits) - digits(&right_digits);
    let shift = (QUOTIENT_DIGITS - have).clamp(0, 2 * LONGEST);
    let power = u32::try_from(shift).unwrap_or(0);
    let quotient = left_digits * BigInt::from(10).pow(power) / right_digits;
    let quotient = BigDecimal::new(quotient, left_scale - right_scale + shift).normalized();
    let (_, scale) = quotient.as_bigint_and_exponent();
    if scale.abs() > LONGEST { Err(Fault::Size) } else { Ok(quotient.into()) }
}

fn digits(number: &BigInt) -> i64 {
    i64::try_from(BigDecimal::new(number.clone(), 0).digits()).unwrap_or(i64::MAX / 4)
}

pub(super) fn remainder(left: &Number, right: &Number) -> Result {
    if right.decimal().is_zero() {
        return Err(Fault::Zero);
    }
    bounded(left.decimal() % right.decimal())
}

pub(super) fn negate(number: &Number) -> Number {
    (-number.decimal()).into()
}

pub(super) fn absolute(number: &Number) -> Number {
    number.decimal().abs().into()
}

pub(super) fn signum(number: &Number) -> i64 {
    match number.decimal().sign() {
        bigdecimal::num_bigint::Sign::Minus => -1,
        bigdecimal::num_bigint::Sign::NoSign => 0,
        bigdecimal::num_bigint::Sign::Plus => 1,
    }
}

pub(super) fn floor(number: &Number) -> Number {
    number.decimal().with_scale_round(0, RoundingMode::Floor).into()
}

pub(super) fn ceiling(number: &Number) -> Number {
    number.decimal().with_scale_round(0, RoundingMode::Ceiling).into()
}

/// Reads what a program may write as a number in text: a sign and a decimal, nothing around it.
pub(super) fn parse(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = text.len() <= 4096
        && digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if plain { Number::parse(text) } else { None }
}
