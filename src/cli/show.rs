//! `drctl show`: a saved plan. Also the clock, for what is told as a stream.
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::screen::Screen;
use crate::cli::{Exit, saved};
use crate::config::{self, Module, Types};
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;
use crate::plan::file::Saved;
use crate::report::json::plan::Document;
use crate::report::review::{self, About};
use crate::report::{self, json};
use crate::workspace;

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The plan that `plan -out` has saved.
    file: PathBuf,
    /// Print JSON in Terraform's plan format, which policy tools read.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print Markdown for a review, as `drctl comment` posts it.
    #[arg(long)]
    markdown: bool,
    /// How many bytes of Markdown there may be: details are left out before that.
    #[arg(long, value_name = "BYTES", requires = "markdown", default_value_t = review::GITHUB as u64)]
    #[arg(value_parser = clap::value_parser!(u64).range(8192..))]
    limit: u64,
    /// No colours.
    #[arg(long = "no-color")]
    no_color: bool,
}

impl Show {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { file, json, markdown, limit, no_color } = self;
        if no_color {
            screen.plain();
        }
        let shown = Kept::read(&file).and_then(|kept| {
            Ok(if json {
                format!("{}\n", kept.document()?)
            } else if markdown {
                kept.review(usize::try_from(limit).unwrap_or(usize::MAX))
            } else {
                let heading = report::saved::heading(&saved::about(&kept.saved), screen.paint);
                heading + &report::plan::render(&kept.plan, &[], screen.paint)
            })
        });
        match shown {
            Ok(text) => {
                screen.result(&text)?;
                Ok(Exit::Success)
            }
            Err(error) => {
                screen.error(&format!("Cannot show {}", file.display()), &error);
                Ok(Exit::Error)
            }
        }
    }
}

/// A plan that was read from its file.
#[derive(Debug)]
pub(super) struct Kept {
    /// What the file says.
    pub(super) saved: Saved,
    /// The plan in it.
    pub(super) plan: Plan,
}

impl Kept {
    /// Reads it; an error is a text for a person.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let (specs, data) = workspace::types();
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
        let saved = Saved::parse(&text).map_err(|error| error.to_string())?;
        let types = Types { resources: &specs, data: &data };
        let plan = saved.plan(types).map_err(|error| error.to_string())?;
        Ok(Self { saved, plan })
    }

    /// The plan as Markdown.
    fn review(&self, limit: usize) -> String {
        let hash = self.saved.hash();
        let about = About { stack: &self.saved.stack, hash: Some(&hash), limit, link: None };
        review::render(&self.plan, &about).text
    }

    /// The plan as Terraform's JSON.
    fn document(&self) -> Result<String, String> {
        let (specs, data) = workspace::types();
        let types = Types { resources: &specs, data: &data };
        let module = self.module(types)?;
        let variables = self.saved.all_variables().map_err(|error| error.to_string())?;
        let document = json::plan::document(&Document {
            plan: &self.plan,
            module: &module,
            types,
            variables: &variables,
            about: &saved::about(&self.saved),
            targeted: !self.saved.targets.is_empty(),
        });
        Ok(document.to_string())
    }

    /// The configuration that the plan was made from.
    fn module(&self, types: Types<'_>) -> Result<Module, String> {
        let kept = workspace::Kept::of_saved(&self.saved);
        let (module, problems) = config::load(&kept.root(), &kept, types);
        match problems.iter().find(|one| one.is_error()) {
            Some(Diagnostic { summary, detail, .. }) => Err(format!("{summary}: {detail}")),
            None => Ok(module),
        }
    }
}

/// The time, in UTC.
pub(super) fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

/// Terraform's machine-readable stream, on stdout.
pub(super) fn stream() -> io::Result<json::Stream<io::Stdout, fn() -> String>> {
    Ok(json::Stream::new(io::stdout(), now as fn() -> String))
}
