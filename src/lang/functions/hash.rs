//! Digests and identifiers.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha512;

use super::decrypt;
use super::filesystem::read;
use super::{Answer, Body, Function, as_text, fixed, number, text, variadic};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("base64sha256", &[text("str")], Body::Plain(|a| base64(&digest::<Sha256>(bytes(a))))),
    fixed("base64sha512", &[text("str")], Body::Plain(|a| base64(&digest::<Sha512>(bytes(a))))),
    variadic("bcrypt", &[text("str")], number("cost"), Body::Later),
    fixed(
        "filebase64sha256",
        &[text("path")],
        Body::Files(|c, a| base64(&digest::<Sha256>(&read(c, a)?))),
    ),
    fixed(
        "filebase64sha512",
        &[text("path")],
        Body::Files(|c, a| base64(&digest::<Sha512>(&read(c, a)?))),
    ),
    fixed("filemd5", &[text("path")], Body::Files(|c, a| hex(&digest::<Md5>(&read(c, a)?)))),
    fixed("filesha1", &[text("path")], Body::Files(|c, a| hex(&digest::<Sha1>(&read(c, a)?)))),
    fixed("filesha256", &[text("path")], Body::Files(|c, a| hex(&digest::<Sha256>(&read(c, a)?)))),
    fixed("filesha512", &[text("path")], Body::Files(|c, a| hex(&digest::<Sha512>(&read(c, a)?)))),
    fixed("md5", &[text("str")], Body::Plain(|a| hex(&digest::<Md5>(bytes(a))))),
    fixed(
        "rsadecrypt",
        &[text("ciphertext"), text("privatekey")],
        Body::Plain(decrypt::rsadecrypt),
    ),
    fixed("sha1", &[text("str")], Body::Plain(|a| hex(&digest::<Sha1>(bytes(a))))),
    fixed("sha256", &[text("str")], Body::Plain(|a| hex(&digest::<Sha256>(bytes(a))))),
    fixed("sha512", &[text("str")], Body::Plain(|a| hex(&digest::<Sha512>(bytes(a))))),
    fixed("uuid", &[], Body::Later),
    fixed("uuidv5", &[text("namespace"), text("name")], Body::Plain(uuidv5)),
];

fn bytes(arguments: &[Value]) -> &[u8] {
    as_text(&arguments[0]).as_bytes()
}

fn digest<D: Digest>(bytes: &[u8]) -> Vec<u8> {
    D::digest(bytes).to_vec()
}

fn base64(bytes: &[u8]) -> Answer {
    Ok(Value::text(STANDARD.encode(bytes)))
}

fn hex(bytes: &[u8]) -> Answer {
    Ok(Value::text(hexadecimal(bytes)))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID of version 5: a digest of a name within a namespace.
fn uuidv5(arguments: &[Value]) -> Answer {
    let namespace = match as_text(&arguments[0]) {
        "dns" => "6ba7b8109dad11d180b400c04fd430c8".to_owned(),
        "url" => "6ba7b8119dad11d180b400c04fd430c8".to_owned(),
        "oid" => "6ba7b8129dad11d180b400c04fd430c8".to_owned(),
        "x500" => "6ba7b8149dad11d180b400c04fd430c8".to_owned(),
        other => other.replace('-', ""),
    };
    let namespace = (0..16)
        .map(|at| {
            namespace.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok())
        })
        .collect::<Option<Vec<u8>>>()
        .filter(|_| namespace.len() == 32)
        .ok_or("uuidv5() doesn't support namespace: it is no UUID")?;
    let mut hash = Sha1::new();
    hash.update(&namespace);
    hash.update(as_text(&arguments[1]).as_bytes());
    let mut bytes = hash.finalize()[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hexadecimal(&bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(Value::text(parts.join("-")))
}
