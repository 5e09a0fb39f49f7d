//! Numbers.
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use super::{
    Answer, Body, Failure, Function, any, as_number, as_text, fixed, number, variadic, whole,
};
use crate::lang::arithmetic;
use crate::value::Number;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("abs", &[number("num")], Body::Plain(|a| ok(arithmetic::absolute(&as_number(&a[0]))))),
    fixed("ceil", &[number("num")], Body::Plain(|a| ok(arithmetic::ceiling(&as_number(&a[0]))))),
    fixed("floor", &[number("num")], Body::Plain(|a| ok(arithmetic::floor(&as_number(&a[0]))))),
    fixed("log", &[number("num"), number("base")], Body::Plain(log)),
    variadic("max", &[], number("numbers"), Body::Plain(|a| extreme(a, true))),
    variadic("min", &[], number("numbers"), Body::Plain(|a| extreme(a, false))),
    fixed("parseint", &[any("number"), number("base")], Body::Plain(parseint)),
    fixed("pow", &[number("num"), number("power")], Body::Plain(pow)),
    fixed(
        "signum",
        &[number("num")],
        Body::Plain(|a| Ok(Value::int(arithmetic::signum(&as_number(&a[0]))))),
    ),
];

fn ok(number: Number) -> Answer {
    Ok(Value::Number(number))
}

/// Terraform computes these two with binary floats, and so do we.
fn from_float(float: f64) -> Answer {
    Number::from_f64(float)
        .map(Value::Number)
        .ok_or_else(|| "the result is not a finite number".into())
}

fn log(arguments: &[Value]) -> Answer {
    from_float(as_number(&arguments[0]).as_f64().ln() / as_number(&arguments[1]).as_f64().ln())
}

/// Whole powers of whole numbers are exact; others are what a binary float makes of them.
#[expect(clippy::cast_precision_loss, reason = "only the order of magnitude matters")]
fn pow(arguments: &[Value]) -> Answer {
    let base = as_number(&arguments[0]);
    let power = as_number(&arguments[1]).as_i64().and_then(|power| u32::try_from(power).ok());
    if let (Some(base), Some(power)) = (base.as_i64(), power)
        && f64::from(power) * (base as f64).abs().max(1.0).log10() < 140.0
    {
        return ok(BigDecimal::new(BigInt::from(base).pow(power), 0).into());
    }
    from_float(as_number(&arguments[0]).as_f64().powf(as_number(&arguments[1]).as_f64()))
}

fn extreme(arguments: &[Value], largest: bool) -> Answer {
    let numbers = arguments.iter().map(as_number);
    let found = if largest { numbers.max() } else { numbers.min() };
    found.map(Value::Number).ok_or_else(|| "must pass at least one number".into())
}

fn parseint(arguments: &[Value]) -> Answer {
    let Value::String(text) = &arguments[0] else {
        let found = crate::lang::Type::of(&arguments[0]).words();
        return Err(Failure::Argument(0, format!("first argument must be a string, not {found}")));
    };
    let base = whole(arguments, 1)?;
    let Some(base) = u32::try_from(base).ok().filter(|base| (2..=62).contains(base)) else {
        let message = "base must be a whole number between 2 and 62 inclusive";
        return Err(Failure::Argument(1, message.to_owned()));
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let wrong = || {
        let message = format!("cannot parse \"{text}\" as a base {base} integer");
        Failure::Argument(0, message)
    };
    if digits.is_empty() || digits.len() > 4096 {
        return Err(wrong());
    }
    let mut total = BigInt::from(0);
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => u32::from(c) - u32::from('0'),
            'a'..='z' => u32::from(c) - u32::from('a') + 10,
            'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
            'A'..='Z' => u32::from(c) - u32::from('A') + 36,
            _ => return Err(wrong()),
        };
        if digit >= base {
            return Err(wrong());
        }
        total = total * base + digit;
    }
    let total = if as_text(&arguments[0]).starts_with('-') { -total } else { total };
    ok(BigDecimal::new(total, 0).into())
}
