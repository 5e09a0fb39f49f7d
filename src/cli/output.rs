//! `drctl output`: outputs, from what AWS has now; there is no state that could be old.
use std::io;

use clap::Args;

use crate::cli::Exit;
use crate::cli::plan::failed;
use crate::cli::screen::Screen;
use crate::diagnostic::{Diagnostic, nearest};
use crate::event::Silent;
use crate::report::outputs;
use crate::workspace::variables::VariableArguments;
use crate::workspace::{Request, Session};

#[derive(Debug, Args)]
pub(super) struct Output {
    /// Show only this output.
    name: Option<String>,
    #[command(flatten)]
    variables: VariableArguments,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// A string, number or bool as it is, without quotes.
    #[arg(long, conflicts_with = "json", requires = "name")]
    raw: bool,
}

impl Output {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { name, variables, json, raw } = self;
        let opened = Session::open(&Request { variables, ..Request::default() });
        let finished = match Session::planned(opened, &mut Silent).await? {
            Ok((_, finished, _)) => finished,
            Err(problems) => return failed(&problems, false, screen),
        };
        let known = &finished.plan.outputs;
        let text = match &name {
            None if json => format!("{:#}\n", outputs::json(known, outputs::Secrets::Shown)),
            None => outputs::list(known),
            Some(name) => {
                let Some(output) = known.get(name) else {
                    let names = known.keys().map(String::as_str);
                    let problem = Diagnostic::error(
                        "Output not found",
                        format!("There is no output \"{name}\", or it is not known yet."),
                    );
                    let problem = match nearest(name, names) {
                        Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
                        None => problem,
                    };
                    return failed(&[problem], false, screen);
                };
                match (json, raw) {
                    (true, _) => {
                        format!("{:#}\n", outputs::one_json(output, outputs::Secrets::Shown))
                    }
                    (_, true) => match outputs::raw(output) {
                        Some(text) => text,
                        None => {
                            screen.error(
                                "Unsupported value for raw output",
                                "Only strings, numbers and bools that are known have a raw form.",
                            );
                            return Ok(Exit::Error);
                        }
                    },
                    _ => outputs::one(output, outputs::Secrets::Shown),
                }
            }
        };
        screen.result(&text)?;
        Ok(if finished.plan.unreadable.is_empty() { Exit::Success } else { Exit::Incomplete })
    }
}
