//! `drctl completion`: what a shell needs to complete commands and flags.
use std::io;

use clap::{Args, CommandFactory};

use crate::cli::screen::Screen;
use crate::cli::{Arguments, Exit};

#[derive(Debug, Args)]
pub(super) struct Completion {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completion {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "drctl", &mut script);
        screen.result(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Success)
    }
}
