//! `drctl schema`: JSON Schemas of the types, and of whole files.
use std::io;

use clap::Args;
use serde_json::Value as Tree;

use crate::cli::Exit;
use crate::cli::docs::find;
use crate::cli::screen::Screen;
use crate::report::manual::Sort;
use crate::resources;
use crate::schema::json;

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Type of a resource, or `data.` and that of a data source; a whole file when absent.
    #[arg(value_name = "TYPE")]
    name: Option<String>,
}

impl Schema {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let schema = match self.name.as_deref().map(find).transpose() {
            Ok(None) => whole(),
            Ok(Some((spec, Sort::Resource))) => json::resource(spec),
            Ok(Some((spec, Sort::Data))) => json::data(spec),
            Err(problem) => {
                screen.diagnostics(&[problem]);
                return Ok(Exit::Error);
            }
        };
        screen.result(&format!("{schema:#}\n"))?;
        Ok(Exit::Success)
    }
}

/// Of a whole file, with the types in it.
fn whole() -> Tree {
    let (types, sources) = resources::specs();
    let name = |name: &str, data: bool| format!("{}{name}", if data { "data." } else { "" });
    let refer = |of: &str, data: bool| format!("#/$defs/{}", name(of, data));
    let mut schema = json::configuration(&types, &sources, &refer);
    let each = types.iter().map(|spec| (name(spec.name, false), json::resource(spec)));
    let each = each.chain(sources.iter().map(|spec| (name(spec.name, true), json::data(spec))));
    schema["$defs"] = Tree::Object(each.collect());
    schema
}
