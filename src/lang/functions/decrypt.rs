//! `rsadecrypt`: what AWS encrypts for a key pair, such as the first password of a Windows host.
use aws_lc_rs::rsa::Pkcs1PrivateDecryptingKey;
use aws_lc_rs::rsa::PrivateDecryptingKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Answer, Failure, as_text};
use crate::lang::evaluate;
use crate::value::Value;

pub(super) fn rsadecrypt(arguments: &[Value]) -> Answer {
    let ciphertext = as_text(&arguments[0]);
    let ciphertext = STANDARD.decode(ciphertext).map_err(|_| {
        let message =
            format!("failed to decode input \"{ciphertext}\": cipher text must be base64-encoded");
        Failure::Argument(0, message)
    })?;
    let key = private_key(as_text(&arguments[1]))
        .map_err(|reason| Failure::Argument(1, format!("failed to parse key: {reason}")))?;
    let failed = || Failure::Argument(0, "failed to decrypt: the key does not fit".to_owned());
    let mut room = vec![0; key.min_output_size()];
    let plain = key.decrypt(&ciphertext, &mut room).map_err(|_| failed())?;
    let plain = str::from_utf8(plain).map_err(|_| "the plain text is not valid UTF-8")?;
    Ok(evaluate::text(plain))
}

/// A key in PEM, as OpenSSL writes it: PKCS #8, or the older PKCS #1.
fn private_key(text: &str) -> Result<Pkcs1PrivateDecryptingKey, &'static str> {
    let not_found = "ssh: no key found";
    let body = text.split_once("-----BEGIN ").ok_or(not_found)?.1;
    let (kind, body) = body.split_once("-----").ok_or(not_found)?;
    let body = body.split_once("-----END ").ok_or(not_found)?.0;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    if body.contains(':') {
        return Err("this private key is passphrase protected");
    }
    let der = STANDARD.decode(body).map_err(|_| not_found)?;
    let pkcs8 = match kind {
        "PRIVATE KEY" => der,
        "RSA PRIVATE KEY" => wrapped(&der),
        _ => return Err("unsupported key type; it must be an RSA private key in PEM"),
    };
    let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| "it is no valid RSA key")?;
    Pkcs1PrivateDecryptingKey::new(key).map_err(|_| "it is no valid RSA key")
}

/// A PKCS #1 key as PKCS #8: with a version and the identifier of RSA in front of it.
fn wrapped(pkcs1: &[u8]) -> Vec<u8> {
    const RSA: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
    let inside = [&[2, 1, 0], RSA, &element(4, pkcs1)].concat();
    element(0x30, &inside)
}

/// An element of DER: tag, length, content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let length = &length[zeros..];
    let mut out = vec![tag];
    match length {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            out.extend(long);
        }
    }
    out.extend(content);
    out
}
