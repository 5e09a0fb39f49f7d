//! `data "archive_file"`: a ZIP file with the code of a function.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::attributes;
use crate::resources::archive::excludes::Excludes;
use crate::resources::archive::files::{self, Entry, Walk};
use crate::resources::archive::zip;
use crate::resources::{Error, LocalSource, Machine, Result};
use crate::schema::Unordered;

attributes! {
    /// Packs files into a ZIP file, as functions want their code.
    ///
    /// The same files make the same bytes, wherever and whenever: times are left out, files stand
    /// in the order of their names, and of their modes only counts whether they can be run. So a
    /// function is only deployed again when its code is another.
    pub struct ArchiveFile {
        /// Sort of the archive: `zip`.
        r#type: String,
        /// Where the archive is written.
        output_path: String,
        /// One file to pack.
        source_file: Option<String>,
        /// A directory whose files are packed.
        source_dir: Option<String>,
        /// Text to pack as the one file `source_content_filename`.
        source_content: Option<String>,
        /// Name of the file that `source_content` becomes.
        source_content_filename: Option<String>,
        /// Texts to pack, each as a file.
        source: Unordered<Source>,
        /// Files and directories below `source_dir` to leave out; `*`, `?`, `[a-z]`, `{a,b}` and
        /// `**` are understood.
        excludes: BTreeSet<String>,
        /// Whether links to directories are left out. They are followed when absent.
        exclude_symlink_directories: Option<bool>,
        /// Mode of all packed files, in octal: `0644`. When absent it is `0755` for what can be
        /// run here and `0644` for all else.
        output_file_mode: Option<String>,
    }
}

attributes! {
    /// A text that is packed as a file.
    pub struct Source {
        /// The text.
        content: String,
        /// Name of the file.
        filename: String,
    }
}

attributes! {
    /// The archive.
    pub struct Told {
        /// Its length in bytes.
        output_size: i64,
        /// Its MD5, in hexadecimal digits.
        output_md5: String,
        /// Its SHA-1, in hexadecimal digits.
        output_sha: String,
        /// Its SHA-256, in hexadecimal digits.
        output_sha256: String,
        /// Its SHA-256 in base 64, as `source_code_hash` of a function wants it.
        output_base64sha256: String,
        /// Its SHA-512, in hexadecimal digits.
        output_sha512: String,
        /// Its SHA-512 in base 64.
        output_base64sha512: String,
    }
}

impl LocalSource for ArchiveFile {
    type Outputs = Told;
    const TYPE: &'static str = "archive_file";
    const ID: &'static str = "output_sha";

