//! The directory of a configuration, read and checked; and from there to a plan.
//!
//! Paths in a configuration start at its directory, which therefore is the directory of the process
//! while it is worked with.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::address::{Address, Target};
use crate::config::{self, Library, Module, Types};
use crate::diagnostic::{Diagnostic, Source, nearest};
use crate::graph::{self, Given, Graph, Known};
use crate::modules;
use crate::plan::file::Saved;
use crate::resources;

mod files;
mod session;
pub mod variables;

pub use files::Disk;
pub use session::{Adopted, Planned, Request, Session};

/// A configuration that has nothing wrong that can be found without asking AWS.
#[derive(Debug)]
pub struct Workspace {
    /// What its files declare.
    pub module: Module,
    /// Which block needs which.
    pub graph: Graph,
    /// Values of its variables.
    pub known: Known,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// The tables of all types.
pub fn types() -> (Vec<&'static crate::schema::TypeSpec>, Vec<&'static crate::schema::TypeSpec>) {
    resources::specs()
}

/// The files of the root module.
pub fn sources(directory: &Path) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
    let sources = in_directory(directory, "")?;
    if sources.is_empty() {
        return Err(vec![
            Diagnostic::error(
                "No configuration files",
                "There are no *.hcl or *.tf files in this directory.",
            )
            .hint("Change to the directory of a configuration, or name it with -chdir=DIR."),
        ]);
    }
    Ok(sources)
}

/// Modules beside the configuration, and those that drctl carries.
#[derive(Debug, Clone, Copy)]
pub struct Modules;

impl Library for Modules {
    fn sources(&self, directory: &str) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
        if directory.starts_with(modules::PREFIX) {
            return modules::BUILT_IN.sources(directory);
        }
        let path = Path::new(directory);
        if !path.is_dir() {
            let text = format!("There is no directory {directory}.");
            return Err(vec![Diagnostic::error("Module not found", text)]);
        }
        let sources = in_directory(path, directory)?;
        if sources.is_empty() {
            let text = format!("There are no *.hcl or *.tf files in {directory}.");
            return Err(vec![Diagnostic::error("Module not found", text)]);
        }
        Ok(sources)
    }
}

/// The files that a saved plan holds.
#[derive(Debug)]
pub struct Kept(pub Vec<Arc<Source>>);

impl Kept {
    /// The files that this plan holds.
    pub fn of_saved(saved: &Saved) -> Self {
        let sources = saved.sources.iter();
        let source = |(name, text): &(String, String)| {
            Arc::new(Source { name: name.clone(), text: text.clone() })
        };
        Self(sources.map(source).collect())
    }

    /// Those of the root module.
    pub fn root(&self) -> Vec<Arc<Source>> {
        self.of(".")
    }

    fn of(&self, directory: &str) -> Vec<Arc<Source>> {
        let lies = |source: &&Arc<Source>| match source.name.rsplit_once('/') {
            Some((parent, _)) => parent == directory,
            None => directory == ".",
        };
        self.0.iter().filter(lies).cloned().collect()
    }
}

impl Library for Kept {
    fn sources(&self, directory: &str) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
        let sources = self.of(directory);
        if sources.is_empty() {
            let text = format!("The saved plan does not hold the module {directory}.");
            return Err(vec![Diagnostic::error("Module not found", text)]);
        }
        Ok(sources)
    }
}

/// The files of a directory, in order of their names; `place` is how their names begin.
fn in_directory(directory: &Path, place: &str) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
    let failed = |error: &std::io::Error| {
        let text = format!("{} cannot be read: {error}.", directory.display());
        vec![Diagnostic::error("Failed to read the configuration", text)]
    };
    let entries = fs::read_dir(directory).map_err(|error| failed(&error))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| config::is_configuration(name))
        .collect();
    names.sort();
    let mut problems = Vec::new();
    let mut sources = Vec::new();
    for name in names {
        let text = fs::read(directory.join(&name)).map(String::from_utf8);
        let name = if place.is_empty() { name } else { format!("{place}/{name}") };
        match text {
            Ok(Ok(text)) => sources.push(Arc::new(Source { name, text })),
            Ok(Err(_)) => problems.push(Diagnostic::error(
                "Invalid characters",
                format!("{name} is not UTF-8 text."),
            )),
            Err(error) => problems.push(Diagnostic::error(
                "Failed to read file",
                format!("{name} cannot be read: {error}."),
            )),
        }
    }
    if problems.is_empty() { Ok(sources) } else { Err(problems) }
}

