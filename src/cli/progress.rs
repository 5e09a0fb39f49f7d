//! How applying is shown: plain lines in a file, lines and live bars on a terminal.
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::screen::Screen;
use crate::event::{Event, Reporter};
use crate::plan::{Plan, StepId};
use crate::report::progress::{Ending, Lines, line};
use crate::report::{Paint, Places, text};

/// A reporter that fits where the output goes.
pub(super) fn reporter(plan: &Plan, screen: &Screen) -> Box<dyn Reporter> {
    if io::stdout().is_terminal() && screen.paint.color {
        Box::new(Bars {
            // Results go to stdout, wherever the rest goes.
            all: MultiProgress::with_draw_target(ProgressDrawTarget::stdout()),
            running: BTreeMap::new(),
            places: Places::of(plan),
            ending: Ending::of(plan),
            paint: screen.paint,
        })
    } else {
        Box::new(Lines::of_plan(io::stdout(), plan, screen.paint))
    }
}

/// A line for each thing that is over, and below them a bar for each that runs.
struct Bars {
    all: MultiProgress,
    running: BTreeMap<StepId, ProgressBar>,
    places: Places,
    ending: Ending,
    paint: Paint,
}

impl Bars {
    fn print(&self, text: &str) -> io::Result<()> {
        self.all.println(text.trim_end_matches('\n'))
    }
}

impl Reporter for Bars {
    fn report(&mut self, event: &Event) -> io::Result<()> {
        self.ending.note(event);
        match event {
            Event::StepStarted { step, .. } => {
                let style = ProgressStyle::with_template("{spinner} {msg} {elapsed} {prefix}")
                    .map_err(io::Error::other)?;
                let bar = self.all.add(ProgressBar::new_spinner().with_style(style));
                let begun = line(event, &self.places, self.paint).unwrap_or_default();
                bar.set_message(begun.trim_end().to_owned());
                bar.enable_steady_tick(Duration::from_millis(120));
                self.running.insert(*step, bar);
                return Ok(());
            }
            Event::StepWaiting { step, on, .. } => {
                if let Some(bar) = self.running.get(step).filter(|_| !on.is_empty()) {
                    bar.set_prefix(format!("[{}]", text::safe(on)));
                }
                return Ok(());
            }
            Event::StepFinished { step, .. } => {
                if let Some(bar) = self.running.remove(step) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
        if let Some(text) = line(event, &self.places, self.paint) {
            self.print(&text)?;
        }
        if let Some(text) = self.ending.render(event, self.paint) {
            self.print(&text)?;
        }
        Ok(())
    }
}
