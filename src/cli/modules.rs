//! `drctl modules`: the modules that drctl carries.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use crate::cli::Exit;
use crate::cli::screen::Screen;
use crate::config::{self, Library, Module, Types};
use crate::diagnostic::{Diagnostic, Source};
use crate::modules::{BUILT_IN, PREFIX};
use crate::report::module;

#[derive(Debug, Args)]
pub(super) struct Modules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List them, each with what it is for.
    List,
    /// Explain one: how it is called, what may be said to it, and what it tells.
    Show {
        /// The module, as `aurora-global-database`.
        name: String,
        /// Print its files instead.
        #[arg(long)]
        source: bool,
    },
    /// Copy the files of one into a directory, to look after them yourself from then on.
    Eject {
        /// The module, as `aurora-global-database`.
        name: String,
        /// The directory, which must not exist or be empty; that of the module's name when absent.
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
    },
}

impl Modules {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let done = match &self.command {
            Command::List => Ok(list(screen)),
            Command::Show { name, source: false } => page(name, screen),
            Command::Show { name, source: true } => files(name),
            Command::Eject { name, directory } => eject(plain(name), directory.as_deref()),
        };
        match done {
            Ok(text) => {
                screen.result(&text)?;
                Ok(Exit::Success)
            }
            Err(problems) => {
                screen.diagnostics(&problems);
                Ok(Exit::Error)
            }
        }
    }
}

type Text = Result<String, Vec<Diagnostic>>;

/// People also write what stands in their configuration.
fn plain(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn list(screen: &Screen) -> String {
    let about = |name: &str| module::about(main_file(name));
    let modules: Vec<_> = BUILT_IN.names().into_iter().map(|name| (name, about(name))).collect();
    let mut text = module::index(&modules, screen.paint);
    text.push_str("\n`drctl modules show NAME` tells all about one.\n");
    text
}

/// The file whose comment says what a module is for.
fn main_file(name: &str) -> &'static str {
    let file = BUILT_IN.file(&format!("{PREFIX}{name}/main.hcl"));
    file.and_then(|content| std::str::from_utf8(content).ok()).unwrap_or_default()
}

fn page(name: &str, screen: &Screen) -> Text {
    let name = plain(name);
    let source = format!("{PREFIX}{name}");
    let module = load(&source)?;
    Ok(module::page(&source, &module::about(main_file(name)), &module, screen.paint))
}

/// Reads it as a configuration would that calls it.
fn load(source: &str) -> Result<Arc<Module>, Vec<Diagnostic>> {
    BUILT_IN.sources(source)?;
    let text = format!("module \"it\" {{\n  source = \"{source}\"\n}}\n");
    let caller = Arc::new(Source { name: "main.hcl".to_owned(), text });
    let (resources, data) = crate::resources::specs();
    let types = Types { resources: &resources, data: &data };
    let (root, problems) = config::load(&[caller], &BUILT_IN, types);
    match root.calls.get("it") {
        Some(call) => Ok(Arc::clone(&call.module)),
        None => Err(problems),
    }
}

fn files(name: &str) -> Text {
    let name = plain(name);
    BUILT_IN.sources(name)?;
    let mut text = String::new();
    for (path, content) in BUILT_IN.files(name) {
        text.push_str(&format!("# --- {path}\n\n{}\n", String::from_utf8_lossy(content)));
    }
    Ok(text)
}

fn eject(name: &str, directory: Option<&Path>) -> Text {
    BUILT_IN.sources(name)?;
    let directory = directory.unwrap_or_else(|| Path::new(name));
    let failed = |path: &Path, error: &io::Error| {
        let text = format!("{}: {error}.", path.display());
        vec![Diagnostic::error("Cannot write the module", text)]
    };
    let taken = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        let text = format!("{} is there already, and not empty.", directory.display());
        return Err(vec![
            Diagnostic::error("Cannot write the module", text)
                .hint("Name another directory: `drctl modules eject NAME DIR`."),
        ]);
    }
    for (path, content) in BUILT_IN.files(name) {
        let path = directory.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
        }
        fs::write(&path, content).map_err(|error| failed(&path, &error))?;
    }
    let written = directory.display().to_string();
    let local = directory.is_absolute() || written.starts_with('.');
    let source = if local { written.clone() } else { format!("./{written}") };
    Ok(format!(
        "The module is in {written} now, and yours. Call it from there, by its path from your files:\n\n  \
         source = \"{source}\"\n\nThe plan stays the same.\n"
    ))
}
