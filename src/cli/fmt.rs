//! `drctl fmt`: files in the canonical layout, as `terraform fmt` writes them.
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgAction, Args};
use similar::TextDiff;

use crate::cli::Exit;
use crate::cli::screen::Screen;
use crate::diagnostic::{Diagnostic, Source};
use crate::lang;

/// Files that are formatted when a directory is named.
const ENDINGS: [&str; 3] = [".hcl", ".tf", ".tfvars"];

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a flag each, as on the command line")]
pub(super) struct Fmt {
    /// Files and directories; the current directory if none is named, standard input for `-`.
    #[arg(value_name = "TARGET")]
    targets: Vec<PathBuf>,
    /// Only tell whether everything is formatted: end with 3 if it is not.
    #[arg(long)]
    check: bool,
    /// Show what changes.
    #[arg(long)]
    diff: bool,
    /// Directories below the named ones too.
    #[arg(long)]
    recursive: bool,
    /// Write the files.
    #[arg(long, value_name = "BOOL", default_value_t = true, default_missing_value = "true",
          num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    write: bool,
    /// Name the files that change.
    #[arg(long, value_name = "BOOL", default_value_t = true, default_missing_value = "true",
          num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    list: bool,
    /// No colours.
    #[arg(long = "no-color")]
    no_color: bool,
}

/// What a run has found.
#[derive(Default)]
struct Found {
    /// What goes to stdout.
    text: String,
    problems: Vec<Diagnostic>,
    /// Whether something was not formatted.
    differs: bool,
}

impl Fmt {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        if self.no_color {
            screen.plain();
        }
        let mut found = Found::default();
        if self.targets.first().is_some_and(|target| target.as_os_str() == "-") {
            let mut text = Vec::new();
            io::stdin().read_to_end(&mut text)?;
            self.standard_input(text, &mut found);
        } else {
            let here = [PathBuf::from(".")];
            let targets = if self.targets.is_empty() { &here[..] } else { &self.targets };
            for target in targets {
                self.target(target, &mut found);
            }
        }
        screen.diagnostics(&found.problems);
        screen.result(&found.text)?;
        // Terraform's exit codes for this command, which scripts know.
        Ok(match found {
            Found { problems, .. } if !problems.is_empty() => Exit::Changes,
            Found { differs: true, .. } if self.check => Exit::Incomplete,
            Found { .. } => Exit::Success,
        })
    }

    fn standard_input(&self, text: Vec<u8>, found: &mut Found) {
        let Some((before, after)) = formatted("<stdin>", text, found) else { return };
        found.differs |= before != after;
        if self.diff {
            found.text.push_str(&difference("<stdin>", &before, &after));
        } else if !self.check {
            found.text.push_str(&after);
        }
    }

    fn target(&self, target: &Path, found: &mut Found) {
        if target.is_dir() {
            self.directory(target, found);
        } else if !target.exists() {
            let text = format!("No file or directory at {}.", target.display());
            found.problems.push(Diagnostic::error("No such file or directory", text));
        } else if is_configuration(&target.to_string_lossy()) {
            self.file(target, found);
        } else {
            let text = format!("{} does not end in .hcl, .tf or .tfvars.", target.display());
            found.problems.push(Diagnostic::error("Not a configuration file", text));
        }
    }

    fn directory(&self, directory: &Path, found: &mut Found) {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries.flatten(),
            Err(error) => {
                let text = format!("{} cannot be read: {error}.", directory.display());
                found.problems.push(Diagnostic::error("Failed to read directory", text));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let backup = name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
            if name.starts_with('.') || backup {
                continue;
            }
            // A link to a directory may lead back to where it stands.
            let is_directory = path.is_dir() && !path.is_symlink();
            if is_directory && self.recursive {
                self.directory(&path, found);
            } else if !path.is_dir() && is_configuration(&name) {
                self.file(path.strip_prefix(".").unwrap_or(&path), found);
            }
        }
    }

    fn file(&self, path: &Path, found: &mut Found) {
        let name = path.display().to_string();
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) => {
                let text = format!("{name} cannot be read: {error}.");
                found.problems.push(Diagnostic::error("Failed to read file", text));
                return;
            }
        };
        let Some((before, after)) = formatted(&name, text, found) else { return };
        let asked = self.list || self.diff || (self.write && !self.check);
        if before != after {
            found.differs = true;
            if self.list {
                found.text.push_str(&format!("{name}\n"));
            }
            if self.write
                && !self.check
                && let Err(error) = replace(path, &after)
            {
                let text = format!("{name} cannot be written: {error}.");
                found.problems.push(Diagnostic::error("Failed to write file", text));
            }
            if self.diff {
                found.text.push_str(&difference(&name, &before, &after));
            }
        }
        if !asked && !self.check {
            found.text.push_str(&after);
        }
    }
}

fn is_configuration(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.ends_with(".terraform.lock.hcl")
}

/// The text before and after; nothing if it has mistakes.
fn formatted(name: &str, text: Vec<u8>, found: &mut Found) -> Option<(String, String)> {
    let Ok(text) = String::from_utf8(text) else {
        let text = format!("{name} is not UTF-8 text.");
        found.problems.push(Diagnostic::error("Invalid characters", text));
        return None;
    };
    let source = Arc::new(Source { name: name.to_owned(), text });
    match lang::layout(&source) {
        Ok(after) => Some((source.text.clone(), after)),
        Err(problems) => {
            found.problems.extend(problems);
            None
        }
    }
}

/// Writes the whole file or nothing of it; who may read it stays as it was.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path)?;
    Ok(())
}

fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("old/{name}"), &format!("new/{name}")).to_string()
}
