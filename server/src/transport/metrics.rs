//! The listener of `--metrics-listen`: what monitoring asks, apart from what everybody can reach.

use std::{io, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{HeaderName, header},
    routing::get,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::http::health;
use crate::{
    metrics::{CONTENT_TYPE, METRICS},
    service::readiness::ReadinessProbe,
};

/// Serves until `stop`.
///
/// # Errors
/// The system's.
pub async fn serve(
    listener: TcpListener,
    probe: Arc<ReadinessProbe>,
    stop: CancellationToken,
) -> io::Result<()> {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .with_state(probe);
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn metrics(State(probe): State<Arc<ReadinessProbe>>) -> ([(HeaderName, &'static str); 1], String) {
    // It sets the metric.
    probe.free_bytes();
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], METRICS.encode())
}
