//! Where text goes: results to stdout, everything else to stderr, colours only where they belong.
use std::io::{self, IsTerminal, Write};

use crate::diagnostic::Diagnostic;
use crate::report::{self, Paint};

/// The two streams and what they can show.
#[derive(Debug)]
pub(super) struct Screen {
    /// How results are painted.
    pub(super) paint: Paint,
    /// How everything else is painted.
    pub(super) side: Paint,
    /// Whether somebody sits there.
    pub(super) interactive: bool,
}

impl Screen {
    /// From the environment: `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, and whether it is a terminal.
    pub(super) fn detect() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let forced = std::env::var_os("CLICOLOR_FORCE")
            .is_some_and(|value| !value.is_empty() && value != "0");
        let color = |terminal: bool| !set("NO_COLOR") && (forced || (terminal && !dumb));
        let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = width.or_else(terminal_width).unwrap_or(80);
        let paint = |terminal| Paint { color: color(terminal), unicode: true, width };
        Self {
            paint: paint(io::stdout().is_terminal()),
            side: paint(io::stderr().is_terminal()),
            interactive: io::stdin().is_terminal() && io::stdout().is_terminal(),
        }
    }

    /// Takes colours away.
    pub(super) fn plain(&mut self) {
        self.paint.color = false;
        self.side.color = false;
    }

    /// Writes a result.
    pub(super) fn result(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes what is no result.
    pub(super) fn say(&mut self, text: &str) {
        // If stderr is gone there is nobody to tell.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Writes what is wrong.
    pub(super) fn diagnostics(&mut self, problems: &[Diagnostic]) {
        if !problems.is_empty() {
            let text = report::diagnostics::render(problems, self.side);
            self.say(&text);
        }
    }

    /// Writes an error that has no place in a file.
    pub(super) fn error(&mut self, summary: &str, detail: &str) {
        self.diagnostics(&[Diagnostic::error(summary, detail)]);
    }
}

fn terminal_width() -> Option<usize> {
    console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
}
