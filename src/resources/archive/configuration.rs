//! The configuration that a package carries for the handler `drift`: its files, and nothing that it
//! does not read.
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::config::{self, Library, Types};
use crate::diagnostic::{Diagnostic, Source};
use crate::function::drift::{CARRIED, Drift};
use crate::resources::archive::excludes::Excludes;
use crate::resources::archive::files::{self, Entry, Walk};
use crate::resources::{Error, Result};

/// What is no part of a configuration: what begins with a dot, and archives that it makes.
const NEVER: [&str; 2] = ["**/.*", "**/*.zip"];

/// What the handler is told in the package, where its directory is below the carried one; and the
/// files.
pub(super) fn carried(base: &Path, output: &Path, drift: &Drift) -> Result<(Drift, Vec<Entry>)> {
    let Drift { directory, root, excludes, var_files, .. } = drift;
    let real = |path: &str| {
        let path = base.join(path);
        fs::canonicalize(&path).map_err(|error| files::cannot("read", &path, &error))
    };
    let own = real(directory)?;
    let root = root.as_deref().map_or_else(|| Ok(own.clone()), real)?;
    let Ok(within) = own.strip_prefix(&root) else {
        let (own, root) = (own.display(), root.display());
        return Err(Error::Refused(format!("`drift.directory` is {own}, which is not in {root}")));
    };
    let within = slashed(within);
    let patterns: Vec<String> = excludes.iter().cloned().chain(NEVER.map(str::to_owned)).collect();
    let excludes = &Excludes::new(&patterns)?;
    let output = &beside(output);
    let mut entries =
        files::directory(&root, &Walk { excludes, links_to_directories: true, output })?;
    let wanted: Vec<String> = var_files.iter().map(|path| joined(&within, path)).collect();
    entries.retain(|entry| {
        let (directory, name) = split(&entry.name);
        !config::holds_values(name)
            || (directory == within && config::is_read_by_itself(name))
            || wanted.contains(&entry.name)
    });
    whole(&entries, &within)?;
    let missing = wanted.iter().find(|path| !entries.iter().any(|entry| entry.name == **path));
    if let Some(path) = missing {
        return Err(Error::Refused(format!("`drift.var_files`: {path} is not in what is carried")));
    }
    for entry in &mut entries {
        entry.name = format!("{CARRIED}/{}", entry.name);
    }
    let told = Drift {
        directory: if within.is_empty() { ".".to_owned() } else { within },
        root: None,
        excludes: std::collections::BTreeSet::new(),
        ..drift.clone()
    };
    Ok((told, entries))
}

/// Whether all modules that the configuration calls are there: in Lambda it is too late to find
/// that one is not.
fn whole(entries: &[Entry], within: &str) -> Result<()> {
    let packed = Packed { entries, within, missing: Mutex::default() };
    let sources = packed.files(within);
    if sources.is_empty() {
        return Err(Error::Refused(
            "`drift.directory` holds no *.hcl or *.tf files, or `drift.excludes` leaves them out"
                .to_owned(),
        ));
    }
    // Whatever else is wrong with it, the plan that makes this package tells.
    drop(config::load(&sources, &packed, Types { resources: &[], data: &[] }));
    let missing = packed.missing.into_inner().unwrap_or_default();
    match missing.first() {
        None => Ok(()),
        Some(module) => Err(Error::Refused(format!(
            "the configuration in `drift.directory` calls the module {module}, which is not in \
             what is carried: give `drift.root` a directory that holds both"
        ))),
    }
}

/// The modules among what is packed.
struct Packed<'a> {
    entries: &'a [Entry],
    within: &'a str,
    missing: Mutex<Vec<String>>,
}

impl Packed<'_> {
    fn files(&self, directory: &str) -> Vec<Arc<Source>> {
        let of = |entry: &&Entry| {
            let (parent, name) = split(&entry.name);
            parent == directory && config::is_configuration(name)
        };
        let source = |entry: &Entry| {
            let text = String::from_utf8_lossy(&entry.content).into_owned();
            Arc::new(Source { name: split(&entry.name).1.to_owned(), text })
        };
        self.entries.iter().filter(of).map(source).collect()
    }
}

