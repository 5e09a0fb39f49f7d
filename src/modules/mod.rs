//! Modules of the language that the binary carries: `source = "drctl:NAME"`.
//!
//! Each is a directory beside this file, with `*.hcl` and whatever its expressions read by
//! `path.module`. Nothing else is needed for a new one.
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::config::Library;
use crate::diagnostic::{Diagnostic, Source, nearest};

/// How the source of a built-in module begins.
pub const PREFIX: &str = "drctl:";

/// All that this binary carries.
pub static BUILT_IN: BuiltIn = BuiltIn(include_dir!("$CARGO_MANIFEST_DIR/src/modules"));

/// Modules in a directory that was read when the binary was built.
pub struct BuiltIn(pub Dir<'static>);

impl BuiltIn {
    /// Names of the modules, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.0.dirs().filter_map(|directory| directory.path().to_str()).collect();
        names.sort_unstable();
        names
    }

    /// The files of a module and of its parts, by their paths in it.
    pub fn files(&self, name: &str) -> Vec<(String, &'static [u8])> {
        let Some(directory) = self.0.get_dir(name) else { return Vec::new() };
        let mut found = Vec::new();
        let mut next = vec![directory];
        while let Some(here) = next.pop() {
            next.extend(here.dirs());
            found.extend(here.files().filter_map(|file| {
                let path = file.path().strip_prefix(directory.path()).ok()?;
                Some((path.to_string_lossy().into_owned(), file.contents()))
            }));
        }
        found.sort();
        found
    }

    /// The content of a file such as `drctl:NAME/handler.json`.
    pub fn file(&self, path: &str) -> Option<&'static [u8]> {
        Some(self.0.get_file(path.strip_prefix(PREFIX)?)?.contents())
    }
}

impl Library for BuiltIn {
    fn sources(&self, directory: &str) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
        let name = directory.strip_prefix(PREFIX).unwrap_or(directory);
        let Some(found) = self.0.get_dir(name) else {
            let text = format!("There is no built-in module \"{name}\".");
            let problem = Diagnostic::error("Module not found", text);
            let names = self.names();
            return Err(vec![match nearest(name, names.iter().copied()) {
                Some(near) => problem.hint(format!("Did you mean \"{PREFIX}{near}\"?")),
                None if names.is_empty() => problem,
                None => problem.hint(format!("There are {}.", names.join(", "))),
            }]);
        };
        let mut sources = Vec::new();
        for file in found.files() {
            let (path, text) = (file.path().to_string_lossy(), file.contents_utf8());
            if let (true, Some(text)) = (path.ends_with(".hcl"), text) {
                let name = format!("{PREFIX}{path}");
                sources.push(Arc::new(Source { name, text: text.to_owned() }));
            }
        }
        sources.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    static FIXTURE: BuiltIn = BuiltIn(include_dir!("$CARGO_MANIFEST_DIR/tests/built_in"));

    const NO_TYPES: config::Types<'static> = config::Types { resources: &[], data: &[] };

    fn load(source: &str) -> (config::Module, Vec<String>) {
        let text = format!("module \"m\" {{\n  source = \"{source}\"\n  name = \"x\"\n}}\n");
        let source = Arc::new(Source { name: "main.hcl".to_owned(), text });
        let (module, problems) = config::load(&[source], &FIXTURE, NO_TYPES);
        let problems =
            problems.into_iter().map(|p| format!("{} {}", p.detail, p.hint.unwrap_or_default()));
        (module, problems.collect())
    }

    #[test]
    fn a_module_is_carried_with_its_parts_and_its_files() {
        let (module, problems) = load("drctl:greeting");
        assert_eq!(problems, [""; 0]);
        let called = &module.calls["m"].module;
        assert_eq!(called.directory, "drctl:greeting");
        assert_eq!(called.calls["part"].module.directory, "drctl:greeting/part");
        assert_eq!(called.sources[0].name, "drctl:greeting/main.hcl");
        assert_eq!(FIXTURE.file("drctl:greeting/words.tpl"), Some(&b"Hello, ${name}!\n"[..]));
        assert_eq!(FIXTURE.file("greeting/words.tpl"), None);
    }

    #[test]
    fn what_is_not_carried_is_refused() {
        let check = |source: &str, expected: &str| {
            let (module, problems) = load(source);
            assert!(module.calls.is_empty());
            assert_eq!(problems, [expected], "{source}");
        };
        check(
            "drctl:greting",
            "There is no built-in module \"greting\". Did you mean \"drctl:greeting\"?",
        );
        check("drctl:other", "There is no built-in module \"other\". There are astray, greeting.");
        check(
            "drctl:greeting/part",
            "\"drctl:greeting/part\" is no name of a built-in module. `drctl modules list` shows them.",
        );
        let (_, problems) = load("drctl:astray");
        assert_eq!(
            problems,
            [
                "\"../greeting\" leads out of the built-in module. What a built-in module calls must be \
              part of it."
            ]
        );
    }
}
