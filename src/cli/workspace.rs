//! The directory of a configuration, read and checked.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::address::Address;
use crate::config::{self, Module, Types};
use crate::diagnostic::{Diagnostic, Source, nearest};
use crate::graph::{self, Given, Graph, Known};
use crate::resources;

/// A configuration that has nothing wrong that can be found without asking AWS.
#[derive(Debug)]
pub(super) struct Workspace {
    /// Its files.
    pub(super) sources: Vec<Arc<Source>>,
    /// What they declare.
    pub(super) module: Module,
    /// Which block needs which.
    pub(super) graph: Graph,
    /// Values of its variables.
    pub(super) known: Known,
    /// Warnings.
    pub(super) warnings: Vec<Diagnostic>,
}

/// The tables of all types.
pub(super) fn types()
-> (Vec<&'static crate::schema::TypeSpec>, Vec<&'static crate::schema::TypeSpec>) {
    resources::specs()
}

/// The files of a directory, in order of their names.
pub(super) fn sources(directory: &Path) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
    let failed = |error: &std::io::Error| {
        let text = format!("{} cannot be read: {error}.", directory.display());
        vec![Diagnostic::error("Failed to read the configuration", text)]
    };
    let entries = fs::read_dir(directory).map_err(|error| failed(&error))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".hcl") || name.ends_with(".tf"))
        .filter(|name| !name.starts_with('.') && name != ".terraform.lock.hcl")
        .collect();
    names.sort();
    if names.is_empty() {
        return Err(vec![
            Diagnostic::error(
                "No configuration files",
                "There are no *.hcl or *.tf files in this directory.",
            )
            .hint("Change to the directory of a configuration, or name it with -chdir=DIR."),
        ]);
    }
    let mut problems = Vec::new();
    let mut sources = Vec::new();
    for name in names {
        match fs::read(directory.join(&name)).map(String::from_utf8) {
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
    pub(super) fn open(
        sources: Vec<Arc<Source>>,
        given: Option<&BTreeMap<String, Given>>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let (specs, data) = types();
        let types = Types { resources: &specs, data: &data };
        let (module, mut problems) = config::load(&sources);
        problems.extend(required_version(&module));
        problems.extend(config::check(&module, types));
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
        Ok(Self { sources, module, graph, known, warnings: problems })
    }

    /// Name of the stack, which ownership tags need.
    pub(super) fn stack(&self) -> Result<String, Diagnostic> {
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

    /// What `-target` or `-replace` names: blocks that are declared, or instances of them.
    pub(super) fn addresses(&self, given: &[String]) -> Result<Vec<Address>, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut found = Vec::new();
        let known: Vec<String> = self.module.blocks.keys().map(ToString::to_string).collect();
        for text in given {
            let address = Address::parse(text);
            let declared = |address: &Address| self.module.blocks.contains_key(&address.block);
            if let Some(address) = address.filter(declared) {
                found.push(address);
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
