//! `drctl console`: expressions from stdin, one a line, with the variables and local values of the
//! configuration.
use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::cli::Exit;
use crate::cli::screen::Screen;
use crate::config::Module;
use crate::diagnostic::Source;
use crate::graph::{Known, Resolver};
use crate::lang;
use crate::workspace::variables::{self, VariableArguments};
use crate::workspace::{self, Disk, Modules, Workspace};

#[derive(Debug, Args)]
pub(super) struct Console {
    #[command(flatten)]
    variables: VariableArguments,
}

impl Console {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let here = Path::new(".");
        let (module, known) = match workspace::sources(here) {
            // Outside a configuration the console is a calculator.
            Err(_) => (Module::default(), Known::default()),
            Ok(sources) => {
                let opened = variables::given(&self.variables, here)
                    .and_then(|given| Workspace::open(&sources, &Modules, Some(&given)));
                match opened {
                    Ok(workspace) => (workspace.module, workspace.known),
                    Err(problems) => {
                        screen.diagnostics(&problems);
                        return Ok(Exit::Error);
                    }
                }
            }
        };
        let resolver = Resolver { module: &module, files: &Disk, directory: "." };
        let mut failed = false;
        for line in io::stdin().lock().lines() {
            let text = line?;
            if text.trim().is_empty() {
                continue;
            }
            if text.trim() == "exit" {
                break;
            }
            let source = Arc::new(Source { name: "<console-input>".to_owned(), text });
            let shown = lang::parse_expression(&source)
                .map_err(|problem| vec![problem])
                .and_then(|expression| resolver.console(&expression, &known));
            match shown {
                Ok(shown) => screen.result(&format!("{shown}\n"))?,
                Err(problems) => {
                    failed = true;
                    screen.diagnostics(&problems);
                }
            }
        }
        Ok(if failed { Exit::Error } else { Exit::Success })
    }
}