    fn compute(machine: &Machine, want: &Self) -> Result<Told> {
        let base = machine.base.as_path();
        if want.r#type != "zip" {
            return Err(Error::Refused(format!("`type` is {:?}, not \"zip\"", want.r#type)));
        }
        let output = base.join(&want.output_path);
        let archive = zip::pack(&entries(base, &output, want)?, mode(want)?, "")
            .map_err(|error| files::cannot("pack", &output, &error))?;
        zip::write(&output, &archive).map_err(|error| files::cannot("write", &output, &error))?;
        let (sha256, sha512) = (Sha256::digest(&archive), Sha512::digest(&archive));
        Ok(Told {
            output_size: i64::try_from(archive.len()).unwrap_or(i64::MAX),
            output_md5: hex(&Md5::digest(&archive)),
            output_sha: hex(&Sha1::digest(&archive)),
            output_sha256: hex(&sha256),
            output_base64sha256: STANDARD.encode(sha256),
            output_sha512: hex(&sha512),
            output_base64sha512: STANDARD.encode(sha512),
        })
    }
}

/// What is to be packed; one of the ways to say it must be used, and no two.
fn entries(base: &Path, output: &Path, want: &ArchiveFile) -> Result<Vec<Entry>> {
    let ArchiveFile {
        r#type: _,
        output_path: _,
        source_file,
        source_dir,
        source_content,
        source_content_filename,
        source,
        excludes,
        exclude_symlink_directories,
        output_file_mode: _,
    } = want;
    if !excludes.is_empty() && source_dir.is_none() {
        return Err(Error::Refused("`excludes` needs `source_dir`".to_owned()));
    }
    let text = files::text;
    let content = source_content.as_ref().zip(source_content_filename.as_ref());
    match (source_file, source_dir, content, source.0.as_slice()) {
        (Some(path), None, None, []) => Ok(vec![files::file(&base.join(path))?]),
        (None, Some(path), None, []) => {
            let walk = Walk {
                excludes: &Excludes::new(excludes)?,
                links_to_directories: *exclude_symlink_directories != Some(true),
                output,
            };
            files::directory(&base.join(path), &walk)
        }
        (None, None, Some((content, name)), []) => Ok(vec![text(name, content)]),
        (None, None, None, blocks @ [_, ..]) => texts(blocks),
        _ => Err(Error::Refused(
            "say exactly one of `source_file`, `source_dir`, `source_content` with \
             `source_content_filename`, or `source` blocks"
                .to_owned(),
        )),
    }
}

/// A file for each block, in the order of their names.
pub(super) fn texts(blocks: &[Source]) -> Result<Vec<Entry>> {
    let by_name: BTreeMap<&str, &str> =
        blocks.iter().map(|b| (b.filename.as_str(), b.content.as_str())).collect();
    if by_name.len() < blocks.len() {
        let why = "two `source` blocks have the same `filename`";
        return Err(Error::Refused(why.to_owned()));
    }
    Ok(by_name.into_iter().map(|(name, content)| files::text(name, content)).collect())
}

fn mode(want: &ArchiveFile) -> Result<Option<u32>> {
    let Some(text) = want.output_file_mode.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let digits = text.trim_start_matches("0o");
    match u32::from_str_radix(digits, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(Some(mode)),
        _ => {
            let why = format!("`output_file_mode` is {text:?}, not a mode such as \"0644\"");
            Err(Error::Refused(why))
        }
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;

    fn want() -> ArchiveFile {
        ArchiveFile {
            r#type: "zip".to_owned(),
            output_path: "out/a.zip".to_owned(),
            source_file: None,
            source_dir: None,
            source_content: None,
            source_content_filename: None,
            source: Unordered::default(),
            excludes: BTreeSet::new(),
            exclude_symlink_directories: None,
            output_file_mode: None,
        }
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let base = tempfile::tempdir().unwrap();
        for file in files {
            let path = base.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        base
    }

    fn packed(base: &Path) -> Vec<(String, String, u32)> {
        let file = fs::File::open(base.join("out/a.zip")).unwrap();
        let mut archive = ::zip::ZipArchive::new(file).unwrap();
        (0..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).unwrap();
                let mut content = String::new();
                file.read_to_string(&mut content).unwrap();
                (file.name().to_owned(), content, file.unix_mode().unwrap() & 0o7777)
            })
            .collect()
    }

    #[test]
    fn a_directory_is_packed_in_order_and_always_the_same() {
        let base = tree(&["src/b/c.py", "src/a.py", "src/b.py", "src/b/skip.pyc"]);
        let excludes = BTreeSet::from(["**/*.pyc".to_owned()]);
        let want = ArchiveFile { source_dir: Some("src".to_owned()), excludes, ..want() };
        let first = ArchiveFile::compute(&Machine::at(base.path()), &want).unwrap();
        let names: Vec<String> = packed(base.path()).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["a.py", "b/c.py", "b.py"]);
        fs::remove_file(base.path().join("out/a.zip")).unwrap();
        let touched = fs::File::open(base.path().join("src/a.py")).unwrap();
        touched.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(ArchiveFile::compute(&Machine::at(base.path()), &want).unwrap(), first);
        assert_eq!(fs::read_dir(base.path().join("out")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_can_be_run_stays_so() {
        use std::os::unix::fs::PermissionsExt;
        let base = tree(&["bootstrap"]);
        let path = base.path().join("bootstrap");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let want = ArchiveFile { source_file: Some("bootstrap".to_owned()), ..want() };
        ArchiveFile::compute(&Machine::at(base.path()), &want).unwrap();
        let file = |mode| vec![("bootstrap".to_owned(), "bootstrap".to_owned(), mode)];
        assert_eq!(packed(base.path()), file(0o755));
        let want = ArchiveFile { output_file_mode: Some("0666".to_owned()), ..want };
        ArchiveFile::compute(&Machine::at(base.path()), &want).unwrap();
        assert_eq!(packed(base.path()), file(0o666));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_circles() {
        let base = tree(&["src/a", "other/b"]);
        std::os::unix::fs::symlink("../other", base.path().join("src/link")).unwrap();
        let want = ArchiveFile { source_dir: Some("src".to_owned()), ..want() };
        ArchiveFile::compute(&Machine::at(base.path()), &want).unwrap();
        let names: Vec<String> = packed(base.path()).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["a", "link/b"]);
        std::os::unix::fs::symlink("..", base.path().join("src/up")).unwrap();
        assert!(ArchiveFile::compute(&Machine::at(base.path()), &want).is_err());
        let want = ArchiveFile { exclude_symlink_directories: Some(true), ..want };
        ArchiveFile::compute(&Machine::at(base.path()), &want).unwrap();
        assert_eq!(packed(base.path()).len(), 1);
    }

    #[test]
    fn texts_are_packed() {
        let base = tree(&[]);
        let source =
            |filename: &str| Source { content: "x".to_owned(), filename: filename.to_owned() };
        let blocks = Unordered(vec![source("b.py"), source("a.py")]);
        ArchiveFile::compute(&Machine::at(base.path()), &ArchiveFile { source: blocks, ..want() })
            .unwrap();
        let names: Vec<String> = packed(base.path()).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["a.py", "b.py"]);
        let twice = Unordered(vec![source("b.py"), source("b.py")]);
        assert!(
            ArchiveFile::compute(
                &Machine::at(base.path()),
                &ArchiveFile { source: twice, ..want() }
            )
            .is_err()
        );
        assert!(ArchiveFile::compute(&Machine::at(base.path()), &want()).is_err());
    }
}
