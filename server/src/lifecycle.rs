//! How the server stops: softly at the first signal, at once at the second.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long a soft stop may take before it becomes a hard one.
pub const SOFT_STOP: Duration = Duration::from_secs(9);

/// The token that is cancelled by the first SIGTERM or SIGINT. A second one ends the process with 1: who asks twice
/// does not want to wait, and whatever was acknowledged is on disk.
///
/// # Errors
/// Where the signals cannot be listened to.
pub fn stop_on_signal() -> std::io::Result<CancellationToken> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if first {
                tracing::info!("stopping");
                told.cancel();
            } else {
                std::process::exit(1);
            }
        }
    });
    Ok(stop)
}
