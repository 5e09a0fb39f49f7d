//! Encodings: Base64, JSON, CSV, URL, YAML, character sets.
use std::collections::BTreeSet;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;
use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;

use super::{Answer, Body, Failure, Function, as_text, fixed, nullable, text, yaml};
use crate::lang::evaluate;
use crate::lang::json;
use crate::value::Object;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("base64decode", &[text("str")], Body::Plain(base64decode)),
    fixed(
        "base64encode",
        &[text("str")],
        Body::Plain(|a| Ok(Value::text(STANDARD.encode(as_text(&a[0]))))),
    ),
    fixed("base64gzip", &[text("str")], Body::Plain(base64gzip)),
    fixed("csvdecode", &[text("str")], Body::Plain(csvdecode)),
    fixed("jsondecode", &[text("str")], Body::Plain(|a| Ok(json::parse(as_text(&a[0]))?))),
    fixed("jsonencode", &[nullable("val")], Body::Plain(jsonencode)),
    fixed("textdecodebase64", &[text("source"), text("encoding")], Body::Plain(textdecodebase64)),
    fixed("textencodebase64", &[text("string"), text("encoding")], Body::Plain(textencodebase64)),
    fixed("urlencode", &[text("str")], Body::Plain(urlencode)),
    fixed("yamldecode", &[text("src")], Body::Plain(|a| yaml::decode(as_text(&a[0])))),
    fixed(
        "yamlencode",
        &[nullable("value")],
        Body::Plain(|a| Ok(Value::text(yaml::encode(&a[0])))),
    ),
];

fn decode_base64(text: &str) -> Result<Vec<u8>, Failure> {
    let plain: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(plain).map_err(|_| format!("failed to decode base64 data \"{text}\"").into())
}

fn base64decode(arguments: &[Value]) -> Answer {
    let bytes = decode_base64(as_text(&arguments[0]))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| "the result of decoding the provided string is not valid UTF-8")?;
    Ok(evaluate::text(&text))
}

fn base64gzip(arguments: &[Value]) -> Answer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(as_text(&arguments[0]).as_bytes());
    let bytes = written.and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
    Ok(Value::text(STANDARD.encode(bytes)))
}

fn jsonencode(arguments: &[Value]) -> Answer {
    json::encode(&arguments[0]).map(Value::String).or_else(|unknown| Ok(Value::Unknown(unknown)))
}

fn urlencode(arguments: &[Value]) -> Answer {
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');
    let encoded = utf8_percent_encode(as_text(&arguments[0]), KEPT).to_string();
    Ok(Value::text(encoded.replace(' ', "+")))
}

