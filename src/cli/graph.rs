//! `drctl graph`: what depends on what, as DOT or Mermaid.
use std::io;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::address::BlockAddress;
use crate::cli::Exit;
use crate::cli::screen::Screen;
use crate::graph::Node;
use crate::report::picture;
use crate::workspace::{self, Modules, Workspace};

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// How to draw it.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
}

impl Graph {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let opened = workspace::sources(Path::new("."))
            .and_then(|sources| Workspace::open(&sources, &Modules, None));
        let workspace = match opened {
            Ok(workspace) => workspace,
            Err(problems) => {
                screen.diagnostics(&problems);
                return Ok(Exit::Error);
            }
        };
        let mut blocks = Vec::new();
        let mut arrows = Vec::new();
        let mut all: Vec<BlockAddress> =
            workspace.module.all_blocks().into_iter().map(|(address, _)| address).collect();
        all.sort_by_key(|address| address.module.0.len());
        for address in &all {
            blocks.push(address.to_string());
            let node = Node::Block(address.clone());
            for needed in workspace.graph.blocks_needed_directly(&node) {
                arrows.push((address.to_string(), needed.to_string()));
            }
        }
        let text = match self.format {
            Format::Dot => picture::dot(&blocks, &arrows),
            Format::Mermaid => picture::mermaid(&blocks, &arrows),
        };
        screen.result(&text)?;
        Ok(Exit::Success)
    }
}
