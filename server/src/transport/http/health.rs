//! What load balancers and supervisors ask. The answers name parts of the server and nothing else: everybody can read them.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
};

use crate::service::readiness::{Readiness, ReadinessProbe};

/// `GET /healthz`: the process answers. It asks nothing else, so a server whose disk is full is alive: a restart does not help.
pub async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: 200 where the server can serve, and 503 with the parts that fail.
pub async fn ready(
    State(probe): State<Arc<ReadinessProbe>>,
) -> (StatusCode, [(HeaderName, HeaderValue); 1], Json<Readiness>) {
    let readiness = probe.readiness().await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(readiness))
}
