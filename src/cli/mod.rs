//! The command line: a file for each command, each of which only calls the rooms above.
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

mod apply;
mod arguments;
mod check;
mod comment;
mod completion;
mod console;
mod destroy;
mod discover;
mod docs;
mod drift;
mod exit;
mod fmt;
mod forge;
mod graph;
mod iam_policy;
mod import;
mod interrupt;
mod invoke;
mod lock;
mod log;
mod modules;
mod output;
mod plan;
mod progress;
mod saved;
mod schema;
mod screen;
mod show;
mod unlock;
mod validate;
mod version;

pub use exit::{Exit, verdict};
pub use plan::may_go_on;
use screen::Screen;

/// Disaster recovery for Amazon Aurora, declared in HCL and applied without a state file.
#[derive(Debug, Parser)]
#[command(name = "drctl", disable_version_flag = true, disable_help_subcommand = true)]
struct Arguments {
    /// Switch to another directory before doing anything.
    #[arg(long, value_name = "DIR", global = true)]
    chdir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what would be done to make AWS match the configuration.
    Plan(plan::Plan),
    /// Make AWS match the configuration.
    Apply(apply::Apply),
    /// Take away everything that the configuration declares.
    Destroy(destroy::Destroy),
    /// Take over what exists already: only its tags are written.
    Import(import::Import),
    /// Write what AWS has as a configuration that takes it over.
    Discover(discover::Discover),
    /// Look whether all is true that must be before an apply can succeed.
    Check(check::Check),
    /// Say what AWS has that is not as declared.
    Drift(drift::Drift),
    /// Check the configuration without asking AWS anything.
    Validate(validate::Validate),
    /// Rewrite configuration files in the canonical format.
    Fmt(fmt::Fmt),
    /// Show a saved plan.
    Show(show::Show),
    /// Say who has the lock, or end it.
    Unlock(unlock::Unlock),
    /// Show a saved plan where the change is reviewed.
    Comment(comment::Comment),
    /// Show the outputs, as AWS has them now.
    Output(output::Output),
    /// Evaluate expressions, one a line.
    Console(console::Console),
    /// Draw what depends on what.
    Graph(graph::Graph),
    /// Show the modules that drctl carries, or copy one out.
    Modules(modules::Modules),
    /// Print the policies of IAM that the configuration needs.
    IamPolicy(iam_policy::IamPolicy),
    /// Explain types and their attributes.
    Docs(docs::Docs),
    /// Print JSON Schemas of types, and of whole files.
    Schema(schema::Schema),
    /// Run a handler of a function on this machine.
    Invoke(invoke::Invoke),
    /// Show the version.
    Version(version::Version),
    /// Print a completion script for a shell.
    Completion(completion::Completion),
}

/// Runs the command that the arguments name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments::normalised(arguments)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let wrong = error.use_stderr();
            // Nowhere is left to report that this could not be printed.
            let _ = error.print();
            return if wrong { Exit::Error } else { Exit::Success };
        }
    };
    log::init();
    let mut screen = Screen::detect();
    if let Some(directory) = &arguments.chdir
        && let Err(error) = std::env::set_current_dir(directory)
    {
        screen.error(&format!("Cannot switch to {}", directory.display()), &error.to_string());
        return Exit::Error;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.error("Cannot start", &error.to_string());
            return Exit::Error;
        }
    };
    let exit = runtime.block_on(run(arguments.command, &mut screen));
    // A look-up that hangs must not keep the process.
    runtime.shutdown_background();
    match exit {
        Ok(exit) => exit,
        // Whoever read the output has gone; that is no failure of ours.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            screen.error("Cannot write", &error.to_string());
            Exit::Error
        }
    }
}

async fn run(command: Command, screen: &mut Screen) -> std::io::Result<Exit> {
    match command {
        Command::Plan(command) => command.run(screen).await,
        Command::Apply(command) => command.run(screen).await,
        Command::Destroy(command) => command.run(screen).await,
        Command::Import(command) => command.run(screen).await,
        Command::Discover(command) => Box::pin(command.run(screen)).await,
        Command::Check(command) => command.run(screen).await,
        Command::Drift(command) => Box::pin(command.run(screen)).await,
        Command::Validate(command) => command.run(screen),
        Command::Fmt(command) => command.run(screen),
        Command::Show(command) => command.run(screen),
        Command::Unlock(command) => command.run(screen).await,
        Command::Comment(command) => command.run(screen).await,
        Command::Output(command) => command.run(screen).await,
        Command::Console(command) => command.run(screen),
        Command::Graph(command) => command.run(screen),
        Command::Modules(command) => command.run(screen),
        Command::IamPolicy(command) => command.run(screen).await,
        Command::Docs(command) => command.run(screen),
        Command::Schema(command) => command.run(screen),
        Command::Invoke(command) => command.run(screen).await,
        Command::Version(command) => command.run(screen),
        Command::Completion(command) => command.run(screen),
    }
}
