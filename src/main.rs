//! Arguments in, exit code out; in Lambda, events in.
use std::process::ExitCode;

use drctl::handlers::serve::Lambda;

fn main() -> ExitCode {
    match Lambda::detect() {
        Some(lambda) => lambda.serve(),
        None => drctl::cli::main(std::env::args_os()).into(),
    }
}
