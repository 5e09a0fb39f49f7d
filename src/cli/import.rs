//! `drctl import`: one thing that exists is taken over, without a block in the configuration.
use std::io;

use clap::Args;

use crate::cli::Exit;
use crate::cli::apply::Apply;
use crate::cli::arguments::PlanArguments;
use crate::cli::screen::Screen;
use crate::workspace::Adopted;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The address that it gets, which must be declared.
    address: String,
    /// What AWS knows it by: its name, id or ARN.
    id: String,
    #[command(flatten)]
    arguments: PlanArguments,
    /// Do not ask.
    #[arg(long = "auto-approve")]
    auto_approve: bool,
}

impl Import {
    pub(super) async fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let Self { address, id, mut arguments, auto_approve } = self;
        arguments.target = vec![address.clone()];
        arguments.import = Some(Adopted { address, id });
        Apply { file: None, arguments, approved: None, approved_from_comment: None, auto_approve }
            .run(screen)
            .await
    }
}
