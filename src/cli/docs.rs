//! `drctl docs`: the manual.
use std::io;

use clap::Args;
use include_dir::{Dir, include_dir};

use crate::cli::Exit;
use crate::cli::screen::Screen;
use crate::diagnostic::{Diagnostic, nearest};
use crate::report::manual::{self, Sort};
use crate::resources;
use crate::schema::{AttributeSpec, TypeSpec};

/// A configuration of each type, which the tests apply.
static SAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/samples");

#[derive(Debug, Args)]
pub(super) struct Docs {
    /// Type of a resource, or `data.` and that of a data source, and behind a dot an attribute:
    /// `aws_rds_cluster.engine_version`. All types when absent.
    #[arg(value_name = "TYPE[.ATTRIBUTE]")]
    name: Option<String>,
}

impl Docs {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let page = match &self.name {
            None => {
                let (types, data) = resources::specs();
                Ok(manual::index(&types, &data, screen.paint))
            }
            Some(name) => page(name, screen),
        };
        match page {
            Ok(text) => {
                screen.result(&text)?;
                Ok(Exit::Success)
            }
            Err(problem) => {
                screen.diagnostics(&[problem]);
                Ok(Exit::Error)
            }
        }
    }
}

fn page(name: &str, screen: &Screen) -> Result<String, Diagnostic> {
    let (data, rest) = match name.strip_prefix("data.") {
        Some(rest) => ("data.", rest),
        None => ("", name),
    };
    let (of, path) = rest.split_once('.').unwrap_or((rest, ""));
    let (spec, sort) = find(&format!("{data}{of}"))?;
    if path.is_empty() {
        let sample = SAMPLES.get_file(format!("{}.hcl", spec.name));
        let sample =
            sample.filter(|_| sort == Sort::Resource).and_then(|file| file.contents_utf8());
        let example = sample.and_then(|text| manual::example(text, spec.name));
        let example = example.unwrap_or_else(|| manual::skeleton(spec, sort));
        return Ok(manual::type_page(spec, sort, &example, screen.paint));
    }
    let (attribute, output) = attribute(spec, path)?;
    Ok(manual::attribute_page(spec, path, attribute, output, screen.paint))
}

/// The attribute that these names lead to, and whether only AWS tells it.
fn attribute(
    spec: &'static TypeSpec,
    path: &str,
) -> Result<(&'static AttributeSpec, bool), Diagnostic> {
    let mut names = path.split('.');
    let first = names.next().unwrap_or_default();
    let all = || spec.inputs.iter().chain(spec.outputs);
    let mut found = all()
        .find(|attribute| attribute.name == first)
        .ok_or_else(|| unknown(spec.name, first, all().map(|attribute| attribute.name)))?;
    let output = spec.outputs.iter().any(|attribute| attribute.name == first);
    let mut above = format!("{}.{first}", spec.name);
    for name in names {
        let inner = found.kind.block().unwrap_or_default();
        found = inner
            .iter()
            .find(|attribute| attribute.name == name)
            .ok_or_else(|| unknown(&above, name, inner.iter().map(|attribute| attribute.name)))?;
        above = format!("{above}.{name}");
    }
    Ok((found, output))
}

fn unknown<'a>(of: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let problem =
        Diagnostic::error("Unknown attribute", format!("{of} has no attribute \"{name}\"."));
    match nearest(name, known) {
        Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
        None => problem.hint(format!("`drctl docs {of}` tells all that it has.")),
    }
}

/// The type of that name: of resources, or with `data.` before it, or if there is no other, of
/// data sources.
pub(super) fn find(name: &str) -> Result<(&'static TypeSpec, Sort), Diagnostic> {
    let (types, data) = resources::specs();
    let is = |wanted: &str, specs: &[&'static TypeSpec]| {
        specs.iter().copied().find(|spec| spec.name == wanted)
    };
    let resource = is(name, &types).map(|spec| (spec, Sort::Resource));
    let source = is(name.strip_prefix("data.").unwrap_or(name), &data);
    let found = resource.or(source.map(|spec| (spec, Sort::Data)));
    found.ok_or_else(|| {
        let problem = Diagnostic::error("Unknown type", format!("There is no type \"{name}\"."));
        let sources: Vec<String> = data.iter().map(|spec| format!("data.{}", spec.name)).collect();
        let known = types.iter().map(|spec| spec.name).chain(sources.iter().map(String::as_str));
        // Terraform's types without their first word are what people remember.
        let long = format!("aws_{name}");
        match nearest(name, known.clone()).or_else(|| nearest(&long, known)) {
            Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
            None => problem.hint("`drctl docs` lists all types."),
        }
    })
}
