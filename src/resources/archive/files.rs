//! What goes into an archive.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::resources::archive::excludes::Excludes;
use crate::resources::{Error, Result};

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Path in the archive, with `/` between its parts.
    pub(super) name: String,
    /// What is in the file.
    pub(super) content: Vec<u8>,
    /// Whether it can be run.
    pub(super) executable: bool,
}

/// How a directory is read.
pub(super) struct Walk<'a> {
    pub(super) excludes: &'a Excludes,
    pub(super) links_to_directories: bool,
    /// The archive itself, which may lie in the directory and never goes into itself.
    pub(super) output: &'a Path,
}

/// The one file, under its own name.
pub(super) fn file(path: &Path) -> Result<Entry> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| Error::Refused(format!("{} is no file", path.display())))?;
    read(path, name)
}

/// A text as a file.
pub(super) fn text(name: &str, content: &str) -> Entry {
    let name = name.replace('\\', "/");
    Entry { name, content: content.as_bytes().to_vec(), executable: false }
}

fn read(path: &Path, name: String) -> Result<Entry> {
    let failed = |error| cannot("read", path, &error);
    let kind = fs::metadata(path).map_err(failed)?;
    if kind.is_dir() {
        let why = format!("{} is a directory; name it as `source_dir`", path.display());
        return Err(Error::Refused(why));
    }
    Ok(Entry { name, content: fs::read(path).map_err(failed)?, executable: is_executable(&kind) })
}

/// All files below a directory, in the order of their names.
pub(super) fn directory(root: &Path, walk: &Walk<'_>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    below(root, "", walk, &mut Vec::new(), &mut entries)?;
    if entries.is_empty() {
        let why = format!("the archive would be empty: nothing is left of {}", root.display());
        return Err(Error::Refused(why));
    }
    Ok(entries)
}

fn below(
    directory: &Path,
    prefix: &str,
    walk: &Walk<'_>,
    within: &mut Vec<PathBuf>,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    let failed = |error| cannot("read", directory, &error);
    let real = fs::canonicalize(directory).map_err(failed)?;
    if within.contains(&real) {
        let why = format!("{} leads back to a directory that it is in", directory.display());
        return Err(Error::Refused(why));
    }
    within.push(real);
    let found = fs::read_dir(directory).map_err(failed)?;
    let mut found = found.collect::<io::Result<Vec<_>>>().map_err(failed)?;
    found.sort_by_key(fs::DirEntry::file_name);
    for item in found {
        let path = item.path();
        let name = format!("{prefix}{}", item.file_name().to_string_lossy());
        let failed = |error| cannot("read", &path, &error);
        if walk.excludes.matches(&name) || path == walk.output {
            continue;
        }
        let is_link = item.file_type().map_err(failed)?.is_symlink();
        if fs::metadata(&path).map_err(failed)?.is_dir() {
            if walk.links_to_directories || !is_link {
                below(&path, &format!("{name}/"), walk, within, entries)?;
            }
        } else {
            entries.push(read(&path, name)?);
        }
    }
    within.pop();
    Ok(())
}

#[cfg(unix)]
fn is_executable(kind: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    kind.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_kind: &fs::Metadata) -> bool {
    false
}

/// A failure of this machine's files, with the path that it is about.
pub(super) fn cannot(what: &str, path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Refused(format!("cannot {what} {}: {error}", path.display()))
}