enum Charset {
    Utf16 {
        big_endian: bool,
    },
    /// Each character below the bound is the byte of the same number.
    Bytes(u32),
    Other(&'static Encoding),
}

/// The character set that the second argument names, as IANA registers it.
fn charset(arguments: &[Value]) -> Result<Charset, Failure> {
    let name = as_text(&arguments[1]);
    match name.to_ascii_uppercase().as_str() {
        "UTF-16LE" => return Ok(Charset::Utf16 { big_endian: false }),
        "UTF-16BE" | "UTF-16" => return Ok(Charset::Utf16 { big_endian: true }),
        // Browsers take these two for Windows-1252; here they are what they say.
        "ISO-8859-1" | "LATIN1" | "ISO_8859-1" => return Ok(Charset::Bytes(0x100)),
        "US-ASCII" | "ASCII" => return Ok(Charset::Bytes(0x80)),
        _ => {}
    }
    Encoding::for_label(name.as_bytes()).map(Charset::Other).ok_or_else(|| {
        let message = format!("\"{name}\" is not a supported IANA encoding name or alias");
        Failure::Argument(1, message)
    })
}

fn textencodebase64(arguments: &[Value]) -> Answer {
    let text = as_text(&arguments[0]);
    let wrong = || {
        let name = as_text(&arguments[1]);
        let message =
            format!("the given string contains characters that cannot be represented in {name}");
        Failure::Argument(0, message)
    };
    let bytes = match charset(arguments)? {
        Charset::Utf16 { big_endian: true } => {
            text.encode_utf16().flat_map(u16::to_be_bytes).collect()
        }
        Charset::Utf16 { big_endian: false } => {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        Charset::Bytes(bound) => {
            let byte = |c| u8::try_from(u32::from(c)).ok().filter(|byte| u32::from(*byte) < bound);
            text.chars().map(byte).collect::<Option<Vec<u8>>>().ok_or_else(wrong)?
        }
        Charset::Other(encoding) => {
            let (bytes, _, lossy) = encoding.encode(text);
            if lossy {
                return Err(wrong());
            }
            bytes.into_owned()
        }
    };
    Ok(Value::text(STANDARD.encode(bytes)))
}

fn textdecodebase64(arguments: &[Value]) -> Answer {
    let bytes = decode_base64(as_text(&arguments[0]))?;
    let wrong = || {
        let name = as_text(&arguments[1]);
        Failure::Argument(
            0,
            format!("the source string contains characters that are not valid in {name}"),
        )
    };
    let text = match charset(arguments)? {
        Charset::Bytes(bound) => {
            if bytes.iter().any(|byte| u32::from(*byte) >= bound) {
                return Err(wrong());
            }
            bytes.into_iter().map(char::from).collect()
        }
        Charset::Utf16 { big_endian } => {
            if bytes.len() % 2 != 0 {
                return Err(wrong());
            }
            let unit = |pair: &[u8]| {
                let pair = [pair[0], pair[1]];
                if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
            };
            let units: Vec<u16> = bytes.chunks_exact(2).map(unit).collect();
            String::from_utf16(&units).map_err(|_| wrong())?
        }
        Charset::Other(encoding) => {
            let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes);
            text.ok_or_else(wrong)?.into_owned()
        }
    };
    Ok(evaluate::text(&text))
}

/// A table with a header line, as a list of objects.
fn csvdecode(arguments: &[Value]) -> Answer {
    let mut records = records(as_text(&arguments[0]))?.into_iter();
    let (_, header) = records.next().ok_or("missing header line")?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = header.iter().find(|name| !seen.insert((*name).clone())) {
        return Err(format!("duplicate column name \"{twice}\"").into());
    }
    let mut rows = Vec::new();
    for (line, record) in records {
        if record.len() != header.len() {
            return Err(format!("CSV parse error on line {line}: wrong number of fields").into());
        }
        let fields = record.iter().map(|field| evaluate::text(field));
        let row: Object = header.iter().cloned().zip(fields).collect();
        rows.push(Value::Object(row));
    }
    Ok(Value::List(rows))
}

/// The records of a CSV text, each with the line that it starts on. Empty lines are none.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, Failure> {
    let text = text.replace("\r\n", "\n");
    let mut records = Vec::new();
    let mut rest = text.as_str();
    let mut line = 1;
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('\n') {
            rest = behind;
            line += 1;
            continue;
        }
        let start = line;
        let mut record = Vec::new();
        loop {
            let (value, behind) = field(rest, line)?;
            line += value.matches('\n').count();
            record.push(value);
            rest = behind;
            match rest.strip_prefix(',') {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        rest = rest.strip_prefix('\n').unwrap_or(rest);
        line += 1;
        records.push((start, record));
    }
    Ok(records)
}

fn field(rest: &str, line: usize) -> Result<(String, &str), Failure> {
    let Some(mut inside) = rest.strip_prefix('"') else {
        let end = rest.find([',', '\n']).unwrap_or(rest.len());
        if rest[..end].contains('"') {
            return Err(
                format!("CSV parse error on line {line}: bare \" in non-quoted field").into()
            );
        }
        return Ok((rest[..end].to_owned(), &rest[end..]));
    };
    let wrong =
        || format!("CSV parse error on line {line}: extraneous or missing \" in quoted field");
    let mut value = String::new();
    loop {
        let end = inside.find('"').ok_or_else(wrong)?;
        value.push_str(&inside[..end]);
        inside = &inside[end + 1..];
        match inside.chars().next() {
            Some('"') => {
                value.push('"');
                inside = &inside[1..];
            }
            None | Some(',' | '\n') => return Ok((value, inside)),
            Some(_) => return Err(wrong().into()),
        }
    }
}
