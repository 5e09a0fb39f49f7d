//! A function's package: a file on this machine, known to AWS by its digest.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::resources::{Error, Result};
use crate::schema::{Attribute, Kind, Mismatch};
use crate::value::Value;

/// A zip archive, named by its path in a configuration and by its digest in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Package {
    /// A path, from the directory of the configuration.
    File(String),
    /// What AWS runs: the SHA-256 of a file, in base64.
    Sha256(String),
}

const DIGEST: &str = "sha256:";

impl Package {
    /// The bytes and their digest.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn open(&self) -> Result<(Vec<u8>, String)> {
        let path = match self {
            Self::File(path) => path,
            Self::Sha256(digest) => {
                let text = format!("`filename` must name a file; {DIGEST}{digest} is what AWS has");
                return Err(Error::Refused(text));
            }
        };
        let bytes = std::fs::read(path).map_err(|error| {
            Error::Refused(format!("the package {path:?} is not there: {error}"))
        })?;
        let digest = STANDARD.encode(Sha256::digest(&bytes));
        Ok((bytes, digest))
    }
}

impl Attribute for Package {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        Ok(match text.strip_prefix(DIGEST) {
            Some(digest) => Self::Sha256(digest.to_owned()),
            None => Self::File(text),
        })
    }
    fn encode(&self) -> Value {
        match self {
            Self::File(path) => Value::text(path),
            Self::Sha256(digest) => Value::text(format!("{DIGEST}{digest}")),
        }
    }
    /// AWS has this package if it has a file of this digest. A file that cannot be read is another
    /// one; the attempt to upload it says why.
    fn same(live: &Self, want: &Self) -> bool {
        match (live, want) {
            (Self::Sha256(has), Self::File(_)) => {
                want.open().is_ok_and(|(_, digest)| digest == *has)
            }
            (live, want) => live == want,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_compared_by_its_digest() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("package.zip");
        let want = Package::File(path.to_str().unwrap().to_owned());
        let live =
            Package::decode(&Value::text("sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="))
                .unwrap();
        assert!(!Package::same(&live, &want), "there is no file yet");
        std::fs::write(&path, "abc").unwrap();
        assert!(Package::same(&live, &want));
        std::fs::write(&path, "abd").unwrap();
        assert!(!Package::same(&live, &want));
    }
}