impl Library for Packed<'_> {
    fn sources(&self, directory: &str) -> std::result::Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
        let built_in = config::is_built_in(directory);
        let found = match inside(self.within, directory) {
            Some(place) if !built_in => self.files(&place),
            _ => Vec::new(),
        };
        if found.is_empty() {
            if let (false, Ok(mut missing)) = (built_in, self.missing.lock()) {
                missing.push(directory.to_owned());
            }
            return Err(Vec::new());
        }
        Ok(found)
    }
}

/// Where a path leads that starts in `within`, if it stays in what is carried.
fn inside(within: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = within.split('/').filter(|part| !part.is_empty()).collect();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()?),
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// The archive as a walk meets it: it may not be there yet.
fn beside(output: &Path) -> PathBuf {
    let directory = output.parent().and_then(|directory| fs::canonicalize(directory).ok());
    match (directory, output.file_name()) {
        (Some(directory), Some(name)) => directory.join(name),
        _ => output.to_owned(),
    }
}

fn slashed(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    parts.collect::<Vec<_>>().join("/")
}

fn joined(directory: &str, path: &str) -> String {
    inside(directory, path).unwrap_or_else(|| path.to_owned())
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        directory
    }

    fn drift(directory: &str, root: Option<&str>) -> Drift {
        Drift {
            directory: directory.to_owned(),
            root: root.map(str::to_owned),
            excludes: ["stacks/b/**".to_owned()].into(),
            var_files: vec!["prod.tfvars".to_owned()],
            variables: std::collections::BTreeMap::new(),
            notify: Vec::new(),
            trail: true,
        }
    }

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    const CALL: &str = "module \"n\" {\n  source = \"../../modules/n\"\n}\n";

    fn stacks() -> tempfile::TempDir {
        tree(&[
            (".git/config", "secret"),
            ("modules/n/main.tf", "module \"m\" {\n  source = \"./m\"\n}"),
            ("modules/n/m/main.hcl", "module \"g\" {\n  source = \"drctl:g\"\n}"),
            ("modules/n/terraform.tfvars", "never = 1"),
            ("stacks/a/main.hcl", CALL),
            ("stacks/a/dashboard.json", "{}"),
            ("stacks/a/a.auto.tfvars", "a = 1"),
            ("stacks/a/prod.tfvars", "b = 1"),
            ("stacks/a/secrets.tfvars", "c = 1"),
            ("stacks/a/.drctl/x", ""),
            ("stacks/a/function.zip", ""),
            ("stacks/b/main.hcl", ""),
        ])
    }

    #[test]
    fn what_it_reads_is_carried_and_no_more() {
        let base = stacks();
        let output = base.path().join("stacks/a/drift.bin");
        fs::write(&output, "an older one").unwrap();
        let here = base.path().join("stacks/a");
        let (told, entries) = carried(&here, &output, &drift(".", Some("../.."))).unwrap();
        assert_eq!((told.directory.as_str(), told.root), ("stacks/a", None));
        assert!(told.excludes.is_empty());
        assert_eq!(
            names(&entries),
            [
                "configuration/modules/n/m/main.hcl",
                "configuration/modules/n/main.tf",
                "configuration/stacks/a/a.auto.tfvars",
                "configuration/stacks/a/dashboard.json",
                "configuration/stacks/a/main.hcl",
                "configuration/stacks/a/prod.tfvars",
            ]
        );
    }

    #[test]
    fn what_would_not_run_there_is_refused_here() {
        let base = stacks();
        let output = base.path().join("drift.zip");
        let check = |drift: &Drift, expected: &str| {
            let error = carried(base.path(), &output, drift).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&drift("stacks/a", None), "calls the module ../../modules/n, which is not in");
        check(&drift("stacks/a", Some("modules")), "which is not in ");
        check(&drift("stacks/c", None), "cannot read ");
        check(&drift("stacks/b", Some(".")), "holds no *.hcl");
        let lost = Drift { var_files: vec!["x.tfvars".into()], ..drift("stacks/a", Some(".")) };
        check(&lost, "`drift.var_files`: stacks/a/x.tfvars is not in what is carried");
    }
}
