//! Ctrl-C: once to begin nothing new, twice to stop at once.
use tokio_util::sync::CancellationToken;

use crate::cli::Exit;

/// A token that the first Ctrl-C, or a termination signal, cancels; the second ends the process.
#[expect(clippy::exit, clippy::disallowed_methods, reason = "the second one stops at once")]
pub(super) fn watch() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        signal().await;
        token.cancel();
        signal().await;
        std::process::exit(Exit::Interrupted as i32);
    });
    stop
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        // Without it, Ctrl-C still works.
        drop(tokio::signal::ctrl_c().await);
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}
