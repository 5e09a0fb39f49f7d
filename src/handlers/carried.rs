//! The files that a package carries for its handlers, where others may be written beside them.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::function::drift::CARRIED;
use crate::resources;
use crate::resources::archive::package;

/// A place for as long as this is kept.
#[derive(Debug)]
pub struct Carried {
    path: PathBuf,
    kept: Option<TempDir>,
}

impl Carried {
    /// Those of a package that was unpacked where nothing can be written, as Lambda does it.
    ///
    /// # Errors
    /// When they cannot be copied.
    pub fn unpacked(root: &Path) -> io::Result<Self> {
        let from = root.join(CARRIED);
        if !from.is_dir() {
            return Ok(Self { path: root.to_owned(), kept: None });
        }
        let kept = tempfile::tempdir()?;
        copy(&from, &kept.path().join(CARRIED))?;
        Ok(Self { path: kept.path().to_owned(), kept: Some(kept) })
    }

    /// Those of a package, or, of the configuration of one, those beside it.
    ///
    /// # Errors
    /// When they cannot be unpacked.
    pub fn of(package: &Path) -> resources::Result<Self> {
        if !package::is_package(package) {
            let path = package.parent().filter(|parent| !parent.as_os_str().is_empty());
            return Ok(Self { path: path.unwrap_or(Path::new(".")).to_owned(), kept: None });
        }
        let kept = tempfile::tempdir().map_err(|error| {
            resources::Error::Refused(format!("cannot make a temporary directory: {error}"))
        })?;
        package::unpack(package, kept.path())?;
        Ok(Self { path: kept.path().to_owned(), kept: Some(kept) })
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        self.kept.as_ref().map_or(&self.path, TempDir::path)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