impl Workspace {
    /// Reads and checks. Everything that is wrong is told at once.
    pub fn open(
        sources: &[Arc<Source>],
        library: &dyn Library,
        given: Option<&BTreeMap<String, Given>>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let (specs, data) = types();
        let types = Types { resources: &specs, data: &data };
        let (module, mut problems) = config::load(sources, library, types);
        problems.extend(required_version(&module));
        problems.extend(config::check(&module, types));
        problems.extend(resources::checks::check(&module, types));
        let (graph, found) = Graph::build(&module, types);
        problems.extend(found);
        let known = match given {
            Some(given) => {
                let (known, found) = graph::variables(&module, given);
                problems.extend(found);
                known
            }
            None => Known::default(),
        };
        if problems.iter().any(Diagnostic::is_error) {
            return Err(problems);
        }
        Ok(Self { module, graph, known, warnings: problems })
    }

    /// Name of the stack, which ownership tags need.
    pub fn stack(&self) -> Result<String, Diagnostic> {
        match &self.module.settings.stack {
            Some((name, _)) => Ok(name.clone()),
            None => Err(Diagnostic::error(
                "Missing stack name",
                "drctl keeps no state file: tags on the resources say to which stack they belong, \
                 so the stack needs a name.",
            )
            .hint("Add `drctl { stack = \"orders-dr\" }` to one of the files.")),
        }
    }

    /// What `-target` names: modules, blocks that are declared, or instances of them.
    pub fn targets(&self, given: &[String]) -> Result<Vec<Target>, Vec<Diagnostic>> {
        let all = self.module.all();
        let modules = all.iter().map(|(at, _)| at).filter(|at| !at.is_root());
        let blocks = self.module.all_blocks();
        let known: Vec<String> = modules
            .map(ToString::to_string)
            .chain(blocks.iter().map(|(address, _)| address.to_string()))
            .collect();
        let mut problems = Vec::new();
        let mut found = Vec::new();
        for text in given {
            let target = Target::parse(text);
            let declared = |target: &Target| match target {
                Target::Module(module) => self.module.at(module).is_some(),
                Target::Instance(address) => self.module.block(&address.block).is_some(),
            };
            if let Some(target) = target.filter(declared) {
                found.push(target);
                continue;
            }
            let problem = Diagnostic::error(
                "Unknown address",
                format!("\"{text}\" is not declared in this configuration."),
            );
            let block = text.split('[').next().unwrap_or_default();
            problems.push(match nearest(block, known.iter().map(String::as_str)) {
                Some(near) if near == block => {
                    problem.hint(format!("An instance is written as {near}[0] or {near}[\"key\"]."))
                }
                Some(near) => problem.hint(format!("Did you mean {near}?")),
                None => problem,
            });
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    /// What `-replace` names: instances.
    pub fn instances(&self, given: &[String]) -> Result<Vec<Address>, Vec<Diagnostic>> {
        let one = |target| match target {
            Target::Instance(address) => Ok(address),
            Target::Module(module) => Err(vec![Diagnostic::error(
                "Not a resource",
                format!("-replace={module}: name the resources in the module one by one."),
            )]),
        };
        self.targets(given)?.into_iter().map(one).collect()
    }
}

/// `required_version` against this version.
fn required_version(module: &Module) -> Option<Diagnostic> {
    let (wanted, span) = module.settings.required_version.as_ref()?;
    let this = semver::Version::parse(env!("CARGO_PKG_VERSION")).expect("cargo checks it");
    // Terraform writes `~> 1.2`, which Cargo's notation lacks: up to the next step of the last but one.
    let rules = wanted.split(',').map(|rule| match rule.trim().strip_prefix("~>") {
        Some(version) if version.trim().matches('.').count() >= 2 => format!("~{}", version.trim()),
        Some(version) => format!("^{}", version.trim()),
        None => rule.trim().to_owned(),
    });
    let rules: Vec<String> = rules.collect();
    match semver::VersionReq::parse(&rules.join(", ")) {
        Ok(rule) if rule.matches(&this) => None,
        Ok(_) => Some(
            Diagnostic::error(
                "Unsupported drctl version",
                format!("This is drctl {this}, but the configuration asks for {wanted}."),
            )
            .at(span.clone()),
        ),
        Err(error) => Some(
            Diagnostic::error("Invalid version constraint", format!("{wanted:?}: {error}."))
                .at(span.clone()),
        ),
    }
}
