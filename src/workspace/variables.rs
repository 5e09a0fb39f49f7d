//! Values for variables, in Terraform's order: environment, files, command line; the last wins.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config;
use crate::diagnostic::{Diagnostic, Source};
use crate::graph::Given;
use crate::lang::syntax::Item;
use crate::lang::{self, Expr, NodeKind, Reading};

/// A value, or many, for variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableArgument {
    /// `-var NAME=VALUE`
    Pair(String),
    /// `-var-file FILE`
    File(PathBuf),
}

/// Where values of variables come from, in the order in which they are given: the last one wins,
/// of whatever sort it is.
#[derive(Debug, Clone, Default)]
pub struct VariableArguments(pub Vec<VariableArgument>);

/// All values that are given, by name.
///
/// # Errors
/// What cannot be read, and what holds no values.
pub fn given(
    arguments: &VariableArguments,
    directory: &Path,
) -> Result<BTreeMap<String, Given>, Vec<Diagnostic>> {
    let mut given = BTreeMap::new();
    let mut problems = Vec::new();
    for prefix in ["TF_VAR_", "DRCTL_VAR_"] {
        for (name, text) in std::env::vars() {
            if let Some(variable) = name.strip_prefix(prefix) {
                let value = Given::Text { text, from: name.clone(), strict: false };
                given.insert(variable.to_owned(), value);
            }
        }
    }
    let automatic = automatic(directory).into_iter().map(VariableArgument::File);
    for argument in automatic.chain(arguments.0.iter().cloned()) {
        let found = match argument {
            VariableArgument::File(path) => file(&path),
            VariableArgument::Pair(pair) => one(&pair),
        };
        match found {
            Ok(values) => given.extend(values),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(given) } else { Err(problems) }
}

/// `terraform.tfvars` and `*.auto.tfvars` of the directory, in order.
fn automatic(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| name(path).is_some_and(|name| config::is_read_by_itself(&name)))
        .collect();
    paths.sort_by_key(|path| {
        let name = name(path).unwrap_or_default();
        (name.contains(".auto.tfvars"), name)
    });
    paths
}

fn one(pair: &str) -> Result<Vec<(String, Given)>, Vec<Diagnostic>> {
    let Some((name, text)) = pair.split_once('=') else {
        let text = format!("\"{pair}\" has no equals sign: write -var 'name=value'.");
        return Err(vec![Diagnostic::error("Invalid -var option", text)]);
    };
    let from = format!("-var '{name}=...'");
    let value = Given::Text { text: text.to_owned(), from, strict: true };
    Ok(vec![(name.trim().to_owned(), value)])
}

fn file(path: &Path) -> Result<Vec<(String, Given)>, Vec<Diagnostic>> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        let text = format!("{name} cannot be read: {error}.");
        vec![Diagnostic::error("Failed to read variables file", text)]
    })?;
    let source = Arc::new(Source { name, text });
    if source.name.ends_with(".json") {
        return json(&source);
    }
    let (body, mut problems) = lang::parse(&source);
    let mut values = Vec::new();
    for item in body.into_iter().flat_map(|body| body.items) {
        match item {
            Item::Argument(argument) => {
                let value = Expr::new(&source, argument.value);
                values.push((argument.name.text, Given::Expression(value)));
            }
            block @ Item::Block(_) => problems.push(
                Diagnostic::error(
                    "Unexpected block",
                    format!("{} holds values of variables only: name = value.", source.name),
                )
                .at(lang::place(&source, &block)),
            ),
        }
    }
    if problems.iter().any(Diagnostic::is_error) { Err(problems) } else { Ok(values) }
}

/// Values in JSON; their strings mean what they say.
fn json(source: &Arc<Source>) -> Result<Vec<(String, Given)>, Vec<Diagnostic>> {
    let node = lang::parse_document(source).map_err(|problem| vec![problem])?;
    let NodeKind::Object(members) = &node.kind else {
        let text = "A JSON object is required, with the names of variables and their values.";
        let problem = Diagnostic::error("Incorrect JSON value type", text);
        return Err(vec![problem.at(lang::place(source, &node))]);
    };
    let values = members.iter().filter(|(name, _)| name.value != "//").map(|(name, value)| {
        let value = value.expression(source, Reading::Literal).map_err(|problem| vec![problem])?;
        Ok((name.value.clone(), Given::Expression(value)))
    });
    values.collect()
}
