//! Stopping by signals: a graceful stop at the first, an immediate one at the second.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long a graceful stop waits for connections to end.
pub const SOFT_STOP_TIMEOUT: Duration = Duration::from_secs(9);

/// A token that the first SIGTERM or SIGINT cancels. The second ends the process at once, with 1: no acknowledged event
/// is lost, since it is on disk.
///
/// # Errors
/// Where the signal handlers cannot be installed.
pub fn stop_on_signal() -> std::io::Result<CancellationToken> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if first {
                tracing::info!("stopping: received a signal");
                token.cancel();
            } else {
                std::process::exit(1);
            }
        }
    });
    Ok(stop)
}
