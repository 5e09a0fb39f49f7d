//! `drctl version`.
use std::io;

use clap::Args;

use crate::cli::Exit;
use crate::cli::screen::Screen;

#[derive(Debug, Args)]
pub(super) struct Version {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Version {
    pub(super) fn run(self, screen: &mut Screen) -> io::Result<Exit> {
        let (version, os, arch) =
            (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
        let text = if self.json {
            let about = serde_json::json!({
                "drctl_version": version,
                "platform": format!("{os}_{arch}"),
            });
            format!("{about:#}\n")
        } else {
            format!("drctl v{version}\non {os}_{arch}\n")
        };
        screen.result(&text)?;
        Ok(Exit::Success)
    }
}
