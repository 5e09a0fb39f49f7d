//! Addresses and prefixes.
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use bigdecimal::ToPrimitive;

use super::{
    Answer, Body, Failure, Function, as_number, as_text, fixed, number, text, variadic, whole,
};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("cidrhost", &[text("prefix"), number("hostnum")], Body::Plain(cidrhost)),
    fixed("cidrnetmask", &[text("prefix")], Body::Plain(cidrnetmask)),
    fixed(
        "cidrsubnet",
        &[text("prefix"), number("newbits"), number("netnum")],
        Body::Plain(cidrsubnet),
    ),
    variadic("cidrsubnets", &[text("prefix")], number("newbits"), Body::Plain(cidrsubnets)),
];

/// A range of addresses, each address as the number that its bits are.
struct Prefix {
    first: u128,
    length: u32,
    /// Bits of an address: 32 or 128.
    bits: u32,
}

impl Prefix {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || format!("invalid CIDR expression: invalid CIDR address: {text}");
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let (address, bits) = match address.parse::<IpAddr>().map_err(|_| wrong())? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 = length.parse().map_err(|_| wrong())?;
        if !plain || length > bits {
            return Err(wrong().into());
        }
        let first = address & !below(bits - length);
        Ok(Self { first, length, bits })
    }

    fn last(&self) -> u128 {
        self.first | below(self.bits - self.length)
    }

    fn address(&self, number: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).to_string()
        } else {
            Ipv6Addr::from(number).to_string()
        }
    }
}

/// The largest number of so many bits.
fn below(bits: u32) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

fn cidrhost(arguments: &[Value]) -> Answer {
    let prefix = Prefix::parse(as_text(&arguments[0]))?;
    let host = as_number(&arguments[1]);
    let most = below(prefix.bits - prefix.length);
    let none = || {
        let length = prefix.length;
        Failure::Call(format!("prefix of {length} does not accommodate a host numbered {host}"))
    };
    let number = host.decimal();
    let number = if number.is_integer() { number.to_i128() } else { None }.ok_or_else(none)?;
    // Negative numbers count from the end.
    let position = if number < 0 {
        most.checked_sub(number.unsigned_abs() - 1).ok_or_else(none)?
    } else {
        number.unsigned_abs()
    };
    if position > most {
        return Err(none());
    }
    Ok(Value::text(prefix.address(prefix.first + position)))
}

fn cidrnetmask(arguments: &[Value]) -> Answer {
    let text = as_text(&arguments[0]);
    let prefix = Prefix::parse(text)?;
    if prefix.bits != 32 {
        return Err(format!("IPv6 addresses cannot have a netmask: {text}").into());
    }
    Ok(Value::text(prefix.address(below(32) & !below(32 - prefix.length))))
}

fn cidrsubnet(arguments: &[Value]) -> Answer {
    let prefix = Prefix::parse(as_text(&arguments[0]))?;
    let bits = whole(arguments, 1)?;
    let net = as_number(&arguments[2]);
    let Some(length) = u32::try_from(bits).ok().map(|bits| bits.saturating_add(prefix.length))
    else {
        return Err(Failure::Argument(1, "a positive number is required".to_owned()));
    };
    if length > prefix.bits {
        let length = prefix.length;
        let message = format!("insufficient address space to extend prefix of {length} by {bits}");
        return Err(message.into());
    }
    let number = if net.decimal().is_integer() { net.decimal().to_u128() } else { None };
    let most = below(length - prefix.length);
    let Some(number) = number.filter(|number| *number <= most) else {
        let message =
            format!("prefix extension of {bits} does not accommodate a subnet numbered {net}");
        return Err(message.into());
    };
    let shift = prefix.bits - length;
    let first = prefix.first + if shift >= 128 { 0 } else { number << shift };
    Ok(Value::text(format!("{}/{length}", prefix.address(first))))
}

/// Subnets one after the other, each at the next place that its size allows.
fn cidrsubnets(arguments: &[Value]) -> Answer {
    let prefix = Prefix::parse(as_text(&arguments[0]))?;
    let mut next = Some(prefix.first);
    let mut all = Vec::new();
    let mut before = String::new();
    for at in 1..arguments.len() {
        let bits = whole(arguments, at)?;
        let blame = |message: String| Failure::Argument(at, message);
        if bits < 1 {
            return Err(blame("must extend prefix by at least one bit".to_owned()));
        }
        let Some(bits) = u32::try_from(bits).ok().filter(|bits| *bits <= 32) else {
            return Err(blame("may not extend prefix by more than 32 bits".to_owned()));
        };
        let length = prefix.length + bits;
        if length > prefix.bits {
            let (have, all) = (prefix.length, prefix.bits);
            let message = format!(
                "would extend prefix to {length} bits, which is too long for an address of {all} \
                 bits; the prefix has {have} already"
            );
            return Err(blame(message));
        }
        let size = below(prefix.bits - length);
        let start = next.and_then(|next| next.checked_add(size)).map(|next| next & !size);
        let Some(start) = start.filter(|start| *start <= prefix.last()) else {
            let message = format!(
                "not enough remaining address space for a subnet with a prefix of {length} bits \
                 after {before}"
            );
            return Err(blame(message));
        };
        before = format!("{}/{length}", prefix.address(start));
        all.push(Value::text(before.clone()));
        next = start.checked_add(size).and_then(|last| last.checked_add(1));
    }
    Ok(Value::List(all))
}
