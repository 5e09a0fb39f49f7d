//! `DRCTL_LOG`: what the program does, on stderr, for who looks for a fault.
use tracing_subscriber::EnvFilter;

/// Starts logging if `DRCTL_LOG` asks for it: `error`, `warn`, `info`, `debug`, `trace`, `json`,
/// or a filter such as `drctl=debug,aws_smithy_runtime=trace`.
pub(super) fn init() {
    let Ok(wanted) = std::env::var("DRCTL_LOG") else { return };
    let filter = match wanted.to_lowercase().as_str() {
        "" | "off" => return,
        "json" => EnvFilter::new("drctl=debug"),
        level @ ("error" | "warn" | "info" | "debug" | "trace") => {
            EnvFilter::new(format!("drctl={level}"))
        }
        _ => EnvFilter::new(&wanted),
    };
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if wanted.eq_ignore_ascii_case("json") {
        logger.json().try_init()
    } else {
        logger.with_ansi(false).try_init()
    };
    // A second logger can only be one that a test has started.
    drop(started);
}
