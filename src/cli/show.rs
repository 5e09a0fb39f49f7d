//! `drctl show`: a saved plan. Also the clock, for what is told as a stream.
use std::io;
use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::Exit;
use crate::cli::arguments::OutputArguments;
use crate::cli::saved;
use crate::cli::screen::Screen;
use crate::config::Types;
use crate::plan::file::Saved;
use crate::report::{self, json::Stream};
use crate::workspace;

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The plan that `plan -out` has saved.
    file: PathBuf,
    #[command(flatten)]
    output: OutputArguments,
}

impl Show {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { file, output } = self;
        if output.no_color {
            screen.plain();
        }
        let (specs, data) = workspace::types();
        let types = Types { resources: &specs, data: &data };
        let read = std::fs::read_to_string(&file).map_err(|error| error.to_string());
        let plan = read.and_then(|text| {
            let saved = Saved::parse(&text).map_err(|error| error.to_string())?;
            let plan = saved.plan(types).map_err(|error| error.to_string())?;
            Ok((saved::about(&saved), plan))
        });
        match plan {
            Ok((about, plan)) if output.json => {
                let mut stream = stream()?;
                stream.saved(&file.display().to_string(), &about)?;
                stream.plan(&plan)?;
                Ok(Exit::Success)
            }
            Ok((about, plan)) => {
                let heading = report::saved::heading(&about, screen.paint);
                let plan = report::plan::render(&plan, &[], screen.paint);
                screen.result(&format!("{heading}{plan}"))?;
                Ok(Exit::Success)
            }
            Err(error) => {
                screen.error(&format!("Cannot show {}", file.display()), &error);
                Ok(Exit::Error)
            }
        }
    }
}

/// The time, in UTC.
pub(super) fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

/// Terraform's machine-readable stream, on stdout.
pub(super) fn stream() -> io::Result<Stream<io::Stdout, fn() -> String>> {
    Ok(Stream::new(io::stdout(), now as fn() -> String))
}
