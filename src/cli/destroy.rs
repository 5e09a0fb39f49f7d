//! `drctl destroy`: `apply -destroy`.
use std::io;

use clap::Args;

use crate::cli::Exit;
use crate::cli::apply::Apply;
use crate::cli::screen::Screen;

#[derive(Debug, Args)]
pub(super) struct Destroy {
    #[command(flatten)]
    apply: Apply,
}

impl Destroy {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { mut apply } = self;
        apply.arguments.destroy = true;
        apply.run(screen).await
    }
}
