//! `drctl validate`: the configuration, without credentials and without the network.
use std::io;
use std::path::Path;

use clap::Args;

use crate::cli::Exit;
use crate::cli::arguments::OutputArguments;
use crate::cli::screen::Screen;
use crate::diagnostic::Diagnostic;
use crate::report;
use crate::workspace::{self, Modules, Workspace};

#[derive(Debug, Args)]
pub(super) struct Validate {
    #[command(flatten)]
    output: OutputArguments,
}

impl Validate {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        if self.output.no_color {
            screen.plain();
        }
        let opened = workspace::sources(Path::new("."))
            .and_then(|sources| Workspace::open(&sources, &Modules, None));
        let problems = match opened {
            Ok(workspace) => workspace.warnings,
            Err(problems) => problems,
        };
        let valid = !problems.iter().any(Diagnostic::is_error);
        if self.output.json {
            screen.result(&report::json::validate(&problems))?;
        } else {
            screen.diagnostics(&problems);
            if valid {
                screen.result("Success! The configuration is valid.\n")?;
            }
        }
        Ok(if valid { Exit::Success } else { Exit::Error })
    }
}
