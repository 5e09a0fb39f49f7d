//! What an expression may use: names, and files for the functions that read them.
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::value::Value;

/// Files, as functions such as `file` and `templatefile` see them.
///
/// Relative paths are relative to the directory in which the command runs, as in Terraform.
/// Errors are texts for a person.
pub trait Files: Sync {
    /// The content of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
    /// Whether a regular file is there. A directory in its place is an error.
    fn exists(&self, path: &str) -> Result<bool, String>;
    /// All regular files below a directory, at any depth, as paths relative to it with `/`.
    fn list(&self, directory: &str) -> Result<Vec<String>, String>;
    /// The absolute form of a path; it need not exist.
    fn absolute(&self, path: &str) -> Result<String, String>;
    /// The home directory that `~` stands for.
    fn home(&self) -> Option<String>;
}

/// No files at all: for tests, and for expressions that may not read any.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("no file exists at \"{path}\""))
    }
    fn exists(&self, _path: &str) -> Result<bool, String> {
        Ok(false)
    }
    fn list(&self, _directory: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
    fn absolute(&self, path: &str) -> Result<String, String> {
        Ok(path.to_owned())
    }
    fn home(&self) -> Option<String> {
        None
    }
}

/// What an expression may use.
pub struct Context<'a> {
    names: Cow<'a, BTreeMap<String, Value>>,
    parent: Option<&'a Context<'a>>,
    files: &'a dyn Files,
    functions: bool,
    /// How many templates have been rendered by templates to get here.
    depth: usize,
}

impl<'a> Context<'a> {
    /// The names `var`, `local` and so on, each with its value, and all functions.
    pub fn new(names: &'a BTreeMap<String, Value>, files: &'a dyn Files) -> Self {
        Self { names: Cow::Borrowed(names), parent: None, files, functions: true, depth: 0 }
    }
    /// Neither names nor functions: for what must be written out, such as a default in a type.
    pub fn constant() -> Self {
        Self {
            names: Cow::Owned(BTreeMap::new()),
            parent: None,
            files: &NoFiles,
            functions: false,
            depth: 0,
        }
    }
    /// The same with more names, which hide those outside: `each`, `count`, `self`.
    pub fn with(&'a self, names: BTreeMap<String, Value>) -> Self {
        Self {
            names: Cow::Owned(names),
            parent: Some(self),
            files: self.files,
            functions: self.functions,
            depth: self.depth,
        }
    }
    /// What `name` stands for.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.names.get(name).or_else(|| self.parent.and_then(|parent| parent.get(name)))
    }
    /// Every name, inner ones first.
    pub fn names(&self) -> Vec<&str> {
        let outer = self.parent.map(Context::names).unwrap_or_default();
        self.names.keys().map(String::as_str).chain(outer).collect()
    }
    /// The files.
    pub fn files(&self) -> &'a dyn Files {
        self.files
    }
    /// What a template file sees: only the names it is given, and one level deeper.
    pub(super) fn inside_template(&self, names: BTreeMap<String, Value>) -> Self {
        Self {
            names: Cow::Owned(names),
            parent: None,
            files: self.files,
            functions: self.functions,
            depth: self.depth + 1,
        }
    }
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
    pub(super) fn has_functions(&self) -> bool {
        self.functions
    }
}
