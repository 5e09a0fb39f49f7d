//! Files for the language's functions.
use std::fs;
use std::path::{Path, PathBuf};

use crate::lang::Files;
use crate::modules;

/// The disk, as seen from the directory in which the command runs, and the files of built-in
/// modules.
#[derive(Debug, Clone, Copy)]
pub struct Disk;

fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

fn reason(path: &str, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("no file exists at \"{path}\""),
        _ => format!("cannot read \"{path}\": {error}"),
    }
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if path.starts_with(modules::PREFIX) {
            let content = modules::BUILT_IN.file(path).map(<[u8]>::to_vec);
            return content.ok_or_else(|| format!("no file exists at \"{path}\""));
        }
        fs::read(expanded(path)).map_err(|error| reason(path, &error))
    }
    fn exists(&self, path: &str) -> Result<bool, String> {
        if path.starts_with(modules::PREFIX) {
            return Ok(modules::BUILT_IN.file(path).is_some());
        }
        match fs::metadata(expanded(path)) {
            Ok(about) if about.is_file() => Ok(true),
            Ok(_) => Err(format!("\"{path}\" is not a regular file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(reason(path, &error)),
        }
    }
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let root = expanded(directory);
        let mut found = Vec::new();
        walk(&root, &root, &mut found).map_err(|error| reason(directory, &error))?;
        found.sort();
        Ok(found)
    }
    fn absolute(&self, path: &str) -> Result<String, String> {
        let path = std::path::absolute(expanded(path)).map_err(|error| reason(path, &error))?;
        Ok(path.display().to_string())
    }
    fn home(&self) -> Option<String> {
        std::env::home_dir().map(|home| home.display().to_string())
    }
}

fn walk(root: &Path, directory: &Path, found: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        // A link to a directory may lead back to where it stands.
        if path.is_dir() && !path.is_symlink() {
            walk(root, &path, found)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            found.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}
